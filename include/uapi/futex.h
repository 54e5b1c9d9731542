/* SPDX-License-Identifier: MIT */
#ifndef UAPI_FUTEX_H
#define UAPI_FUTEX_H

#include <stdint.h>

/* futex(2): the operations, */
#define FUTEX_WAIT	  0
#define FUTEX_WAKE	  1
#define FUTEX_REQUEUE	  3
#define FUTEX_CMP_REQUEUE 4
#define FUTEX_WAKE_OP	  5
#define FUTEX_WAIT_BITSET 9
#define FUTEX_WAKE_BITSET 10

/* what may be added to them, */
#define FUTEX_PRIVATE_FLAG   128
#define FUTEX_CLOCK_REALTIME 256
#define FUTEX_CMD_MASK	     (~(FUTEX_PRIVATE_FLAG | FUTEX_CLOCK_REALTIME))

#define FUTEX_BITSET_MATCH_ANY 0xffffffffu

/* and what FUTEX_WAKE_OP does to the second word and asks of it. */
#define FUTEX_OP_SET	     0
#define FUTEX_OP_ADD	     1
#define FUTEX_OP_OR	     2
#define FUTEX_OP_ANDN	     3
#define FUTEX_OP_XOR	     4
#define FUTEX_OP_OPARG_SHIFT 8 /* the operand is 1 << oparg */

#define FUTEX_OP_CMP_EQ 0
#define FUTEX_OP_CMP_NE 1
#define FUTEX_OP_CMP_LT 2
#define FUTEX_OP_CMP_LE 3
#define FUTEX_OP_CMP_GT 4
#define FUTEX_OP_CMP_GE 5

/* In the word of a robust futex. */
#define FUTEX_WAITERS	 0x80000000u
#define FUTEX_OWNER_DIED 0x40000000u
#define FUTEX_TID_MASK	 0x3fffffffu

/* A list longer than this is not followed to its end. */
#define ROBUST_LIST_LIMIT 2048

/* In the program's memory; bit 0 of a pointer to an entry: a PI futex. */
struct robust_list {
	uint64_t next;
};
struct robust_list_head {
	struct robust_list list; /* circular */
	int64_t futex_offset; /* from an entry to its futex, bytes */
	uint64_t list_op_pending; /* about to be put in or taken out */
};
_Static_assert(sizeof(struct robust_list_head) == 24, "robust_list_head");

#endif

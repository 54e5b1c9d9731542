/* SPDX-License-Identifier: MIT */
#ifndef IKOS_FUTEX_H
#define IKOS_FUTEX_H

#include <ikos/types.h>

struct inode;
struct mm_struct;
struct task_struct;

/*
 * What a futex is, whatever address a program knows it by. Two are the same
 * when all three fields are.
 */
enum futex_key_kind {
	FUTEX_KEY_PRIVATE, /* mm and address; no reference: the mm is current's */
	FUTEX_KEY_MM, /* mm and address, found by a shared operation */
	FUTEX_KEY_INODE, /* object and offset in it */
};

struct futex_key {
	union {
		struct mm_struct *mm;
		struct inode *inode;
		void *object;
	};
	u64 offset; /* bytes: in the address space or in the object */
	enum futex_key_kind kind;
};

/* mm/futex_key.c; the key holds a reference to its object. */
int mm_futex_key(struct mm_struct *mm, unsigned long addr, bool write,
		 struct futex_key *key);

/* kernel/futex.c */
void futex_init(void);

/* kernel/futex_robust.c: the task lets go of its address space. */
void futex_mm_release(struct task_struct *t);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef IKOS_TYPES_H
#define IKOS_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ikos/compiler.h>

/*
 * The kernel's integer types. Those that the ABI names have the width that
 * x86-64 Linux gives them, which is also the host libc's: the files of mm/
 * are compiled for both.
 */
typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int8_t s8;
typedef int16_t s16;
typedef int32_t s32;
typedef int64_t s64;

typedef long ssize_t;
typedef long loff_t;
typedef int pid_t;
typedef unsigned int uid_t;
typedef unsigned int gid_t;
typedef unsigned int umode_t;
typedef unsigned long dev_t;
typedef unsigned long ino_t;
typedef long time64_t;

typedef unsigned int gfp_t; /* how an allocation may get its memory */
typedef unsigned int vm_fault_t; /* VM_FAULT_* bits */
typedef unsigned long pgoff_t; /* offset in an object, in pages */
typedef unsigned long vm_flags_t; /* VM_* bits */
typedef unsigned long phys_addr_t; /* physical address, bytes */

struct list_head {
	struct list_head *next, *prev;
};

typedef struct {
	int counter;
} atomic_t;

typedef struct {
	long counter;
} atomic64_t;

#endif

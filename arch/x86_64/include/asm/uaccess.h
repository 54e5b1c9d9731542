/* SPDX-License-Identifier: MIT */
#ifndef ASM_UACCESS_H
#define ASM_UACCESS_H

#include <asm/extable.h>
#include <asm/smap.h>
#include <ikos/types.h>

/* copy_user.S; the caller has checked that user ranges are user ranges. */
size_t __copy_user(void *to, const void *from, size_t n);
size_t __clear_user(void *to, size_t n);
long __strncpy_user(char *dst, const char *src, long n);
long __strnlen_user(const char *src, long n);

/* user_atomic.S: 0 or -EFAULT; its instructions lie between the two marks. */
long __user_load_u32(u32 *val, const u32 *from);
long __user_cmpxchg_u32(u32 *to, u32 *old, u32 new);
extern const char __user_atomic_start[], __user_atomic_end[];

/*
 * Storing many words at once: between stac() and clac(), to an address that
 * access_ok() has passed. A store that fails goes to the label @fault, where
 * clac() is due as well. No call in between may sleep; the faults may.
 */
#define user_store(val, ptr, fault)                                            \
	asm goto("1: movq %0, %1\n" _ASM_EXTABLE_STR("1b", "%l2")              \
		 :                                                             \
		 : "er"((u64)(val)), "m"(*(ptr))                               \
		 : "memory"                                                    \
		 : fault)

#endif

/* SPDX-License-Identifier: MIT */
#ifndef IKOS_UACCESS_H
#define IKOS_UACCESS_H

#include <asm/page.h>
#include <ikos/err.h>
#include <ikos/types.h>

/*
 * The only ways to touch user memory. The pages may be absent, lazy, COW,
 * read-only or not mapped at all: the fault is handled like the program's own,
 * and what cannot be mended ends the copy. May sleep; never call with a
 * spinlock or with an mmap_lock held.
 */

/* Whether [addr, addr + size) lies in user space at all. */
static inline bool access_ok(const void __user *addr, size_t size)
{
	return size <= TASK_SIZE && (unsigned long)addr <= TASK_SIZE - size;
}

/* Return the number of bytes NOT copied: 0 is success. */
size_t raw_copy_from_user(void *to, const void __user *from,
			  size_t n) __must_check;
size_t copy_from_user(void *to, const void __user *from, size_t n) __must_check;
size_t copy_to_user(void __user *to, const void *from, size_t n) __must_check;
size_t clear_user(void __user *to, size_t n) __must_check;

/* Copy a string with its end. Its length; @size when it did not fit (then not
 * terminated); -EFAULT. */
long strncpy_from_user(char *dst, const char __user *src,
		       long size) __must_check;
/* Length with the end, 0 on a fault, more than @max when too long. */
long strnlen_user(const char __user *s, long max);

/* One word in one piece; 0 or -EFAULT. Under a spin lock, interrupts off, a page
 * that would have to be faulted in is -EFAULT as well. */
int user_load_u32(u32 *val, const u32 __user *from) __must_check;
/* Store @new where *@old is; *@old becomes what was there. */
int user_cmpxchg_u32(u32 __user *to, u32 *old, u32 new) __must_check;

/* One object of a size that *ptr has: 0 or -EFAULT. */
#define get_user(var, ptr)                                                     \
	({                                                                     \
		char _gu_val[sizeof(*(ptr))] __aligned(16);                    \
		long _gu_err = copy_from_user(_gu_val, (ptr), sizeof(_gu_val)) \
				       ? -EFAULT                               \
				       : 0;                                    \
		if (!_gu_err)                                                  \
			(var) = *(__typeof__(ptr))(void *)_gu_val;             \
		_gu_err;                                                       \
	})
#define put_user(val, ptr)                                                     \
	({                                                                     \
		__typeof__(*(ptr)) _pu_val = (val);                            \
		copy_to_user((ptr), &_pu_val, sizeof(_pu_val)) ? -EFAULT : 0;  \
	})

#endif

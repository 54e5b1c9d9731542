/* SPDX-License-Identifier: MIT */
/*
 * mincore: the program's side. mm/mincore.c answers area by area into a buffer
 * on the stack, which is copied out before the next look.
 */
#include <ikos/fs.h>
#include <ikos/mm.h>
#include <ikos/sched.h>
#include <ikos/syscall.h>
#include <ikos/uaccess.h>

#define MINCORE_BATCH 256ul /* pages */

/* Whether current may know what is cached of @file: its owner may, and who may
 * write to it (mincore(2), since Linux 5.2). */
static bool may_see_cache(struct file *file)
{
	return inode_owner_or_capable(file_inode(file)) ||
	       inode_permission(file_inode(file), MAY_WRITE) == 0;
}

/**
 * sys_mincore - mincore(2)
 *
 * Return: 0; -EINVAL: @start not page aligned; -ENOMEM: a page is not mapped,
 * or beyond user space; -EFAULT: @vec. Linux's EAGAIN cannot happen: nothing is
 * allocated. On failure a part of @vec may be filled.
 */
SYSCALL_DEFINE3(mincore, unsigned long, start, size_t, len,
		unsigned char __user *, vec)
{
	unsigned char buf[MINCORE_BATCH];
	unsigned long pages = (len >> PAGE_SHIFT) + !!offset_in_page(len);
	long n;

	if (offset_in_page(start))
		return -EINVAL;
	if (!access_ok((void __user *)start, len))
		return -ENOMEM;
	if (!access_ok(vec, pages))
		return -EFAULT;
	for (; pages; pages -= (unsigned long)n) {
		n = do_mincore(current->mm, start, min(pages, MINCORE_BATCH),
			       buf, may_see_cache);
		if (n < 0)
			return n;
		if (copy_to_user(vec, buf, (size_t)n))
			return -EFAULT;
		vec += n;
		start += (unsigned long)n << PAGE_SHIFT;
		if (resched_or_killed())
			return -EINTR;
	}
	return 0;
}

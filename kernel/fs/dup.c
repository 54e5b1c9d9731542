/* SPDX-License-Identifier: MIT */
/*
 * The calls that work on descriptors as such: close(2), close_range(2),
 * dup(2), dup2(2), dup3(2).
 */
#include "internal.h"

#include <ikos/syscall.h>

/**
 * sys_close - close(2)
 */
SYSCALL_DEFINE1(close, unsigned int, fd)
{
	struct file *file = fd_detach(current->files, fd);

	return file ? filp_close(file, current->files) : -EBADF;
}

/* CLOSE_RANGE_UNSHARE: a table of our own first. */
static int unshare_files(void)
{
	struct files_struct *old = current->files, *new;
	unsigned long flags;

	if (atomic_read(&old->count) == 1)
		return 0;
	new = dup_files(old);
	if (!new)
		return -ENOMEM;
	/* Whoever looks at our table must not find one that has gone. */
	flags = task_lock(current);
	current->files = new;
	task_unlock(current, flags);
	files_put(old);
	return 0;
}

/**
 * sys_close_range - close_range(2)
 */
SYSCALL_DEFINE3(close_range, unsigned int, first, unsigned int, last,
		unsigned int, flags)
{
	struct files_struct *files;
	struct file *file;
	int err = 0;

	if (flags & ~(CLOSE_RANGE_UNSHARE | CLOSE_RANGE_CLOEXEC) ||
	    first > last)
		return -EINVAL;
	if (flags & CLOSE_RANGE_UNSHARE)
		err = unshare_files();
	if (err)
		return err;
	files = current->files;
	while (first <= last && (file = files_next(files, &first))) {
		fput(file);
		if (first > last)
			break;
		if (flags & CLOSE_RANGE_CLOEXEC) {
			fd_set_cloexec(first, true);
		} else {
			file = fd_detach(files, first);
			if (file)
				filp_close(file, files);
		}
		first++;
	}
	return 0;
}

/**
 * sys_dup - dup(2)
 */
SYSCALL_DEFINE1(dup, unsigned int, oldfd)
{
	struct file *file = fget_raw(oldfd);
	int fd;

	if (!file)
		return -EBADF;
	fd = fd_alloc_install(file, 0, 0);
	if (fd < 0)
		fput(file);
	return fd;
}

static long do_dup3(unsigned int oldfd, unsigned int newfd, unsigned int flags)
{
	struct file *file;
	int fd;

	if (newfd >= min_t(unsigned long, rlimit(RLIMIT_NOFILE), NR_OPEN_MAX))
		return -EBADF;
	file = fget_raw(oldfd);
	if (!file)
		return -EBADF;
	fd = fd_replace(newfd, file, flags);
	if (fd < 0)
		fput(file);
	return fd;
}

/**
 * sys_dup2 - dup2(2)
 */
SYSCALL_DEFINE2(dup2, unsigned int, oldfd, unsigned int, newfd)
{
	struct file *file;

	if (oldfd != newfd)
		return do_dup3(oldfd, newfd, 0);
	file = fget_raw(oldfd);
	if (!file)
		return -EBADF;
	fput(file);
	return newfd;
}

/**
 * sys_dup3 - dup3(2): unlike dup2(2), the same number twice is EINVAL
 */
SYSCALL_DEFINE3(dup3, unsigned int, oldfd, unsigned int, newfd, unsigned int,
		flags)
{
	if (flags & ~O_CLOEXEC || oldfd == newfd)
		return -EINVAL;
	return do_dup3(oldfd, newfd, flags);
}

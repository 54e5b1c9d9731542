/* SPDX-License-Identifier: MIT */
/*
 * Advice about files, and asking for parts of them to be on disk:
 * posix_fadvise(2), readahead(2), sync_file_range(2), syncfs(2). Every file
 * system is in memory, so the calls only say what is wrong with them.
 */
#include "internal.h"

#include <ikos/syscall.h>

#define POSIX_FADV_NOREUSE 5 /* the last of them */

#define SYNC_FILE_RANGE_ALL 7u

/**
 * sys_fadvise64 - posix_fadvise(2)
 *
 * Return: 0; -EBADF; -EINVAL: a negative length or unknown advice; -ESPIPE: a
 * pipe.
 */
SYSCALL_DEFINE4(fadvise64, int, fd, loff_t, offset, loff_t, len, int, advice)
{
	struct file *file = fget((unsigned int)fd);
	int err = 0;

	if (!file)
		return -EBADF;
	if (S_ISFIFO(file->f_inode->i_mode))
		err = -ESPIPE;
	else if (len < 0 || advice < 0 || advice > POSIX_FADV_NOREUSE)
		err = -EINVAL;
	fput(file);
	return err;
}

/**
 * sys_readahead - readahead(2)
 *
 * Return: 0; -EBADF: not open for reading; -EINVAL: not a regular file.
 */
SYSCALL_DEFINE3(readahead, int, fd, loff_t, offset, size_t, count)
{
	struct file *file = fget((unsigned int)fd);
	int err = 0;

	if (!file)
		return -EBADF;
	if (!(file->f_mode & FMODE_READ))
		err = -EBADF;
	else if (!S_ISREG(file->f_inode->i_mode))
		err = -EINVAL;
	fput(file);
	return err;
}

static int check_range(const struct file *file, loff_t offset, loff_t n,
		       unsigned int flags)
{
	umode_t mode = file->f_inode->i_mode;

	if (flags & ~SYNC_FILE_RANGE_ALL)
		return -EINVAL;
	if (offset < 0 || n < 0 || n > LONG_MAX - offset)
		return -EINVAL;
	return S_ISREG(mode) || S_ISBLK(mode) || S_ISDIR(mode) ? 0 : -ESPIPE;
}

/**
 * sys_sync_file_range - sync_file_range(2)
 *
 * Return: 0; -EBADF; -EINVAL: the range or the flags; -ESPIPE: a pipe or a
 * device.
 */
SYSCALL_DEFINE4(sync_file_range, int, fd, loff_t, offset, loff_t, n,
		unsigned int, flags)
{
	struct file *file = fget((unsigned int)fd);
	int err;

	if (!file)
		return -EBADF;
	err = check_range(file, offset, n, flags);
	fput(file);
	return err;
}

/**
 * sys_syncfs - syncfs(2)
 *
 * Return: 0 or -EBADF.
 */
SYSCALL_DEFINE1(syncfs, int, fd)
{
	struct file *file = fget((unsigned int)fd);

	if (!file)
		return -EBADF;
	fput(file);
	return 0;
}

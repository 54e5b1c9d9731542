/* SPDX-License-Identifier: MIT */
/*
 * fallocate(2): what is the same for all file systems.
 */
#include "internal.h"

#include <ikos/syscall.h>
#include <uapi/falloc.h>

#define FALLOC_FL_KNOWN                                                        \
	(FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE |                          \
	 FALLOC_FL_COLLAPSE_RANGE | FALLOC_FL_ZERO_RANGE |                     \
	 FALLOC_FL_INSERT_RANGE | FALLOC_FL_UNSHARE_RANGE)

/* Which modes make sense, whoever implements them. */
static int check_mode(int mode)
{
	const int hole_zero = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE;

	if ((mode & ~FALLOC_FL_KNOWN) || (mode & hole_zero) == hole_zero)
		return -EOPNOTSUPP;
	if ((mode & FALLOC_FL_PUNCH_HOLE) && !(mode & FALLOC_FL_KEEP_SIZE))
		return -EOPNOTSUPP;
	return 0;
}

static int check_file(const struct file *file)
{
	umode_t mode = file->f_inode->i_mode;

	if (!(file->f_mode & FMODE_WRITE))
		return -EBADF;
	if (S_ISFIFO(mode))
		return -ESPIPE;
	if (S_ISDIR(mode))
		return -EISDIR;
	return S_ISREG(mode) || S_ISBLK(mode) ? 0 : -ENODEV;
}

static long do_fallocate(struct file *file, int mode, loff_t offset, loff_t len)
{
	long err;

	if (offset < 0 || len <= 0)
		return -EINVAL;
	err = check_mode(mode);
	if (!err)
		err = check_file(file);
	if (err)
		return err;
	if (len > LONG_MAX - offset)
		return -EFBIG;
	if (!file->f_op->fallocate)
		return -EOPNOTSUPP;
	return file->f_op->fallocate(file, mode, offset, len);
}

/**
 * sys_fallocate - fallocate(2)
 *
 * Files in memory know mode 0, FALLOC_FL_KEEP_SIZE, and that with
 * FALLOC_FL_PUNCH_HOLE; all else is EOPNOTSUPP, as on Linux.
 */
SYSCALL_DEFINE4(fallocate, unsigned int, fd, int, mode, long, offset, long, len)
{
	struct file *file = fget(fd);
	long err;

	if (!file)
		return -EBADF;
	err = do_fallocate(file, mode, offset, len);
	fput(file);
	return err;
}

/* SPDX-License-Identifier: MIT */
/*
 * read(2), write(2) and their relatives, down to the file's operations.
 *
 * The offset of a regular file is shared by all who share the open file:
 * f_pos_lock makes each call atomic with respect to it.
 */
#include "internal.h"

#include <ikos/slab.h>
#include <ikos/syscall.h>
#include <ikos/uaccess.h>

#define FAST_IOV 8 /* so many buffers need no allocation */

/* Without an _iter form: one buffer after the other, in user space only. */
static ssize_t loop_over(struct file *file, struct iov_iter *iter, loff_t *pos,
			 bool write)
{
	ssize_t done = 0;

	if (iter->kernel ||
	    !(write ? file->f_op->write != NULL : file->f_op->read != NULL))
		return -EINVAL;
	for (const struct iovec_k *v = iter->iov; iter->count; v++) {
		size_t len = min(v->iov_len, iter->count);
		ssize_t n;

		n = write ? file->f_op->write(file, v->iov_base, len, pos)
			  : file->f_op->read(file, v->iov_base, len, pos);
		if (n < 0)
			return done ? done : n;
		done += n;
		iter->count -= len;
		if ((size_t)n < len)
			break;
	}
	return done;
}

/* One of the two ways; @write is a constant wherever speed matters. */
static __always_inline ssize_t rw_iter(struct file *file, struct iov_iter *iter,
				       loff_t *pos, bool write)
{
	const struct file_operations *op = file->f_op;

	if (unlikely(!(file->f_mode & (write ? FMODE_WRITE : FMODE_READ))))
		return -EBADF;
	if (unlikely(!op))
		return -EINVAL;
	if (write ? op->write_iter != NULL : op->read_iter != NULL)
		return write ? op->write_iter(file, iter, pos)
			     : op->read_iter(file, iter, pos);
	if (S_ISDIR(file->f_inode->i_mode))
		return -EISDIR;
	return loop_over(file, iter, pos, write);
}

/**
 * vfs_iter_read - read from an open file into a list of buffers
 * @file: open for reading
 * @to: the buffers
 * @pos: where to read; moves
 *
 * Context: may sleep.
 * Return: bytes read; -EBADF: not open for reading; -EINVAL: it has no read.
 */
ssize_t vfs_iter_read(struct file *file, struct iov_iter *to, loff_t *pos)
{
	return rw_iter(file, to, pos, false);
}

/**
 * vfs_iter_write - write a list of buffers to an open file
 * @file: open for writing
 * @from: the buffers
 * @pos: where to write; moves
 *
 * Context: may sleep.
 * Return: bytes written; -EBADF: not open for writing; -EINVAL: it has no
 * write.
 */
ssize_t vfs_iter_write(struct file *file, struct iov_iter *from, loff_t *pos)
{
	return rw_iter(file, from, pos, true);
}

/* The offsets that a transfer touches must exist. */
static __always_inline ssize_t rw_checked(struct file *file,
					  struct iov_iter *iter, loff_t *pos,
					  bool write)
{
	if ((file->f_mode & FMODE_LSEEK) &&
	    *pos > LONG_MAX - (loff_t)iter->count)
		return -EINVAL;
	return rw_iter(file, iter, pos, write);
}

/* At the file's own offset. */
static __always_inline ssize_t rw_at_f_pos(struct file *file,
					   struct iov_iter *iter, bool write)
{
	ssize_t n;

	if (!S_ISREG(file->f_inode->i_mode))
		return rw_checked(file, iter, &file->f_pos, write);
	mutex_lock(&file->f_pos_lock);
	n = rw_checked(file, iter, &file->f_pos, write);
	mutex_unlock(&file->f_pos_lock);
	return n;
}

static __always_inline long do_rw(unsigned int fd, char __user *buf, size_t n,
				  bool write)
{
	struct file *file = fget(fd);
	struct iovec_k iov = { buf, n };
	struct iov_iter iter;
	ssize_t ret;

	if (unlikely(!file))
		return -EBADF;
	iov_iter_init(&iter, &iov, min(n, MAX_RW_COUNT), false);
	if (unlikely(!(file->f_mode & (write ? FMODE_WRITE : FMODE_READ))))
		ret = -EBADF;
	else if (unlikely(!access_ok(buf, n)))
		ret = -EFAULT;
	else
		ret = rw_at_f_pos(file, &iter, write);
	fput(file);
	return ret;
}

/**
 * sys_read - read(2)
 */
SYSCALL_DEFINE3(read, unsigned int, fd, char __user *, buf, size_t, n)
{
	return do_rw(fd, buf, n, false);
}

/**
 * sys_write - write(2)
 */
SYSCALL_DEFINE3(write, unsigned int, fd, char __user *, buf, size_t, n)
{
	return do_rw(fd, buf, n, true);
}

static long do_prw(unsigned int fd, char __user *buf, size_t n, loff_t pos,
		   bool write)
{
	struct iovec_k iov = { buf, n };
	struct iov_iter iter;
	struct file *file;
	ssize_t ret;

	if (pos < 0)
		return -EINVAL;
	file = fget(fd);
	if (!file)
		return -EBADF;
	iov_iter_init(&iter, &iov, min(n, MAX_RW_COUNT), false);
	if (!(file->f_mode & (write ? FMODE_PWRITE : FMODE_PREAD)))
		ret = -ESPIPE;
	else if (!(file->f_mode & (write ? FMODE_WRITE : FMODE_READ)))
		ret = -EBADF;
	else if (!access_ok(buf, n))
		ret = -EFAULT;
	else
		ret = rw_checked(file, &iter, &pos, write);
	fput(file);
	return ret;
}

/**
 * sys_pread64 - pread(2)
 */
SYSCALL_DEFINE4(pread64, unsigned int, fd, char __user *, buf, size_t, n,
		loff_t, pos)
{
	return do_prw(fd, buf, n, pos, false);
}

/**
 * sys_pwrite64 - pwrite(2)
 */
SYSCALL_DEFINE4(pwrite64, unsigned int, fd, char __user *, buf, size_t, n,
		loff_t, pos)
{
	return do_prw(fd, buf, n, pos, true);
}

/* Check a list of buffers and cut it to MAX_RW_COUNT: total or -errno. */
static ssize_t check_iov(struct iovec_k *iov, unsigned long nr)
{
	size_t total = 0;

	for (unsigned long i = 0; i < nr; i++) {
		size_t len = iov[i].iov_len;

		if ((ssize_t)len < 0)
			return -EINVAL;
		if (!access_ok(iov[i].iov_base, len))
			return -EFAULT;
		if (len > MAX_RW_COUNT - total) {
			len = MAX_RW_COUNT - total;
			iov[i].iov_len = len;
		}
		total += len;
	}
	return (ssize_t)total;
}

/* @pos: where, or NULL: at the file's own offset. */
static ssize_t rw_iov(struct file *file, struct iovec_k *iov,
		      const struct iovec_k __user *uiov, unsigned long nr,
		      loff_t *pos, bool write)
{
	struct iov_iter iter;
	ssize_t total;

	if (copy_from_user(iov, uiov, nr * sizeof(*iov)))
		return -EFAULT;
	total = check_iov(iov, nr);
	if (total < 0)
		return total;
	iov_iter_init(&iter, iov, (size_t)total, false);
	if (pos)
		return rw_checked(file, &iter, pos, write);
	return write ? rw_at_f_pos(file, &iter, true)
		     : rw_at_f_pos(file, &iter, false);
}

static ssize_t file_rwv(struct file *file, const struct iovec_k __user *uiov,
			unsigned long nr, loff_t *pos, bool write)
{
	struct iovec_k fast[FAST_IOV], *iov = fast;
	ssize_t ret;

	if (nr > UIO_MAXIOV)
		return -EINVAL;
	if (nr > FAST_IOV)
		iov = kmalloc(nr * sizeof(*iov), GFP_KERNEL);
	ret = iov ? rw_iov(file, iov, uiov, nr, pos, write) : -ENOMEM;
	if (iov != fast)
		kfree(iov);
	return ret;
}

static long do_rwv(unsigned int fd, const struct iovec_k __user *uiov,
		   unsigned long nr, bool write)
{
	struct file *file = fget(fd);
	ssize_t ret;

	if (!file)
		return -EBADF;
	ret = file_rwv(file, uiov, nr, NULL, write);
	fput(file);
	return ret;
}

/**
 * sys_readv - readv(2)
 */
SYSCALL_DEFINE3(readv, unsigned int, fd, const struct iovec_k __user *, iov,
		unsigned long, nr)
{
	return do_rwv(fd, iov, nr, false);
}

/**
 * sys_writev - writev(2)
 */
SYSCALL_DEFINE3(writev, unsigned int, fd, const struct iovec_k __user *, iov,
		unsigned long, nr)
{
	return do_rwv(fd, iov, nr, true);
}

static long do_prwv(unsigned int fd, const struct iovec_k __user *uiov,
		    unsigned long nr, loff_t pos, bool write)
{
	struct file *file;
	ssize_t ret;

	if (pos < 0)
		return -EINVAL;
	file = fget(fd);
	if (!file)
		return -EBADF;
	if (file->f_mode & (write ? FMODE_PWRITE : FMODE_PREAD))
		ret = file_rwv(file, uiov, nr, &pos, write);
	else
		ret = -ESPIPE;
	fput(file);
	return ret;
}

/**
 * sys_preadv - preadv(2); the high half of the offset is for 32-bit programs
 */
SYSCALL_DEFINE5(preadv, unsigned int, fd, const struct iovec_k __user *, iov,
		unsigned long, nr, loff_t, pos, unsigned long, pos_high)
{
	return do_prwv(fd, iov, nr, pos, false);
}

/**
 * sys_pwritev - pwritev(2)
 */
SYSCALL_DEFINE5(pwritev, unsigned int, fd, const struct iovec_k __user *, iov,
		unsigned long, nr, loff_t, pos, unsigned long, pos_high)
{
	return do_prwv(fd, iov, nr, pos, true);
}

/* Polling for completion and waiting for the disk mean nothing in memory. The
 * others promise what this kernel cannot. */
#define RWF_HIPRI 1
#define RWF_DSYNC 2
#define RWF_SYNC  4
#define RWF_KNOWN (RWF_HIPRI | RWF_DSYNC | RWF_SYNC)

static long do_rwv2(unsigned int fd, const struct iovec_k __user *iov,
		    unsigned long nr, loff_t pos, int flags, bool write)
{
	if (pos < -1)
		return -EINVAL;
	if (flags & ~RWF_KNOWN)
		return -EOPNOTSUPP;
	return pos == -1 ? do_rwv(fd, iov, nr, write)
			 : do_prwv(fd, iov, nr, pos, write);
}

/**
 * sys_preadv2 - preadv2(2): an offset of -1 is the file's own
 *
 * Return: as preadv(2); -EOPNOTSUPP: a flag.
 */
SYSCALL_DEFINE6(preadv2, unsigned int, fd, const struct iovec_k __user *, iov,
		unsigned long, nr, loff_t, pos, unsigned long, pos_high, int,
		flags)
{
	return do_rwv2(fd, iov, nr, pos, flags, false);
}

/**
 * sys_pwritev2 - pwritev2(2)
 *
 * Return: as pwritev(2); -EOPNOTSUPP: a flag.
 */
SYSCALL_DEFINE6(pwritev2, unsigned int, fd, const struct iovec_k __user *, iov,
		unsigned long, nr, loff_t, pos, unsigned long, pos_high, int,
		flags)
{
	return do_rwv2(fd, iov, nr, pos, flags, true);
}

/**
 * sys_lseek - lseek(2)
 */
SYSCALL_DEFINE3(lseek, unsigned int, fd, loff_t, offset, int, whence)
{
	struct file *file = fget(fd);
	loff_t ret = -ESPIPE;

	if (!file)
		return -EBADF;
	if (whence < SEEK_SET || whence > SEEK_HOLE) {
		ret = -EINVAL;
	} else if (file->f_mode & FMODE_LSEEK) {
		mutex_lock(&file->f_pos_lock);
		ret = file->f_op->llseek(file, offset, whence);
		mutex_unlock(&file->f_pos_lock);
	}
	fput(file);
	return ret;
}

/**
 * kernel_read - read from an open file into the kernel
 * @file: open for reading; its kind must have read_iter
 * @buf: where to
 * @n: bytes
 * @pos: where to read; moves
 *
 * Context: may sleep.
 * Return: bytes read, fewer than @n only at the end of the file, or -errno.
 */
ssize_t kernel_read(struct file *file, void *buf, size_t n, loff_t *pos)
{
	struct iovec_k iov = { buf, n };
	struct iov_iter iter;

	iov_iter_init(&iter, &iov, n, true);
	return vfs_iter_read(file, &iter, pos);
}

/**
 * kernel_write - write from the kernel to an open file
 * @file: open for writing; its kind must have write_iter
 * @buf: the bytes
 * @n: how many
 * @pos: where to write; moves
 *
 * Context: may sleep.
 * Return: bytes written or -errno.
 */
ssize_t kernel_write(struct file *file, const void *buf, size_t n, loff_t *pos)
{
	struct iovec_k iov = { (void *)buf, n };
	struct iov_iter iter;

	iov_iter_init(&iter, &iov, n, true);
	return vfs_iter_write(file, &iter, pos);
}

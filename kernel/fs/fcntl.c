/* SPDX-License-Identifier: MIT */
/*
 * fcntl(2), and the part of ioctl(2) that every file has.
 */
#include "internal.h"

#include <ikos/syscall.h>
#include <ikos/uaccess.h>
#include <uapi/ioctl.h>

#define SETFL_MASK (O_APPEND | O_NONBLOCK | O_NOATIME)

/* Guards changes of the f_flags of open files, which are seldom. */
static DEFINE_SPINLOCK(f_flags_lock);

static void change_flags(struct file *file, unsigned int mask,
			 unsigned int flags)
{
	spin_lock(&f_flags_lock);
	WRITE_ONCE(file->f_flags, (file->f_flags & ~mask) | (flags & mask));
	spin_unlock(&f_flags_lock);
}

static long dup_from(struct file *file, unsigned long min, unsigned int flags)
{
	int fd;

	if (min >= min_t(unsigned long, rlimit(RLIMIT_NOFILE), NR_OPEN_MAX))
		return -EINVAL;
	get_file(file);
	fd = fd_alloc_install(file, (unsigned int)min, flags);
	if (fd < 0)
		fput(file);
	return fd;
}

/* O_DIRECT needs a file that can do without the page cache: none can. The
 * other flags that F_SETFL does not know it ignores, by its definition. */
static long set_flags(struct file *file, unsigned int flags)
{
	if ((flags & O_DIRECT) && !S_ISFIFO(file->f_inode->i_mode))
		return -EINVAL;
	if ((flags & O_NOATIME) && !(file->f_flags & O_NOATIME) &&
	    !inode_owner_or_capable(file->f_inode))
		return -EPERM;
	change_flags(file, SETFL_MASK, flags);
	return 0;
}

static long do_fcntl(struct file *file, unsigned int fd, unsigned int cmd,
		     unsigned long arg)
{
	switch (cmd) {
	case F_DUPFD:
		return dup_from(file, arg, 0);
	case F_DUPFD_CLOEXEC:
		return dup_from(file, arg, O_CLOEXEC);
	case F_GETFD:
		return fd_get_cloexec(fd) ? FD_CLOEXEC : 0;
	case F_SETFD:
		return fd_set_cloexec(fd, arg & FD_CLOEXEC);
	case F_GETFL:
		return file->f_flags;
	}
	if (file->f_mode & FMODE_PATH)
		return -EBADF;
	switch (cmd) {
	case F_SETFL:
		return set_flags(file, (unsigned int)arg);
	case F_GETLK:
	case F_OFD_GETLK:
		return fcntl_getlk(file, cmd, (struct flock_k __user *)arg);
	case F_SETLK:
	case F_SETLKW:
	case F_OFD_SETLK:
	case F_OFD_SETLKW:
		return fcntl_setlk(file, fd, cmd, (struct flock_k __user *)arg);
	case F_SETPIPE_SZ:
	case F_GETPIPE_SZ:
		return pipe_fcntl(file, cmd, arg);
	case F_ADD_SEALS:
	case F_GET_SEALS:
		return memfd_fcntl(file, cmd, arg);
	default:
		return -EINVAL;
	}
}

/**
 * sys_fcntl - fcntl(2)
 *
 * Without signal-driven input, leases and notification: EINVAL, as from a
 * kernel that lacks them.
 */
SYSCALL_DEFINE3(fcntl, unsigned int, fd, unsigned int, cmd, unsigned long, arg)
{
	struct file *file = fget_raw(fd);
	long ret;

	if (!file)
		return -EBADF;
	ret = do_fcntl(file, fd, cmd, arg);
	fput(file);
	return ret;
}

static long set_nonblock(struct file *file, int __user *arg)
{
	int on;

	if (get_user(on, arg))
		return -EFAULT;
	change_flags(file, O_NONBLOCK, on ? O_NONBLOCK : 0);
	return 0;
}

static long bytes_left(struct file *file, int __user *arg)
{
	loff_t left = i_size_read(file->f_inode) - file->f_pos;

	return put_user((int)left, arg);
}

static long do_ioctl(struct file *file, unsigned int fd, unsigned int cmd,
		     unsigned long arg)
{
	switch (cmd) {
	case FIOCLEX:
		return fd_set_cloexec(fd, true);
	case FIONCLEX:
		return fd_set_cloexec(fd, false);
	case FIONBIO:
		return set_nonblock(file, (int __user *)arg);
	case FIONREAD:
		if (S_ISREG(file->f_inode->i_mode))
			return bytes_left(file, (int __user *)arg);
		break;
	}
	if (!file->f_op->ioctl)
		return -ENOTTY;
	return file->f_op->ioctl(file, cmd, arg);
}

/**
 * sys_ioctl - ioctl(2)
 */
SYSCALL_DEFINE3(ioctl, unsigned int, fd, unsigned int, cmd, unsigned long, arg)
{
	struct file *file = fget(fd);
	long ret;

	if (!file)
		return -EBADF;
	ret = do_ioctl(file, fd, cmd, arg);
	fput(file);
	return ret;
}

/* SPDX-License-Identifier: MIT */
/*
 * Setting time stamps: utimensat(2) and its four ancestors.
 */
#include "internal.h"

#include <ikos/syscall.h>
#include <ikos/time.h>
#include <ikos/uaccess.h>

static bool nsec_valid(s64 nsec)
{
	return nsec == UTIME_NOW || nsec == UTIME_OMIT ||
	       (nsec >= 0 && nsec < (s64)NSEC_PER_SEC);
}

/* One of the two stamps; false: leave it. */
static bool pick_time(const struct timespec64 *want, struct timespec64 *res)
{
	if (want->tv_nsec == UTIME_OMIT)
		return false;
	*res = want->tv_nsec == UTIME_NOW ? current_time() : *want;
	return true;
}

/* "Now" for both is what whoever may write the file may ask for; anything
 * else is for its owner. */
static int may_utimes(struct inode *inode, bool now)
{
	if (inode_owner_or_capable(inode))
		return 0;
	return now ? inode_permission(inode, MAY_WRITE) : -EPERM;
}

/* @times: access, modification; NULL: both now. */
static int utimes_path(const struct path *path, const struct timespec64 *times)
{
	struct iattr attr = { .valid = 0 };
	bool now = !times || (times[0].tv_nsec == UTIME_NOW &&
			      times[1].tv_nsec == UTIME_NOW);
	int err = mnt_want_write(path->mnt);

	if (!err)
		err = may_utimes(path->dentry->d_inode, now);
	if (err)
		return err;
	if (!times) {
		attr.valid = ATTR_ATIME | ATTR_MTIME;
		attr.atime = attr.mtime = current_time();
	} else {
		if (pick_time(&times[0], &attr.atime))
			attr.valid |= ATTR_ATIME;
		if (pick_time(&times[1], &attr.mtime))
			attr.valid |= ATTR_MTIME;
	}
	return notify_change(path, &attr);
}

static int utimes_fd(unsigned int fd, const struct timespec64 *times)
{
	struct file *file = fget(fd);
	int err;

	if (!file)
		return -EBADF;
	err = utimes_path(&file->f_path, times);
	fput(file);
	return err;
}

/* @name NULL: @dfd itself. */
static int do_utimes(int dfd, const char __user *name,
		     const struct timespec64 *times, int flags)
{
	unsigned int lookup = flags & AT_SYMLINK_NOFOLLOW ? 0 : LOOKUP_FOLLOW;
	struct path path;
	int err;

	if (times &&
	    (!nsec_valid(times[0].tv_nsec) || !nsec_valid(times[1].tv_nsec)))
		return -EINVAL;
	if (!name && dfd != AT_FDCWD)
		return flags ? -EINVAL : utimes_fd((unsigned int)dfd, times);
	if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	if (flags & AT_EMPTY_PATH)
		lookup |= LOOKUP_EMPTY;
	err = user_path_at(dfd, name, lookup, &path);
	if (err)
		return err;
	err = utimes_path(&path, times);
	path_put(&path);
	return err;
}

/**
 * sys_utimensat - utimensat(2)
 */
SYSCALL_DEFINE4(utimensat, int, dfd, const char __user *, name,
		const struct timespec64 __user *, utimes, int, flags)
{
	struct timespec64 t[2];

	if (!utimes)
		return do_utimes(dfd, name, NULL, flags);
	if (copy_from_user(t, utimes, sizeof(t)))
		return -EFAULT;
	if (t[0].tv_nsec == UTIME_OMIT && t[1].tv_nsec == UTIME_OMIT)
		return 0;
	return do_utimes(dfd, name, t, flags);
}

static int do_futimesat(int dfd, const char __user *name,
			const struct timeval64 __user *utimes)
{
	struct timeval64 tv[2];
	struct timespec64 t[2];

	if (!utimes)
		return do_utimes(dfd, name, NULL, 0);
	if (copy_from_user(tv, utimes, sizeof(tv)))
		return -EFAULT;
	for (int i = 0; i < 2; i++) {
		if (tv[i].tv_usec < 0 || tv[i].tv_usec >= 1000000)
			return -EINVAL;
		t[i].tv_sec = tv[i].tv_sec;
		t[i].tv_nsec = tv[i].tv_usec * 1000;
	}
	return do_utimes(dfd, name, t, 0);
}

/**
 * sys_futimesat - futimesat(2)
 */
SYSCALL_DEFINE3(futimesat, int, dfd, const char __user *, name,
		const struct timeval64 __user *, times)
{
	return do_futimesat(dfd, name, times);
}

/**
 * sys_utimes - utimes(2)
 */
SYSCALL_DEFINE2(utimes, const char __user *, name,
		const struct timeval64 __user *, times)
{
	return do_futimesat(AT_FDCWD, name, times);
}

/**
 * sys_utime - utime(2)
 */
SYSCALL_DEFINE2(utime, const char __user *, name, const s64 __user *, times)
{
	struct timespec64 t[2] = {};
	s64 seconds[2];

	if (!times)
		return do_utimes(AT_FDCWD, name, NULL, 0);
	if (copy_from_user(seconds, times, sizeof(seconds)))
		return -EFAULT;
	t[0].tv_sec = seconds[0];
	t[1].tv_sec = seconds[1];
	return do_utimes(AT_FDCWD, name, t, 0);
}

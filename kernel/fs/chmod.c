/* SPDX-License-Identifier: MIT */
/*
 * chmod(2), chown(2) and their relatives.
 */
#include "internal.h"

#include <ikos/syscall.h>

static int chmod_path(const struct path *path, umode_t mode)
{
	struct iattr attr = { .valid = ATTR_MODE, .mode = mode & S_IALLUGO };

	if (S_ISLNK(path->dentry->d_inode->i_mode))
		return -EOPNOTSUPP;
	return notify_change(path, &attr);
}

static int do_fchmodat(int dfd, const char __user *name, umode_t mode)
{
	struct path path;
	int err = user_path_at(dfd, name, LOOKUP_FOLLOW, &path);

	if (err)
		return err;
	err = chmod_path(&path, mode);
	path_put(&path);
	return err;
}

/**
 * sys_chmod - chmod(2)
 */
SYSCALL_DEFINE2(chmod, const char __user *, name, umode_t, mode)
{
	return do_fchmodat(AT_FDCWD, name, mode);
}

/**
 * sys_fchmodat - the system call below fchmodat(3): it has no flags
 */
SYSCALL_DEFINE3(fchmodat, int, dfd, const char __user *, name, umode_t, mode)
{
	return do_fchmodat(dfd, name, mode);
}

/**
 * sys_fchmod - fchmod(2)
 */
SYSCALL_DEFINE2(fchmod, unsigned int, fd, umode_t, mode)
{
	struct file *file = fget(fd);
	int err;

	if (!file)
		return -EBADF;
	err = chmod_path(&file->f_path, mode);
	fput(file);
	return err;
}

/* -1 leaves the owner or the group as it is. */
static int chown_path(const struct path *path, uid_t uid, gid_t gid)
{
	struct iattr attr = { .valid = 0, .uid = uid, .gid = gid };

	if (uid != (uid_t)-1)
		attr.valid |= ATTR_UID;
	if (gid != (gid_t)-1)
		attr.valid |= ATTR_GID;
	if (!S_ISDIR(path->dentry->d_inode->i_mode))
		attr.valid |= ATTR_KILL;
	return notify_change(path, &attr);
}

static int do_fchownat(int dfd, const char __user *name, uid_t uid, gid_t gid,
		       int flags)
{
	unsigned int lookup = flags & AT_SYMLINK_NOFOLLOW ? 0 : LOOKUP_FOLLOW;
	struct path path;
	int err;

	if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	if (flags & AT_EMPTY_PATH)
		lookup |= LOOKUP_EMPTY;
	err = user_path_at(dfd, name, lookup, &path);
	if (err)
		return err;
	err = chown_path(&path, uid, gid);
	path_put(&path);
	return err;
}

/**
 * sys_chown - chown(2)
 */
SYSCALL_DEFINE3(chown, const char __user *, name, uid_t, uid, gid_t, gid)
{
	return do_fchownat(AT_FDCWD, name, uid, gid, 0);
}

/**
 * sys_lchown - lchown(2)
 */
SYSCALL_DEFINE3(lchown, const char __user *, name, uid_t, uid, gid_t, gid)
{
	return do_fchownat(AT_FDCWD, name, uid, gid, AT_SYMLINK_NOFOLLOW);
}

/**
 * sys_fchownat - fchownat(2)
 */
SYSCALL_DEFINE5(fchownat, int, dfd, const char __user *, name, uid_t, uid,
		gid_t, gid, int, flags)
{
	return do_fchownat(dfd, name, uid, gid, flags);
}

/**
 * sys_fchown - fchown(2)
 */
SYSCALL_DEFINE3(fchown, unsigned int, fd, uid_t, uid, gid_t, gid)
{
	struct file *file = fget(fd);
	int err;

	if (!file)
		return -EBADF;
	err = chown_path(&file->f_path, uid, gid);
	fput(file);
	return err;
}

/* SPDX-License-Identifier: MIT */
/*
 * Taking names away: unlink(2), rmdir(2).
 *
 * The file itself lives on while it is open or mapped: its data goes with the
 * last reference to the inode, after all locks have been dropped.
 */
#include "internal.h"

#include <ikos/syscall.h>

/* The directory's i_lock is held. */
static int remove_locked(const struct nameidata *nd, struct dentry *dentry,
			 bool isdir)
{
	struct inode *dir = nd->path.dentry->d_inode;
	struct inode *inode = dentry->d_inode;
	int (*remove)(struct inode * dir, struct dentry * dentry);
	int err;

	if (!inode)
		return -ENOENT;
	if (nd->last_slash && !isdir)
		return d_is_dir(dentry) ? -EISDIR : -ENOTDIR;
	err = mnt_want_write(nd->path.mnt);
	if (!err)
		err = may_delete(dir, dentry, isdir);
	if (err)
		return err;
	remove = isdir ? dir->i_op->rmdir : dir->i_op->unlink;
	if (!remove)
		return -EPERM;
	mutex_lock_nested(&inode->i_lock);
	/* Under i_lock nobody mounts something here. */
	err = dentry->d_mounted ? -EBUSY : remove(dir, dentry);
	mutex_unlock(&inode->i_lock);
	if (!err)
		d_drop(dentry);
	return err;
}

static int remove_last(struct nameidata *nd, bool isdir)
{
	struct inode *dir = nd->path.dentry->d_inode;
	struct dentry *dentry;
	int err;

	mutex_lock(&dir->i_lock);
	dentry = lookup_locked(nd->path.dentry, nd->last, nd->last_len);
	err = IS_ERR(dentry) ? (int)PTR_ERR(dentry)
			     : remove_locked(nd, dentry, isdir);
	mutex_unlock(&dir->i_lock);
	if (!IS_ERR(dentry))
		dput(dentry);
	return err;
}

/* What unlink(2) and rmdir(2) say to names that are not names. */
static int special_error(enum last_type type, bool isdir)
{
	if (!isdir)
		return -EISDIR;
	switch (type) {
	case LAST_DOT:
		return -EINVAL;
	case LAST_DOTDOT:
		return -ENOTEMPTY;
	default:
		return -EBUSY;
	}
}

static int vfs_remove(int dfd, const char *name, bool isdir)
{
	struct nameidata nd;
	int err = walk_start(&nd, dfd, name);

	if (err)
		return err;
	err = walk_parent(&nd);
	if (!err && nd.last_type != LAST_NORM)
		err = special_error(nd.last_type, isdir);
	else if (!err)
		err = remove_last(&nd, isdir);
	walk_end(&nd);
	return err;
}

/**
 * vfs_unlink - remove a name that is not a directory's
 * @dfd: where a relative path starts
 * @name: the path, in kernel memory
 *
 * Context: may sleep.
 * Return: 0 or -errno, as unlink(2).
 */
int vfs_unlink(int dfd, const char *name)
{
	return vfs_remove(dfd, name, false);
}

/**
 * vfs_rmdir - remove an empty directory
 * @dfd: where a relative path starts
 * @name: the path, in kernel memory
 *
 * Context: may sleep.
 * Return: 0 or -errno, as rmdir(2).
 */
int vfs_rmdir(int dfd, const char *name)
{
	return vfs_remove(dfd, name, true);
}

static long do_unlinkat(int dfd, const char __user *name, bool isdir)
{
	char *kname = getname(name, 0);
	long err;

	if (IS_ERR(kname))
		return PTR_ERR(kname);
	err = vfs_remove(dfd, kname, isdir);
	putname(kname);
	return err;
}

/**
 * sys_unlink - unlink(2)
 */
SYSCALL_DEFINE1(unlink, const char __user *, name)
{
	return do_unlinkat(AT_FDCWD, name, false);
}

/**
 * sys_rmdir - rmdir(2)
 */
SYSCALL_DEFINE1(rmdir, const char __user *, name)
{
	return do_unlinkat(AT_FDCWD, name, true);
}

/**
 * sys_unlinkat - unlinkat(2)
 */
SYSCALL_DEFINE3(unlinkat, int, dfd, const char __user *, name, int, flags)
{
	if (flags & ~AT_REMOVEDIR)
		return -EINVAL;
	return do_unlinkat(dfd, name, flags & AT_REMOVEDIR);
}

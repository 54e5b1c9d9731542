/* SPDX-License-Identifier: MIT */
/*
 * Making names: mkdir(2), mknod(2), symlink(2), link(2).
 */
#include "internal.h"

#include <ikos/syscall.h>
#include <ikos/uaccess.h>

/* Decide about the last component; the directory's i_lock is held. */
static struct dentry *create_dentry(struct nameidata *nd, bool dir)
{
	struct inode *inode = nd->path.dentry->d_inode;
	struct dentry *dentry;
	int err = 0;

	dentry = lookup_locked(nd->path.dentry, nd->last, nd->last_len);
	if (IS_ERR(dentry))
		return dentry;
	if (dentry->d_inode)
		err = -EEXIST;
	else if (nd->last_slash && !dir)
		err = -ENOENT;
	else
		err = mnt_want_write(nd->path.mnt);
	if (!err)
		err = may_create(inode);
	if (!err)
		return dentry;
	dput(dentry);
	return ERR_PTR(err);
}

/**
 * create_begin - find the place of a new name
 * @dfd: where a relative path starts
 * @name: the path, in kernel memory
 * @dir: it will be a directory: "name/" is accepted
 * @parent: its directory, filled with references, i_lock taken; only on
 *	success
 *
 * Context: may sleep; returns with the directory's i_lock held.
 * Return: a negative dentry, for create_end(); ERR_PTR of -EEXIST, -EROFS,
 * -EACCES or what the walk says.
 */
struct dentry *create_begin(int dfd, const char *name, bool dir,
			    struct path *parent)
{
	struct dentry *dentry = ERR_PTR(-EEXIST);
	struct nameidata nd;
	int err = walk_start(&nd, dfd, name);

	if (err)
		return ERR_PTR(err);
	err = walk_parent(&nd);
	if (err) {
		dentry = ERR_PTR(err);
	} else if (nd.last_type == LAST_NORM) {
		mutex_lock(&nd.path.dentry->d_inode->i_lock);
		dentry = create_dentry(&nd, dir);
		if (IS_ERR(dentry))
			mutex_unlock(&nd.path.dentry->d_inode->i_lock);
	}
	if (!IS_ERR(dentry)) {
		*parent = nd.path;
		path_get(parent);
	}
	walk_end(&nd);
	return dentry;
}

/**
 * create_end - after create_begin()
 * @parent: unlocked and dropped
 * @dentry: dropped
 *
 * Context: may sleep.
 */
void create_end(struct path *parent, struct dentry *dentry)
{
	mutex_unlock(&parent->dentry->d_inode->i_lock);
	dput(dentry);
	path_put(parent);
}

/**
 * vfs_mkdir - make a directory
 * @dfd: where a relative path starts
 * @name: its path, in kernel memory
 * @mode: permissions; the umask is not applied
 *
 * Context: may sleep.
 * Return: 0 or -errno, as mkdir(2).
 */
int vfs_mkdir(int dfd, const char *name, umode_t mode)
{
	struct path parent;
	struct dentry *dentry = create_begin(dfd, name, true, &parent);
	struct inode *dir;
	int err = -EPERM;

	if (IS_ERR(dentry))
		return (int)PTR_ERR(dentry);
	dir = parent.dentry->d_inode;
	if (dir->i_op->mkdir)
		err = dir->i_op->mkdir(dir, dentry,
				       mode & (S_IRWXUGO | S_ISVTX));
	create_end(&parent, dentry);
	return err;
}

static int mknod_type(umode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
	case S_IFIFO:
	case S_IFSOCK:
	case S_IFCHR:
	case S_IFBLK:
		return 0;
	case S_IFDIR:
		return -EPERM;
	default:
		return -EINVAL;
	}
}

/* Devices are for root, except 0:0, which marks a name as deleted in the
 * upper layer of an overlay and opens nothing. */
static bool may_mknod(umode_t mode, dev_t dev)
{
	if (S_ISBLK(mode) || (S_ISCHR(mode) && dev))
		return capable(CAP_MKNOD);
	return true;
}

/**
 * vfs_mknod - make a regular file, device, FIFO or socket
 * @dfd: where a relative path starts
 * @name: its path, in kernel memory
 * @mode: type (none: regular) and permissions; the umask is not applied
 * @dev: device number, for devices
 *
 * Context: may sleep.
 * Return: 0 or -errno, as mknod(2).
 */
int vfs_mknod(int dfd, const char *name, umode_t mode, dev_t dev)
{
	struct path parent;
	struct dentry *dentry;
	struct inode *dir;
	int err;

	if (!(mode & S_IFMT))
		mode |= S_IFREG;
	err = mknod_type(mode);
	if (err)
		return err;
	dentry = create_begin(dfd, name, false, &parent);
	if (IS_ERR(dentry))
		return (int)PTR_ERR(dentry);
	dir = parent.dentry->d_inode;
	mode &= S_IFMT | S_IALLUGO;
	err = -EPERM;
	if (!may_mknod(mode, dev))
		goto out;
	if (S_ISREG(mode) && dir->i_op->create)
		err = dir->i_op->create(dir, dentry, mode);
	else if (!S_ISREG(mode) && dir->i_op->mknod)
		err = dir->i_op->mknod(dir, dentry, mode, dev);
out:
	create_end(&parent, dentry);
	return err;
}

/**
 * vfs_symlink - make a symbolic link
 * @target: its text
 * @dfd: where a relative path starts
 * @name: its path, in kernel memory
 *
 * Context: may sleep.
 * Return: 0 or -errno, as symlink(2).
 */
int vfs_symlink(const char *target, int dfd, const char *name)
{
	struct path parent;
	struct dentry *dentry;
	struct inode *dir;
	int err = -EPERM;

	if (!*target)
		return -ENOENT;
	dentry = create_begin(dfd, name, false, &parent);
	if (IS_ERR(dentry))
		return (int)PTR_ERR(dentry);
	dir = parent.dentry->d_inode;
	if (dir->i_op->symlink)
		err = dir->i_op->symlink(dir, dentry, target);
	create_end(&parent, dentry);
	return err;
}

/* Both i_locks held. A file whose last name has gone gets none again, except
 * one made by O_TMPFILE, which its file system marks with a private link. */
static int link_locked(struct dentry *old, struct inode *dir,
		       struct dentry *dentry)
{
	struct inode *inode = old->d_inode;

	if (!dir->i_op->link)
		return -EPERM;
	if (!inode->i_nlink && !inode->i_linkable)
		return -ENOENT;
	return dir->i_op->link(old, dir, dentry);
}

static int do_link(const struct path *old, int newdfd, const char *name)
{
	struct inode *inode = old->dentry->d_inode;
	struct path parent;
	struct dentry *dentry = create_begin(newdfd, name, false, &parent);
	int err;

	if (IS_ERR(dentry))
		return (int)PTR_ERR(dentry);
	if (old->mnt != parent.mnt) {
		err = -EXDEV;
	} else if (S_ISDIR(inode->i_mode)) {
		err = -EPERM;
	} else {
		mutex_lock_nested(&inode->i_lock);
		err = link_locked(old->dentry, parent.dentry->d_inode, dentry);
		mutex_unlock(&inode->i_lock);
	}
	create_end(&parent, dentry);
	return err;
}

static int do_linkat(int olddfd, const char __user *oldname, int newdfd,
		     const char __user *newname, int flags)
{
	unsigned int lookup = flags & AT_SYMLINK_FOLLOW ? LOOKUP_FOLLOW : 0;
	struct path old;
	char *name;
	int err;

	if (flags & ~(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	if (flags & AT_EMPTY_PATH) {
		if (!capable(CAP_DAC_READ_SEARCH))
			return -ENOENT;
		lookup |= LOOKUP_EMPTY;
	}
	err = user_path_at(olddfd, oldname, lookup, &old);
	if (err)
		return err;
	name = getname(newname, 0);
	err = IS_ERR(name) ? (int)PTR_ERR(name) : do_link(&old, newdfd, name);
	putname(name);
	path_put(&old);
	return err;
}

/**
 * sys_linkat - linkat(2)
 */
SYSCALL_DEFINE5(linkat, int, olddfd, const char __user *, oldname, int, newdfd,
		const char __user *, newname, int, flags)
{
	return do_linkat(olddfd, oldname, newdfd, newname, flags);
}

/**
 * sys_link - link(2): a symbolic link gets the new name itself
 */
SYSCALL_DEFINE2(link, const char __user *, oldname, const char __user *,
		newname)
{
	return do_linkat(AT_FDCWD, oldname, AT_FDCWD, newname, 0);
}

static long do_mkdirat(int dfd, const char __user *name, umode_t mode)
{
	char *kname = getname(name, 0);
	long err;

	if (IS_ERR(kname))
		return PTR_ERR(kname);
	err = vfs_mkdir(dfd, kname, mode & ~current_umask());
	putname(kname);
	return err;
}

/**
 * sys_mkdir - mkdir(2)
 */
SYSCALL_DEFINE2(mkdir, const char __user *, name, umode_t, mode)
{
	return do_mkdirat(AT_FDCWD, name, mode);
}

/**
 * sys_mkdirat - mkdirat(2)
 */
SYSCALL_DEFINE3(mkdirat, int, dfd, const char __user *, name, umode_t, mode)
{
	return do_mkdirat(dfd, name, mode);
}

static long do_mknodat(int dfd, const char __user *name, umode_t mode,
		       unsigned int dev)
{
	char *kname = getname(name, 0);
	long err;

	if (IS_ERR(kname))
		return PTR_ERR(kname);
	err = vfs_mknod(dfd, kname, mode & ~current_umask(),
			new_decode_dev(dev));
	putname(kname);
	return err;
}

/**
 * sys_mknod - mknod(2)
 */
SYSCALL_DEFINE3(mknod, const char __user *, name, umode_t, mode, unsigned int,
		dev)
{
	return do_mknodat(AT_FDCWD, name, mode, dev);
}

/**
 * sys_mknodat - mknodat(2)
 */
SYSCALL_DEFINE4(mknodat, int, dfd, const char __user *, name, umode_t, mode,
		unsigned int, dev)
{
	return do_mknodat(dfd, name, mode, dev);
}

static long do_symlinkat(const char __user *target, int dfd,
			 const char __user *name)
{
	char *ktarget = getname(target, 0);
	char *kname = getname(name, 0);
	long err;

	if (IS_ERR(ktarget))
		err = PTR_ERR(ktarget);
	else if (IS_ERR(kname))
		err = PTR_ERR(kname);
	else
		err = vfs_symlink(ktarget, dfd, kname);
	putname(kname);
	putname(ktarget);
	return err;
}

/**
 * sys_symlink - symlink(2)
 */
SYSCALL_DEFINE2(symlink, const char __user *, target, const char __user *, name)
{
	return do_symlinkat(target, AT_FDCWD, name);
}

/**
 * sys_symlinkat - symlinkat(2)
 */
SYSCALL_DEFINE3(symlinkat, const char __user *, target, int, dfd,
		const char __user *, name)
{
	return do_symlinkat(target, dfd, name);
}

/* SPDX-License-Identifier: MIT */
/*
 * Mounts: how trees are joined into one. Owns the list of mounts.
 *
 * A mount covers a dentry of its parent mount with the root of a file system
 * (or, for a bind mount, with a dentry of one that is mounted already):
 *
 *	root_mount  "/" - "proc"		mountpoint of ...
 *	                     |
 *	mount 2             "/" - "self" ...	... this one
 *
 * mnt_count: one for being in the list, one for each child mount, one for each
 * path that points into it. umount2(2) is busy when any but the first is left.
 *
 * Locks: namespace_mutex around every change and around listings; mount_lock
 * around each access to the list, mnt_parent and mnt_mountpoint. What is to be
 * covered has its i_lock held inside namespace_mutex: who removes it holds that
 * too, so it is either covered or removed.
 */
#include "internal.h"

#include <ikos/bug.h>
#include <ikos/slab.h>
#include <ikos/syscall.h>

DEFINE_SPINLOCK(mount_lock);
struct mount *root_mount;
static LIST_HEAD(mount_list);
static DEFINE_MUTEX(namespace_mutex);
static int next_mnt_id = 1;

/* What a mount remembers of the flags of mount(2). */
#define MNT_FLAGS                                                              \
	(MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME |           \
	 MS_NODIRATIME | MS_RELATIME | MS_STRICTATIME)

/* What this kernel does not have: refused, not ignored. */
#define MS_UNSUPPORTED                                                         \
	(MS_SYNCHRONOUS | MS_MANDLOCK | MS_DIRSYNC | MS_MOVE | MS_UNBINDABLE | \
	 MS_PRIVATE | MS_SLAVE | MS_SHARED)

/**
 * mntget - take a reference to a mount
 * @mnt: one that is held already
 *
 * Context: any.
 */
void mntget(struct mount *mnt)
{
	atomic_inc(&mnt->mnt_count);
}

/**
 * mntput - drop a reference to a mount
 * @mnt: may be NULL
 *
 * Context: may sleep; the last one ends the mount.
 */
void mntput(struct mount *mnt)
{
	if (!mnt || !atomic_dec_and_test(&mnt->mnt_count))
		return;
	dput(mnt->mnt_root);
	sb_put(mnt->mnt_sb);
	kfree(mnt->mnt_devname);
	kfree(mnt);
}

/* The mount that covers @path, with a reference; NULL: none. */
static struct mount *lookup_mnt(const struct path *path)
{
	struct mount *mnt, *found = NULL;

	spin_lock(&mount_lock);
	list_for_each_entry (mnt, &mount_list, mnt_list) {
		if (mnt->mnt_parent == path->mnt && mnt != path->mnt &&
		    mnt->mnt_mountpoint == path->dentry) {
			found = mnt;
			mntget(mnt);
			break;
		}
	}
	spin_unlock(&mount_lock);
	return found;
}

/**
 * follow_mount - from a covered directory to what covers it
 * @path: with references; changed to the topmost mount's root
 *
 * Context: may sleep.
 * Return: whether the path was covered.
 */
bool follow_mount(struct path *path)
{
	struct mount *mnt;
	bool moved = false;

	while (path->dentry->d_mounted && (mnt = lookup_mnt(path))) {
		path_put(path);
		path->mnt = mnt;
		path->dentry = dget(mnt->mnt_root);
		moved = true;
	}
	return moved;
}

/**
 * follow_up - from the root of a mount to the directory that it covers
 * @path: with references, at any place of the mount; changed
 *
 * Context: may sleep.
 * Return: false when the mount covers nothing: it is the topmost or detached.
 */
bool follow_up(struct path *path)
{
	struct path up;

	spin_lock(&mount_lock);
	up.mnt = path->mnt->mnt_parent;
	if (up.mnt == path->mnt) {
		spin_unlock(&mount_lock);
		return false;
	}
	up.dentry = path->mnt->mnt_mountpoint;
	path_get(&up);
	spin_unlock(&mount_lock);
	path_put(path);
	*path = up;
	return true;
}

/**
 * mnt_want_write - whether files of a mount may be changed
 * @mnt: the mount
 *
 * Context: any.
 * Return: 0 or -EROFS.
 */
int mnt_want_write(const struct mount *mnt)
{
	return mnt->mnt_flags & MS_RDONLY ? -EROFS : 0;
}

/* A mount that is nowhere yet; takes over a reference to @root and one of
 * @sb's s_active, also on failure. */
static struct mount *mount_alloc(struct super_block *sb, struct dentry *root,
				 const char *dev, unsigned int flags)
{
	struct mount *mnt = kzalloc(sizeof(*mnt), GFP_KERNEL);

	if (mnt)
		mnt->mnt_devname = kstrdup(dev, GFP_KERNEL);
	if (!mnt || !mnt->mnt_devname) {
		kfree(mnt);
		dput(root);
		sb_put(sb);
		return NULL;
	}
	mnt->mnt_parent = mnt;
	mnt->mnt_root = root;
	mnt->mnt_mountpoint = root;
	mnt->mnt_sb = sb;
	mnt->mnt_flags = flags;
	atomic_set(&mnt->mnt_count, 1);
	INIT_LIST_HEAD(&mnt->mnt_list);
	return mnt;
}

/* Instantiate a type. The first mount of an instance makes s_active 1. */
static struct mount *type_mount(const char *type_name, const char *dev,
				unsigned int flags, const char *data)
{
	struct file_system_type *type = get_fs_type(type_name);
	struct super_block *sb;
	struct mount *mnt;

	if (!type)
		return ERR_PTR(-ENODEV);
	sb = type->mount(type, data);
	if (IS_ERR(sb))
		return (void *)sb;
	atomic_inc(&sb->s_active);
	mnt = mount_alloc(sb, dget(sb->s_root), dev, flags);
	return mnt ? mnt : ERR_PTR(-ENOMEM);
}

/* Cover @path with @mnt, whose reference goes to the list. */
static int attach(struct mount *mnt, struct path *path)
{
	int err = 0;

	if (!S_ISDIR(path->dentry->d_inode->i_mode) !=
	    !S_ISDIR(mnt->mnt_root->d_inode->i_mode))
		return -ENOTDIR;
	mutex_lock(&namespace_mutex);
	follow_mount(path); /* somebody was faster: on top of it */
	mutex_lock(&path->dentry->d_inode->i_lock);
	spin_lock(&mount_lock);
	if (path->dentry->d_unhashed) {
		err = -ENOENT;
	} else {
		path_get(path);
		mnt->mnt_parent = path->mnt;
		mnt->mnt_mountpoint = path->dentry;
		mnt->mnt_id = next_mnt_id++;
		path->dentry->d_mounted = true;
		list_add_tail(&mnt->mnt_list, &mount_list);
	}
	spin_unlock(&mount_lock);
	mutex_unlock(&path->dentry->d_inode->i_lock);
	mutex_unlock(&namespace_mutex);
	return err;
}

/**
 * mount_root - make the root of everything
 * @sb: the root file system
 * @dev: what /proc/mounts calls its device
 *
 * Context: boot, once.
 * Return: the mount; panics when there is no memory.
 */
struct mount *mount_root(struct super_block *sb, const char *dev)
{
	struct mount *mnt;

	atomic_inc(&sb->s_active);
	mnt = mount_alloc(sb, dget(sb->s_root), dev, 0);
	if (!mnt)
		panic("There is no memory for the root file system's mount.");
	mnt->mnt_id = next_mnt_id++;
	list_add_tail(&mnt->mnt_list, &mount_list);
	root_mount = mnt;
	return mnt;
}

static int do_bind(const char *from, struct path *to, unsigned int flags)
{
	struct path src;
	struct mount *mnt;
	int err = path_lookup(AT_FDCWD, from, LOOKUP_FOLLOW, &src);

	if (err)
		return err;
	atomic_inc(&src.mnt->mnt_sb->s_active);
	mnt = mount_alloc(src.mnt->mnt_sb, dget(src.dentry),
			  src.mnt->mnt_devname, src.mnt->mnt_flags);
	path_put(&src);
	if (!mnt)
		return -ENOMEM;
	err = attach(mnt, to);
	if (err)
		mntput(mnt);
	return err;
}

static int do_remount(const struct path *path, unsigned int flags)
{
	if (path->dentry != path->mnt->mnt_root)
		return -EINVAL;
	WRITE_ONCE(path->mnt->mnt_flags, flags);
	return 0;
}

/* mount(2) with everything in kernel memory. */
static int do_mount(const char *dev, const char *dir, const char *type,
		    unsigned long flags, const char *data)
{
	unsigned int mnt_flags = flags & MNT_FLAGS;
	struct mount *mnt;
	struct path path;
	int err;

	if ((flags & MS_MGC_MSK) == MS_MGC_VAL)
		flags &= ~MS_MGC_MSK;
	if (flags & MS_UNSUPPORTED)
		return -EINVAL;
	err = path_lookup(AT_FDCWD, dir, LOOKUP_FOLLOW, &path);
	if (err)
		return err;
	if (flags & MS_REMOUNT) {
		err = do_remount(&path, mnt_flags);
	} else if (flags & MS_BIND) {
		err = dev ? do_bind(dev, &path, mnt_flags) : -EINVAL;
	} else if (!type) {
		err = -EINVAL;
	} else {
		mnt = type_mount(type, dev ? dev : "none", mnt_flags, data);
		err = IS_ERR(mnt) ? (int)PTR_ERR(mnt) : attach(mnt, &path);
		if (err && !IS_ERR(mnt))
			mntput(mnt);
	}
	path_put(&path);
	return err;
}

/**
 * vfs_mount - mount(2) for the kernel itself
 * @type: name of the file system type
 * @dir: the directory to cover
 * @flags: MS_*
 * @dev: what /proc/mounts calls the device; NULL: "none"
 *
 * Context: may sleep.
 * Return: 0; -ENODEV: unknown type; -ENOTDIR, -ENOENT, -ENOMEM.
 */
int vfs_mount(const char *type, const char *dir, unsigned long flags,
	      const char *dev)
{
	return do_mount(dev, dir, type, flags, NULL);
}

/* Recompute d_mounted after a mount has left @dentry; mount_lock held. */
static void update_mounted(struct dentry *dentry)
{
	struct mount *mnt;
	bool mounted = false;

	list_for_each_entry (mnt, &mount_list, mnt_list)
		if (mnt->mnt_mountpoint == dentry && mnt->mnt_parent != mnt)
			mounted = true;
	dentry->d_mounted = mounted;
}

/* Take a mount out of the tree, unless more than @users references are left:
 * no walk gets another one under mount_lock. namespace_mutex held. */
static int detach(struct mount *mnt, int users)
{
	struct path up = { mnt->mnt_parent, mnt->mnt_mountpoint };

	spin_lock(&mount_lock);
	if (atomic_read(&mnt->mnt_count) > users) {
		spin_unlock(&mount_lock);
		return -EBUSY;
	}
	list_del_init(&mnt->mnt_list);
	mnt->mnt_parent = mnt;
	mnt->mnt_mountpoint = mnt->mnt_root;
	update_mounted(up.dentry);
	spin_unlock(&mount_lock);
	path_put(&up);
	mntput(mnt);
	return 0;
}

static struct mount *child_of(struct mount *parent)
{
	struct mount *mnt;

	list_for_each_entry (mnt, &mount_list, mnt_list)
		if (mnt->mnt_parent == parent && mnt != parent)
			return mnt;
	return NULL;
}

/* MNT_DETACH: the mounts inside first, so that none loses its parent. */
static void detach_tree(struct mount *top)
{
	struct mount *mnt;

	do {
		struct mount *child;

		mnt = top;
		while ((child = child_of(mnt)))
			mnt = child;
		detach(mnt, INT_MAX);
	} while (mnt != top);
}

/* @path holds one reference, the list the other. */
static int do_umount(const struct path *path, int flags)
{
	struct mount *mnt = path->mnt;
	int err = 0;

	mutex_lock(&namespace_mutex);
	if (path->dentry != mnt->mnt_root || mnt->mnt_parent == mnt)
		err = -EINVAL;
	else if (flags & MNT_DETACH)
		detach_tree(mnt);
	else
		err = detach(mnt, 2);
	mutex_unlock(&namespace_mutex);
	return err;
}

/**
 * vfs_umount - umount2(2) for the kernel itself
 * @dir: the root of a mount
 * @flags: MNT_*
 *
 * Context: may sleep.
 * Return: 0; -EINVAL: not a mount's root; -EBUSY: in use.
 */
int vfs_umount(const char *dir, int flags)
{
	struct path path;
	int err = path_lookup(AT_FDCWD, dir, LOOKUP_FOLLOW, &path);

	if (err)
		return err;
	err = do_umount(&path, flags);
	path_put(&path);
	return err;
}

/**
 * sys_umount2 - umount2(2)
 *
 * MNT_EXPIRE is refused with EINVAL; MNT_FORCE has nothing to abort here and
 * is a plain umount, as for every Linux file system in memory.
 */
SYSCALL_DEFINE2(umount2, const char __user *, name, int, flags)
{
	struct path path;
	int err;

	if (flags & ~(MNT_FORCE | MNT_DETACH | UMOUNT_NOFOLLOW))
		return -EINVAL;
	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	err = user_path_at(AT_FDCWD, name,
			   flags & UMOUNT_NOFOLLOW ? 0 : LOOKUP_FOLLOW, &path);
	if (err)
		return err;
	err = do_umount(&path, flags);
	path_put(&path);
	return err;
}

/* A string argument of mount(2): may be NULL; at most a page. */
static char *mount_string(const char __user *s)
{
	return s ? getname(s, LOOKUP_EMPTY) : NULL;
}

/**
 * sys_mount - mount(2)
 *
 * Supported: new mounts, MS_BIND, MS_REMOUNT of the flags per mount. MS_MOVE
 * and the propagation types give EINVAL.
 */
SYSCALL_DEFINE5(mount, const char __user *, dev, const char __user *, dir,
		const char __user *, type, unsigned long, flags,
		const char __user *, data)
{
	char *kdev, *kdir, *ktype, *kdata;
	long err;

	ktype = mount_string(type);
	kdev = mount_string(dev);
	kdata = mount_string(data);
	kdir = getname(dir, 0);
	err = IS_ERR(ktype)		? PTR_ERR(ktype)
	      : IS_ERR(kdev)		? PTR_ERR(kdev)
	      : IS_ERR(kdata)		? PTR_ERR(kdata)
	      : IS_ERR(kdir)		? PTR_ERR(kdir)
	      : !capable(CAP_SYS_ADMIN) ? -EPERM
					: 0;
	if (!err)
		err = do_mount(kdev, kdir, ktype, flags, kdata);
	putname(kdir);
	putname(kdata);
	putname(kdev);
	putname(ktype);
	return err;
}

/**
 * for_each_mount - call a function for every mount, oldest first
 * @fn: a result other than 0 ends the walk
 * @data: for @fn
 *
 * Context: may sleep, as may @fn; mounts neither come nor go meanwhile.
 * Return: what @fn returned last.
 */
int for_each_mount(int (*fn)(struct mount *mnt, void *data), void *data)
{
	struct mount *mnt;
	int err = 0;

	mutex_lock(&namespace_mutex);
	list_for_each_entry (mnt, &mount_list, mnt_list) {
		err = fn(mnt, data);
		if (err)
			break;
	}
	mutex_unlock(&namespace_mutex);
	return err;
}

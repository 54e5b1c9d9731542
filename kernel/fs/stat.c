/* SPDX-License-Identifier: MIT */
/*
 * Reading attributes: stat(2), statx(2), readlink(2).
 */
#include "internal.h"

#include <ikos/slab.h>
#include <ikos/syscall.h>
#include <ikos/uaccess.h>

#define AT_STATX_SYNC_TYPE 0x6000

/**
 * new_encode_dev - a device number as programs see it
 * @dev: the kernel's: 20 bits of minor number below the major one
 *
 * Context: any.
 * Return: minor bits 0-7, major bits 0-11, minor bits 8-19, from the lowest
 * bit up; the old 16-bit number is the lower half. Source: makedev(3).
 */
u64 new_encode_dev(dev_t dev)
{
	u64 major = MAJOR(dev), minor = MINOR(dev);

	return (minor & 0xff) | major << 8 | (minor & ~0xffUL) << 12;
}

/**
 * new_decode_dev - a device number as programs give it
 * @dev: as new_encode_dev() makes it
 *
 * Context: any.
 * Return: the kernel's number.
 */
dev_t new_decode_dev(u64 dev)
{
	return MKDEV((dev >> 8) & 0xfff,
		     (dev & 0xff) | ((dev >> 12) & 0xfff00));
}

static long copy_stat(const struct kstat *st, struct stat_k __user *ubuf)
{
	struct stat_k out = {
		.st_dev = new_encode_dev(st->dev),
		.st_ino = st->ino,
		.st_nlink = st->nlink,
		.st_mode = st->mode,
		.st_uid = st->uid,
		.st_gid = st->gid,
		.st_rdev = new_encode_dev(st->rdev),
		.st_size = st->size,
		.st_blksize = st->blksize,
		.st_blocks = (int64_t)st->blocks,
		.st_atime_sec = (u64)st->atime.tv_sec,
		.st_atime_nsec = (u64)st->atime.tv_nsec,
		.st_mtime_sec = (u64)st->mtime.tv_sec,
		.st_mtime_nsec = (u64)st->mtime.tv_nsec,
		.st_ctime_sec = (u64)st->ctime.tv_sec,
		.st_ctime_nsec = (u64)st->ctime.tv_nsec,
	};

	return copy_to_user(ubuf, &out, sizeof(out)) ? -EFAULT : 0;
}

static unsigned int stat_lookup_flags(int flags)
{
	unsigned int lookup = 0;

	if (!(flags & AT_SYMLINK_NOFOLLOW))
		lookup |= LOOKUP_FOLLOW;
	if (flags & AT_EMPTY_PATH)
		lookup |= LOOKUP_EMPTY;
	return lookup;
}

static long do_newfstatat(int dfd, const char __user *name,
			  struct stat_k __user *ubuf, int flags)
{
	struct kstat st = {};
	struct path path;
	int err;

	if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH))
		return -EINVAL;
	err = user_path_at(dfd, name, stat_lookup_flags(flags), &path);
	if (err)
		return err;
	err = vfs_getattr(&path, &st);
	path_put(&path);
	return err ? err : copy_stat(&st, ubuf);
}

/**
 * sys_newfstatat - fstatat(2)
 */
SYSCALL_DEFINE4(newfstatat, int, dfd, const char __user *, name,
		struct stat_k __user *, ubuf, int, flags)
{
	return do_newfstatat(dfd, name, ubuf, flags);
}

/**
 * sys_stat - stat(2)
 */
SYSCALL_DEFINE2(stat, const char __user *, name, struct stat_k __user *, ubuf)
{
	return do_newfstatat(AT_FDCWD, name, ubuf, 0);
}

/**
 * sys_lstat - lstat(2)
 */
SYSCALL_DEFINE2(lstat, const char __user *, name, struct stat_k __user *, ubuf)
{
	return do_newfstatat(AT_FDCWD, name, ubuf, AT_SYMLINK_NOFOLLOW);
}

/**
 * sys_fstat - fstat(2)
 */
SYSCALL_DEFINE2(fstat, unsigned int, fd, struct stat_k __user *, ubuf)
{
	struct file *file = fget_raw(fd);
	struct kstat st = {};
	int err;

	if (!file)
		return -EBADF;
	err = vfs_getattr(&file->f_path, &st);
	fput(file);
	return err ? err : copy_stat(&st, ubuf);
}

static struct statx_timestamp statx_time(const struct timespec64 *t)
{
	return (struct statx_timestamp){ .tv_sec = t->tv_sec,
					 .tv_nsec = (u32)t->tv_nsec };
}

static long copy_statx(const struct kstat *st, const struct path *path,
		       struct statx_k __user *ubuf)
{
	struct statx_k out = {
		.stx_mask = STATX_BASIC_STATS | STATX_MNT_ID,
		.stx_blksize = st->blksize,
		.stx_attributes_mask = STATX_ATTR_MOUNT_ROOT,
		.stx_nlink = st->nlink,
		.stx_uid = st->uid,
		.stx_gid = st->gid,
		.stx_mode = (u16)st->mode,
		.stx_ino = st->ino,
		.stx_size = (u64)st->size,
		.stx_blocks = st->blocks,
		.stx_atime = statx_time(&st->atime),
		.stx_ctime = statx_time(&st->ctime),
		.stx_mtime = statx_time(&st->mtime),
		.stx_rdev_major = MAJOR(st->rdev),
		.stx_rdev_minor = MINOR(st->rdev),
		.stx_dev_major = MAJOR(st->dev),
		.stx_dev_minor = MINOR(st->dev),
		.stx_mnt_id = (u64)path->mnt->mnt_id,
	};

	if (path->dentry == path->mnt->mnt_root)
		out.stx_attributes |= STATX_ATTR_MOUNT_ROOT;
	return copy_to_user(ubuf, &out, sizeof(out)) ? -EFAULT : 0;
}

/**
 * sys_statx - statx(2), without birth times
 */
SYSCALL_DEFINE5(statx, int, dfd, const char __user *, name, int, flags,
		unsigned int, mask, struct statx_k __user *, ubuf)
{
	struct kstat st = {};
	struct path path;
	long err;

	if (mask & STATX_RESERVED)
		return -EINVAL;
	if ((flags & AT_STATX_SYNC_TYPE) == AT_STATX_SYNC_TYPE ||
	    flags & ~(AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH |
		      AT_STATX_SYNC_TYPE))
		return -EINVAL;
	err = user_path_at(dfd, name, stat_lookup_flags(flags), &path);
	if (err)
		return err;
	err = vfs_getattr(&path, &st);
	if (!err)
		err = copy_statx(&st, &path, ubuf);
	path_put(&path);
	return err;
}

/* The text of a link to user space, cut to @size. */
static long readlink_path(const struct path *path, char __user *ubuf,
			  size_t size)
{
	struct inode *inode = path->dentry->d_inode;
	char *text;
	long len;

	if (!S_ISLNK(inode->i_mode))
		return -EINVAL;
	text = kmalloc(PATH_MAX, GFP_KERNEL);
	if (!text)
		return -ENOMEM;
	touch_atime(path);
	len = inode->i_op->readlink(inode, text, PATH_MAX);
	if (len > 0) {
		len = min_t(long, len, size);
		if (copy_to_user(ubuf, text, (size_t)len))
			len = -EFAULT;
	}
	kfree(text);
	return len;
}

static long do_readlinkat(int dfd, const char __user *name, char __user *ubuf,
			  int size)
{
	char *kname;
	struct path path;
	long err;

	if (size <= 0)
		return -EINVAL;
	kname = getname(name, LOOKUP_EMPTY);
	if (IS_ERR(kname))
		return PTR_ERR(kname);
	err = path_lookup(dfd, kname, LOOKUP_EMPTY, &path);
	if (!err) {
		err = readlink_path(&path, ubuf, (size_t)size);
		/* An empty path means @dfd itself, which must be a link. */
		if (err == -EINVAL && !*kname)
			err = -ENOENT;
		path_put(&path);
	}
	putname(kname);
	return err;
}

/**
 * sys_readlinkat - readlinkat(2)
 */
SYSCALL_DEFINE4(readlinkat, int, dfd, const char __user *, name, char __user *,
		buf, int, size)
{
	return do_readlinkat(dfd, name, buf, size);
}

/**
 * sys_readlink - readlink(2)
 */
SYSCALL_DEFINE3(readlink, const char __user *, name, char __user *, buf, int,
		size)
{
	return do_readlinkat(AT_FDCWD, name, buf, size);
}

/* SPDX-License-Identifier: MIT */
/*
 * statfs(2), fstatfs(2), and the calls that ask for data to be on disk: there
 * is none, every file system is in memory.
 */
#include "internal.h"

#include <ikos/syscall.h>
#include <ikos/uaccess.h>

static long statfs_path(const struct path *path, struct statfs_k __user *ubuf)
{
	struct super_block *sb = path->dentry->d_sb;
	unsigned int flags = path->mnt->mnt_flags;
	struct statfs_k st = {
		.f_type = (s64)sb->s_magic,
		.f_bsize = PAGE_SIZE,
		.f_frsize = PAGE_SIZE,
		.f_namelen = NAME_MAX,
		.f_fsid = { (s32)sb->s_dev, 0 },
	};
	int err = 0;

	if (sb->s_op && sb->s_op->statfs)
		err = sb->s_op->statfs(sb, &st);
	if (err)
		return err;
	/* These bits have the same values as the MS_ ones. */
	st.f_flags = ST_VALID | (flags & (MS_RDONLY | MS_NOSUID | MS_NODEV |
					  MS_NOEXEC | MS_NOATIME));
	if (!(flags & (MS_NOATIME | MS_STRICTATIME)))
		st.f_flags |= ST_RELATIME;
	return copy_to_user(ubuf, &st, sizeof(st)) ? -EFAULT : 0;
}

/**
 * sys_statfs - statfs(2)
 */
SYSCALL_DEFINE2(statfs, const char __user *, name, struct statfs_k __user *,
		ubuf)
{
	struct path path;
	long err = user_path_at(AT_FDCWD, name, LOOKUP_FOLLOW, &path);

	if (err)
		return err;
	err = statfs_path(&path, ubuf);
	path_put(&path);
	return err;
}

/**
 * sys_fstatfs - fstatfs(2)
 */
SYSCALL_DEFINE2(fstatfs, unsigned int, fd, struct statfs_k __user *, ubuf)
{
	struct file *file = fget_raw(fd);
	long err;

	if (!file)
		return -EBADF;
	err = statfs_path(&file->f_path, ubuf);
	fput(file);
	return err;
}

static long do_fsync(unsigned int fd)
{
	struct file *file = fget(fd);
	long err = -EINVAL;

	if (!file)
		return -EBADF;
	if (file->f_op->fsync)
		err = file->f_op->fsync(file);
	fput(file);
	return err;
}

/**
 * sys_fsync - fsync(2): EINVAL for what cannot be synchronised, like a pipe
 */
SYSCALL_DEFINE1(fsync, unsigned int, fd)
{
	return do_fsync(fd);
}

/**
 * sys_fdatasync - fdatasync(2)
 */
SYSCALL_DEFINE1(fdatasync, unsigned int, fd)
{
	return do_fsync(fd);
}

/**
 * sys_sync - sync(2)
 */
SYSCALL_DEFINE0(sync)
{
	return 0;
}

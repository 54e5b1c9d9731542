/* SPDX-License-Identifier: MIT */
/*
 * truncate(2) and ftruncate(2).
 */
#include "internal.h"

#include <ikos/syscall.h>

/**
 * newsize_ok - whether a file may become so large
 * @inode: the file; i_lock held, or the answer may be old
 * @size: bytes
 *
 * Context: any task context.
 * Return: 0; -EFBIG, with SIGXFSZ: it grows beyond RLIMIT_FSIZE. Source:
 * setrlimit(2).
 */
int newsize_ok(const struct inode *inode, loff_t size)
{
	if (size <= i_size_read(inode) ||
	    (unsigned long)size <= rlimit(RLIMIT_FSIZE))
		return 0;
	send_sig(SIGXFSZ, current);
	return -EFBIG;
}

/**
 * do_truncate - set a regular file's size
 * @path: the file; permission has been checked
 * @size: bytes
 * @times: the file changes its times, even when it keeps its size
 *
 * Context: may sleep; takes i_lock.
 * Return: 0; -ETXTBSY: it is being executed; -EFBIG, with SIGXFSZ: beyond
 * RLIMIT_FSIZE; -EROFS; -ENOMEM; -EPERM: a seal (memfd_create(2)).
 */
int do_truncate(const struct path *path, loff_t size, bool times)
{
	struct iattr attr = { .valid = ATTR_SIZE, .size = size };
	struct inode *inode = path->dentry->d_inode;
	int err = get_write_access(inode);

	if (err)
		return err;
	attr.valid |= ATTR_FORCE;
	if (!capable(CAP_FSETID))
		attr.valid |= ATTR_KILL;
	if (times)
		attr.valid |= ATTR_MTIME;
	attr.mtime = current_time();
	err = newsize_ok(inode, size);
	if (!err)
		err = notify_change(path, &attr);
	put_write_access(inode);
	return err;
}

static int truncate_path(const struct path *path, loff_t size)
{
	struct inode *inode = path->dentry->d_inode;
	int err;

	if (S_ISDIR(inode->i_mode))
		return -EISDIR;
	if (!S_ISREG(inode->i_mode))
		return -EINVAL;
	err = path_permission(path, MAY_WRITE);
	return err ? err : do_truncate(path, size, false);
}

/**
 * sys_truncate - truncate(2)
 */
SYSCALL_DEFINE2(truncate, const char __user *, name, long, size)
{
	struct path path;
	int err;

	if (size < 0)
		return -EINVAL;
	err = user_path_at(AT_FDCWD, name, LOOKUP_FOLLOW, &path);
	if (err)
		return err;
	err = truncate_path(&path, size);
	path_put(&path);
	return err;
}

/**
 * sys_ftruncate - ftruncate(2)
 */
SYSCALL_DEFINE2(ftruncate, unsigned int, fd, long, size)
{
	struct file *file;
	int err = -EINVAL;

	if (size < 0)
		return -EINVAL;
	file = fget(fd);
	if (!file)
		return -EBADF;
	if (S_ISREG(file->f_inode->i_mode) && (file->f_mode & FMODE_WRITE))
		err = do_truncate(&file->f_path, size, true);
	fput(file);
	return err;
}

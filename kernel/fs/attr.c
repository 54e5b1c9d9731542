/* SPDX-License-Identifier: MIT */
/*
 * Changing and reading attributes: who may, which bits fall away on the way,
 * and the truncation calls, which change the size.
 */
#include "internal.h"

#include <ikos/syscall.h>

static bool in_group_or_capable(gid_t gid)
{
	return in_group(gid) || capable(CAP_FSETID);
}

/* @attr's mode is that which results. */
static int may_setattr(const struct inode *inode, const struct iattr *attr)
{
	bool owner = current->cred.fsuid == inode->i_uid;

	if (attr->valid & ATTR_FORCE)
		return 0;
	if ((attr->valid & ATTR_UID) && !capable(CAP_CHOWN) &&
	    (!owner || attr->uid != inode->i_uid))
		return -EPERM;
	if ((attr->valid & ATTR_GID) && !capable(CAP_CHOWN) &&
	    (!owner || (attr->gid != inode->i_gid && !in_group(attr->gid))))
		return -EPERM;
	if ((attr->valid & ATTR_MODE) && !inode_owner_or_capable(inode))
		return -EPERM;
	return 0;
}

/* A program must not run as somebody else after a stranger touched it.
 * Set-group-ID without the group's x bit means something else, for members. */
static umode_t without_privs(const struct inode *inode)
{
	umode_t mode = inode->i_mode & ~S_ISUID;

	if ((mode & 0010) || !in_group_or_capable(inode->i_gid))
		mode &= ~S_ISGID;
	return mode;
}

static void kill_privs(const struct inode *inode, struct iattr *attr)
{
	if (!(attr->valid & ATTR_KILL) || (attr->valid & ATTR_MODE))
		return;
	attr->mode = without_privs(inode);
	if (attr->mode != inode->i_mode)
		attr->valid |= ATTR_MODE;
}

/* Nobody makes programs that run as a group that he is not in. */
static void check_setgid(const struct inode *inode, struct iattr *attr)
{
	gid_t gid = attr->valid & ATTR_GID ? attr->gid : inode->i_gid;

	if ((attr->valid & ATTR_MODE) && !in_group_or_capable(gid))
		attr->mode &= ~S_ISGID;
}

/**
 * setattr_generic - copy attributes into an inode
 * @dentry: the file; its i_lock held
 * @attr: what changes; ATTR_SIZE is the file system's business
 *
 * Context: i_lock.
 * Return: 0.
 */
int setattr_generic(struct dentry *dentry, const struct iattr *attr)
{
	struct inode *inode = dentry->d_inode;

	if (attr->valid & ATTR_UID)
		inode->i_uid = attr->uid;
	if (attr->valid & ATTR_GID)
		inode->i_gid = attr->gid;
	if (attr->valid & ATTR_MODE)
		inode->i_mode =
			(inode->i_mode & S_IFMT) | (attr->mode & S_IALLUGO);
	/* A size that changed has done so already. */
	if (attr->valid & ~(ATTR_SIZE | ATTR_KILL | ATTR_FORCE))
		inode->i_ctime = current_time();
	if (attr->valid & ATTR_ATIME)
		inode->i_atime = attr->atime;
	if (attr->valid & ATTR_MTIME)
		inode->i_mtime = attr->mtime;
	return 0;
}

/**
 * notify_change - change a file's attributes
 * @path: the file
 * @attr: what changes; adjusted on the way
 *
 * Whether current may set the times or the size is for the caller to check.
 *
 * Context: may sleep; takes i_lock.
 * Return: 0, -EPERM, -EROFS, or what the file system says.
 */
int notify_change(const struct path *path, struct iattr *attr)
{
	struct inode *inode = path->dentry->d_inode;
	int err = mnt_want_write(path->mnt);

	if (err)
		return err;
	mutex_lock(&inode->i_lock);
	kill_privs(inode, attr);
	err = may_setattr(inode, attr);
	if (!err) {
		check_setgid(inode, attr);
		if (inode->i_op && inode->i_op->setattr)
			err = inode->i_op->setattr(path->dentry, attr);
		else
			err = setattr_generic(path->dentry, attr);
	}
	mutex_unlock(&inode->i_lock);
	return err;
}

/**
 * file_remove_privs - a write takes set-user-ID and set-group-ID away
 * @file: about to be written; its i_lock held
 *
 * Context: i_lock.
 * Return: 0. Source: write(2).
 */
int file_remove_privs(struct file *file)
{
	struct inode *inode = file->f_inode;

	if (likely(!(inode->i_mode & (S_ISUID | S_ISGID))) ||
	    capable(CAP_FSETID))
		return 0;
	inode->i_mode = without_privs(inode);
	return 0;
}

/**
 * file_update_time - a file's content has changed
 * @file: the file
 *
 * Context: any task context.
 */
void file_update_time(struct file *file)
{
	file->f_inode->i_mtime = file->f_inode->i_ctime = current_time();
}

/* relatime: only when a reader could not tell otherwise, or once a day. */
static bool atime_is_due(const struct inode *inode, s64 now)
{
	const struct timespec64 *a = &inode->i_atime;
	const struct timespec64 *m = &inode->i_mtime, *c = &inode->i_ctime;

	if (a->tv_sec < m->tv_sec ||
	    (a->tv_sec == m->tv_sec && a->tv_nsec <= m->tv_nsec))
		return true;
	if (a->tv_sec < c->tv_sec ||
	    (a->tv_sec == c->tv_sec && a->tv_nsec <= c->tv_nsec))
		return true;
	return now - a->tv_sec >= 24 * 60 * 60;
}

/**
 * touch_atime - a file has been read
 * @path: the file
 *
 * Context: any task context. Source: mount(2), MS_RELATIME.
 */
void touch_atime(const struct path *path)
{
	struct inode *inode = path->dentry->d_inode;
	unsigned int flags = path->mnt->mnt_flags;
	struct timespec64 now;

	if (flags & (MS_NOATIME | MS_RDONLY))
		return;
	if ((flags & MS_NODIRATIME) && S_ISDIR(inode->i_mode))
		return;
	now = current_time();
	if ((flags & MS_STRICTATIME) || atime_is_due(inode, now.tv_sec))
		inode->i_atime = now;
}

/**
 * file_accessed - touch_atime() of an open file
 * @file: the file; O_NOATIME is heeded
 *
 * Context: any task context.
 */
void file_accessed(struct file *file)
{
	if (!(file->f_flags & O_NOATIME))
		touch_atime(&file->f_path);
}

/**
 * vfs_getattr - stat(2) of a path
 * @path: the file
 * @stat: filled
 *
 * Context: may sleep.
 * Return: 0 or what the file system says.
 */
int vfs_getattr(const struct path *path, struct kstat *stat)
{
	struct inode *inode = path->dentry->d_inode;

	if (inode->i_op && inode->i_op->getattr)
		return inode->i_op->getattr(inode, stat);
	generic_fillattr(inode, stat);
	return 0;
}

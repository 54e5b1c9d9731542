/* SPDX-License-Identifier: MIT */
/*
 * The system calls of extended attributes: getxattr(2), setxattr(2),
 * listxattr(2), removexattr(2), each by path, without following a link, and by
 * descriptor.
 *
 * The prefix of a name says who may do what:
 *
 *	user.		as the file's permission bits; only files, directories
 *	trusted.	CAP_SYS_ADMIN; others do not see them
 *	security.	CAP_SYS_ADMIN to write, everybody to read
 *	system.posix_acl_…	there are none: ENODATA
 *
 * Files of tmpfs have attributes (SB_XATTR); elsewhere EOPNOTSUPP, and the
 * list is empty. Source: xattr(7).
 */
#include "xattr.h"

#include <ikos/kernel.h>
#include <ikos/slab.h>
#include <ikos/syscall.h>
#include <ikos/uaccess.h>
#include <uapi/capability.h>
#include <uapi/xattr.h>

struct xattr_request {
	char name[XATTR_NAME_MAX + 1];
	void __user *value;
	size_t size;
	int flags;
};

static int get_name(struct xattr_request *r, const char __user *uname)
{
	long len = strncpy_from_user(r->name, uname, sizeof(r->name));

	if (len < 0)
		return (int)len;
	return len && len < (long)sizeof(r->name) ? 0 : -ERANGE;
}

static bool has_prefix(const char *name, const char *prefix)
{
	return !strncmp(name, prefix, strlen(prefix));
}

/* As far as it goes by the name's prefix. */
static int name_permission(struct inode *inode, const char *name, int mask)
{
	bool write = mask & MAY_WRITE;

	if (has_prefix(name, "security."))
		return 0;
	if (has_prefix(name, "system."))
		return 0;
	if (has_prefix(name, "trusted.")) {
		if (capable(CAP_SYS_ADMIN))
			return 0;
		return write ? -EPERM : -ENODATA;
	}
	if (has_prefix(name, "user.")) {
		if (!S_ISREG(inode->i_mode) && !S_ISDIR(inode->i_mode))
			return write ? -EPERM : -ENODATA;
		if (S_ISDIR(inode->i_mode) && (inode->i_mode & S_ISVTX) &&
		    write && !inode_owner_or_capable(inode))
			return -EPERM;
	}
	return inode_permission(inode, mask);
}

/* Whether there can be an attribute of that name at all. */
static int name_supported(const struct inode *inode, const char *name)
{
	static const char *const prefixes[] = { "user.", "trusted.",
						"security." };

	if (!(inode->i_sb->s_flags & SB_XATTR))
		return -EOPNOTSUPP;
	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++)
		if (has_prefix(name, prefixes[i]))
			return name[strlen(prefixes[i])] ? 0 : -EINVAL;
	return -EOPNOTSUPP;
}

static bool is_acl(const char *name)
{
	return !strcmp(name, "system.posix_acl_access") ||
	       !strcmp(name, "system.posix_acl_default");
}

static ssize_t get_locked(struct inode *inode, const char *name, void *value,
			  size_t size)
{
	ssize_t ret;

	mutex_lock(&inode->i_lock);
	ret = xattr_get(inode, name, value, size);
	mutex_unlock(&inode->i_lock);
	return ret;
}

static ssize_t do_get(const struct path *path, struct xattr_request *r)
{
	struct inode *inode = path->dentry->d_inode;
	void *value = NULL;
	ssize_t ret;

	r->size = min(r->size, (size_t)XATTR_SIZE_MAX);
	ret = name_permission(inode, r->name, MAY_READ);
	if (!ret && is_acl(r->name) && (inode->i_sb->s_flags & SB_XATTR))
		return -ENODATA;
	if (!ret)
		ret = name_supported(inode, r->name);
	if (ret)
		return ret;
	if (r->size) {
		value = kmalloc(r->size, GFP_KERNEL);
		if (!value)
			return -ENOMEM;
	}
	ret = get_locked(inode, r->name, value, r->size);
	if (ret > 0 && r->size && copy_to_user(r->value, value, (size_t)ret))
		ret = -EFAULT;
	kfree(value);
	return ret;
}

static ssize_t do_list(const struct path *path, struct xattr_request *r)
{
	struct inode *inode = path->dentry->d_inode;
	char *buf = NULL;
	ssize_t ret;

	r->size = min(r->size, (size_t)XATTR_LIST_MAX);
	if (r->size) {
		buf = kmalloc(r->size, GFP_KERNEL);
		if (!buf)
			return -ENOMEM;
	}
	mutex_lock(&inode->i_lock);
	ret = xattr_list(inode, capable(CAP_SYS_ADMIN), buf, r->size);
	mutex_unlock(&inode->i_lock);
	if (ret > 0 && r->size && copy_to_user(r->value, buf, (size_t)ret))
		ret = -EFAULT;
	kfree(buf);
	return ret;
}

/* What set and remove have in common before the lock. */
static int check_write(const struct path *path, const char *name)
{
	struct inode *inode = path->dentry->d_inode;
	int err = mnt_want_write(path->mnt);

	if (!err)
		err = name_permission(inode, name, MAY_WRITE);
	if (!err && has_prefix(name, "security.") && !capable(CAP_SYS_ADMIN))
		err = -EPERM;
	return err ? err : name_supported(inode, name);
}

static ssize_t do_set(const struct path *path, struct xattr_request *r)
{
	struct inode *inode = path->dentry->d_inode;
	void *value;
	int err;

	if (r->flags & ~(XATTR_CREATE | XATTR_REPLACE))
		return -EINVAL;
	if (r->size > XATTR_SIZE_MAX)
		return -E2BIG;
	value = kmalloc(r->size ? r->size : 1, GFP_KERNEL);
	if (!value)
		return -ENOMEM;
	err = copy_from_user(value, r->value, r->size) ? -EFAULT : 0;
	if (!err)
		err = check_write(path, r->name);
	if (!err) {
		mutex_lock(&inode->i_lock);
		err = xattr_set(inode, r->name, value, r->size, r->flags);
		mutex_unlock(&inode->i_lock);
	}
	kfree(value);
	return err;
}

static ssize_t do_remove(const struct path *path, struct xattr_request *r)
{
	struct inode *inode = path->dentry->d_inode;
	int err = check_write(path, r->name);

	if (err)
		return err;
	mutex_lock(&inode->i_lock);
	err = xattr_remove(inode, r->name);
	mutex_unlock(&inode->i_lock);
	return err;
}

typedef ssize_t (*xattr_fn)(const struct path *path, struct xattr_request *r);

static long by_path(const char __user *upath, unsigned int lookup,
		    const char __user *uname, struct xattr_request *r,
		    xattr_fn fn)
{
	struct path path;
	long ret = uname ? get_name(r, uname) : 0;

	if (!ret)
		ret = user_path_at(AT_FDCWD, upath, lookup, &path);
	if (ret)
		return ret;
	ret = fn(&path, r);
	path_put(&path);
	return ret;
}

static long by_fd(int fd, const char __user *uname, struct xattr_request *r,
		  xattr_fn fn)
{
	struct file *file;
	long ret = uname ? get_name(r, uname) : 0;

	if (ret)
		return ret;
	file = fget((unsigned int)fd);
	if (!file)
		return -EBADF;
	ret = fn(&file->f_path, r);
	fput(file);
	return ret;
}

/* A name is never NULL where one is expected: that faults. */
#define NAME(uname) ((uname) ? (uname) : (const char __user *)1)

/**
 * sys_setxattr - setxattr(2)
 *
 * Return: 0; -E2BIG, -EEXIST, -EINVAL, -ENODATA, -ENOSPC, -EOPNOTSUPP, -EPERM,
 * -ERANGE, -EFAULT, -ENOMEM, -EROFS; and those of a path's look-up.
 */
SYSCALL_DEFINE5(setxattr, const char __user *, path, const char __user *, name,
		void __user *, value, size_t, size, int, flags)
{
	struct xattr_request r = { .value = value,
				   .size = size,
				   .flags = flags };

	return by_path(path, LOOKUP_FOLLOW, NAME(name), &r, do_set);
}

/**
 * sys_lsetxattr - setxattr(2) of a link itself
 *
 * Return: as setxattr(2).
 */
SYSCALL_DEFINE5(lsetxattr, const char __user *, path, const char __user *, name,
		void __user *, value, size_t, size, int, flags)
{
	struct xattr_request r = { .value = value,
				   .size = size,
				   .flags = flags };

	return by_path(path, 0, NAME(name), &r, do_set);
}

/**
 * sys_fsetxattr - setxattr(2) of an open file
 *
 * Return: as setxattr(2); -EBADF.
 */
SYSCALL_DEFINE5(fsetxattr, int, fd, const char __user *, name, void __user *,
		value, size_t, size, int, flags)
{
	struct xattr_request r = { .value = value,
				   .size = size,
				   .flags = flags };

	return by_fd(fd, NAME(name), &r, do_set);
}

/**
 * sys_getxattr - getxattr(2)
 *
 * Return: bytes; -EINVAL, -ENODATA, -EOPNOTSUPP, -ERANGE, -EFAULT, -ENOMEM;
 * and those of a path's look-up.
 */
SYSCALL_DEFINE4(getxattr, const char __user *, path, const char __user *, name,
		void __user *, value, size_t, size)
{
	struct xattr_request r = { .value = value, .size = size };

	return by_path(path, LOOKUP_FOLLOW, NAME(name), &r, do_get);
}

/**
 * sys_lgetxattr - getxattr(2) of a link itself
 *
 * Return: as getxattr(2).
 */
SYSCALL_DEFINE4(lgetxattr, const char __user *, path, const char __user *, name,
		void __user *, value, size_t, size)
{
	struct xattr_request r = { .value = value, .size = size };

	return by_path(path, 0, NAME(name), &r, do_get);
}

/**
 * sys_fgetxattr - getxattr(2) of an open file
 *
 * Return: as getxattr(2); -EBADF.
 */
SYSCALL_DEFINE4(fgetxattr, int, fd, const char __user *, name, void __user *,
		value, size_t, size)
{
	struct xattr_request r = { .value = value, .size = size };

	return by_fd(fd, NAME(name), &r, do_get);
}

/**
 * sys_listxattr - listxattr(2)
 *
 * Return: bytes; -ERANGE, -EFAULT, -ENOMEM; and those of a path's look-up.
 */
SYSCALL_DEFINE3(listxattr, const char __user *, path, char __user *, list,
		size_t, size)
{
	struct xattr_request r = { .value = list, .size = size };

	return by_path(path, LOOKUP_FOLLOW, NULL, &r, do_list);
}

/**
 * sys_llistxattr - listxattr(2) of a link itself
 *
 * Return: as listxattr(2).
 */
SYSCALL_DEFINE3(llistxattr, const char __user *, path, char __user *, list,
		size_t, size)
{
	struct xattr_request r = { .value = list, .size = size };

	return by_path(path, 0, NULL, &r, do_list);
}

/**
 * sys_flistxattr - listxattr(2) of an open file
 *
 * Return: as listxattr(2); -EBADF.
 */
SYSCALL_DEFINE3(flistxattr, int, fd, char __user *, list, size_t, size)
{
	struct xattr_request r = { .value = list, .size = size };

	return by_fd(fd, NULL, &r, do_list);
}

/**
 * sys_removexattr - removexattr(2)
 *
 * Return: 0; -ENODATA, -EOPNOTSUPP, -EPERM, -ERANGE, -EFAULT, -EROFS; and
 * those of a path's look-up.
 */
SYSCALL_DEFINE2(removexattr, const char __user *, path, const char __user *,
		name)
{
	struct xattr_request r = { .size = 0 };

	return by_path(path, LOOKUP_FOLLOW, NAME(name), &r, do_remove);
}

/**
 * sys_lremovexattr - removexattr(2) of a link itself
 *
 * Return: as removexattr(2).
 */
SYSCALL_DEFINE2(lremovexattr, const char __user *, path, const char __user *,
		name)
{
	struct xattr_request r = { .size = 0 };

	return by_path(path, 0, NAME(name), &r, do_remove);
}

/**
 * sys_fremovexattr - removexattr(2) of an open file
 *
 * Return: as removexattr(2); -EBADF.
 */
SYSCALL_DEFINE2(fremovexattr, int, fd, const char __user *, name)
{
	struct xattr_request r = { .size = 0 };

	return by_fd(fd, NAME(name), &r, do_remove);
}

/* SPDX-License-Identifier: MIT */
/*
 * Who may do what with a file: the permission bits, root's exemptions, the
 * sticky bit; and access(2), which asks for the real user.
 */
#include "internal.h"

#include <ikos/syscall.h>

/**
 * inode_owner_or_capable - whether current may change a file's attributes
 * @inode: the file
 *
 * Context: any task context.
 */
bool inode_owner_or_capable(const struct inode *inode)
{
	return current->cred.fsuid == inode->i_uid || capable(CAP_FOWNER);
}

/* The three bits that apply to current: owner, group or others. */
static int mode_for_current(const struct inode *inode)
{
	if (current->cred.fsuid == inode->i_uid)
		return inode->i_mode >> 6 & 7;
	if (in_group(inode->i_gid))
		return inode->i_mode >> 3 & 7;
	return inode->i_mode & 7;
}

/* Root reads and writes anything and searches every directory, but executes
 * only what somebody may execute. */
static bool capable_of(const struct inode *inode, int mask)
{
	bool dir = S_ISDIR(inode->i_mode);
	int looking = dir ? MAY_READ | MAY_EXEC : MAY_READ;

	if (!(mask & ~looking) && capable(CAP_DAC_READ_SEARCH))
		return true;
	return capable(CAP_DAC_OVERRIDE) &&
	       (dir || !(mask & MAY_EXEC) || (inode->i_mode & 0111));
}

/**
 * generic_permission - what a file's mode and owners say
 * @inode: the file
 * @mask: MAY_READ, MAY_WRITE, MAY_EXEC
 *
 * Context: any task context.
 * Return: 0 or -EACCES. Source: path_resolution(7), "Permissions",
 * capabilities(7).
 */
int generic_permission(const struct inode *inode, int mask)
{
	if ((mask & ~mode_for_current(inode)) == 0 || capable_of(inode, mask))
		return 0;
	return -EACCES;
}

/**
 * inode_permission - may current do this with a file?
 * @inode: the file
 * @mask: MAY_READ, MAY_WRITE, MAY_EXEC
 *
 * Context: may sleep, where the file system has a check of its own.
 * Return: 0 or -EACCES. Source: path_resolution(7), "Permissions".
 */
int inode_permission(struct inode *inode, int mask)
{
	if (inode->i_op && inode->i_op->permission)
		return inode->i_op->permission(inode, mask);
	return generic_permission(inode, mask);
}

/**
 * path_permission - the same, where the mount has a say too
 * @path: the file
 * @mask: MAY_*
 *
 * Context: may sleep.
 * Return: 0, -EACCES, or -EROFS for a write to a file, directory or link on a
 * read-only mount.
 */
int path_permission(const struct path *path, int mask)
{
	umode_t mode = path->dentry->d_inode->i_mode;

	if ((mask & MAY_WRITE) &&
	    (S_ISREG(mode) || S_ISDIR(mode) || S_ISLNK(mode)) &&
	    mnt_want_write(path->mnt))
		return -EROFS;
	return inode_permission(path->dentry->d_inode, mask);
}

/**
 * may_create - may current make a name in a directory?
 * @dir: its i_lock held
 *
 * Context: i_lock of @dir.
 * Return: 0, -ENOENT when the directory has been removed, -EACCES.
 */
int may_create(struct inode *dir)
{
	if (!dir->i_nlink)
		return -ENOENT;
	return inode_permission(dir, MAY_WRITE | MAY_EXEC);
}

/* In a sticky directory only owners remove: of the file or the directory. */
static bool sticky_forbids(const struct inode *dir, const struct inode *victim)
{
	return (dir->i_mode & S_ISVTX) &&
	       current->cred.fsuid != victim->i_uid &&
	       current->cred.fsuid != dir->i_uid && !capable(CAP_FOWNER);
}

/**
 * may_delete - may current take a name out of a directory?
 * @dir: its i_lock held
 * @victim: the name
 * @isdir: whether the call is one for directories (rmdir)
 *
 * Context: i_lock of @dir.
 * Return: 0; -ENOENT, -EACCES; -EPERM: sticky directory; -ENOTDIR, -EISDIR:
 * of the other kind; -EBUSY: a mount point or a root.
 */
int may_delete(struct inode *dir, struct dentry *victim, bool isdir)
{
	int err;

	if (!victim->d_inode)
		return -ENOENT;
	err = inode_permission(dir, MAY_WRITE | MAY_EXEC);
	if (err)
		return err;
	if (sticky_forbids(dir, victim->d_inode))
		return -EPERM;
	if (isdir && !d_is_dir(victim))
		return -ENOTDIR;
	if (isdir && victim->d_parent == victim)
		return -EBUSY;
	if (!isdir && d_is_dir(victim))
		return -EISDIR;
	if (!dir->i_nlink)
		return -ENOENT;
	return 0;
}

static int access_path(const struct path *path, int mode)
{
	struct inode *inode = path->dentry->d_inode;

	if ((mode & MAY_EXEC) && S_ISREG(inode->i_mode) &&
	    (path->mnt->mnt_flags & MS_NOEXEC))
		return -EACCES;
	/* Unlike open(2), a device may be written on a read-only mount; so
	 * says path_permission(). */
	return path_permission(path, mode);
}

/* The real ids for those that files go by, and the capabilities that go with
 * them. Only this task looks at these, and it is on its way back. */
static void use_real_ids(struct cred *cred)
{
	cred->fsuid = cred->uid;
	cred->fsgid = cred->gid;
	if (!(cred->securebits & SECBIT_NO_SETUID_FIXUP))
		cred->cap_effective = cred->uid ? 0 : cred->cap_permitted;
}

/* faccessat2(2). The check runs with the real ids unless AT_EACCESS. */
static int do_faccessat(int dfd, const char __user *name, int mode, int flags)
{
	unsigned int lookup = flags & AT_SYMLINK_NOFOLLOW ? 0 : LOOKUP_FOLLOW;
	struct cred saved = current->cred;
	struct path path;
	int err;

	if (mode & ~7)
		return -EINVAL;
	if (flags & ~(AT_EACCESS | AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	if (flags & AT_EMPTY_PATH)
		lookup |= LOOKUP_EMPTY;
	if (!(flags & AT_EACCESS))
		use_real_ids(&current->cred);
	err = user_path_at(dfd, name, lookup, &path);
	if (!err) {
		err = access_path(&path, mode);
		path_put(&path);
	}
	current->cred = saved;
	return err;
}

/**
 * sys_access - access(2)
 */
SYSCALL_DEFINE2(access, const char __user *, name, int, mode)
{
	return do_faccessat(AT_FDCWD, name, mode, 0);
}

/**
 * sys_faccessat - the system call below faccessat(3): it has no flags
 */
SYSCALL_DEFINE3(faccessat, int, dfd, const char __user *, name, int, mode)
{
	return do_faccessat(dfd, name, mode, 0);
}

/**
 * sys_faccessat2 - faccessat2(2)
 */
SYSCALL_DEFINE4(faccessat2, int, dfd, const char __user *, name, int, mode, int,
		flags)
{
	return do_faccessat(dfd, name, mode, flags);
}

/* SPDX-License-Identifier: MIT */
/*
 * A task's root directory, working directory and umask, and the calls that
 * change them.
 */
#include "internal.h"

#include <ikos/slab.h>
#include <ikos/syscall.h>

struct fs_struct init_fs = { .count = ATOMIC_INIT(1),
			     .lock = SPINLOCK_INIT,
			     .umask = 0022 };

/**
 * dup_fs - a copy for a new process
 * @old: the parent's
 *
 * Context: may sleep.
 * Return: the copy with one reference, or NULL when there is no memory.
 */
struct fs_struct *dup_fs(struct fs_struct *old)
{
	struct fs_struct *fs = kmalloc(sizeof(*fs), GFP_KERNEL);

	if (!fs)
		return NULL;
	atomic_set(&fs->count, 1);
	spin_lock_init(&fs->lock);
	spin_lock(&old->lock);
	fs->root = old->root;
	fs->pwd = old->pwd;
	fs->umask = old->umask;
	path_get(&fs->root);
	path_get(&fs->pwd);
	spin_unlock(&old->lock);
	return fs;
}

/**
 * fs_put - drop a reference
 * @fs: may be NULL
 *
 * Context: may sleep.
 */
void fs_put(struct fs_struct *fs)
{
	if (!fs || !atomic_dec_and_test(&fs->count))
		return;
	path_put(&fs->root);
	path_put(&fs->pwd);
	kfree(fs);
}

/**
 * get_fs_root - current's root directory
 * @root: filled, with references
 *
 * Context: any task context.
 */
void get_fs_root(struct path *root)
{
	struct fs_struct *fs = current->fs;

	spin_lock(&fs->lock);
	*root = fs->root;
	path_get(root);
	spin_unlock(&fs->lock);
}

/**
 * get_fs_pwd - current's working directory
 * @pwd: filled, with references
 *
 * Context: any task context.
 */
void get_fs_pwd(struct path *pwd)
{
	struct fs_struct *fs = current->fs;

	spin_lock(&fs->lock);
	*pwd = fs->pwd;
	path_get(pwd);
	spin_unlock(&fs->lock);
}

/**
 * current_umask - the permissions that new files of current do not get
 *
 * Context: any task context.
 */
umode_t current_umask(void)
{
	return READ_ONCE(current->fs->umask);
}

/* Replace one of the paths; takes over @new's references. */
static void set_fs_path(struct path *which, const struct path *new)
{
	struct fs_struct *fs = current->fs;
	struct path old;

	spin_lock(&fs->lock);
	old = *which;
	*which = *new;
	spin_unlock(&fs->lock);
	path_put(&old);
}

/**
 * sys_chdir - chdir(2)
 */
SYSCALL_DEFINE1(chdir, const char __user *, name)
{
	struct path path;
	int err = user_path_at(AT_FDCWD, name, LOOKUP_FOLLOW | LOOKUP_DIRECTORY,
			       &path);

	if (err)
		return err;
	err = inode_permission(path.dentry->d_inode, MAY_EXEC);
	if (err)
		path_put(&path);
	else
		set_fs_path(&current->fs->pwd, &path);
	return err;
}

/**
 * sys_fchdir - fchdir(2)
 */
SYSCALL_DEFINE1(fchdir, unsigned int, fd)
{
	struct file *file = fget_raw(fd);
	int err = 0;

	if (!file)
		return -EBADF;
	if (!S_ISDIR(file->f_inode->i_mode))
		err = -ENOTDIR;
	else
		err = inode_permission(file->f_inode, MAY_EXEC);
	if (!err) {
		path_get(&file->f_path);
		set_fs_path(&current->fs->pwd, &file->f_path);
	}
	fput(file);
	return err;
}

/**
 * sys_chroot - chroot(2): EPERM without CAP_SYS_CHROOT
 */
SYSCALL_DEFINE1(chroot, const char __user *, name)
{
	struct path path;
	int err = user_path_at(AT_FDCWD, name, LOOKUP_FOLLOW | LOOKUP_DIRECTORY,
			       &path);

	if (err)
		return err;
	err = inode_permission(path.dentry->d_inode, MAY_EXEC);
	if (!err && !capable(CAP_SYS_CHROOT))
		err = -EPERM;
	if (err)
		path_put(&path);
	else
		set_fs_path(&current->fs->root, &path);
	return err;
}

/**
 * sys_umask - umask(2)
 */
SYSCALL_DEFINE1(umask, umode_t, mask)
{
	return xchg(&current->fs->umask, mask & S_IRWXUGO);
}

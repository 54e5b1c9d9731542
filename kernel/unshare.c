/* SPDX-License-Identifier: MIT */
/*
 * unshare(2) and setns(2): what threads share can be parted again, as far as
 * it is a descriptor table, or root, working directory and umask. There are no
 * namespaces: their flags are EINVAL, and no descriptor stands for one.
 */
#include <ikos/fs.h>
#include <ikos/ipc.h>
#include <ikos/sched.h>
#include <ikos/syscall.h>
#include <uapi/sched.h>

#define UNSHARE_FLAGS                                                          \
	(CLONE_THREAD | CLONE_FS | CLONE_SIGHAND | CLONE_VM | CLONE_FILES |    \
	 CLONE_SYSVSEM)

/* New ones of what is shared; NULL stays where nothing is to be done. */
static int prepare(unsigned long flags, struct fs_struct **fs,
		   struct files_struct **files)
{
	*fs = NULL;
	*files = NULL;
	if ((flags & CLONE_FS) && atomic_read(&current->fs->count) > 1) {
		*fs = dup_fs(current->fs);
		if (!*fs)
			return -ENOMEM;
	}
	if ((flags & CLONE_FILES) && atomic_read(&current->files->count) > 1) {
		*files = dup_files(current->files);
		if (!*files) {
			if (*fs)
				fs_put(*fs);
			return -ENOMEM;
		}
	}
	return 0;
}

/* Cannot fail. */
static void commit(struct fs_struct *fs, struct files_struct *files)
{
	struct fs_struct *old_fs = NULL;
	struct files_struct *old_files = NULL;
	unsigned long flags = task_lock(current);

	if (fs) {
		old_fs = current->fs;
		current->fs = fs;
	}
	if (files) {
		old_files = current->files;
		current->files = files;
	}
	task_unlock(current, flags);
	if (old_fs)
		fs_put(old_fs);
	if (old_files)
		files_put(old_files);
}

/**
 * sys_unshare() - stop sharing with other tasks
 *
 * Context: process context. Return: 0; -EINVAL: unknown flags, namespaces
 * among them, or what threads cannot part with; -ENOMEM.
 */
SYSCALL_DEFINE1(unshare, unsigned long, flags)
{
	struct files_struct *files;
	struct fs_struct *fs;
	int err;

	if (flags & ~UNSHARE_FLAGS)
		return -EINVAL;
	if ((flags & (CLONE_THREAD | CLONE_SIGHAND | CLONE_VM)) &&
	    atomic_read(&current->signal->live) > 1)
		return -EINVAL;
	if ((flags & (CLONE_SIGHAND | CLONE_VM)) &&
	    atomic_read(&current->sighand->count) > 1)
		return -EINVAL;
	err = prepare(flags, &fs, &files);
	if (err)
		return err;
	if (flags & CLONE_SYSVSEM)
		exit_sem(current);
	commit(fs, files);
	return 0;
}

/**
 * sys_setns() - enter a namespace
 *
 * Context: process context. Return: -EBADF; -EINVAL: the descriptor is not one
 * of a namespace, as none is.
 */
SYSCALL_DEFINE2(setns, int, fd, int, nstype)
{
	struct file *file = fget((unsigned int)fd);

	if (!file)
		return -EBADF;
	fput(file);
	return -EINVAL;
}

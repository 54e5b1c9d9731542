/* SPDX-License-Identifier: MIT */
/*
 * /proc/PID/{exe,cwd,root}: links that lead to the file itself, also where its
 * name has gone or lies outside the reader's root.
 */
#include "proc_internal.h"

#include <ikos/kernel.h>
#include <ikos/mm.h>
#include <ikos/slab.h>
#include <ikos/string.h>

#include "proc_link.h"

static int get_exe(struct task_struct *t, struct path *path)
{
	struct mm_struct *mm = get_task_mm(t);
	int err = -ENOENT;

	if (!mm)
		return -ENOENT;
	mmap_read_lock(mm);
	if (mm->exe_file) {
		*path = mm->exe_file->f_path;
		path_get(path);
		err = 0;
	}
	mmap_read_unlock(mm);
	mmput(mm);
	return err;
}

static int get_fs_path(struct task_struct *t, struct path *path, bool root)
{
	unsigned long flags = task_lock(t);
	struct fs_struct *fs = t->fs;
	int err = -ENOENT;

	if (fs) {
		spin_lock(&fs->lock);
		*path = root ? fs->root : fs->pwd;
		path_get(path);
		spin_unlock(&fs->lock);
		err = 0;
	}
	task_unlock(t, flags);
	return err;
}

static int get_cwd(struct task_struct *t, struct path *path)
{
	return get_fs_path(t, path, false);
}

static int get_root(struct task_struct *t, struct path *path)
{
	return get_fs_path(t, path, true);
}

/**
 * proc_path_text - a path as readlink(2) gives it
 * @path: its references are dropped
 * @buf: @size bytes, not terminated
 *
 * Context: may sleep. Return: bytes or -errno.
 */
long proc_path_text(struct path *path, char *buf, size_t size)
{
	char *page = kmalloc(PATH_MAX, GFP_KERNEL);
	long ret = -ENOMEM;
	char *s;

	if (page) {
		s = d_path(path, page, PATH_MAX);
		ret = IS_ERR(s) ? PTR_ERR(s) : (long)min(strlen(s), size);
		if (ret > 0)
			memcpy(buf, s, (size_t)ret);
	}
	kfree(page);
	path_put(path);
	return ret;
}

static int get_checked(struct inode *inode,
		       int (*get)(struct task_struct *, struct path *),
		       struct path *path)
{
	struct task_struct *t = PROC_I(inode)->task;

	if (!proc_may_inspect(t))
		return -EACCES;
	return get(t, path);
}

#define PROC_LINK(name)                                                        \
	static int name##_follow(struct inode *inode, struct path *path)       \
	{                                                                      \
		return get_checked(inode, get_##name, path);                   \
	}                                                                      \
	static long name##_readlink(struct inode *inode, char *buf,            \
				    size_t size)                               \
	{                                                                      \
		struct path path;                                              \
		int err = get_checked(inode, get_##name, &path);               \
                                                                               \
		return err ? err : proc_path_text(&path, buf, size);           \
	}                                                                      \
	const struct inode_operations proc_##name##_iop = {                    \
		.readlink = name##_readlink,                                   \
		.follow = name##_follow,                                       \
	}

PROC_LINK(exe);
PROC_LINK(cwd);
PROC_LINK(root);

/* SPDX-License-Identifier: MIT */
/*
 * From a dentry back to its path, and getcwd(2).
 *
 * The text is built from its end: name, slash, the parent's name, slash …
 * across mounts, up to the root of the task that asks.
 */
#include "internal.h"

#include <ikos/slab.h>
#include <ikos/syscall.h>
#include <ikos/uaccess.h>

/* The room that is left before the text in a buffer. */
struct prepend {
	char *pos;
	size_t room;
	bool overflow;
};

static void prepend(struct prepend *p, const char *s, size_t len)
{
	if (len > p->room) {
		p->overflow = true;
		return;
	}
	p->pos -= len;
	p->room -= len;
	memcpy(p->pos, s, len);
}

/* The path up to @root; mount_lock and dcache_lock held. False: the top of
 * all mounts was reached without meeting @root. */
static bool prepend_path(struct prepend *p, const struct path *path,
			 const struct path *root)
{
	struct dentry *dentry = path->dentry;
	struct mount *mnt = path->mnt;
	char *end = p->pos;

	while (dentry != root->dentry || mnt != root->mnt) {
		if (dentry == mnt->mnt_root) {
			if (mnt->mnt_parent == mnt) {
				if (p->pos == end)
					prepend(p, "/", 1);
				return mnt == root_mount &&
				       root->dentry == mnt->mnt_root;
			}
			dentry = mnt->mnt_mountpoint;
			mnt = mnt->mnt_parent;
			continue;
		}
		if (dentry == dentry->d_parent)
			return false;
		prepend(p, dentry->d_name, dentry->d_len);
		prepend(p, "/", 1);
		dentry = dentry->d_parent;
	}
	if (p->pos == end)
		prepend(p, "/", 1);
	return true;
}

static bool is_deleted(const struct path *path)
{
	return path->dentry->d_unhashed && path->dentry != path->mnt->mnt_root;
}

/* Pipes and sockets show their number, memory files the name that they were made with. */
static char *anon_path(const struct dentry *dentry, char *buf, size_t size)
{
	int len;

	if (S_ISFIFO(dentry->d_inode->i_mode))
		len = snprintf(buf, size, "pipe:[%lu]", dentry->d_inode->i_ino);
	else if (!(dentry->d_inode->i_mode & S_IFMT))
		len = snprintf(buf, size, "anon_inode:%s", dentry->d_name);
	else if (S_ISSOCK(dentry->d_inode->i_mode))
		len = snprintf(buf, size, "socket:[%lu]",
			       dentry->d_inode->i_ino);
	else
		len = snprintf(buf, size, "/%s (deleted)", dentry->d_name);
	return (size_t)len < size ? buf : ERR_PTR(-ENAMETOOLONG);
}

static char *build_path(const struct path *path, const struct path *root,
			struct prepend *p, bool *reachable)
{
	spin_lock(&mount_lock);
	spin_lock(&dcache_lock);
	*reachable = prepend_path(p, path, root);
	spin_unlock(&dcache_lock);
	spin_unlock(&mount_lock);
	return p->overflow ? ERR_PTR(-ENAMETOOLONG) : p->pos;
}

/**
 * d_path - a file's path, as current sees it
 * @path: the file
 * @buf: the text goes to its end
 * @size: of @buf, bytes
 *
 * " (deleted)" follows the path of what has been unlinked.
 *
 * Context: any task context; takes mount_lock and dcache_lock.
 * Return: where the text begins, terminated, in @buf; ERR_PTR(-ENAMETOOLONG).
 */
char *d_path(const struct path *path, char *buf, size_t size)
{
	struct prepend p = { .pos = buf + size, .room = size };
	struct path root;
	bool reachable;
	char *res;

	if (path->dentry->d_sb->s_flags & SB_ANON)
		return anon_path(path->dentry, buf, size);
	prepend(&p, "", 1);
	if (is_deleted(path))
		prepend(&p, " (deleted)", 10);
	get_fs_root(&root);
	res = build_path(path, &root, &p, &reachable);
	path_put(&root);
	return res;
}

/**
 * sys_getcwd - getcwd(2)
 *
 * A directory outside of the root is shown as "(unreachable)/…", as Linux
 * does.
 */
SYSCALL_DEFINE2(getcwd, char __user *, ubuf, size_t, size)
{
	char *buf = kmalloc(PATH_MAX, GFP_KERNEL), *s;
	struct prepend p = { .pos = buf + PATH_MAX, .room = PATH_MAX };
	struct path root, pwd;
	bool reachable;
	size_t len;
	long ret;

	if (!buf)
		return -ENOMEM;
	get_fs_root(&root);
	get_fs_pwd(&pwd);
	prepend(&p, "", 1);
	s = build_path(&pwd, &root, &p, &reachable);
	if (!IS_ERR(s) && !reachable) {
		prepend(&p, "(unreachable)", 13);
		s = p.overflow ? ERR_PTR(-ENAMETOOLONG) : p.pos;
	}
	len = (size_t)(buf + PATH_MAX - s);
	if (is_deleted(&pwd))
		ret = -ENOENT;
	else if (IS_ERR(s))
		ret = PTR_ERR(s);
	else if (len > size)
		ret = -ERANGE;
	else
		ret = copy_to_user(ubuf, s, len) ? -EFAULT : (long)len;
	path_put(&pwd);
	path_put(&root);
	kfree(buf);
	return ret;
}

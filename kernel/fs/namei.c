/* SPDX-License-Identifier: MIT */
/*
 * From a path to a dentry. Owns the walk: components, "." and "..", symbolic
 * links, mounts.
 *
 * A walk stops before the last component, since what to do there depends on
 * the call: open(2) may create it, unlink(2) must not follow it.
 *
 *	walk_start()	nd->path is the start, nd->name the text
 *	walk_parent()	nd->path is the directory, nd->last the component
 *	walk_last()	steps there; 1: it was a link whose text is now to be
 *			walked: walk_parent() again
 *	walk_end()	drops everything
 *
 * A link's text goes on a stack with the rest of the text around it, so that
 * no recursion is needed:
 *
 *	"a/b/c" with b -> "x/y"		stack[0]: text "x/y", rest "/c"
 *
 * A component is the last one when nothing but slashes is left in the text
 * and in every rest of the stack. After MAXSYMLINKS links in all: ELOOP.
 */
#include "internal.h"

#include <ikos/slab.h>
#include <ikos/uaccess.h>

/**
 * path_get - take the references of a path
 * @path: one that is held already
 *
 * Context: any.
 */
void path_get(const struct path *path)
{
	mntget(path->mnt);
	dget(path->dentry);
}

/**
 * path_put - drop the references of a path
 * @path: its members may be NULL
 *
 * Context: may sleep.
 */
void path_put(const struct path *path)
{
	dput(path->dentry);
	mntput(path->mnt);
}

/**
 * getname - copy a path from user space
 * @name: the user's string
 * @flags: LOOKUP_EMPTY: it may be empty
 *
 * Context: may sleep.
 * Return: the copy, for putname(); ERR_PTR of -EFAULT, -ENAMETOOLONG, -ENOENT
 * or -ENOMEM.
 */
char *getname(const char __user *name, unsigned int flags)
{
	char *buf = kmalloc(PATH_MAX, GFP_KERNEL);
	long len;

	if (!buf)
		return ERR_PTR(-ENOMEM);
	len = strncpy_from_user(buf, name, PATH_MAX);
	if (len >= PATH_MAX)
		len = -ENAMETOOLONG;
	if (!len && !(flags & LOOKUP_EMPTY))
		len = -ENOENT;
	if (len < 0) {
		kfree(buf);
		return ERR_PTR(len);
	}
	return buf;
}

/**
 * putname - free what getname() made
 * @name: may be NULL or an ERR_PTR
 *
 * Context: any task context.
 */
void putname(char *name)
{
	if (!IS_ERR_OR_NULL(name))
		kfree(name);
}

/* Where a relative path starts. */
static int start_dir(int dfd, bool must_be_dir, struct path *path)
{
	struct file *file;
	int err = 0;

	if (dfd == AT_FDCWD) {
		get_fs_pwd(path);
		return 0;
	}
	file = fget_raw((unsigned int)dfd);
	if (!file)
		return -EBADF;
	if (must_be_dir && !S_ISDIR(file->f_inode->i_mode)) {
		err = -ENOTDIR;
	} else {
		*path = file->f_path;
		path_get(path);
	}
	fput(file);
	return err;
}

/**
 * walk_start - begin a walk
 * @nd: filled; walk_end() it unless this fails
 * @dfd: descriptor of the directory that a relative path starts from, or
 *	AT_FDCWD
 * @name: the path; must outlive the walk
 *
 * Context: may sleep.
 * Return: 0; -EBADF, -ENOTDIR: @dfd; -ENOENT: @name is empty.
 */
int walk_start(struct nameidata *nd, int dfd, const char *name)
{
	int err = 0;

	nd->name = name;
	nd->links = 0;
	nd->depth = 0;
	if (!*name)
		return -ENOENT;
	get_fs_root(&nd->root);
	if (*name == '/') {
		nd->path = nd->root;
		path_get(&nd->path);
	} else {
		err = start_dir(dfd, true, &nd->path);
	}
	if (err)
		path_put(&nd->root);
	return err;
}

/**
 * walk_end - drop what a walk holds
 * @nd: the walk
 *
 * Context: may sleep.
 */
void walk_end(struct nameidata *nd)
{
	while (nd->depth)
		kfree(nd->stack[--nd->depth].text);
	path_put(&nd->path);
	path_put(&nd->root);
}

/* Whether only slashes are left after @rest; *@slash: at least one. */
static bool is_last(const struct nameidata *nd, const char *rest, bool *slash)
{
	unsigned int level = nd->depth;

	*slash = false;
	for (;;) {
		if (*rest == '/')
			*slash = true;
		while (*rest == '/')
			rest++;
		if (*rest)
			return false;
		if (!level)
			return true;
		rest = nd->stack[--level].rest;
	}
}

static void walk_dotdot(struct nameidata *nd)
{
	struct path *path = &nd->path;
	struct dentry *parent;

	for (;;) {
		if (path->dentry == nd->root.dentry &&
		    path->mnt == nd->root.mnt)
			break;
		if (path->dentry != path->mnt->mnt_root) {
			spin_lock(&dcache_lock);
			parent = dget(path->dentry->d_parent);
			spin_unlock(&dcache_lock);
			dput(path->dentry);
			path->dentry = parent;
			break;
		}
		if (!follow_up(path))
			break;
	}
	follow_mount(path);
}

/**
 * lookup_locked - find a name in a directory, asking the file system
 * @parent: the directory; its i_lock held
 * @name: not terminated
 * @len: bytes
 *
 * Context: i_lock of @parent's inode; may sleep.
 * Return: the dentry with a reference, negative when there is no such name;
 * ERR_PTR of -ENAMETOOLONG, -ENOMEM, -ENOTDIR or what the file system says.
 */
struct dentry *lookup_locked(struct dentry *parent, const char *name,
			     size_t len)
{
	struct inode *dir = parent->d_inode;
	struct dentry *dentry;
	int err;

	if (len > NAME_MAX)
		return ERR_PTR(-ENAMETOOLONG);
	dentry = d_lookup(parent, name, len);
	if (dentry)
		return dentry;
	if (!dir->i_op || !dir->i_op->lookup)
		return ERR_PTR(-ENOTDIR);
	dentry = d_alloc(parent, name, len);
	if (!dentry)
		return ERR_PTR(-ENOMEM);
	err = dir->i_op->lookup(dir, dentry);
	if (err) {
		dput(dentry);
		return ERR_PTR(err);
	}
	return dentry;
}

static struct dentry *lookup_dentry(struct dentry *parent, const char *name,
				    size_t len)
{
	struct dentry *dentry;

	if (len > NAME_MAX)
		return ERR_PTR(-ENAMETOOLONG);
	dentry = d_lookup(parent, name, len);
	if (dentry)
		return dentry;
	mutex_lock(&parent->d_inode->i_lock);
	dentry = lookup_locked(parent, name, len);
	mutex_unlock(&parent->d_inode->i_lock);
	return dentry;
}

/* Put the text of @link on the stack; nd->path is its directory. */
static int push_text(struct nameidata *nd, struct inode *link)
{
	char *text = kmalloc(PATH_MAX, GFP_KERNEL);
	long len;

	if (!text)
		return -ENOMEM;
	len = link->i_op->readlink(link, text, PATH_MAX - 1);
	if (len <= 0) {
		kfree(text);
		return len ? (int)len : -ENOENT;
	}
	text[len] = '\0';
	nd->stack[nd->depth].text = text;
	nd->stack[nd->depth].rest = nd->name;
	nd->depth++;
	nd->name = text;
	if (*text == '/') {
		path_put(&nd->path);
		nd->path = nd->root;
		path_get(&nd->path);
	}
	return 1;
}

/* Follow the link at @path, whose references are taken over. 0: the walk is
 * where it leads; 1: its text is to be walked. */
static int follow_link(struct nameidata *nd, struct path *path)
{
	struct inode *inode = path->dentry->d_inode;
	struct path target;
	int err;

	if (nd->links++ >= MAXSYMLINKS) {
		err = -ELOOP;
	} else if (inode->i_op->follow) {
		err = inode->i_op->follow(inode, &target);
		if (!err) {
			path_put(&nd->path);
			nd->path = target;
		}
	} else {
		touch_atime(path);
		err = push_text(nd, inode);
	}
	path_put(path);
	return err;
}

/**
 * step_into - go from a directory to an entry of it
 * @nd: the walk; its path is the directory
 * @dentry: positive; the reference is taken over
 * @follow: follow it when it is a symbolic link
 *
 * Context: may sleep.
 * Return: 0: nd->path is there; 1: a link's text is to be walked; -ELOOP,
 * -ENOMEM, -EACCES …
 */
int step_into(struct nameidata *nd, struct dentry *dentry, bool follow)
{
	struct path next = { nd->path.mnt, dentry };

	mntget(next.mnt);
	follow_mount(&next);
	if (follow && S_ISLNK(next.dentry->d_inode->i_mode))
		return follow_link(nd, &next);
	path_put(&nd->path);
	nd->path = next;
	return 0;
}

static int walk_component(struct nameidata *nd, bool follow)
{
	struct dentry *dentry;

	if (nd->last_type == LAST_DOTDOT)
		walk_dotdot(nd);
	if (nd->last_type != LAST_NORM)
		return 0;
	dentry = lookup_dentry(nd->path.dentry, nd->last, nd->last_len);
	if (IS_ERR(dentry))
		return (int)PTR_ERR(dentry);
	if (!dentry->d_inode) {
		dput(dentry);
		return -ENOENT;
	}
	return step_into(nd, dentry, follow);
}

/* Cut the next component off: nd->last …; the text after it, or NULL when
 * all the text has been walked. */
static const char *next_component(struct nameidata *nd)
{
	const char *s = nd->name;

	for (;;) {
		while (*s == '/')
			s++;
		if (*s)
			break;
		if (!nd->depth)
			return NULL;
		nd->depth--;
		s = nd->stack[nd->depth].rest;
		kfree(nd->stack[nd->depth].text);
	}
	nd->last = s;
	while (*s && *s != '/')
		s++;
	nd->last_len = (unsigned int)(s - nd->last);
	nd->last_type = LAST_NORM;
	if (nd->last[0] == '.' && nd->last_len == 1)
		nd->last_type = LAST_DOT;
	else if (nd->last[0] == '.' && nd->last[1] == '.' && nd->last_len == 2)
		nd->last_type = LAST_DOTDOT;
	return s;
}

/**
 * walk_parent - walk everything but the last component
 * @nd: the walk
 *
 * Context: may sleep.
 * Return: 0: nd->path is the directory of nd->last, search permission checked;
 * -ENOENT, -ENOTDIR, -EACCES, -ELOOP, -ENAMETOOLONG, -ENOMEM.
 */
int walk_parent(struct nameidata *nd)
{
	for (;;) {
		struct inode *dir;
		const char *rest = next_component(nd);
		int err;

		if (!rest) {
			nd->last_type = LAST_ROOT;
			nd->last_slash = false;
			nd->last_len = 0;
			nd->name = "";
			return 0;
		}
		nd->name = rest;
		dir = nd->path.dentry->d_inode;
		if (!S_ISDIR(dir->i_mode))
			return -ENOTDIR;
		err = inode_permission(dir, MAY_EXEC);
		if (err)
			return err;
		if (is_last(nd, rest, &nd->last_slash))
			return 0;
		err = walk_component(nd, true);
		if (err < 0)
			return err;
	}
}

/**
 * walk_last - step to the last component
 * @nd: after walk_parent()
 * @follow: follow it when it is a symbolic link; one with a slash behind it is
 *	always followed
 *
 * Context: may sleep.
 * Return: as step_into(); after 1, call walk_parent() and this again.
 */
int walk_last(struct nameidata *nd, bool follow)
{
	return walk_component(nd, follow || nd->last_slash);
}

static int walk_all(struct nameidata *nd, unsigned int flags)
{
	bool slash;
	int err;

	do {
		err = walk_parent(nd);
		if (err || (flags & LOOKUP_PARENT))
			return err;
		slash = nd->last_slash;
		err = walk_last(nd, flags & LOOKUP_FOLLOW);
	} while (err > 0);
	if (!err && (slash || (flags & LOOKUP_DIRECTORY)) &&
	    !S_ISDIR(nd->path.dentry->d_inode->i_mode))
		err = -ENOTDIR;
	return err;
}

/**
 * path_lookup - find a file by its path
 * @dfd: where a relative path starts: a descriptor, or AT_FDCWD
 * @name: the path, in kernel memory
 * @flags: LOOKUP_FOLLOW: also the last component when it is a symbolic link;
 *	LOOKUP_DIRECTORY: must be one; LOOKUP_PARENT: stop before the last
 *	component; LOOKUP_EMPTY: an empty path is @dfd itself
 * @path: filled, with references; only on success
 *
 * Context: may sleep.
 * Return: 0; -ENOENT, -ENOTDIR, -EACCES, -ELOOP, -ENAMETOOLONG, -EBADF,
 * -ENOMEM. Source: path_resolution(7).
 */
int path_lookup(int dfd, const char *name, unsigned int flags,
		struct path *path)
{
	struct nameidata nd;
	int err;

	if (!*name && (flags & LOOKUP_EMPTY))
		return start_dir(dfd, false, path);
	err = walk_start(&nd, dfd, name);
	if (err)
		return err;
	err = walk_all(&nd, flags);
	if (!err) {
		*path = nd.path;
		path_get(path);
	}
	walk_end(&nd);
	return err;
}

/**
 * user_path_at - find a file by a path in user space
 * @dfd: as path_lookup()
 * @name: the user's string
 * @flags: LOOKUP_*
 * @path: filled, with references; only on success
 *
 * Context: may sleep.
 * Return: as getname() and path_lookup().
 */
int user_path_at(int dfd, const char __user *name, unsigned int flags,
		 struct path *path)
{
	char *kname = getname(name, flags);
	int err;

	if (IS_ERR(kname))
		return (int)PTR_ERR(kname);
	err = path_lookup(dfd, kname, flags, path);
	putname(kname);
	return err;
}

/* SPDX-License-Identifier: MIT */
/*
 * Directories of tmpfs. The dentries are the directory: each is held as long
 * as its name exists. The radix tree adds an order for readdir.
 *
 * Invariants, under the directory's i_lock:
 *	T1 a name exists <=> its dentry is positive, hashed, held once by its
 *	   directory and in the tree at the cookie that d_fsdata says
 *	T2 size = 40 + 20 * names
 *	T3 i_nlink = 2 + subdirectories; 0 once removed
 */
#include "tmpfs.h"

#include <ikos/slab.h>

static struct tmpfs_dir *dir_of(const struct inode *inode)
{
	return inode->i_private;
}

static unsigned long cookie_of(const struct dentry *dentry)
{
	return (unsigned long)dentry->d_fsdata;
}

static bool is_dir(const struct inode *inode)
{
	return S_ISDIR(inode->i_mode);
}

/* Put a dentry into the order: a cookie > 1 or -ENOMEM. */
static long order_add(struct inode *dir, struct dentry *dentry)
{
	struct tmpfs_dir *d = dir_of(dir);
	unsigned long cookie = d->next_cookie;
	int err = radix_tree_insert(&d->entries, cookie, dentry, GFP_KERNEL);

	if (err)
		return err;
	d->next_cookie++;
	return (long)cookie;
}

static void order_del(struct inode *dir, unsigned long cookie)
{
	radix_tree_delete(&dir_of(dir)->entries, cookie);
}

static void dir_changed(struct inode *dir, int names)
{
	dir->i_data.size += names * TMPFS_DIRENT_SIZE;
	dir->i_mtime = dir->i_ctime = current_time();
}

/* Let @dentry name @inode, whose reference is taken over, also on failure. */
static int add_name(struct inode *dir, struct dentry *dentry,
		    struct inode *inode)
{
	long cookie = order_add(dir, dentry);

	if (cookie < 0) {
		iput(inode);
		return (int)cookie;
	}
	dentry->d_fsdata = (void *)cookie;
	dir_changed(dir, 1);
	if (is_dir(inode))
		dir->i_nlink++;
	d_instantiate(dget(dentry), inode);
	return 0;
}

/* The name goes; the caller's reference keeps the dentry for now. */
static void del_name(struct inode *dir, struct dentry *dentry)
{
	struct inode *inode = dentry->d_inode;

	order_del(dir, cookie_of(dentry));
	dir_changed(dir, -1);
	inode->i_ctime = dir->i_ctime;
	if (is_dir(inode)) {
		dir->i_nlink--;
		inode->i_nlink = 0;
	} else {
		inode->i_nlink--;
	}
	dput(dentry);
}

static int tmpfs_lookup(struct inode *dir, struct dentry *dentry)
{
	d_add(dentry, NULL); /* what exists is in the cache */
	return 0;
}

static int tmpfs_mknod(struct inode *dir, struct dentry *dentry, umode_t mode,
		       dev_t dev)
{
	struct inode *inode = tmpfs_new_inode(dir->i_sb, dir, mode, dev);

	return inode ? add_name(dir, dentry, inode) : -ENOSPC;
}

static int tmpfs_create(struct inode *dir, struct dentry *dentry, umode_t mode)
{
	return tmpfs_mknod(dir, dentry, mode | S_IFREG, 0);
}

static int tmpfs_mkdir(struct inode *dir, struct dentry *dentry, umode_t mode)
{
	return tmpfs_mknod(dir, dentry, mode | S_IFDIR, 0);
}

static int tmpfs_tmpfile(struct inode *dir, struct dentry *dentry, umode_t mode)
{
	struct inode *inode = tmpfs_new_inode(dir->i_sb, dir, mode, 0);

	if (!inode)
		return -ENOSPC;
	inode->i_nlink = 0;
	d_instantiate(dentry, inode);
	return 0;
}

static int tmpfs_symlink(struct inode *dir, struct dentry *dentry,
			 const char *target)
{
	struct inode *inode =
		tmpfs_new_inode(dir->i_sb, dir, S_IFLNK | 0777, 0);

	if (!inode)
		return -ENOSPC;
	inode->i_private = kstrdup(target, GFP_KERNEL);
	if (!inode->i_private) {
		iput(inode);
		return -ENOMEM;
	}
	inode->i_data.size = (loff_t)strlen(target);
	return add_name(dir, dentry, inode);
}

static int tmpfs_link(struct dentry *old, struct inode *dir,
		      struct dentry *dentry)
{
	struct inode *inode = old->d_inode;
	int err = add_name(dir, dentry, igrab(inode));

	if (err)
		return err;
	inode->i_nlink++;
	inode->i_linkable = false;
	inode->i_ctime = dir->i_ctime;
	return 0;
}

static int tmpfs_unlink(struct inode *dir, struct dentry *dentry)
{
	del_name(dir, dentry);
	return 0;
}

static bool dir_empty(const struct inode *inode)
{
	return inode->i_data.size <= 2 * TMPFS_DIRENT_SIZE;
}

static int tmpfs_rmdir(struct inode *dir, struct dentry *dentry)
{
	if (!dir_empty(dentry->d_inode))
		return -ENOTEMPTY;
	del_name(dir, dentry);
	return 0;
}

/* RENAME_EXCHANGE: each gets a fresh cookie in the other's directory. */
static int exchange(struct inode *adir, struct dentry *a, struct inode *bdir,
		    struct dentry *b)
{
	long a_new = order_add(bdir, a), b_new;

	if (a_new < 0)
		return (int)a_new;
	b_new = order_add(adir, b);
	if (b_new < 0) {
		order_del(bdir, (unsigned long)a_new);
		return (int)b_new;
	}
	order_del(adir, cookie_of(a));
	order_del(bdir, cookie_of(b));
	a->d_fsdata = (void *)a_new;
	b->d_fsdata = (void *)b_new;
	if (is_dir(a->d_inode)) {
		adir->i_nlink--;
		bdir->i_nlink++;
	}
	if (is_dir(b->d_inode)) {
		bdir->i_nlink--;
		adir->i_nlink++;
	}
	dir_changed(adir, 0);
	dir_changed(bdir, 0);
	a->d_inode->i_ctime = b->d_inode->i_ctime = adir->i_ctime;
	return 0;
}

static int tmpfs_rename(struct inode *olddir, struct dentry *old,
			struct inode *newdir, struct dentry *new,
			unsigned int flags)
{
	struct inode *inode = old->d_inode;
	long cookie;

	if (flags & RENAME_EXCHANGE)
		return exchange(olddir, old, newdir, new);
	if (new->d_inode && is_dir(new->d_inode) && !dir_empty(new->d_inode))
		return -ENOTEMPTY;
	cookie = order_add(newdir, old);
	if (cookie < 0)
		return (int)cookie;
	if (new->d_inode)
		del_name(newdir, new);
	order_del(olddir, cookie_of(old));
	old->d_fsdata = (void *)cookie;
	if (is_dir(inode)) {
		olddir->i_nlink--;
		newdir->i_nlink++;
	}
	dir_changed(olddir, -1);
	dir_changed(newdir, 1);
	inode->i_ctime = newdir->i_ctime;
	return 0;
}

static unsigned int dtype(umode_t mode)
{
	return (mode & S_IFMT) >> 12;
}

static int tmpfs_iterate(struct file *file, struct dir_context *ctx)
{
	struct tmpfs_dir *d = dir_of(file->f_inode);

	if (!dir_emit_dots(file, ctx))
		return 0;
	for (;;) {
		unsigned long cookie = (unsigned long)ctx->pos;
		struct dentry *dentry = radix_tree_next(&d->entries, &cookie);

		if (!dentry)
			return 0;
		ctx->pos = (loff_t)cookie;
		if (!dir_emit(ctx, dentry->d_name, dentry->d_len,
			      dentry->d_inode->i_ino,
			      dtype(dentry->d_inode->i_mode)))
			return 0;
		ctx->pos++;
	}
}

/* A position is a cookie: any is good. */
static loff_t tmpfs_dir_llseek(struct file *file, loff_t offset, int whence)
{
	if (whence == SEEK_CUR)
		offset += file->f_pos;
	else if (whence != SEEK_SET)
		return -EINVAL;
	if (offset < 0)
		return -EINVAL;
	file->f_pos = offset;
	return offset;
}

static int tmpfs_dir_fsync(struct file *file)
{
	return 0;
}

/* The lowest dentry at the left of the tree, with a reference; @root itself
 * when nothing is below it. */
static struct dentry *first_leaf(struct dentry *root)
{
	struct dentry *dentry = root;

	spin_lock(&dcache_lock);
	while (!list_empty(&dentry->d_children))
		dentry = list_first_entry(&dentry->d_children, struct dentry,
					  d_child);
	dget(dentry);
	spin_unlock(&dcache_lock);
	return dentry;
}

/**
 * tmpfs_drop_tree - let go of every name of a file system
 * @root: its root; nobody uses anything of it any more
 *
 * Context: may sleep.
 */
void tmpfs_drop_tree(struct dentry *root)
{
	for (;;) {
		struct dentry *leaf = first_leaf(root);

		if (leaf == root) {
			dput(leaf);
			return;
		}
		del_name(leaf->d_parent->d_inode, leaf);
		d_drop(leaf);
		dput(leaf);
		cond_resched();
	}
}

const struct inode_operations tmpfs_dir_iops = {
	.lookup = tmpfs_lookup,
	.create = tmpfs_create,
	.mkdir = tmpfs_mkdir,
	.mknod = tmpfs_mknod,
	.symlink = tmpfs_symlink,
	.link = tmpfs_link,
	.tmpfile = tmpfs_tmpfile,
	.unlink = tmpfs_unlink,
	.rmdir = tmpfs_rmdir,
	.rename = tmpfs_rename,
	.setattr = tmpfs_setattr,
};

const struct file_operations tmpfs_dir_fops = {
	.iterate = tmpfs_iterate,
	.llseek = tmpfs_dir_llseek,
	.fsync = tmpfs_dir_fsync,
};

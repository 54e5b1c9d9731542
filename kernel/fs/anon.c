/* SPDX-License-Identifier: MIT */
/*
 * Files without a place in the tree: pipes and shared memory. Their dentries
 * are roots of their own in a mount that nobody can reach; their name is only
 * for d_path().
 */
#include "internal.h"

struct super_block *anon_sb;
static struct mount anon_mount;

static const struct super_operations anon_sops = {};

/**
 * anon_init - make the mount
 *
 * Context: boot, once; panics when there is no memory.
 */
void anon_init(void)
{
	anon_sb = sb_alloc("anon", PIPEFS_MAGIC, &anon_sops);
	if (!anon_sb)
		panic("There is no memory for the file system of pipes.");
	anon_sb->s_flags = SB_ANON;
	anon_mount.mnt_parent = &anon_mount;
	anon_mount.mnt_sb = anon_sb;
	anon_mount.mnt_devname = "anon";
	atomic_set(&anon_mount.mnt_count, 1);
}

/**
 * anon_dentry - a name for a file without a name
 * @inode: the reference is taken over, also on failure
 * @name: what d_path() shows
 * @path: filled, with references
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int anon_dentry(struct inode *inode, const char *name, struct path *path)
{
	struct dentry *dentry = d_alloc(NULL, name, strlen(name));

	if (!dentry) {
		iput(inode);
		return -ENOMEM;
	}
	dentry->d_sb = anon_sb;
	d_instantiate(dentry, inode);
	path->dentry = dentry;
	path->mnt = &anon_mount;
	mntget(path->mnt);
	return 0;
}

static unsigned int mode_of_flags(unsigned int flags)
{
	switch (flags & O_ACCMODE) {
	case O_RDONLY:
		return FMODE_READ;
	case O_WRONLY:
		return FMODE_WRITE;
	default:
		return FMODE_READ | FMODE_WRITE;
	}
}

/**
 * anon_file - open a file without a name
 * @path: from anon_dentry(); the file takes references of its own
 * @flags: O_*
 * @fop: its operations; not asked to open it
 *
 * Context: may sleep.
 * Return: the file, or NULL when there is no memory.
 */
struct file *anon_file(const struct path *path, unsigned int flags,
		       const struct file_operations *fop)
{
	struct file *file = file_alloc();

	if (!file)
		return NULL;
	path_get(path);
	file->f_path = *path;
	file->f_inode = path->dentry->d_inode;
	file->f_op = fop;
	file->f_flags = flags;
	file->f_mode = mode_of_flags(flags);
	if (S_ISREG(file->f_inode->i_mode)) {
		file->f_mapping = &file->f_inode->i_data;
		file->f_mode |= FMODE_LSEEK | FMODE_PREAD | FMODE_PWRITE;
		if (file->f_mode & FMODE_WRITE)
			atomic_inc(&file->f_inode->i_writecount);
	}
	return file;
}

/**
 * alloc_anon_file - an open file that has no place in the tree
 * @inode: the reference is taken over, also on failure
 * @name: what d_path() shows
 * @flags: O_*
 * @fop: its operations; not asked to open it
 *
 * Context: may sleep.
 * Return: the file, or ERR_PTR(-ENOMEM).
 */
struct file *alloc_anon_file(struct inode *inode, const char *name,
			     unsigned int flags,
			     const struct file_operations *fop)
{
	struct file *file;
	struct path path;

	if (anon_dentry(inode, name, &path))
		return ERR_PTR(-ENOMEM);
	file = anon_file(&path, flags, fop);
	path_put(&path);
	return file ? file : ERR_PTR(-ENOMEM);
}

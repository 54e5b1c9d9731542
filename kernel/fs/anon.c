/* SPDX-License-Identifier: MIT */
/*
 * Files without a place in the tree: pipes and shared memory. Their dentries
 * are roots of their own in mounts that nobody can reach; their name is only
 * for d_path().
 *
 * Shared memory has a file system of its own, of the type tmpfs: the first
 * that is made, so that its device is 00:01 in /proc/PID/maps, as on Linux.
 */
#include "anon_inode.h"

struct super_block *anon_sb;
static struct mount anon_mount, shm_mount;

static const struct super_operations anon_sops = {};

/* MS_STRICTATIME: nobody has asked for relatime. */
static void init_mount(struct mount *mnt, struct super_block *sb,
		       const char *name)
{
	sb->s_flags |= SB_ANON;
	mnt->mnt_parent = mnt;
	mnt->mnt_sb = sb;
	mnt->mnt_devname = name;
	mnt->mnt_flags = MS_STRICTATIME;
	atomic_set(&mnt->mnt_count, 1);
}

/**
 * anon_init - make the mounts
 * @shm: the file system of shared memory
 *
 * Context: boot, once; panics when there is no memory.
 */
void anon_init(struct super_block *shm)
{
	anon_sb = sb_alloc("anon", PIPEFS_MAGIC, &anon_sops);
	if (!anon_sb)
		panic("There is no memory for the file system of pipes.");
	init_mount(&anon_mount, anon_sb, "anon");
	init_mount(&shm_mount, shm, "tmpfs");
	anon_inode_init();
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
	dentry->d_sb = inode->i_sb;
	d_instantiate(dentry, inode);
	path->dentry = dentry;
	path->mnt = inode->i_sb == anon_sb ? &anon_mount : &shm_mount;
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

/**
 * alloc_file_clone - open the file that is open once more
 * @base: the open file
 * @flags: O_*
 * @fop: its operations; not asked to open it
 *
 * Context: may sleep.
 * Return: the file, or ERR_PTR(-ENOMEM).
 */
struct file *alloc_file_clone(const struct file *base, unsigned int flags,
			      const struct file_operations *fop)
{
	struct file *file = anon_file(&base->f_path, flags, fop);

	return file ? file : ERR_PTR(-ENOMEM);
}

/* SPDX-License-Identifier: MIT */
/*
 * Inodes: what a file is, whatever its names. Owns their cache, their
 * reference counts and the link count's bookkeeping at the end of life.
 *
 * An inode lives as long as somebody holds a reference: a dentry, an open
 * file through its dentry. There is no cache of unused ones; a file system
 * that keeps its data only in memory pins the dentry instead.
 */
#include "xattr.h"

#include <ikos/slab.h>

static struct kmem_cache *inode_cache;

/**
 * inode_init - make the inode cache
 *
 * Context: boot, once, before any file system.
 */
void inode_init(void)
{
	inode_cache = KMEM_CACHE(inode);
}

/**
 * current_time - the wall clock as a file's time stamp
 *
 * Context: any.
 * Return: the time since 1970-01-01 00:00 UTC.
 */
struct timespec64 current_time(void)
{
	return ns_to_timespec(ktime_get_real_ns());
}

/**
 * new_inode - an inode of its own number, one reference, one link
 * @sb: the file system it belongs to
 *
 * The owner is the creator, the times are now, the size is 0; mode and
 * operations are left to the caller.
 *
 * Context: may sleep.
 * Return: the inode, or NULL when there is no memory.
 */
struct inode *new_inode(struct super_block *sb)
{
	struct inode *inode = kmem_cache_zalloc(inode_cache, GFP_KERNEL);

	if (!inode)
		return NULL;
	inode->i_sb = sb;
	inode->i_ino = (ino_t)atomic64_add_return(1, &sb->s_next_ino);
	inode->i_nlink = 1;
	inode->i_uid = current->cred.fsuid;
	inode->i_gid = current->cred.fsgid;
	inode->i_atime = current_time();
	inode->i_mtime = inode->i_ctime = inode->i_atime;
	atomic_set(&inode->i_count, 1);
	mutex_init(&inode->i_lock);
	address_space_init(&inode->i_data, inode, NULL, false);
	return inode;
}

/**
 * iput - drop a reference to an inode
 * @inode: may be NULL
 *
 * The last one frees the inode, its data included: by then it has neither a
 * name nor an open file.
 *
 * Context: may sleep; mmap_lock may be held, i_lock of @inode may not.
 */
void iput(struct inode *inode)
{
	if (!inode || !atomic_dec_and_test(&inode->i_count))
		return;
	VM_BUG_ON(inode->i_flock);
	if (inode->i_sb->s_op && inode->i_sb->s_op->evict_inode)
		inode->i_sb->s_op->evict_inode(inode);
	if (unlikely(inode->i_xattrs))
		xattrs_free(inode);
	if (inode->i_pipe)
		pipe_free(inode->i_pipe);
	address_space_destroy(&inode->i_data);
	kmem_cache_free(inode_cache, inode);
}

/* open(2) of a socket's name or of a block device: there is no driver. */
static int no_open(struct inode *inode, struct file *file)
{
	return -ENXIO;
}

static const struct file_operations chrdev_fops = { .open = chrdev_open };
static const struct file_operations no_open_fops = { .open = no_open };

/**
 * init_special_inode - make an inode a device, FIFO or socket
 * @inode: a new inode
 * @mode: type and permissions
 * @dev: device number, for devices
 *
 * Context: any.
 */
void init_special_inode(struct inode *inode, umode_t mode, dev_t dev)
{
	inode->i_mode = mode;
	if (S_ISCHR(mode)) {
		inode->i_fop = &chrdev_fops;
		inode->i_rdev = dev;
	} else if (S_ISBLK(mode)) {
		inode->i_fop = &no_open_fops;
		inode->i_rdev = dev;
	} else if (S_ISFIFO(mode)) {
		inode->i_fop = &pipe_fops;
	} else {
		inode->i_fop = &no_open_fops;
	}
}

/**
 * generic_fillattr - stat(2) of a file that has nothing special about it
 * @inode: whose attributes
 * @stat: filled; the device too
 *
 * Context: any.
 */
void generic_fillattr(struct inode *inode, struct kstat *stat)
{
	stat->ino = inode->i_ino;
	stat->dev = inode->i_sb->s_dev;
	stat->rdev = inode->i_rdev;
	stat->mode = inode->i_mode;
	stat->nlink = inode->i_nlink;
	stat->uid = inode->i_uid;
	stat->gid = inode->i_gid;
	stat->size = i_size_read(inode);
	stat->blocks = (u64)READ_ONCE(inode->i_data.nrpages)
		       << (PAGE_SHIFT - 9);
	stat->blksize = PAGE_SIZE;
	stat->atime = inode->i_atime;
	stat->mtime = inode->i_mtime;
	stat->ctime = inode->i_ctime;
}

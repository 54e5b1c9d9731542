/* SPDX-License-Identifier: MIT */
/*
 * Open files: their cache, their reference counts, their end; and the count
 * that keeps a program from being written while it runs.
 */
#include "internal.h"

#include <ikos/slab.h>

static struct kmem_cache *file_cache;

/**
 * file_init - make the cache of open files
 *
 * Context: boot, once.
 */
void file_init(void)
{
	file_cache = KMEM_CACHE(file);
}

/**
 * file_alloc - an open file with nothing in it
 *
 * Context: may sleep.
 * Return: the file with one reference, or NULL when there is no memory.
 */
struct file *file_alloc(void)
{
	struct file *file = kmem_cache_zalloc(file_cache, GFP_KERNEL);

	if (!file)
		return NULL;
	atomic_set(&file->f_count, 1);
	mutex_init(&file->f_pos_lock);
	return file;
}

/**
 * get_write_access - about to open a file for writing
 * @inode: a regular file
 *
 * Context: any.
 * Return: 0, or -ETXTBSY while it is being executed.
 */
int get_write_access(struct inode *inode)
{
	int count = atomic_read(&inode->i_writecount);

	do {
		if (count < 0)
			return -ETXTBSY;
	} while (!atomic_try_cmpxchg(&inode->i_writecount, &count, count + 1));
	return 0;
}

/**
 * put_write_access - the end of get_write_access()
 * @inode: the file
 *
 * Context: any.
 */
void put_write_access(struct inode *inode)
{
	atomic_dec(&inode->i_writecount);
}

/**
 * deny_write_access - about to execute a file
 * @inode: a regular file
 *
 * Context: any.
 * Return: 0, or -ETXTBSY while it is open for writing.
 */
int deny_write_access(struct inode *inode)
{
	int count = atomic_read(&inode->i_writecount);

	do {
		if (count > 0)
			return -ETXTBSY;
	} while (!atomic_try_cmpxchg(&inode->i_writecount, &count, count - 1));
	return 0;
}

/* What opening counted. */
static void drop_access(struct file *file)
{
	if (!S_ISREG(file->f_inode->i_mode))
		return;
	if (file->f_mode & FMODE_WRITE)
		put_write_access(file->f_inode);
	if (file->f_mode & FMODE_EXEC)
		atomic_inc(&file->f_inode->i_writecount);
}

/**
 * fput - drop a reference to an open file
 * @file: the file; may be one whose open failed (no inode yet)
 *
 * The last one closes it: release() of its operations, then the path.
 *
 * Context: may sleep; mmap_lock may be held.
 */
void fput(struct file *file)
{
	if (!atomic_dec_and_test(&file->f_count))
		return;
	if (file->f_inode) {
		if (unlikely(READ_ONCE(file->f_ep)))
			eventpoll_release_file(file);
		locks_remove_file(file);
		if (file->f_op->release)
			file->f_op->release(file->f_inode, file);
		drop_access(file);
	}
	path_put(&file->f_path);
	kmem_cache_free(file_cache, file);
}

/* SPDX-License-Identifier: MIT */
/*
 * fallocate(2) of files in memory: pages in advance, and holes.
 *
 *	fallocate(fd, 0, 0x1800, 0x2000)	pages 1, 2, 3 exist; the size is
 *						at least 0x3800
 *	PUNCH_HOLE, 0x1800, 0x2000		page 2 goes; the end of page 1
 *						and the beginning of 3 are zeroed
 *
 * A page that was made in advance is no data for SEEK_DATA until it is
 * written or mapped. When the file system is full half-way, or a signal comes,
 * what was made is given back.
 */
#include "tmpfs.h"

#include <ikos/sched.h>
#include <uapi/falloc.h>

static long punch_hole(struct inode *inode, loff_t offset, loff_t len)
{
	if (inode->i_seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE))
		return -EPERM;
	truncate_hole(&inode->i_data, offset, offset + len);
	return 0;
}

/* Pages [start, end): all of them or, as far as they are new, none. */
static long make_pages(struct address_space *mapping, pgoff_t start,
		       pgoff_t end)
{
	const struct page_quota *quota = mapping->quota;
	long err = 0;
	pgoff_t i;

	if (quota->max && end - start > quota->max)
		return -ENOSPC;
	for (i = start; i < end && !err; i++) {
		cond_resched();
		err = current_signal_pending() ? -EINTR
					       : preallocate_page(mapping, i);
	}
	if (err)
		truncate_preallocated(mapping, start, i);
	return err;
}

static long allocate(struct inode *inode, int mode, loff_t offset, loff_t len)
{
	struct address_space *mapping = &inode->i_data;
	loff_t end = offset + len;
	long err = newsize_ok(inode, end);

	if (!err && end > mapping->size && (inode->i_seals & F_SEAL_GROW))
		err = -EPERM;
	if (!err)
		err = make_pages(mapping, (pgoff_t)offset >> PAGE_SHIFT,
				 PFN_UP((unsigned long)end));
	if (!err && !(mode & FALLOC_FL_KEEP_SIZE) && end > mapping->size)
		truncate_setsize(mapping, end);
	return err;
}

/**
 * tmpfs_fallocate - ->fallocate of files in memory
 * @file: a regular file, open for writing
 * @mode: FALLOC_FL_*
 * @offset: first byte, not negative
 * @len: bytes, > 0, and the end is an offset
 *
 * Context: may sleep; takes i_lock.
 * Return: 0; -EOPNOTSUPP: another mode than KEEP_SIZE and PUNCH_HOLE; -EPERM:
 * a seal; -EFBIG, with SIGXFSZ: beyond RLIMIT_FSIZE; -ENOSPC: the file system
 * is full; -ENOMEM; -EINTR.
 */
long tmpfs_fallocate(struct file *file, int mode, loff_t offset, loff_t len)
{
	struct inode *inode = file->f_inode;
	long err;

	if (mode & ~(FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE))
		return -EOPNOTSUPP;
	mutex_lock(&inode->i_lock);
	if (mode & FALLOC_FL_PUNCH_HOLE)
		err = punch_hole(inode, offset, len);
	else
		err = allocate(inode, mode, offset, len);
	if (!err) {
		file_remove_privs(file);
		file_update_time(file);
	}
	mutex_unlock(&inode->i_lock);
	return err;
}

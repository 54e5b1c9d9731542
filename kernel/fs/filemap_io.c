/* SPDX-License-Identifier: MIT */
/*
 * Reading and writing files that live in the page cache; seeking in them.
 *
 * A page that is missing below the size is a hole and reads as zeroes. Bytes
 * beyond the size are zero whenever the size grows over them: the tail of the
 * last page is cleared first, as a shared mapping may have written there.
 *
 * Writers and truncation hold i_lock. Readers take no lock: they see the size
 * before or after, like on Linux.
 */
#include "internal.h"

#include <ikos/page.h>
#include <ikos/syscall.h>

/* The copy at one page: bytes done. */
static size_t read_page(struct address_space *mapping, loff_t pos, size_t n,
			struct iov_iter *to)
{
	struct page *page = find_get_page(mapping, (pgoff_t)pos >> PAGE_SHIFT);
	size_t done;

	if (!page)
		return clear_iter(n, to);
	done = copy_to_iter((char *)page_address(page) + offset_in_page(pos), n,
			    to);
	put_page(page);
	return done;
}

/**
 * generic_file_read_iter - ->read_iter of files in the page cache
 * @file: the file
 * @to: where the bytes go
 * @pos: where to read; moves
 *
 * Context: may sleep.
 * Return: bytes read, 0 at the end, -EFAULT when none could be copied, -EINTR
 * before the first when the task is being killed.
 */
ssize_t generic_file_read_iter(struct file *file, struct iov_iter *to,
			       loff_t *pos)
{
	struct address_space *mapping = file->f_mapping;
	size_t done = 0;

	while (to->count) {
		loff_t size = READ_ONCE(mapping->size);
		size_t n = PAGE_SIZE - offset_in_page(*pos), copied;

		if (*pos >= size)
			break;
		n = min(n, (size_t)(size - *pos));
		n = min(n, to->count);
		copied = read_page(mapping, *pos, n, to);
		*pos += (loff_t)copied;
		done += copied;
		if (copied < n) {
			if (!done)
				return -EFAULT;
			break;
		}
		if (current->need_resched) {
			if (fatal_signal_pending(current))
				break;
			schedule();
		}
	}
	file_accessed(file);
	return (ssize_t)done;
}

/**
 * write_limit - how much of a write the size limits allow
 * @pos: where it begins
 * @count: bytes, > 0
 *
 * Context: any task context.
 * Return: bytes, > 0; -EFBIG: none; with SIGXFSZ when RLIMIT_FSIZE is what
 * forbids it. Source: write(2), setrlimit(2).
 */
ssize_t write_limit(loff_t pos, size_t count)
{
	unsigned long limit = rlimit(RLIMIT_FSIZE);

	if (limit != RLIM_INFINITY) {
		if ((unsigned long)pos >= limit) {
			send_sig(SIGXFSZ, current);
			return -EFBIG;
		}
		count = min(count, limit - (unsigned long)pos);
	}
	if (pos == LONG_MAX)
		return -EFBIG;
	return (ssize_t)min(count, (size_t)(LONG_MAX - pos));
}

static ssize_t write_page(struct address_space *mapping, loff_t pos, size_t n,
			  struct iov_iter *from)
{
	pgoff_t index = (pgoff_t)pos >> PAGE_SHIFT;
	struct page *page;
	size_t done;

	if (seals_forbid_write(mapping->host, pos + (loff_t)n))
		return -EPERM;
	page = find_or_create_page(mapping, index, GFP_USER);
	if (IS_ERR(page))
		return PTR_ERR(page) == -ENOMEM ? -ENOSPC : PTR_ERR(page);
	done = copy_from_iter((char *)page_address(page) + offset_in_page(pos),
			      n, from);
	if (done)
		page_set(page, PG_dirty);
	page_set(page,
		 PG_uptodate); /* in use even when nothing could be read */
	put_page(page);
	if (!done && (loff_t)(index << PAGE_SHIFT) >= mapping->size)
		truncate_pages(mapping, index, index + 1);
	return done ? (ssize_t)done : -EFAULT;
}

/* i_lock held. Every piece that is written moves the size, so that a fault
 * half way leaves what was written. */
static ssize_t write_pages(struct file *file, struct iov_iter *from,
			   loff_t *pos)
{
	struct address_space *mapping = file->f_mapping;
	ssize_t done = 0, n = 0;

	if (*pos > mapping->size)
		truncate_partial_page(mapping, mapping->size);
	while (from->count) {
		n = write_page(
			mapping, *pos,
			min(PAGE_SIZE - offset_in_page(*pos), from->count),
			from);
		if (n < 0)
			break;
		*pos += n;
		done += n;
		if (*pos > mapping->size)
			WRITE_ONCE(mapping->size, *pos);
		if (current->need_resched) {
			if (fatal_signal_pending(current))
				break;
			schedule();
		}
	}
	return done ? done : n;
}

/**
 * generic_file_write_iter - ->write_iter of files in the page cache
 * @file: the file
 * @from: the bytes
 * @pos: where to write, unless O_APPEND; moves
 *
 * Context: may sleep; takes i_lock.
 * Return: bytes written; -EFAULT; -EFBIG, with SIGXFSZ for RLIMIT_FSIZE;
 * -ENOSPC: no memory for another page; -EPERM: a seal (memfd_create(2)).
 */
ssize_t generic_file_write_iter(struct file *file, struct iov_iter *from,
				loff_t *pos)
{
	struct inode *inode = file->f_inode;
	ssize_t ret;

	if (!from->count)
		return 0;
	mutex_lock(&inode->i_lock);
	if (file->f_flags & O_APPEND)
		*pos = file->f_mapping->size;
	ret = write_limit(*pos, from->count);
	if (ret > 0) {
		from->count = (size_t)ret;
		file_remove_privs(file);
		file_update_time(file);
		ret = write_pages(file, from, pos);
	}
	mutex_unlock(&inode->i_lock);
	return ret;
}

/**
 * generic_file_read - generic_file_read_iter() with one user buffer
 * @file: the file
 * @buf: where the bytes go
 * @n: at most so many
 * @pos: where to read; moves
 *
 * Context: may sleep.
 * Return: as generic_file_read_iter().
 */
ssize_t generic_file_read(struct file *file, char __user *buf, size_t n,
			  loff_t *pos)
{
	struct iovec_k iov = { buf, n };
	struct iov_iter iter;

	iov_iter_init(&iter, &iov, n, false);
	return generic_file_read_iter(file, &iter, pos);
}

/**
 * generic_file_write - generic_file_write_iter() with one user buffer
 * @file: the file
 * @buf: the bytes
 * @n: how many
 * @pos: where to write; moves
 *
 * Context: may sleep.
 * Return: as generic_file_write_iter().
 */
ssize_t generic_file_write(struct file *file, const char __user *buf, size_t n,
			   loff_t *pos)
{
	struct iovec_k iov = { (char *)buf, n };
	struct iov_iter iter;

	iov_iter_init(&iter, &iov, n, false);
	return generic_file_write_iter(file, &iter, pos);
}

/* SEEK_DATA and SEEK_HOLE; the end of the file is a hole. */
static loff_t seek_data(struct address_space *mapping, loff_t offset, bool data)
{
	loff_t size = READ_ONCE(mapping->size);

	if (offset < 0 || offset >= size)
		return -ENXIO;
	offset = mapping_seek_data(mapping, offset, data);
	return data && offset >= size ? -ENXIO : offset;
}

/**
 * generic_llseek - ->llseek of files whose size is known
 * @file: the file; f_pos_lock held
 * @offset: bytes
 * @whence: SEEK_*
 *
 * Context: f_pos_lock.
 * Return: the new offset; -EINVAL: it would be negative or too large; -ENXIO:
 * nothing found.
 */
loff_t generic_llseek(struct file *file, loff_t offset, int whence)
{
	loff_t base = 0, res;

	switch (whence) {
	case SEEK_SET:
		break;
	case SEEK_CUR:
		base = file->f_pos;
		break;
	case SEEK_END:
		base = i_size_read(file->f_inode);
		break;
	case SEEK_DATA:
	case SEEK_HOLE:
		offset =
			seek_data(file->f_mapping, offset, whence == SEEK_DATA);
		if (offset < 0)
			return offset;
		break;
	default:
		return -EINVAL;
	}
	if (__builtin_add_overflow(base, offset, &res) || res < 0)
		return -EINVAL;
	file->f_pos = res;
	return res;
}

/**
 * no_llseek - ->llseek of what has no offset
 * @file: unused
 * @offset: unused
 * @whence: unused
 *
 * Context: any.
 * Return: -ESPIPE.
 */
loff_t no_llseek(struct file *file, loff_t offset, int whence)
{
	return -ESPIPE;
}

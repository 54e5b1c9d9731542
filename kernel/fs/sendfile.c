/* SPDX-License-Identifier: MIT */
/*
 * sendfile(2): from the page cache straight to a file that takes kernel
 * buffers. What has no page cache, or takes only user buffers, gives EINVAL,
 * and callers fall back to read(2) and write(2).
 */
#include "internal.h"

#include <ikos/page.h>
#include <ikos/slab.h>
#include <ikos/syscall.h>
#include <ikos/uaccess.h>

/* One piece inside a page: bytes that @out took, or -errno. */
static ssize_t send_piece(struct file *in, struct file *out, loff_t pos,
			  size_t n)
{
	struct page *page =
		find_get_page(in->f_mapping, (pgoff_t)pos >> PAGE_SHIFT);
	struct page *from = page ? page : zero_page;
	ssize_t ret;

	ret = kernel_write(out,
			   (char *)page_address(from) + offset_in_page(pos), n,
			   &out->f_pos);
	if (page)
		put_page(page);
	return ret;
}

static ssize_t send_pages(struct file *in, struct file *out, loff_t *pos,
			  size_t count)
{
	ssize_t done = 0, n = 0;

	while (count) {
		loff_t size = i_size_read(in->f_inode);
		size_t want = min(count, PAGE_SIZE - offset_in_page(*pos));

		if (*pos >= size)
			break;
		want = min(want, (size_t)(size - *pos));
		n = send_piece(in, out, *pos, want);
		if (n <= 0)
			break;
		*pos += n;
		done += n;
		count -= (size_t)n;
		if ((size_t)n < want || fatal_signal_pending(current))
			break;
		cond_resched();
	}
	return done ? done : n;
}

static int may_send(const struct file *in, const struct file *out)
{
	if (!(in->f_mode & FMODE_READ) || !(out->f_mode & FMODE_WRITE))
		return -EBADF;
	if (in->f_op->read_iter != generic_file_read_iter)
		return -EINVAL;
	if (!out->f_op->write_iter || (out->f_flags & O_APPEND))
		return -EINVAL;
	return 0;
}

/* Both offsets belong to the files: the locks in a fixed order. */
static void lock_offsets(struct file *a, struct file *b)
{
	if (a > b)
		swap(a, b);
	mutex_lock(&a->f_pos_lock);
	if (a != b)
		mutex_lock_nested(&b->f_pos_lock);
}

static ssize_t do_sendfile(struct file *in, struct file *out, loff_t *pos,
			   size_t count)
{
	int err = may_send(in, out);
	ssize_t ret;

	if (err)
		return err;
	count = min(count, MAX_RW_COUNT);
	if (!S_ISREG(out->f_inode->i_mode)) {
		if (!pos)
			pos = &in->f_pos;
		return send_pages(in, out, pos, count);
	}
	lock_offsets(in, out);
	ret = send_pages(in, out, pos ? pos : &in->f_pos, count);
	mutex_unlock(&in->f_pos_lock);
	if (in != out)
		mutex_unlock(&out->f_pos_lock);
	return ret;
}

/**
 * sys_sendfile - sendfile(2)
 */
SYSCALL_DEFINE4(sendfile, unsigned int, outfd, unsigned int, infd,
		loff_t __user *, uoffset, size_t, count)
{
	struct file *in, *out;
	loff_t offset = 0;
	ssize_t ret;

	if (uoffset && get_user(offset, uoffset))
		return -EFAULT;
	in = fget(infd);
	out = fget(outfd);
	if (!in || !out)
		ret = -EBADF;
	else if (offset < 0 || (ssize_t)count < 0)
		ret = -EINVAL;
	else
		ret = do_sendfile(in, out, uoffset ? &offset : NULL, count);
	if (ret > 0 && uoffset && put_user(offset, uoffset))
		ret = -EFAULT;
	if (out)
		fput(out);
	if (in)
		fput(in);
	return ret;
}

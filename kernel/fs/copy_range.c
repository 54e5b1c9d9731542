/* SPDX-License-Identifier: MIT */
/*
 * copy_file_range(2): from one regular file to another of the same file
 * system, through a page of the kernel's.
 */
#include "internal.h"

#include <ikos/kernel.h>
#include <ikos/page.h>
#include <ikos/syscall.h>
#include <ikos/uaccess.h>

struct copy_request {
	struct file *in, *out;
	loff_t pos_in, pos_out;
	size_t len;
};

static int check_files(const struct copy_request *c)
{
	const struct inode *in = c->in->f_inode, *out = c->out->f_inode;

	if (S_ISDIR(in->i_mode) || S_ISDIR(out->i_mode))
		return -EISDIR;
	if (!S_ISREG(in->i_mode) || !S_ISREG(out->i_mode))
		return -EINVAL;
	if (!(c->in->f_mode & FMODE_READ) || !(c->out->f_mode & FMODE_WRITE) ||
	    (c->out->f_flags & O_APPEND))
		return -EBADF;
	return in->i_sb == out->i_sb ? 0 : -EXDEV;
}

/* Cuts the length down to what there is. */
static int check_copy(struct copy_request *c)
{
	loff_t size = i_size_read(c->in->f_inode);

	if (c->len > ~(size_t)c->pos_in || c->len > ~(size_t)c->pos_out)
		return -EOVERFLOW;
	if (c->pos_in < 0 || c->pos_out < 0)
		return -EINVAL;
	if (c->pos_in >= size)
		c->len = 0;
	else
		c->len = min(c->len, (size_t)(size - c->pos_in));
	if (c->in->f_inode == c->out->f_inode &&
	    c->pos_out - c->pos_in < (loff_t)c->len &&
	    c->pos_in - c->pos_out < (loff_t)c->len)
		return -EINVAL;
	c->len = min(c->len, MAX_RW_COUNT);
	return 0;
}

static ssize_t copy_pages(struct copy_request *c, void *buf)
{
	ssize_t done = 0, n = 0;

	while (c->len) {
		loff_t pos = c->pos_in;

		n = kernel_read(c->in, buf, min(c->len, PAGE_SIZE), &pos);
		if (n > 0)
			n = kernel_write(c->out, buf, (size_t)n, &c->pos_out);
		if (n <= 0)
			break;
		c->pos_in += n;
		c->len -= (size_t)n;
		done += n;
		if (fatal_signal_pending(current))
			break;
		cond_resched();
	}
	return done ? done : n;
}

static ssize_t copy_range(struct copy_request *c)
{
	struct page *page;
	ssize_t ret = check_files(c);

	if (!ret)
		ret = check_copy(c);
	if (ret || !c->len)
		return ret;
	page = alloc_page(GFP_KERNEL);
	if (!page)
		return -ENOMEM;
	ret = copy_pages(c, page_address(page));
	put_page(page);
	return ret;
}

static long do_copy(struct copy_request *c, loff_t __user *upos_in,
		    loff_t __user *upos_out, unsigned int flags)
{
	ssize_t ret;

	c->pos_in = c->in->f_pos;
	c->pos_out = c->out->f_pos;
	if ((upos_in && get_user(c->pos_in, upos_in)) ||
	    (upos_out && get_user(c->pos_out, upos_out)))
		return -EFAULT;
	if (flags)
		return -EINVAL;
	ret = copy_range(c);
	if (ret <= 0)
		return ret;
	if (!upos_in)
		c->in->f_pos = c->pos_in;
	else if (put_user(c->pos_in, upos_in))
		ret = -EFAULT;
	if (!upos_out)
		c->out->f_pos = c->pos_out;
	else if (put_user(c->pos_out, upos_out))
		ret = -EFAULT;
	return ret;
}

/**
 * sys_copy_file_range - copy_file_range(2)
 *
 * Return: bytes; -EBADF: not open for that, or O_APPEND; -EINVAL: flags, not
 * regular files, or overlapping ranges of one; -EISDIR, -EXDEV; -EOVERFLOW,
 * -EFBIG, -ENOSPC, -ENOMEM, -EFAULT.
 */
SYSCALL_DEFINE6(copy_file_range, int, fd_in, loff_t __user *, pos_in, int,
		fd_out, loff_t __user *, pos_out, size_t, len, unsigned int,
		flags)
{
	struct copy_request c = { .in = fget((unsigned int)fd_in),
				  .out = fget((unsigned int)fd_out),
				  .len = len };
	long ret = -EBADF;

	if (c.in && c.out)
		ret = do_copy(&c, pos_in, pos_out, flags);
	if (c.out)
		fput(c.out);
	if (c.in)
		fput(c.in);
	return ret;
}

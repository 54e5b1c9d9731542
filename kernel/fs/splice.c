/* SPDX-License-Identifier: MIT */
/*
 * splice(2), tee(2), vmsplice(2): moving bytes into, out of and between pipes
 * without a buffer of the program's.
 *
 *	file or socket --splice--> pipe --splice--> pipe --splice--> file
 *	memory --vmsplice--> pipe --vmsplice--> memory, pipe ==tee==> pipe
 *
 * Whole pages move from pipe to pipe. Every page in a pipe belongs to that
 * pipe alone, so that a write(2) may add to it and a page that was read empty
 * is used again: everything else is copied, once.
 *
 * Each call waits only for its first bytes; then it takes what there is.
 *
 * Locks: a pipe's own; of two pipes the lower address first.
 *
 * Differs from Linux: what is in a pipe does not change when its source does.
 *
 * Source: splice(2), tee(2), vmsplice(2).
 */
#include "pipe.h"

#include <ikos/page.h>
#include <ikos/sched.h>
#include <ikos/slab.h>
#include <ikos/string.h>
#include <ikos/syscall.h>
#include <ikos/uaccess.h>
#include <uapi/poll.h>
#include <uapi/splice.h>

/* --- pipes ----------------------------------------------------------------- */

static struct pipe_inode *pipe_of(const struct file *file)
{
	return file->f_op == &pipe_fops ? file->f_inode->i_pipe : NULL;
}

static unsigned int pipe_room(const struct pipe_inode *pipe)
{
	return pipe_full(pipe) ? 0
			       : pipe->ring_size - (pipe->head - pipe->tail);
}

static void wake_readers(struct pipe_inode *pipe)
{
	wake_up_poll(&pipe->rd_wait, POLLIN | POLLRDNORM);
}

static void wake_writers(struct pipe_inode *pipe)
{
	wake_up_poll(&pipe->wr_wait, POLLOUT | POLLWRNORM);
}

/* Until there is something in it or nobody to write: 0; -EAGAIN,
 * -ERESTARTSYS. The lock is dropped meanwhile. */
static long wait_for_data(struct pipe_inode *pipe, unsigned int flags)
{
	long err = 0;

	while (!err && pipe_empty(pipe) && pipe->writers) {
		if (flags & SPLICE_F_NONBLOCK)
			return -EAGAIN;
		mutex_unlock(&pipe->lock);
		err = wait_event_interruptible(
			pipe->rd_wait,
			!pipe_empty(pipe) || !READ_ONCE(pipe->writers));
		mutex_lock(&pipe->lock);
	}
	return err;
}

/* Until a page fits in: 0; -EPIPE after SIGPIPE; else as above. */
static long wait_for_slot(struct pipe_inode *pipe, unsigned int flags)
{
	long err = 0;

	while (!err) {
		if (!pipe->readers) {
			send_sig(SIGPIPE, current);
			return -EPIPE;
		}
		if (!pipe_full(pipe))
			return 0;
		if (flags & SPLICE_F_NONBLOCK)
			return -EAGAIN;
		mutex_unlock(&pipe->lock);
		err = wait_event_interruptible(
			pipe->wr_wait,
			!pipe_looks_full(pipe) || !READ_ONCE(pipe->readers));
		mutex_lock(&pipe->lock);
	}
	return err;
}

/* A page into a free slot; the pipe owns it from now on. */
static void push(struct pipe_inode *pipe, struct pipe_buffer buf)
{
	*pipe_buf(pipe, pipe->head) = buf;
	WRITE_ONCE(pipe->head, pipe->head + 1);
}

/* @n bytes of the oldest page have been taken. */
static void consume(struct pipe_inode *pipe, u32 n)
{
	struct pipe_buffer *buf = pipe_buf(pipe, pipe->tail);

	buf->offset += n;
	buf->len -= n;
	if (buf->len)
		return;
	put_page(buf->page);
	WRITE_ONCE(pipe->tail, pipe->tail + 1);
}

static void lock_pipes(struct pipe_inode *a, struct pipe_inode *b)
{
	if (a > b)
		swap(a, b);
	mutex_lock(&a->lock);
	mutex_lock_nested(&b->lock);
}

static void unlock_pipes(struct pipe_inode *a, struct pipe_inode *b)
{
	mutex_unlock(&a->lock);
	mutex_unlock(&b->lock);
}

/* The first @n bytes of @buf in a page of their own; false: no memory. */
static bool copy_buffer(const struct pipe_buffer *buf, u32 n,
			struct pipe_buffer *copy)
{
	struct page *page = alloc_page(GFP_KERNEL);

	if (!page)
		return false;
	memcpy(page_address(page),
	       (char *)page_address(buf->page) + buf->offset, n);
	*copy = (struct pipe_buffer){ .page = page,
				      .len = n,
				      .packet = buf->packet };
	return true;
}

/* What of @in fits into @out, both locked: bytes; -ENOMEM. */
static ssize_t move_buffers(struct pipe_inode *in, struct pipe_inode *out,
			    size_t len)
{
	ssize_t done = 0;

	while (len && !pipe_empty(in) && !pipe_full(out)) {
		struct pipe_buffer *buf = pipe_buf(in, in->tail), part;
		u32 n = (u32)min((size_t)buf->len, len);

		if (n == buf->len) {
			push(out, *buf);
			WRITE_ONCE(in->tail, in->tail + 1);
		} else if (copy_buffer(buf, n, &part)) {
			push(out, part);
			consume(in, n);
		} else {
			return done ? done : -ENOMEM;
		}
		done += n;
		len -= n;
	}
	return done;
}

/* The same, but it stays in @in. */
static ssize_t copy_buffers(struct pipe_inode *in, struct pipe_inode *out,
			    size_t len)
{
	unsigned int slot = in->tail;
	ssize_t done = 0;

	for (; len && slot != in->head && !pipe_full(out); slot++) {
		struct pipe_buffer *buf = pipe_buf(in, slot), copy;
		u32 n = (u32)min((size_t)buf->len, len);

		if (!copy_buffer(buf, n, &copy))
			return done ? done : -ENOMEM;
		push(out, copy);
		done += n;
		len -= n;
	}
	return done;
}

typedef ssize_t (*transfer_fn)(struct pipe_inode *in, struct pipe_inode *out,
			       size_t len);

/* Between two pipes. What one wait has found, the other may have let go: look
 * at both with both locks, and wait again. */
static ssize_t pipe_to_pipe(struct pipe_inode *in, struct pipe_inode *out,
			    size_t len, unsigned int flags,
			    transfer_fn transfer)
{
	for (;;) {
		bool ended;
		ssize_t ret;

		mutex_lock(&in->lock);
		ret = wait_for_data(in, flags);
		mutex_unlock(&in->lock);
		if (ret)
			return ret;
		mutex_lock(&out->lock);
		ret = wait_for_slot(out, flags);
		mutex_unlock(&out->lock);
		if (ret)
			return ret;
		lock_pipes(in, out);
		ended = pipe_empty(in) && !in->writers;
		ret = out->readers ? transfer(in, out, len) : 0;
		if (ret > 0) {
			wake_readers(out);
			wake_writers(in);
		}
		unlock_pipes(in, out);
		if (ret || ended)
			return ret;
	}
}

/* --- files into pipes ------------------------------------------------------ */

/* A page of @in: bytes, 0: its end; -errno. */
static ssize_t read_page(struct file *in, loff_t *pos, size_t len,
			 struct pipe_buffer *buf)
{
	struct page *page = alloc_page(GFP_KERNEL);
	ssize_t n;

	if (!page)
		return -ENOMEM;
	n = kernel_read(in, page_address(page), min(len, PAGE_SIZE), pos);
	if (n <= 0)
		put_page(page);
	else
		*buf = (struct pipe_buffer){ .page = page, .len = (u32)n };
	return n;
}

static ssize_t push_waiting(struct pipe_inode *pipe, struct pipe_buffer buf)
{
	ssize_t err;

	mutex_lock(&pipe->lock);
	err = wait_for_slot(pipe, 0);
	if (!err) {
		push(pipe, buf);
		wake_readers(pipe);
	}
	mutex_unlock(&pipe->lock);
	if (err)
		put_page(buf.page);
	return err;
}

/* As many pages as there was room for at first. The pipe is not locked while
 * @in is read, which may take as long as it likes. */
static ssize_t file_to_pipe(struct file *in, loff_t *pos,
			    struct pipe_inode *pipe, size_t len,
			    unsigned int flags)
{
	unsigned int slots;
	ssize_t done = 0, n;

	if (!in->f_op->read_iter)
		return -EINVAL;
	mutex_lock(&pipe->lock);
	n = wait_for_slot(pipe, flags);
	slots = pipe_room(pipe);
	mutex_unlock(&pipe->lock);
	for (; !n && slots && len; slots--) {
		size_t want = min(len, PAGE_SIZE);
		loff_t next = *pos;
		struct pipe_buffer buf;
		ssize_t got = read_page(in, &next, len, &buf);

		if (got > 0)
			n = push_waiting(pipe, buf);
		else
			n = got;
		if (n || got <= 0)
			break;
		*pos = next;
		done += got;
		len -= (size_t)got;
		if ((size_t)got < want)
			break;
	}
	return done ? done : n;
}

/* --- pipes into files ------------------------------------------------------ */

static ssize_t pipe_to_file(struct pipe_inode *pipe, struct file *out,
			    loff_t *pos, size_t len, unsigned int flags)
{
	ssize_t done = 0, n = 0;

	if (!out->f_op->write_iter)
		return -EINVAL;
	mutex_lock(&pipe->lock);
	while (len) {
		struct pipe_buffer *buf;
		size_t want;

		n = done ? 0 : wait_for_data(pipe, flags);
		if (n || pipe_empty(pipe))
			break;
		buf = pipe_buf(pipe, pipe->tail);
		want = min(len, (size_t)buf->len);
		n = kernel_write(out,
				 (char *)page_address(buf->page) + buf->offset,
				 want, pos);
		if (n <= 0)
			break;
		consume(pipe, (u32)n);
		done += n;
		len -= (size_t)n;
		if ((size_t)n < want)
			break;
	}
	if (done)
		wake_writers(pipe);
	mutex_unlock(&pipe->lock);
	return done ? done : n;
}

/* --- splice(2) ------------------------------------------------------------- */

struct splice_end {
	struct file *file;
	struct pipe_inode *pipe; /* NULL: it is none */
	loff_t __user *upos; /* NULL: at the file's own place */
	loff_t pos;
};

/* Where in a file that is no pipe. @mode: what a place of its own takes. */
static int get_place(struct splice_end *end, unsigned int mode)
{
	if (end->pipe)
		return end->upos ? -ESPIPE : 0;
	if (!end->upos) {
		end->pos = end->file->f_pos;
		return 0;
	}
	if (get_user(end->pos, end->upos))
		return -EFAULT;
	if (!(end->file->f_mode & mode))
		return -EINVAL;
	return end->pos < 0 ? -EINVAL : 0;
}

static int put_place(const struct splice_end *end)
{
	if (end->pipe)
		return 0;
	if (end->upos)
		return put_user(end->pos, end->upos);
	end->file->f_pos = end->pos;
	return 0;
}

static ssize_t splice_ends(struct splice_end *in, struct splice_end *out,
			   size_t len, unsigned int flags)
{
	if (in->pipe && out->pipe) {
		if (in->pipe == out->pipe)
			return -EINVAL;
		if ((in->file->f_flags | out->file->f_flags) & O_NONBLOCK)
			flags |= SPLICE_F_NONBLOCK;
		return pipe_to_pipe(in->pipe, out->pipe, len, flags,
				    move_buffers);
	}
	if (in->pipe) {
		if (out->file->f_flags & O_APPEND)
			return -EINVAL;
		if (in->file->f_flags & O_NONBLOCK)
			flags |= SPLICE_F_NONBLOCK;
		return pipe_to_file(in->pipe, out->file, &out->pos, len, flags);
	}
	if (!out->pipe)
		return -EINVAL;
	if (out->file->f_flags & O_NONBLOCK)
		flags |= SPLICE_F_NONBLOCK;
	return file_to_pipe(in->file, &in->pos, out->pipe, len, flags);
}

static ssize_t do_splice(struct splice_end *in, struct splice_end *out,
			 size_t len, unsigned int flags)
{
	ssize_t ret;

	in->pipe = pipe_of(in->file);
	out->pipe = pipe_of(out->file);
	if ((in->pipe && in->upos) || (out->pipe && out->upos))
		return -ESPIPE;
	if (!(in->file->f_mode & FMODE_READ) ||
	    !(out->file->f_mode & FMODE_WRITE))
		return -EBADF;
	ret = get_place(out, FMODE_PWRITE);
	if (!ret)
		ret = get_place(in, FMODE_PREAD);
	if (!ret)
		ret = splice_ends(in, out, min(len, MAX_RW_COUNT), flags);
	if (ret >= 0 && (put_place(out) || put_place(in)))
		ret = -EFAULT;
	return ret;
}

/**
 * sys_splice - splice(2)
 *
 * Context: may sleep.
 * Return: bytes; 0: the end of the input; -EBADF; -EINVAL: flags, no pipe at
 * all, the same one twice, a file that cannot, O_APPEND, no such offset;
 * -ESPIPE: an offset in a pipe; -EAGAIN, -EPIPE, -ENOMEM, -EFAULT,
 * -ERESTARTSYS.
 */
SYSCALL_DEFINE6(splice, unsigned int, infd, loff_t __user *, uin, unsigned int,
		outfd, loff_t __user *, uout, size_t, len, unsigned int, flags)
{
	struct splice_end in = { .upos = uin }, out = { .upos = uout };
	ssize_t ret = -EBADF;

	if (!len)
		return 0;
	if (flags & ~SPLICE_F_ALL)
		return -EINVAL;
	in.file = fget(infd);
	out.file = fget(outfd);
	if (in.file && out.file)
		ret = do_splice(&in, &out, len, flags);
	if (out.file)
		fput(out.file);
	if (in.file)
		fput(in.file);
	return ret;
}

/* --- tee(2) ---------------------------------------------------------------- */

static ssize_t do_tee(struct file *in, struct file *out, size_t len,
		      unsigned int flags)
{
	struct pipe_inode *ipipe = pipe_of(in), *opipe = pipe_of(out);

	if (!(in->f_mode & FMODE_READ) || !(out->f_mode & FMODE_WRITE))
		return -EBADF;
	if (!ipipe || !opipe || ipipe == opipe)
		return -EINVAL;
	if ((in->f_flags | out->f_flags) & O_NONBLOCK)
		flags |= SPLICE_F_NONBLOCK;
	return pipe_to_pipe(ipipe, opipe, min(len, MAX_RW_COUNT), flags,
			    copy_buffers);
}

/**
 * sys_tee - tee(2)
 *
 * Context: may sleep.
 * Return: bytes; 0: the end of the input; -EBADF; -EINVAL: flags, not two
 * pipes; -EAGAIN, -EPIPE, -ENOMEM, -ERESTARTSYS.
 */
SYSCALL_DEFINE4(tee, unsigned int, infd, unsigned int, outfd, size_t, len,
		unsigned int, flags)
{
	struct file *in, *out;
	ssize_t ret = -EBADF;

	if (flags & ~SPLICE_F_ALL)
		return -EINVAL;
	if (!len)
		return 0;
	in = fget(infd);
	out = fget(outfd);
	if (in && out)
		ret = do_tee(in, out, len, flags);
	if (out)
		fput(out);
	if (in)
		fput(in);
	return ret;
}

/* --- vmsplice(2) ----------------------------------------------------------- */

static ssize_t push_user_page(struct pipe_inode *pipe, struct iov_iter *from)
{
	size_t n = min(from->count, PAGE_SIZE);
	struct page *page = alloc_page(GFP_KERNEL);

	if (!page)
		return -ENOMEM;
	n = copy_from_iter(page_address(page), n, from);
	if (!n) {
		put_page(page);
		return -EFAULT;
	}
	push(pipe, (struct pipe_buffer){ .page = page, .len = (u32)n });
	return (ssize_t)n;
}

static ssize_t memory_to_pipe(struct pipe_inode *pipe, struct iov_iter *from,
			      unsigned int flags)
{
	ssize_t done = 0, n;

	mutex_lock(&pipe->lock);
	n = wait_for_slot(pipe, flags);
	while (n >= 0 && from->count && !pipe_full(pipe)) {
		n = push_user_page(pipe, from);
		if (n > 0)
			done += n;
	}
	if (done)
		wake_readers(pipe);
	mutex_unlock(&pipe->lock);
	return done ? done : n;
}

static ssize_t pipe_to_memory(struct pipe_inode *pipe, struct iov_iter *to,
			      unsigned int flags)
{
	ssize_t done = 0, n;

	mutex_lock(&pipe->lock);
	n = wait_for_data(pipe, flags);
	while (!n && to->count && !pipe_empty(pipe)) {
		struct pipe_buffer *buf = pipe_buf(pipe, pipe->tail);
		size_t want = min(to->count, (size_t)buf->len);
		size_t got = copy_to_iter((char *)page_address(buf->page) +
						  buf->offset,
					  want, to);

		if (got)
			consume(pipe, (u32)got);
		done += (ssize_t)got;
		if (got < want)
			n = -EFAULT;
	}
	if (done)
		wake_writers(pipe);
	mutex_unlock(&pipe->lock);
	return done ? done : n;
}

/* The list in kernel memory: bytes in all, or -errno. */
static ssize_t fetch_iov(const struct iovec_k __user *uiov, unsigned long nr,
			 struct iovec_k *iov)
{
	size_t total = 0;

	if (copy_from_user(iov, uiov, nr * sizeof(*iov)))
		return -EFAULT;
	for (unsigned long i = 0; i < nr; i++) {
		if ((ssize_t)iov[i].iov_len < 0)
			return -EINVAL;
		if (!access_ok(iov[i].iov_base, iov[i].iov_len))
			return -EFAULT;
		iov[i].iov_len = min(iov[i].iov_len, MAX_RW_COUNT - total);
		total += iov[i].iov_len;
	}
	return (ssize_t)total;
}

static ssize_t do_vmsplice(struct file *file, const struct iovec_k __user *uiov,
			   unsigned long nr, unsigned int flags)
{
	struct pipe_inode *pipe = pipe_of(file);
	struct iov_iter iter;
	struct iovec_k *iov;
	ssize_t ret;

	if (!pipe)
		return -EBADF;
	if (nr > UIO_MAXIOV)
		return -EINVAL;
	if (!nr)
		return 0;
	iov = kmalloc(nr * sizeof(*iov), GFP_KERNEL);
	if (!iov)
		return -ENOMEM;
	if (file->f_flags & O_NONBLOCK)
		flags |= SPLICE_F_NONBLOCK;
	ret = fetch_iov(uiov, nr, iov);
	if (ret > 0) {
		iov_iter_init(&iter, iov, (size_t)ret, false);
		ret = file->f_mode & FMODE_WRITE
			      ? memory_to_pipe(pipe, &iter, flags)
			      : pipe_to_memory(pipe, &iter, flags);
	}
	kfree(iov);
	return ret;
}

/**
 * sys_vmsplice - vmsplice(2)
 *
 * Context: may sleep.
 * Return: bytes; -EBADF: not a pipe; -EINVAL: flags, the list; -EAGAIN,
 * -EPIPE, -ENOMEM, -EFAULT, -ERESTARTSYS.
 */
SYSCALL_DEFINE4(vmsplice, unsigned int, fd, const struct iovec_k __user *, uiov,
		unsigned long, nr, unsigned int, flags)
{
	struct file *file;
	ssize_t ret;

	if (flags & ~SPLICE_F_ALL)
		return -EINVAL;
	file = fget(fd);
	if (!file)
		return -EBADF;
	ret = do_vmsplice(file, uiov, nr, flags);
	fput(file);
	return ret;
}

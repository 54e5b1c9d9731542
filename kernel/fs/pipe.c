/* SPDX-License-Identifier: MIT */
/*
 * Pipes: pipe(7). The data path; kernel/fs/fifo.c has the ends.
 *
 * A ring of 16 pages. A write fills the room that is left in the newest page
 * if its odd bytes fit there whole, then takes new pages; so that a write of
 * at most PIPE_BUF bytes is always in one page and never torn.
 *
 *	tail                              head
 *	[..abc...][defghijk][lmno....]	[        ]
 *	   ^offset           ^room for 4
 *
 * Readers are woken by every write (nearly always nobody waits, which costs
 * little to see), writers when the pipe stops being full; whoever waits looks
 * again.
 */
#include "pipe.h"

#include <ikos/page.h>
#include <ikos/slab.h>
#include <ikos/syscall.h>
#include <ikos/uaccess.h>
#include <uapi/ioctl.h>
#include <uapi/poll.h>

/**
 * pipe_alloc - an empty pipe without ends
 *
 * Context: may sleep.
 * Return: the pipe, or NULL when there is no memory.
 */
struct pipe_inode *pipe_alloc(void)
{
	struct pipe_inode *pipe = kzalloc(sizeof(*pipe), GFP_KERNEL);

	if (!pipe)
		return NULL;
	pipe->bufs = kcalloc(PIPE_DEF_BUFFERS, sizeof(*pipe->bufs), GFP_KERNEL);
	if (!pipe->bufs) {
		kfree(pipe);
		return NULL;
	}
	pipe->ring_size = PIPE_DEF_BUFFERS;
	mutex_init(&pipe->lock);
	init_waitqueue_head(&pipe->rd_wait);
	init_waitqueue_head(&pipe->wr_wait);
	return pipe;
}

/**
 * pipe_drain - throw away what nobody can read any more
 * @pipe: its lock held, or nobody else has it
 *
 * Context: may sleep.
 */
void pipe_drain(struct pipe_inode *pipe)
{
	while (!pipe_empty(pipe))
		put_page(pipe_buf(pipe, pipe->tail++)->page);
	if (pipe->spare)
		put_page(pipe->spare);
	pipe->spare = NULL;
}

/**
 * pipe_free - the end of a pipe
 * @pipe: nobody has it open
 *
 * Context: may sleep.
 */
void pipe_free(struct pipe_inode *pipe)
{
	pipe_drain(pipe);
	kfree(pipe->bufs);
	kfree(pipe);
}

static struct page *take_page(struct pipe_inode *pipe)
{
	struct page *page = pipe->spare;

	if (!page)
		return alloc_page(GFP_KERNEL);
	pipe->spare = NULL;
	return page;
}

static void give_page(struct pipe_inode *pipe, struct page *page)
{
	if (pipe->spare)
		put_page(page);
	else
		pipe->spare = page;
}

/* Copy out of the oldest buffer: bytes, or -EFAULT with the pipe unchanged.
 * A packet is used up whatever fits. */
static ssize_t read_buffer(struct pipe_inode *pipe, struct iov_iter *to)
{
	struct pipe_buffer *buf = pipe_buf(pipe, pipe->tail);
	size_t n = min((size_t)buf->len, to->count);

	if (copy_to_iter((char *)page_address(buf->page) + buf->offset, n, to) <
	    n)
		return -EFAULT;
	if (buf->packet) {
		to->count = 0;
		buf->len = 0;
	} else {
		buf->offset += (u32)n;
		buf->len -= (u32)n;
	}
	if (!buf->len) {
		give_page(pipe, buf->page);
		WRITE_ONCE(pipe->tail, pipe->tail + 1);
	}
	return (ssize_t)n;
}

/* Everything there is, as far as it fits; lock held. */
static ssize_t read_available(struct pipe_inode *pipe, struct iov_iter *to)
{
	ssize_t done = 0, n;

	while (to->count && !pipe_empty(pipe)) {
		n = read_buffer(pipe, to);
		if (n < 0)
			return done ? done : n;
		done += n;
	}
	return done;
}

/* Wait until there is something to read or nobody left to write. */
static long wait_for_bytes(struct pipe_inode *pipe)
{
	return wait_event_interruptible(
		pipe->rd_wait, !pipe_empty(pipe) || !READ_ONCE(pipe->writers));
}

/* No mount's option speaks for a pipe that has no name. */
static void pipe_accessed(struct file *file)
{
	if (file->f_inode->i_sb->s_flags & SB_ANON)
		file->f_inode->i_atime = current_time();
	else
		file_accessed(file);
}

static ssize_t pipe_read(struct file *file, struct iov_iter *to, loff_t *pos)
{
	struct pipe_inode *pipe = file->f_inode->i_pipe;
	bool was_full;
	ssize_t ret;

	if (!to->count)
		return 0;
	for (;;) {
		/* Without the lock: to find nothing is nothing to guard. */
		if (!(file->f_flags & O_NONBLOCK)) {
			ret = wait_for_bytes(pipe);
			if (ret)
				return ret;
		}
		mutex_lock(&pipe->lock);
		was_full = pipe_full(pipe);
		ret = read_available(pipe, to);
		if (ret || !pipe->writers)
			break;
		mutex_unlock(&pipe->lock);
		if (file->f_flags & O_NONBLOCK)
			return -EAGAIN;
	}
	was_full = was_full && !pipe_full(pipe);
	mutex_unlock(&pipe->lock);
	/* Whoever is woken finds the lock free. */
	if (was_full)
		wake_up_poll(&pipe->wr_wait, POLLOUT | POLLWRNORM);
	if (ret > 0)
		pipe_accessed(file);
	return ret;
}

static void send_sigpipe(void)
{
	struct siginfo info = { .si_signo = SIGPIPE, .si_code = SI_USER };

	info.si_pid = current->tgid;
	info.si_uid = current->cred.uid;
	send_sig_info(SIGPIPE, &info, current, false);
}

/* The odd bytes into the newest page, if there is one where they fit. Bytes, 0:
 * they do not. */
static ssize_t write_merge(struct pipe_inode *pipe, struct iov_iter *from)
{
	size_t odd = from->count & (PAGE_SIZE - 1);
	struct pipe_buffer *buf;
	size_t end;

	if (!odd)
		return 0;
	buf = pipe_buf(pipe, pipe->head - 1);
	end = (size_t)buf->offset + buf->len;
	if (buf->packet || end + odd > PAGE_SIZE)
		return 0;
	if (copy_from_iter((char *)page_address(buf->page) + end, odd, from) <
	    odd)
		return -EFAULT;
	buf->len += (u32)odd;
	return (ssize_t)odd;
}

/* A new page; there is a free slot. */
static ssize_t write_page(struct pipe_inode *pipe, struct iov_iter *from,
			  bool packet)
{
	struct page *page = take_page(pipe);
	size_t n = min(PAGE_SIZE, from->count);
	struct pipe_buffer *buf;

	if (!page)
		return -ENOMEM;
	if (copy_from_iter(page_address(page), n, from) < n) {
		give_page(pipe, page);
		return -EFAULT;
	}
	buf = pipe_buf(pipe, pipe->head);
	buf->page = page;
	buf->offset = 0;
	buf->len = (u32)n;
	buf->packet = packet;
	WRITE_ONCE(pipe->head, pipe->head + 1);
	return (ssize_t)n;
}

/* Sleep until there is room; the lock is dropped meanwhile. */
static long wait_for_room(struct pipe_inode *pipe)
{
	long err;

	wake_up_poll(&pipe->rd_wait, POLLIN | POLLRDNORM);
	mutex_unlock(&pipe->lock);
	err = wait_event_interruptible(pipe->wr_wait,
				       !pipe_looks_full(pipe) ||
					       !READ_ONCE(pipe->readers));
	mutex_lock(&pipe->lock);
	return err;
}

/* New pages until all is written; lock held. */
static ssize_t write_new(struct file *file, struct pipe_inode *pipe,
			 struct iov_iter *from)
{
	bool packet = file->f_flags & O_DIRECT;
	ssize_t done = 0, n;

	do {
		if (unlikely(!pipe->readers)) {
			send_sigpipe();
			n = -EPIPE;
		} else if (likely(!pipe_full(pipe))) {
			n = write_page(pipe, from, packet);
		} else if (file->f_flags & O_NONBLOCK) {
			n = -EAGAIN;
		} else {
			n = wait_for_room(pipe);
		}
		if (n < 0)
			return done ? done : n;
		done += n;
	} while (from->count);
	return done;
}

/* The whole of a write; lock held. */
static ssize_t write_all(struct file *file, struct pipe_inode *pipe,
			 struct iov_iter *from)
{
	ssize_t merged = 0, n;

	if (!pipe_empty(pipe) && pipe->readers)
		merged = write_merge(pipe, from);
	if (merged < 0 || !from->count)
		return merged;
	n = write_new(file, pipe, from);
	if (n < 0)
		return merged ? merged : n;
	return merged + n;
}

static ssize_t pipe_write(struct file *file, struct iov_iter *from, loff_t *pos)
{
	struct pipe_inode *pipe = file->f_inode->i_pipe;
	ssize_t ret;

	if (!from->count)
		return 0;
	mutex_lock(&pipe->lock);
	ret = write_all(file, pipe, from);
	mutex_unlock(&pipe->lock);
	/* Whoever is woken finds the lock free. */
	wake_up_poll(&pipe->rd_wait, POLLIN | POLLRDNORM);
	if (ret > 0)
		file_update_time(file);
	return ret;
}

static unsigned int pipe_poll(struct file *file, struct poll_table *table)
{
	struct pipe_inode *pipe = file->f_inode->i_pipe;
	unsigned int mask = 0;

	if (file->f_mode & FMODE_READ)
		poll_wait(file, &pipe->rd_wait, table);
	if (file->f_mode & FMODE_WRITE)
		poll_wait(file, &pipe->wr_wait, table);
	if (file->f_mode & FMODE_READ) {
		if (!pipe_looks_empty(pipe))
			mask |= POLLIN | POLLRDNORM;
		/* Not before the first writer of a FIFO has come. */
		if (!pipe->writers &&
		    (unsigned long)file->private_data != pipe->w_counter)
			mask |= POLLHUP;
	}
	if (file->f_mode & FMODE_WRITE) {
		if (!pipe_looks_full(pipe))
			mask |= POLLOUT | POLLWRNORM;
		if (!pipe->readers)
			mask |= POLLERR;
	}
	return mask;
}

static long pipe_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct pipe_inode *pipe = file->f_inode->i_pipe;
	int bytes = 0;

	if (cmd != FIONREAD)
		return -ENOTTY;
	mutex_lock(&pipe->lock);
	for (unsigned int i = pipe->tail; i != pipe->head; i++)
		bytes += (int)pipe_buf(pipe, i)->len;
	mutex_unlock(&pipe->lock);
	return put_user(bytes, (int __user *)arg);
}

/* Give the ring another size; lock held. */
static long pipe_resize(struct pipe_inode *pipe, unsigned int slots)
{
	unsigned int used = pipe->head - pipe->tail;
	struct pipe_buffer *bufs;

	if (slots < used)
		return -EBUSY;
	bufs = kcalloc(slots, sizeof(*bufs), GFP_KERNEL);
	if (!bufs)
		return -ENOMEM;
	for (unsigned int i = 0; i < used; i++)
		bufs[(pipe->tail + i) & (slots - 1)] =
			*pipe_buf(pipe, pipe->tail + i);
	kfree(pipe->bufs);
	pipe->bufs = bufs;
	WRITE_ONCE(pipe->ring_size, slots);
	wake_up_poll(&pipe->wr_wait, POLLOUT | POLLWRNORM);
	return (long)slots << PAGE_SHIFT;
}

/**
 * pipe_fcntl - F_GETPIPE_SZ and F_SETPIPE_SZ
 * @file: any file
 * @cmd: which of the two
 * @arg: the size wanted, bytes; rounded up to a power of two of pages
 *
 * Context: may sleep.
 * Return: the size, bytes; -EBADF: not a pipe; -EINVAL; -EPERM: more than
 * 1 MiB; -EBUSY: more is in it; -ENOMEM.
 */
long pipe_fcntl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct pipe_inode *pipe = file->f_inode->i_pipe;
	unsigned int slots = 1;
	long ret;

	if (!pipe || file->f_op != &pipe_fops)
		return -EBADF;
	if (cmd == F_GETPIPE_SZ)
		return (long)READ_ONCE(pipe->ring_size) << PAGE_SHIFT;
	arg = (unsigned int)arg;
	if (arg > 1UL << 31)
		return -EINVAL;
	while ((unsigned long)slots << PAGE_SHIFT < arg)
		slots *= 2;
	if (slots > pipe->ring_size &&
	    (unsigned long)slots << PAGE_SHIFT > PIPE_MAX_SIZE &&
	    !capable(CAP_SYS_RESOURCE))
		return -EPERM;
	mutex_lock(&pipe->lock);
	ret = pipe_resize(pipe, slots);
	mutex_unlock(&pipe->lock);
	return ret;
}

const struct file_operations pipe_fops = {
	.open = pipe_open,
	.release = pipe_release,
	.read_iter = pipe_read,
	.write_iter = pipe_write,
	.llseek = no_llseek,
	.ioctl = pipe_ioctl,
	.poll = pipe_poll,
};

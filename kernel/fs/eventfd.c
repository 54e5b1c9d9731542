/* SPDX-License-Identifier: MIT */
/*
 * eventfd(2): a counter that can be waited for.
 *
 * write(2) adds to the counter and waits while it would pass the largest
 * value, 2^64 - 2; read(2) takes all of it, or one of a semaphore, and waits
 * while it is 0.
 *
 * Lock: the context's own.
 */
#include "anon_inode.h"

#include <ikos/seq_file.h>
#include <ikos/slab.h>
#include <ikos/syscall.h>
#include <ikos/uaccess.h>
#include <uapi/eventfd.h>
#include <uapi/poll.h>

#define EVENTFD_MAX (~0ULL - 1)

struct eventfd_ctx {
	spinlock_t lock;
	u64 count;
	bool semaphore;
	int id; /* to tell them apart in fdinfo */
	struct wait_queue_head wait;
};

static atomic_t last_id;

static bool take_count(struct eventfd_ctx *ctx, u64 *val)
{
	spin_lock(&ctx->lock);
	*val = ctx->semaphore && ctx->count ? 1 : ctx->count;
	ctx->count -= *val;
	spin_unlock(&ctx->lock);
	return *val != 0;
}

static ssize_t eventfd_read(struct file *file, struct iov_iter *to, loff_t *pos)
{
	struct eventfd_ctx *ctx = file->private_data;
	u64 val;
	long err;

	if (to->count < sizeof(val))
		return -EINVAL;
	while (!take_count(ctx, &val)) {
		if (file->f_flags & O_NONBLOCK)
			return -EAGAIN;
		err = wait_event_interruptible(ctx->wait,
					       READ_ONCE(ctx->count) != 0);
		if (err)
			return err;
	}
	wake_up_poll(&ctx->wait, POLLOUT);
	/* What a bad address swallows is gone, as on Linux. */
	return copy_to_iter(&val, sizeof(val), to) == sizeof(val)
		       ? (ssize_t)sizeof(val)
		       : -EFAULT;
}

static bool has_room(const struct eventfd_ctx *ctx, u64 val)
{
	return EVENTFD_MAX - READ_ONCE(ctx->count) >= val;
}

static bool add_count(struct eventfd_ctx *ctx, u64 val)
{
	bool ok;

	spin_lock(&ctx->lock);
	ok = has_room(ctx, val);
	if (ok)
		ctx->count += val;
	spin_unlock(&ctx->lock);
	return ok;
}

static ssize_t eventfd_write(struct file *file, const char __user *buf,
			     size_t n, loff_t *pos)
{
	struct eventfd_ctx *ctx = file->private_data;
	long err;
	u64 val;

	if (n != sizeof(val))
		return -EINVAL;
	if (copy_from_user(&val, buf, sizeof(val)))
		return -EFAULT;
	if (val > EVENTFD_MAX)
		return -EINVAL;
	while (!add_count(ctx, val)) {
		if (file->f_flags & O_NONBLOCK)
			return -EAGAIN;
		err = wait_event_interruptible(ctx->wait, has_room(ctx, val));
		if (err)
			return err;
	}
	wake_up_poll(&ctx->wait, POLLIN);
	return (ssize_t)n;
}

static unsigned int eventfd_poll(struct file *file, struct poll_table *table)
{
	struct eventfd_ctx *ctx = file->private_data;
	unsigned int mask = 0;
	u64 count;

	poll_wait(file, &ctx->wait, table);
	count = READ_ONCE(ctx->count);
	if (count)
		mask |= POLLIN;
	if (count < EVENTFD_MAX)
		mask |= POLLOUT;
	return mask;
}

static int eventfd_release(struct inode *inode, struct file *file)
{
	kfree(file->private_data);
	return 0;
}

static void eventfd_show_fdinfo(struct seq_file *m, struct file *file)
{
	struct eventfd_ctx *ctx = file->private_data;

	seq_printf(m,
		   "eventfd-count: %16lx\n"
		   "eventfd-id: %d\n"
		   "eventfd-semaphore: %d\n",
		   READ_ONCE(ctx->count), ctx->id, ctx->semaphore);
}

static const struct file_operations eventfd_fops = {
	.release = eventfd_release,
	.read_iter = eventfd_read,
	.write = eventfd_write,
	.llseek = noop_llseek,
	.poll = eventfd_poll,
	.show_fdinfo = eventfd_show_fdinfo,
};

static int do_eventfd(unsigned int count, unsigned int flags)
{
	struct eventfd_ctx *ctx;
	int fd;

	if (flags & ~(EFD_SEMAPHORE | O_CLOEXEC | O_NONBLOCK))
		return -EINVAL;
	ctx = kzalloc(sizeof(*ctx), GFP_KERNEL);
	if (!ctx)
		return -ENOMEM;
	spin_lock_init(&ctx->lock);
	init_waitqueue_head(&ctx->wait);
	ctx->count = count;
	ctx->id = atomic_add_return(1, &last_id) & INT_MAX;
	ctx->semaphore = flags & EFD_SEMAPHORE;
	fd = anon_inode_getfd("[eventfd]", &eventfd_fops, ctx,
			      O_RDWR | (flags & (O_CLOEXEC | O_NONBLOCK)));
	if (fd < 0)
		kfree(ctx);
	return fd;
}

/**
 * sys_eventfd - eventfd(2) without flags
 *
 * Return: the descriptor, -EMFILE, -ENOMEM.
 */
SYSCALL_DEFINE1(eventfd, unsigned int, count)
{
	return do_eventfd(count, 0);
}

/**
 * sys_eventfd2 - eventfd(2)
 *
 * Return: the descriptor, -EINVAL: unknown flags; -EMFILE, -ENOMEM.
 */
SYSCALL_DEFINE2(eventfd2, unsigned int, count, int, flags)
{
	return do_eventfd(count, (unsigned int)flags);
}

/* SPDX-License-Identifier: MIT */
/*
 * timerfd_create(2): a timer that is a file.
 *
 * read(2) gives how often it has gone off since the last one. After the first
 * time nothing runs until somebody reads or asks: then the intervals that have
 * passed are counted and the timer is set to the next.
 *
 *	ticks	1: it has gone off; 0: it has not, or has been read
 *	expired	it has gone off and nobody has counted yet
 *
 * Lock: the timer's, see clock_timer.h.
 */
#include "anon_inode.h"

#include <ikos/clock_timer.h>
#include <ikos/seq_file.h>
#include <ikos/slab.h>
#include <ikos/syscall.h>
#include <ikos/uaccess.h>
#include <uapi/capability.h>
#include <uapi/poll.h>
#include <uapi/timerfd.h>

struct timerfd_ctx {
	struct clock_timer timer;
	u64 ticks; /* timer.lock */
	bool expired;
	bool cancel_on_set, cancelled;
	int clock, flags; /* as they were given, for fdinfo */
	struct wait_queue_head wait;
};

static void timerfd_fire(struct clock_timer *ct)
{
	struct timerfd_ctx *ctx = container_of(ct, struct timerfd_ctx, timer);

	ctx->expired = true;
	ctx->ticks++;
	wake_up_poll(&ctx->wait, POLLIN);
}

static void timerfd_clock_set(struct clock_timer *ct)
{
	struct timerfd_ctx *ctx = container_of(ct, struct timerfd_ctx, timer);

	if (!ctx->cancel_on_set)
		return;
	ctx->cancelled = true;
	ctx->ticks++;
	wake_up_poll(&ctx->wait, POLLIN);
}

/* Count what has passed meanwhile and go on. Locked. */
static void catch_up(struct timerfd_ctx *ctx)
{
	struct clock_timer *ct = &ctx->timer;
	u64 n;

	if (!ctx->expired || !ct->interval)
		return;
	n = clock_timer_forward(ct);
	spin_lock_irq(&ct->lock);
	ctx->expired = false;
	ctx->ticks += n ? n - 1 : 0;
	spin_unlock_irq(&ct->lock);
	clock_timer_restart(ct);
}

/* What a read gives; 0: nothing. -ECANCELED: the clock has been stepped. */
static long take_ticks(struct timerfd_ctx *ctx, u64 *ticks)
{
	struct clock_timer *ct = &ctx->timer;
	long err;

	clock_timer_lock(ct);
	if (!ctx->cancelled)
		catch_up(ctx);
	spin_lock_irq(&ct->lock);
	*ticks = ctx->ticks;
	err = ctx->cancelled ? -ECANCELED : 0;
	ctx->ticks = 0;
	ctx->expired = ctx->cancelled = false;
	spin_unlock_irq(&ct->lock);
	clock_timer_unlock(ct);
	return err;
}

static ssize_t timerfd_read(struct file *file, struct iov_iter *to, loff_t *pos)
{
	struct timerfd_ctx *ctx = file->private_data;
	u64 ticks = 0;
	long err;

	if (to->count < sizeof(ticks))
		return -EINVAL;
	for (;;) {
		err = READ_ONCE(ctx->ticks) ? take_ticks(ctx, &ticks) : 0;
		if (err)
			return err;
		if (ticks)
			break;
		if (file->f_flags & O_NONBLOCK)
			return -EAGAIN;
		err = wait_event_interruptible(ctx->wait,
					       READ_ONCE(ctx->ticks) != 0);
		if (err)
			return err;
	}
	return copy_to_iter(&ticks, sizeof(ticks), to) == sizeof(ticks)
		       ? (ssize_t)sizeof(ticks)
		       : -EFAULT;
}

static unsigned int timerfd_poll(struct file *file, struct poll_table *table)
{
	struct timerfd_ctx *ctx = file->private_data;

	poll_wait(file, &ctx->wait, table);
	return READ_ONCE(ctx->ticks) ? POLLIN : 0;
}

static int timerfd_release(struct inode *inode, struct file *file)
{
	struct timerfd_ctx *ctx = file->private_data;

	clock_timer_destroy(&ctx->timer);
	kfree(ctx);
	return 0;
}

static void timerfd_show_fdinfo(struct seq_file *m, struct file *file)
{
	struct timerfd_ctx *ctx = file->private_data;
	struct clock_timer *ct = &ctx->timer;
	struct timespec64 value, interval;
	u64 ticks;
	int flags;

	clock_timer_lock(ct);
	value = ns_to_timespec(clock_timer_remaining(ct));
	interval = ns_to_timespec(ct->interval);
	flags = ctx->flags;
	ticks = READ_ONCE(ctx->ticks);
	clock_timer_unlock(ct);
	seq_printf(m,
		   "clockid: %d\nticks: %lu\nsettime flags: 0%o\n"
		   "it_value: (%ld, %ld)\nit_interval: (%ld, %ld)\n",
		   ctx->clock, ticks, (unsigned int)flags, value.tv_sec,
		   value.tv_nsec, interval.tv_sec, interval.tv_nsec);
}

static const struct file_operations timerfd_fops = {
	.release = timerfd_release,
	.read_iter = timerfd_read,
	.llseek = noop_llseek,
	.poll = timerfd_poll,
	.show_fdinfo = timerfd_show_fdinfo,
};

static int timerfd_clock(clockid_t clock, struct clock_ref *ref)
{
	*ref = (struct clock_ref){ .wall = false };
	switch (clock) {
	case CLOCK_REALTIME_ALARM:
	case CLOCK_REALTIME:
		ref->wall = true;
		break;
	case CLOCK_MONOTONIC:
	case CLOCK_BOOTTIME:
	case CLOCK_BOOTTIME_ALARM:
		break;
	default:
		return -EINVAL;
	}
	/* The machine never sleeps, so they need not wake it. */
	if ((clock == CLOCK_REALTIME_ALARM || clock == CLOCK_BOOTTIME_ALARM) &&
	    !capable(CAP_WAKE_ALARM))
		return -EPERM;
	return 0;
}

/**
 * sys_timerfd_create - timerfd_create(2)
 *
 * Return: the descriptor; -EINVAL: the clock or the flags; -EPERM: an alarm
 * clock, without the right; -EMFILE, -ENOMEM.
 */
SYSCALL_DEFINE2(timerfd_create, int, clock, int, flags)
{
	struct timerfd_ctx *ctx;
	struct clock_ref ref;
	int fd, err;

	if ((unsigned int)flags & ~(O_CLOEXEC | O_NONBLOCK))
		return -EINVAL;
	err = timerfd_clock(clock, &ref);
	if (err)
		return err;
	ctx = kzalloc(sizeof(*ctx), GFP_KERNEL);
	if (!ctx)
		return -ENOMEM;
	init_waitqueue_head(&ctx->wait);
	clock_timer_init(&ctx->timer, &ref, timerfd_fire);
	ctx->clock = clock;
	ctx->timer.clock_set = timerfd_clock_set;
	fd = anon_inode_getfd("[timerfd]", &timerfd_fops, ctx,
			      O_RDWR | (unsigned int)flags);
	if (fd < 0)
		kfree(ctx);
	return fd;
}

static struct file *timerfd_fget(int fd)
{
	struct file *file = fget((unsigned int)fd);

	if (!file)
		return ERR_PTR(-EBADF);
	if (file->f_op == &timerfd_fops)
		return file;
	fput(file);
	return ERR_PTR(-EINVAL);
}

/* Locked. */
static void read_setting(struct timerfd_ctx *ctx, struct itimerspec64 *spec)
{
	struct clock_timer *ct = &ctx->timer;

	catch_up(ctx);
	spec->it_value = ns_to_timespec(clock_timer_remaining(ct));
	spec->it_interval = ns_to_timespec(ct->interval);
}

static void change_setting(struct timerfd_ctx *ctx, int flags,
			   const struct itimerspec64 *spec)
{
	struct clock_timer *ct = &ctx->timer;
	u64 value = timespec_to_ns(&spec->it_value);
	bool absolute = flags & TFD_TIMER_ABSTIME;

	clock_timer_stop(ct);
	ctx->flags = flags;
	ctx->ticks = 0;
	ctx->expired = ctx->cancelled = false;
	ctx->cancel_on_set =
		absolute && ct->clock.wall && (flags & TFD_TIMER_CANCEL_ON_SET);
	ct->interval = timespec_to_ns(&spec->it_interval);
	ct->expires = 0;
	if (value)
		clock_timer_start(ct, value, absolute);
}

/**
 * sys_timerfd_settime - timerfd_settime(2)
 *
 * Return: 0; -EBADF; -EINVAL: not a timer, the flags or a time; -EFAULT.
 */
SYSCALL_DEFINE4(timerfd_settime, int, fd, int, flags,
		const struct itimerspec64 __user *, unew,
		struct itimerspec64 __user *, uold)
{
	struct itimerspec64 spec, old;
	struct timerfd_ctx *ctx;
	struct file *file;

	if (copy_from_user(&spec, unew, sizeof(spec)))
		return -EFAULT;
	if ((flags & ~(TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET)) ||
	    !timespec_valid(&spec.it_value) ||
	    !timespec_valid(&spec.it_interval))
		return -EINVAL;
	file = timerfd_fget(fd);
	if (IS_ERR(file))
		return PTR_ERR(file);
	ctx = file->private_data;
	clock_timer_lock(&ctx->timer);
	read_setting(ctx, &old);
	change_setting(ctx, flags, &spec);
	clock_timer_unlock(&ctx->timer);
	fput(file);
	return uold && copy_to_user(uold, &old, sizeof(old)) ? -EFAULT : 0;
}

/**
 * sys_timerfd_gettime - timerfd_gettime(2)
 *
 * Return: 0; -EBADF; -EINVAL: not a timer; -EFAULT.
 */
SYSCALL_DEFINE2(timerfd_gettime, int, fd, struct itimerspec64 __user *, ucur)
{
	struct file *file = timerfd_fget(fd);
	struct itimerspec64 spec;
	struct timerfd_ctx *ctx;

	if (IS_ERR(file))
		return PTR_ERR(file);
	ctx = file->private_data;
	clock_timer_lock(&ctx->timer);
	read_setting(ctx, &spec);
	clock_timer_unlock(&ctx->timer);
	fput(file);
	return copy_to_user(ucur, &spec, sizeof(spec)) ? -EFAULT : 0;
}

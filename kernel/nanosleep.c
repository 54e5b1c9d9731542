/* SPDX-License-Identifier: MIT */
/*
 * Sleeping: nanosleep(2) and clock_nanosleep(2), with the time that remains
 * when a signal comes and the restart after a stop.
 *
 * A relative sleep is turned into a deadline at once, so that a restart does
 * not make it longer. A sleep until a wall-clock time looks again whenever
 * somebody steps that clock.
 */
#include <ikos/syscall.h>
#include <ikos/uaccess.h>

#include "signal_internal.h"
#include "sys_time.h"

DECLARE_WAIT_QUEUE_HEAD(realtime_sleepers);

/**
 * clock_was_set() - the wall clock has been stepped
 *
 * Context: process context.
 */
void clock_was_set(void)
{
	wake_up_all(&realtime_sleepers);
}

static bool is_wall_clock(clockid_t clock)
{
	return clock == CLOCK_REALTIME || clock == CLOCK_TAI;
}

static u64 sleep_clock_ns(clockid_t clock)
{
	return is_wall_clock(clock) ? ktime_get_real_ns() : ktime_get_ns();
}

/* Sleep until @clock reaches @deadline; the ns left when a signal came. */
static u64 sleep_until(clockid_t clock, u64 deadline)
{
	struct wait_queue_entry entry;
	u64 now, left = 0;

	init_wait_entry(&entry);
	for (;;) {
		prepare_to_wait(&realtime_sleepers, &entry, TASK_INTERRUPTIBLE);
		now = sleep_clock_ns(clock);
		left = now < deadline ? deadline - now : 0;
		if (!left || current->sigpending)
			break;
		schedule_timeout(left);
	}
	finish_wait(&realtime_sleepers, &entry);
	return left;
}

static long sleep_relative(struct task_struct *t, u64 deadline,
			   struct timespec64 __user *urem);

/* restart_fn: the deadline stands, the place for the rest too. */
static long nanosleep_restart(struct task_struct *t)
{
	return sleep_relative(t, t->restart_arg[0],
			      (struct timespec64 __user *)t->restart_arg[1]);
}

static long sleep_relative(struct task_struct *t, u64 deadline,
			   struct timespec64 __user *urem)
{
	u64 left = sleep_until(CLOCK_MONOTONIC, deadline);

	if (!left)
		return 0;
	if (urem && put_user(ns_to_timespec(left), urem))
		return -EFAULT;
	t->restart_fn = nanosleep_restart;
	t->restart_arg[0] = deadline;
	t->restart_arg[1] = (u64)urem;
	return -ERESTART_RESTARTBLOCK;
}

static u64 deadline_after(u64 ns)
{
	u64 now = ktime_get_ns();

	return ns < ~0ULL - now ? now + ns : ~0ULL;
}

/**
 * sys_nanosleep() - sleep for a time
 *
 * Context: process context. Return: 0; -EINTR: a handler ran, the rest is in
 * @urem; -EINVAL; -EFAULT.
 */
SYSCALL_DEFINE2(nanosleep, const struct timespec64 __user *, uts,
		struct timespec64 __user *, urem)
{
	struct timespec64 ts;

	if (get_user(ts, uts))
		return -EFAULT;
	if (!timespec_valid(&ts))
		return -EINVAL;
	return sleep_relative(current, deadline_after(timespec_to_ns(&ts)),
			      urem);
}

/* Clocks that clock_nanosleep(2) can wait on: 0, or why not. */
static int check_sleep_clock(clockid_t clock)
{
	switch (clock) {
	case CLOCK_REALTIME:
	case CLOCK_MONOTONIC:
	case CLOCK_BOOTTIME:
	case CLOCK_TAI:
		return 0;
	case CLOCK_THREAD_CPUTIME_ID:
		return -EINVAL;
	default:
		return clock_exists(clock) ? -EOPNOTSUPP : -EINVAL;
	}
}

/**
 * sys_clock_nanosleep() - sleep for a time, or until one, of a clock
 *
 * Context: process context. Return: 0; -EINTR: a handler ran; -EINVAL: the
 * time or the clock; -EOPNOTSUPP: that clock wakes nobody; -EFAULT.
 */
SYSCALL_DEFINE4(clock_nanosleep, clockid_t, clock, int, flags,
		const struct timespec64 __user *, uts,
		struct timespec64 __user *, urem)
{
	struct timespec64 ts;
	int ret = check_sleep_clock(clock);
	u64 ns;

	if (ret)
		return ret;
	if (get_user(ts, uts))
		return -EFAULT;
	if (!timespec_valid(&ts))
		return -EINVAL;
	ns = timespec_to_ns(&ts);
	/* Linux looks at no other flag. */
	if (!(flags & TIMER_ABSTIME))
		return sleep_relative(current, deadline_after(ns), urem);
	return sleep_until(clock, ns) ? -ERESTARTNOHAND : 0;
}

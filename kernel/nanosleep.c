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
	clock_timers_were_set();
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

/* --- CPU time -------------------------------------------------------------- */

static bool is_cpu_clock(clockid_t clock)
{
	return clock < 0 || clock == CLOCK_PROCESS_CPUTIME_ID;
}

/* Sleep until others have used up CPU time to @deadline; ns left when a signal
 * came. Looks every tick: nobody can be faster than the clock. */
static long cpu_sleep_until(const struct clock_ref *ref, u64 deadline,
			    u64 *left)
{
	struct clock_timer ct;

	clock_timer_init(&ct, ref, NULL);
	ct.expires = deadline;
	while ((*left = clock_timer_remaining(&ct))) {
		set_current_state(TASK_INTERRUPTIBLE);
		if (!current->sigpending)
			schedule_timeout(max(*left / NR_CPUS, TICK_NSEC));
		current->state = TASK_RUNNING;
		if (current_signal_pending())
			return -EINTR;
	}
	return 0;
}

static long cpu_nanosleep(clockid_t clock, u64 deadline,
			  struct timespec64 __user *urem);

static long cpu_nanosleep_restart(struct task_struct *t)
{
	return cpu_nanosleep((clockid_t)t->restart_arg[2], t->restart_arg[0],
			     (struct timespec64 __user *)t->restart_arg[1]);
}

/* Until the clock shows @deadline. */
static long cpu_nanosleep(clockid_t clock, u64 deadline,
			  struct timespec64 __user *urem)
{
	struct clock_ref ref;
	u64 left;
	long err = cpu_clock_ref(clock, &ref);

	if (err)
		return err;
	err = ref.thread && ref.cpu == current
		      ? -EINVAL
		      : cpu_sleep_until(&ref, deadline, &left);
	put_task_struct(ref.cpu);
	if (err != -EINTR)
		return err;
	if (urem && put_user(ns_to_timespec(left), urem))
		return -EFAULT;
	current->restart_fn = cpu_nanosleep_restart;
	current->restart_arg[0] = deadline;
	current->restart_arg[1] = (u64)urem;
	current->restart_arg[2] = (u64)(u32)clock;
	return -ERESTART_RESTARTBLOCK;
}

static long cpu_clock_nanosleep(clockid_t clock, u64 ns, bool absolute,
				struct timespec64 __user *urem)
{
	u64 now;
	int err = read_clock(clock, &now);
	long ret;

	if (err)
		return err;
	if (!absolute)
		return cpu_nanosleep(clock, ns < ~0ULL - now ? now + ns : ~0ULL,
				     urem);
	ret = cpu_nanosleep(clock, ns, NULL);
	return ret == -ERESTART_RESTARTBLOCK ? -ERESTARTNOHAND : ret;
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
	case CLOCK_REALTIME_ALARM:
	case CLOCK_BOOTTIME_ALARM:
		/* No device that would wake the machine. */
		return -EOPNOTSUPP;
	case CLOCK_THREAD_CPUTIME_ID:
		return -EINVAL;
	case CLOCK_PROCESS_CPUTIME_ID:
		return 0;
	default:
		if (!clock_exists(clock))
			return -EINVAL;
		return clock < 0 ? 0 : -EOPNOTSUPP;
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
	if (is_cpu_clock(clock))
		return cpu_clock_nanosleep(clock, ns, flags & TIMER_ABSTIME,
					   urem);
	if (!(flags & TIMER_ABSTIME))
		return sleep_relative(current, deadline_after(ns), urem);
	return sleep_until(clock, ns) ? -ERESTARTNOHAND : 0;
}

/* SPDX-License-Identifier: MIT */
/*
 * Interval timers: setitimer(2) and alarm(2), one real-time timer a process
 * that sends SIGALRM. The timers of CPU time (ITIMER_VIRTUAL, ITIMER_PROF)
 * are not there: EINVAL.
 *
 * itimer_mutex keeps two threads of a process from setting it at once. The
 * timer's function runs in interrupt context and only reads the interval.
 */
#include <ikos/mutex.h>
#include <ikos/sched.h>
#include <ikos/syscall.h>
#include <ikos/uaccess.h>

#define ITIMER_REAL 0

struct itimerval_k {
	struct timeval64 it_interval;
	struct timeval64 it_value;
};

static DEFINE_MUTEX(itimer_mutex);

/* SIGALRM, and the next one an interval after this one was due: a late
 * interrupt does not make the timer drift, missed ones do not pile up. */
static void it_real_fn(struct timer *timer)
{
	struct signal_struct *signal =
		container_of(timer, struct signal_struct, real_timer);
	u64 interval = signal->real_interval, now = ktime_get_ns();

	send_sig(SIGALRM, signal->leader);
	if (!interval)
		return;
	timer->expires += interval;
	if (timer->expires <= now)
		timer->expires +=
			(now - timer->expires) / interval * interval + interval;
	timer_start(timer, timer->expires);
}

static struct timeval64 ns_to_timeval(u64 ns)
{
	return (struct timeval64){ .tv_sec = (s64)(ns / NSEC_PER_SEC),
				   .tv_usec = (s64)(ns % NSEC_PER_SEC /
						    NSEC_PER_USEC) };
}

static bool timeval_valid(const struct timeval64 *tv)
{
	return tv->tv_sec >= 0 && tv->tv_usec >= 0 && tv->tv_usec < 1000000;
}

static u64 timeval_to_ns(const struct timeval64 *tv)
{
	struct timespec64 ts = { tv->tv_sec, tv->tv_usec * (s64)NSEC_PER_USEC };

	return timespec_to_ns(&ts);
}

/* Time to go in ns; a timer about to fire still has a microsecond. */
static u64 real_timer_left(const struct signal_struct *signal)
{
	u64 now = ktime_get_ns();

	if (!signal->real_timer.queued)
		return 0;
	if (signal->real_timer.expires <= now + NSEC_PER_USEC)
		return NSEC_PER_USEC;
	return signal->real_timer.expires - now;
}

/* Set the timer to @value ns from now (0: off), then every @interval ns; the
 * ns that were left and the interval before go to @old. */
static void set_real_timer(u64 value, u64 interval, u64 old[2])
{
	struct signal_struct *signal = current->signal;
	u64 now;

	mutex_lock(&itimer_mutex);
	old[0] = real_timer_left(signal);
	old[1] = signal->real_interval;
	timer_cancel(&signal->real_timer);
	signal->real_interval = value ? interval : 0;
	if (value) {
		now = ktime_get_ns();
		timer_setup(&signal->real_timer, it_real_fn);
		timer_start(&signal->real_timer,
			    value < ~0ULL - now ? now + value : ~0ULL);
	}
	mutex_unlock(&itimer_mutex);
}

/**
 * sys_getitimer() - read a timer
 *
 * Context: process context. Return: 0; -EINVAL: not ITIMER_REAL; -EFAULT.
 */
SYSCALL_DEFINE2(getitimer, int, which, struct itimerval_k __user *, uval)
{
	struct itimerval_k val;

	if (which != ITIMER_REAL)
		return -EINVAL;
	mutex_lock(&itimer_mutex);
	val.it_value = ns_to_timeval(real_timer_left(current->signal));
	val.it_interval = ns_to_timeval(current->signal->real_interval);
	mutex_unlock(&itimer_mutex);
	return put_user(val, uval);
}

/**
 * sys_setitimer() - set a timer; without a value it is switched off, as Linux
 * does
 *
 * Context: process context. Return: 0; -EINVAL: not ITIMER_REAL, or no time;
 * -EFAULT.
 */
SYSCALL_DEFINE3(setitimer, int, which, const struct itimerval_k __user *, uval,
		struct itimerval_k __user *, uold)
{
	struct itimerval_k val = { { 0, 0 }, { 0, 0 } };
	u64 old[2];

	if (uval && get_user(val, uval))
		return -EFAULT;
	if (!timeval_valid(&val.it_value) || !timeval_valid(&val.it_interval))
		return -EINVAL;
	if (which != ITIMER_REAL)
		return -EINVAL;
	set_real_timer(timeval_to_ns(&val.it_value),
		       timeval_to_ns(&val.it_interval), old);
	if (!uold)
		return 0;
	val.it_value = ns_to_timeval(old[0]);
	val.it_interval = ns_to_timeval(old[1]);
	return put_user(val, uold);
}

/**
 * sys_alarm() - SIGALRM in so many seconds; returns those left of the alarm
 * before
 *
 * Context: process context. Return: seconds that were left of the alarm
 * before, 0: none.
 */
SYSCALL_DEFINE1(alarm, unsigned int, seconds)
{
	u64 old[2], left;

	set_real_timer(seconds * NSEC_PER_SEC, 0, old);
	left = old[0] / NSEC_PER_SEC;
	/* Rounded to the nearest second, but never to "no alarm". */
	if ((!left && old[0]) || old[0] % NSEC_PER_SEC >= NSEC_PER_SEC / 2)
		left++;
	return (long)left;
}

/* SPDX-License-Identifier: MIT */
/*
 * Interval timers: setitimer(2) and alarm(2). A process has three: real time
 * (SIGALRM), time in user mode (SIGVTALRM), all its CPU time (SIGPROF). Those
 * of CPU time are made when they are first set.
 *
 * itimer_mutex keeps two threads of a process from setting them at once. The
 * real timer's function runs in interrupt context and only reads the interval.
 */
#include <ikos/clock_timer.h>
#include <ikos/kernel.h>
#include <ikos/mutex.h>
#include <ikos/posix_timer.h>
#include <ikos/sched.h>
#include <ikos/slab.h>
#include <ikos/syscall.h>
#include <ikos/uaccess.h>

#define ITIMER_REAL    0
#define ITIMER_VIRTUAL 1
#define ITIMER_PROF    2

struct cpu_itimers {
	struct clock_timer timers[2]; /* virtual, prof */
};

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

	/* An exec may be making another thread the leader. */
	spin_lock(&tasklist_lock);
	send_sig(SIGALRM, signal->leader);
	spin_unlock(&tasklist_lock);
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

/* --- CPU time -------------------------------------------------------------- */

static void cpu_itimer_fire(struct clock_timer *ct, int sig)
{
	send_sig(sig, ct->clock.cpu->signal->leader);
	if (!ct->interval)
		return;
	clock_timer_forward(ct);
	clock_timer_again(ct);
}

static void virtual_fire(struct clock_timer *ct)
{
	cpu_itimer_fire(ct, SIGVTALRM);
}

static void prof_fire(struct clock_timer *ct)
{
	cpu_itimer_fire(ct, SIGPROF);
}

static struct cpu_itimers *alloc_cpu_itimers(struct task_struct *leader)
{
	struct clock_ref ref = { .cpu = leader, .kind = CPUCLOCK_VIRT };
	struct cpu_itimers *it = kzalloc(sizeof(*it), GFP_KERNEL);

	if (!it)
		return NULL;
	get_task_struct(leader);
	clock_timer_init(&it->timers[0], &ref, virtual_fire);
	get_task_struct(leader);
	ref.kind = CPUCLOCK_PROF;
	clock_timer_init(&it->timers[1], &ref, prof_fire);
	return it;
}

/* ns to go and the interval; itimer_mutex held. */
static void read_cpu_itimer(int which, u64 old[2])
{
	struct cpu_itimers *it = current->signal->cpu_itimers;
	struct clock_timer *ct;

	old[0] = old[1] = 0;
	if (!it)
		return;
	ct = &it->timers[which - ITIMER_VIRTUAL];
	clock_timer_lock(ct);
	old[1] = ct->interval;
	if (READ_ONCE(ct->armed)) {
		old[0] = clock_timer_remaining(ct);
		/* It goes off with the next tick. */
		if (!old[0])
			old[0] = TICK_NSEC;
	}
	clock_timer_unlock(ct);
}

static int set_cpu_itimer(int which, u64 value, u64 interval, u64 old[2])
{
	struct signal_struct *sig = current->signal;
	struct clock_timer *ct;
	int err = 0;

	mutex_lock(&itimer_mutex);
	read_cpu_itimer(which, old);
	if (!sig->cpu_itimers && value)
		sig->cpu_itimers = alloc_cpu_itimers(sig->leader);
	if (sig->cpu_itimers) {
		ct = &sig->cpu_itimers->timers[which - ITIMER_VIRTUAL];
		clock_timer_lock(ct);
		clock_timer_stop(ct);
		ct->interval = value ? interval : 0;
		if (value)
			clock_timer_start(ct, value, false);
		clock_timer_unlock(ct);
	} else if (value) {
		err = -ENOMEM;
	}
	mutex_unlock(&itimer_mutex);
	return err;
}

/**
 * exit_itimers - no more signals from timers
 * @sig: current's; no other thread is left
 *
 * Context: may sleep.
 */
void exit_itimers(struct signal_struct *sig)
{
	struct cpu_itimers *it = sig->cpu_itimers;

	timer_cancel(&sig->real_timer);
	if (!it)
		return;
	sig->cpu_itimers = NULL;
	clock_timer_destroy(&it->timers[0]);
	clock_timer_destroy(&it->timers[1]);
	kfree(it);
}

/* --- the calls ------------------------------------------------------------- */

/**
 * sys_getitimer() - read a timer
 *
 * Context: process context. Return: 0; -EINVAL: no such timer; -EFAULT.
 */
SYSCALL_DEFINE2(getitimer, int, which, struct itimerval_k __user *, uval)
{
	struct itimerval_k val;
	u64 now[2];

	if (which < ITIMER_REAL || which > ITIMER_PROF)
		return -EINVAL;
	mutex_lock(&itimer_mutex);
	if (which == ITIMER_REAL) {
		now[0] = real_timer_left(current->signal);
		now[1] = current->signal->real_interval;
	} else {
		read_cpu_itimer(which, now);
	}
	mutex_unlock(&itimer_mutex);
	val.it_value = ns_to_timeval(now[0]);
	val.it_interval = ns_to_timeval(now[1]);
	return put_user(val, uval);
}

/**
 * sys_setitimer() - set a timer; without a value it is switched off, as Linux
 * does
 *
 * Context: process context. Return: 0; -EINVAL: no such timer, or no time;
 * -ENOMEM: for one of CPU time; -EFAULT.
 */
SYSCALL_DEFINE3(setitimer, int, which, const struct itimerval_k __user *, uval,
		struct itimerval_k __user *, uold)
{
	struct itimerval_k val = { { 0, 0 }, { 0, 0 } };
	u64 old[2], value, interval;
	int err = 0;

	if (uval && get_user(val, uval))
		return -EFAULT;
	if (!timeval_valid(&val.it_value) || !timeval_valid(&val.it_interval))
		return -EINVAL;
	if (which < ITIMER_REAL || which > ITIMER_PROF)
		return -EINVAL;
	value = timeval_to_ns(&val.it_value);
	interval = timeval_to_ns(&val.it_interval);
	if (which == ITIMER_REAL)
		set_real_timer(value, interval, old);
	else
		err = set_cpu_itimer(which, value, interval, old);
	if (err || !uold)
		return err;
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

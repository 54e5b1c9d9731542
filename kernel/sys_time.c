/* SPDX-License-Identifier: MIT */
/*
 * Reading and setting clocks: clock_gettime(2), gettimeofday(2), time(2),
 * times(2). Leap seconds are unknown here, so CLOCK_TAI is CLOCK_REALTIME;
 * the machine never sleeps, so CLOCK_BOOTTIME is CLOCK_MONOTONIC; nobody
 * slews the clock, so CLOCK_MONOTONIC_RAW is too.
 *
 * A negative clock id names the CPU clock of a process or thread, see
 * clock_getcpuclockid(3):
 *
 *	~pid << 3 | thread << 2 | kind	(kind 0 profiling, 1 user, 2 both)
 */
#include <ikos/sched.h>
#include <ikos/syscall.h>
#include <ikos/uaccess.h>

#include "sys_time.h"

#define CPUCLOCK_THREAD 4
#define CPUCLOCK_KINDS	3

static u64 task_cpu_ns(const struct clock_ref *ref)
{
	u64 utime, stime;

	/* Brings current's own times up to date, too. */
	task_cputime(ref->cpu, &utime, &stime);
	if (ref->thread) {
		utime = ref->cpu->utime;
		stime = ref->cpu->stime;
	}
	return ref->kind == CPUCLOCK_VIRT ? utime : utime + stime;
}

static struct task_struct *find_clock_task(pid_t pid, bool thread)
{
	struct task_struct *t;

	t = find_get_task(pid ? pid : thread ? current->pid : current->tgid);
	if (!t || (thread ? t->tgid == current->tgid : t->pid == t->tgid))
		return t;
	put_task_struct(t);
	return NULL;
}

/**
 * cpu_clock_ref - which CPU time a clock shows
 * @clock: CLOCK_PROCESS_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID, or a negative one
 * @ref: filled, with a reference to the task
 *
 * Context: process context. Return: 0; -EINVAL: there is no such clock.
 */
int cpu_clock_ref(clockid_t clock, struct clock_ref *ref)
{
	pid_t pid = 0;

	*ref = (struct clock_ref){ .kind = CPUCLOCK_SCHED };
	if (clock < 0) {
		pid = ~(clock >> 3);
		ref->thread = clock & CPUCLOCK_THREAD;
		ref->kind = clock & 3;
	} else {
		ref->thread = clock == CLOCK_THREAD_CPUTIME_ID;
	}
	if (ref->kind >= CPUCLOCK_KINDS)
		return -EINVAL;
	ref->cpu = find_clock_task(pid, ref->thread);
	return ref->cpu ? 0 : -EINVAL;
}

static int read_cpu_clock(clockid_t clock, u64 *ns)
{
	struct clock_ref ref;
	int err = cpu_clock_ref(clock, &ref);

	if (err)
		return err;
	*ns = task_cpu_ns(&ref);
	put_task_struct(ref.cpu);
	return 0;
}

/**
 * read_clock - what a clock shows
 * @clock: its id
 * @ns: gets it
 *
 * Context: process context. Return: 0; -EINVAL: there is no such clock.
 */
int read_clock(clockid_t clock, u64 *ns)
{
	switch (clock) {
	case CLOCK_REALTIME:
	case CLOCK_REALTIME_COARSE:
	case CLOCK_REALTIME_ALARM:
	case CLOCK_TAI:
		*ns = ktime_get_real_ns();
		return 0;
	case CLOCK_MONOTONIC:
	case CLOCK_MONOTONIC_RAW:
	case CLOCK_MONOTONIC_COARSE:
	case CLOCK_BOOTTIME:
	case CLOCK_BOOTTIME_ALARM:
		*ns = ktime_get_ns();
		return 0;
	case CLOCK_PROCESS_CPUTIME_ID:
	case CLOCK_THREAD_CPUTIME_ID:
		return read_cpu_clock(clock, ns);
	default:
		return clock < 0 ? read_cpu_clock(clock, ns) : -EINVAL;
	}
}

/**
 * clock_exists() - whether a clock can be read
 * @clock: its id
 *
 * Context: process context.
 * Return: true when clock_gettime(2) succeeds.
 */
bool clock_exists(clockid_t clock)
{
	u64 ns;

	return read_clock(clock, &ns) == 0;
}

/**
 * sys_clock_gettime() - read a clock
 *
 * Context: process context. Return: 0; -EINVAL: there is no such clock;
 * -EFAULT.
 */
SYSCALL_DEFINE2(clock_gettime, clockid_t, clock, struct timespec64 __user *,
		uts)
{
	u64 ns;
	int ret = read_clock(clock, &ns);

	return ret ? ret : put_user(ns_to_timespec(ns), uts);
}

/**
 * sys_clock_getres() - the step in which a clock goes
 *
 * Context: process context. Return: 0; -EINVAL: there is no such clock;
 * -EFAULT.
 */
SYSCALL_DEFINE2(clock_getres, clockid_t, clock, struct timespec64 __user *, uts)
{
	struct timespec64 res = { .tv_nsec = 1 };

	if (!clock_exists(clock))
		return -EINVAL;
	if (clock == CLOCK_REALTIME_COARSE || clock == CLOCK_MONOTONIC_COARSE)
		res.tv_nsec = TICK_NSEC;
	return uts ? put_user(res, uts) : 0;
}

/**
 * sys_clock_settime() - step the wall clock, the only one that can be
 *
 * Context: process context. Return: 0; -EINVAL: not CLOCK_REALTIME, or no
 * time; -EPERM; -EFAULT.
 */
SYSCALL_DEFINE2(clock_settime, clockid_t, clock,
		const struct timespec64 __user *, uts)
{
	struct timespec64 ts;

	if (clock != CLOCK_REALTIME)
		return -EINVAL;
	if (get_user(ts, uts))
		return -EFAULT;
	if (!timespec_valid(&ts))
		return -EINVAL;
	if (!capable(CAP_SYS_TIME))
		return -EPERM;
	ktime_set_real_ns(timespec_to_ns(&ts));
	clock_was_set();
	return 0;
}

struct timezone_k {
	s32 tz_minuteswest;
	s32 tz_dsttime;
};

/**
 * sys_gettimeofday() - the wall clock in microseconds; the kernel's clock is
 * in UTC
 *
 * Context: process context. Return: 0 or -EFAULT.
 */
SYSCALL_DEFINE2(gettimeofday, struct timeval64 __user *, utv,
		struct timezone_k __user *, utz)
{
	struct timezone_k tz = { 0, 0 };
	u64 ns = ktime_get_real_ns();
	struct timeval64 tv = { .tv_sec = (s64)(ns / NSEC_PER_SEC),
				.tv_usec = (s64)(ns % NSEC_PER_SEC /
						 NSEC_PER_USEC) };

	if (utv && put_user(tv, utv))
		return -EFAULT;
	return utz ? put_user(tz, utz) : 0;
}

/**
 * sys_time() - the wall clock in seconds
 *
 * Context: process context. Return: seconds since 1970, or -EFAULT.
 */
SYSCALL_DEFINE1(time, s64 __user *, utloc)
{
	s64 now = (s64)(ktime_get_real_ns() / NSEC_PER_SEC);

	if (utloc && put_user(now, utloc))
		return -EFAULT;
	return now;
}

struct tms_k {
	s64 tms_utime, tms_stime, tms_cutime, tms_cstime;
};

/**
 * sys_times() - CPU time of the process and its children, in 1/USER_HZ s;
 * returns the time since boot in the same unit
 *
 * Context: process context. Return: 1/USER_HZ s since boot, or -EFAULT.
 */
SYSCALL_DEFINE1(times, struct tms_k __user *, ubuf)
{
	const u64 tick = NSEC_PER_SEC / USER_HZ;
	u64 utime, stime;

	if (ubuf) {
		struct tms_k tms;

		task_cputime(current, &utime, &stime);
		tms.tms_utime = (s64)(utime / tick);
		tms.tms_stime = (s64)(stime / tick);
		tms.tms_cutime = (s64)(current->signal->cutime / tick);
		tms.tms_cstime = (s64)(current->signal->cstime / tick);
		if (copy_to_user(ubuf, &tms, sizeof(tms)))
			return -EFAULT;
	}
	return (long)(ktime_get_ns() / tick);
}

/* SPDX-License-Identifier: MIT */
/* Clocks, timers, sleeping. */
#include "t.h"
#include <stdint.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/times.h>
#include <time.h>

static volatile sig_atomic_t alarms;

static void on_alarm(int sig)
{
	(void)sig;
	alarms++;
}

static int64_t now_ns(clockid_t clock)
{
	struct timespec ts;

	if (syscall(SYS_clock_gettime, clock, &ts))
		return -1;
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

static void reading(void)
{
	struct timespec ts;
	struct timeval tv;
	int64_t last = 0;
	int bad = 0;

	for (int i = 0; i < 1000; i++) {
		int64_t t = now_ns(CLOCK_MONOTONIC);

		bad += t < last;
		last = t;
	}
	T(!bad, "CLOCK_MONOTONIC never goes back");
	for (clockid_t c = 0; c < 20; c++)
		T(1, "clock %d %s", c,
		  c == 8 || c == 9 || c == 10 ? "is not compared"
		  : now_ns(c) >= 0	      ? "exists"
					      : "does not exist");
	is(syscall(SYS_clock_gettime, CLOCK_MONOTONIC, 1), -1, EFAULT,
	   "a time to nowhere");
	is(clock_getres(CLOCK_MONOTONIC, &ts), 0, 0, "resolution");
	T(ts.tv_sec == 0 && ts.tv_nsec == 1, "of a nanosecond");
	is(clock_getres(99, &ts), -1, EINVAL, "of an unknown clock");
	T(syscall(SYS_gettimeofday, &tv, NULL) == 0 && tv.tv_usec < 1000000 &&
		  llabs(tv.tv_sec * 1000000000LL - now_ns(CLOCK_REALTIME)) <
			  2000000000LL,
	  "gettimeofday agrees with CLOCK_REALTIME");
	T(llabs((long long)syscall(SYS_time, NULL) - tv.tv_sec) < 2,
	  "so does time");
	T(tv.tv_sec > 1500000000, "and the year is after 2017");
	is(clock_settime(CLOCK_MONOTONIC, &ts), -1, EINVAL,
	   "CLOCK_MONOTONIC cannot be set");
}

static void cpu_time(void)
{
	volatile unsigned long n = 0;
	int64_t begin = now_ns(CLOCK_PROCESS_CPUTIME_ID);
	int64_t thread = now_ns(CLOCK_THREAD_CPUTIME_ID), asleep;
	int64_t cpu = INT64_MAX;
	struct tms tms;
	clockid_t clock;

	while (now_ns(CLOCK_PROCESS_CPUTIME_ID) - begin < 20000000)
		n++;
	T(now_ns(CLOCK_THREAD_CPUTIME_ID) - thread >= 10000000,
	  "the clock of CPU time goes while we work");
	/* A machine that is itself kept waiting may see it go: not always. */
	for (int i = 0; i < 50 && cpu > 50000000; i++) {
		asleep = now_ns(CLOCK_PROCESS_CPUTIME_ID);
		usleep(100000);
		cpu = now_ns(CLOCK_PROCESS_CPUTIME_ID) - asleep;
	}
	T(cpu <= 50000000, "but not while we sleep");
	T(times(&tms) != -1 && tms.tms_utime + tms.tms_stime >= 1 &&
		  tms.tms_cutime == 0,
	  "times");
	T(clock_getcpuclockid(getpid(), &clock) == 0 && now_ns(clock) > 0,
	  "the CPU clock of a process");
	T(clock_getcpuclockid(0x7ffffff, &clock) != 0, "which is not");
}

static void sleeping(void)
{
	struct timespec ts = { 0, 50000000 }, bad = { 0, 1000000000 },
			minus = { -1, 0 };
	int64_t begin = now_ns(CLOCK_MONOTONIC), t;

	is(nanosleep(&ts, NULL), 0, 0, "nanosleep");
	T(now_ns(CLOCK_MONOTONIC) - begin >= 50000000, "is never short");
	is(nanosleep(&bad, NULL), -1, EINVAL, "10^9 ns are a second");
	is(nanosleep(&minus, NULL), -1, EINVAL, "nobody sleeps backwards");
	is(syscall(SYS_nanosleep, 1, 0), -1, EFAULT, "a time from nowhere");
	t = now_ns(CLOCK_MONOTONIC) + 50000000;
	ts = (struct timespec){ t / 1000000000, t % 1000000000 };
	is(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL), 0, 0,
	   "sleep until");
	T(now_ns(CLOCK_MONOTONIC) >= t, "that time has come");
	is(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL), 0, 0,
	   "a time that is over");
	ts = (struct timespec){ 0, 1000 };
	is(clock_nanosleep(CLOCK_REALTIME, 0, &ts, NULL), 0, 0,
	   "on the wall clock");
	is(clock_nanosleep(CLOCK_THREAD_CPUTIME_ID, 0, &ts, NULL), EINVAL, 0,
	   "a thread cannot sleep by its own CPU time");
	is(clock_nanosleep(99, 0, &ts, NULL), EINVAL, 0, "an unknown clock");
	is(clock_nanosleep(CLOCK_MONOTONIC_RAW, 0, &ts, NULL), EOPNOTSUPP, 0,
	   "a clock that is only read");
}

static void interval_timers(void)
{
	struct itimerval it = { { 0, 20000 }, { 0, 20000 } }, old,
			 off = { { 0, 0 }, { 0, 0 } },
			 bad = { { 0, 0 }, { 0, 1000000 } };
	struct sigaction sa = { .sa_handler = on_alarm };

	sigaction(SIGALRM, &sa, NULL);
	is(setitimer(ITIMER_REAL, &it, NULL), 0, 0, "setitimer");
	while (alarms < 3)
		pause();
	T(!getitimer(ITIMER_REAL, &old) && old.it_interval.tv_usec == 20000 &&
		  old.it_value.tv_usec <= 20000 && !old.it_value.tv_sec,
	  "fires again and again");
	T(!setitimer(ITIMER_REAL, &off, &old) &&
		  old.it_interval.tv_usec == 20000,
	  "switched off it tells what it was");
	T(!getitimer(ITIMER_REAL, &old) && !old.it_value.tv_usec &&
		  !old.it_interval.tv_usec,
	  "and is zero");
	is(setitimer(ITIMER_REAL, &bad, NULL), -1, EINVAL,
	   "10^6 us are a second");
	is(setitimer(99, &it, NULL), -1, EINVAL, "an unknown timer");
	is(getitimer(99, &it), -1, EINVAL, "to read, too");
	is(alarm(100), 0, 0, "alarm: there was none");
	is(alarm(50), 100, 0, "alarm: there was one");
	T(in_child(_exit((int)alarm(0))) == 0, "a child has none");
	is(alarm(0), 50, 0, "alarm: off");
}

int main(void)
{
	reading();
	cpu_time();
	sleeping();
	interval_timers();
	return done();
}

/* SPDX-License-Identifier: MIT */
/* timer_create and its relatives; setitimer's timers of CPU time; sleeping on
 * a clock of CPU time. */
#include "t.h"
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>

#define MS 1000000L

struct kevent {
	union sigval value;
	int signo, notify, tid, pad[11];
};

static volatile int got, code, value, overrun;

static void handler(int sig, siginfo_t *info, void *context)
{
	(void)context;
	got = sig;
	code = info->si_code;
	value = info->si_value.sival_int;
	overrun = info->si_overrun;
}

static int create(int clock, int notify, int sig, int val, int *id)
{
	struct kevent ev = {
		{ .sival_int = val }, sig, notify, gettid(), { 0 }
	};

	return (int)syscall(SYS_timer_create, clock, &ev, id);
}

static int set(int id, int flags, long ms, long interval)
{
	struct itimerspec it = { { 0, interval * MS }, { 0, ms * MS } };

	return (int)syscall(SYS_timer_settime, id, flags, &it, NULL);
}

static void sleep_ms(long ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * MS };

	while (nanosleep(&ts, &ts))
		;
}

static void wait_ms(int ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * MS };

	if (!got)
		nanosleep(&ts, NULL);
}

static void errors(void)
{
	struct itimerspec it = { { 0, 0 }, { 0, 1000 * MS } }, ok = { 0 };
	struct kevent ev = { { 0 }, SIGUSR1, SIGEV_SIGNAL, 0, { 0 } };
	int id, fd = getpid();

	is(syscall(SYS_timer_create, 99, &ev, &id), -1, EINVAL, "no clock");
	is(syscall(SYS_timer_create, CLOCK_MONOTONIC_RAW, &ev, &id), -1,
	   EOPNOTSUPP, "a clock without timers");
	is(syscall(SYS_timer_create, CLOCK_MONOTONIC, (void *)8, &id), -1,
	   EFAULT, "an event from nowhere");
	is(syscall(SYS_timer_create, CLOCK_MONOTONIC, &ev, (void *)8), -1,
	   EFAULT, "a number to nowhere");
	ev.signo = 65;
	is(syscall(SYS_timer_create, CLOCK_MONOTONIC, &ev, &id), -1, EINVAL,
	   "no signal");
	ev.signo = 0;
	is(syscall(SYS_timer_create, CLOCK_MONOTONIC, &ev, &id), -1, EINVAL,
	   "signal 0");
	ev.signo = SIGUSR1;
	ev.notify = 9;
	is(syscall(SYS_timer_create, CLOCK_MONOTONIC, &ev, &id), -1, EINVAL,
	   "no such way");
	ev.notify = SIGEV_THREAD_ID;
	ev.tid = 1;
	is(syscall(SYS_timer_create, CLOCK_MONOTONIC, &ev, &id), -1, EINVAL,
	   "somebody else's thread");
	is(syscall(SYS_timer_settime, 12345, 0, &ok, NULL), -1, EINVAL,
	   "set: no such timer");
	is(syscall(SYS_timer_gettime, 12345, &ok), -1, EINVAL,
	   "get: no such timer");
	is(syscall(SYS_timer_getoverrun, 12345), -1, EINVAL,
	   "getoverrun: no such timer");
	is(syscall(SYS_timer_delete, 12345), -1, EINVAL,
	   "delete: no such timer");
	is(syscall(SYS_timer_create, CLOCK_MONOTONIC, NULL, &id), 0, 0,
	   "without an event");
	is(syscall(SYS_timer_settime, id, 0, &it, NULL), -1, EINVAL,
	   "set: too many nanoseconds");
	is(syscall(SYS_timer_settime, id, 0, NULL, NULL), -1, EINVAL,
	   "set: no setting");
	is(syscall(SYS_timer_settime, id, 0, (void *)8, NULL), -1, EFAULT,
	   "set: from nowhere");
	is(syscall(SYS_timer_settime, id, 0, &ok, (void *)8), -1, EFAULT,
	   "set: to nowhere");
	is(syscall(SYS_timer_gettime, id, (void *)8), -1, EFAULT,
	   "get: to nowhere");
	is(syscall(SYS_timer_delete, id), 0, 0, "delete");
	is(syscall(SYS_timer_delete, id), -1, EINVAL, "delete: twice");
	T(WEXITSTATUS(in_child({
		  struct rlimit none = { 0, 0 };

		  setuid(12345);
		  setrlimit(RLIMIT_SIGPENDING, &none);
		  _exit(create(CLOCK_MONOTONIC, SIGEV_SIGNAL, SIGUSR1, 0,
			       &fd) == -1 &&
			errno == EAGAIN);
	  })) == 1,
	  "EAGAIN: RLIMIT_SIGPENDING");
}

static void going_off(int clock, const char *name)
{
	struct itimerspec it;
	struct timespec now;
	int id = -1;

	is(create(clock, SIGEV_SIGNAL, SIGRTMIN, 77, &id), 0, 0, "%s: create",
	   name);
	syscall(SYS_timer_gettime, id, &it);
	T(!it.it_value.tv_sec && !it.it_value.tv_nsec, "%s: it is off", name);
	got = 0;
	is(set(id, 0, 100, 0), 0, 0, "%s: set", name);
	syscall(SYS_timer_gettime, id, &it);
	T(it.it_value.tv_nsec > 0 && it.it_value.tv_nsec <= 100 * MS,
	  "%s: what is left", name);
	wait_ms(2000);
	T(got == SIGRTMIN && code == SI_TIMER && value == 77 && !overrun,
	  "%s: its signal", name);
	syscall(SYS_timer_gettime, id, &it);
	T(!it.it_value.tv_sec && !it.it_value.tv_nsec, "%s: off again", name);
	got = 0;
	clock_gettime(clock, &now);
	it = (struct itimerspec){ { 0, 0 }, now };
	is(syscall(SYS_timer_settime, id, TIMER_ABSTIME, &it, NULL), 0, 0,
	   "%s: a time that has passed", name);
	wait_ms(1000);
	is(got, SIGRTMIN, 0, "%s: goes off at once", name);
	syscall(SYS_timer_delete, id);
}

static void periodic(void)
{
	struct itimerspec it, off = { 0 };
	sigset_t block;
	int id = -1, n = 0;

	create(CLOCK_MONOTONIC, SIGEV_SIGNAL, SIGRTMIN, 5, &id);
	set(id, 0, 10, 10);
	for (int i = 0; i < 3; i++) {
		got = 0;
		wait_ms(1000);
		n += got == SIGRTMIN;
	}
	is(n, 3, 0, "again and again");
	sigemptyset(&block);
	sigaddset(&block, SIGRTMIN);
	sigprocmask(SIG_BLOCK, &block, NULL);
	set(id, 0, 10, 10);
	sleep_ms(75);
	syscall(SYS_timer_gettime, id, &it);
	T(it.it_value.tv_nsec > 0 && it.it_value.tv_nsec <= 10 * MS &&
		  it.it_interval.tv_nsec == 10 * MS,
	  "blocked: it goes on unseen");
	got = 0;
	sigprocmask(SIG_UNBLOCK, &block, NULL);
	T(got == SIGRTMIN && overrun >= 5 && overrun < 1000,
	  "one signal, and the overrun");
	T(syscall(SYS_timer_getoverrun, id) == overrun, "getoverrun says so");
	sigprocmask(SIG_BLOCK, &block, NULL);
	set(id, 0, 1, 1);
	sleep_ms(10);
	syscall(SYS_timer_settime, id, 0, &off, &it);
	T(it.it_interval.tv_nsec == MS, "what was set");
	syscall(SYS_timer_delete, id);
	signal(SIGRTMIN, SIG_IGN);
	sigprocmask(SIG_UNBLOCK, &block, NULL);
	create(CLOCK_MONOTONIC, SIGEV_SIGNAL, SIGRTMIN, 5, &id);
	set(id, 0, 10, 10);
	sleep_ms(50);
	syscall(SYS_timer_gettime, id, &it);
	T(it.it_value.tv_nsec > 0 && it.it_interval.tv_nsec == 10 * MS,
	  "an ignored signal does not stop it");
	syscall(SYS_timer_delete, id);
}

static void ways(void)
{
	struct itimerspec it;
	int id = -1;

	got = 0;
	is(create(CLOCK_MONOTONIC, SIGEV_THREAD_ID, SIGUSR1, 8, &id), 0, 0,
	   "to a thread");
	set(id, 0, 10, 0);
	wait_ms(1000);
	T(got == SIGUSR1 && value == 8, "which gets it");
	syscall(SYS_timer_delete, id);
	got = 0;
	is(create(CLOCK_MONOTONIC, SIGEV_NONE, 0, 8, &id), 0, 0, "no signal");
	set(id, 0, 20, 20);
	sleep_ms(30);
	syscall(SYS_timer_gettime, id, &it);
	T(!got && it.it_value.tv_nsec > 0 && it.it_value.tv_nsec <= 20 * MS,
	  "only to be read");
	set(id, 0, 5, 0);
	sleep_ms(10);
	syscall(SYS_timer_gettime, id, &it);
	T(!it.it_value.tv_nsec, "until it is over");
	syscall(SYS_timer_delete, id);
	create(CLOCK_MONOTONIC, SIGEV_SIGNAL, SIGUSR1, 8, &id);
	set(id, 0, 30, 0);
	T(WEXITSTATUS(in_child({
		  _exit(syscall(SYS_timer_gettime, id, &it) == -1 &&
			errno == EINVAL);
	  })) == 1,
	  "a child has none of them");
	syscall(SYS_timer_delete, id);
}

static void burn_until_signal(void)
{
	struct timespec a, b;

	clock_gettime(CLOCK_MONOTONIC, &a);
	do
		clock_gettime(CLOCK_MONOTONIC, &b);
	while (!got && b.tv_sec - a.tv_sec < 60);
}

static void burn_in_user_mode(void)
{
	for (volatile long i = 0; !got && i < 3000000000L; i++)
		;
}

static void cpu_time(void)
{
	struct itimerval it = { { 0, 0 }, { 0, 20000 } }, cur, off = { 0 };
	struct timespec ts = { 0, 20 * MS };
	int id = -1;
	pid_t pid;
	clockid_t clock;

	got = 0;
	is(create(CLOCK_PROCESS_CPUTIME_ID, SIGEV_SIGNAL, SIGUSR1, 3, &id), 0,
	   0, "a timer of the process's CPU time");
	set(id, 0, 20, 0);
	burn_until_signal();
	T(got == SIGUSR1 && code == SI_TIMER && value == 3, "goes off");
	syscall(SYS_timer_delete, id);
	got = 0;
	is(create(CLOCK_THREAD_CPUTIME_ID, SIGEV_SIGNAL, SIGUSR1, 4, &id), 0, 0,
	   "of the thread's");
	set(id, 0, 20, 0);
	burn_until_signal();
	T(got == SIGUSR1 && value == 4, "goes off");
	syscall(SYS_timer_delete, id);
	got = 0;
	is(setitimer(ITIMER_PROF, &it, NULL), 0, 0, "ITIMER_PROF");
	T(!getitimer(ITIMER_PROF, &cur) && cur.it_value.tv_usec > 0 &&
		  cur.it_value.tv_usec <= 30000,
	  "what is left");
	burn_until_signal();
	is(got, SIGPROF, 0, "SIGPROF");
	T(!getitimer(ITIMER_PROF, &cur) && !cur.it_value.tv_usec, "it is off");
	got = 0;
	it.it_interval.tv_usec = 20000;
	is(setitimer(ITIMER_VIRTUAL, &it, NULL), 0, 0, "ITIMER_VIRTUAL");
	burn_in_user_mode();
	is(got, SIGVTALRM, 0, "SIGVTALRM");
	got = 0;
	burn_in_user_mode();
	is(got, SIGVTALRM, 0, "again");
	T(!setitimer(ITIMER_VIRTUAL, &off, &cur) &&
		  cur.it_interval.tv_usec == 20000,
	  "off: what was set");
	is(setitimer(3, &it, NULL), -1, EINVAL, "there is no fourth");
	is(getitimer(-1, &it), -1, EINVAL, "nor one before");
	pid = fork();
	if (!pid)
		for (;;)
			getppid();
	clock_getcpuclockid(pid, &clock);
	is(clock_nanosleep(clock, 0, &ts, NULL), 0, 0,
	   "sleep while a child works");
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	is(clock_nanosleep(clock, 0, &ts, NULL), EINVAL, 0,
	   "not when it has gone");
	is(clock_nanosleep(CLOCK_THREAD_CPUTIME_ID, 0, &ts, NULL), EINVAL, 0,
	   "nor on one's own");
}

int main(void)
{
	static const int signals[] = { SIGUSR1, SIGALRM, SIGPROF, SIGVTALRM };
	struct sigaction sa = { .sa_sigaction = handler,
				.sa_flags = SA_SIGINFO };

	for (int i = 0; i < 4; i++)
		sigaction(signals[i], &sa, NULL);
	sigaction(SIGRTMIN, &sa, NULL);
	errors();
	going_off(CLOCK_MONOTONIC, "monotonic");
	going_off(CLOCK_REALTIME, "realtime");
	going_off(CLOCK_BOOTTIME, "boottime");
	going_off(CLOCK_TAI, "tai");
	periodic();
	ways();
	cpu_time();
	return done();
}

/* SPDX-License-Identifier: MIT */
/* timerfd: going off, counting, reading the setting, clocks, errors. */
#include "t.h"
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <time.h>

#define MS 1000000L

static struct itimerspec spec(long value, long interval)
{
	return (struct itimerspec){ { interval / 1000, interval % 1000 * MS },
				    { value / 1000, value % 1000 * MS } };
}

static int set(int fd, int flags, long value, long interval)
{
	struct itimerspec it = spec(value, interval);

	return timerfd_settime(fd, flags, &it, NULL);
}

static int ready(int fd, int ms)
{
	struct pollfd pf = { fd, POLLIN | POLLOUT, 0 };

	return poll(&pf, 1, ms) == 1 ? pf.revents : 0;
}

static void sleep_ms(long ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * MS };

	nanosleep(&ts, NULL);
}

static void errors(void)
{
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK), p[2];
	struct itimerspec it = spec(0, 0), bad = spec(1, 1);
	struct rlimit old, low = { 3, 0 };
	uint64_t v;

	pipe(p);
	is(timerfd_create(99, 0), -1, EINVAL, "no such clock");
	is(timerfd_create(CLOCK_PROCESS_CPUTIME_ID, 0), -1, EINVAL,
	   "a clock of CPU time");
	is(timerfd_create(CLOCK_MONOTONIC, 5), -1, EINVAL, "unknown flags");
	is(timerfd_settime(99, 0, &it, NULL), -1, EBADF, "set: no descriptor");
	is(timerfd_settime(p[0], 0, &it, NULL), -1, EINVAL, "set: a pipe");
	is(timerfd_settime(fd, 4, &it, NULL), -1, EINVAL, "set: unknown flags");
	is(timerfd_settime(fd, 0, (void *)8, NULL), -1, EFAULT,
	   "set: from nowhere");
	is(timerfd_settime(fd, 0, &it, (void *)8), -1, EFAULT,
	   "set: to nowhere");
	bad.it_value.tv_nsec = 1000 * MS;
	is(timerfd_settime(fd, 0, &bad, NULL), -1, EINVAL,
	   "set: too many nanoseconds");
	bad = spec(1, 1);
	bad.it_interval.tv_sec = -1;
	is(timerfd_settime(fd, 0, &bad, NULL), -1, EINVAL,
	   "set: a negative interval");
	is(timerfd_gettime(99, &it), -1, EBADF, "get: no descriptor");
	is(timerfd_gettime(p[0], &it), -1, EINVAL, "get: a pipe");
	is(timerfd_gettime(fd, (void *)8), -1, EFAULT, "get: to nowhere");
	is(read(fd, &v, 4), -1, EINVAL, "a read of four bytes");
	is(read(fd, &v, 8), -1, EAGAIN, "a read of what is off");
	is(write(fd, &v, 8), -1, EINVAL, "it cannot be written");
	set(fd, 0, 1, 0);
	ready(fd, 1000);
	is(read(fd, (void *)8, 8), -1, EFAULT, "a read to nowhere");
	getrlimit(RLIMIT_NOFILE, &old);
	low.rlim_max = old.rlim_max;
	setrlimit(RLIMIT_NOFILE, &low);
	is(timerfd_create(CLOCK_MONOTONIC, 0), -1, EMFILE,
	   "no descriptor left");
	setrlimit(RLIMIT_NOFILE, &old);
	T(WIFEXITED(in_child({
		  setuid(1000);
		  _exit(timerfd_create(CLOCK_BOOTTIME_ALARM, 0) == -1 &&
			errno == EPERM);
	  })),
	  "EPERM: an alarm without the right");
	close(p[0]);
	close(p[1]);
	close(fd);
}

static void going_off(int clock, const char *name)
{
	int fd = timerfd_create(clock, TFD_NONBLOCK);
	struct timespec now;
	struct itimerspec it, old;
	uint64_t v = 0;

	is(set(fd, 0, 100, 0), 0, 0, "%s: set", name);
	T(!timerfd_gettime(fd, &it) && it.it_value.tv_nsec > 0 &&
		  it.it_value.tv_nsec <= 100 * MS && !it.it_interval.tv_nsec,
	  "%s: what is left", name);
	is(ready(fd, 0), 0, 0, "%s: not yet", name);
	is(ready(fd, 2000), POLLIN, 0, "%s: then it goes off", name);
	T(!timerfd_gettime(fd, &it) && !it.it_value.tv_nsec, "%s: and is off",
	  name);
	T(read(fd, &v, 8) == 8 && v == 1, "%s: once", name);
	is(read(fd, &v, 8), -1, EAGAIN, "%s: no more", name);
	clock_gettime(clock == CLOCK_REALTIME ? CLOCK_REALTIME
					      : CLOCK_MONOTONIC,
		      &now);
	it = (struct itimerspec){ { 0, 10 * MS }, now };
	is(timerfd_settime(fd, TFD_TIMER_ABSTIME, &it, NULL), 0, 0,
	   "%s: at a time that has passed, and periodic", name);
	sleep_ms(55);
	T(read(fd, &v, 8) == 8 && v >= 5, "%s: counted", name);
	T(ready(fd, 1000) == POLLIN && read(fd, &v, 8) == 8 && v >= 1,
	  "%s: and going on", name);
	it = spec(0, 30);
	/* Nothing is left when it is due just now. */
	T(!timerfd_settime(fd, 0, &it, &old) && !old.it_value.tv_sec &&
		  old.it_value.tv_nsec <= 10 * MS &&
		  old.it_interval.tv_nsec == 10 * MS,
	  "%s: off again: what was set", name);
	T(!timerfd_gettime(fd, &it) && !it.it_value.tv_nsec &&
		  it.it_interval.tv_nsec == 30 * MS,
	  "%s: the interval is kept", name);
	is(ready(fd, 30), 0, 0, "%s: but it does not go off", name);
	close(fd);
}

static void short_interval(void)
{
	int fd = timerfd_create(CLOCK_MONOTONIC, 0);
	struct itimerspec it = { { 0, 1 }, { 0, 1 } };
	uint64_t v = 0;

	timerfd_settime(fd, 0, &it, NULL);
	sleep_ms(20);
	T(read(fd, &v, 8) == 8 && v >= 20 * MS, "every nanosecond counts");
	close(fd);
}

static void on_alarm(int sig)
{
	(void)sig;
}

static void waiting(void)
{
	struct sigaction sa = { .sa_handler = on_alarm };
	struct epoll_event ev = { EPOLLIN | EPOLLET, { .u64 = 7 } };
	int fd = timerfd_create(CLOCK_MONOTONIC, 0), ep = epoll_create1(0);
	char link[64], name[64];
	uint64_t v;

	set(fd, 0, 20, 0);
	T(read(fd, &v, 8) == 8 && v == 1, "a read waits");
	sigaction(SIGALRM, &sa, NULL);
	set(fd, 0, 50000, 0);
	is(interrupted_by(20, read(fd, &v, 8)), -1, EINTR, "until a handler");
	epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev);
	set(fd, 0, 10, 10);
	is(epoll_wait(ep, &ev, 1, 2000), 1, 0, "epoll: an edge");
	is(epoll_wait(ep, &ev, 1, 40), 0, 0, "no second one until it is read");
	read(fd, &v, 8);
	is(epoll_wait(ep, &ev, 1, 2000), 1, 0, "then another");
	sprintf(name, "/proc/self/fd/%d", fd);
	link[readlink(name, link, 63)] = '\0';
	T(!strcmp(link, "anon_inode:[timerfd]"), "its name: %s", link);
	close(ep);
	close(fd);
}

int main(void)
{
	errors();
	going_off(CLOCK_MONOTONIC, "monotonic");
	going_off(CLOCK_REALTIME, "realtime");
	going_off(CLOCK_BOOTTIME, "boottime");
	short_interval();
	waiting();
	return done();
}

/* SPDX-License-Identifier: MIT */
/* poll, ppoll, select, pselect6 as system calls: what they write back, how
 * long they wait, what a signal does to them. */
#include "t.h"
#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>

#define KSIGSET 8

static int p[2], q[2];
static volatile int got_signal;

static void on_signal(int sig)
{
	got_signal = sig;
}

static long ms_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static long sys_ppoll(struct pollfd *fds, long n, struct timespec *ts,
		      const void *mask, size_t size)
{
	return syscall(SYS_ppoll, fds, n, ts, mask, size);
}

static long sys_select(int n, void *in, void *out, void *ex, struct timeval *tv)
{
	return syscall(SYS_select, n, in, out, ex, tv);
}

struct pack {
	const void *set;
	size_t size;
};

static long sys_pselect(int n, void *in, void *out, void *ex,
			struct timespec *ts, struct pack *pack)
{
	return syscall(SYS_pselect6, n, in, out, ex, ts, pack);
}

static void alarm_ms(int ms)
{
	struct itimerval it = { .it_value = { ms / 1000, ms % 1000 * 1000 } };

	setitimer(ITIMER_REAL, &it, NULL);
}

static void catch_alarm(int flags)
{
	struct sigaction sa = { .sa_handler = on_signal, .sa_flags = flags };

	sigaction(SIGALRM, &sa, NULL);
	got_signal = 0;
}

static void bad_arguments(void)
{
	struct pollfd f = { p[0], POLLIN, 0 };
	struct timespec bad = { 0, 1000000000 }, neg = { -1, 0 };
	struct timeval tbad = { -1, 0 };
	struct rlimit old, low = { 4, 4 };
	unsigned long set = 0;
	sigset_t mask;

	sigemptyset(&mask);
	is(syscall(SYS_poll, 1, 1, 0), -1, EFAULT, "poll of nowhere");
	is(syscall(SYS_poll, NULL, 0, 0), 0, 0, "poll of nothing");
	is(sys_ppoll(&f, 1, &bad, NULL, 0), -1, EINVAL, "too many ns");
	is(sys_ppoll(&f, 1, &neg, NULL, 0), -1, EINVAL, "negative time");
	is(sys_ppoll(&f, 1, (void *)1, NULL, 0), -1, EFAULT, "time nowhere");
	is(sys_ppoll(&f, 1, NULL, &mask, 7), -1, EINVAL, "short signal set");
	is(sys_ppoll(&f, 1, NULL, (void *)1, 8), -1, EFAULT, "set nowhere");
	is(sys_select(-1, NULL, NULL, NULL, NULL), -1, EINVAL, "n < 0");
	is(sys_select(1, NULL, NULL, NULL, &tbad), -1, EINVAL, "tv < 0");
	is(sys_select(1, (void *)1, NULL, NULL, NULL), -1, EFAULT, "sets");
	is(sys_select(1, NULL, NULL, NULL, (void *)1), -1, EFAULT, "tv");
	is(sys_pselect(1, &set, NULL, NULL, &bad, NULL), -1, EINVAL, "ts");
	is(sys_pselect(1, &set, NULL, NULL, NULL, (void *)1), -1, EFAULT,
	   "pack nowhere");
	is(sys_pselect(1, &set, NULL, NULL, NULL, &(struct pack){ &mask, 4 }),
	   -1, EINVAL, "a set of four bytes");
	T(WEXITSTATUS(in_child({
		  struct pollfd many[5] = { { -1, 0, 0 } };

		  getrlimit(RLIMIT_NOFILE, &old);
		  low.rlim_max = old.rlim_max;
		  setrlimit(RLIMIT_NOFILE, &low);
		  _exit(poll(many, 4, 0) == 0 && poll(many, 5, 0) == -1 &&
			errno == EINVAL);
	  })) == 1,
	  "more entries than descriptors may be: EINVAL");
}

static void events(void)
{
	struct pollfd f[4] = { { p[0], POLLIN, 0x7f },
			       { p[1], POLLOUT | POLLIN, 0x7f },
			       { 99, POLLIN, 0x7f },
			       { -5, POLLIN, 0x7f } };
	int null = open("/dev/null", O_RDWR), file = open("/", O_RDONLY);
	struct pollfd g[2] = { { null, POLLIN | POLLOUT | POLLPRI, 0 },
			       { file, POLLIN | POLLOUT | POLLRDNORM, 0 } };

	is(poll(f, 4, -1), 2, 0, "two have news");
	T(!f[0].revents && f[1].revents == POLLOUT &&
		  f[2].revents == POLLNVAL && !f[3].revents,
	  "revents say what");
	is(poll(g, 2, -1), 2, 0, "devices and directories are ready");
	T(g[0].revents == (POLLIN | POLLOUT) &&
		  g[1].revents == (POLLIN | POLLOUT | POLLRDNORM),
	  "for both directions");
	f[1].events = 0;
	is(poll(f, 2, 0), 0, 0, "what is not asked for does not count");
	close(null);
	close(file);
}

static void time_limits(void)
{
	struct pollfd f = { p[0], POLLIN, 0 };
	struct timespec ts = { 0, 30000000 }, zero = { 0, 0 };
	struct timeval tv = { 0, 30000 };
	unsigned long set = 1UL << p[0];
	long t = ms_now();

	is(poll(&f, 1, 30), 0, 0, "poll ends in time");
	T(ms_now() - t >= 30 && ms_now() - t < 2000, "not before");
	is(sys_ppoll(&f, 1, &ts, NULL, 0), 0, 0, "ppoll too");
	T(ts.tv_sec == 0 && ts.tv_nsec == 0, "nothing is left");
	is(sys_select(p[0] + 1, &set, NULL, NULL, &tv), 0, 0, "select too");
	T(tv.tv_sec == 0 && tv.tv_usec == 0 && set == 0,
	  "nothing is left, nothing is set");
	set = 1UL << p[0];
	is(sys_pselect(p[0] + 1, &set, NULL, NULL, &zero, NULL), 0, 0,
	   "no time at all");
	t = ms_now();
	is(poll(NULL, 0, 20), 0, 0, "poll as a sleep");
	T(ms_now() - t >= 20, "which it is");
	tv = (struct timeval){ 0, 1020000 };
	t = ms_now();
	is(sys_select(0, NULL, NULL, NULL, &tv), 0, 0, "a million us and more");
	T(ms_now() - t >= 1020, "are a second and more");
}

static void remaining_time(void)
{
	struct pollfd f = { q[0], POLLIN, 0 };
	struct timespec ts = { 100, 0 };
	struct timeval tv = { 100, 0 };
	unsigned long set = 1UL << q[0], out = 1UL << q[1];
	static unsigned long many[1024];

	if (write(q[1], "x", 1) != 1)
		exit(99);
	is(sys_ppoll(&f, 1, &ts, NULL, 0), 1, 0, "ppoll with data");
	T(ts.tv_sec == 99 && ts.tv_nsec > 0, "tells the time that was left");
	is(sys_select(q[1] + 1, &set, &out, NULL, &tv), 2, 0,
	   "select counts bits");
	T(tv.tv_sec < 100 && tv.tv_sec > 9 && set == 1UL << q[0] &&
		  out == 1UL << q[1],
	  "and sets them");
	set = 1UL << 60;
	is(sys_select(61, NULL, NULL, &set, &(struct timeval){ 0, 0 }), -1,
	   EBADF, "a closed descriptor in a set");
	is(sys_select(60, NULL, NULL, &set, &(struct timeval){ 0, 0 }), 0, 0,
	   "but not beyond n");
	is(sys_select(1 << 30, many, NULL, NULL, &(struct timeval){ 0, 0 }), 0,
	   0, "a large n is cut to the table's size");
	if (read(q[0], &set, 1) != 1)
		exit(99);
}

static void wakeups(void)
{
	struct pollfd f[2] = { { p[0], POLLIN, 0 }, { q[0], POLLIN, 0 } };
	pid_t pid = fork();
	char c;

	if (!pid) {
		usleep(30000);
		_exit(write(q[1], "x", 1) != 1);
	}
	is(poll(f, 2, 10000), 1, 0, "a write wakes poll");
	T(!f[0].revents && f[1].revents == POLLIN, "the right one");
	waitpid(pid, NULL, 0);
	T(read(q[0], &c, 1) == 1, "the byte is there");
	T(WEXITSTATUS(in_child({
		  struct pollfd many[600];
		  int fd[2];

		  for (int i = 0; i < 600; i++)
			  many[i] = (struct pollfd){ p[0], POLLIN, 0 };
		  if (pipe(fd))
			  _exit(99);
		  many[599].fd = fd[0];
		  if (!fork()) {
			  usleep(20000);
			  _exit(write(fd[1], "x", 1) != 1);
		  }
		  _exit(poll(many, 600, 10000) == 1 &&
			many[599].revents == POLLIN);
	  })) == 1,
	  "six hundred at once");
}

static void signals(void)
{
	struct pollfd f = { p[0], POLLIN, 0x55 };
	struct timespec ts = { 100, 0 };
	struct timeval tv = { 100, 0 };
	unsigned long set = 1UL << p[0];

	catch_alarm(SA_RESTART);
	is(interrupted_by(30, poll(&f, 1, 10000)), -1, EINTR,
	   "a handler ends poll");
	T(got_signal == SIGALRM && f.revents == 0, "there are no events");
	is(interrupted_by(30, sys_ppoll(&f, 1, &ts, NULL, 0)), -1, EINTR,
	   "and ppoll");
	T(ts.tv_sec < 100 && ts.tv_sec > 9, "which tells what was left");
	is(interrupted_by(30, sys_select(p[0] + 1, &set, NULL, NULL, &tv)), -1,
	   EINTR, "and select");
	T(tv.tv_sec < 100 && tv.tv_sec > 9 && set == 1UL << p[0],
	  "whose sets stay");
	signal(SIGALRM, SIG_IGN);
	alarm_ms(20);
	is(poll(&f, 1, 60), 0, 0, "an ignored signal does not");
}

static void masks(void)
{
	struct pollfd f = { p[0], POLLIN, 0 };
	struct timespec ts = { 10, 0 }, soon = { 0, 50000000 };
	unsigned long set = 1UL << p[0], all = ~0UL, none = 0;
	sigset_t block, now;

	catch_alarm(0);
	sigemptyset(&block);
	sigaddset(&block, SIGALRM);
	sigprocmask(SIG_BLOCK, &block, NULL);
	raise(SIGALRM);
	T(!got_signal, "blocked");
	is(sys_ppoll(&f, 1, &ts, &none, KSIGSET), -1, EINTR,
	   "ppoll lets it in");
	T(got_signal == SIGALRM, "it came");
	sigprocmask(SIG_SETMASK, NULL, &now);
	T(sigismember(&now, SIGALRM) == 1, "and is blocked again");
	got_signal = 0;
	raise(SIGALRM);
	is(sys_pselect(p[0] + 1, &set, NULL, NULL, &ts,
		       &(struct pack){ &none, KSIGSET }),
	   -1, EINTR, "so does pselect");
	T(got_signal == SIGALRM, "it came, too");
	got_signal = 0;
	sigprocmask(SIG_UNBLOCK, &block, NULL);
	alarm_ms(20);
	is(sys_ppoll(&f, 1, &soon, &all, KSIGSET), 0, 0, "ppoll keeps it out");
	T(got_signal == SIGALRM, "until it is over");
}

static void stop_and_go(void)
{
	int status;
	long t = ms_now();
	pid_t pid = fork();

	if (!pid) {
		struct pollfd f = { p[0], POLLIN, 0 };

		_exit(poll(&f, 1, 300));
	}
	until_asleep(pid);
	kill(pid, SIGSTOP);
	waitpid(pid, &status, WUNTRACED);
	usleep(50000);
	kill(pid, SIGCONT);
	waitpid(pid, &status, 0);
	T(WIFEXITED(status) && WEXITSTATUS(status) == 0,
	  "a stop does not end poll");
	T(ms_now() - t >= 300, "nor make it shorter");
}

int main(void)
{
	if (pipe(p) || pipe(q))
		return 99;
	bad_arguments();
	events();
	time_limits();
	remaining_time();
	wakeups();
	signals();
	masks();
	stop_and_go();
	return done();
}

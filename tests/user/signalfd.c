/* SPDX-License-Identifier: MIT */
/* signalfd: what is read, from whom, waiting, errors. */
#include "t.h"
#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <time.h>

static sigset_t set_of(int a, int b, int c)
{
	sigset_t s;

	sigemptyset(&s);
	if (a)
		sigaddset(&s, a);
	if (b)
		sigaddset(&s, b);
	if (c)
		sigaddset(&s, c);
	return s;
}

static int ready(int fd, int ms)
{
	struct pollfd pf = { fd, POLLIN, 0 };

	return poll(&pf, 1, ms) == 1 ? pf.revents : 0;
}

static void errors(void)
{
	sigset_t s = set_of(SIGUSR1, 0, 0);
	int fd = signalfd(-1, &s, SFD_NONBLOCK | SFD_CLOEXEC), p[2];
	struct rlimit old, low = { 3, 0 };
	struct signalfd_siginfo si;

	pipe(p);
	is(fcntl(fd, F_GETFD), FD_CLOEXEC, 0, "close-on-exec");
	is(syscall(SYS_signalfd4, -1, &s, 8, 3), -1, EINVAL, "unknown flags");
	is(syscall(SYS_signalfd4, -1, &s, 4, 0), -1, EINVAL, "a short set");
	is(syscall(SYS_signalfd4, -1, (void *)8, 8, 0), -1, EFAULT,
	   "a set from nowhere");
	is(signalfd(99, &s, 0), -1, EBADF, "no descriptor");
	is(signalfd(p[0], &s, 0), -1, EINVAL, "a pipe");
	is(signalfd(fd, &s, 0), fd, 0, "the same once more");
	is(read(fd, &si, 127), -1, EINVAL, "a read of 127 bytes");
	is(read(fd, &si, 128), -1, EAGAIN, "nothing is pending");
	is(write(fd, &si, 128), -1, EINVAL, "it cannot be written");
	raise(SIGUSR1);
	is(read(fd, (void *)8, 128), -1, EFAULT, "a read to nowhere");
	getrlimit(RLIMIT_NOFILE, &old);
	low.rlim_max = old.rlim_max;
	setrlimit(RLIMIT_NOFILE, &low);
	is(syscall(SYS_signalfd, -1, &s, 8), -1, EMFILE, "no descriptor left");
	setrlimit(RLIMIT_NOFILE, &old);
	close(p[0]);
	close(p[1]);
	close(fd);
}

static void contents(void)
{
	sigset_t s = set_of(SIGUSR1, SIGRTMIN, SIGCHLD);
	int fd = signalfd(-1, &s, SFD_NONBLOCK);
	struct signalfd_siginfo si[4];
	union sigval v = { .sival_int = 42 };
	struct sigevent ev = { .sigev_notify = SIGEV_SIGNAL,
			       .sigev_signo = SIGRTMIN };
	struct itimerspec it = { { 0, 0 }, { 0, 1000000 } };
	timer_t t;
	pid_t pid;

	is(ready(fd, 0), 0, 0, "nothing yet");
	kill(getpid(), SIGUSR1);
	sigqueue(getpid(), SIGRTMIN, v);
	is(ready(fd, 0), POLLIN, 0, "two signals");
	is(read(fd, si, sizeof(si)), 256, 0, "both in one read");
	T(si[0].ssi_signo == SIGUSR1 && si[0].ssi_code == SI_USER &&
		  si[0].ssi_pid == (unsigned)getpid() &&
		  si[0].ssi_uid == getuid() && !si[0].ssi_int,
	  "the first from kill");
	T(si[1].ssi_signo == (unsigned)SIGRTMIN && si[1].ssi_code == SI_QUEUE &&
		  si[1].ssi_int == 42 && si[1].ssi_pid == (unsigned)getpid(),
	  "the second with a value");
	is(ready(fd, 0), 0, 0, "taken");
	pid = fork();
	if (!pid)
		_exit(7);
	is(ready(fd, 2000), POLLIN, 0, "a child ends");
	is(read(fd, si, 128), 128, 0, "SIGCHLD");
	T(si[0].ssi_signo == SIGCHLD && si[0].ssi_code == CLD_EXITED &&
		  si[0].ssi_pid == (unsigned)pid && si[0].ssi_status == 7,
	  "with its status");
	waitpid(pid, NULL, 0);
	ev.sigev_value.sival_int = 99;
	timer_create(CLOCK_MONOTONIC, &ev, &t);
	timer_settime(t, 0, &it, NULL);
	is(ready(fd, 2000), POLLIN, 0, "a timer");
	is(read(fd, si, 128), 128, 0, "its signal");
	T(si[0].ssi_code == SI_TIMER && si[0].ssi_int == 99 &&
		  si[0].ssi_overrun == 0,
	  "SI_TIMER with its value");
	timer_delete(t);
	s = set_of(SIGUSR2, 0, 0);
	is(signalfd(fd, &s, 0), fd, 0, "another set");
	raise(SIGUSR1);
	is(ready(fd, 0), 0, 0, "which the old one is not in");
	raise(SIGUSR2);
	T(read(fd, si, 128) == 128 && si[0].ssi_signo == SIGUSR2 &&
		  si[0].ssi_code == SI_TKILL,
	  "the new one is");
	close(fd);
}

static void waiting(void)
{
	sigset_t s = set_of(SIGUSR2, 0, 0);
	int fd = signalfd(-1, &s, 0), ep = epoll_create1(0), st;
	struct epoll_event ev = { EPOLLIN, { .u64 = 1 } };
	struct signalfd_siginfo si;
	pid_t pid = fork();

	if (!pid) {
		usleep(20000);
		kill(getppid(), SIGUSR2);
		_exit(0);
	}
	is(read(fd, &si, 128), 128, 0, "a read waits");
	T(si.ssi_pid == (unsigned)pid, "for the child's signal");
	waitpid(pid, &st, 0);
	epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev);
	is(epoll_wait(ep, &ev, 1, 0), 0, 0, "epoll: nothing");
	raise(SIGUSR2);
	is(epoll_wait(ep, &ev, 1, 2000), 1, 0, "epoll: a signal");
	pid = fork();
	if (!pid) {
		int flags = fcntl(fd, F_GETFL);

		fcntl(fd, F_SETFL, flags | O_NONBLOCK);
		_exit(read(fd, &si, 128) == -1 && errno == EAGAIN);
	}
	T(waitpid(pid, &st, 0) == pid && WEXITSTATUS(st) == 1,
	  "a child reads its own, not ours");
	is(read(fd, &si, 128), 128, 0, "ours is still there");
	close(fd);
	close(ep);
}

int main(void)
{
	sigset_t s = set_of(SIGUSR1, SIGUSR2, SIGRTMIN);

	sigaddset(&s, SIGCHLD);
	sigprocmask(SIG_BLOCK, &s, NULL);
	errors();
	contents();
	waiting();
	return done();
}

/* SPDX-License-Identifier: MIT */
/* pidfd_open and what it is good for: poll, waitid, signals, descriptors,
 * advice about memory; unshare and setns. */
#include "t.h"
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif
#define P_PIDFD_ 3

static int pidfd_open_(pid_t pid, unsigned int flags)
{
	return (int)syscall(SYS_pidfd_open, pid, flags);
}

static int ready(int fd, int ms)
{
	struct pollfd pf = { fd, POLLIN, 0 };

	return poll(&pf, 1, ms) == 1 ? pf.revents : 0;
}

static void opening(void)
{
	int fd = pidfd_open_(getpid(), 0);
	char name[64], link[64];
	struct rlimit old, low = { 3, 0 };

	is(fcntl(fd, F_GETFD), FD_CLOEXEC, 0, "always close-on-exec");
	is(fcntl(fd, F_GETFL), O_RDWR, 0, "flags");
	sprintf(name, "/proc/self/fd/%d", fd);
	link[readlink(name, link, 63)] = '\0';
	T(!strcmp(link, "anon_inode:[pidfd]"), "its name: %s", link);
	is(pidfd_open_(0, 0), -1, EINVAL, "process 0");
	is(pidfd_open_(-1, 0), -1, EINVAL, "a negative number");
	is(pidfd_open_(1, 1), -1, EINVAL, "unknown flags");
	is(pidfd_open_(4194303, 0), -1, ESRCH, "no such process");
	getrlimit(RLIMIT_NOFILE, &old);
	low.rlim_max = old.rlim_max;
	setrlimit(RLIMIT_NOFILE, &low);
	is(pidfd_open_(getpid(), 0), -1, EMFILE, "no descriptor left");
	setrlimit(RLIMIT_NOFILE, &old);
	close(fd);
}

static void waiting(void)
{
	siginfo_t si;
	pid_t pid;
	int fd, nb, p[2];

	pipe(p);
	pid = fork();
	if (!pid) {
		char c;

		close(p[1]);
		read(p[0], &c, 1);
		_exit(9);
	}
	close(p[0]);
	fd = pidfd_open_(pid, 0);
	nb = pidfd_open_(pid, O_NONBLOCK);
	is(ready(fd, 0), 0, 0, "it runs");
	is(syscall(SYS_waitid, P_PIDFD_, nb, &si, WEXITED, NULL), -1, EAGAIN,
	   "a descriptor that does not block");
	is(syscall(SYS_waitid, P_PIDFD_, 99, &si, WEXITED, NULL), -1, EBADF,
	   "waitid: no descriptor");
	is(syscall(SYS_waitid, P_PIDFD_, 0, &si, WEXITED, NULL), -1, EBADF,
	   "waitid: not of a process");
	is(syscall(SYS_waitid, P_PIDFD_, -1, &si, WEXITED, NULL), -1, EINVAL,
	   "waitid: a negative one");
	is(syscall(SYS_pidfd_send_signal, fd, 0, NULL, 0), 0, 0, "signal 0");
	close(p[1]);
	is(ready(fd, 2000), POLLIN, 0, "it has ended");
	is(syscall(SYS_pidfd_send_signal, fd, 0, NULL, 0), 0, 0,
	   "a zombie takes signals");
	is(syscall(SYS_pidfd_getfd, fd, 0, 0), -1, ESRCH,
	   "but has no descriptors");
	is(syscall(SYS_waitid, P_PIDFD_, fd, &si, WEXITED, NULL), 0, 0,
	   "waitid");
	T(si.si_pid == pid && si.si_code == CLD_EXITED && si.si_status == 9,
	  "its status");
	is(syscall(SYS_waitid, P_PIDFD_, fd, &si, WEXITED, NULL), -1, ECHILD,
	   "once");
	is(syscall(SYS_pidfd_send_signal, fd, 0, NULL, 0), -1, ESRCH,
	   "no more signals");
	T(ready(fd, 0) & POLLIN, "still ended");
	close(fd);
	close(nb);
}

static volatile int got, value;

static void on_signal(int sig, siginfo_t *info, void *context)
{
	(void)context;
	got = sig;
	value = info->si_value.sival_int;
}

static void signals(void)
{
	struct sigaction sa = { .sa_sigaction = on_signal,
				.sa_flags = SA_SIGINFO };
	int fd = pidfd_open_(getpid(), 0), init = pidfd_open_(1, 0), dir;
	siginfo_t si = { .si_signo = SIGUSR1, .si_code = SI_QUEUE };

	sigaction(SIGUSR1, &sa, NULL);
	is(syscall(SYS_pidfd_send_signal, fd, SIGUSR1, NULL, 0), 0, 0, "send");
	is(got, SIGUSR1, 0, "received");
	si.si_value.sival_int = 5;
	is(syscall(SYS_pidfd_send_signal, fd, SIGUSR1, &si, 0), 0, 0,
	   "with a value");
	is(value, 5, 0, "which came");
	is(syscall(SYS_pidfd_send_signal, fd, SIGUSR2, &si, 0), -1, EINVAL,
	   "another signal inside");
	is(syscall(SYS_pidfd_send_signal, fd, SIGUSR1, (void *)8, 0), -1,
	   EFAULT, "from nowhere");
	is(syscall(SYS_pidfd_send_signal, fd, 99, NULL, 0), -1, EINVAL,
	   "no such signal");
	is(syscall(SYS_pidfd_send_signal, fd, 0, NULL, 1 << 10), -1, EINVAL,
	   "send: unknown flags");
	is(syscall(SYS_pidfd_send_signal, 99, 0, NULL, 0), -1, EBADF,
	   "send: no descriptor");
	is(syscall(SYS_pidfd_send_signal, 0, 0, NULL, 0), -1, EBADF,
	   "send: not of a process");
	dir = open("/proc/self", O_RDONLY | O_DIRECTORY);
	got = 0;
	is(syscall(SYS_pidfd_send_signal, dir, SIGUSR1, NULL, 0), 0, 0,
	   "a directory in /proc will do");
	is(got, SIGUSR1, 0, "received through it");
	is(syscall(SYS_waitid, P_PIDFD_, dir, &si, WEXITED, NULL), -1, EBADF,
	   "not to wait for");
	close(dir);
	dir = open("/proc/self", O_PATH);
	is(syscall(SYS_pidfd_send_signal, dir, 0, NULL, 0), -1, EBADF,
	   "a mere path will not");
	close(dir);
	dir = open("/proc/self/task", O_RDONLY | O_DIRECTORY);
	is(syscall(SYS_pidfd_send_signal, dir, 0, NULL, 0), -1, EBADF,
	   "nor another directory");
	close(dir);
	si.si_code = SI_USER;
	si.si_signo = SIGCONT;
	is(syscall(SYS_pidfd_send_signal, init, SIGCONT, &si, 0), -1, EPERM,
	   "a forged sender");
	T(WEXITSTATUS(in_child({
		  setuid(12345);
		  _exit(syscall(SYS_pidfd_send_signal, init, SIGTERM, NULL,
				0) == -1 &&
			errno == EPERM);
	  })) == 1,
	  "not to somebody else's");
	close(fd);
	close(init);
}

static void descriptors(void)
{
	int p[2], q, fd = pidfd_open_(getpid(), 0), init = pidfd_open_(1, 0);
	char c = 0;

	pipe(p);
	q = (int)syscall(SYS_pidfd_getfd, fd, p[0], 0);
	T(q > p[1], "another descriptor");
	is(fcntl(q, F_GETFD), FD_CLOEXEC, 0, "close-on-exec");
	write(p[1], "z", 1);
	T(read(q, &c, 1) == 1 && c == 'z', "of the same pipe");
	is(syscall(SYS_pidfd_getfd, fd, 99, 0), -1, EBADF, "getfd: not open");
	is(syscall(SYS_pidfd_getfd, p[0], 0, 0), -1, EBADF,
	   "getfd: not of a process");
	is(syscall(SYS_pidfd_getfd, fd, 0, 1), -1, EINVAL, "getfd: flags");
	T(WEXITSTATUS(in_child({
		  setuid(12345);
		  _exit(syscall(SYS_pidfd_getfd, init, 0, 0) == -1 &&
			errno == EPERM);
	  })) == 1,
	  "getfd: somebody else's");
	close(q);
	close(p[0]);
	close(p[1]);
	close(fd);
	close(init);
}

static void advice(void)
{
	char *a = anon(4 * PAGE, PROT_READ | PROT_WRITE);
	struct iovec v[2] = { { a, PAGE }, { a + 2 * PAGE, PAGE } },
		     hole = { (void *)PAGE, PAGE };
	int fd = pidfd_open_(getpid(), 0), st;
	pid_t pid;

	memset(a, 'x', 4 * PAGE);
#define ADVISE(...) syscall(SYS_process_madvise, __VA_ARGS__)
	is(ADVISE(fd, v, 2, MADV_COLD, 0), 2 * PAGE, 0, "cold");
	is(ADVISE(fd, v, 2, MADV_PAGEOUT, 0), 2 * PAGE, 0, "out");
	is(ADVISE(fd, v, 2, MADV_WILLNEED, 0), 2 * PAGE, 0, "needed");
	is(ADVISE(fd, v, 0, MADV_COLD, 0), 0, 0, "of nothing");
	is(ADVISE(fd, v, 2, 99, 0), -1, EINVAL, "madvise: no such advice");
	is(ADVISE(fd, v, 2, MADV_COLD, 1), -1, EINVAL, "madvise: flags");
	is(ADVISE(fd, v, 1025, MADV_COLD, 0), -1, EINVAL,
	   "madvise: too many ranges");
	is(ADVISE(99, v, 2, MADV_COLD, 0), -1, EBADF, "madvise: no descriptor");
	is(ADVISE(0, v, 2, MADV_COLD, 0), -1, EBADF,
	   "madvise: not of a process");
	is(ADVISE(fd, (void *)8, 2, MADV_COLD, 0), -1, EFAULT,
	   "madvise: a list from nowhere");
	is(ADVISE(fd, &hole, 1, MADV_COLD, 0), -1, ENOMEM,
	   "madvise: nothing there");
	pid = fork();
	if (!pid) {
		pause();
		_exit(0);
	}
	close(fd);
	fd = pidfd_open_(pid, 0);
	is(ADVISE(fd, v, 2, MADV_COLD, 0), 2 * PAGE, 0, "a child's");
	is(ADVISE(fd, v, 2, MADV_DONTNEED, 0), -1, EINVAL,
	   "madvise: not what would change it");
	kill(pid, SIGKILL);
	waitpid(pid, &st, 0);
	is(ADVISE(fd, v, 2, MADV_COLD, 0), -1, ESRCH, "madvise: it has gone");
	close(fd);
	munmap(a, 4 * PAGE);
}

static void parting(void)
{
	int fd = open("/dev/null", O_RDONLY);

	is(unshare(0), 0, 0, "unshare nothing");
	is(unshare(CLONE_FS | CLONE_FILES | CLONE_SYSVSEM), 0, 0,
	   "what is not shared");
	is(unshare(CLONE_THREAD | CLONE_SIGHAND | CLONE_VM), 0, 0,
	   "what a single thread has");
	is(unshare(CLONE_PARENT_SETTID), -1, EINVAL, "unshare: unknown flags");
	is(setns(99, 0), -1, EBADF, "setns: no descriptor");
	is(setns(fd, 0), -1, EINVAL, "setns: not a namespace");
	is(prctl(PR_GET_TIMERSLACK), 50000, 0, "timer slack");
	is(prctl(PR_SET_TIMERSLACK, 1000), 0, 0, "another");
	is(prctl(PR_GET_TIMERSLACK), 1000, 0, "is kept");
	T(WEXITSTATUS(in_child({
		  prctl(PR_SET_TIMERSLACK, 5);
		  prctl(PR_SET_TIMERSLACK, 0);
		  _exit(prctl(PR_GET_TIMERSLACK) == 1000);
	  })) == 1,
	  "a child's default");
	is(prctl(PR_SET_TIMERSLACK, 0), 0, 0, "the default again");
	is(prctl(PR_GET_TIMERSLACK), 50000, 0, "which it was");
	is(prctl(PR_GET_TIMING), PR_TIMING_STATISTICAL, 0, "timing");
	is(prctl(PR_SET_TIMING, PR_TIMING_TIMESTAMP), -1, EINVAL,
	   "no other one");
	close(fd);
}

int main(void)
{
	opening();
	waiting();
	signals();
	descriptors();
	advice();
	parting();
	return done();
}

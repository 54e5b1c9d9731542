/* SPDX-License-Identifier: MIT */
/* epoll_create, epoll_ctl, epoll_wait and their relatives: what is reported
 * when, one-shot, edges, instances in instances, what close does. */
#include "t.h"
#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>

static int ep, p[2];

static int ctl(int e, int op, int fd, unsigned int events)
{
	struct epoll_event ev = { .events = events, .data.u64 = (unsigned)fd };

	return epoll_ctl(e, op, fd, &ev);
}

/* Events of one call as text: "5:1 7:4", descriptors by place in @fds. */
static const char *wait_text(int e, int max, int timeout, const int *fds)
{
	static char text[200];
	struct epoll_event ev[16];
	int n = epoll_wait(e, ev, max, timeout), len = 0;

	if (n < 0)
		return strerror(errno);
	text[0] = '\0';
	for (int i = 0; i < n; i++) {
		int k = 0;

		while (fds[k] != (int)ev[i].data.u64)
			k++;
		len += sprintf(text + len, "%s%d:%x", len ? " " : "", k,
			       ev[i].events);
	}
	return text;
}

#define SEE(e, max, fds, expected, ...)                                        \
	({                                                                     \
		const char *s_ = wait_text(e, max, 0, fds);                    \
		if (!T(!strcmp(s_, expected), __VA_ARGS__))                    \
			printf("# expected \"%s\", got \"%s\"\n", expected,    \
			       s_);                                            \
	})

static void errors(void)
{
	struct epoll_event ev = { EPOLLIN, { .u64 = 1 } };
	int efd = eventfd(0, 0), null = open("/dev/null", O_RDONLY),
	    dir = open("/", O_RDONLY), path = open("/", O_PATH);
	struct timespec bad = { 0, 1000000000 };
	sigset_t set;

	sigemptyset(&set);
	is(syscall(SYS_epoll_create, 0), -1, EINVAL, "a size of 0");
	is(epoll_create1(1), -1, EINVAL, "an unknown flag");
	is(fcntl(epoll_create1(EPOLL_CLOEXEC), F_GETFD), FD_CLOEXEC, 0,
	   "close-on-exec");
	is(epoll_ctl(ep, EPOLL_CTL_ADD, efd, NULL), -1, EFAULT,
	   "ctl: no event");
	is(epoll_ctl(99, EPOLL_CTL_ADD, efd, &ev), -1, EBADF, "ctl: no epfd");
	is(epoll_ctl(ep, EPOLL_CTL_ADD, 99, &ev), -1, EBADF, "ctl: no fd");
	is(epoll_ctl(ep, EPOLL_CTL_ADD, path, &ev), -1, EBADF, "ctl: O_PATH");
	is(epoll_ctl(ep, EPOLL_CTL_ADD, null, &ev), -1, EPERM,
	   "ctl: a device that cannot be polled");
	is(epoll_ctl(ep, EPOLL_CTL_ADD, dir, &ev), -1, EPERM,
	   "ctl: a directory");
	is(epoll_ctl(ep, EPOLL_CTL_ADD, ep, &ev), -1, EINVAL, "ctl: itself");
	is(epoll_ctl(efd, EPOLL_CTL_ADD, p[0], &ev), -1, EINVAL,
	   "ctl: not an instance");
	is(epoll_ctl(ep, 9, efd, &ev), -1, EINVAL, "ctl: no such operation");
	is(epoll_ctl(ep, EPOLL_CTL_MOD, efd, &ev), -1, ENOENT,
	   "ctl: modify what is not there");
	is(epoll_ctl(ep, EPOLL_CTL_DEL, efd, NULL), -1, ENOENT,
	   "ctl: delete what is not there");
	is(epoll_ctl(ep, EPOLL_CTL_ADD, efd, &ev), 0, 0, "ctl: add");
	is(epoll_ctl(ep, EPOLL_CTL_ADD, efd, &ev), -1, EEXIST, "ctl: twice");
	is(epoll_ctl(ep, EPOLL_CTL_DEL, efd, NULL), 0, 0, "ctl: delete");
	is(ctl(ep, EPOLL_CTL_ADD, efd, EPOLLIN | EPOLLEXCLUSIVE | EPOLLONESHOT),
	   -1, EINVAL, "ctl: exclusive and one-shot");
	is(ctl(ep, EPOLL_CTL_ADD, efd, EPOLLIN | EPOLLEXCLUSIVE), 0, 0,
	   "ctl: exclusive");
	is(ctl(ep, EPOLL_CTL_MOD, efd, EPOLLIN), -1, EINVAL,
	   "ctl: which cannot be modified");
	is(ctl(ep, EPOLL_CTL_MOD, efd, EPOLLIN | EPOLLEXCLUSIVE), -1, EINVAL,
	   "ctl: nor be set so");
	is(ctl(ep, EPOLL_CTL_DEL, efd, 0), 0, 0, "ctl: but deleted");
	is(epoll_wait(ep, &ev, 0, 0), -1, EINVAL, "wait: for no event");
	is(epoll_wait(ep, &ev, -1, 0), -1, EINVAL, "wait: for less");
	is(epoll_wait(ep, &ev, 1 << 28, 0), -1, EINVAL, "wait: for too many");
	is(epoll_wait(99, &ev, 1, 0), -1, EBADF, "wait: no epfd");
	is(epoll_wait(efd, &ev, 1, 0), -1, EINVAL, "wait: not an instance");
	is(syscall(SYS_epoll_pwait, ep, &ev, 1, 0, &set, 4), -1, EINVAL,
	   "pwait: a set of four bytes");
	is(syscall(SYS_epoll_pwait, ep, &ev, 1, 0, (void *)1, 8), -1, EFAULT,
	   "pwait: a set from nowhere");
	is(syscall(SYS_epoll_pwait2, ep, &ev, 1, &bad, NULL, 8), -1, EINVAL,
	   "pwait2: no time");
	is(syscall(SYS_epoll_pwait2, ep, &ev, 1, (void *)1, NULL, 8), -1,
	   EFAULT, "pwait2: a time from nowhere");
	write(p[1], "x", 1);
	ctl(ep, EPOLL_CTL_ADD, p[0], EPOLLIN);
	is(epoll_wait(ep, (void *)8, 1, 0), -1, EFAULT, "wait: to nowhere");
	SEE(ep, 4, p, "0:1", "the event is still there");
	read(p[0], &ev, 1);
	ctl(ep, EPOLL_CTL_DEL, p[0], 0);
	close(efd);
	close(null);
	close(dir);
	close(path);
}

static void modes(void)
{
	char c[8];

	ctl(ep, EPOLL_CTL_ADD, p[0], EPOLLIN);
	ctl(ep, EPOLL_CTL_ADD, p[1], EPOLLOUT);
	SEE(ep, 4, p, "1:4", "a pipe that can be written");
	write(p[1], "ab", 2);
	SEE(ep, 4, p, "1:4 0:1", "and read: newest last");
	SEE(ep, 1, p, "1:4", "one at a time");
	SEE(ep, 1, p, "0:1", "then the other");
	SEE(ep, 1, p, "1:4", "then the first again");
	read(p[0], c, 1);
	SEE(ep, 4, p, "0:1 1:4", "level: still something to read");
	read(p[0], c, 1);
	SEE(ep, 4, p, "1:4", "and no more");
	ctl(ep, EPOLL_CTL_MOD, p[1], 0);
	SEE(ep, 4, p, "", "asked for nothing");
	ctl(ep, EPOLL_CTL_MOD, p[0], EPOLLIN | EPOLLET);
	write(p[1], "ab", 2);
	SEE(ep, 4, p, "0:1", "edge: reported");
	SEE(ep, 4, p, "", "once");
	write(p[1], "c", 1);
	SEE(ep, 4, p, "0:1", "each write is an edge");
	read(p[0], c, 1);
	SEE(ep, 4, p, "", "a read is none");
	ctl(ep, EPOLL_CTL_MOD, p[0], EPOLLIN | EPOLLET);
	SEE(ep, 4, p, "0:1", "EPOLL_CTL_MOD asks again");
	ctl(ep, EPOLL_CTL_MOD, p[0], EPOLLIN | EPOLLONESHOT);
	SEE(ep, 4, p, "0:1", "one-shot: reported");
	write(p[1], "d", 1);
	SEE(ep, 4, p, "", "and mute");
	ctl(ep, EPOLL_CTL_MOD, p[0], EPOLLIN | EPOLLONESHOT);
	SEE(ep, 4, p, "0:1", "until it is armed again");
	read(p[0], c, 8);
	ctl(ep, EPOLL_CTL_MOD, p[0], EPOLLIN);
	ctl(ep, EPOLL_CTL_DEL, p[1], 0);
}

static void edges_of_eventfd(void)
{
	int efd[2] = { eventfd(0, EFD_SEMAPHORE | EFD_NONBLOCK), -2 };
	unsigned long long v = 2;

	ctl(ep, EPOLL_CTL_ADD, efd[0], EPOLLIN | EPOLLET);
	SEE(ep, 4, efd, "", "an eventfd of 0");
	write(efd[0], &v, 8);
	SEE(ep, 4, efd, "0:1", "an edge up");
	read(efd[0], &v, 8);
	SEE(ep, 4, efd, "", "taking one is no edge of EPOLLIN");
	ctl(ep, EPOLL_CTL_MOD, efd[0], EPOLLIN | EPOLLOUT | EPOLLET);
	SEE(ep, 4, efd, "0:5", "asked for both");
	read(efd[0], &v, 8);
	SEE(ep, 4, efd, "0:4", "then it is one of EPOLLOUT");
	close(efd[0]);
}

static void closing(void)
{
	struct epoll_event ev;
	int q[2], d;

	pipe(q);
	ctl(ep, EPOLL_CTL_ADD, q[0], EPOLLIN);
	close(q[1]);
	SEE(ep, 4, q, "0:10", "the other end has gone: EPOLLHUP unasked");
	close(q[0]);
	is(epoll_wait(ep, &ev, 1, 0), 0, 0, "closed: forgotten");
	pipe(q);
	ctl(ep, EPOLL_CTL_ADD, q[0], EPOLLIN);
	d = dup(q[0]);
	write(q[1], "x", 1);
	close(q[0]);
	SEE(ep, 4, q, "0:1", "a duplicate keeps it, under the old number");
	is(ctl(ep, EPOLL_CTL_DEL, d, 0), -1, ENOENT,
	   "which the duplicate's is not");
	close(d);
	is(epoll_wait(ep, &ev, 1, 0), 0, 0, "until it goes, too");
	ctl(ep, EPOLL_CTL_ADD, q[1], EPOLLOUT);
	SEE(ep, 4, q, "1:c", "no reader: EPOLLERR");
	close(q[1]);
}

static void nesting(void)
{
	int chain[6], in = epoll_create1(0), fds[] = { in };
	struct pollfd pf;
	char c;

	ctl(in, EPOLL_CTL_ADD, p[0], EPOLLIN);
	ctl(ep, EPOLL_CTL_DEL, p[0], 0);
	is(ctl(ep, EPOLL_CTL_ADD, in, EPOLLIN), 0, 0, "an instance in another");
	SEE(ep, 4, fds, "", "nothing there");
	pf = (struct pollfd){ in, POLLIN, 0 };
	is(poll(&pf, 1, 0), 0, 0, "poll says so, too");
	write(p[1], "x", 1);
	SEE(ep, 4, fds, "0:1", "something to read: it can be read");
	is(poll(&pf, 1, 0), 1, 0, "and polled");
	SEE(in, 4, p, "0:1", "from which it comes");
	read(p[0], &c, 1);
	SEE(ep, 4, fds, "", "and no more");
	is(ctl(in, EPOLL_CTL_ADD, ep, EPOLLIN), -1, ELOOP, "a circle");
	is(ctl(ep, EPOLL_CTL_DEL, in, 0), 0, 0, "out of it again");
	is(ctl(ep, EPOLL_CTL_ADD, in, EPOLLIN | EPOLLEXCLUSIVE), -1, EINVAL,
	   "exclusive it cannot be");
	close(in);
	for (int i = 0; i < 6; i++)
		chain[i] = epoll_create1(0);
	for (int i = 4; i > 0; i--)
		is(ctl(chain[i - 1], EPOLL_CTL_ADD, chain[i], EPOLLIN), 0, 0,
		   "link %d of a chain", 5 - i);
	is(ctl(chain[5], EPOLL_CTL_ADD, chain[0], EPOLLIN), -1, ELOOP,
	   "a fifth is too many");
	ctl(chain[4], EPOLL_CTL_ADD, p[0], EPOLLIN);
	write(p[1], "x", 1);
	SEE(chain[0], 4, chain + 1, "0:1", "news travel up the whole chain");
	read(p[0], &c, 1);
	for (int i = 0; i < 6; i++)
		close(chain[i]);
}

static long ms_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void on_alarm(int sig)
{
	(void)sig;
}

static void waiting(void)
{
	struct sigaction sa = { .sa_handler = on_alarm,
				.sa_flags = SA_RESTART };
	struct itimerval it = { { 0, 20000 }, { 0, 20000 } }, off = { 0 };
	struct timespec ts = { 0, 20000000 };
	struct epoll_event ev;
	sigset_t none, block;
	long t = ms_now();
	pid_t pid;
	char c;

	ctl(ep, EPOLL_CTL_ADD, p[0], EPOLLIN);
	is(epoll_wait(ep, &ev, 1, 30), 0, 0, "wait ends in time");
	T(ms_now() - t >= 30, "not before");
	t = ms_now();
	is(syscall(SYS_epoll_pwait2, ep, &ev, 1, &ts, NULL, 8), 0, 0,
	   "pwait2, too");
	T(ms_now() - t >= 20, "in nanoseconds");
	pid = fork();
	if (!pid) {
		usleep(20000);
		write(p[1], "x", 1);
		_exit(0);
	}
	is(epoll_wait(ep, &ev, 1, -1), 1, 0, "a write wakes it");
	waitpid(pid, NULL, 0);
	read(p[0], &c, 1);
	sigaction(SIGALRM, &sa, NULL);
	setitimer(ITIMER_REAL, &it, NULL);
	is(epoll_wait(ep, &ev, 1, -1), -1, EINTR,
	   "a handler ends it, SA_RESTART or not");
	sigemptyset(&none);
	sigemptyset(&block);
	sigaddset(&block, SIGALRM);
	sigprocmask(SIG_BLOCK, &block, NULL);
	is(epoll_wait(ep, &ev, 1, 60), 0, 0, "not one that is blocked");
	is(epoll_pwait(ep, &ev, 1, -1, &none), -1, EINTR,
	   "pwait lets it through");
	setitimer(ITIMER_REAL, &off, NULL);
	sigprocmask(SIG_UNBLOCK, &block, NULL);
}

/* Three children wait for one eventfd; how many does one write wake? */
static int woken_by_one_write(unsigned int flags)
{
	int efd = eventfd(0, 0), done_fd[2], n = 0;
	unsigned long long one = 1;
	struct pollfd pf;
	pid_t pid[3];

	pipe(done_fd);
	for (int i = 0; i < 3; i++) {
		pid[i] = fork();
		if (!pid[i]) {
			struct epoll_event ev;
			int e = epoll_create1(0);

			ctl(e, EPOLL_CTL_ADD, efd, EPOLLIN | flags);
			write(done_fd[1], "r", 1);
			epoll_wait(e, &ev, 1, -1);
			write(done_fd[1], "w", 1);
			pause();
		}
	}
	for (int i = 0; i < 3; i++)
		read(done_fd[0], &(char){ 0 }, 1);
	for (int i = 0; i < 3; i++)
		until_asleep(pid[i]);
	write(efd, &one, 8);
	pf = (struct pollfd){ done_fd[0], POLLIN, 0 };
	while (poll(&pf, 1, n ? 1000 : -1) == 1 &&
	       read(done_fd[0], &(char){ 0 }, 1) == 1)
		n++;
	for (int i = 0; i < 3; i++) {
		kill(pid[i], SIGKILL);
		waitpid(pid[i], NULL, 0);
	}
	close(efd);
	close(done_fd[0]);
	close(done_fd[1]);
	return n;
}

static void descriptors(void)
{
	char link[64], name[64];
	struct rlimit old, low;

	sprintf(name, "/proc/self/fd/%d", ep);
	link[readlink(name, link, 63)] = '\0';
	T(!strcmp(link, "anon_inode:[eventpoll]"), "its name: %s", link);
	is(lseek(ep, 5, SEEK_SET), 0, 0, "it has no position");
	is(read(ep, link, 8), -1, EINVAL, "and nothing to read");
	getrlimit(RLIMIT_NOFILE, &old);
	low = (struct rlimit){ 3, old.rlim_max };
	setrlimit(RLIMIT_NOFILE, &low);
	is(epoll_create1(0), -1, EMFILE, "no descriptor left");
	setrlimit(RLIMIT_NOFILE, &old);
}

int main(void)
{
	pipe(p);
	ep = epoll_create1(0);
	errors();
	modes();
	edges_of_eventfd();
	closing();
	nesting();
	waiting();
	is(woken_by_one_write(0), 3, 0, "three instances, all woken");
	is(woken_by_one_write(EPOLLEXCLUSIVE), 1, 0,
	   "EPOLLEXCLUSIVE: only one");
	descriptors();
	return done();
}

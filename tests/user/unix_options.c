/* SPDX-License-Identifier: MIT */
/* Options and time limits of AF_UNIX sockets; many messages in one call. */
#include "t.h"
#include <poll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>

/* As the kernel has them; the C library's have other paddings. */
struct k_msghdr {
	void *name;
	int namelen;
	struct iovec *iov;
	size_t iovlen;
	void *control;
	size_t controllen;
	unsigned int flags;
};
struct k_mmsghdr {
	struct k_msghdr hdr;
	unsigned int len;
};

static void on_signal(int sig)
{
	(void)sig;
}

static void pair(int fd[2], int type)
{
	if (socketpair(AF_UNIX, type, 0, fd))
		exit(99);
}

static int get(int fd, int name)
{
	int v = -1;
	socklen_t len = sizeof(v);

	return getsockopt(fd, SOL_SOCKET, name, &v, &len) ? -errno : v;
}

static int set(int fd, int name, int v)
{
	return setsockopt(fd, SOL_SOCKET, name, &v, sizeof(v));
}

static void flags(int fd)
{
	static const struct {
		int name;
		const char *text;
	} opts[] = {
		{ SO_DEBUG, "SO_DEBUG" },
		{ SO_REUSEADDR, "SO_REUSEADDR" },
		{ SO_DONTROUTE, "SO_DONTROUTE" },
		{ SO_BROADCAST, "SO_BROADCAST" },
		{ SO_KEEPALIVE, "SO_KEEPALIVE" },
		{ SO_OOBINLINE, "SO_OOBINLINE" },
		{ SO_TIMESTAMP, "SO_TIMESTAMP" },
		{ SO_PASSCRED, "SO_PASSCRED" },
	};

	for (unsigned int i = 0; i < sizeof(opts) / sizeof(*opts); i++) {
		is(get(fd, opts[i].name), 0, 0, "%s is off", opts[i].text);
		is(set(fd, opts[i].name, 77), 0, 0, "%s: set", opts[i].text);
		is(get(fd, opts[i].name), 1, 0, "%s is on", opts[i].text);
		is(set(fd, opts[i].name, 0), 0, 0, "%s: back", opts[i].text);
		is(get(fd, opts[i].name), 0, 0, "%s is off", opts[i].text);
	}
}

static void numbers(int fd)
{
	is(get(fd, SO_PRIORITY), 0, 0, "SO_PRIORITY");
	is(set(fd, SO_PRIORITY, 6), 0, 0, "6");
	is(get(fd, SO_PRIORITY), 6, 0, "is told");
	is(get(fd, SO_RCVLOWAT), 1, 0, "SO_RCVLOWAT");
	is(get(fd, SO_SNDLOWAT), 1, 0, "SO_SNDLOWAT");
	is(set(fd, SO_SNDLOWAT, 2), -1, ENOPROTOOPT, "which cannot be set");
	is(set(fd, SO_RCVLOWAT, -1), 0, 0, "SO_RCVLOWAT -1");
	is(get(fd, SO_RCVLOWAT), 0x7fffffff, 0, "is as much as can be");
	is(set(fd, SO_RCVLOWAT, 0), 0, 0, "SO_RCVLOWAT 0");
	is(get(fd, SO_RCVLOWAT), 1, 0, "is 1");
	is(set(fd, SO_SNDBUF, -1), 0, 0, "SO_SNDBUF -1");
	is(set(fd, SO_RCVBUF, 0), 0, 0, "SO_RCVBUF 0");
	is(get(fd, SO_RCVBUF), 2304, 0, "is the least");
	is(set(fd, SO_SNDBUFFORCE, 1000000), 0, 0, "root may force");
	is(get(fd, SO_SNDBUF), 2000000, 0, "SO_SNDBUF");
	is(set(fd, SO_RCVBUFFORCE, 1000000), 0, 0, "the other, too");
	is(get(fd, SO_RCVBUF), 2000000, 0, "SO_RCVBUF");
	is(get(fd, SO_ACCEPTCONN), 0, 0, "SO_ACCEPTCONN");
	is(set(fd, SO_ACCEPTCONN, 1), -1, ENOPROTOOPT, "is not for setting");
	is(set(fd, SO_ERROR, 1), -1, ENOPROTOOPT, "nor SO_ERROR");
	is(set(fd, SO_DOMAIN, 1), -1, ENOPROTOOPT, "nor SO_DOMAIN");
	is(set(fd, SO_PROTOCOL, 1), -1, ENOPROTOOPT, "nor SO_PROTOCOL");
	is(set(fd, 9999, 1), -1, ENOPROTOOPT, "no such option");
	is(set(99, SO_SNDBUF, 1), -1, EBADF, "no such descriptor");
	is(set(0, SO_SNDBUF, 1), -1, ENOTSOCK, "no socket");
	is(get(99, SO_SNDBUF), -EBADF, 0, "the same to get");
	is(get(0, SO_SNDBUF), -ENOTSOCK, 0, "the same to get");
}

static void as_somebody(int fd)
{
	int status = in_child({
		if (setgid(1000) || setuid(1000))
			_exit(9);
		is(set(fd, SO_SNDBUFFORCE, 1), -1, EPERM, "SO_SNDBUFFORCE");
		is(set(fd, SO_RCVBUFFORCE, 1), -1, EPERM, "SO_RCVBUFFORCE");
		is(set(fd, SO_DEBUG, 1), -1, EACCES, "SO_DEBUG");
		is(set(fd, SO_PRIORITY, 7), -1, EPERM, "SO_PRIORITY 7");
	});

	is(status, 0, 0, "not for everybody");
}

static void lengths(int fd)
{
	struct linger l = { 5, 30 };
	socklen_t len = 2;
	char v[4] = { 9, 9, 9, 9 };

	is(getsockopt(fd, SOL_SOCKET, SO_TYPE, v, &len), 0, 0, "two bytes");
	T(len == 2 && v[0] == SOCK_STREAM && !v[1] && v[2] == 9, "no more");
	len = (socklen_t)-1;
	is(getsockopt(fd, SOL_SOCKET, SO_TYPE, v, &len), -1, EINVAL,
	   "a negative length");
	len = 4;
	is(getsockopt(fd, SOL_SOCKET, SO_TYPE, (void *)8, &len), -1, EFAULT,
	   "to nowhere");
	is(getsockopt(fd, SOL_SOCKET, SO_TYPE, v, (void *)8), -1, EFAULT,
	   "no length");
	is(getsockopt(fd, 77, 1, v, &len), -1, EOPNOTSUPP, "level 77");
	is(setsockopt(fd, SOL_SOCKET, SO_LINGER, &l, 4), -1, EINVAL,
	   "half a struct linger");
	is(setsockopt(fd, SOL_SOCKET, SO_LINGER, &l, sizeof(l)), 0, 0,
	   "a whole");
	len = sizeof(l);
	memset(&l, 0, sizeof(l));
	is(getsockopt(fd, SOL_SOCKET, SO_LINGER, &l, &len), 0, 0, "SO_LINGER");
	T(l.l_onoff == 1 && l.l_linger == 30 && len == 8, "is told");
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void times(int fd)
{
	struct timeval tv = { 1, 500000 };
	socklen_t len = sizeof(tv);

	is(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)), 0, 0,
	   "1.5 s");
	memset(&tv, 0, sizeof(tv));
	is(getsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, &len), 0, 0, "get it");
	T(tv.tv_sec == 1 && tv.tv_usec == 500000 && len == 16, "1.5 s");
	len = sizeof(tv);
	is(getsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, &len), 0, 0, "other");
	T(!tv.tv_sec && !tv.tv_usec, "is for ever");
	tv.tv_usec = 1000000;
	is(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv)), -1, EDOM,
	   "a million microseconds");
	tv.tv_usec = -1;
	is(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv)), -1, EDOM,
	   "less than none");
	is(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, 8), -1, EINVAL,
	   "half of it");
	tv = (struct timeval){ 0, 0 };
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
}

static void waits(int type, const char *name)
{
	struct sigaction sa = { .sa_handler = on_signal,
				.sa_flags = SA_RESTART };
	struct timeval tv = { 0, 200000 }, back = { -1, 0 };
	static char big[100000];
	double start;
	int fd[2];

	pair(fd, type);
	setsockopt(fd[0], SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	setsockopt(fd[0], SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv));
	start = now();
	is(recv(fd[0], big, 1, 0), -1, EAGAIN, "%s: nothing came", name);
	T(now() - start > 0.15, "%s: it waited", name);
	while (send(fd[0], big, sizeof(big), MSG_DONTWAIT) > 0)
		;
	start = now();
	is(send(fd[0], big, sizeof(big), 0), -1, EAGAIN, "%s: full", name);
	T(now() - start > 0.15, "%s: it waited", name);
	tv.tv_sec = 20;
	setsockopt(fd[0], SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	sigaction(SIGALRM, &sa, NULL);
	is(interrupted_by(200, recv(fd[0], big, 1, 0)), -1, EINTR,
	   "%s: SA_RESTART repeats no wait with a limit", name);
	setsockopt(fd[0], SOL_SOCKET, SO_RCVTIMEO, &back, sizeof(back));
	is(recv(fd[0], big, 1, 0), -1, EAGAIN, "%s: a negative time", name);
	close(fd[0]);
	close(fd[1]);
}

static void low_water(void)
{
	char buf[8];
	int fd[2], status;

	pair(fd, SOCK_STREAM);
	set(fd[0], SO_RCVLOWAT, 4);
	write(fd[1], "ab", 2);
	status = in_child({
		if (!fork()) {
			usleep(100000);
			write(fd[1], "cdef", 4);
			_exit(0);
		}
	});
	is(status, 0, 0, "a writer");
	is(recv(fd[0], buf, 8, 0), 6, 0, "SO_RCVLOWAT waits for 4 bytes");
	write(fd[1], "ab", 2);
	is(recv(fd[0], buf, 8, MSG_DONTWAIT), 2, 0, "not with MSG_DONTWAIT");
	close(fd[0]);
	close(fd[1]);
}

static void fill(struct k_mmsghdr *v, struct iovec *iov, char (*buf)[8], int n)
{
	memset(v, 0, sizeof(*v) * (size_t)n);
	for (int i = 0; i < n; i++) {
		iov[i] = (struct iovec){ buf[i], 8 };
		v[i].hdr.iov = iov + i;
		v[i].hdr.iovlen = 1;
	}
}

static long recv_many(int fd, void *v, int n, int flags, void *t)
{
	return syscall(SYS_recvmmsg, fd, v, n, flags, t);
}

static void many(void)
{
	char out[4][8] = { "one", "two", "three", "four" }, in[4][8] = {};
	struct timespec ts = { 0, 0 };
	struct k_mmsghdr v[4];
	struct iovec iov[4];
	int fd[2];

	pair(fd, SOCK_DGRAM);
	fill(v, iov, out, 4);
	iov[1].iov_len = 3;
	is(syscall(SYS_sendmmsg, fd[0], v, 4, 0), 4, 0, "sendmmsg");
	T(v[0].len == 8 && v[1].len == 3, "tells how long they were");
	fill(v, iov, in, 4);
	is(recv_many(fd[1], v, 3, 0, NULL), 3, 0, "recvmmsg");
	T(v[0].len == 8 && v[1].len == 3 && !strcmp(in[0], "one") &&
		  !strcmp(in[2], "three"),
	  "they come in order");
	is(recv_many(fd[1], v, 4, MSG_WAITFORONE, NULL), 1, 0,
	   "MSG_WAITFORONE");
	is(recv_many(fd[1], v, 4, MSG_DONTWAIT, NULL), -1, EAGAIN, "no more");
	is(recv_many(fd[1], v, 0, 0, NULL), 0, 0, "none at all");
	fill(v, iov, out, 4);
	v[2].hdr.iov = (void *)8;
	is(syscall(SYS_sendmmsg, fd[0], v, 4, 0), 2, 0, "two before a bad one");
	is(syscall(SYS_sendmmsg, fd[0], v + 2, 1, 0), -1, EFAULT, "the bad");
	fill(v, iov, in, 4);
	is(recv_many(fd[1], v, 4, 0, &ts), 1, 0, "no time: one");
	T(!ts.tv_sec && !ts.tv_nsec, "nothing is left of it");
	v[1].hdr.iov = (void *)8;
	is(syscall(SYS_sendmmsg, fd[0], v, 1, 0), 1, 0, "one more");
	is(recv_many(fd[1], v, 4, 0, NULL), 1, 0, "one before a bad one");
	is(recv_many(fd[1], v, 1, MSG_DONTWAIT, NULL), -1, EFAULT,
	   "the error is told then");
	ts.tv_nsec = 1000000000;
	is(recv_many(fd[1], v, 1, 0, &ts), -1, EINVAL, "no such time");
	is(recv_many(fd[1], v, 1, 0, (void *)8), -1, EFAULT, "nowhere");
	is(recv_many(99, v, 1, 0, NULL), -1, EBADF, "no descriptor");
	is(recv_many(0, v, 1, 0, NULL), -1, ENOTSOCK, "no socket");
	is(syscall(SYS_sendmmsg, 0, v, 1, 0), -1, ENOTSOCK, "nor to send");
	close(fd[0]);
	close(fd[1]);
}

static void polling(void)
{
	static char big[300000];
	struct pollfd p = { .events = POLLIN };
	fd_set set;
	int fd[2], status;

	pair(fd, SOCK_STREAM);
	p.fd = fd[0];
	is(poll(&p, 1, 50), 0, 0, "nothing to read");
	status = in_child({
		if (!fork()) {
			usleep(100000);
			write(fd[1], "x", 1);
			_exit(0);
		}
	});
	is(status, 0, 0, "a writer");
	is(poll(&p, 1, 10000), 1, 0, "poll wakes");
	is(p.revents, POLLIN, 0, "POLLIN");
	read(fd[0], big, 1);
	while (send(fd[0], big, sizeof(big), MSG_DONTWAIT) > 0)
		;
	FD_ZERO(&set);
	FD_SET(fd[0], &set);
	status = in_child({
		if (!fork()) {
			usleep(100000);
			while (recv(fd[1], big, sizeof(big), MSG_DONTWAIT) > 0)
				;
			_exit(0);
		}
	});
	is(status, 0, 0, "a reader");
	is(select(fd[0] + 1, NULL, &set, NULL, NULL), 1, 0, "select wakes");
	close(fd[0]);
	close(fd[1]);
}

int main(void)
{
	int fd[2];

	pair(fd, SOCK_STREAM);
	flags(fd[0]);
	numbers(fd[0]);
	as_somebody(fd[0]);
	lengths(fd[0]);
	times(fd[0]);
	waits(SOCK_STREAM, "stream");
	waits(SOCK_DGRAM, "dgram");
	low_water();
	many();
	polling();
	return done();
}

/* SPDX-License-Identifier: MIT */
/* Pairs of AF_UNIX sockets: types, ends, what fits, options, errors. */
#include "t.h"
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>

static char big[300000];
static volatile int signals;

static void on_signal(int sig)
{
	(void)sig;
	signals++;
}

static void pair(int fd[2], int type)
{
	if (socketpair(AF_UNIX, type, 0, fd))
		exit(99);
}

static void both(int fd[2])
{
	close(fd[0]);
	close(fd[1]);
}

static int revents(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLOUT | POLLRDHUP };

	poll(&p, 1, 0);
	return p.revents;
}

static void creation(void)
{
	int fd[2];
	struct stat st;
	char link[64] = {};

	is(socketpair(99, SOCK_STREAM, 0, fd), -1, EAFNOSUPPORT, "family 99");
	is(socketpair(AF_UNIX, SOCK_STREAM, 6, fd), -1, EPROTONOSUPPORT,
	   "protocol 6");
	is(socketpair(AF_UNIX, SOCK_RDM, 0, fd), -1, ESOCKTNOSUPPORT,
	   "SOCK_RDM");
	is(socketpair(AF_UNIX, 15, 0, fd), -1, EINVAL, "type 15");
	is(socketpair(AF_UNIX, SOCK_STREAM | 0x10, 0, fd), -1, EINVAL,
	   "unknown flags");
	is(syscall(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, 8), -1, EFAULT,
	   "nowhere to put them");
	is(socket(99, SOCK_STREAM, 0), -1, EAFNOSUPPORT, "socket of family 99");
	is(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
		      AF_UNIX, fd),
	   0, 0, "flags");
	T(fcntl(fd[0], F_GETFD) == FD_CLOEXEC &&
		  fcntl(fd[1], F_GETFL) == (O_RDWR | O_NONBLOCK),
	  "are set");
	T(!fstat(fd[0], &st) && st.st_mode == (S_IFSOCK | 0777) && !st.st_size,
	  "fstat says socket");
	sprintf(big, "/proc/self/fd/%d", fd[0]);
	T(readlink(big, link, 63) > 0 && !strncmp(link, "socket:[", 8),
	  "/proc shows socket:[N]");
	is(open(big, O_RDWR), -1, ENXIO, "which cannot be opened again");
	is(lseek(fd[0], 0, SEEK_SET), -1, ESPIPE, "no positions");
	is(ioctl(fd[0], 0x1234, 0), -1, ENOTTY, "unknown ioctl");
	both(fd);
}

static void stream(void)
{
	struct iovec iov[2] = { { "ab", 2 }, { "cde", 3 } };
	char buf[16] = {};
	int fd[2], n;

	pair(fd, SOCK_STREAM);
	is(recv(fd[0], buf, 1, MSG_DONTWAIT), -1, EAGAIN, "empty");
	is(write(fd[0], "hello", 5), 5, 0, "write");
	is(writev(fd[0], iov, 2), 5, 0, "writev");
	is(ioctl(fd[1], FIONREAD, &n), 0, 0, "FIONREAD");
	T(n == 10, "ten bytes");
	is(recv(fd[1], buf, 16, MSG_PEEK), 10, 0, "peek");
	T(!memcmp(buf, "helloabcde", 10), "sees all");
	is(recv(fd[1], buf, 3, 0), 3, 0, "a part");
	is(read(fd[1], buf, 0), 0, 0, "read nothing");
	is(recv(fd[1], buf, 16, MSG_WAITALL | MSG_DONTWAIT), 7, 0, "the rest");
	T(!memcmp(buf, "loabcde", 7), "in order");
	is(write(fd[0], "", 0), 0, 0, "write nothing");
	is(revents(fd[1]), POLLOUT, 0, "nothing to read then");
	is(write(fd[0], (void *)8, 5), -1, EFAULT, "bad buffer");
	both(fd);
	pair(fd, SOCK_STREAM);
	write(fd[0], "abc", 3);
	is(read(fd[1], (void *)8, 3), -1, EFAULT, "bad buffer to read");
	is(read(fd[1], buf, 3), 3, 0, "nothing was lost");
	fcntl(fd[0], F_SETFL, O_NONBLOCK);
	n = (int)write(fd[0], big, sizeof(big));
	T(n >= 100000 && n < (int)sizeof(big), "a big write is cut");
	is(write(fd[0], big, 1), -1, EAGAIN, "full");
	is(revents(fd[0]), 0, 0, "not writable");
	for (int left = n; left > 0;) {
		int got = (int)read(fd[1], big, sizeof(big));

		if (got <= 0)
			break;
		left -= got;
		n -= got;
	}
	is(n, 0, 0, "all comes out");
	is(revents(fd[0]), POLLOUT, 0, "writable");
	both(fd);
}

static void blocking(void)
{
	struct sigaction sa = { .sa_handler = on_signal };
	static char buf[300000];
	int fd[2], status;

	pair(fd, SOCK_STREAM);
	status = in_child({
		close(fd[1]);
		if (!fork()) {
			_exit(write(fd[0], big, sizeof(big)) != sizeof(big));
		}
	});
	is(status, 0, 0, "a writer of 300000 bytes");
	is(recv(fd[1], buf, sizeof(buf), MSG_WAITALL), 300000, 0,
	   "MSG_WAITALL takes them all");
	sigaction(SIGALRM, &sa, NULL);
	is(interrupted_by(200, recv(fd[1], buf, 1, 0)), -1, EINTR,
	   "a signal ends the wait");
	T(signals >= 1, "whose handler ran");
	both(fd);
}

static void ends(int type, const char *name)
{
	struct sigaction sa = { .sa_handler = on_signal };
	char buf[8];
	int fd[2];

	sigaction(SIGPIPE, &sa, NULL);
	pair(fd, type);
	write(fd[1], "z", 1);
	close(fd[1]);
	is(revents(fd[0]), POLLIN | POLLOUT | POLLRDHUP | POLLHUP, 0,
	   "%s: peer closed", name);
	is(read(fd[0], buf, 8), 1, 0, "%s: what it sent", name);
	is(read(fd[0], buf, 8), 0, 0, "%s: then the end", name);
	signals = 0;
	is(write(fd[0], "a", 1), -1, EPIPE, "%s: write", name);
	is(signals, type == SOCK_STREAM, 0, "%s: SIGPIPE", name);
	is(send(fd[0], "a", 1, MSG_NOSIGNAL), -1, EPIPE, "%s: send", name);
	is(signals, type == SOCK_STREAM, 0, "%s: no SIGPIPE", name);
	close(fd[0]);

	pair(fd, type);
	write(fd[0], "unread", 6);
	close(fd[1]);
	T(revents(fd[0]) & POLLERR, "%s: unread data is an error", name);
	is(read(fd[0], buf, 8), -1, ECONNRESET, "%s: reset", name);
	is(read(fd[0], buf, 8), 0, 0, "%s: told once", name);
	close(fd[0]);

	pair(fd, type);
	is(shutdown(fd[0], 7), -1, EINVAL, "%s: shutdown 7", name);
	is(shutdown(fd[0], SHUT_WR), 0, 0, "%s: SHUT_WR", name);
	is(read(fd[1], buf, 1), 0, 0, "%s: end for the peer", name);
	is(send(fd[0], "a", 1, MSG_NOSIGNAL), -1, EPIPE, "%s: no more", name);
	is(write(fd[1], "b", 1), 1, 0, "%s: the other way is open", name);
	is(shutdown(fd[0], SHUT_RD), 0, 0, "%s: SHUT_RD", name);
	is(send(fd[1], "a", 1, MSG_NOSIGNAL), -1, EPIPE, "%s: closed", name);
	is(read(fd[0], buf, 8), 1, 0, "%s: what had come", name);
	is(read(fd[0], buf, 8), 0, 0, "%s: end", name);
	both(fd);
}

static void packets(int type, const char *name)
{
	char buf[16];
	struct iovec iov = { buf, 2 };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	int fd[2], n = 0;

	pair(fd, type);
	write(fd[0], "hello", 5);
	write(fd[0], "", 0);
	write(fd[0], "abc", 3);
	is(recv(fd[1], buf, 16, MSG_PEEK), 5, 0, "%s: one packet", name);
	is(recv(fd[1], buf, 2, MSG_PEEK | MSG_TRUNC), 5, 0, "%s: size", name);
	is(recvmsg(fd[1], &m, 0), 2, 0, "%s: a part", name);
	is(m.msg_flags, MSG_TRUNC, 0, "%s: MSG_TRUNC", name);
	is(recv(fd[1], buf, 16, 0), 0, 0, "%s: an empty packet", name);
	is(recv(fd[1], buf, 16, 0), 3, 0, "%s: the rest was lost", name);
	is(recv(fd[1], buf, 16, MSG_DONTWAIT), -1, EAGAIN, "%s: empty", name);
	is(send(fd[0], big, sizeof(big), 0), -1, EMSGSIZE, "%s: large", name);
	is(send(fd[0], big, 200000, 0), 200000, 0, "%s: just so", name);
	is(recv(fd[1], big, sizeof(big), 0), 200000, 0, "%s: whole", name);
	is(send(fd[0], "x", 1, MSG_OOB), -1, EOPNOTSUPP, "%s: oob", name);
	while (send(fd[0], "x", 1, MSG_DONTWAIT) == 1)
		n++;
	T(errno == EAGAIN && n > 10, "%s: full in the end", name);
	both(fd);
}

static void datagrams(void)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	char buf[4];
	int fd[2];

	pair(fd, SOCK_DGRAM);
	strcpy(un.sun_path, "nobody");
	is(sendto(fd[0], "a", 1, 0, (void *)&un, sizeof(un)), -1, ENOENT,
	   "no such name");
	strcpy(un.sun_path + 1, "nobody");
	un.sun_path[0] = 0;
	is(sendto(fd[0], "a", 1, 0, (void *)&un, 9), -1, ECONNREFUSED,
	   "no such abstract name");
	is(sendto(fd[0], "a", 1, 0, (void *)&un, 2), -1, EINVAL, "no name");
	is(sendto(fd[0], "a", 1, 0, (void *)&un, 200), -1, EINVAL, "too long");
	close(fd[1]);
	is(recv(fd[0], buf, 1, MSG_DONTWAIT), -1, EAGAIN, "peer gone: no end");
	is(write(fd[0], "a", 1), -1, ECONNREFUSED, "refused");
	is(write(fd[0], "a", 1), -1, ENOTCONN, "then not connected");
	close(fd[0]);
	pair(fd, SOCK_STREAM);
	is(sendto(fd[0], "a", 1, 0, (void *)&un, 9), -1, EISCONN, "EISCONN");
	both(fd);
}

static int opt(int fd, int name)
{
	int v = -1;
	socklen_t len = sizeof(v);

	return getsockopt(fd, SOL_SOCKET, name, &v, &len) ? -errno : v;
}

static void options(void)
{
	struct sockaddr_un un;
	struct ucred cred;
	socklen_t len;
	int fd[2], v = 1000;

	pair(fd, SOCK_SEQPACKET);
	is(opt(fd[0], SO_TYPE), SOCK_SEQPACKET, 0, "SO_TYPE");
	is(opt(fd[0], SO_DOMAIN), AF_UNIX, 0, "SO_DOMAIN");
	is(opt(fd[0], SO_PROTOCOL), 0, 0, "SO_PROTOCOL");
	is(opt(fd[0], SO_ERROR), 0, 0, "SO_ERROR");
	is(opt(fd[0], SO_ACCEPTCONN), 0, 0, "SO_ACCEPTCONN");
	is(opt(fd[0], SO_SNDBUF), 212992, 0, "SO_SNDBUF");
	is(opt(fd[0], 9999), -ENOPROTOOPT, 0, "unknown");
	is(setsockopt(fd[0], SOL_SOCKET, SO_SNDBUF, &v, 4), 0, 0, "set it");
	is(opt(fd[0], SO_SNDBUF), 4608, 0, "to the least");
	v = 10000;
	setsockopt(fd[0], SOL_SOCKET, SO_RCVBUF, &v, 4);
	is(opt(fd[0], SO_RCVBUF), 20000, 0, "doubled");
	is(setsockopt(fd[0], SOL_SOCKET, SO_SNDBUF, &v, 2), -1, EINVAL,
	   "too short");
	is(setsockopt(fd[0], SOL_SOCKET, SO_TYPE, &v, 4), -1, ENOPROTOOPT,
	   "SO_TYPE cannot be set");
	is(setsockopt(fd[0], SOL_SOCKET, SO_SNDBUF, (void *)8, 4), -1, EFAULT,
	   "from nowhere");
	is(setsockopt(fd[0], 77, 1, &v, 4), -1, EOPNOTSUPP, "level 77");
	len = sizeof(cred);
	T(!getsockopt(fd[0], SOL_SOCKET, SO_PEERCRED, &cred, &len) &&
		  cred.pid == getpid() && cred.uid == geteuid() && len == 12,
	  "SO_PEERCRED");
	len = sizeof(un);
	T(!getsockname(fd[0], (void *)&un, &len) && len == 2 &&
		  un.sun_family == AF_UNIX,
	  "no name");
	len = sizeof(un);
	T(!getpeername(fd[0], (void *)&un, &len) && len == 2, "peer neither");
	is(getsockname(fd[0], (void *)8, &len), -1, EFAULT, "nowhere");
	len = (socklen_t)-1;
	is(getsockname(fd[0], (void *)&un, &len), -1, EINVAL, "length -1");
	both(fd);
	is(send(0, "", 0, 0), -1, ENOTSOCK, "not a socket");
	is(send(fd[0], "", 0, 0), -1, EBADF, "not a descriptor");
	is(shutdown(0, 0), -1, ENOTSOCK, "nor to shut down");
}

int main(void)
{
	creation();
	stream();
	blocking();
	ends(SOCK_STREAM, "stream");
	ends(SOCK_SEQPACKET, "seqpacket");
	packets(SOCK_DGRAM, "dgram");
	packets(SOCK_SEQPACKET, "seqpacket");
	datagrams();
	options();
	return done();
}

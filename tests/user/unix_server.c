/* SPDX-License-Identifier: MIT */
/* AF_UNIX sockets that listen, accept and connect; datagrams by name. */
#include "unix_names.h"
#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <time.h>

static int server(int type, const char *text, int backlog)
{
	int fd = sock(type);

	unlink(text);
	if (bind_to(fd, text) || listen(fd, backlog))
		exit(98);
	return fd;
}

static int client(int type, const char *text)
{
	int fd = sock(type);

	if (connect_to(fd, text))
		exit(97);
	return fd;
}

static int revents(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLOUT | POLLRDHUP };

	poll(&p, 1, 0);
	return p.revents;
}

static int opt(int fd, int name)
{
	int v = -1;
	socklen_t n = sizeof(v);

	return getsockopt(fd, SOL_SOCKET, name, &v, &n) ? -errno : v;
}

static void on_signal(int sig)
{
	(void)sig;
}

/* As it is made: what an unconnected socket says. */
static void alone(int type, const char *kind)
{
	char c;
	int fd = sock(type), n;
	int stream = type == SOCK_STREAM;

	is(revents(fd), POLLOUT | POLLHUP, 0, "%s: POLLOUT and POLLHUP", kind);
	is(send(fd, "x", 1, MSG_NOSIGNAL), -1, ENOTCONN, "%s: send", kind);
	is(recv(fd, &c, 1, MSG_DONTWAIT), -1, stream ? EINVAL : ENOTCONN,
	   "%s: recv", kind);
	is(listen(fd, 1), -1, EINVAL, "%s: listen without a name", kind);
	is(accept(fd, NULL, NULL), -1, EINVAL, "%s: accept", kind);
	is(getpeername(fd, (void *)&un, &len), -1, ENOTCONN, "%s: peer", kind);
	is(shutdown(fd, SHUT_WR), 0, 0, "%s: shutdown", kind);
	is(ioctl(fd, FIONREAD, &n), 0, 0, "%s: FIONREAD", kind);
	if (stream)
		is(send_to(fd, "x", MSG_NOSIGNAL, "@x"), -1, EOPNOTSUPP,
		   "%s: sendto", kind);
	close(fd);
}

static void conversation(int type, const char *kind)
{
	struct sockaddr_un got;
	struct ucred cred;
	socklen_t n;
	char buf[8];
	int l = server(type, "s", 5), a, b;

	is(opt(l, SO_ACCEPTCONN), 1, 0, "%s: SO_ACCEPTCONN", kind);
	is(revents(l), 0, 0, "%s: nobody yet", kind);
	fcntl(l, F_SETFL, O_NONBLOCK);
	is(accept(l, NULL, NULL), -1, EAGAIN, "%s: nothing to accept", kind);
	a = sock(type);
	is(connect_to(a, "s"), 0, 0, "%s: connect", kind);
	is(revents(l), POLLIN, 0, "%s: somebody", kind);
	is(revents(a), POLLOUT, 0, "%s: can write at once", kind);
	is(write(a, "early", 5), 5, 0, "%s: before accept", kind);
	n = sizeof(got);
	b = accept(l, (void *)&got, &n);
	T(b >= 0 && n == 2 && got.sun_family == AF_UNIX, "%s: accept: no name",
	  kind);
	is(fcntl(b, F_GETFL), O_RDWR, 0, "%s: O_NONBLOCK is not handed on",
	   kind);
	is(read(b, buf, 8), 5, 0, "%s: what was early", kind);
	is(write(b, "ok", 2), 2, 0, "%s: the other way", kind);
	is(read(a, buf, 8), 2, 0, "%s: comes, too", kind);
	n = sizeof(got);
	T(!getpeername(a, (void *)&got, &n) && n == 4 &&
		  !strcmp(got.sun_path, "s"),
	  "%s: the peer has the listener's name", kind);
	n = sizeof(got);
	T(!getsockname(b, (void *)&got, &n) && n == 4, "%s: it says so", kind);
	n = sizeof(cred);
	T(!getsockopt(b, SOL_SOCKET, SO_PEERCRED, &cred, &n) &&
		  cred.pid == getpid(),
	  "%s: SO_PEERCRED", kind);
	is(connect_to(a, "s"), -1, EISCONN, "%s: connected", kind);
	is(listen(a, 1), -1, EINVAL, "%s: cannot listen", kind);
	is(connect_to(l, "s"), -1, EINVAL, "%s: a listener", kind);
	is(read(l, buf, 1), -1, type == SOCK_STREAM ? EINVAL : ENOTCONN,
	   "%s: nothing to read from a listener", kind);
	is(send(l, buf, 1, MSG_NOSIGNAL), -1, ENOTCONN, "%s: nor to write",
	   kind);
	is(ioctl(l, FIONREAD, &n), -1, EINVAL, "%s: FIONREAD of it", kind);
	is(opt(b, SO_ACCEPTCONN), 0, 0, "%s: no listener", kind);
	close(l);
	is(write(a, "on", 2), 2, 0, "%s: goes on without it", kind);
	close(b);
	is(read(a, buf, 8), -1, ECONNRESET, "%s: unread: reset", kind);
	is(read(a, buf, 8), 0, 0, "%s: the end", kind);
	close(a);
}

static void names(void)
{
	struct sockaddr_un got;
	socklen_t n = sizeof(got);
	char buf[4];
	int l = server(SOCK_STREAM, "@l", 5), a = sock(SOCK_STREAM), b;

	bind_to(a, "@a");
	is(connect_to(a, "@l"), 0, 0, "from one name to another");
	b = accept4(l, (void *)&got, &n, SOCK_CLOEXEC | SOCK_NONBLOCK);
	T(b >= 0 && n == 4 && !memcmp(got.sun_path, "\0a", 2), "accept4");
	T(fcntl(b, F_GETFD) == FD_CLOEXEC &&
		  fcntl(b, F_GETFL) == (O_RDWR | O_NONBLOCK),
	  "its flags");
	write(a, "x", 1);
	n = sizeof(got);
	T(recvfrom(b, buf, 4, 0, (void *)&got, &n) == 1 && n == 4 &&
		  got.sun_path[1] == 'a',
	  "recvfrom of a stream knows the name");
	write(b, "x", 1);
	n = sizeof(got);
	T(recvfrom(a, buf, 4, 0, (void *)&got, &n) == 1 && n == 4 &&
		  got.sun_path[1] == 'l',
	  "the other way, the listener's");
	is(syscall(SYS_accept4, l, NULL, NULL, 1), -1, EINVAL, "a flag");
	close(a);
	a = client(SOCK_STREAM, "@l");
	is(accept(l, (void *)8, &n), -1, EFAULT, "accept to nowhere");
	is(read(a, buf, 1), 0, 0, "closes the connection");
	close(a);
	close(b);
	close(l);
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void backlog(void)
{
	struct sigaction sa = { .sa_handler = on_signal };
	struct timeval tv = { 0, 200000 };
	int l = server(SOCK_STREAM, "s", 1), fd[4], status;
	double start;

	for (int i = 0; i < 2; i++)
		fd[i] = client(SOCK_STREAM, "s");
	fd[2] = sock(SOCK_STREAM);
	fcntl(fd[2], F_SETFL, O_NONBLOCK);
	is(connect_to(fd[2], "s"), -1, EAGAIN, "1 and one more");
	fcntl(fd[2], F_SETFL, 0);
	setsockopt(fd[2], SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv));
	start = now();
	is(connect_to(fd[2], "s"), -1, EAGAIN, "SO_SNDTIMEO");
	T(now() - start > 0.15, "it waited");
	tv = (struct timeval){ 0, 0 };
	setsockopt(fd[2], SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv));
	sigaction(SIGALRM, &sa, NULL);
	is(interrupted_by(200, connect_to(fd[2], "s")), -1, EINTR, "a signal");
	listen(l, 2);
	is(connect_to(fd[2], "s"), 0, 0, "a longer backlog");
	status = in_child({
		if (!fork()) {
			usleep(200000);
			_exit(accept(l, NULL, NULL) < 0);
		}
	});
	is(status, 0, 0, "somebody will accept");
	fd[3] = sock(SOCK_STREAM);
	is(connect_to(fd[3], "s"), 0, 0, "connect waits for that");
	is(shutdown(l, SHUT_RD), 0, 0, "shut the listener down");
	close(fd[0]);
	fd[0] = sock(SOCK_STREAM);
	is(connect_to(fd[0], "s"), -1, ECONNREFUSED, "nobody listens");
	while (accept(l, NULL, NULL) >= 0)
		;
	T(errno == EINVAL, "accept after SHUT_RD");
	for (int i = 0; i < 4; i++)
		close(fd[i]);
	close(l);
}

static void accept_waits(void)
{
	struct timeval tv = { 0, 200000 };
	int l = server(SOCK_STREAM, "s", 1), status, fd;

	setsockopt(l, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	is(accept(l, NULL, NULL), -1, EAGAIN, "SO_RCVTIMEO");
	tv.tv_usec = 0;
	setsockopt(l, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	is(interrupted_by(200, accept(l, NULL, NULL)), -1, EINTR,
	   "a signal ends accept");
	status = in_child({
		if (!fork()) {
			usleep(200000);
			close(l); /* it is to go with ours */
			_exit(client(SOCK_STREAM, "s") < 0);
		}
	});
	is(status, 0, 0, "somebody will connect");
	fd = accept(l, NULL, NULL);
	T(fd >= 0, "accept waits for that");
	close(fd);
	fd = client(SOCK_STREAM, "s");
	is(write(fd, "x", 1), 1, 0, "not accepted yet");
	close(l);
	is(write(fd, "x", 1), -1, EPIPE, "the listener has gone");
	is(revents(fd) & POLLERR, POLLERR, 0, "an error waits");
	is(opt(fd, SO_ERROR), ECONNRESET, 0, "ECONNRESET");
	is(opt(fd, SO_ERROR), 0, 0, "told once");
	close(fd);
	fd = sock(SOCK_DGRAM);
	is(listen(fd, 1), -1, EOPNOTSUPP, "datagrams: listen");
	is(accept(fd, NULL, NULL), -1, EOPNOTSUPP, "datagrams: accept");
	close(fd);
}

static void datagrams(void)
{
	struct sockaddr_un got;
	socklen_t n = sizeof(got);
	char buf[8];
	int a = sock(SOCK_DGRAM), b = sock(SOCK_DGRAM), c = sock(SOCK_DGRAM);

	unlink("d");
	bind_to(a, "d");
	bind_to(b, "@b");
	is(revents(c), POLLOUT, 0, "a datagram socket can write");
	is(send_to(b, "one", 0, "d"), 3, 0, "sendto a path");
	is(send_to(c, "two", 0, "d"), 3, 0, "from no name");
	is(recvfrom(a, buf, 8, 0, (void *)&got, &n), 3, 0, "recvfrom");
	T(n == 4 && !memcmp(got.sun_path, "\0b", 2), "who sent it");
	is(sendto(a, "back", 4, 0, (void *)&got, n), 4, 0, "back to them");
	n = sizeof(got);
	T(recvfrom(b, buf, 8, 0, (void *)&got, &n) == 4 && n == 4 &&
		  !strcmp(got.sun_path, "d"),
	  "from a path");
	n = sizeof(got);
	T(recvfrom(a, buf, 8, 0, (void *)&got, &n) == 3 && !n,
	  "nobody has no address");
	is(send(c, "x", 1, 0), -1, ENOTCONN, "send without an address");
	is(connect_to(c, "d"), 0, 0, "connect");
	is(send(c, "x", 1, 0), 1, 0, "send");
	n = sizeof(got);
	T(!getpeername(c, (void *)&got, &n) && n == 4, "getpeername");
	is(connect_to(a, "@b"), 0, 0, "the other to a third");
	is(recv(a, buf, 8, MSG_DONTWAIT), 1, 0, "what was there stays");
	is(send(c, "x", 1, 0), -1, EPERM, "it only hears the third");
	is(connect_to(c, "d"), -1, EPERM, "no connection, either");
	is(send(b, "x", 1, 0), -1, ENOTCONN, "who has no peer of its own");
	is(send_to(b, "x", 0, "d"), 1, 0, "but can send");
	un.sun_family = AF_UNSPEC;
	is(connect(a, (void *)&un, 2), 0, 0, "AF_UNSPEC: no peer");
	is(recv(a, buf, 8, MSG_DONTWAIT), -1, EAGAIN, "and no messages");
	is(send(a, "x", 1, 0), -1, ENOTCONN, "disconnected");
	close(a);
	is(send(c, "x", 1, 0), -1, ECONNREFUSED, "the peer has gone");
	is(send(c, "x", 1, 0), -1, ENOTCONN, "told once");
	is(send_to(b, "x", 0, "d"), -1, ECONNREFUSED, "by name");
	is(send_to(b, "x", 0, "nowhere"), -1, ENOENT, "no path");
	close(b);
	close(c);
	a = sock(SOCK_DGRAM);
	bind_to(a, "@self");
	is(connect_to(a, "@self"), 0, 0, "with itself");
	is(send(a, "me", 2, 0), 2, 0, "send");
	is(recv(a, buf, 8, 0), 2, 0, "and receive");
	close(a);
}

static void full(void)
{
	char buf[4];
	int a = sock(SOCK_DGRAM), b = sock(SOCK_DGRAM), status, n = 0;
	struct pollfd p;

	bind_to(a, "@a");
	connect_to(b, "@a");
	while (send(b, "x", 1, MSG_DONTWAIT) == 1)
		n++;
	T(errno == EAGAIN && n == 11, "11 datagrams wait for a stranger");
	is(send_to(b, "x", MSG_DONTWAIT, "@a"), -1, EAGAIN, "by name, too");
	is(revents(b), 0, 0, "not writable");
	read(a, buf, 4);
	is(revents(b), POLLOUT, 0, "writable again");
	send(b, "x", 1, 0);
	status = in_child({
		if (!fork()) {
			usleep(200000);
			_exit(read(a, buf, 4) != 1);
		}
	});
	is(status, 0, 0, "somebody will read");
	is(send(b, "x", 1, 0), 1, 0, "send waits for that");
	status = in_child({
		if (!fork()) {
			usleep(200000);
			_exit(read(a, buf, 4) != 1);
		}
	});
	is(status, 0, 0, "somebody will read");
	p = (struct pollfd){ .fd = b, .events = POLLOUT };
	is(poll(&p, 1, 5000), 1, 0, "so does poll");
	close(a);
	is(revents(b), POLLOUT, 0, "its end makes writable, too");
	close(b);
}

static int wait_epoll(int ep, int ms)
{
	struct epoll_event e = { 0 };

	return epoll_wait(ep, &e, 1, ms) == 1 ? (int)e.events : 0;
}

static void with_epoll(void)
{
	struct epoll_event e = { .events = EPOLLIN | EPOLLOUT };
	int l = server(SOCK_STREAM, "@e", 5), ep = epoll_create1(0), a, b;
	int status;

	epoll_ctl(ep, EPOLL_CTL_ADD, l, &e);
	is(wait_epoll(ep, 0), 0, 0, "epoll: nobody");
	status = in_child({
		if (!fork()) {
			usleep(100000);
			a = client(SOCK_STREAM, "@e");
			_exit(write(a, "x", 1) != 1);
		}
	});
	is(status, 0, 0, "epoll: somebody will connect");
	is(wait_epoll(ep, 5000), EPOLLIN, 0, "epoll: a connection");
	close(accept(l, NULL, NULL));
	is(wait_epoll(ep, 0), 0, 0, "epoll: no more");
	a = client(SOCK_STREAM, "@e");
	b = accept(l, NULL, NULL);
	e.events = EPOLLIN | EPOLLRDHUP | EPOLLET;
	epoll_ctl(ep, EPOLL_CTL_ADD, b, &e);
	is(wait_epoll(ep, 0), 0, 0, "epoll: nothing to read");
	write(a, "x", 1);
	is(wait_epoll(ep, 0), EPOLLIN, 0, "epoll: a byte");
	is(wait_epoll(ep, 0), 0, 0, "epoll: EPOLLET tells once");
	write(a, "x", 1);
	is(wait_epoll(ep, 0), EPOLLIN, 0, "epoll: another byte");
	shutdown(a, SHUT_WR);
	is(wait_epoll(ep, 0), EPOLLIN | EPOLLRDHUP, 0, "epoll: SHUT_WR");
	close(a);
	is(wait_epoll(ep, 0), EPOLLIN | EPOLLRDHUP | EPOLLHUP, 0,
	   "epoll: closed");
	close(b);
	is(wait_epoll(ep, 0), 0, 0, "epoll: gone");
	close(l);
	close(ep);
}

/* What a hundred clients tell is told back to each of them. */
static void echo(void)
{
	int l = server(SOCK_STREAM, "echo", 10), status, bad = 0;
	char buf[8];

	status = in_child({
		close(0);
		for (int i = 0; i < 4; i++) {
			if (fork())
				continue;
			for (int k = 0; k < 25; k++) {
				int fd = client(SOCK_STREAM, "echo");

				sprintf(buf, "%d.%d", i, k);
				write(fd, buf, 8);
				bad |= recv(fd, buf, 8, MSG_WAITALL) != 8;
				bad |= atoi(buf) != i;
				close(fd);
			}
			_exit(bad);
		}
		for (int k = 0; k < 100; k++) {
			int fd = accept(l, NULL, NULL);

			recv(fd, buf, 8, MSG_WAITALL);
			write(fd, buf, 8);
			close(fd);
		}
		for (int i = 0; i < 4; i++) {
			int s;

			wait(&s);
			bad |= s;
		}
		_exit(bad != 0);
	});
	is(status, 0, 0, "a server and 100 connections");
	close(l);
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	alone(SOCK_STREAM, "stream");
	alone(SOCK_SEQPACKET, "seqpacket");
	conversation(SOCK_STREAM, "stream");
	conversation(SOCK_SEQPACKET, "seqpacket");
	names();
	backlog();
	accept_waits();
	datagrams();
	full();
	with_epoll();
	echo();
	return done();
}

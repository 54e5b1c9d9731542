/* SPDX-License-Identifier: MIT */
/* Descriptors and credentials over AF_UNIX sockets. */
#include "t.h"
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

static char control[4096] __attribute__((aligned(8)));
static struct iovec iov;
static struct msghdr m;

/* The C library's own touch the buffers, and send few descriptors only. */
static ssize_t k_sendmsg(int sock, const void *msg, int flags)
{
	return syscall(SYS_sendmsg, sock, msg, flags);
}

static ssize_t k_recvmsg(int sock, void *msg, int flags)
{
	return syscall(SYS_recvmsg, sock, msg, flags);
}

static void prepare(void *data, size_t n, size_t room)
{
	iov = (struct iovec){ data, n };
	m = (struct msghdr){ .msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = room ? control : NULL,
			     .msg_controllen = room };
}

static ssize_t send_fds(int sock, const char *data, const int *fds, int n)
{
	struct cmsghdr *c = (void *)control;

	prepare((void *)data, strlen(data), CMSG_SPACE(n * sizeof(int)));
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(n * sizeof(int));
	memcpy(CMSG_DATA(c), fds, n * sizeof(int));
	return k_sendmsg(sock, &m, MSG_NOSIGNAL);
}

/* Bytes; how many descriptors came in *n. */
static ssize_t recv_fds(int sock, char *buf, size_t size, int *fds, int *n,
			size_t room, int flags)
{
	struct cmsghdr *c;
	ssize_t ret;

	prepare(buf, size, room);
	*n = 0;
	ret = k_recvmsg(sock, &m, flags);
	c = ret < 0 ? NULL : CMSG_FIRSTHDR(&m);
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS) {
		*n = (int)((c->cmsg_len - CMSG_LEN(0)) / sizeof(int));
		memcpy(fds, CMSG_DATA(c), (size_t)*n * sizeof(int));
	}
	return ret;
}

static void pair(int fd[2], int type)
{
	if (socketpair(AF_UNIX, type, 0, fd))
		exit(99);
}

static void sealed_memory(void)
{
	int fd[2], mem, got[4], n, status;
	char buf[4], *p;

	pair(fd, SOCK_STREAM);
	status = in_child({
		close(fd[0]);
		mem = memfd_create("shared", MFD_ALLOW_SEALING);
		ftruncate(mem, PAGE);
		pwrite(mem, "sealed", 6, 0);
		fcntl(mem, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_WRITE);
		_exit(send_fds(fd[1], "m", &mem, 1) != 1);
	});
	is(status, 0, 0, "a child sends a sealed memfd");
	is(recv_fds(fd[0], buf, 4, got, &n, 256, 0), 1, 0, "its byte comes");
	is(n, 1, 0, "with one descriptor");
	is(fcntl(got[0], F_GET_SEALS), F_SEAL_SHRINK | F_SEAL_WRITE, 0,
	   "the seals hold");
	p = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, got[0], 0);
	T(p != MAP_FAILED && !strcmp(p, "sealed"), "it can be mapped");
	T(mmap(NULL, PAGE, PROT_WRITE, MAP_SHARED, got[0], 0) == MAP_FAILED &&
		  errno == EPERM,
	  "not to be written");
	close(got[0]);
	close(fd[0]);
	close(fd[1]);
}

static void boundaries(void)
{
	int fd[2], got[4], n, one = 0;
	char buf[32];

	pair(fd, SOCK_STREAM);
	write(fd[0], "abc", 3);
	send_fds(fd[0], "def", &one, 1);
	write(fd[0], "ghi", 3);
	is(recv_fds(fd[1], buf, 32, got, &n, 256, MSG_PEEK), 6, 0,
	   "peek ends behind the message with descriptors");
	is(n, 1, 0, "and gets a copy");
	close(got[0]);
	is(recv_fds(fd[1], buf, 4, got, &n, 256, MSG_CMSG_CLOEXEC), 4, 0,
	   "up to its first byte");
	is(n, 1, 0, "they come with it");
	is(fcntl(got[0], F_GETFD), FD_CLOEXEC, 0, "MSG_CMSG_CLOEXEC");
	is(m.msg_flags, MSG_CMSG_CLOEXEC, 0, "in msg_flags");
	close(got[0]);
	is(recv_fds(fd[1], buf, 32, got, &n, 256, 0), 5, 0, "the rest");
	is(n, 0, 0, "without");
	send_fds(fd[0], "x", &one, 1);
	is(read(fd[1], buf, 1), 1, 0, "read drops them");
	is(send_fds(fd[0], "", &one, 1), 0, 0, "no byte, no descriptors");
	is(recv(fd[1], buf, 1, MSG_DONTWAIT), -1, EAGAIN, "nothing came");
	close(fd[0]);
	close(fd[1]);
}

static void limits(void)
{
	static int many[300], got[300];
	struct rlimit rl;
	char buf[4];
	int fd[2], n;

	pair(fd, SOCK_DGRAM);
	is(send_fds(fd[0], "x", many, 254), -1, EINVAL, "254 are too many");
	is(send_fds(fd[0], "x", many, 253), 1, 0, "253 are not");
	is(recv_fds(fd[1], buf, 4, got, &n, 2048, 0), 1, 0, "they come");
	is(n, 253, 0, "all");
	for (int i = 0; i < n; i++)
		close(got[i]);
	many[1] = 999;
	is(send_fds(fd[0], "x", many, 2), -1, EBADF, "a bad descriptor");
	many[1] = -1;
	is(send_fds(fd[0], "x", many, 2), -1, EBADF, "-1");
	many[1] = 0;
	send_fds(fd[0], "x", many, 3);
	is(recv_fds(fd[1], buf, 4, got, &n, CMSG_LEN(8), 0), 1, 0,
	   "room for 2");
	T(n == 2 && (m.msg_flags & MSG_CTRUNC), "gives 2 and MSG_CTRUNC");
	close(got[0]);
	close(got[1]);
	send_fds(fd[0], "x", many, 1);
	is(recv_fds(fd[1], buf, 4, got, &n, 0, 0), 1, 0, "no room");
	T(!n && m.msg_flags == MSG_CTRUNC, "MSG_CTRUNC");
	send_fds(fd[0], "x", many, 2);
	getrlimit(RLIMIT_NOFILE, &rl);
	rl.rlim_cur = (rlim_t)fd[1] + 2;
	setrlimit(RLIMIT_NOFILE, &rl);
	is(recv_fds(fd[1], buf, 4, got, &n, 256, 0), 1, 0, "RLIMIT_NOFILE");
	T(n == 1 && (m.msg_flags & MSG_CTRUNC), "cuts them, too");
	rl.rlim_cur = 256;
	setrlimit(RLIMIT_NOFILE, &rl);
	close(got[0]);
	close(fd[0]);
	close(fd[1]);
}

static void refused(void)
{
	struct cmsghdr *c = (void *)control;
	int fd[2];

	pair(fd, SOCK_STREAM);
	prepare("x", 1, CMSG_SPACE(4));
	*c = (struct cmsghdr){ .cmsg_len = 8, .cmsg_level = SOL_SOCKET };
	is(k_sendmsg(fd[0], &m, 0), -1, EINVAL, "cmsg_len too small");
	c->cmsg_len = 4000;
	is(k_sendmsg(fd[0], &m, 0), -1, EINVAL, "too large");
	c->cmsg_len = CMSG_LEN(4);
	c->cmsg_type = 77;
	is(k_sendmsg(fd[0], &m, 0), -1, EINVAL, "unknown type");
	c->cmsg_type = SCM_CREDENTIALS;
	is(k_sendmsg(fd[0], &m, 0), -1, EINVAL, "short credentials");
	c->cmsg_level = 99;
	is(k_sendmsg(fd[0], &m, 0), 1, 0, "another level is ignored");
	m.msg_control = (void *)8;
	is(k_sendmsg(fd[0], &m, 0), -1, EFAULT, "control messages nowhere");
	m.msg_controllen = 0;
	m.msg_iovlen = 1025;
	is(k_sendmsg(fd[0], &m, 0), -1, EMSGSIZE, "1025 buffers");
	m.msg_iovlen = 1;
	m.msg_iov = (void *)8;
	is(k_sendmsg(fd[0], &m, 0), -1, EFAULT, "buffers nowhere");
	is(k_recvmsg(fd[0], &m, 0), -1, EFAULT, "also to receive");
	is(k_sendmsg(fd[0], (void *)8, 0), -1, EFAULT, "msghdr nowhere");
	is(k_recvmsg(fd[0], (void *)8, 0), -1, EFAULT, "also to receive");
	close(fd[0]);
	close(fd[1]);
}

static void credentials(void)
{
	struct cmsghdr *c = (void *)control;
	struct ucred *u = (void *)CMSG_DATA(c);
	int fd[2], on = 1, status;
	char buf[8];

	pair(fd, SOCK_STREAM);
	write(fd[0], "a", 1);
	setsockopt(fd[1], SOL_SOCKET, SO_PASSCRED, &on, 4);
	write(fd[0], "b", 1);
	prepare(buf, 8, sizeof(control));
	is(k_recvmsg(fd[1], &m, 0), 1, 0, "bytes of two writers stay apart");
	T(c->cmsg_type == SCM_CREDENTIALS && u->pid == 0 && u->uid == 65534,
	  "nobody, before SO_PASSCRED");
	prepare(buf, 8, sizeof(control));
	is(k_recvmsg(fd[1], &m, 0), 1, 0, "the next");
	T(u->pid == getpid() && u->uid == getuid() && u->gid == getgid(),
	  "tells who we are");
	status = in_child({
		if (setgid(1000) || setuid(1000))
			_exit(9);
		prepare("x", 1, CMSG_SPACE(sizeof(*u)));
		*c = (struct cmsghdr){ .cmsg_len = CMSG_LEN(sizeof(*u)),
				       .cmsg_level = SOL_SOCKET,
				       .cmsg_type = SCM_CREDENTIALS };
		*u = (struct ucred){ getpid(), 0, 1000 };
		is(k_sendmsg(fd[0], &m, 0), -1, EPERM, "not root");
		*u = (struct ucred){ 1, 1000, 1000 };
		is(k_sendmsg(fd[0], &m, 0), -1, EPERM, "not process 1");
		*u = (struct ucred){ getpid(), 1000, 1000 };
		is(k_sendmsg(fd[0], &m, 0), 1, 0, "the truth");
	});
	is(status, 0, 0, "as another user");
	prepare(buf, 8, sizeof(control));
	k_recvmsg(fd[1], &m, 0);
	T(u->uid == 1000 && u->gid == 1000, "it is told");
	prepare("x", 1, CMSG_SPACE(sizeof(*u)));
	*c = (struct cmsghdr){ .cmsg_len = CMSG_LEN(sizeof(*u)),
			       .cmsg_level = SOL_SOCKET,
			       .cmsg_type = SCM_CREDENTIALS };
	*u = (struct ucred){ 0x3fffffff, 7, 8 };
	is(k_sendmsg(fd[0], &m, 0), -1, ESRCH, "root: no such process");
	*u = (struct ucred){ 1, 7, 8 };
	is(k_sendmsg(fd[0], &m, 0), 1, 0, "root: anybody");
	prepare(buf, 8, sizeof(control));
	k_recvmsg(fd[1], &m, 0);
	T(u->pid == 1 && u->uid == 7 && u->gid == 8, "is believed");
	close(fd[0]);
	close(fd[1]);
}

static void too_many_in_flight(void)
{
	static int many[100];
	struct rlimit rl = { 20, 20 };
	int fd[2];

	pair(fd, SOCK_DGRAM);
	if (setgid(1001) || setuid(1001) || setrlimit(RLIMIT_NOFILE, &rl))
		exit(98);
	is(send_fds(fd[0], "x", many, 21), 1, 0, "21 in flight");
	is(send_fds(fd[0], "x", many, 1), -1, ETOOMANYREFS,
	   "more than RLIMIT_NOFILE");
	close(fd[0]);
	close(fd[1]);
}

int main(void)
{
	sealed_memory();
	boundaries();
	limits();
	refused();
	credentials();
	is(in_child(too_many_in_flight()), 0, 0, "limit of a user");
	return done();
}

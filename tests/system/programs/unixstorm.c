/* SPDX-License-Identifier: MIT */
/*
 * Processes that do anything with AF_UNIX sockets that they pass each other,
 * and are killed in the middle. What they had in use, cycles and all, is gone
 * afterwards: /proc/inuse of a debug kernel says so.
 *
 *	unixstorm SEED ROUNDS
 */
#include "inuse.h"
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#define CHILDREN 4
#define FDS	 24

static uint64_t state;

static unsigned int rnd(unsigned int n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (unsigned int)((state * 0x2545f4914f6cdd1dULL) >> 33) % n;
}

static int fds[FDS];
static char data[20000];
static char control[CMSG_SPACE(8 * sizeof(int))];

static void keep(int fd)
{
	unsigned int i = rnd(FDS);

	if (fd < 0)
		return;
	if (fds[i] >= 0)
		close(fds[i]);
	fds[i] = fd;
}

static int any(void)
{
	return fds[rnd(FDS)];
}

static int some_type(void)
{
	static const int types[] = { SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET };

	return types[rnd(3)] | (rnd(8) ? SOCK_NONBLOCK : 0);
}

static socklen_t some_name(struct sockaddr_un *un)
{
	unsigned int n = rnd(6);

	memset(un, 0, sizeof(*un));
	un->sun_family = rnd(20) ? AF_UNIX : AF_UNSPEC;
	un->sun_path[n < 3] = (char)('a' + n);
	return (socklen_t)offsetof(struct sockaddr_un, sun_path) + 2;
}

static void send_some(void)
{
	struct iovec iov = { data, 1 + rnd(rnd(10) ? 100 : sizeof(data)) };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *c = (void *)control;
	struct sockaddr_un un;
	int n = (int)rnd(9), pass[8];

	for (int i = 0; i < n; i++)
		pass[i] = any();
	if (n) {
		m.msg_control = control;
		m.msg_controllen = CMSG_SPACE((size_t)n * sizeof(int));
		*c = (struct cmsghdr){ .cmsg_len = CMSG_LEN((size_t)n *
							    sizeof(int)),
				       .cmsg_level = SOL_SOCKET,
				       .cmsg_type = SCM_RIGHTS };
		memcpy(CMSG_DATA(c), pass, (size_t)n * sizeof(int));
	}
	if (!rnd(4)) {
		m.msg_name = &un;
		m.msg_namelen = some_name(&un);
	}
	sendmsg(any(), &m, (rnd(8) ? MSG_DONTWAIT : 0) | MSG_NOSIGNAL);
}

static void receive_some(void)
{
	struct iovec iov = { data, 1 + rnd(rnd(10) ? 200 : sizeof(data)) };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = control,
			    .msg_controllen = sizeof(control) };
	struct cmsghdr *c;
	int got;

	if (recvmsg(any(), &m,
		    (rnd(8) ? MSG_DONTWAIT : 0) | (rnd(5) ? 0 : MSG_PEEK)) < 0)
		return;
	c = CMSG_FIRSTHDR(&m);
	if (!c || c->cmsg_type != SCM_RIGHTS)
		return;
	for (size_t i = 0; CMSG_LEN((i + 1) * sizeof(int)) <= c->cmsg_len;
	     i++) {
		memcpy(&got, CMSG_DATA(c) + i * sizeof(int), sizeof(int));
		keep(got);
	}
}

static void step(void)
{
	struct sockaddr_un un;
	struct pollfd p = { .fd = any(), .events = POLLIN | POLLOUT };
	int pair[2], on = (int)rnd(2), i;

	switch (rnd(16)) {
	case 0:
		keep(socket(AF_UNIX, some_type(), 0));
		break;
	case 1:
		if (!socketpair(AF_UNIX, some_type(), 0, pair)) {
			keep(pair[0]);
			keep(pair[1]);
		}
		break;
	case 2:
		bind(any(), (void *)&un, some_name(&un));
		break;
	case 3:
		listen(any(), (int)rnd(4));
		break;
	case 4:
	case 5:
		connect(any(), (void *)&un, some_name(&un));
		break;
	case 6:
	case 7:
		keep(accept(any(), NULL, NULL));
		break;
	case 8:
		i = (int)rnd(FDS);
		close(fds[i]);
		fds[i] = -1;
		break;
	case 9:
		shutdown(any(), (int)rnd(3));
		break;
	case 10:
		setsockopt(any(), SOL_SOCKET, SO_PASSCRED, &on, sizeof(on));
		poll(&p, 1, 1);
		break;
	case 11:
		un.sun_path[0] = (char)('d' + rnd(3));
		un.sun_path[1] = 0;
		unlink(un.sun_path);
		break;
	case 12:
	case 13:
		send_some();
		break;
	default:
		receive_some();
	}
}

/* Until killed; who waits for ever is killed there. */
static void run(unsigned int seed)
{
	state = seed * 0x9e3779b97f4a7c15ULL + 1;
	for (;;)
		step();
}

static void one_round(unsigned int seed)
{
	pid_t pid[CHILDREN];

	for (int i = 0; i < FDS; i++)
		fds[i] = -1;
	for (int i = 0; i < 8; i++)
		fds[i] = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	for (unsigned int i = 0; i < CHILDREN; i++) {
		pid[i] = fork();
		if (!pid[i])
			run(seed * CHILDREN + i);
	}
	for (int i = 0; i < 8; i++)
		close(fds[i]);
	usleep(100000 + seed % 7 * 10000);
	for (int i = 0; i < CHILDREN; i++)
		kill(pid[i], SIGKILL);
	for (int i = 0; i < CHILDREN; i++)
		waitpid(pid[i], NULL, 0);
	for (char name[2] = "d"; name[0] < 'g'; name[0]++)
		unlink(name);
	close(socket(AF_UNIX, SOCK_STREAM, 0)); /* and with it all garbage */
}

int main(int argc, char **argv)
{
	unsigned int seed = argc > 1 ? (unsigned int)atoi(argv[1]) : 1;
	int rounds = argc > 2 ? atoi(argv[2]) : 10, left;

	signal(SIGPIPE, SIG_IGN);
	mkdir("/tmp/unixstorm", 0700);
	if (chdir("/tmp/unixstorm"))
		return 98;
	one_round(seed);
	settle();
	usage(use_before);
	for (int i = 1; i <= rounds; i++)
		one_round(seed + (unsigned int)i);
	left = leaks();
	if (left)
		first_difference("in use", use_before, use_after, 20);
	printf("%s 1 - %d rounds of sockets leave nothing behind\n1..1\n",
	       left ? "not ok" : "ok", rounds);
	return left != 0;
}

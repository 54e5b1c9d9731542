/* SPDX-License-Identifier: MIT */
/*
 * Random calls on AF_UNIX sockets: every result, error, event and name must be
 * the same. With an argument, that seed only and each step of it.
 */
#include "t.h"
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>

#define SEEDS 40
#define STEPS 400
#define FDS   10

static uint64_t state, sum;
static int verbose, step_nr;
static int fds[FDS], gift;
static char data[3000];
static char control[64];

static unsigned int rnd(unsigned int n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (unsigned int)((state * 0x2545f4914f6cdd1dULL) >> 33) % n;
}

/* A result that counts. */
static void note(const char *what, unsigned int who, long ret, int err)
{
	if (ret != -1)
		err = 0;
	sum = (sum ^ (uint64_t)ret ^ ((uint64_t)err << 40)) * 0x100000001b3ULL;
	if (verbose)
		printf("# %d: %s %u = %ld, %d\n", step_nr, what, who, ret, err);
}

#define NOTE(who, call)                                                        \
	({                                                                     \
		errno = 0;                                                     \
		long n_ret = (long)(call);                                     \
		int n_err = errno;                                             \
		note(#call, who, n_ret, n_err);                                \
		n_ret;                                                         \
	})

static int some_type(void)
{
	static const int types[] = { SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET };

	return types[rnd(3)] | SOCK_NONBLOCK;
}

/* Which of the slots, so that descriptors' numbers do not matter. */
static void keep(unsigned int i, int fd)
{
	note("keep", i, fd >= 0, errno);
	if (fd < 0)
		return;
	if (fds[i] >= 0)
		close(fds[i]);
	fds[i] = fd;
}

static socklen_t some_name(struct sockaddr_un *un)
{
	socklen_t len = offsetof(struct sockaddr_un, sun_path);
	unsigned int kind = rnd(12);

	memset(un, 0, sizeof(*un));
	un->sun_family = AF_UNIX;
	if (kind == 0)
		un->sun_family = AF_UNSPEC;
	if (kind == 1)
		return len - rnd(3);
	if (kind < 7) {
		sprintf(un->sun_path, "n%u", rnd(5));
		return len + 3;
	}
	sprintf(un->sun_path + 1, "ikos%d.%u", (int)getpid(), rnd(5));
	return len + 1 + (socklen_t)strlen(un->sun_path + 1);
}

/* The number in a name that some_name() has made; its kind. */
static void note_name(const char *what, unsigned int i,
		      const struct sockaddr_un *un, socklen_t len)
{
	long id = 1000;

	if (len > offsetof(struct sockaddr_un, sun_path) + 1)
		id = un->sun_path[0] ? un->sun_path[1]
				     : strchr(un->sun_path + 1, '.')[1] + 256;
	note(what, i, id, 0);
}

static void name_of(unsigned int i)
{
	struct sockaddr_un un = { 0 };
	socklen_t len = sizeof(un);

	if (!NOTE(i, getsockname(fds[i], (void *)&un, &len)))
		note_name("socket's", i, &un, len);
	memset(&un, 0, sizeof(un));
	len = sizeof(un);
	if (!NOTE(i, getpeername(fds[i], (void *)&un, &len)))
		note_name("peer's", i, &un, len);
}

static void send_one(unsigned int i)
{
	/* Unread packets without a byte are no ECONNRESET on newer Linuxes. */
	struct iovec iov = { data, 1 + (rnd(4) ? rnd(20) : rnd(2999)) };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *c = (void *)control;
	struct sockaddr_un un;

	if (!rnd(4)) {
		m.msg_control = control;
		m.msg_controllen = CMSG_SPACE(sizeof(int));
		*c = (struct cmsghdr){ .cmsg_len = CMSG_LEN(sizeof(int)),
				       .cmsg_level = SOL_SOCKET,
				       .cmsg_type = SCM_RIGHTS };
		memcpy(CMSG_DATA(c), &gift, sizeof(int));
	}
	if (!rnd(3)) {
		m.msg_namelen = some_name(&un);
		m.msg_name = &un;
	}
	NOTE(i, sendmsg(fds[i], &m, MSG_NOSIGNAL));
}

static void take_gift(struct msghdr *m)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(m);
	int fd;

	if (!c || c->cmsg_type != SCM_RIGHTS)
		return;
	memcpy(&fd, CMSG_DATA(c), sizeof(int));
	close(fd);
}

static void receive_one(unsigned int i)
{
	static const int flags[] = {
		0, 0, 0, MSG_PEEK, MSG_TRUNC, MSG_WAITALL
	};
	struct sockaddr_un un = { 0 };
	struct iovec iov = { data, rnd(4) ? rnd(30) : rnd(sizeof(data)) };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_name = &un,
			    .msg_namelen = sizeof(un),
			    .msg_control = control,
			    .msg_controllen = rnd(4) ? sizeof(control) : 0 };

	int how = flags[rnd(6)];

	if (NOTE(i, recvmsg(fds[i], &m, how)) < 0)
		return;
	/* To peek up to the end of a message shows what comes with a later. */
	if (how != MSG_PEEK) {
		note("flags", i, m.msg_flags, 0);
		note("control", i, (long)m.msg_controllen, 0);
	}
	note_name("sender's", i, &un, m.msg_namelen);
	take_gift(&m);
}

static void look(unsigned int i)
{
	struct pollfd p = { .fd = fds[i],
			    .events = POLLIN | POLLOUT | POLLRDHUP };
	int n = -1;

	if (fds[i] < 0)
		return;
	poll(&p, 1, 0);
	note("poll", i, p.revents, 0);
	if (!NOTE(i, ioctl(fds[i], FIONREAD, &n)))
		note("FIONREAD", i, n, 0);
}

static void option(unsigned int i)
{
	static const int names[] = { SO_ERROR, SO_ACCEPTCONN, SO_TYPE,
				     SO_PASSCRED };
	int v = -1;
	socklen_t len = sizeof(v);

	if (!NOTE(i, getsockopt(fds[i], SOL_SOCKET, names[rnd(4)], &v, &len)))
		note("value", i, v, 0);
}

static void step(void)
{
	unsigned int i = rnd(FDS), j = rnd(FDS);
	struct sockaddr_un un;
	socklen_t len;
	int pair[2];

	switch (rnd(20)) {
	case 0:
		keep(i, socket(AF_UNIX, some_type(), 0));
		break;
	case 1:
		if (i == j || socketpair(AF_UNIX, some_type(), 0, pair))
			break;
		keep(i, pair[0]);
		keep(j, pair[1]);
		break;
	case 2:
	case 3:
		len = some_name(&un);
		/* Too short is a name of its own choice. */
		if (len > 2)
			NOTE(i, bind(fds[i], (void *)&un, len));
		break;
	case 4:
		NOTE(i, listen(fds[i], (int)rnd(3)));
		break;
	case 5:
	case 6:
	case 7:
		len = some_name(&un);
		NOTE(i, connect(fds[i], (void *)&un, len));
		break;
	case 8:
	case 9:
		keep(i, accept4(fds[j], NULL, NULL, SOCK_NONBLOCK));
		break;
	case 10:
		close(fds[i]);
		fds[i] = -1;
		break;
	case 11:
		if (!rnd(3))
			NOTE(i, shutdown(fds[i], (int)rnd(4)));
		break;
	case 12:
		sprintf(un.sun_path, "n%u", rnd(5));
		NOTE(0, unlink(un.sun_path));
		break;
	case 13:
		name_of(i);
		break;
	case 14:
		option(i);
		break;
	case 15:
	case 16:
	case 17:
		send_one(i);
		break;
	default:
		receive_one(i);
	}
	look(i);
	look(j);
}

static void run(unsigned int seed)
{
	state = seed * 0x9e3779b97f4a7c15ULL + 1;
	sum = 0;
	for (int i = 0; i < FDS; i++)
		fds[i] = i < 6 ? socket(AF_UNIX, some_type(), 0) : -1;
	for (step_nr = 0; step_nr < STEPS; step_nr++) {
		step();
		if (verbose > 1)
			printf("# %d: %016lx\n", step_nr, (long)sum);
		if (step_nr % 100 == 99)
			T(1, "seed %u, %d steps: %016lx", seed, step_nr + 1,
			  (long)sum);
	}
	for (int i = 0; i < FDS; i++)
		close(fds[i]);
	for (char name[] = "n0"; name[1] < '5'; name[1]++)
		unlink(name);
}

int main(int argc, char **argv)
{
	gift = memfd_create("gift", 0);
	verbose = argc > 1;
	if (verbose)
		run((unsigned int)atoi(argv[1]));
	for (unsigned int seed = 1; !verbose && seed <= SEEDS; seed++)
		run(seed);
	return done();
}

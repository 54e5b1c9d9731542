/* SPDX-License-Identifier: MIT */
/* AF_UNIX sockets, with every allocation failing. */
#include "failnth.h"

#include <stddef.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>

static struct sockaddr_un path = { AF_UNIX, "s" }, abstract = { AF_UNIX, "" };
static char control[CMSG_SPACE(4 * sizeof(int))];
static char data[9000];
static struct iovec iov = { data, 1 };
static struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

#define ABSTRACT_LEN ((socklen_t)offsetof(struct sockaddr_un, sun_path) + 5)

/* Four descriptors, two of them of the pair itself. */
static struct msghdr *with_fds(const int *pair)
{
	const int fds[4] = { pair[0], pair[1], 0, 1 };
	struct cmsghdr *c = (void *)control;

	msg.msg_control = control;
	msg.msg_controllen = sizeof(control);
	*c = (struct cmsghdr){ .cmsg_len = CMSG_LEN(sizeof(fds)),
			       .cmsg_level = SOL_SOCKET,
			       .cmsg_type = SCM_RIGHTS };
	memcpy(CMSG_DATA(c), fds, sizeof(fds));
	return &msg;
}

static void close_received(void)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
	int fds[4];

	if (!c)
		return;
	memcpy(fds, CMSG_DATA(c), c->cmsg_len - CMSG_LEN(0));
	close_all(fds, (int)((c->cmsg_len - CMSG_LEN(0)) / sizeof(int)));
}

static int sock(int type, const struct sockaddr_un *un, socklen_t len)
{
	int fd = socket(AF_UNIX, type | SOCK_NONBLOCK, 0);

	if (un)
		bind(fd, (void *)un, len);
	if (un && type == SOCK_STREAM)
		listen(fd, 5);
	return fd;
}

/* Cycles that these descriptors are in go when the next socket is closed. */
static void close_pair(const int *fd)
{
	close_all(fd, 2);
	close(socket(AF_UNIX, SOCK_STREAM, 0));
}

static int join(const struct sockaddr_un *un, socklen_t len)
{
	int fd = sock(SOCK_STREAM, NULL, 0);

	connect(fd, (void *)un, len);
	return fd;
}

static void t_socket(void)
{
	close((int)TRY(socket(AF_UNIX, SOCK_STREAM, 0)));
}

static void t_socketpair(void)
{
	int fd[2];

	if (TRY(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fd)) == 0)
		close_all(fd, 2);
}

static void t_bind_to_a_path(void)
{
	int fd = sock(SOCK_STREAM, NULL, 0);

	TRY(bind(fd, (void *)&path, sizeof(path)));
	close(fd);
	unlink("s");
}

static void t_bind_to_a_name(void)
{
	int fd = sock(SOCK_STREAM, NULL, 0);

	TRY(bind(fd, (void *)&abstract, ABSTRACT_LEN));
	close(fd);
}

static void t_bind_to_any_name(void)
{
	int fd = sock(SOCK_STREAM, NULL, 0);

	TRY(bind(fd, (void *)&abstract, 2));
	close(fd);
}

static void t_connect_to_a_path(void)
{
	int l = sock(SOCK_STREAM, &path, sizeof(path));
	int fd = sock(SOCK_STREAM, NULL, 0);

	TRY(connect(fd, (void *)&path, sizeof(path)));
	close(fd);
	close(l);
	unlink("s");
}

static void t_connect_a_datagram_socket(void)
{
	int l = sock(SOCK_DGRAM, &path, sizeof(path)), on = 1;
	int fd = sock(SOCK_DGRAM, NULL, 0);

	setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on));
	TRY(connect(fd, (void *)&path, sizeof(path)));
	close(fd);
	close(l);
	unlink("s");
}

static void t_accept(void)
{
	int l = sock(SOCK_STREAM, &abstract, ABSTRACT_LEN);
	int fd = join(&abstract, ABSTRACT_LEN);
	struct sockaddr_un un;
	socklen_t len = sizeof(un);

	close((int)TRY(accept(l, (void *)&un, &len)));
	close(fd);
	close(l);
}

static void t_close_a_listener(void)
{
	int l = sock(SOCK_STREAM, &abstract, ABSTRACT_LEN), fd[3];

	for (int i = 0; i < 3; i++) {
		fd[i] = join(&abstract, ABSTRACT_LEN);
		sendmsg(fd[i], with_fds(fd), MSG_NOSIGNAL);
	}
	TRY(close(l));
	close_all(fd, 3);
}

static void t_write(void)
{
	int fd[2];

	socketpair(AF_UNIX, SOCK_STREAM, 0, fd);
	TRY_ANY(write(fd[0], data, sizeof(data)));
	close_all(fd, 2);
}

static void t_sendto(void)
{
	int l = sock(SOCK_DGRAM, &path, sizeof(path));
	int fd = sock(SOCK_DGRAM, NULL, 0);

	TRY(sendto(fd, data, 5000, 0, (void *)&path, sizeof(path)));
	close(fd);
	close(l);
	unlink("s");
}

static void t_send_descriptors(void)
{
	int fd[2];

	socketpair(AF_UNIX, SOCK_STREAM, 0, fd);
	TRY(sendmsg(fd[0], with_fds(fd), 0));
	close_pair(fd);
}

static void t_send_from_many_buffers(void)
{
	static struct iovec many[100];
	int fd[2];

	for (int i = 0; i < 100; i++)
		many[i] = (struct iovec){ data, 10 };
	socketpair(AF_UNIX, SOCK_DGRAM, 0, fd);
	msg.msg_iov = many;
	msg.msg_iovlen = 100;
	msg.msg_controllen = 0;
	TRY(sendmsg(fd[0], &msg, 0));
	msg.msg_iov = &iov;
	msg.msg_iovlen = 1;
	close_all(fd, 2);
}

static void receive(int type, int flags)
{
	int fd[2];

	socketpair(AF_UNIX, type, 0, fd);
	sendmsg(fd[0], with_fds(fd), 0);
	msg.msg_controllen = sizeof(control);
	if (TRY(recvmsg(fd[1], &msg, flags)) > 0)
		close_received();
	close_pair(fd);
}

static void t_receive_descriptors(void)
{
	receive(SOCK_STREAM, 0);
}

static void t_receive_descriptors_of_a_packet(void)
{
	receive(SOCK_SEQPACKET, 0);
}

static void t_peek_at_descriptors(void)
{
	receive(SOCK_STREAM, MSG_PEEK);
}

static void t_peek_at_descriptors_of_a_packet(void)
{
	receive(SOCK_DGRAM, MSG_PEEK);
}

static void t_close_a_cycle(void)
{
	int fd[2];

	socketpair(AF_UNIX, SOCK_STREAM, 0, fd);
	sendmsg(fd[0], with_fds(fd), 0);
	close_all(fd, 2);
	fd[0] = socket(AF_UNIX, SOCK_STREAM, 0);
	TRY(close(fd[0]));
}

static void t_proc_net_unix(void)
{
	int fd = sock(SOCK_STREAM, &path, sizeof(path)), f;

	f = open("/proc/net/unix", O_RDONLY);
	TRY(read(f, data, sizeof(data)));
	close(f);
	close(fd);
	unlink("s");
}

int main(void)
{
	memcpy(abstract.sun_path, "\0name", 5);
	begin();
	SWEEP(socket);
	SWEEP(socketpair);
	SWEEP(bind_to_a_path);
	SWEEP(bind_to_a_name);
	SWEEP(bind_to_any_name);
	SWEEP(connect_to_a_path);
	SWEEP(connect_a_datagram_socket);
	SWEEP(accept);
	SWEEP(close_a_listener);
	SWEEP(write);
	SWEEP(sendto);
	SWEEP(send_descriptors);
	SWEEP(send_from_many_buffers);
	SWEEP(receive_descriptors);
	SWEEP(receive_descriptors_of_a_packet);
	SWEEP(peek_at_descriptors);
	SWEEP(peek_at_descriptors_of_a_packet);
	SWEEP(close_a_cycle);
	SWEEP(proc_net_unix);
	return end();
}

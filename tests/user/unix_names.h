/* SPDX-License-Identifier: MIT */
#ifndef TESTS_USER_UNIX_NAMES_H
#define TESTS_USER_UNIX_NAMES_H

/* AF_UNIX sockets and their names, for the programs about them. */
#include "t.h"
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

static struct sockaddr_un un; /* of the last call that had a name */
static socklen_t len;

/* "@x": the abstract name "x". */
static void set_name(const char *text)
{
	size_t n = strlen(text);

	memset(&un, 0, sizeof(un));
	un.sun_family = AF_UNIX;
	memcpy(un.sun_path, text, n);
	if (text[0] == '@')
		un.sun_path[0] = 0;
	else
		n++;
	len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
}

__attribute__((unused)) static int bind_to(int fd, const char *text)
{
	set_name(text);
	return bind(fd, (void *)&un, len);
}

__attribute__((unused)) static int connect_to(int fd, const char *text)
{
	set_name(text);
	return connect(fd, (void *)&un, len);
}

__attribute__((unused)) static ssize_t send_to(int fd, const char *data,
					       int flags, const char *text)
{
	set_name(text);
	return sendto(fd, data, strlen(data), flags, (void *)&un, len);
}

__attribute__((unused)) static int sock(int type)
{
	int fd = socket(AF_UNIX, type, 0);

	if (fd < 0)
		exit(99);
	return fd;
}

#endif

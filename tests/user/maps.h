/* SPDX-License-Identifier: MIT */
#ifndef TESTS_USER_MAPS_H
#define TESTS_USER_MAPS_H

#include "t.h"
#include <fcntl.h>
#include <sys/syscall.h>

/* musl's mprotect() rounds the range by itself. */
#define raw_mprotect(p, len, prot) syscall(SYS_mprotect, p, len, prot)

/* /proc/self/maps as one string; allocates nothing. */
__attribute__((unused)) static char *maps_text(void)
{
	static char text[65536];
	int fd = open("/proc/self/maps", O_RDONLY);
	size_t len = 0;
	ssize_t n;

	while ((n = read(fd, text + len, sizeof(text) - 1 - len)) > 0)
		len += (size_t)n;
	close(fd);
	text[len] = '\0';
	return text;
}

/* The bounds of the area with that name; 0 when there is none. */
__attribute__((unused)) static unsigned long area_named(const char *name,
							unsigned long *end)
{
	unsigned long start;
	char *at = strstr(maps_text(), name);

	if (!at)
		return 0;
	while (at[-1] != '\n')
		at--;
	if (sscanf(at, "%lx-%lx", &start, end) != 2)
		return 0;
	return start;
}

/*
 * The areas between two addresses, relative to the first, in pages:
 * "0-2 rw-p, 3-4 r--p".
 */
__attribute__((unused)) static const char *areas(const char *start, size_t len)
{
	static char text[4096];
	unsigned long from = (unsigned long)start, to = from + len;
	unsigned long a, b;
	char perms[8];
	size_t n = 0;

	text[0] = '\0';
	for (char *line = maps_text(); line && *line;
	     line = strchr(line, '\n') + 1) {
		if (sscanf(line, "%lx-%lx %7s", &a, &b, perms) != 3 ||
		    b <= from || a >= to)
			continue;
		a = a < from ? from : a;
		b = b > to ? to : b;
		n += (size_t)snprintf(text + n, sizeof(text) - n,
				      "%s%lu-%lu %s", n ? ", " : "",
				      (a - from) / PAGE, (b - from) / PAGE,
				      perms);
	}
	return text;
}

#define T_AREAS(start, len, want, ...)                                         \
	({                                                                     \
		const char *a_got = areas(start, len);                         \
		if (!T(!strcmp(a_got, want), __VA_ARGS__))                     \
			printf("# expected %s\n# got      %s\n", want, a_got); \
	})

#endif

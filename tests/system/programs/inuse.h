/* SPDX-License-Identifier: MIT */
#ifndef TESTS_SYSTEM_INUSE_H
#define TESTS_SYSTEM_INUSE_H

/* What the machine has in use, before and after: /proc/inuse of a debug
 * kernel. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static size_t file_text(const char *name, char *to, size_t size)
{
	int fd = open(name, O_RDONLY);
	size_t n = 0;
	ssize_t got;

	while (fd >= 0 && n + 1 < size &&
	       (got = read(fd, to + n, size - 1 - n)) > 0)
		n += (size_t)got;
	close(fd);
	to[n] = '\0';
	return n;
}

static char use_before[8192], use_after[8192];

static void usage(char *to)
{
	file_text("/proc/inuse", to, sizeof(use_before));
}

/* Tasks that have been waited for may still be on their way out. */
static int leaks(void)
{
	for (int i = 0; i < 2500; i++) {
		struct timespec ts = { 0, 2000000 };

		usage(use_after);
		if (!strcmp(use_before, use_after))
			return 0;
		nanosleep(&ts, NULL);
	}
	return 1;
}

static void first_difference(const char *what, const char *a, const char *b,
			     int lines)
{
	while (*a && *b && lines) {
		size_t la = strcspn(a, "\n"), lb = strcspn(b, "\n");

		if (la != lb || memcmp(a, b, la)) {
			printf("# %s: %.*s, then %.*s\n", what, (int)la, a,
			       (int)lb, b);
			lines--;
		}
		a += la + !!a[la];
		b += lb + !!b[lb];
	}
}

/* Before the first usage(). */
static void settle(void)
{
	/* Who passes the output on shall have touched its buffer by now. */
	printf("#%2000s\n", "what is in use is counted from here");
	fflush(stdout);
	usleep(100000);
	usage(use_before);
	leaks();
}

#endif

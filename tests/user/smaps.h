/* SPDX-License-Identifier: MIT */
#ifndef TESTS_USER_SMAPS_H
#define TESTS_USER_SMAPS_H

#include "t.h"
#include <fcntl.h>

/* A file of /proc as one string; allocates nothing. */
__attribute__((unused)) static char *proc_text(const char *path)
{
	static char text[1 << 17];
	int fd = open(path, O_RDONLY);
	size_t len = 0;
	ssize_t n;

	while ((n = read(fd, text + len, sizeof(text) - 1 - len)) > 0)
		len += (size_t)n;
	if (fd >= 0)
		close(fd);
	text[len] = '\0';
	return text;
}

/* The number behind "name:" in a text; -1: no such line. */
__attribute__((unused)) static long number_of(const char *text,
					      const char *name)
{
	size_t len = strlen(name);

	for (const char *line = text; line && *line;
	     line = (line = strchr(line, '\n')) ? line + 1 : NULL)
		if (!strncmp(line, name, len) && line[len] == ':')
			return atol(line + len + 1);
	return -1;
}

/* A number of /proc/self/status, /proc/meminfo or the like. */
__attribute__((unused)) static long proc_number(const char *path,
						const char *name)
{
	return number_of(proc_text(path), name);
}

/* The entry of smaps that begins at @p, as its own string; "" for none. */
__attribute__((unused)) static const char *smaps_of(const void *p)
{
	char want[32], *at, *end;

	snprintf(want, sizeof(want), "%08lx-", (unsigned long)p);
	at = proc_text("/proc/self/smaps");
	while (at && *at && strncmp(at, want, strlen(want))) {
		at = strchr(at, '\n');
		at = at ? at + 1 : NULL;
	}
	if (!at || !*at)
		return "";
	end = strstr(at, "VmFlags");
	end = end ? strchr(end, '\n') : NULL;
	if (end)
		end[1] = '\0';
	return at;
}

__attribute__((unused)) static long smaps_field(const void *p, const char *name)
{
	return number_of(smaps_of(p), name);
}

#endif

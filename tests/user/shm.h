/* SPDX-License-Identifier: MIT */
#ifndef TESTS_USER_SHM_H
#define TESTS_USER_SHM_H

#include "maps.h"
#include <sys/stat.h>

#ifndef F_ADD_SEALS
#define F_ADD_SEALS   1033
#define F_GET_SEALS   1034
#define F_SEAL_SEAL   1
#define F_SEAL_SHRINK 2
#define F_SEAL_GROW   4
#define F_SEAL_WRITE  8
#endif
#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 16
#endif
#ifndef FALLOC_FL_KEEP_SIZE
#define FALLOC_FL_KEEP_SIZE  1
#define FALLOC_FL_PUNCH_HOLE 2
#endif
#define HOLE (FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE)
#define RW   (PROT_READ | PROT_WRITE)

#define raw_memfd(name, flags) ((int)syscall(SYS_memfd_create, name, flags))

/* A file in memory of so many pages. */
__attribute__((unused)) static int memory_file(unsigned int flags, size_t pages)
{
	int fd = raw_memfd("t", flags);

	if (fd < 0 || ftruncate(fd, (off_t)(pages * PAGE)) < 0) {
		perror("memfd_create");
		exit(99);
	}
	return fd;
}

__attribute__((unused)) static char *map_fd(int fd, size_t pages, int prot,
					    int flags)
{
	return mmap(NULL, pages * PAGE, prot, flags, fd, 0);
}

__attribute__((unused)) static off_t size_of(int fd)
{
	struct stat st;

	return fstat(fd, &st) ? -1 : st.st_size;
}

/* 512-byte blocks in use. */
__attribute__((unused)) static long blocks_of(int fd)
{
	struct stat st;

	return fstat(fd, &st) ? -1 : (long)st.st_blocks;
}

/* The line of /proc/self/maps that @p is in, from the rights on, the inode
 * number replaced: "rw-s 00000000 00:01 N /dev/zero (deleted)". */
__attribute__((unused)) static const char *maps_line(const void *p)
{
	static char text[512];
	unsigned long a, b;
	char perms[8], offset[20], dev[16], name[300] = "";

	for (char *line = maps_text(); line && *line;
	     line = strchr(line, '\n') + 1) {
		name[0] = '\0';
		if (sscanf(line, "%lx-%lx %7s %19s %15s %*u%*[ ]%299[^\n]", &a,
			   &b, perms, offset, dev, name) < 5)
			continue;
		if ((unsigned long)p < a || (unsigned long)p >= b)
			continue;
		snprintf(text, sizeof(text), "%s %s %s N %s", perms, offset,
			 dev, name);
		return text;
	}
	return "(none)";
}

#define T_MAPS(p, want, ...)                                                   \
	({                                                                     \
		const char *m_got = maps_line(p);                              \
		if (!T(!strcmp(m_got, want), __VA_ARGS__))                     \
			printf("# expected %s\n# got      %s\n", want, m_got); \
	})

/* A number of /proc/self/status or /proc/meminfo, in KiB; -1: not there. */
__attribute__((unused)) static long kib_of(const char *file, const char *field)
{
	static char text[16384];
	int fd = open(file, O_RDONLY);
	ssize_t n = 0, r;
	char *at;

	while ((r = read(fd, text + n, sizeof(text) - 1 - (size_t)n)) > 0)
		n += r;
	close(fd);
	text[n] = '\0';
	at = strstr(text, field);
	return at ? atol(at + strlen(field) + 1) : -1;
}

#endif

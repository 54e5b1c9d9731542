/* SPDX-License-Identifier: MIT */
/*
 * fork() and what it leaves to be done later.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

#define FORKS	 8
#define FAULTS	 64
#define RESIDENT ((256UL << 20) / PAGE)

/* As a program does it, with what libc does around the calls. */
static long fork_exit_wait(void)
{
	uint64_t start = begin();

	for (int i = 0; i < FORKS; i++) {
		pid_t child = fork();

		if (!child)
			_exit(0);
		if (child < 0)
			return -errno;
		waitpid(child, NULL, 0);
	}
	return since(start);
}

static long fork_large(void)
{
	char *p = anon(RESIDENT);
	uint64_t start;
	long child, t;

	if (!p)
		return -ENOMEM;
	madvise(p, RESIDENT * PAGE, MADV_NOHUGEPAGE);
	write_pages(p, RESIDENT, PAGE);
	start = begin();
	/* The call alone: the time of libc's writes afterwards is no part. */
	child = syscall3(SYS_fork, 0, 0, 0);
	if (!child)
		syscall3(SYS_exit_group, 0, 0, 0);
	t = since(start);
	if (child > 0)
		waitpid((pid_t)child, NULL, 0);
	munmap(p, RESIDENT * PAGE);
	return child < 0 ? child : t;
}

/*
 * The child writes to what the parent still holds. The first write counts, too:
 * a kernel may have put off to it what another one does in fork().
 */
static long write_after_fork(void)
{
	char *p = anon(FAULTS);
	int report[2];
	pid_t child;
	long t;

	if (!p)
		return -ENOMEM;
	if (pipe(report))
		return -errno;
	write_pages(p, FAULTS, PAGE);
	child = fork();
	if (child < 0)
		return -errno;
	if (!child) {
		t = time_writes(p, FAULTS, PAGE);
		_exit(write(report[1], &t, sizeof(t)) != sizeof(t));
	}
	if (read(report[0], &t, sizeof(t)) != sizeof(t))
		t = -EIO;
	waitpid(child, NULL, 0);
	close(report[0]);
	close(report[1]);
	munmap(p, FAULTS * PAGE);
	return t;
}

const struct row process_rows[] = {
	{ "fork", "fork + exit + wait, small static process", FORKS, 4,
	  fork_exit_wait, .plain = 1 },
	{ "fork-256m", "fork() with 256 MiB resident", 1, 2,
	  .run = fork_large },
	{ "fork-write", "write fault after fork (copy)", FAULTS, 4,
	  .run = write_after_fork },
	{ .name = NULL },
};

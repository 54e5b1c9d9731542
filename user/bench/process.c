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
#define TABLE	 (512 * PAGE) /* what one page table maps */
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

static char *large_memory(void)
{
	char *p = anon(RESIDENT);

	if (p) {
		madvise(p, RESIDENT * PAGE, MADV_NOHUGEPAGE);
		write_pages(p, RESIDENT, PAGE);
	}
	return p;
}

static long fork_large(void)
{
	char *p = large_memory();
	uint64_t start;
	long child, t;

	if (!p)
		return -ENOMEM;
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

static long fork_large_wait(void)
{
	char *p = large_memory();
	uint64_t start;
	pid_t child;
	long t;

	if (!p)
		return -ENOMEM;
	start = begin();
	child = fork();
	if (!child)
		_exit(0);
	if (child > 0)
		waitpid(child, NULL, 0);
	t = since(start);
	munmap(p, RESIDENT * PAGE);
	return child < 0 ? -ENOMEM : t;
}

/* @pages pages, @step bytes apart, written by a child; @p is given back. */
static long child_writes(char *p, size_t size, size_t pages, size_t step)
{
	int report[2];
	pid_t child;
	long t;

	if (pipe(report))
		return -errno;
	child = fork();
	if (child < 0)
		return -errno;
	if (!child) {
		t = time_writes(p, pages, step);
		_exit(write(report[1], &t, sizeof(t)) != sizeof(t));
	}
	if (read(report[0], &t, sizeof(t)) != sizeof(t))
		t = -EIO;
	waitpid(child, NULL, 0);
	close(report[0]);
	close(report[1]);
	munmap(p, size);
	return t;
}

/* One page of each page table: the dearest writes, if fork() shares tables. */
static long write_after_fork_far(void)
{
	char *p = large_memory();

	if (!p)
		return -ENOMEM;
	return child_writes(p, RESIDENT * PAGE, RESIDENT * PAGE / TABLE, TABLE);
}

/*
 * The child writes to what the parent still holds. The first write counts, too:
 * a kernel may have put off to it what another one does in fork().
 */
static long write_after_fork(void)
{
	char *p = anon(FAULTS);

	if (!p)
		return -ENOMEM;
	write_pages(p, FAULTS, PAGE);
	return child_writes(p, FAULTS * PAGE, FAULTS, PAGE);
}

const struct row process_rows[] = {
	{ "fork", "fork + exit + wait, small static process", FORKS, 4,
	  fork_exit_wait, .plain = 1 },
	{ "fork-256m", "fork() with 256 MiB resident", 1, 2,
	  .run = fork_large },
	{ "fork-write", "write fault after fork (copy)", FAULTS, 4,
	  .run = write_after_fork },
	{ "fork-256m-wait", "fork + exit + wait with 256 MiB resident", 1, 2,
	  .run = fork_large_wait },
	{ "fork-write-far", "write fault after fork, one in each 2 MiB",
	  RESIDENT *PAGE / TABLE, 2, .run = write_after_fork_far },
	{ .name = NULL },
};

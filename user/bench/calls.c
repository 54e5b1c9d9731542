/* SPDX-License-Identifier: MIT */
/*
 * Entering the kernel and leaving it: a system call, a signal, a pipe.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

#define CALLS	    1000
#define FAULTS	    64
#define ROUND_TRIPS 200

static long null_call(void)
{
	uint64_t start = begin();
	long with, loop;

	for (int i = 0; i < CALLS; i++)
		syscall3(SYS_getppid, 0, 0, 0);
	with = since(start);
	start = begin();
	for (int i = 0; i < CALLS; i++)
		__asm__ volatile("" : : : "memory");
	loop = since(start);
	return with - loop;
}

static jmp_buf back;

static void on_fault(int sig)
{
	(void)sig;
	longjmp(back, 1);
}

static long segv(void)
{
	/* SA_NODEFER: longjmp() does not bring the mask back. */
	struct sigaction act = { .sa_handler = on_fault,
				 .sa_flags = SA_NODEFER };
	struct sigaction old;
	char *volatile p =
		mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	volatile int left = FAULTS;
	uint64_t start;
	long t;

	if (p == MAP_FAILED)
		return -errno;
	sigaction(SIGSEGV, &act, &old);
	start = begin();
	setjmp(back);
	if (left-- > 0)
		*(volatile char *)p = 1;
	t = since(start);
	sigaction(SIGSEGV, &old, NULL);
	munmap(p, PAGE);
	return t;
}

static void echo(int from, int to)
{
	char c;

	while (read(from, &c, 1) == 1)
		if (write(to, &c, 1) != 1)
			break;
	_exit(0);
}

static long pipe_round_trip(void)
{
	int there[2], here[2];
	uint64_t start;
	pid_t child;
	char c = 1;
	long t;

	if (pipe(there) || pipe(here))
		return -errno;
	child = fork();
	if (child < 0)
		return -errno;
	if (!child) {
		close(there[1]);
		close(here[0]);
		echo(there[0], here[1]);
	}
	close(there[0]);
	close(here[1]);
	/* Once before the clock runs: the child has started, too. */
	if (write(there[1], &c, 1) != 1 || read(here[0], &c, 1) != 1)
		return -EIO;
	start = begin();
	for (int i = 0; i < ROUND_TRIPS; i++)
		if (write(there[1], &c, 1) != 1 || read(here[0], &c, 1) != 1)
			return -EIO;
	t = since(start);
	close(there[1]);
	close(here[0]);
	waitpid(child, NULL, 0);
	return t;
}

const struct row call_rows[] = {
	{ "null", "null system call (getppid)", CALLS, 4, .run = null_call },
	{ "segv", "SIGSEGV delivered, handled, longjmp back", FAULTS, 4,
	  .run = segv },
	{ "pipe", "one byte through a pipe and back, two processes",
	  ROUND_TRIPS, 4, .run = pipe_round_trip },
	{ .name = NULL },
};

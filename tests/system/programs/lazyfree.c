/* SPDX-License-Identifier: MIT */
/*
 * More memory than there is, most of it given up: MADV_FREE, reclaim.
 *
 *	lazyfree MEGABYTES [PROCESSES [THREADS [ROUNDS]]]
 *
 * Each process has MEGABYTES, and its threads share them. A thread fills one
 * megabyte after the other with numbers, gives it up, and writes every eighth
 * page of it again; so only an eighth is really needed. At the end of a round,
 * a page that was written again must be as it was written, another one must
 * bear its number or be zero as a whole. In between it forks. Whatever is wrong
 * is printed, and the exit status is 1.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE	  4096UL
#define CHUNK	  (1UL << 20)
#define MAX_WORKS 16
#define AGAIN	  8 /* one page of so many is written again */

struct work {
	pthread_t id;
	char *at;
	unsigned long chunks, rounds;
	unsigned long gone, kept; /* pages given up, as they were found */
};

static int mistakes;

static void mistake(const char *what, const char *at, unsigned long got)
{
	if (__atomic_fetch_add(&mistakes, 1, __ATOMIC_RELAXED) < 10)
		printf("# %s at %p: %#lx\n", what, (const void *)at, got);
}

static unsigned long number(const char *at, unsigned long round)
{
	return (unsigned long)at + round;
}

/* The first and the last word of a page. */
static void mark(char *at, unsigned long n)
{
	*(volatile unsigned long *)at = n;
	*(volatile unsigned long *)(at + PAGE - 8) = n;
}

static void fill(char *chunk, unsigned long round)
{
	for (unsigned long i = 0; i < CHUNK; i += PAGE)
		mark(chunk + i, number(chunk + i, round));
	if (madvise(chunk, CHUNK, MADV_FREE))
		mistake("MADV_FREE", chunk, (unsigned long)errno);
	for (unsigned long i = 0; i < CHUNK; i += AGAIN * PAGE)
		mark(chunk + i, number(chunk + i, round) + 1);
}

static void check(struct work *w, char *chunk, unsigned long round)
{
	for (unsigned long i = 0; i < CHUNK; i += PAGE) {
		char *at = chunk + i;
		unsigned long want = number(at, round);
		unsigned long head = *(volatile unsigned long *)at;
		unsigned long tail = *(volatile unsigned long *)(at + PAGE - 8);

		if (i % (AGAIN * PAGE) == 0) {
			if (head != want + 1 || tail != want + 1)
				mistake("a page written again", at, head);
		} else if (tail == 0) {
			w->gone++;
			if (*(volatile unsigned long *)at)
				mistake("half a page", at, head);
		} else if (head != want || tail != want) {
			mistake("a page given up", at, head);
		} else {
			w->kept++;
		}
	}
}

/* A child sees what there is, and writes on it. */
static void fork_once(struct work *w, unsigned long round)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		mistakes = 0;
		check(w, w->at, round);
		memset(w->at, 'c', CHUNK);
		_exit(mistakes != 0);
	}
	if (pid < 0)
		mistake("fork", w->at, (unsigned long)errno);
	else if (waitpid(pid, &status, 0) != pid || status)
		mistake("a child's end", w->at, (unsigned long)status);
}

static void *work(void *arg)
{
	struct work *w = arg;

	for (unsigned long round = 1; round <= w->rounds; round++) {
		for (unsigned long i = 0; i < w->chunks; i++)
			fill(w->at + i * CHUNK, round * 16);
		fork_once(w, round * 16);
		for (unsigned long i = 0; i < w->chunks; i++)
			check(w, w->at + i * CHUNK, round * 16);
	}
	return NULL;
}

static int process(unsigned long megabytes, unsigned int threads,
		   unsigned long rounds)
{
	static struct work works[MAX_WORKS];
	unsigned long each = megabytes / threads, gone = 0, kept = 0;
	char *at = mmap(NULL, megabytes * CHUNK, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (at == MAP_FAILED)
		return 2;
	for (unsigned int i = 0; i < threads; i++) {
		works[i] = (struct work){ .at = at + i * each * CHUNK,
					  .chunks = each,
					  .rounds = rounds };
		pthread_create(&works[i].id, NULL, work, &works[i]);
	}
	for (unsigned int i = 0; i < threads; i++) {
		pthread_join(works[i].id, NULL);
		gone += works[i].gone;
		kept += works[i].kept;
	}
	printf("%lu pages gone, %lu kept, %d mistakes\n", gone, kept, mistakes);
	fflush(stdout);
	return mistakes != 0;
}

int main(int argc, char *argv[])
{
	unsigned long megabytes = argc > 1 ? strtoul(argv[1], NULL, 0) : 16;
	unsigned int processes = argc > 2 ? (unsigned int)atoi(argv[2]) : 1;
	unsigned int threads = argc > 3 ? (unsigned int)atoi(argv[3]) : 1;
	unsigned long rounds = argc > 4 ? strtoul(argv[4], NULL, 0) : 1;
	int status, bad = 0;

	if (!threads || threads > MAX_WORKS || megabytes < threads)
		return 2;
	for (unsigned int i = 0; i < processes; i++)
		if (fork() == 0)
			exit(process(megabytes, threads, rounds));
	while (wait(&status) > 0)
		if (status) {
			printf("# a process ended with %#x\n",
			       (unsigned int)status);
			bad = 1;
		}
	return bad;
}

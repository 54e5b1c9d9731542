/* SPDX-License-Identifier: MIT */
/*
 * What several groups of rows need: touching pages, memory, files, numbers.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bench.h"

#define GIB   (1UL << 30)
#define FENCE (4 * GIB)

uint64_t tick_cost;

static uint32_t random_state;
static char *fence_start, *fence_end;

/*
 * Ticks now. Nothing before it is left to do and nothing after it has begun,
 * on a real processor too.
 */
static inline uint64_t ticks(void)
{
	uint32_t low, high;

	__asm__ volatile("lfence\n\trdtsc\n\tlfence"
			 : "=a"(low), "=d"(high)
			 :
			 : "memory");
	return (uint64_t)high << 32 | low;
}

__attribute__((noinline)) uint64_t begin(void)
{
	return ticks();
}

__attribute__((noinline)) long since(uint64_t start)
{
	return (long)(ticks() - start - tick_cost);
}

/* Not inlined, so that both passes of a measurement are the same code. */
__attribute__((noinline)) void write_pages(char *p, size_t pages, size_t step)
{
	for (size_t i = 0; i < pages; i++)
		*(volatile char *)(p + i * step) = 1;
}

__attribute__((noinline)) void read_pages(const char *p, size_t pages,
					  size_t step)
{
	for (size_t i = 0; i < pages; i++)
		(void)*(const volatile char *)(p + i * step);
}

long time_writes(char *p, size_t pages, size_t step)
{
	uint64_t start = begin();
	long first, again;

	write_pages(p, pages, step);
	first = since(start);
	start = begin();
	write_pages(p, pages, step);
	again = since(start);
	return first > again ? first - again : 0;
}

long time_reads(const char *p, size_t pages, size_t step)
{
	uint64_t start = begin();
	long first, again;

	read_pages(p, pages, step);
	first = since(start);
	start = begin();
	read_pages(p, pages, step);
	again = since(start);
	return first > again ? first - again : 0;
}

char *anon(size_t pages)
{
	char *p = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

int memory_file(size_t pages, int filled)
{
	char block[PAGE] = { 1 };
	int fd = memfd_create("bench", 0);

	if (fd < 0)
		return -errno;
	if (ftruncate(fd, (off_t)(pages * PAGE)))
		goto failed;
	for (size_t i = 0; filled && i < pages; i++)
		if (pwrite(fd, block, PAGE, (off_t)(i * PAGE)) != (ssize_t)PAGE)
			goto failed;
	return fd;
failed:
	close(fd);
	return -(errno ? errno : EIO);
}

void pseudo_random_restart(void)
{
	random_state = 12345;
}

uint32_t pseudo_random(void)
{
	random_state = random_state * 1664525u + 1013904223u;
	return random_state >> 4;
}

/*
 * How many tables a new mapping needs depends on what lies near it, and that on
 * chance. So the free space is made to end at a multiple of 1 GiB, in whose
 * tables nothing else is, and one page above it, read once, keeps the table of
 * the next level in use:
 *
 *	           ... free | fence, read-only       | ... stack
 *	                    ^        ^
 *	        n * 1 GiB --+        +-- 1 GiB further, in the same 512 GiB
 */
int fence_up(void)
{
	uintptr_t start, below, keep;

	fence_end = NULL;
	do {
		char *p = mmap(NULL, FENCE, PROT_READ,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1,
			       0);

		if (p == MAP_FAILED)
			return -errno;
		if (!fence_end)
			fence_end = p + FENCE;
		start = (uintptr_t)p;
		fence_start = (char *)((start + GIB - 1) & ~(GIB - 1));
		below = (uintptr_t)fence_start - GIB;
		keep = (uintptr_t)fence_start + GIB;
	} while (below >> 39 != keep >> 39);
	if (start != (uintptr_t)fence_start)
		munmap((void *)start, (uintptr_t)fence_start - start);
	read_pages((char *)keep, 1, PAGE);
	return 0;
}

void fence_down(void)
{
	if (fence_end)
		munmap(fence_start, (size_t)(fence_end - fence_start));
}

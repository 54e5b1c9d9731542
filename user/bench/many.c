/* SPDX-License-Identifier: MIT */
/*
 * Large address spaces: 60,000 areas, and one of a terabyte.
 *
 * The areas lie side by side, three pages each, writable and read-only in turn,
 * so that none of them merge:
 *
 *	| rw rw rw | r r r | rw rw rw | r r r | ...
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "bench.h"

#define AREAS	   60000UL
#define AREA_PAGES 3UL
#define AREA	   (AREA_PAGES * PAGE)
#define OPS	   1000
#define TEBI	   (1UL << 40)
#define FAR_OPS	   20000
#define RW	   (PROT_READ | PROT_WRITE)

static char *build_areas(void)
{
	char *p = anon(AREAS * AREA_PAGES);

	for (size_t i = 1; p && i < AREAS; i += 2)
		if (mprotect(p + i * AREA, AREA, PROT_READ)) {
			munmap(p, AREAS * AREA);
			return NULL;
		}
	return p;
}

/* OPS different even numbers below AREAS, in no order. */
static const uint32_t *choose(void)
{
	static uint32_t pick[OPS];
	static unsigned char taken[AREAS];

	for (size_t i = 0; i < AREAS; i++)
		taken[i] = 0;
	for (size_t i = 0; i < OPS;) {
		uint32_t n = pseudo_random() % (AREAS / 2) * 2;

		if (!taken[n]) {
			taken[n] = 1;
			pick[i++] = n;
		}
	}
	return pick;
}

/* The page in the middle: two splits, two more areas, each time. */
static long split_among_many(void)
{
	char *p = build_areas();
	uint64_t start;
	long t, ret = 0;

	if (!p)
		return -ENOMEM;
	start = begin();
	for (size_t i = 0; i < OPS; i++)
		ret |= sys_mprotect(p + (AREAS / 2 + 2 * i) * AREA + PAGE, PAGE,
				    PROT_READ);
	t = since(start);
	munmap(p, AREAS * AREA);
	return ret < 0 ? -ENOMEM : t;
}

static __attribute__((noinline)) void write_picked(char *p,
						   const uint32_t *pick)
{
	for (size_t i = 0; i < OPS; i++)
		*(volatile char *)(p + pick[i] * AREA) = 1;
}

static long write_among_many(void)
{
	const uint32_t *pick = choose();
	char *p = build_areas();
	uint64_t start;
	long first;

	if (!p)
		return -ENOMEM;
	start = begin();
	write_picked(p, pick);
	first = since(start);
	start = begin();
	write_picked(p, pick);
	first -= since(start);
	munmap(p, AREAS * AREA);
	return first;
}

/* A page without rights below the areas keeps the new one from merging. */
static long map_beside_many(void)
{
	char *p = build_areas();
	char *apart =
		mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint64_t start;
	long t, q = 0;

	if (!p || apart == MAP_FAILED)
		return -ENOMEM;
	start = begin();
	for (size_t i = 0; i < OPS && q >= 0; i++) {
		q = sys_mmap(NULL, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			     0);
		if (q >= 0)
			sys_munmap((void *)q, PAGE);
	}
	t = since(start);
	munmap(apart, PAGE);
	munmap(p, AREAS * AREA);
	return q < 0 ? q : t;
}

static long write_far_apart(void)
{
	char *p = mmap(NULL, TEBI, RW,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	uint64_t start;
	long t, loop;
	uint32_t sum = 0;

	if (p == MAP_FAILED)
		return -errno;
	madvise(p, TEBI, MADV_NOHUGEPAGE);
	start = begin();
	for (int i = 0; i < FAR_OPS; i++)
		*(volatile char *)(p + pseudo_random() * PAGE) = 1;
	t = since(start);
	start = begin();
	for (int i = 0; i < FAR_OPS; i++)
		sum += pseudo_random();
	loop = since(start);
	__asm__ volatile("" : : "r"(sum));
	munmap(p, TEBI);
	return t - loop;
}

const struct row many_rows[] = {
	{ "split-many", "split one of 60,000 VMAs (mprotect)", OPS, 1,
	  .run = split_among_many },
	{ "write-many", "random first write among 60,000 VMAs", OPS, 1,
	  .run = write_among_many },
	{ "mmap-many", "mmap + munmap beside 60,000 VMAs", OPS, 1,
	  .run = map_beside_many },
	{ "write-1t", "random first write in a 1 TiB mapping", FAR_OPS, 1,
	  .run = write_far_apart },
	{ .name = NULL },
};

/* SPDX-License-Identifier: MIT */
/*
 * Private anonymous memory: made, touched, given back.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stddef.h>
#include <sys/mman.h>

#include "bench.h"

#define PAIRS  100
#define FAULTS 64
#define PAGES  256

static long map_unmap(int touch)
{
	uint64_t start = begin();

	for (int i = 0; i < PAIRS; i++) {
		long p = sys_mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
				  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (p < 0)
			return p;
		if (touch)
			*(volatile char *)p = 1;
		sys_munmap((void *)p, PAGE);
	}
	return since(start);
}

static long mmap_munmap(void)
{
	return map_unmap(0);
}

static long mmap_touch_munmap(void)
{
	return map_unmap(1);
}

/*
 * One page more than is timed, touched before: the page table is there then,
 * so that the figure is the fault's alone.
 */
static long first_write(void)
{
	char *p = anon(FAULTS + 1);
	long t;

	if (!p)
		return -ENOMEM;
	*(volatile char *)p = 1;
	t = time_writes(p + PAGE, FAULTS, PAGE);
	munmap(p, (FAULTS + 1) * PAGE);
	return t;
}

static long first_read(void)
{
	char *p = anon(FAULTS + 1);
	long t;

	if (!p)
		return -ENOMEM;
	*(volatile char *)p = 1;
	t = time_reads(p + PAGE, FAULTS, PAGE);
	munmap(p, (FAULTS + 1) * PAGE);
	return t;
}

static long write_after_read(void)
{
	char *p = anon(FAULTS + 1);
	long t;

	if (!p)
		return -ENOMEM;
	read_pages(p, FAULTS + 1, PAGE);
	*(volatile char *)p = 1;
	t = time_writes(p + PAGE, FAULTS, PAGE);
	munmap(p, (FAULTS + 1) * PAGE);
	return t;
}

static long munmap_populated(void)
{
	char *p = anon(PAGES);
	uint64_t start;
	long ret, t;

	if (!p)
		return -ENOMEM;
	write_pages(p, PAGES, PAGE);
	start = begin();
	ret = sys_munmap(p, PAGES * PAGE);
	t = since(start);
	return ret < 0 ? ret : t;
}

static long dontneed(void)
{
	char *p = anon(PAGES);
	uint64_t start;
	int ret;
	long t;

	if (!p)
		return -ENOMEM;
	write_pages(p, PAGES, PAGE);
	start = begin();
	ret = madvise(p, PAGES * PAGE, MADV_DONTNEED);
	t = since(start);
	munmap(p, PAGES * PAGE);
	return ret ? -ENOSYS : t;
}

const struct row anon_rows[] = {
	{ "mmap", "mmap + munmap, 4 KiB anonymous, untouched", PAIRS, 4,
	  .run = mmap_munmap },
	{ "mmap-touch", "the same, one page written", PAIRS, 4,
	  .run = mmap_touch_munmap },
	{ "first-write", "first write to an anonymous page", FAULTS, 6,
	  .run = first_write },
	{ "first-read", "first read of an anonymous page", FAULTS, 6,
	  .run = first_read },
	{ "write-read", "write after that read", FAULTS, 6,
	  .run = write_after_read },
	{ "munmap-page", "munmap of a populated range, per page", PAGES, 6,
	  .run = munmap_populated },
	{ "dontneed-page", "MADV_DONTNEED, per page", PAGES, 6,
	  .run = dontneed },
	{ .name = NULL },
};

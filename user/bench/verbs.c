/* SPDX-License-Identifier: MIT */
/*
 * The verbs on memory that is there: protect, move, lock, ask, the break.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bench.h"

#define PAGES  64
#define LOCKED 16
#define RW     (PROT_READ | PROT_WRITE)

static char *populated(size_t pages)
{
	char *p = anon(pages);

	if (p)
		write_pages(p, pages, PAGE);
	return p;
}

/* Two calls: one changes a page, the other changes it back. */
static long protect_one(void)
{
	char *p = populated(PAGES);
	uint64_t start;
	long ret, t;

	if (!p)
		return -ENOMEM;
	start = begin();
	ret = sys_mprotect(p + 30 * PAGE, PAGE, PROT_READ);
	ret |= sys_mprotect(p + 30 * PAGE, PAGE, RW);
	t = since(start);
	munmap(p, PAGES * PAGE);
	return ret < 0 ? -ENOMEM : t;
}

/* Likewise. */
static long protect_all(void)
{
	char *p = populated(PAGES);
	uint64_t start;
	long ret, t;

	if (!p)
		return -ENOMEM;
	start = begin();
	ret = sys_mprotect(p, PAGES * PAGE, PROT_READ);
	ret |= sys_mprotect(p, PAGES * PAGE, RW);
	t = since(start);
	munmap(p, PAGES * PAGE);
	return ret < 0 ? -ENOMEM : t;
}

static long move_break(void)
{
	long at = syscall3(SYS_brk, 0, 0, 0);
	uint64_t start = begin();
	long up = syscall3(SYS_brk, at + 65536, 0, 0);
	long down = syscall3(SYS_brk, at, 0, 0);
	long t = since(start);

	return up == at + 65536 && down == at ? t : -ENOMEM;
}

static long move_mapping(void)
{
	char *p = populated(PAGES), *to = anon(PAGES);
	uint64_t start;
	long ret, t;

	if (!p || !to)
		return -ENOMEM;
	munmap(to, PAGES * PAGE);
	start = begin();
	ret = syscall6(SYS_mremap, (long)p, PAGES * PAGE, PAGES * PAGE,
		       MREMAP_MAYMOVE | MREMAP_FIXED, (long)to, 0);
	t = since(start);
	munmap(ret < 0 ? p : to, PAGES * PAGE);
	return ret < 0 ? ret : t;
}

static long ask_resident(void)
{
	unsigned char vec[PAGES];
	char *p = populated(PAGES);
	uint64_t start;
	long ret, t;

	if (!p)
		return -ENOMEM;
	start = begin();
	ret = syscall3(SYS_mincore, (long)p, PAGES * PAGE, (long)vec);
	t = since(start);
	munmap(p, PAGES * PAGE);
	return ret < 0 ? ret : t;
}

static long lock_unlock(void)
{
	char *p = populated(LOCKED);
	uint64_t start;
	long locked, unlocked, t;

	if (!p)
		return -ENOMEM;
	start = begin();
	locked = syscall3(SYS_mlock, (long)p, LOCKED * PAGE, 0);
	unlocked = syscall3(SYS_munlock, (long)p, LOCKED * PAGE, 0);
	t = since(start);
	munmap(p, LOCKED * PAGE);
	return locked < 0 ? locked : unlocked < 0 ? unlocked : t;
}

const struct row verb_rows[] = {
	{ "mprotect-one", "mprotect of one page inside 64 (split, then merge)",
	  2, 6, .run = protect_one },
	{ "mprotect-64", "mprotect of 64 populated pages", 2, 6,
	  .run = protect_all },
	{ "brk", "brk up or down 64 KiB", 2, 6, .run = move_break },
	{ "mremap", "mremap move of 64 pages", 1, 6, .run = move_mapping },
	{ "mincore", "mincore of 64 pages", 1, 6, .run = ask_resident },
	{ "mlock", "mlock + munlock of 16 pages", 1, 6, .run = lock_unlock },
	{ .name = NULL },
};

/* SPDX-License-Identifier: MIT */
/* mremap. */
#include "calls.h"
#include <sys/syscall.h>
#include <unistd.h>

#define MREMAP_DONTUNMAP_ 4

/*
 * Where the kernel chooses the place, the mapping is brought to a second one
 * that the steps know.
 */
static void bring_back(long r, unsigned long len, char *to)
{
	unsigned long n = (len + PAGE - 1) & -PAGE;

	if (in_arena(r))
		return;
	if (to + n > ARENA + ARENA_PAGES * PAGE)
		to = ARENA;
	say(" back");
	result(syscall(SYS_mremap, r, n, n, MREMAP_MAYMOVE | MREMAP_FIXED, to));
}

static unsigned long rnd_mremap_flags(void)
{
	switch (rnd(10)) {
	case 0:
		return 0;
	case 1:
		return MREMAP_FIXED;
	case 2:
	case 3:
		return MREMAP_MAYMOVE | MREMAP_FIXED;
	case 4:
		return MREMAP_MAYMOVE | MREMAP_DONTUNMAP_;
	case 5:
		return MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP_;
	case 6:
		return MREMAP_DONTUNMAP_ | (rnd(2) ? 8 : 0);
	}
	return MREMAP_MAYMOVE;
}

void do_mremap(void)
{
	char *addr = rnd_page(), *to = rnd_page();
	unsigned long flags = rnd_mremap_flags();
	unsigned long was = rnd_pages(addr) * PAGE, len = rnd_pages(to) * PAGE;
	bool locked;
	long r;

	if (rnd(20) == 0)
		was = 0;
	if (rnd(30) == 0)
		len = rnd_length(to);
	if (rnd(50) == 0)
		addr += 16;
	if (rnd(50) == 0)
		to += 16;
	if (rnd(4) == 0 || (flags & MREMAP_DONTUNMAP_ && rnd(8)))
		len = was;
	/* From 6.17 on, Linux moves several areas at once. */
	if (!as_c && was && was == ((len + PAGE - 1) & -PAGE) &&
	    !one_line(addr, was / PAGE))
		flags &= ~(unsigned long)MREMAP_MAYMOVE;
	/* The target was checked behind the source, and is before it now. */
	if (!as_c && !one_area(addr, 1)) {
		flags &= MREMAP_MAYMOVE;
		len = was;
	}
	if (!call("mremap(%s, 0x%lx, 0x%lx, %#lx, %s)", place(addr), was, len,
		  flags, place(to)))
		return;
	locked = !as_c && flags & MREMAP_DONTUNMAP_ && locked_kib();
	r = result(syscall(SYS_mremap, addr, was, len, flags, to));
	/* Linux from 6.17 on goes on counting what this unlocks. */
	lock_lost |= r != -1 && locked;
	if (r != -1 && (char *)r != addr)
		bring_back(r, len, to);
}

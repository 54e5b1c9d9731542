/* SPDX-License-Identifier: MIT */
/* brk(2): the heap grows, shrinks, stops at what is in its way. */
#include "maps.h"
#include <sys/resource.h>
#include <sys/syscall.h>

static char *raw_brk(void *p)
{
	return (char *)syscall(SYS_brk, p);
}

int main(void)
{
	char *start = raw_brk(0), *p;
	struct rlimit old, tight;
	unsigned long end;

	T(raw_brk(0) == start, "brk(0) tells where it is");
	T(raw_brk((void *)1) == start, "an address below the heap is refused");
	T(raw_brk((void *)-1L) == start, "one beyond user space, too");
	p = raw_brk(start + 3 * PAGE);
	T(p == start + 3 * PAGE, "three pages more");
	memset(start, 'h', 3 * PAGE);
	T(area_named("[heap]", &end) && end >= (unsigned long)start + 3 * PAGE,
	  "[heap] is in the maps");
	T(raw_brk(start + PAGE) == start + PAGE, "two less");
	T(start[0] == 'h' && start[PAGE - 1] == 'h', "the first stays");
	p = (char *)(((unsigned long)start + 2 * PAGE) & -PAGE);
	T_SEGV(peek(p), SEGV_MAPERR, p, "what was given back is gone");
	T(raw_brk(start + 3 * PAGE) == start + 3 * PAGE, "grow again");
	T(p[0] == 0, "with zeroes");
	T(raw_brk(start + 3 * PAGE + 5) == start + 3 * PAGE + 5,
	  "an end inside a page");

	p = (char *)(((unsigned long)start + 15 * PAGE) & -PAGE);
	T(mmap(p, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
	       0) == p,
	  "something in its way");
	T(raw_brk(p + PAGE) == start + 3 * PAGE + 5, "it stops there");
	munmap(p, PAGE);
	T(raw_brk(p + PAGE) == p + PAGE, "and goes on when it has gone");
	T(raw_brk(start) == start, "all back");

	getrlimit(RLIMIT_DATA, &old);
	tight = old;
	tight.rlim_cur = 1 << 20;
	setrlimit(RLIMIT_DATA, &tight);
	T(raw_brk(start + (2 << 20)) == start, "RLIMIT_DATA holds");
	setrlimit(RLIMIT_DATA, &old);
	T(raw_brk(start + (2 << 20)) == start + (2 << 20), "2 MiB without it");
	T(in_child({
		  start[0] = 'c';
		  _exit(raw_brk(start) != start);
	  }) == 0 &&
		  raw_brk(0) == start + (2 << 20) && !start[0],
	  "a child has a heap of its own");
	p = malloc(100);
	T(p && malloc(1 << 20), "malloc works, small and large");
	return done();
}

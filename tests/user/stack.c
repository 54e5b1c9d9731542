/* SPDX-License-Identifier: MIT */
/* The stack: it grows by itself, to its limit, and no further. */
#include "maps.h"
#include <sys/resource.h>

static char alt[65536];

static int deep(int n)
{
	volatile char page[PAGE];

	page[0] = (char)n;
	return n ? deep(n - 1) + page[0] : 0;
}

int main(void)
{
	stack_t ss = { .ss_sp = alt, .ss_size = sizeof(alt) };
	unsigned long before, after, end;
	struct rlimit rl;
	struct fault f;
	char *low, *p;

	before = area_named("[stack]", &end);
	T(before && (unsigned long)&rl >= before && (unsigned long)&rl < end,
	  "[stack] is where the variables are");
	T(deep(200) || 1, "200 pages deep");
	after = area_named("[stack]", &end);
	T(after <= before - 150 * PAGE, "the area has grown");
	T(in_child(deep(500)) == 0, "a child's stack grows as well");

	sigaltstack(&ss, NULL);
	getrlimit(RLIMIT_STACK, &rl);
	T(rl.rlim_cur == 8 << 20, "8 MiB is the limit");
	rl.rlim_cur = 2 << 20;
	setrlimit(RLIMIT_STACK, &rl);
	f = faults(deep(100000));
	T(f.sig == SIGSEGV && f.code == SEGV_MAPERR,
	  "the limit is SIGSEGV, handled on the other stack");
	T((unsigned long)f.addr > end - (2 << 20) - 2 * PAGE &&
		  (unsigned long)f.addr < end - (2 << 20) + 3 * PAGE,
	  "at the limit's address");
	T(area_named("[stack]", &end) >= end - (2 << 20),
	  "it is no larger than allowed");

	rl.rlim_cur = 8 << 20;
	setrlimit(RLIMIT_STACK, &rl);
	low = (char *)area_named("[stack]", &end);
	p = mmap(low - 300 * PAGE, PAGE, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	T(p == low - 300 * PAGE, "something 300 pages below the stack");
	T_FINE(poke(low - 10 * PAGE, 1), "it grows towards it");
	p = low - 299 * PAGE + 256 * PAGE;
	T_FINE(poke(p, 1), "up to the guard gap");
	T_SEGV(poke(p - PAGE, 1), SEGV_MAPERR, p - PAGE, "and not into it");
	T(in_child({
		  ss.ss_flags = SS_DISABLE;
		  sigaltstack(&ss, NULL);
		  deep(100000);
	  }) == SIGSEGV,
	  "without another stack it ends the program");
	return done();
}

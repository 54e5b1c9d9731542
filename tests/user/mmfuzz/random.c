/* SPDX-License-Identifier: MIT */
/* Random arguments that the calls share. */
#include "calls.h"

/* A page: most often in a small, crowded part of the arena. */
char *rnd_page(void)
{
	unsigned int n = rnd(10);

	if (n < 7)
		return ARENA + (200 + rnd(48)) * PAGE;
	return ARENA + rnd(n < 9 ? 300 : ARENA_PAGES - 1) * PAGE;
}

char *rnd_heap(void)
{
	return heap + rnd(HEAP_PAGES) * PAGE;
}

/* A length that keeps to the window of @addr. */
unsigned long rnd_pages(const char *addr)
{
	unsigned long n = 1 + rnd(rnd(4) ? 8 : 40), room;

	if (addr >= ARENA)
		room = (unsigned long)(ARENA + ARENA_PAGES * PAGE - addr);
	else
		room = (unsigned long)(heap + HEAP_PAGES * PAGE - addr);
	room /= PAGE;
	return n < room ? n : room ? room : 1;
}

/* Once in a while one that no call should like, or an odd one. */
unsigned long rnd_length(const char *addr)
{
	unsigned long n = rnd_pages(addr) * PAGE;

	switch (rnd(60)) {
	case 0:
		return 0;
	case 1:
		return -PAGE;
	case 2:
		return 1UL << 63;
	case 3:
		return ~0UL;
	case 4:
	case 5:
		return n - PAGE + 1;
	case 6:
		return n - 1;
	}
	return n;
}

char *rnd_range(unsigned long *len)
{
	char *p = (classes & BREAK) && rnd(16) == 0 ? rnd_heap() : rnd_page();

	*len = rnd_length(p);
	return rnd(50) ? p : p + 1 + rnd(4095);
}

unsigned long rnd_prot(void)
{
	static const unsigned long prots[] = {
		PROT_NONE,
		PROT_READ,
		PROT_READ | PROT_WRITE,
		PROT_READ | PROT_WRITE,
		PROT_READ | PROT_WRITE,
		PROT_WRITE,
		PROT_READ | PROT_EXEC,
		PROT_READ | PROT_WRITE | PROT_EXEC,
	};

	return prots[rnd(8)];
}

bool in_arena(long r)
{
	return (char *)r >= ARENA && (char *)r < ARENA + ARENA_PAGES * PAGE;
}

char *rnd_byte(void)
{
	char *p = (classes & BREAK) && rnd(12) == 0 ? rnd_heap() : rnd_page();

	return p + (rnd(2) ? 17 : rnd(4096));
}

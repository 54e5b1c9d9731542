/* SPDX-License-Identifier: MIT */
/* Walks through what programs commonly do with memory, maps in hand. */
#include "maps.h"

#define RW (PROT_READ | PROT_WRITE)

static int lines(void)
{
	int n = 0;

	for (char *at = maps_text(); (at = strchr(at, '\n')); at++)
		n++;
	return n;
}

static void small_malloc(void)
{
	unsigned long before, after, end = 0;
	char *p;

	area_named("[heap]", &end);
	before = end;
	p = malloc(100);
	memset(p, 'm', 100);
	area_named("[heap]", &end);
	after = end;
	T(after >= before && p[99] == 'm', "malloc of 100 bytes");
	free(p);
}

static char *touched(size_t len)
{
	char *p = malloc(len);

	*(volatile char *)p = 1;
	return p;
}

static void large_malloc(void)
{
	const size_t len = 1 << 20;
	int before, during;
	static char *p;

	/* The library's own book-keeping comes first. */
	free(touched(len));
	before = lines();
	p = touched(len);
	during = lines();
	T(strstr(areas(p, len), "rw-p") != NULL,
	  "malloc of 1 MiB is readable and writable");
	T(during >= before && during <= before + 1, "at most one area more");
	free(p);
	T(lines() == before, "free gives it back");
	T_SEGV(peek(p + len / 2), SEGV_MAPERR, p + len / 2,
	       "and nothing is there then");
}

static void protect_and_fault(void)
{
	char *p = anon(4 * PAGE, RW);

	strcpy(p, "hello");
	is(mprotect(p, PAGE, PROT_READ), 0, 0, "mprotect of a page");
	T(!strcmp(p, "hello"), "which can be read");
	T_SEGV(poke(p, 'H'), SEGV_ACCERR, p, "and not be written");
	is(mprotect(p, PAGE, RW), 0, 0, "until it is allowed again");
	poke(p, 'H');
	T(!strcmp(p, "Hello"), "hello, then");
	munmap(p, 4 * PAGE);
}

static void shared_between_processes(void)
{
	int *p = mmap(NULL, PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	T(!in_child(*p = 42) && *p == 42,
	  "MAP_SHARED: the parent sees what the child wrote");
	munmap(p, PAGE);
	p = mmap(NULL, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	T(!in_child(*p = 42) && *p == 0, "MAP_PRIVATE: it does not");
	munmap(p, PAGE);
}

static void page_by_page(void)
{
	char *p = anon(64 * PAGE, PROT_NONE);
	int before = lines();

	for (int i = 0; i < 64; i++)
		mmap(p + i * (long)PAGE, PAGE, RW,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	T_AREAS(p, 64 * PAGE, "0-64 rw-p", "mapped page by page: one area");
	T(lines() <= before, "no line more");
	for (int i = 0; i < 64; i++)
		mprotect(p + i * (long)PAGE, PAGE, PROT_READ);
	T_AREAS(p, 64 * PAGE, "0-64 r--p", "protected page by page: one area");
	for (int i = 63; i >= 0; i--)
		munmap(p + i * (long)PAGE, PAGE);
	T_AREAS(p, 64 * PAGE, "", "unmapped page by page: none");
}

int main(void)
{
	small_malloc();
	large_malloc();
	protect_and_fault();
	shared_between_processes();
	page_by_page();
	return done();
}

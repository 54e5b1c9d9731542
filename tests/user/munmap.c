/* SPDX-License-Identifier: MIT */
/* munmap(2): holes, parts, errors. */
#include "maps.h"

int main(void)
{
	char *p = anon(32 * PAGE, PROT_READ | PROT_WRITE);

	memset(p, 1, 32 * PAGE);
	is(munmap(p + 1, PAGE), -1, EINVAL, "an address inside a page");
	is(munmap(p, 0), -1, EINVAL, "length 0");
	is(munmap((void *)(1UL << 47), PAGE), -1, EINVAL, "outside user space");
	is(munmap(p, (size_t)-4096), -1, EINVAL, "a length that overflows");
	T_AREAS(p, 32 * PAGE, "0-32 rw-p", "nothing has gone");
	is(munmap(p + 10 * PAGE, 1), 0, 0, "one byte is one page");
	T_AREAS(p, 32 * PAGE, "0-10 rw-p, 11-32 rw-p", "from the middle");
	T_SEGV(peek(p + 10 * PAGE), SEGV_MAPERR, p + 10 * PAGE, "it is gone");
	T(p[9 * PAGE] == 1 && p[11 * PAGE] == 1, "its neighbours are not");
	is(munmap(p + 10 * PAGE, PAGE), 0, 0, "a hole can be unmapped again");
	is(munmap(p, PAGE), 0, 0, "the first page");
	is(munmap(p + 31 * PAGE, PAGE), 0, 0, "the last page");
	T_AREAS(p, 32 * PAGE, "1-10 rw-p, 11-31 rw-p", "shrinks the areas");
	munmap(p + 15 * PAGE, 2 * PAGE);
	mprotect(p + 20 * PAGE, PAGE, PROT_READ);
	T_AREAS(p, 32 * PAGE,
		"1-10 rw-p, 11-15 rw-p, 17-20 rw-p, 20-21 r--p, 21-31 rw-p",
		"five areas");
	is(munmap(p + 10 * PAGE, 12 * PAGE), 0, 0,
	   "from a hole over areas and holes into an area");
	T_AREAS(p, 32 * PAGE, "1-10 rw-p, 22-31 rw-p", "all of it goes");
	T(p[9 * PAGE] == 1 && p[22 * PAGE] == 1, "and nothing else");
	mmap(p, 32 * PAGE, PROT_READ | PROT_WRITE,
	     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	T(p[5 * PAGE] == 0 && p[25 * PAGE] == 0,
	  "what is mapped anew is zeroes");
	T_AREAS(p, 32 * PAGE, "0-32 rw-p", "and one area");
	is(munmap(p, 32 * PAGE), 0, 0, "all at once");
	T_AREAS(p, 32 * PAGE, "", "nothing is left");
	return done();
}

/* SPDX-License-Identifier: MIT */
/* mprotect(2): splitting, merging, enforcement, errors. */
#include "maps.h"
#include <fcntl.h>

#define RW (PROT_READ | PROT_WRITE)

int main(void)
{
	char *p = anon(16 * PAGE, RW), *q;
	int fd = open("/proc/self/exe", O_RDONLY);

	memset(p, 1, 16 * PAGE);
	is(raw_mprotect(p + 1, PAGE, PROT_READ), -1, EINVAL, "inside a page");
	is(raw_mprotect(p, PAGE, 0x40), -1, EINVAL, "an unknown protection");
	is(raw_mprotect(p, PAGE, PROT_GROWSDOWN | PROT_GROWSUP | PROT_READ), -1,
	   EINVAL, "growing both ways");
	is(raw_mprotect(p, PAGE, PROT_GROWSDOWN | PROT_READ), -1, EINVAL,
	   "PROT_GROWSDOWN where nothing grows");
	is(raw_mprotect(p, 0, PROT_READ), 0, 0, "length 0 is fine");
	is(raw_mprotect(p, (size_t)-4096, PROT_READ), -1, ENOMEM,
	   "a length that overflows");
	is(raw_mprotect((void *)(1UL << 47), PAGE, PROT_READ), -1, ENOMEM,
	   "outside user space");
	T_AREAS(p, 16 * PAGE, "0-16 rw-p", "nothing has changed");

	is(raw_mprotect(p + 4 * PAGE, 1, PROT_READ), 0, 0,
	   "one byte is one page");
	T_AREAS(p, 16 * PAGE, "0-4 rw-p, 4-5 r--p, 5-16 rw-p", "three areas");
	T_SEGV(poke(p + 4 * PAGE + 3, 1), SEGV_ACCERR, p + 4 * PAGE + 3,
	       "the page cannot be written");
	T_FINE(peek(p + 4 * PAGE), "but read");
	T_FINE(poke(p + 3 * PAGE, 2), "its left neighbour can");
	T_FINE(poke(p + 5 * PAGE, 2), "and its right one");
	is(raw_mprotect(p + 3 * PAGE, 3 * PAGE, PROT_READ), 0, 0,
	   "over three areas");
	T_AREAS(p, 16 * PAGE, "0-3 rw-p, 3-6 r--p, 6-16 rw-p", "they merge");
	is(raw_mprotect(p, 16 * PAGE, RW), 0, 0, "all back");
	T_AREAS(p, 16 * PAGE, "0-16 rw-p", "one area again");
	T(p[4 * PAGE] == 1 && p[3 * PAGE] == 2, "the contents stay");

	is(raw_mprotect(p, PAGE, PROT_NONE), 0, 0, "PROT_NONE");
	T_SEGV(peek(p), SEGV_ACCERR, p, "cannot be read");
	mprotect(p, PAGE, PROT_READ);
	T(p[0] == 1, "and gets its content back");
	mprotect(p, PAGE, RW);

	munmap(p + 8 * PAGE, PAGE);
	is(raw_mprotect(p + 6 * PAGE, 4 * PAGE, PROT_READ), -1, ENOMEM,
	   "over a hole");
	T_AREAS(p, 16 * PAGE, "0-6 rw-p, 6-8 r--p, 9-16 rw-p",
		"the part before it has changed");
	is(raw_mprotect(p + 8 * PAGE, 2 * PAGE, PROT_READ), -1, ENOMEM,
	   "from a hole");
	T_AREAS(p, 16 * PAGE, "0-6 rw-p, 6-8 r--p, 9-16 rw-p",
		"changes nothing");

	q = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);
	is(raw_mprotect(q, PAGE, RW), -1, EACCES,
	   "write access to a shared mapping of a read-only file");
	munmap(q, PAGE);
	q = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 0);
	is(raw_mprotect(q, PAGE, RW), 0, 0, "to a private one");
	T_FINE(poke(q, 'x'), "which is copied");

	for (int i = 0; i < 16; i += 2)
		mprotect(p + i * (long)PAGE, PAGE, PROT_READ);
	T_AREAS(p, 4 * PAGE, "0-1 r--p, 1-2 rw-p, 2-3 r--p, 3-4 rw-p",
		"every other page");
	for (int i = 1; i < 8; i += 2)
		mprotect(p + i * (long)PAGE, PAGE, PROT_READ);
	T_AREAS(p, 8 * PAGE, "0-8 r--p", "page by page into one area");
	return done();
}

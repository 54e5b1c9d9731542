/* SPDX-License-Identifier: MIT */
/* remap_file_pages(2), as Linux has emulated it since 4.0. */
#include "maps.h"

#define RW   (PROT_READ | PROT_WRITE)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)

#define remap(p, n, prot, pgoff, flags)                                        \
	syscall(SYS_remap_file_pages, p, (size_t)(n), prot, (size_t)(pgoff),   \
		flags)

int main(void)
{
	char *p = mmap((void *)0x200000000, 32 * PAGE, PROT_NONE, ANON, -1, 0);
	int fd = open("file", O_CREAT | O_RDWR, 0600);

	munmap(p, 32 * PAGE);
	if (ftruncate(fd, 8 * PAGE))
		exit(99);
	for (int i = 0; i < 8; i++)
		if (pwrite(fd, &(char){ (char)('a' + i) }, 1, i * PAGE) != 1)
			exit(99);
	mmap(p, 6 * PAGE, RW, MAP_SHARED | MAP_FIXED, fd, 0);
	is(remap(p + 2 * PAGE, 2 * PAGE, 0, 5, 0), 0, 0, "two pages");
	T(p[2 * PAGE] == 'f' && p[3 * PAGE] == 'g' && p[PAGE] == 'b' &&
		  p[4 * PAGE] == 'e',
	  "show others of the file");
	T_AREAS(p, 32 * PAGE, "0-2 rw-s, 2-4 rw-s, 4-6 rw-s", "three areas");
	is(remap(p, 6 * PAGE, 0, 0, 0), 0, 0,
	   "over several areas of the same file");
	T(p[2 * PAGE] == 'c', "all is as before");
	T_AREAS(p, 32 * PAGE, "0-6 rw-s", "one area");
	is(remap(p + 100, 2 * PAGE + 100, 0, 4, MAP_NONBLOCK), 0, 0,
	   "addresses and lengths are rounded down");
	T(p[0] == 'e' && p[PAGE] == 'f' && p[2 * PAGE] == 'c', "to two pages");
	is(remap(p, PAGE, PROT_READ, 0, 0), -1, EINVAL, "EINVAL: a protection");
	is(remap(p, 0, 0, 0, 0), -1, EINVAL, "EINVAL: length 0");
	is(remap(p, PAGE - 1, 0, 0, 0), -1, EINVAL, "EINVAL: less than a page");
	is(remap(p, -4096L, 0, 0, 0), -1, EINVAL, "EINVAL: a range that wraps");
	is(remap(p, 2 * PAGE, 0, -1L, 0), -1, EINVAL,
	   "EINVAL: an offset that wraps");
	is(remap(p + 5 * PAGE, 2 * PAGE, 0, 0, 0), -1, EINVAL,
	   "EINVAL: beyond the mapping");
	is(remap(p + 10 * PAGE, PAGE, 0, 0, 0), -1, EINVAL,
	   "EINVAL: nothing is mapped");
	mmap(p + 10 * PAGE, PAGE, RW, MAP_PRIVATE | MAP_FIXED, fd, 0);
	is(remap(p + 10 * PAGE, PAGE, 0, 0, 0), -1, EINVAL,
	   "EINVAL: a private mapping");
	mprotect(p + 4 * PAGE, PAGE, PROT_READ);
	is(remap(p + 3 * PAGE, 3 * PAGE, 0, 0, 0), -1, EINVAL,
	   "EINVAL: areas with other rights");
	T_AREAS(p, 32 * PAGE,
		"0-2 rw-s, 2-4 rw-s, 4-5 r--s, 5-6 rw-s, "
		"10-11 rw-p",
		"nothing has changed");
	is(remap(p + 4 * PAGE, PAGE, 0, 7, 0), 0, 0, "a read-only area");
	T(p[4 * PAGE] == 'h', "is remapped");
	T_SEGV(poke(p + 4 * PAGE, 1), SEGV_ACCERR, p + 4 * PAGE,
	       "and stays read-only");
	munmap(p, 32 * PAGE);
	mmap(p, 4 * PAGE, RW, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	strcpy(p + PAGE, "one");
	is(remap(p + 3 * PAGE, PAGE, 0, 1, 0), 0, 0, "shared memory");
	T(!strcmp(p + 3 * PAGE, "one"), "shows a page twice");
	strcpy(p + 3 * PAGE, "two");
	T(!strcmp(p + PAGE, "two"), "the same page");
	is(remap(p, PAGE, 0, 3, 0), 0, 0, "and another");
	T_AREAS(p, 32 * PAGE, "0-1 rw-s, 1-3 rw-s, 3-4 rw-s", "three areas");
	unlink("file");
	return done();
}

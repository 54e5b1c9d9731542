/* SPDX-License-Identifier: MIT */
/* mmap(2): places, permissions, files, errors. */
#include "maps.h"
#include <fcntl.h>
#include <sys/resource.h>

#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)
#define RW   (PROT_READ | PROT_WRITE)

static char *base; /* a free range of 64 pages */

static void errors(void)
{
	int ro = open("/proc/self/exe", O_RDONLY), wo, pip[2];

	wo = open("wo", O_CREAT | O_WRONLY, 0600);
	if (pipe(pip))
		exit(99);
	is(mmap(NULL, 0, RW, ANON, -1, 0), -1, EINVAL, "length 0");
	is(mmap(NULL, PAGE, RW, MAP_ANONYMOUS, -1, 0), -1, EINVAL,
	   "neither shared nor private");
	is(mmap(NULL, PAGE, RW, MAP_PRIVATE, -1, 0), -1, EBADF,
	   "a file mapping without a file");
	is(mmap(NULL, PAGE, RW, MAP_PRIVATE, 999, 0), -1, EBADF,
	   "a descriptor that is not open");
	is(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, ro, 1), -1, EINVAL,
	   "an offset inside a page");
	is(mmap(NULL, (size_t)-1, RW, ANON, -1, 0), -1, ENOMEM,
	   "a length that overflows");
	is(mmap(NULL, (size_t)-4096, RW, ANON, -1, 0), -1, ENOMEM,
	   "a length that nearly overflows");
	is(mmap(NULL, 1UL << 47, RW, ANON | MAP_NORESERVE, -1, 0), -1, ENOMEM,
	   "the whole address space");
	is(mmap((void *)1, PAGE, RW, ANON | MAP_FIXED, -1, 0), -1, EINVAL,
	   "a fixed address inside a page");
	is(mmap((void *)(1UL << 47), PAGE, RW, ANON | MAP_FIXED, -1, 0), -1,
	   ENOMEM, "a fixed address in no man's land");
	is(mmap((void *)((1UL << 47) - PAGE), PAGE, RW, ANON | MAP_FIXED, -1,
		0),
	   -1, ENOMEM, "the last page of the lower half");
	is(mmap(base, -4096UL - (size_t)base, RW, ANON | MAP_FIXED, -1, 0), -1,
	   ENOMEM, "a fixed range that wraps");
	is(mmap(NULL, PAGE, RW, MAP_SHARED, ro, 0), -1, EACCES,
	   "shared and writable over a read-only file");
	is(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, wo, 0), -1, EACCES,
	   "a file that is not open for reading");
	is(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, pip[0], 0), -1, ENODEV,
	   "a pipe");
	is(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, ro, -4096L), -1, EOVERFLOW,
	   "an offset at the end of the world");
	is(mmap(NULL, PAGE, PROT_READ, MAP_SHARED_VALIDATE | (1 << 25), ro, 0),
	   -1, EOPNOTSUPP, "an unknown flag with MAP_SHARED_VALIDATE");
	close(ro);
	close(wo);
	close(pip[0]);
	close(pip[1]);
}

static void places(void)
{
	char *p, *q;

	p = mmap(base + 5 * PAGE + 123, PAGE, RW, ANON, -1, 0);
	T(p == base + 5 * PAGE, "a hint that is free is taken, rounded down");
	q = mmap(p, PAGE, RW, ANON, -1, 0);
	T(q != p, "a hint that is taken gives another place");
	munmap(q, PAGE);
	strcpy(p, "old");
	is(mmap(p, PAGE, RW, ANON | MAP_FIXED_NOREPLACE, -1, 0), -1, EEXIST,
	   "MAP_FIXED_NOREPLACE over a page that is there");
	is(mmap(base + 4 * PAGE, 3 * PAGE, RW, ANON | MAP_FIXED_NOREPLACE, -1,
		0),
	   -1, EEXIST, "or that it would touch");
	T(!strcmp(p, "old"), "which keeps its content");
	is(mmap(base + 6 * PAGE, PAGE, RW, ANON | MAP_FIXED_NOREPLACE, -1, 0),
	   base + 6 * PAGE, 0, "right beside it there is place");
	is(mmap(p, PAGE, RW, ANON | MAP_FIXED, -1, 0), p, 0,
	   "MAP_FIXED replaces");
	T(p[0] == 0, "with new zeroes");
	T_AREAS(base, 64 * PAGE, "5-7 rw-p", "neighbours become one area");
	munmap(base, 64 * PAGE);
	p = mmap(NULL, PAGE, RW, ANON | MAP_32BIT, -1, 0);
	T(p != MAP_FAILED && (unsigned long)p < 1UL << 31,
	  "MAP_32BIT gives an address below 2 GiB");
	munmap(p, PAGE);
}

static void permissions(void)
{
	char *p = mmap(base, 4 * PAGE, PROT_NONE, ANON | MAP_FIXED, -1, 0);

	T_SEGV(peek(p), SEGV_ACCERR, p, "PROT_NONE cannot be read");
	T_SEGV(poke(p + 7, 1), SEGV_ACCERR, p + 7, "or written");
	mmap(p, PAGE, PROT_READ, ANON | MAP_FIXED, -1, 0);
	T_FINE(peek(p), "PROT_READ can be read");
	T_SEGV(poke(p + 9, 1), SEGV_ACCERR, p + 9, "and not written");
	T_SEGV(((void (*)(void))p)(), SEGV_ACCERR, p, "and not run");
	mmap(p + PAGE, PAGE, RW, ANON | MAP_FIXED, -1, 0);
	p[PAGE] = (char)0xc3; /* ret */
	T_SEGV(((void (*)(void))(p + PAGE))(), SEGV_ACCERR, p + PAGE,
	       "data cannot be run");
	mmap(p + PAGE, PAGE, RW | PROT_EXEC, ANON | MAP_FIXED, -1, 0);
	p[PAGE] = (char)0xc3;
	T_FINE(((void (*)(void))(p + PAGE))(), "PROT_EXEC can");
	T_AREAS(base, 4 * PAGE, "0-1 r--p, 1-2 rwxp, 2-4 ---p", "three areas");
	munmap(base, 4 * PAGE);
	T_SEGV(peek(base + 11), SEGV_MAPERR, base + 11,
	       "what is unmapped is not there");
	T_SEGV(peek((char *)16), SEGV_MAPERR, 16, "nor is NULL");
	T_SEGV(peek((char *)0xffffffff80200000UL), SEGV_MAPERR,
	       0xffffffff80200000UL, "the kernel is out of reach");
}

static void files(void)
{
	int fd = open("file", O_CREAT | O_RDWR, 0600);
	char buf[16];
	char *p;

	for (int i = 0; i < 2 * (int)PAGE + 100; i++)
		if (write(fd, &(char){ (char)('a' + i % 26) }, 1) != 1)
			exit(99);
	p = mmap(NULL, 4 * PAGE, RW, MAP_PRIVATE, fd, 0);
	T(p != MAP_FAILED && p[0] == 'a' && p[PAGE] == 'a' + PAGE % 26,
	  "a private mapping shows the file");
	T(p[2 * PAGE + 99] == 'a' + (2 * PAGE + 99) % 26 &&
		  p[2 * PAGE + 100] == 0 && p[3 * PAGE - 1] == 0,
	  "the rest of the last page is zeroes");
	T_BUS(peek(p + 3 * PAGE + 5), BUS_ADRERR, p + 3 * PAGE + 5,
	      "beyond the end is SIGBUS");
	p[1] = 'X';
	T(pread(fd, buf, 3, 0) == 3 && !memcmp(buf, "abc", 3),
	  "a write to it does not reach the file");
	T(pwrite(fd, "123", 3, PAGE) == 3 && !memcmp(p + PAGE, "123", 3),
	  "a write to the file shows in pages that were not written");
	T(pwrite(fd, "456", 3, 0) == 3 && p[0] == 'a' && p[1] == 'X',
	  "and not in those that were");
	munmap(p, 4 * PAGE);
	p = mmap(NULL, PAGE, RW, MAP_SHARED, fd, PAGE);
	T(p != MAP_FAILED && !memcmp(p, "123", 3), "a shared one, from page 1");
	memcpy(p, "shared", 6);
	T(pread(fd, buf, 6, PAGE) == 6 && !memcmp(buf, "shared", 6),
	  "a write to it reaches the file");
	T(in_child(memcpy(p, "child!", 6)) == 0 && !memcmp(p, "child!", 6),
	  "a child's, too");
	close(fd);
	unlink("file");
	T(!memcmp(p, "child!", 6), "it lives on without descriptor and name");
	munmap(p, PAGE);
}

static void limits(void)
{
	struct rlimit old, tight;
	char *p;

	getrlimit(RLIMIT_AS, &old);
	tight = old;
	tight.rlim_cur = 64 << 20;
	setrlimit(RLIMIT_AS, &tight);
	is(mmap(NULL, 64 << 20, RW, ANON, -1, 0), -1, ENOMEM,
	   "RLIMIT_AS refuses");
	p = mmap(NULL, 1 << 20, RW, ANON, -1, 0);
	T(p != MAP_FAILED, "and lets smaller ones pass");
	munmap(p, 1 << 20);
	setrlimit(RLIMIT_AS, &old);
}

static void large_and_sparse(void)
{
	size_t huge = 1UL << 40;
	char *p = mmap(NULL, huge, RW, ANON | MAP_NORESERVE, -1, 0);

	T(p != MAP_FAILED, "1 TiB without reservation");
	p[0] = 1;
	p[huge / 2] = 2;
	p[huge - 1] = 3;
	T(p[0] == 1 && p[huge / 2] == 2 && p[huge - 1] == 3 && p[PAGE] == 0,
	  "is there where it is touched");
	is(munmap(p, huge), 0, 0, "and goes");
}

static void populate(void)
{
	unsigned char vec[4] = { 0 };
	char *p = mmap(NULL, 4 * PAGE, RW, ANON | MAP_POPULATE, -1, 0);

	(void)vec;
	T(p != MAP_FAILED && p[3 * PAGE] == 0, "MAP_POPULATE");
	munmap(p, 4 * PAGE);
}

int main(void)
{
	base = anon(64 * PAGE, PROT_NONE);
	munmap(base, 64 * PAGE);
	errors();
	places();
	permissions();
	files();
	limits();
	large_and_sparse();
	populate();
	return done();
}

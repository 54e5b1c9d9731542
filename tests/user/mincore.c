/* SPDX-License-Identifier: MIT */
/* mincore(2). */
#include "maps.h"

#define RW   (PROT_READ | PROT_WRITE)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)

#define raw_mincore(p, n, v) syscall(SYS_mincore, p, (size_t)(n), v)

static unsigned char vec[1024];

/* The answer for up to 16 pages as text; "-" when it fails. */
static const char *core(char *p, int n)
{
	static char text[17];

	memset(vec, 0xff, sizeof(vec));
	if (raw_mincore(p, n * PAGE, vec))
		return "-";
	for (int i = 0; i < n; i++)
		text[i] = (char)('0' + vec[i]);
	text[n] = '\0';
	return text;
}

#define T_CORE(p, n, want, ...)                                                \
	({                                                                     \
		const char *c_got = core(p, n);                                \
		if (!T(!strcmp(c_got, want), __VA_ARGS__))                     \
			printf("# expected %s, got %s\n", want, c_got);        \
	})

static void errors(char *p)
{
	is(raw_mincore(p + 1, PAGE, vec), -1, EINVAL,
	   "EINVAL: an address inside a page");
	is(raw_mincore(p + 12 * PAGE, PAGE, vec), -1, ENOMEM,
	   "ENOMEM: nothing is mapped");
	is(raw_mincore(p, 13 * PAGE, vec), -1, ENOMEM,
	   "ENOMEM: something is not mapped");
	is(raw_mincore(p, -1L, vec), -1, ENOMEM,
	   "ENOMEM: a length that overflows");
	is(raw_mincore(1UL << 47, PAGE, vec), -1, ENOMEM,
	   "ENOMEM: outside user space");
	is(raw_mincore(p, PAGE, NULL), -1, EFAULT, "EFAULT: NULL");
	is(raw_mincore(p, PAGE, p + 12 * PAGE), -1, EFAULT,
	   "EFAULT: a vector that is not mapped");
	is(raw_mincore(p, PAGE, -4096L), -1, EFAULT,
	   "EFAULT: a vector outside user space");
	is(raw_mincore(p, 0, NULL), 0, 0, "length 0 needs no vector");
	is(raw_mincore(p + 12 * PAGE, 0, vec), 0, 0, "length 0 of nothing");
	is(raw_mincore(p, 1, vec), 0, 0, "one byte is a page");
}

/* What fallocate() makes counts from its first use on. */
static void preallocated(void)
{
	int fd = (int)syscall(SYS_memfd_create, "prealloc", 0);
	char *p = mmap(NULL, 8 * PAGE, RW, MAP_SHARED, fd, 0);
	char c;

	is(syscall(SYS_fallocate, fd, 0, 0L, 8 * PAGE), 0, 0, "fallocate");
	T_CORE(p, 8, "00000000", "pages that nobody has used");
	T(pread(fd, &c, 1, 2 * PAGE) == 1 && !c, "read(2) of one");
	T_CORE(p, 8, "00000000", "is no use");
	T(pwrite(fd, "x", 1, 3 * PAGE) == 1, "write(2) to one");
	T_CORE(p, 8, "00010000", "is");
	is(pwrite(fd, (void *)8, 1, 4 * PAGE), -1, EFAULT, "a failed write");
	T_CORE(p + 4 * PAGE, 1, "1", "uses it as well");
	madvise(p + 4 * PAGE, PAGE, MADV_REMOVE);
	mlock(p + 5 * PAGE, 2 * PAGE);
	T_CORE(p, 8, "00010110", "so is mlock()");
	munmap(p, 8 * PAGE);
	p = mmap(NULL, 8 * PAGE, RW, MAP_PRIVATE, fd, 0);
	T_CORE(p, 8, "00010110", "another mapping says the same");
	is(syscall(SYS_fallocate, fd, 0, 0L, 2 * PAGE), 0, 0, "fallocate");
	T_CORE(p, 8, "11010110", "a second time is a use");
	close(fd);
	munmap(p, 8 * PAGE);
}

int main(void)
{
	char *p = mmap((void *)0x200000000, 32 * PAGE, PROT_NONE, ANON, -1, 0);
	int fd = open("file", O_CREAT | O_RDWR, 0600);
	char *q;

	munmap(p, 32 * PAGE);
	mmap(p, 12 * PAGE, RW, ANON | MAP_FIXED, -1, 0);
	errors(p);
	munmap(p, 12 * PAGE);
	mmap(p, 12 * PAGE, RW, ANON | MAP_FIXED, -1, 0);
	T_CORE(p, 12, "000000000000", "nothing has been touched");
	poke(p + PAGE, 1);
	peek(p + 3 * PAGE);
	T_CORE(p, 6, "010100", "a written page, a read page");
	mprotect(p + PAGE, PAGE, PROT_NONE);
	T_CORE(p, 6, "010100", "rights do not matter");
	madvise(p, 12 * PAGE, MADV_DONTNEED);
	T_CORE(p, 6, "000000", "MADV_DONTNEED");
	mmap(p + 4 * PAGE, 4 * PAGE, RW, ANON | MAP_POPULATE | MAP_FIXED, -1,
	     0);
	T_CORE(p, 12, "000011110000", "MAP_POPULATE");
	mmap(p + 4 * PAGE, 4 * PAGE, RW,
	     ANON | MAP_POPULATE | MAP_NONBLOCK | MAP_FIXED, -1, 0);
	T_CORE(p, 12, "000000000000", "not with MAP_NONBLOCK");
	mmap(p, 4 * PAGE, RW, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	T(in_child(poke(p + 2 * PAGE, 1)) == 0, "a child writes shared memory");
	T_CORE(p, 4, "0010", "its page is in memory here, too");
	munmap(p, 32 * PAGE);
	if (ftruncate(fd, 3 * PAGE + 1))
		exit(99);
	if (pwrite(fd, "x", 1, PAGE) != 1)
		exit(99);
	q = mmap(p, 6 * PAGE, RW, MAP_SHARED | MAP_FIXED, fd, 0);
	poke(q + 2 * PAGE, 1);
	T(!strncmp(core(q, 6) + 1, "11", 2), "pages of a file");
	T(!strcmp(core(q, 6) + 4, "00"), "none beyond its end");
	T(in_child({
		  if (setuid(65534))
			  _exit(1);
		  _exit(strcmp(core(q, 6), "111111"));
	  }) == 0,
	  "who may not write to a file learns nothing");
	unlink("file");
	munmap(p, 6 * PAGE);
	p = anon(600 * PAGE, RW);
	poke(p + 512 * PAGE, 1);
	poke(p + 599 * PAGE, 1);
	is(raw_mincore(p, 600 * PAGE, vec), 0, 0, "600 pages");
	T(vec[511] == 0 && vec[512] == 1 && vec[599] == 1, "one by one");
	preallocated();
	return done();
}

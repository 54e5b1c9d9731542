/* SPDX-License-Identifier: MIT */
/* /proc/PID/pagemap: a word for each page. */
#include "t.h"
#include <fcntl.h>
#include <stdint.h>

#define RW PROT_READ | PROT_WRITE

#define PRESENT	  (1ULL << 63)
#define SWAPPED	  (1ULL << 62)
#define FILE_PAGE (1ULL << 61)
#define EXCLUSIVE (1ULL << 56)
#define FRAME(w)  ((w) & ((1ULL << 55) - 1))
/* The bits that say what a page is: not the frame, not soft-dirty. */
#define KIND(w) ((w) & ~((1ULL << 56) - 1))

static int fd;

static uint64_t word(const void *p)
{
	uint64_t w = ~0ULL;

	if (pread(fd, &w, 8, (off_t)((unsigned long)p / PAGE * 8)) != 8)
		return ~0ULL;
	return w;
}

static void reopen(void)
{
	close(fd);
	fd = open("/proc/self/pagemap", O_RDONLY);
}

static void anonymous(void)
{
	char *p = anon(4 * PAGE, RW);
	uint64_t w, all[4];

	T(word(p) == 0, "an untouched page");
	peek(p);
	w = word(p);
	T(KIND(w) == PRESENT, "the zero page is present and nobody's");
	p[0] = p[2 * PAGE] = 1;
	w = word(p);
	T(KIND(w) == (PRESENT | EXCLUSIVE),
	  "a written page is present, ours alone, of no file");
	T(FRAME(w) && FRAME(w) != FRAME(word(p + 2 * PAGE)),
	  "two pages are in two frames");
	is(pread(fd, all, 32, (off_t)((unsigned long)p / PAGE * 8)), 32, 0,
	   "four words at once");
	T(KIND(all[0]) == (PRESENT | EXCLUSIVE) && !all[1] &&
		  KIND(all[2]) == (PRESENT | EXCLUSIVE) && !all[3],
	  "are those of four pages");
	mprotect(p, PAGE, PROT_NONE);
	T(word(p) == w, "a page without access is the same page");
	madvise(p + 2 * PAGE, PAGE, MADV_DONTNEED);
	T(word(p + 2 * PAGE) == 0, "a page given back");
	munmap(p, 4 * PAGE);
	T(word(p) == 0, "unmapped memory");
}

static void forked(void)
{
	char *p = anon(4 * PAGE, RW);
	uint64_t w;

	p[0] = p[PAGE] = 1;
	w = word(p);
	T(in_child({
		  int bad;

		  reopen();
		  bad = KIND(word(p)) != PRESENT || FRAME(word(p)) != FRAME(w);
		  p[0] = 2;
		  bad |= KIND(word(p)) != (PRESENT | EXCLUSIVE) ||
			 FRAME(word(p)) == FRAME(w);
		  bad |= KIND(word(p + PAGE)) != PRESENT;
		  _exit(bad);
	  }) == 0,
	  "fork: the same frame, not exclusive, until it is written");
	T(word(p) == w, "alone again with the same frame");
	munmap(p, 4 * PAGE);
}

static void objects(void)
{
	char *p = mmap(NULL, 2 * PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int f = open("file", O_RDWR | O_CREAT, 0600);

	T(word(p) == 0, "shared memory, untouched");
	p[0] = 1;
	T(KIND(word(p)) == (PRESENT | FILE_PAGE | EXCLUSIVE),
	  "shared memory is a file's, and one process maps it");
	T(in_child({
		  reopen();
		  peek(p);
		  _exit(KIND(word(p)) != (PRESENT | FILE_PAGE));
	  }) == 0,
	  "two processes map it");
	munmap(p, 2 * PAGE);
	if (ftruncate(f, 2 * PAGE))
		exit(99);
	p = mmap(NULL, 2 * PAGE, RW, MAP_PRIVATE, f, 0);
	peek(p);
	T(KIND(word(p)) == (PRESENT | FILE_PAGE | EXCLUSIVE),
	  "a file's page, read");
	p[0] = 1;
	T(KIND(word(p)) == (PRESENT | EXCLUSIVE),
	  "its private copy is not the file's");
	munmap(p, 2 * PAGE);
	close(f);
}

static void reading(void)
{
	uint64_t w[2];

	is(pread(fd, w, 7, 0), -1, EINVAL, "seven bytes");
	is(pread(fd, w, 8, 4), -1, EINVAL, "from half of a word");
	is(pread(fd, w, 12, 8), -1, EINVAL, "a word and a half");
	is(read(fd, w, 0), 0, 0, "no bytes");
	is(pread(fd, (void *)16, 8, 0), -1, EFAULT, "to nowhere");
	is(pread(fd, w, 8, 1L << 50), 0, 0, "beyond user space");
	is(pread(fd, w, 8, 0), 8, 0, "page 0");
	T(w[0] == 0, "is not there");
	is(lseek(fd, 64, SEEK_SET), 64, 0, "seek");
	is(lseek(fd, 8, SEEK_CUR), 72, 0, "seek from here");
	is(lseek(fd, 0, SEEK_END), -1, EINVAL, "it has no end to seek to");
	is(read(fd, w, 16), 16, 0, "read from there");
	is(lseek(fd, 0, SEEK_CUR), 88, 0, "moves on");
	is(write(fd, w, 8), -1, EBADF, "it cannot be written");
}

static void rights(void)
{
	char *p = anon(PAGE, RW);

	p[0] = 1;
	T(in_child({
		  int bad = setgid(65534) || setuid(65534);

		  errno = 0;
		  bad |= open("/proc/1/pagemap", O_RDONLY) != -1 ||
			 errno != EACCES;
		  _exit(bad);
	  }) == 0,
	  "somebody else's: EACCES");
	T(in_child({
		  reopen();
		  int bad = setgid(65534) || setuid(65534);

		  bad |= !FRAME(word(p));
		  _exit(bad);
	  }) == 0,
	  "who opened it as root sees frames");
}

int main(void)
{
	fd = open("/proc/self/pagemap", O_RDONLY);
	anonymous();
	forked();
	objects();
	reading();
	rights();
	return done();
}

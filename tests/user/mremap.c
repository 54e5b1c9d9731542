/* SPDX-License-Identifier: MIT */
/* mremap(2): sizes, places, errors, what moves along. */
#include "maps.h"
#include <sys/resource.h>

#define RW	  (PROT_READ | PROT_WRITE)
#define ANON	  (MAP_PRIVATE | MAP_ANONYMOUS)
#define FIXED	  (MREMAP_MAYMOVE | MREMAP_FIXED)
#define DONTUNMAP 4

#define raw_mremap(p, old, new, flags, to)                                     \
	syscall(SYS_mremap, p, (size_t)(old), (size_t)(new), flags, to)

static char *base; /* 128 pages that are free */
static const size_t room = 128 * PAGE;

static char *at(int page)
{
	return base + page * (long)PAGE;
}

static char *map_at(int page, int n, int prot, int flags)
{
	return mmap(at(page), n * PAGE, prot, flags | MAP_FIXED, -1, 0);
}

static void clear(void)
{
	munmap(base, room);
}

static void errors(void)
{
	map_at(0, 4, RW, ANON);
	map_at(4, 4, PROT_READ, ANON);
	is(raw_mremap(at(0) + 1, PAGE, PAGE, 0, 0), -1, EINVAL,
	   "EINVAL: an address inside a page");
	is(raw_mremap(at(0), PAGE, PAGE, 8, 0), -1, EINVAL,
	   "EINVAL: an unknown flag");
	is(raw_mremap(at(0), PAGE, 0, 0, 0), -1, EINVAL, "EINVAL: new size 0");
	is(raw_mremap(at(0), PAGE, PAGE, MREMAP_FIXED, at(20)), -1, EINVAL,
	   "EINVAL: MREMAP_FIXED alone");
	is(raw_mremap(at(0), PAGE, PAGE, DONTUNMAP, 0), -1, EINVAL,
	   "EINVAL: MREMAP_DONTUNMAP alone");
	is(raw_mremap(at(0), PAGE, 2 * PAGE, MREMAP_MAYMOVE | DONTUNMAP, 0), -1,
	   EINVAL, "EINVAL: MREMAP_DONTUNMAP with two sizes");
	is(raw_mremap(at(0), PAGE, PAGE, FIXED, at(20) + 1), -1, EINVAL,
	   "EINVAL: a new address inside a page");
	is(raw_mremap(at(0), 4 * PAGE, 4 * PAGE, FIXED, at(2)), -1, EINVAL,
	   "EINVAL: old and new overlap");
	is(raw_mremap(at(0), 4 * PAGE, PAGE, FIXED, at(3)), -1, EINVAL,
	   "EINVAL: also in what would be cut off");
	is(raw_mremap(at(0), PAGE, PAGE, FIXED, 1UL << 47), -1, EINVAL,
	   "EINVAL: a new address outside user space");
	is(raw_mremap(at(0), PAGE, 1UL << 47, FIXED, at(20)), -1, EINVAL,
	   "EINVAL: a new size of all user space");
	is(raw_mremap(at(0), 8 * PAGE, 1UL << 47, MREMAP_MAYMOVE, 0), -1,
	   EINVAL, "EINVAL: the same over two areas, without a place");
	is(raw_mremap(at(0), 0, PAGE, MREMAP_MAYMOVE, 0), -1, EINVAL,
	   "EINVAL: old size 0 of a private mapping");
	is(raw_mremap(at(0), -1L, PAGE, 0, 0), -1, EINVAL,
	   "EINVAL: an old size that overflows to 0");
	is(raw_mremap(at(0), -4096L, PAGE, 0, 0), -1, EINVAL,
	   "EINVAL: an old size beyond user space");
	is(raw_mremap(at(0), PAGE, -1L, MREMAP_MAYMOVE, 0), -1, EINVAL,
	   "EINVAL: a new size that overflows to 0");
	is(raw_mremap(at(0), PAGE, -4096L, MREMAP_MAYMOVE, 0), -1, EINVAL,
	   "EINVAL: a new size that nearly overflows");
	is(raw_mremap(at(30), PAGE, PAGE, 0, 0), -1, EFAULT,
	   "EFAULT: nothing is mapped there");
	is(raw_mremap(at(2), 4 * PAGE, 5 * PAGE, MREMAP_MAYMOVE, 0), -1, EFAULT,
	   "EFAULT: growing over two areas");
	is(raw_mremap(at(2), 4 * PAGE, 5 * PAGE, FIXED, at(20)), -1, EFAULT,
	   "EFAULT: moving two areas and growing");
	is(raw_mremap(at(0), 4 * PAGE, 5 * PAGE, 0, 0), -1, ENOMEM,
	   "ENOMEM: no room and no MREMAP_MAYMOVE");
	is(raw_mremap(at(0), PAGE, 2 * PAGE, 0, 0), -1, ENOMEM,
	   "ENOMEM: the middle of an area cannot grow in place");
	T_AREAS(base, room, "0-4 rw-p, 4-8 r--p", "nothing has changed");
	clear();
}

static void in_place(void)
{
	map_at(0, 8, RW, ANON);
	memset(at(0), 7, 8 * PAGE);
	is(raw_mremap(at(0), 8 * PAGE, 8 * PAGE, 0, 0), at(0), 0,
	   "the same size");
	is(raw_mremap(at(0), 8 * PAGE - 100, 5 * PAGE + 1, 0, 0), at(0), 0,
	   "shrink; sizes are rounded up to pages");
	T_AREAS(base, room, "0-6 rw-p", "the tail has gone");
	T_SEGV(peek(at(6)), SEGV_MAPERR, at(6), "and cannot be read");
	is(raw_mremap(at(0), 6 * PAGE, 9 * PAGE, 0, 0), at(0), 0, "grow");
	T_AREAS(base, room, "0-9 rw-p", "it is one area");
	T(at(5)[0] == 7 && at(6)[0] == 0 && at(8)[PAGE - 1] == 0,
	  "old contents stay, new pages are zeroes");
	is(raw_mremap(at(7), 2 * PAGE, 4 * PAGE, 0, 0), at(7), 0,
	   "the tail of an area can grow");
	T_AREAS(base, room, "0-11 rw-p", "the area with it");
	map_at(12, 2, RW, ANON);
	is(raw_mremap(at(0), 11 * PAGE, 12 * PAGE, 0, 0), at(0), 0,
	   "up to the next area");
	T_AREAS(base, room, "0-14 rw-p", "with which it merges");
	map_at(5, 2, PROT_READ, ANON);
	munmap(at(8), PAGE);
	is(raw_mremap(at(3), 8 * PAGE, PAGE, 0, 0), at(3), 0,
	   "shrinking may go over areas and holes");
	T_AREAS(base, room, "0-4 rw-p, 11-14 rw-p", "all of that goes");
	is(raw_mremap(at(3), 7 * PAGE, 7 * PAGE, 0, 0), at(3), 0,
	   "the same size over a hole is no error");
	clear();
}

static void moving(void)
{
	char *p;

	map_at(0, 4, RW, ANON);
	map_at(4, 1, PROT_READ, ANON);
	strcpy(at(3), "three");
	p = (char *)raw_mremap(at(0), 4 * PAGE, 6 * PAGE, MREMAP_MAYMOVE, 0);
	T(p != MAP_FAILED && p != at(0) && !strcmp(p + 3 * PAGE, "three") &&
		  p[5 * PAGE] == 0,
	  "MREMAP_MAYMOVE moves when there is no room");
	T_AREAS(base, room, "4-5 r--p", "the old place is free");
	T_SEGV(peek(at(3)), SEGV_MAPERR, at(3), "really");
	is(raw_mremap(p, 6 * PAGE, 6 * PAGE, FIXED, at(10)), at(10), 0,
	   "MREMAP_FIXED");
	T(!strcmp(at(13), "three"), "contents come along");
	map_at(20, 10, PROT_READ, ANON);
	is(raw_mremap(at(10), 6 * PAGE, 2 * PAGE, FIXED, at(24)), at(24), 0,
	   "MREMAP_FIXED replaces what is there, and shrinks");
	T_AREAS(base, room, "4-5 r--p, 20-24 r--p, 24-26 rw-p, 26-30 r--p",
		"in the middle of an area");
	clear();
	map_at(0, 9, RW, ANON);
	for (int i = 0; i < 9; i++)
		at(i)[0] = (char)(1 + i);
	is(raw_mremap(at(3), 3 * PAGE, 5 * PAGE, FIXED, at(40)), at(40), 0,
	   "the middle of an area moves and grows");
	T_AREAS(base, room, "0-3 rw-p, 6-9 rw-p, 40-45 rw-p", "three areas");
	T(at(2)[0] == 3 && at(6)[0] == 7 && at(40)[0] == 4 && at(42)[0] == 6 &&
		  at(43)[0] == 0,
	  "every page is where it should be");
	T_SEGV(peek(at(3)), SEGV_MAPERR, at(3), "the gap is a gap");
	is(raw_mremap(at(40), 3 * PAGE, 3 * PAGE, FIXED, at(3)), at(3), 0,
	   "back again");
	T_AREAS(base, room, "0-9 rw-p, 43-45 rw-p", "the areas are one");
	is(raw_mremap(at(0), 2 * PAGE, 2 * PAGE, FIXED, at(7)), at(7), 0,
	   "from one end of an area to the other");
	T_AREAS(base, room, "2-7 rw-p, 7-9 rw-p, 43-45 rw-p",
		"contents that moved are an area of their own");
	T(at(7)[0] == 1 && at(8)[0] == 2 && at(6)[0] == 7, "as it should be");
	clear();
}

static void untouched(void)
{
	map_at(0, 4, RW, ANON);
	map_at(10, 4, RW, ANON);
	is(raw_mremap(at(0), 4 * PAGE, 4 * PAGE, FIXED, at(14)), at(14), 0,
	   "memory that was never touched");
	T_AREAS(base, room, "10-18 rw-p", "merges with its new neighbour");
	is(raw_mremap(at(11), 2 * PAGE, 2 * PAGE, FIXED, at(18)), at(18), 0,
	   "or with the area it comes from");
	T_AREAS(base, room, "10-11 rw-p, 13-20 rw-p", "which gets a hole");
	clear();
}

static void dontunmap(void)
{
	char *p;

	map_at(0, 4, RW, ANON);
	memset(at(0), 5, 4 * PAGE);
	is(raw_mremap(at(0), 4 * PAGE, 4 * PAGE, FIXED | DONTUNMAP, at(8)),
	   at(8), 0, "MREMAP_DONTUNMAP");
	T_AREAS(base, room, "0-4 rw-p, 8-12 rw-p", "both are mapped");
	T(at(8)[0] == 5 && at(0)[0] == 0, "the old one is empty");
	p = (char *)raw_mremap(at(8), 2 * PAGE, 2 * PAGE,
			       MREMAP_MAYMOVE | DONTUNMAP, 0);
	T(p != MAP_FAILED && p != at(8) && p[PAGE] == 5 && at(9)[0] == 0 &&
		  at(10)[0] == 5,
	  "of a part, to wherever");
	munmap(p, 2 * PAGE);
	p = (char *)raw_mremap(at(8), 2 * PAGE, 2 * PAGE,
			       MREMAP_MAYMOVE | DONTUNMAP, at(50));
	T(p == at(50), "the new address is a hint without MREMAP_FIXED");
	clear();
}

static void shared(void)
{
	int fd = open("file", O_CREAT | O_RDWR, 0600);
	char buf[4];
	char *p;

	map_at(0, 4, RW, MAP_SHARED | MAP_ANONYMOUS);
	strcpy(at(1), "one");
	is(raw_mremap(at(0), 0, 4 * PAGE, FIXED, at(10)), at(10), 0,
	   "old size 0 of shared memory is a second mapping");
	T_AREAS(base, room, "0-4 rw-s, 10-14 rw-s", "both are mapped");
	strcpy(at(12), "two");
	T(!strcmp(at(11), "one") && !strcmp(at(2), "two"), "of the same pages");
	is(raw_mremap(at(1), 0, PAGE, 0, 0), -1, ENOMEM,
	   "ENOMEM: that one must be able to move");
	is(raw_mremap(at(10), 4 * PAGE, 6 * PAGE, 0, 0), at(10), 0,
	   "a shared mapping can grow");
	T_BUS(peek(at(14)), BUS_ADRERR, at(14), "but not the memory behind it");
	clear();
	if (ftruncate(fd, 8 * PAGE))
		exit(99);
	for (int i = 0; i < 8; i++)
		if (pwrite(fd, &(char){ (char)('a' + i) }, 1, i * PAGE) != 1)
			exit(99);
	p = mmap(at(0), 8 * PAGE, RW, MAP_PRIVATE | MAP_FIXED, fd, 0);
	p[3 * PAGE] = 'X';
	is(raw_mremap(at(2), 3 * PAGE, 6 * PAGE, FIXED, at(20)), at(20), 0,
	   "a part of a private file mapping moves");
	T(at(20)[0] == 'c' && at(21)[0] == 'X' && at(25)[0] == 'h' &&
		  at(7)[0] == 'h',
	  "with its offset and the pages that were written");
	is(raw_mremap(at(20), 6 * PAGE, 7 * PAGE, 0, 0), at(20), 0,
	   "beyond the end of the file");
	T_BUS(peek(at(26)), BUS_ADRERR, at(26), "there is nothing");
	if (ftruncate(fd, 3 * PAGE))
		exit(99);
	T_BUS(peek(at(21)), BUS_ADRERR, at(21),
	      "truncation finds it at its new place");
	T(pread(fd, buf, 1, 2 * PAGE) == 1 && buf[0] == 'c',
	  "the file is as it was");
	close(fd);
	unlink("file");
	clear();
}

/* What is put in the place of its own source has none. */
static void double_of_itself(void)
{
	map_at(0, 8, RW, MAP_SHARED | MAP_ANONYMOUS);
	is(raw_mremap(at(2), 0, 3 * PAGE, FIXED, at(2)), -1, EFAULT,
	   "EFAULT: a double in place of itself");
	T_AREAS(base, room, "0-2 rw-s, 5-8 rw-s", "which has gone");
	clear();
}

static void after_fork(void)
{
	int status;

	map_at(0, 4, RW, ANON);
	memset(at(0), 1, 4 * PAGE);
	status = in_child({
		raw_mremap(at(0), 4 * PAGE, 4 * PAGE, FIXED, at(30));
		at(31)[0] = 9;
		if (at(30)[0] != 1 || at(31)[0] != 9)
			_exit(1);
	});
	T(status == 0 && at(1)[0] == 1 && at(0)[5] == 1,
	  "a child moves and writes: the parent keeps its pages");
	status = in_child(for (int i = 0; i < 1000000 && at(0)[0] != 1; i++));
	T(status == 0, "and so does the next child");
	clear();
}

static void as_nobody(void)
{
	struct rlimit lim = { 8 * PAGE, 8 * PAGE };

	setrlimit(RLIMIT_MEMLOCK, &lim);
	if (setuid(65534))
		_exit(99);
	map_at(0, 4, RW, ANON);
	is(mlock(at(0), 4 * PAGE), 0, 0, "a locked mapping");
	is(raw_mremap(at(0), 4 * PAGE, 9 * PAGE, MREMAP_MAYMOVE, 0), -1, EAGAIN,
	   "EAGAIN: RLIMIT_MEMLOCK");
	is(raw_mremap(at(0), 4 * PAGE, 8 * PAGE, MREMAP_MAYMOVE, 0), at(0), 0,
	   "up to it, it may");
	_exit(!!t_failed);
}

static void limits(void)
{
	struct rlimit old, lim;
	int status;

	map_at(0, 4, RW, ANON);
	getrlimit(RLIMIT_AS, &old);
	lim = old;
	lim.rlim_cur = 64 << 20;
	setrlimit(RLIMIT_AS, &lim);
	is(raw_mremap(at(0), 4 * PAGE, 64 << 20, MREMAP_MAYMOVE, 0), -1, ENOMEM,
	   "ENOMEM: RLIMIT_AS");
	setrlimit(RLIMIT_AS, &old);
	getrlimit(RLIMIT_DATA, &old);
	lim = old;
	lim.rlim_cur = 32 << 20;
	setrlimit(RLIMIT_DATA, &lim);
	is(raw_mremap(at(0), 4 * PAGE, 32 << 20, MREMAP_MAYMOVE, 0), -1, ENOMEM,
	   "ENOMEM: RLIMIT_DATA");
	setrlimit(RLIMIT_DATA, &old);
	T_AREAS(base, room, "0-4 rw-p", "nothing has changed");
	clear();
	status = in_child(as_nobody());
	t_count += 3; /* the child's */
	T(status == 0, "limits of who is not root");
}

static void special(void)
{
	unsigned long end, start = area_named("[vdso]", &end);
	size_t len = end - start;

	is(raw_mremap(start, len, len + PAGE, MREMAP_MAYMOVE, 0), -1, EFAULT,
	   "EFAULT: the vdso does not grow");
	is(raw_mremap(start, len, len, FIXED | DONTUNMAP, at(0)), -1, EINVAL,
	   "EINVAL: nor can it be left behind");
	start = area_named("[vvar]", &end);
	len = end - start;
	is(raw_mremap(start, len, len + PAGE, MREMAP_MAYMOVE, 0), -1, EFAULT,
	   "EFAULT: nor does vvar");
	if (len > PAGE)
		is(raw_mremap(start, PAGE, PAGE, FIXED, at(0)), -1, EINVAL,
		   "EINVAL: it is moved as a whole or not at all");
	T_AREAS(base, room, "", "nothing has moved");
}

static void large(void)
{
	size_t len = 6UL << 20;
	char *p = mmap(NULL, 4 * len, PROT_NONE, ANON | MAP_NORESERVE, -1, 0);
	char *src = (char *)(((unsigned long)p + (2 << 20) - 1) &
			     ~((2UL << 20) - 1));
	int good = 1;

	mmap(src, len, RW, ANON | MAP_FIXED, -1, 0);
	for (size_t i = 0; i < len; i += 64 * PAGE)
		src[i] = (char)(i / PAGE / 64 + 1);
	is(raw_mremap(src, len, len, FIXED, src + len), src + len, 0,
	   "6 MiB, aligned");
	for (size_t i = 0; i < len; i += 64 * PAGE)
		good &= src[len + i] == (char)(i / PAGE / 64 + 1);
	T(good, "arrive whole");
	is(raw_mremap(src + len, len - 5 * PAGE, len - 5 * PAGE, FIXED,
		      src + 5 * PAGE),
	   src + 5 * PAGE, 0, "and not aligned");
	for (size_t i = 0; i < len - 5 * PAGE; i += 64 * PAGE)
		good &= src[5 * PAGE + i] == (char)(i / PAGE / 64 + 1);
	T(good, "as well");
	munmap(p, 4 * len);
}

int main(void)
{
	/* Where nothing else is ever put. */
	base = mmap((void *)0x200000000, room, PROT_NONE, ANON, -1, 0);
	clear();
	errors();
	in_place();
	moving();
	untouched();
	dontunmap();
	shared();
	double_of_itself();
	after_fork();
	limits();
	special();
	large();
	return done();
}

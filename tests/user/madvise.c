/* SPDX-License-Identifier: MIT */
/* madvise(2): every advice, every errno. */
#include "maps.h"
#include <sched.h>
#include <sys/uio.h>
#include <sys/wait.h>

#define RW   (PROT_READ | PROT_WRITE)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)

#define COLD		20
#define PAGEOUT		21
#define POPULATE_READ	22
#define POPULATE_WRITE	23
#define DONTNEED_LOCKED 24

static char *base; /* 64 pages that are free */
static const size_t room = 64 * PAGE;

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

static int advise(int page, int n, int advice)
{
	return madvise(at(page), n * PAGE, advice);
}

static int resident(int page, int n)
{
	unsigned char vec[64];
	int count = 0;

	if (mincore(at(page), n * PAGE, vec))
		return -1;
	for (int i = 0; i < n; i++)
		count += vec[i] & 1;
	return count;
}

static void errors(void)
{
	map_at(0, 4, RW, ANON);
	map_at(6, 4, RW, ANON);
	is(madvise(at(0) + 1, PAGE, MADV_NORMAL), -1, EINVAL,
	   "EINVAL: an address inside a page");
	is(advise(0, 1, 5), -1, EINVAL, "EINVAL: no such advice");
	is(advise(0, 1, 4711), -1, EINVAL, "EINVAL: nor that");
	is(advise(0, 1, -1), -1, EINVAL, "EINVAL: a negative one");
	is(madvise(at(0), -1UL, MADV_NORMAL), -1, EINVAL,
	   "EINVAL: a length that overflows when rounded");
	is(madvise(at(0), -4096UL, MADV_NORMAL), -1, EINVAL,
	   "EINVAL: a range that wraps");
	is(advise(0, 0, MADV_DONTNEED), 0, 0, "length 0");
	is(advise(4, 0, MADV_DONTNEED), 0, 0, "length 0 of nothing");
	is(advise(0, 0, 4711), -1, EINVAL, "EINVAL: also of length 0");
	is(advise(4, 1, MADV_NORMAL), -1, ENOMEM, "ENOMEM: nothing is mapped");
	memset(at(0), 1, 4 * PAGE);
	memset(at(6), 1, 4 * PAGE);
	is(advise(1, 8, MADV_DONTNEED), -1, ENOMEM, "ENOMEM: over a hole");
	T(at(0)[0] == 1 && at(1)[0] == 0 && at(6)[0] == 0 && at(9)[0] == 1,
	  "the rest has been done");
	is(advise(2, 6, MADV_DONTDUMP), -1, ENOMEM, "ENOMEM: of flags, too");
	T_AREAS(base, room, "0-2 rw-p, 2-4 rw-p, 6-8 rw-p, 8-10 rw-p",
		"which are set");
	clear();
}

static void dontneed(void)
{
	map_at(0, 6, RW, ANON);
	memset(at(0), 3, 6 * PAGE);
	is(advise(1, 3, MADV_DONTNEED), 0, 0, "MADV_DONTNEED");
	T(at(0)[0] == 3 && at(1)[0] == 0 && at(3)[9] == 0 && at(4)[0] == 3,
	  "really drops");
	mlock(at(4), PAGE);
	is(advise(4, 1, MADV_DONTNEED), -1, EINVAL, "EINVAL: locked memory");
	is(advise(3, 3, MADV_DONTNEED), -1, EINVAL, "EINVAL: in the range");
	T(at(5)[0] == 3, "what follows keeps its contents");
	is(advise(4, 1, DONTNEED_LOCKED), 0, 0, "MADV_DONTNEED_LOCKED");
	T(at(4)[0] == 0, "drops it");
	is(advise(4, 1, MADV_FREE), -1, EINVAL, "EINVAL: MADV_FREE of it");
	munlock(at(4), PAGE);
	clear();
	map_at(0, 2, RW, MAP_SHARED | MAP_ANONYMOUS);
	strcpy(at(1), "shared");
	is(advise(0, 2, MADV_DONTNEED), 0, 0, "of shared memory");
	T(!strcmp(at(1), "shared"), "the contents stay");
	is(advise(0, 2, MADV_FREE), -1, EINVAL, "EINVAL: MADV_FREE of it");
	clear();
}

static void free_(void)
{
	map_at(0, 4, RW, ANON);
	memset(at(0), 3, 4 * PAGE);
	is(advise(0, 4, MADV_FREE), 0, 0, "MADV_FREE");
	T(at(1)[0] == 3 || at(1)[0] == 0, "old contents or zeroes");
	at(2)[5] = 9;
	T(at(2)[5] == 9 && (at(2)[6] == 0 || at(2)[6] == 3),
	  "what is written afterwards stays");
	is(advise(3, 4, MADV_FREE), -1, ENOMEM, "ENOMEM: over a hole");
	clear();
}

/* The first byte of each page, '.' for 0. */
static const char *firsts(int n)
{
	static char text[65];

	for (int i = 0; i < n; i++)
		text[i] = at(i)[0] ? at(i)[0] : '.';
	text[n] = '\0';
	return text;
}

/* MADV_PAGEOUT takes what was given up, as a lack of memory would. */
static void free_and_reclaim(void)
{
	char byte = 'r';
	struct iovec from = { &byte, 1 }, to = { NULL, 1 };
	unsigned char in[8];
	cpu_set_t all, one;

	/* Linux marks pages in batches, one for each CPU. */
	sched_getaffinity(0, sizeof(all), &all);
	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	sched_setaffinity(0, sizeof(one), &one);
	map_at(0, 8, RW, ANON);
	for (int i = 0; i < 8; i++)
		at(i)[0] = (char)('a' + i);
	is(advise(0, 8, MADV_FREE), 0, 0, "MADV_FREE of eight pages");
	T(!strcmp(firsts(8), "abcdefgh"), "are as they were");
	mincore(at(0), 8 * PAGE, in);
	T(in[0] & in[7] & 1, "and still there");
	at(1)[0] = 'w';
	to.iov_base = at(2);
	is(process_vm_writev(getpid(), &from, 1, &to, 1, 0), 1, 0,
	   "a write from outside");
	is(advise(3, 1, POPULATE_WRITE), 0, 0, "a pretended write");
	is(advise(4, 1, POPULATE_READ), 0, 0, "a pretended read");
	T(at(5)[0] == 'f', "a read");
	is(mlock(at(6), PAGE), 0, 0, "locked");
	is(munlock(at(6), PAGE), 0, 0, "and unlocked");
	mprotect(at(7), PAGE, PROT_READ);
	mprotect(at(7), PAGE, RW);
	is(advise(0, 8, PAGEOUT), 0, 0, "MADV_PAGEOUT");
	T(!strcmp(firsts(8), ".wrd..g."), "drops what was not written");
	clear();

	map_at(0, 4, RW, ANON);
	memset(at(0), 'p', 4 * PAGE);
	T(WEXITSTATUS(in_child({
		  advise(0, 4, MADV_FREE);
		  advise(0, 4, PAGEOUT);
		  _exit(!strcmp(firsts(4), "pppp"));
	  })) == 1,
	  "what a parent has, too, is not dropped");
	advise(0, 4, PAGEOUT);
	T(!strcmp(firsts(4), "pppp"), "nor the parent's");
	advise(0, 4, MADV_FREE);
	mlock(at(0), PAGE);
	is(advise(0, 4, PAGEOUT), -1, EINVAL, "EINVAL: it is locked");
	munlock(at(0), PAGE);
	sched_setaffinity(0, sizeof(all), &all);
	clear();
}

static void flags(void)
{
	int status;

	map_at(0, 6, RW, ANON);
	is(advise(0, 6, MADV_RANDOM), 0, 0, "MADV_RANDOM");
	is(advise(0, 3, MADV_SEQUENTIAL), 0, 0, "MADV_SEQUENTIAL of a part");
	T_AREAS(base, room, "0-3 rw-p, 3-6 rw-p", "two areas");
	is(advise(0, 6, MADV_NORMAL), 0, 0, "MADV_NORMAL");
	T_AREAS(base, room, "0-6 rw-p", "one again");
	at(1)[0] = 1;
	at(3)[0] = 3;
	is(advise(1, 1, MADV_DONTFORK), 0, 0, "MADV_DONTFORK");
	is(advise(3, 1, MADV_WIPEONFORK), 0, 0, "MADV_WIPEONFORK");
	status = in_child(
		_exit(strcmp(areas(base, room),
			     "0-1 rw-p, 2-3 rw-p, 3-4 rw-p, 4-6 rw-p") ||
		      at(3)[0]));
	T(status == 0, "a child has a hole and an empty page");
	T(at(1)[0] == 1 && at(3)[0] == 3, "we have both");
	is(advise(1, 1, MADV_DOFORK), 0, 0, "MADV_DOFORK");
	is(advise(3, 1, MADV_KEEPONFORK), 0, 0, "MADV_KEEPONFORK");
	T(in_child(_exit(!(at(1)[0] == 1 && at(3)[0] == 3))) == 0,
	  "a child has both");
	is(advise(0, 6, MADV_DONTDUMP), 0, 0, "MADV_DONTDUMP");
	is(advise(0, 6, MADV_DODUMP), 0, 0, "MADV_DODUMP");
	T_AREAS(base, room, "0-6 rw-p", "one area");
	map_at(0, 2, RW, MAP_SHARED | MAP_ANONYMOUS);
	is(advise(0, 1, MADV_WIPEONFORK), -1, EINVAL,
	   "EINVAL: MADV_WIPEONFORK of shared memory");
	clear();
}

static void populate(void)
{
	int fd = open("file", O_CREAT | O_RDWR, 0600);

	map_at(0, 8, RW, ANON);
	is(advise(0, 4, POPULATE_READ), 0, 0, "MADV_POPULATE_READ");
	is(advise(4, 4, POPULATE_WRITE), 0, 0, "MADV_POPULATE_WRITE");
	T(resident(0, 8) == 8, "all is there");
	at(0)[0] = 5;
	is(advise(0, 8, POPULATE_WRITE), 0, 0, "once more");
	T(at(0)[0] == 5 && at(1)[0] == 0, "contents stay");
	mprotect(at(2), PAGE, PROT_READ);
	is(advise(0, 8, POPULATE_WRITE), -1, EINVAL,
	   "EINVAL: a page cannot be written");
	is(advise(0, 8, POPULATE_READ), 0, 0, "but read");
	mprotect(at(2), PAGE, PROT_NONE);
	is(advise(0, 8, POPULATE_READ), -1, EINVAL,
	   "EINVAL: a page cannot be read");
	is(advise(6, 6, POPULATE_READ), -1, ENOMEM, "ENOMEM: over a hole");
	clear();
	if (ftruncate(fd, 2 * PAGE))
		exit(99);
	mmap(at(0), 4 * PAGE, RW, MAP_SHARED | MAP_FIXED, fd, 0);
	is(advise(0, 2, POPULATE_WRITE), 0, 0, "pages of a file");
	is(advise(0, 4, POPULATE_READ), -1, EFAULT,
	   "EFAULT: pages beyond its end");
	is(advise(0, 4, MADV_WILLNEED), 0, 0, "MADV_WILLNEED does not mind");
	close(fd);
	unlink("file");
	clear();
}

static void remove_(void)
{
	int fd = syscall(SYS_memfd_create, "m", 0);
	char c = 1;

	if (ftruncate(fd, 4 * PAGE))
		exit(99);
	mmap(at(0), 4 * PAGE, RW, MAP_SHARED | MAP_FIXED, fd, 0);
	memset(at(0), 7, 4 * PAGE);
	is(advise(1, 2, MADV_REMOVE), 0, 0, "MADV_REMOVE");
	T(at(0)[0] == 7 && at(1)[0] == 0 && at(2)[0] == 0 && at(3)[0] == 7,
	  "punches a hole");
	T(pread(fd, &c, 1, PAGE) == 1 && c == 0, "into the file");
	mlock(at(3), PAGE);
	is(advise(3, 1, MADV_REMOVE), -1, EINVAL, "EINVAL: locked memory");
	munlock(at(3), PAGE);
	mmap(at(5), PAGE, RW, MAP_PRIVATE | MAP_FIXED, fd, 0);
	is(advise(5, 1, MADV_REMOVE), -1, EACCES, "EACCES: not shared");
	map_at(6, 1, RW, ANON);
	is(advise(6, 1, MADV_REMOVE), -1, EINVAL, "EINVAL: no file");
	map_at(7, 2, RW, MAP_SHARED | MAP_ANONYMOUS);
	memset(at(7), 8, 2 * PAGE);
	is(advise(7, 1, MADV_REMOVE), 0, 0, "of shared memory");
	T(at(7)[0] == 0 && at(8)[0] == 8, "as well");
	close(fd);
	clear();
}

static void special(void)
{
	unsigned long end, start = area_named("[vvar]", &end);
	char *p = (char *)start;
	size_t len = end - start;

	is(madvise(p, len, MADV_DONTNEED), -1, EINVAL,
	   "EINVAL: MADV_DONTNEED of vvar");
	is(madvise(p, len, MADV_DODUMP), -1, EINVAL,
	   "EINVAL: MADV_DODUMP of it");
	is(madvise(p, len, MADV_DOFORK), -1, EINVAL,
	   "EINVAL: MADV_DOFORK of it");
	is(madvise(p, len, COLD), -1, EINVAL, "EINVAL: MADV_COLD of it");
	is(madvise(p, len, POPULATE_READ), -1, EINVAL,
	   "EINVAL: MADV_POPULATE_READ of it");
	start = area_named("[vdso]", &end);
	is(madvise((char *)start, end - start, MADV_DODUMP), -1, EINVAL,
	   "EINVAL: MADV_DODUMP of the vdso");
}

static void cold(void)
{
	map_at(0, 4, RW, ANON);
	memset(at(0), 6, 4 * PAGE);
	is(advise(0, 4, COLD), 0, 0, "MADV_COLD");
	is(advise(0, 4, PAGEOUT), 0, 0, "MADV_PAGEOUT");
	T(at(0)[0] == 6 && at(3)[PAGE - 1] == 6, "contents stay");
	mlock(at(2), PAGE);
	is(advise(0, 4, COLD), -1, EINVAL, "EINVAL: MADV_COLD of locked");
	is(advise(0, 4, PAGEOUT), -1, EINVAL, "EINVAL: MADV_PAGEOUT of locked");
	munlock(at(2), PAGE);
	is(advise(3, 4, COLD), -1, ENOMEM, "ENOMEM: over a hole");
	clear();
}

int main(void)
{
	base = mmap((void *)0x200000000, room, PROT_NONE, ANON, -1, 0);
	clear();
	errors();
	dontneed();
	free_();
	free_and_reclaim();
	flags();
	populate();
	remove_();
	cold();
	special();
	return done();
}

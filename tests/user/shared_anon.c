/* SPDX-License-Identifier: MIT */
/* MAP_SHARED | MAP_ANONYMOUS, and MAP_SHARED of /dev/zero. */
#include "shm.h"
#include <sys/resource.h>

static char *shared(size_t pages)
{
	return mmap(NULL, pages * PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

static void names(void)
{
	int zero = open("/dev/zero", O_RDWR);
	char *p = shared(2), *q;

	T_MAPS(p, "rw-s 00000000 00:01 N /dev/zero (deleted)", "its line");
	mprotect(p + PAGE, PAGE, PROT_READ);
	T_MAPS(p + PAGE, "r--s 00001000 00:01 N /dev/zero (deleted)",
	       "the second half has an offset");
	T_AREAS(p, 2 * PAGE, "0-1 rw-s, 1-2 r--s", "two lines");
	mprotect(p, 2 * PAGE, RW);
	T_AREAS(p, 2 * PAGE, "0-2 rw-s", "one again");
	munmap(p, 2 * PAGE);
	q = mmap(NULL, 2 * PAGE, RW, MAP_SHARED, zero, 0);
	T_MAPS(q, "rw-s 00000000 00:01 N /dev/zero (deleted)",
	       "/dev/zero makes the same");
	munmap(q, 2 * PAGE);
	q = mmap(NULL, 2 * PAGE, RW, MAP_SHARED, zero, (off_t)PAGE);
	T_MAPS(q, "rw-s 00001000 00:01 N /dev/zero (deleted)",
	       "with an offset");
	T_FINE(poke(q, 1), "its first page is the object's second");
	T_BUS(poke(q + PAGE, 1), BUS_ADRERR, q + PAGE,
	      "and the object ends there");
	munmap(q, 2 * PAGE);
	close(zero);
}

/* Two objects are never one area. */
static void neighbours(void)
{
	char *room = anon(4 * PAGE, PROT_NONE);

	mmap(room, PAGE, RW, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	mmap(room + PAGE, PAGE, RW, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1,
	     0);
	T_AREAS(room, 4 * PAGE, "0-1 rw-s, 1-2 rw-s, 2-4 ---p",
		"neighbours stay apart");
	munmap(room, 4 * PAGE);
}

static void sharing(void)
{
	char *p = shared(4);
	int status;

	p[0] = 'p';
	status = in_child({
		if (p[0] != 'p')
			_exit(1);
		p[1] = 'c';
		p[3 * PAGE] = 'd';
		status = in_child(p[2 * PAGE] = 'g');
		if (status || p[2 * PAGE] != 'g')
			_exit(2);
	});
	T(!status && p[1] == 'c', "a child writes");
	T(p[2 * PAGE] == 'g' && p[3 * PAGE] == 'd', "and a grandchild");
	T(!p[PAGE], "the rest is zero");
	munmap(p, PAGE);
	status = in_child(munmap(p + PAGE, 3 * PAGE));
	T(!status && p[3 * PAGE] == 'd', "who unmaps it does so for himself");
	munmap(p + PAGE, 3 * PAGE);
}

static void resizing(void)
{
	char *p = shared(2), *q;

	p[PAGE] = 'x';
	q = mremap(p, 2 * PAGE, 4 * PAGE, MREMAP_MAYMOVE);
	T(q != MAP_FAILED && q[PAGE] == 'x', "mremap moves it");
	T_MAPS(q, "rw-s 00000000 00:01 N /dev/zero (deleted)",
	       "under its name");
	T_BUS(peek(q + 2 * PAGE), BUS_ADRERR, q + 2 * PAGE,
	      "but the object has its first size");
	p = mremap(q, 0, 2 * PAGE, MREMAP_MAYMOVE);
	T(p != MAP_FAILED, "a second mapping of it");
	p[0] = 'y';
	T(q[0] == 'y' && p[PAGE] == 'x', "shows the same pages");
	munmap(q, 4 * PAGE);
	T(p[0] == 'y', "and lives on alone");
	is(madvise(p, PAGE, MADV_DONTNEED), 0, 0, "MADV_DONTNEED");
	T(p[0] == 'y', "drops the mapping, not the page");
	is(msync(p, 2 * PAGE, MS_SYNC), 0, 0, "msync");
	is(msync(p, 2 * PAGE, MS_ASYNC), 0, 0, "msync later");
	is(madvise(p, PAGE, MADV_REMOVE), 0, 0, "MADV_REMOVE");
	T(!p[0] && p[PAGE] == 'x', "drops the page");
	munmap(p, 2 * PAGE);
}

static void figures(void)
{
	long rss = kib_of("/proc/self/status", "RssShmem:");
	long shmem = kib_of("/proc/meminfo", "Shmem:"), now;
	char *p = shared(256), *q;

	memset(p, 1, 256 * PAGE);
	T(kib_of("/proc/self/status", "RssShmem:") - rss == 1024,
	  "resident as shared memory");
	now = kib_of("/proc/meminfo", "Shmem:") - shmem;
	T(now > 512 && now < 16384, "Shmem of the machine");
	munmap(p, 256 * PAGE);
	T(kib_of("/proc/self/status", "RssShmem:") == rss, "and gone");
	p = mmap(NULL, 1UL << 42, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	T(p == MAP_FAILED && errno == ENOMEM, "more than there is");
	q = mmap(NULL, 1UL << 42, RW,
		 MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	T(q != MAP_FAILED, "MAP_NORESERVE");
	q[(1UL << 42) - 1] = 1;
	T(q[(1UL << 42) - 1] == 1, "a page of it");
	munmap(q, 1UL << 42);
}

int main(void)
{
	names();
	neighbours();
	sharing();
	resizing();
	figures();
	return done();
}

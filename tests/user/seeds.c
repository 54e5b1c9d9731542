/* SPDX-License-Identifier: MIT */
/*
 * Walks through what programs commonly do with memory, maps in hand. The walk
 * through smaps of a stack with two resident pages is in smaps.c, those of the
 * arguments and patterns of mmap are in seeds_mmap.c.
 */
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

static void layout_grows(void)
{
	unsigned long end = 0, brk;
	char *small, *large, *mapped;
	int before = lines();

	T(area_named("[stack]", &end) && end > (unsigned long)&end,
	  "at first: the stack");
	small = malloc(1024);
	T(strstr(areas(small, 1024), "rw-p") != NULL, "a small malloc");
	large = malloc(1024 * 1024);
	T(large > small + 1024 || small > large + 1024 * 1024,
	  "a large one is apart from it");
	mapped = anon(PAGE, RW);
	T(lines() >= before && lines() <= before + 3, "at most a line each");
	munmap(mapped, PAGE);
	free(large);
	free(small);
	brk = ((unsigned long)syscall(SYS_brk, 0) + PAGE - 1) & -PAGE;
	T((unsigned long)syscall(SYS_brk, brk + 135168) == brk + 135168,
	  "brk: a heap of 132 KiB more");
	T_AREAS((char *)brk, 135168, "0-33 rw-p", "in the maps");
	T(area_named("[heap]", &end) != 0, "by its name");
	poke((char *)brk + 135167, 1);
	syscall(SYS_brk, brk);
	T_AREAS((char *)brk, 135168, "", "and back");
}

static int protect_memory_region(void *addr)
{
	unsigned long size = (unsigned long)getpagesize();
	void *start = (void *)((unsigned long)addr & ~(size - 1));

	return raw_mprotect(start, size, PROT_READ) ? errno : 0;
}

static void protection_stays(void)
{
	char *p = anon(3 * PAGE, RW);

	p[PAGE + 100] = 'p';
	T(!protect_memory_region(p + PAGE + 100),
	  "protect_memory_region: from an address inside a page");
	T_AREAS(p, 3 * PAGE, "0-1 rw-p, 1-2 r--p, 2-3 rw-p",
		"protect_memory_region: just that page");
	T_SEGV(poke(p + PAGE + 100, 1), SEGV_ACCERR, p + PAGE + 100,
	       "protect_memory_region: read-only");
	T(WTERMSIG(in_child(poke(p + PAGE, 1))) == SIGSEGV,
	  "protect_memory_region: for a child, too");
	mprotect(p, 3 * PAGE, RW);
	T_FINE(poke(p + PAGE + 100, 1), "until another mprotect changes it");
	protect_memory_region(p);
	munmap(p, PAGE);
	T(mmap(p, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) ==
			  p &&
		  faults(poke(p, 1)).sig == 0,
	  "or the memory is unmapped");
	munmap(p, 3 * PAGE);
	T(protect_memory_region(p) == ENOMEM, "mprotect failed: %s",
	  strerror(ENOMEM));
}

static void ordering(void)
{
	char *area = anon(PAGE, RW);
	int wrong = 0;

	for (int i = 0; i < 1000; i++) {
		strcpy(area, "Hello");
		mprotect(area, PAGE, PROT_READ);
		wrong |= strcmp(area, "Hello") != 0;
		mprotect(area, PAGE, RW);
		area[0] = 'X';
		wrong |= strcmp(area, "Xello") != 0;
	}
	T(!wrong, "mprotect keeps writes in their order, 1,000 times");
	munmap(area, PAGE);
}

static char *shared_memory(const char *name, int flags, size_t size)
{
	int fd = open(name, flags | O_RDWR | O_NOFOLLOW | O_CLOEXEC, 0666);
	char *p = MAP_FAILED;

	if (fd >= 0 && (!(flags & O_CREAT) || !ftruncate(fd, (off_t)size)))
		p = mmap(NULL, size, RW, MAP_SHARED, fd, 0);
	if (fd >= 0)
		close(fd);
	return p == MAP_FAILED ? NULL : p;
}

static void named_shared_memory(void)
{
	char name[64], *p;

	snprintf(name, sizeof(name), "/dev/shm/seeds-%d", getpid());
	T(!shared_memory(name, 0, PAGE), "access_shared_memory: not there yet");
	p = shared_memory(name, O_CREAT, 2 * PAGE);
	T(p != NULL, "create_shared_memory");
	T(!in_child({
		char *q = shared_memory(name, 0, 2 * PAGE);

		_exit(!q || q == p || (strcpy(q + PAGE, "hello"), 0));
	}) && !strcmp(p + PAGE, "hello"),
	  "access_shared_memory: what another process writes");
	unlink(name);
	T(!strcmp(p + PAGE, "hello"), "is there after the name is gone");
	munmap(p, 2 * PAGE);
}

/* "A simple bulk copy" would lose rights and sharing. */
static void fork_copies_the_map(void)
{
	char *p = anon(8 * PAGE, RW);

	mprotect(p + PAGE, PAGE, PROT_READ);
	mprotect(p + 2 * PAGE, PAGE, PROT_NONE);
	mmap(p + 4 * PAGE, PAGE, RW, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1,
	     0);
	munmap(p + 6 * PAGE, PAGE);
	T(!in_child(_exit(strcmp(areas(p, 8 * PAGE),
				 "0-1 rw-p, 1-2 r--p, 2-3 ---p, 3-4 rw-p, "
				 "4-5 rw-s, 5-6 rw-p, 7-8 rw-p") != 0)),
	  "fork copies rights, sharing and holes");
	munmap(p, 8 * PAGE);
}

int main(void)
{
	small_malloc();
	large_malloc();
	protect_and_fault();
	page_by_page();
	layout_grows();
	protection_stays();
	ordering();
	named_shared_memory();
	fork_copies_the_map();
	return done();
}

/* SPDX-License-Identifier: MIT */
/*
 * Which neighbours become one area: besides flags and offsets, by whether they
 * have their anonymous pages in common (anon_vma). The rules are those of Linux
 * since 6.16. Before, an area without such pages did not take in one that has
 * some, only the other way round, and before 6.6 what was promised stayed so:
 * six of these tests are not ok on 6.1.
 */
#include "maps.h"

#define RW   (PROT_READ | PROT_WRITE)
#define RO   PROT_READ
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)
#define MOVE (MREMAP_MAYMOVE | MREMAP_FIXED)

static char *base; /* 64 pages that are free */

static char *at(int page)
{
	return base + page * (long)PAGE;
}

static void map_at(int page, int n, int prot)
{
	mmap(at(page), n * PAGE, prot, ANON | MAP_FIXED, -1, 0);
}

static void protect(int page, int n, int prot)
{
	raw_mprotect(at(page), n * PAGE, prot);
}

/* The areas are as they should be; then all is unmapped. */
static void check(const char *want, const char *what)
{
	T_AREAS(base, 64 * PAGE, want, "%s", what);
	munmap(base, 64 * PAGE);
}

static void page_by_page(void)
{
	for (int i = 0; i < 8; i++)
		map_at(i, 1, RW);
	check("0-8 rw-p", "mapped page by page, upwards");
	for (int i = 7; i >= 0; i--)
		map_at(i, 1, RW);
	check("0-8 rw-p", "mapped page by page, downwards");
	for (int i = 0; i < 8; i++) {
		map_at(i, 1, RW);
		poke(at(i), 1);
	}
	check("0-8 rw-p", "and written to at once");
	map_at(0, 8, RW);
	poke(at(3), 1);
	for (int i = 0; i < 8; i++)
		protect(i, 1, RO);
	check("0-8 r--p", "protected page by page");
	map_at(0, 4, RW);
	protect(0, 4, RO);
	map_at(4, 4, RO);
	check("0-8 r--p", "what was never written to is promised no more");
	map_at(0, 4, RW);
	poke(at(0), 1);
	protect(0, 4, RO);
	map_at(4, 4, RO);
	check("0-4 r--p, 4-8 r--p", "what has pages stays promised");
	map_at(0, 8, RW);
	memset(at(0), 1, 8 * PAGE);
	for (int i = 0; i < 8; i += 2)
		protect(i, 1, RO);
	T_AREAS(base, 64 * PAGE,
		"0-1 r--p, 1-2 rw-p, 2-3 r--p, 3-4 rw-p, 4-5 r--p, 5-6 rw-p, "
		"6-7 r--p, 7-8 rw-p",
		"every other page");
	for (int i = 6; i >= 0; i -= 2)
		protect(i, 1, RW);
	check("0-8 rw-p", "and back");
}

static void two_families(void)
{
	map_at(0, 2, RW);
	map_at(3, 2, RW);
	poke(at(0), 1);
	poke(at(3), 1);
	map_at(2, 1, RW);
	check("0-3 rw-p, 3-5 rw-p", "written apart: the gap joins the lower");
	map_at(0, 2, RW);
	map_at(3, 2, RW);
	poke(at(3), 1);
	map_at(2, 1, RW);
	check("0-5 rw-p", "the upper one was written to: one area");
	map_at(0, 2, RW);
	map_at(3, 2, RW);
	poke(at(0), 1);
	map_at(2, 1, RW);
	check("0-5 rw-p", "the lower one was written to: one area");
	map_at(0, 2, RW);
	map_at(3, 2, RW);
	peek(at(0));
	peek(at(3));
	map_at(2, 1, RW);
	check("0-5 rw-p", "read only: one area");
	map_at(0, 2, RW);
	map_at(3, 2, RW);
	poke(at(0), 1);
	poke(at(3), 1);
	munmap(at(0), PAGE);
	madvise(at(1), PAGE, MADV_DONTNEED);
	map_at(2, 1, RW);
	check("1-3 rw-p, 3-5 rw-p", "the pages are gone, the families are not");
}

static void taken_over(void)
{
	map_at(0, 4, RW);
	protect(2, 2, PROT_NONE);
	poke(at(0), 1);
	protect(2, 2, PROT_READ | PROT_EXEC);
	protect(0, 2, RO);
	protect(2, 2, RW);
	poke(at(2), 1);
	protect(0, 2, RW);
	check("0-4 rw-p", "the first page joins the neighbour's family");
	map_at(0, 4, RW);
	protect(0, 2, RO);
	poke(at(2), 1);
	protect(0, 2, PROT_READ | PROT_EXEC);
	protect(2, 2, RO);
	protect(0, 2, RW);
	poke(at(0), 1);
	protect(2, 2, RW);
	check("0-4 rw-p", "the one above, too");
}

static void moved(void)
{
	map_at(0, 4, RW);
	mremap(at(0), 2 * PAGE, 2 * PAGE, MOVE, at(20));
	mremap(at(20), 2 * PAGE, 2 * PAGE, MOVE, at(0));
	check("0-4 rw-p", "moved away and back");
	map_at(0, 4, RW);
	memset(at(0), 1, 4 * PAGE);
	mremap(at(0), 2 * PAGE, 2 * PAGE, MOVE, at(20));
	mremap(at(20), 2 * PAGE, 2 * PAGE, MOVE, at(0));
	check("0-4 rw-p", "the same with pages");
	map_at(0, 2, RW);
	map_at(10, 2, RW);
	mremap(at(10), 2 * PAGE, 2 * PAGE, MOVE, at(2));
	check("0-4 rw-p", "moved to another, without pages");
	map_at(0, 2, RW);
	map_at(10, 2, RW);
	poke(at(10), 1);
	mremap(at(10), 2 * PAGE, 2 * PAGE, MOVE, at(2));
	check("0-2 rw-p, 2-4 rw-p", "with a page the offset stays");
	map_at(0, 2, RW);
	map_at(4, 2, RW);
	poke(at(0), 1);
	poke(at(4), 1);
	mremap(at(0), 2 * PAGE, 4 * PAGE, 0);
	check("0-4 rw-p, 4-6 rw-p", "grown up to another family");
}

static void forked(void)
{
	map_at(0, 4, RW);
	poke(at(0), 1);
	in_child(map_at(4, 2, RW);
		 check("0-4 rw-p, 4-6 rw-p", "a child's mapping stays apart"));
	in_child(map_at(4, 2, RW); map_at(6, 2, RW);
		 check("0-4 rw-p, 4-8 rw-p", "but not from its own"));
	in_child(protect(1, 1, RO); protect(1, 1, RW);
		 check("0-4 rw-p", "a child's area is split and joined"));
	in_child(mremap(at(0), 4 * PAGE, 6 * PAGE, 0);
		 check("0-6 rw-p", "a child's area grows"));
	in_child(map_at(4, 2, RO); protect(4, 2, RW);
		 check("0-4 rw-p, 4-6 rw-p", "nor does mprotect join them"));
	map_at(4, 2, RW);
	check("0-6 rw-p", "the parent's joins");

	map_at(0, 4, RW);
	poke(at(0), 1);
	protect(0, 2, RO);
	in_child(protect(0, 2, RW);
		 check("0-2 rw-p, 2-4 rw-p", "two areas of a child are two"));
	protect(0, 2, RW);
	check("0-4 rw-p", "and one of the parent");

	map_at(0, 4, RW);
	in_child(map_at(4, 2, RW); check("0-6 rw-p", "nothing was there"));
	poke(at(0), 1);
	madvise(at(0), 4 * PAGE, MADV_WIPEONFORK);
	in_child(madvise(at(0), 4 * PAGE, MADV_KEEPONFORK); map_at(4, 2, RW);
		 check("0-6 rw-p", "what fork wiped is as new"));
	munmap(base, 64 * PAGE);
}

/* A heap that a child goes on with is a second area. */
static void child_heap(void)
{
	char *end = (char *)syscall(SYS_brk, 0);
	char *heap = (char *)(((unsigned long)end + PAGE - 1) & -PAGE);

	syscall(SYS_brk, heap + 4 * PAGE);
	poke(heap + PAGE, 1);
	in_child({
		syscall(SYS_brk, heap + 6 * PAGE);
		syscall(SYS_brk, heap + 8 * PAGE);
		T_AREAS(heap, 16 * PAGE, "0-4 rw-p, 4-8 rw-p",
			"the break of a child");
	});
	syscall(SYS_brk, heap + 8 * PAGE);
	T_AREAS(heap, 16 * PAGE, "0-8 rw-p", "the break of the parent");
	syscall(SYS_brk, end);
}

static void map_file(int fd, int page, int n)
{
	mmap(at(page), n * PAGE, RW, MAP_PRIVATE | MAP_FIXED, fd, page * PAGE);
}

static void files(void)
{
	int fd = (int)syscall(SYS_memfd_create, "merge", 0);

	if (ftruncate(fd, 4 * PAGE))
		return;
	map_file(fd, 0, 2);
	map_file(fd, 3, 2);
	poke(at(0), 1);
	poke(at(3), 1);
	map_file(fd, 2, 1);
	check("0-3 rw-p, 3-5 rw-p", "private pages of a file");
	map_file(fd, 0, 2);
	map_file(fd, 3, 2);
	poke(at(0), 1);
	T_BUS(poke(at(4), 1), BUS_ADRERR, at(4), "beyond its end");
	map_file(fd, 2, 1);
	check("0-3 rw-p, 3-5 rw-p", "a write that failed counts");
	close(fd);
}

static void stacks(void)
{
	char byte;

	mmap(at(30), 2 * PAGE, RW, ANON | MAP_FIXED | MAP_GROWSDOWN, -1, 0);
	byte = *(volatile char *)at(29);
	in_child(
		mmap(at(32), PAGE, RW, ANON | MAP_FIXED | MAP_GROWSDOWN, -1, 0);
		check("29-32 rw-p, 32-33 rw-p", "a stack that has grown"));
	T(!byte, "by a read");
	munmap(base, 64 * PAGE);
}

int main(void)
{
	base = anon(320 * PAGE, PROT_NONE);
	munmap(base, 320 * PAGE);
	base += 256 * PAGE;
	page_by_page();
	two_families();
	taken_over();
	moved();
	forked();
	child_heap();
	files();
	stacks();
	return done();
}

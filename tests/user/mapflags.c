/* SPDX-License-Identifier: MIT */
/* Flags of mmap(2) and mprotect(2) that few programs use. */
#include "maps.h"
#include <sys/mount.h>
#include <sys/stat.h>

#define RW   (PROT_READ | PROT_WRITE)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)

#define GROWSDOWN 0x01000000
#define GROWSUP	  0x02000000
#define SEM	  0x8

static char *base; /* 1024 pages that are free */
static const size_t room = 1024 * PAGE;

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

static void growsdown(void)
{
	map_at(1000, 4, RW, ANON | MAP_GROWSDOWN);
	T_AREAS(base, room, "1000-1004 rw-p", "MAP_GROWSDOWN: as asked for");
	T_FINE(poke(at(999), 1), "an access right below it");
	T_AREAS(base, room, "999-1004 rw-p", "makes it grow");
	T_FINE(poke(at(990) + 5, 1), "and one further down");
	T_AREAS(base, room, "990-1004 rw-p", "more");
	map_at(700, 10, RW, ANON);
	T_FINE(peek(at(966)), "down to 256 pages above the next area");
	T_SEGV(peek(at(965)), SEGV_MAPERR, at(965), "and no further");
	map_at(700, 10, PROT_NONE, ANON);
	T_FINE(peek(at(960)), "a PROT_NONE area keeps no distance");
	T_AREAS(base, room, "700-710 ---p, 960-1004 rw-p", "so it grew");
	mprotect(at(1002), 2 * PAGE, PROT_READ);
	is(syscall(SYS_mprotect, at(970), PAGE, PROT_READ | GROWSDOWN), 0, 0,
	   "PROT_GROWSDOWN begins at the start of the area");
	T_AREAS(base, room,
		"700-710 ---p, 960-971 r--p, 971-1002 rw-p, 1002-1004 r--p",
		"wherever that is");
	clear();
	is(mmap(NULL, PAGE, RW, MAP_SHARED | MAP_ANONYMOUS | MAP_GROWSDOWN, -1,
		0),
	   -1, EINVAL, "EINVAL: shared memory does not grow down");
}

static void mprotect_flags(void)
{
	map_at(0, 4, RW, ANON);
	is(syscall(SYS_mprotect, at(0), PAGE, PROT_READ | GROWSDOWN), -1,
	   EINVAL, "EINVAL: PROT_GROWSDOWN of what does not grow");
	is(syscall(SYS_mprotect, at(0), PAGE, PROT_READ | GROWSUP), -1, EINVAL,
	   "EINVAL: PROT_GROWSUP");
	is(syscall(SYS_mprotect, at(0), PAGE, GROWSUP | GROWSDOWN), -1, EINVAL,
	   "EINVAL: both");
	is(syscall(SYS_mprotect, at(0), PAGE, PROT_READ | SEM), 0, 0,
	   "PROT_SEM is accepted");
	T_AREAS(base, room, "0-1 r--p, 1-4 rw-p", "and does nothing");
	is(syscall(SYS_mprotect, at(0), PAGE, 0x100), -1, EINVAL,
	   "EINVAL: an unknown right");
	is(mmap(at(8), PAGE, RW | SEM | 0x100, ANON | MAP_FIXED, -1, 0), at(8),
	   0, "which mmap does not mind");
	clear();
}

static void low(void)
{
	char *p = mmap(NULL, PAGE, RW, ANON | MAP_32BIT, -1, 0);
	char *q = mmap((char *)0x200000000, PAGE, RW, ANON | MAP_32BIT, -1, 0);

	T((unsigned long)p >> 31 == 0, "MAP_32BIT: below 2 GiB");
	T((unsigned long)q >> 31 == 0 && p != q, "whatever the hint");
	is(mmap(NULL, 1UL << 31, PROT_NONE, ANON | MAP_32BIT | MAP_NORESERVE,
		-1, 0),
	   -1, ENOMEM, "ENOMEM: 2 GiB of that");
	munmap(p, PAGE);
	munmap(q, PAGE);
}

static void huge(void)
{
	int fd = open("file", O_CREAT | O_RDWR, 0600);

	is(mmap(NULL, PAGE, RW, MAP_SHARED | MAP_HUGETLB, fd, 0), -1, EINVAL,
	   "EINVAL: huge pages of an ordinary file");
	close(fd);
	unlink("file");
}

static void noexec(void)
{
	int fd;
	char *p;

	mkdir("noexec", 0755);
	if (mount("none", "noexec", "tmpfs", MS_NOEXEC, NULL)) {
		T(0, "a mount without execution");
		return;
	}
	fd = open("noexec/file", O_CREAT | O_RDWR, 0600);
	if (ftruncate(fd, PAGE))
		exit(99);
	/* musl's mmap() changes EPERM only of anonymous memory. */
	is(mmap(NULL, PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0), -1,
	   EPERM, "EPERM: PROT_EXEC from a noexec mount");
	p = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 0);
	is(mprotect(p, PAGE, PROT_READ | PROT_EXEC), -1, EACCES,
	   "EACCES: nor by mprotect");
	T_SEGV(((void (*)(void))p)(), SEGV_ACCERR, p, "it does not run");
	munmap(p, PAGE);
	close(fd);
	is(umount("noexec"), 0, 0, "nothing holds the mount");
	rmdir("noexec");
}

int main(void)
{
	base = mmap((void *)0x300000000, room, PROT_NONE, ANON, -1, 0);
	clear();
	growsdown();
	mprotect_flags();
	low();
	huge();
	noexec();
	return done();
}

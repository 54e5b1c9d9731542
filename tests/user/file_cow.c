/* SPDX-License-Identifier: MIT */
/* Private mappings of files: whose page is it, before and after a write? */
#include "shm.h"

static int file_of(size_t pages)
{
	int fd = memory_file(0, pages);

	for (size_t i = 0; i < pages; i++)
		pwrite(fd, "file", 4, (off_t)(i * PAGE));
	return fd;
}

static void before_the_copy(void)
{
	int fd = file_of(4);
	char *p = map_fd(fd, 4, RW, MAP_PRIVATE);

	T(p[0] == 'f', "it shows the file");
	pwrite(fd, "F", 1, 0);
	T(p[0] == 'F', "and what is written to it");
	p[1] = 'p';
	pwrite(fd, "XX", 2, 0);
	T(p[0] == 'F' && p[1] == 'p', "not after a write of its own");
	p[PAGE] = 'q';
	T(p[PAGE + 1] == 'i', "a first touch that writes copies the page");
	pwrite(fd, "XX", 2, (off_t)PAGE);
	T(p[PAGE] == 'q' && p[PAGE + 1] == 'i', "at that moment");
	madvise(p, 2 * PAGE, MADV_DONTNEED);
	T(p[0] == 'X' && p[PAGE] == 'X', "MADV_DONTNEED: the file again");
	munmap(p, 4 * PAGE);
	p = map_fd(fd, 4, PROT_READ, MAP_PRIVATE);
	T(p[2 * PAGE] == 'f' && p[1] == 'X', "the file was never changed");
	mprotect(p, PAGE, RW);
	p[2] = 'w';
	T(p[2] == 'w', "mprotect may give the right to write");
	pwrite(fd, "Z", 1, 3);
	T(p[3] == 'e', "to a copy");
	munmap(p, 4 * PAGE);
	close(fd);
}

static void counted(void)
{
	int fd = file_of(8);
	char *p = map_fd(fd, 8, RW, MAP_PRIVATE);
	long shm, anon_before;

	for (int i = 0; i < 8; i++)
		peek(p + (size_t)i * PAGE);
	shm = kib_of("/proc/self/status", "RssShmem:");
	anon_before = kib_of("/proc/self/status", "RssAnon:");
	for (int i = 0; i < 8; i++)
		poke(p + (size_t)i * PAGE, 1);
	T(shm - kib_of("/proc/self/status", "RssShmem:") == 32,
	  "the pages of the file are not resident any more");
	T(kib_of("/proc/self/status", "RssAnon:") - anon_before == 32,
	  "the copies are");
	munmap(p, 8 * PAGE);
	close(fd);
}

static void over_fork(void)
{
	int fd = file_of(4), status;
	char *p = map_fd(fd, 4, RW, MAP_PRIVATE);

	p[0] = 'p';
	peek(p + PAGE);
	status = in_child({
		if (p[0] != 'p' || p[PAGE] != 'f')
			_exit(1);
		p[0] = 'c';
		p[PAGE] = 'c';
		p[2 * PAGE] = 'c';
		if (in_child(p[0] = 'g') || p[0] != 'c')
			_exit(2);
	});
	T(!status, "a child and a grandchild have copies of their own");
	T(p[0] == 'p' && p[PAGE] == 'f' && p[2 * PAGE] == 'f',
	  "the parent sees none");
	pwrite(fd, "X", 1, (off_t)(2 * PAGE));
	T(p[2 * PAGE] == 'X', "what it has not copied is the file's still");
	munmap(p, 4 * PAGE);
	close(fd);
}

static void truncated(void)
{
	int fd = file_of(3);
	char *p = map_fd(fd, 3, RW, MAP_PRIVATE);

	peek(p + PAGE);
	p[2 * PAGE] = 'p';
	ftruncate(fd, (off_t)PAGE);
	T_BUS(peek(p + PAGE), BUS_ADRERR, p + PAGE, "truncated after a read");
	T_BUS(peek(p + 2 * PAGE), BUS_ADRERR, p + 2 * PAGE, "after a write");
	ftruncate(fd, (off_t)(3 * PAGE));
	T(!p[PAGE] && !p[2 * PAGE], "grown again: zeroes");
	p[PAGE] = 'n';
	T(p[PAGE] == 'n' && pread(fd, p + 2 * PAGE, 1, (off_t)PAGE) == 1 &&
		  !p[2 * PAGE],
	  "a write is private");
	T_BUS(poke(map_fd(fd, 4, RW, MAP_PRIVATE) + 3 * PAGE, 1), BUS_ADRERR,
	      t_fault.addr, "a private page beyond the end of the file");
	munmap(p, 3 * PAGE);
	close(fd);
}

/* The buffer of a call is a page that must be copied first. */
static void by_the_kernel(void)
{
	int fd = file_of(2), pipes[2];
	char *p = map_fd(fd, 2, RW, MAP_PRIVATE);

	pipe(pipes);
	write(pipes[1], "0123456789", 10);
	peek(p);
	is(read(pipes[0], p + PAGE - 5, 10), 10, 0,
	   "read(2) across a page that was read and one that was not");
	T(!memcmp(p + PAGE - 5, "0123456789", 10) && p[0] == 'f',
	  "lands in copies");
	T(pread(fd, p, 5, (off_t)PAGE) == 5 && !memcmp(p, "file", 5),
	  "the file is as it was");
	is(pread(fd, p + PAGE, 4, (off_t)PAGE), 4, 0,
	   "read(2) of a page into its own copy");
	T(!memcmp(p + PAGE, "file", 4), "gives what it says");
	is(pwrite(fd, p, 4, 0), 4, 0, "write(2) of a copy to its own page");
	close(pipes[0]);
	close(pipes[1]);
	munmap(p, 2 * PAGE);
	close(fd);
}

/* A program's own text and data, where nobody may write. */
static void text(void)
{
	int fd = open("/proc/self/exe", O_RDONLY);
	char *p = map_fd(fd, 1, RW, MAP_PRIVATE);

	T(p != MAP_FAILED && !memcmp(p, "\177ELF", 4), "the running program");
	p[0] = 'x';
	T(p[0] == 'x', "can be written in private");
	is(map_fd(fd, 1, RW, MAP_SHARED), -1, EACCES, "not shared");
	munmap(p, PAGE);
	p = map_fd(fd, 1, PROT_READ, MAP_SHARED);
	T(p != MAP_FAILED && p[0] == '\177', "and is as it was");
	is(mprotect(p, PAGE, RW), -1, EACCES, "and will be");
	T_MAPS(p, maps_line(p), "one line");
	munmap(p, PAGE);
	close(fd);
}

int main(void)
{
	before_the_copy();
	counted();
	over_fork();
	truncated();
	by_the_kernel();
	text();
	return done();
}

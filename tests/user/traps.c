/* SPDX-License-Identifier: MIT */
/*
 * The traps of the field, each a test of its own name; those of copying to and
 * from programs are in traps_copies.c.
 */
#include "maps.h"
#include <sys/resource.h>
#include <sys/uio.h>

#define RW (PROT_READ | PROT_WRITE)

static int memory_file(int pages)
{
	int fd = (int)syscall(SYS_memfd_create, "traps", 0);
	char page[PAGE];

	for (int i = 0; i < pages; i++) {
		memset(page, 'a' + i, PAGE);
		if (write(fd, page, PAGE) != (ssize_t)PAGE)
			exit(99);
	}
	return fd;
}

static void fork_of_a_fork_of_a_cow_page(void)
{
	char *p = anon(PAGE, RW);
	int status;

	p[0] = 1;
	status = in_child({
		int inner = in_child(
			{ _exit(p[0] != 1 || (p[0] = 3, p[0] != 3)); });
		if (inner || p[0] != 1)
			_exit(1);
		p[0] = 2;
		_exit(p[0] != 2);
	});
	T(!status && p[0] == 1, "fork of a fork of a COW page");
	status = in_child({
		p[0] = 4;
		if (in_child(_exit(p[0] != 4)))
			_exit(1);
	});
	T(!status && p[0] == 1, "the page copied between the forks");
	munmap(p, PAGE);
}

static void mprotect_adding_write_to_a_shared_cow_page(void)
{
	char *p = anon(PAGE, RW);
	int status, ready[2], go[2];
	char c;

	p[0] = 1;
	mprotect(p, PAGE, PROT_READ);
	if (pipe(ready) || pipe(go))
		exit(99);
	fflush(stdout);
	if (!fork()) {
		read(go[0], &c, 1);
		_exit(p[0] != 1);
	}
	mprotect(p, PAGE, RW);
	p[0] = 2;
	if (write(go[1], "", 1) != 1)
		exit(99);
	wait(&status);
	T(!status && p[0] == 2,
	  "mprotect adding write to a page still shared by COW");
	munmap(p, PAGE);
}

/* More processes than the user may have: it fails when much is done already. */
static void fork_that_fails_gives_everything_back(void)
{
	int status = in_child({
		struct rlimit one = { 1, 64 };
		struct rlimit more = { 16, 64 };
		char *p = anon(64 * PAGE, RW);

		memset(p, 'p', 64 * PAGE);
		setrlimit(RLIMIT_NPROC, &one);
		if (setgid(54321) || setuid(54321))
			_exit(99);
		for (int i = 0; i < 200; i++)
			if (fork() != -1 || errno != EAGAIN)
				_exit(1);
		for (size_t i = 0; i < 64 * PAGE; i += PAGE)
			if (p[i]++ != 'p')
				_exit(2);
		/* Were one of the 200 still counted, this would fail, too. */
		setrlimit(RLIMIT_NPROC, &more);
		if (in_child(_exit(p[0] != 'q')))
			_exit(3);
		if (wait(NULL) != -1 || errno != ECHILD)
			_exit(4);
	});

	T(!status, "fork that fails half-way gives everything back");
}

static void calls_over_holes(void)
{
	char *p = anon(8 * PAGE, RW);

	munmap(p + 3 * PAGE, PAGE);
	is(raw_mprotect(p + PAGE, 5 * PAGE, PROT_READ), -1, ENOMEM,
	   "mprotect over a hole");
	T_AREAS(p, 8 * PAGE, "0-1 rw-p, 1-3 r--p, 4-8 rw-p",
		"changes exactly the part before it");
	munmap(p + 4 * PAGE, PAGE);
	is(munmap(p + 3 * PAGE, 3 * PAGE), 0, 0,
	   "munmap whose start lies in a hole");
	T_AREAS(p, 8 * PAGE, "0-1 rw-p, 1-3 r--p, 6-8 rw-p",
		"unmaps what is behind it");
	munmap(p, 8 * PAGE);
}

static void writes_after_cow_are_seen(void)
{
	char *p = anon(16 * PAGE, RW);
	int status, bad = 0;

	for (int round = 0; round < 50; round++) {
		for (int i = 0; i < 16; i++)
			p[i * PAGE] = (char)round;
		status = in_child({
			for (int i = 0; i < 16; i++)
				if (p[i * PAGE] != (char)round)
					_exit(1);
			for (int i = 0; i < 16; i++)
				p[i * PAGE] = 99;
			for (int i = 0; i < 16; i++)
				if (p[i * PAGE] != 99)
					_exit(2);
		});
		bad |= status;
		for (int i = 0; i < 16; i++) {
			bad |= p[i * PAGE] != (char)round;
			p[i * PAGE]++;
			bad |= p[i * PAGE] != (char)(round + 1);
		}
	}
	T(!bad, "write after COW seen by no stale TLB entry");
	munmap(p, 16 * PAGE);
}

/* Lengths, offsets and sums that overflow. */
static void overflows(void)
{
	const size_t most = -PAGE, all = ~0UL, half = 1UL << 63;
	char *p = anon(2 * PAGE, RW);
	unsigned char vec[8];
	int fd = memory_file(1);

	is(syscall(SYS_mmap, 0, all, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
	   -1, ENOMEM, "mmap: the length overflows");
	is(syscall(SYS_mmap, 0, half, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
	   -1, ENOMEM, "mmap: longer than user space");
	is(syscall(SYS_mmap, most, 2 * PAGE, RW,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0),
	   -1, ENOMEM, "mmap: the end overflows");
	is(syscall(SYS_mmap, 0, 2 * PAGE, PROT_READ, MAP_PRIVATE, fd, most), -1,
	   EOVERFLOW, "mmap: the offset overflows");
	is(syscall(SYS_munmap, p, all), -1, EINVAL, "munmap: the length");
	is(syscall(SYS_munmap, p, half), -1, EINVAL, "munmap: the end");
	is(raw_mprotect(p, most, RW), -1, ENOMEM, "mprotect: the end");
	is(raw_mprotect(p, all, RW), -1, ENOMEM, "mprotect: the length");
	is(syscall(SYS_madvise, p, all, MADV_DONTNEED), -1, EINVAL,
	   "madvise: the length");
	is(syscall(SYS_madvise, p, most, MADV_DONTNEED), -1, EINVAL,
	   "madvise: the end");
	is(syscall(SYS_mremap, p, PAGE, all, MREMAP_MAYMOVE), -1, EINVAL,
	   "mremap: the new length");
	is(syscall(SYS_mlock, p, most), -1, EINVAL, "mlock: the end");
	is(syscall(SYS_mlock, p, all), 0, 0, "mlock: the length becomes 0");
	is(syscall(SYS_munlock, p, most), -1, EINVAL, "munlock: the end");
	is(syscall(SYS_msync, p, most, MS_SYNC), -1, ENOMEM, "msync: the end");
	is(syscall(SYS_mincore, p, most, vec), -1, ENOMEM, "mincore: the end");
	is(syscall(SYS_fallocate, fd, 0, 1L << 62, 1L << 62), -1, EFBIG,
	   "fallocate: the end");
	is(ftruncate(fd, -1), -1, EINVAL, "ftruncate: a negative length");
	T(syscall(SYS_brk, all) == syscall(SYS_brk, 0) &&
		  syscall(SYS_brk, half) == syscall(SYS_brk, 0),
	  "brk: beyond user space");
	T_AREAS(p, 2 * PAGE, "0-2 rw-p", "nothing has changed");
	munmap(p, 2 * PAGE);
	close(fd);
}

static void private_file_page_beyond_the_end(void)
{
	int fd = memory_file(2), status;
	char *p = mmap(NULL, 4 * PAGE, RW | PROT_EXEC, MAP_PRIVATE, fd, 0);
	char *r = mmap(NULL, 4 * PAGE, PROT_READ, MAP_PRIVATE, fd, 0);

	T_BUS(peek(p + 2 * PAGE), BUS_ADRERR, p + 2 * PAGE,
	      "a private file page beyond end of file: reading");
	T_BUS(poke(p + 3 * PAGE + 5, 1), BUS_ADRERR, p + 3 * PAGE + 5,
	      "a private file page beyond end of file: writing");
	T_BUS(((void (*)(void))(r + 2 * PAGE))(), BUS_ADRERR, r + 2 * PAGE,
	      "fetching from there is no matter of rights");
	T_SEGV(((void (*)(void))r)(), SEGV_ACCERR, r,
	       "fetching inside the file is");
	p[PAGE] = 'x';
	status = ftruncate(fd, (off_t)PAGE);
	T_BUS(peek(p + PAGE), BUS_ADRERR, p + PAGE,
	      "truncation takes private copies, too");
	T(!status, "of a file that shrinks");
	close(fd);
	munmap(p, 4 * PAGE);
	munmap(r, 4 * PAGE);
}

/* A failed write leaves the file's bytes behind the fault alone. */
static void write_from_a_hole_keeps_the_file(void)
{
	int fd = memory_file(2);
	char *p = anon(2 * PAGE, RW), c = 0;

	munmap(p + PAGE, PAGE);
	is(pwrite(fd, p + PAGE, 64, 0), -1, EFAULT, "write from a hole");
	T(pread(fd, &c, 1, 0) == 1 && c == 'a', "leaves the file as it was");
	memset(p, 'p', PAGE);
	is(pwrite(fd, p + PAGE - 8, 64, 0), 8, 0, "write into a hole");
	T(pread(fd, &c, 1, 8) == 1 && c == 'a', "writes no more than it read");
	munmap(p, PAGE);
	close(fd);
}

/* Lazy, COW, read-only, PROT_NONE and unmapped in one buffer. */
static void user_copies_across_everything(void)
{
	static char good[5 * PAGE];
	int fd = memory_file(5), zero = open("/dev/zero", O_RDONLY);
	char *p = anon(5 * PAGE, RW);

	memset(p + PAGE, 'c', PAGE);
	T(!in_child({
		if (read(zero, p, 2 * PAGE) != 2 * PAGE)
			_exit(1);
		_exit(p[PAGE] != 0);
	}) && p[PAGE] == 'c',
	  "read into lazy and COW pages; the parent's page stays");
	mprotect(p + 2 * PAGE, PAGE, PROT_READ);
	mprotect(p + 3 * PAGE, PAGE, PROT_NONE);
	munmap(p + 4 * PAGE, PAGE);
	is(pread(fd, p, 5 * PAGE, 0), 2 * PAGE, 0, "read up to read-only");
	is(pwrite(fd, p, 5 * PAGE, 0), 3 * PAGE, 0, "write up to PROT_NONE");
	is(pread(fd, p + 3 * PAGE - 4, 8, 0), -1, EFAULT,
	   "read into the last bytes of a read-only page");
	is(pread(fd, p + 2 * PAGE - 4, 8, 0), 4, 0,
	   "read across the edge of a read-only page");
	is(pwrite(fd, p + 4 * PAGE, 8, 0), -1, EFAULT, "write from a hole");
	T(pread(fd, good, 5 * PAGE, 0) == 5 * PAGE && good[3 * PAGE] == 'd' &&
		  !memcmp(good, p, 2 * PAGE - 4) && !good[2 * PAGE],
	  "the file has what was written");
	munmap(p, 5 * PAGE);
	close(fd);
	close(zero);
}

static void protection_is_enforced(void)
{
	static const int prots[] = { PROT_NONE, PROT_READ };
	char *p = anon(PAGE, RW);

	p[0] = 'k';
	for (int i = 0; i < 2; i++) {
		mprotect(p, PAGE, prots[i]);
		T_SEGV(poke(p, 1), SEGV_ACCERR, p, "%s: no writing",
		       i ? "PROT_READ" : "PROT_NONE");
	}
	T_FINE(peek(p), "PROT_READ: reading");
	mprotect(p, PAGE, PROT_NONE);
	T_SEGV(peek(p), SEGV_ACCERR, p, "PROT_NONE: no reading");
	mprotect(p, PAGE, RW);
	T(p[0] == 'k', "and the contents stay");
	munmap(p, PAGE);
}

static long locked_pages(void)
{
	char text[4096], *at;
	int fd = open("/proc/self/status", O_RDONLY);
	ssize_t n = read(fd, text, sizeof(text) - 1);

	close(fd);
	text[n < 0 ? 0 : n] = '\0';
	at = strstr(text, "VmLck:");
	return at ? strtol(at + 6, NULL, 10) / 4 : -1;
}

static void mlock_and_dontneed(void)
{
	char *p = anon(4 * PAGE, RW);
	unsigned char vec[4] = { 9, 9, 9, 9 };

	is(syscall(SYS_mlock, p, 3 * PAGE), 0, 0, "mlock of lazy pages");
	T(locked_pages() == 3, "mlock counts in VmLck");
	T(!mincore(p, 4 * PAGE, vec) && vec[0] && vec[2] && !vec[3],
	  "mlock really faults in");
	is(madvise(p, PAGE, MADV_DONTNEED), -1, EINVAL,
	   "MADV_DONTNEED of locked pages");
	munlock(p, 4 * PAGE);
	T(locked_pages() == 0, "munlock takes it back");
	memset(p, 'd', 4 * PAGE);
	is(madvise(p, 4 * PAGE, MADV_DONTNEED), 0, 0, "MADV_DONTNEED");
	T(!mincore(p, 4 * PAGE, vec) && !vec[0] && !vec[3],
	  "MADV_DONTNEED really drops");
	T(!p[0] && !p[3 * PAGE], "and zeroes come back");
	is(syscall(SYS_mlock, anon(PAGE, PROT_NONE), 0), 0, 0,
	   "mlock of nothing, where nothing may be accessed");
	munmap(p, 4 * PAGE);
}

static void brk_below_a_hole(void)
{
	char *old = (char *)syscall(SYS_brk, 0);
	char *base = (char *)(((unsigned long)old + PAGE - 1) & -PAGE);

	T((char *)syscall(SYS_brk, base + 8 * PAGE) == base + 8 * PAGE,
	  "eight pages of heap");
	munmap(base + 4 * PAGE, 4 * PAGE);
	T((char *)syscall(SYS_brk, base + 6 * PAGE) == base + 8 * PAGE,
	  "brk into a hole of the heap stays");
	T((char *)syscall(SYS_brk, base + 2 * PAGE) == base + 2 * PAGE,
	  "below it, it moves");
}

static void reading_another_takes_a_readable_area(void)
{
	char *p = anon(PAGE, PROT_WRITE), buf[8];
	struct iovec here = { buf, 8 }, there = { p, 8 };

	poke(p, 1);
	is(syscall(SYS_process_vm_readv, getpid(), &here, 1, &there, 1, 0), -1,
	   EFAULT, "process_vm_readv of a write-only area");
	munmap(p, PAGE);
}

static void shared_memory_has_an_offset(void)
{
	char *p = mmap(NULL, 4 * PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	unsigned long a, b, off = 99;
	char want[32], *at;

	munmap(p, PAGE);
	snprintf(want, sizeof(want), "%lx-", (unsigned long)p + PAGE);
	at = strstr(maps_text(), want);
	T(at && sscanf(at, "%lx-%lx %*s %lx", &a, &b, &off) == 3 && off == PAGE,
	  "shared anonymous memory shows its offset in maps");
	munmap(p, 4 * PAGE);
}

int main(void)
{
	fork_of_a_fork_of_a_cow_page();
	mprotect_adding_write_to_a_shared_cow_page();
	fork_that_fails_gives_everything_back();
	calls_over_holes();
	writes_after_cow_are_seen();
	overflows();
	private_file_page_beyond_the_end();
	write_from_a_hole_keeps_the_file();
	user_copies_across_everything();
	protection_is_enforced();
	mlock_and_dontneed();
	brk_below_a_hole();
	reading_another_takes_a_readable_area();
	shared_memory_has_an_offset();
	return done();
}

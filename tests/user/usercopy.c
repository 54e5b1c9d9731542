/* SPDX-License-Identifier: MIT */
/*
 * System calls that read or write the program's memory, with buffers in every
 * state: absent, lazy, shared for copying, read-only, without access, half
 * unmapped, in the kernel.
 */
#include "t.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>

/* libc's stat() fills the buffer itself. */
#define raw_stat(path, buf) syscall(SYS_stat, path, buf)

static int fd[2], zero;

static void refill(size_t n)
{
	static char drop[65536], junk[65536];

	fcntl(fd[0], F_SETFL, O_NONBLOCK);
	while (read(fd[0], drop, sizeof(drop)) > 0)
		;
	fcntl(fd[0], F_SETFL, 0);
	memset(junk, 'j', n);
	if (n && write(fd[1], junk, n) != (ssize_t)n)
		exit(99);
}

int main(void)
{
	char *p = anon(16 * PAGE, PROT_READ | PROT_WRITE);
	char *ro = p + 2 * PAGE, *none = p + 4 * PAGE, *hole = p + 8 * PAGE;
	char *kernel = (char *)0xffff888000000000UL, buf[64];
	struct stat st;

	zero = open("/dev/zero", O_RDWR);
	if (pipe(fd) || zero < 0)
		return 99;
	mprotect(ro, PAGE, PROT_READ);
	mprotect(none, PAGE, PROT_NONE);
	munmap(hole, PAGE);

	refill(100);
	is(read(fd[0], p + 5, 100), 100, 0, "read into lazy memory");
	T(p[5] == 'j' && p[104] == 'j' && !p[4] && !p[105], "and just there");
	is(write(fd[1], p + PAGE, 10), 10, 0, "write from lazy memory");
	is(read(fd[0], buf, 10), 10, 0, "and it was");
	T(!memcmp(buf, "\0\0\0\0\0\0\0\0\0", 10), "zeroes");

	refill(10);
	is(read(fd[0], ro, 10), -1, EFAULT, "read into read-only memory");
	is(write(fd[1], ro, 10), 10, 0, "write from read-only memory");
	refill(10);
	is(read(fd[0], none, 10), -1, EFAULT, "read into PROT_NONE");
	is(write(fd[1], none, 10), -1, EFAULT, "write from PROT_NONE");
	is(read(fd[0], hole, 10), -1, EFAULT, "read into a hole");
	is(write(fd[1], hole, 10), -1, EFAULT, "write from a hole");
	is(read(fd[0], kernel, 10), -1, EFAULT, "read into the kernel");
	is(write(fd[1], kernel, 10), -1, EFAULT, "write from the kernel");
	is(read(fd[0], (void *)-5L, 10), -1, EFAULT, "read into the last page");
	is(write(fd[1], NULL, 10), -1, EFAULT, "write from NULL");

	refill(0);
	is(write(fd[1], hole - 10, 20), -1, EFAULT,
	   "write to a pipe from memory that ends half way");
	refill(0);
	is(read(zero, hole - 10, 20), 10, 0,
	   "read of zeroes into memory that ends half way");
	is(read(zero, ro - 10, 20), 10, 0,
	   "read of zeroes into memory that turns read-only");
	is(read(zero, p, 4 * PAGE), 2 * PAGE, 0,
	   "read of zeroes over two pages, then read-only ones");

	is(raw_stat("/", hole), -1, EFAULT, "stat into a hole");
	is(raw_stat("/", ro), -1, EFAULT, "stat into read-only");
	is(raw_stat(hole, &st), -1, EFAULT, "stat of a path in a hole");
	is(raw_stat(none, &st), -1, EFAULT, "stat of a path in PROT_NONE");
	memset(hole - 4, 'a', 4);
	is(raw_stat(hole - 4, &st), -1, EFAULT,
	   "stat of a path that runs into a hole");
	memcpy(hole - 2, "/", 2);
	is(raw_stat(hole - 2, &st), 0, 0, "stat of a path that ends at a hole");
	is(pipe((int *)ro), -1, EFAULT, "pipe into read-only memory");
	is(pipe((int *)(hole - 4)), -1, EFAULT, "pipe half into a hole");
	is(getcwd(hole, 100), NULL, 0, "getcwd into a hole");
	T(errno == EFAULT, "is EFAULT");

	struct iovec iov[2] = { { p, 10 }, { hole, 10 } };

	refill(20);
	is(readv(fd[0], iov, 2), -1, EFAULT,
	   "readv of a pipe into memory and a hole");
	is(readv(zero, iov, 2), 10, 0, "readv of zeroes into the same");
	is(readv(fd[0], (struct iovec *)hole, 2), -1, EFAULT,
	   "readv with the vector in a hole");
	is(writev(zero, iov, 2), 20, 0, "/dev/zero does not look at the data");
	iov[0].iov_len = (size_t)-1;
	is(writev(zero, iov, 1), -1, EINVAL, "a vector of negative length");
	is(writev(zero, iov, -1), -1, EINVAL, "a negative number of vectors");
	is(writev(zero, iov, 1025), -1, EINVAL, "too many vectors");
	is(sigaction(SIGUSR1, (struct sigaction *)NULL, NULL), 0, 0,
	   "sigaction asks for nothing");

	p[0] = 1;
	T(in_child({
		  _exit(read(zero, p, PAGE) != (ssize_t)PAGE || p[0] != 0);
	  }) == 0 &&
		  p[0] == 1,
	  "read into a page shared by fork copies it");
	return done();
}

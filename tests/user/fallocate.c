/* SPDX-License-Identifier: MIT */
/* fallocate(2) of files in memory; SEEK_DATA and SEEK_HOLE. */
#include "shm.h"
#include <stdint.h>
#include <sys/resource.h>

#define P(n) ((off_t)((n)*PAGE))

static void errors(void)
{
	int fd = memory_file(0, 1), pipes[2], ro, null;
	char path[64];

	is(fallocate(fd, 0, 0, 0), -1, EINVAL, "no length");
	is(fallocate(fd, 0, 0, -1), -1, EINVAL, "a negative one");
	is(fallocate(fd, 0, -1, 10), -1, EINVAL, "a negative offset");
	is(fallocate(fd, 0, INT64_MAX, 1), -1, EFBIG, "beyond all offsets");
	is(fallocate(fd, 0, INT64_MAX - P(1), P(1) + 1), -1, EFBIG, "by one");
	is(fallocate(fd, FALLOC_FL_PUNCH_HOLE, 0, 1), -1, EOPNOTSUPP,
	   "a hole that does not keep the size");
	is(fallocate(fd, 0x08, 0, P(1)), -1, EOPNOTSUPP, "COLLAPSE_RANGE");
	is(fallocate(fd, 0x10, 0, P(1)), -1, EOPNOTSUPP, "ZERO_RANGE");
	is(fallocate(fd, 0x11, 0, P(1)), -1, EOPNOTSUPP, "and keep the size");
	is(fallocate(fd, 0x20, 0, P(1)), -1, EOPNOTSUPP, "INSERT_RANGE");
	is(fallocate(fd, 0x40, 0, P(1)), -1, EOPNOTSUPP, "UNSHARE_RANGE");
	is(fallocate(fd, 0x13, 0, P(1)), -1, EOPNOTSUPP, "a hole of zeroes");
	is(fallocate(fd, 0x80 << 8, 0, P(1)), -1, EOPNOTSUPP, "no such mode");
	is(fallocate(-1, 0, 0, 1), -1, EBADF, "no descriptor");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	ro = open(path, O_RDONLY);
	is(fallocate(ro, 0, 0, 1), -1, EBADF, "not open for writing");
	is(fallocate(ro, 0, 0, 0), -1, EINVAL, "the range is looked at first");
	is(fallocate(ro, 0x80 << 8, 0, 1), -1, EOPNOTSUPP, "then the mode");
	close(ro);
	pipe(pipes);
	is(fallocate(pipes[1], 0, 0, 1), -1, ESPIPE, "a pipe");
	is(fallocate(pipes[0], 0, 0, 1), -1, EBADF, "its reading end");
	close(pipes[0]);
	close(pipes[1]);
	null = open("/dev/null", O_RDWR);
	is(fallocate(null, 0, 0, 1), -1, ENODEV, "a device");
	close(null);
	null = open("/", O_RDONLY);
	is(fallocate(null, 0, 0, 1), -1, EBADF, "a directory");
	close(null);
	close(fd);
}

static void allocation(void)
{
	int fd = memory_file(0, 0);
	char buf[16];

	is(fallocate(fd, 0, 100, P(2)), 0, 0, "pages in advance");
	T(size_of(fd) == P(2) + 100 && blocks_of(fd) == 24,
	  "for each page that is touched");
	is(pread(fd, buf, 16, P(1)), 16, 0, "they can be read");
	T(!memcmp(buf, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16), "as zeroes");
	is(fallocate(fd, FALLOC_FL_KEEP_SIZE, P(3), P(2)), 0, 0,
	   "beyond the end");
	T(size_of(fd) == P(2) + 100 && blocks_of(fd) == 40, "keeps the size");
	pwrite(fd, "data", 4, P(1));
	is(fallocate(fd, 0, 0, P(5)), 0, 0, "what is there stays");
	T(pread(fd, buf, 4, P(1)) == 4 && !memcmp(buf, "data", 4), "as it is");
	T(size_of(fd) == P(5) && blocks_of(fd) == 40, "the size grows");
	fallocate(fd, FALLOC_FL_KEEP_SIZE, P(5), P(3));
	is(ftruncate(fd, P(5)), 0, 0, "truncation to the same size");
	T(blocks_of(fd) == 40, "drops what lies beyond");
	close(fd);
}

static void holes(void)
{
	int fd = memory_file(0, 8);
	char *s = map_fd(fd, 8, RW, MAP_SHARED);
	char *c = map_fd(fd, 8, RW, MAP_PRIVATE);

	memset(s, 's', 8 * PAGE);
	c[2 * PAGE] = 'c';
	(void)*(volatile char *)(c + 3 * PAGE);
	is(fallocate(fd, HOLE, P(1) + 100, P(3)), 0, 0, "a hole");
	T(blocks_of(fd) == 48 && size_of(fd) == P(8), "two pages are gone");
	T(s[PAGE + 99] == 's' && !s[PAGE + 100] && !s[2 * PAGE - 1],
	  "the page at its beginning");
	T(!s[4 * PAGE] && !s[4 * PAGE + 99] && s[4 * PAGE + 100] == 's',
	  "the page at its end");
	T(c[2 * PAGE] == 'c' && c[2 * PAGE + 1] == 's', "a private copy stays");
	T(!c[3 * PAGE], "what was not copied is zero");
	T(!s[2 * PAGE] && !s[3 * PAGE], "between");
	s[3 * PAGE] = 'n';
	T(c[3 * PAGE] == 'n', "a new page is shared again");
	is(fallocate(fd, HOLE, P(5) + 10, 10), 0, 0, "inside one page");
	T(s[5 * PAGE + 9] == 's' && !s[5 * PAGE + 10] && !s[5 * PAGE + 19] &&
		  s[5 * PAGE + 20] == 's',
	  "those bytes");
	is(fallocate(fd, HOLE, P(7), P(100)), 0, 0, "across the end");
	T(size_of(fd) == P(8), "keeps the size");
	T_FINE(peek(s + 7 * PAGE), "no end, no signal");
	is(fallocate(fd, HOLE, P(20), P(1)), 0, 0, "beyond the end");
	is(madvise(s, PAGE, MADV_REMOVE), 0, 0, "MADV_REMOVE");
	T(!s[0] && !c[0], "is one, too");
	munmap(s, 8 * PAGE);
	munmap(c, 8 * PAGE);
	close(fd);
}

static void seeking(void)
{
	int fd = memory_file(0, 8);
	char *s = map_fd(fd, 8, RW, MAP_SHARED);

	is(lseek(fd, 0, SEEK_DATA), -1, ENXIO, "no data");
	is(lseek(fd, 0, SEEK_HOLE), 0, 0, "a hole");
	pwrite(fd, "x", 1, P(2) + 5);
	s[3 * PAGE] = 1;
	is(lseek(fd, 0, SEEK_DATA), P(2), 0, "data");
	is(lseek(fd, P(2) + 7, SEEK_DATA), P(2) + 7, 0, "from inside");
	is(lseek(fd, P(2) + 7, SEEK_HOLE), P(4), 0, "the hole behind");
	is(lseek(fd, 10, SEEK_HOLE), 10, 0, "a hole, from inside");
	is(lseek(fd, P(4), SEEK_DATA), -1, ENXIO, "no more data");
	fallocate(fd, 0, P(5), P(2));
	is(lseek(fd, P(4), SEEK_DATA), -1, ENXIO, "pages in advance are none");
	is(lseek(fd, P(5), SEEK_HOLE), P(5), 0, "but a hole");
	(void)*(volatile char *)(s + 6 * PAGE);
	is(lseek(fd, P(4), SEEK_DATA), P(6), 0, "until they are mapped");
	pwrite(fd, "y", 1, P(5));
	is(lseek(fd, P(4), SEEK_DATA), P(5), 0, "or written");
	pwrite(fd, "z", 1, P(7));
	ftruncate(fd, P(7) + 1);
	is(lseek(fd, P(5), SEEK_HOLE), P(7) + 1, 0, "the end is a hole");
	is(lseek(fd, P(7) + 1, SEEK_HOLE), -1, ENXIO, "beyond it is nothing");
	is(lseek(fd, -1, SEEK_DATA), -1, ENXIO, "before the beginning");
	is(lseek(fd, 0, SEEK_CUR), P(7) + 1, 0, "the offset moved along");
	munmap(s, 8 * PAGE);
	close(fd);
}

static volatile int xfsz;

static void on_xfsz(int sig)
{
	xfsz = sig;
}

static void limits(void)
{
	int fd = memory_file(0, 4);
	struct rlimit old, two;
	char *s;

	signal(SIGXFSZ, on_xfsz);
	getrlimit(RLIMIT_FSIZE, &old);
	two = old;
	two.rlim_cur = 2 * PAGE;
	setrlimit(RLIMIT_FSIZE, &two);
	is(fallocate(fd, 0, P(1), P(1)), 0, 0, "RLIMIT_FSIZE: inside");
	is(fallocate(fd, 0, 0, P(4)), 0, 0, "the file is larger already");
	T(!xfsz, "no signal");
	is(fallocate(fd, 0, P(4), 1), -1, EFBIG, "growth beyond it");
	T(xfsz == SIGXFSZ, "and SIGXFSZ");
	xfsz = 0;
	is(fallocate(fd, FALLOC_FL_KEEP_SIZE, P(4), 1), -1, EFBIG,
	   "also when the size is kept");
	T(xfsz == SIGXFSZ, "and SIGXFSZ");
	xfsz = 0;
	is(ftruncate(fd, P(5)), -1, EFBIG, "ftruncate");
	T(xfsz == SIGXFSZ, "and SIGXFSZ");
	is(ftruncate(fd, P(3)), 0, 0, "less is allowed");
	s = map_fd(fd, 3, RW, MAP_SHARED);
	T_FINE(poke(s + 2 * PAGE, 1), "mappings know no such limit");
	munmap(s, 3 * PAGE);
	setrlimit(RLIMIT_FSIZE, &old);
	signal(SIGXFSZ, SIG_DFL);
	close(fd);
}

int main(void)
{
	errors();
	allocation();
	holes();
	seeking();
	limits();
	return done();
}

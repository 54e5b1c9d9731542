/* SPDX-License-Identifier: MIT */
/* /dev/null, zero, full, random, urandom. */
#include "t.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

static char buf[100000];

static int open_dev(const char *name, unsigned int minor_nr)
{
	struct stat st;
	int fd = open(name, O_RDWR);

	T(fd >= 0 && !fstat(fd, &st) && S_ISCHR(st.st_mode) &&
		  st.st_rdev == makedev(1, minor_nr) &&
		  (st.st_mode & 0777) == 0666,
	  "%s is what it should be", name);
	return fd;
}

static int all_zero(const char *p, size_t n)
{
	while (n--)
		if (*p++)
			return 0;
	return 1;
}

static void null(void)
{
	int fd = open_dev("/dev/null", 3);

	is(read(fd, buf, 10), 0, 0, "null is empty");
	is(write(fd, buf, sizeof(buf)), sizeof(buf), 0, "and takes all");
	is(write(fd, (void *)1, 10), 10, 0, "without looking");
	is(lseek(fd, 100, SEEK_SET), 0, 0, "its position is 0");
	is(pread(fd, buf, 1, 5), 0, 0, "pread");
	T(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED &&
		  errno == ENODEV,
	  "it cannot be mapped");
	close(fd);
}

static void zero(void)
{
	int fd = open_dev("/dev/zero", 5);
	char *p, *q;

	memset(buf, 1, sizeof(buf));
	is(read(fd, buf, sizeof(buf)), sizeof(buf), 0, "zero never ends");
	T(all_zero(buf, sizeof(buf)), "and is zero");
	is(write(fd, buf, 10), 10, 0, "writes go nowhere");
	is(read(fd, (void *)1, 10), -1, EFAULT, "read to nowhere");
	p = mmap(NULL, 3 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	mprotect(p, PAGE, PROT_READ | PROT_WRITE);
	is(read(fd, p, 3 * PAGE), PAGE, 0, "read to the end of a mapping");
	p = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	T(p != MAP_FAILED && all_zero(p, 2 * PAGE), "mapped it is zero");
	p[5] = 1;
	q = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	T(q != MAP_FAILED && all_zero(q, 2 * PAGE), "each time anew");
	munmap(p, 2 * PAGE);
	munmap(q, 2 * PAGE);
	p = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	T(p != MAP_FAILED && WEXITSTATUS(in_child(p[PAGE] = 7)) == 0 &&
		  p[PAGE] == 7,
	  "shared, a child writes for its parent");
	munmap(p, 2 * PAGE);
	close(fd);
}

static void full(void)
{
	int fd = open_dev("/dev/full", 7);

	memset(buf, 1, 100);
	is(read(fd, buf, 100), 100, 0, "full reads");
	T(all_zero(buf, 100), "as zeroes");
	is(write(fd, buf, 1), -1, ENOSPC, "and takes nothing");
	close(fd);
}

static void random_bytes(const char *name, unsigned int minor_nr)
{
	int fd = open_dev(name, minor_nr);

	memset(buf, 0, sizeof(buf));
	is(read(fd, buf, 50000), 50000, 0, "%s gives", name);
	T(!all_zero(buf, 32) && !all_zero(buf + 49968, 32) &&
		  all_zero(buf + 50000, 100),
	  "what was asked for");
	is(read(fd, buf + 50000, 32), 32, 0, "again");
	T(memcmp(buf, buf + 50000, 32) != 0, "something else");
	is(write(fd, buf, 100), 100, 0, "it takes bytes, too");
	is(write(fd, (void *)1, 100), -1, EFAULT, "from somewhere");
	is(read(fd, (void *)1, 100), -1, EFAULT, "to somewhere");
	close(fd);
}

static void links(void)
{
	char path[20];
	struct stat a, b;

	T(readlink("/dev/stdin", path, 20) == 15 &&
		  !memcmp(path, "/proc/self/fd/0", 15),
	  "stdin");
	T(readlink("/dev/fd", path, 20) == 13 &&
		  !memcmp(path, "/proc/self/fd", 13),
	  "fd");
	T(!stat("/dev/stdout", &a) && !fstat(1, &b) && a.st_ino == b.st_ino,
	  "stdout leads to the open file");
	T(!stat("/dev/shm", &a) && a.st_mode == (S_IFDIR | S_ISVTX | 0777),
	  "shm is for everyone");
	is(open("/dev/nosuch", O_RDONLY), -1, ENOENT, "what is not there");
	mknod("/tmp/dev-test", S_IFCHR | 0600, makedev(250, 77));
	is(open("/tmp/dev-test", O_RDONLY), -1, ENXIO, "a device of nobody");
	unlink("/tmp/dev-test");
}

int main(void)
{
	null();
	zero();
	full();
	random_bytes("/dev/random", 8);
	random_bytes("/dev/urandom", 9);
	links();
	return done();
}

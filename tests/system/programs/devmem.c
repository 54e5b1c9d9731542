/* SPDX-License-Identifier: MIT */
/* /dev/mem: TAP, as root at first. 0xf0000 is firmware, 16 MiB is RAM. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE	 4096
#define FIRMWARE 0xf0000
#define RAM	 0x1000000
#define ROM_SIZE 0x10000

static int count;

static void ok(int passed, const char *name)
{
	int error = errno;

	printf("%s %d - %s\n", passed ? "ok" : "not ok", ++count, name);
	if (!passed)
		printf("# %s\n", strerror(error));
	fflush(stdout);
}

static int fails(const void *result, int error)
{
	return result == MAP_FAILED && errno == error;
}

static char *map(int fd, int prot, int flags, off_t offset)
{
	return mmap(NULL, PAGE, prot, flags, fd, offset);
}

static int child_says(int (*question)(char *), char *arg)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid)
		_exit(question(arg));
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static char rom[ROM_SIZE];

static int sees_rom(char *p)
{
	return !memcmp(p, rom, PAGE);
}

static int has_mark(char *p)
{
	return p[5] == 'x';
}

static int opens_as_nobody(char *unused)
{
	(void)unused;
	if (setgid(65534) || setuid(65534))
		return 1;
	return open("/dev/mem", O_RDONLY) == -1 && errno == EACCES ? 0 : 2;
}

static void test_read(int fd)
{
	static char zeroes[PAGE], buf[PAGE];
	int text = 0;

	ok(pread(fd, rom, ROM_SIZE, FIRMWARE) == ROM_SIZE,
	   "the firmware can be read");
	for (int i = 0; i < ROM_SIZE; i++)
		text += rom[i] != rom[0];
	ok(text > 100, "and says something");
	ok(pread(fd, buf, 1, RAM) == -1 && errno == EPERM,
	   "RAM is refused: EPERM");
	memset(buf, 1, PAGE);
	ok(pread(fd, buf, PAGE, 0x10000) == PAGE && !memcmp(buf, zeroes, PAGE),
	   "RAM below 1 MiB reads as zeroes");
	ok(pwrite(fd, "x", 1, 0x10000) == 1, "and takes writes");
	ok(pread(fd, buf, PAGE, 0xfffff) == 1, "a read ends where RAM starts");
	ok(lseek(fd, 0, SEEK_END) == -1 && errno == EINVAL, "it has no end");
	ok(lseek(fd, FIRMWARE, SEEK_SET) == FIRMWARE &&
		   lseek(fd, 16, SEEK_CUR) == FIRMWARE + 16,
	   "lseek");
	ok(pread(fd, buf, 1, 1L << 60) == -1 && errno == EFAULT,
	   "beyond what the CPU addresses: EFAULT");
	ok(read(fd, (char *)1, 10) == -1 && errno == EFAULT, "a bad buffer");
}

static void test_refused(int fd)
{
	int ro = open("/dev/mem", O_RDONLY);

	ok(fails(map(fd, PROT_READ, MAP_SHARED, RAM), EPERM),
	   "RAM cannot be mapped");
	ok(fails(map(fd, PROT_READ, MAP_PRIVATE, RAM), EPERM),
	   "private neither");
	ok(fails(map(fd, PROT_READ, MAP_SHARED, 0x10000), EPERM),
	   "nor below 1 MiB");
	ok(fails(mmap(NULL, 4 * PAGE, PROT_READ, MAP_SHARED, fd,
		      0x100000 - 2 * PAGE),
		 EPERM),
	   "nor a range that ends in RAM");
	ok(fails(map(fd, PROT_READ, MAP_SHARED, 1L << 60), EINVAL),
	   "beyond what the CPU addresses: EINVAL");
	ok(fails(map(fd, PROT_READ, MAP_SHARED, -2 * PAGE), EINVAL),
	   "nor there at the end of all addresses");
	ok(fails(map(ro, PROT_READ | PROT_WRITE, MAP_SHARED, FIRMWARE), EACCES),
	   "writable needs O_RDWR: EACCES");
	close(ro);
}

static void test_map(int fd)
{
	char *p = mmap(NULL, ROM_SIZE, PROT_READ, MAP_SHARED, fd, FIRMWARE);
	unsigned char vec[ROM_SIZE / PAGE];

	ok(p != MAP_FAILED && !memcmp(p, rom, ROM_SIZE),
	   "a mapping shows the firmware");
	ok(child_says(sees_rom, p) == 1, "a child sees it, too");
	ok(madvise(p, PAGE, MADV_DONTNEED) == -1 && errno == EINVAL,
	   "MADV_DONTNEED: EINVAL");
	ok(mlock(p, PAGE) == 0, "mlock is no error");
	ok(mincore(p, ROM_SIZE, vec) == 0, "nor mincore");
	ok(mremap(p, ROM_SIZE, ROM_SIZE + PAGE, MREMAP_MAYMOVE) == MAP_FAILED &&
		   errno == EFAULT,
	   "it does not grow");
	ok(munmap(p + PAGE, PAGE) == 0 &&
		   !memcmp(p + 2 * PAGE, rom + 2 * PAGE, PAGE),
	   "a hole in the middle leaves the rest where it was");
	ok(mprotect(p, PAGE, PROT_NONE) == 0 &&
		   mprotect(p, PAGE, PROT_READ) == 0 && sees_rom(p),
	   "mprotect to nothing and back");
	ok(write(open("/tmp/copy", O_CREAT | O_RDWR, 0600), p, PAGE) == PAGE,
	   "a system call may read from it");
	p = mremap(p, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED,
		   p + 64 * ROM_SIZE);
	ok(p != MAP_FAILED && sees_rom(p), "it can be moved");
	munmap(p, PAGE);
}

static void test_private(int fd)
{
	char *p = map(fd, PROT_READ | PROT_WRITE, MAP_PRIVATE, FIRMWARE);

	ok(p != MAP_FAILED && sees_rom(p), "a private mapping");
	if (p == MAP_FAILED)
		return;
	p[5] = 'x';
	ok(has_mark(p) && !memcmp(p + 6, rom + 6, PAGE - 6),
	   "a write makes a copy of the page");
	ok(child_says(has_mark, p) == 1, "that children inherit");
	munmap(p, PAGE);
	p = map(fd, PROT_READ, MAP_SHARED, FIRMWARE);
	ok(p != MAP_FAILED && sees_rom(p), "and the firmware is as it was");
	munmap(p, PAGE);
}

static void test_pid_mem(int fd)
{
	char *p = map(fd, PROT_READ, MAP_SHARED, FIRMWARE), buf[64];
	int self = open("/proc/self/mem", O_RDONLY);

	ok(pread(self, buf, 64, (off_t)(unsigned long)p) == 64 &&
		   !memcmp(buf, rom, 64),
	   "/proc/self/mem reads through the mapping");
	close(self);
	munmap(p, PAGE);
}

int main(void)
{
	int fd = open("/dev/mem", O_RDWR);
	struct stat st;

	ok(fd >= 0 && !fstat(fd, &st) && st.st_mode == (S_IFCHR | 0640) &&
		   st.st_rdev == (1 << 8 | 1),
	   "root opens /dev/mem, mode 0640, device 1:1");
	test_read(fd);
	test_refused(fd);
	test_map(fd);
	test_private(fd);
	test_pid_mem(fd);
	ok(child_says(opens_as_nobody, NULL) == 0, "nobody gets EACCES");
	printf("1..%d\n", count);
	return 0;
}

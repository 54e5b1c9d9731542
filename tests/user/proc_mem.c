/* SPDX-License-Identifier: MIT */
/* /proc/PID/mem, map_files, oom_score, oom_score_adj, auxv. */
#include "smaps.h"
#include <dirent.h>
#include <elf.h>
#include <sys/auxv.h>
#include <sys/stat.h>

#define RW PROT_READ | PROT_WRITE

static off_t at(const void *p)
{
	return (off_t)(unsigned long)p;
}

static void own(void)
{
	int fd = open("/proc/self/mem", O_RDWR);
	char *p = anon(4 * PAGE, RW), buf[16] = "";

	strcpy(p + 8, "hello");
	is(pread(fd, buf, 6, at(p + 8)), 6, 0, "read memory as a file");
	T(!strcmp(buf, "hello"), "the bytes are those at the address");
	is(pwrite(fd, "other", 6, at(p + 8)), 6, 0, "write it");
	T(!strcmp(p + 8, "other"), "the program sees it");
	is(pread(fd, buf, 4, at(p + 2 * PAGE)), 4, 0,
	   "a page that nobody has touched");
	T(!memcmp(buf, "\0\0\0\0", 4), "zeroes");
	is(lseek(fd, at(p + 8), SEEK_SET), (long)p + 8, 0,
	   "seek to an address");
	is(read(fd, buf, 2), 2, 0, "read from there");
	is(lseek(fd, 1, SEEK_CUR), (long)p + 11, 0, "seek on");
	is(lseek(fd, 0, SEEK_END), -1, EINVAL, "memory has no end");
	is(pread(fd, (void *)16, 4, at(p)), -1, EFAULT, "read to nowhere");
	is(pwrite(fd, (void *)16, 4, at(p)), -1, EFAULT, "write from nowhere");
	munmap(p + 3 * PAGE, PAGE);
	is(pread(fd, buf, 4, at(p + 3 * PAGE)), -1, EIO, "read of a hole");
	is(pwrite(fd, buf, 4, at(p + 3 * PAGE)), -1, EIO, "write to a hole");
	is(pread(fd, buf, 8, at(p + 3 * PAGE - 4)), 4, 0,
	   "read into a hole: what there is");
	is(pread(fd, buf, 4, 0x7ffffffff000), -1, EIO,
	   "read at the end of user space");
	is(lseek(fd, -0x7fffff000000, SEEK_SET), -0x7fffff000000, 0,
	   "seek to the kernel's addresses");
	is(read(fd, buf, 4), -1, EIO, "nothing is there");
	munmap(p, 4 * PAGE);
	close(fd);
}

static void forced(void)
{
	int fd = open("/proc/self/mem", O_RDWR), f;
	char *p = anon(4 * PAGE, RW), *twin, c = 0;

	strcpy(p, "text");
	mprotect(p, PAGE, PROT_READ);
	is(pwrite(fd, "mine", 4, at(p)), 4, 0, "write to read-only memory");
	T(!strcmp(p, "mine"), "it changed");
	T_SEGV(poke(p, 1), SEGV_ACCERR, p, "the program still cannot");
	mprotect(p, PAGE, PROT_NONE);
	is(pread(fd, &c, 1, at(p)), 1, 0, "read of memory without rights");
	T(c == 'm', "its byte");
	T_SEGV(peek(p), SEGV_ACCERR, p, "the program still cannot");
	munmap(p, 4 * PAGE);

	f = open("file", O_RDWR | O_CREAT | O_TRUNC, 0600);
	if (write(f, "file", 5) != 5)
		exit(99);
	close(f);
	f = open("file", O_RDONLY);
	p = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, f, 0);
	twin = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, f, 0);
	is(pwrite(fd, "copy", 4, at(p)), 4, 0,
	   "write to a private mapping of a file that is open for reading");
	T(!strcmp(p, "copy") && !strcmp(twin, "file"),
	  "a copy changes, not the file");
	munmap(p, PAGE);
	munmap(twin, PAGE);
	p = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, f, 0);
	is(pwrite(fd, "copy", 4, at(p)), -1, EIO,
	   "not to a shared one that is read-only");
	munmap(p, PAGE);
	close(f);
	close(fd);
}

static void others(void)
{
	char *p = anon(PAGE, RW), path[64], buf[8] = "";
	int go[2], back[2], fd;
	pid_t child;
	char c;

	strcpy(p, "parent");
	if (pipe(go) || pipe(back))
		exit(99);
	child = fork();
	if (!child) {
		strcpy(p, "child");
		if (write(back[1], "r", 1) != 1 || read(go[0], &c, 1) != 1)
			_exit(1);
		if (strcmp(p, "CHILD"))
			_exit(2);
		close(back[1]);
		execl("/proc/self/exe", "proc_mem", "wait", NULL);
		_exit(3);
	}
	close(back[1]);
	snprintf(path, sizeof(path), "/proc/%d/mem", child);
	fd = open(path, O_RDWR);
	T(read(back[0], &c, 1) == 1 && pread(fd, buf, 6, at(p)) == 6 &&
		  !strcmp(buf, "child"),
	  "read a child's memory");
	is(pwrite(fd, "CHILD", 5, at(p)), 5, 0, "write it");
	T(!strcmp(p, "parent"), "ours stays");
	if (write(go[1], "g", 1) != 1)
		exit(99);
	T(read(back[0], &c, 1) == 0, "the child has seen it and goes on");
	for (int i = 0; i < 3000 && pread(fd, buf, 1, at(p)) != 0; i++)
		usleep(10000);
	is(pread(fd, buf, 1, at(p)), 0, 0,
	   "after its exec the old memory is empty");
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	is(open(path, O_RDONLY), -1, ENOENT, "a process that is no more");
	close(fd);
	T(in_child({
		  int bad = setgid(65534) || setuid(65534);

		  errno = 0;
		  bad |= open("/proc/1/mem", O_RDONLY) != -1 || errno != EACCES;
		  _exit(bad);
	  }) == 0,
	  "somebody else's: EACCES");
}

/* --- map_files -------------------------------------------------------------------- */

/* The area of our own file that is mapped first, as map_files names it. */
static int exe_area(char *name, size_t size)
{
	DIR *dir = opendir("/proc/self/map_files");
	struct dirent *d;
	char exe[256] = "", to[256], path[300];
	int n = 0;

	if (readlink("/proc/self/exe", exe, sizeof(exe) - 1) < 0)
		exit(99);
	while (dir && (d = readdir(dir))) {
		if (d->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "/proc/self/map_files/%s",
			 d->d_name);
		memset(to, 0, sizeof(to));
		if (readlink(path, to, sizeof(to) - 1) > 0 &&
		    !strcmp(to, exe) && d->d_type == DT_LNK && !n++)
			snprintf(name, size, "%s", path);
	}
	if (dir)
		closedir(dir);
	return n;
}

static void map_files(void)
{
	char path[300] = "", link[300], buf[4] = "";
	struct stat st;
	unsigned long lines = 0;
	int fd, n;
	char *p;

	for (char *s = proc_text("/proc/self/maps"); (s = strchr(s, '\n')); s++)
		lines++;
	n = exe_area(path, sizeof(path));
	T(n >= 2 && (unsigned long)n < lines,
	  "map_files has a link for each area of our program's file");
	T(!lstat(path, &st) && S_ISLNK(st.st_mode) &&
		  (st.st_mode & 0777) == 0400 && st.st_size == 64,
	  "its mode is that of the open file");
	fd = open(path, O_RDONLY);
	T(fd >= 0 && read(fd, buf, 4) == 4 && !memcmp(buf, "\177ELF", 4),
	  "it leads to the file");
	close(fd);
	is(open("/proc/self/map_files/1000-2000", O_RDONLY), -1, ENOENT,
	   "an area that is not");
	is(open("/proc/self/map_files/x", O_RDONLY), -1, ENOENT, "no area");
	is(open("/proc/self/map_files/01000-2000", O_RDONLY), -1, ENOENT,
	   "a leading zero");
	p = anon(PAGE, RW);
	snprintf(link, sizeof(link), "/proc/self/map_files/%lx-%lx",
		 (unsigned long)p, (unsigned long)p + PAGE);
	is(open(link, O_RDONLY), -1, ENOENT, "an area without a file");
	munmap(p, PAGE);
	fd = open("gone", O_RDWR | O_CREAT | O_TRUNC, 0600);
	if (write(fd, "gone", 4) != 4)
		exit(99);
	p = mmap(NULL, PAGE, RW, MAP_SHARED, fd, 0);
	close(fd);
	unlink("gone");
	snprintf(link, sizeof(link), "/proc/self/map_files/%lx-%lx",
		 (unsigned long)p, (unsigned long)p + PAGE);
	memset(path, 0, sizeof(path));
	T(readlink(link, path, sizeof(path) - 1) > 0 &&
		  strstr(path, "/gone (deleted)"),
	  "a file that has lost its name says so");
	fd = open(link, O_RDWR);
	T(fd >= 0 && read(fd, buf, 4) == 4 && !memcmp(buf, "gone", 4),
	  "and can be opened again");
	close(fd);
	T(!lstat(link, &st) && (st.st_mode & 0777) == 0600,
	  "for reading and writing");
	munmap(p, PAGE);
	is(lstat(link, &st), -1, ENOENT, "unmapped, its link is gone");
	T(in_child({
		  int bad = setgid(65534) || setuid(65534);

		  errno = 0;
		  bad |= open("/proc/1/map_files", O_RDONLY) != -1 ||
			 errno != EACCES;
		  _exit(bad);
	  }) == 0,
	  "somebody else's: EACCES");
}

/* --- oom_score, auxv ---------------------------------------------------------------- */

static long adj(void)
{
	return atol(proc_text("/proc/self/oom_score_adj"));
}

/* Last of all: the program is nobody's afterwards. */
static void oom(void)
{
	const char *score = "/proc/self/oom_score";
	int fd = open("/proc/self/oom_score_adj", O_WRONLY);
	long normal = atol(proc_text(score));

	T(normal > 600 && normal < 800, "the score of a small process");
	if (setgid(65534) || setuid(65534))
		exit(99);
	is(write(fd, "500", 3), 3, 0, "oom_score_adj 500");
	T(adj() == 500, "reads back");
	T(atol(proc_text(score)) > normal + 250, "the score is higher");
	is(in_child(_exit(adj() != 500)), 0, 0, "it is inherited");
	is(write(fd, " 0x64\n", 6), 6, 0, "a number in hexadecimal");
	T(adj() == 100, "lower again");
	is(write(fd, "1000", 4), 4, 0, "the highest");
	T(atol(proc_text(score)) > 1300, "the score is the highest");
	is(write(fd, "1001", 4), -1, EINVAL, "above it");
	is(write(fd, "-1001", 5), -1, EINVAL, "below the lowest");
	is(write(fd, "many", 4), -1, EINVAL, "no number");
	is(write(fd, "12345678901", 11), -1, ERANGE, "a number too large");
	is(write(fd, (void *)16, 1), -1, EFAULT, "from nowhere");
	is(write(fd, "0", 1), 1, 0, "back to where it was");
	is(write(fd, "-1", 2), -1, EACCES, "lower needs the right");
	T(adj() == 0, "and nothing changed");
}

static void auxv(void)
{
	static unsigned long v[128];
	int fd = open("/proc/self/auxv", O_RDONLY);
	ssize_t n = read(fd, v, sizeof(v));
	unsigned long entry = 0, last = 1;

	for (ssize_t i = 0; i + 16 <= n; i += 16) {
		last = v[i / 8];
		if (last == AT_ENTRY)
			entry = v[i / 8 + 1];
	}
	T(n > 0 && n % 16 == 0 && last == AT_NULL, "auxv ends with AT_NULL");
	T(entry == getauxval(AT_ENTRY), "and says what exec has said");
	close(fd);
}

int main(int argc, char **argv)
{
	if (argc > 1 && argv[1])
		for (;;)
			pause();
	own();
	forced();
	others();
	map_files();
	auxv();
	oom();
	return done();
}

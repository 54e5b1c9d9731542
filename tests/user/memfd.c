/* SPDX-License-Identifier: MIT */
/* memfd_create(2): names, flags, what kind of file it is. */
#include "shm.h"
#include <sys/resource.h>
#include <sys/statfs.h>

static void name_and_link(void)
{
	char path[64], text[400];
	int fd = raw_memfd("a name", 0);
	char *p;
	ssize_t n;

	ftruncate(fd, (off_t)(2 * PAGE));
	p = map_fd(fd, 2, RW, MAP_SHARED);
	T_MAPS(p, "rw-s 00000000 00:01 N /memfd:a name (deleted)",
	       "its line in maps");
	munmap(p, 2 * PAGE);
	p = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, (off_t)PAGE);
	T_MAPS(p, "r--p 00001000 00:01 N /memfd:a name (deleted)",
	       "a private mapping of its second page");
	munmap(p, PAGE);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	n = readlink(path, text, sizeof(text) - 1);
	text[n > 0 ? n : 0] = '\0';
	T(!strcmp(text, "/memfd:a name (deleted)"), "the link in /proc");
	close(fd);
	fd = raw_memfd("line\nfeed", 0);
	ftruncate(fd, (off_t)PAGE);
	p = map_fd(fd, 1, PROT_READ, MAP_SHARED);
	T_MAPS(p, "r--s 00000000 00:01 N /memfd:line\\012feed (deleted)",
	       "a line feed does not break the line");
	munmap(p, PAGE);
	close(fd);
	fd = raw_memfd("", 0);
	T(fd >= 0, "the empty name is a name");
	close(fd);
}

static void arguments(void)
{
	static char name[300];
	struct rlimit old, none;
	char *page = anon(2 * PAGE, RW);
	int fd;

	memset(name, 'n', 249);
	fd = raw_memfd(name, 0);
	T(fd >= 0, "a name of 249 bytes");
	close(fd);
	name[249] = 'n';
	is(raw_memfd(name, 0), -1, EINVAL, "of 250");
	is(raw_memfd(NULL, 0), -1, EFAULT, "no name");
	is(raw_memfd((char *)-1UL, 0), -1, EFAULT, "a name outside of memory");
	mprotect(page + PAGE, PAGE, PROT_NONE);
	memset(page, 'x', PAGE);
	is(raw_memfd(page + PAGE - 10, 0), -1, EFAULT,
	   "a name that runs into a hole");
	page[PAGE - 1] = '\0';
	fd = raw_memfd(page + PAGE - 10, 0);
	T(fd >= 0, "one that ends before it");
	close(fd);
	is(raw_memfd("x", 0x100), -1, EINVAL, "an unknown flag");
	is(raw_memfd("x", 0x80000000u), -1, EINVAL, "the highest flag");
	is(raw_memfd(NULL, 0x100), -1, EINVAL, "flags come before the name");
	is(raw_memfd("x", 21u << 26), -1, EINVAL,
	   "a huge page size without MFD_HUGETLB");
	getrlimit(RLIMIT_NOFILE, &old);
	none = old;
	none.rlim_cur = 0;
	setrlimit(RLIMIT_NOFILE, &none);
	is(raw_memfd("x", 0), -1, EMFILE, "no descriptor left");
	setrlimit(RLIMIT_NOFILE, &old);
	munmap(page, 2 * PAGE);
}

static void a_file(void)
{
	int fd = raw_memfd("f", MFD_CLOEXEC), again;
	struct statfs sf;
	struct stat st;
	char path[64], text[8] = "";

	T(fcntl(fd, F_GETFD) == FD_CLOEXEC, "MFD_CLOEXEC");
	T(fcntl(fd, F_GETFL) == (O_RDWR | 0100000), "open for both");
	T(!fstat(fd, &st) && st.st_mode == (S_IFREG | 0777) &&
		  st.st_nlink == 0 && st.st_size == 0 && st.st_dev == 1 &&
		  st.st_uid == getuid(),
	  "a regular file without links");
	T(!fstatfs(fd, &sf) && sf.f_type == 0x01021994 &&
		  sf.f_bsize == (long)PAGE && !sf.f_blocks && !sf.f_bfree &&
		  !sf.f_files && sf.f_namelen == 255 && sf.f_flags == 0x20,
	  "on a tmpfs without figures");
	is(write(fd, "hello", 5), 5, 0, "it takes data");
	is(pread(fd, text, 8, 0), 5, 0, "and gives them back");
	T(!strcmp(text, "hello"), "the same");
	is(lseek(fd, 0, SEEK_CUR), 5, 0, "it has an offset");
	is(fchmod(fd, 0600), 0, 0, "it has a mode");
	T(!fstat(fd, &st) && st.st_mode == (S_IFREG | 0600), "another one");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	again = open(path, O_RDONLY);
	T(again >= 0, "it can be opened again through /proc");
	is(read(again, text, 5), 5, 0, "and read from its beginning");
	is(write(again, "x", 1), -1, EBADF, "but not written");
	is(ftruncate(again, 1), -1, EINVAL, "nor truncated");
	is(map_fd(again, 1, RW, MAP_SHARED), -1, EACCES, "nor mapped so");
	T(map_fd(again, 1, RW, MAP_PRIVATE) != MAP_FAILED, "private: yes");
	close(again);
	again = open(path, O_RDWR | O_TRUNC);
	T(again >= 0 && size_of(fd) == 0, "O_TRUNC empties it");
	close(again);
	close(fd);
}

static void pages(void)
{
	int fd = memory_file(0, 4);
	char *a = map_fd(fd, 4, RW, MAP_SHARED);
	char *b = map_fd(fd, 4, RW, MAP_SHARED);
	char *c = map_fd(fd, 4, RW, MAP_PRIVATE), buf[4];
	long rss;

	T(blocks_of(fd) == 0, "no page before the first touch");
	rss = kib_of("/proc/self/status", "RssShmem:");
	a[0] = 'A';
	T(kib_of("/proc/self/status", "RssShmem:") - rss == 4,
	  "a page of it counts as RssShmem");
	T(b[0] == 'A' && c[0] == 'A', "all mappings see a write");
	pwrite(fd, "W", 1, 1);
	T(a[1] == 'W' && c[1] == 'W', "and write(2)");
	c[0] = 'C';
	T(a[0] == 'A' && c[0] == 'C', "a private write stays private");
	a[1] = 'X';
	T(c[1] == 'W', "and ends the sharing of its page");
	T(pread(fd, buf, 2, 0) == 2 && buf[0] == 'A' && buf[1] == 'X',
	  "read(2) sees shared writes");
	T(blocks_of(fd) == 8, "one page is in use");
	(void)*(volatile char *)(b + 2 * PAGE);
	T(blocks_of(fd) == 16, "reading a mapping makes a page");
	T(pread(fd, buf, 1, (off_t)(3 * PAGE)) == 1 && blocks_of(fd) == 16,
	  "read(2) does not");
	close(fd);
	T(a[0] == 'A' && b[1] == 'X', "mappings outlive the descriptor");
	b[3 * PAGE] = 'D';
	T(a[3 * PAGE] == 'D', "and stay shared");
	munmap(a, 4 * PAGE);
	munmap(b, 4 * PAGE);
	T(c[0] == 'C' && c[3 * PAGE] == 'D', "the last one, too");
	munmap(c, 4 * PAGE);
}

static void over_fork(void)
{
	int fd = memory_file(0, 1);
	char *p = map_fd(fd, 1, RW, MAP_SHARED);
	int status;

	status = in_child({
		p[0] = 1;
		ftruncate(fd, (off_t)(2 * PAGE));
		p = mremap(p, PAGE, 2 * PAGE, MREMAP_MAYMOVE);
		p[PAGE] = 2;
	});
	T(status == 0 && p[0] == 1, "a child writes to it");
	p = mremap(p, PAGE, 2 * PAGE, MREMAP_MAYMOVE);
	T(p != MAP_FAILED && p[PAGE] == 2, "beyond what the parent had");
	is(msync(p, 2 * PAGE, MS_SYNC), 0, 0, "msync");
	munmap(p, 2 * PAGE);
	close(fd);
}

int main(void)
{
	name_and_link();
	arguments();
	a_file();
	pages();
	over_fork();
	return done();
}

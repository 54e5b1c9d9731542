/* SPDX-License-Identifier: MIT */
/* Regular files: contents, positions, links, names, descriptors. */
#include "t.h"
#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>

static char buf[20000], zero[20000];

static int make(const char *name, const char *text)
{
	int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0644);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		exit(99);
	return fd;
}

static off_t size_of(int fd)
{
	struct stat st;

	return fstat(fd, &st) ? -1 : st.st_size;
}

static int holds(int fd, const char *text)
{
	ssize_t n = pread(fd, buf, sizeof(buf), 0);

	return n == (ssize_t)strlen(text) && !memcmp(buf, text, (size_t)n);
}

static void opening(void)
{
	int fd;

	umask(022);
	is(open("new", O_RDONLY), -1, ENOENT, "not there");
	fd = open("new", O_RDWR | O_CREAT | O_EXCL, 0666);
	T(fd >= 0, "O_CREAT|O_EXCL makes it");
	is(open("new", O_RDWR | O_CREAT | O_EXCL, 0666), -1, EEXIST, "once");
	is(open("new/x", O_RDONLY), -1, ENOTDIR, "it is no folder");
	is(open("new", O_RDONLY | O_DIRECTORY), -1, ENOTDIR, "O_DIRECTORY");
	is(open(".", O_RDWR), -1, EISDIR, "a folder cannot be written");
	is(open("", O_RDONLY), -1, ENOENT, "the empty name");
	is(open((char *)1, O_RDONLY), -1, EFAULT, "a name from nowhere");
	is(open("none/x", O_CREAT | O_RDWR, 0600), -1, ENOENT,
	   "a folder that is not there");
	is(close(fd), 0, 0, "close");
	is(close(fd), -1, EBADF, "once");
	is(read(fd, buf, 1), -1, EBADF, "then it is no descriptor");
	is(write(-1, buf, 1), -1, EBADF, "nor is -1");
	fd = open("new", O_RDONLY);
	is(write(fd, "x", 1), -1, EBADF, "open for reading only");
	close(fd);
	fd = open("new", O_WRONLY);
	is(read(fd, buf, 1), -1, EBADF, "open for writing only");
	close(fd);
	struct stat st;
	T(!stat("new", &st) && (st.st_mode & 07777) == 0644, "umask counts");
}

static void positions(void)
{
	int fd = make("f", "0123456789");

	is(lseek(fd, 3, SEEK_SET), 3, 0, "SEEK_SET");
	T(read(fd, buf, 2) == 2 && !memcmp(buf, "34", 2), "reading goes on");
	is(lseek(fd, -1, SEEK_CUR), 4, 0, "SEEK_CUR");
	is(lseek(fd, -1, SEEK_END), 9, 0, "SEEK_END");
	is(lseek(fd, -1, SEEK_SET), -1, EINVAL, "before the beginning");
	is(lseek(fd, 0, 99), -1, EINVAL, "from where?");
	is(pread(fd, buf, 3, 8), 2, 0, "pread stops at the end");
	is(pread(fd, buf, 3, 100), 0, 0, "and behind it");
	is(pread(fd, buf, 3, -1), -1, EINVAL, "not before the beginning");
	is(pwrite(fd, "AB", 2, 1), 2, 0, "pwrite");
	T(lseek(fd, 0, SEEK_CUR) == 9 && holds(fd, "0AB3456789"),
	  "neither moves the position");
	is(lseek(fd, 20, SEEK_SET), 20, 0, "behind the end");
	is(read(fd, buf, 1), 0, 0, "is nothing to read");
	is(write(fd, "Z", 1), 1, 0, "but can be written");
	T(size_of(fd) == 21 && pread(fd, buf, 30, 0) == 21 &&
		  !memcmp(buf + 10, zero, 10) && buf[20] == 'Z',
	  "with zeroes between");
	close(fd);
}

static void appending(void)
{
	int fd = make("a", "12"), other;

	close(fd);
	fd = open("a", O_WRONLY | O_APPEND);
	other = open("a", O_RDWR | O_APPEND);
	is(write(fd, "34", 2), 2, 0, "O_APPEND");
	is(write(other, "56", 2), 2, 0, "from two sides");
	is(lseek(fd, 0, SEEK_SET), 0, 0, "at the beginning");
	is(write(fd, "78", 2), 2, 0, "still");
	T(holds(other, "12345678"), "always at the end");
	is(pwrite(fd, "9", 1, 0), 1, 0, "even pwrite");
	T(holds(other, "123456789"), "as on Linux");
	close(fd);
	close(other);
}

static void truncation(void)
{
	int fd = make("t", "0123456789");

	is(ftruncate(fd, 4), 0, 0, "shorter");
	T(holds(fd, "0123"), "the rest is gone");
	is(ftruncate(fd, 8), 0, 0, "longer");
	T(size_of(fd) == 8 && pread(fd, buf, 10, 0) == 8 &&
		  !memcmp(buf + 4, zero, 4),
	  "and zero, not what was there");
	is(truncate("t", 2), 0, 0, "by name");
	T(size_of(fd) == 2, "is seen");
	is(ftruncate(fd, -1), -1, EINVAL, "not negative");
	is(truncate("none", 1), -1, ENOENT, "what is not there");
	is(truncate(".", 1), -1, EISDIR, "a folder");
	close(fd);
	fd = open("t", O_RDONLY);
	is(ftruncate(fd, 0), -1, EINVAL, "open for reading");
	close(fd);
	close(open("t", O_WRONLY | O_TRUNC));
	T(!stat("t", &(struct stat){ 0 }), "O_TRUNC keeps the name");
}

static void sparse(void)
{
	int fd = open("s", O_RDWR | O_CREAT, 0600);
	struct stat st;

	is(pwrite(fd, "x", 1, 1L << 30), 1, 0, "a byte behind a gigabyte");
	T(!fstat(fd, &st) && st.st_size == (1L << 30) + 1 &&
		  st.st_blocks < 1000,
	  "costs next to nothing");
	T(pread(fd, buf, 100, 12345678) == 100 && !memcmp(buf, zero, 100),
	  "the hole reads as zeroes");
	is(pwrite(fd, "x", 1, -1), -1, EINVAL, "not before the beginning");
	close(fd);
	unlink("s");
}

static void unlinking(void)
{
	int fd = make("u", "still here");
	struct stat st;

	is(link("u", "u2"), 0, 0, "link");
	T(!fstat(fd, &st) && st.st_nlink == 2, "two names");
	is(link("u", "u2"), -1, EEXIST, "the name is taken");
	is(link(".", "dirlink"), -1, EPERM, "folders have one name");
	is(link("none", "x"), -1, ENOENT, "nothing to link");
	is(unlink("u"), 0, 0, "unlink");
	is(unlink("u"), -1, ENOENT, "once");
	is(unlink("u2"), 0, 0, "the other name");
	T(!fstat(fd, &st) && st.st_nlink == 0 && holds(fd, "still here"),
	  "an open file lives on");
	is(write(fd, "!", 1), 1, 0, "and can be written");
	close(fd);
	is(unlink("."), -1, EISDIR, "a folder is not unlinked");
}

static void renaming(void)
{
	int fd = make("r1", "one");
	struct stat a, b;

	close(make("r2", "two"));
	fstat(fd, &a);
	is(rename("r1", "r2"), 0, 0, "rename over another");
	T(!stat("r2", &b) && a.st_ino == b.st_ino, "it is the same file");
	is(access("r1", F_OK), -1, ENOENT, "the old name is gone");
	is(rename("r1", "r3"), -1, ENOENT, "so it cannot move again");
	is(rename("r2", "r2"), 0, 0, "to itself");
	is(mkdir("rd", 0700), 0, 0, "a folder");
	is(rename("r2", "rd"), -1, EISDIR, "a file does not replace a folder");
	is(rename("rd", "r2"), -1, ENOTDIR, "nor a folder a file");
	is(rename("r2", "rd/in"), 0, 0, "into a folder");
	is(rename("rd", "rd/sub"), -1, EINVAL, "a folder into itself");
	is(mkdir("re", 0700), 0, 0, "another");
	is(rename("re", "rd"), -1, ENOTEMPTY, "onto one with files");
	is(rename("rd", "re"), 0, 0, "onto an empty one");
	is(syscall(SYS_renameat2, AT_FDCWD, "re/in", AT_FDCWD, "re/in2", 1), 0,
	   0, "RENAME_NOREPLACE");
	close(make("re/x", "x"));
	is(syscall(SYS_renameat2, AT_FDCWD, "re/x", AT_FDCWD, "re/in2", 1), -1,
	   EEXIST, "does not replace");
	is(syscall(SYS_renameat2, AT_FDCWD, "re/x", AT_FDCWD, "re/in2", 2), 0,
	   0, "RENAME_EXCHANGE");
	fd = open("re/x", O_RDONLY);
	T(holds(fd, "one"), "swaps");
	close(fd);
	unlink("re/x");
	unlink("re/in2");
	is(rmdir("re"), 0, 0, "clean up");
}

static void descriptors(void)
{
	int fd = make("d", "abcdef"), two, three;

	two = dup(fd);
	lseek(fd, 2, SEEK_SET);
	T(read(two, buf, 1) == 1 && buf[0] == 'c', "dup shares the position");
	is(dup2(fd, 50), 50, 0, "dup2");
	is(dup2(fd, fd), fd, 0, "onto itself");
	is(dup2(fd, -1), -1, EBADF, "onto nothing");
	is(dup2(99, 5), -1, EBADF, "of nothing");
	is(syscall(SYS_dup3, fd, fd, 0), -1, EINVAL, "dup3 onto itself");
	is(fcntl(fd, F_DUPFD, 60), 60, 0, "F_DUPFD takes the lowest from 60");
	is(fcntl(fd, F_DUPFD_CLOEXEC, 60), 61, 0, "then the next");
	is(fcntl(61, F_GETFD), FD_CLOEXEC, 0, "with its flag");
	is(fcntl(60, F_GETFD), 0, 0, "which the other has not");
	is(fcntl(fd, F_SETFL, O_APPEND), 0, 0, "F_SETFL");
	T(fcntl(two, F_GETFL) & O_APPEND, "is shared by duplicates");
	is(fcntl(fd, 9999), -1, EINVAL, "an unknown request");
	three = open("d", O_RDONLY);
	T(read(three, buf, 1) == 1 && buf[0] == 'a',
	  "another open has its own position");
	is(syscall(SYS_close_range, 50, 70, 0), 0, 0, "close_range");
	is(fcntl(60, F_GETFD), -1, EBADF, "closed them");
	T(in_child({
		  lseek(fd, 4, SEEK_SET);
		  _exit(0);
	  }) == 0 &&
		  lseek(two, 0, SEEK_CUR) == 4,
	  "parent and child share the position");
	close(fd);
	close(two);
	close(three);
}

static void links(void)
{
	char name[64];
	struct stat st;

	close(make("target", "found"));
	is(symlink("target", "sl"), 0, 0, "symlink");
	is(symlink("x", "sl"), -1, EEXIST, "the name is taken");
	is(symlink("", "empty"), -1, ENOENT, "to the empty name");
	T(readlink("sl", name, sizeof(name)) == 6 && !memcmp(name, "target", 6),
	  "readlink");
	is(readlink("sl", name, 3), 3, 0, "cut short");
	is(syscall(SYS_readlink, "sl", name, 0), -1, EINVAL, "to no bytes");
	is(readlink("target", name, 9), -1, EINVAL, "of what is no link");
	T(!lstat("sl", &st) && S_ISLNK(st.st_mode) && st.st_size == 6,
	  "lstat sees the link");
	T(!stat("sl", &st) && S_ISREG(st.st_mode), "stat what it leads to");
	is(open("sl", O_RDONLY | O_NOFOLLOW), -1, ELOOP, "O_NOFOLLOW");
	is(unlink("target"), 0, 0, "it goes");
	is(open("sl", O_RDONLY), -1, ENOENT, "a link to nothing");
	is(open("sl", O_RDWR | O_CREAT | O_EXCL, 0600), -1, EEXIST,
	   "O_EXCL does not follow it");
	close(open("sl", O_RDWR | O_CREAT, 0600));
	is(access("target", F_OK), 0, 0, "O_CREAT does");
	symlink("l2", "l1");
	symlink("l1", "l2");
	is(open("l1", O_RDONLY), -1, ELOOP, "a circle");
	is(stat("l1/x", &st), -1, ELOOP, "on the way");
	is(unlink("l1"), 0, 0, "can be unlinked");
	for (int i = 0; i < 41; i++) {
		char from[16], to[16];

		snprintf(from, sizeof(from), i ? "c%d" : "target", i - 1);
		snprintf(to, sizeof(to), "c%d", i);
		if (i)
			snprintf(from, sizeof(from), "c%d", i - 1);
		symlink(from, to);
	}
	is(stat("c39", &st), 0, 0, "40 links in a row");
	is(stat("c40", &st), -1, ELOOP, "41 are too many");
}

static void times_and_modes(void)
{
	struct timespec ts[2] = { { 1000000000, 5 }, { 1100000000, 7 } };
	struct stat st;
	int fd = make("m", "x");

	is(utimensat(AT_FDCWD, "m", ts, 0), 0, 0, "utimensat");
	T(!fstat(fd, &st) && st.st_atim.tv_sec == 1000000000 &&
		  st.st_atim.tv_nsec == 5 && st.st_mtim.tv_sec == 1100000000 &&
		  st.st_mtim.tv_nsec == 7,
	  "sets both times to the nanosecond");
	ts[0].tv_nsec = UTIME_OMIT;
	ts[1].tv_nsec = UTIME_NOW;
	is(futimens(fd, ts), 0, 0, "UTIME_OMIT, UTIME_NOW");
	T(!fstat(fd, &st) && st.st_atim.tv_sec == 1000000000 &&
		  st.st_mtim.tv_sec > 1500000000,
	  "do what they say");
	ts[1].tv_nsec = 1000000000;
	is(futimens(fd, ts), -1, EINVAL, "10^9 ns");
	is(chmod("m", 04755), 0, 0, "chmod");
	T(!fstat(fd, &st) && (st.st_mode & 07777) == 04755, "all twelve bits");
	is(fchmod(fd, 0100600), 0, 0, "not the type");
	T(!fstat(fd, &st) && st.st_mode == (S_IFREG | 0600), "of the file");
	is(access("m", R_OK | W_OK), 0, 0, "access");
	is(access("m", 8), -1, EINVAL, "to do what?");
	close(fd);
}

static void sending(void)
{
	int in = make("in", "0123456789"), out = make("out", "");
	off_t off = 3;

	T(sendfile(out, in, &off, 4) == 4 && off == 7, "sendfile");
	T(holds(out, "3456"), "copies");
	is(sendfile(out, -1, NULL, 1), -1, EBADF, "from nothing");
	close(in);
	close(out);
}

int main(void)
{
	opening();
	positions();
	appending();
	truncation();
	sparse();
	unlinking();
	renaming();
	descriptors();
	links();
	times_and_modes();
	sending();
	return done();
}

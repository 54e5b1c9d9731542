/* SPDX-License-Identifier: MIT */
/* Truncation of files that are mapped: SIGBUS, zeroes, and who sees what. */
#include "shm.h"
#include <stdint.h>

#define P(n) ((off_t)((n)*PAGE))

static void shrinking(void)
{
	int fd = memory_file(0, 4);
	char *s = map_fd(fd, 4, RW, MAP_SHARED);
	char *c = map_fd(fd, 4, RW, MAP_PRIVATE);
	char *r = map_fd(fd, 4, PROT_READ, MAP_SHARED);

	memset(s, 's', 4 * PAGE);
	c[2 * PAGE] = 'c';
	c[3 * PAGE] = 'c';
	peek(r + 3 * PAGE);
	is(ftruncate(fd, P(1) + 100), 0, 0, "from four pages to a bit");
	T_BUS(peek(s + 2 * PAGE), BUS_ADRERR, s + 2 * PAGE, "a shared page");
	T_BUS(poke(s + 3 * PAGE + 7, 1), BUS_ADRERR, s + 3 * PAGE + 7,
	      "a write");
	T_BUS(peek(r + 2 * PAGE), BUS_ADRERR, r + 2 * PAGE, "one to read");
	T_BUS(peek(c + 2 * PAGE), BUS_ADRERR, c + 2 * PAGE, "a private copy");
	T_BUS(poke(c + 3 * PAGE, 1), BUS_ADRERR, c + 3 * PAGE,
	      "a write to one");
	T_FINE(peek(s + 2 * PAGE - 1), "the last page stays as a whole");
	T(s[PAGE + 99] == 's' && !s[PAGE + 100] && !s[2 * PAGE - 1],
	  "zero beyond the end");
	T_FINE(poke(s + PAGE + 200, 'x'), "it can even be written there");
	T(c[PAGE + 200] == 'x', "and shared");
	is(ftruncate(fd, P(4)), 0, 0, "longer again");
	T(!s[PAGE + 100] && !c[PAGE + 300], "the new bytes are zero");
	T(!s[2 * PAGE] && !c[2 * PAGE] && !s[3 * PAGE], "the new pages, too");
	T(s[0] == 's' && s[PAGE] == 's', "the old ones are not");
	c[0] = 'p';
	is(ftruncate(fd, 0), 0, 0, "to nothing");
	T_BUS(peek(s), BUS_ADRERR, s, "nothing is left");
	T_BUS(peek(c), BUS_ADRERR, c, "of a private copy either");
	is(blocks_of(fd), 0, 0, "all pages are free");
	munmap(s, 4 * PAGE);
	munmap(c, 4 * PAGE);
	munmap(r, 4 * PAGE);
	close(fd);
}

static void partial_copy(void)
{
	int fd = memory_file(0, 1);
	char *s = map_fd(fd, 1, RW, MAP_SHARED);
	char *c = map_fd(fd, 1, RW, MAP_PRIVATE);

	memset(s, 's', PAGE);
	c[0] = 'c';
	ftruncate(fd, 100);
	T(!s[100] && c[100] == 's', "a private copy of the last page is whole");
	ftruncate(fd, 50);
	ftruncate(fd, P(1));
	T(s[49] == 's' && !s[50] && !s[99], "shorter, then longer");
	memset(s, 's', PAGE);
	ftruncate(fd, 50);
	pwrite(fd, "y", 1, 70);
	T(!s[60] && s[70] == 'y' && !s[71],
	  "a write beyond the end leaves a gap of zeroes");
	munmap(s, PAGE);
	munmap(c, PAGE);
	close(fd);
}

static void beyond(void)
{
	int fd = memory_file(0, 1);
	char *s = map_fd(fd, 3, RW, MAP_SHARED), buf[8];
	char *c = map_fd(fd, 3, RW, MAP_PRIVATE);
	int pipes[2];

	T_BUS(poke(s + PAGE, 1), BUS_ADRERR, s + PAGE, "mapped beyond the end");
	T_BUS(poke(c + PAGE, 1), BUS_ADRERR, c + PAGE, "a private write there");
	pipe(pipes);
	is(write(pipes[1], s + PAGE, 1), -1, EFAULT, "a call that reads there");
	write(pipes[1], "abcdefgh", 8);
	is(read(pipes[0], s + PAGE, 1), -1, EFAULT, "one that writes there");
	is(read(pipes[0], s + PAGE - 4, 8) >= -1, 1, 0, "half of it");
	close(pipes[0]);
	close(pipes[1]);
	pwrite(fd, "grown", 5, P(2));
	T(s[2 * PAGE] == 'g' && c[2 * PAGE] == 'g' && !s[PAGE],
	  "write(2) makes it longer");
	T(pread(fd, buf, 8, P(2)) == 5, "by five bytes");
	T_FINE(poke(s + 3 * PAGE - 1, 1), "its last page is whole");
	munmap(s, 3 * PAGE);
	munmap(c, 3 * PAGE);
	close(fd);
}

/* A child has it mapped, too. */
static void others(void)
{
	int fd = memory_file(0, 2), go[2], done_[2], status;
	char *s = map_fd(fd, 2, RW, MAP_SHARED), b;
	pid_t pid;

	s[PAGE] = 1;
	pipe(go);
	pipe(done_);
	fflush(stdout);
	pid = fork();
	if (!pid) {
		struct fault f;

		peek(s + PAGE);
		write(done_[1], "1", 1);
		read(go[0], &b, 1);
		f = faults(peek(s + PAGE));
		_exit(f.sig == SIGBUS && f.addr == s + PAGE ? 0 : 1);
	}
	read(done_[0], &b, 1);
	ftruncate(fd, P(1));
	write(go[1], "1", 1);
	waitpid(pid, &status, 0);
	T(status == 0, "another process gets SIGBUS, too");
	munmap(s, 2 * PAGE);
	close(fd);
}

static void errors(void)
{
	char name[64], *p;
	int fd, ro;

	snprintf(name, sizeof(name), "/dev/shm/truncate-%d", getpid());
	fd = open(name, O_CREAT | O_RDWR | O_EXCL, 0600);
	T(fd >= 0, "shm_open's file");
	is(truncate(name, P(2)), 0, 0, "truncate by name");
	T(size_of(fd) == P(2), "works");
	p = map_fd(fd, 2, RW, MAP_SHARED);
	p[PAGE] = 1;
	is(truncate(name, 1), 0, 0, "to less");
	T_BUS(peek(p + PAGE), BUS_ADRERR, p + PAGE, "and mappings know");
	munmap(p, 2 * PAGE);
	is(ftruncate(fd, -1), -1, EINVAL, "less than nothing");
	is(truncate(name, -1), -1, EINVAL, "by name");
	is(ftruncate(fd, INT64_MAX), 0, 0, "the largest size");
	T(size_of(fd) == INT64_MAX, "is one");
	is(ftruncate(fd, 0), 0, 0, "and back");
	ro = open(name, O_RDONLY);
	is(ftruncate(ro, 0), -1, EINVAL, "not open for writing");
	close(ro);
	close(fd);
	unlink(name);
	is(truncate(name, 0), -1, ENOENT, "no such file");
	is(truncate("/dev/shm", 0), -1, EISDIR, "a directory");
	is(truncate("/dev/null", 0), -1, EINVAL, "a device");
	is(truncate((char *)1, 0), -1, EFAULT, "a bad pointer");
	is(truncate("/proc/self/exe", 0), -1, ETXTBSY, "a running program");
	is(open("/proc/self/exe", O_RDONLY | O_TRUNC), -1, ETXTBSY,
	   "by opening it, too");
	is(ftruncate(-1, 0), -1, EBADF, "no descriptor");
}

static void paths(void)
{
	static char name[300];
	char file[64], link[64];
	int status;

	snprintf(file, sizeof(file), "/dev/shm/path-%d", getpid());
	snprintf(link, sizeof(link), "/dev/shm/link-%d", getpid());
	close(open(file, O_CREAT | O_RDWR | O_EXCL, 0600));
	status = in_child({
		setuid(65534);
		is(truncate(file, 0), -1, EACCES, "somebody else's file");
	});
	t_count++; /* the child's */
	T(status == 0, "a child asked");
	memset(name, 'n', 256);
	is(truncate(name, 0), -1, ENAMETOOLONG, "a name of 256 bytes");
	snprintf(name, sizeof(name), "%s/x", file);
	is(truncate(name, 0), -1, ENOTDIR, "a file as a directory");
	symlink(link, link);
	is(truncate(link, 0), -1, ELOOP, "a link to itself");
	unlink(link);
	symlink(file, link);
	is(truncate(link, 77), 0, 0, "a link to a file");
	unlink(link);
	unlink(file);
}

/* Whether the file's times have moved since the last call. */
static int touched(int fd)
{
	static struct timespec last;
	struct stat st;
	int moved;

	fstat(fd, &st);
	moved = memcmp(&st.st_mtim, &last, sizeof(last)) != 0;
	last = st.st_mtim;
	usleep(20000);
	return moved;
}

static void times(void)
{
	char name[64];
	int fd;

	snprintf(name, sizeof(name), "/dev/shm/times-%d", getpid());
	fd = open(name, O_CREAT | O_RDWR | O_EXCL, 0600);
	touched(fd);
	ftruncate(fd, 0);
	T(touched(fd), "ftruncate to the same size is a change");
	truncate(name, 0);
	T(!touched(fd), "truncate to the same size is none");
	truncate(name, 10);
	T(touched(fd), "to another it is");
	fallocate(fd, 0, 0, 5);
	T(touched(fd), "so is fallocate of what is there");
	fallocate(fd, HOLE, 0, 5);
	T(touched(fd), "and a hole");
	close(open(name, O_RDONLY | O_TRUNC));
	T(touched(fd), "and O_TRUNC");
	close(fd);
	unlink(name);
}

int main(void)
{
	shrinking();
	partial_copy();
	beyond();
	others();
	errors();
	paths();
	times();
	return done();
}

/* SPDX-License-Identifier: MIT */
/* copy_file_range, posix_fadvise and its kind, preadv and its kind, flock,
 * locks of open files. */
#include "t.h"
#include <fcntl.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <sys/uio.h>

static char b[9000];
static int f, g, p[2];

static long copy(int in, off_t *ip, int out, off_t *op, size_t n, int flags)
{
	return syscall(SYS_copy_file_range, in, ip, out, op, n, flags);
}

static void copying(void)
{
	off_t i = 10, o = 20, neg = -1, end = 0x7fffffffffffffff;
	int dir = open("/dev/shm", O_RDONLY), ap, ro;

	memset(b, 'x', sizeof(b));
	pwrite(f, b, 9000, 0);
	pwrite(f, "hello", 5, 10);
	is(copy(f, &i, g, &o, 5, 0), 5, 0, "five bytes");
	T(i == 15 && o == 25, "both offsets move");
	T(pread(g, b, 5, 20) == 5 && !memcmp(b, "hello", 5), "they are there");
	lseek(f, 10, SEEK_SET);
	lseek(g, 0, SEEK_SET);
	is(copy(f, NULL, g, NULL, 100000, 0), 8990, 0, "up to the end");
	T(lseek(f, 0, SEEK_CUR) == 9000 && lseek(g, 0, SEEK_CUR) == 8990,
	  "the files' own offsets move");
	is(copy(f, NULL, g, NULL, 10, 0), 0, 0, "nothing at the end");
	i = o = 0;
	is(copy(f, &i, g, &o, 5, 1), -1, EINVAL, "flags");
	o = 3;
	is(copy(f, &i, f, &o, 5, 0), -1, EINVAL, "overlapping");
	o = 100;
	is(copy(f, &i, f, &o, 5, 0), 5, 0, "inside one file");
	is(copy(99, &i, g, &o, 5, 0), -1, EBADF, "no input");
	is(copy(f, &i, 99, &o, 5, 0), -1, EBADF, "no output");
	is(copy(dir, &i, g, &o, 5, 0), -1, EISDIR, "a directory");
	is(copy(p[0], NULL, g, &o, 5, 0), -1, EINVAL, "a pipe");
	is(copy(f, (void *)8, g, &o, 5, 0), -1, EFAULT, "an offset nowhere");
	is(copy(f, &neg, g, &o, 5, 0), -1, EOVERFLOW, "a negative offset");
	is(copy(f, &i, g, &end, 5, 0), -1, EFBIG, "beyond all offsets");
	ro = open("/dev/shm/calls.g", O_RDONLY);
	is(copy(f, &i, ro, &o, 5, 0), -1, EBADF, "not open for writing");
	ap = open("/dev/shm/calls.g", O_WRONLY | O_APPEND);
	is(copy(f, &i, ap, &o, 5, 0), -1, EBADF, "open for appending");
	close(ro);
	close(ap);
	close(dir);
}

static void advice(void)
{
	for (int i = 0; i < 6; i++)
		is(syscall(SYS_fadvise64, f, 0, 0, i), 0, 0, "advice %d", i);
	is(syscall(SYS_fadvise64, f, 0, 0, 6), -1, EINVAL, "fadvise: unknown");
	is(syscall(SYS_fadvise64, f, 0, -1L, 0), -1, EINVAL,
	   "fadvise: a negative length");
	is(syscall(SYS_fadvise64, p[0], 0, 0, 0), -1, ESPIPE,
	   "fadvise: a pipe");
	is(syscall(SYS_fadvise64, 99, 0, 0, 0), -1, EBADF,
	   "fadvise: no descriptor");
	is(readahead(f, 0, 100), 0, 0, "readahead");
	is(readahead(p[0], 0, 100), -1, EINVAL, "readahead: a pipe");
	is(readahead(99, 0, 100), -1, EBADF, "readahead: no descriptor");
	is(readahead(p[1], 0, 100), -1, EBADF, "readahead: not for reading");
	is(sync_file_range(f, 0, 0, 7), 0, 0, "sync_file_range");
	is(sync_file_range(f, 0, 0, 8), -1, EINVAL, "sync: unknown flags");
	is(sync_file_range(f, -1, 0, 0), -1, EINVAL, "sync: before the file");
	is(sync_file_range(p[0], 0, 0, 0), -1, ESPIPE, "sync: a pipe");
	is(sync_file_range(99, 0, 0, 0), -1, EBADF, "sync: no descriptor");
	is(syncfs(f), 0, 0, "syncfs");
	is(syncfs(99), -1, EBADF, "syncfs: no descriptor");
}

static void vectors(void)
{
	struct iovec v[2] = { { b, 3 }, { b + 10, 4 } }, bad = { (void *)8, 4 };

	pwrite(f, "abcdefghij", 10, 0);
	lseek(f, 1, SEEK_SET);
	is(syscall(SYS_preadv, f, v, 2, 2L, 0), 7, 0, "preadv");
	T(!memcmp(b, "cde", 3) && !memcmp(b + 10, "fghi", 4), "in both");
	is(syscall(SYS_pwritev, f, v, 2, 20L, 0), 7, 0, "pwritev");
	T(pread(f, b, 7, 20) == 7 && !memcmp(b, "cdefghi", 7), "of both");
	T(lseek(f, 0, SEEK_CUR) == 1, "the offset stays");
	is(syscall(SYS_preadv2, f, v, 2, -1L, 0, 0), 7, 0, "preadv2 at it");
	T(lseek(f, 0, SEEK_CUR) == 8, "moves it");
	is(syscall(SYS_preadv2, f, v, 2, 0L, 0, 1 << 30), -1, EOPNOTSUPP,
	   "preadv2: an unknown flag");
	is(syscall(SYS_pwritev2, f, v, 2, 0L, 0, 2), 7, 0, "pwritev2: DSYNC");
	is(syscall(SYS_preadv, f, v, 2, -1L, 0), -1, EINVAL,
	   "preadv: a negative offset");
	is(syscall(SYS_preadv, p[0], v, 2, 0L, 0), -1, ESPIPE,
	   "preadv: a pipe");
	is(syscall(SYS_preadv, 99, v, 2, 0L, 0), -1, EBADF,
	   "preadv: no descriptor");
	is(syscall(SYS_preadv, f, &bad, 1, 0L, 0), -1, EFAULT,
	   "preadv: to nowhere");
	is(syscall(SYS_preadv, f, v, 1025, 0L, 0), -1, EINVAL,
	   "preadv: too many");
}

static void on_alarm(int sig)
{
	(void)sig;
}

static void flocks(void)
{
	struct sigaction sa = { .sa_handler = on_alarm };
	int f2 = open("/dev/shm/calls.f", O_RDWR), d;
	struct flock fl = { .l_type = F_WRLCK };
	pid_t pid;

	sigaction(SIGALRM, &sa, NULL);
	is(flock(f, LOCK_SH), 0, 0, "shared");
	is(flock(f2, LOCK_SH | LOCK_NB), 0, 0, "twice");
	is(flock(f2, LOCK_EX | LOCK_NB), -1, EWOULDBLOCK, "not exclusive");
	is(flock(f, LOCK_UN), 0, 0, "one goes");
	is(flock(f2, LOCK_EX | LOCK_NB), 0, 0, "then it is");
	is(flock(f, LOCK_SH | LOCK_NB), -1, EWOULDBLOCK, "and alone");
	is(fcntl(f, F_SETLK, &fl), 0, 0, "record locks do not see it");
	fl.l_type = F_UNLCK;
	fcntl(f, F_SETLK, &fl);
	is(interrupted_by(20, flock(f, LOCK_EX)), -1, EINTR,
	   "a handler ends the wait");
	d = dup(f2);
	close(f2);
	is(flock(f, LOCK_EX | LOCK_NB), -1, EWOULDBLOCK,
	   "a duplicate keeps it");
	is(flock(d, LOCK_EX | LOCK_NB), 0, 0, "and has it");
	pid = fork();
	if (!pid) {
		usleep(20000);
		_exit(flock(d, LOCK_UN));
	}
	is(flock(f, LOCK_EX), 0, 0, "a child's unlocking lets it through");
	waitpid(pid, NULL, 0);
	close(d);
	is(flock(99, LOCK_EX), -1, EBADF, "flock: no descriptor");
	is(flock(f, 3), -1, EINVAL, "flock: no such operation");
	flock(f, LOCK_UN);
}

static int set(int fd, int cmd, int type, long start, long len)
{
	struct flock fl = { .l_type = (short)type,
			    .l_start = start,
			    .l_len = len };

	return fcntl(fd, cmd, &fl);
}

static void file_locks(void)
{
	int f2 = open("/dev/shm/calls.f", O_RDWR), st;
	struct flock fl = { .l_type = F_WRLCK };
	pid_t pid;

	is(set(f, F_OFD_SETLK, F_WRLCK, 0, 10), 0, 0, "of an open file");
	is(set(f2, F_OFD_SETLK, F_WRLCK, 5, 10), -1, EAGAIN, "of another");
	is(set(f2, F_OFD_SETLK, F_RDLCK, 10, 10), 0, 0, "beside it");
	is(set(f, F_SETLK, F_WRLCK, 5, 1), -1, EAGAIN,
	   "the process itself is another");
	is(fcntl(f2, F_OFD_GETLK, &fl), 0, 0, "who has it");
	T(fl.l_type == F_WRLCK && fl.l_start == 0 && fl.l_len == 10 &&
		  fl.l_pid == -1,
	  "nobody in particular");
	fl.l_pid = 1;
	is(fcntl(f2, F_OFD_SETLK, &fl), -1, EINVAL, "a process in the request");
	pid = fork();
	if (!pid) {
		close(f);
		_exit(set(f2, F_OFD_SETLK, F_WRLCK, 0, 1) == -1 &&
		      errno == EAGAIN);
	}
	T(waitpid(pid, &st, 0) == pid && WEXITSTATUS(st) == 1,
	  "closing in a child leaves it");
	is(set(f2, F_OFD_SETLK, F_WRLCK, 0, 1), -1, EAGAIN, "here, too");
	pid = fork();
	if (!pid) {
		usleep(20000);
		_exit(set(f, F_OFD_SETLK, F_UNLCK, 0, 0));
	}
	is(set(f2, F_OFD_SETLKW, F_WRLCK, 0, 1), 0, 0,
	   "a wait until the child unlocks ours");
	waitpid(pid, NULL, 0);
	close(f2);
	is(set(f, F_OFD_SETLK, F_WRLCK, 0, 0), 0, 0, "the last close frees");
	set(f, F_OFD_SETLK, F_UNLCK, 0, 0);
}

int main(void)
{
	f = open("/dev/shm/calls.f", O_RDWR | O_CREAT, 0600);
	g = open("/dev/shm/calls.g", O_RDWR | O_CREAT, 0600);
	pipe(p);
	copying();
	advice();
	vectors();
	flocks();
	file_locks();
	unlink("/dev/shm/calls.f");
	unlink("/dev/shm/calls.g");
	return done();
}

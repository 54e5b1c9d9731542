/* SPDX-License-Identifier: MIT */
/* Pipes and FIFOs: how much fits, who waits, what comes after the end. */
#include "t.h"
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>

static char big[200000];

static void simple(void)
{
	struct stat st;
	char buf[16];
	int fd[2], n;

	is(pipe(fd), 0, 0, "pipe");
	is(write(fd[1], "hello", 5), 5, 0, "write");
	is(ioctl(fd[0], FIONREAD, &n), 0, 0, "FIONREAD");
	T(n == 5, "five bytes are there");
	T(read(fd[0], buf, 2) == 2 && !memcmp(buf, "he", 2), "a part");
	T(read(fd[0], buf, 16) == 3 && !memcmp(buf, "llo", 3), "the rest");
	is(read(fd[1], buf, 1), -1, EBADF, "the write end cannot be read");
	is(write(fd[0], buf, 1), -1, EBADF, "nor the read end written");
	is(lseek(fd[0], 0, SEEK_SET), -1, ESPIPE, "a pipe has no positions");
	is(pread(fd[0], buf, 1, 0), -1, ESPIPE, "not for pread either");
	T(!fstat(fd[0], &st) && S_ISFIFO(st.st_mode) && st.st_size == 0,
	  "fstat says FIFO");
	is(ftruncate(fd[1], 0), -1, EINVAL, "it cannot be truncated");
	is(fsync(fd[1]), -1, EINVAL, "nor synced");
	is(read(fd[0], buf, 0), 0, 0, "reading nothing does not wait");
	is(write(fd[1], buf, 0), 0, 0, "nor does writing nothing");
	close(fd[1]);
	is(read(fd[0], buf, 1), 0, 0, "without writers: end of file");
	close(fd[0]);
	is(syscall(SYS_pipe, 1), -1, EFAULT, "pipe to nowhere");
	is(pipe2(fd, 0x10), -1, EINVAL, "unknown flags");
	is(pipe2(fd, O_CLOEXEC | O_NONBLOCK), 0, 0, "known ones");
	T(fcntl(fd[0], F_GETFD) == FD_CLOEXEC &&
		  (fcntl(fd[1], F_GETFL) & O_NONBLOCK) &&
		  (fcntl(fd[1], F_GETFL) & O_ACCMODE) == O_WRONLY,
	  "are set");
	close(fd[0]);
	close(fd[1]);
}

static void capacity(void)
{
	int fd[2], total = 0, n;

	if (pipe2(fd, O_NONBLOCK))
		exit(99);
	is(read(fd[0], big, 1), -1, EAGAIN, "empty: EAGAIN");
	is(fcntl(fd[0], F_GETPIPE_SZ), 65536, 0, "64 KiB by default");
	is(write(fd[1], big, sizeof(big)), 65536, 0, "that much is written");
	is(write(fd[1], big, 1), -1, EAGAIN, "full: EAGAIN");
	is(read(fd[0], big, 4095), 4095, 0, "make room for less than a page");
	is(write(fd[1], big, 4096), -1, EAGAIN,
	   "PIPE_BUF bytes go in whole or not at all");
	is(read(fd[0], big, 1), 1, 0, "one byte more");
	is(write(fd[1], big, 4096), 4096, 0, "now they fit");
	while ((n = (int)read(fd[0], big, sizeof(big))) > 0)
		total += n;
	T(total == 65536, "nothing is lost");
	is(fcntl(fd[0], F_SETPIPE_SZ, 100), 4096, 0, "at least a page");
	is(write(fd[1], big, 5000), 4096, 0, "which is all that fits");
	close(fd[0]);
	close(fd[1]);
}

static void order_and_waiting(void)
{
	int fd[2], bad = 0, status;
	unsigned got = 0;
	pid_t pid;
	ssize_t n;

	if (pipe(fd))
		exit(99);
	fflush(stdout);
	pid = fork();
	if (!pid) {
		close(fd[0]);
		for (unsigned i = 0; i < 100000; i++)
			((unsigned *)big)[i % 1000] = i,
					      bad |=
					      i % 1000 == 999 &&
					      write(fd[1], big, 4000) != 4000;
		_exit(bad);
	}
	close(fd[1]);
	while ((n = read(fd[0], big, 3333 * 4)) > 0)
		for (ssize_t i = 0; i + 3 < n; i += 4)
			bad += *(unsigned *)(big + i) != got++;
	T(!bad && got == 100000, "400 kB go through in order");
	T(waitpid(pid, &status, 0) == pid && !status, "the writer is content");
	close(fd[0]);
}

static void atomic_writes(void)
{
	int fd[2], bad = 0;
	char rec[100];

	if (pipe(fd))
		exit(99);
	fflush(stdout);
	for (int w = 0; w < 4; w++)
		if (!fork()) {
			memset(rec, 'a' + w, sizeof(rec));
			for (int i = 0; i < 500; i++)
				if (write(fd[1], rec, 100) != 100)
					_exit(1);
			_exit(0);
		}
	close(fd[1]);
	for (int i = 0; i < 2000; i++) {
		size_t have = 0;

		while (have < 100) {
			ssize_t n = read(fd[0], rec + have, 100 - have);

			if (n <= 0)
				break;
			have += (size_t)n;
		}
		for (size_t k = 1; k < 100; k++)
			bad += rec[k] != rec[0];
	}
	T(!bad, "short writes of four processes do not mix");
	while (wait(NULL) > 0)
		;
	close(fd[0]);
}

static void vectors(void)
{
	char a[4] = "abc", b[8] = "defghij", c[16] = "";
	struct iovec out[3] = { { a, 3 }, { NULL, 0 }, { b, 7 } };
	struct iovec in[2] = { { c, 5 }, { c + 8, 5 } };
	int fd[2];

	if (pipe(fd))
		exit(99);
	is(writev(fd[1], out, 3), 10, 0, "writev");
	T(readv(fd[0], in, 2) == 10 && !memcmp(c, "abcde", 5) &&
		  !memcmp(c + 8, "fghij", 5),
	  "readv");
	is(writev(fd[1], out, 1025), -1, EINVAL, "too many pieces");
	is(writev(fd[1], out, 0), 0, 0, "none");
	in[0].iov_len = (size_t)-1;
	is(readv(fd[0], in, 2), -1, EINVAL, "a negative length");
	is(readv(fd[0], (void *)1, 2), -1, EFAULT, "pieces from nowhere");
	close(fd[0]);
	close(fd[1]);
}

static void polling(void)
{
	struct pollfd p[2];
	struct timeval tv = { 0, 1000 };
	fd_set set;
	int fd[2];

	if (pipe(fd))
		exit(99);
	p[0] = (struct pollfd){ fd[0], POLLIN, 0 };
	p[1] = (struct pollfd){ fd[1], POLLOUT, 0 };
	T(poll(p, 2, 0) == 1 && !p[0].revents && p[1].revents == POLLOUT,
	  "an empty pipe can be written");
	T(write(fd[1], "x", 1) == 1 && poll(p, 1, -1) == 1 &&
		  p[0].revents == POLLIN,
	  "then read");
	FD_ZERO(&set);
	FD_SET(fd[0], &set);
	T(select(fd[0] + 1, &set, NULL, NULL, NULL) == 1 &&
		  FD_ISSET(fd[0], &set),
	  "select sees it, too");
	T(read(fd[0], big, 1) == 1 && poll(p, 1, 20) == 0, "a time limit");
	FD_ZERO(&set);
	FD_SET(fd[0], &set);
	T(select(fd[0] + 1, &set, NULL, NULL, &tv) == 0 &&
		  !FD_ISSET(fd[0], &set),
	  "of select, too");
	fflush(stdout);
	if (!fork()) {
		usleep(30000);
		_exit(write(fd[1], "y", 1) != 1);
	}
	T(poll(p, 1, 10000) == 1 && p[0].revents == POLLIN,
	  "poll wakes up for a writer");
	wait(NULL);
	close(fd[1]);
	T(poll(p, 1, 0) == 1 && p[0].revents == (POLLIN | POLLHUP),
	  "POLLHUP when the writers are gone");
	p[0].fd = fd[1];
	T(poll(p, 1, 0) == 1 && p[0].revents == POLLNVAL,
	  "POLLNVAL for a closed descriptor");
	p[0].fd = -1;
	is(poll(p, 1, 1), 0, 0, "negative ones do not count");
	FD_ZERO(&set);
	FD_SET(fd[1], &set);
	is(select(fd[1] + 1, &set, NULL, NULL, &tv), -1, EBADF,
	   "select of a closed descriptor");
	is(select(-1, NULL, NULL, NULL, &tv), -1, EINVAL, "fewer than none");
	is(poll((void *)1, 1, 0), -1, EFAULT, "poll of nowhere");
	close(fd[0]);
	if (pipe(fd))
		exit(99);
	close(fd[0]);
	p[0] = (struct pollfd){ fd[1], POLLOUT, 0 };
	T(poll(p, 1, 0) == 1 && p[0].revents == (POLLOUT | POLLERR),
	  "POLLERR when the readers are gone");
	close(fd[1]);
}

static void fifos(void)
{
	int r, w;
	char c = 0;

	is(mkfifo("fifo", 0600), 0, 0, "mkfifo");
	is(mkfifo("fifo", 0600), -1, EEXIST, "once");
	is(open("fifo", O_WRONLY | O_NONBLOCK), -1, ENXIO,
	   "without a reader: ENXIO");
	r = open("fifo", O_RDONLY | O_NONBLOCK);
	T(r >= 0, "a reader that does not wait");
	w = open("fifo", O_WRONLY);
	T(w >= 0 && write(w, "f", 1) == 1 && read(r, &c, 1) == 1 && c == 'f',
	  "a byte goes through");
	close(w);
	is(read(r, &c, 1), 0, 0, "end of file when the writer closes");
	close(r);
	fflush(stdout);
	if (!fork()) {
		w = open("fifo", O_WRONLY);
		_exit(write(w, "g", 1) != 1);
	}
	r = open("fifo", O_RDONLY);
	T(read(r, &c, 1) == 1 && c == 'g', "both ends wait for each other");
	wait(NULL);
	close(r);
	unlink("fifo");
}

int main(void)
{
	simple();
	capacity();
	order_and_waiting();
	atomic_writes();
	vectors();
	polling();
	fifos();
	return done();
}

/* SPDX-License-Identifier: MIT */
/* splice(2), tee(2), vmsplice(2): pipes, files, sockets, memory. */
#include "t.h"
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>

static char buf[1 << 17];

static int bytes_in(int fd)
{
	int n = -1;

	ioctl(fd, FIONREAD, &n);
	return n;
}

static int reads(int fd, const char *text)
{
	ssize_t n = read(fd, buf, sizeof(buf));

	return n == (ssize_t)strlen(text) && !memcmp(buf, text, (size_t)n);
}

static void refused(int file, const int p[2], const int q[2])
{
	loff_t at = 0, before = -1;
	int app = open("/tmp/splice.app", O_RDWR | O_CREAT | O_APPEND, 0600);

	write(p[1], "x", 1);
	is(splice(p[0], NULL, q[1], NULL, 0, ~0u), 0, 0, "nothing to do");
	is(splice(p[0], NULL, q[1], NULL, 1, 16), -1, EINVAL, "flags");
	is(splice(-1, NULL, q[1], NULL, 1, 0), -1, EBADF, "no input");
	is(splice(p[0], NULL, -1, NULL, 1, 0), -1, EBADF, "no output");
	is(splice(p[1], NULL, q[1], NULL, 1, 0), -1, EBADF, "not to read");
	is(splice(p[0], NULL, q[0], NULL, 1, 0), -1, EBADF, "not to write");
	is(splice(p[0], &at, q[1], NULL, 1, 0), -1, ESPIPE,
	   "a place in a pipe");
	is(splice(p[0], NULL, q[1], &at, 1, 0), -1, ESPIPE, "in the other");
	is(splice(file, NULL, file, NULL, 1, 0), -1, EINVAL, "no pipe");
	is(splice(p[0], NULL, p[1], NULL, 1, 0), -1, EINVAL, "the same pipe");
	is(splice(p[0], NULL, app, NULL, 1, 0), -1, EINVAL, "O_APPEND");
	is(splice(file, &before, q[1], NULL, 1, 0), -1, EINVAL,
	   "before it all");
	is(splice(file, (void *)8, q[1], NULL, 1, 0), -1, EFAULT,
	   "a place from nowhere");
	is(splice(q[0], NULL, p[1], NULL, 1, SPLICE_F_NONBLOCK), -1, EAGAIN,
	   "nothing there");
	is(tee(p[0], q[1], 1, 16), -1, EINVAL, "tee: flags");
	is(tee(file, q[1], 1, 0), -1, EINVAL, "tee: a file");
	is(tee(p[0], p[1], 1, 0), -1, EINVAL, "tee: the same pipe");
	is(tee(-1, p[1], 1, 0), -1, EBADF, "tee: nothing open");
	is(tee(q[0], p[1], 1, SPLICE_F_NONBLOCK), -1, EAGAIN,
	   "tee: nothing there");
	T(reads(p[0], "x"), "it is still there");
	close(app);
	unlink("/tmp/splice.app");
}

static void between_pipes(const int p[2], const int q[2])
{
	write(p[1], "hello, world", 12);
	is(tee(p[0], q[1], 5, 0), 5, 0, "tee a part");
	is(bytes_in(p[0]), 12, 0, "nothing is taken");
	T(reads(q[0], "hello"), "the part");
	is(tee(p[0], q[1], 100, 0), 12, 0, "tee all");
	write(q[1], "!", 1);
	T(reads(q[0], "hello, world!"), "and more behind it");
	is(splice(p[0], NULL, q[1], NULL, 7, 0), 7, 0, "move a part");
	T(reads(q[0], "hello, "), "the part");
	is(splice(p[0], NULL, q[1], NULL, 100, 0), 5, 0, "move the rest");
	write(q[1], "?", 1);
	T(reads(q[0], "world?"), "the rest");
	is(bytes_in(p[0]), 0, 0, "all is taken");
}

static void files(int file, const int p[2])
{
	loff_t at = 4090;

	for (int i = 0; i < 3000; i++)
		dprintf(file, "%07d\n", i);
	is(splice(file, &at, p[1], NULL, 20, 0), 20, 0, "from a file");
	is(at, 4110, 0, "the place moves");
	T(reads(p[0], "00511\n0000512\n000051"), "over a page's end");
	is(lseek(file, 0, SEEK_CUR), 24000, 0, "the file's own does not");
	is(splice(file, NULL, p[1], NULL, 20, 0), 0, 0, "at its end");
	lseek(file, 8, SEEK_SET);
	is(splice(file, NULL, p[1], NULL, 8, 0), 8, 0, "from where it is");
	is(lseek(file, 0, SEEK_CUR), 16, 0, "now it does");
	T(reads(p[0], "0000001\n"), "the second line");
	write(p[1], "abc", 3);
	at = 24000;
	is(splice(p[0], NULL, file, &at, 100, 0), 3, 0, "to a file");
	is(pread(file, buf, 10, 24000), 3, 0, "longer now");
	write(p[1], "xyz", 3);
	is(splice(p[0], NULL, file, NULL, 2, 0), 2, 0, "to where it is");
	is(lseek(file, 0, SEEK_CUR), 18, 0, "which moves");
	T(reads(p[0], "z"), "what was left");
	T(pread(file, buf, 3, 16) == 3 && !memcmp(buf, "xy0", 3), "written");
}

static void a_full_pipe(int file, const int p[2], const int q[2])
{
	loff_t at = 0;
	ssize_t n;

	while ((n = splice(file, &at, p[1], NULL, 24000, SPLICE_F_NONBLOCK)) >
	       0)
		if (at >= 24000)
			at = 0;
	T(n == -1 && errno == EAGAIN, "until it is full");
	write(q[1], "x", 1);
	is(splice(q[0], NULL, p[1], NULL, 1, SPLICE_F_NONBLOCK), -1, EAGAIN,
	   "from a pipe");
	is(tee(q[0], p[1], 1, SPLICE_F_NONBLOCK), -1, EAGAIN, "tee");
	read(q[0], buf, 1);
	while (bytes_in(p[0]) > 0)
		read(p[0], buf, sizeof(buf));
}

static void memory(const int p[2], const int q[2])
{
	struct iovec iov[2] = { { buf, 3 }, { buf + 10, 4 } };
	struct iovec bad = { (void *)8, 4 }, none = { buf, 0 };

	memcpy(buf, "abcdefghijklmnopq", 17);
	is(vmsplice(p[1], iov, 2, 0), 7, 0, "from memory");
	T(reads(p[0], "abcklmn"), "as it was");
	write(p[1], "12345678", 8);
	memset(buf, 0, 32);
	is(vmsplice(p[0], iov, 2, 0), 7, 0, "to memory");
	T(!memcmp(buf, "123", 4) && !memcmp(buf + 10, "4567", 5), "there");
	T(reads(p[0], "8"), "the rest stays");
	is(vmsplice(p[1], &none, 1, 0), 0, 0, "nothing");
	is(vmsplice(p[1], iov, 0, 0), 0, 0, "nothing at all");
	is(vmsplice(p[1], iov, 2, 64), -1, EINVAL, "vmsplice: flags");
	is(vmsplice(p[1], iov, 2000, 0), -1, EINVAL, "too many");
	is(vmsplice(-1, iov, 2, 0), -1, EBADF, "not open");
	is(vmsplice(0, iov, 2, 0), -1, EBADF, "not a pipe");
	is(vmsplice(p[1], &bad, 1, 0), -1, EFAULT, "from nowhere");
	is(vmsplice(p[1], (void *)8, 1, 0), -1, EFAULT, "a list from nowhere");
	is(vmsplice(q[0], iov, 1, SPLICE_F_NONBLOCK), -1, EAGAIN,
	   "nothing there");
}

static void sockets(const int p[2])
{
	int s[2];

	socketpair(AF_UNIX, SOCK_STREAM, 0, s);
	write(s[0], "through", 7);
	is(splice(s[1], NULL, p[1], NULL, 100, 0), 7, 0, "from a socket");
	is(splice(p[0], NULL, s[1], NULL, 100, 0), 7, 0, "to a socket");
	T(reads(s[0], "through"), "and back");
	close(s[0]);
	is(splice(s[1], NULL, p[1], NULL, 100, 0), 0, 0, "its end");
	close(s[1]);
}

static volatile int pipes_broken;

static void on_sigpipe(int sig __attribute__((unused)))
{
	pipes_broken++;
}

static void ends(void)
{
	int p[2], q[2], zero = open("/dev/zero", O_RDONLY);
	int null = open("/dev/null", O_WRONLY);
	struct iovec iov = { buf, 1 };

	signal(SIGPIPE, on_sigpipe);
	pipe(p);
	pipe(q);
	is(splice(zero, NULL, p[1], NULL, 10000, 0), 10000, 0, "zeroes");
	is(splice(p[0], NULL, null, NULL, 20000, 0), 10000, 0, "to nowhere");
	write(p[1], "x", 1);
	close(q[0]);
	is(splice(p[0], NULL, q[1], NULL, 1, 0), -1, EPIPE, "nobody reads");
	is(tee(p[0], q[1], 1, 0), -1, EPIPE, "tee");
	is(splice(zero, NULL, q[1], NULL, 1, 0), -1, EPIPE, "from a file");
	is(vmsplice(q[1], &iov, 1, 0), -1, EPIPE, "from memory");
	is(pipes_broken, 4, 0, "a signal each");
	close(p[1]);
	is(splice(p[0], NULL, null, NULL, 9, 0), 1, 0, "the last byte");
	is(splice(p[0], NULL, null, NULL, 9, 0), 0, 0, "nobody writes");
	is(vmsplice(p[0], &iov, 1, 0), 0, 0, "to memory");
	close(p[0]);
	close(q[1]);
	close(zero);
	close(null);
}

/* A child feeds one pipe slowly; we move to the other until the end. */
static void waits(void)
{
	int p[2], q[2], status;
	long sum = 0;
	ssize_t n;

	pipe(p);
	pipe(q);
	if (!fork()) {
		close(p[0]);
		for (int i = 0; i < 200; i++)
			if (write(p[1], buf, 1000) != 1000)
				_exit(1);
		_exit(0);
	}
	close(p[1]);
	if (!fork()) {
		close(q[1]);
		while ((n = read(q[0], buf, 700)) > 0)
			sum += n;
		_exit(sum != 200000);
	}
	close(q[0]);
	while ((n = splice(p[0], NULL, q[1], NULL, 3000, 0)) > 0)
		sum += n;
	is(n, 0, 0, "until the end");
	is(sum, 200000, 0, "all of it");
	close(q[1]);
	wait(&status);
	T(WIFEXITED(status) && !WEXITSTATUS(status), "one child");
	wait(&status);
	T(WIFEXITED(status) && !WEXITSTATUS(status), "the other");
	close(p[0]);
}

int main(void)
{
	int p[2], q[2];
	int file = open("/tmp/splice.file", O_RDWR | O_CREAT | O_TRUNC, 0600);

	pipe(p);
	pipe(q);
	refused(file, p, q);
	between_pipes(p, q);
	files(file, p);
	a_full_pipe(file, p, q);
	memory(p, q);
	sockets(p);
	ends();
	waits();
	unlink("/tmp/splice.file");
	return done();
}

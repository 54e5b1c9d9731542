/* SPDX-License-Identifier: MIT */
/* Names of AF_UNIX sockets: bind, and what can be found by them. */
#include "unix_names.h"
#include <fcntl.h>
#include <sys/stat.h>

static void creation(void)
{
	int fd;

	is(socket(99, SOCK_STREAM, 0), -1, EAFNOSUPPORT, "family 99");
	is(socket(-1, SOCK_STREAM, 0), -1, EAFNOSUPPORT, "family -1");
	is(socket(AF_UNIX, SOCK_STREAM, 6), -1, EPROTONOSUPPORT, "protocol 6");
	is(socket(AF_UNIX, SOCK_RDM, 0), -1, ESOCKTNOSUPPORT, "SOCK_RDM");
	is(socket(AF_UNIX, 12, 0), -1, EINVAL, "type 12");
	is(socket(AF_UNIX, SOCK_STREAM | 0x40, 0), -1, EINVAL, "a flag");
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	T(fd >= 0 && fcntl(fd, F_GETFD) == FD_CLOEXEC &&
		  fcntl(fd, F_GETFL) == (O_RDWR | O_NONBLOCK),
	  "SOCK_CLOEXEC, SOCK_NONBLOCK");
	close(fd);
}

static void paths(void)
{
	struct sockaddr_un got;
	struct stat st;
	socklen_t n = sizeof(got);
	char text[8];
	int a = sock(SOCK_STREAM), b = sock(SOCK_STREAM);

	umask(022);
	is(bind_to(a, "s"), 0, 0, "bind to a path");
	T(!stat("s", &st) && st.st_mode == (S_IFSOCK | 0755), "makes a socket");
	is(open("s", O_RDWR), -1, ENXIO, "which cannot be opened");
	is(getsockname(a, (void *)&got, &n), 0, 0, "getsockname");
	T(n == 4 && !strcmp(got.sun_path, "s"), "the 0 is included");
	n = 3;
	memset(&got, 'x', sizeof(got));
	is(getsockname(a, (void *)&got, &n), 0, 0, "in less room");
	T(n == 4 && got.sun_path[0] == 's' && got.sun_path[1] == 'x',
	  "says how much it would be");
	is(bind_to(a, "s2"), -1, EINVAL, "a second name");
	is(access("s2", F_OK), -1, ENOENT, "leaves nothing behind");
	is(bind_to(a, "s"), -1, EADDRINUSE, "the same one again");
	is(bind_to(b, "s"), -1, EADDRINUSE, "by another");
	is(bind_to(b, "no/s"), -1, ENOENT, "no such directory");
	is(bind_to(b, "s/s"), -1, ENOTDIR, "not a directory");
	symlink("nowhere", "link");
	is(bind_to(b, "link"), -1, EADDRINUSE, "a link to nowhere");
	is(bind_to(b, "s3/"), -1, ENOENT, "with a slash");
	symlink("loop", "loop");
	is(bind_to(b, "loop/s"), -1, ELOOP, "a loop");
	unlink("s");
	is(bind_to(b, "s"), 0, 0, "free when unlinked");
	close(a);
	is(access("s", F_OK), 0, 0, "a name stays when its socket is closed");
	a = sock(SOCK_DGRAM);
	is(fchmod(a, 0600), 0, 0, "fchmod before bind");
	umask(0);
	is(bind_to(a, "t"), 0, 0, "bind");
	T(!stat("t", &st) && (st.st_mode & 07777) == 0600, "counts");
	is(readlink("t", text, 8), -1, EINVAL, "a socket, no link");
	close(a);
	close(b);
}

static void long_paths(void)
{
	struct sockaddr_storage got;
	char text[109];
	socklen_t n = sizeof(got);
	int a = sock(SOCK_STREAM), b = sock(SOCK_STREAM);

	memset(text, 'p', 108);
	text[108] = 0;
	set_name(text);
	is(bind(a, (void *)&un, 110), 0, 0, "108 bytes, no 0");
	is(getsockname(a, (void *)&got, &n), 0, 0, "getsockname");
	is(n, 111, 0, "there is one in the end");
	is(access(text, F_OK), 0, 0, "the path");
	is(bind(b, (void *)&un, 111), -1, EINVAL, "one byte more");
	is(bind(b, (void *)&un, 1), -1, EINVAL, "one byte");
	is(bind(b, (void *)&un, 0), -1, EINVAL, "none");
	is(bind(b, (void *)&un, -1), -1, EINVAL, "less than none");
	is(bind(b, (void *)&un, 129), -1, EINVAL, "more than any address");
	is(bind(b, (void *)8, 5), -1, EFAULT, "from nowhere");
	un.sun_family = AF_INET;
	is(bind(b, (void *)&un, 20), -1, EINVAL, "another family");
	close(a);
	close(b);
}

static void abstract(void)
{
	struct sockaddr_un got;
	socklen_t n = sizeof(got);
	int a = sock(SOCK_STREAM), b = sock(SOCK_STREAM), c = sock(SOCK_DGRAM);

	is(bind_to(a, "@ikos"), 0, 0, "an abstract name");
	is(getsockname(a, (void *)&got, &n), 0, 0, "getsockname");
	T(n == 7 && !memcmp(got.sun_path, "\0ikos", 5), "without a 0");
	is(bind_to(b, "@ikos"), -1, EADDRINUSE, "is taken");
	is(bind_to(a, "@ikos2"), -1, EINVAL, "only one name");
	is(bind_to(c, "@ikos"), 0, 0, "not for another type");
	is(bind(b, (void *)&un, len + 1), 0, 0, "a 0 more is another name");
	close(b);
	close(a);
	b = sock(SOCK_STREAM);
	is(bind_to(b, "@ikos"), 0, 0, "free when closed");
	close(b);
	b = sock(SOCK_STREAM);
	is(bind_to(b, "@"), 0, 0, "one 0 is a name");
	close(b);
	close(c);
}

static int is_auto(int fd)
{
	struct sockaddr_un got;
	socklen_t n = sizeof(got);

	if (getsockname(fd, (void *)&got, &n) || n != 8 || got.sun_path[0])
		return 0;
	for (int i = 1; i < 6; i++)
		if (!strchr("0123456789abcdef", got.sun_path[i]))
			return 0;
	return 1;
}

static void automatic(void)
{
	int a = sock(SOCK_STREAM), b = sock(SOCK_DGRAM), on = 1;

	set_name("@");
	is(bind(a, (void *)&un, 2), 0, 0, "bind to the family only");
	T(is_auto(a), "gives five hexadecimal digits");
	is(bind(a, (void *)&un, 2), 0, 0, "once more: nothing happens");
	setsockopt(b, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on));
	T(!is_auto(b), "SO_PASSCRED gives no name");
	connect_to(b, "@nobody");
	T(is_auto(b), "connect does, even when it fails");
	close(b);
	b = sock(SOCK_DGRAM);
	setsockopt(b, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on));
	send_to(b, "x", 0, "@nobody");
	T(is_auto(b), "so does send");
	close(a);
	close(b);
}

static void permissions(void)
{
	int a = sock(SOCK_STREAM), status;

	mkdir("closed", 0700);
	mkdir("open", 0755);
	umask(077);
	bind_to(a, "private");
	listen(a, 5);
	status = in_child({
		int b = sock(SOCK_STREAM);

		if (setgid(1000) || setuid(1000))
			_exit(9);
		is(connect_to(b, "private"), -1, EACCES,
		   "to connect takes the right to write");
		is(connect_to(b, "closed/x"), -1, EACCES, "and to come there");
		is(bind_to(b, "open/x"), -1, EACCES,
		   "bind takes a directory that can be written");
		is(bind_to(b, "closed/x"), -1, EACCES, "and searched");
	});
	is(status, 0, 0, "as another user");
	chmod("private", 0002);
	status = in_child({
		int b = sock(SOCK_STREAM);

		if (setgid(1000) || setuid(1000))
			_exit(9);
		is(connect_to(b, "private"), 0, 0, "is enough");
	});
	is(status, 0, 0, "as another user");
	close(a);
	umask(022);
}

static void find(int type, const char *kind)
{
	int a = sock(type), b = sock(SOCK_SEQPACKET), fd;

	unlink("x");
	is(connect_to(a, "x"), -1, ENOENT, "%s: no such path", kind);
	is(connect_to(a, "@no"), -1, ECONNREFUSED, "%s: nobody", kind);
	fd = open("x", O_CREAT | O_RDWR, 0666);
	is(connect_to(a, "x"), -1, ECONNREFUSED, "%s: a file", kind);
	close(fd);
	unlink("x");
	bind_to(b, "x");
	is(connect_to(a, "x"), -1, EPROTOTYPE, "%s: SEQPACKET", kind);
	close(b);
	is(connect_to(a, "x"), -1, ECONNREFUSED, "%s: a socket's that has gone",
	   kind);
	is(connect_to(a, "x/y"), -1, ENOTDIR, "%s: below", kind);
	is(connect(a, (void *)&un, 200), -1, EINVAL, "%s: long", kind);
	is(connect(a, (void *)&un, -1), -1, EINVAL, "%s: length -1", kind);
	is(connect(a, (void *)&un, 2), -1, EINVAL, "%s: no name", kind);
	is(connect(a, (void *)8, 10), -1, EFAULT, "%s: nowhere", kind);
	un.sun_family = 99;
	is(connect(a, (void *)&un, len), -1, EINVAL, "%s: family 99", kind);
	is(connect(a, (void *)&un, 1), -1, EINVAL, "%s: one byte", kind);
	unlink("x");
	close(a);
}

static void others(void)
{
	is(bind_to(0, "y"), -1, ENOTSOCK, "bind: no socket");
	is(bind_to(99, "y"), -1, EBADF, "bind: no descriptor");
	is(connect_to(0, "y"), -1, ENOTSOCK, "connect: no socket");
	is(connect_to(99, "y"), -1, EBADF, "connect: none");
	is(listen(0, 1), -1, ENOTSOCK, "listen: no socket");
	is(listen(99, 1), -1, EBADF, "listen: no descriptor");
	is(accept(0, NULL, NULL), -1, ENOTSOCK, "accept: no socket");
	is(accept(99, NULL, NULL), -1, EBADF, "accept: no descriptor");
	is(getsockname(0, (void *)&un, &len), -1, ENOTSOCK, "getsockname");
	is(getpeername(0, (void *)&un, &len), -1, ENOTSOCK, "getpeername");
	is(getsockname(99, (void *)&un, &len), -1, EBADF, "getsockname: none");
	is(getpeername(99, (void *)&un, &len), -1, EBADF, "getpeername: none");
}

/* The line of @text in /proc/net/unix, from RefCount on, without the inode. */
static int in_proc(const char *text, const char *want)
{
	char line[256], path[128];
	unsigned int flags, type, st;
	FILE *f = fopen("/proc/net/unix", "r");
	int found = 0;

	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%*s %*x %*x %x %x %x %*u %127s", &flags,
			   &type, &st, path) != 4 ||
		    strcmp(path, text))
			continue;
		sprintf(line, "%x %x %x", flags, type, st);
		found = !strcmp(line, want);
	}
	if (f)
		fclose(f);
	return found;
}

static void proc(void)
{
	int a = sock(SOCK_STREAM), b = sock(SOCK_STREAM), c;

	unlink("p");
	bind_to(a, "p");
	T(in_proc("p", "0 1 1"), "bound: in /proc/net/unix");
	listen(a, 3);
	T(in_proc("p", "10000 1 1"), "listening");
	bind_to(b, "@p");
	connect_to(b, "p");
	c = accept(a, NULL, NULL);
	T(in_proc("@p", "0 1 3"), "connected");
	close(a);
	close(b);
	close(c);
	T(!in_proc("@p", "0 1 3"), "closed");
}

int main(void)
{
	creation();
	paths();
	long_paths();
	abstract();
	automatic();
	permissions();
	find(SOCK_STREAM, "stream");
	find(SOCK_DGRAM, "dgram");
	others();
	proc();
	return done();
}

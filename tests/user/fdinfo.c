/* SPDX-License-Identifier: MIT */
/* What /proc/PID/fdinfo says of descriptors that are no files, and /proc/net. */
#include "t.h"
#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/un.h>

static char text[4096];

static const char *info(int fd)
{
	char path[64];
	ssize_t n;
	int in;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	in = open(path, O_RDONLY);
	n = read(in, text, sizeof(text) - 1);
	close(in);
	text[n > 0 ? n : 0] = '\0';
	return text;
}

static int says(int fd, const char *line)
{
	return strstr(info(fd), line) != NULL;
}

static void eventfds(void)
{
	int fd = eventfd(0x25, 0), other = eventfd(0, 0), id[2];

	T(says(fd, "\neventfd-count:               25\n"), "eventfd: count");
	eventfd_write(fd, 1);
	T(says(fd, "\neventfd-count:               26\n"), "one more");
	sscanf(strstr(info(fd), "eventfd-id:"), "eventfd-id: %d", &id[0]);
	sscanf(strstr(info(other), "eventfd-id:"), "eventfd-id: %d", &id[1]);
	T(id[0] != id[1], "each has its number");
	close(fd);
	close(other);
}

static void epolls(void)
{
	struct epoll_event ev = { EPOLLIN | EPOLLET, { .u64 = 0xabc } };
	int ep = epoll_create1(0), fd = eventfd(0, 0);
	unsigned int tfd = 0, events = 0;
	unsigned long long data = 0;

	T(!strstr(info(ep), "tfd:"), "epoll: nothing watched");
	epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev);
	T(sscanf(strstr(info(ep), "tfd:"), "tfd: %u events: %x data: %llx",
		 &tfd, &events, &data) == 3,
	  "one line");
	T(tfd == (unsigned int)fd, "its descriptor");
	T(events == (EPOLLIN | EPOLLET | EPOLLERR | EPOLLHUP), "its events");
	T(data == 0xabc, "its data");
	close(fd);
	T(!strstr(info(ep), "tfd:"), "closed: gone");
	close(ep);
}

static void timers(void)
{
	struct itimerspec its = { { 3, 5 }, { 1000, 0 } };
	int fd = timerfd_create(CLOCK_MONOTONIC, 0);
	long s = 0, ns = 0;

	T(says(fd, "\nclockid: 1\nticks: 0\nsettime flags: 00\n"
		   "it_value: (0, 0)\nit_interval: (0, 0)\n"),
	  "timerfd: not set");
	timerfd_settime(fd, 0, &its, NULL);
	T(says(fd, "it_interval: (3, 5)\n"), "its interval");
	sscanf(strstr(text, "it_value:"), "it_value: (%ld, %ld)", &s, &ns);
	T(s == 999 || (s == 998 && ns > 0), "what is left");
	its = (struct itimerspec){ { 0, 0 }, { 0, 1 } };
	timerfd_settime(fd, TFD_TIMER_ABSTIME, &its, NULL);
	T(says(fd, "settime flags: 01\n"), "flags");
	for (int i = 0; i < 10000 && !says(fd, "ticks: 1\n"); i++)
		usleep(1000);
	T(says(fd, "ticks: 1\n"), "gone off");
	close(fd);
}

static void others(void)
{
	char line[64];
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGRTMAX);
	fd = signalfd(-1, &set, 0);
	T(says(fd, "\nsigmask:\t8000000000000002\n"), "signalfd: its set");
	close(fd);
	fd = (int)syscall(SYS_pidfd_open, getpid(), 0);
	snprintf(line, sizeof(line), "\nPid:\t%d\n", getpid());
	T(says(fd, line), "pidfd: whose");
	close(fd);
}

static void dead(void)
{
	pid_t pid = fork();
	int fd;

	if (!pid)
		_exit(0);
	fd = (int)syscall(SYS_pidfd_open, pid, 0);
	waitpid(pid, NULL, 0);
	T(says(fd, "\nPid:\t-1\n"), "nobody's any more");
	close(fd);
}

/* What a descriptor with O_PATH is good for, and what it is not. */
static void path_of(const char *name, const char *what)
{
	int fd = open(name, O_PATH | O_NOFOLLOW), copy;
	struct epoll_event ev = { .events = EPOLLIN };
	struct pollfd p = { fd, POLLIN, 0 };
	int ep = epoll_create1(0), null = open("/dev/null", O_RDWR);
	struct statfs sf;
	struct stat st;
	char c;

	T(says(fd, "pos:\t0\n"), "%s: fdinfo has a position", what);
	T(strtoul(strstr(text, "flags:") + 6, NULL, 8) & O_PATH,
	  "%s: and flags", what);
	copy = dup(fd);
	T(says(copy, "pos:\t0\n"), "%s: a copy's", what);
	is(fstat(fd, &st), 0, 0, "fstat");
	is(fstatfs(fd, &sf), 0, 0, "fstatfs");
	is(fcntl(fd, F_GETFD), 0, 0, "F_GETFD");
	is(poll(&p, 1, 0), 1, 0, "poll");
	is(p.revents, POLLNVAL, 0, "finds no open file");
	is(epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev), -1, EBADF, "epoll_ctl");
	is(read(fd, &c, 1), -1, EBADF, "read");
	is(write(fd, &c, 1), -1, EBADF, "write");
	is(lseek(fd, 0, SEEK_SET), -1, EBADF, "lseek");
	is(ioctl(fd, 0x5401, &c), -1, EBADF, "ioctl");
	is(fsync(fd), -1, EBADF, "fsync");
	is(ftruncate(fd, 0), -1, EBADF, "ftruncate");
	is(fallocate(fd, 0, 0, 1), -1, EBADF, "fallocate");
	is(flock(fd, LOCK_SH), -1, EBADF, "flock");
	is(syscall(SYS_fchmod, fd, 0600), -1, EBADF, "fchmod");
	is(sendfile(null, fd, NULL, 1), -1, EBADF, "sendfile from");
	is(sendfile(fd, null, NULL, 1), -1, EBADF, "sendfile to");
	is(syscall(SYS_getdents64, fd, &st, sizeof(st)), -1, EBADF, "getdents");
	T(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 0) == MAP_FAILED &&
		  errno == EBADF,
	  "mmap");
	is(close(copy), 0, 0, "close");
	close(fd);
	close(ep);
	close(null);
}

static void paths(void)
{
	struct sockaddr_un un = { AF_UNIX, "a socket" };
	int s = socket(AF_UNIX, SOCK_STREAM, 0);

	close(open("a file", O_CREAT | O_RDWR, 0600));
	mkdir("a directory", 0700);
	mkfifo("a fifo", 0600);
	if (symlink("nowhere", "a link") || bind(s, (void *)&un, sizeof(un)))
		T(0, "the names can be made");
	path_of("a file", "a file");
	path_of("a directory", "a directory");
	path_of("a fifo", "a fifo");
	path_of("a link", "a link");
	path_of("a socket", "a socket");
	path_of("/dev/null", "a device");
	path_of("/proc/self/exe", "a link in /proc");
	path_of("/proc/self", "another");
	path_of("/proc/1/status", "a file in /proc");
	close(s);
}

int main(void)
{
	paths();
	char link[64] = "";
	struct stat st;

	eventfds();
	epolls();
	timers();
	others();
	dead();
	is(readlink("/proc/net", link, sizeof(link)), 8, 0, "/proc/net");
	T(!strcmp(link, "self/net"), "is a link to one's own");
	is(stat("/proc/self/net/unix", &st), 0, 0, "with the sockets");
	is(access("/proc/zoneinfo", R_OK), 0, 0, "/proc/zoneinfo");
	return done();
}

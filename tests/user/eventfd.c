/* SPDX-License-Identifier: MIT */
/* eventfd: counting, semaphores, waiting, errors. */
#include "t.h"
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>

static int revents(int fd)
{
	struct pollfd pf = { fd, POLLIN | POLLOUT, 0 };

	poll(&pf, 1, 0);
	return pf.revents;
}

static void counting(void)
{
	int fd = eventfd(3, EFD_NONBLOCK);
	uint64_t v = 4;

	is(revents(fd), POLLIN | POLLOUT, 0, "readable and writable");
	is(write(fd, &v, 8), 8, 0, "write adds");
	is(read(fd, &v, 8), 8, 0, "read takes");
	T(v == 7, "everything");
	is(revents(fd), POLLOUT, 0, "only writable");
	is(read(fd, &v, 8), -1, EAGAIN, "nothing to read");
	v = UINT64_MAX;
	is(write(fd, &v, 8), -1, EINVAL, "more than can be");
	v--;
	is(write(fd, &v, 8), 8, 0, "the largest");
	is(revents(fd), POLLIN, 0, "then no more can be written");
	v = 1;
	is(write(fd, &v, 8), -1, EAGAIN, "not even 1");
	v = 0;
	is(write(fd, &v, 8), 8, 0, "but 0");
	is(read(fd, &v, 8), 8, 0, "read it");
	T(v == UINT64_MAX - 1, "whole");
	close(fd);
	fd = eventfd(2, EFD_SEMAPHORE | EFD_NONBLOCK);
	is(read(fd, &v, 8), 8, 0, "a semaphore");
	T(v == 1, "gives one");
	is(read(fd, &v, 8), 8, 0, "at a time");
	is(read(fd, &v, 8), -1, EAGAIN, "until it is 0");
	close(fd);
}

static void errors(void)
{
	int fd = eventfd(1, EFD_NONBLOCK), n;
	uint64_t v[2] = { 5, 6 };
	struct iovec iov[2] = { { v, 8 }, { v + 1, 8 } };
	struct rlimit old, low = { 3, 0 };
	struct stat st;
	char name[64], link[64];

	is(eventfd(0, 8), -1, EINVAL, "an unknown flag");
	is(read(fd, v, 7), -1, EINVAL, "a read of 7 bytes");
	is(write(fd, v, 7), -1, EINVAL, "a write of 7 bytes");
	is(write(fd, (void *)8, 8), -1, EFAULT, "a write from nowhere");
	is(read(fd, (void *)8, 8), -1, EFAULT, "a read to nowhere");
	is(pread(fd, v, 8, 0), -1, ESPIPE, "no pread");
	is(lseek(fd, 9, SEEK_SET), 0, 0, "no position");
	is(ftruncate(fd, 0), -1, EINVAL, "no size");
	is(fsync(fd), -1, EINVAL, "nothing to be synchronised");
	is(fchmod(fd, 0600), -1, EOPNOTSUPP, "no mode of its own");
	is(ioctl(fd, 0x541b /* FIONREAD */, &n), -1, ENOTTY, "no ioctl");
	is(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 0), -1, ENODEV,
	   "no memory");
	fstat(fd, &st);
	T((st.st_mode & S_IFMT) == 0 && !st.st_size, "a file of no type");
	sprintf(name, "/proc/self/fd/%d", fd);
	link[readlink(name, link, 63)] = '\0';
	T(!strcmp(link, "anon_inode:[eventfd]"), "its name: %s", link);
	v[0] = 5;
	is(writev(fd, iov, 2), 16, 0, "writev adds each");
	is(readv(fd, iov, 2), 8, 0, "readv takes once");
	T(v[0] == 11, "the sum");
	close(fd);
	fd = (int)syscall(SYS_eventfd, -1);
	read(fd, v, 8);
	T(v[0] == 0xffffffff, "the first call: 32 bits to begin with");
	getrlimit(RLIMIT_NOFILE, &old);
	low.rlim_max = old.rlim_max;
	setrlimit(RLIMIT_NOFILE, &low);
	is(eventfd(0, 0), -1, EMFILE, "no descriptor left");
	setrlimit(RLIMIT_NOFILE, &old);
	close(fd);
	fd = eventfd(0, EFD_CLOEXEC);
	is(fcntl(fd, F_GETFD), FD_CLOEXEC, 0, "close-on-exec");
	is(fcntl(fd, F_GETFL), O_RDWR, 0, "for both directions");
	close(fd);
}

static void on_alarm(int sig)
{
	(void)sig;
}

static void waiting(void)
{
	struct sigaction sa = { .sa_handler = on_alarm };
	int fd = eventfd(0, 0), st;
	uint64_t v = UINT64_MAX - 1;
	pid_t pid;

	sigaction(SIGALRM, &sa, NULL);
	pid = fork();
	if (!pid)
		_exit(read(fd, &v, 8) == 8 && v == 9 ? 0 : 1);
	until_asleep(pid);
	v = 9;
	write(fd, &v, 8);
	T(waitpid(pid, &st, 0) == pid && !st, "a reader waits for a write");
	v = UINT64_MAX - 1;
	write(fd, &v, 8);
	pid = fork();
	if (!pid) {
		v = 5;
		_exit(write(fd, &v, 8) != 8);
	}
	until_asleep(pid);
	T(read(fd, &v, 8) == 8 && v == UINT64_MAX - 1, "a writer waits");
	T(waitpid(pid, &st, 0) == pid && !st, "for a read");
	read(fd, &v, 8);
	is(interrupted_by(20, read(fd, &v, 8)), -1, EINTR,
	   "a handler ends the wait");
	close(fd);
}

int main(void)
{
	counting();
	errors();
	waiting();
	return done();
}

/* SPDX-License-Identifier: MIT */
/* Files, directories, descriptors, pipes, with every allocation failing. */
#include "failnth.h"

#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/sendfile.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/un.h>

#define LONG "a-name-that-is-too-long-to-be-kept-within-the-entry-itself-"

static int file;
static char data[16 * PAGE];

static void opened(long fd)
{
	if (fd >= 0)
		close((int)fd);
}

/* Leaves a file there of the name. */
static void make(const char *name)
{
	opened(open(name, O_RDWR | O_CREAT, 0600));
}

static void t_open(void)
{
	opened(TRY(open("file", O_RDONLY)));
}

static void t_open_that_creates(void)
{
	opened(TRY(open(LONG, O_RDWR | O_CREAT | O_EXCL, 0600)));
	unlink(LONG);
}

static void t_open_that_truncates(void)
{
	opened(TRY(open("other", O_RDWR | O_TRUNC)));
}

static void t_open_without_a_name(void)
{
	opened(TRY(open(".", O_RDWR | O_TMPFILE, 0600)));
	if (now.err == EOPNOTSUPP)
		now.err = ENOSYS;
}

static void t_mkdir(void)
{
	if (!TRY(mkdir(LONG, 0700)))
		rmdir(LONG);
}

static void t_rmdir(void)
{
	mkdir("dir", 0700);
	if (TRY(rmdir("dir")))
		rmdir("dir");
}

static void t_mkfifo(void)
{
	if (!TRY(mkfifo("fifo", 0600)))
		unlink("fifo");
}

static void t_open_of_a_fifo(void)
{
	mkfifo("fifo", 0600);
	opened(TRY(open("fifo", O_RDWR)));
	unlink("fifo");
}

static void t_symlink(void)
{
	if (!TRY(symlink(LONG LONG LONG, "symlink")))
		unlink("symlink");
}

static void t_following_links(void)
{
	symlink("file", "one");
	symlink("one", "two");
	symlink("./two", "three");
	opened(TRY(open("three", O_RDONLY)));
	unlink("one");
	unlink("two");
	unlink("three");
}

static void t_readlink(void)
{
	char buf[200];

	symlink("file", "one");
	TRY(readlink("one", buf, sizeof(buf)));
	unlink("one");
}

static void t_link(void)
{
	if (!TRY(link("file", LONG)))
		unlink(LONG);
}

static void t_unlink(void)
{
	make("gone");
	if (TRY(unlink("gone")))
		unlink("gone");
}

static void t_rename(void)
{
	make("from");
	if (TRY(rename("from", LONG)))
		unlink("from");
	unlink(LONG);
}

static void t_rename_over(void)
{
	make("from");
	make("to");
	if (TRY(rename("from", "to")))
		unlink("from");
	unlink("to");
}

static void t_rename_of_a_directory(void)
{
	mkdir("from", 0700);
	mkdir("below", 0700);
	if (TRY(rename("from", "below/to")))
		rmdir("from");
	rmdir("below/to");
	rmdir("below");
}

static void t_rename_exchange(void)
{
	make("from");
	make("to");
	TRY(syscall(SYS_renameat2, AT_FDCWD, "from", AT_FDCWD, "to", 2));
	unlink("from");
	unlink("to");
}

static void t_getdents(void)
{
	static char buf[4096];
	int fd = open("/proc", O_RDONLY | O_DIRECTORY);

	TRY(syscall(SYS_getdents64, fd, buf, sizeof(buf)));
	close(fd);
	fd = open(".", O_RDONLY | O_DIRECTORY);
	close(fd);
}

static void t_getdents_of_fd(void)
{
	static char buf[4096];
	int fd = open("/proc/self/fd", O_RDONLY | O_DIRECTORY);

	TRY(syscall(SYS_getdents64, fd, buf, sizeof(buf)));
	close(fd);
}

static void t_stat(void)
{
	struct stat st;

	TRY(stat("../failnth/./file", &st));
}

static void t_statfs(void)
{
	struct statfs st;

	TRY(statfs(".", &st));
}

static void t_access(void)
{
	TRY(access("file", R_OK));
}

static void t_chmod(void)
{
	TRY(chmod("file", 0600));
}

static void t_chown(void)
{
	TRY(chown("file", 0, 0));
}

static void t_utimensat(void)
{
	TRY(utimensat(AT_FDCWD, "file", NULL, 0));
}

static void t_truncate(void)
{
	TRY(truncate("other", 100000));
	truncate("other", 0);
}

static void t_chdir(void)
{
	TRY(chdir("../failnth"));
}

static void t_getcwd(void)
{
	char buf[200];

	TRY(syscall(SYS_getcwd, buf, sizeof(buf)));
}

static void t_mount(void)
{
	mkdir("mnt", 0700);
	if (!TRY(mount("none", "mnt", "tmpfs", 0, "")))
		umount("mnt");
	rmdir("mnt");
}

static void t_bind_mount(void)
{
	mkdir("mnt", 0700);
	if (!TRY(mount("/dev", "mnt", NULL, MS_BIND, NULL) < 0 &&
				 (errno == EINVAL || errno == ENODEV)
			 ? 1
			 : 0))
		umount("mnt");
	rmdir("mnt");
}

static void t_umount(void)
{
	mkdir("mnt", 0700);
	mount("none", "mnt", "tmpfs", 0, "");
	if (TRY(umount("mnt")))
		umount("mnt");
	rmdir("mnt");
}

/* --- reading and writing -------------------------------------------------- */

static void t_write(void)
{
	int fd = open("out", O_RDWR | O_CREAT | O_TRUNC, 0600);

	TRY_ANY(write(fd, data, sizeof(data)));
	close(fd);
	unlink("out");
}

static void t_write_into_a_hole(void)
{
	int fd = open("out", O_RDWR | O_CREAT | O_TRUNC, 0600);
	struct stat st;

	if (TRY(pwrite(fd, data, 10, 1L << 30)) < 0) {
		fstat(fd, &st);
		now.changed |= st.st_size || st.st_blocks;
	}
	close(fd);
	unlink("out");
}

static void t_read_of_a_hole(void)
{
	int fd = open("out", O_RDWR | O_CREAT | O_TRUNC, 0600);

	ftruncate(fd, 16 * PAGE);
	TRY(read(fd, data, sizeof(data)));
	close(fd);
	unlink("out");
}

static void t_fallocate(void)
{
	int fd = open("out", O_RDWR | O_CREAT | O_TRUNC, 0600);
	struct stat st;

	if (TRY(fallocate(fd, 0, 0, 20 * PAGE)) < 0) {
		fstat(fd, &st);
		now.changed |= st.st_size || st.st_blocks;
	}
	close(fd);
	unlink("out");
}

static void t_punching_a_hole(void)
{
	int fd = open("out", O_RDWR | O_CREAT | O_TRUNC, 0600);

	if (write(fd, data, sizeof(data)) > 0)
		TRY(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
			      100, 3 * PAGE));
	close(fd);
	unlink("out");
}

static void t_readv_of_many(void)
{
	static struct iovec v[500];

	for (int i = 0; i < 500; i++)
		v[i] = (struct iovec){ data + 8 * i, 8 };
	lseek(file, 0, SEEK_SET);
	TRY(readv(file, v, 500));
}

static void t_writev_of_many(void)
{
	static struct iovec v[500];

	for (int i = 0; i < 500; i++)
		v[i] = (struct iovec){ data + 8 * i, 8 };
	lseek(file, 0, SEEK_SET);
	TRY(writev(file, v, 500));
}

static void t_sendfile(void)
{
	int fd = open("out", O_RDWR | O_CREAT | O_TRUNC, 0600);
	off_t pos = 0;

	TRY_ANY(sendfile(fd, file, &pos, 10000));
	close(fd);
	unlink("out");
}

static void t_copy_file_range(void)
{
	int fd = open("out", O_RDWR | O_CREAT | O_TRUNC, 0600);
	off_t from = 0, to = 0;

	TRY_ANY(syscall(SYS_copy_file_range, file, &from, fd, &to, 10000, 0));
	close(fd);
	unlink("out");
}

static void t_splice(void)
{
	int fd[2];
	off_t from = 0;

	if (pipe(fd))
		return;
	TRY_ANY(syscall(SYS_splice, file, &from, fd[1], NULL, 5000, 0));
	close_all(fd, 2);
}

/* --- descriptors, pipes --------------------------------------------------- */

static void t_pipe(void)
{
	int fd[2];

	if (!TRY(pipe(fd)))
		close_all(fd, 2);
}

static void t_pipe_filled(void)
{
	int fd[2];

	if (pipe(fd))
		return;
	TRY_ANY(write(fd[1], data, sizeof(data)));
	close_all(fd, 2);
}

static void t_pipe_of_another_size(void)
{
	int fd[2];

	if (pipe(fd))
		return;
	TRY(fcntl(fd[1], F_SETPIPE_SZ, 1 << 20));
	close_all(fd, 2);
}

static void t_dup_far(void)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		int fd = open("/proc/self/fail-nth", O_RDWR);

		dup2(fd, nth_fd);
		TRY(dup2(file, 1000));
		_exit(now.ret == -1 ? now.hit && clean(now.err) ? 2 : 3
				    : now.hit);
	}
	status = reap(pid);
	now.tried = 1;
	now.hit = status == 1 << 8 || status == 2 << 8;
	now.ret = status == 2 << 8 || status == 3 << 8 ? -1 : 0;
	now.err = status == 2 << 8 ? ENOMEM : EINVAL;
}

static void t_poll_of_many(void)
{
	static struct pollfd p[600];
	int fd[2];

	if (pipe(fd))
		return;
	for (int i = 0; i < 600; i++)
		p[i] = (struct pollfd){ fd[0], POLLIN, 0 };
	TRY(poll(p, 600, 1));
	close_all(fd, 2);
}

static void t_select_of_many(void)
{
	fd_set set;
	struct timeval tv = { 0, 1000 };
	int fd[2];

	if (pipe(fd))
		return;
	FD_ZERO(&set);
	FD_SET(fd[0], &set);
	TRY(select(1024, &set, NULL, NULL, &tv));
	close_all(fd, 2);
}

static void t_lock(void)
{
	struct flock l = { .l_type = F_WRLCK, .l_start = 5, .l_len = 10 };

	TRY(fcntl(file, F_SETLK, &l));
	l.l_type = F_UNLCK;
	fcntl(file, F_SETLK, &l);
}

static void t_unlock_of_the_middle(void)
{
	struct flock l = { .l_type = F_WRLCK, .l_start = 0, .l_len = 100 };

	fcntl(file, F_SETLK, &l);
	l = (struct flock){ .l_type = F_UNLCK, .l_start = 5, .l_len = 10 };
	TRY(fcntl(file, F_SETLK, &l));
	l = (struct flock){ .l_type = F_UNLCK };
	fcntl(file, F_SETLK, &l);
}

static void t_flock(void)
{
	TRY(flock(file, LOCK_EX));
	flock(file, LOCK_UN);
}

static void t_socketpair(void)
{
	int fd[2];

	if (!TRY(socketpair(AF_UNIX, SOCK_STREAM, 0, fd)))
		close_all(fd, 2);
}

/* --- sockets, epoll -------------------------------------------------------- */

static void t_socket_bound(void)
{
	struct sockaddr_un a = { AF_UNIX, "socket" };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (TRY(bind(fd, (void *)&a, sizeof(a))) < 0 && !nth)
		now.err = ENOSYS;
	close(fd);
	unlink("socket");
}

static void t_socket_written(void)
{
	int fd[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fd))
		return;
	TRY_ANY(write(fd[0], data, 3 * PAGE));
	close_all(fd, 2);
}

static void t_datagram_written(void)
{
	int fd[2];

	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, fd))
		return;
	TRY(send(fd[0], data, 3 * PAGE, 0));
	close_all(fd, 2);
}

/* A message with three descriptors, in @room. */
static struct msghdr *with_descriptors(void)
{
	static char room[CMSG_SPACE(3 * sizeof(int))];
	static struct iovec v = { data, 10 };
	static struct msghdr m;
	struct cmsghdr *c;
	int fds[3] = { file, file, file };

	m = (struct msghdr){ .msg_iov = &v,
			     .msg_iovlen = 1,
			     .msg_control = room,
			     .msg_controllen = sizeof(room) };
	c = CMSG_FIRSTHDR(&m);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(fds));
	memcpy(CMSG_DATA(c), fds, sizeof(fds));
	return &m;
}

static void t_descriptors_sent(void)
{
	int fd[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fd))
		return;
	TRY(sendmsg(fd[0], with_descriptors(), 0));
	close_all(fd, 2);
}

static void t_descriptors_received(void)
{
	struct msghdr *m = with_descriptors();
	struct cmsghdr *c;
	int fd[2], got[3];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fd))
		return;
	sendmsg(fd[0], m, 0);
	memset(m->msg_control, 0, m->msg_controllen);
	TRY(recvmsg(fd[1], m, 0));
	c = CMSG_FIRSTHDR(m);
	if (now.ret > 0 && c) {
		memcpy(got, CMSG_DATA(c), sizeof(got));
		close_all(got,
			  (int)((c->cmsg_len - CMSG_LEN(0)) / sizeof(int)));
	}
	close_all(fd, 2);
}

static void t_epoll_create(void)
{
	opened(TRY(epoll_create1(0)));
}

static void t_epoll_ctl(void)
{
	struct epoll_event e = { .events = EPOLLIN };
	int fd[2], ep = epoll_create1(0);

	if (pipe(fd))
		return;
	TRY(epoll_ctl(ep, EPOLL_CTL_ADD, fd[0], &e));
	close_all(fd, 2);
	close(ep);
}

static void t_epoll_wait(void)
{
	struct epoll_event e = { .events = EPOLLOUT };
	int fd[2], ep = epoll_create1(0);

	if (pipe(fd))
		return;
	epoll_ctl(ep, EPOLL_CTL_ADD, fd[1], &e);
	TRY(epoll_wait(ep, &e, 1, 1));
	close_all(fd, 2);
	close(ep);
}

static void t_eventfd(void)
{
	opened(TRY(eventfd(1, 0)));
}

static void t_timerfd(void)
{
	opened(TRY(timerfd_create(CLOCK_MONOTONIC, 0)));
}

static void t_signalfd(void)
{
	sigset_t set;

	sigemptyset(&set);
	opened(TRY(signalfd(-1, &set, 0)));
}

static void t_inotify(void)
{
	opened(TRY(inotify_init1(0)));
}

/* --- /proc and /dev ------------------------------------------------------- */

static void read_of(const char *name)
{
	int fd = open(name, O_RDONLY);

	TRY(read(fd, data, 4000));
	close(fd);
}

static void t_open_of_proc(void)
{
	opened(TRY(open("/proc/self/status", O_RDONLY)));
}

static void t_proc_status(void)
{
	read_of("/proc/self/status");
}

static void t_proc_maps(void)
{
	read_of("/proc/self/maps");
}

static void t_proc_smaps(void)
{
	read_of("/proc/self/smaps");
}

static void t_proc_cmdline(void)
{
	read_of("/proc/self/cmdline");
}

static void t_proc_environ(void)
{
	read_of("/proc/self/environ");
}

static void t_proc_meminfo(void)
{
	read_of("/proc/meminfo");
}

static void t_proc_pagemap(void)
{
	int fd = open("/proc/self/pagemap", O_RDONLY);

	TRY(pread(fd, data, 4096, 0x400000 / PAGE * 8));
	close(fd);
}

static void t_proc_mem(void)
{
	int fd = open("/proc/self/mem", O_RDWR);

	TRY(pread(fd, data, 4096, (off_t)data + 8192));
	close(fd);
}

static void t_proc_fd_link(void)
{
	char buf[200];

	TRY(readlink("/proc/self/fd/0", buf, sizeof(buf)));
}

static void t_dev_zero_mapped(void)
{
	int fd = open("/dev/zero", O_RDWR);
	long p = TRY((long)mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0));

	if (p != -1)
		munmap((void *)p, PAGE);
	close(fd);
}

/* A directory numbers its entries; the tree that knows them grows at the 64th,
 * which is not to look like a leak. */
static void use_numbers(void)
{
	for (int i = 0; i < 70; i++) {
		make("number");
		unlink("number");
	}
}

int main(void)
{
	begin();
	memset(data, 1, sizeof(data));
	use_numbers();
	make("other");
	file = open("file", O_RDWR | O_CREAT | O_TRUNC, 0600);
	use_numbers();
	if (write(file, data, sizeof(data)) != sizeof(data))
		return 99;
	SWEEP(open);
	SWEEP(open_that_creates);
	SWEEP(open_that_truncates);
	SWEEP(open_without_a_name);
	SWEEP(mkdir);
	SWEEP(rmdir);
	SWEEP(mkfifo);
	SWEEP(open_of_a_fifo);
	SWEEP(symlink);
	SWEEP(following_links);
	SWEEP(readlink);
	SWEEP(link);
	SWEEP(unlink);
	SWEEP(rename);
	SWEEP(rename_over);
	SWEEP(rename_of_a_directory);
	SWEEP(rename_exchange);
	SWEEP(getdents);
	SWEEP(getdents_of_fd);
	SWEEP(stat);
	SWEEP(statfs);
	SWEEP(access);
	SWEEP(chmod);
	SWEEP(chown);
	SWEEP(utimensat);
	SWEEP(truncate);
	SWEEP(chdir);
	SWEEP(getcwd);
	SWEEP(mount);
	SWEEP(bind_mount);
	SWEEP(umount);
	SWEEP(write);
	SWEEP(write_into_a_hole);
	SWEEP(read_of_a_hole);
	SWEEP(fallocate);
	SWEEP(punching_a_hole);
	SWEEP(readv_of_many);
	SWEEP(writev_of_many);
	SWEEP(sendfile);
	SWEEP(copy_file_range);
	SWEEP(splice);
	SWEEP(pipe);
	SWEEP(pipe_filled);
	SWEEP(pipe_of_another_size);
	SWEEP(dup_far);
	SWEEP(poll_of_many);
	SWEEP(select_of_many);
	SWEEP(lock);
	SWEEP(unlock_of_the_middle);
	SWEEP(flock);
	SWEEP(socketpair);
	SWEEP(socket_bound);
	SWEEP(socket_written);
	SWEEP(datagram_written);
	SWEEP(descriptors_sent);
	SWEEP(descriptors_received);
	SWEEP(epoll_create);
	SWEEP(epoll_ctl);
	SWEEP(epoll_wait);
	SWEEP(eventfd);
	SWEEP(timerfd);
	SWEEP(signalfd);
	SWEEP(inotify);
	SWEEP(open_of_proc);
	SWEEP(proc_status);
	SWEEP(proc_maps);
	SWEEP(proc_smaps);
	SWEEP(proc_cmdline);
	SWEEP(proc_environ);
	SWEEP(proc_meminfo);
	SWEEP(proc_pagemap);
	SWEEP(proc_mem);
	SWEEP(proc_fd_link);
	SWEEP(dev_zero_mapped);
	return end();
}

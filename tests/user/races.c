/* SPDX-License-Identifier: MIT */
/*
 * Calls that meet on two CPUs: what one changes while the other is half way
 * through it. Each race is run for a while; the test is that nothing is left
 * behind by it, whoever was first.
 */
#include "t.h"
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <time.h>

#define RUN_NS 400000000L /* of each race */

static long now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000L + ts.tv_nsec;
}

static atomic_int stop, meeting;

/* Both sides leave at the same moment, if there are two CPUs. */
static void meet(int round)
{
	atomic_fetch_add(&meeting, 1);
	while (atomic_load(&meeting) < 2 * round && !atomic_load(&stop))
		sched_yield();
}

/* --- a signal is queued for a process that changes its user --------------- */

static void change_user_for_ever(void)
{
	const struct timespec none = { 0, 0 };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	for (uid_t uid = 0;; uid ^= 1) {
		syscall(SYS_setresuid, uid, -1, -1);
		sigtimedwait(&set, NULL, &none);
	}
}

static void signals_and_users(void)
{
	const union sigval value = { .sival_int = 1 };
	long end = now_ns() + RUN_NS;
	sigset_t set;
	pid_t pid;
	int status;

	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	sigprocmask(SIG_BLOCK, &set, NULL);
	pid = fork();
	if (!pid)
		change_user_for_ever();
	while (now_ns() < end)
		if (sigqueue(pid, SIGRTMIN, value))
			sched_yield();
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	T(WIFSIGNALED(status), "signals for one who changes its user");
}

/* --- a record lock is set while its descriptor is closed ------------------- */

static int lock_fd;

static int lock_type(int fd)
{
	struct flock fl = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	if (fcntl(fd, F_OFD_GETLK, &fl))
		return -1;
	return fl.l_type;
}

static void *lock_it(void *unused)
{
	struct flock fl = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	for (int round = 1; !atomic_load(&stop); round += 2) {
		meet(round);
		fcntl(lock_fd, F_SETLK, &fl);
		meet(round + 1);
	}
	return unused;
}

static void locks_and_close(void)
{
	int watch = open("locked", O_RDWR | O_CREAT, 0600), left = 0;
	long end = now_ns() + RUN_NS;
	pthread_t thread;

	atomic_store(&stop, 0);
	atomic_store(&meeting, 0);
	pthread_create(&thread, NULL, lock_it, NULL);
	for (int round = 1; now_ns() < end; round += 2) {
		lock_fd = open("locked", O_RDWR);
		meet(round);
		for (volatile int i = round % 64 * 8; i > 0; i--)
			;
		close(lock_fd);
		meet(round + 1);
		left += lock_type(watch) != F_UNLCK;
	}
	atomic_store(&stop, 1);
	pthread_join(thread, NULL);
	if (!T(!left, "no record lock outlives its descriptor"))
		printf("# %d did\n", left);
	close(watch);
	unlink("locked");
}

/* --- two ways to change a file's flags -------------------------------------- */

static void *change_nonblock(void *fd)
{
	while (!atomic_load(&stop)) {
		int on = 1;

		ioctl(*(int *)fd, FIONBIO, &on);
	}
	return NULL;
}

static void flags_of_files(void)
{
	int fd = open("flags", O_RDWR | O_CREAT, 0600), lost = 0;
	long end = now_ns() + RUN_NS;
	pthread_t thread;

	atomic_store(&stop, 0);
	pthread_create(&thread, NULL, change_nonblock, &fd);
	while (now_ns() < end) {
		fcntl(fd, F_SETFL, O_APPEND);
		lost += !(fcntl(fd, F_GETFL) & O_APPEND);
		fcntl(fd, F_SETFL, 0);
		lost += !!(fcntl(fd, F_GETFL) & O_APPEND);
	}
	atomic_store(&stop, 1);
	pthread_join(thread, NULL);
	if (!T(!lost, "F_SETFL and FIONBIO: both count"))
		printf("# %d did not\n", lost);
	close(fd);
	unlink("flags");
}

/* --- who looks at a process's descriptors changes nothing ------------------- */

#define EXECS "60"

/* Locked before the first exec, and still after the last. */
static int after_exec(char **argv)
{
	int left = atoi(argv[2]);
	char number[16];

	if (lock_type(atoi(argv[3])) != F_WRLCK)
		return 1;
	if (!left)
		return 0;
	snprintf(number, sizeof(number), "%d", left - 1);
	execl("/proc/self/exe", argv[0], "exec", number, argv[3], NULL);
	return 2;
}

static void *look_at_files(void *pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/fd", *(pid_t *)pid);
	while (!atomic_load(&stop)) {
		DIR *dir = opendir(path);

		while (dir && readdir(dir))
			;
		if (dir)
			closedir(dir);
	}
	return NULL;
}

static void locks_and_exec(char *self)
{
	struct flock fl = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd = open("kept", O_RDWR | O_CREAT, 0600);
	int watch = open("kept", O_RDWR), status;
	pthread_t threads[2];
	char number[16];
	pid_t pid;

	snprintf(number, sizeof(number), "%d", watch);
	pid = fork();
	if (!pid) {
		fcntl(fd, F_SETLK, &fl);
		execl("/proc/self/exe", self, "exec", EXECS, number, NULL);
		_exit(3);
	}
	atomic_store(&stop, 0);
	for (int i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, look_at_files, &pid);
	waitpid(pid, &status, 0);
	atomic_store(&stop, 1);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	T(WIFEXITED(status) && !WEXITSTATUS(status),
	  "a lock survives exec while others look at /proc/PID/fd");
	close(fd);
	close(watch);
	unlink("kept");
}

/* --- tables that part while somebody looks ---------------------------------- */

static void *look_at_threads(void *unused)
{
	while (!atomic_load(&stop)) {
		DIR *dir = opendir("/proc/self/task");
		struct dirent *d;

		while (dir && (d = readdir(dir))) {
			char path[300];
			DIR *fds;

			snprintf(path, sizeof(path), "/proc/self/task/%s/fd",
				 d->d_name);
			fds = d->d_name[0] == '.' ? NULL : opendir(path);
			while (fds && readdir(fds))
				;
			if (fds)
				closedir(fds);
		}
		if (dir)
			closedir(dir);
	}
	return unused;
}

static void *part(void *unused)
{
	syscall(SYS_close_range, 1000, 1000, 2 /* CLOSE_RANGE_UNSHARE */);
	return unused;
}

static void tables_that_part(void)
{
	long end = now_ns() + RUN_NS;
	pthread_t looker;
	int failed = 0;

	atomic_store(&stop, 0);
	pthread_create(&looker, NULL, look_at_threads, NULL);
	while (now_ns() < end) {
		pthread_t threads[2];
		int i = 0;

		while (i < 2 && !pthread_create(&threads[i], NULL, part, NULL))
			i++;
		failed += i < 2;
		while (i--)
			pthread_join(threads[i], NULL);
	}
	atomic_store(&stop, 1);
	pthread_join(looker, NULL);
	T(!failed, "threads get tables of their own while others look");
}

int main(int argc, char **argv)
{
	if (argc == 4)
		return after_exec(argv);
	signals_and_users();
	locks_and_close();
	flags_of_files();
	locks_and_exec(argv[0]);
	tables_that_part();
	return done();
}

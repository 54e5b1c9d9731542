/* SPDX-License-Identifier: MIT */
#ifndef TESTS_USER_WHO_H
#define TESTS_USER_WHO_H

/*
 * Two users and a stranger try each other's doors. Only root can become
 * somebody else: where the tests run as another user they are ok unseen, so
 * that the output is the same.
 */
#include "t.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

/* Users and groups that nobody else has. */
#define ANN 4321
#define BOB 4322

static int who_root;

struct who_result {
	long r;
	int e;
	char text[200];
};
static struct who_result *who; /* shared with children */

static void who_init(void)
{
	who_root = geteuid() == 0;
	who = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
		   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (who == MAP_FAILED)
		exit(99);
	umask(0);
}

/* The bare calls: musl's set the ids of all threads. */
static void become(uid_t uid, gid_t gid)
{
	if (syscall(SYS_setgroups, 0, NULL) ||
	    syscall(SYS_setresgid, gid, gid, gid) ||
	    syscall(SYS_setresuid, uid, uid, uid))
		_exit(98);
}

#define WHO_IS(result, error, what, ...)                                       \
	({                                                                     \
		int w_ok = who->r == (long)(result) &&                         \
			   (who->r != -1 || who->e == (error));                \
		T(w_ok, __VA_ARGS__);                                          \
		if (!w_ok)                                                     \
			printf("# %s: expected %ld errno %d, got %ld errno "   \
			       "%d\n",                                         \
			       what, (long)(result), (int)(error), who->r,     \
			       who->e);                                        \
	})

/* What a call gives to a child, after @before. */
#define AFTER(before, call, result, error, ...)                                \
	({                                                                     \
		*who = (struct who_result){ -77, 0, "" };                      \
		if (who_root)                                                  \
			in_child({                                             \
				before;                                        \
				errno = 0;                                     \
				long b_r = (long)(call);                       \
				who->e = errno;                                \
				who->r = b_r;                                  \
			});                                                    \
		else                                                           \
			*who = (struct who_result){ result, error, "" };       \
		WHO_IS(result, error, #call, __VA_ARGS__);                     \
	})

#define BY(user, call, result, error, ...)                                     \
	AFTER(become(user, user), call, result, error, __VA_ARGS__)
#define REFUSED(call, error, ...) BY(BOB, call, -1, error, __VA_ARGS__)

/* A file with that owner, group and mode. */
__attribute__((unused)) static void make(const char *name, uid_t uid, gid_t gid,
					 mode_t mode)
{
	int fd = open(name, O_CREAT | O_RDWR | O_EXCL, 0600);

	if (!who_root && fd >= 0)
		return;
	if (fd < 0 || write(fd, "text", 4) != 4 || fchown(fd, uid, gid) ||
	    fchmod(fd, mode))
		exit(99);
	close(fd);
}

__attribute__((unused)) static void make_dir(const char *name, uid_t uid,
					     gid_t gid, mode_t mode)
{
	if (mkdir(name, 0700))
		exit(99);
	if (who_root && (chown(name, uid, gid) || chmod(name, mode)))
		exit(99);
}

/* The mode of a file, as the last test left it. */
__attribute__((unused)) static int mode_of(const char *name)
{
	struct stat st;

	return stat(name, &st) ? -1 : (int)(st.st_mode & 07777);
}

/* A process of ANN's that waits to be killed; it was root. */
__attribute__((unused)) static pid_t ann_waits(int dumpable)
{
	int ready[2];
	pid_t pid;
	char c;

	if (pipe(ready))
		exit(99);
	fflush(stdout);
	pid = fork();
	if (!pid) {
		extern int prctl(int, ...);

		if (who_root)
			become(ANN, ANN);
		if (dumpable)
			prctl(4, 1); /* PR_SET_DUMPABLE */
		if (write(ready[1], "r", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	if (pid < 0 || read(ready[0], &c, 1) != 1)
		exit(99);
	close(ready[0]);
	close(ready[1]);
	return pid;
}

__attribute__((unused)) static void ends(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

#endif

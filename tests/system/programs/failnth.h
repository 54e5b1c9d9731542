/* SPDX-License-Identifier: MIT */
#ifndef TESTS_SYSTEM_FAILNTH_H
#define TESTS_SYSTEM_FAILNTH_H

/*
 * System calls with their first, second … allocation failing, until one
 * succeeds without. What a failed call must leave as it was is in view(); what
 * must not be left behind by any is in /proc/inuse. Needs a debug kernel.
 *
 *	static void t_pipe(void)
 *	{
 *		int fd[2];
 *
 *		if (TRY(pipe(fd)) == 0)
 *			close_all(fd, 2);
 *	}
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "inuse.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PAGE	 4096UL
#define MAX_NTH	 400
#define NR_FDS	 64 /* looked at by view() */
#define VIEW_MAX 32768
#define VERBOSE	 0

static int nth_fd = -1;
static unsigned long nth; /* which allocation fails; 0: none */
static struct {
	long ret;
	int err, hit;
	int tried, changed;
} now;
static char view_before[VIEW_MAX], view_after[VIEW_MAX];
static int count, failed;

static inline void arm(unsigned long n)
{
	char text[24];
	int len = snprintf(text, sizeof(text), "%lu", n);

	if (write(nth_fd, text, (size_t)len) != len)
		_exit(97);
}

/* Whether the allocation was reached. */
static inline int disarm(void)
{
	char text[24] = "";
	int saved = errno;

	if (pread(nth_fd, text, sizeof(text) - 1, 0) < 0)
		_exit(96);
	arm(0);
	errno = saved;
	return nth && text[0] == '0';
}

/* --- what the caller can see ---------------------------------------------- */

__attribute__((format(printf, 4, 5))) static size_t
add(char *to, size_t n, size_t size, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	n += (size_t)vsnprintf(to + n, size - n, fmt, ap);
	va_end(ap);
	return n < size ? n : size - 1;
}

static size_t names(char *to, size_t n, size_t size)
{
	static char buf[8192];
	int fd = open(".", O_RDONLY | O_DIRECTORY);
	long got;

	while ((got = syscall(SYS_getdents64, fd, buf, sizeof(buf))) > 0)
		for (long i = 0; i < got;) {
			struct dirent *d = (void *)(buf + i);

			n = add(to, n, size, " %s", d->d_name);
			i += d->d_reclen;
		}
	close(fd);
	return n;
}

/* Without who did something and when: a fork that fails has detached, too. */
static void segments(char *to, size_t n)
{
	static char text[4096];
	unsigned int key, id, perms, size, cpid, lpid, nattch;
	char *line = text;

	file_text("/proc/sysvipc/shm", text, sizeof(text));
	while (*(line += strcspn(line, "\n")) && *++line)
		if (sscanf(line, "%u %u %o %u %u %u %u", &key, &id, &perms,
			   &size, &cpid, &lpid, &nattch) == 7)
			n = add(to, n, VIEW_MAX, "\nsegment %u %u", id, nattch);
}

/* Areas, descriptors, files of the working directory, System V objects. */
static void view(char *to)
{
	struct shm_info shm;
	struct seminfo sem;
	struct msginfo msg;
	size_t n = file_text("/proc/self/maps", to, VIEW_MAX);

	for (int fd = 0; fd < NR_FDS; fd++)
		n = add(to, n, VIEW_MAX, " %d", fcntl(fd, F_GETFD));
	n = names(to, n, VIEW_MAX);
	shmctl(0, SHM_INFO, (void *)&shm);
	semctl(0, 0, SEM_INFO, &sem);
	msgctl(0, MSG_INFO, (void *)&msg);
	n = add(to, n, VIEW_MAX, "\nshm %d %lu", shm.used_ids, shm.shm_tot);
	n = add(to, n, VIEW_MAX, " sem %d %d", sem.semusz, sem.semaem);
	n = add(to, n, VIEW_MAX, " msg %d %d %d", msg.msgpool, msg.msgmap,
		msg.msgtql);
	n += file_text("/proc/sysvipc/sem", to + n, VIEW_MAX - n);
	n += file_text("/proc/sysvipc/msg", to + n, VIEW_MAX - n);
	segments(to, n);
}

/* The call of a test. TRY_ANY: it may leave changes, as POSIX lets it. */
#define TRY_(strict, call)                                                     \
	({                                                                     \
		if (strict)                                                    \
			view(view_before);                                     \
		arm(nth);                                                      \
		errno = 0;                                                     \
		now.ret = (long)(call);                                        \
		now.err = errno;                                               \
		now.hit = disarm();                                            \
		now.tried++;                                                   \
		if ((strict) && now.ret == -1) {                               \
			view(view_after);                                      \
			now.changed = !!strcmp(view_before, view_after);       \
		}                                                              \
		errno = now.err;                                               \
		now.ret;                                                       \
	})
#define TRY(call)     TRY_(1, call)
#define TRY_ANY(call) TRY_(0, call)

/* --- the sweep ------------------------------------------------------------ */

static int clean(int err)
{
	return err == ENOMEM || err == EAGAIN || err == ENOSPC ||
	       err == ENFILE || err == EMFILE || err == ENOLCK ||
	       err == ENOBUFS;
}

static int round_is_good(const char *name)
{
	if (!now.tried) {
		printf("# %s, allocation %lu: was not called\n", name, nth);
		return 0;
	}
	if (now.ret != -1)
		return 1;
	if (!now.hit || !clean(now.err)) {
		printf("# %s, allocation %lu: hit %d, %s\n", name, nth, now.hit,
		       strerror(now.err));
		return 0;
	}
	if (now.changed) {
		printf("# %s, allocation %lu: failed and did something\n", name,
		       nth);
		first_difference("seen", view_before, view_after, 5);
		return 0;
	}
	return 1;
}

static void one_round(void (*test)(void), unsigned long n)
{
	memset(&now, 0, sizeof(now));
	nth = n;
	test();
}

/* No such call: nothing to sweep. */
static int is_missing(void)
{
	return now.ret == -1 && now.err == ENOSYS;
}

static int each_round(const char *name, void (*test)(void))
{
	for (unsigned long n = 1; n < MAX_NTH; n++) {
		one_round(test, n);
		if (!round_is_good(name))
			return 0;
		if (!now.hit)
			return 1;
	}
	return 0;
}

static void sweep(const char *name, void (*test)(void))
{
	int good, left = 0;

	if (VERBOSE)
		printf("# %s\n", name);
	fflush(stdout);
	one_round(test, 0);
	if (is_missing()) {
		printf("ok %d - %s # SKIP no such call\n", ++count, name);
		return;
	}
	good = round_is_good(name);
	/* Once more, for what is kept for later has been made then. */
	for (int twice = 0; good && twice < 2; twice++) {
		usage(use_before);
		good = each_round(name, test);
		left = leaks();
	}
	if (left)
		first_difference("in use", use_before, use_after, 10);
	good = good && !left;
	failed += !good;
	printf("%s %d - %s, each of %lu allocations failing\n",
	       good ? "ok" : "not ok", ++count, name, nth ? nth - 1 : 0);
	fflush(stdout);
}

#define SWEEP(name) sweep(#name, t_##name)

static void begin(void)
{
	nth_fd = open("/proc/self/fail-nth", O_RDWR);
	if (nth_fd < 0) {
		printf("1..0 # SKIP no /proc/self/fail-nth\n");
		exit(0);
	}
	mkdir("/tmp/failnth", 0700);
	if (chdir("/tmp/failnth"))
		exit(98);
	settle();
	view(view_before);
	view(view_after);
}

static int end(void)
{
	printf("1..%d\n", count);
	return failed != 0;
}

/* --- for the tests -------------------------------------------------------- */

static inline void close_all(const int *fd, int n)
{
	while (n--)
		close(fd[n]);
}

static inline char *fresh(size_t len)
{
	return mmap(NULL, len, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

/* A child's exit status; wait() for it. */
static inline int reap(pid_t pid)
{
	int status = -1;

	if (pid > 0)
		waitpid(pid, &status, 0);
	return status;
}

#endif

/* SPDX-License-Identifier: MIT */
/*
 * The errors of shm_open(3), sem_open(3), sem_wait(3), sem_post(3),
 * sem_init(3) and sem_unlink(3), as the C library makes them out of the
 * system's. Another user's objects are tried in who_ipc.c.
 */
#include "t.h"
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <time.h>

static char name[40], other[40], too_long[300];

/* What the call, in a child with a limit, fails with. */
#define limited(resource, value, call, error, ...)                             \
	is(in_child(struct rlimit l_r = { (value), (value) };                  \
		    sem_t *l_mine = sem_open(name, 0);                         \
		    if (l_mine == SEM_FAILED || setrlimit(resource, &l_r))     \
			    _exit(99);                                         \
		    _exit((call) ? 0 : errno)),                                \
	   (error) << 8, 0, __VA_ARGS__)

static void shm_errors(void)
{
	is(shm_open("/", O_RDWR | O_CREAT, 0600), -1, EINVAL, "no name");
	is(shm_open("/..", O_RDWR | O_CREAT, 0600), -1, EINVAL, "two dots");
	is(shm_open("/a/b", O_RDWR | O_CREAT, 0600), -1, EINVAL,
	   "a slash inside");
	is(shm_open(too_long, O_RDWR | O_CREAT, 0600), -1, ENAMETOOLONG,
	   "shm_open: a name of 298 bytes");
	is(shm_open(other, O_RDWR, 0), -1, ENOENT, "shm_open: no such object");
	is(shm_unlink(other), -1, ENOENT, "shm_unlink: no such object");
	is(shm_unlink(too_long), -1, ENAMETOOLONG,
	   "shm_unlink: a name of 298 bytes");
	limited(RLIMIT_NOFILE, 3, shm_open(other, O_RDWR | O_CREAT, 0600) >= 0,
		EMFILE, "shm_open: no descriptor left");
}

static void open_errors(void)
{
	is(sem_open(name, O_CREAT | O_EXCL, 0600, 0) == SEM_FAILED ? errno : 0,
	   EEXIST, 0, "O_EXCL of what is there");
	is(sem_open(other, 0) == SEM_FAILED ? errno : 0, ENOENT, 0,
	   "sem_open: no such semaphore");
	is(sem_open("/", O_CREAT, 0600, 0) == SEM_FAILED ? errno : 0, EINVAL, 0,
	   "sem_open: no name");
	is(sem_open(other, O_CREAT, 0600, SEM_VALUE_MAX + 1U) == SEM_FAILED
		   ? errno
		   : 0,
	   EINVAL, 0, "sem_open: beyond SEM_VALUE_MAX");
	is(sem_open(too_long, O_CREAT, 0600, 0) == SEM_FAILED ? errno : 0,
	   ENAMETOOLONG, 0, "sem_open: a name of 298 bytes");
	limited(RLIMIT_NOFILE, 3,
		sem_open(other, O_CREAT, 0600, 0) != SEM_FAILED, EMFILE,
		"sem_open: no descriptor left");
	limited(RLIMIT_AS, 4096,
		sem_open(other, O_CREAT, 0600, 0) != SEM_FAILED, ENOMEM,
		"sem_open: no room for it");
	sem_unlink(other);
	is(sem_unlink(other), -1, ENOENT, "sem_unlink: no such semaphore");
	is(sem_unlink(too_long), -1, ENAMETOOLONG,
	   "sem_unlink: a name of 298 bytes");
	if (geteuid()) {
		T(1, "sem_open: somebody else's");
		return;
	}
	is(in_child(if (setgid(1234) || setuid(1234)) _exit(99);
		    _exit(sem_open(name, 0) == SEM_FAILED ? errno : 0)),
	   EACCES << 8, 0, "sem_open: somebody else's");
}

static void handler(int sig)
{
	(void)sig;
}

static void wait_errors(sem_t *sem)
{
	struct timespec now, bad = { 0, 1000000000 };
	struct sigaction sa = { .sa_handler = handler };
	struct itimerval soon = { { 0, 5000 }, { 0, 5000 } }, off = { 0 };

	is(sem_trywait(sem), -1, EAGAIN, "sem_trywait of 0");
	clock_gettime(CLOCK_REALTIME, &now);
	is(sem_timedwait(sem, &now), -1, ETIMEDOUT, "sem_timedwait: no more");
	is(sem_timedwait(sem, &bad), -1, EINVAL,
	   "sem_timedwait: a thousand million nanoseconds");
	sem_post(sem);
	is(sem_timedwait(sem, &bad), 0, 0, "which nobody looks at if it is 1");
	sigaction(SIGALRM, &sa, NULL);
	setitimer(ITIMER_REAL, &soon, NULL);
	is(sem_wait(sem), -1, EINTR, "sem_wait: a handler ends it");
	setitimer(ITIMER_REAL, &off, NULL);
}

static void value_errors(void)
{
	int value = -1;
	sem_t sem;

	is(sem_init(&sem, 1, SEM_VALUE_MAX + 1U), -1, EINVAL,
	   "sem_init: beyond SEM_VALUE_MAX");
	is(sem_init(&sem, 1, SEM_VALUE_MAX), 0, 0, "sem_init: just so");
	is(sem_post(&sem), -1, EOVERFLOW, "sem_post: beyond SEM_VALUE_MAX");
	is(sem_getvalue(&sem, &value), 0, 0, "sem_getvalue");
	is(value, SEM_VALUE_MAX, 0, "it has not changed");
	is(sem_destroy(&sem), 0, 0, "sem_destroy");
}

static void robust_errors(void)
{
	pthread_mutexattr_t a;
	pthread_mutex_t m;

	pthread_mutexattr_init(&a);
	is(pthread_mutexattr_setrobust(&a, 7), EINVAL, 0, "neither nor robust");
	pthread_mutex_init(&m, &a);
	is(pthread_mutex_consistent(&m), EINVAL, 0, "not a robust mutex");
}

int main(void)
{
	sem_t *sem;

	sprintf(name, "/ikos-posix-%d", getpid());
	sprintf(other, "/ikos-posix-%d-other", getpid());
	memset(too_long, 'a', sizeof(too_long) - 1);
	too_long[0] = '/';
	sem = sem_open(name, O_CREAT | O_EXCL, 0600, 0);
	if (!T(sem != SEM_FAILED, "a semaphore with a name"))
		return done();
	shm_errors();
	open_errors();
	wait_errors(sem);
	value_errors();
	robust_errors();
	is(sem_close(sem), 0, 0, "sem_close");
	is(sem_unlink(name), 0, 0, "sem_unlink");
	return done();
}

/* SPDX-License-Identifier: MIT */
/*
 * What programs build on futexes between processes: process-shared mutexes,
 * condition variables, rwlocks, barriers and semaphores, with 8 processes.
 */
#include "t.h"
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdint.h>
#include <time.h>

#define NR_PROCS 8
#define ROUNDS	 200
#define NR_SLOTS 16

struct shared {
	pthread_mutex_t mutex;
	pthread_cond_t cond, room;
	pthread_rwlock_t rwlock;
	pthread_barrier_t barrier;
	sem_t sem, ready;
	long counter, other, errors;
	unsigned slots[NR_SLOTS], head, tail;
	uint64_t put, got;
};
static struct shared *s;

static struct shared *new_shared(void)
{
	void *p = mmap(NULL, sizeof(struct shared), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		exit(99);
	return p;
}

/* NR_PROCS processes; how many ended well. */
static int processes(void (*body)(int))
{
	int good = 0, status;

	fflush(stdout);
	for (int i = 0; i < NR_PROCS; i++)
		if (!fork()) {
			body(i);
			_exit(0);
		}
	for (int i = 0; i < NR_PROCS; i++)
		good += wait(&status) > 0 && !status;
	return good;
}

static void make_mutex(int type, int robust)
{
	pthread_mutexattr_t a;

	pthread_mutexattr_init(&a);
	pthread_mutexattr_settype(&a, type);
	pthread_mutexattr_setpshared(&a, PTHREAD_PROCESS_SHARED);
	if (robust)
		pthread_mutexattr_setrobust(&a, PTHREAD_MUTEX_ROBUST);
	is(pthread_mutex_init(&s->mutex, &a), 0, 0, "a mutex");
}

static void count_up(int i)
{
	(void)i;
	for (int n = 0; n < ROUNDS; n++) {
		if (pthread_mutex_lock(&s->mutex))
			_exit(1);
		long v = s->counter;
		if (n % 8 == 0)
			sched_yield();
		s->counter = v + 1;
		if (pthread_mutex_unlock(&s->mutex))
			_exit(2);
	}
}

static void mutexes(void)
{
	static const int type[] = { PTHREAD_MUTEX_NORMAL,
				    PTHREAD_MUTEX_RECURSIVE,
				    PTHREAD_MUTEX_ERRORCHECK };
	static const char *const name[] = { "normal", "recursive",
					    "errorcheck" };

	for (int i = 0; i < 6; i++) {
		int t = type[i / 2];

		make_mutex(t, i % 2);
		s->counter = 0;
		is(processes(count_up), NR_PROCS, 0, "%s%s", name[i / 2],
		   i % 2 ? ", robust" : "");
		is(s->counter, NR_PROCS * ROUNDS, 0, "every step counts");
		pthread_mutex_lock(&s->mutex);
		is(in_child(_exit(pthread_mutex_trylock(&s->mutex))),
		   EBUSY << 8, 0, "trylock of another's");
		if (t != PTHREAD_MUTEX_NORMAL)
			is(pthread_mutex_lock(&s->mutex),
			   t == PTHREAD_MUTEX_RECURSIVE ? 0 : EDEADLK, 0,
			   "lock of one's own");
		if (t == PTHREAD_MUTEX_RECURSIVE)
			pthread_mutex_unlock(&s->mutex);
		if (t != PTHREAD_MUTEX_NORMAL)
			is(in_child(_exit(pthread_mutex_unlock(&s->mutex))),
			   EPERM << 8, 0, "unlock of another's");
		struct timespec ts;
		clock_gettime(CLOCK_REALTIME, &ts);
		is(in_child(_exit(pthread_mutex_timedlock(&s->mutex, &ts))),
		   ETIMEDOUT << 8, 0, "timedlock of another's");
		is(pthread_mutex_unlock(&s->mutex), 0, 0, "unlock");
		pthread_mutex_destroy(&s->mutex);
	}
}

/* A child that holds the mutex, killed. */
static void kill_holder(void)
{
	int ready[2];
	char c = 0;
	pid_t pid;

	if (pipe(ready))
		exit(98);
	fflush(stdout);
	pid = fork();
	if (!pid) {
		c = (char)pthread_mutex_lock(&s->mutex);
		write(ready[1], &c, 1);
		for (;;)
			pause();
	}
	read(ready[0], &c, 1);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(ready[0]);
	close(ready[1]);
}

static void blocked_on_dead(int i)
{
	int err = pthread_mutex_lock(&s->mutex);

	(void)i;
	if (err == EOWNERDEAD) {
		s->other++;
		err = pthread_mutex_consistent(&s->mutex);
	}
	if (err)
		_exit(1);
	s->counter++;
	if (s->other < 3)
		_exit(0); /* while it holds the mutex */
	pthread_mutex_unlock(&s->mutex);
}

static void owner_died(void)
{
	make_mutex(PTHREAD_MUTEX_NORMAL, 1);
	kill_holder();
	is(pthread_mutex_lock(&s->mutex), EOWNERDEAD, 0, "the holder is dead");
	is(in_child(_exit(pthread_mutex_trylock(&s->mutex))), EBUSY << 8, 0,
	   "it is the next one's");
	is(pthread_mutex_consistent(&s->mutex), 0, 0, "made consistent");
	is(pthread_mutex_unlock(&s->mutex), 0, 0, "unlock");
	is(pthread_mutex_lock(&s->mutex), 0, 0, "as good as new");
	is(pthread_mutex_consistent(&s->mutex), EINVAL, 0,
	   "it is consistent already");
	pthread_mutex_unlock(&s->mutex);
	kill_holder();
	is(pthread_mutex_trylock(&s->mutex), EOWNERDEAD, 0, "trylock, too");
	is(pthread_mutex_unlock(&s->mutex), 0, 0, "unlock without mending");
	is(pthread_mutex_lock(&s->mutex), ENOTRECOVERABLE, 0,
	   "nobody gets it any more");
	is(in_child(_exit(pthread_mutex_trylock(&s->mutex))),
	   ENOTRECOVERABLE << 8, 0, "no other process either");
	pthread_mutex_destroy(&s->mutex);
	make_mutex(PTHREAD_MUTEX_NORMAL, 1);
	kill_holder();
	s->counter = s->other = 0;
	is(processes(blocked_on_dead), NR_PROCS, 0,
	   "waiters of a holder that ends");
	is(s->counter, NR_PROCS, 0, "all of them had it");
	is(s->other, 3, 0, "three died holding it");
	pthread_mutex_destroy(&s->mutex);
}

/* Odd processes produce, even ones consume. */
static void work(int i)
{
	for (unsigned n = 1; n <= ROUNDS; n++) {
		pthread_mutex_lock(&s->mutex);
		if (i % 2) {
			while (s->head - s->tail == NR_SLOTS)
				pthread_cond_wait(&s->room, &s->mutex);
			s->slots[s->head++ % NR_SLOTS] = n * (unsigned)i;
			s->put += n * (unsigned)i;
			pthread_cond_signal(&s->cond);
		} else {
			while (s->head == s->tail)
				pthread_cond_wait(&s->cond, &s->mutex);
			s->got += s->slots[s->tail++ % NR_SLOTS];
			pthread_cond_broadcast(&s->room);
		}
		pthread_mutex_unlock(&s->mutex);
	}
}

static void conditions(void)
{
	pthread_condattr_t a;
	struct timespec ts;

	pthread_condattr_init(&a);
	pthread_condattr_setpshared(&a, PTHREAD_PROCESS_SHARED);
	make_mutex(PTHREAD_MUTEX_NORMAL, 0);
	is(pthread_cond_init(&s->cond, &a), 0, 0, "a condition");
	is(pthread_cond_init(&s->room, &a), 0, 0, "another");
	is(processes(work), NR_PROCS, 0, "producers and consumers");
	T(s->put && s->put == s->got, "what came out is what went in");
	clock_gettime(CLOCK_REALTIME, &ts);
	ts.tv_nsec += 20000000;
	ts.tv_sec += ts.tv_nsec / 1000000000;
	ts.tv_nsec %= 1000000000;
	pthread_mutex_lock(&s->mutex);
	is(pthread_cond_timedwait(&s->cond, &s->mutex, &ts), ETIMEDOUT, 0,
	   "timedwait");
	pthread_mutex_unlock(&s->mutex);
}

static void read_and_write(int i)
{
	for (int n = 0; n < ROUNDS; n++) {
		if (n % 4 == i % 4) {
			pthread_rwlock_wrlock(&s->rwlock);
			s->counter++;
			if (n % 8 == 0)
				sched_yield();
			s->other++;
		} else {
			pthread_rwlock_rdlock(&s->rwlock);
			if (s->counter != s->other)
				_exit(1);
		}
		pthread_rwlock_unlock(&s->rwlock);
	}
}

static void rwlocks(void)
{
	pthread_rwlockattr_t a;

	pthread_rwlockattr_init(&a);
	pthread_rwlockattr_setpshared(&a, PTHREAD_PROCESS_SHARED);
	is(pthread_rwlock_init(&s->rwlock, &a), 0, 0, "an rwlock");
	s->counter = s->other = 0;
	is(processes(read_and_write), NR_PROCS, 0, "readers and writers");
	is(s->counter, NR_PROCS * ROUNDS / 4, 0, "every write counts");
	pthread_rwlock_rdlock(&s->rwlock);
	is(in_child(_exit(pthread_rwlock_tryrdlock(&s->rwlock))), 0, 0,
	   "two readers");
	is(in_child(_exit(pthread_rwlock_trywrlock(&s->rwlock))), EBUSY << 8, 0,
	   "a reader keeps a writer out");
}

static void in_step(int i)
{
	for (int n = 0; n < 50; n++) {
		__atomic_add_fetch(&s->counter, 1, __ATOMIC_SEQ_CST);
		if (pthread_barrier_wait(&s->barrier) ==
		    PTHREAD_BARRIER_SERIAL_THREAD)
			__atomic_add_fetch(&s->other, 1, __ATOMIC_SEQ_CST);
		if (s->counter != NR_PROCS * (n + 1L))
			_exit(i + 1);
		pthread_barrier_wait(&s->barrier);
	}
}

static void barriers(void)
{
	pthread_barrierattr_t a;

	pthread_barrierattr_init(&a);
	pthread_barrierattr_setpshared(&a, PTHREAD_PROCESS_SHARED);
	is(pthread_barrier_init(&s->barrier, &a, NR_PROCS), 0, 0, "a barrier");
	s->counter = s->other = 0;
	is(processes(in_step), NR_PROCS, 0, "in step");
	is(s->other, 50, 0, "one of them is told, each time");
}

static sem_t *the_sem;

static void post_and_wait(int i)
{
	for (int n = 0; n < ROUNDS; n++) {
		if (sem_wait(the_sem))
			_exit(i + 1);
		s->counter++;
		sem_post(the_sem);
	}
}

static void one_semaphore(const char *what)
{
	struct timespec ts = { 1, 0 };
	int value = -1;

	s->counter = 0;
	is(processes(post_and_wait), NR_PROCS, 0, "%s semaphore", what);
	is(s->counter, NR_PROCS * ROUNDS, 0, "every step counts");
	is(sem_trywait(the_sem), 0, 0, "trywait");
	is(sem_trywait(the_sem), -1, EAGAIN, "and no more");
	is(sem_timedwait(the_sem, &ts), -1, ETIMEDOUT, "timedwait");
	is(sem_getvalue(the_sem, &value), 0, 0, "getvalue");
	is(value, 0, 0, "its value");
}

static void semaphores(void)
{
	const char *name = "/ikos-pshared-test";

	the_sem = &s->sem;
	is(sem_init(the_sem, 1, 1), 0, 0, "sem_init");
	one_semaphore("an unnamed");
	sem_unlink(name);
	T(sem_open(name, 0) == SEM_FAILED && errno == ENOENT, "no such name");
	the_sem = sem_open(name, O_CREAT | O_EXCL, 0600, 1);
	if (!T(the_sem != SEM_FAILED, "sem_open"))
		return;
	T(sem_open(name, O_CREAT | O_EXCL, 0600, 1) == SEM_FAILED &&
		  errno == EEXIST,
	  "the name is taken");
	one_semaphore("a named");
	is(in_child(sem_t *m = sem_open(name, 0);
		    _exit(m == SEM_FAILED || sem_post(m))),
	   0, 0, "another process opens it");
	is(sem_wait(the_sem), 0, 0, "its post arrives");
	is(sem_unlink(name), 0, 0, "unlink");
	is(sem_unlink(name), -1, ENOENT, "unlink again");
	is(sem_post(the_sem), 0, 0, "it lives until it is closed");
	is(sem_close(the_sem), 0, 0, "close");
}

int main(void)
{
	s = new_shared();
	mutexes();
	owner_died();
	conditions();
	rwlocks();
	barriers();
	semaphores();
	return done();
}

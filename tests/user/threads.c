/* SPDX-License-Identifier: MIT */
/*
 * Threads as programs see them: made, joined, detached, cancelled; what is each
 * one's own and what they share; locks between them; two hundred at once.
 */
#include "t.h"
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>

#define NR_THREADS 8
#define ROUNDS	   500

static pthread_t start(void *(*fn)(void *), void *arg)
{
	pthread_t t;

	if (pthread_create(&t, NULL, fn, arg)) {
		printf("Bail out! pthread_create\n");
		exit(99);
	}
	return t;
}

static void *join(pthread_t t)
{
	void *ret = NULL;

	return pthread_join(t, &ret) ? (void *)-99L : ret;
}

static int gettid_(void)
{
	return (int)syscall(SYS_gettid);
}

/* --- life -------------------------------------------------------------------- */

static void *plus_one(void *arg)
{
	return (char *)arg + 1;
}

static void *who_am_i(void *arg)
{
	int *ids = arg;

	ids[0] = getpid();
	ids[1] = gettid_();
	ids[2] = getppid();
	return NULL;
}

static atomic_int detached_ran;

static void *detached(void *arg)
{
	(void)arg;
	atomic_store(&detached_ran, 1);
	return NULL;
}

static void *in_a_loop(void *arg)
{
	(void)arg;
	for (;;)
		pause();
	return NULL;
}

static void cleaned(void *arg)
{
	*(int *)arg = 1;
}

static atomic_int can_be_cleaned;

static void *with_cleanup(void *arg)
{
	pthread_cleanup_push(cleaned, arg);
	atomic_store(&can_be_cleaned, 1);
	for (;;)
		usleep(1000000);
	pthread_cleanup_pop(0);
	return NULL;
}

static void *spins(void *arg)
{
	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
	atomic_store((atomic_int *)arg, 1);
	for (;;)
		;
	return NULL;
}

static void *calls_exit(void *arg)
{
	pthread_exit(arg);
}

static void lives(void)
{
	pthread_attr_t attr;
	atomic_int spinning = 0;
	int ids[3], clean = 0;
	pthread_t t;

	T(join(start(plus_one, (void *)41)) == (void *)42,
	  "a thread returns a value");
	T(join(start(calls_exit, (void *)7)) == (void *)7,
	  "pthread_exit does, too");
	join(start(who_am_i, ids));
	T(ids[0] == getpid() && ids[1] != getpid() && ids[1] > 0 &&
		  ids[2] == getppid(),
	  "getpid and getppid are the process's, gettid is the thread's own");
	T(gettid_() == getpid(), "the first thread has the process's number");

	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	T(!pthread_create(&t, &attr, detached, NULL), "a detached thread");
	while (!atomic_load(&detached_ran))
		sched_yield();
	T(1, "runs");

	t = start(in_a_loop, NULL);
	T(!pthread_cancel(t) && join(t) == PTHREAD_CANCELED,
	  "a sleeping thread is cancelled");
	t = start(with_cleanup, &clean);
	while (!atomic_load(&can_be_cleaned))
		sched_yield();
	T(!pthread_cancel(t) && join(t) == PTHREAD_CANCELED && clean,
	  "its clean-up runs");
	t = start(spins, &spinning);
	while (!atomic_load(&spinning))
		sched_yield();
	T(!pthread_cancel(t) && join(t) == PTHREAD_CANCELED,
	  "one that computes is cancelled asynchronously");
}

/* --- what is its own ------------------------------------------------------------ */

static __thread int tls = 5;
static __thread char tls_big[10000];
static int *tls_of_main;

static void *own_tls(void *arg)
{
	int ok = tls == 5 && &tls != tls_of_main && !tls_big[9999];

	tls = (int)(long)arg;
	tls_big[9999] = 1;
	for (int i = 0; i < 20; i++) {
		sched_yield();
		ok &= tls == (int)(long)arg;
	}
	return (void *)(long)ok;
}

static pthread_key_t key;
static atomic_int destroyed;

static void destroy(void *v)
{
	atomic_fetch_add(&destroyed, (int)(long)v);
}

static void *uses_key(void *arg)
{
	pthread_setspecific(key, arg);
	return pthread_getspecific(key);
}

static void *own_errno(void *arg)
{
	(void)arg;
	errno = 0;
	close(-1);
	return (void *)(long)errno;
}

static void *own_float(void *arg)
{
	volatile double x = (double)(long)arg, sum = 0;

	for (int i = 0; i < 2000; i++) {
		sum += x;
		if (i % 100 == 0)
			sched_yield();
	}
	return (void *)(long)sum;
}

static void owns(void)
{
	pthread_t t[NR_THREADS];
	long ok = 1;

	tls_of_main = &tls;
	for (long i = 0; i < NR_THREADS; i++)
		t[i] = start(own_tls, (void *)(i + 100));
	for (int i = 0; i < NR_THREADS; i++)
		ok &= (long)join(t[i]);
	T(ok && tls == 5, "thread-local storage is each thread's own");

	pthread_key_create(&key, destroy);
	for (long i = 0; i < NR_THREADS; i++)
		t[i] = start(uses_key, (void *)(i + 1));
	for (long i = 0; i < NR_THREADS; i++)
		ok &= join(t[i]) == (void *)(i + 1);
	T(ok && atomic_load(&destroyed) == NR_THREADS * (NR_THREADS + 1) / 2,
	  "keys, and their destructors");

	errno = EDOM;
	T(join(start(own_errno, NULL)) == (void *)EBADF && errno == EDOM,
	  "errno");
	for (long i = 0; i < NR_THREADS; i++)
		t[i] = start(own_float, (void *)i);
	for (long i = 0; i < NR_THREADS; i++)
		ok &= join(t[i]) == (void *)(i * 2000);
	T(ok, "floating-point registers");
}

/* --- what they share --------------------------------------------------------------- */

static void *changes_all(void *arg)
{
	int *fd = arg;

	*fd = open("/dev/null", O_RDONLY);
	umask(0123);
	return (void *)(long)chdir("/tmp");
}

static void *closes(void *arg)
{
	return (void *)(long)close(*(int *)arg);
}

static void *maps(void *arg)
{
	char *p = anon(PAGE, PROT_READ | PROT_WRITE);

	(void)arg;
	*p = 42;
	return p;
}

static void *unmaps(void *arg)
{
	return (void *)(long)munmap(arg, PAGE);
}

static void shares(void)
{
	char cwd[100] = "", *p;
	struct stat st;
	int fd = -1;

	join(start(changes_all, &fd));
	T(fd >= 0 && !fstat(fd, &st) && S_ISCHR(st.st_mode), "descriptors");
	join(start(closes, &fd));
	is(fstat(fd, &st), -1, EBADF, "closed for all");
	T(umask(022) == 0123 && getcwd(cwd, sizeof(cwd)) &&
		  !strcmp(cwd, "/tmp"),
	  "umask and working directory");
	p = join(start(maps, NULL));
	T(*p == 42, "a mapping of another thread");
	join(start(unmaps, p));
	T_SEGV(peek(p), SEGV_MAPERR, p, "is gone for all when one unmaps it");
}

/* --- locks --------------------------------------------------------------------------- */

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_barrier_t barrier;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static sem_t sem;
static long counter, other, once_ran;

static void *counts(void *arg)
{
	(void)arg;
	for (int i = 0; i < ROUNDS; i++) {
		pthread_mutex_lock(&mutex);
		long seen = counter;

		if (i % 50 == 0)
			sched_yield();
		counter = seen + 1;
		pthread_mutex_unlock(&mutex);
	}
	return NULL;
}

static void *pings(void *arg)
{
	long me = (long)arg;

	for (int i = 0; i < ROUNDS; i++) {
		pthread_mutex_lock(&mutex);
		while (counter % 2 != me)
			pthread_cond_wait(&cond, &mutex);
		counter++;
		pthread_cond_broadcast(&cond);
		pthread_mutex_unlock(&mutex);
	}
	return NULL;
}

static void *reads_or_writes(void *arg)
{
	long bad = 0;

	for (int i = 0; i < ROUNDS; i++) {
		if ((i + (long)arg) % 8) {
			pthread_rwlock_rdlock(&rwlock);
			bad += counter != other;
		} else {
			pthread_rwlock_wrlock(&rwlock);
			counter++;
			sched_yield();
			other++;
		}
		pthread_rwlock_unlock(&rwlock);
	}
	return (void *)bad;
}

static atomic_int arrived;

static void *in_step(void *arg)
{
	long bad = 0;

	(void)arg;
	for (int i = 1; i <= 50; i++) {
		atomic_fetch_add(&arrived, 1);
		pthread_barrier_wait(&barrier);
		bad += atomic_load(&arrived) != i * NR_THREADS;
		pthread_barrier_wait(&barrier);
	}
	return (void *)bad;
}

static void only_once(void)
{
	once_ran++;
	usleep(1000);
}

static void *calls_once(void *arg)
{
	(void)arg;
	pthread_once(&once, only_once);
	return (void *)once_ran;
}

static void *posts(void *arg)
{
	(void)arg;
	for (int i = 0; i < ROUNDS; i++)
		sem_post(&sem);
	return NULL;
}

/* NR_THREADS of them; the sum of what they return. */
static long crowd(void *(*fn)(void *))
{
	pthread_t t[NR_THREADS];
	long sum = 0;

	for (long i = 0; i < NR_THREADS; i++)
		t[i] = start(fn, (void *)i);
	for (int i = 0; i < NR_THREADS; i++)
		sum += (long)join(t[i]);
	return sum;
}

static void locks(void)
{
	struct timespec soon;
	pthread_t a, b;

	crowd(counts);
	T(counter == NR_THREADS * ROUNDS, "a mutex");
	counter = 0;
	a = start(pings, (void *)0);
	b = start(pings, (void *)1);
	join(a);
	join(b);
	T(counter == 2 * ROUNDS, "a condition variable, in turns");
	counter = other = 0;
	T(!crowd(reads_or_writes) && counter == other && counter > 0,
	  "an rwlock");
	pthread_barrier_init(&barrier, NULL, NR_THREADS);
	T(!crowd(in_step), "a barrier");
	T(crowd(calls_once) == NR_THREADS && once_ran == 1, "pthread_once");
	sem_init(&sem, 0, 0);
	a = start(posts, NULL);
	for (int i = 0; i < ROUNDS; i++)
		sem_wait(&sem);
	join(a);
	T(sem_trywait(&sem) == -1 && errno == EAGAIN, "a semaphore");
	clock_gettime(CLOCK_REALTIME, &soon);
	soon.tv_nsec = (soon.tv_nsec + 1000000) % 1000000000;
	soon.tv_sec += soon.tv_nsec < 1000000;
	pthread_mutex_lock(&mutex);
	T(pthread_cond_timedwait(&cond, &mutex, &soon) == ETIMEDOUT,
	  "a wait with a time-out");
	pthread_mutex_unlock(&mutex);
}

static void *dies_holding(void *arg)
{
	pthread_mutex_lock(arg);
	return NULL;
}

static void robust(void)
{
	pthread_mutexattr_t attr;
	pthread_mutex_t m;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
	pthread_mutex_init(&m, &attr);
	join(start(dies_holding, &m));
	T(pthread_mutex_lock(&m) == EOWNERDEAD,
	  "a robust mutex says that its owner died");
	T(!pthread_mutex_consistent(&m) && !pthread_mutex_unlock(&m) &&
		  !pthread_mutex_lock(&m),
	  "and can be mended");
}

/* --- many ------------------------------------------------------------------------------ */

static pthread_barrier_t many_barrier;

static void *one_of_many(void *arg)
{
	char page[3000];

	memset(page, (int)(long)arg, sizeof(page));
	pthread_barrier_wait(&many_barrier);
	return (void *)(long)(page[2999] == (char)(long)arg);
}

#define MANY 200

static void many(void)
{
	pthread_t t[MANY];
	long ok = 0;

	pthread_barrier_init(&many_barrier, NULL, MANY + 1);
	for (long i = 0; i < MANY; i++)
		t[i] = start(one_of_many, (void *)i);
	pthread_barrier_wait(&many_barrier);
	for (int i = 0; i < MANY; i++)
		ok += (long)join(t[i]);
	T(ok == MANY, "%d threads at once", MANY);
	ok = 0;
	for (long i = 0; i < 1000; i++)
		ok += join(start(plus_one, (void *)i)) == (void *)(i + 1);
	T(ok == 1000, "1000 threads one after the other");
}

/* --- usage ------------------------------------------------------------------------------ */

static double seconds(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static double rusage_seconds(int who)
{
	struct rusage ru;

	getrusage(who, &ru);
	return (double)(ru.ru_utime.tv_sec + ru.ru_stime.tv_sec) +
	       (double)(ru.ru_utime.tv_usec + ru.ru_stime.tv_usec) / 1e6;
}

static void *works(void *arg)
{
	double *used = arg;

	while (seconds(CLOCK_THREAD_CPUTIME_ID) < 0.1)
		for (volatile int i = 0; i < 100000; i++)
			;
	used[0] = seconds(CLOCK_THREAD_CPUTIME_ID);
	used[1] = rusage_seconds(RUSAGE_THREAD);
	return NULL;
}

static void usage(void)
{
	double before = rusage_seconds(RUSAGE_SELF), used[2];
	double mine = rusage_seconds(RUSAGE_THREAD);

	join(start(works, used));
	T(used[0] >= 0.1 && used[1] >= 0.09 && used[1] < 0.5,
	  "a thread's CPU time");
	T(rusage_seconds(RUSAGE_SELF) >= before + 0.09,
	  "stays with the process when it has ended");
	T(rusage_seconds(RUSAGE_THREAD) < mine + 0.09,
	  "and is not another thread's");
}

int main(void)
{
	lives();
	owns();
	shares();
	locks();
	robust();
	many();
	usage();
	return done();
}

/* SPDX-License-Identifier: MIT */
/*
 * Do page faults of two threads run side by side? Each thread owns a mapping
 * and writes to every page of it, all at the same time; then the pages are
 * dropped, which is not timed, and the next round begins. The figures are pages
 * a second, alone and together, and by as many processes, which share nothing:
 * what the machine below has to give. They are times of that machine, so they are
 * for looking at, not for a test:
 *
 *	scale [THREADS [ROUNDS]]
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PAGE  4096UL
#define PAGES 8192UL /* a thread's mapping: 32 MiB */
#define MAX   64

struct worker {
	pthread_t thread;
	pid_t process; /* instead of a thread; else 0 */
	char *memory;
};

static int rounds = 50;
static pthread_barrier_t *barrier; /* shared with processes */

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void *work(void *arg)
{
	struct worker *w = arg;

	for (int r = 0; r < rounds; r++) {
		pthread_barrier_wait(barrier);
		for (unsigned long i = 0; i < PAGES; i++)
			w->memory[i * PAGE] = 1;
		pthread_barrier_wait(barrier);
		madvise(w->memory, PAGES * PAGE, MADV_DONTNEED);
	}
	return NULL;
}

static void start(struct worker *w, int process)
{
	/* A page without access between two mappings keeps them two areas. */
	char *p = mmap(NULL, (PAGES + 1) * PAGE, PROT_NONE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED ||
	    mprotect(p, PAGES * PAGE, PROT_READ | PROT_WRITE)) {
		perror("scale");
		exit(1);
	}
	w->memory = p;
	if (process) {
		w->process = fork();
		if (w->process == 0) {
			work(w);
			_exit(0);
		}
	}
	if (process ? w->process < 0
		    : pthread_create(&w->thread, NULL, work, w) != 0) {
		perror("scale");
		exit(1);
	}
}

static void end(struct worker *w)
{
	if (w->process)
		waitpid(w->process, NULL, 0);
	else
		pthread_join(w->thread, NULL);
	munmap(w->memory, (PAGES + 1) * PAGE);
}

/* Pages a second that @n threads, or processes, get through together. */
static double measure(unsigned int n, int processes)
{
	struct worker workers[MAX] = { 0 };
	pthread_barrierattr_t shared;
	double spent = 0;

	pthread_barrierattr_init(&shared);
	pthread_barrierattr_setpshared(&shared, PTHREAD_PROCESS_SHARED);
	pthread_barrier_init(barrier, &shared, n + 1);
	for (unsigned int i = 0; i < n; i++)
		start(&workers[i], processes);
	for (int r = 0; r < rounds; r++) {
		double began;

		pthread_barrier_wait(barrier);
		began = now();
		pthread_barrier_wait(barrier);
		spent += now() - began;
	}
	for (unsigned int i = 0; i < n; i++)
		end(&workers[i]);
	pthread_barrier_destroy(barrier);
	return (double)(n * PAGES) * rounds / spent;
}

int main(int argc, char **argv)
{
	unsigned int n = argc > 1 ? (unsigned int)atoi(argv[1]) : 2;
	double one, all, apart;

	if (argc > 2)
		rounds = atoi(argv[2]);
	if (n < 1 || n > MAX || rounds < 1) {
		fprintf(stderr, "usage: scale [THREADS (1-%d) [ROUNDS]]\n",
			MAX);
		return 2;
	}
	barrier = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (barrier == MAP_FAILED) {
		perror("scale");
		return 1;
	}
	printf("%ld CPUs online\n", sysconf(_SC_NPROCESSORS_ONLN));
	one = measure(1, 0);
	printf("1 thread: %.0f first writes a second\n", one);
	all = measure(n, 0);
	printf("%u threads: %.0f, %.2f times as many\n", n, all, all / one);
	apart = measure(n, 1);
	printf("%u processes: %.0f, %.2f times as many\n", n, apart,
	       apart / one);
	return 0;
}

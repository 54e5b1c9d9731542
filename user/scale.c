/* SPDX-License-Identifier: MIT */
/*
 * Do page faults of two threads run side by side? Each thread owns a mapping
 * and writes to every page of it, all at the same time; then the pages are
 * dropped, which is not timed, and the next round begins. The figures are pages
 * a second, alone and together. They are times of the machine below, so they
 * are for looking at, not for a test:
 *
 *	scale [THREADS [ROUNDS]]
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define PAGE  4096UL
#define PAGES 8192UL /* a thread's mapping: 32 MiB */
#define MAX   64

struct worker {
	pthread_t thread;
	char *memory;
};

static int rounds = 20;
static pthread_barrier_t barrier;

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
		pthread_barrier_wait(&barrier);
		for (unsigned long i = 0; i < PAGES; i++)
			w->memory[i * PAGE] = 1;
		pthread_barrier_wait(&barrier);
		madvise(w->memory, PAGES * PAGE, MADV_DONTNEED);
	}
	return NULL;
}

static void start(struct worker *w)
{
	/* A page without access between two mappings keeps them two areas. */
	char *p = mmap(NULL, (PAGES + 1) * PAGE, PROT_NONE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED ||
	    mprotect(p, PAGES * PAGE, PROT_READ | PROT_WRITE) ||
	    pthread_create(&w->thread, NULL, work, w)) {
		perror("scale");
		exit(1);
	}
	w->memory = p;
}

/* Pages a second that @n threads get through together. */
static double measure(unsigned int n)
{
	struct worker workers[MAX] = { 0 };
	double spent = 0;

	pthread_barrier_init(&barrier, NULL, n + 1);
	for (unsigned int i = 0; i < n; i++)
		start(&workers[i]);
	for (int r = 0; r < rounds; r++) {
		double began;

		pthread_barrier_wait(&barrier);
		began = now();
		pthread_barrier_wait(&barrier);
		spent += now() - began;
	}
	for (unsigned int i = 0; i < n; i++) {
		pthread_join(workers[i].thread, NULL);
		munmap(workers[i].memory, (PAGES + 1) * PAGE);
	}
	pthread_barrier_destroy(&barrier);
	return (double)(n * PAGES) * rounds / spent;
}

int main(int argc, char **argv)
{
	unsigned int n = argc > 1 ? (unsigned int)atoi(argv[1]) : 2;
	double one, all;

	if (argc > 2)
		rounds = atoi(argv[2]);
	if (n < 1 || n > MAX || rounds < 1) {
		fprintf(stderr, "usage: scale [THREADS (1-%d) [ROUNDS]]\n",
			MAX);
		return 2;
	}
	printf("%ld CPUs online\n", sysconf(_SC_NPROCESSORS_ONLN));
	one = measure(1);
	printf("1 thread: %.0f first writes a second\n", one);
	all = measure(n);
	printf("%u threads: %.0f, %.2f times as many\n", n, all, all / one);
	return 0;
}

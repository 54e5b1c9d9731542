/* SPDX-License-Identifier: MIT */
/*
 * Do page faults of two threads run side by side? Each thread owns a mapping
 * and writes to every page of it, drops the pages and starts again, for a fixed
 * time; the figures are pages a second, alone and together. They are times of
 * the machine below, so they are for looking at, not for a test:
 *
 *	scale [THREADS [SECONDS]]
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define PAGE  4096UL
#define PAGES 512UL /* a thread's mapping: one page table full */
#define MAX   64

struct worker {
	pthread_t thread;
	char *memory;
	unsigned long faults;
};

static double seconds = 2;
static pthread_barrier_t start;

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void *work(void *arg)
{
	struct worker *w = arg;
	double end;

	pthread_barrier_wait(&start);
	end = now() + seconds;
	do {
		for (unsigned long i = 0; i < PAGES; i++)
			w->memory[i * PAGE] = 1;
		w->faults += PAGES;
		madvise(w->memory, PAGES * PAGE, MADV_DONTNEED);
	} while (now() < end);
	return NULL;
}

/* Pages a second that @n threads get through together. */
static double measure(unsigned int n)
{
	struct worker workers[MAX] = { 0 };
	double began, sum = 0;

	pthread_barrier_init(&start, NULL, n + 1);
	for (unsigned int i = 0; i < n; i++) {
		struct worker *w = &workers[i];
		/* A page between two mappings keeps them two areas. */
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
	pthread_barrier_wait(&start);
	began = now();
	for (unsigned int i = 0; i < n; i++) {
		pthread_join(workers[i].thread, NULL);
		sum += (double)workers[i].faults;
	}
	sum /= now() - began;
	for (unsigned int i = 0; i < n; i++)
		munmap(workers[i].memory, (PAGES + 1) * PAGE);
	pthread_barrier_destroy(&start);
	return sum;
}

int main(int argc, char **argv)
{
	unsigned int n = argc > 1 ? (unsigned int)atoi(argv[1]) : 2;
	double one, all;

	if (argc > 2)
		seconds = atof(argv[2]);
	if (n < 1 || n > MAX || seconds <= 0) {
		fprintf(stderr, "usage: scale [THREADS (1-%d) [SECONDS]]\n",
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

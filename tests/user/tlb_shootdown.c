/* SPDX-License-Identifier: MIT */
/*
 * One thread takes pages away while others write to them: when munmap() or
 * mprotect() has returned, no store lands any more, whichever CPU the writers
 * are on. The page is a memfd's, mapped twice, so that it can be looked at
 * after its removal.
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <time.h>

#include "t.h"

#define WRITERS 2
#define ROUNDS	12

static volatile uint64_t *page; /* where the writers write */
static atomic_int round_nr, stop;
static atomic_long faults;
static __thread sigjmp_buf escape;

static void on_fault(int sig, siginfo_t *info, void *uc)
{
	(void)sig;
	(void)info;
	(void)uc;
	siglongjmp(escape, 1);
}

/* Write until the page is gone, then wait for the next round. */
static void *writer(void *arg)
{
	uintptr_t n = (uintptr_t)arg;
	volatile int seen = 0;

	while (!atomic_load(&stop)) {
		if (atomic_load(&round_nr) == seen) {
			sched_yield();
			continue;
		}
		seen = atomic_load(&round_nr);
		if (sigsetjmp(escape, 1)) {
			atomic_fetch_add(&faults, 1);
			continue;
		}
		for (uint64_t v = 1;; v++)
			page[n] = (uint64_t)seen << 32 | v;
	}
	return NULL;
}

/* Wait until every writer has stored something of this round. */
static void wait_for_stores(volatile uint64_t *window, int nr)
{
	for (int i = 0; i < WRITERS; i++)
		while (window[i] >> 32 != (uint64_t)nr)
			sched_yield();
}

static void pause_a_little(void)
{
	for (volatile int i = 0; i < 5000; i++)
		;
}

enum way {
	UNMAP,
	PROTECT_READ,
	PROTECT_NONE,
	DISCARD_MAP,
	NR_WAYS
};
static const char *const way_names[NR_WAYS] = { "munmap", "mprotect(PROT_READ)",
						"mprotect(PROT_NONE)",
						"mmap(MAP_FIXED) over it" };

static int take_away(enum way way)
{
	void *p = (void *)page;

	if (way == UNMAP)
		return munmap(p, PAGE);
	if (way == PROTECT_READ)
		return mprotect(p, PAGE, PROT_READ);
	if (way == PROTECT_NONE)
		return mprotect(p, PAGE, PROT_NONE);
	return mmap(p, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
		    -1, 0) == p
		       ? 0
		       : -1;
}

/* Let them all notice before the page comes back. A writer that never does
 * goes on with what its CPU remembers. */
static int all_have_noticed(int nr)
{
	time_t end = time(NULL) + 10;

	while (atomic_load(&faults) < (long)nr * WRITERS) {
		if (time(NULL) > end)
			return 0;
		sched_yield();
	}
	return 1;
}

/* Late stores in all rounds. */
static long play(enum way way, volatile uint64_t *window, int fd)
{
	long late = 0;

	for (int i = 0; i < ROUNDS; i++) {
		uint64_t before[WRITERS];
		int nr;

		if (mmap((void *)page, PAGE, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_FIXED, fd, 0) != (void *)page)
			return -1;
		nr = atomic_fetch_add(&round_nr, 1) + 1;
		wait_for_stores(window, nr);
		if (take_away(way))
			return -1;
		for (int w = 0; w < WRITERS; w++)
			before[w] = window[w];
		pause_a_little();
		for (int w = 0; w < WRITERS; w++)
			late += before[w] != window[w];
		if (!all_have_noticed(nr))
			return late + 1;
	}
	return late;
}

int main(void)
{
	struct sigaction sa = { .sa_sigaction = on_fault,
				.sa_flags = SA_SIGINFO };
	int fd = memfd_create("page", 0);
	volatile uint64_t *window;
	pthread_t t[WRITERS];

	sigaction(SIGSEGV, &sa, NULL);
	T(fd >= 0 && !ftruncate(fd, PAGE), "a page to share");
	window = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	T(window != MAP_FAILED && page != MAP_FAILED, "mapped twice");
	for (uintptr_t i = 0; i < WRITERS; i++)
		T(!pthread_create(&t[i], NULL, writer, (void *)i), "writer %d",
		  (int)i);
	for (enum way way = 0; way < NR_WAYS; way++) {
		long late = play(way, window, fd);

		T(late == 0, "no store lands after %s", way_names[way]);
		if (late) {
			printf("# %ld late\n", late);
			return done();
		}
	}
	atomic_store(&stop, 1);
	for (int i = 0; i < WRITERS; i++)
		pthread_join(t[i], NULL);
	return done();
}

/* SPDX-License-Identifier: MIT */
/*
 * Threads that allocate, grow and free blocks of all sizes, and hand some to
 * each other; every block carries a stamp that its last owner checks.
 */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define THREADS 4
#define SLOTS	512
#define STEPS	40000

struct block {
	size_t size;
	unsigned char *bytes;
	unsigned char stamp;
};

static struct block shared[SLOTS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned long bad;

static uint32_t next(uint32_t *seed)
{
	return *seed = *seed * 1664525u + 1013904223u;
}

static size_t some_size(uint32_t *seed)
{
	uint32_t r = next(seed) >> 8;

	if (r % 500 == 0)
		return 1u << 20;
	return r % 16 == 0 ? r % 65536 + 1 : r % 700 + 1;
}

static void check(const struct block *b)
{
	for (size_t i = 0; i < b->size; i++)
		if (b->bytes[i] != b->stamp) {
			__atomic_add_fetch(&bad, 1, __ATOMIC_RELAXED);
			return;
		}
}

static void fill(struct block *b, size_t size, unsigned char stamp)
{
	b->bytes = realloc(b->bytes, size);
	if (!b->bytes)
		abort();
	b->size = size;
	b->stamp = stamp;
	memset(b->bytes, stamp, size);
}

static void *work(void *arg)
{
	uint32_t seed = (uint32_t)(uintptr_t)arg * 7919;
	static _Thread_local struct block own[SLOTS];

	for (int i = 0; i < STEPS; i++) {
		struct block *b = &own[(next(&seed) >> 8) % SLOTS];
		struct block *s = &shared[(next(&seed) >> 8) % SLOTS];

		check(b);
		fill(b, some_size(&seed), (unsigned char)next(&seed));
		if (i % 8)
			continue;
		pthread_mutex_lock(&lock);
		struct block t = *s;
		*s = *b;
		*b = t;
		pthread_mutex_unlock(&lock);
	}
	for (int i = 0; i < SLOTS; i++) {
		check(&own[i]);
		free(own[i].bytes);
	}
	return NULL;
}

int main(void)
{
	pthread_t t[THREADS];

	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&t[i], NULL, work,
				   (void *)(uintptr_t)(i + 1))) {
			puts("no thread");
			return 1;
		}
	for (int i = 0; i < THREADS; i++)
		pthread_join(t[i], NULL);
	for (int i = 0; i < SLOTS; i++) {
		check(&shared[i]);
		free(shared[i].bytes);
	}
	printf("%d threads, %d steps each, %lu bad blocks\n", THREADS, STEPS,
	       bad);
	return bad != 0;
}

/* SPDX-License-Identifier: MIT */
#ifndef TESTS_USER_PRODUCERS_H
#define TESTS_USER_PRODUCERS_H

/*
 * Producers and consumers, each a process, with a ring of parcels in shared
 * memory between them:
 *
 *	producer 0..3 --put()--> [ slot | slot | … ] --get()--> consumer 0..3
 *
 * producers.c makes the memory; producers_sync.h keeps the order.
 */
#include "t.h"
#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>

#define NR_PRODUCERS 4
#define NR_CONSUMERS 4
#define PER_PRODUCER 100
#define NR_PARCELS   (NR_PRODUCERS * PER_PRODUCER)
#define NR_SLOTS     16
#define NR_WORDS     60

struct parcel {
	uint64_t number, sum; /* sum of the words */
	uint64_t word[NR_WORDS];
};

struct ring {
	struct parcel slot[NR_SLOTS];
	unsigned int head, tail; /* put, taken */
	/* What keeps the order, whichever of them does. */
	pthread_mutex_t mutex;
	pthread_cond_t room, goods;
	sem_t free, full, lock;
	unsigned int futex_lock, puts, gets;
	/* What has arrived. */
	unsigned int arrived[NR_PARCELS], damaged;
	uint64_t total;
};

/* A way to keep the order. put() and get() are called by the processes. */
struct order {
	const char *name;
	void (*start)(struct ring *r);
	void (*put)(struct ring *r, const struct parcel *p);
	void (*get)(struct ring *r, struct parcel *p);
	void (*stop)(struct ring *r);
};

#endif

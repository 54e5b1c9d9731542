/* SPDX-License-Identifier: MIT */
#ifndef TESTS_USER_PRODUCERS_SYNC_H
#define TESTS_USER_PRODUCERS_SYNC_H

/* Six ways for processes to take turns with the ring of producers.h. */
#include "producers.h"
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/syscall.h>

static void push(struct ring *r, const struct parcel *p)
{
	r->slot[r->head++ % NR_SLOTS] = *p;
}

static void pop(struct ring *r, struct parcel *p)
{
	*p = r->slot[r->tail++ % NR_SLOTS];
}

static void nothing_to_stop(struct ring *r)
{
	(void)r;
}

/* --- a mutex and two condition variables ---------------------------------- */

static void mutex_start(struct ring *r)
{
	pthread_mutexattr_t ma;
	pthread_condattr_t ca;

	pthread_mutexattr_init(&ma);
	pthread_mutexattr_setpshared(&ma, PTHREAD_PROCESS_SHARED);
	pthread_mutex_init(&r->mutex, &ma);
	pthread_condattr_init(&ca);
	pthread_condattr_setpshared(&ca, PTHREAD_PROCESS_SHARED);
	pthread_cond_init(&r->room, &ca);
	pthread_cond_init(&r->goods, &ca);
}

static void mutex_put(struct ring *r, const struct parcel *p)
{
	pthread_mutex_lock(&r->mutex);
	while (r->head - r->tail == NR_SLOTS)
		pthread_cond_wait(&r->room, &r->mutex);
	push(r, p);
	pthread_cond_signal(&r->goods);
	pthread_mutex_unlock(&r->mutex);
}

static void mutex_get(struct ring *r, struct parcel *p)
{
	pthread_mutex_lock(&r->mutex);
	while (r->head == r->tail)
		pthread_cond_wait(&r->goods, &r->mutex);
	pop(r, p);
	pthread_cond_signal(&r->room);
	pthread_mutex_unlock(&r->mutex);
}

/* --- POSIX semaphores ----------------------------------------------------- */

static void posix_start(struct ring *r)
{
	sem_init(&r->free, 1, NR_SLOTS);
	sem_init(&r->full, 1, 0);
	sem_init(&r->lock, 1, 1);
}

static void posix_put(struct ring *r, const struct parcel *p)
{
	sem_wait(&r->free);
	sem_wait(&r->lock);
	push(r, p);
	sem_post(&r->lock);
	sem_post(&r->full);
}

static void posix_get(struct ring *r, struct parcel *p)
{
	sem_wait(&r->full);
	sem_wait(&r->lock);
	pop(r, p);
	sem_post(&r->lock);
	sem_post(&r->free);
}

/* --- System V semaphores: free, full, lock -------------------------------- */

static int semid;

static void sysv_start(struct ring *r)
{
	unsigned short values[3] = { NR_SLOTS, 0, 1 };

	(void)r;
	semid = semget(IPC_PRIVATE, 3, 0600);
	semctl(semid, 0, SETALL, values);
}

/* One of @take and the lock at once; afterwards one to @give. */
static void sysv_enter(unsigned short take)
{
	struct sembuf ops[2] = { { take, -1, 0 }, { 2, -1, SEM_UNDO } };

	if (semop(semid, ops, 2))
		_exit(3);
}

static void sysv_leave(unsigned short give)
{
	struct sembuf ops[2] = { { give, 1, 0 }, { 2, 1, SEM_UNDO } };

	if (semop(semid, ops, 2))
		_exit(4);
}

static void sysv_put(struct ring *r, const struct parcel *p)
{
	sysv_enter(0);
	push(r, p);
	sysv_leave(1);
}

static void sysv_get(struct ring *r, struct parcel *p)
{
	sysv_enter(1);
	pop(r, p);
	sysv_leave(0);
}

static void sysv_stop(struct ring *r)
{
	(void)r;
	semctl(semid, 0, IPC_RMID);
}

/* --- a message queue: numbers of free slots and of full ones -------------- */

static int msqid;
struct note {
	long type;
	unsigned int slot;
};
#define NOTE_FREE 1
#define NOTE_FULL 2

static void note_send(long type, unsigned int slot)
{
	struct note n = { type, slot };

	if (msgsnd(msqid, &n, sizeof(n.slot), 0))
		_exit(5);
}

static unsigned int note_wait(long type)
{
	struct note n;

	if (msgrcv(msqid, &n, sizeof(n.slot), type, 0) != sizeof(n.slot) ||
	    n.slot >= NR_SLOTS)
		_exit(6);
	return n.slot;
}

static void queue_start(struct ring *r)
{
	(void)r;
	msqid = msgget(IPC_PRIVATE, 0600);
	for (unsigned int i = 0; i < NR_SLOTS; i++)
		note_send(NOTE_FREE, i);
}

static void queue_put(struct ring *r, const struct parcel *p)
{
	unsigned int i = note_wait(NOTE_FREE);

	r->slot[i] = *p;
	note_send(NOTE_FULL, i);
}

static void queue_get(struct ring *r, struct parcel *p)
{
	unsigned int i = note_wait(NOTE_FULL);

	*p = r->slot[i];
	note_send(NOTE_FREE, i);
}

static void queue_stop(struct ring *r)
{
	(void)r;
	msgctl(msqid, IPC_RMID, NULL);
}

/* --- two pipes, likewise -------------------------------------------------- */

static int free_slots[2], full_slots[2];

static void pipe_start(struct ring *r)
{
	(void)r;
	if (pipe(free_slots) || pipe(full_slots))
		exit(99);
	for (unsigned char i = 0; i < NR_SLOTS; i++)
		if (write(free_slots[1], &i, 1) != 1)
			exit(99);
}

static void pipe_put(struct ring *r, const struct parcel *p)
{
	unsigned char i;

	if (read(free_slots[0], &i, 1) != 1)
		_exit(7);
	r->slot[i] = *p;
	if (write(full_slots[1], &i, 1) != 1)
		_exit(8);
}

static void pipe_get(struct ring *r, struct parcel *p)
{
	unsigned char i;

	if (read(full_slots[0], &i, 1) != 1)
		_exit(7);
	*p = r->slot[i];
	if (write(free_slots[1], &i, 1) != 1)
		_exit(8);
}

static void pipe_stop(struct ring *r)
{
	(void)r;
	for (int i = 0; i < 2; i++) {
		close(free_slots[i]);
		close(full_slots[i]);
	}
}

/* --- futexes themselves --------------------------------------------------- */

#define WAIT 0
#define WAKE 1

static void futex(unsigned int *word, int op, unsigned int val)
{
	syscall(SYS_futex, word, op, val, NULL, NULL, 0);
}

/* 0: free, 1: taken, 2: taken and somebody may sleep. */
static void futex_acquire(unsigned int *word)
{
	unsigned int was = 0;

	if (__atomic_compare_exchange_n(word, &was, 1, 0, __ATOMIC_ACQUIRE,
					__ATOMIC_RELAXED))
		return;
	while (__atomic_exchange_n(word, 2, __ATOMIC_ACQUIRE))
		futex(word, WAIT, 2);
}

static void futex_release(unsigned int *word)
{
	if (__atomic_exchange_n(word, 0, __ATOMIC_RELEASE) == 2)
		futex(word, WAKE, 1);
}

/* Give the lock back until @count has changed. */
static void futex_await(struct ring *r, unsigned int *count)
{
	unsigned int seen = __atomic_load_n(count, __ATOMIC_RELAXED);

	futex_release(&r->futex_lock);
	futex(count, WAIT, seen);
	futex_acquire(&r->futex_lock);
}

static void futex_changed(struct ring *r, unsigned int *count)
{
	__atomic_fetch_add(count, 1, __ATOMIC_RELEASE);
	futex_release(&r->futex_lock);
	futex(count, WAKE, 1);
}

static void futex_start(struct ring *r)
{
	r->futex_lock = r->puts = r->gets = 0;
}

static void futex_put(struct ring *r, const struct parcel *p)
{
	futex_acquire(&r->futex_lock);
	while (r->head - r->tail == NR_SLOTS)
		futex_await(r, &r->gets);
	push(r, p);
	futex_changed(r, &r->puts);
}

static void futex_get(struct ring *r, struct parcel *p)
{
	futex_acquire(&r->futex_lock);
	while (r->head == r->tail)
		futex_await(r, &r->puts);
	pop(r, p);
	futex_changed(r, &r->gets);
}

static const struct order orders[] = {
	{ "mutex and condition variables", mutex_start, mutex_put, mutex_get,
	  nothing_to_stop },
	{ "POSIX semaphores", posix_start, posix_put, posix_get,
	  nothing_to_stop },
	{ "System V semaphores", sysv_start, sysv_put, sysv_get, sysv_stop },
	{ "a message queue", queue_start, queue_put, queue_get, queue_stop },
	{ "pipes", pipe_start, pipe_put, pipe_get, pipe_stop },
	{ "futexes", futex_start, futex_put, futex_get, nothing_to_stop },
};

#endif

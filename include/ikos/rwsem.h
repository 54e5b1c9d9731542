/* SPDX-License-Identifier: MIT */
#ifndef IKOS_RWSEM_H
#define IKOS_RWSEM_H

#include <ikos/list.h>
#include <ikos/lockdep.h>
#include <ikos/spinlock.h>

struct task_struct;

/*
 * Many readers or one writer, all of whom may sleep. Fair: a waiting writer
 * keeps new readers out. kernel/rwsem.c implements it.
 */
struct rw_semaphore {
	long count; /* readers; -1: a writer holds it */
	spinlock_t wait_lock; /* guards wait_list and hand-over */
	struct list_head wait_list; /* in order of arrival */
#ifdef CONFIG_DEBUG_VM
	struct task_struct *owner; /* the writer */
#endif
	struct lockdep_map dep_map;
};

#ifdef CONFIG_LOCKDEP
#define init_rwsem(sem_)                                                       \
	do {                                                                   \
		static struct lock_class_key _key = { .name = #sem_ };         \
		__init_rwsem(sem_);                                            \
		lockdep_map_init(&(sem_)->dep_map, &_key);                     \
	} while (0)
#else
#define init_rwsem(sem_) __init_rwsem(sem_)
#endif

void __init_rwsem(struct rw_semaphore *sem);
void down_read(struct rw_semaphore *sem);
/* 0, or -EINTR when a fatal signal came first. */
int __must_check down_read_killable(struct rw_semaphore *sem);
bool down_read_trylock(struct rw_semaphore *sem);
void up_read(struct rw_semaphore *sem);
void down_write(struct rw_semaphore *sem);
/* 0, or -EINTR when a fatal signal came first. */
int __must_check down_write_killable(struct rw_semaphore *sem);
/* A second one of a class that the caller holds one of, in a known order. */
void down_write_nested(struct rw_semaphore *sem);
bool down_write_trylock(struct rw_semaphore *sem);
void up_write(struct rw_semaphore *sem);
void downgrade_write(struct rw_semaphore *sem);

static inline bool rwsem_is_locked(const struct rw_semaphore *sem)
{
	return READ_ONCE(sem->count) != 0;
}

static inline bool rwsem_is_write_locked(const struct rw_semaphore *sem)
{
	return READ_ONCE(sem->count) < 0;
}

#endif

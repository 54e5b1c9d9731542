/* SPDX-License-Identifier: MIT */
#ifndef IKOS_MUTEX_H
#define IKOS_MUTEX_H

#include <ikos/list.h>
#include <ikos/lockdep.h>
#include <ikos/spinlock.h>

struct task_struct;

/* A lock whose holder may sleep. Not for interrupt context. */
struct mutex {
	struct task_struct *owner; /* NULL: free */
	spinlock_t wait_lock; /* guards wait_list and hand-over */
	struct list_head wait_list;
	struct lockdep_map dep_map;
};

#ifdef CONFIG_LOCKDEP
#define MUTEX_MAP_INIT(name_) , .dep_map = { .name = #name_ }
#else
#define MUTEX_MAP_INIT(name_)
#endif

#define MUTEX_INIT(name)                                                       \
	{                                                                      \
		.owner = NULL, .wait_lock = SPINLOCK_INIT,                     \
		.wait_list =                                                   \
			LIST_HEAD_INIT((name).wait_list) MUTEX_MAP_INIT(name)  \
	}
#define DEFINE_MUTEX(name) struct mutex name = MUTEX_INIT(name)

#ifdef CONFIG_LOCKDEP
#define mutex_init(lock_)                                                      \
	do {                                                                   \
		static struct lock_class_key _key = { .name = #lock_ };        \
		__mutex_init(lock_);                                           \
		lockdep_map_init(&(lock_)->dep_map, &_key);                    \
	} while (0)
#else
#define mutex_init(lock_) __mutex_init(lock_)
#endif

void __mutex_init(struct mutex *lock);
void mutex_lock(struct mutex *lock);
/* A second one of a class that the caller holds one of, in a known order. */
void mutex_lock_nested(struct mutex *lock);
/* 0, or -EINTR when a fatal signal came first. */
int __must_check mutex_lock_killable(struct mutex *lock);
bool mutex_trylock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);
bool mutex_is_locked(const struct mutex *lock);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef IKOS_MUTEX_H
#define IKOS_MUTEX_H

#include <ikos/list.h>
#include <ikos/spinlock.h>

struct task_struct;

/* A lock whose holder may sleep. Not for interrupt context. */
struct mutex {
	struct task_struct *owner; /* NULL: free */
	spinlock_t wait_lock; /* guards wait_list and hand-over */
	struct list_head wait_list;
};

#define MUTEX_INIT(name)                                                       \
	{                                                                      \
		.owner = NULL, .wait_lock = SPINLOCK_INIT,                     \
		.wait_list = LIST_HEAD_INIT((name).wait_list)                  \
	}
#define DEFINE_MUTEX(name) struct mutex name = MUTEX_INIT(name)

void mutex_init(struct mutex *lock);
void mutex_lock(struct mutex *lock);
bool mutex_trylock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);
bool mutex_is_locked(const struct mutex *lock);

#endif

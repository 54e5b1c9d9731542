/* SPDX-License-Identifier: MIT */
/*
 * Mutexes. A free one is taken and released by one atomic instruction on the
 * owner's pointer. Who finds it taken queues up, in order of arrival, and
 * sleeps; the releasing task hands the mutex over to the first in the queue,
 * so nobody waits for ever.
 *
 *	unlock				a new waiter, under wait_lock
 *	owner = NULL (full barrier)	join the queue (full barrier)
 *	look at the queue		owner free? take it
 *
 * One of the two always sees the other: no wake-up is lost.
 *
 * Lock: wait_lock guards the queue; never taken by interrupt handlers.
 */
#include <ikos/mutex.h>
#include <ikos/sched.h>

struct mutex_waiter {
	struct list_head entry;
	struct task_struct *task;
	bool granted;
};

/**
 * mutex_init - make a free mutex
 */
void mutex_init(struct mutex *lock)
{
	lock->owner = NULL;
	spin_lock_init(&lock->wait_lock);
	INIT_LIST_HEAD(&lock->wait_list);
}

static inline bool try_own(struct mutex *lock, struct task_struct *t)
{
	struct task_struct *free = NULL;

	return __atomic_compare_exchange_n(&lock->owner, &free, t, false,
					   __ATOMIC_SEQ_CST, __ATOMIC_RELAXED);
}

/* Give a free mutex to the first in the queue. wait_lock held. */
static void hand_over(struct mutex *lock)
{
	struct mutex_waiter *w;
	struct task_struct *t;

	if (list_empty(&lock->wait_list))
		return;
	w = list_first_entry(&lock->wait_list, struct mutex_waiter, entry);
	t = w->task;
	if (!try_own(lock, t))
		return;
	list_del(&w->entry);
	/* The waiter's frame may go as soon as it sees the grant. */
	get_task_struct(t);
	smp_store_release(&w->granted, true);
	wake_up_process(t);
	put_task_struct(t);
}

static noinline void mutex_lock_slow(struct mutex *lock)
{
	struct mutex_waiter w = { .task = current };

	if (lock->owner == current)
		panic("%s takes a mutex that it already holds", current->comm);
	spin_lock(&lock->wait_lock);
	list_add_tail(&w.entry, &lock->wait_list);
	smp_mb();
	hand_over(lock);
	spin_unlock(&lock->wait_lock);
	for (;;) {
		set_current_state(TASK_UNINTERRUPTIBLE);
		if (smp_load_acquire(&w.granted))
			break;
		schedule();
	}
	current->state = TASK_RUNNING;
}

/**
 * mutex_lock - take the mutex, sleeping until it is free
 *
 * Context: may sleep. Panics when the caller holds it already.
 */
void mutex_lock(struct mutex *lock)
{
	might_sleep();
	if (unlikely(!try_own(lock, current)))
		mutex_lock_slow(lock);
}

/**
 * mutex_trylock - take the mutex if it is free
 *
 * Context: task, does not sleep. Return: whether the caller holds it now.
 */
bool mutex_trylock(struct mutex *lock)
{
	return try_own(lock, current);
}

/**
 * mutex_unlock - release it, or hand it over to who waits longest
 *
 * Context: the task that took it; does not sleep.
 */
void mutex_unlock(struct mutex *lock)
{
	if (unlikely(lock->owner != current))
		panic("%s releases a mutex that it does not hold",
		      current->comm);
	__atomic_store_n(&lock->owner, NULL, __ATOMIC_SEQ_CST);
	if (likely(list_empty(&lock->wait_list)))
		return;
	spin_lock(&lock->wait_lock);
	hand_over(lock);
	spin_unlock(&lock->wait_lock);
}

/**
 * mutex_is_locked - whether somebody holds it; a snapshot
 */
bool mutex_is_locked(const struct mutex *lock)
{
	return READ_ONCE(lock->owner) != NULL;
}

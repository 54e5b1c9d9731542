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
 * One of the two always sees the other: no wake-up is lost. An owner who sees
 * somebody in the queue does not free the mutex in between: it makes the first
 * of the queue the owner, so nobody who comes later can be faster.
 *
 * Lock: wait_lock guards the queue; never taken by interrupt handlers.
 */
#include <ikos/mutex.h>
#include <ikos/sched.h>

/* For the lock checker's reports. */
#define CALLER ((unsigned long)__builtin_return_address(0))

struct mutex_waiter {
	struct list_head entry;
	struct task_struct *task;
	bool granted;
};

/**
 * __mutex_init - make a free mutex
 *
 * mutex_init() gives it its class for the lock checker, too.
 */
void __mutex_init(struct mutex *lock)
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

/* @t, the first in the queue, is the owner now: let it go on. wait_lock held. */
static void wake_owner(struct mutex_waiter *w)
{
	struct task_struct *t = w->task;

	list_del(&w->entry);
	/* The waiter's frame may go as soon as it sees the grant. */
	get_task_struct(t);
	smp_store_release(&w->granted, true);
	wake_up_process(t);
	put_task_struct(t);
}

static struct mutex_waiter *first_waiter(struct mutex *lock)
{
	if (list_empty(&lock->wait_list))
		return NULL;
	return list_first_entry(&lock->wait_list, struct mutex_waiter, entry);
}

/* Leave the queue: -EINTR, or 0 when the grant was faster. */
static int give_up(struct mutex *lock, struct mutex_waiter *w)
{
	int err = 0;

	spin_lock(&lock->wait_lock);
	if (!w->granted) {
		list_del(&w->entry);
		err = -EINTR;
	}
	spin_unlock(&lock->wait_lock);
	return err;
}

static int wait_for_grant(struct mutex *lock, struct mutex_waiter *w, int state)
{
	int err = 0;

	for (;;) {
		set_current_state(state);
		if (smp_load_acquire(&w->granted))
			break;
		if (state == TASK_KILLABLE && fatal_signal_pending(current)) {
			err = give_up(lock, w);
			break;
		}
		schedule();
	}
	current->state = TASK_RUNNING;
	return err;
}

static noinline int mutex_lock_slow(struct mutex *lock, int state,
				    unsigned long ip)
{
	struct mutex_waiter w = { .task = current };
	struct mutex_waiter *first;
	int err;

	if (lock->owner == current)
		panic("%s takes a mutex that it already holds", current->comm);
	lockdep_wait_begin(lock, &lock->dep_map, LOCK_MUTEX, ip);
	spin_lock(&lock->wait_lock);
	list_add_tail(&w.entry, &lock->wait_list);
	smp_mb();
	first = first_waiter(lock);
	if (try_own(lock, first->task))
		wake_owner(first);
	spin_unlock(&lock->wait_lock);
	err = wait_for_grant(lock, &w, state);
	lockdep_wait_end();
	return err;
}

static inline int lock_common(struct mutex *lock, int state, bool nested,
			      unsigned long ip)
{
	int err = 0;

	might_sleep();
	lockdep_acquire(lock, &lock->dep_map, LOCK_MUTEX, nested, ip);
	if (unlikely(!try_own(lock, current)))
		err = mutex_lock_slow(lock, state, ip);
	if (!err)
		lockdep_acquired(lock, &lock->dep_map, LOCK_MUTEX, ip);
	return err;
}

/**
 * mutex_lock - take the mutex, sleeping until it is free
 *
 * Context: may sleep. Panics when the caller holds it already.
 */
void mutex_lock(struct mutex *lock)
{
	lock_common(lock, TASK_UNINTERRUPTIBLE, false, CALLER);
}

/**
 * mutex_lock_nested - mutex_lock() with another one of its class held
 *
 * Context: may sleep; all who do so agree on the order.
 */
void mutex_lock_nested(struct mutex *lock)
{
	lock_common(lock, TASK_UNINTERRUPTIBLE, true, CALLER);
}

/**
 * mutex_lock_killable - mutex_lock(), but a fatal signal ends the waiting
 *
 * Context: may sleep. Return: 0, or -EINTR without the mutex.
 */
int mutex_lock_killable(struct mutex *lock)
{
	return lock_common(lock, TASK_KILLABLE, false, CALLER);
}

/**
 * mutex_trylock - take the mutex if it is free
 *
 * Context: task, does not sleep. Return: whether the caller holds it now.
 */
bool mutex_trylock(struct mutex *lock)
{
	if (!try_own(lock, current))
		return false;
	lockdep_acquired(lock, &lock->dep_map, LOCK_MUTEX, CALLER);
	return true;
}

/* A waiter came while the mutex was being freed: it is the new owner, unless
 * somebody else has been faster and will look after it. */
static noinline void wake_first(struct mutex *lock)
{
	struct mutex_waiter *first;

	spin_lock(&lock->wait_lock);
	first = first_waiter(lock);
	if (first && try_own(lock, first->task))
		wake_owner(first);
	spin_unlock(&lock->wait_lock);
}

/* Somebody waits, or did a moment ago. */
static noinline void mutex_unlock_slow(struct mutex *lock)
{
	struct mutex_waiter *first;

	spin_lock(&lock->wait_lock);
	first = first_waiter(lock);
	smp_store_release(&lock->owner, first ? first->task : NULL);
	if (first)
		wake_owner(first);
	spin_unlock(&lock->wait_lock);
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
	lockdep_release(lock);
	if (unlikely(!list_empty(&lock->wait_list))) {
		mutex_unlock_slow(lock);
		return;
	}
	__atomic_store_n(&lock->owner, NULL, __ATOMIC_SEQ_CST);
	if (unlikely(!list_empty(&lock->wait_list)))
		wake_first(lock);
}

/**
 * mutex_is_locked - whether somebody holds it; a snapshot
 */
bool mutex_is_locked(const struct mutex *lock)
{
	return READ_ONCE(lock->owner) != NULL;
}

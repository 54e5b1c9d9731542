/* SPDX-License-Identifier: MIT */
/*
 * Reader-writer semaphores: many readers or one writer. One atomic
 * instruction takes or releases one that nobody waits for. Otherwise callers
 * queue in order of arrival, and whoever releases it grants it to the head of
 * the queue: to one writer, or to all readers up to the next writer.
 *
 *	held by 2 readers; queue: W1 R1 R2 W2
 *	last reader goes  -> W1
 *	W1 goes           -> R1 and R2 together
 *	both go           -> W2
 *
 * While anyone queues, newcomers queue too, readers included: a writer is not
 * starved. As with mutexes, a newcomer queues and then looks at the count, a
 * releaser changes the count and then looks at the queue, both with a full
 * barrier between, so one sees the other.
 *
 * count: number of readers, or -1 for a writer; changed atomically.
 * Lock: wait_lock guards the queue; never taken by interrupt handlers.
 */
#include <ikos/rwsem.h>
#include <ikos/sched.h>

/* For the lock checker's reports. */
#define CALLER ((unsigned long)__builtin_return_address(0))

struct rwsem_waiter {
	struct list_head entry;
	struct task_struct *task;
	bool writer;
	bool granted;
};

/**
 * __init_rwsem - make a free semaphore
 *
 * init_rwsem() gives it its class for the lock checker, too.
 */
void __init_rwsem(struct rw_semaphore *sem)
{
	sem->count = 0;
	spin_lock_init(&sem->wait_lock);
	INIT_LIST_HEAD(&sem->wait_list);
#ifdef CONFIG_DEBUG_VM
	sem->owner = NULL;
#endif
}

static inline void set_owner(struct rw_semaphore *sem, struct task_struct *t)
{
#ifdef CONFIG_DEBUG_VM
	sem->owner = t;
#endif
}

static inline bool try_read(struct rw_semaphore *sem)
{
	long count = READ_ONCE(sem->count);

	while (count >= 0)
		if (__atomic_compare_exchange_n(&sem->count, &count, count + 1,
						false, __ATOMIC_SEQ_CST,
						__ATOMIC_RELAXED))
			return true;
	return false;
}

static inline bool try_write(struct rw_semaphore *sem)
{
	long free = 0;

	return __atomic_compare_exchange_n(&sem->count, &free, -1, false,
					   __ATOMIC_SEQ_CST, __ATOMIC_RELAXED);
}

/* Grant the semaphore to the head of the queue as far as it is free. */
static void grant_waiters(struct rw_semaphore *sem)
{
	struct rwsem_waiter *w, *next;

	list_for_each_entry_safe (w, next, &sem->wait_list, entry) {
		struct task_struct *t = w->task;
		bool writer = w->writer;

		if (!(writer ? try_write(sem) : try_read(sem)))
			break;
		list_del(&w->entry);
		if (writer)
			set_owner(sem, t);
		/* The waiter's frame may go as soon as it sees the grant. */
		get_task_struct(t);
		smp_store_release(&w->granted, true);
		wake_up_process(t);
		put_task_struct(t);
		if (writer)
			break;
	}
}

static noinline void wake_waiters(struct rw_semaphore *sem)
{
	spin_lock(&sem->wait_lock);
	grant_waiters(sem);
	spin_unlock(&sem->wait_lock);
}

/* Leave the queue: -EINTR, or 0 when the grant was faster. */
static int give_up(struct rw_semaphore *sem, struct rwsem_waiter *w)
{
	int err = 0;

	spin_lock(&sem->wait_lock);
	if (!w->granted) {
		list_del(&w->entry);
		/* Those behind us may have waited only for us. */
		grant_waiters(sem);
		err = -EINTR;
	}
	spin_unlock(&sem->wait_lock);
	return err;
}

static noinline int wait_for_grant(struct rw_semaphore *sem, bool writer,
				   int state, unsigned long ip)
{
	struct rwsem_waiter w = { .task = current, .writer = writer };
	int err = 0;

#ifdef CONFIG_DEBUG_VM
	if (sem->count < 0 && sem->owner == current)
		panic("%s takes a semaphore that it already holds for writing",
		      current->comm);
#endif
	lockdep_wait_begin(sem, &sem->dep_map, writer ? LOCK_WRITE : LOCK_READ,
			   ip);
	spin_lock(&sem->wait_lock);
	list_add_tail(&w.entry, &sem->wait_list);
	smp_mb();
	grant_waiters(sem);
	spin_unlock(&sem->wait_lock);
	for (;;) {
		set_current_state(state);
		if (smp_load_acquire(&w.granted))
			break;
		if (state == TASK_KILLABLE && fatal_signal_pending(current)) {
			err = give_up(sem, &w);
			break;
		}
		schedule();
	}
	current->state = TASK_RUNNING;
	lockdep_wait_end();
	return err;
}

static inline int read_common(struct rw_semaphore *sem, int state,
			      unsigned long ip)
{
	int err = 0;

	might_sleep();
	lockdep_acquire(sem, &sem->dep_map, LOCK_READ, false, ip);
	if (unlikely(!list_empty(&sem->wait_list) || !try_read(sem)))
		err = wait_for_grant(sem, false, state, ip);
	if (!err)
		lockdep_acquired(sem, &sem->dep_map, LOCK_READ, ip);
	return err;
}

static inline int write_common(struct rw_semaphore *sem, int state, bool nested,
			       unsigned long ip)
{
	int err = 0;

	might_sleep();
	lockdep_acquire(sem, &sem->dep_map, LOCK_WRITE, nested, ip);
	if (unlikely(!list_empty(&sem->wait_list) || !try_write(sem)))
		err = wait_for_grant(sem, true, state, ip);
	else
		set_owner(sem, current);
	if (!err)
		lockdep_acquired(sem, &sem->dep_map, LOCK_WRITE, ip);
	return err;
}

/**
 * down_read - take it for reading, sleeping until no writer holds or awaits it
 *
 * Context: may sleep. Not recursive: a writer may queue up in between.
 */
void down_read(struct rw_semaphore *sem)
{
	read_common(sem, TASK_UNINTERRUPTIBLE, CALLER);
}

/**
 * down_read_killable - the same, but a fatal signal ends the waiting
 *
 * Context: may sleep. Return: 0, or -EINTR without the semaphore.
 */
int down_read_killable(struct rw_semaphore *sem)
{
	return read_common(sem, TASK_KILLABLE, CALLER);
}

/**
 * down_read_trylock - take it for reading if no writer holds or awaits it
 *
 * Context: task, does not sleep. Return: whether the caller has it.
 */
bool down_read_trylock(struct rw_semaphore *sem)
{
	if (!list_empty(&sem->wait_list) || !try_read(sem))
		return false;
	lockdep_acquired(sem, &sem->dep_map, LOCK_READ, CALLER);
	return true;
}

/**
 * up_read - release what down_read() took
 *
 * Context: does not sleep; another task may release it for the reader.
 */
void up_read(struct rw_semaphore *sem)
{
	long left;

	VM_BUG_ON(sem->count <= 0);
	lockdep_release(sem);
	left = __atomic_sub_fetch(&sem->count, 1, __ATOMIC_SEQ_CST);
	if (unlikely(!left && !list_empty(&sem->wait_list)))
		wake_waiters(sem);
}

/**
 * down_write - take it for writing, sleeping until it is free
 *
 * Context: may sleep.
 */
void down_write(struct rw_semaphore *sem)
{
	write_common(sem, TASK_UNINTERRUPTIBLE, false, CALLER);
}

/**
 * down_write_nested - down_write() with another one of its class held
 *
 * Context: may sleep; all who do so agree on the order.
 */
void down_write_nested(struct rw_semaphore *sem)
{
	write_common(sem, TASK_UNINTERRUPTIBLE, true, CALLER);
}

/**
 * down_write_killable - the same, but a fatal signal ends the waiting
 *
 * Context: may sleep. Return: 0, or -EINTR without the semaphore.
 */
int down_write_killable(struct rw_semaphore *sem)
{
	return write_common(sem, TASK_KILLABLE, false, CALLER);
}

/**
 * down_write_trylock - take it for writing if it is free and nobody waits
 *
 * Context: task, does not sleep. Return: whether the caller has it.
 */
bool down_write_trylock(struct rw_semaphore *sem)
{
	if (!list_empty(&sem->wait_list) || !try_write(sem))
		return false;
	set_owner(sem, current);
	lockdep_acquired(sem, &sem->dep_map, LOCK_WRITE, CALLER);
	return true;
}

/**
 * up_write - release what down_write() took
 *
 * Context: the task that took it; does not sleep.
 */
void up_write(struct rw_semaphore *sem)
{
	VM_BUG_ON(sem->count != -1);
#ifdef CONFIG_DEBUG_VM
	if (sem->owner != current)
		panic("%s releases a semaphore that another task holds",
		      current->comm);
#endif
	set_owner(sem, NULL);
	lockdep_release(sem);
	__atomic_store_n(&sem->count, 0, __ATOMIC_SEQ_CST);
	if (unlikely(!list_empty(&sem->wait_list)))
		wake_waiters(sem);
}

/**
 * downgrade_write - keep it for reading only; readers that wait come in
 *
 * Context: the writer; does not sleep.
 */
void downgrade_write(struct rw_semaphore *sem)
{
	VM_BUG_ON(sem->count != -1);
	set_owner(sem, NULL);
	lockdep_downgrade(sem);
	__atomic_store_n(&sem->count, 1, __ATOMIC_SEQ_CST);
	if (unlikely(!list_empty(&sem->wait_list)))
		wake_waiters(sem);
}

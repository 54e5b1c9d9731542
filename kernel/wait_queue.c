/* SPDX-License-Identifier: MIT */
/*
 * Wait queues: tasks that sleep until something happens.
 *
 *	waiter				waker
 *	queue itself			make the condition true
 *	state = TASK_INTERRUPTIBLE	wake_up(): state = TASK_RUNNING
 *	test the condition
 *	schedule() if false
 *
 * The waiter's steps are in this order with a full barrier after the second,
 * so that a wake-up between the test and schedule() undoes the sleep.
 *
 * Entries live on the waiter's stack, and no waker may look at one when its
 * owner returns. An entry of prepare_to_wait() is taken off by whoever ends its
 * owner's sleep, with the store that makes it point to itself as the last
 * touch: who sees that needs no lock to leave. All others leave under the
 * queue's lock.
 *
 * Lock: the queue's own (irqsave); the run-queue lock nests inside.
 */
#include <ikos/sched.h>
#include <ikos/wait.h>

/**
 * init_waitqueue_head - make an empty queue
 */
void init_waitqueue_head(struct wait_queue_head *wq)
{
	spin_lock_init(&wq->lock);
	INIT_LIST_HEAD(&wq->head);
}

/**
 * init_wait_entry - make an entry that wakes the current task
 */
void init_wait_entry(struct wait_queue_entry *entry)
{
	entry->task = current;
	entry->func = NULL;
	entry->private = NULL;
	entry->exclusive = false;
	entry->autoremove = false;
	INIT_LIST_HEAD(&entry->entry);
}

/* Exclusive entries stand behind the others: a wake-up stops at the first. */
static void enqueue(struct wait_queue_head *wq, struct wait_queue_entry *entry)
{
	if (entry->exclusive)
		list_add_tail(&entry->entry, &wq->head);
	else
		list_add(&entry->entry, &wq->head);
}

/**
 * add_wait_queue - queue an entry that is on no queue
 *
 * Context: any. The caller sets the task's state itself.
 */
void add_wait_queue(struct wait_queue_head *wq, struct wait_queue_entry *entry)
{
	unsigned long flags;

	spin_lock_irqsave(&wq->lock, flags);
	enqueue(wq, entry);
	spin_unlock_irqrestore(&wq->lock, flags);
}

/**
 * remove_wait_queue - take an entry off, if it is queued
 *
 * Context: any. No waker uses @entry afterwards.
 */
void remove_wait_queue(struct wait_queue_head *wq,
		       struct wait_queue_entry *entry)
{
	unsigned long flags;

	spin_lock_irqsave(&wq->lock, flags);
	list_del_init(&entry->entry);
	spin_unlock_irqrestore(&wq->lock, flags);
}

/**
 * prepare_to_wait - queue @entry unless it is queued, and set the task's state
 * @state: TASK_INTERRUPTIBLE …
 *
 * The wake-up that ends the sleep takes @entry off the queue.
 * Context: task. Test the condition after this and before schedule().
 */
void prepare_to_wait(struct wait_queue_head *wq, struct wait_queue_entry *entry,
		     int state)
{
	unsigned long flags;

	entry->autoremove = true;
	spin_lock_irqsave(&wq->lock, flags);
	if (list_empty(&entry->entry))
		enqueue(wq, entry);
	set_current_state(state);
	spin_unlock_irqrestore(&wq->lock, flags);
}

/**
 * finish_wait - the waiting is over: be running and off the queue
 */
void finish_wait(struct wait_queue_head *wq, struct wait_queue_entry *entry)
{
	current->state = TASK_RUNNING;
	if (smp_load_acquire(&entry->entry.next) != &entry->entry)
		remove_wait_queue(wq, entry);
}

/* Its owner may be gone as soon as the last store is seen: finish_wait(). */
static void auto_remove(struct list_head *entry)
{
	struct list_head *prev = entry->prev, *next = entry->next;

	prev->next = next;
	next->prev = prev;
	entry->prev = entry;
	smp_store_release(&entry->next, entry);
}

static bool wake_entry(struct wait_queue_entry *entry, unsigned int key)
{
	if (unlikely(entry->func))
		return entry->func(entry, key);
	if (!wake_up_process(entry->task))
		return false;
	if (entry->autoremove)
		auto_remove(&entry->entry);
	return true;
}

/* @nr_exclusive: how many of the exclusive ones to wake, 0: all. */
static void wake_up_nr(struct wait_queue_head *wq, unsigned int nr_exclusive,
		       unsigned int key)
{
	struct wait_queue_entry *entry, *next;
	unsigned long flags;

	local_irq_save(flags);
	/* An entry's function may wake another queue: epoll. */
	spin_lock_nested(&wq->lock);
	list_for_each_entry_safe (entry, next, &wq->head, entry) {
		bool exclusive = entry->exclusive;

		if (!wake_entry(entry, key))
			continue;
		if (exclusive && nr_exclusive && !--nr_exclusive)
			break;
	}
	spin_unlock_irqrestore(&wq->lock, flags);
}

/**
 * wake_up - wake all waiters, but only the first of the exclusive ones
 *
 * Context: any.
 */
void wake_up(struct wait_queue_head *wq)
{
	if (waitqueue_active(wq))
		wake_up_nr(wq, 1, 0);
}

/**
 * wake_up_poll - wake_up() for waiters that want to know what for
 * @key: POLL* bits of what has become true
 *
 * Context: any.
 */
void wake_up_poll(struct wait_queue_head *wq, unsigned int key)
{
	if (waitqueue_active(wq))
		wake_up_nr(wq, 1, key);
}

/**
 * wake_up_all - wake every waiter
 *
 * Context: any.
 */
void wake_up_all(struct wait_queue_head *wq)
{
	if (waitqueue_active(wq))
		wake_up_nr(wq, 0, 0);
}

/**
 * waitqueue_active - whether anyone waits
 *
 * The barrier orders the caller's change of the condition before the look:
 * it pairs with the one in set_current_state().
 */
bool waitqueue_active(struct wait_queue_head *wq)
{
	smp_mb();
	return !list_empty(&wq->head);
}

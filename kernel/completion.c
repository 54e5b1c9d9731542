/* SPDX-License-Identifier: MIT */
/*
 * Completions: one task waits, once, for another to say "done". They may live
 * on the waiter's stack: complete() does everything under the lock that the
 * waiter takes before it returns.
 */
#include <ikos/sched.h>
#include <ikos/wait.h>

/**
 * init_completion - not done, nobody waits
 */
void init_completion(struct completion *c)
{
	c->done = false;
	init_waitqueue_head(&c->wait);
}

/**
 * complete - it has happened: wake every waiter, now and later
 *
 * Context: any. @c may be gone when this returns.
 */
void complete(struct completion *c)
{
	struct wait_queue_entry *entry, *next;
	unsigned long flags;

	spin_lock_irqsave(&c->wait.lock, flags);
	c->done = true;
	list_for_each_entry_safe (entry, next, &c->wait.head, entry)
		wake_up_process(entry->task);
	spin_unlock_irqrestore(&c->wait.lock, flags);
}

static bool completion_done(struct completion *c)
{
	unsigned long flags;
	bool done;

	spin_lock_irqsave(&c->wait.lock, flags);
	done = c->done;
	spin_unlock_irqrestore(&c->wait.lock, flags);
	return done;
}

static int wait_in_state(struct completion *c, int state)
{
	struct wait_queue_entry entry;
	int err = 0;

	might_sleep();
	init_wait_entry(&entry);
	for (;;) {
		prepare_to_wait(&c->wait, &entry, state);
		if (completion_done(c))
			break;
		if (state == TASK_KILLABLE && fatal_signal_pending(current)) {
			err = -EINTR;
			break;
		}
		schedule();
	}
	finish_wait(&c->wait, &entry);
	return err;
}

/**
 * wait_for_completion - sleep until complete(), whatever signals come
 *
 * Context: may sleep.
 */
void wait_for_completion(struct completion *c)
{
	wait_in_state(c, TASK_UNINTERRUPTIBLE);
}

/**
 * wait_for_completion_killable - the same, but a fatal signal ends it
 *
 * Context: may sleep. Return: 0, or -EINTR; then complete() may still come,
 * and the caller must see to it that @c outlives that.
 */
int wait_for_completion_killable(struct completion *c)
{
	return wait_in_state(c, TASK_KILLABLE);
}

/* SPDX-License-Identifier: MIT */
/*
 * Waiting on many files at once: what poll(2) and select(2) share.
 *
 * A pass asks every file what holds now. The first pass also queues an entry
 * with each of the file's wait queues, so that nothing that happens later is
 * missed; when nothing holds, the task sleeps until an entry is called, and
 * asks again.
 *
 *	waiter				waker
 *	queue entries			change the state of the file
 *	ask all files			entry: triggered = true, wake
 *	sleep unless triggered
 */
#include "poll_wait.h"

#include <ikos/kernel.h>
#include <ikos/slab.h>
#include <ikos/uaccess.h>
#include <uapi/poll.h>

#define BLOCK_ENTRIES                                                          \
	((PAGE_SIZE / 2 - sizeof(struct poll_block)) /                         \
	 sizeof(struct poll_entry))

/* Begin to wait, for current. */
static void poll_initwait(struct poll_table *table)
{
	table->task = current;
	table->triggered = false;
	table->quiet = false;
	table->error = 0;
	table->queue = NULL;
	table->nr_inline = 0;
	table->blocks = NULL;
}

static bool poll_wake(struct wait_queue_entry *wait, unsigned int key)
{
	struct poll_table *table = wait->private;

	WRITE_ONCE(table->triggered, true);
	smp_mb();
	wake_up_state(table->task, TASK_INTERRUPTIBLE);
	return true;
}

static struct poll_entry *new_entry(struct poll_table *table)
{
	struct poll_block *block = table->blocks;

	if (table->nr_inline < POLL_INLINE)
		return &table->inline_entries[table->nr_inline++];
	if (!block || block->n == BLOCK_ENTRIES) {
		block = kmalloc(PAGE_SIZE / 2, GFP_KERNEL);
		if (!block)
			return NULL;
		block->n = 0;
		block->next = table->blocks;
		table->blocks = block;
	}
	return &block->entries[block->n++];
}

/**
 * poll_wait - a driver tells on which queue there may be news of a file
 * @file: the file; it is held as long as the task waits
 * @wq: the queue; lives as long as @file
 * @table: who waits; NULL: nobody
 *
 * Context: ->poll(); may sleep.
 */
void poll_wait(struct file *file, struct wait_queue_head *wq,
	       struct poll_table *table)
{
	struct poll_entry *entry;

	if (!table || table->quiet || table->error)
		return;
	if (table->queue) {
		table->queue(table, wq);
		return;
	}
	entry = new_entry(table);
	if (!entry) {
		table->error = -ENOMEM;
		return;
	}
	init_wait_entry(&entry->wait);
	entry->wait.func = poll_wake;
	entry->wait.private = table;
	entry->wq = wq;
	entry->file = get_file(file);
	add_wait_queue(wq, &entry->wait);
}

static void free_entries(struct poll_entry *entries, unsigned int n)
{
	while (n--) {
		remove_wait_queue(entries[n].wq, &entries[n].wait);
		fput(entries[n].file);
	}
}

/* Leave all queues. */
static void poll_freewait(struct poll_table *table)
{
	struct poll_block *block = table->blocks;

	free_entries(table->inline_entries, table->nr_inline);
	while (block) {
		struct poll_block *next = block->next;

		free_entries(block->entries, block->n);
		kfree(block);
		block = next;
	}
}

/* Sleep until something may have changed; false: @deadline has passed. */
static bool poll_sleep(struct poll_table *table, u64 deadline)
{
	u64 now = ktime_get_ns();

	if (deadline <= now)
		return false;
	set_current_state(TASK_INTERRUPTIBLE);
	if (!READ_ONCE(table->triggered) && !current_signal_pending())
		wait_schedule_timeout(deadline == POLL_FOREVER
					      ? MAX_SCHEDULE_TIMEOUT
					      : deadline - now);
	current->state = TASK_RUNNING;
	/* Cleared before the files are asked again. */
	WRITE_ONCE(table->triggered, false);
	smp_mb();
	return true;
}

/**
 * poll_loop - wait until one of many files has news
 * @pass: asks all of them; how many are ready, 0, or -errno. Sets
 * table->quiet when it has found one: then nobody will sleep.
 * @data: for @pass
 * @deadline: ns of ktime_get_ns(); 0: do not wait; POLL_FOREVER
 *
 * Context: sleeps.
 * Return: what @pass says; 0: the time is over; -ENOMEM; -ERESTARTNOHAND: a
 * signal came.
 */
int poll_loop(int (*pass)(void *data, struct poll_table *table), void *data,
	      u64 deadline)
{
	struct poll_table table;
	int count;

	poll_initwait(&table);
	table.quiet = deadline == 0;
	for (;;) {
		count = pass(data, &table);
		table.quiet = true;
		if (count)
			break;
		count = table.error;
		if (!count && current_signal_pending())
			count = -ERESTARTNOHAND;
		if (count || !poll_sleep(&table, deadline))
			break;
	}
	poll_freewait(&table);
	return count;
}

/**
 * vfs_poll - ask a file what holds now
 *
 * Files that cannot tell are always ready. Return: POLL* bits.
 */
unsigned int vfs_poll(struct file *file, struct poll_table *table)
{
	if (!file->f_op->poll)
		return POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM;
	return file->f_op->poll(file, table);
}

/**
 * poll_deadline - the clock's reading when a wait of @ts is over
 * @ts: valid, or NULL: it never is
 *
 * Return: ns of ktime_get_ns(); 0: do not wait; POLL_FOREVER.
 */
u64 poll_deadline(const struct timespec64 *ts)
{
	u64 ns;

	if (!ts)
		return POLL_FOREVER;
	ns = timespec_to_ns(ts);
	return ns ? ktime_get_ns() + ns : 0;
}

/**
 * set_user_sigmask - block another set of signals for the time of a call
 * @mask: the set; NULL: none
 * @size: of it, bytes
 *
 * Return: 0; -EINVAL: not the kernel's size; -EFAULT.
 */
int set_user_sigmask(const sigset_t_k __user *mask, size_t size)
{
	sigset_t_k set;

	if (!mask)
		return 0;
	if (size != sizeof(set))
		return -EINVAL;
	if (copy_from_user(&set, mask, sizeof(set)))
		return -EFAULT;
	current->saved_sigmask = current->blocked;
	current->restore_sigmask = true;
	set_current_blocked(set);
	return 0;
}

/**
 * restore_saved_sigmask_unless - the call is over
 * @interrupted: a signal ended it; its delivery puts the mask back
 */
void restore_saved_sigmask_unless(bool interrupted)
{
	if (!interrupted)
		restore_saved_sigmask();
}

/* SPDX-License-Identifier: MIT */
#ifndef FS_POLL_WAIT_H
#define FS_POLL_WAIT_H

#include <ikos/fs.h>
#include <ikos/sched.h>

#define POLL_INLINE 8

struct poll_entry {
	struct wait_queue_entry wait;
	struct wait_queue_head *wq;
	struct file *file; /* a reference: the queue lives in it */
};

struct poll_block {
	struct poll_block *next;
	unsigned int n;
	struct poll_entry entries[];
};

/*
 * A task that waits on many queues at once. An entry in each of them marks the
 * table as triggered and wakes the task; all entries go in poll_freewait().
 * Entries never move: they are on lists.
 *
 * A table with a @queue is not for sleeping: it is called for each queue that
 * a file names, and keeps its own entries (eventpoll.c).
 */
struct poll_table {
	struct task_struct *task;
	bool triggered; /* something happened since the last look */
	bool quiet; /* only look, do not queue */
	int error; /* -ENOMEM: not every queue has an entry */
	void (*queue)(struct poll_table *table, struct wait_queue_head *wq);
	unsigned int nr_inline;
	struct poll_block *blocks;
	struct poll_entry inline_entries[POLL_INLINE];
};

/* Ask all files, @pass (ready ones or -errno, 0: none), and sleep, until there is
 * something, a signal (-ERESTARTNOHAND), or the clock shows @deadline (0). */
int poll_loop(int (*pass)(void *data, struct poll_table *table), void *data,
	      u64 deadline);
/* The POLL* bits of @file; queues the table. */
unsigned int vfs_poll(struct file *file, struct poll_table *table);

#define POLL_FOREVER (~0ULL)
/* When a wait of @ts from now ends; it must be valid. NULL: never. */
u64 poll_deadline(const struct timespec64 *ts);
int set_user_sigmask(const sigset_t_k __user *mask, size_t size);
void restore_saved_sigmask_unless(bool interrupted);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef FS_EVENTPOLL_H
#define FS_EVENTPOLL_H

#include "internal.h"

#include <ikos/rbtree.h>
#include <uapi/eventpoll.h>

#include "poll_wait.h"

/*
 * An interest list. @mtx guards the items and whoever harvests; @lock, inside
 * it and inside every wait queue's lock, the ready list.
 */
struct eventpoll {
	struct mutex mtx;
	struct rb_root items; /* by file and descriptor */

	spinlock_t lock; /* interrupts off */
	struct list_head ready;

	struct wait_queue_head wait; /* epoll_wait(2), exclusive */
	struct wait_queue_head poll_wait; /* whoever polls this one */
	struct file *file; /* its own, no reference */
	atomic_t refs;
	/* For the search of loops, under nested_mutex. */
	unsigned int search;
	int depth;
};

/* A file of the list, and on which of its queues we wait. */
struct epitem {
	struct rb_node node;
	struct eventpoll *ep;
	struct file *file; /* no reference: a last fput() finds us */
	int fd;
	struct epoll_event_k event;
	struct list_head ready; /* ep->lock */
	struct epitem *next_of_file; /* file->f_ep: links_lock */
	struct epoll_wait_entry *queues;
};

struct epoll_wait_entry {
	struct wait_queue_entry wait;
	struct wait_queue_head *wq;
	struct epitem *epi;
	struct epoll_wait_entry *next;
};

/* kernel/fs/eventpoll.c */
extern const struct file_operations eventpoll_fops;
bool is_file_epoll(const struct file *file);
void ep_put(struct eventpoll *ep);
unsigned int ep_item_poll(const struct epitem *epi, struct poll_table *table);
void ep_make_ready(struct eventpoll *ep, struct epitem *epi);

/* kernel/fs/epoll_ctl.c */
void ep_remove(struct eventpoll *ep, struct epitem *epi);

#endif

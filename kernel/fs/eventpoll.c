/* SPDX-License-Identifier: MIT */
/*
 * epoll(7): the instance, its ready list and the waiting. epoll_ctl.c has the
 * interest list.
 *
 *	a file's wait queue --wake--> ep_wake(): item on the ready list,
 *					one of those who wait is woken
 *	epoll_wait(): takes the ready items, asks each file what holds *now*;
 *		nothing: forgotten until the next wake-up
 *		level-triggered: reported, and back on the ready list
 *		edge-triggered: reported, and off until the next wake-up
 *		one-shot: reported, and mute until EPOLL_CTL_MOD
 *
 * While the files are asked an item is on no list, so that a wake-up in the
 * meantime makes it ready again. An instance is a file that can be polled
 * itself: it is readable when asking its ready items finds one.
 *
 * Locks: mtx of an instance before the mtx of one that it watches; then the
 * wait queue's locks; then lock.
 */
#include "eventpoll.h"

#include <ikos/kernel.h>
#include <ikos/seq_file.h>
#include <ikos/slab.h>
#include <ikos/syscall.h>
#include <ikos/uaccess.h>
#include <uapi/poll.h>

#include "anon_inode.h"

#define EP_MAX_EVENTS (INT_MAX / (int)sizeof(struct epoll_event_k))
/* What is no event, but says how to report them. */
#define EP_PRIVATE_BITS (EPOLLWAKEUP | EPOLLONESHOT | EPOLLET | EPOLLEXCLUSIVE)

/**
 * is_file_epoll - whether a file is an epoll instance
 */
bool is_file_epoll(const struct file *file)
{
	return file->f_op == &eventpoll_fops;
}

/**
 * ep_put - drop a reference to an instance
 *
 * Context: may sleep.
 */
void ep_put(struct eventpoll *ep)
{
	if (atomic_dec_and_test(&ep->refs))
		kfree(ep);
}

/**
 * ep_item_poll - what holds now of what an item asks for
 * @table: to queue with, or NULL
 *
 * Context: ep->mtx held.
 */
unsigned int ep_item_poll(const struct epitem *epi, struct poll_table *table)
{
	return vfs_poll(epi->file, table) & epi->event.events;
}

/**
 * ep_make_ready - put an item on the ready list and wake one who waits
 *
 * Context: any.
 */
void ep_make_ready(struct eventpoll *ep, struct epitem *epi)
{
	unsigned long flags;

	spin_lock_irqsave(&ep->lock, flags);
	if (list_empty(&epi->ready))
		list_add_tail(&epi->ready, &ep->ready);
	spin_unlock_irqrestore(&ep->lock, flags);
	wake_up(&ep->wait);
	wake_up_poll(&ep->poll_wait, POLLIN);
}

static bool ep_has_ready(const struct eventpoll *ep)
{
	return !list_empty(&ep->ready);
}

/* The next item to ask, off its list; NULL: no more. */
static struct epitem *take_item(struct eventpoll *ep, struct list_head *list)
{
	struct epitem *epi = NULL;

	spin_lock_irq(&ep->lock);
	if (!list_empty(list)) {
		epi = list_first_entry(list, struct epitem, ready);
		list_del_init(&epi->ready);
	}
	spin_unlock_irq(&ep->lock);
	return epi;
}

/* Begin to ask: all that is ready now goes to @list. */
static void start_scan(struct eventpoll *ep, struct list_head *list)
{
	INIT_LIST_HEAD(list);
	spin_lock_irq(&ep->lock);
	while (!list_empty(&ep->ready))
		list_move_tail(ep->ready.next, list);
	spin_unlock_irq(&ep->lock);
}

/* What was not asked is ready before what has become so since. */
static void end_scan(struct eventpoll *ep, struct list_head *list)
{
	bool more;

	spin_lock_irq(&ep->lock);
	while (!list_empty(list))
		list_move(list->prev, &ep->ready);
	more = ep_has_ready(ep);
	spin_unlock_irq(&ep->lock);
	if (more)
		wake_up(&ep->wait);
}

static void put_back(struct eventpoll *ep, struct epitem *epi, bool first)
{
	spin_lock_irq(&ep->lock);
	if (list_empty(&epi->ready)) {
		if (first)
			list_add(&epi->ready, &ep->ready);
		else
			list_add_tail(&epi->ready, &ep->ready);
	}
	spin_unlock_irq(&ep->lock);
}

/* Report one item: 1; 0: it has nothing; -EFAULT. */
static int send_event(struct eventpoll *ep, struct epitem *epi,
		      struct epoll_event_k __user *to)
{
	struct epoll_event_k ev = { ep_item_poll(epi, NULL), epi->event.data };

	if (!ev.events)
		return 0;
	if (copy_to_user(to, &ev, sizeof(ev))) {
		put_back(ep, epi, true);
		return -EFAULT;
	}
	if (epi->event.events & EPOLLONESHOT)
		epi->event.events &= EP_PRIVATE_BITS;
	else if (!(epi->event.events & EPOLLET))
		put_back(ep, epi, false);
	return 1;
}

/* Events to the user: how many, or -EFAULT before the first. */
static int send_events(struct eventpoll *ep, struct epoll_event_k __user *to,
		       int max)
{
	struct epitem *epi;
	struct list_head list;
	int n = 0, ret = 0;

	mutex_lock(&ep->mtx);
	start_scan(ep, &list);
	while (n < max && ret >= 0 && (epi = take_item(ep, &list))) {
		ret = send_event(ep, epi, to + n);
		if (ret > 0)
			n++;
	}
	end_scan(ep, &list);
	mutex_unlock(&ep->mtx);
	return n ? n : min(ret, 0);
}

/* Sleep until something is ready: 0: the time is over; 1; -EINTR. */
static int wait_for_ready(struct eventpoll *ep, u64 deadline)
{
	struct wait_queue_entry entry;
	int ret = 0;

	init_wait_entry(&entry);
	entry.exclusive = true;
	for (;;) {
		u64 now = ktime_get_ns();

		prepare_to_wait(&ep->wait, &entry, TASK_INTERRUPTIBLE);
		if (ep_has_ready(ep))
			ret = 1;
		else if (current_signal_pending())
			ret = -EINTR;
		if (ret || deadline <= now)
			break;
		wait_schedule_timeout(deadline == POLL_FOREVER
					      ? MAX_SCHEDULE_TIMEOUT
					      : deadline - now);
	}
	finish_wait(&ep->wait, &entry);
	return ret;
}

/* Once with a deadline of 0. */
static int ep_wait(struct eventpoll *ep, struct epoll_event_k __user *events,
		   int max, u64 deadline)
{
	for (;;) {
		int n = 0;

		if (ep_has_ready(ep))
			n = send_events(ep, events, max);
		if (n || !deadline)
			return n;
		n = wait_for_ready(ep, deadline);
		if (n <= 0)
			return n;
	}
}

static int do_epoll_wait(int epfd, struct epoll_event_k __user *events, int max,
			 u64 deadline)
{
	struct file *file;
	int ret = -EINVAL;

	if (max <= 0 || max > EP_MAX_EVENTS)
		return -EINVAL;
	file = fget((unsigned int)epfd);
	if (!file)
		return -EBADF;
	if (is_file_epoll(file))
		ret = ep_wait(file->private_data, events, max, deadline);
	fput(file);
	return ret;
}

static u64 ms_deadline(int timeout)
{
	if (timeout < 0)
		return POLL_FOREVER;
	return timeout ? ktime_get_ns() + (u64)timeout * NSEC_PER_MSEC : 0;
}

/**
 * sys_epoll_wait - epoll_wait(2)
 *
 * Return: events reported; -EBADF; -EINVAL: not an instance, or @max;
 * -EFAULT; -EINTR.
 */
SYSCALL_DEFINE4(epoll_wait, int, epfd, struct epoll_event_k __user *, events,
		int, max, int, timeout)
{
	return do_epoll_wait(epfd, events, max, ms_deadline(timeout));
}

static int epoll_pwait(int epfd, struct epoll_event_k __user *events, int max,
		       u64 deadline, const sigset_t_k __user *mask, size_t size)
{
	int ret = set_user_sigmask(mask, size);

	if (ret)
		return ret;
	ret = do_epoll_wait(epfd, events, max, deadline);
	restore_saved_sigmask_unless(ret == -EINTR);
	return ret;
}

/**
 * sys_epoll_pwait - epoll_pwait(2)
 *
 * Return: as epoll_wait(2); -EINVAL: the size of the set, too.
 */
SYSCALL_DEFINE6(epoll_pwait, int, epfd, struct epoll_event_k __user *, events,
		int, max, int, timeout, const sigset_t_k __user *, mask, size_t,
		size)
{
	return epoll_pwait(epfd, events, max, ms_deadline(timeout), mask, size);
}

/**
 * sys_epoll_pwait2 - epoll_pwait2(2): the time in nanoseconds
 *
 * Return: as epoll_wait(2); -EINVAL: the time or the size of the set, too.
 */
SYSCALL_DEFINE6(epoll_pwait2, int, epfd, struct epoll_event_k __user *, events,
		int, max, const struct timespec64 __user *, uts,
		const sigset_t_k __user *, mask, size_t, size)
{
	struct timespec64 ts;

	if (uts) {
		if (copy_from_user(&ts, uts, sizeof(ts)))
			return -EFAULT;
		if (!timespec_valid(&ts))
			return -EINVAL;
	}
	return epoll_pwait(epfd, events, max, poll_deadline(uts ? &ts : NULL),
			   mask, size);
}

/* Readable when an item has something; the others are off the ready list. */
static unsigned int eventpoll_poll(struct file *file, struct poll_table *table)
{
	struct eventpoll *ep = file->private_data;
	unsigned int mask = 0;
	struct epitem *epi;
	struct list_head list;

	poll_wait(file, &ep->poll_wait, table);
	mutex_lock_nested(&ep->mtx);
	start_scan(ep, &list);
	while (!mask && (epi = take_item(ep, &list))) {
		if (!ep_item_poll(epi, NULL))
			continue;
		mask = POLLIN | POLLRDNORM;
		put_back(ep, epi, true);
	}
	end_scan(ep, &list);
	mutex_unlock(&ep->mtx);
	return mask;
}

static int eventpoll_release(struct inode *inode, struct file *file)
{
	struct eventpoll *ep = file->private_data;
	struct rb_node *node;

	mutex_lock(&ep->mtx);
	while ((node = rb_first(&ep->items)))
		ep_remove(ep, rb_entry(node, struct epitem, node));
	mutex_unlock(&ep->mtx);
	ep_put(ep);
	return 0;
}

static long eventpoll_ioctl(struct file *file, unsigned int cmd,
			    unsigned long arg)
{
	return -EINVAL;
}

static void ep_show_fdinfo(struct seq_file *m, struct file *file)
{
	struct eventpoll *ep = file->private_data;
	struct rb_node *node;

	mutex_lock(&ep->mtx);
	for (node = rb_first(&ep->items); node; node = rb_next(node)) {
		struct epitem *epi = rb_entry(node, struct epitem, node);
		struct inode *inode = epi->file->f_inode;

		seq_printf(m,
			   "tfd: %8d events: %8x data: %16lx  pos:%li "
			   "ino:%lx sdev:%lx\n",
			   epi->fd, epi->event.events, epi->event.data,
			   epi->file->f_pos, inode->i_ino,
			   (unsigned long)inode->i_sb->s_dev);
	}
	mutex_unlock(&ep->mtx);
}

const struct file_operations eventpoll_fops = {
	.show_fdinfo = ep_show_fdinfo,
	.release = eventpoll_release,
	.llseek = noop_llseek,
	.ioctl = eventpoll_ioctl,
	.poll = eventpoll_poll,
};

static struct eventpoll *ep_alloc(void)
{
	struct eventpoll *ep = kzalloc(sizeof(*ep), GFP_KERNEL);

	if (!ep)
		return NULL;
	mutex_init(&ep->mtx);
	spin_lock_init(&ep->lock);
	ep->items = RB_ROOT;
	INIT_LIST_HEAD(&ep->ready);
	init_waitqueue_head(&ep->wait);
	init_waitqueue_head(&ep->poll_wait);
	atomic_set(&ep->refs, 1);
	return ep;
}

static int do_epoll_create(unsigned int flags)
{
	struct eventpoll *ep;
	struct file *file;
	int fd;

	if (flags & ~EPOLL_CLOEXEC)
		return -EINVAL;
	ep = ep_alloc();
	if (!ep)
		return -ENOMEM;
	file = anon_inode_getfile("[eventpoll]", &eventpoll_fops, ep, O_RDWR);
	if (IS_ERR(file)) {
		kfree(ep);
		return (int)PTR_ERR(file);
	}
	ep->file = file;
	fd = fd_alloc_install(file, 0, flags);
	if (fd < 0)
		fput(file);
	return fd;
}

/**
 * sys_epoll_create - epoll_create(2): the size is only checked
 *
 * Return: the descriptor; -EINVAL: @size is not positive; -EMFILE, -ENOMEM.
 */
SYSCALL_DEFINE1(epoll_create, int, size)
{
	return size <= 0 ? -EINVAL : do_epoll_create(0);
}

/**
 * sys_epoll_create1 - epoll_create1(2)
 *
 * Return: the descriptor; -EINVAL: unknown flags; -EMFILE, -ENOMEM.
 */
SYSCALL_DEFINE1(epoll_create1, int, flags)
{
	return do_epoll_create((unsigned int)flags);
}

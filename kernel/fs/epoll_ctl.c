/* SPDX-License-Identifier: MIT */
/*
 * epoll_ctl(2): the interest list of an epoll instance.
 *
 * An item belongs to an open file and the descriptor that it was added with.
 * It holds no reference: it goes when the last descriptor of that open file
 * is closed, because the last fput() looks at file->f_ep, the items that watch
 * the file, before anything of it is gone.
 *
 *	fput(), last		links_lock: take the first item's instance
 *	  eventpoll_release()	its mtx: still there? ep_remove()
 *	until there is none
 *
 * Instances that watch instances form no circle, and no path of more than
 * EP_MAX_NESTS links; nested_mutex keeps two such links from being made at
 * once.
 */
#include "eventpoll.h"

#include <ikos/page.h>
#include <ikos/slab.h>
#include <ikos/syscall.h>
#include <ikos/uaccess.h>
#include <uapi/poll.h>

#define EP_MAX_NESTS 4
/* An instance is watched by no more: a wake-up walks all paths upwards. */
#define EP_MAX_WATCHERS 16

#define EPOLLEXCLUSIVE_OK                                                      \
	(POLLIN | POLLOUT | POLLERR | POLLHUP | EPOLLWAKEUP | EPOLLET |        \
	 EPOLLEXCLUSIVE)

static DEFINE_MUTEX(nested_mutex);
static DEFINE_SPINLOCK(links_lock); /* file->f_ep of all files */
static atomic64_t nr_items;
static unsigned int search; /* number of the search under way */

/* --- items ----------------------------------------------------------------- */

static int compare(const struct epitem *epi, const struct file *file, int fd)
{
	if (epi->file != file)
		return (unsigned long)file < (unsigned long)epi->file ? -1 : 1;
	return fd < epi->fd ? -1 : fd > epi->fd;
}

static struct epitem *ep_find(struct eventpoll *ep, const struct file *file,
			      int fd)
{
	struct rb_node *node = ep->items.rb_node;

	while (node) {
		struct epitem *epi = rb_entry(node, struct epitem, node);
		int side = compare(epi, file, fd);

		if (!side)
			return epi;
		node = side < 0 ? node->rb_left : node->rb_right;
	}
	return NULL;
}

static void link_item(struct eventpoll *ep, struct epitem *epi)
{
	struct rb_node **link = &ep->items.rb_node, *parent = NULL;

	while (*link) {
		parent = *link;
		link = compare(rb_entry(parent, struct epitem, node), epi->file,
			       epi->fd) < 0
			       ? &parent->rb_left
			       : &parent->rb_right;
	}
	rb_link_node(&epi->node, parent, link);
	rb_insert_color(&epi->node, &ep->items);
	spin_lock(&links_lock);
	epi->next_of_file = epi->file->f_ep;
	epi->file->f_ep = epi;
	spin_unlock(&links_lock);
}

static void unlink_from_file(struct epitem *epi)
{
	struct epitem **link = &epi->file->f_ep;

	spin_lock(&links_lock);
	while (*link != epi)
		link = &(*link)->next_of_file;
	*link = epi->next_of_file;
	spin_unlock(&links_lock);
}

/* No wake-up comes any more. */
static void leave_queues(struct epitem *epi)
{
	struct epoll_wait_entry *q;

	while ((q = epi->queues)) {
		epi->queues = q->next;
		remove_wait_queue(q->wq, &q->wait);
		kfree(q);
	}
}

/**
 * ep_remove - take an item off the interest list and free it
 * @ep: its instance
 * @epi: the item
 *
 * Context: ep->mtx held; the item's file is not gone yet, if at its end.
 */
void ep_remove(struct eventpoll *ep, struct epitem *epi)
{
	leave_queues(epi);
	spin_lock_irq(&ep->lock);
	list_del_init(&epi->ready);
	spin_unlock_irq(&ep->lock);
	rb_erase(&epi->node, &ep->items);
	/* After this the file may go. */
	unlink_from_file(epi);
	kfree(epi);
	atomic64_dec(&nr_items);
}

/* The instance of the first item that watches @file, with a reference. */
static struct eventpoll *first_watcher(struct file *file)
{
	struct eventpoll *ep = NULL;

	spin_lock(&links_lock);
	if (file->f_ep) {
		ep = file->f_ep->ep;
		atomic_inc(&ep->refs);
	}
	spin_unlock(&links_lock);
	return ep;
}

static struct epitem *item_of(struct eventpoll *ep, struct file *file)
{
	struct epitem *epi;

	spin_lock(&links_lock);
	for (epi = file->f_ep; epi; epi = epi->next_of_file)
		if (epi->ep == ep)
			break;
	spin_unlock(&links_lock);
	return epi;
}

/**
 * eventpoll_release_file - a watched file has been closed for the last time
 * @file: nobody has a reference to it
 *
 * Context: may sleep; fput() before anything of the file is undone.
 */
void eventpoll_release_file(struct file *file)
{
	struct eventpoll *ep;
	struct epitem *epi;

	while ((ep = first_watcher(file))) {
		mutex_lock(&ep->mtx);
		while ((epi = item_of(ep, file)))
			ep_remove(ep, epi);
		mutex_unlock(&ep->mtx);
		ep_put(ep);
	}
}

/* --- wake-ups -------------------------------------------------------------- */

/* The function of our entries in files' queues: see wait_queue_func_t. */
static bool ep_wake(struct wait_queue_entry *wait, unsigned int key)
{
	struct epoll_wait_entry *q = wait->private;
	struct epitem *epi = q->epi;
	struct eventpoll *ep = epi->ep;
	u32 events = READ_ONCE(epi->event.events);
	bool waited;

	/* Mute after a one-shot, or not what it waits for. */
	if (!(events & 0xffff) || (key && !(key & events)))
		return false;
	waited = waitqueue_active(&ep->wait);
	ep_make_ready(ep, epi);
	return !(events & EPOLLEXCLUSIVE) || waited;
}

/* A table that queues the item of an EPOLL_CTL_ADD. */
struct ep_queue {
	struct poll_table table;
	struct epitem *epi;
};

static void ep_queue_entry(struct poll_table *table, struct wait_queue_head *wq)
{
	struct epitem *epi = container_of(table, struct ep_queue, table)->epi;
	struct epoll_wait_entry *q = kmalloc(sizeof(*q), GFP_KERNEL);

	if (!q) {
		table->error = -ENOMEM;
		return;
	}
	init_wait_entry(&q->wait);
	q->wait.func = ep_wake;
	q->wait.private = q;
	q->wait.exclusive = epi->event.events & EPOLLEXCLUSIVE;
	q->wq = wq;
	q->epi = epi;
	q->next = epi->queues;
	epi->queues = q;
	add_wait_queue(wq, &q->wait);
}

/* --- add, modify ----------------------------------------------------------- */

/* Of the whole machine: a twenty-fifth of memory for items. */
static bool too_many_items(void)
{
	long max = (long)(totalram_pages() / 25 * PAGE_SIZE /
			  (sizeof(struct epitem) +
			   sizeof(struct epoll_wait_entry)));

	return atomic64_read(&nr_items) >= max;
}

static int ep_insert(struct eventpoll *ep, const struct epoll_event_k *event,
		     struct file *file, int fd)
{
	struct ep_queue eq = { .table = { .queue = ep_queue_entry } };
	struct epitem *epi;

	if (too_many_items())
		return -ENOSPC;
	epi = kzalloc(sizeof(*epi), GFP_KERNEL);
	if (!epi)
		return -ENOMEM;
	atomic64_inc(&nr_items);
	epi->ep = ep;
	epi->file = file;
	epi->fd = fd;
	epi->event = *event;
	INIT_LIST_HEAD(&epi->ready);
	link_item(ep, epi);
	eq.epi = epi;
	if (ep_item_poll(epi, &eq.table))
		ep_make_ready(ep, epi);
	if (!eq.table.error)
		return 0;
	ep_remove(ep, epi);
	return eq.table.error;
}

/* The new events first: from then on a wake-up counts, and what has been so
 * already we see ourselves. */
static void ep_modify(struct eventpoll *ep, struct epitem *epi,
		      const struct epoll_event_k *event)
{
	WRITE_ONCE(epi->event.events, event->events);
	epi->event.data = event->data;
	smp_mb();
	if (ep_item_poll(epi, NULL))
		ep_make_ready(ep, epi);
}

/* --- instances that watch instances ---------------------------------------- */

/* How many links lead down from @ep; EP_MAX_NESTS + 1 when one leads to @to. */
static int depth_below(struct eventpoll *ep, const struct eventpoll *to)
{
	struct rb_node *node;
	int depth = 0;

	if (ep == to)
		return EP_MAX_NESTS + 1;
	if (ep->search == search)
		return ep->depth;
	mutex_lock_nested(&ep->mtx);
	for (node = rb_first(&ep->items); node; node = rb_next(node)) {
		struct epitem *epi = rb_entry(node, struct epitem, node);

		if (is_file_epoll(epi->file))
			depth = max(
				depth,
				1 + depth_below(epi->file->private_data, to));
		if (depth > EP_MAX_NESTS)
			break;
	}
	mutex_unlock(&ep->mtx);
	ep->search = search;
	ep->depth = depth;
	return depth;
}

/* How many links lead up from @ep; links_lock held. */
static int depth_above(const struct eventpoll *ep)
{
	int depth = 0;

	for (struct epitem *e = ep->file->f_ep; e; e = e->next_of_file)
		depth = max(depth, 1 + depth_above(e->ep));
	return depth;
}

static unsigned int nr_watchers(const struct file *file)
{
	unsigned int n = 0;

	for (struct epitem *e = file->f_ep; e; e = e->next_of_file)
		n++;
	return n;
}

/* May @ep watch the instance @file? nested_mutex held, no mtx. */
static int check_nesting(struct eventpoll *ep, struct file *file)
{
	unsigned int watchers;
	int depth;

	search++;
	depth = 1 + depth_below(file->private_data, ep);
	spin_lock(&links_lock);
	if (depth <= EP_MAX_NESTS)
		depth += depth_above(ep);
	watchers = nr_watchers(file);
	spin_unlock(&links_lock);
	if (depth > EP_MAX_NESTS)
		return -ELOOP;
	return watchers >= EP_MAX_WATCHERS ? -EINVAL : 0;
}

/* --- the call -------------------------------------------------------------- */

struct ep_request {
	int op, fd;
	struct file *file;
	struct epoll_event_k event;
};

/* EPOLLEXCLUSIVE is for good, and not for everything. */
static bool bad_exclusive(const struct ep_request *r)
{
	u32 events = r->event.events;

	if (r->op == EPOLL_CTL_DEL || !(events & EPOLLEXCLUSIVE))
		return false;
	if (r->op == EPOLL_CTL_MOD)
		return true;
	return r->op == EPOLL_CTL_ADD &&
	       (is_file_epoll(r->file) || (events & ~EPOLLEXCLUSIVE_OK));
}

static int ep_apply(struct eventpoll *ep, struct ep_request *r)
{
	struct epitem *epi = ep_find(ep, r->file, r->fd);

	r->event.events |= POLLERR | POLLHUP;
	/* Nothing here suspends the machine. */
	r->event.events &= ~EPOLLWAKEUP;
	switch (r->op) {
	case EPOLL_CTL_ADD:
		return epi ? -EEXIST : ep_insert(ep, &r->event, r->file, r->fd);
	case EPOLL_CTL_DEL:
		if (!epi)
			return -ENOENT;
		ep_remove(ep, epi);
		return 0;
	case EPOLL_CTL_MOD:
		if (!epi)
			return -ENOENT;
		if (epi->event.events & EPOLLEXCLUSIVE)
			return -EINVAL;
		ep_modify(ep, epi, &r->event);
		return 0;
	default:
		return -EINVAL;
	}
}

static int ep_ctl(struct file *file, struct ep_request *r)
{
	struct eventpoll *ep = file->private_data;
	bool nested;
	int err = 0;

	if (!r->file->f_op->poll)
		return -EPERM;
	if (file == r->file || !is_file_epoll(file) || bad_exclusive(r))
		return -EINVAL;
	nested = r->op == EPOLL_CTL_ADD && is_file_epoll(r->file);
	if (nested) {
		mutex_lock(&nested_mutex);
		err = check_nesting(ep, r->file);
	}
	if (!err) {
		mutex_lock(&ep->mtx);
		err = ep_apply(ep, r);
		mutex_unlock(&ep->mtx);
	}
	if (nested)
		mutex_unlock(&nested_mutex);
	return err;
}

/**
 * sys_epoll_ctl - epoll_ctl(2)
 *
 * Return: 0; -EBADF; -EEXIST; -EINVAL: not an instance, itself, an unknown
 * operation, EPOLLEXCLUSIVE where it cannot be; -ELOOP; -ENOENT; -ENOMEM;
 * -ENOSPC; -EPERM: the file cannot be polled; -EFAULT.
 */
SYSCALL_DEFINE4(epoll_ctl, int, epfd, int, op, int, fd,
		const struct epoll_event_k __user *, event)
{
	struct ep_request r = { .op = op, .fd = fd };
	struct file *file;
	int err = -EBADF;

	if (op != EPOLL_CTL_DEL &&
	    copy_from_user(&r.event, event, sizeof(r.event)))
		return -EFAULT;
	file = fget((unsigned int)epfd);
	if (!file)
		return -EBADF;
	r.file = fget((unsigned int)fd);
	if (r.file) {
		err = ep_ctl(file, &r);
		fput(r.file);
	}
	fput(file);
	return err;
}

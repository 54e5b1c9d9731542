/* SPDX-License-Identifier: MIT */
/*
 * Descriptors in flight, and the cycles that they can make.
 *
 * A message holds files; a file may be a socket; its queue holds messages. Two
 * sockets that lie in each other's queue keep one another alive though nobody
 * has a descriptor of them:
 *
 *	A.queue: [msg: B]	B.queue: [msg: A]
 *
 * Mark and sweep. A socket in flight whose file has no references but those of
 * messages may be garbage. It is alive when one of them lies outside the queues
 * of what may be garbage; then also what lies in its own queue is alive, and so
 * on. What is left can be reached only from itself.
 *
 * Done when a socket is closed, as on Linux: a cycle that loses its last
 * descriptor without closing a socket stays until the next one is closed, or
 * until its user comes to the limit of descriptors in flight.
 *
 * Rule: a message and its count of inflight appear and go together under
 * unix_lock, and whoever copies a descriptor out of a queue holds it, too.
 */
#include <ikos/net.h>

#include <ikos/slab.h>

/* How many descriptors of a user are in flight: RLIMIT_NOFILE bounds them. */
struct inflight_user {
	struct list_head list;
	uid_t uid;
	unsigned long count;
};

static LIST_HEAD(inflight_users);
static LIST_HEAD(inflight_socks);
static LIST_HEAD(dead_msgs); /* to be freed by whoever drains */
static bool draining;

static struct inflight_user *find_user(uid_t uid)
{
	struct inflight_user *user;

	list_for_each_entry (user, &inflight_users, list)
		if (user->uid == uid)
			return user;
	return NULL;
}

static void count_socks(struct scm_fp *fp)
{
	for (unsigned int i = 0; i < fp->count; i++) {
		struct unix_sock *sk = sock_from_file(fp->files[i]);

		if (sk && !sk->inflight++)
			list_add_tail(&sk->inflight_list, &inflight_socks);
	}
}

static bool over_limit(void)
{
	unsigned long limit = rlimit(RLIMIT_NOFILE);
	struct inflight_user *user;
	bool over;

	spin_lock(&unix_lock);
	user = find_user(current->cred.uid);
	over = user && user->count > limit;
	spin_unlock(&unix_lock);
	return over;
}

/* Whether current may send no more descriptors; garbage does not count. */
static bool too_many(void)
{
	LIST_HEAD(none);

	if (capable(CAP_SYS_RESOURCE) || capable(CAP_SYS_ADMIN) ||
	    !over_limit())
		return false;
	unix_free_msgs(&none);
	return over_limit();
}

/**
 * unix_inflight - descriptors go into a message
 * @fp: they count for current's user
 *
 * Context: may sleep; takes unix_lock.
 * Return: 0; -ETOOMANYREFS: the user has more than RLIMIT_NOFILE on their way
 * and no capability; -ENOMEM.
 */
int unix_inflight(struct scm_fp *fp)
{
	struct inflight_user *new = kzalloc(sizeof(*new), GFP_KERNEL), *user;

	if (!new)
		return -ENOMEM;
	fp->user = new->uid = current->cred.uid;
	if (too_many()) {
		kfree(new);
		return -ETOOMANYREFS;
	}
	spin_lock(&unix_lock);
	user = find_user(fp->user);
	if (!user) {
		user = new;
		new = NULL;
		list_add(&user->list, &inflight_users);
	}
	user->count += fp->count;
	count_socks(fp);
	spin_unlock(&unix_lock);
	kfree(new);
	return 0;
}

/**
 * unix_notinflight - descriptors leave a message
 * @fp: as it was given to unix_inflight()
 *
 * Context: unix_lock held.
 */
void unix_notinflight(struct scm_fp *fp)
{
	struct inflight_user *user = find_user(fp->user);

	for (unsigned int i = 0; i < fp->count; i++) {
		struct unix_sock *sk = sock_from_file(fp->files[i]);

		if (sk && !--sk->inflight)
			list_del_init(&sk->inflight_list);
	}
	user->count -= fp->count;
	if (!user->count) {
		list_del(&user->list);
		kfree(user);
	}
}

/* Messages that nobody will read: they wait to be freed; unix_lock held. */
static void bury(struct list_head *msgs)
{
	struct unix_msg *msg;

	list_for_each_entry (msg, msgs, list)
		if (msg->scm.fp)
			unix_notinflight(msg->scm.fp);
	list_splice_tail_init(msgs, &dead_msgs);
}

/* --- cycles -------------------------------------------------------------------- */

/* Call @fn for each socket that lies in the queue of @sk. */
static void for_each_queued(struct unix_sock *sk, struct list_head *list,
			    void (*fn)(struct unix_sock *, struct list_head *))
{
	struct unix_msg *msg;

	list_for_each_entry (msg, &sk->queue, list) {
		struct scm_fp *fp = msg->scm.fp;

		for (unsigned int i = 0; fp && i < fp->count; i++) {
			struct unix_sock *to = sock_from_file(fp->files[i]);

			if (to)
				fn(to, list);
		}
	}
}

/* And for those of its connections that nobody has accepted. */
static void for_each_child(struct unix_sock *sk, struct list_head *list,
			   void (*fn)(struct unix_sock *, struct list_head *))
{
	struct unix_sock *embryo;

	for_each_queued(sk, list, fn);
	list_for_each_entry (embryo, &sk->pending, pending_link)
		for_each_queued(embryo, list, fn);
}

static void add_reference(struct unix_sock *sk,
			  struct list_head *unused __maybe_unused)
{
	sk->gc_refs++;
}

static void make_alive(struct unix_sock *sk, struct list_head *alive)
{
	if (!sk->gc_garbage)
		return;
	sk->gc_garbage = false;
	list_move_tail(&sk->inflight_list, alive);
}

/* Everything that might be garbage, and who of it points to whom. */
static void mark_candidates(void)
{
	struct unix_sock *sk;

	list_for_each_entry (sk, &inflight_socks, inflight_list) {
		sk->gc_garbage = (unsigned int)atomic_read(
					 &sk->file->f_count) == sk->inflight;
		sk->gc_refs = 0;
	}
	list_for_each_entry (sk, &inflight_socks, inflight_list)
		if (sk->gc_garbage)
			for_each_child(sk, NULL, add_reference);
}

static void take_queues(struct unix_sock *sk, struct list_head *msgs)
{
	struct unix_sock *embryo;

	list_splice_tail_init(&sk->queue, msgs);
	sk->qlen = 0;
	list_for_each_entry (embryo, &sk->pending, pending_link) {
		list_splice_tail_init(&embryo->queue, msgs);
		embryo->qlen = 0;
	}
}

/* Bury what lies in the queues of garbage; unix_lock held. */
static void collect(void)
{
	struct unix_sock *sk, *next;
	LIST_HEAD(garbage);
	LIST_HEAD(alive);

	mark_candidates();
	list_for_each_entry_safe (sk, next, &inflight_socks, inflight_list)
		if (sk->gc_refs < sk->inflight)
			make_alive(sk, &alive);
	/* The list grows while we walk it. */
	list_for_each_entry (sk, &alive, inflight_list)
		for_each_child(sk, &alive, make_alive);
	list_for_each_entry (sk, &inflight_socks, inflight_list)
		if (sk->gc_garbage)
			take_queues(sk, &garbage);
	list_splice_tail_init(&alive, &inflight_socks);
	bury(&garbage);
}

/**
 * unix_free_msgs - free messages that nobody will read, and all garbage
 * @msgs: in no queue any more; emptied
 *
 * To close a descriptor in a message can close a socket with messages, and so
 * on: they all go to one list and one loop, the stack does not grow with them.
 * When another task is in that loop, it also does what we brought.
 *
 * Context: may sleep.
 */
void unix_free_msgs(struct list_head *msgs)
{
	struct unix_msg *msg;

	spin_lock(&unix_lock);
	bury(msgs);
	while (!draining) {
		if (list_empty(&dead_msgs) && !list_empty(&inflight_socks))
			collect();
		if (list_empty(&dead_msgs))
			break;
		msg = list_first_entry(&dead_msgs, struct unix_msg, list);
		list_del(&msg->list);
		draining = true;
		spin_unlock(&unix_lock);
		unix_msg_free(msg);
		spin_lock(&unix_lock);
		draining = false;
	}
	spin_unlock(&unix_lock);
}

/* SPDX-License-Identifier: MIT */
/*
 * Pending signals: a bit for each, and for most of them a queue entry with
 * what is known about it.
 *
 * A standard signal is pending at most once, so it has at most one entry; a
 * real-time signal has one entry for each time it was sent, in that order. A
 * standard signal whose entry could not be had (no memory, RLIMIT_SIGPENDING)
 * still becomes pending: the bit alone is enough to deliver it, with an empty
 * siginfo_t.
 *
 *	signal  0...1..1.......   bits: 4 and 7 are pending
 *	list    7{si_pid 12} -> 40{value 1} -> 40{value 2}
 *
 * Everything here runs under siglock; user_lock is innermost.
 */
#include <ikos/slab.h>
#include <ikos/string.h>

#include "signal_internal.h"

static struct kmem_cache *sigqueue_cache;

/* Queued signals by real uid of the receiver: few users, a short list. */
struct user_signals {
	struct list_head list;
	uid_t uid;
	unsigned long queued;
};

static LIST_HEAD(users);
static DEFINE_SPINLOCK(user_lock);

/**
 * sigqueue_init() - make the cache of queue entries
 *
 * Context: boot, once.
 */
void sigqueue_init(void)
{
	sigqueue_cache = KMEM_CACHE(sigqueue);
}

/**
 * init_sigpending() - make @pending empty
 * @pending: the set
 *
 * Context: nobody else sees @pending yet.
 */
void init_sigpending(struct sigpending *pending)
{
	pending->signal = 0;
	INIT_LIST_HEAD(&pending->list);
}

static struct user_signals *find_user(uid_t uid)
{
	struct user_signals *user;

	list_for_each_entry (user, &users, list) {
		if (user->uid == uid)
			return user;
	}
	return NULL;
}

/* Count one more for @uid unless that passes @limit. */
static bool charge_user(uid_t uid, unsigned long limit)
{
	struct user_signals *user;
	bool ok = false;

	spin_lock(&user_lock);
	user = find_user(uid);
	if (!user) {
		user = kzalloc(sizeof(*user), GFP_ATOMIC);
		if (!user)
			goto out;
		user->uid = uid;
		list_add(&user->list, &users);
	}
	ok = user->queued < limit;
	if (ok) {
		user->queued++;
	} else if (!user->queued) {
		list_del(&user->list);
		kfree(user);
	}
out:
	spin_unlock(&user_lock);
	return ok;
}

static void uncharge_user(uid_t uid)
{
	struct user_signals *user;

	spin_lock(&user_lock);
	user = find_user(uid);
	if (!--user->queued) {
		list_del(&user->list);
		kfree(user);
	}
	spin_unlock(&user_lock);
}

static struct sigqueue *sigqueue_alloc(struct task_struct *t, bool unlimited)
{
	unsigned long limit = t->signal->rlim[RLIMIT_SIGPENDING].rlim_cur;
	/* Once: another CPU may be giving @t another user. */
	uid_t uid = READ_ONCE(t->cred.uid);
	struct sigqueue *q;

	if (!charge_user(uid, unlimited ? RLIM_INFINITY : limit))
		return NULL;
	q = kmem_cache_alloc(sigqueue_cache, GFP_ATOMIC | __GFP_NOWARN);
	if (!q) {
		uncharge_user(uid);
		return NULL;
	}
	q->uid = uid;
	q->preallocated = false;
	return q;
}

static void sigqueue_free(struct sigqueue *q)
{
	if (q->preallocated) {
		list_del_init(&q->list);
		return;
	}
	list_del(&q->list);
	uncharge_user(q->uid);
	kmem_cache_free(sigqueue_cache, q);
}

/**
 * sigqueue_charge() - count an entry that its owner keeps
 * @q: the entry
 * @t: whose user pays
 *
 * Context: may not hold user_lock. Return: 0; -EAGAIN: RLIMIT_SIGPENDING.
 */
int sigqueue_charge(struct sigqueue *q, struct task_struct *t)
{
	unsigned long limit = t->signal->rlim[RLIMIT_SIGPENDING].rlim_cur;
	unsigned long flags;
	bool ok;

	q->uid = READ_ONCE(t->cred.uid);
	local_irq_save(flags);
	ok = charge_user(q->uid, limit);
	local_irq_restore(flags);
	return ok ? 0 : -EAGAIN;
}

/**
 * sigqueue_uncharge() - the end of sigqueue_charge()
 * @q: the entry, not queued
 *
 * Context: any.
 */
void sigqueue_uncharge(struct sigqueue *q)
{
	unsigned long flags;

	local_irq_save(flags);
	uncharge_user(q->uid);
	local_irq_restore(flags);
}

/**
 * sigqueue_withdraw() - take an entry out that has not been delivered
 * @pending: where it may be queued
 * @q: the entry
 *
 * Context: siglock held.
 */
void sigqueue_withdraw(struct sigpending *pending, struct sigqueue *q)
{
	int sig = q->info.si_signo;
	struct sigqueue *other;

	if (list_empty(&q->list))
		return;
	list_del_init(&q->list);
	list_for_each_entry (other, &pending->list, list)
		if (other->info.si_signo == sig)
			return;
	pending->signal &= ~sigmask(sig);
}

/**
 * sigpending_add() - make @sig pending
 * @pending: @t's own set or the one its process shares
 * @sig: 1 … _NSIG
 * @info: what is known; NULL: the kernel sent it
 * @t: the receiver, whose user pays for the queue entry
 *
 * As in Linux, what kill(2) and the kernel send as a standard signal passes
 * RLIMIT_SIGPENDING, and only sigqueue(3) of a real-time signal fails when
 * there is no entry to be had; elsewhere the information is lost.
 *
 * Context: siglock held.
 * Return: 0; -EAGAIN: no queue entry, nothing is pending.
 */
int sigpending_add(struct sigpending *pending, int sig,
		   const struct siginfo *info, struct task_struct *t)
{
	bool rt = sig >= SIGRTMIN;
	struct sigqueue *q;

	if (!rt && sig_in(sig, pending->signal))
		return 0;
	q = sigqueue_alloc(t, !rt && (!info || info->si_code >= 0));
	if (q) {
		if (info) {
			q->info = *info;
		} else {
			memset(&q->info, 0, sizeof(q->info));
			q->info.si_code = SI_KERNEL;
		}
		q->info.si_signo = sig;
		list_add_tail(&q->list, &pending->list);
	} else if (rt && info && info->si_code != SI_USER) {
		return -EAGAIN;
	}
	pending->signal |= sigmask(sig);
	return 0;
}

/**
 * sigpending_flush() - forget every pending signal of a set
 * @pending: where they are pending
 * @mask: the set
 *
 * Context: siglock held.
 */
void sigpending_flush(struct sigpending *pending, sigset_t_k mask)
{
	struct sigqueue *q, *tmp;

	if (!(pending->signal & mask))
		return;
	pending->signal &= ~mask;
	list_for_each_entry_safe (q, tmp, &pending->list, list) {
		if (sig_in(q->info.si_signo, mask))
			sigqueue_free(q);
	}
}

/**
 * flush_sigqueue() - forget every pending signal
 * @pending: the set of a task or process that goes away
 *
 * Context: siglock held, or nobody else sees @pending any more.
 */
void flush_sigqueue(struct sigpending *pending)
{
	struct sigqueue *q, *tmp;

	pending->signal = 0;
	list_for_each_entry_safe (q, tmp, &pending->list, list)
		sigqueue_free(q);
}

/* Take @sig out with its information; the bit stays while more are queued. */
static void collect_signal(struct sigpending *pending, int sig,
			   struct siginfo *info)
{
	struct sigqueue *q, *first = NULL;
	bool more = false;

	list_for_each_entry (q, &pending->list, list) {
		if (q->info.si_signo != sig)
			continue;
		if (first) {
			more = true;
			break;
		}
		first = q;
	}
	if (!more)
		pending->signal &= ~sigmask(sig);
	if (first) {
		*info = first->info;
		sigqueue_free(first);
	} else {
		memset(info, 0, sizeof(*info));
		info->si_signo = sig;
	}
}

/* Faults first: their handlers want to see the registers as they were. */
static int next_signal(const struct sigpending *pending, sigset_t_k mask)
{
	sigset_t_k ready = pending->signal & ~mask;

	if (ready & SIG_SYNCHRONOUS_MASK)
		ready &= SIG_SYNCHRONOUS_MASK;
	return ready ? (int)ffs_bit(ready) + 1 : 0;
}

/**
 * dequeue_signal() - take out the next signal of the current task
 * @mask: signals that stay pending
 * @info: gets what is known about it
 *
 * Signals to the thread come before those to the process, lower numbers
 * before higher ones.
 *
 * Context: siglock held.
 * Return: the signal, or 0 when none is pending outside @mask.
 */
int dequeue_signal(sigset_t_k mask, struct siginfo *info)
{
	struct sigpending *pending = &current->pending;
	int sig = next_signal(pending, mask);

	if (!sig) {
		pending = &current->signal->shared_pending;
		sig = next_signal(pending, mask);
	}
	if (!sig)
		return 0;
	collect_signal(pending, sig, info);
	if (sig_in(sig, SIG_KERNEL_STOP_MASK))
		current->signal->stop_dequeued = true;
	recalc_sigpending(current);
	return sig;
}

/* The fault under way, which is in no queue. */
static int take_forced_fault(struct siginfo *info)
{
	struct forced_fault *f = &current->forced;
	int sig = f->sig;

	memset(info, 0, sizeof(*info));
	info->si_signo = sig;
	info->si_code = f->code;
	info->si_addr = f->addr;
	f->sig = 0;
	return sig;
}

/**
 * dequeue_synchronous_signal() - take out a signal that an exception raised
 * @info: gets what is known about it
 *
 * It goes before anything else, so that no other handler's frame comes
 * between the faulting instruction and its handler.
 *
 * Context: siglock held.
 * Return: the signal, or 0 when there is none.
 */
int dequeue_synchronous_signal(struct siginfo *info)
{
	struct sigpending *pending = &current->pending;
	sigset_t_k ready = pending->signal & ~current->blocked;
	struct sigqueue *q;

	if (current->forced.sig)
		return take_forced_fault(info);
	if (!(ready & SIG_SYNCHRONOUS_MASK))
		return 0;
	list_for_each_entry (q, &pending->list, list) {
		int sig = q->info.si_signo;

		if (q->info.si_code > SI_USER &&
		    sig_in(sig, ready & SIG_SYNCHRONOUS_MASK)) {
			collect_signal(pending, sig, info);
			recalc_sigpending(current);
			return sig;
		}
	}
	return 0;
}

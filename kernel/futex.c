/* SPDX-License-Identifier: MIT */
/*
 * Futexes: sleeping until a word of user memory changes, and waking who sleeps.
 *
 * The kernel has nothing for a futex that nobody waits for. A waiter is on its
 * own stack and in the bucket that its key hashes to:
 *
 *	bucket 17 ─▶ A (inode 5, 0x10) ─▶ B (inode 9, 0x40) ─▶ C (inode 5, 0x10)
 *	wake 1 of (inode 5, 0x10): A goes; C stays, B never was meant
 *
 * No wake-up is lost. The program changes the word, then wakes:
 *
 *	waiter				waker
 *	lock bucket			word = new
 *	word == val? queue myself	lock bucket
 *	unlock, sleep			find waiter, wake it; unlock
 *
 * Whoever has the lock first: either the waiter reads the new word and does not
 * sleep, or the waker finds it in the bucket.
 *
 *	F1  a waiter's key is that of its bucket, and it is in the bucket's list
 *	    or it is woken
 *	F2  a waiter leaves only after it has held the bucket's lock: who holds
 *	    that may use any waiter found there
 *	F3  under a bucket's lock nothing is faulted in: the word is read with
 *	    faults failing at once; the fault is handled without the lock, then
 *	    everything is done again
 *
 * Locks: bucket->lock with interrupts off, inside it a run queue's; two buckets
 * in the order of their addresses. Source: futex(2).
 */
#include "futex.h"

#include <ikos/fs.h>
#include <ikos/mm.h>
#include <ikos/sched.h>
#include <ikos/uaccess.h>

#include "sys_time.h"

#define NR_BUCKETS_BITS 8
#define HASH_MULTIPLIER 0x9e3779b97f4a7c15UL /* 2^64 / golden ratio */

static struct futex_bucket buckets[1 << NR_BUCKETS_BITS];

/**
 * futex_init - make the buckets
 *
 * Context: boot.
 */
void futex_init(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(buckets); i++) {
		spin_lock_init(&buckets[i].lock);
		INIT_LIST_HEAD(&buckets[i].waiters);
	}
}

/**
 * futex_hash - where the waiters of a futex are
 *
 * Context: any.
 */
struct futex_bucket *futex_hash(const struct futex_key *key)
{
	u64 h = (u64)key->object * HASH_MULTIPLIER;

	h = (h ^ (h >> 32) ^ key->offset) * HASH_MULTIPLIER;
	return &buckets[h >> (64 - NR_BUCKETS_BITS)];
}

/**
 * futex_get_key - which futex an address of the current program names
 * @uaddr: user address
 * @shared: others may know it by another address
 * @write: it is going to be written
 * @key: filled in; futex_put_key() is due
 *
 * Context: may sleep.
 * Return: 0; -EINVAL: @uaddr is no multiple of 4; -EFAULT.
 */
int futex_get_key(u32 __user *uaddr, bool shared, bool write,
		  struct futex_key *key)
{
	unsigned long addr = (unsigned long)uaddr;

	if (addr % sizeof(u32))
		return -EINVAL;
	if (!access_ok(uaddr, sizeof(u32)))
		return -EFAULT;
	if (shared)
		return mm_futex_key(current->mm, addr, write, key);
	*key = (struct futex_key){ .kind = FUTEX_KEY_PRIVATE,
				   .mm = current->mm,
				   .offset = addr };
	return 0;
}

/**
 * futex_put_key - let go of what a key names
 *
 * Context: may sleep.
 */
void futex_put_key(struct futex_key *key)
{
	if (key->kind == FUTEX_KEY_INODE)
		iput(key->inode);
	else if (key->kind == FUTEX_KEY_MM)
		mmdrop(key->mm);
}

/**
 * futex_hold_key - one more reference for a copy of a key
 *
 * Context: any; the caller has a reference.
 */
void futex_hold_key(const struct futex_key *key)
{
	if (key->kind == FUTEX_KEY_INODE)
		igrab(key->inode);
	else if (key->kind == FUTEX_KEY_MM)
		mmgrab(key->mm);
}

/**
 * futex_release_held - drop a reference that is not the last
 *
 * Context: any; the caller has another reference, so nothing is freed.
 */
void futex_release_held(const struct futex_key *key)
{
	if (key->kind == FUTEX_KEY_INODE)
		atomic_dec(&key->inode->i_count);
	else if (key->kind == FUTEX_KEY_MM)
		atomic_dec(&key->mm->mm_count);
}

/**
 * futex_lock_two - lock two buckets, which may be one
 *
 * Context: turns interrupts off.
 */
void futex_lock_two(struct futex_bucket *a, struct futex_bucket *b)
{
	spin_lock_irq(a < b ? &a->lock : &b->lock);
	if (a != b)
		spin_lock_nested(a < b ? &b->lock : &a->lock);
}

/**
 * futex_unlock_two - undo futex_lock_two()
 *
 * Context: turns interrupts on.
 */
void futex_unlock_two(struct futex_bucket *a, struct futex_bucket *b)
{
	if (a != b)
		spin_unlock(a < b ? &b->lock : &a->lock);
	spin_unlock_irq(a < b ? &a->lock : &b->lock);
}

/**
 * futex_wake_one - end a waiter's sleep
 * @q: in a bucket
 *
 * Context: the bucket's lock.
 */
void futex_wake_one(struct futex_q *q)
{
	list_del(&q->list);
	smp_store_release(&q->woken, true);
	wake_up_process(q->task);
}

/**
 * futex_wake_bucket - wake who waits for a futex, first come first
 * @bucket: that of @key
 * @key: the futex
 * @nr: at most so many; 0 and less count as 1, as on Linux
 * @bitset: only who has one of these bits
 *
 * Context: the bucket's lock.
 * Return: how many.
 */
int futex_wake_bucket(struct futex_bucket *bucket, const struct futex_key *key,
		      int nr, u32 bitset)
{
	struct futex_q *q, *next;
	int woken = 0;

	list_for_each_entry_safe (q, next, &bucket->waiters, list) {
		if (!futex_same(&q->key, key) || !(q->bitset & bitset))
			continue;
		futex_wake_one(q);
		if (++woken >= nr)
			break;
	}
	return woken;
}

/**
 * futex_wake - FUTEX_WAKE, FUTEX_WAKE_BITSET
 * @uaddr: of the current program
 * @shared: not FUTEX_PRIVATE_FLAG
 * @nr: at most so many
 * @bitset: only who has one of these bits
 *
 * Context: may sleep.
 * Return: how many; -EINVAL: no bits, or a bad address; -EFAULT.
 */
int futex_wake(u32 __user *uaddr, bool shared, int nr, u32 bitset)
{
	struct futex_bucket *bucket;
	struct futex_key key;
	int ret;

	if (!bitset)
		return -EINVAL;
	ret = futex_get_key(uaddr, shared, false, &key);
	if (ret)
		return ret;
	bucket = futex_hash(&key);
	spin_lock_irq(&bucket->lock);
	ret = futex_wake_bucket(bucket, &key, nr, bitset);
	spin_unlock_irq(&bucket->lock);
	futex_put_key(&key);
	return ret;
}

/* One try to queue @q, whose key is set. 0: queued; -EFAULT: the word is not
 * within reach just now; -EAGAIN: it is not @val. */
static int queue_if_equal(struct futex_q *q, u32 __user *uaddr, u32 val)
{
	struct futex_bucket *bucket = futex_hash(&q->key);
	u32 now = 0;
	int err;

	spin_lock_irq(&bucket->lock);
	err = user_load_u32(&now, uaddr);
	if (!err && now != val)
		err = -EAGAIN;
	if (!err) {
		q->bucket = bucket;
		list_add_tail(&q->list, &bucket->waiters);
	}
	spin_unlock_irq(&bucket->lock);
	return err;
}

/* Queue @q if the word is as @w wants it; then it holds its key. */
static int wait_setup(const struct futex_wait *w, struct futex_q *q)
{
	int err;
	u32 now;

	for (;;) {
		err = futex_get_key(w->uaddr, w->shared, false, &q->key);
		if (err)
			return err;
		err = queue_if_equal(q, w->uaddr, w->val);
		if (!err)
			return 0;
		futex_put_key(&q->key);
		if (err != -EFAULT)
			return err;
		if (user_load_u32(&now, w->uaddr))
			return -EFAULT;
		cond_resched();
	}
}

/* Off the list, wherever a requeue has put it. True: it had been woken. */
static bool unqueue(struct futex_q *q)
{
	struct futex_bucket *bucket;
	bool woken;

	for (;;) {
		bucket = __atomic_load_n(&q->bucket, __ATOMIC_ACQUIRE);
		spin_lock_irq(&bucket->lock);
		if (bucket == q->bucket)
			break;
		spin_unlock_irq(&bucket->lock);
	}
	woken = q->woken;
	if (!woken)
		list_del(&q->list);
	spin_unlock_irq(&bucket->lock);
	futex_put_key(&q->key);
	return woken;
}

/* Nanoseconds until the time is up. */
static u64 time_left(const struct futex_wait *w)
{
	u64 now;

	if (!w->timed)
		return MAX_SCHEDULE_TIMEOUT;
	now = w->realtime ? ktime_get_real_ns() : ktime_get_ns();
	return now < w->deadline ? w->deadline - now : 0;
}

/* Until woken, a signal, or the time is up; true: that was it. */
static bool sleep_queued(const struct futex_wait *w, struct futex_q *q)
{
	struct wait_queue_entry clock;
	u64 left;

	init_wait_entry(&clock);
	if (w->timed && w->realtime)
		add_wait_queue(&realtime_sleepers, &clock);
	for (;;) {
		set_current_state(TASK_INTERRUPTIBLE);
		left = time_left(w);
		if (!left || smp_load_acquire(&q->woken) || current->sigpending)
			break;
		schedule_timeout(left);
	}
	set_current_state(TASK_RUNNING);
	if (w->timed && w->realtime)
		remove_wait_queue(&realtime_sleepers, &clock);
	return !left;
}

#define RESTART_SHARED	 1
#define RESTART_REALTIME 2

/* restart_fn: after a stop, wait on until the same time. */
static long wait_restart(struct task_struct *t)
{
	const struct futex_wait w = {
		.uaddr = (u32 __user *)t->restart_arg[0],
		.val = (u32)t->restart_arg[1],
		.bitset = (u32)(t->restart_arg[1] >> 32),
		.deadline = t->restart_arg[2],
		.timed = true,
		.shared = t->restart_arg[3] & RESTART_SHARED,
		.realtime = t->restart_arg[3] & RESTART_REALTIME,
	};

	return futex_wait(&w);
}

/* A signal has ended the sleep: how the call goes on after it. */
static long interrupted(const struct futex_wait *w)
{
	struct task_struct *t = current;

	if (!w->timed)
		return -ERESTARTSYS;
	t->restart_fn = wait_restart;
	t->restart_arg[0] = (u64)w->uaddr;
	t->restart_arg[1] = w->val | (u64)w->bitset << 32;
	t->restart_arg[2] = w->deadline;
	t->restart_arg[3] = (w->shared ? RESTART_SHARED : 0) |
			    (w->realtime ? RESTART_REALTIME : 0);
	return -ERESTART_RESTARTBLOCK;
}

/**
 * futex_wait - FUTEX_WAIT, FUTEX_WAIT_BITSET
 * @w: word, expected value, bits, and until when
 *
 * Context: may sleep.
 * Return: 0: woken; -EAGAIN: the word is another; -ETIMEDOUT; -EINVAL: no bits,
 * or a bad address; -EFAULT; -ERESTARTSYS, and with a time
 * -ERESTART_RESTARTBLOCK: a signal, EINTR to the program if it handles that.
 */
long futex_wait(const struct futex_wait *w)
{
	struct futex_q q = { .task = current, .bitset = w->bitset };
	bool expired;
	int err;

	if (!w->bitset)
		return -EINVAL;
	err = wait_setup(w, &q);
	if (err)
		return err;
	expired = sleep_queued(w, &q);
	if (unqueue(&q))
		return 0;
	return expired ? -ETIMEDOUT : interrupted(w);
}

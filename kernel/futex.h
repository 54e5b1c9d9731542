/* SPDX-License-Identifier: MIT */
#ifndef KERNEL_FUTEX_H
#define KERNEL_FUTEX_H

#include <ikos/futex.h>
#include <ikos/list.h>
#include <ikos/spinlock.h>
#include <uapi/futex.h>

/* What the files of the futex share. */

/* Where the waiters of many futexes sleep, first come first. */
struct futex_bucket {
	spinlock_t lock; /* interrupts off */
	struct list_head waiters;
};

/* A task that waits, on its own stack. All under the bucket's lock. */
struct futex_q {
	struct list_head list; /* in bucket->waiters */
	struct futex_bucket *bucket; /* changes only under both locks */
	struct futex_key key;
	u32 bitset;
	bool woken; /* off the list; the waiter looks without the lock */
	struct task_struct *task;
};

struct futex_wait {
	u32 __user *uaddr;
	u32 val, bitset;
	bool shared, realtime, timed;
	u64 deadline; /* ns of the clock; when timed */
};

static inline bool futex_same(const struct futex_key *a,
			      const struct futex_key *b)
{
	return a->object == b->object && a->offset == b->offset &&
	       a->kind == b->kind;
}

int futex_get_key(u32 __user *uaddr, bool shared, bool write,
		  struct futex_key *key);
void futex_put_key(struct futex_key *key);
void futex_hold_key(const struct futex_key *key);
void futex_release_held(const struct futex_key *key);
struct futex_bucket *futex_hash(const struct futex_key *key);
void futex_lock_two(struct futex_bucket *a, struct futex_bucket *b);
void futex_unlock_two(struct futex_bucket *a, struct futex_bucket *b);
void futex_wake_one(struct futex_q *q);
int futex_wake_bucket(struct futex_bucket *bucket, const struct futex_key *key,
		      int nr, u32 bitset);

int futex_wake(u32 __user *uaddr, bool shared, int nr, u32 bitset);
long futex_wait(const struct futex_wait *w);

/* kernel/futex_requeue.c */
struct futex_requeue {
	u32 __user *uaddr1, *uaddr2;
	int nr_wake, nr_requeue;
	bool shared, compare;
	u32 val;
};
long futex_requeue(const struct futex_requeue *r);
struct futex_wake_op {
	u32 __user *uaddr1, *uaddr2;
	int nr_wake1, nr_wake2;
	bool shared;
	u32 op;
};
long futex_wake_op(const struct futex_wake_op *w);

#endif

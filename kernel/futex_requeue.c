/* SPDX-License-Identifier: MIT */
/*
 * The futex operations on two words: moving waiters from one futex to another
 * without waking them, and waking two at once.
 *
 * A condition variable's broadcast wakes one waiter and lets the others wait
 * for the mutex, which only one can have at a time:
 *
 *	bucket of cond:   A B C		FUTEX_CMP_REQUEUE, wake 1, move 2
 *	bucket of mutex:  D		A runs; mutex: D B C
 *
 * A waiter that moves trades its reference to the first key for one to the
 * second. The caller holds both keys itself, so that neither count becomes 0
 * under the locks.
 *
 * Locks: the locks of both buckets: futex.c. Source: futex(2).
 */
#include "futex.h"

#include <ikos/kernel.h>
#include <ikos/sched.h>
#include <ikos/uaccess.h>

struct two_futexes {
	struct futex_key key1, key2;
	struct futex_bucket *b1, *b2;
};

static int get_two(struct two_futexes *two, u32 __user *uaddr1,
		   u32 __user *uaddr2, bool shared, bool write2)
{
	int err = futex_get_key(uaddr1, shared, false, &two->key1);

	if (err)
		return err;
	err = futex_get_key(uaddr2, shared, write2, &two->key2);
	if (err) {
		futex_put_key(&two->key1);
		return err;
	}
	two->b1 = futex_hash(&two->key1);
	two->b2 = futex_hash(&two->key2);
	return 0;
}

static void put_two(struct two_futexes *two)
{
	futex_put_key(&two->key2);
	futex_put_key(&two->key1);
}

/* @q waits for the second futex from now on. */
static void move_waiter(struct futex_q *q, const struct two_futexes *two)
{
	futex_hold_key(&two->key2);
	futex_release_held(&q->key);
	q->key = two->key2;
	if (two->b1 != two->b2)
		list_move_tail(&q->list, &two->b2->waiters);
	__atomic_store_n(&q->bucket, two->b2, __ATOMIC_RELEASE);
}

/* Wake the first, move the next; both counted. Both locks held. */
static int wake_and_move(const struct futex_requeue *r,
			 const struct two_futexes *two)
{
	struct futex_q *q, *next;
	int count = 0;

	list_for_each_entry_safe (q, next, &two->b1->waiters, list) {
		if (count - r->nr_wake >= r->nr_requeue)
			break;
		if (!futex_same(&q->key, &two->key1))
			continue;
		if (++count <= r->nr_wake)
			futex_wake_one(q);
		else
			move_waiter(q, two);
	}
	return count;
}

static long try_requeue(const struct futex_requeue *r,
			const struct two_futexes *two)
{
	long ret = 0;
	u32 now = 0;

	futex_lock_two(two->b1, two->b2);
	if (r->compare)
		ret = user_load_u32(&now, r->uaddr1);
	if (!ret && r->compare && now != r->val)
		ret = -EAGAIN;
	if (!ret)
		ret = wake_and_move(r, two);
	futex_unlock_two(two->b1, two->b2);
	return ret;
}

/**
 * futex_requeue - FUTEX_REQUEUE, FUTEX_CMP_REQUEUE
 * @r: the words, how many to wake and to move
 *
 * Context: may sleep.
 * Return: how many were woken and moved; -EINVAL: a negative number, a bad
 * address; -EAGAIN: the first word is not what was expected; -EFAULT.
 */
long futex_requeue(const struct futex_requeue *r)
{
	struct two_futexes two;
	long ret;
	u32 now;

	if (r->nr_wake < 0 || r->nr_requeue < 0)
		return -EINVAL;
	for (;;) {
		ret = get_two(&two, r->uaddr1, r->uaddr2, r->shared, false);
		if (ret)
			return ret;
		ret = try_requeue(r, &two);
		put_two(&two);
		if (ret != -EFAULT)
			return ret;
		if (user_load_u32(&now, r->uaddr1))
			return -EFAULT;
		cond_resched();
	}
}

static s32 sign_extend12(u32 value)
{
	return (s32)(value << 20) >> 20;
}

/* The second word after an operation. */
static u32 op_result(unsigned int op, u32 old, u32 arg)
{
	switch (op) {
	case FUTEX_OP_SET:
		return arg;
	case FUTEX_OP_ADD:
		return old + arg;
	case FUTEX_OP_OR:
		return old | arg;
	case FUTEX_OP_ANDN:
		return old & ~arg;
	default:
		return old ^ arg;
	}
}

static int op_compare(unsigned int cmp, s32 old, s32 arg)
{
	switch (cmp) {
	case FUTEX_OP_CMP_EQ:
		return old == arg;
	case FUTEX_OP_CMP_NE:
		return old != arg;
	case FUTEX_OP_CMP_LT:
		return old < arg;
	case FUTEX_OP_CMP_LE:
		return old <= arg;
	case FUTEX_OP_CMP_GT:
		return old > arg;
	case FUTEX_OP_CMP_GE:
		return old >= arg;
	default:
		return -ENOSYS;
	}
}

/* How often a word may change under a change of it, before others run. */
#define MAX_EXCHANGES 128

/*
 * Change the word as @encoded says; whether the old value passed its test.
 * -EFAULT, -ENOSYS; -EAGAIN: others kept changing it.
 */
static int change_word(u32 encoded, u32 __user *uaddr)
{
	unsigned int op = encoded >> 28 & 7, cmp = encoded >> 24 & 15;
	u32 arg = (u32)sign_extend12(encoded >> 12), old, seen;
	int err;

	if (encoded >> 28 & FUTEX_OP_OPARG_SHIFT)
		arg = 1u << (arg & 31);
	if (op > FUTEX_OP_XOR)
		return -ENOSYS;
	err = user_load_u32(&seen, uaddr);
	for (int i = 0; !err && i < MAX_EXCHANGES; i++) {
		old = seen;
		err = user_cmpxchg_u32(uaddr, &seen, op_result(op, old, arg));
		if (!err && seen == old)
			return op_compare(cmp, (s32)old,
					  sign_extend12(encoded));
	}
	return err ? err : -EAGAIN;
}

static int try_wake_op(const struct futex_wake_op *w,
		       const struct two_futexes *two)
{
	int passed, ret;

	futex_lock_two(two->b1, two->b2);
	ret = passed = change_word(w->op, w->uaddr2);
	if (passed >= 0)
		ret = futex_wake_bucket(two->b1, &two->key1, w->nr_wake1,
					FUTEX_BITSET_MATCH_ANY);
	if (passed > 0)
		ret += futex_wake_bucket(two->b2, &two->key2, w->nr_wake2,
					 FUTEX_BITSET_MATCH_ANY);
	futex_unlock_two(two->b1, two->b2);
	return ret;
}

/**
 * futex_wake_op - FUTEX_WAKE_OP
 * @w: the words, how many to wake, what to do with the second word
 *
 * Context: may sleep.
 * Return: how many were woken; -EINVAL: a bad address; -EFAULT; -ENOSYS: an
 * unknown operation, or comparison: that one after the word has changed.
 */
long futex_wake_op(const struct futex_wake_op *w)
{
	struct two_futexes two;
	u32 seen;
	int ret;

	for (;;) {
		ret = get_two(&two, w->uaddr1, w->uaddr2, w->shared, true);
		if (ret)
			return ret;
		ret = try_wake_op(w, &two);
		put_two(&two);
		if (ret != -EFAULT && ret != -EAGAIN)
			return ret;
		/* Faults it in for writing, and changes nothing. */
		seen = 0;
		if (ret == -EFAULT && user_cmpxchg_u32(w->uaddr2, &seen, 0))
			return -EFAULT;
		cond_resched();
	}
}

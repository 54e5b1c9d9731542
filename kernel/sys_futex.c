/* SPDX-License-Identifier: MIT */
/*
 * futex(2): what the arguments of each operation mean. Futexes that lend their
 * waiters' priority (FUTEX_LOCK_PI and its kin) there are none: ENOSYS.
 */
#include <ikos/syscall.h>
#include <ikos/uaccess.h>

#include "futex.h"
#include "sys_time.h"

/* The time of a wait, into @w. */
static int get_timeout(struct futex_wait *w, int cmd,
		       const struct timespec64 __user *utime)
{
	struct timespec64 ts;
	u64 ns, now;

	if (!utime)
		return 0;
	if (get_user(ts, utime))
		return -EFAULT;
	if (!timespec_valid(&ts))
		return -EINVAL;
	ns = timespec_to_ns(&ts);
	if (cmd == FUTEX_WAIT) {
		now = ktime_get_ns();
		ns = ns < ~0ULL - now ? now + ns : ~0ULL;
	}
	w->deadline = ns;
	w->timed = true;
	return 0;
}

static long do_wait(struct futex_wait *w, int cmd,
		    const struct timespec64 __user *utime)
{
	int err = get_timeout(w, cmd, utime);

	if (err)
		return err;
	if (w->realtime && cmd != FUTEX_WAIT_BITSET)
		return -ENOSYS;
	return futex_wait(w);
}

/**
 * sys_futex() - wait for a word to change, or wake who waits
 * @uaddr: the word
 * @op: FUTEX_*
 * @val: the value it should have, or how many to wake
 * @utime: until when, or how many more
 * @uaddr2: the second word
 * @val3: bits, a value or an operation
 *
 * Context: process context; may sleep.
 * Return: how many were woken, or 0; -EINVAL; -EAGAIN: the word has another
 * value; -ETIMEDOUT; -EINTR; -EFAULT; -ENOSYS: no such operation.
 */
SYSCALL_DEFINE6(futex, u32 __user *, uaddr, int, op, u32, val, unsigned long,
		utime, u32 __user *, uaddr2, u32, val3)
{
	const int cmd = op & FUTEX_CMD_MASK;
	const bool shared = !(op & FUTEX_PRIVATE_FLAG);
	struct futex_wait wait = { .uaddr = uaddr,
				   .val = val,
				   .bitset = val3,
				   .shared = shared,
				   .realtime = op & FUTEX_CLOCK_REALTIME };

	if (cmd == FUTEX_WAIT)
		wait.bitset = FUTEX_BITSET_MATCH_ANY;
	if (cmd == FUTEX_WAIT || cmd == FUTEX_WAIT_BITSET)
		return do_wait(&wait, cmd,
			       (const struct timespec64 __user *)utime);
	if (op & FUTEX_CLOCK_REALTIME)
		return -ENOSYS;
	switch (cmd) {
	case FUTEX_WAKE:
		val3 = FUTEX_BITSET_MATCH_ANY;
		/* fallthrough */
	case FUTEX_WAKE_BITSET:
		return futex_wake(uaddr, shared, (int)val, val3);
	case FUTEX_REQUEUE:
	case FUTEX_CMP_REQUEUE:
		return futex_requeue(&(struct futex_requeue){
			uaddr, uaddr2, (int)val, (int)utime, shared,
			cmd == FUTEX_CMP_REQUEUE, val3 });
	case FUTEX_WAKE_OP:
		return futex_wake_op(&(struct futex_wake_op){
			uaddr, uaddr2, (int)val, (int)utime, shared, val3 });
	default:
		return -ENOSYS;
	}
}

/* SPDX-License-Identifier: MIT */
/*
 * Whose is a signal to the process? Any thread's that does not block it. The
 * one that is woken for it may change its mind before it takes it: it blocks
 * the signal, or ends. Then another one has to be woken, or the signal would
 * wait although somebody could take it.
 *
 *	shared_pending: SIGUSR1		woken: A	B sleeps
 *	A blocks SIGUSR1		-> B is woken
 *
 * Locks: siglock.
 */
#include "signal_internal.h"
#include "task_internal.h"

/**
 * retarget_shared_pending() - let other threads take what @t does not
 * @t: a thread that will not take them
 * @which: the signals
 *
 * Context: siglock held.
 */
void retarget_shared_pending(struct task_struct *t, sigset_t_k which)
{
	struct task_struct *other;

	which &= t->signal->shared_pending.signal;
	if (likely(!which))
		return;
	for_each_thread (t, other) {
		if (other == t || (other->flags & PF_EXITING) ||
		    !(which & ~other->blocked))
			continue;
		which &= other->blocked;
		if (!other->sigpending)
			signal_wake_up(other, false);
		if (!which)
			return;
	}
}

/**
 * set_blocked_locked() - set the current task's signal mask, siglock held
 * @t: current
 * @set: what to block
 *
 * Context: siglock held.
 */
void set_blocked_locked(struct task_struct *t, sigset_t_k set)
{
	sigset_t_k newly = set & ~t->blocked;

	if (t->sigpending && newly)
		retarget_shared_pending(t, newly);
	t->blocked = set;
	recalc_sigpending(t);
}

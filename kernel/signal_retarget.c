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

/**
 * lock_task_sighand() - take the siglock of any task
 * @t: the task; a reference is enough
 *
 * Its table of actions may be exchanged by an exec while we wait for the lock
 * of the old one; then that was the wrong lock. The old table lives on until
 * every CPU has had its interrupts on once, see take_unshared() of exec.c.
 *
 * Context: any.
 * Return: the interrupt flags for unlock_task_sighand().
 */
unsigned long lock_task_sighand(struct task_struct *t)
{
	for (;;) {
		struct sighand_struct *sighand;
		unsigned long flags;

		local_irq_save(flags);
		sighand = READ_ONCE(t->sighand);
		spin_lock(&sighand->siglock);
		if (likely(sighand == READ_ONCE(t->sighand)))
			return flags;
		spin_unlock_irqrestore(&sighand->siglock, flags);
	}
}

/**
 * unlock_task_sighand() - the end of lock_task_sighand()
 * @t: the task
 * @flags: what that returned
 *
 * Context: any.
 */
void unlock_task_sighand(struct task_struct *t, unsigned long flags)
{
	spin_unlock_irqrestore(&t->sighand->siglock, flags);
}

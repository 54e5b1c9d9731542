/* SPDX-License-Identifier: MIT */
/*
 * Taking signals: on the way back to user mode the task asks get_signal() for
 * the next one. It does the default actions itself: end the process, stop it,
 * nothing. What is left has a handler, and arch code builds its frame.
 *
 * Stopping: the thread that takes a stop signal sets signal->stopped, and
 * every thread of the process comes here and sleeps as TASK_STOPPED; the last
 * one tells the parent. SIGCONT clears the flag and wakes them (in
 * kernel/signal_send.c); the first that runs tells the parent.
 *
 *	SIGTSTP taken     all asleep         SIGCONT sent      first runs
 *	stopped = true -> stop_complete  ->  stopped = false -> CLD_CONTINUED
 *	                  stop_code = 20     cld_notify = true
 *	                  CLD_STOPPED
 *
 * Locks: siglock; never while the parent is told, which takes tasklist_lock.
 */
#include <ikos/posix_timer.h>
#include <ikos/ptrace.h>
#include <ikos/slab.h>
#include <ikos/string.h>

#include "signal_internal.h"

static struct kmem_cache *sighand_cache;

/**
 * signal_init() - make the caches that signals use
 *
 * Context: boot, once, before the first task is made.
 */
void signal_init(void)
{
	sigqueue_init();
	sighand_cache = KMEM_CACHE(sighand_struct);
}

/**
 * sighand_alloc() - a table of actions
 * @from: whose actions it begins with
 *
 * Context: may sleep.
 * Return: the table with one reference, NULL: out of memory.
 */
struct sighand_struct *sighand_alloc(struct sighand_struct *from)
{
	struct sighand_struct *sighand =
		kmem_cache_alloc(sighand_cache, GFP_KERNEL);
	unsigned long flags;

	if (!sighand)
		return NULL;
	atomic_set(&sighand->count, 1);
	spin_lock_init(&sighand->siglock);
	spin_lock_irqsave(&from->siglock, flags);
	memcpy(sighand->action, from->action, sizeof(sighand->action));
	spin_unlock_irqrestore(&from->siglock, flags);
	return sighand;
}

/**
 * sighand_put() - drop a reference
 * @sighand: the table; goes with the last reference
 *
 * Context: any.
 */
void sighand_put(struct sighand_struct *sighand)
{
	if (atomic_dec_and_test(&sighand->count))
		kmem_cache_free(sighand_cache, sighand);
}

/**
 * flush_signal_handlers() - set every action to its default
 * @t: whose table, which nobody else uses (exec, kernel threads)
 * @keep_ignored: what is ignored stays ignored, as execve(2) wants it
 *
 * Context: any.
 */
void flush_signal_handlers(struct task_struct *t, bool keep_ignored)
{
	struct ksigaction *action = t->sighand->action;

	for (int i = 0; i < _NSIG; i++) {
		u64 handler = action[i].handler;
		bool keep = keep_ignored && handler == SIG_IGN;

		action[i] = (struct ksigaction){ .handler = keep ? SIG_IGN
								 : SIG_DFL };
	}
}

/**
 * recalc_sigpending() - bring @t->sigpending up to date
 * @t: the task
 *
 * Context: siglock held.
 */
void recalc_sigpending(struct task_struct *t)
{
	const struct signal_struct *signal = t->signal;
	sigset_t_k set = t->pending.signal | signal->shared_pending.signal;
	bool stop =
		unlikely(t->ptrace) ? ptrace_trap_pending(t) : signal->stopped;

	t->sigpending = (set & ~t->blocked) || stop || signal->cld_notify ||
			sig_in(SIGKILL, t->pending.signal) || t->forced.sig;
}

/**
 * fatal_signal_pending() - whether the process is about to be killed
 * @t: the task
 *
 * Context: any.
 * Return: true when waiting for anything makes no more sense.
 */
bool fatal_signal_pending(struct task_struct *t)
{
	return t->sigpending && sig_in(SIGKILL, t->pending.signal);
}

/**
 * signal_wake_up() - let a task see its new signal
 * @t: the task
 * @fatal: it ends the process: wake from killable sleep and from a stop too
 *
 * Context: siglock held.
 */
void signal_wake_up(struct task_struct *t, bool fatal)
{
	unsigned int states = TASK_INTERRUPTIBLE;

	if (fatal)
		states |= TASK_KILLABLE | TASK_STOPPED | TASK_TRACED;
	t->sigpending = true;
	/* The lock in there orders the two for a CPU that runs @t. */
	if (!wake_up_state(t, states) && nr_cpus_online > 1)
		kick_process(t);
}

/**
 * set_current_blocked() - set the current task's signal mask
 * @set: what to block; SIGKILL and SIGSTOP are left out of it
 *
 * Context: process context.
 */
void set_current_blocked(sigset_t_k set)
{
	struct task_struct *t = current;
	unsigned long flags;

	set &= ~SIG_KERNEL_ONLY_MASK;
	if (t->blocked == set)
		return;
	spin_lock_irqsave(&t->sighand->siglock, flags);
	/* With nothing pending, to block more changes nothing else. */
	if (!t->sigpending && !(t->blocked & ~set))
		t->blocked = set;
	else
		set_blocked_locked(t, set);
	spin_unlock_irqrestore(&t->sighand->siglock, flags);
}

/**
 * restore_saved_sigmask() - go back to the mask before rt_sigsuspend & co.
 *
 * Does nothing when no such call is under way.
 *
 * Context: process context, no handler is to run.
 */
void restore_saved_sigmask(void)
{
	if (!current->restore_sigmask)
		return;
	current->restore_sigmask = false;
	set_current_blocked(current->saved_sigmask);
}

/**
 * signal_delivered() - a handler's frame is up
 * @ksig: the signal
 *
 * Blocks what the handler wants blocked, forgets the mask of rt_sigsuspend
 * (it is in the frame), and disarms an SS_AUTODISARM stack.
 *
 * Context: process context.
 */
void signal_delivered(const struct ksignal *ksig)
{
	sigset_t_k set = current->blocked | ksig->action.mask;

	current->restore_sigmask = false;
	if (!(ksig->action.flags & SA_NODEFER))
		set |= sigmask(ksig->sig);
	set_current_blocked(set);
	if ((u32)current->sas.ss_flags & SS_AUTODISARM)
		current->sas = (struct sigaltstack_k){ .ss_flags = SS_DISABLE };
}

static bool others_have_stopped(struct task_struct *me)
{
	struct task_struct *t;

	for_each_thread (me, t) {
		if (t != me && t->state != TASK_STOPPED &&
		    !ptrace_stop_done(t) && !(t->flags & PF_EXITING))
			return false;
	}
	return true;
}

/* Set the stop going: the other threads come to stop_here() too. It may be
 * under way, and only a tracer has let the current thread go on. */
static void start_group_stop(int sig)
{
	struct signal_struct *signal = current->signal;
	struct task_struct *t;

	if (!signal->stopped) {
		signal->stopped = true;
		signal->stop_complete = false;
		signal->group_exit_code = sig;
		signal->continued = false;
	} else if (!ptracer(current)) {
		return;
	}
	for_each_thread (current, t) {
		ptrace_group_stop(t, sig);
		if (t != current && t->state != TASK_STOPPED)
			signal_wake_up(t, false);
	}
}

/**
 * complete_group_stop() - the current thread stops with its process
 *
 * Context: siglock held.
 * Return: true: it was the last that had to stop, and tells the parent.
 */
bool complete_group_stop(void)
{
	struct signal_struct *signal = current->signal;

	if (signal->stop_complete || !others_have_stopped(current))
		return false;
	signal->stop_complete = true;
	signal->stop_code = signal->group_exit_code;
	return true;
}

/* Sleep until SIGCONT or SIGKILL. siglock held; released on return. */
static void stop_here(void)
{
	struct task_struct *t = current;
	struct signal_struct *signal = t->signal;
	bool last = complete_group_stop();

	set_current_state(TASK_STOPPED);
	spin_unlock_irq(&t->sighand->siglock);
	if (last)
		do_notify_parent_stopped(signal->leader, CLD_STOPPED);
	schedule();
}

/* A stop signal was taken out: stop, unless SIGCONT or SIGKILL came since or
 * nobody could continue us. siglock held, and released on return. */
static void do_signal_stop(int sig)
{
	struct signal_struct *signal = current->signal;
	spinlock_t *siglock = &current->sighand->siglock;

	if (sig != SIGSTOP) {
		spin_unlock_irq(siglock);
		if (is_current_pgrp_orphaned())
			return;
		spin_lock_irq(siglock);
	}
	if (!signal->stop_dequeued || signal->group_exit) {
		spin_unlock_irq(siglock);
		return;
	}
	start_group_stop(sig);
	if (ptracer(current))
		spin_unlock_irq(siglock); /* get_signal() finds a trap due */
	else
		stop_here();
}

/**
 * exit_signals() - the current thread takes part in no signal any more
 * @code: how it ends, as wait4() reports it
 *
 * Another thread takes what the process has pending and this one would have
 * taken; a stop for which only this one was missing is complete. The last one's
 * end is how the process has ended, unless that was said before.
 *
 * Context: exit, no locks.
 * Return: true: it is the last thread of its process.
 */
bool exit_signals(int code)
{
	struct task_struct *t = current;
	struct signal_struct *signal = t->signal;
	bool last, stopped = false;

	spin_lock_irq(&t->sighand->siglock);
	t->flags |= PF_EXITING;
	t->exit_code = code;
	last = atomic_dec_and_test(&signal->live);
	if (!last) {
		retarget_shared_pending(t, ~t->blocked);
		stopped = signal->stopped && complete_group_stop();
	} else if (!signal->group_exit) {
		signal->group_exit = true;
		signal->group_exit_code = code;
		signal->stopped = false;
	}
	spin_unlock_irq(&t->sighand->siglock);
	if (stopped)
		do_notify_parent_stopped(signal->leader, CLD_STOPPED);
	return last;
}

#define LOOK_AGAIN (-1) /* the tracer has seen to it, or has changed things */

/* Take out the next signal that is not simply ignored; 0: none. */
static int next_action(struct ksignal *ksig)
{
	for (;;) {
		struct ksigaction *action;
		int sig = dequeue_synchronous_signal(&ksig->info);

		if (!sig)
			sig = dequeue_signal(current->blocked, &ksig->info);
		if (!sig)
			return 0;
		if (ptracer(current) && sig != SIGKILL) {
			sig = ptrace_signal(sig, &ksig->info);
			if (!sig)
				return LOOK_AGAIN;
		}
		action = sig_action(current, sig);
		if (sig_does_nothing(current, sig, sig == SIGKILL))
			continue;
		ksig->sig = sig;
		ksig->action = *action;
		if (action->handler != SIG_DFL &&
		    (action->flags & SA_RESETHAND))
			action->handler = SIG_DFL;
		return sig;
	}
}

/**
 * get_signal() - the next signal that has a handler
 * @ksig: gets the signal, a copy of its action, and its information
 *
 * Does default actions on the way: the call does not return when one ends
 * the process, and returns only after SIGCONT when one stops it.
 *
 * Context: about to return to user mode, interrupts on, no locks. Sleeps.
 * Return: true when @ksig holds a signal to deliver.
 */
bool get_signal(struct ksignal *ksig)
{
	struct task_struct *t = current;
	struct signal_struct *signal = t->signal;
	spinlock_t *siglock = &t->sighand->siglock;

	for (;;) {
		int sig;

		spin_lock_irq(siglock);
		if (signal->cld_notify) {
			int code = signal->cld_notify;

			signal->cld_notify = 0;
			spin_unlock_irq(siglock);
			do_notify_parent_stopped(signal->leader, code);
			continue;
		}
		if (signal->group_exit || signal->exec_task)
			break;
		if (ptracer(t) && ptrace_trap_pending(t)) {
			ptrace_trap();
			continue;
		}
		if (signal->stopped && !ptracer(t)) {
			stop_here();
			continue;
		}
		sig = next_action(ksig);
		if (sig == LOOK_AGAIN) {
			spin_unlock_irq(siglock);
			continue;
		}
		if (!sig || ksig->action.handler != SIG_DFL) {
			recalc_sigpending(t);
			spin_unlock_irq(siglock);
			if (sig)
				posix_timer_deliver(&ksig->info);
			return sig != 0;
		}
		if (!sig_in(sig, SIG_KERNEL_STOP_MASK)) {
			spin_unlock_irq(siglock);
			t->flags |= PF_SIGNALED;
			do_group_exit(sig);
		}
		do_signal_stop(sig);
	}
	spin_unlock_irq(siglock);
	t->flags |= PF_SIGNALED;
	do_group_exit(signal->group_exit_code);
}

/* SPDX-License-Identifier: MIT */
/*
 * Sending a signal: what happens at once in the sender's context (stop and
 * continue signals cancel each other, an ignored signal is dropped), where it
 * becomes pending, and which thread is woken to take it.
 *
 * Locks: siglock of the receiver, interrupts off; tasklist_lock outside it
 * where a group is walked. Source: signal(7), kill(2), POSIX 2.4.
 */
#include <ikos/ptrace.h>
#include <ikos/string.h>

#include "signal_internal.h"

/* Pid 1 gets only signals that it has a handler for: kill(2), NOTES. */
static bool is_unkillable(const struct task_struct *t)
{
	return t->tgid == 1 && !t->signal->init_must_die;
}

/**
 * sig_does_nothing() - whether the action for a signal is to do nothing
 * @t: receiver
 * @sig: 1 … _NSIG
 * @force: the receiver's own fault, which counts even for pid 1
 *
 * Context: siglock held.
 */
bool sig_does_nothing(struct task_struct *t, int sig, bool force)
{
	u64 handler = sig_action(t, sig)->handler;

	if (is_unkillable(t) && handler == SIG_DFL && !force)
		return true;
	return handler == SIG_IGN ||
	       (handler == SIG_DFL && sig_in(sig, SIG_KERNEL_IGNORE_MASK));
}

/* Whether sending a signal would have no effect. A blocked one is never
 * ignored: by the time it is unblocked there may be a handler; and a tracer
 * may want to know of any. */
static bool sig_ignored(struct task_struct *t, int sig, bool force)
{
	if ((t->blocked | t->real_blocked) & sigmask(sig))
		return false;
	if (ptracer(t) && sig != SIGKILL)
		return false;
	return sig_does_nothing(t, sig, force);
}

static void flush_from_process(struct task_struct *t, sigset_t_k mask)
{
	struct task_struct *thread;

	sigpending_flush(&t->signal->shared_pending, mask);
	for_each_thread (t, thread)
		sigpending_flush(&thread->pending, mask);
}

/* SIGCONT takes effect when it is sent, handler or not, blocked or not. */
static void continue_process(struct task_struct *t)
{
	struct signal_struct *signal = t->signal;
	struct task_struct *thread;

	signal->stop_dequeued = false;
	for_each_thread (t, thread)
		ptrace_group_continue(thread);
	if (!signal->stopped)
		return;
	signal->stopped = false;
	signal->group_exit_code = 0;
	signal->stop_code = 0;
	signal->continued = true;
	/* Of a stop that not all threads have reached the parent hears now. */
	signal->cld_notify =
		signal->stop_complete ? CLD_CONTINUED : CLD_STOPPED;
	for_each_thread (t, thread) {
		thread->sigpending = true;
		wake_up_state(thread, TASK_STOPPED);
	}
}

/* False: the signal has done all it does. */
static bool prepare_signal(struct task_struct *t, int sig, bool force)
{
	if (t->signal->group_exit)
		return false;
	if (sig_in(sig, SIG_KERNEL_STOP_MASK)) {
		flush_from_process(t, sigmask(SIGCONT));
	} else if (sig == SIGCONT) {
		flush_from_process(t, SIG_KERNEL_STOP_MASK);
		continue_process(t);
	}
	return !sig_ignored(t, sig, force);
}

static bool wants_signal(int sig, const struct task_struct *t)
{
	if (sig_in(sig, t->blocked) || (t->flags & PF_EXITING))
		return false;
	if (sig == SIGKILL)
		return true;
	if (t->state & (TASK_STOPPED | TASK_TRACED | TASK_FROZEN))
		return false;
	return t->on_cpu || !t->sigpending;
}

static struct task_struct *choose_thread(int sig, struct task_struct *t,
					 bool group)
{
	struct task_struct *thread;

	if (wants_signal(sig, t))
		return t;
	if (!group)
		return NULL;
	for_each_thread (t, thread) {
		if (wants_signal(sig, thread))
			return thread;
	}
	return NULL;
}

static bool sig_is_fatal(struct task_struct *t, int sig)
{
	return sig_action(t, sig)->handler == SIG_DFL &&
	       !sig_in(sig, SIG_KERNEL_IGNORE_MASK | SIG_KERNEL_STOP_MASK |
				    SIG_KERNEL_COREDUMP_MASK) &&
	       !sig_in(sig, t->real_blocked) && !is_unkillable(t) &&
	       (sig == SIGKILL || !ptracer(t));
}

/**
 * zap_other_threads() - kill the other threads of a process
 * @t: the one that is left alone
 *
 * Context: @t's siglock held.
 * Return: how many others have not been released yet.
 */
int zap_other_threads(struct task_struct *t)
{
	struct task_struct *thread;
	int n = 0;

	t->signal->stopped = false;
	t->signal->stop_code = 0;
	for_each_thread (t, thread) {
		if (thread == t)
			continue;
		n++;
		if (thread->exit_state)
			continue;
		thread->pending.signal |= sigmask(SIGKILL);
		signal_wake_up(thread, true);
	}
	return n;
}

/* Begin the end of the whole process, so that killable sleeps end too. */
static void start_group_exit(struct task_struct *t, int sig)
{
	struct task_struct *thread;

	t->signal->group_exit = true;
	t->signal->group_exit_code = sig;
	t->signal->stopped = false;
	t->signal->stop_code = 0;
	for_each_thread (t, thread) {
		thread->pending.signal |= sigmask(SIGKILL);
		signal_wake_up(thread, true);
	}
}

/* Wake the thread that will take it; the signal may end the process. */
static void complete_signal(int sig, struct task_struct *t, bool group)
{
	struct task_struct *thread = choose_thread(sig, t, group);

	if (!thread)
		return;
	if (sig_is_fatal(thread, sig) && !t->signal->group_exit)
		start_group_exit(thread, sig);
	else
		signal_wake_up(thread, sig == SIGKILL);
}

/**
 * send_signal_locked() - send a signal, siglock held
 * @sig: 1 … _NSIG
 * @info: its information; NULL: the kernel sent it
 * @t: a thread of the receiver
 * @group: to the process, not to this thread alone
 * @force: cannot be ignored by pid 1
 *
 * Context: @t's siglock held, interrupts off.
 * Return: 0; -EAGAIN: no room in the queue (real-time signals with a value).
 */
int send_signal_locked(int sig, const struct siginfo *info,
		       struct task_struct *t, bool group, bool force)
{
	struct sigpending *pending =
		group ? &t->signal->shared_pending : &t->pending;
	int ret;

	if (!prepare_signal(t, sig, force))
		return 0;
	ret = sigpending_add(pending, sig, info, t);
	if (!ret) {
		signalfd_notify();
		complete_signal(sig, t, group);
	}
	return ret;
}

static struct sigpending *pending_of(struct task_struct *t, bool group)
{
	return group ? &t->signal->shared_pending : &t->pending;
}

/**
 * send_sigqueue() - send a signal with an entry that its owner keeps
 * @q: the entry, with its information; queued already: nothing happens
 * @t: the receiver; the caller holds a reference
 * @group: to the process of @t
 *
 * Context: any. Return: false: the receiver ignores it.
 */
bool send_sigqueue(struct sigqueue *q, struct task_struct *t, bool group)
{
	struct sigpending *pending = pending_of(t, group);
	int sig = q->info.si_signo;
	unsigned long flags;
	bool wanted = true;

	flags = lock_task_sighand(t);
	if (list_empty(&q->list)) {
		wanted = prepare_signal(t, sig, false);
		if (wanted) {
			list_add_tail(&q->list, &pending->list);
			pending->signal |= sigmask(sig);
			signalfd_notify();
			complete_signal(sig, t, group);
		}
	}
	unlock_task_sighand(t, flags);
	return wanted;
}

/**
 * withdraw_sigqueue() - undo a send_sigqueue() that nobody has seen yet
 * @q: the entry
 * @t: the receiver
 * @group: as it was sent
 *
 * Context: any.
 */
void withdraw_sigqueue(struct sigqueue *q, struct task_struct *t, bool group)
{
	unsigned long flags;

	flags = lock_task_sighand(t);
	sigqueue_withdraw(pending_of(t, group), q);
	unlock_task_sighand(t, flags);
}

/**
 * send_sig_info() - send a signal
 * @sig: 0 … _NSIG; 0 does nothing
 * @info: its information; NULL: the kernel sent it
 * @t: receiver; the caller holds a reference or tasklist_lock
 * @group: to the process of @t, not to @t alone
 *
 * Permission is the caller's business. A process that is already a zombie
 * takes the signal and nothing happens.
 *
 * Context: any.
 * Return: 0; -EINVAL: no such signal; -EAGAIN: see send_signal_locked().
 */
int send_sig_info(int sig, const struct siginfo *info, struct task_struct *t,
		  bool group)
{
	unsigned long flags;
	int ret;

	if (sig < 0 || !valid_signal((unsigned long)sig))
		return -EINVAL;
	if (!sig || !t->sighand)
		return 0;
	flags = lock_task_sighand(t);
	ret = send_signal_locked(sig, info, t, group, false);
	unlock_task_sighand(t, flags);
	return ret;
}

/**
 * send_sig() - the kernel sends a signal to a process
 * @sig: 1 … _NSIG
 * @t: any of its threads; referenced or under tasklist_lock
 *
 * Context: any.
 * Return: as send_sig_info().
 */
int send_sig(int sig, struct task_struct *t)
{
	return send_sig_info(sig, NULL, t, true);
}

/**
 * kill_pgrp() - the kernel sends a signal to a process group
 * @pgrp: the group
 * @sig: 1 … _NSIG
 *
 * Context: any; takes tasklist_lock.
 * Return: 0; -ESRCH: the group has no member.
 */
int kill_pgrp(pid_t pgrp, int sig)
{
	struct task_struct *p;
	unsigned long flags;
	int ret = -ESRCH;

	spin_lock_irqsave(&tasklist_lock, flags);
	for_each_pgrp_member(p, pgrp)
	{
		send_sig(sig, p);
		ret = 0;
	}
	spin_unlock_irqrestore(&tasklist_lock, flags);
	return ret;
}

/**
 * force_sig_info() - the current task did what it cannot go on after
 * @info: signal and information of the exception
 *
 * When the signal is blocked or ignored its action becomes the default one
 * and it is unblocked: returning to the faulting instruction would only
 * fault again.
 *
 * Context: process context, exception handlers included.
 */
void force_sig_info(const struct siginfo *info)
{
	struct task_struct *t = current;
	int sig = info->si_signo;
	struct ksigaction *action;
	unsigned long flags;
	bool blocked;

	spin_lock_irqsave(&t->sighand->siglock, flags);
	action = sig_action(t, sig);
	blocked = sig_in(sig, t->blocked);
	if (blocked || action->handler == SIG_IGN) {
		action->handler = SIG_DFL;
		t->blocked &= ~sigmask(sig);
		recalc_sigpending(t);
	}
	if (action->handler == SIG_DFL && !ptracer(t))
		t->signal->init_must_die = true;
	send_signal_locked(sig, info, t, false, true);
	spin_unlock_irqrestore(&t->sighand->siglock, flags);
}

/**
 * force_sig() - a signal for the current task that it cannot refuse
 * @sig: 1 … _NSIG; reported as SI_KERNEL
 *
 * Context: process context.
 */
void force_sig(int sig)
{
	struct siginfo info;

	memset(&info, 0, sizeof(info));
	info.si_signo = sig;
	info.si_code = SI_KERNEL;
	force_sig_info(&info);
}

/*
 * The usual case of a program that handles its faults: leave the signal where
 * get_signal(), on the way out of the exception, looks first. No lock: the
 * fields are our own, and should the action change meanwhile, get_signal()
 * acts by what it is then.
 */
static bool force_in_place(struct task_struct *t, int sig, int code,
			   unsigned long addr)
{
	if (sig_in(sig, t->blocked) || t->forced.sig ||
	    READ_ONCE(sig_action(t, sig)->handler) <= SIG_IGN)
		return false;
	t->forced.sig = sig;
	t->forced.code = code;
	t->forced.addr = addr;
	t->sigpending = true;
	return true;
}

/**
 * force_sig_fault() - the signal of an exception with an address
 * @sig: SIGSEGV, SIGBUS, SIGILL, SIGFPE or SIGTRAP
 * @code: si_code
 * @addr: si_addr
 *
 * Context: process context.
 */
void force_sig_fault(int sig, int code, unsigned long addr)
{
	struct siginfo info;

	if (likely(force_in_place(current, sig, code, addr)))
		return;
	memset(&info, 0, sizeof(info));
	info.si_signo = sig;
	info.si_code = code;
	info.si_addr = addr;
	force_sig_info(&info);
}

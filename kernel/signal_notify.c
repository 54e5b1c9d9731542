/* SPDX-License-Identifier: MIT */
/*
 * Telling a parent what became of its child: SIGCHLD with its siginfo_t, and
 * the wake-up of wait4(2). And the question that job control asks about a
 * process group: is anybody left who could continue it?
 *
 * Locks: tasklist_lock keeps parents in place; the parent's siglock inside.
 * Source: wait(2), sigaction(2), POSIX 3.264 (orphaned process group).
 */
#include <ikos/pidfd.h>
#include <ikos/ptrace.h>
#include <ikos/string.h>

#include "signal_internal.h"
#include "task_internal.h"

static s64 to_clock_ticks(u64 ns)
{
	return (s64)(ns / (NSEC_PER_SEC / USER_HZ));
}

static void sigchld_info(struct siginfo *info, struct task_struct *t)
{
	u64 utime, stime;

	task_cputime(t, &utime, &stime);
	memset(info, 0, sizeof(*info));
	info->si_signo = SIGCHLD;
	info->si_pid = t->pid;
	info->si_uid = t->cred.uid;
	info->si_utime = to_clock_ticks(utime);
	info->si_stime = to_clock_ticks(stime);
}

/**
 * do_notify_parent() - a process, or a thread that is traced, has ended
 * @t: its leader; group_exit_code is set as wait4() reports it; or the thread
 * @sig: what to send: exit_signal, 0 for none
 *
 * The tracer hears of it first, if there is one.
 *
 * Context: tasklist_lock held, interrupts off.
 * Return: true when the parent ignores SIGCHLD or has SA_NOCLDWAIT, so that
 * no wait4() will ever fetch @t: the caller reaps it.
 */
bool do_notify_parent(struct task_struct *t, int sig)
{
	struct task_struct *tracer = ptracer(t);
	struct task_struct *parent = tracer ? tracer : t->parent;
	struct ksigaction *action;
	struct siginfo info;
	bool autoreap = false;
	int code = wait_status(t);

	sigchld_info(&info, t);
	info.si_signo = sig;
	if (code & 0x7f) {
		info.si_code = code & 0x80 ? CLD_DUMPED : CLD_KILLED;
		info.si_status = code & 0x7f;
	} else {
		info.si_code = CLD_EXITED;
		info.si_status = (code >> 8) & 0xff;
	}

	spin_lock(&parent->sighand->siglock);
	action = sig_action(parent, SIGCHLD);
	if (!tracer && sig == SIGCHLD &&
	    (action->handler == SIG_IGN || (action->flags & SA_NOCLDWAIT))) {
		autoreap = true;
		if (action->handler == SIG_IGN)
			sig = 0;
	}
	if (sig > 0 && valid_signal((unsigned long)sig))
		send_signal_locked(sig, &info, parent, true, false);
	spin_unlock(&parent->sighand->siglock);
	wake_up(&parent->signal->wait_chldexit);
	pidfd_notify();
	return autoreap;
}

/* @parent of @t, or its tracer. tasklist_lock held. */
static void tell_stopped(struct task_struct *t, struct task_struct *parent,
			 int code)
{
	struct ksigaction *action;
	struct siginfo info;

	sigchld_info(&info, t);
	info.si_code = code;
	if (code == CLD_CONTINUED)
		info.si_status = SIGCONT;
	else if (code == CLD_STOPPED)
		info.si_status = t->signal->group_exit_code & 0x7f;
	else
		info.si_status = t->ptrace->code & 0x7f;

	spin_lock(&parent->sighand->siglock);
	action = sig_action(parent, SIGCHLD);
	if (action->handler != SIG_IGN && !(action->flags & SA_NOCLDSTOP))
		send_signal_locked(SIGCHLD, &info, parent, true, false);
	spin_unlock(&parent->sighand->siglock);
	/* Even when it wants no signal it may sit in wait4(). */
	wake_up(&parent->signal->wait_chldexit);
}

/**
 * do_notify_parent_stopped() - a process has stopped or goes on
 * @t: its leader
 * @code: CLD_STOPPED or CLD_CONTINUED
 *
 * Context: process context, no locks; takes tasklist_lock.
 */
void do_notify_parent_stopped(struct task_struct *t, int code)
{
	spin_lock_irq(&tasklist_lock);
	tell_stopped(t, t->parent, code);
	if (code == CLD_CONTINUED && ptrace_reparented(t))
		tell_stopped(t, ptracer(t), code);
	spin_unlock_irq(&tasklist_lock);
}

/**
 * notify_tracer() - a task has stopped for its tracer
 * @t: the task
 * @why: CLD_TRAPPED; CLD_STOPPED with its process
 *
 * Context: tasklist_lock held, interrupts off.
 */
void notify_tracer(struct task_struct *t, int why)
{
	tell_stopped(t, ptracer(t), why);
}

/**
 * will_become_orphaned_pgrp() - whether a process group is orphaned
 * @pgrp: the group
 * @ignored: a leader that does not count because it is exiting, or NULL
 *
 * It is, when no member has a parent in another group of the same session:
 * then no shell is there to continue it, and stopping it would be for ever.
 *
 * Context: tasklist_lock held.
 * Return: true for an orphaned (or empty) group.
 */
bool will_become_orphaned_pgrp(pid_t pgrp, const struct task_struct *ignored)
{
	struct task_struct *p;

	for_each_process (p) {
		const struct signal_struct *up;

		if (p->signal->pgrp != pgrp || p == ignored ||
		    (p->exit_state && thread_group_empty(p)) || !p->parent ||
		    p->parent->tgid <= 1)
			continue;
		up = p->parent->signal;
		if (up->pgrp != pgrp && up->session == p->signal->session)
			return false;
	}
	return true;
}

/**
 * has_stopped_jobs() - whether a member of a process group is stopped
 * @pgrp: the group
 *
 * Context: tasklist_lock held.
 * Return: true when there is one.
 */
bool has_stopped_jobs(pid_t pgrp)
{
	struct task_struct *p;

	for_each_pgrp_member(p, pgrp)
	{
		if (p->signal->stopped)
			return true;
	}
	return false;
}

/**
 * is_current_pgrp_orphaned() - whether current's process group is orphaned
 *
 * Context: process context, no locks; takes tasklist_lock.
 * Return: see will_become_orphaned_pgrp().
 */
bool is_current_pgrp_orphaned(void)
{
	unsigned long flags;
	bool ret;

	spin_lock_irqsave(&tasklist_lock, flags);
	ret = will_become_orphaned_pgrp(current->signal->pgrp, NULL);
	spin_unlock_irqrestore(&tasklist_lock, flags);
	return ret;
}

/* SPDX-License-Identifier: MIT */
/*
 * ptrace(2), the tracee's side: it stops where its tracer wants to look at it,
 * tells the tracer and sleeps as TASK_TRACED until the tracer lets it go on.
 *
 *	stop			wait4() shows		goes on with
 *	a signal is taken	SIG			what the tracer says: CONT
 *	the group has stopped	SIG			(ATTACH, TRACEME)
 *	the same, INTERRUPT	SIG | EVENT_STOP << 8	(SEIZE)
 *	fork, exec, exit …	SIGTRAP | EVENT << 8
 *	system call		SIGTRAP, or | 0x80	a signal to send
 *
 * While the tracer handles a request the tracee is TASK_FROZEN, from which not
 * even SIGKILL wakes it, so that its registers and its stack stay where they
 * are. Before that the tracer has waited until it has left its CPU.
 *
 * Locks: siglock for the stop, tasklist_lock around it for who the tracer is.
 * Source: ptrace(2), "Stopped states".
 */
#include <ikos/ptrace.h>
#include <ikos/string.h>
#include <uapi/ptrace.h>

#include "signal_internal.h"
#include "task_internal.h"

/* What the group's stop knows of a thread that stops for its tracer. */
static bool take_part_in_stop(struct ptrace *pt, int why)
{
	if (why != CLD_STOPPED || !current->signal->stopped || pt->stop_done)
		return false;
	pt->stop_done = true;
	return complete_group_stop();
}

/* The tracer hears of every stop, the parent of one of the whole group. */
static void tell(struct task_struct *t, int why, bool group)
{
	spin_lock_irq(&tasklist_lock);
	if (ptracer(t))
		notify_tracer(t, why);
	group = group && (!ptracer(t) || ptrace_reparented(t));
	spin_unlock_irq(&tasklist_lock);
	if (group)
		do_notify_parent_stopped(t->signal->leader, CLD_STOPPED);
}

/*
 * Stop for the tracer. @code: as wait4() shows it. Returns what the tracer lets
 * us go on with. siglock held, released while we sleep.
 */
static int ptrace_stop(int code, int why, unsigned long message,
		       struct siginfo *info)
{
	struct task_struct *t = current;
	struct ptrace *pt = t->ptrace;
	bool group, pending;

	if (!pt->tracer || sig_in(SIGKILL, t->pending.signal))
		return code;
	pt->code = code;
	pt->info = info;
	pt->message = message;
	group = take_part_in_stop(pt, why);
	pt->trap_stop = false;
	if (info && info->si_code >> 8 == PTRACE_EVENT_STOP)
		pt->trap_notify = false;
	set_current_state(TASK_TRACED);
	spin_unlock_irq(&t->sighand->siglock);
	tell(t, why, group);
	schedule();
	spin_lock_irq(&t->sighand->siglock);
	code = pt->code;
	pt->code = 0;
	pt->info = NULL;
	pt->listening = false;
	/* Signals that came meanwhile have woken nobody. And what has ended a
	 * system call early still has to be looked at, for it to be made again. */
	pending = t->sigpending;
	recalc_sigpending(t);
	t->sigpending |= pending;
	return code;
}

/* A stop that is no signal: @sig with what happened in si_code. */
static int stop_for_event(int sig, int code, int why, unsigned long message)
{
	struct siginfo info;

	memset(&info, 0, sizeof(info));
	info.si_signo = sig;
	info.si_code = code;
	info.si_pid = current->pid;
	info.si_uid = current->cred.uid;
	return ptrace_stop(code, why, message, &info);
}

/**
 * ptrace_notify - stop for the tracer because something has happened
 * @code: as wait4() shows it: SIGTRAP and more
 * @message: for PTRACE_GETEVENTMSG
 *
 * Context: current has been traced; no locks, sleeps.
 * Return: the signal that the tracer wants sent, 0: none.
 */
int ptrace_notify(int code, unsigned long message)
{
	spinlock_t *siglock = &current->sighand->siglock;
	int sig;

	spin_lock_irq(siglock);
	sig = stop_for_event(SIGTRAP, code, CLD_TRAPPED, message);
	spin_unlock_irq(siglock);
	return sig;
}

/* A call that began unobserved is to be looked at when it ends. */
static void watch_end_of_call(struct ptrace *pt)
{
	if (pt->in_call || !(pt->sys_trace || pt->stepping))
		return;
	spin_lock_irq(&current->sighand->siglock);
	pt->exit_due = true;
	current->sigpending = true;
	spin_unlock_irq(&current->sighand->siglock);
}

/**
 * ptrace_event - stop if the tracer has asked for that event
 * @event: PTRACE_EVENT_*
 * @message: for PTRACE_GETEVENTMSG
 *
 * Context: current has been traced and is within a system call; sleeps.
 */
void ptrace_event(int event, unsigned long message)
{
	struct ptrace *pt = current->ptrace;

	if (!ptracer(current) || !(pt->options & (1u << event)))
		return;
	ptrace_notify(event << 8 | SIGTRAP, message);
	watch_end_of_call(pt);
}

/**
 * ptrace_exec - the current task has executed a program
 * @old_pid: its number before, when it was not the leader
 *
 * A tracer that attached in the old way and asks for nothing else gets a
 * SIGTRAP, as if the tracee had sent it to itself.
 *
 * Context: current has been traced; sleeps.
 */
void ptrace_exec(pid_t old_pid)
{
	struct ptrace *pt = current->ptrace;
	struct siginfo info;

	if (!ptracer(current))
		return;
	if (pt->seized || (pt->options & (1u << PTRACE_EVENT_EXEC))) {
		ptrace_event(PTRACE_EVENT_EXEC, (unsigned long)old_pid);
		return;
	}
	memset(&info, 0, sizeof(info));
	info.si_signo = SIGTRAP;
	info.si_pid = current->tgid;
	info.si_uid = current->cred.uid;
	send_sig_info(SIGTRAP, &info, current, false);
}

/**
 * ptrace_exit_event - the current task is about to end
 * @code: as wait4() will show it
 *
 * What kills the process has done its work; the stop is not for it to end.
 *
 * Context: current has been traced; sleeps.
 */
void ptrace_exit_event(int code)
{
	struct task_struct *t = current;

	spin_lock_irq(&t->sighand->siglock);
	if (t->signal->group_exit || t->signal->exec_task) {
		t->pending.signal &= ~sigmask(SIGKILL);
		recalc_sigpending(t);
	}
	spin_unlock_irq(&t->sighand->siglock);
	ptrace_event(PTRACE_EVENT_EXIT, (unsigned long)code);
}

/**
 * ptrace_trap - make the stop that ptrace_trap_pending() has found due
 *
 * Context: current is traced, siglock held; released on return. Sleeps.
 */
void ptrace_trap(void)
{
	struct signal_struct *signal = current->signal;
	struct ptrace *pt = current->ptrace;
	int sig = SIGTRAP;

	if (signal->stopped)
		sig = pt->stop_sig ? pt->stop_sig : signal->group_exit_code;
	if (pt->seized)
		stop_for_event(sig, sig | PTRACE_EVENT_STOP << 8, CLD_STOPPED,
			       0);
	else
		ptrace_stop(sig, CLD_STOPPED, 0, NULL);
	spin_unlock_irq(&current->sighand->siglock);
}

/* The tracer puts another signal in the place of the one that was taken. */
static void replace_signal(int sig, struct siginfo *info)
{
	struct task_struct *tracer;

	memset(info, 0, sizeof(*info));
	info->si_signo = sig;
	info->si_code = SI_USER;
	spin_unlock_irq(&current->sighand->siglock);
	spin_lock_irq(&tasklist_lock);
	tracer = ptracer(current);
	if (!tracer)
		tracer = current->parent;
	info->si_pid = tracer->tgid;
	info->si_uid = tracer->cred.uid;
	spin_unlock_irq(&tasklist_lock);
	spin_lock_irq(&current->sighand->siglock);
}

/**
 * ptrace_signal - the tracer may have a say in a signal that is being taken
 * @sig: the signal
 * @info: its information; changed when the signal is
 *
 * Context: current is traced, siglock held; released while it sleeps.
 * Return: what to act on; 0: nothing, look at everything again.
 */
int ptrace_signal(int sig, struct siginfo *info)
{
	struct task_struct *t = current;

	t->signal->stop_dequeued = true;
	sig = ptrace_stop(sig, CLD_TRAPPED, 0, info);
	if (!sig)
		return 0;
	if (sig != info->si_signo)
		replace_signal(sig, info);
	if (sig_in(sig, t->blocked) || sig_in(SIGKILL, t->pending.signal)) {
		send_signal_locked(sig, info, t, false, false);
		return 0;
	}
	return sig;
}

/**
 * ptrace_trap_notify - a seized tracee tells its tracer of job control
 * @t: the tracee
 *
 * Context: siglock held.
 */
void ptrace_trap_notify(struct task_struct *t)
{
	struct ptrace *pt = t->ptrace;

	if (t->flags & PF_EXITING)
		return;
	pt->trap_notify = true;
	signal_wake_up(t, false);
	if (pt->listening)
		wake_up_state(t, TASK_TRACED);
}

/**
 * ptrace_group_stop - the process of a task stops, once more perhaps
 * @t: one of its threads; nothing happens if it is not traced
 * @sig: the signal that it stops for
 *
 * Context: siglock held.
 */
void ptrace_group_stop(struct task_struct *t, int sig)
{
	struct ptrace *pt = t->ptrace;

	if (!ptracer(t))
		return;
	pt->stop_done = false;
	pt->stop_sig = sig;
	if (pt->seized && t != current)
		ptrace_trap_notify(t);
}

/**
 * ptrace_group_continue - SIGCONT to the process of a task
 * @t: one of its threads; nothing happens if it is not traced
 *
 * Context: siglock held.
 */
void ptrace_group_continue(struct task_struct *t)
{
	if (!ptracer(t))
		return;
	/* It may sleep, for its tracer has let it run while the group stood. */
	if (t->ptrace->stop_done)
		signal_wake_up(t, false);
	t->ptrace->stop_done = false;
	if (t->ptrace->seized)
		ptrace_trap_notify(t);
}

/* SPDX-License-Identifier: MIT */
/*
 * ptrace(2): who traces whom. A tracer is a thread and has a list of its
 * tracees, threads too; being traced changes nothing about who the parent is.
 *
 *	strace ----ptraced----> sh ----next----> sh's thread
 *	   ^_______tracer________|________________|
 *
 * A tracee that has ended is a zombie that its tracer sees first: a thread, of
 * which nobody else hears, as well. When the tracer has waited for it, or is
 * gone, the parent may.
 *
 * Locks: tasklist_lock for the lists and for who the tracer is, which changes
 * under siglock as well.
 * Source: ptrace(2), "Attaching and detaching", "Death under ptrace".
 */
#include <ikos/kernel.h>
#include <ikos/ptrace.h>
#include <ikos/slab.h>
#include <uapi/ptrace.h>
#include <uapi/sched.h>

#include "signal_internal.h"
#include "task_internal.h"

/* May wait for the end of an execve(2) of the tracee. */
#define EXEC_POLL_NS 1000000ULL

/* What @t needs to be traced; kept with the task if it is not there yet. */
static struct ptrace *ptrace_alloc(struct task_struct *t)
{
	struct ptrace *pt = kzalloc(sizeof(*pt), GFP_KERNEL);

	if (pt)
		pt->tracee = t;
	return pt;
}

/* Start tracing; @t->ptrace is there. tasklist_lock held. */
static void link(struct task_struct *t, struct task_struct *tracer,
		 bool privileged)
{
	struct ptrace *pt = t->ptrace;

	pt->privileged = privileged;
	pt->trap_stop = pt->trap_notify = pt->listening = false;
	pt->stop_done = pt->exit_due = false;
	pt->stop_sig = 0;
	pt->sys_trace = pt->sys_emu = false;
	pt->next = tracer->ptraced;
	pt->pprev = &tracer->ptraced;
	if (pt->next)
		pt->next->pprev = &pt->next;
	tracer->ptraced = pt;
	pt->tracer = tracer;
}

/**
 * ptrace_unlink - nobody traces a task any more; it goes on
 * @t: it is traced, or was
 *
 * In a stop of its process it stays, like one who was never traced.
 *
 * Context: tasklist_lock held, interrupts off.
 */
void ptrace_unlink(struct task_struct *t)
{
	struct ptrace *pt = t->ptrace;

	if (!ptracer(t))
		return;
	*pt->pprev = pt->next;
	if (pt->next)
		pt->next->pprev = pt->pprev;
	spin_lock(&t->sighand->siglock);
	pt->tracer = NULL;
	pt->trap_stop = pt->trap_notify = pt->listening = false;
	pt->sys_trace = pt->sys_emu = pt->exit_due = false;
	pt->options = 0;
	if (!t->exit_state) {
		ptrace_set_syscall_work(t);
		if (t->state == TASK_FROZEN)
			t->state = TASK_TRACED;
		if (t->signal->stopped)
			signal_wake_up(t, false);
		wake_up_state(t, TASK_TRACED);
	}
	spin_unlock(&t->sighand->siglock);
}

static bool ignores_children(struct task_struct *t)
{
	struct ksigaction *action = sig_action(t, SIGCHLD);

	return action->handler == SIG_IGN || (action->flags & SA_NOCLDWAIT);
}

/*
 * The tracer lets go of @t. True: it has ended and nobody will wait for it, its
 * state is TASK_DEAD, and the caller releases it. tasklist_lock held.
 */
static bool let_go(struct task_struct *tracer, struct task_struct *t)
{
	bool dead;

	ptrace_unlink(t);
	if (t->exit_state != TASK_ZOMBIE)
		return false;
	dead = !thread_group_leader(t);
	if (!dead && thread_group_empty(t)) {
		if (t->parent->signal != tracer->signal)
			dead = do_notify_parent(t, t->exit_signal);
		else
			dead = ignores_children(tracer);
	}
	if (dead)
		t->exit_state = TASK_DEAD;
	return dead;
}

/**
 * exit_ptrace - the tracees of a thread that ends
 * @t: the thread
 * @dead: gets those that are to be released, by their sibling
 *
 * Context: tasklist_lock held.
 */
void exit_ptrace(struct task_struct *t, struct list_head *dead)
{
	while (t->ptraced) {
		struct ptrace *pt = t->ptraced;
		struct task_struct *tracee = pt->tracee;

		if (pt->options & PTRACE_O_EXITKILL)
			send_sig(SIGKILL, tracee);
		if (let_go(t, tracee))
			list_move_tail(&tracee->sibling, dead);
	}
}

/**
 * ptrace_fork_event - what clone(2) is to a tracer
 * @args: its arguments
 *
 * Context: current has been traced.
 * Return: the event that its tracer wants to hear of, 0: none.
 */
int ptrace_fork_event(const struct kernel_clone_args *args)
{
	int event = PTRACE_EVENT_FORK;

	if (!ptracer(current) || (args->flags & CLONE_UNTRACED))
		return 0;
	if (args->flags & CLONE_VFORK)
		event = PTRACE_EVENT_VFORK;
	else if (args->exit_signal != SIGCHLD)
		event = PTRACE_EVENT_CLONE;
	return current->ptrace->options & (1u << event) ? event : 0;
}

/**
 * ptrace_copy - prepare a child of a task that has been traced
 * @args: clone(2)'s
 * @t: the child, a copy of current
 *
 * Context: sleeps. Return: 0, or -ENOMEM.
 */
int ptrace_copy(const struct kernel_clone_args *args, struct task_struct *t)
{
	ptrace_fork_regs(t);
	if (!ptracer(current) ||
	    (!(args->flags & CLONE_PTRACE) && !ptrace_fork_event(args)))
		return 0;
	t->ptrace = ptrace_alloc(t);
	return t->ptrace ? 0 : -ENOMEM;
}

/**
 * ptrace_link_child - a child is traced from the start, like current
 * @t: the child, with what ptrace_copy() has made
 *
 * It stops before its first instruction.
 *
 * Context: tasklist_lock held.
 */
void ptrace_link_child(struct task_struct *t)
{
	const struct ptrace *mine = current->ptrace;
	struct ptrace *pt = t->ptrace;

	if (!ptracer(current))
		return;
	pt->options = mine->options;
	pt->seized = mine->seized;
	link(t, mine->tracer, mine->privileged);
	if (pt->seized)
		pt->trap_stop = true;
	else
		t->pending.signal |= sigmask(SIGSTOP);
	t->sigpending = true;
}

/* TRACEME: the parent's rights count. tasklist_lock held. */
static bool parent_may_trace(const struct task_struct *parent)
{
	const struct cred *it = &parent->cred;

	return !(current->cred.cap_permitted & ~it->cap_permitted) ||
	       (it->cap_effective & BIT(CAP_SYS_PTRACE));
}

/* Give @t what it needs, unless it has it. -ENOMEM. */
static long prepare(struct task_struct *t)
{
	struct ptrace *pt;

	if (READ_ONCE(t->ptrace))
		return 0;
	pt = ptrace_alloc(t);
	if (!pt)
		return -ENOMEM;
	spin_lock_irq(&tasklist_lock);
	if (!t->ptrace) {
		t->ptrace = pt;
		pt = NULL;
	}
	spin_unlock_irq(&tasklist_lock);
	kfree(pt);
	return 0;
}

/**
 * ptrace_traceme - PTRACE_TRACEME: current's parent traces it
 *
 * Return: 0; -EPERM: it is traced already, or its parent must not; -ENOMEM.
 */
long ptrace_traceme(void)
{
	struct task_struct *t = current;
	long err = prepare(t);

	if (err)
		return err;
	err = -EPERM;
	spin_lock_irq(&tasklist_lock);
	if (!ptracer(t) && parent_may_trace(t->parent)) {
		err = 0;
		if (!(t->parent->flags & PF_EXITING)) {
			t->ptrace->options = 0;
			t->ptrace->seized = false;
			spin_lock(&t->sighand->siglock);
			link(t, t->parent, capable(CAP_SYS_PTRACE));
			spin_unlock(&t->sighand->siglock);
		}
	}
	spin_unlock_irq(&tasklist_lock);
	return err;
}

/* Also what stands still in a stop of its process comes to its tracer. */
static void attach_locked(struct task_struct *t, bool seize,
			  unsigned int options, bool privileged)
{
	spin_lock(&t->sighand->siglock);
	t->ptrace->options = options;
	t->ptrace->seized = seize;
	link(t, current, privileged);
	if (!seize)
		send_signal_locked(SIGSTOP, NULL, t, false, true);
	if (t->state == TASK_STOPPED) {
		t->sigpending = true;
		wake_up_state(t, TASK_STOPPED);
	}
	spin_unlock(&t->sighand->siglock);
}

/* -EAGAIN: an exec is under way, which may change who may attach. */
static long try_attach(struct task_struct *t, bool seize, unsigned int options,
		       bool *was_stopped)
{
	long err = -EPERM;

	spin_lock_irq(&tasklist_lock);
	if (t->flags & PF_IN_EXEC)
		err = -EAGAIN;
	else if (!ptrace_may_access(t, PTRACE_MODE_REALCREDS) ||
		 t->exit_state || ptracer(t))
		err = -EPERM;
	else
		err = 0;
	if (!err) {
		*was_stopped = t->state == TASK_STOPPED;
		attach_locked(t, seize, options, capable(CAP_SYS_PTRACE));
	}
	spin_unlock_irq(&tasklist_lock);
	return err;
}

/* A task that was stopped is seen as traced when the call returns. */
static void wait_for_trap(struct task_struct *t)
{
	while (ptracer(t) == current && !t->exit_state &&
	       !(t->state & (TASK_TRACED | TASK_FROZEN)) &&
	       !fatal_signal_pending(current)) {
		set_current_state(TASK_KILLABLE);
		schedule_timeout(EXEC_POLL_NS);
	}
}

/**
 * ptrace_attach - PTRACE_ATTACH, PTRACE_SEIZE
 * @t: whom; the caller has a reference
 * @seize: which of the two
 * @addr: has to be 0 for SEIZE
 * @options: SEIZE: PTRACE_O_*
 *
 * Context: may sleep.
 * Return: 0; -EIO: @addr or @options of SEIZE; -EINVAL: an option that cannot
 * be had; -EPERM: one's own process, traced already, ended, a kernel thread or
 * not allowed; -ERESTARTNOINTR; -ENOMEM.
 */
long ptrace_attach(struct task_struct *t, bool seize, unsigned long addr,
		   unsigned long options)
{
	bool was_stopped = false;
	long err;

	if (seize && (addr || (options & ~(unsigned long)PTRACE_O_MASK)))
		return -EIO;
	if (seize && (options & PTRACE_O_SUSPEND_SECCOMP))
		return -EINVAL;
	if ((t->flags & PF_KTHREAD) || t->signal == current->signal)
		return -EPERM;
	err = prepare(t);
	if (err)
		return err;
	while ((err = try_attach(t, seize, seize ? (unsigned int)options : 0,
				 &was_stopped)) == -EAGAIN) {
		if (current_signal_pending())
			return -ERESTARTNOINTR;
		set_current_state(TASK_INTERRUPTIBLE);
		schedule_timeout(EXEC_POLL_NS);
	}
	if (!err && was_stopped)
		wait_for_trap(t);
	return err;
}

/**
 * ptrace_detach - PTRACE_DETACH
 * @t: a tracee of current that stands still, frozen
 * @sig: what it goes on with; 0: nothing
 *
 * Return: 0; -EIO: no such signal, it is still a tracee; -ESRCH.
 */
long ptrace_detach(struct task_struct *t, unsigned long sig)
{
	bool dead;

	if (!valid_signal(sig))
		return -EIO;
	user_disable_single_step(t);
	spin_lock_irq(&tasklist_lock);
	t->ptrace->code = (int)sig;
	dead = let_go(current, t);
	spin_unlock_irq(&tasklist_lock);
	if (dead)
		release_task(t);
	return 0;
}

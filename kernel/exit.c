/* SPDX-License-Identifier: MIT */
/*
 * The end of a task: it gives back what it holds, hands its children to init,
 * tells its parent and stays as a zombie, a number with an exit code, until the
 * parent has waited for it.
 *
 *	do_exit()	memory, files, terminal; children -> init; SIGCHLD
 *	  zombie	wait4() reads the code		(exit_state)
 *	  dead		release_task(): out of the tree
 *	last switch	the next task frees the kernel stack
 *	last reference	free_task()
 *
 * A parent that ignores SIGCHLD does not want zombies: then the dying task
 * releases itself. Locks: tasklist_lock for the tree, siglock inside.
 * Source: _exit(2), wait(2), POSIX on orphaned process groups.
 */
#include <ikos/fs.h>
#include <ikos/ipc.h>
#include <ikos/mm.h>
#include <ikos/sched.h>
#include <ikos/syscall.h>
#include <ikos/tty.h>

#include "task_internal.h"

/* Give up the address space; its page tables stay loaded, borrowed. */
static void exit_mm(struct task_struct *t)
{
	struct mm_struct *mm = t->mm;
	unsigned long flags;
	bool victim;

	if (!mm)
		return;
	t->signal->maxrss = max(t->signal->maxrss, mm_hiwater_rss(mm));
	mmgrab(mm);
	flags = task_lock(t);
	t->mm = NULL;
	victim = t->flags & PF_OOM_VICTIM;
	task_unlock(t, flags);
	mmput(mm);
	if (victim)
		oom_victim_gone();
}

static void exit_files(struct task_struct *t)
{
	struct files_struct *files = t->files;
	struct fs_struct *fs = t->fs;
	unsigned long flags;

	flags = task_lock(t);
	t->files = NULL;
	t->fs = NULL;
	task_unlock(t, flags);
	if (files)
		files_put(files);
	if (fs)
		fs_put(fs);
}

static void signal_pgrp(pid_t pgrp, int sig)
{
	struct task_struct *p;

	for_each_pgrp_member(p, pgrp) send_sig_info(sig, NULL, p, true);
}

/*
 * @t goes, or loses @parent: if that leaves its group without anyone to
 * continue it, stopped members get SIGHUP and SIGCONT. tasklist_lock held.
 */
static void kill_orphaned_pgrp(struct task_struct *t,
			       struct task_struct *parent,
			       struct task_struct *going)
{
	struct signal_struct *sig = t->signal;
	pid_t pgrp = sig->pgrp;

	if (parent->signal->pgrp == pgrp ||
	    parent->signal->session != sig->session)
		return;
	if (!has_stopped_jobs(pgrp) || !will_become_orphaned_pgrp(pgrp, going))
		return;
	signal_pgrp(pgrp, SIGHUP);
	signal_pgrp(pgrp, SIGCONT);
}

/* Nobody will wait for @t: put it on the list of those to release. */
static void reap_self(struct task_struct *t, struct list_head *dead)
{
	t->exit_state = TASK_DEAD;
	list_move_tail(&t->sibling, dead);
}

/* Hand @t's children to init. tasklist_lock held. */
static void forget_children(struct task_struct *t, struct list_head *dead)
{
	struct task_struct *init = find_task(1);
	struct task_struct *p, *next;

	list_for_each_entry_safe (p, next, &t->children, sibling) {
		p->parent = init;
		list_move_tail(&p->sibling, &init->children);
		if (p->pdeath_signal)
			send_sig_info(p->pdeath_signal, NULL, p, true);
		p->exit_signal = SIGCHLD;
		if (p->exit_state == TASK_ZOMBIE &&
		    do_notify_parent(p, p->exit_signal))
			reap_self(p, dead);
		kill_orphaned_pgrp(p, t, NULL);
	}
}

/* Tell the tree that @t is gone. */
static void exit_notify(struct task_struct *t)
{
	struct task_struct *p, *next;
	LIST_HEAD(dead);

	spin_lock_irq(&tasklist_lock);
	forget_children(t, &dead);
	kill_orphaned_pgrp(t, t->parent, t);
	t->exit_state = TASK_ZOMBIE;
	if ((t->flags & PF_KTHREAD) || do_notify_parent(t, t->exit_signal))
		reap_self(t, &dead);
	spin_unlock_irq(&tasklist_lock);
	list_for_each_entry_safe (p, next, &dead, sibling)
		release_task(p);
}

/**
 * release_task - take a dead task out of the tree
 * @t: exit_state is TASK_DEAD, set by the caller under tasklist_lock
 *
 * Drops the tree's reference. Context: task, no locks.
 */
void release_task(struct task_struct *t)
{
	spin_lock_irq(&tasklist_lock);
	list_del(&t->sibling);
	list_del(&t->tasks);
	rusage_release(t);
	spin_lock(&t->sighand->siglock);
	flush_sigqueue(&t->pending);
	flush_sigqueue(&t->signal->shared_pending);
	spin_unlock(&t->sighand->siglock);
	for (int type = 0; type < NR_PIDTYPES; type++)
		detach_pid(t, type);
	spin_unlock_irq(&tasklist_lock);
	atomic_dec(&nr_threads);
	put_task_struct(t);
}

static void check_may_exit(struct task_struct *t, int code)
{
	if (!t->pid)
		panic("the idle task has come to an end");
	if (t->flags & PF_EXITING)
		panic("%s ends while it is ending", t->comm);
	if (t->tgid == 1 && (code & 0x7f))
		panic("init was killed by signal %d: without it there is no system",
		      code & 0x7f);
	if (t->tgid == 1)
		panic("init has ended with status %d: without it there is no system",
		      (code >> 8) & 0xff);
}

/**
 * do_exit - end the current task
 * @code: as wait4(2) reports it: status << 8, or the signal
 *
 * Context: task, no locks; does not return. Panics when it is init.
 */
void do_exit(int code)
{
	struct task_struct *t = current;

	check_may_exit(t, code);
	spin_lock_irq(&t->sighand->siglock);
	t->flags |= PF_EXITING;
	t->exit_code = code;
	spin_unlock_irq(&t->sighand->siglock);
	atomic_dec(&t->signal->live);
	timer_cancel(&t->signal->real_timer);
	exec_mm_release(t);
	exit_mm(t);
	exit_sem(t);
	exit_files(t);
	if (t->signal->session_leader)
		disassociate_ctty(t);
	exit_notify(t);
	local_irq_disable();
	t->state = TASK_DEAD;
	schedule();
	panic("a dead task runs again");
}

/**
 * do_group_exit - end the current process with all its threads
 * @code: as do_exit(); a code that another thread set first counts
 *
 * Context: task, no locks; does not return.
 */
void do_group_exit(int code)
{
	struct signal_struct *sig = current->signal;

	spin_lock_irq(&current->sighand->siglock);
	if (sig->group_exit) {
		code = sig->group_exit_code;
	} else {
		sig->group_exit = true;
		sig->group_exit_code = code;
	}
	spin_unlock_irq(&current->sighand->siglock);
	do_exit(code);
}

/**
 * sys_exit - _exit(2) of one thread
 */
SYSCALL_DEFINE1(exit, int, status)
{
	do_exit((status & 0xff) << 8);
}

/**
 * sys_exit_group - exit_group(2)
 */
SYSCALL_DEFINE1(exit_group, int, status)
{
	do_group_exit((status & 0xff) << 8);
}

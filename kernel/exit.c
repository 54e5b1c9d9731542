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
 * releases itself, as every thread but the leader does. A leader that ends
 * before its threads is a zombie that nobody is told of; whoever releases the
 * last of them tells.
 *
 *	leader exits	zombie, silent		children -> another thread
 *	thread exits	released; the leader is alone: SIGCHLD
 *
 * Locks: tasklist_lock for the tree, siglock inside.
 * Source: _exit(2), wait(2), POSIX on orphaned process groups.
 */
#include <ikos/fs.h>
#include <ikos/ipc.h>
#include <ikos/mempolicy.h>
#include <ikos/mm.h>
#include <ikos/posix_timer.h>
#include <ikos/ptrace.h>
#include <ikos/sched.h>
#include <ikos/syscall.h>
#include <ikos/tty.h>

#include "signal_internal.h"
#include "task_internal.h"

/* Give up the address space; its page tables stay loaded, borrowed. */
static void exit_mm(struct task_struct *t)
{
	struct mm_struct *mm = t->mm;
	unsigned long flags;
	bool victim;

	if (!mm)
		return;
	mmgrab(mm);
	flags = task_lock(t);
	t->mm = NULL;
	victim = t->oom_victim;
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

/* A thread of @p's process that goes on, or NULL. tasklist_lock held. */
static struct task_struct *find_alive_thread(struct task_struct *p)
{
	struct task_struct *t;

	for_each_thread (p, t) {
		if (!(t->flags & PF_EXITING))
			return t;
	}
	return NULL;
}

/* Who takes the children of @t when no thread of its process is left: the
 * nearest ancestor that has asked for them, else init. tasklist_lock held. */
static struct task_struct *find_new_reaper(struct task_struct *t)
{
	struct task_struct *p, *reaper;

	for (p = t->parent; p->pid > 1; p = p->parent) {
		if (!p->signal->child_subreaper)
			continue;
		reaper = find_alive_thread(p);
		if (reaper)
			return reaper;
	}
	return find_alive_thread(find_task(1));
}

/* @p has another parent, in another process. tasklist_lock held. */
static void reparent_leader(struct task_struct *t, struct task_struct *p,
			    struct list_head *dead)
{
	if (p->exit_state == TASK_DEAD)
		return;
	p->exit_signal = SIGCHLD;
	if (!ptracer(p) && p->exit_state == TASK_ZOMBIE &&
	    thread_group_empty(p) && do_notify_parent(p, p->exit_signal))
		reap_self(p, dead);
	kill_orphaned_pgrp(p, t, NULL);
}

/* Hand @t's children to another thread, or to an ancestor. tasklist_lock held. */
static void forget_children(struct task_struct *t, struct list_head *dead)
{
	struct task_struct *reaper, *p, *next, *thread;

	if (list_empty(&t->children))
		return;
	reaper = find_alive_thread(t);
	if (!reaper)
		reaper = find_new_reaper(t);
	list_for_each_entry_safe (p, next, &t->children, sibling) {
		for_each_thread (p, thread) {
			thread->parent = reaper;
			if (thread->pdeath_signal)
				send_sig_info(thread->pdeath_signal, NULL,
					      thread, true);
		}
		list_move_tail(&p->sibling, &reaper->children);
		if (reaper->signal != t->signal)
			reparent_leader(t, p, dead);
	}
}

/* Tell whoever waits for @t. A thread that is traced is a zombie for its
 * tracer. True: nobody waits. tasklist_lock held. */
static bool notify_of_end(struct task_struct *t, bool leader)
{
	bool last = leader && thread_group_empty(t);

	if (unlikely(ptracer(t)))
		return do_notify_parent(t, last && !ptrace_reparented(t)
						   ? t->exit_signal
						   : SIGCHLD);
	return !leader || (last && do_notify_parent(t, t->exit_signal));
}

/* Tell the tree that @t is gone. @last: of its process. */
static void exit_notify(struct task_struct *t, bool last)
{
	struct signal_struct *sig = t->signal;
	struct task_struct *leader, *p, *next;
	bool reap = true;
	LIST_HEAD(dead);

	spin_lock_irq(&tasklist_lock);
	forget_children(t, &dead);
	if (unlikely(t->ptraced))
		exit_ptrace(t, &dead);
	leader = sig->leader;
	if (last)
		kill_orphaned_pgrp(leader, leader->parent, leader);
	t->exit_state = TASK_ZOMBIE;
	if (!(t->flags & PF_KTHREAD))
		reap = notify_of_end(t, t == leader);
	if (reap)
		t->exit_state = TASK_DEAD;
	if (sig->notify_count < 0)
		wake_up_process(sig->exec_task);
	spin_unlock_irq(&tasklist_lock);
	list_for_each_entry_safe (p, next, &dead, sibling) {
		list_del_init(&p->sibling);
		release_task(p);
	}
	if (reap)
		release_task(t);
}

/* Out of the lists of its process, which keeps what it has used.
 * tasklist_lock held. */
static void leave_process(struct task_struct *t, bool leader)
{
	struct signal_struct *sig = t->signal;

	spin_lock(&t->sighand->siglock);
	if (!leader && sig->notify_count > 0 && !--sig->notify_count)
		wake_up_process(sig->exec_task);
	list_del(&t->thread_node);
	rusage_release(t);
	flush_sigqueue(&t->pending);
	if (leader)
		flush_sigqueue(&sig->shared_pending);
	spin_unlock(&t->sighand->siglock);
}

/* Its last thread has been released: tell of a leader that waited for this.
 * True: it is to be released now. tasklist_lock held. */
static bool leader_is_next(struct task_struct *leader)
{
	if (leader->exit_state != TASK_ZOMBIE || !thread_group_empty(leader) ||
	    !do_notify_parent(leader, leader->exit_signal))
		return false;
	leader->exit_state = TASK_DEAD;
	return true;
}

/**
 * release_task - take a dead task out of the tree
 * @t: exit_state is TASK_DEAD, set by the caller under tasklist_lock
 *
 * Drops the tree's reference; and that of a leader, too, that was dead already
 * and that nobody will wait for. Context: task, no locks.
 */
void release_task(struct task_struct *t)
{
	struct task_struct *leader, *next;

	do {
		spin_lock_irq(&tasklist_lock);
		leader = t->signal->leader;
		if (unlikely(t->ptrace))
			ptrace_unlink(t);
		leave_process(t, t == leader);
		if (t == leader) {
			list_del(&t->sibling);
			list_del(&t->tasks);
		}
		for (int type = 0; type < NR_PIDTYPES; type++)
			detach_pid(t, type);
		next = t != leader && leader_is_next(leader) ? leader : NULL;
		spin_unlock_irq(&tasklist_lock);
		atomic_dec(&nr_threads);
		put_task_struct(t);
		t = next;
	} while (t);
}

static void check_may_exit(struct task_struct *t)
{
	if (!t->pid)
		panic("the idle task has come to an end");
	if (t->flags & PF_EXITING)
		panic("%s ends while it is ending", t->comm);
}

static void check_init(struct task_struct *t)
{
	int code = t->signal->group_exit_code;

	if (t->tgid == 1 && (code & 0x7f))
		panic("init was killed by signal %d: without it there is no system",
		      code & 0x7f);
	if (t->tgid == 1)
		panic("init has ended with status %d: without it there is no system",
		      (code >> 8) & 0xff);
}

/* What goes with the last thread, while it still has its memory. */
static void exit_process(struct task_struct *t)
{
	struct signal_struct *sig = t->signal;

	check_init(t);
	exit_itimers(sig);
	exit_posix_timers(sig);
	if (t->mm)
		sig->maxrss = max(sig->maxrss, mm_hiwater_rss(t->mm));
}

/**
 * do_exit - end the current task
 * @code: as wait4(2) reports it: status << 8, or the signal
 *
 * Context: task, no locks; does not return. Panics when it is init's last.
 */
void do_exit(int code)
{
	struct task_struct *t = current;
	bool last;

	check_may_exit(t);
	if (unlikely(t->ptrace))
		ptrace_exit_event(code);
	last = exit_signals(code);
	if (last)
		exit_process(t);
	exec_mm_release(t);
	exit_mm(t);
	exit_sem(t);
	exit_shm(t);
	exit_files(t);
	mpol_set_task(0);
	if (last && t->signal->session_leader)
		disassociate_ctty(t->signal->leader);
	exit_notify(t, last);
	local_irq_disable();
	t->state = TASK_DEAD;
	schedule();
	panic("a dead task runs again");
}

/**
 * do_group_exit - end the current process with all its threads
 * @code: as do_exit(); a code that another thread set first counts
 *
 * While another thread executes a program only this one ends: the process goes
 * on. Context: task, no locks; does not return.
 */
void do_group_exit(int code)
{
	struct signal_struct *sig = current->signal;

	spin_lock_irq(&current->sighand->siglock);
	if (sig->group_exit) {
		code = sig->group_exit_code;
	} else if (sig->exec_task) {
		code = 0;
	} else {
		sig->group_exit = true;
		sig->group_exit_code = code;
		zap_other_threads(current);
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

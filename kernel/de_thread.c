/* SPDX-License-Identifier: MIT */
/*
 * execve(2) in one of many threads: the others are killed, and the one that is
 * left is the process, whichever it was: it gets the leader's number and its
 * place in the tree. Who waits for the process sees no difference.
 *
 *	leader 7, threads 8, 9; 9 calls execve(2)
 *	  SIGKILL to 7 and 8; 9 sleeps		exec_task = 9, notify_count = 1
 *	  8 is released				notify_count = 0
 *	  7 is a zombie				notify_count = -1, woken by exit
 *	  9 and 7 swap numbers; the old leader, 9 now, is released
 *
 * A thread that begins an exec, or exit_group(2), while this goes on ends like
 * the rest; a fatal signal to the process ends all of them, this one too.
 *
 * Locks: siglock for exec_task and notify_count, tasklist_lock for the tree.
 * Source: execve(2), "Effect on other attributes".
 */
#include "signal_internal.h"
#include "task_internal.h"

/* Kill the others; -EAGAIN: we are to die ourselves. */
static int begin(struct task_struct *t)
{
	struct signal_struct *sig = t->signal;
	int err = 0;

	spin_lock_irq(&t->sighand->siglock);
	if (sig->group_exit || sig->exec_task) {
		err = -EAGAIN;
	} else {
		sig->exec_task = t;
		sig->notify_count = zap_other_threads(t);
		/* The leader becomes a zombie that nobody counts. */
		if (!thread_group_leader(t))
			sig->notify_count--;
	}
	spin_unlock_irq(&t->sighand->siglock);
	return err;
}

/* Until all others have been released, or are the leader. */
static bool wait_for_threads(struct task_struct *t)
{
	spinlock_t *siglock = &t->sighand->siglock;

	spin_lock_irq(siglock);
	while (t->signal->notify_count) {
		set_current_state(TASK_KILLABLE);
		spin_unlock_irq(siglock);
		schedule();
		if (fatal_signal_pending(t))
			return false;
		spin_lock_irq(siglock);
	}
	spin_unlock_irq(siglock);
	return true;
}

/* Until the leader is a zombie. tasklist_lock is held if so. */
static bool wait_for_leader(struct task_struct *t)
{
	struct signal_struct *sig = t->signal;

	for (;;) {
		spin_lock_irq(&tasklist_lock);
		sig->notify_count = -1;
		if (sig->leader->exit_state)
			return true;
		set_current_state(TASK_KILLABLE);
		spin_unlock_irq(&tasklist_lock);
		schedule();
		if (fatal_signal_pending(t))
			return false;
	}
}

/* tasklist_lock held. */
static void become_leader(struct task_struct *t, struct task_struct *leader)
{
	t->start_time = leader->start_time;
	take_leaders_pids(t, leader);
	list_replace(&leader->tasks, &t->tasks);
	list_replace(&leader->sibling, &t->sibling);
	t->signal->leader = t;
	t->exit_signal = SIGCHLD;
	leader->exit_signal = -1;
	leader->exit_state = TASK_DEAD;
}

static void finish(struct task_struct *t)
{
	spin_lock_irq(&t->sighand->siglock);
	t->signal->exec_task = NULL;
	t->signal->notify_count = 0;
	spin_unlock_irq(&t->sighand->siglock);
}

/**
 * de_thread - make the current task the only one of its process, and its leader
 *
 * Context: exec; may sleep.
 * Return: 0; -EAGAIN: the process is ending, or another thread was faster; then
 * current is about to be killed.
 */
int de_thread(void)
{
	struct task_struct *t = current, *leader;
	int err;

	if (thread_group_empty(t))
		return 0;
	err = begin(t);
	if (err)
		return err;
	err = -EAGAIN;
	if (!wait_for_threads(t))
		goto out;
	if (!thread_group_leader(t)) {
		if (!wait_for_leader(t))
			goto out;
		leader = t->signal->leader;
		become_leader(t, leader);
		spin_unlock_irq(&tasklist_lock);
		release_task(leader);
	}
	err = 0;
out:
	finish(t);
	return err;
}

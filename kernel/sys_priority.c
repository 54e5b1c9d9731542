/* SPDX-License-Identifier: MIT */
/*
 * Nice values: getpriority(2) and setpriority(2). Each thread has its own;
 * where a process is named by its number that is its first thread's.
 */
#include <ikos/sched.h>
#include <ikos/syscall.h>

#include "task_internal.h"

#define PRIO_PROCESS 0
#define PRIO_PGRP    1
#define PRIO_USER    2
#define MIN_NICE     (-20)
#define MAX_NICE     19

static bool prio_matches(const struct task_struct *t, int which,
			 unsigned int who)
{
	switch (which) {
	case PRIO_PROCESS:
		return who ? t->pid == (pid_t)who : t == current;
	case PRIO_PGRP:
		return t->signal->pgrp ==
		       (pid_t)(who ? (pid_t)who : current->signal->pgrp);
	default:
		return t->cred.uid == (who ? who : current->cred.uid);
	}
}

/**
 * sched_set_nice - give a thread a nice value, if current may
 * @nice: -20 to 19
 *
 * Context: any. Return: 0; -EPERM: not the caller's; -EACCES: a better one.
 */
int sched_set_nice(struct task_struct *t, int nice)
{
	const struct cred *me = &current->cred;
	long limit = (long)t->signal->rlim[RLIMIT_NICE].rlim_cur;

	if (!capable(CAP_SYS_NICE)) {
		if (me->euid != t->cred.uid && me->euid != t->cred.euid)
			return -EPERM;
		if (nice < t->nice && 20 - nice > limit)
			return -EACCES;
	}
	t->nice = nice;
	return 0;
}

/**
 * sys_getpriority() - the best of those that match, as 20 - nice: 1 … 40
 *
 * Context: process context. Return: 1 … 40; -EINVAL: @which; -ESRCH.
 */
SYSCALL_DEFINE2(getpriority, int, which, unsigned int, who)
{
	struct task_struct *p, *t;
	long best = -ESRCH;

	if (which < PRIO_PROCESS || which > PRIO_USER)
		return -EINVAL;
	spin_lock_irq(&tasklist_lock);
	for_each_process (p) {
		for_each_thread (p, t) {
			if (prio_matches(t, which, who))
				best = max(best, 20L - t->nice);
		}
	}
	spin_unlock_irq(&tasklist_lock);
	return best;
}

/**
 * sys_setpriority() - set the nice value of a process, a group or a user
 *
 * Context: process context. Return: 0; -EINVAL: @which; -ESRCH; -EPERM: not
 * the caller's; -EACCES: only root may lower it.
 */
SYSCALL_DEFINE3(setpriority, int, which, unsigned int, who, int, nice)
{
	struct task_struct *p, *t;
	int ret = -ESRCH;

	if (which < PRIO_PROCESS || which > PRIO_USER)
		return -EINVAL;
	nice = clamp(nice, MIN_NICE, MAX_NICE);
	spin_lock_irq(&tasklist_lock);
	for_each_process (p) {
		for_each_thread (p, t) {
			int err;

			if (!prio_matches(t, which, who))
				continue;
			err = sched_set_nice(t, nice);
			if (err || ret == -ESRCH)
				ret = err;
		}
	}
	spin_unlock_irq(&tasklist_lock);
	return ret;
}

/* SPDX-License-Identifier: MIT */
/*
 * Resource limits and resource usage: getrlimit(2), prlimit(2), getrusage(2),
 * getpriority(2).
 *
 * mm/ does not know tasks, so an address space has its own copy of the
 * limits; whoever changes a process's limits changes that copy too.
 */
#include <ikos/mm.h>
#include <ikos/sched.h>
#include <ikos/syscall.h>
#include <ikos/uaccess.h>

#define MAX_NOFILE 1048576UL /* Linux's fs.nr_open */

/**
 * rlimit() - a soft limit of the current process
 * @resource: RLIMIT_*
 *
 * Context: process context.
 * Return: the limit, RLIM_INFINITY for none.
 */
unsigned long rlimit(unsigned int resource)
{
	return READ_ONCE(current->signal->rlim[resource].rlim_cur);
}

static int check_new_limit(unsigned int resource, const struct rlimit *new,
			   const struct rlimit *old)
{
	if (new->rlim_cur > new->rlim_max)
		return -EINVAL;
	if (resource == RLIMIT_NOFILE && new->rlim_max > MAX_NOFILE)
		return -EPERM;
	if (new->rlim_max > old->rlim_max && !capable(CAP_SYS_RESOURCE))
		return -EPERM;
	return 0;
}

/* mm's copy; a vfork child runs in its parent's, which it leaves alone. */
static void tell_mm(struct task_struct *t, unsigned int resource,
		    const struct rlimit *new)
{
	struct mm_struct *mm;

	if (t->flags & PF_VFORK)
		return;
	mm = get_task_mm(t);
	if (!mm)
		return;
	mm->rlim[resource] = *new;
	mmput(mm);
}

/* Get or set a limit of @t's process; @new and @old may be NULL. */
static int do_prlimit(struct task_struct *t, unsigned int resource,
		      const struct rlimit *new, struct rlimit *old)
{
	struct rlimit *slot;
	int ret = 0;

	if (resource >= RLIM_NLIMITS)
		return -EINVAL;
	slot = &t->signal->rlim[resource];
	spin_lock_irq(&t->sighand->siglock);
	if (new)
		ret = check_new_limit(resource, new, slot);
	if (!ret) {
		if (old)
			*old = *slot;
		if (new)
			*slot = *new;
	}
	spin_unlock_irq(&t->sighand->siglock);
	if (!ret && new)
		tell_mm(t, resource, new);
	return ret;
}

/**
 * sys_getrlimit() - read a limit of the process
 *
 * Context: process context. Return: 0; -EINVAL: @resource; -EFAULT.
 */
SYSCALL_DEFINE2(getrlimit, unsigned int, resource, struct rlimit __user *, ulim)
{
	struct rlimit old;
	int ret = do_prlimit(current, resource, NULL, &old);

	return ret ? ret : put_user(old, ulim);
}

/**
 * sys_setrlimit() - set a limit of the process
 *
 * Context: process context. Return: 0; -EINVAL: @resource, or soft above
 * hard; -EPERM: a higher ceiling; -EFAULT.
 */
SYSCALL_DEFINE2(setrlimit, unsigned int, resource, const struct rlimit __user *,
		ulim)
{
	struct rlimit new;

	if (copy_from_user(&new, ulim, sizeof(new)))
		return -EFAULT;
	return do_prlimit(current, resource, &new, NULL);
}

/* Another's limits: root, or all of its ids are our real ones. */
static bool may_prlimit(const struct task_struct *t)
{
	const struct cred *me = &current->cred, *it = &t->cred;

	if (t->tgid == current->tgid || capable(CAP_SYS_RESOURCE))
		return true;
	return me->uid == it->uid && me->uid == it->euid &&
	       me->uid == it->suid && me->gid == it->gid &&
	       me->gid == it->egid && me->gid == it->sgid;
}

/**
 * sys_prlimit64() - set and read a limit of any process
 *
 * Context: process context. Return: 0; -ESRCH; -EPERM: not the caller's to
 * see or to raise; -EINVAL; -EFAULT.
 */
SYSCALL_DEFINE4(prlimit64, pid_t, pid, unsigned int, resource,
		const struct rlimit __user *, unew, struct rlimit __user *,
		uold)
{
	struct rlimit new, old;
	struct task_struct *t;
	int ret;

	if (unew && copy_from_user(&new, unew, sizeof(new)))
		return -EFAULT;
	t = find_get_task(pid ? pid : current->pid);
	if (!t)
		return -ESRCH;
	ret = -EPERM;
	if (may_prlimit(t))
		ret = do_prlimit(t, resource, unew ? &new : NULL, &old);
	put_task_struct(t);
	if (!ret && uold)
		ret = (int)put_user(old, uold);
	return ret;
}

/**
 * sys_getrusage() - what the process, its children or the thread used
 *
 * Context: process context. Return: 0; -EINVAL: @who; -EFAULT.
 */
SYSCALL_DEFINE2(getrusage, int, who, struct rusage_k __user *, uru)
{
	struct rusage_k ru;

	if (who != RUSAGE_SELF && who != RUSAGE_CHILDREN &&
	    who != RUSAGE_THREAD)
		return -EINVAL;
	task_rusage(current, who, &ru);
	return put_user(ru, uru);
}

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

static int set_one_nice(struct task_struct *t, int nice)
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
		list_for_each_entry (t, &p->signal->thread_head, thread_node) {
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
		list_for_each_entry (t, &p->signal->thread_head, thread_node) {
			int err;

			if (!prio_matches(t, which, who))
				continue;
			err = set_one_nice(t, nice);
			if (err || ret == -ESRCH)
				ret = err;
		}
	}
	spin_unlock_irq(&tasklist_lock);
	return ret;
}

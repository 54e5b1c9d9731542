/* SPDX-License-Identifier: MIT */
/*
 * Resource limits and resource usage: getrlimit(2), prlimit(2), getrusage(2).
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
	unsigned long flags;
	int ret = 0;

	if (resource >= RLIM_NLIMITS)
		return -EINVAL;
	slot = &t->signal->rlim[resource];
	flags = lock_task_sighand(t);
	if (new)
		ret = check_new_limit(resource, new, slot);
	if (!ret) {
		if (old)
			*old = *slot;
		if (new)
			*slot = *new;
	}
	unlock_task_sighand(t, flags);
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
static bool may_prlimit(struct task_struct *t)
{
	const struct cred *me = &current->cred;
	struct cred it;

	if (t->tgid == current->tgid || capable(CAP_SYS_RESOURCE))
		return true;
	get_task_cred(t, &it);
	groups_put(it.groups);
	return me->uid == it.uid && me->uid == it.euid && me->uid == it.suid &&
	       me->gid == it.gid && me->gid == it.egid && me->gid == it.sgid;
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

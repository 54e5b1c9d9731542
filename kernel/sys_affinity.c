/* SPDX-License-Identifier: MIT */
/*
 * Which CPUs a thread may run on: sched_setaffinity(2), sched_getaffinity(2).
 *
 * Masks of programs are as long as they say: what is missing of ours is 0, what
 * is longer is not looked at. A mask is kept as it was given, with bits of CPUs
 * that are not there; only those that are there are told.
 */
#include <ikos/sched.h>
#include <ikos/smp.h>
#include <ikos/syscall.h>
#include <ikos/uaccess.h>

static struct task_struct *get_thread(pid_t pid)
{
	if (pid)
		return find_get_task(pid);
	get_task_struct(current);
	return current;
}

static bool may_set_affinity(const struct task_struct *t)
{
	const struct cred *me = &current->cred;

	return me->euid == t->cred.euid || me->euid == t->cred.uid ||
	       capable(CAP_SYS_NICE);
}

/**
 * sys_sched_setaffinity() - choose the CPUs that a thread runs on
 *
 * Context: process context. Return: 0; -EINVAL: none of them is there, or the
 * thread is the kernel's; -ESRCH; -EPERM: another user's; -EFAULT.
 */
SYSCALL_DEFINE3(sched_setaffinity, pid_t, pid, unsigned int, len,
		const unsigned long __user *, umask)
{
	struct task_struct *t;
	unsigned long mask = 0;
	int ret;

	if (copy_from_user(&mask, umask, min_t(size_t, len, sizeof(mask))))
		return -EFAULT;
	t = get_thread(pid);
	if (!t)
		return -ESRCH;
	if (t->flags & PF_KTHREAD)
		ret = -EINVAL;
	else if (!may_set_affinity(t))
		ret = -EPERM;
	else
		ret = sched_set_affinity(t, mask);
	put_task_struct(t);
	return ret;
}

/**
 * sys_sched_getaffinity() - the CPUs a thread may run on
 *
 * Context: process context. Return: bytes written; -EINVAL: @len; -ESRCH;
 * -EFAULT.
 */
SYSCALL_DEFINE3(sched_getaffinity, pid_t, pid, unsigned int, len,
		unsigned long __user *, umask)
{
	struct task_struct *t;
	unsigned long mask;

	if (len < sizeof(mask) || len % sizeof(mask))
		return -EINVAL;
	t = get_thread(pid);
	if (!t)
		return -ESRCH;
	mask = READ_ONCE(t->cpus_allowed) & online_cpus();
	put_task_struct(t);
	return put_user(mask, umask) ? -EFAULT : (long)sizeof(mask);
}

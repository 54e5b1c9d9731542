/* SPDX-License-Identifier: MIT */
/*
 * How a thread is scheduled: sched_yield(2), sched_setscheduler(2) and its
 * relatives, getcpu(2). Nice values are in kernel/sys_priority.c.
 *
 * Policies that this scheduler has: SCHED_OTHER and SCHED_BATCH, which it
 * treats alike, as their difference is only when a wake-up preempts; and
 * SCHED_IDLE, whose slices are the shortest there are. The real-time ones are
 * known by name but cannot be had: EPERM as without the right to them, EINVAL
 * for root.
 *
 * Source: sched(7), sched_setscheduler(2), sched_setparam(2),
 * sched_get_priority_max(2), sched_rr_get_interval(2).
 */
#include <ikos/sched.h>
#include <ikos/syscall.h>
#include <ikos/uaccess.h>
#include <uapi/sched.h>

#include "task_internal.h"

#define MAX_RT_PRIO 99
#define KEEP_POLICY (-1)

struct sched_param_k {
	int sched_priority;
};

/**
 * sys_sched_yield() - let others run
 *
 * Context: process context. Return: 0.
 */
SYSCALL_DEFINE0(sched_yield)
{
	yield();
	return 0;
}

static bool is_rt(int policy)
{
	return policy == SCHED_FIFO || policy == SCHED_RR;
}

static bool policy_known(int policy)
{
	return policy == SCHED_NORMAL || policy == SCHED_BATCH ||
	       policy == SCHED_IDLE || policy == SCHED_DEADLINE ||
	       is_rt(policy);
}

static bool same_owner(const struct task_struct *t)
{
	return current->cred.euid == t->cred.euid ||
	       current->cred.euid == t->cred.uid;
}

/* Without root: its own threads, and not out of SCHED_IDLE again unless the
 * nice value could be had as well. */
static bool may_set(const struct task_struct *t, int policy, bool reset)
{
	unsigned long nice_limit = t->signal->rlim[RLIMIT_NICE].rlim_cur;

	if (capable(CAP_SYS_NICE))
		return true;
	if (is_rt(policy) && !t->signal->rlim[RLIMIT_RTPRIO].rlim_cur)
		return false;
	if (policy == SCHED_DEADLINE || !same_owner(t))
		return false;
	if (t->policy == SCHED_IDLE && policy != SCHED_IDLE &&
	    (unsigned long)(20 - t->nice) > nice_limit)
		return false;
	return !t->sched_reset_on_fork || reset;
}

/* The policy and whether children are reset, as asked for. */
static int parse_policy(const struct task_struct *t, int policy, bool *reset)
{
	*reset = t->sched_reset_on_fork;
	if (policy == KEEP_POLICY)
		return t->policy;
	*reset = policy & SCHED_RESET_ON_FORK;
	return policy & ~SCHED_RESET_ON_FORK;
}

/**
 * sched_check_policy - may current give a thread a policy
 * @t: the thread
 * @policy: SCHED_*, with SCHED_RESET_ON_FORK; negative: the one it has
 * @prio: 0, or of the real-time ones
 *
 * Context: any. Return: 0; -EINVAL: there is none such; -EPERM.
 */
int sched_check_policy(const struct task_struct *t, int policy, int prio)
{
	bool reset;

	policy = parse_policy(t, policy, &reset);
	if (!policy_known(policy) || prio < 0 || prio > MAX_RT_PRIO ||
	    is_rt(policy) != !!prio)
		return -EINVAL;
	if (!may_set(t, policy, reset))
		return -EPERM;
	return is_rt(policy) || policy == SCHED_DEADLINE ? -EINVAL : 0;
}

/**
 * sched_set_policy - give a thread a policy, if current may
 *
 * Context: any. Return: as sched_check_policy().
 */
int sched_set_policy(struct task_struct *t, int policy, int prio)
{
	int err = sched_check_policy(t, policy, prio);
	bool reset;

	if (err)
		return err;
	t->policy = parse_policy(t, policy, &reset);
	t->sched_reset_on_fork = reset;
	return 0;
}

static struct task_struct *get_thread(pid_t pid)
{
	if (pid)
		return find_get_task(pid);
	get_task_struct(current);
	return current;
}

static long set_scheduler(pid_t pid, int policy,
			  const struct sched_param_k __user *uparam)
{
	struct sched_param_k param;
	struct task_struct *t;
	int ret;

	if (!uparam || pid < 0)
		return -EINVAL;
	if (get_user(param, uparam))
		return -EFAULT;
	t = get_thread(pid);
	if (!t)
		return -ESRCH;
	ret = sched_set_policy(t, policy, param.sched_priority);
	put_task_struct(t);
	return ret;
}

/**
 * sys_sched_setscheduler() - set a thread's policy
 *
 * Context: process context. Return: 0; -EINVAL: a number, a policy that there
 * is not, or a priority that does not go with it; -ESRCH; -EPERM; -EFAULT.
 */
SYSCALL_DEFINE3(sched_setscheduler, pid_t, pid, int, policy,
		const struct sched_param_k __user *, uparam)
{
	return policy < 0 ? -EINVAL : set_scheduler(pid, policy, uparam);
}

/**
 * sys_sched_setparam() - set a thread's priority within its policy: only 0
 *
 * Context: process context. Return: as sys_sched_setscheduler().
 */
SYSCALL_DEFINE2(sched_setparam, pid_t, pid, const struct sched_param_k __user *,
		uparam)
{
	return set_scheduler(pid, KEEP_POLICY, uparam);
}

/**
 * sys_sched_getscheduler() - a thread's policy
 *
 * Context: process context. Return: the policy, with SCHED_RESET_ON_FORK;
 * -EINVAL: a negative number; -ESRCH.
 */
SYSCALL_DEFINE1(sched_getscheduler, pid_t, pid)
{
	struct task_struct *t;
	int ret;

	if (pid < 0)
		return -EINVAL;
	t = get_thread(pid);
	if (!t)
		return -ESRCH;
	ret = t->policy;
	if (t->sched_reset_on_fork)
		ret |= SCHED_RESET_ON_FORK;
	put_task_struct(t);
	return ret;
}

/**
 * sys_sched_getparam() - a thread's priority within its policy: 0
 *
 * Context: process context. Return: 0; -EINVAL: a negative number, no place
 * for the answer; -ESRCH; -EFAULT.
 */
SYSCALL_DEFINE2(sched_getparam, pid_t, pid, struct sched_param_k __user *,
		uparam)
{
	struct sched_param_k param = { 0 };
	struct task_struct *t;

	if (!uparam || pid < 0)
		return -EINVAL;
	t = get_thread(pid);
	if (!t)
		return -ESRCH;
	put_task_struct(t);
	return put_user(param, uparam);
}

/**
 * sys_sched_get_priority_max() - the highest priority of a policy
 *
 * Context: process context. Return: it; -EINVAL: no such policy.
 */
SYSCALL_DEFINE1(sched_get_priority_max, int, policy)
{
	if (!policy_known(policy))
		return -EINVAL;
	return is_rt(policy) ? MAX_RT_PRIO : 0;
}

/**
 * sys_sched_get_priority_min() - the lowest priority of a policy
 *
 * Context: process context. Return: it; -EINVAL: no such policy.
 */
SYSCALL_DEFINE1(sched_get_priority_min, int, policy)
{
	if (!policy_known(policy))
		return -EINVAL;
	return is_rt(policy) ? 1 : 0;
}

/**
 * sys_sched_rr_get_interval() - how long a thread runs before others do
 *
 * Context: process context. Return: 0; -EINVAL: a negative number; -ESRCH;
 * -EFAULT.
 */
SYSCALL_DEFINE2(sched_rr_get_interval, pid_t, pid, struct timespec64 __user *,
		uts)
{
	struct task_struct *t;
	u64 ns;

	if (pid < 0)
		return -EINVAL;
	t = get_thread(pid);
	if (!t)
		return -ESRCH;
	ns = sched_slice_ns(t);
	put_task_struct(t);
	return put_user(ns_to_timespec(ns), uts);
}

/**
 * sys_getcpu() - which CPU the caller runs on; one NUMA node
 *
 * Context: process context. Return: 0 or -EFAULT.
 */
SYSCALL_DEFINE3(getcpu, unsigned int __user *, ucpu, unsigned int __user *,
		unode, void __user *, unused)
{
	unsigned int cpu = smp_processor_id();

	if (ucpu && put_user(cpu, ucpu))
		return -EFAULT;
	return unode ? put_user(0u, unode) : 0;
}

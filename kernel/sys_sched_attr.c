/* SPDX-License-Identifier: MIT */
/*
 * sched_setattr(2), sched_getattr(2): policy, nice value and the rest in one
 * structure, which has grown: the caller says how long its version is.
 *
 * What can be had is as in kernel/sys_sched.c. Utilization clamps are
 * EOPNOTSUPP, as on a Linux that was built without them.
 *
 * Source: sched_setattr(2).
 */
#include <ikos/kernel.h>
#include <ikos/sched.h>
#include <ikos/string.h>
#include <ikos/syscall.h>
#include <ikos/uaccess.h>
#include <uapi/sched.h>

#include "task_internal.h"

#define SCHED_FLAG_RESET_ON_FORK 0x01u
#define SCHED_FLAG_KEEP_POLICY	 0x08u
#define SCHED_FLAG_KEEP_PARAMS	 0x10u
#define SCHED_FLAG_UTIL_CLAMP	 0x60u
#define SCHED_FLAG_ALL		 0x7fu

struct sched_attr {
	u32 size, sched_policy;
	u64 sched_flags;
	s32 sched_nice;
	u32 sched_priority;
	u64 sched_runtime, sched_deadline, sched_period;
	u32 sched_util_min, sched_util_max;
};

#define SCHED_ATTR_SIZE_VER0 48u
#define SCHED_ATTR_SIZE_VER1 56u
_Static_assert(sizeof(struct sched_attr) == SCHED_ATTR_SIZE_VER1,
	       "sched_setattr(2)");

/* What is beyond our version has to be zero. */
static bool tail_is_zero(const char __user *from, size_t n)
{
	while (n--) {
		char c;

		if (get_user(c, from++) || c)
			return false;
	}
	return true;
}

static int fetch_attr(struct sched_attr __user *uattr, struct sched_attr *attr)
{
	u32 size;

	memset(attr, 0, sizeof(*attr));
	if (get_user(size, &uattr->size))
		return -EFAULT;
	if (!size)
		size = SCHED_ATTR_SIZE_VER0;
	if (size < SCHED_ATTR_SIZE_VER0 || size > PAGE_SIZE ||
	    (size > sizeof(*attr) &&
	     !tail_is_zero((const char __user *)(uattr + 1),
			   size - sizeof(*attr)))) {
		if (put_user((u32)sizeof(*attr), &uattr->size)) {
			/* Only a hint: E2BIG all the same. */
		}
		return -E2BIG;
	}
	if (copy_from_user(attr, uattr, min((size_t)size, sizeof(*attr))))
		return -EFAULT;
	if ((attr->sched_flags & SCHED_FLAG_UTIL_CLAMP) &&
	    size < SCHED_ATTR_SIZE_VER1)
		return -EINVAL;
	attr->sched_nice = clamp(attr->sched_nice, -20, 19);
	return 0;
}

static bool is_fair(u32 policy)
{
	return policy == SCHED_NORMAL || policy == SCHED_BATCH;
}

static int set_attr(struct task_struct *t, struct sched_attr *attr)
{
	int policy = (int)attr->sched_policy, err;
	bool keep = attr->sched_flags & SCHED_FLAG_KEEP_PARAMS;

	if (attr->sched_flags & SCHED_FLAG_KEEP_POLICY)
		policy = t->policy;
	if (keep)
		attr->sched_priority = 0;
	if (attr->sched_flags & SCHED_FLAG_RESET_ON_FORK)
		policy |= SCHED_RESET_ON_FORK;
	if (attr->sched_flags & ~(u64)SCHED_FLAG_ALL ||
	    attr->sched_priority > 99)
		return -EINVAL;
	err = sched_check_policy(t, policy, (int)attr->sched_priority);
	if (err)
		return err;
	if (attr->sched_flags & SCHED_FLAG_UTIL_CLAMP)
		return -EOPNOTSUPP;
	if (!keep && is_fair((u32)policy & ~SCHED_RESET_ON_FORK)) {
		err = sched_set_nice(t, attr->sched_nice);
		if (err)
			return -EPERM;
	}
	return sched_set_policy(t, policy, 0);
}

static struct task_struct *get_thread(pid_t pid)
{
	if (pid)
		return find_get_task(pid);
	get_task_struct(current);
	return current;
}

/**
 * sys_sched_setattr - sched_setattr(2)
 *
 * Return: 0; -EINVAL: a number, the flags, a policy or priority that cannot
 * be; -E2BIG: the size; -ESRCH; -EPERM; -EOPNOTSUPP; -EFAULT.
 */
SYSCALL_DEFINE3(sched_setattr, pid_t, pid, struct sched_attr __user *, uattr,
		unsigned int, flags)
{
	struct sched_attr attr;
	struct task_struct *t;
	int ret;

	if (!uattr || pid < 0 || flags)
		return -EINVAL;
	ret = fetch_attr(uattr, &attr);
	if (ret)
		return ret;
	if ((int)attr.sched_policy < 0)
		return -EINVAL;
	t = get_thread(pid);
	if (!t)
		return -ESRCH;
	ret = set_attr(t, &attr);
	put_task_struct(t);
	return ret;
}

/**
 * sys_sched_getattr - sched_getattr(2)
 *
 * Return: 0; -EINVAL: a number, the size or the flags; -ESRCH; -EFAULT.
 */
SYSCALL_DEFINE4(sched_getattr, pid_t, pid, struct sched_attr __user *, uattr,
		unsigned int, size, unsigned int, flags)
{
	struct sched_attr attr = { 0 };
	struct task_struct *t;

	if (!uattr || pid < 0 || size > PAGE_SIZE ||
	    size < SCHED_ATTR_SIZE_VER0 || flags)
		return -EINVAL;
	t = get_thread(pid);
	if (!t)
		return -ESRCH;
	attr.size = min(size, (unsigned int)sizeof(attr));
	attr.sched_policy = (u32)t->policy;
	if (t->sched_reset_on_fork)
		attr.sched_flags = SCHED_FLAG_RESET_ON_FORK;
	if (is_fair(attr.sched_policy))
		attr.sched_nice = t->nice;
	put_task_struct(t);
	return copy_to_user(uattr, &attr, attr.size) ? -EFAULT : 0;
}

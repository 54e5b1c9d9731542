/* SPDX-License-Identifier: MIT */
/*
 * Which CPUs a thread may run on: sched_getaffinity(2).
 */
#include <ikos/sched.h>
#include <ikos/syscall.h>
#include <ikos/uaccess.h>

/**
 * sys_sched_getaffinity() - the CPUs a thread may run on: all there are
 *
 * Context: process context. Return: bytes written; -EINVAL: @len; -ESRCH;
 * -EFAULT.
 */
SYSCALL_DEFINE3(sched_getaffinity, pid_t, pid, unsigned int, len,
		unsigned long __user *, umask)
{
	unsigned long mask = BIT(nr_cpus_online) - 1;

	if (len < sizeof(mask) || len % sizeof(mask))
		return -EINVAL;
	if (pid) {
		struct task_struct *t = find_get_task(pid);

		if (!t)
			return -ESRCH;
		put_task_struct(t);
	}
	return put_user(mask, umask) ? -EFAULT : (long)sizeof(mask);
}

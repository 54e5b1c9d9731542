/* SPDX-License-Identifier: MIT */
/* sched_setattr(2), sched_getattr(2). */
#include "t.h"
#include <sys/resource.h>
#include <sys/syscall.h>

struct attr {
	unsigned int size, policy;
	unsigned long long flags;
	int nice;
	unsigned int priority;
	unsigned long long runtime, deadline, period;
	unsigned int util_min, util_max, more;
};

static struct attr a;

static long set(unsigned int size, unsigned int policy, int nice)
{
	a = (struct attr){ .size = size, .policy = policy, .nice = nice };
	return syscall(SYS_sched_setattr, 0, &a, 0);
}

static long get(unsigned int size)
{
	memset(&a, 0xff, sizeof(a));
	return syscall(SYS_sched_getattr, 0, &a, size, 0);
}

int main(void)
{
	is(get(48), 0, 0, "what there is");
	T(a.size == 48 && a.policy == 0 && a.flags == 0, "the default");
	is(set(48, 3, 5), 0, 0, "a batch");
	get(56);
	T(a.size == 56 && a.policy == 3 && a.nice == 5, "and its nice value");
	is(getpriority(PRIO_PROCESS, 0), 5, 0, "which others see");
	is(set(0, 0, 100), 0, 0, "the first version; too nice");
	get(48);
	T(a.policy == 0 && a.nice == 19, "is 19");
	a = (struct attr){ .size = 48, .flags = 0x18 };
	is(syscall(SYS_sched_setattr, 0, &a, 0), 0, 0, "keep both");
	get(48);
	T(a.nice == 19, "kept");
	a = (struct attr){ .size = 48, .flags = 1 };
	is(syscall(SYS_sched_setattr, 0, &a, 0), 0, 0, "children are reset");
	get(48);
	is(a.flags, 1, 0, "it says");
	is(set(47, 0, 0), -1, E2BIG, "too short");
	T(a.size >= 56, "how long it may be");
	is(set(5000, 0, 0), -1, E2BIG, "too long");
	is(set(48, 7777, 0), -1, EINVAL, "no such policy");
	is(set(48, ~0u, 0), -1, EINVAL, "a negative one");
	a = (struct attr){ .size = 48, .priority = 3 };
	is(syscall(SYS_sched_setattr, 0, &a, 0), -1, EINVAL, "a priority");
	a = (struct attr){ .size = 48, .flags = 1 << 20 };
	is(syscall(SYS_sched_setattr, 0, &a, 0), -1, EINVAL, "attr: flags");
	is(syscall(SYS_sched_setattr, 0, &a, 1), -1, EINVAL, "more flags");
	is(syscall(SYS_sched_setattr, 0, NULL, 0), -1, EINVAL, "no attr");
	is(syscall(SYS_sched_setattr, 0, 8, 0), -1, EFAULT, "attr: nowhere");
	is(syscall(SYS_sched_setattr, -1, &a, 0), -1, EINVAL, "set: nobody");
	a = (struct attr){ .size = 48 };
	is(syscall(SYS_sched_setattr, 0x3fffffff, &a, 0), -1, ESRCH,
	   "set: a number of nobody");
	is(get(47), -1, EINVAL, "get: too short");
	is(get(5000), -1, EINVAL, "get: too long");
	is(syscall(SYS_sched_getattr, 0, &a, 48, 1), -1, EINVAL, "get: flags");
	is(syscall(SYS_sched_getattr, 0, 8, 48, 0), -1, EFAULT, "get: nowhere");
	is(syscall(SYS_sched_getattr, 0x3fffffff, &a, 48, 0), -1, ESRCH,
	   "get: a number of nobody");
	return done();
}

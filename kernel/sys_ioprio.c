/* SPDX-License-Identifier: MIT */
/*
 * ioprio_set(2), ioprio_get(2): a thread's priority at disks. There are no
 * disks; the value is kept, inherited and read back.
 *
 * Source: ioprio_set(2).
 */
#include <ikos/sched.h>
#include <ikos/syscall.h>
#include <uapi/capability.h>

#define IOPRIO_CLASS_SHIFT 13
#define IOPRIO_LEVELS	   8

enum {
	IOPRIO_CLASS_NONE,
	IOPRIO_CLASS_RT,
	IOPRIO_CLASS_BE,
	IOPRIO_CLASS_IDLE
};
enum {
	IOPRIO_WHO_PROCESS = 1,
	IOPRIO_WHO_PGRP,
	IOPRIO_WHO_USER
};

static int check_ioprio(unsigned int prio)
{
	unsigned int level = prio & (BIT(IOPRIO_CLASS_SHIFT) - 1);

	switch (prio >> IOPRIO_CLASS_SHIFT) {
	case IOPRIO_CLASS_RT:
		if (!capable(CAP_SYS_ADMIN) && !capable(CAP_SYS_NICE))
			return -EPERM;
		return level < IOPRIO_LEVELS ? 0 : -EINVAL;
	case IOPRIO_CLASS_BE:
		return level < IOPRIO_LEVELS ? 0 : -EINVAL;
	case IOPRIO_CLASS_IDLE:
		return 0;
	case IOPRIO_CLASS_NONE:
		return level ? -EINVAL : 0;
	default:
		return -EINVAL;
	}
}

static bool matches(const struct task_struct *t, int which, int who)
{
	switch (which) {
	case IOPRIO_WHO_PROCESS:
		return who ? t->pid == who : t == current;
	case IOPRIO_WHO_PGRP:
		return t->signal->pgrp == (who ? who : current->signal->pgrp);
	default:
		return t->cred.uid == (who ? (uid_t)who : current->cred.uid);
	}
}

static int set_one(struct task_struct *t, unsigned short prio)
{
	const struct cred *me = &current->cred;

	if (t->cred.uid != me->euid && t->cred.uid != me->uid &&
	    !capable(CAP_SYS_NICE))
		return -EPERM;
	t->ioprio = prio;
	return 0;
}

/* The higher one: a smaller class, in it a smaller level; none is the middle
 * of best effort. */
static int better(int a, int b)
{
	const int none = IOPRIO_CLASS_BE << IOPRIO_CLASS_SHIFT | 4;

	return min(a >> IOPRIO_CLASS_SHIFT ? a : none,
		   b >> IOPRIO_CLASS_SHIFT ? b : none);
}

/**
 * sys_ioprio_set - ioprio_set(2)
 *
 * Return: 0; -EINVAL: @which or the priority; -ESRCH; -EPERM.
 */
SYSCALL_DEFINE3(ioprio_set, int, which, int, who, int, prio)
{
	struct task_struct *p, *t;
	int ret = check_ioprio((unsigned int)prio);

	if (ret)
		return ret;
	if (which < IOPRIO_WHO_PROCESS || which > IOPRIO_WHO_USER)
		return -EINVAL;
	ret = -ESRCH;
	spin_lock_irq(&tasklist_lock);
	for_each_process (p) {
		for_each_thread (p, t) {
			if ((ret && ret != -ESRCH) || !matches(t, which, who))
				continue;
			ret = set_one(t, (unsigned short)prio);
		}
	}
	spin_unlock_irq(&tasklist_lock);
	return ret;
}

/**
 * sys_ioprio_get - ioprio_get(2): the highest of those that match
 *
 * Return: it; -EINVAL: @which; -ESRCH.
 */
SYSCALL_DEFINE2(ioprio_get, int, which, int, who)
{
	struct task_struct *p, *t;
	int ret = -ESRCH;

	if (which < IOPRIO_WHO_PROCESS || which > IOPRIO_WHO_USER)
		return -EINVAL;
	spin_lock_irq(&tasklist_lock);
	for_each_process (p) {
		for_each_thread (p, t) {
			if (!matches(t, which, who))
				continue;
			ret = ret < 0 ? t->ioprio : better(ret, t->ioprio);
		}
	}
	spin_unlock_irq(&tasklist_lock);
	return ret;
}

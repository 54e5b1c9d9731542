/* SPDX-License-Identifier: MIT */
/*
 * Process groups and sessions: setpgid(2), setsid(2) and their readers.
 * tasklist_lock guards who is in what.
 */
#include <ikos/sched.h>
#include <ikos/syscall.h>
#include <ikos/tty.h>

/* May current move @p to group @pgrp? setpgid(2), ERRORS. */
static int check_setpgid(struct task_struct *p, pid_t pgrp)
{
	struct task_struct *me = current->signal->leader, *member;

	if (!p)
		return -ESRCH;
	if (p->pid != p->tgid)
		return -EINVAL;
	if (p->parent == me) {
		if (p->signal->session != me->signal->session)
			return -EPERM;
		if (p->signal->did_exec)
			return -EACCES;
	} else if (p != me) {
		return -ESRCH;
	}
	if (p->signal->session_leader)
		return -EPERM;
	if (pgrp == p->pid)
		return 0;
	member = pid_first(pgrp, PIDTYPE_PGID);
	if (!member || member->signal->session != me->signal->session)
		return -EPERM;
	return 0;
}

/**
 * sys_setpgid() - move a process, the caller or its child, to a group of the
 * session
 *
 * Context: process context. Return: 0; -EINVAL: a negative group or a thread;
 * -ESRCH: neither the caller nor its child; -EACCES: the child has called
 * execve(2); -EPERM: a session leader, or another session.
 */
SYSCALL_DEFINE2(setpgid, pid_t, pid, pid_t, pgrp)
{
	struct task_struct *p;
	int ret;

	if (!pid)
		pid = current->tgid;
	if (!pgrp)
		pgrp = pid;
	if (pgrp < 0)
		return -EINVAL;
	spin_lock_irq(&tasklist_lock);
	p = find_task(pid);
	ret = check_setpgid(p, pgrp);
	if (!ret && p->signal->pgrp != pgrp)
		change_pgrp(p, pgrp);
	spin_unlock_irq(&tasklist_lock);
	return ret;
}

/* The session or the group of process @pid (0: current), or -ESRCH. */
static pid_t group_of(pid_t pid, bool session)
{
	struct task_struct *p;
	pid_t ret = -ESRCH;

	spin_lock_irq(&tasklist_lock);
	p = pid ? find_task(pid) : current;
	if (p)
		ret = session ? p->signal->session : p->signal->pgrp;
	spin_unlock_irq(&tasklist_lock);
	return ret;
}

/**
 * sys_getpgid() - the group of a process
 *
 * Context: process context. Return: the group or -ESRCH.
 */
SYSCALL_DEFINE1(getpgid, pid_t, pid)
{
	return group_of(pid, false);
}

/**
 * sys_getpgrp() - the caller's group
 *
 * Context: process context. Return: the group.
 */
SYSCALL_DEFINE0(getpgrp)
{
	return group_of(0, false);
}

/**
 * sys_getsid() - the session of a process
 *
 * Context: process context. Return: the session or -ESRCH.
 */
SYSCALL_DEFINE1(getsid, pid_t, pid)
{
	return group_of(pid, true);
}

/* Neither a leader already, nor may somebody else's group have our number. */
static bool may_setsid(const struct task_struct *leader)
{
	return !leader->signal->session_leader && !pgrp_exists(leader->pid);
}

/**
 * sys_setsid() - become leader of a new session and group, without a terminal
 *
 * Context: process context. Return: the session; -EPERM: the caller leads a
 * group.
 */
SYSCALL_DEFINE0(setsid)
{
	struct task_struct *leader = current->signal->leader;
	bool ok;

	spin_lock_irq(&tasklist_lock);
	ok = may_setsid(leader);
	spin_unlock_irq(&tasklist_lock);
	if (!ok)
		return -EPERM;
	/* While we are no leader this only lets go of the terminal. */
	disassociate_ctty(leader);

	spin_lock_irq(&tasklist_lock);
	ok = may_setsid(leader);
	if (ok) {
		change_session(leader);
		leader->signal->session_leader = true;
	}
	spin_unlock_irq(&tasklist_lock);
	return ok ? leader->pid : -EPERM;
}

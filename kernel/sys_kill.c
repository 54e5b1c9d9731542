/* SPDX-License-Identifier: MIT */
/*
 * The system calls that send signals: kill(2), tkill(2), rt_sigqueueinfo(2)
 * and rt_tgsigqueueinfo(2).
 * Here, and only here, is the permission of one process to signal another.
 */
#include <ikos/pidfd.h>
#include <ikos/string.h>
#include <ikos/syscall.h>
#include <ikos/uaccess.h>

#include "signal_internal.h"

/* 0, or -EPERM: kill(2), DESCRIPTION. */
static int check_kill_permission(int sig, const struct task_struct *t)
{
	const struct cred *me = &current->cred, *it = &t->cred;

	if (t->tgid == current->tgid || capable(CAP_KILL))
		return 0;
	if (me->euid == it->suid || me->euid == it->uid ||
	    me->uid == it->suid || me->uid == it->uid)
		return 0;
	if (sig == SIGCONT && t->signal->session == current->signal->session)
		return 0;
	return -EPERM;
}

static int check_and_send(int sig, const struct siginfo *info,
			  struct task_struct *t, bool group)
{
	int ret;

	if (sig < 0 || !valid_signal((unsigned long)sig))
		return -EINVAL;
	ret = check_kill_permission(sig, t);
	return ret ? ret : send_sig_info(sig, info, t, group);
}

static void user_siginfo(struct siginfo *info, int sig, int code)
{
	memset(info, 0, sizeof(*info));
	info->si_signo = sig;
	info->si_code = code;
	info->si_pid = current->tgid;
	info->si_uid = current->cred.uid;
}

static int kill_one(pid_t pid, int sig, const struct siginfo *info)
{
	struct task_struct *t = find_get_task(pid);
	int ret;

	if (!t)
		return -ESRCH;
	ret = check_and_send(sig, info, t, true);
	put_task_struct(t);
	return ret;
}

/* To every member; success when it reached one. */
static int kill_group(pid_t pgrp, int sig, const struct siginfo *info)
{
	struct task_struct *p;
	int ret = -ESRCH;
	bool reached = false;

	spin_lock_irq(&tasklist_lock);
	for_each_pgrp_member(p, pgrp)
	{
		ret = check_and_send(sig, info, p, true);
		reached |= !ret;
	}
	spin_unlock_irq(&tasklist_lock);
	return reached ? 0 : ret;
}

/* To everybody but init and ourselves. */
static int kill_all(int sig, const struct siginfo *info)
{
	struct task_struct *p;
	int ret = -ESRCH;

	spin_lock_irq(&tasklist_lock);
	for_each_process (p) {
		int err;

		if (p->tgid <= 1 || p->tgid == current->tgid)
			continue;
		err = check_and_send(sig, info, p, true);
		if (ret == -ESRCH)
			ret = 0;
		if (err != -EPERM)
			ret = err;
	}
	spin_unlock_irq(&tasklist_lock);
	return ret;
}

/**
 * sys_kill() - send a signal to a process, a group, or all
 *
 * Context: process context. Return: 0; -EINVAL: @sig; -ESRCH: nobody; -EPERM:
 * nobody whom the caller may signal.
 */
SYSCALL_DEFINE2(kill, pid_t, pid, int, sig)
{
	struct siginfo info;

	user_siginfo(&info, sig, SI_USER);
	if (pid > 0)
		return kill_one(pid, sig, &info);
	if (pid == -1)
		return kill_all(sig, &info);
	if (pid == INT_MIN)
		return -ESRCH;
	return kill_group(pid ? -pid : current->signal->pgrp, sig, &info);
}

/* Send to one thread; @tgid 0: whatever its process is. */
static int kill_thread(pid_t tgid, pid_t tid, int sig,
		       const struct siginfo *info)
{
	struct task_struct *t = find_get_task(tid);
	int ret = -ESRCH;

	if (!t)
		return -ESRCH;
	if (!tgid || t->tgid == tgid)
		ret = check_and_send(sig, info, t, false);
	put_task_struct(t);
	return ret;
}

/**
 * sys_tkill() - send a signal to a thread
 *
 * Context: process context. Return: 0; -EINVAL: @tid or @sig; -ESRCH; -EPERM;
 * -EAGAIN: the queue is full.
 */
SYSCALL_DEFINE2(tkill, pid_t, tid, int, sig)
{
	struct siginfo info;

	if (tid <= 0)
		return -EINVAL;
	user_siginfo(&info, sig, SI_TKILL);
	return kill_thread(0, tid, sig, &info);
}

/**
 * sys_tgkill() - the same, and the thread must be of that process
 *
 * Context: process context. Return: 0; -EINVAL: a number or @sig; -ESRCH;
 * -EPERM; -EAGAIN: the queue is full.
 */
SYSCALL_DEFINE3(tgkill, pid_t, tgid, pid_t, tid, int, sig)
{
	struct siginfo info;

	if (tid <= 0 || tgid <= 0)
		return -EINVAL;
	user_siginfo(&info, sig, SI_TKILL);
	return kill_thread(tgid, tid, sig, &info);
}

/* Nobody but a thread itself may pose as the kernel or as kill(2). */
static int fetch_siginfo(struct siginfo *info, int sig, pid_t to,
			 const struct siginfo __user *uinfo)
{
	if (copy_from_user(info, uinfo, sizeof(*info)))
		return -EFAULT;
	info->si_signo = sig;
	if ((info->si_code >= 0 || info->si_code == SI_TKILL) &&
	    current->pid != to)
		return -EPERM;
	return 0;
}

/**
 * sys_rt_sigqueueinfo() - send a signal with a value to a process
 *
 * Context: process context. Return: 0; -EPERM: a forged sender, or see
 * kill(2); -EAGAIN: the queue is full; -EINVAL; -ESRCH; -EFAULT.
 */
SYSCALL_DEFINE3(rt_sigqueueinfo, pid_t, pid, int, sig,
		const struct siginfo __user *, uinfo)
{
	struct siginfo info;
	int err = fetch_siginfo(&info, sig, pid, uinfo);

	return err ? err : kill_one(pid, sig, &info);
}

/**
 * sys_rt_tgsigqueueinfo() - send a signal with a value to a thread
 *
 * Context: process context. Return: 0; -EINVAL: a number or @sig; -EPERM: a
 * forged sender, or see kill(2); -EAGAIN: the queue is full; -ESRCH; -EFAULT.
 */
SYSCALL_DEFINE4(rt_tgsigqueueinfo, pid_t, tgid, pid_t, tid, int, sig,
		const struct siginfo __user *, uinfo)
{
	struct siginfo info;
	int err;

	if (copy_from_user(&info, uinfo, sizeof(info)))
		return -EFAULT;
	if (tid <= 0 || tgid <= 0)
		return -EINVAL;
	err = fetch_siginfo(&info, sig, tid, uinfo);
	return err ? err : kill_thread(tgid, tid, sig, &info);
}

static int kill_pidfd(struct task_struct *t, int sig,
		      const struct siginfo __user *uinfo)
{
	struct siginfo info;

	if (!uinfo) {
		user_siginfo(&info, sig, SI_USER);
	} else {
		if (copy_from_user(&info, uinfo, sizeof(info)))
			return -EFAULT;
		if (info.si_signo != sig)
			return -EINVAL;
		if ((info.si_code >= 0 || info.si_code == SI_TKILL) &&
		    t->tgid != current->tgid)
			return -EPERM;
	}
	if (READ_ONCE(t->exit_state) == TASK_DEAD)
		return -ESRCH;
	return check_and_send(sig, &info, t, true);
}

/**
 * sys_pidfd_send_signal() - send a signal to the process of a pidfd
 *
 * The directory of a process in /proc will do as well.
 *
 * Context: process context. Return: 0; -EBADF: neither; -EINVAL: flags, @sig,
 * or another one in @uinfo; -EPERM: a forged sender, or see kill(2);
 * -ESRCH: it has been waited for; -EAGAIN, -EFAULT.
 */
SYSCALL_DEFINE4(pidfd_send_signal, int, pidfd, int, sig,
		const struct siginfo __user *, uinfo, unsigned int, flags)
{
	struct task_struct *t;
	int ret;

	if (flags)
		return -EINVAL;
	t = pidfd_or_dir_get_task(pidfd);
	if (IS_ERR(t))
		return PTR_ERR(t);
	ret = kill_pidfd(t, sig, uinfo);
	put_task_struct(t);
	return ret;
}

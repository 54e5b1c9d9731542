/* SPDX-License-Identifier: MIT */
/*
 * Who a process is: process and thread numbers, user and group ids.
 * Credentials belong to the task that calls.
 * Source: credentials(7), getpid(2), setuid(2), setreuid(2), setresuid(2),
 * setfsuid(2).
 */
#include <ikos/sched.h>
#include <ikos/syscall.h>
#include <ikos/uaccess.h>

#define KEEP_ID ((uid_t)-1) /* "leave this one alone" */

/**
 * sys_getpid() - number of the process
 *
 * Context: process context. Return: it; never fails.
 */
SYSCALL_DEFINE0(getpid)
{
	return current->tgid;
}

/**
 * sys_gettid() - number of the thread
 *
 * Context: process context. Return: it; never fails.
 */
SYSCALL_DEFINE0(gettid)
{
	return current->pid;
}

/**
 * sys_getppid() - number of the parent
 *
 * Context: process context. Return: it; never fails.
 */
SYSCALL_DEFINE0(getppid)
{
	/* One aligned word, and the parent cannot be freed under us: on its
	 * way out it first gives us another, under tasklist_lock. */
	unsigned long flags;
	pid_t ppid;

	spin_lock_irqsave(&tasklist_lock, flags);
	ppid = current->signal->leader->parent->tgid;
	spin_unlock_irqrestore(&tasklist_lock, flags);
	return ppid;
}

/**
 * sys_getuid() - real user id
 *
 * Context: process context. Return: it; never fails.
 */
SYSCALL_DEFINE0(getuid)
{
	return current->cred.uid;
}

/**
 * sys_geteuid() - effective user id
 *
 * Context: process context. Return: it; never fails.
 */
SYSCALL_DEFINE0(geteuid)
{
	return current->cred.euid;
}

/**
 * sys_getgid() - real group id
 *
 * Context: process context. Return: it; never fails.
 */
SYSCALL_DEFINE0(getgid)
{
	return current->cred.gid;
}

/**
 * sys_getegid() - effective group id
 *
 * Context: process context. Return: it; never fails.
 */
SYSCALL_DEFINE0(getegid)
{
	return current->cred.egid;
}

static bool is_own_uid(uid_t id)
{
	const struct cred *cred = &current->cred;

	return id == cred->uid || id == cred->euid || id == cred->suid;
}

static bool is_own_gid(gid_t id)
{
	const struct cred *cred = &current->cred;

	return id == cred->gid || id == cred->egid || id == cred->sgid;
}

static long commit_uid(struct cred *new, uid_t euid)
{
	new->euid = new->fsuid = euid;
	cred_fixup_setuid(new, &current->cred);
	cred_commit(new);
	return 0;
}

static long commit_gid(struct cred *new, gid_t egid)
{
	new->egid = new->fsgid = egid;
	cred_commit(new);
	return 0;
}

/**
 * sys_setuid() - root sets all three, others the effective one to real or
 * saved
 *
 * Context: process context. Return: 0; -EPERM; -EINVAL: -1 is no id.
 */
SYSCALL_DEFINE1(setuid, uid_t, uid)
{
	struct cred new = current->cred;

	if (uid == KEEP_ID)
		return -EINVAL;
	if (capable(CAP_SETUID))
		new.uid = new.suid = uid;
	else if (uid != new.uid && uid != new.suid)
		return -EPERM;
	return commit_uid(&new, uid);
}

/**
 * sys_setgid() - root sets all three, others the effective one to real or
 * saved
 *
 * Context: process context. Return: 0; -EPERM; -EINVAL: -1 is no id.
 */
SYSCALL_DEFINE1(setgid, gid_t, gid)
{
	struct cred new = current->cred;

	if (gid == KEEP_ID)
		return -EINVAL;
	if (capable(CAP_SETGID))
		new.gid = new.sgid = gid;
	else if (gid != new.gid && gid != new.sgid)
		return -EPERM;
	return commit_gid(&new, gid);
}

/**
 * sys_setreuid() - the saved id follows when the real one is set, or the
 * effective one becomes something else than the real one was
 *
 * Context: process context. Return: 0 or -EPERM.
 */
SYSCALL_DEFINE2(setreuid, uid_t, ruid, uid_t, euid)
{
	struct cred new = current->cred;
	uid_t old = new.uid;

	if (!capable(CAP_SETUID)) {
		if (ruid != KEEP_ID && ruid != new.uid &&ruid != new.euid)
			return -EPERM;
		if (euid != KEEP_ID && !is_own_uid(euid))
			return -EPERM;
	}
	if (ruid != KEEP_ID)
		new.uid = ruid;
	if (euid == KEEP_ID)
		euid = new.euid;
	else if (euid != old)
		new.suid = euid;
	if (ruid != KEEP_ID)
		new.suid = euid;
	return commit_uid(&new, euid);
}

/**
 * sys_setregid() - as sys_setreuid(), for groups
 *
 * Context: process context. Return: 0 or -EPERM.
 */
SYSCALL_DEFINE2(setregid, gid_t, rgid, gid_t, egid)
{
	struct cred new = current->cred;
	gid_t old = new.gid;

	if (!capable(CAP_SETGID)) {
		if (rgid != KEEP_ID && rgid != new.gid &&rgid != new.egid)
			return -EPERM;
		if (egid != KEEP_ID && !is_own_gid(egid))
			return -EPERM;
	}
	if (rgid != KEEP_ID)
		new.gid = rgid;
	if (egid == KEEP_ID)
		egid = new.egid;
	else if (egid != old)
		new.sgid = egid;
	if (rgid != KEEP_ID)
		new.sgid = egid;
	return commit_gid(&new, egid);
}

/**
 * sys_setresuid() - set three user ids, -1 leaves one alone; without root
 * each must be one of the present three
 *
 * Context: process context. Return: 0 or -EPERM.
 */
SYSCALL_DEFINE3(setresuid, uid_t, ruid, uid_t, euid, uid_t, suid)
{
	struct cred new = current->cred;

	if (!capable(CAP_SETUID) && ((ruid != KEEP_ID && !is_own_uid(ruid)) ||
				     (euid != KEEP_ID && !is_own_uid(euid)) ||
				     (suid != KEEP_ID && !is_own_uid(suid))))
		return -EPERM;
	if (ruid != KEEP_ID)
		new.uid = ruid;
	if (suid != KEEP_ID)
		new.suid = suid;
	return commit_uid(&new, euid != KEEP_ID ? euid : new.euid);
}

/**
 * sys_setresgid() - as sys_setresuid(), for groups
 *
 * Context: process context. Return: 0 or -EPERM.
 */
SYSCALL_DEFINE3(setresgid, gid_t, rgid, gid_t, egid, gid_t, sgid)
{
	struct cred new = current->cred;

	if (!capable(CAP_SETGID) && ((rgid != KEEP_ID && !is_own_gid(rgid)) ||
				     (egid != KEEP_ID && !is_own_gid(egid)) ||
				     (sgid != KEEP_ID && !is_own_gid(sgid))))
		return -EPERM;
	if (rgid != KEEP_ID)
		new.gid = rgid;
	if (sgid != KEEP_ID)
		new.sgid = sgid;
	return commit_gid(&new, egid != KEEP_ID ? egid : new.egid);
}

/**
 * sys_getresuid() - the real, effective and saved user id
 *
 * Context: process context. Return: 0 or -EFAULT.
 */
SYSCALL_DEFINE3(getresuid, uid_t __user *, ruid, uid_t __user *, euid,
		uid_t __user *, suid)
{
	const struct cred *cred = &current->cred;

	if (put_user(cred->uid, ruid) || put_user(cred->euid, euid) ||
	    put_user(cred->suid, suid))
		return -EFAULT;
	return 0;
}

/**
 * sys_getresgid() - the real, effective and saved group id
 *
 * Context: process context. Return: 0 or -EFAULT.
 */
SYSCALL_DEFINE3(getresgid, gid_t __user *, rgid, gid_t __user *, egid,
		gid_t __user *, sgid)
{
	const struct cred *cred = &current->cred;

	if (put_user(cred->gid, rgid) || put_user(cred->egid, egid) ||
	    put_user(cred->sgid, sgid))
		return -EFAULT;
	return 0;
}

/**
 * sys_setfsuid() - set the id that file access uses, where allowed:
 * setfsuid(2)
 *
 * Context: process context. Return: the id before.
 */
SYSCALL_DEFINE1(setfsuid, uid_t, uid)
{
	struct cred new = current->cred;
	uid_t old = new.fsuid;

	if (uid != KEEP_ID && (capable(CAP_SETUID) || is_own_uid(uid)))
		new.fsuid = uid;
	if (new.fsuid != old) {
		cred_fixup_fsuid(&new, &current->cred);
		cred_commit(&new);
	}
	return old;
}

/**
 * sys_setfsgid() - as sys_setfsuid(), for groups
 *
 * Context: process context. Return: the id before.
 */
SYSCALL_DEFINE1(setfsgid, gid_t, gid)
{
	struct cred new = current->cred;
	gid_t old = new.fsgid;

	if (gid != KEEP_ID && (capable(CAP_SETGID) || is_own_gid(gid)))
		new.fsgid = gid;
	if (new.fsgid != old)
		cred_commit(&new);
	return old;
}

/* SPDX-License-Identifier: MIT */
/*
 * Who a process is: process and thread numbers, user and group ids and the
 * supplementary groups. Credentials belong to the task that calls.
 * Source: credentials(7), getpid(2), setuid(2), setreuid(2), setresuid(2),
 * setfsuid(2), getgroups(2).
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

/* Set the effective id, which the file system's follows. */
static void set_euid(struct cred *cred, uid_t euid)
{
	cred->euid = euid;
	cred->fsuid = euid;
	/* A vfork child runs in its parent's memory, which it leaves alone. */
	if (current->mm && !(current->flags & PF_VFORK))
		current->mm->may_lock = cred_is_root(cred);
}

static void set_egid(struct cred *cred, gid_t egid)
{
	cred->egid = egid;
	cred->fsgid = egid;
}

/**
 * sys_setuid() - root sets all three, others the effective one to real or
 * saved
 *
 * Context: process context. Return: 0; -EPERM; -EINVAL: -1 is no id.
 */
SYSCALL_DEFINE1(setuid, uid_t, uid)
{
	struct cred *cred = &current->cred;

	if (uid == KEEP_ID)
		return -EINVAL;
	if (cred_is_root(cred))
		cred->uid = cred->suid = uid;
	else if (uid != cred->uid && uid != cred->suid)
		return -EPERM;
	set_euid(cred, uid);
	return 0;
}

/**
 * sys_setgid() - root sets all three, others the effective one to real or
 * saved
 *
 * Context: process context. Return: 0; -EPERM; -EINVAL: -1 is no id.
 */
SYSCALL_DEFINE1(setgid, gid_t, gid)
{
	struct cred *cred = &current->cred;

	if (gid == KEEP_ID)
		return -EINVAL;
	if (cred_is_root(cred))
		cred->gid = cred->sgid = gid;
	else if (gid != cred->gid && gid != cred->sgid)
		return -EPERM;
	set_egid(cred, gid);
	return 0;
}

/**
 * sys_setreuid() - the saved id follows when the real one is set, or the
 * effective one becomes something else than the real one was
 *
 * Context: process context. Return: 0 or -EPERM.
 */
SYSCALL_DEFINE2(setreuid, uid_t, ruid, uid_t, euid)
{
	struct cred *cred = &current->cred;
	uid_t old = cred->uid;

	if (!cred_is_root(cred)) {
		if (ruid != KEEP_ID && ruid != cred->uid && ruid != cred->euid)
			return -EPERM;
		if (euid != KEEP_ID && !is_own_uid(euid))
			return -EPERM;
	}
	if (ruid != KEEP_ID)
		cred->uid = ruid;
	set_euid(cred, euid != KEEP_ID ? euid : cred->euid);
	if (ruid != KEEP_ID || (euid != KEEP_ID && euid != old))
		cred->suid = cred->euid;
	return 0;
}

/**
 * sys_setregid() - as sys_setreuid(), for groups
 *
 * Context: process context. Return: 0 or -EPERM.
 */
SYSCALL_DEFINE2(setregid, gid_t, rgid, gid_t, egid)
{
	struct cred *cred = &current->cred;
	gid_t old = cred->gid;

	if (!cred_is_root(cred)) {
		if (rgid != KEEP_ID && rgid != cred->gid && rgid != cred->egid)
			return -EPERM;
		if (egid != KEEP_ID && !is_own_gid(egid))
			return -EPERM;
	}
	if (rgid != KEEP_ID)
		cred->gid = rgid;
	set_egid(cred, egid != KEEP_ID ? egid : cred->egid);
	if (rgid != KEEP_ID || (egid != KEEP_ID && egid != old))
		cred->sgid = cred->egid;
	return 0;
}

/**
 * sys_setresuid() - set three user ids, -1 leaves one alone; without root
 * each must be one of the present three
 *
 * Context: process context. Return: 0 or -EPERM.
 */
SYSCALL_DEFINE3(setresuid, uid_t, ruid, uid_t, euid, uid_t, suid)
{
	struct cred *cred = &current->cred;

	if (!cred_is_root(cred) && ((ruid != KEEP_ID && !is_own_uid(ruid)) ||
				    (euid != KEEP_ID && !is_own_uid(euid)) ||
				    (suid != KEEP_ID && !is_own_uid(suid))))
		return -EPERM;
	if (ruid != KEEP_ID)
		cred->uid = ruid;
	if (suid != KEEP_ID)
		cred->suid = suid;
	set_euid(cred, euid != KEEP_ID ? euid : cred->euid);
	return 0;
}

/**
 * sys_setresgid() - as sys_setresuid(), for groups
 *
 * Context: process context. Return: 0 or -EPERM.
 */
SYSCALL_DEFINE3(setresgid, gid_t, rgid, gid_t, egid, gid_t, sgid)
{
	struct cred *cred = &current->cred;

	if (!cred_is_root(cred) && ((rgid != KEEP_ID && !is_own_gid(rgid)) ||
				    (egid != KEEP_ID && !is_own_gid(egid)) ||
				    (sgid != KEEP_ID && !is_own_gid(sgid))))
		return -EPERM;
	if (rgid != KEEP_ID)
		cred->gid = rgid;
	if (sgid != KEEP_ID)
		cred->sgid = sgid;
	set_egid(cred, egid != KEEP_ID ? egid : cred->egid);
	return 0;
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
	struct cred *cred = &current->cred;
	uid_t old = cred->fsuid;

	if (uid != KEEP_ID && (cred_is_root(cred) || is_own_uid(uid)))
		cred->fsuid = uid;
	return old;
}

/**
 * sys_setfsgid() - as sys_setfsuid(), for groups
 *
 * Context: process context. Return: the id before.
 */
SYSCALL_DEFINE1(setfsgid, gid_t, gid)
{
	struct cred *cred = &current->cred;
	gid_t old = cred->fsgid;

	if (gid != KEEP_ID && (cred_is_root(cred) || is_own_gid(gid)))
		cred->fsgid = gid;
	return old;
}

/**
 * sys_getgroups() - the supplementary groups; size 0 asks how many there are
 *
 * Context: process context. Return: how many; -EINVAL: @size is too small;
 * -EFAULT.
 */
SYSCALL_DEFINE2(getgroups, int, size, gid_t __user *, list)
{
	const struct cred *cred = &current->cred;
	unsigned int n = cred->ngroups;

	if (size < 0)
		return -EINVAL;
	if (!size)
		return n;
	if ((unsigned int)size < n)
		return -EINVAL;
	return copy_to_user(list, cred->groups, n * sizeof(gid_t)) ? -EFAULT
								   : (long)n;
}

/* Ascending, as getgroups(2) shows them. */
static void sort_groups(gid_t *groups, int n)
{
	for (int i = 1; i < n; i++)
		for (int k = i; k && groups[k - 1] > groups[k]; k--)
			swap(groups[k - 1], groups[k]);
}

/**
 * sys_setgroups() - set the supplementary groups
 *
 * Context: process context. Return: 0; -EPERM: not root; -EINVAL: too many;
 * -EFAULT.
 */
SYSCALL_DEFINE2(setgroups, int, size, const gid_t __user *, list)
{
	gid_t groups[NGROUPS_MAX];
	struct cred *cred = &current->cred;

	if (!cred_is_root(cred))
		return -EPERM;
	if ((unsigned int)size > NGROUPS_MAX)
		return -EINVAL;
	if (copy_from_user(groups, list, (size_t)size * sizeof(gid_t)))
		return -EFAULT;
	for (int i = 0; i < size; i++)
		if (groups[i] == KEEP_ID)
			return -EINVAL;
	sort_groups(groups, size);
	for (int i = 0; i < size; i++)
		cred->groups[i] = groups[i];
	cred->ngroups = (unsigned int)size;
	return 0;
}

/**
 * in_group() - whether current belongs to a group
 * @gid: the group
 *
 * Context: process context.
 * Return: true when it is the file-system group id or a supplementary group.
 */
bool in_group(gid_t gid)
{
	const struct cred *cred = &current->cred;

	if (gid == cred->fsgid)
		return true;
	for (unsigned int i = 0; i < cred->ngroups; i++)
		if (cred->groups[i] == gid)
			return true;
	return false;
}

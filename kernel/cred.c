/* SPDX-License-Identifier: MIT */
/*
 * Credentials: what changes with them. The calls are in sys_id.c, groups.c and
 * capability.c; each makes a copy, changes it and commits it here.
 *
 *	new = current->cred		setresuid(1000, 1000, 1000)
 *	change ids			uid euid suid fsuid: 0 -> 1000
 *	cred_fixup_setuid(&new, old)	permitted, effective: all -> none
 *	cred_commit(&new)		the memory is root's to look into
 *
 * Without securebits and capset(2) a task has all capabilities exactly when its
 * effective user is root.
 *
 * Source: credentials(7), capabilities(7), prctl(2) (PR_SET_DUMPABLE).
 * Differs from Linux: there are no user name spaces and no capabilities of
 * files.
 */
#include <ikos/mm_types.h>
#include <ikos/sched.h>

/* What setfsuid(2) gives and takes. */
#define CAP_FS_SET                                                             \
	(CAP_BIT(CAP_CHOWN) | CAP_BIT(CAP_MKNOD) | CAP_BIT(CAP_DAC_OVERRIDE) | \
	 CAP_BIT(CAP_DAC_READ_SEARCH) | CAP_BIT(CAP_FOWNER) |                  \
	 CAP_BIT(CAP_FSETID) | CAP_BIT(CAP_MAC_OVERRIDE) |                     \
	 CAP_BIT(CAP_LINUX_IMMUTABLE))

/**
 * cred_gains() - whether a task with other credentials has other secrets
 * @old: its credentials now
 * @new: what it will have
 *
 * Context: any.
 */
bool cred_gains(const struct cred *old, const struct cred *new)
{
	return old->euid != new->euid || old->egid != new->egid ||
	       old->fsuid != new->fsuid || old->fsgid != new->fsgid ||
	       (new->cap_permitted & ~old->cap_permitted);
}

/**
 * cred_commit - current becomes somebody else
 * @new: its credentials; the reference to the groups is taken over
 *
 * The memory is marked first: who finds the new user there must not find the
 * secrets of the old one.
 *
 * Context: process context.
 */
void cred_commit(const struct cred *new)
{
	struct task_struct *t = current;
	struct group_info *groups = t->cred.groups;
	unsigned long flags;

	if (cred_gains(&t->cred, new)) {
		if (t->mm)
			WRITE_ONCE(t->mm->undumpable, true);
		t->pdeath_signal = 0;
		smp_mb();
	}
	flags = task_lock(t);
	t->cred = *new;
	task_unlock(t, flags);
	/* A vfork child runs in its parent's memory, which it leaves alone. */
	if (t->mm && !(t->flags & PF_VFORK))
		t->mm->may_lock = cred_has_cap(new, CAP_IPC_LOCK);
	if (groups != new->groups)
		groups_put(groups);
}

/**
 * get_task_cred - the credentials of any task, all of one moment
 * @t: the task
 * @cred: filled; its groups with a reference, for groups_put()
 *
 * Context: any task context; takes @t's task_lock().
 */
void get_task_cred(struct task_struct *t, struct cred *cred)
{
	unsigned long flags = task_lock(t);

	*cred = t->cred;
	groups_get(cred->groups);
	task_unlock(t, flags);
}

static bool any_root(const struct cred *cred)
{
	return !cred->uid || !cred->euid || !cred->suid;
}

/**
 * cred_fixup_setuid - what the set-user-ID calls do to the capabilities
 * @new: with its new user ids
 * @old: as it was
 *
 * Context: any. Source: capabilities(7), "Effect of user ID changes on
 * capabilities".
 */
void cred_fixup_setuid(struct cred *new, const struct cred *old)
{
	if (old->securebits & SECBIT_NO_SETUID_FIXUP)
		return;
	if (any_root(old) && !any_root(new)) {
		if (!(old->securebits & SECBIT_KEEP_CAPS))
			new->cap_permitted = new->cap_effective = 0;
		new->cap_ambient = 0;
	}
	if (!old->euid && new->euid)
		new->cap_effective = 0;
	if (old->euid && !new->euid)
		new->cap_effective = new->cap_permitted;
}

/**
 * cred_fixup_fsuid - the same for setfsuid(2): those about files
 * @new: with its new fsuid
 * @old: as it was
 *
 * Context: any.
 */
void cred_fixup_fsuid(struct cred *new, const struct cred *old)
{
	if (old->securebits & SECBIT_NO_SETUID_FIXUP)
		return;
	if (!old->fsuid && new->fsuid)
		new->cap_effective &= ~CAP_FS_SET;
	if (old->fsuid && !new->fsuid)
		new->cap_effective |= new->cap_permitted &CAP_FS_SET;
}

/**
 * cred_exec - the capabilities that a program starts with
 * @new: with the ids that it will have
 * @setid: it runs as another user or group than who started it
 *
 * Context: any. Source: capabilities(7), "Transformation of capabilities during
 * execve()" and "Capabilities and execution of programs by root".
 */
void cred_exec(struct cred *new, bool setid)
{
	bool noroot = new->securebits &SECBIT_NOROOT;

	if (setid)
		new->cap_ambient = 0;
	new->cap_permitted = new->cap_ambient;
	if (!noroot && (!new->uid || !new->euid))
		new->cap_permitted |= new->cap_bset | new->cap_inheritable;
	new->cap_effective =
		noroot || new->euid ? new->cap_ambient : new->cap_permitted;
	new->securebits &= ~SECBIT_KEEP_CAPS;
}

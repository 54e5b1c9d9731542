/* SPDX-License-Identifier: MIT */
/*
 * Who may look into whom: process_vm_readv(2), /proc/PID/maps and the others.
 *
 * A process looks into another when all the other's ids are its own, the other
 * has no capability that it lacks, and the other's memory is not marked as
 * holding somebody's secrets; or it has CAP_SYS_PTRACE. Threads of one process
 * have no secrets from each other.
 *
 * Source: ptrace(2), "Ptrace access mode checking".
 */
#include <ikos/err.h>
#include <ikos/mm.h>
#include <ikos/sched.h>

static bool ids_are(const struct cred *it, uid_t uid, gid_t gid)
{
	return uid == it->euid && uid == it->suid && uid == it->uid &&
	       gid == it->egid && gid == it->sgid && gid == it->gid;
}

/* @undumpable is what @t's memory says. */
static bool may_access(struct task_struct *t, bool undumpable,
		       unsigned int mode)
{
	const struct cred *me = &current->cred;
	struct cred it;
	bool fs = mode & PTRACE_MODE_FSCREDS;
	u64 caps = fs ? me->cap_effective : me->cap_permitted;

	if (t->signal == current->signal || capable(CAP_SYS_PTRACE))
		return true;
	get_task_cred(t, &it);
	groups_put(it.groups);
	if (!ids_are(&it, fs ? me->fsuid : me->uid, fs ? me->fsgid : me->gid))
		return false;
	return !undumpable && !(it.cap_permitted & ~caps);
}

/**
 * ptrace_may_access - whether the current task may look into another
 * @t: the other
 * @mode: PTRACE_MODE_FSCREDS: as the user of file accesses; _REALCREDS: as the
 *	real one
 *
 * Context: a reference to @t; takes its alloc_lock.
 */
bool ptrace_may_access(struct task_struct *t, unsigned int mode)
{
	unsigned long flags = task_lock(t);
	bool undumpable = t->mm && READ_ONCE(t->mm->undumpable);

	task_unlock(t, flags);
	return may_access(t, undumpable, mode);
}

/**
 * mm_access - the memory of a task, if the current one may look into it
 * @t: the task
 * @mode: as for ptrace_may_access()
 *
 * The mark is that of the very memory that is returned, so that a program with
 * other rights, which @t starts meanwhile, is safe.
 *
 * Context: a reference to @t.
 * Return: with a user held; NULL: @t has none; ERR_PTR(-EACCES).
 */
struct mm_struct *mm_access(struct task_struct *t, unsigned int mode)
{
	struct mm_struct *mm = get_task_mm(t);

	if (!mm) {
		if (!may_access(t, false, mode))
			return ERR_PTR(-EACCES);
	} else if (mm != current->mm &&
		   !may_access(t, READ_ONCE(mm->undumpable), mode)) {
		mmput(mm);
		return ERR_PTR(-EACCES);
	}
	return mm;
}

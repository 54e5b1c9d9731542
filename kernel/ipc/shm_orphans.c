/* SPDX-License-Identifier: MIT */
/*
 * kernel.shm_rmid_forced: segments that go with who made them.
 *
 * Usually a segment outlives everybody. With this setting, as if IPC_RMID had
 * been called for it,
 *
 *	the last detach			ends it
 *	its maker's end			ends it, if it is not attached
 *	setting it from 0 to 1		ends those without a maker
 *
 * and when something is attached still, the last detach does. So no memory is
 * left that no process could be made to answer for. The maker is a task, known
 * by its address for as long as it lives.
 *
 * Locks: shm_ids.lock. Source: proc(5), /proc/sys/kernel/shm_rmid_forced.
 */
#include "shm.h"

#include <ikos/sched.h>

int sysctl_shm_rmid_forced;

/**
 * shm_may_go - whether a segment has come to its end
 * @shm: the segment
 *
 * Context: shm_ids.lock.
 */
bool shm_may_go(const struct shm_segment *shm)
{
	return !shm->nattch &&
	       ((shm->perm.mode & SHM_DEST) || sysctl_shm_rmid_forced);
}

/* End the first segment at or behind place *@i that has no maker (any more:
 * @dead was it); its file, to be let go. */
static struct file *end_next(int *i, const struct task_struct *dead)
{
	struct file *file = NULL;

	mutex_lock(&shm_ids.lock);
	for (; !file && *i <= shm_ids.max_index; ++*i) {
		struct shm_segment *shm = NULL;

		if (shm_ids.table[*i])
			shm = to_shm(shm_ids.table[*i]);
		if (!shm || shm->creator != dead)
			continue;
		shm->creator = NULL;
		if (shm_may_go(shm))
			file = shm_destroy(shm);
	}
	mutex_unlock(&shm_ids.lock);
	return file;
}

static void end_all(const struct task_struct *dead)
{
	struct file *file;
	int i = 0;

	while ((file = end_next(&i, dead)))
		fput(file);
}

/**
 * exit_shm - a task ends: its segments have no maker any more
 * @t: the task; its memory has been let go
 *
 * Context: may sleep.
 */
void exit_shm(struct task_struct *t)
{
	if (unlikely(t->flags & PF_MADE_SHM))
		end_all(t);
}

/**
 * shm_end_orphans - kernel.shm_rmid_forced has been written
 *
 * Context: may sleep.
 */
void shm_end_orphans(void)
{
	if (sysctl_shm_rmid_forced)
		end_all(NULL);
}

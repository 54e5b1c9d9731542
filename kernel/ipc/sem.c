/* SPDX-License-Identifier: MIT */
/*
 * System V semaphores: sets, their making and their end.
 *
 *	set ─┬─ sems[]		value, and who changed it last
 *	     ├─ waiting_zero	calls that wait for zeroes only
 *	     ├─ waiting_alter	calls that would change values, in order
 *	     └─ undos		what exiting processes will give back
 *
 * semop.c does the operations, sem_undo.c what exit undoes, semctl.c the rest.
 *
 * Locks: sem_ids.lock for everything. Linux has a lock for each semaphore of a
 * set; here calls on different sets exclude each other as well.
 * Source: semget(2), sysvipc(7).
 */
#include "sem.h"

#include <ikos/sched.h>
#include <ikos/slab.h>
#include <ikos/syscall.h>

int sysctl_sem[4] = { SEMMSL, SEMMNS, SEMOPM, SEMMNI };

struct ipc_ids sem_ids = IPC_IDS_INIT(sem_ids);
int sem_total;

/**
 * sem_destroy - the end of a set: all who wait are told
 * @set: the set; gone afterwards
 *
 * Context: sem_ids.lock.
 */
void sem_destroy(struct sem_set *set)
{
	struct sem_queue *q, *next;

	sem_drop_undos(set);
	list_for_each_entry_safe (q, next, &set->waiting_zero, list)
		sem_wake(q, -EIDRM);
	list_for_each_entry_safe (q, next, &set->waiting_alter, list)
		sem_wake(q, -EIDRM);
	sem_total -= set->nsems;
	ipc_remove(&sem_ids, &set->perm);
	kfree(set);
}

static int new_set(const struct ipc_params *params)
{
	int nsems = params->u.nsems, id;
	struct sem_set *set;

	if (!nsems)
		return -EINVAL;
	if (nsems > sysctl_sem[SEM_MNS] - sem_total)
		return -ENOSPC;
	set = kzalloc(sizeof(*set) + (size_t)nsems * sizeof(set->sems[0]),
		      GFP_KERNEL);
	if (!set)
		return -ENOMEM;
	INIT_LIST_HEAD(&set->waiting_alter);
	INIT_LIST_HEAD(&set->waiting_zero);
	INIT_LIST_HEAD(&set->undos);
	set->nsems = nsems;
	set->ctime = ipc_seconds();
	id = ipc_add(&sem_ids, &set->perm, params, sysctl_sem[SEM_MNI]);
	if (id < 0)
		kfree(set);
	else
		sem_total += nsems;
	return id;
}

static int check_set(struct kern_ipc_perm *perm,
		     const struct ipc_params *params)
{
	return params->u.nsems > to_sem(perm)->nsems ? -EINVAL : 0;
}

/**
 * sys_semget - semget(2)
 *
 * Return: an identifier; -EINVAL: a new set of none or more than SEMMSL
 * semaphores, an existing one with fewer than asked for; -ENOSPC: SEMMNI or
 * SEMMNS; -ENOMEM; -ENOENT, -EEXIST, -EACCES as ipc_get().
 */
SYSCALL_DEFINE3(semget, int, key, int, nsems, int, semflg)
{
	static const struct ipc_ops ops = { .new = new_set,
					    .check = check_set };
	const struct ipc_params params = { .key = key,
					   .flags = semflg,
					   .u.nsems = nsems };

	if (nsems < 0 || nsems > sysctl_sem[SEM_MSL])
		return -EINVAL;
	return ipc_get(&sem_ids, &ops, &params);
}

/* SPDX-License-Identifier: MIT */
/*
 * SEM_UNDO: what a process did to semaphores is taken back when it ends.
 *
 *	process ── sem_undo_list ─┬─ undo of set 5: { -1, 0, +2 }
 *	                          └─ undo of set 7: { +1 }
 *
 * An undo is in two lists, its process's and its set's, and goes with the
 * first of them. Processes made by clone(2) with CLONE_SYSVSEM share the list;
 * it is carried out when the last of them ends. fork(2) gives the child none,
 * exec keeps it.
 *
 * A value that would fall below 0 becomes 0: exit does not wait.
 *
 * Locks: sem_ids.lock. Source: semop(2), clone(2).
 */
#include "sem.h"

#include <ikos/sched.h>
#include <ikos/slab.h>
#include <uapi/sched.h>

/* The current process's list, made when it is missing; NULL: no memory. */
static struct sem_undo_list *own_list(void)
{
	struct sem_undo_list *list = current->sysvsem;

	if (list)
		return list;
	list = kzalloc(sizeof(*list), GFP_KERNEL);
	if (!list)
		return NULL;
	list->users = 1;
	INIT_LIST_HEAD(&list->undos);
	current->sysvsem = list;
	return list;
}

static void free_undo(struct sem_undo *undo)
{
	list_del(&undo->of_process);
	list_del(&undo->of_set);
	kfree(undo);
}

/**
 * sem_find_undo - what the current process has to undo in a set
 * @set: the set
 *
 * Context: sem_ids.lock; may sleep.
 * Return: it, made when there was none; NULL: no memory.
 */
struct sem_undo *sem_find_undo(struct sem_set *set)
{
	struct sem_undo_list *list = own_list();
	struct sem_undo *undo;

	if (!list)
		return NULL;
	list_for_each_entry (undo, &list->undos, of_process)
		if (undo->set == set)
			return undo;
	undo = kzalloc(sizeof(*undo) +
			       (size_t)set->nsems * sizeof(undo->adjust[0]),
		       GFP_KERNEL);
	if (!undo)
		return NULL;
	undo->set = set;
	list_add(&undo->of_process, &list->undos);
	list_add(&undo->of_set, &set->undos);
	return undo;
}

/**
 * sem_drop_undos - a set goes: nothing is left to undo in it
 *
 * Context: sem_ids.lock.
 */
void sem_drop_undos(struct sem_set *set)
{
	struct sem_undo *undo, *next;

	list_for_each_entry_safe (undo, next, &set->undos, of_set)
		free_undo(undo);
}

/**
 * sem_clear_undos - values were set: what was done before is forgotten
 * @set: the set
 * @first: the first semaphore
 * @n: how many
 *
 * Context: sem_ids.lock.
 */
void sem_clear_undos(struct sem_set *set, int first, int n)
{
	struct sem_undo *undo;

	list_for_each_entry (undo, &set->undos, of_set)
		for (int i = first; i < first + n; i++)
			undo->adjust[i] = 0;
}

/* Take back what the process did. */
static void carry_out(struct sem_undo *undo)
{
	struct sem_set *set = undo->set;

	for (int i = 0; i < set->nsems; i++) {
		struct sem *sem = &set->sems[i];

		if (!undo->adjust[i])
			continue;
		sem->value = clamp(sem->value + undo->adjust[i], 0, SEMVMX);
		sem->pid = current->tgid;
	}
	free_undo(undo);
	sem_wake_waiters(set, true);
}

/**
 * copy_semundo - fork: the child's list
 * @clone_flags: CLONE_SYSVSEM: the same as the parent's
 * @t: the child
 *
 * Context: current is the parent; may sleep.
 * Return: 0; -ENOMEM.
 */
int copy_semundo(u64 clone_flags, struct task_struct *t)
{
	struct sem_undo_list *list;

	t->sysvsem = NULL;
	if (likely(!(clone_flags & CLONE_SYSVSEM)))
		return 0;
	mutex_lock(&sem_ids.lock);
	list = own_list();
	if (list)
		list->users++;
	t->sysvsem = list;
	mutex_unlock(&sem_ids.lock);
	return list ? 0 : -ENOMEM;
}

/**
 * exit_sem - a task ends, or a child was not made after all
 * @t: the task
 *
 * Context: may sleep.
 */
void exit_sem(struct task_struct *t)
{
	struct sem_undo_list *list = t->sysvsem;
	struct sem_undo *undo, *next;

	if (likely(!list))
		return;
	t->sysvsem = NULL;
	mutex_lock(&sem_ids.lock);
	if (!--list->users) {
		list_for_each_entry_safe (undo, next, &list->undos, of_process)
			carry_out(undo);
		kfree(list);
	}
	mutex_unlock(&sem_ids.lock);
}

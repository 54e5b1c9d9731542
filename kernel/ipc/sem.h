/* SPDX-License-Identifier: MIT */
#ifndef KERNEL_IPC_SEM_H
#define KERNEL_IPC_SEM_H

#include <uapi/sem.h>

#include "util.h"

struct task_struct;

struct sem {
	int value;
	pid_t pid; /* who changed it last */
};

/* A set. Everything here and below under sem_ids.lock. */
struct sem_set {
	struct kern_ipc_perm perm;
	s64 otime, ctime; /* seconds */
	struct list_head waiting_alter; /* struct sem_queue, who came first */
	struct list_head waiting_zero; /* those that change nothing */
	struct list_head undos; /* struct sem_undo */
	int nsems;
	struct sem sems[];
};

/* What a process would give back to a set at its exit. */
struct sem_undo {
	struct list_head of_process; /* in sem_undo_list.undos */
	struct list_head of_set;
	struct sem_set *set;
	int semid;
	short adjust[]; /* for each semaphore */
};

/* A process's; shared by clone(2) with CLONE_SYSVSEM. */
struct sem_undo_list {
	int users;
	struct list_head undos;
};

/* A call of semop(2), on its stack. */
struct sem_queue {
	struct list_head list;
	struct task_struct *task;
	const struct sembuf *sops;
	const struct sembuf *blocking; /* the one that cannot be done */
	int nsops;
	bool alter; /* changes a value */
	struct sem_undo *undo; /* NULL: no SEM_UNDO */
	pid_t pid;
	int status; /* -EINTR: still waiting */
};

extern struct ipc_ids sem_ids;
extern int sem_total; /* semaphores in all sets */

static inline struct sem_set *to_sem(struct kern_ipc_perm *perm)
{
	return container_of(perm, struct sem_set, perm);
}

/* sem.c */
void sem_destroy(struct sem_set *set);

/* semop.c */
void sem_wake_waiters(struct sem_set *set, bool done);
void sem_wake(struct sem_queue *q, int status);

/* sem_undo.c */
struct sem_undo *sem_find_undo(struct sem_set *set);
void sem_drop_undos(struct sem_set *set);
void sem_clear_undos(struct sem_set *set, int first, int n);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef IKOS_IPC_H
#define IKOS_IPC_H

#include <ikos/types.h>

/*
 * System V IPC: what the rest of the kernel sees of it (kernel/ipc/).
 */
struct file_operations;
struct task_struct;

/* /proc/sysvipc/ */
extern const struct file_operations proc_sysvipc_shm_fop, proc_sysvipc_sem_fop,
	proc_sysvipc_msg_fop;

/* /proc/sys/kernel/ */
extern unsigned long sysctl_shmmax; /* bytes a segment */
extern unsigned long sysctl_shmall; /* pages, all together */
extern int sysctl_shmmni; /* segments */
extern int sysctl_shm_rmid_forced; /* they go with who made them */
void shm_end_orphans(void); /* after writing it */
extern int sysctl_msgmax; /* bytes a message */
extern int sysctl_msgmnb; /* bytes a queue */
extern int sysctl_msgmni; /* queues */
extern int sysctl_sem[4]; /* by SEM_* */
enum {
	SEM_MSL, /* semaphores a set */
	SEM_MNS, /* semaphores, all together */
	SEM_OPM, /* operations a call */
	SEM_MNI, /* sets */
};

/* SEM_UNDO: kernel/ipc/sem_undo.c. 0 or -ENOMEM. */
int copy_semundo(u64 clone_flags, struct task_struct *t);
void exit_sem(struct task_struct *t);

/* kernel/ipc/shm_orphans.c: a task that may have made segments ends. */
void exit_shm(struct task_struct *t);

#define IPCMNI 32768 /* identifiers of a kind at most */

#endif

/* SPDX-License-Identifier: MIT */
#ifndef IKOS_IPC_H
#define IKOS_IPC_H

#include <ikos/types.h>

/*
 * System V IPC: what the rest of the kernel sees of it (kernel/ipc/).
 */
struct file_operations;

/* /proc/sysvipc/ */
extern const struct file_operations proc_sysvipc_shm_fop;

/* /proc/sys/kernel/ */
extern unsigned long sysctl_shmmax; /* bytes a segment */
extern unsigned long sysctl_shmall; /* pages, all together */
extern int sysctl_shmmni; /* segments */

#define IPCMNI 32768 /* identifiers of a kind at most */

#endif

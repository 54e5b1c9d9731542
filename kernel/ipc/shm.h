/* SPDX-License-Identifier: MIT */
#ifndef KERNEL_IPC_SHM_H
#define KERNEL_IPC_SHM_H

#include <ikos/fs.h>
#include <uapi/shm.h>

#include "util.h"

/* A segment. Everything under shm_ids.lock. */
struct shm_segment {
	struct kern_ipc_perm perm; /* mode has SHM_DEST and SHM_LOCKED, too */
	struct file *file; /* the memory: a tmpfs file without a name */
	size_t size; /* bytes, as asked for */
	unsigned long nattch; /* areas, and calls of shmat(2) under way */
	s64 atime, dtime, ctime; /* seconds */
	pid_t cpid, lpid;
	const struct task_struct *creator; /* NULL: it has ended */
	uid_t lock_uid; /* SHM_LOCKED: whose locked memory it counts as */
};

extern struct ipc_ids shm_ids;
extern unsigned long shm_total; /* pages of all segments */

static inline struct shm_segment *to_shm(struct kern_ipc_perm *perm)
{
	return container_of(perm, struct shm_segment, perm);
}

static inline unsigned long shm_pages(const struct shm_segment *shm)
{
	return (shm->size >> PAGE_SHIFT) + !!offset_in_page(shm->size);
}

/* Pages of it that exist. */
static inline unsigned long shm_resident(const struct shm_segment *shm)
{
	return READ_ONCE(shm->file->f_mapping->nrpages);
}

bool shm_may_go(const struct shm_segment *shm);
struct file *shm_detach(struct shm_segment *shm);
struct file *shm_destroy(struct shm_segment *shm);

#endif

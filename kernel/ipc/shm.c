/* SPDX-License-Identifier: MIT */
/*
 * System V shared memory: segments, their making and their end.
 *
 *	key, id ──▶ struct shm_segment ──▶ file in memory ──▶ pages
 *	                                       ▲
 *	areas ──▶ a file of each attach ───────┘  (shm_attach.c)
 *
 * A segment lives until somebody removes it, used or not. One that is removed
 * while it is attached gets SHM_DEST and loses its key: it can still be found
 * by its identifier, and goes with the last detach.
 *
 *	nattch	SHM_DEST	last detach	IPC_RMID
 *	0	-		-		goes
 *	> 0	no		stays		SHM_DEST
 *	> 0	yes		goes		nothing new
 *
 * Pages are promised when the segment is made, unless SHM_NORESERVE is given.
 *
 * Locks: shm_ids.lock, inside mmap_lock. A segment's file is let go outside
 * of it. shm_orphans.c has segments that go with who made them.
 *
 * Differs from Linux: no huge pages.
 * Source: shmget(2), shmctl(2).
 */
#include "shm.h"

#include <ikos/mm_views.h>
#include <ikos/sched.h>
#include <ikos/slab.h>
#include <ikos/syscall.h>

unsigned long sysctl_shmmax = SHMMAX;
unsigned long sysctl_shmall = SHMALL;
int sysctl_shmmni = SHMMNI;

struct ipc_ids shm_ids = IPC_IDS_INIT(shm_ids);
unsigned long shm_total;

/**
 * shm_destroy - the end of a segment that nobody has attached
 * @shm: the segment; gone afterwards
 *
 * Context: shm_ids.lock.
 * Return: its file, to be let go when the lock is.
 */
struct file *shm_destroy(struct shm_segment *shm)
{
	struct file *file = shm->file;

	shm_total -= shm_pages(shm);
	ipc_remove(&shm_ids, &shm->perm);
	kfree(shm);
	return file;
}

/**
 * shm_detach - one attach less; the last one of a removed segment ends it
 * @shm: the segment
 *
 * Context: shm_ids.lock.
 * Return: the file of the segment if it has come to its end, to be let go when
 * the lock is; or NULL.
 */
struct file *shm_detach(struct shm_segment *shm)
{
	shm->nattch--;
	return shm_may_go(shm) ? shm_destroy(shm) : NULL;
}

/* Its memory; ERR_PTR: -ENOMEM, or -EINVAL: no file can be so large. */
static struct file *make_file(const struct ipc_params *params)
{
	unsigned long flags = 0;
	char name[16];

	if ((loff_t)params->u.size < 0)
		return ERR_PTR(-EINVAL);
	if ((params->flags & SHM_NORESERVE) &&
	    sysctl_overcommit_memory != OVERCOMMIT_NEVER)
		flags = VM_NORESERVE;
	snprintf(name, sizeof(name), "SYSV%08x", (unsigned int)params->key);
	return shmem_file_setup(name, (loff_t)params->u.size, flags);
}

static int check_size(size_t size)
{
	unsigned long pages = (size >> PAGE_SHIFT) + !!offset_in_page(size);

	if (size < SHMMIN || size > sysctl_shmmax)
		return -EINVAL;
	if (shm_total + pages < shm_total || shm_total + pages > sysctl_shmall)
		return -ENOSPC;
	return 0;
}

/* A segment that has no identifier yet; ERR_PTR. */
static struct shm_segment *make_segment(const struct ipc_params *params)
{
	struct shm_segment *shm = kzalloc(sizeof(*shm), GFP_KERNEL);

	if (!shm)
		return ERR_PTR(-ENOMEM);
	shm->file = params->flags & SHM_HUGETLB ? ERR_PTR(-EINVAL)
						: make_file(params);
	if (IS_ERR(shm->file)) {
		int err = (int)PTR_ERR(shm->file);

		kfree(shm);
		return ERR_PTR(err);
	}
	shm->size = params->u.size;
	shm->cpid = current->tgid;
	shm->creator = current;
	shm->ctime = ipc_seconds();
	return shm;
}

static int new_segment(const struct ipc_params *params)
{
	struct shm_segment *shm;
	int id = check_size(params->u.size);

	if (id)
		return id;
	shm = make_segment(params);
	if (IS_ERR(shm))
		return (int)PTR_ERR(shm);
	id = ipc_add(&shm_ids, &shm->perm, params, sysctl_shmmni);
	if (id < 0) {
		fput(shm->file);
		kfree(shm);
		return id;
	}
	/* In /proc/PID/maps the inode number tells which segment it is. */
	shm->file->f_inode->i_ino = (ino_t)id;
	shm_total += shm_pages(shm);
	current->flags |= PF_MADE_SHM;
	return id;
}

static int check_segment(struct kern_ipc_perm *perm,
			 const struct ipc_params *params)
{
	return to_shm(perm)->size < params->u.size ? -EINVAL : 0;
}

/**
 * sys_shmget - shmget(2)
 *
 * Return: an identifier; -EINVAL: a new segment smaller than 1 byte or larger
 * than kernel.shmmax, an existing one smaller than asked for, or huge pages;
 * -ENOSPC: kernel.shmmni or kernel.shmall; -ENOMEM: no memory, or more than can
 * be promised; -ENOENT, -EEXIST, -EACCES as ipc_get().
 */
SYSCALL_DEFINE3(shmget, int, key, size_t, size, int, shmflg)
{
	static const struct ipc_ops ops = { .new = new_segment,
					    .check = check_segment };
	const struct ipc_params params = { .key = key,
					   .flags = shmflg,
					   .u.size = size };

	return ipc_get(&shm_ids, &ops, &params);
}

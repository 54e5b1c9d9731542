/* SPDX-License-Identifier: MIT */
#ifndef UAPI_SHM_H
#define UAPI_SHM_H

#include <uapi/ipc.h>

/* shmget(2) */
#define SHM_HUGETLB   04000
#define SHM_NORESERVE 010000

/* shmat(2) */
#define SHM_RDONLY 010000
#define SHM_RND	   020000
#define SHM_REMAP  040000
#define SHM_EXEC   0100000
#define SHMLBA	   4096UL

/* shmctl(2) */
#define SHM_LOCK     11
#define SHM_UNLOCK   12
#define SHM_STAT     13
#define SHM_INFO     14
#define SHM_STAT_ANY 15

/* shm_perm.mode, beside the permissions */
#define SHM_DEST   01000 /* goes with the last detach */
#define SHM_LOCKED 02000

/* What the limits are at boot; in bytes, pages, segments. */
#define SHMMIN 1UL
#define SHMMNI 4096
#define SHMMAX (~0UL - (1UL << 24))
#define SHMALL (~0UL - (1UL << 24))

struct shmid64_ds {
	struct ipc64_perm shm_perm;
	u64 shm_segsz;
	s64 shm_atime, shm_dtime, shm_ctime;
	s32 shm_cpid, shm_lpid;
	u64 shm_nattch;
	u64 unused4, unused5;
};
_Static_assert(sizeof(struct shmid64_ds) == 112, "ABI");

struct shminfo64 {
	u64 shmmax, shmmin, shmmni, shmseg, shmall;
	u64 unused[4];
};
_Static_assert(sizeof(struct shminfo64) == 72, "ABI");

struct shm_info {
	s32 used_ids;
	s32 pad;
	u64 shm_tot, shm_rss, shm_swp; /* pages */
	u64 swap_attempts, swap_successes;
};
_Static_assert(sizeof(struct shm_info) == 48, "ABI");

#endif

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
	uint64_t shm_segsz;
	int64_t shm_atime, shm_dtime, shm_ctime;
	int32_t shm_cpid, shm_lpid;
	uint64_t shm_nattch;
	uint64_t unused4, unused5;
};
_Static_assert(sizeof(struct shmid64_ds) == 112, "ABI");

struct shminfo64 {
	uint64_t shmmax, shmmin, shmmni, shmseg, shmall;
	uint64_t unused[4];
};
_Static_assert(sizeof(struct shminfo64) == 72, "ABI");

struct shm_info {
	int32_t used_ids;
	int32_t pad;
	uint64_t shm_tot, shm_rss, shm_swp; /* pages */
	uint64_t swap_attempts, swap_successes;
};
_Static_assert(sizeof(struct shm_info) == 48, "ABI");

#endif

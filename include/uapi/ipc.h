/* SPDX-License-Identifier: MIT */
#ifndef UAPI_IPC_H
#define UAPI_IPC_H

#include <stdint.h>

/* System V IPC: what its three kinds have in common. See sysvipc(7). */
#define IPC_PRIVATE 0

#define IPC_CREAT  01000
#define IPC_EXCL   02000
#define IPC_NOWAIT 04000

#define IPC_RMID 0
#define IPC_SET	 1
#define IPC_STAT 2
#define IPC_INFO 3

struct ipc64_perm {
	int32_t key;
	uint32_t uid, gid, cuid, cgid;
	uint32_t mode;
	uint16_t seq;
	uint16_t pad2[3];
	uint64_t unused1, unused2;
};
_Static_assert(sizeof(struct ipc64_perm) == 48, "ABI");

#endif

/* SPDX-License-Identifier: MIT */
#ifndef KERNEL_IPC_MSG_H
#define KERNEL_IPC_MSG_H

#include <uapi/msg.h>

#include "util.h"

struct msg {
	struct list_head list;
	long type; /* > 0 */
	size_t size; /* bytes of text */
	char text[];
};

/* A queue. Everything here under msg_ids.lock. */
struct msg_queue {
	struct kern_ipc_perm perm;
	s64 stime, rtime, ctime; /* seconds */
	unsigned long cbytes; /* in it */
	unsigned long qnum; /* messages in it */
	unsigned long qbytes; /* how many bytes there may be */
	pid_t lspid, lrpid;
	struct list_head messages; /* oldest first */
	struct list_head receivers; /* struct msg_waiter */
	struct list_head senders;
};

extern struct ipc_ids msg_ids;
extern unsigned long msg_bytes, msg_headers; /* in all queues */

static inline struct msg_queue *to_msq(struct kern_ipc_perm *perm)
{
	return container_of(perm, struct msg_queue, perm);
}

/* msg.c */
void msg_destroy(struct msg_queue *q);
/* msgop.c */
void msg_wake_all(struct list_head *waiters, long status);

#endif

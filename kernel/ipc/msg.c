/* SPDX-License-Identifier: MIT */
/*
 * System V message queues: queues, their making and their end. msgop.c sends
 * and receives, msgctl.c does the rest.
 *
 *	queue ─┬─ messages	oldest first, each with a type
 *	       ├─ receivers	who waits for a message of some type
 *	       └─ senders	who waits for room
 *
 * Locks: msg_ids.lock for everything. Source: msgget(2), sysvipc(7).
 */
#include "msg.h"

#include <ikos/slab.h>
#include <ikos/syscall.h>

int sysctl_msgmax = MSGMAX;
int sysctl_msgmnb = MSGMNB;
int sysctl_msgmni = MSGMNI;

struct ipc_ids msg_ids = IPC_IDS_INIT(msg_ids);
unsigned long msg_bytes, msg_headers;

/**
 * msg_destroy - the end of a queue: all who wait are told
 * @q: the queue; gone afterwards, with its messages
 *
 * Context: msg_ids.lock.
 */
void msg_destroy(struct msg_queue *q)
{
	struct msg *msg, *next;

	msg_wake_all(&q->receivers, -EIDRM);
	msg_wake_all(&q->senders, -EIDRM);
	list_for_each_entry_safe (msg, next, &q->messages, list)
		kfree(msg);
	msg_bytes -= q->cbytes;
	msg_headers -= q->qnum;
	ipc_remove(&msg_ids, &q->perm);
	kfree(q);
}

static int new_queue(const struct ipc_params *params)
{
	struct msg_queue *q = kzalloc(sizeof(*q), GFP_KERNEL);
	int id;

	if (!q)
		return -ENOMEM;
	INIT_LIST_HEAD(&q->messages);
	INIT_LIST_HEAD(&q->receivers);
	INIT_LIST_HEAD(&q->senders);
	q->qbytes = (unsigned long)sysctl_msgmnb;
	q->ctime = ipc_seconds();
	id = ipc_add(&msg_ids, &q->perm, params, sysctl_msgmni);
	if (id < 0)
		kfree(q);
	return id;
}

/**
 * sys_msgget - msgget(2)
 *
 * Return: an identifier; -ENOSPC: MSGMNI; -ENOMEM; -ENOENT, -EEXIST, -EACCES as
 * ipc_get().
 */
SYSCALL_DEFINE2(msgget, int, key, int, msgflg)
{
	static const struct ipc_ops ops = { .new = new_queue };
	const struct ipc_params params = { .key = key, .flags = msgflg };

	return ipc_get(&msg_ids, &ops, &params);
}

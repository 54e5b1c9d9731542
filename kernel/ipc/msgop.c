/* SPDX-License-Identifier: MIT */
/*
 * msgsnd(2) and msgrcv(2).
 *
 * A receiver who finds nothing waits with a description of what it wants. Who
 * sends a message looks at them first, in order of arrival, and hands it over
 * to the first that wants it, without queueing it. One that wants it but has
 * no room for it fails with E2BIG, and the next is tried.
 *
 *	what msgtyp asks for		is given
 *	0				the oldest
 *	n > 0				the oldest of type n
 *	n > 0, MSG_EXCEPT		the oldest of another type
 *	-n				of types up to n the lowest, the oldest
 *
 * A sender who finds no room waits until something was taken out and tries
 * again. Those who come meanwhile do not wait behind it, as long as theirs fits.
 *
 * Locks: msg_ids.lock. A waiter is on its owner's stack, who takes the lock
 * before it goes. Source: msgop(2).
 */
#include "msg.h"

#include <ikos/sched.h>
#include <ikos/slab.h>
#include <ikos/syscall.h>
#include <ikos/uaccess.h>

enum want {
	WANT_ANY,
	WANT_TYPE,
	WANT_OTHER,
	WANT_UP_TO,
};

struct msg_waiter {
	struct list_head list;
	struct task_struct *task;
	long status; /* STILL_WAITING; else it is off the list */
	/* Receivers */
	enum want want;
	long type;
	size_t room; /* bytes */
	struct msg *msg; /* what it got */
};
#define STILL_WAITING 1

/* --- waiting ---------------------------------------------------------------------------- */

static void wake(struct msg_waiter *w, long status)
{
	list_del(&w->list);
	WRITE_ONCE(w->status, status);
	wake_up_process(w->task);
}

/**
 * msg_wake_all - everybody who waits shall look again, or fail
 * @waiters: receivers or senders of a queue
 * @status: -EAGAIN: look again; -EIDRM
 *
 * Context: msg_ids.lock.
 */
void msg_wake_all(struct list_head *waiters, long status)
{
	struct msg_waiter *w, *next;

	list_for_each_entry_safe (w, next, waiters, list)
		wake(w, status);
}

/*
 * Wait in @list until somebody wakes it or a signal comes. msg_ids.lock held;
 * released while it sleeps. What it was woken with, or -ERESTARTNOHAND.
 */
static long wait_in(struct list_head *list, struct msg_waiter *w)
{
	w->task = current;
	w->status = STILL_WAITING;
	list_add_tail(&w->list, list);
	mutex_unlock(&msg_ids.lock);
	for (;;) {
		set_current_state(TASK_INTERRUPTIBLE);
		if (READ_ONCE(w->status) != STILL_WAITING ||
		    current_signal_pending())
			break;
		schedule();
	}
	set_current_state(TASK_RUNNING);
	mutex_lock(&msg_ids.lock);
	if (w->status != STILL_WAITING)
		return w->status;
	list_del(&w->list);
	return -ERESTARTNOHAND;
}

/* --- msgsnd ----------------------------------------------------------------------------- */

static bool wanted(const struct msg *msg, enum want want, long type)
{
	switch (want) {
	case WANT_ANY:
		return true;
	case WANT_TYPE:
		return msg->type == type;
	case WANT_OTHER:
		return msg->type != type;
	default:
		return msg->type <= type;
	}
}

/* Hand @msg to somebody who waits for it. */
static bool hand_over(struct msg_queue *q, struct msg *msg)
{
	struct msg_waiter *w, *next;

	list_for_each_entry_safe (w, next, &q->receivers, list) {
		if (!wanted(msg, w->want, w->type))
			continue;
		if (w->room < msg->size) {
			wake(w, -E2BIG);
			continue;
		}
		q->lrpid = w->task->tgid;
		q->rtime = ipc_seconds();
		w->msg = msg;
		wake(w, 0);
		return true;
	}
	return false;
}

static void send(struct msg_queue *q, struct msg *msg)
{
	q->lspid = current->tgid;
	q->stime = ipc_seconds();
	if (hand_over(q, msg))
		return;
	list_add_tail(&msg->list, &q->messages);
	q->cbytes += msg->size;
	q->qnum++;
	msg_bytes += msg->size;
	msg_headers++;
}

static bool fits(const struct msg_queue *q, const struct msg *msg)
{
	return msg->size + q->cbytes <= q->qbytes && q->qnum + 1 <= q->qbytes;
}

/* A waiter's queue may be gone when it looks again: the errno of that. */
static struct msg_queue *find_queue(int id, int access, bool again)
{
	struct kern_ipc_perm *perm = ipc_find(&msg_ids, id);

	if (IS_ERR(perm))
		return ERR_PTR(again ? -EIDRM : -EINVAL);
	if (ipc_permitted(perm, access))
		return ERR_PTR(-EACCES);
	return to_msq(perm);
}

/* msg_ids.lock held. The message is the queue's when it returns 0. */
static long send_locked(int id, struct msg *msg, int flags)
{
	struct msg_waiter w;
	struct msg_queue *q;
	long ret;

	for (bool again = false;; again = true) {
		q = find_queue(id, S_IWUGO, again);
		if (IS_ERR(q))
			return PTR_ERR(q);
		if (fits(q, msg))
			break;
		if (flags & IPC_NOWAIT)
			return -EAGAIN;
		ret = wait_in(&q->senders, &w);
		if (ret != -EAGAIN)
			return ret;
	}
	send(q, msg);
	return 0;
}

/* A message with the program's text; ERR_PTR. */
static struct msg *load_msg(const char __user *text, size_t size, long type)
{
	struct msg *msg = kmalloc(sizeof(*msg) + size, GFP_KERNEL);

	if (!msg)
		return ERR_PTR(-ENOMEM);
	if (copy_from_user(msg->text, text, size)) {
		kfree(msg);
		return ERR_PTR(-EFAULT);
	}
	msg->size = size;
	msg->type = type;
	return msg;
}

/**
 * sys_msgsnd - msgsnd(2)
 *
 * Return: 0; -EINVAL: no such queue, a type below 1, more than MSGMAX bytes;
 * -EFAULT; -ENOMEM; -EACCES; -EAGAIN: no room and IPC_NOWAIT; -EIDRM: removed
 * meanwhile; -EINTR: a handler ran.
 */
SYSCALL_DEFINE4(msgsnd, int, msqid, const long __user *, msgp, size_t, size,
		int, msgflg)
{
	struct msg *msg;
	long type, ret;

	if (get_user(type, msgp))
		return -EFAULT;
	if (size > (size_t)sysctl_msgmax || (long)size < 0 || msqid < 0 ||
	    type < 1)
		return -EINVAL;
	msg = load_msg((const char __user *)(msgp + 1), size, type);
	if (IS_ERR(msg))
		return PTR_ERR(msg);
	mutex_lock(&msg_ids.lock);
	ret = send_locked(msqid, msg, msgflg);
	mutex_unlock(&msg_ids.lock);
	if (ret)
		kfree(msg);
	return ret;
}

/* --- msgrcv ------------------------------------------------------------------------------- */

static enum want decode_want(long *type, int flags)
{
	if (!*type)
		return WANT_ANY;
	if (*type < 0) {
		*type = *type == LONG_MIN ? LONG_MAX : -*type;
		return WANT_UP_TO;
	}
	return flags & MSG_EXCEPT ? WANT_OTHER : WANT_TYPE;
}

static struct msg *find_msg(const struct msg_queue *q,
			    const struct msg_waiter *w)
{
	struct msg *msg, *best = NULL;
	long type = w->type;

	list_for_each_entry (msg, &q->messages, list) {
		if (!wanted(msg, w->want, type))
			continue;
		best = msg;
		if (w->want != WANT_UP_TO || msg->type == 1)
			break;
		type = msg->type - 1; /* from here on only a lower one */
	}
	return best;
}

static void take_out(struct msg_queue *q, struct msg *msg)
{
	list_del(&msg->list);
	q->qnum--;
	q->cbytes -= msg->size;
	msg_headers--;
	msg_bytes -= msg->size;
	q->rtime = ipc_seconds();
	q->lrpid = current->tgid;
	msg_wake_all(&q->senders, -EAGAIN);
}

/* msg_ids.lock held. 0: w->msg is the caller's. */
static long receive_locked(int id, struct msg_waiter *w, int flags)
{
	struct msg_queue *q;
	struct msg *msg;
	long ret;

	for (bool again = false;; again = true) {
		q = find_queue(id, S_IRUGO, again);
		if (IS_ERR(q))
			return PTR_ERR(q);
		msg = find_msg(q, w);
		if (msg)
			break;
		if (flags & IPC_NOWAIT)
			return -ENOMSG;
		ret = wait_in(&q->receivers, w);
		if (ret != -EAGAIN)
			return ret;
	}
	if (w->room < msg->size)
		return -E2BIG;
	take_out(q, msg);
	w->msg = msg;
	return 0;
}

/* The message is gone, even when the program cannot be given all of it. */
static long store_msg(struct msg *msg, long __user *msgp, size_t size)
{
	size_t n = min(size, msg->size);
	long ret = (long)n;

	if (put_user(msg->type, msgp) || copy_to_user(msgp + 1, msg->text, n))
		ret = -EFAULT;
	kfree(msg);
	return ret;
}

/**
 * sys_msgrcv - msgrcv(2)
 *
 * Return: bytes of text; -EINVAL: no such queue, a negative size; -ENOSYS:
 * MSG_COPY; -EACCES; -ENOMSG: nothing there and IPC_NOWAIT; -E2BIG: longer than
 * @size and no MSG_NOERROR; -EIDRM: removed meanwhile; -EFAULT: the message is
 * lost; -EINTR: a handler ran.
 */
SYSCALL_DEFINE5(msgrcv, int, msqid, long __user *, msgp, size_t, size, long,
		msgtyp, int, msgflg)
{
	struct msg_waiter w = { .type = msgtyp, .room = size };
	long ret;

	if (msqid < 0 || (long)size < 0)
		return -EINVAL;
	if (msgflg & MSG_COPY)
		return (msgflg & MSG_EXCEPT) || !(msgflg & IPC_NOWAIT)
			       ? -EINVAL
			       : -ENOSYS;
	w.want = decode_want(&w.type, msgflg);
	if (msgflg & MSG_NOERROR)
		w.room = INT_MAX;
	mutex_lock(&msg_ids.lock);
	ret = receive_locked(msqid, &w, msgflg);
	mutex_unlock(&msg_ids.lock);
	return ret ? ret : store_msg(w.msg, msgp, size);
}

/* SPDX-License-Identifier: MIT */
/*
 * semop(2): all operations of a call are done, or none and the caller waits.
 *
 *	values 1 0	call: { 0, -1 } { 1, -1 }
 *
 *	first: 1 - 1 = 0, fine; second: 0 - 1 < 0: taken back, and it waits
 *	"blocking" on semaphore 1: that is what GETNCNT counts
 *
 * Whenever values have changed, those who wait for zeroes are tried, then those
 * who would change something, who came first before who came later; after one
 * of them has changed values, again from the first. So who does the change does
 * the operations of those whom it lets go on, and they wake up with it done.
 *
 * Locks: sem_ids.lock. A waiter's struct sem_queue is on its stack: it takes
 * the lock before it goes, so that no waker still looks at it.
 * Source: semop(2).
 */
#include "sem.h"

#include <ikos/sched.h>
#include <ikos/slab.h>
#include <ikos/syscall.h>
#include <ikos/uaccess.h>

#define SOPS_ON_STACK 16
#define MUST_WAIT     1

/* --- operations ---------------------------------------------------------------------- */

/* One operation: 0, MUST_WAIT or -ERANGE with nothing changed. */
static int do_op(struct sem_set *set, const struct sembuf *op,
		 struct sem_undo *undo)
{
	struct sem *sem = &set->sems[op->sem_num];
	int value = sem->value + op->sem_op;

	if (!op->sem_op && sem->value)
		return MUST_WAIT;
	if (value < 0)
		return MUST_WAIT;
	if (value > SEMVMX)
		return -ERANGE;
	if (op->sem_flg & SEM_UNDO) {
		int adjust = undo->adjust[op->sem_num] - op->sem_op;

		if (adjust < -SEMAEM - 1 || adjust > SEMAEM)
			return -ERANGE;
		undo->adjust[op->sem_num] = (short)adjust;
	}
	sem->value = value;
	return 0;
}

static void undo_op(struct sem_set *set, const struct sembuf *op,
		    struct sem_undo *undo)
{
	set->sems[op->sem_num].value -= op->sem_op;
	if (op->sem_flg & SEM_UNDO)
		undo->adjust[op->sem_num] =
			(short)(undo->adjust[op->sem_num] + op->sem_op);
}

/* A whole call: 0, MUST_WAIT, -EAGAIN or -ERANGE with nothing changed. */
static int try_call(struct sem_set *set, struct sem_queue *q)
{
	int i, ret = 0;

	for (i = 0; i < q->nsops; i++) {
		ret = do_op(set, &q->sops[i], q->undo);
		if (ret)
			break;
	}
	if (!ret) {
		while (i--)
			set->sems[q->sops[i].sem_num].pid = q->pid;
		return 0;
	}
	q->blocking = &q->sops[i];
	if (ret == MUST_WAIT && (q->blocking->sem_flg & IPC_NOWAIT))
		ret = -EAGAIN;
	while (i--)
		undo_op(set, &q->sops[i], q->undo);
	return ret;
}

/* --- waking ----------------------------------------------------------------------------- */

/**
 * sem_wake - a call that waits has come to its end
 * @q: the call; out of its list afterwards
 * @status: what it returns
 *
 * Context: sem_ids.lock.
 */
void sem_wake(struct sem_queue *q, int status)
{
	list_del(&q->list);
	WRITE_ONCE(q->status, status);
	wake_up_process(q->task);
}

/* Let all of @list go on who can; whether one of them did. Stops behind the
 * first that changed values. */
static bool wake_list(struct sem_set *set, struct list_head *list, bool *again)
{
	struct sem_queue *q, *next;
	bool any = false;

	*again = false;
	list_for_each_entry_safe (q, next, list, list) {
		int status = try_call(set, q);

		if (status == MUST_WAIT)
			continue;
		any |= !status;
		*again = q->alter && !status;
		sem_wake(q, status);
		if (*again)
			break;
	}
	return any;
}

/**
 * sem_wake_waiters - values have changed: who can go on?
 * @set: the set
 * @done: an operation was done, its time is to be kept
 *
 * Context: sem_ids.lock.
 */
void sem_wake_waiters(struct sem_set *set, bool done)
{
	bool again;

	do {
		done |= wake_list(set, &set->waiting_zero, &again);
		done |= wake_list(set, &set->waiting_alter, &again);
	} while (again);
	if (done)
		set->otime = ipc_seconds();
}

/* --- waiting ---------------------------------------------------------------------------- */

/* When to give up; ~0: never. */
static u64 deadline_of(const struct timespec64 *timeout)
{
	u64 now = ktime_get_ns(), ns;

	if (!timeout)
		return ~0ULL;
	ns = timespec_to_ns(timeout);
	return ns < ~0ULL - now ? now + ns : ~0ULL;
}

/* Sleep until somebody has set the status, a signal comes, or it is time. */
static int sleep_on(struct sem_queue *q, u64 deadline)
{
	int ret = -EINTR;

	for (;;) {
		u64 now = ktime_get_ns();

		set_current_state(TASK_INTERRUPTIBLE);
		if (READ_ONCE(q->status) != -EINTR || current_signal_pending())
			break;
		if (now >= deadline) {
			ret = -EAGAIN;
			break;
		}
		schedule_timeout(deadline == ~0ULL ? MAX_SCHEDULE_TIMEOUT
						   : deadline - now);
	}
	set_current_state(TASK_RUNNING);
	return ret;
}

/* sem_ids.lock held; released while it sleeps. */
static int wait_for(struct sem_set *set, struct sem_queue *q, u64 deadline)
{
	int ret;

	q->status = -EINTR;
	q->task = current;
	list_add_tail(&q->list,
		      q->alter ? &set->waiting_alter : &set->waiting_zero);
	mutex_unlock(&sem_ids.lock);
	ret = sleep_on(q, deadline);
	mutex_lock(&sem_ids.lock);
	if (q->status != -EINTR)
		return q->status;
	list_del(&q->list);
	return ret;
}

/* --- the call ----------------------------------------------------------------------------- */

struct sem_summary {
	int max; /* highest semaphore */
	bool undo, alter;
};

static struct sem_summary summarize(const struct sembuf *sops, int n)
{
	struct sem_summary sum = {};

	for (int i = 0; i < n; i++) {
		sum.max = max(sum.max, (int)sops[i].sem_num);
		sum.undo |= (sops[i].sem_flg & SEM_UNDO) != 0;
		sum.alter |= sops[i].sem_op != 0;
	}
	return sum;
}

/* The set, if the call may be made; ERR_PTR. Linux's order of errors. */
static struct sem_set *prepare_call(int semid, struct sem_queue *q)
{
	struct sem_summary sum = summarize(q->sops, q->nsops);
	struct kern_ipc_perm *perm = ipc_find(&sem_ids, semid);

	if (IS_ERR(perm))
		return ERR_PTR(PTR_ERR(perm));
	if (sum.undo) {
		q->undo = sem_find_undo(to_sem(perm));
		if (!q->undo)
			return ERR_PTR(-ENOMEM);
	}
	if (sum.max >= to_sem(perm)->nsems)
		return ERR_PTR(-EFBIG);
	q->alter = sum.alter;
	if (ipc_permitted(perm, sum.alter ? S_IWUGO : S_IRUGO))
		return ERR_PTR(-EACCES);
	return to_sem(perm);
}

static int call_locked(int semid, struct sem_queue *q, u64 deadline)
{
	struct sem_set *set = prepare_call(semid, q);
	int ret;

	if (IS_ERR(set))
		return (int)PTR_ERR(set);
	ret = try_call(set, q);
	if (ret == MUST_WAIT)
		return wait_for(set, q, deadline);
	if (!ret && q->alter)
		sem_wake_waiters(set, true);
	else if (!ret)
		set->otime = ipc_seconds();
	return ret;
}

static long do_call(int semid, const struct sembuf *sops, unsigned int nsops,
		    const struct timespec64 *timeout)
{
	struct sem_queue q = { .sops = sops,
			       .nsops = (int)nsops,
			       .pid = current->tgid };
	u64 deadline = deadline_of(timeout);
	long ret;

	mutex_lock(&sem_ids.lock);
	ret = call_locked(semid, &q, deadline);
	mutex_unlock(&sem_ids.lock);
	return ret;
}

static long do_semtimedop(int semid, const struct sembuf __user *usops,
			  unsigned int nsops, const struct timespec64 *timeout)
{
	struct sembuf on_stack[SOPS_ON_STACK], *sops = on_stack;
	long ret;

	if (nsops > (unsigned int)sysctl_sem[SEM_OPM])
		return -E2BIG;
	if (nsops < 1)
		return -EINVAL;
	if (nsops > SOPS_ON_STACK) {
		sops = kcalloc(nsops, sizeof(*sops), GFP_KERNEL);
		if (!sops)
			return -ENOMEM;
	}
	if (copy_from_user(sops, usops, nsops * sizeof(*sops)))
		ret = -EFAULT;
	else if (semid < 0 || (timeout && !timespec_valid(timeout)))
		ret = -EINVAL;
	else
		ret = do_call(semid, sops, nsops, timeout);
	if (sops != on_stack)
		kfree(sops);
	return ret;
}

/**
 * sys_semtimedop - semtimedop(2)
 *
 * Return: 0; -E2BIG: more than SEMOPM operations; -EINVAL: none, no such set,
 * a bad timeout; -EFAULT; -ENOMEM; -EFBIG: no such semaphore; -EACCES; -EAGAIN:
 * IPC_NOWAIT, or the time is over; -ERANGE: a value or what exit would add to
 * one is too large; -EIDRM: the set was removed; -EINTR: a signal, whether it
 * is handled with SA_RESTART or not.
 */
SYSCALL_DEFINE4(semtimedop, int, semid, const struct sembuf __user *, sops,
		unsigned int, nsops, const struct timespec64 __user *, utimeout)
{
	struct timespec64 timeout;

	if (!utimeout)
		return do_semtimedop(semid, sops, nsops, NULL);
	if (copy_from_user(&timeout, utimeout, sizeof(timeout)))
		return -EFAULT;
	return do_semtimedop(semid, sops, nsops, &timeout);
}

/**
 * sys_semop - semop(2)
 *
 * Return: as semtimedop(2).
 */
SYSCALL_DEFINE3(semop, int, semid, const struct sembuf __user *, sops,
		unsigned int, nsops)
{
	return do_semtimedop(semid, sops, nsops, NULL);
}

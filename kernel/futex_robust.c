/* SPDX-License-Identifier: MIT */
/*
 * What a task that ends, or runs another program, owes to those who wait for
 * it: the robust futexes it holds are marked and woken, and the word of
 * CLONE_CHILD_CLEARTID is cleared and woken.
 *
 * The C library keeps the list in the program's memory and the kernel reads it
 * only now:
 *
 *	robust_list_head ─▶ entry ─▶ entry ─▶ back to the head
 *	                      │ futex_offset
 *	                      ▼
 *	                    word: TID | FUTEX_WAITERS
 *	                       -> FUTEX_OWNER_DIED | FUTEX_WAITERS, wake one
 *
 * list_op_pending names a futex that was being taken or given up, which may be
 * in the list already, or no more. Nothing in that memory is to be believed: a
 * word is changed only where it holds this task's number, a list that does not
 * end is left after ROBUST_LIST_LIMIT entries, a pointer that leads nowhere
 * ends the walk.
 *
 * Locks: none of its own. Source: get_robust_list(2), set_tid_address(2).
 */
#include <ikos/sched.h>
#include <ikos/syscall.h>
#include <ikos/uaccess.h>

#include "futex.h"
#include "task_internal.h"

/* A robust futex whose owner may be @t: true: the walk may go on. */
static bool release_futex(struct task_struct *t, u64 addr, bool pi,
			  bool pending)
{
	u32 __user *uaddr = (u32 __user *)addr;
	u32 seen, old;

	if (addr % sizeof(u32) || user_load_u32(&seen, uaddr))
		return false;
	/* Given up already, but perhaps nobody woken yet. */
	if (pending && !pi && !(seen & FUTEX_TID_MASK)) {
		futex_wake(uaddr, true, 1, FUTEX_BITSET_MATCH_ANY);
		return true;
	}
	do {
		old = seen;
		if ((old & FUTEX_TID_MASK) != (u32)t->pid)
			return true;
		if (user_cmpxchg_u32(uaddr, &seen,
				     (old & FUTEX_WAITERS) | FUTEX_OWNER_DIED))
			return false;
		cond_resched();
	} while (seen != old);
	if (!pi && (old & FUTEX_WAITERS))
		futex_wake(uaddr, true, 1, FUTEX_BITSET_MATCH_ANY);
	return true;
}

/* A pointer to an entry, its mark aside. */
struct entry {
	u64 addr;
	bool pi;
};

static bool fetch_entry(struct entry *e, const u64 __user *from)
{
	u64 raw;

	if (get_user(raw, from))
		return false;
	*e = (struct entry){ .addr = raw & ~1UL, .pi = raw & 1 };
	return true;
}

static void exit_robust_list(struct task_struct *t,
			     struct robust_list_head __user *head)
{
	struct entry e, next, pending;
	unsigned int limit = ROBUST_LIST_LIMIT;
	bool more;
	s64 offset;

	if (!fetch_entry(&e, &head->list.next) ||
	    get_user(offset, &head->futex_offset) ||
	    !fetch_entry(&pending, &head->list_op_pending))
		return;
	while (e.addr != (u64)&head->list && limit--) {
		/* Once it is released, another thread may free the entry. */
		more = fetch_entry(
			&next, &((struct robust_list __user *)e.addr)->next);
		if (e.addr != pending.addr &&
		    !release_futex(t, e.addr + (u64)offset, e.pi, false))
			return;
		if (!more)
			return;
		e = next;
		cond_resched();
	}
	if (pending.addr)
		release_futex(t, pending.addr + (u64)offset, pending.pi, true);
}

/**
 * futex_mm_release - the current task lets go of its address space
 * @t: current
 *
 * Context: may sleep; the address space is still there.
 */
void futex_mm_release(struct task_struct *t)
{
	u32 __user *tid = (u32 __user *)t->clear_child_tid;

	if (!t->mm)
		return;
	if (t->robust_list)
		exit_robust_list(t, (void __user *)t->robust_list);
	t->robust_list = 0;
	/* With nobody else in the address space there is nobody to see it. */
	if (tid && atomic_read(&t->mm->mm_users) > 1 && !put_user(0, tid))
		futex_wake(tid, true, 1, FUTEX_BITSET_MATCH_ANY);
	t->clear_child_tid = NULL;
}

/**
 * sys_set_robust_list() - where the list of robust futexes that the thread
 * holds begins
 *
 * Context: process context. Return: 0; -EINVAL: @len.
 */
SYSCALL_DEFINE2(set_robust_list, void __user *, head, size_t, len)
{
	if (len != sizeof(struct robust_list_head))
		return -EINVAL;
	current->robust_list = (u64)head;
	return 0;
}

/**
 * sys_get_robust_list() - what a thread has said by set_robust_list(2)
 * @pid: its number; 0: the caller
 * @uhead: gets where the list begins
 * @ulen: gets the size of its head, bytes
 *
 * Context: process context.
 * Return: 0; -ESRCH: no such thread; -EPERM: somebody else's; -EFAULT.
 */
SYSCALL_DEFINE3(get_robust_list, int, pid, u64 __user *, uhead, size_t __user *,
		ulen)
{
	struct task_struct *t = pid ? find_get_task(pid) : current;
	bool allowed;
	u64 head;

	if (!t)
		return -ESRCH;
	allowed = ptrace_may_access(t, PTRACE_MODE_REALCREDS);
	head = t->robust_list;
	if (pid)
		put_task_struct(t);
	if (!allowed)
		return -EPERM;
	if (put_user(sizeof(struct robust_list_head), ulen))
		return -EFAULT;
	return put_user(head, uhead);
}

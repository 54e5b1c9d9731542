/* SPDX-License-Identifier: MIT */
/*
 * ptrace(2) on signals: what is known of the one that a tracee has stopped for,
 * those that wait for it, and its mask.
 *
 * Locks: siglock for the queues and the mask; user memory after it.
 */
#include <ikos/ptrace.h>
#include <ikos/uaccess.h>
#include <uapi/ptrace.h>

#include "signal_internal.h"

/* PTRACE_GETSIGINFO and SETSIGINFO; a stop of the group has none: -EINVAL. */
static long get_siginfo(struct task_struct *t, void __user *to)
{
	if (!t->ptrace->info)
		return -EINVAL;
	return copy_to_user(to, t->ptrace->info, sizeof(struct siginfo))
		       ? -EFAULT
		       : 0;
}

static long set_siginfo(struct task_struct *t, const void __user *from)
{
	struct siginfo info;

	if (copy_from_user(&info, from, sizeof(info)))
		return -EFAULT;
	if (!t->ptrace->info)
		return -EINVAL;
	*t->ptrace->info = info;
	return 0;
}

/* The @nth queued signal; false: there are not so many. */
static bool nth_queued(struct task_struct *t, struct sigpending *pending,
		       u64 nth, struct siginfo *info)
{
	struct sigqueue *q;
	bool found = false;

	spin_lock_irq(&t->sighand->siglock);
	list_for_each_entry (q, &pending->list, list) {
		if (nth--)
			continue;
		*info = q->info;
		found = true;
		break;
	}
	spin_unlock_irq(&t->sighand->siglock);
	return found;
}

static long peek_siginfo(struct task_struct *t, const void __user *uargs,
			 struct siginfo __user *to)
{
	struct ptrace_peeksiginfo_args args;
	struct sigpending *pending = &t->pending;
	struct siginfo info;
	int n = 0;

	if (copy_from_user(&args, uargs, sizeof(args)))
		return -EFAULT;
	if ((args.flags & ~PTRACE_PEEKSIGINFO_SHARED) || args.nr < 0)
		return -EINVAL;
	if (args.flags & PTRACE_PEEKSIGINFO_SHARED)
		pending = &t->signal->shared_pending;
	while (n < args.nr &&
	       nth_queued(t, pending, args.off + (u64)n, &info)) {
		if (copy_to_user(to + n, &info, sizeof(info)))
			return n ? n : -EFAULT;
		n++;
		if (current_signal_pending())
			break;
		cond_resched();
	}
	return n;
}

/* A call that will put the mask back when no handler runs shows the old one. */
static long get_sigmask(struct task_struct *t, void __user *to)
{
	sigset_t_k mask = t->restore_sigmask ? t->saved_sigmask : t->blocked;

	return copy_to_user(to, &mask, sizeof(mask)) ? -EFAULT : 0;
}

static long set_sigmask(struct task_struct *t, const void __user *from)
{
	sigset_t_k mask;

	if (copy_from_user(&mask, from, sizeof(mask)))
		return -EFAULT;
	spin_lock_irq(&t->sighand->siglock);
	t->blocked = mask & ~SIG_KERNEL_ONLY_MASK;
	t->restore_sigmask = false;
	spin_unlock_irq(&t->sighand->siglock);
	return 0;
}

/**
 * ptrace_siginfo_request - the requests of ptrace(2) that are about signals
 * @t: a tracee that stands still
 * @request: PTRACE_GETSIGINFO …
 * @addr: the size of a mask; the arguments of PEEKSIGINFO
 * @data: the tracer's memory
 *
 * Context: may sleep.
 * Return: 0, PEEKSIGINFO: how many; -EINVAL: no information, size, flags;
 * -EFAULT.
 */
long ptrace_siginfo_request(struct task_struct *t, long request,
			    unsigned long addr, void __user *data)
{
	switch (request) {
	case PTRACE_GETSIGINFO:
		return get_siginfo(t, data);
	case PTRACE_SETSIGINFO:
		return set_siginfo(t, data);
	case PTRACE_PEEKSIGINFO:
		return peek_siginfo(t, (const void __user *)addr, data);
	default:
		if (addr != sizeof(sigset_t_k))
			return -EINVAL;
		return request == PTRACE_GETSIGMASK ? get_sigmask(t, data)
						    : set_sigmask(t, data);
	}
}

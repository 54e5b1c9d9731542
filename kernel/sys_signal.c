/* SPDX-License-Identifier: MIT */
/*
 * The system calls that set up signal handling for the caller: actions, mask,
 * alternate stack, and waiting for a signal. Sending is in kernel/sys_kill.c.
 * Source: sigaction(2), sigprocmask(2), sigpending(2), sigsuspend(2),
 * sigwaitinfo(2), sigaltstack(2), pause(2), restart_syscall(2).
 */
#include <ikos/posix_timer.h>
#include <ikos/string.h>
#include <ikos/syscall.h>
#include <ikos/uaccess.h>

#include "signal_internal.h"

/* Linux clears what it does not know, so that programs can probe. */
#define SA_KNOWN                                                               \
	(SA_NOCLDSTOP | SA_NOCLDWAIT | SA_SIGINFO | SA_RESTORER | SA_ONSTACK | \
	 SA_RESTART | SA_NODEFER | SA_RESETHAND)

/* POSIX: setting a signal to be ignored discards a pending one. */
static void discard_if_ignored(int sig)
{
	struct task_struct *t;
	u64 handler = sig_action(current, sig)->handler;

	if (handler != SIG_IGN &&
	    !(handler == SIG_DFL && sig_in(sig, SIG_KERNEL_IGNORE_MASK)))
		return;
	sigpending_flush(&current->signal->shared_pending, sigmask(sig));
	for_each_thread (current, t)
		sigpending_flush(&t->pending, sigmask(sig));
}

/**
 * sys_rt_sigaction() - get or set the action of a signal
 *
 * Context: process context. Return: 0; -EINVAL: @sig, SIGKILL or SIGSTOP, or
 * @sigsetsize is not 8; -EFAULT.
 */
SYSCALL_DEFINE4(rt_sigaction, int, sig, const struct ksigaction __user *, uact,
		struct ksigaction __user *, uold, size_t, sigsetsize)
{
	struct ksigaction act, old, *slot;

	if (sigsetsize != sizeof(sigset_t_k))
		return -EINVAL;
	if (uact && copy_from_user(&act, uact, sizeof(act)))
		return -EFAULT;
	if (sig < 1 || sig > _NSIG ||
	    (uact && sig_in(sig, SIG_KERNEL_ONLY_MASK)))
		return -EINVAL;

	slot = sig_action(current, sig);
	spin_lock_irq(&current->sighand->siglock);
	old = *slot;
	if (uact) {
		act.flags &= SA_KNOWN;
		act.mask &= ~SIG_KERNEL_ONLY_MASK;
		*slot = act;
		discard_if_ignored(sig);
	}
	spin_unlock_irq(&current->sighand->siglock);
	if (uold && copy_to_user(uold, &old, sizeof(old)))
		return -EFAULT;
	return 0;
}

/**
 * sys_rt_sigprocmask() - get or change the mask of blocked signals
 *
 * Context: process context. Return: 0; -EINVAL: @how or @sigsetsize; -EFAULT.
 */
SYSCALL_DEFINE4(rt_sigprocmask, int, how, const sigset_t_k __user *, uset,
		sigset_t_k __user *, uold, size_t, sigsetsize)
{
	sigset_t_k old = current->blocked, set;

	if (sigsetsize != sizeof(sigset_t_k))
		return -EINVAL;
	if (uset) {
		if (get_user(set, uset))
			return -EFAULT;
		if (how == SIG_BLOCK)
			set |= old;
		else if (how == SIG_UNBLOCK)
			set = old & ~set;
		else if (how != SIG_SETMASK)
			return -EINVAL;
		set_current_blocked(set);
	}
	return uold ? put_user(old, uold) : 0;
}

/**
 * sys_rt_sigpending() - which blocked signals are pending
 *
 * Any smaller size gets a part.
 *
 * Context: process context. Return: 0; -EINVAL: @sigsetsize is more than 8;
 * -EFAULT.
 */
SYSCALL_DEFINE2(rt_sigpending, sigset_t_k __user *, uset, size_t, sigsetsize)
{
	sigset_t_k set;

	if (sigsetsize > sizeof(set))
		return -EINVAL;
	spin_lock_irq(&current->sighand->siglock);
	set = (current->pending.signal |
	       current->signal->shared_pending.signal) &
	      current->blocked;
	spin_unlock_irq(&current->sighand->siglock);
	return copy_to_user(uset, &set, sigsetsize) ? -EFAULT : 0;
}

static long wait_for_signal(void)
{
	while (!current->sigpending) {
		set_current_state(TASK_INTERRUPTIBLE);
		if (!current->sigpending)
			schedule();
		set_current_state(TASK_RUNNING);
	}
	return -ERESTARTNOHAND;
}

/**
 * sys_pause() - sleep until a signal is handled
 *
 * Context: process context. Return: -EINTR, as the program sees it, after a
 * handler ran.
 */
SYSCALL_DEFINE0(pause)
{
	return wait_for_signal();
}

/**
 * sys_rt_sigsuspend() - replace the mask and sleep until a signal is handled
 *
 * Context: process context. Return: -EINTR, as the program sees it; -EINVAL:
 * @sigsetsize; -EFAULT.
 */
SYSCALL_DEFINE2(rt_sigsuspend, const sigset_t_k __user *, uset, size_t,
		sigsetsize)
{
	sigset_t_k set;

	if (sigsetsize != sizeof(set))
		return -EINVAL;
	if (get_user(set, uset))
		return -EFAULT;
	current->saved_sigmask = current->blocked;
	set_current_blocked(set);
	wait_for_signal();
	current->restore_sigmask = true;
	return -ERESTARTNOHAND;
}

/* Sleep for at most @ns while the signals outside @mask may wake us. Returns
 * the ns left. siglock held, dropped while asleep. */
static u64 sleep_unblocked(sigset_t_k mask, u64 ns)
{
	struct task_struct *t = current;

	t->real_blocked = t->blocked;
	t->blocked &= mask;
	recalc_sigpending(t);
	set_current_state(TASK_INTERRUPTIBLE);
	spin_unlock_irq(&t->sighand->siglock);
	if (!t->sigpending)
		ns = schedule_timeout(ns);
	set_current_state(TASK_RUNNING);
	spin_lock_irq(&t->sighand->siglock);
	set_blocked_locked(t, t->real_blocked);
	t->real_blocked = 0;
	return ns;
}

/**
 * sys_rt_sigtimedwait() - take a pending signal of a set out, waiting for one
 * if need be
 *
 * Context: process context. Return: the signal; -EAGAIN: none came in time;
 * -EINTR: another one was handled; -EINVAL: the time or @sigsetsize; -EFAULT.
 */
SYSCALL_DEFINE4(rt_sigtimedwait, const sigset_t_k __user *, uset,
		struct siginfo __user *, uinfo,
		const struct timespec64 __user *, uts, size_t, sigsetsize)
{
	u64 ns = MAX_SCHEDULE_TIMEOUT;
	struct timespec64 ts;
	struct siginfo info;
	sigset_t_k set;
	int sig;

	if (sigsetsize != sizeof(set))
		return -EINVAL;
	if (get_user(set, uset))
		return -EFAULT;
	if (uts) {
		if (get_user(ts, uts))
			return -EFAULT;
		if (!timespec_valid(&ts))
			return -EINVAL;
		ns = timespec_to_ns(&ts);
	}
	set &= ~SIG_KERNEL_ONLY_MASK;
	spin_lock_irq(&current->sighand->siglock);
	sig = dequeue_signal(~set, &info);
	if (!sig && ns) {
		ns = sleep_unblocked(~set, ns);
		sig = dequeue_signal(~set, &info);
	}
	spin_unlock_irq(&current->sighand->siglock);
	if (!sig)
		return ns ? -EINTR : -EAGAIN;
	posix_timer_deliver(&info);
	if (uinfo && copy_to_user(uinfo, &info, sizeof(info)))
		return -EFAULT;
	return sig;
}

static bool on_sig_stack(unsigned long sp)
{
	const struct sigaltstack_k *sas = &current->sas;

	/* A self-disarming stack may be changed while we stand on it. */
	if ((u32)sas->ss_flags & SS_AUTODISARM)
		return false;
	return sp > sas->ss_sp && sp - sas->ss_sp <= sas->ss_size;
}

/**
 * sas_ss_flags() - what sigaltstack(2) says about a stack pointer
 * @sp: user stack pointer
 *
 * Context: process context.
 * Return: SS_DISABLE: there is no alternate stack; SS_ONSTACK: @sp is on it;
 * 0: it is not.
 */
int sas_ss_flags(unsigned long sp)
{
	if (!current->sas.ss_size)
		return SS_DISABLE;
	return on_sig_stack(sp) ? SS_ONSTACK : 0;
}

static int check_sigaltstack(const struct sigaltstack_k *ss, unsigned long sp)
{
	u32 mode = (u32)ss->ss_flags & ~SS_AUTODISARM;

	if (on_sig_stack(sp))
		return -EPERM;
	if (mode != SS_DISABLE && mode != SS_ONSTACK && mode != 0)
		return -EINVAL;
	if (mode != SS_DISABLE && ss->ss_size < MINSIGSTKSZ)
		return -ENOMEM;
	return 0;
}

/**
 * do_sigaltstack() - get or set the alternate signal stack
 * @ss: new one, or NULL
 * @oss: gets the one before, or NULL
 * @sp: the caller's user stack pointer
 *
 * Context: process context.
 * Return: 0; -EPERM: @sp is on it now; -EINVAL: ss_flags; -ENOMEM: smaller
 * than MINSIGSTKSZ.
 */
int do_sigaltstack(const struct sigaltstack_k *ss, struct sigaltstack_k *oss,
		   unsigned long sp)
{
	struct sigaltstack_k *sas = &current->sas;
	int ret;

	if (oss) {
		memset(oss, 0, sizeof(*oss));
		oss->ss_sp = sas->ss_sp;
		oss->ss_size = sas->ss_size;
		oss->ss_flags = (s32)((u32)sas_ss_flags(sp) |
				      ((u32)sas->ss_flags & SS_AUTODISARM));
	}
	if (!ss)
		return 0;
	ret = check_sigaltstack(ss, sp);
	if (ret)
		return ret;
	memset(sas, 0, sizeof(*sas));
	sas->ss_flags = ss->ss_flags;
	if (((u32)ss->ss_flags & ~SS_AUTODISARM) != SS_DISABLE) {
		sas->ss_sp = ss->ss_sp;
		sas->ss_size = ss->ss_size;
	}
	return 0;
}

/**
 * sys_sigaltstack() - get or set the stack that SA_ONSTACK handlers run on
 *
 * Context: process context. Return: 0; -EPERM: the caller stands on it;
 * -EINVAL: ss_flags; -ENOMEM: too small; -EFAULT.
 */
SYSCALL_DEFINE2(sigaltstack, const struct sigaltstack_k __user *, uss,
		struct sigaltstack_k __user *, uoss)
{
	struct sigaltstack_k ss, oss;
	int ret;

	if (uss && copy_from_user(&ss, uss, sizeof(ss)))
		return -EFAULT;
	ret = do_sigaltstack(uss ? &ss : NULL, &oss, current_pt_regs()->sp);
	if (!ret && uoss && copy_to_user(uoss, &oss, sizeof(oss)))
		ret = -EFAULT;
	return ret;
}

/**
 * sys_restart_syscall() - go on with a sleep that a stop interrupted; only
 * the kernel calls it
 *
 * Context: process context. Return: what the call that goes on returns;
 * -EINTR: there is none.
 */
SYSCALL_DEFINE0(restart_syscall)
{
	return current->restart_fn ? current->restart_fn(current) : -EINTR;
}

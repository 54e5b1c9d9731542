/* SPDX-License-Identifier: MIT */
/*
 * ptrace(2), the call: what a tracer asks of a tracee that stands still.
 *
 *	find it, hold it	-ESRCH: no tracee of ours, or it runs
 *	the architecture	registers
 *	here			memory, options, how it goes on
 *	ptrace_siginfo.c	signals
 *	let it loose, unless the request was to go on
 *
 * Source: ptrace(2).
 */
#include <asm/processor.h>
#include <ikos/mm_views.h>
#include <ikos/ptrace.h>
#include <ikos/syscall.h>
#include <ikos/uaccess.h>
#include <uapi/ptrace.h>

#include "signal_internal.h"
#include "task_internal.h"

/* A tracee that has executed a program in another thread than its leader has
 * the leader's number now; the tracer has to hear of that first. */
static bool is_another_now(const struct task_struct *t)
{
	return t->ptrace->code == (PTRACE_EVENT_EXEC << 8 | SIGTRAP) &&
	       t->ptrace->message != (unsigned long)t->pid;
}

/* Hold it where it is. tasklist_lock held. False: it does not stand still. */
static bool freeze(struct task_struct *t)
{
	bool ok;

	spin_lock(&t->sighand->siglock);
	ok = t->state == TASK_TRACED && !t->exit_state &&
	     !t->ptrace->listening && !is_another_now(t) &&
	     !sig_in(SIGKILL, t->pending.signal);
	if (ok)
		t->state = TASK_FROZEN;
	spin_unlock(&t->sighand->siglock);
	return ok;
}

/* SIGKILL may have come meanwhile. It may also have gone on already. */
static void unfreeze(struct task_struct *t)
{
	spin_lock_irq(&t->sighand->siglock);
	if (ptracer(t) == current && t->state == TASK_FROZEN) {
		t->state = TASK_TRACED;
		if (sig_in(SIGKILL, t->pending.signal))
			wake_up_state(t, TASK_TRACED);
	}
	spin_unlock_irq(&t->sighand->siglock);
}

static long hold_tracee(struct task_struct *t, bool running_too)
{
	bool ok;

	spin_lock_irq(&tasklist_lock);
	ok = ptracer(t) == current && (running_too || freeze(t));
	spin_unlock_irq(&tasklist_lock);
	if (!ok)
		return -ESRCH;
	/* Its registers are in its task when it has left its CPU. */
	while (!running_too && READ_ONCE(t->on_cpu))
		cpu_relax();
	return 0;
}

/* A word of its memory; 0 or -EIO. What another user's program has started, a
 * tracer without CAP_SYS_PTRACE does not get to see. */
static long access_word(struct task_struct *t, unsigned long addr,
			unsigned long *word, bool write)
{
	struct mm_struct *mm = get_task_mm(t);
	size_t n = 0;

	if (!mm)
		return -EIO;
	if (!READ_ONCE(mm->undumpable) || t->ptrace->privileged)
		n = access_remote_vm(mm, addr, word, sizeof(*word),
				     FAULT_FLAG_FORCE |
					     (write ? FAULT_FLAG_WRITE : 0));
	mmput(mm);
	return n == sizeof(*word) ? 0 : -EIO;
}

static long peek(struct task_struct *t, unsigned long addr, void __user *to)
{
	unsigned long word;
	long err = access_word(t, addr, &word, false);

	return err ? err : put_user(word, (unsigned long __user *)to);
}

/* PTRACE_CONT and the others that let it go on. */
static long resume(struct task_struct *t, long request, unsigned long sig)
{
	struct ptrace *pt = t->ptrace;

	if (!valid_signal(sig))
		return -EIO;
	pt->sys_trace = request == PTRACE_SYSCALL;
	pt->sys_emu =
		request == PTRACE_SYSEMU || request == PTRACE_SYSEMU_SINGLESTEP;
	if (request == PTRACE_SINGLESTEP || request == PTRACE_SYSEMU_SINGLESTEP)
		user_enable_single_step(t);
	else
		user_disable_single_step(t);
	ptrace_set_syscall_work(t);
	spin_lock_irq(&t->sighand->siglock);
	pt->code = (int)sig;
	t->state = TASK_TRACED;
	wake_up_state(t, TASK_TRACED);
	spin_unlock_irq(&t->sighand->siglock);
	return 0;
}

static long set_options(struct task_struct *t, unsigned long options)
{
	if ((options & ~(unsigned long)PTRACE_O_MASK) ||
	    (options & PTRACE_O_SUSPEND_SECCOMP))
		return -EINVAL;
	t->ptrace->options = (unsigned int)options;
	return 0;
}

/* Stop a seized tracee, wherever it is. */
static long interrupt(struct task_struct *t)
{
	struct ptrace *pt = t->ptrace;
	long ret = -EIO;

	spin_lock_irq(&tasklist_lock);
	if (ptracer(t) == current && pt->seized && !t->exit_state) {
		spin_lock(&t->sighand->siglock);
		if (!(t->flags & PF_EXITING) &&
		    !sig_in(SIGKILL, t->pending.signal)) {
			pt->trap_stop = true;
			signal_wake_up(t, false);
			if (pt->listening)
				wake_up_state(t, TASK_TRACED);
		}
		spin_unlock(&t->sighand->siglock);
		ret = 0;
	}
	spin_unlock_irq(&tasklist_lock);
	return ret;
}

/* Leave a stop of the process in peace, but hear of its end. */
static long listen(struct task_struct *t)
{
	struct ptrace *pt = t->ptrace;
	long ret = -EIO;

	if (!pt->seized)
		return -EIO;
	spin_lock_irq(&t->sighand->siglock);
	if (pt->info && pt->info->si_code >> 8 == PTRACE_EVENT_STOP) {
		pt->listening = true;
		t->state = TASK_TRACED;
		if (pt->trap_notify || sig_in(SIGKILL, t->pending.signal))
			wake_up_state(t, TASK_TRACED);
		ret = 0;
	}
	spin_unlock_irq(&t->sighand->siglock);
	return ret;
}

static long kill_tracee(struct task_struct *t)
{
	struct siginfo info = { .si_signo = SIGKILL, .si_code = SI_USER };

	info.si_pid = current->tgid;
	info.si_uid = current->cred.uid;
	send_sig_info(SIGKILL, &info, t, false);
	return 0;
}

static long ptrace_request(struct task_struct *t, long request,
			   unsigned long addr, unsigned long data)
{
	void __user *user = (void __user *)data;

	switch (request) {
	case PTRACE_PEEKTEXT:
	case PTRACE_PEEKDATA:
		return peek(t, addr, user);
	case PTRACE_POKETEXT:
	case PTRACE_POKEDATA:
		return access_word(t, addr, &data, true);
	case PTRACE_CONT:
	case PTRACE_SYSCALL:
	case PTRACE_SYSEMU:
	case PTRACE_SYSEMU_SINGLESTEP:
	case PTRACE_SINGLESTEP:
		return resume(t, request, data);
	case PTRACE_KILL:
		return kill_tracee(t);
	case PTRACE_DETACH:
		return ptrace_detach(t, data);
	case PTRACE_OLDSETOPTIONS:
	case PTRACE_SETOPTIONS:
		return set_options(t, data);
	case PTRACE_GETEVENTMSG:
		return put_user(t->ptrace->message,
				(unsigned long __user *)user);
	case PTRACE_INTERRUPT:
		return interrupt(t);
	case PTRACE_LISTEN:
		return listen(t);
	case PTRACE_GET_SYSCALL_INFO:
		return arch_syscall_info(t, addr, user);
	case PTRACE_GETSIGINFO:
	case PTRACE_SETSIGINFO:
	case PTRACE_PEEKSIGINFO:
	case PTRACE_GETSIGMASK:
	case PTRACE_SETSIGMASK:
		return ptrace_siginfo_request(t, request, addr, user);
	default:
		return arch_ptrace(t, request, addr, user);
	}
}

/* The tracee's side is done by the tracee, the rest to another task. */
static long request_to(struct task_struct *t, long request, unsigned long addr,
		       unsigned long data)
{
	bool running_too =
		request == PTRACE_KILL || request == PTRACE_INTERRUPT;
	long ret;

	if (request == PTRACE_ATTACH || request == PTRACE_SEIZE)
		return ptrace_attach(t, request == PTRACE_SEIZE, addr, data);
	ret = hold_tracee(t, running_too);
	if (ret)
		return ret;
	ret = ptrace_request(t, request, addr, data);
	if (!running_too)
		unfreeze(t);
	return ret;
}

/**
 * sys_ptrace - ptrace(2)
 *
 * The system call stores what PTRACE_PEEK* reads at @data; the library returns
 * it.
 *
 * Return: 0, PTRACE_GET_SYSCALL_INFO and PEEKSIGINFO more, or
 *   -ESRCH   no such task, it is not ours, or it does not stand still
 *   -EPERM   it cannot be attached to
 *   -EIO     no such request; nothing at @addr; no such signal; not seized
 *   -EINVAL  options, set of registers, no signal to speak of
 *   -EFAULT  @data
 *   -ENOMEM, -ERESTARTNOINTR  see ptrace_attach()
 */
SYSCALL_DEFINE4(ptrace, long, request, long, pid, unsigned long, addr,
		unsigned long, data)
{
	struct task_struct *t;
	long ret;

	if (request == PTRACE_TRACEME)
		return ptrace_traceme();
	t = find_get_task((pid_t)pid);
	if (!t)
		return -ESRCH;
	ret = request_to(t, request, addr, data);
	put_task_struct(t);
	return ret;
}

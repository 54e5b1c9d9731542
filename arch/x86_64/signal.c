/* SPDX-License-Identifier: MIT */
/*
 * The way back to user mode: reschedule, deliver signals, restart system
 * calls that a signal interrupted. Every return to a program passes here when
 * there is anything to do.
 *
 * A call that a signal interrupts returns one of four numbers, and whether it
 * is made again depends on what the signal does (signal(7)):
 *
 *			   no handler runs	handler runs
 *	ERESTARTSYS	   again		again if SA_RESTART, else EINTR
 *	ERESTARTNOINTR	   again		again
 *	ERESTARTNOHAND	   again		EINTR
 *	ERESTART_RESTARTBLOCK  restart_syscall	EINTR
 *
 * "Again" puts the number back into rax and ip back onto the SYSCALL
 * instruction, two bytes.
 */
#include <asm/entry.h>
#include <ikos/irq.h>
#include <ikos/ptrace.h>
#include <ikos/sched.h>
#include <ikos/syscall.h>

#define SYSCALL_INSN_SIZE  2
#define NR_RESTART_SYSCALL 219

static bool in_syscall(const struct pt_regs *regs)
{
	return (long)regs->orig_ax >= 0;
}

static void syscall_again(struct pt_regs *regs, unsigned long nr)
{
	regs->ax = nr;
	regs->ip -= SYSCALL_INSN_SIZE;
}

/* A handler is about to run. */
static void restart_with_handler(struct pt_regs *regs, u64 sa_flags)
{
	if (!in_syscall(regs))
		return;
	switch ((long)regs->ax) {
	case -ERESTART_RESTARTBLOCK:
	case -ERESTARTNOHAND:
		regs->ax = (unsigned long)-EINTR;
		break;
	case -ERESTARTSYS:
		if (!(sa_flags & SA_RESTART)) {
			regs->ax = (unsigned long)-EINTR;
			break;
		}
		/* fall through */
	case -ERESTARTNOINTR:
		syscall_again(regs, regs->orig_ax);
		break;
	}
}

/* The signal was ignored, stopped us, or somebody else took it. */
static void restart_without_handler(struct pt_regs *regs)
{
	if (!in_syscall(regs))
		return;
	switch ((long)regs->ax) {
	case -ERESTARTNOHAND:
	case -ERESTARTSYS:
	case -ERESTARTNOINTR:
		syscall_again(regs, regs->orig_ax);
		break;
	case -ERESTART_RESTARTBLOCK:
		syscall_again(regs, NR_RESTART_SYSCALL);
		break;
	}
}

/* The frame could not be built: SIGSEGV, deadly if that is what it was for. */
static void frame_failed(int sig)
{
	struct sighand_struct *sighand = current->sighand;
	unsigned long flags;

	if (sig == SIGSEGV) {
		spin_lock_irqsave(&sighand->siglock, flags);
		sighand->action[SIGSEGV - 1].handler = SIG_DFL;
		spin_unlock_irqrestore(&sighand->siglock, flags);
	}
	force_sig(SIGSEGV);
}

/* The handler's frame is not to trap, its first instruction is a step. */
static bool stop_stepping(void)
{
	if (likely(!current->ptrace) || !current->ptrace->stepping)
		return false;
	user_disable_single_step(current);
	return true;
}

static void deliver_signals(struct pt_regs *regs)
{
	struct ksignal ksig;
	bool stepping;

	if (unlikely(current->ptrace) && current->ptrace->exit_due)
		ptrace_syscall_exit(regs);
	if (!get_signal(&ksig)) {
		restart_without_handler(regs);
		restore_saved_sigmask();
		return;
	}
	restart_with_handler(regs, ksig.action.flags);
	stepping = stop_stepping();
	if (setup_rt_frame(&ksig, regs))
		frame_failed(ksig.sig);
	else
		signal_delivered(&ksig);
	if (unlikely(stepping))
		ptrace_notify(SIGTRAP, 0);
}

/**
 * exit_to_user_mode - do what is due before a program goes on
 * @regs: its registers
 *
 * Each pass may sleep and so bring new work; the last look is taken with
 * interrupts off, and they stay off until the program runs. Several signals
 * stack their frames, the last one's handler running first.
 *
 * Context: interrupts off, no locks; they are on in between.
 */
void exit_to_user_mode(struct pt_regs *regs)
{
	struct task_struct *t = current;

	while (t->need_resched || t->sigpending || t->restore_sigmask) {
		local_irq_enable();
		if (t->need_resched)
			schedule();
		if (t->sigpending || t->restore_sigmask)
			deliver_signals(regs);
		local_irq_disable();
	}
	lockdep_user_return();
}

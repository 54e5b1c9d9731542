/* SPDX-License-Identifier: MIT */
/*
 * ptrace(2): how a tracee goes on. Instruction by instruction, with the trap
 * flag; or from system call to system call.
 *
 * The entry of a system call compares the number with a limit that lies on top
 * of the task's kernel stack. For a task whose calls are looked at the limit is
 * 0, so that each of them takes the way of unknown numbers, to slow_syscall():
 * others pay nothing.
 *
 *	stack + KSTACK_SIZE	+--------------------+
 *				| padding            |
 *				| limit: 512, or 0   |
 *	cpu_stack_top		+--------------------+
 *				| struct pt_regs     |
 *
 * Source: ptrace(2), "Syscall-stops"; SDM 3B, 18.3.1.4 (single step).
 */
#include "sigframe.h"

#include <asm/entry.h>
#include <asm/switch.h>
#include <ikos/err.h>
#include <ikos/mm_views.h>
#include <ikos/ptrace.h>
#include <ikos/string.h>
#include <ikos/syscall.h>
#include <ikos/uaccess.h>
#include <uapi/ptrace.h>

#define INSN_MAX 15

static bool is_prefix(u8 byte)
{
	return byte == 0x26 || byte == 0x2e || byte == 0x36 || byte == 0x3e ||
	       byte == 0x64 || byte == 0x65 || byte == 0x66 || byte == 0x67 ||
	       byte == 0xf0 || byte == 0xf2 || byte == 0xf3 ||
	       (byte & 0xf0) == 0x40;
}

/* POPF and IRET load the trap flag themselves: it is the program's then. */
static bool sets_trap_flag(struct task_struct *t)
{
	unsigned long ip = task_pt_regs(t)->ip;
	struct mm_struct *mm = get_task_mm(t);
	u8 code[INSN_MAX];
	size_t n, i = 0;

	if (!mm)
		return false;
	n = access_remote_vm(mm, ip, code, sizeof(code), FAULT_FLAG_FORCE);
	mmput(mm);
	while (i < n && is_prefix(code[i]))
		i++;
	return i < n && (code[i] == 0x9d || code[i] == 0xcf);
}

/**
 * user_enable_single_step - a tracee is to execute one instruction
 * @t: it stands still
 *
 * Context: may sleep.
 */
void user_enable_single_step(struct task_struct *t)
{
	struct pt_regs *regs = task_pt_regs(t);
	bool was_set = regs->flags & X86_EFLAGS_TF;

	t->ptrace->stepping = true;
	regs->flags |= X86_EFLAGS_TF;
	if (sets_trap_flag(t))
		t->ptrace->forced_tf = false;
	else if (!was_set)
		t->ptrace->forced_tf = true;
}

/**
 * user_disable_single_step - the end of it
 * @t: it stands still, or is current
 */
void user_disable_single_step(struct task_struct *t)
{
	struct ptrace *pt = t->ptrace;

	pt->stepping = false;
	if (!pt->forced_tf)
		return;
	pt->forced_tf = false;
	task_pt_regs(t)->flags &= ~X86_EFLAGS_TF;
}

/**
 * ptrace_fork_regs - a child does not step because its parent does
 * @child: not running yet, with a copy of current's registers
 */
void ptrace_fork_regs(struct task_struct *child)
{
	if (current->ptrace->forced_tf)
		task_pt_regs(child)->flags &= ~X86_EFLAGS_TF;
}

/**
 * ptrace_set_syscall_work - look at a task's system calls from now on, or not
 * @t: its ptrace says which; alive
 */
void ptrace_set_syscall_work(struct task_struct *t)
{
	const struct ptrace *pt = t->ptrace;
	bool look = pt->sys_trace || pt->sys_emu || pt->stepping;

	WRITE_ONCE(*task_syscall_limit(t), look ? 0 : NR_SYSCALLS);
}

/* A stop for a system call. False: the task is being killed. */
static bool syscall_stop(unsigned long message)
{
	struct ptrace *pt = current->ptrace;
	int code = SIGTRAP;
	int sig;

	if (!ptracer(current))
		return true;
	if (pt->options & PTRACE_O_TRACESYSGOOD)
		code |= 0x80;
	sig = ptrace_notify(code, message);
	if (sig)
		send_sig_info(sig, NULL, current, false);
	return !fatal_signal_pending(current);
}

/* One step has gone over a system call, whose flags the CPU did not see. */
static void step_report(struct pt_regs *regs)
{
	current->thread.trap_nr = 1;
	current->thread.error_code = 0;
	force_sig_fault(SIGTRAP, TRAP_BRKPT, regs->ip);
}

/**
 * ptrace_syscall_exit - a system call that is looked at has ended
 * @regs: the program's registers, with the result
 *
 * Context: current has been traced; sleeps.
 */
void ptrace_syscall_exit(struct pt_regs *regs)
{
	struct ptrace *pt = current->ptrace;

	pt->exit_due = false;
	if (pt->stepping && !pt->sys_emu)
		step_report(regs);
	else if (pt->sys_trace)
		syscall_stop(PTRACE_EVENTMSG_SYSCALL_EXIT);
}

/* Before the call. False: it is not to be made. */
static bool syscall_enter(struct ptrace *pt)
{
	bool emulate = pt->sys_emu;

	if (!pt->sys_trace && !emulate)
		return true;
	return syscall_stop(PTRACE_EVENTMSG_SYSCALL_ENTRY) && !emulate;
}

static void make_call(struct pt_regs *regs)
{
	unsigned int nr = (unsigned int)regs->orig_ax;

	if (nr < NR_SYSCALLS)
		regs->ax = (unsigned long)syscall_table[nr](regs->di, regs->si,
							    regs->dx, regs->r10,
							    regs->r8, regs->r9);
	else if (nr != -1U)
		regs->ax = (unsigned long)-ENOSYS;
}

/**
 * slow_syscall - a system call that is looked at, or has no valid number
 * @regs: the program's registers; ax is -ENOSYS
 *
 * The tracer may change the number, -1: no call, and the arguments.
 *
 * Context: system call entry, interrupts on.
 */
void slow_syscall(struct pt_regs *regs)
{
	struct ptrace *pt = current->ptrace;

	if (!pt || *task_syscall_limit(current)) {
		make_call(regs);
		return;
	}
	pt->in_call = true;
	if (syscall_enter(pt))
		make_call(regs);
	ptrace_syscall_exit(regs);
	pt->in_call = false;
}

static size_t fill_entry(struct ptrace_syscall_info *info,
			 const struct pt_regs *regs)
{
	const u64 args[6] = { regs->di,	 regs->si, regs->dx,
			      regs->r10, regs->r8, regs->r9 };

	info->op = PTRACE_SYSCALL_INFO_ENTRY;
	info->entry.nr = regs->orig_ax;
	memcpy(info->entry.args, args, sizeof(args));
	return offsetof(struct ptrace_syscall_info, entry.args) + sizeof(args);
}

static size_t fill_exit(struct ptrace_syscall_info *info,
			const struct pt_regs *regs)
{
	info->op = PTRACE_SYSCALL_INFO_EXIT;
	info->exit.rval = (s64)regs->ax;
	info->exit.is_error = regs->ax >= (unsigned long)-MAX_ERRNO;
	return offsetof(struct ptrace_syscall_info, exit.is_error) + 1;
}

/**
 * arch_syscall_info - PTRACE_GET_SYSCALL_INFO
 * @t: a tracee that stands still
 * @size: bytes at @to
 * @to: the tracer's memory
 *
 * Return: bytes there would be, or -EFAULT.
 */
long arch_syscall_info(struct task_struct *t, size_t size, void __user *to)
{
	const struct siginfo *why = t->ptrace->info;
	const struct pt_regs *regs = task_pt_regs(t);
	struct ptrace_syscall_info info;
	size_t n = offsetof(struct ptrace_syscall_info, entry);

	memset(&info, 0, sizeof(info));
	info.arch = AUDIT_ARCH_X86_64;
	info.instruction_pointer = regs->ip;
	info.stack_pointer = regs->sp;
	if (why && why->si_code == (SIGTRAP | 0x80)) {
		if (t->ptrace->message == PTRACE_EVENTMSG_SYSCALL_ENTRY)
			n = fill_entry(&info, regs);
		else if (t->ptrace->message == PTRACE_EVENTMSG_SYSCALL_EXIT)
			n = fill_exit(&info, regs);
	}
	return copy_to_user(to, &info, min(n, size)) ? -EFAULT : (long)n;
}

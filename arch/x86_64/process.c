/* SPDX-License-Identifier: MIT */
/*
 * What the CPU must know about tasks: how one starts, how the CPU goes from
 * one to the next, and what a new program finds in its registers.
 *
 * A kernel stack, the highest address on top:
 *
 *	+------------------+ stack + KSTACK_SIZE
 *	| syscall limit    | ptrace_step.c
 *	+------------------+ cpu_stack_top
 *	| struct pt_regs   | the program's registers, task_pt_regs()
 *	+------------------+
 *	| frames of the    |
 *	| call or trap ... |
 *	| switch_frame     | while it does not run; thread.sp points here
 *	+------------------+ stack
 *	| guard page       |
 *	+------------------+
 */
#include <asm/desc.h>
#include <asm/fpu.h>
#include <asm/fsgs.h>
#include <asm/segment.h>
#include <asm/switch.h>
#include <ikos/kernel.h>
#include <ikos/mm.h>
#include <ikos/sched.h>
#include <ikos/string.h>
#include <ikos/syscall.h>
#include <uapi/sched.h>

_Static_assert(offsetof(struct task_struct, need_resched) == TASK_WORK &&
		       offsetof(struct task_struct, sigpending) ==
			       TASK_WORK + 1,
	       "syscall_entry.S tests both at once");
_Static_assert(offsetof(struct task_struct, thread.sp) == TASK_THREAD_SP,
	       "switch.S");

/* What switch_stacks() pushes, lowest address first. */
struct switch_frame {
	unsigned long r15, r14, r13, r12, bx, bp;
	unsigned long ret;
};

DEFINE_PER_CPU(struct task_struct *, current_task) = &init_task;
DEFINE_PER_CPU(unsigned long, cpu_stack_top);
DEFINE_PER_CPU(unsigned long, syscall_user_sp);

static unsigned long stack_top(const struct task_struct *t)
{
	return (unsigned long)t->stack + KSTACK_SIZE - STACK_TOP_ROOM;
}

/**
 * task_pt_regs - the registers of a task's program
 * @t: a task with a kernel stack
 *
 * Return: where they are saved; for a kernel thread all zero.
 */
struct pt_regs *task_pt_regs(struct task_struct *t)
{
	return (struct pt_regs *)stack_top(t) - 1;
}

/**
 * task_syscall_limit - from which number on system calls go the slow way
 * @t: a task with a kernel stack
 *
 * Return: where it lies: NR_SYSCALLS, or 0 when all of them do.
 */
u64 *task_syscall_limit(struct task_struct *t)
{
	return (u64 *)stack_top(t);
}

/* Copy the running program's registers for @child; it sees 0 returned. */
static int copy_user_state(struct task_struct *child,
			   const struct kernel_clone_args *args)
{
	struct pt_regs *regs = task_pt_regs(child);
	struct thread_struct *thread = &child->thread;

	segments_save(thread);
	if (args->flags & CLONE_SETTLS) {
		if (args->tls >= TASK_SIZE)
			return -EPERM;
		thread->fsbase = args->tls;
		thread->fs = 0;
	}
	*regs = *current_pt_regs();
	regs->ax = 0;
	if (args->stack)
		regs->sp = args->stack;
	return fpu_clone(child);
}

/**
 * copy_thread - prepare the first switch to a new task
 * @child: has its kernel stack; the rest may be a copy of current
 * @args: clone(2)'s; used without @fn
 * @fn: a kernel thread's function, or NULL for a copy of the program
 * @arg: its argument
 *
 * On failure the child owns nothing of what this makes.
 *
 * Context: task; may sleep.
 * Return: 0; -ENOMEM; -EPERM: CLONE_SETTLS with no user address.
 */
int copy_thread(struct task_struct *child, const struct kernel_clone_args *args,
		int (*fn)(void *), void *arg)
{
	struct pt_regs *regs = task_pt_regs(child);
	struct switch_frame *frame = (struct switch_frame *)regs - 1;

	memset(&child->thread, 0, sizeof(child->thread));
	memset(frame, 0, sizeof(*frame));
	frame->ret = (unsigned long)ret_from_fork;
	child->thread.sp = (unsigned long)frame;
	*task_syscall_limit(child) = NR_SYSCALLS;
	if (!fn)
		return copy_user_state(child, args);
	memset(regs, 0, sizeof(*regs));
	frame->bx = (unsigned long)fn;
	frame->r12 = (unsigned long)arg;
	return 0;
}

/**
 * exit_thread - free what copy_thread() made
 * @t: a task that will not run again
 */
void exit_thread(struct task_struct *t)
{
	fpu_free(t);
}

/**
 * kthread_returned - the function of a kernel thread has returned
 * @regs: the registers on top of its stack
 * @ret: what it returned
 *
 * If it has loaded a program (kernel_execve()), the registers are that
 * program's and it starts when this returns; else the thread ends.
 */
void kthread_returned(struct pt_regs *regs, int ret)
{
	if (!user_mode(regs))
		do_exit((ret & 0xff) << 8);
}

/**
 * start_thread - the registers with which a program starts
 * @regs: current_pt_regs()
 * @ip: its first instruction
 * @sp: its stack pointer
 *
 * Context: exec, after flush_thread().
 */
void start_thread(struct pt_regs *regs, unsigned long ip, unsigned long sp)
{
	unsigned long orig_ax = user_mode(regs) ? regs->orig_ax : -1UL;

	memset(regs, 0, sizeof(*regs));
	regs->ip = ip;
	regs->sp = sp;
	regs->cs = __USER_CS;
	regs->ss = __USER_DS;
	regs->flags = X86_EFLAGS_IF;
	regs->orig_ax = orig_ax; /* what a tracer sees at the call's end */
}

/**
 * flush_thread - forget the old program's FPU and segment registers
 *
 * Context: exec, past the point of no return; may sleep.
 */
void flush_thread(void)
{
	struct thread_struct *t = &current->thread;

	t->cr2 = t->trap_nr = t->error_code = 0;
	segments_reset();
	fpu_reset();
}

/**
 * switch_to - run another task
 * @prev: the running task
 * @next: the one to run; its address space is loaded already
 *
 * Returns in the context of @prev when something switches back to it.
 * A kernel thread borrows the user registers of whoever ran before it.
 *
 * Context: the scheduler; interrupts off.
 * Return: the task that ran before @prev was resumed.
 */
struct task_struct *switch_to(struct task_struct *prev,
			      struct task_struct *next)
{
	segments_save(&prev->thread);
	if (prev->thread.fpu_live)
		fpu_save(prev->thread.fpu);
	if (next->mm)
		segments_load(&prev->thread, &next->thread);
	if (next->thread.fpu_live)
		fpu_restore(next->thread.fpu);
	this_cpu_write(cpu_stack_top, stack_top(next));
	tss_set_rsp0(stack_top(next));
	this_cpu_write(current_task, next);
	return switch_stacks(prev, next);
}

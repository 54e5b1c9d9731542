/* SPDX-License-Identifier: MIT */
#ifndef ASM_SWITCH_H
#define ASM_SWITCH_H

/*
 * Between process.c and the assembly of switch.S and syscall_entry.S.
 *
 * Offsets in struct task_struct; process.c checks them. need_resched and
 * sigpending are neighbours, so that one comparison of two bytes sees both.
 */
#define TASK_WORK      4
#define TASK_THREAD_SP 48

/* Above struct pt_regs on a task's kernel stack: ptrace_step.c. */
#define STACK_TOP_ROOM 16

#ifndef __ASSEMBLY__
#include <asm/percpu.h>
#include <ikos/types.h>

struct pt_regs;
struct task_struct;

/* Where the kernel stack of the running task begins: entry from user mode. */
DECLARE_PER_CPU(unsigned long, cpu_stack_top);
/* The user's stack pointer, for the two instructions until it is pushed. */
DECLARE_PER_CPU(unsigned long, syscall_user_sp);

/* switch.S */
struct task_struct *switch_stacks(struct task_struct *prev,
				  struct task_struct *next);
void ret_from_fork(void);

/* syscall_entry.S: targets of the SYSCALL instruction. */
void entry_syscall(void);
void entry_syscall_compat(void);
void syscall_init(void);

/* process.c: from which number on its system calls go to slow_syscall(). */
u64 *task_syscall_limit(struct task_struct *t);
/* ptrace_step.c */
void slow_syscall(struct pt_regs *regs);

/* process.c: what a kernel thread does when its function returns. */
void kthread_returned(struct pt_regs *regs, int ret);
#endif

#endif

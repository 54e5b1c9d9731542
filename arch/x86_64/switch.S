/* SPDX-License-Identifier: MIT */
/*
 * The switch from one kernel stack to another, and where a new task begins.
 */
#include <asm/entry.h>
#include <asm/switch.h>

	.text

/*
 * struct task_struct *switch_stacks(struct task_struct *prev,
 *				     struct task_struct *next)
 *
 * Park prev on its stack and go on where next parked, or in ret_from_fork()
 * when it never ran. Returns the task that was running before, which the
 * resumed task cannot know otherwise. The layout on the stack is struct
 * switch_frame of process.c. Interrupts are off.
 */
	.globl	switch_stacks
	.type	switch_stacks, @function
switch_stacks:
	pushq	%rbp
	pushq	%rbx
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	movq	%rsp, TASK_THREAD_SP(%rdi)
	movq	TASK_THREAD_SP(%rsi), %rsp
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbx
	popq	%rbp
	movq	%rdi, %rax
	ret
	.size	switch_stacks, . - switch_stacks

/*
 * The first instructions of every task. Its struct pt_regs is on top of the
 * stack; rbx is the function of a kernel thread and r12 its argument, or rbx
 * is 0 and the registers are those of the new process. A function that
 * returns has loaded a program, or the thread ends (kthread_returned()).
 */
	.globl	ret_from_fork
	.type	ret_from_fork, @function
ret_from_fork:
	movq	%rax, %rdi
	call	schedule_tail
	sti
	testq	%rbx, %rbx
	jz	.Lto_user
	movq	%r12, %rdi
	call	*%rbx
	movq	%rsp, %rdi
	movl	%eax, %esi
	call	kthread_returned
.Lto_user:
	jmp	ret_to_user
	.size	ret_from_fork, . - ret_from_fork

	.section .note.GNU-stack, "", @progbits

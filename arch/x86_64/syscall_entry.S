/* SPDX-License-Identifier: MIT */
/*
 * The SYSCALL instruction's way in and its way out.
 *
 * The CPU has put the return address into rcx and the flags into r11, masked
 * the flags, and changed nothing else: the stack is still the user's and GS
 * base too. So the first three instructions must not fault and run with
 * interrupts off; an NMI here has a stack of its own and looks at GS base
 * itself.
 *
 *	nr in eax, arguments in rdi rsi rdx r10 r8 r9, result in rax
 *
 * Way out: SYSRET is quick and has two traps. It faults in the kernel, on the
 * user's stack, when rcx is not a canonical address (Intel), and it can only
 * restore what rcx and r11 can hold. So it is used where the saved registers
 * are still what SYSCALL left, and lie below TASK_SIZE; after execve, a
 * signal or sigreturn the general way, ret_to_user, is taken.
 */
#include <asm/entry.h>
#include <asm/segment.h>
#include <asm/switch.h>
#include <uapi/errno.h>

#define USER_END    0x00007ffffffff000	/* TASK_SIZE */
#define FLAGS_RF_TF 0x10100

	.text
	.globl	entry_syscall
	.type	entry_syscall, @function
entry_syscall:
	swapgs
	movq	%rsp, %gs:syscall_user_sp
	movq	%gs:cpu_stack_top, %rsp
	pushq	$__USER_DS
	pushq	%gs:syscall_user_sp
	pushq	%r11
	pushq	$__USER_CS
	pushq	%rcx
	pushq	%rax
	pushq	%rdi
	pushq	%rsi
	pushq	%rdx
	pushq	%rcx
	pushq	$-ENOSYS
	pushq	%r8
	pushq	%r9
	pushq	%r10
	pushq	%r11
	pushq	%rbx
	pushq	%rbp
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	sti
	xorl	%ebp, %ebp
	/* Linux looks at the low 32 bits only. The limit: ptrace_step.c. */
	cmpl	PT_SIZE(%rsp), %eax
	jae	.Lsyscall_slow
	movl	%eax, %eax
	movq	%r10, %rcx
	call	*syscall_table(, %rax, 8)
	movq	%rax, PT_AX(%rsp)

.Lsyscall_done:
#ifdef CONFIG_LOCKDEP
	call	lockdep_user_return
#endif
	cli
	movq	%gs:current_task, %rax
	cmpw	$0, TASK_WORK(%rax)
	jne	.Lsyscall_work

.Lsyscall_return:
	movq	PT_CX(%rsp), %rcx
	cmpq	%rcx, PT_IP(%rsp)
	jne	.Lsyscall_iret
	movq	PT_R11(%rsp), %r11
	cmpq	%r11, PT_FLAGS(%rsp)
	jne	.Lsyscall_iret
	movabsq	$USER_END, %rax
	cmpq	%rax, %rcx
	jae	.Lsyscall_iret
	testl	$FLAGS_RF_TF, %r11d
	jnz	.Lsyscall_iret
	cmpw	$__USER_CS, PT_CS(%rsp)
	jne	.Lsyscall_iret
	cmpw	$__USER_DS, PT_SS(%rsp)
	jne	.Lsyscall_iret

	POP_REGS
	movq	PT_SP - PT_ORIG_AX(%rsp), %rsp
	/* From here on a fault would come on the user's stack: there is none,
	 * and NMIs have their own. */
	swapgs
	sysretq

.Lsyscall_work:
	movq	%rsp, %rdi
	call	exit_to_user_mode
	jmp	.Lsyscall_return

.Lsyscall_slow:
	movq	%rsp, %rdi
	call	slow_syscall
	jmp	.Lsyscall_done

.Lsyscall_iret:
	jmp	ret_to_user
	.size	entry_syscall, . - entry_syscall

/*
 * SYSCALL from 32-bit code: a program gets there with a far jump. There is no
 * 32-bit ABI here; nothing is touched but the result.
 */
	.globl	entry_syscall_compat
	.type	entry_syscall_compat, @function
entry_syscall_compat:
	movl	$-ENOSYS, %eax
	sysretl
	.size	entry_syscall_compat, . - entry_syscall_compat

	.section .note.GNU-stack, "", @progbits

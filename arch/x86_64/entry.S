/* SPDX-License-Identifier: MIT */
/*
 * Exceptions and interrupts: from the CPU's frame to C and back.
 *
 * The CPU has pushed ss, sp, flags, cs, ip and perhaps an error code. Each
 * vector's stub completes orig_ax and di and brings the vector number in edi;
 * the rest of struct pt_regs is pushed here. How the kernel's GS base comes in
 * depends on what was interrupted:
 *
 *	user mode (cs & 3)	swapgs
 *	kernel mode		it is there already
 *	NMI, #DF, #MC		they may hit between an entry's first instruction
 *				and its swapgs, or after the exit's, and user mode
 *				may have put anything into GS base: save what is
 *				there, load our own from the IST stack's top (see
 *				gdt.c), put the old one back at the end
 *
 * A frame pointer chain crosses from the handler to what it interrupted: for
 * the kernel a frame is made up from ip and rbp, for user mode the chain ends.
 */
#include <asm/entry.h>
#include <asm/msr.h>
#include <asm/smap.h>

#define NR_VECTORS 256

/* Vectors for which the CPU pushes an error code: SDM 3A, table 6-1. */
#define HAS_ERROR_CODE(n) \
	((n) == 8 || ((n) >= 10 && (n) <= 14) || (n) == 17 || (n) == 21 || \
	 (n) == 29 || (n) == 30)
#define ON_IST(n) ((n) == 2 || (n) == 8 || (n) == 18)

	.text

	.balign	16
	.globl	vector_stubs
	.type	vector_stubs, @function
vector_stubs:
	vector = 0
	.rept	NR_VECTORS
	.balign	16
	.if	!HAS_ERROR_CODE(vector)
	pushq	$-1
	.endif
	pushq	%rdi
	movl	$vector, %edi
	.if	ON_IST(vector)
	jmp	paranoid_entry
	.elseif	vector < 32
	jmp	exception_entry
	.else
	jmp	interrupt_entry
	.endif
	vector = vector + 1
	.endr
	.size	vector_stubs, . - vector_stubs

/* Save the rest; rbx: the registers, esi: the vector. */
.macro SAVE_REGS
	cld
	PUSH_REGS_BELOW_DI
	movl	%edi, %esi
	movq	%rsp, %rbx
.endm

/* A stack frame that stands for the interrupted code, aligned. */
.macro KERNEL_FRAME
	pushq	$0
	pushq	PT_IP(%rbx)
	pushq	%rbp
	movq	%rsp, %rbp
.endm

.macro USER_FRAME
	xorl	%ebp, %ebp
	pushq	%rbp
.endm

	.type	exception_entry, @function
exception_entry:
	SAVE_REGS
	ASM_CLAC
	testb	$3, PT_CS(%rsp)
	jz	exception_from_kernel
	swapgs
exception_from_user:
	USER_FRAME
	movq	%rbx, %rdi
	call	do_trap
	movq	%rbx, %rsp
	jmp	ret_to_user

exception_from_kernel:
	cmpq	$iret_to_user, PT_IP(%rsp)
	je	bad_iret
	KERNEL_FRAME
	movq	%rbx, %rdi
	call	do_trap
	movq	%rbx, %rsp
	jmp	ret_to_kernel

	/*
	 * The iretq to user mode did not like its frame (a program had put
	 * strange segments into its signal frame). GS is the user's already.
	 * Make it look as if the exception had come from user mode.
	 */
bad_iret:
	swapgs
	movl	%esi, %r12d
	xorl	%ebp, %ebp
	pushq	%rbp
	movq	%rbx, %rdi
	call	fixup_bad_iret
	movq	%rax, %rsp
	movq	%rax, %rbx
	movl	%r12d, %esi
	jmp	exception_from_user
	.size	exception_entry, . - exception_entry

	.type	interrupt_entry, @function
interrupt_entry:
	SAVE_REGS
	ASM_CLAC
	testb	$3, PT_CS(%rsp)
	jz	1f
	swapgs
	USER_FRAME
	movq	%rbx, %rdi
	call	do_irq
	movq	%rbx, %rsp
	jmp	ret_to_user
1:	KERNEL_FRAME
	movq	%rbx, %rdi
	call	do_irq
	movq	%rbx, %rsp
	jmp	ret_to_kernel
	.size	interrupt_entry, . - interrupt_entry

/*
 * Return to user mode. In: struct pt_regs at rsp, the kernel's GS base,
 * interrupts on or off.
 */
	.globl	ret_to_user
	.type	ret_to_user, @function
ret_to_user:
	cli
	movq	%rsp, %rbx
	movq	%rsp, %rdi
	USER_FRAME
	call	exit_to_user_mode
	movq	%rbx, %rsp
	POP_REGS
	addq	$8, %rsp
	swapgs
iret_to_user:
	iretq
	.size	ret_to_user, . - ret_to_user

	.type	ret_to_kernel, @function
ret_to_kernel:
	POP_REGS
	addq	$8, %rsp
	iretq
	.size	ret_to_kernel, . - ret_to_kernel

/* On an IST stack; see above. r12 and r13 keep the interrupted GS base. */
	.type	paranoid_entry, @function
paranoid_entry:
	SAVE_REGS
	ASM_CLAC
	movl	$MSR_GS_BASE, %ecx
	rdmsr
	movl	%eax, %r12d
	movl	%edx, %r13d
	movq	PT_SIZE(%rsp), %rax
	movq	%rax, %rdx
	shrq	$32, %rdx
	wrmsr
	testb	$3, PT_CS(%rsp)
	jz	1f
	USER_FRAME
	jmp	2f
1:	KERNEL_FRAME
2:	movq	%rbx, %rdi
	call	do_paranoid_trap
	movq	%rbx, %rsp
	movl	$MSR_GS_BASE, %ecx
	movl	%r12d, %eax
	movl	%r13d, %edx
	wrmsr
	jmp	ret_to_kernel
	.size	paranoid_entry, . - paranoid_entry

	.section .note.GNU-stack, "", @progbits

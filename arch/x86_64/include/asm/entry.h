/* SPDX-License-Identifier: MIT */
#ifndef ASM_ENTRY_H
#define ASM_ENTRY_H

/*
 * struct pt_regs for assembly; traps.c checks the offsets. Entry code comes
 * here with ss, sp, flags, cs, ip, orig_ax and di already on the stack, in
 * this order from the top, and saves the rest.
 */
#define PT_R15	   0
#define PT_R14	   8
#define PT_R13	   16
#define PT_R12	   24
#define PT_BP	   32
#define PT_BX	   40
#define PT_R11	   48
#define PT_R10	   56
#define PT_R9	   64
#define PT_R8	   72
#define PT_AX	   80
#define PT_CX	   88
#define PT_DX	   96
#define PT_SI	   104
#define PT_DI	   112
#define PT_ORIG_AX 120
#define PT_IP	   128
#define PT_CS	   136
#define PT_FLAGS   144
#define PT_SP	   152
#define PT_SS	   160
#define PT_SIZE	   168

#ifdef __ASSEMBLY__
/* clang-format off */
.macro PUSH_REGS_BELOW_DI
	pushq	%rsi
	pushq	%rdx
	pushq	%rcx
	pushq	%rax
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
.endm

/* All general registers back; the stack pointer stands at orig_ax then. */
.macro POP_REGS
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbp
	popq	%rbx
	popq	%r11
	popq	%r10
	popq	%r9
	popq	%r8
	popq	%rax
	popq	%rcx
	popq	%rdx
	popq	%rsi
	popq	%rdi
.endm
/* clang-format on */
#else
#include <ikos/compiler.h>

struct pt_regs;

/* panic() with the registers and the way of the exception. */
void die(const struct pt_regs *regs, const char *fmt, ...)
	__printf(2, 3) __noreturn __cold;
/* NMIs since boot, on all CPUs. */
unsigned long nmi_count(void);

/*
 * The way out to user mode, in entry.S: jump there with struct pt_regs at the
 * stack pointer (the task's topmost, nothing above it), the kernel's GS base,
 * interrupts on or off. It calls exit_to_user_mode() with interrupts off.
 */
void ret_to_user(void);
void exit_to_user_mode(struct pt_regs *regs);

/* Vectors 32 to 255; interrupts off. */
void do_irq(struct pt_regs *regs, unsigned int vector);
/* Vector 14; interrupts off, to be turned on again when regs->flags has IF. */
void do_page_fault(struct pt_regs *regs, unsigned long error_code,
		   unsigned long address);
#endif

#endif

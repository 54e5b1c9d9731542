/* SPDX-License-Identifier: MIT */
/*
 * How an application processor gets from the start-up IPI to C.
 *
 * It starts in real mode at the beginning of a page below 1 MiB, so
 * smpboot.c copies everything between trampoline_start and trampoline_end to
 * such a page and fills three words in:
 *
 *	trampoline_pgd		page tables that map the page to itself, and the
 *				kernel where it belongs
 *	trampoline_target	where trampoline_64 lies in the copy
 *	trampoline_gdt_ptr	where the descriptor table lies in the copy
 *
 * From real mode it goes into long mode at once: protection and paging come on
 * in one step (Intel SDM 3A, 9.8.5). The way out is secondary_entry, which
 * runs at the kernel's own addresses.
 */
#include <asm/control_regs.h>
#include <asm/msr.h>
#include <asm/segment.h>

#define KERNEL_MAP_BASE	0xffffffff80000000
#define HERE(sym)	((sym) - trampoline_start)

	.section .rodata, "a"
	.balign	16
	.globl	trampoline_start, trampoline_end
	.globl	trampoline_pgd, trampoline_target, trampoline_gdt_ptr
	.globl	trampoline_gdt, trampoline_64
	.code16
trampoline_start:
	cli
	cld
	movw	%cs, %ax
	movw	%ax, %ds
	lgdtl	HERE(trampoline_gdt_ptr)
	movl	$(X86_CR4_PAE | X86_CR4_PSE), %eax
	movl	%eax, %cr4
	movl	HERE(trampoline_pgd), %eax
	movl	%eax, %cr3
	movl	$MSR_EFER, %ecx
	rdmsr
	orl	$(EFER_LME | EFER_NX), %eax
	wrmsr
	movl	$(X86_CR0_PG | X86_CR0_WP | X86_CR0_NE | X86_CR0_ET | X86_CR0_MP | X86_CR0_PE), %eax
	movl	%eax, %cr0
	ljmpl	*HERE(trampoline_target)

	.code64
trampoline_64:
	movabsq	$secondary_entry, %rax
	jmpq	*%rax

	.balign	8
trampoline_gdt:
	.quad	0
	.quad	0x00cf9b000000ffff	/* 32-bit code */
	.quad	0x00af9b000000ffff	/* 64-bit code */
	.quad	0x00cf93000000ffff	/* data */
trampoline_gdt_end:
trampoline_gdt_ptr:
	.word	trampoline_gdt_end - trampoline_gdt - 1
	.long	0
trampoline_target:
	.long	0
	.word	__KERNEL_CS
trampoline_pgd:
	.long	0
trampoline_end:

	/* secondary_stack and secondary_cpu are the starting CPU's alone: they
	 * are started one by one. */
	.text
	.globl	secondary_entry
	.type	secondary_entry, @function
secondary_entry:
	movq	$(swapper_pg_dir - KERNEL_MAP_BASE), %rax
	movq	%rax, %cr3
	/* The descriptor table so far is out of sight now. */
	lgdt	boot_gdt_ptr64
	movl	$__KERNEL_DS, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	movq	secondary_stack, %rsp
	movl	secondary_cpu, %edi
	xorl	%ebp, %ebp
	call	x86_64_start_secondary
	ud2
	.size	secondary_entry, . - secondary_entry

	.section .note.GNU-stack, "", @progbits

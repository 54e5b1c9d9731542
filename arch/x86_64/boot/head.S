/* SPDX-License-Identifier: MIT */
/*
 * From the boot loader to C. Owns the boot headers, the early page tables and
 * the way from 32-bit protected mode, where both protocols hand over, to
 * 64-bit code at the kernel's own addresses.
 *
 *	multiboot2 (GRUB)		PVH (qemu -kernel)
 *	eax = magic, ebx = info		ebx = start info
 *	        \                        /
 *	         check for long mode
 *	         early tables, PAE, EFER.LME, paging on
 *	         64-bit code at the low alias, then at the high address
 *	         x86_64_start_kernel(protocol, physical address of the info)
 *
 * The early tables map the first 4 GiB, in 2 MiB pages, three times: at 0 (to
 * survive turning paging on), at PAGE_OFFSET (so that __va() works at once,
 * for the boot information, modules and new page tables) and, the first GiB,
 * at KERNEL_MAP_BASE. paging_init() builds the real tables and frees these.
 *
 *	early_pgd[0], [273]	-> early_pud[0..3]	-> early_pmd, 4 pages
 *	early_pgd[511]		-> early_kernel_pud[510] -> early_pmd, 1st page
 */
#include <asm/control_regs.h>
#include <asm/msr.h>
#include <asm/segment.h>

#define KERNEL_MAP_BASE	0xffffffff80000000
#define PHYS(sym)	((sym) - KERNEL_MAP_BASE)

/* What x86_64_start_kernel() is told; setup.h has the same numbers. */
#define BOOT_MULTIBOOT2	1
#define BOOT_PVH	2

#define MB2_HEADER_MAGIC	0xe85250d6
#define MB2_LOADER_MAGIC	0x36d76289
#define MB2_ARCH_I386		0
#define XEN_ELFNOTE_PHYS32_ENTRY 18

#define EARLY_TABLE	0x03	/* present, writable */
#define EARLY_LARGE	0x83	/* and a large page */
#define COM1		0x3f8

	.section .head.text, "ax"
	.code32

	/* Multiboot2 specification 3.1; the entry point is the ELF file's. */
	.balign	8
multiboot2_header:
	.long	MB2_HEADER_MAGIC
	.long	MB2_ARCH_I386
	.long	multiboot2_header_end - multiboot2_header
	.long	-(MB2_HEADER_MAGIC + MB2_ARCH_I386 + (multiboot2_header_end - multiboot2_header))
	/* Tag 5, optional: a framebuffer of any size will do. The kernel does
	 * not use it, but without this tag GRUB complains on UEFI systems,
	 * where there is no text screen. */
	.balign	8
	.word	5, 1
	.long	20
	.long	0, 0, 0
	.balign	8
	.word	0, 0
	.long	8
multiboot2_header_end:

	.globl	pvh_entry
	.type	pvh_entry, @function
pvh_entry:
	movl	$BOOT_PVH, %edi
	jmp	boot_common
	.size	pvh_entry, . - pvh_entry

	.globl	multiboot2_entry
	.type	multiboot2_entry, @function
multiboot2_entry:
	movl	$BOOT_MULTIBOOT2, %edi
	cmpl	$MB2_LOADER_MAGIC, %eax
	movl	$PHYS(msg_no_multiboot2), %esi
	jne	early_die
	.size	multiboot2_entry, . - multiboot2_entry

/* edi: protocol, ebx: physical address of the boot information. */
	.type	boot_common, @function
boot_common:
	cli
	cld
	movl	%ebx, %ebp
	movl	$PHYS(init_stack_top), %esp

	movl	$0x80000000, %eax
	cpuid
	cmpl	$0x80000001, %eax
	jb	no_long_mode
	movl	$0x80000001, %eax
	cpuid
	movl	$PHYS(msg_no_nx), %esi
	testl	$(1 << 20), %edx
	jz	early_die
	testl	$(1 << 29), %edx
	jnz	1f
no_long_mode:
	movl	$PHYS(msg_no_long_mode), %esi
	jmp	early_die

1:	call	build_early_tables

	movl	$(X86_CR4_PAE | X86_CR4_PSE), %eax
	movl	%eax, %cr4
	movl	$PHYS(early_pgd), %eax
	movl	%eax, %cr3
	movl	$MSR_EFER, %ecx
	rdmsr
	orl	$(EFER_LME | EFER_NX), %eax
	wrmsr
	movl	$(X86_CR0_PG | X86_CR0_WP | X86_CR0_NE | X86_CR0_ET | X86_CR0_MP | X86_CR0_PE), %eax
	movl	%eax, %cr0

	lgdt	PHYS(boot_gdt_ptr32)
	ljmp	$__KERNEL_CS, $PHYS(long_mode_low)
	.size	boot_common, . - boot_common

/* Clobbers eax, ecx, edx; the tables are in .bss, which the loader cleared. */
	.type	build_early_tables, @function
build_early_tables:
	movl	$(PHYS(early_pud) + EARLY_TABLE), %eax
	movl	%eax, PHYS(early_pgd)
	movl	%eax, PHYS(early_pgd) + 8 * 273
	movl	$(PHYS(early_kernel_pud) + EARLY_TABLE), %eax
	movl	%eax, PHYS(early_pgd) + 8 * 511
	movl	$(PHYS(early_pmd) + EARLY_TABLE), %eax
	movl	%eax, PHYS(early_kernel_pud) + 8 * 510

	xorl	%ecx, %ecx
1:	movl	%eax, PHYS(early_pud)(, %ecx, 8)
	addl	$4096, %eax
	incl	%ecx
	cmpl	$4, %ecx
	jne	1b

	movl	$EARLY_LARGE, %eax
	xorl	%ecx, %ecx
1:	movl	%eax, PHYS(early_pmd)(, %ecx, 8)
	addl	$0x200000, %eax
	incl	%ecx
	cmpl	$(4 * 512), %ecx
	jne	1b
	ret
	.size	build_early_tables, . - build_early_tables

/* esi: a message. Say it on COM1, whose speed is whatever it is, and stop. */
	.type	early_die, @function
early_die:
	lodsb
	testb	%al, %al
	jz	2f
	movb	%al, %ah
	movl	$(COM1 + 5), %edx
1:	inb	%dx, %al
	testb	$0x20, %al
	jz	1b
	movl	$COM1, %edx
	movb	%ah, %al
	outb	%al, %dx
	jmp	early_die
2:	cli
	hlt
	jmp	2b
	.size	early_die, . - early_die

	.code64
	.type	long_mode_low, @function
long_mode_low:
	movabsq	$long_mode_high, %rax
	jmpq	*%rax
	.size	long_mode_low, . - long_mode_low

	.type	long_mode_high, @function
long_mode_high:
	lgdt	boot_gdt_ptr64
	movl	$__KERNEL_DS, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	xorl	%eax, %eax
	movl	%eax, %fs
	movl	%eax, %gs
	/* GS base 0: CPU 0 uses the template of the per-CPU data. */
	movl	$MSR_GS_BASE, %ecx
	xorl	%edx, %edx
	wrmsr
	movl	%ebp, %esi
	movq	$init_stack_top, %rsp
	xorl	%ebp, %ebp
	call	x86_64_start_kernel
	ud2
	.size	long_mode_high, . - long_mode_high

	.section .rodata, "a"
msg_no_multiboot2:
	.asciz	"IKOS: this is not a multiboot2 loader\r\n"
msg_no_long_mode:
	.asciz	"IKOS: this CPU has no 64-bit mode\r\n"
msg_no_nx:
	.asciz	"IKOS: this CPU has no NX bit\r\n"

	.balign	8
boot_gdt:
	.quad	0
	.quad	0x00cf9b000000ffff	/* 32-bit code */
	.quad	0x00af9b000000ffff	/* 64-bit code */
	.quad	0x00cf93000000ffff	/* data */
boot_gdt_end:
boot_gdt_ptr32:
	.word	boot_gdt_end - boot_gdt - 1
	.long	PHYS(boot_gdt)
	.globl	boot_gdt_ptr64	/* trampoline.S */
boot_gdt_ptr64:
	.word	boot_gdt_end - boot_gdt - 1
	.quad	boot_gdt

	/* For qemu -kernel and other loaders of PVH guests. */
	.section .note.Xen, "a", @note
	.balign	4
	.long	4, 8, XEN_ELFNOTE_PHYS32_ENTRY
	.asciz	"Xen"
	.quad	PHYS(pvh_entry)

	.section .bss..page_aligned, "aw", @nobits
	.balign	4096
	.globl	init_stack_guard, init_stack, init_stack_top
init_stack_guard:
	.skip	4096
init_stack:
	.skip	16384	/* KSTACK_SIZE */
init_stack_top:

	.globl	early_tables_start, early_tables_end
early_tables_start:
early_pgd:
	.skip	4096
early_pud:
	.skip	4096
early_kernel_pud:
	.skip	4096
early_pmd:
	.skip	4 * 4096
early_tables_end:

	.section .note.GNU-stack, "", @progbits

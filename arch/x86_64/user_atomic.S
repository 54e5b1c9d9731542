/* SPDX-License-Identifier: MIT */
/*
 * One word of user memory, read or changed in one piece.
 *
 * With interrupts on, a page fault is handled as in copy_user.S. With
 * interrupts off (a spin lock is held) it is not: the access fails at once.
 * do_page_fault() knows these instructions by their addresses.
 */

#include <asm/extable.h>
#include <asm/smap.h>

#define EFAULT 14

	.text
	.globl	__user_atomic_start, __user_atomic_end
__user_atomic_start:

/* long __user_load_u32(u32 *val, const u32 *from): 0 or -EFAULT */
	.globl	__user_load_u32
	.type	__user_load_u32, @function
__user_load_u32:
	ASM_STAC
0:	movl	(%rsi), %eax
	ASM_CLAC
	movl	%eax, (%rdi)
	xorl	%eax, %eax
	ret

/*
 * long __user_cmpxchg_u32(u32 *to, u32 *old, u32 new): 0 or -EFAULT
 *
 * What was there goes to *old. The page is written to even when the word was
 * another, with what it held.
 */
	.globl	__user_cmpxchg_u32
	.type	__user_cmpxchg_u32, @function
__user_cmpxchg_u32:
	movl	(%rsi), %eax
	ASM_STAC
1:	lock cmpxchgl %edx, (%rdi)
	ASM_CLAC
	movl	%eax, (%rsi)
	xorl	%eax, %eax
	ret

.Lfault:
	ASM_CLAC
	movq	$-EFAULT, %rax
	ret
__user_atomic_end:

	_ASM_EXTABLE 0b, .Lfault
	_ASM_EXTABLE 1b, .Lfault

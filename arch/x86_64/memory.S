/* SPDX-License-Identifier: MIT */
/*
 * memcpy, memmove and memset over the string instructions: eight bytes a step
 * and the rest singly. System V ABI: rdi, rsi, rdx; the result is rdi's value.
 */
	.text

	.globl memcpy
	.type memcpy, @function
memcpy:
	movq	%rdi, %rax
	movq	%rdx, %rcx
	shrq	$3, %rcx
	andl	$7, %edx
	rep movsq
	movl	%edx, %ecx
	rep movsb
	ret
	.size memcpy, . - memcpy

	.globl memmove
	.type memmove, @function
memmove:
	movq	%rdi, %rax
	subq	%rsi, %rax		/* dst - src, unsigned: below n only */
	cmpq	%rdx, %rax		/* when src < dst < src + n */
	jae	memcpy
	movq	%rdi, %rax
	movq	%rdx, %rcx
	leaq	-1(%rdi,%rdx), %rdi	/* backwards, from the last byte */
	leaq	-1(%rsi,%rdx), %rsi
	std
	rep movsb
	cld
	ret
	.size memmove, . - memmove

	.globl memset
	.type memset, @function
memset:
	movq	%rdi, %r9
	movzbl	%sil, %eax
	movabsq	$0x0101010101010101, %r8
	imulq	%r8, %rax
	movq	%rdx, %rcx
	shrq	$3, %rcx
	andl	$7, %edx
	rep stosq
	movl	%edx, %ecx
	rep stosb
	movq	%r9, %rax
	ret
	.size memset, . - memset

	.section .note.GNU-stack, "", @progbits

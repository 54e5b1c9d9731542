/* SPDX-License-Identifier: MIT */
/*
 * The instructions that touch user memory: these and no others.
 *
 * Each of them has an entry in the exception table. A page fault that cannot
 * be mended continues at the fix-up, which works out how far the copy came.
 * Where the CPU has SMAP, user memory is within reach only between stac and
 * clac, and every way out, the fix-ups included, passes a clac.
 */

#include <asm/extable.h>
#include <asm/smap.h>

	.text

/*
 * size_t __copy_user(void *to, const void *from, size_t n)
 *
 * One of the two is a user address, checked to lie below TASK_SIZE. Returns
 * the number of bytes not copied. What a faulting word held before the bad
 * page is copied byte by byte, so the count is exact.
 */
	.globl	__copy_user
	.type	__copy_user, @function
__copy_user:
	ASM_STAC
	cmpq	$8, %rdx
	ja	.Lcopy_long
	je	.Lcopy_8
	cmpq	$4, %rdx
	je	.Lcopy_4
	movq	%rdx, %rcx
.Lcopy_bytes:
	rep movsb
.Lcopy_done:
	ASM_CLAC
	movq	%rcx, %rax
	ret

.Lcopy_8:
0:	movq	(%rsi), %rax
1:	movq	%rax, (%rdi)
	ASM_CLAC
	xorl	%eax, %eax
	ret

.Lcopy_4:
2:	movl	(%rsi), %eax
3:	movl	%eax, (%rdi)
	ASM_CLAC
	xorl	%eax, %eax
	ret

.Lcopy_long:
	movq	%rdx, %rcx
	andl	$7, %edx
	shrq	$3, %rcx
.Lcopy_words:
	rep movsq
	movl	%edx, %ecx
	jmp	.Lcopy_bytes

	/* rcx words and rdx bytes are left: find the exact end by bytes. */
.Lcopy_words_fault:
	leaq	(%rdx, %rcx, 8), %rcx
	jmp	.Lcopy_bytes
.Lcopy_small_fault:
	movq	%rdx, %rcx
	jmp	.Lcopy_bytes

	_ASM_EXTABLE .Lcopy_bytes, .Lcopy_done
	_ASM_EXTABLE .Lcopy_words, .Lcopy_words_fault
	_ASM_EXTABLE 0b, .Lcopy_small_fault
	_ASM_EXTABLE 1b, .Lcopy_small_fault
	_ASM_EXTABLE 2b, .Lcopy_small_fault
	_ASM_EXTABLE 3b, .Lcopy_small_fault
	.size	__copy_user, . - __copy_user

/*
 * size_t __clear_user(void *to, size_t n)
 *
 * Zero @n bytes of checked user memory. Returns the number not zeroed.
 */
	.globl	__clear_user
	.type	__clear_user, @function
__clear_user:
	ASM_STAC
	movq	%rsi, %rcx
	movl	%esi, %edx
	andl	$7, %edx
	shrq	$3, %rcx
	xorl	%eax, %eax
.Lclear_words:
	rep stosq
	movl	%edx, %ecx
.Lclear_bytes:
	rep stosb
.Lclear_done:
	ASM_CLAC
	movq	%rcx, %rax
	ret

.Lclear_words_fault:
	leaq	(%rdx, %rcx, 8), %rcx
	jmp	.Lclear_bytes

	_ASM_EXTABLE .Lclear_words, .Lclear_words_fault
	_ASM_EXTABLE .Lclear_bytes, .Lclear_done
	.size	__clear_user, . - __clear_user

/*
 * A word has a zero byte when (w - 0x01..01) & ~w & 0x80..80 is not zero.
 * Sets the flags of that test for @word; clobbers @t1 and @t2.
 */
.macro TEST_ZERO_BYTE word, t1, t2
	leaq	(\word, %r10), \t1
	movq	\word, \t2
	notq	\t2
	andq	\t2, \t1
	testq	%r11, \t1
.endm

.macro ZERO_BYTE_CONSTANTS
	movabsq	$-0x0101010101010101, %r10
	movabsq	$0x8080808080808080, %r11
.endm

/*
 * long __strncpy_user(char *dst, const char *src, long n)
 *
 * Copy up to and with the zero byte, at most @n bytes of checked user memory.
 * Returns the length, @n when there was no end, -1 on a fault. Whole words
 * are read only where they are aligned: those never reach into a page that
 * the string does not.
 */
	.globl	__strncpy_user
	.type	__strncpy_user, @function
__strncpy_user:
	ASM_STAC
	ZERO_BYTE_CONSTANTS
	xorl	%eax, %eax
.Lstrcpy_next:
	testb	$7, %sil
	jnz	.Lstrcpy_byte
.Lstrcpy_word:
	leaq	8(%rax), %rcx
	cmpq	%rdx, %rcx
	ja	.Lstrcpy_byte
0:	movq	(%rsi), %r8
	TEST_ZERO_BYTE %r8, %rcx, %r9
	jnz	.Lstrcpy_byte
	movq	%r8, (%rdi, %rax)
	addq	$8, %rax
	addq	$8, %rsi
	jmp	.Lstrcpy_word
.Lstrcpy_byte:
	cmpq	%rdx, %rax
	jae	.Lstrcpy_done
1:	movb	(%rsi), %cl
	movb	%cl, (%rdi, %rax)
	testb	%cl, %cl
	jz	.Lstrcpy_done
	incq	%rax
	incq	%rsi
	jmp	.Lstrcpy_next
.Lstrcpy_fault:
	movq	$-1, %rax
.Lstrcpy_done:
	ASM_CLAC
	ret

	_ASM_EXTABLE 0b, .Lstrcpy_fault
	_ASM_EXTABLE 1b, .Lstrcpy_fault
	.size	__strncpy_user, . - __strncpy_user

/*
 * long __strnlen_user(const char *src, long n)
 *
 * The number of bytes before the zero byte, @n when there is none among the
 * first @n, -1 on a fault. The user memory is checked.
 */
	.globl	__strnlen_user
	.type	__strnlen_user, @function
__strnlen_user:
	ASM_STAC
	ZERO_BYTE_CONSTANTS
	xorl	%eax, %eax
.Lstrlen_next:
	leaq	(%rdi, %rax), %rcx
	testb	$7, %cl
	jnz	.Lstrlen_byte
	leaq	8(%rax), %rcx
	cmpq	%rsi, %rcx
	ja	.Lstrlen_byte
0:	movq	(%rdi, %rax), %r8
	TEST_ZERO_BYTE %r8, %rcx, %r9
	jnz	.Lstrlen_byte
	addq	$8, %rax
	jmp	.Lstrlen_next
.Lstrlen_byte:
	cmpq	%rsi, %rax
	jae	.Lstrlen_done
1:	cmpb	$0, (%rdi, %rax)
	je	.Lstrlen_done
	incq	%rax
	jmp	.Lstrlen_next
.Lstrlen_fault:
	movq	$-1, %rax
.Lstrlen_done:
	ASM_CLAC
	ret

	_ASM_EXTABLE 0b, .Lstrlen_fault
	_ASM_EXTABLE 1b, .Lstrlen_fault
	.size	__strnlen_user, . - __strnlen_user

	.section .note.GNU-stack, "", @progbits

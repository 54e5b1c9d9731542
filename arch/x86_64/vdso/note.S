/* SPDX-License-Identifier: MIT */
/*
 * The note that says which kernel's interface this is: the dynamic linker
 * compares it with what libraries ask for in theirs (NT_GNU_ABI_TAG has the
 * same form). Name "Linux", type 0, the version as one word: 6.1.0.
 */
	.section .note.Linux, "a"
	.balign 4
	.long 2f - 1f
	.long 4f - 3f
	.long 0
1:	.asciz "Linux"
2:	.balign 4
3:	.long 6 << 16 | 1 << 8
4:	.balign 4

	.section .note.GNU-stack, "", @progbits

/* SPDX-License-Identifier: MIT */
/* The finished vdso, for vdso_map.c to copy. */
	.section .rodata
	.balign 16
	.globl vdso_image_start, vdso_image_end
vdso_image_start:
	.incbin VDSO_IMAGE
vdso_image_end:

	.section .note.GNU-stack, "", @progbits

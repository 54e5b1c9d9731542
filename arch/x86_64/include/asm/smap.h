/* SPDX-License-Identifier: MIT */
#ifndef ASM_SMAP_H
#define ASM_SMAP_H

/*
 * With SMAP the kernel reaches user pages only between STAC and CLAC. CPUs
 * without it do not know these instructions, so each place starts as a no-op
 * of three bytes and is noted in a table; smap_patch_text() writes the real
 * instruction there at boot when the CPU has it.
 */
#define SMAP_OP_CLAC 0xca
#define SMAP_OP_STAC 0xcb

#ifdef __ASSEMBLY__
/* clang-format off */
.macro SMAP_SITE op
771:	.byte	0x0f, 0x1f, 0x00
	.pushsection .smap_sites, "a"
	.long	771b - ., \op
	.popsection
.endm
/* clang-format on */
#define ASM_CLAC SMAP_SITE SMAP_OP_CLAC
#define ASM_STAC SMAP_SITE SMAP_OP_STAC
#else
#define SMAP_SITE(op)                                                          \
	"771: .byte 0x0f, 0x1f, 0x00\n"                                        \
	".pushsection .smap_sites, \"a\"\n"                                    \
	".long 771b - ., " op "\n"                                             \
	".popsection\n"

/* Allow the kernel to touch user pages ... */
static inline void stac(void)
{
	__asm__ __volatile__(SMAP_SITE("0xcb") : : : "memory");
}

/* ... and forbid it again. */
static inline void clac(void)
{
	__asm__ __volatile__(SMAP_SITE("0xca") : : : "memory");
}

void smap_patch_text(void);
#endif

#endif

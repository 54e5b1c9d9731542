/* SPDX-License-Identifier: MIT */
#ifndef ASM_EXTABLE_H
#define ASM_EXTABLE_H

/*
 * The exception table: "an instruction at @from may fault; go on at @to". Two
 * offsets of 32 bits each, relative to their own place, in no order.
 */
#ifdef __ASSEMBLY__
/* clang-format off */
.macro _ASM_EXTABLE from, to
	.pushsection __ex_table, "a"
	.balign	4
	.long	\from - .
	.long	\to - .
	.popsection
.endm
/* clang-format on */
#else
#include <ikos/types.h>

#define _ASM_EXTABLE(from, to) _ASM_EXTABLE_STR(#from, #to)
/* With strings, for the labels of asm goto: "%l[name]". */
#define _ASM_EXTABLE_STR(from, to)                                             \
	".pushsection __ex_table, \"a\"\n"                                     \
	".balign 4\n"                                                          \
	".long (" from ") - .\n"                                               \
	".long (" to ") - .\n"                                                 \
	".popsection\n"

struct pt_regs;

bool fixup_exception(struct pt_regs *regs);
#endif

#endif

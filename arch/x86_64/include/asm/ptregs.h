/* SPDX-License-Identifier: MIT */
#ifndef ASM_PTREGS_H
#define ASM_PTREGS_H

#include <ikos/types.h>

/*
 * What the entry code saves on the kernel stack, lowest address first; the
 * order is Linux's struct pt_regs. orig_ax is the system call number, the
 * exception's error code, or -1 when no system call can be restarted.
 */
struct pt_regs {
	unsigned long r15, r14, r13, r12, bp, bx;
	unsigned long r11, r10, r9, r8, ax, cx, dx, si, di;
	unsigned long orig_ax;
	unsigned long ip, cs, flags, sp, ss; /* pushed by the CPU */
};

static inline bool user_mode(const struct pt_regs *regs)
{
	return (regs->cs & 3) != 0;
}

void show_regs(const struct pt_regs *regs);

#endif

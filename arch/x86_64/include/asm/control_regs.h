/* SPDX-License-Identifier: MIT */
#ifndef ASM_CONTROL_REGS_H
#define ASM_CONTROL_REGS_H

/* Control registers, Intel SDM volume 3A, 2.5. */
#define X86_CR0_PE (1 << 0)
#define X86_CR0_MP (1 << 1)
#define X86_CR0_EM (1 << 2)
#define X86_CR0_TS (1 << 3)
#define X86_CR0_ET (1 << 4)
#define X86_CR0_NE (1 << 5)
#define X86_CR0_WP (1 << 16)
#define X86_CR0_AM (1 << 18)
#define X86_CR0_PG (1 << 31)

#define X86_CR4_PSE	   (1 << 4)
#define X86_CR4_PAE	   (1 << 5)
#define X86_CR4_PGE	   (1 << 7)
#define X86_CR4_OSFXSR	   (1 << 9)
#define X86_CR4_OSXMMEXCPT (1 << 10)
#define X86_CR4_UMIP	   (1 << 11)
#define X86_CR4_FSGSBASE   (1 << 16)
#define X86_CR4_OSXSAVE	   (1 << 18)
#define X86_CR4_SMEP	   (1 << 20)
#define X86_CR4_SMAP	   (1 << 21)

#ifndef __ASSEMBLY__
#include <ikos/types.h>

#define DEFINE_CONTROL_REG(n)                                                  \
	static inline unsigned long read_cr##n(void)                           \
	{                                                                      \
		unsigned long v;                                               \
                                                                               \
		__asm__ __volatile__("mov %%cr" #n ", %0" : "=r"(v));          \
		return v;                                                      \
	}                                                                      \
	static inline void write_cr##n(unsigned long v)                        \
	{                                                                      \
		__asm__ __volatile__("mov %0, %%cr" #n : : "r"(v) : "memory"); \
	}

DEFINE_CONTROL_REG(0)
DEFINE_CONTROL_REG(2)
DEFINE_CONTROL_REG(3)
DEFINE_CONTROL_REG(4)
#endif

#endif

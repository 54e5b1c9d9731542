/* SPDX-License-Identifier: MIT */
#ifndef ASM_MSR_H
#define ASM_MSR_H

/* Model-specific registers, Intel SDM volume 4. */
#define MSR_APIC_BASE	   0x0000001b
#define MSR_PAT		   0x00000277
#define MSR_TSC_DEADLINE   0x000006e0
#define MSR_EFER	   0xc0000080
#define MSR_STAR	   0xc0000081
#define MSR_LSTAR	   0xc0000082
#define MSR_CSTAR	   0xc0000083
#define MSR_SYSCALL_MASK   0xc0000084
#define MSR_FS_BASE	   0xc0000100
#define MSR_GS_BASE	   0xc0000101
#define MSR_KERNEL_GS_BASE 0xc0000102 /* what swapgs exchanges GS base with */

#define EFER_SCE (1 << 0) /* SYSCALL */
#define EFER_LME (1 << 8) /* long mode, with paging */
#define EFER_LMA (1 << 10)
#define EFER_NX	 (1 << 11)

#ifndef __ASSEMBLY__
#include <ikos/types.h>

static inline u64 rdmsr(u32 msr)
{
	u32 lo, hi;

	__asm__ __volatile__("rdmsr" : "=a"(lo), "=d"(hi) : "c"(msr));
	return (u64)hi << 32 | lo;
}

static inline void wrmsr(u32 msr, u64 val)
{
	__asm__ __volatile__("wrmsr"
			     :
			     : "c"(msr), "a"((u32)val), "d"((u32)(val >> 32))
			     : "memory");
}
#endif

#endif

/* SPDX-License-Identifier: MIT */
#ifndef ASM_ELF_H
#define ASM_ELF_H

#include <asm/cpufeature.h>
#include <asm/page.h>

/* What kernel/binfmt_elf.c must know about the machine. */
#define ELF_MACHINE  62 /* EM_X86_64 */
#define ELF_PLATFORM "x86_64"

/* AT_HWCAP is CPUID leaf 1's EDX; AT_HWCAP2 bit 1: FSGSBASE is on. */
static inline unsigned long elf_hwcap(void)
{
	return boot_cpu_data.features[CPUID_1_EDX];
}

static inline unsigned long elf_hwcap2(void)
{
	return cpu_has(X86_FEATURE_FSGSBASE) ? 2 : 0;
}

/*
 * Where things go, Linux's numbers. Random offsets are in pages:
 * the stack's top 22 bits, mmap_base and position-independent programs 28.
 */
#define ELF_ET_DYN_BASE (TASK_SIZE / 3 * 2)
#define STACK_TOP	TASK_SIZE
#define STACK_RND_PAGES (1UL << 22)
#define MMAP_RND_PAGES	(1UL << 28)
#define BRK_RND_BYTES	0x02000000UL

#endif

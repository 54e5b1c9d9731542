/* SPDX-License-Identifier: MIT */
#ifndef ASM_CPUFEATURE_H
#define ASM_CPUFEATURE_H

#include <ikos/types.h>

/*
 * What the CPU can do. A feature is a bit of one CPUID register; the words
 * stand in the order in which /proc/cpuinfo lists their flags.
 */
enum cpuid_word {
	CPUID_1_EDX,
	CPUID_80000001_EDX,
	CPUID_1_ECX,
	CPUID_80000001_ECX,
	CPUID_7_EBX,
	CPUID_D_1_EAX,
	CPUID_80000008_EBX,
	CPUID_7_ECX,
	CPUID_7_EDX,
	NR_CPUID_WORDS
};

#define X86_FEATURE(word, bit) ((word)*32 + (bit))

#define X86_FEATURE_FPU		 X86_FEATURE(CPUID_1_EDX, 0)
#define X86_FEATURE_PSE		 X86_FEATURE(CPUID_1_EDX, 3)
#define X86_FEATURE_TSC		 X86_FEATURE(CPUID_1_EDX, 4)
#define X86_FEATURE_MSR		 X86_FEATURE(CPUID_1_EDX, 5)
#define X86_FEATURE_PAE		 X86_FEATURE(CPUID_1_EDX, 6)
#define X86_FEATURE_APIC	 X86_FEATURE(CPUID_1_EDX, 9)
#define X86_FEATURE_PGE		 X86_FEATURE(CPUID_1_EDX, 13)
#define X86_FEATURE_FXSR	 X86_FEATURE(CPUID_1_EDX, 24)
#define X86_FEATURE_SSE		 X86_FEATURE(CPUID_1_EDX, 25)
#define X86_FEATURE_SSE2	 X86_FEATURE(CPUID_1_EDX, 26)
#define X86_FEATURE_SYSCALL	 X86_FEATURE(CPUID_80000001_EDX, 11)
#define X86_FEATURE_NX		 X86_FEATURE(CPUID_80000001_EDX, 20)
#define X86_FEATURE_PDPE1GB	 X86_FEATURE(CPUID_80000001_EDX, 26)
#define X86_FEATURE_LM		 X86_FEATURE(CPUID_80000001_EDX, 29)
#define X86_FEATURE_X2APIC	 X86_FEATURE(CPUID_1_ECX, 21)
#define X86_FEATURE_TSC_DEADLINE X86_FEATURE(CPUID_1_ECX, 24)
#define X86_FEATURE_XSAVE	 X86_FEATURE(CPUID_1_ECX, 26)
#define X86_FEATURE_AVX		 X86_FEATURE(CPUID_1_ECX, 28)
#define X86_FEATURE_RDRAND	 X86_FEATURE(CPUID_1_ECX, 30)
#define X86_FEATURE_HYPERVISOR	 X86_FEATURE(CPUID_1_ECX, 31)
#define X86_FEATURE_FSGSBASE	 X86_FEATURE(CPUID_7_EBX, 0)
#define X86_FEATURE_SMEP	 X86_FEATURE(CPUID_7_EBX, 7)
#define X86_FEATURE_ERMS	 X86_FEATURE(CPUID_7_EBX, 9)
#define X86_FEATURE_AVX512F	 X86_FEATURE(CPUID_7_EBX, 16)
#define X86_FEATURE_RDSEED	 X86_FEATURE(CPUID_7_EBX, 18)
#define X86_FEATURE_SMAP	 X86_FEATURE(CPUID_7_EBX, 20)
#define X86_FEATURE_UMIP	 X86_FEATURE(CPUID_7_ECX, 2)
#define X86_FEATURE_PKU		 X86_FEATURE(CPUID_7_ECX, 3)
#define X86_FEATURE_XSAVEOPT	 X86_FEATURE(CPUID_D_1_EAX, 0)

struct cpuinfo_x86 {
	char vendor[13]; /* "GenuineIntel" */
	char model_name[49];
	unsigned int family, model, stepping;
	unsigned int phys_bits, virt_bits; /* address sizes */
	unsigned int clflush_size; /* bytes */
	unsigned int cache_size; /* KiB, of the outermost known level; 0: ? */
	unsigned int cpuid_level; /* highest basic leaf */
	u32 features[NR_CPUID_WORDS];
};

/* The CPU that booted; all others are alike. Set by cpu_identify(). */
extern struct cpuinfo_x86 boot_cpu_data;

struct cpuid_regs {
	u32 eax, ebx, ecx, edx;
};

static inline struct cpuid_regs cpuid(u32 leaf, u32 subleaf)
{
	struct cpuid_regs r;

	__asm__ __volatile__("cpuid"
			     : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx),
			       "=d"(r.edx)
			     : "a"(leaf), "c"(subleaf));
	return r;
}

/* Whether the CPU has X86_FEATURE_@feature. */
static inline bool cpu_has(unsigned int feature)
{
	return boot_cpu_data.features[feature / 32] >> feature % 32 & 1;
}

void cpu_identify(void);
void cpu_enable_features(void);
/* "fpu vme de ...": bytes written, without the end. */
size_t cpu_flags_text(const struct cpuinfo_x86 *c, char *buf, size_t size);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * What this CPU is and can do (CPUID, Intel SDM volume 2A), and switching on
 * what the kernel relies on for its own protection.
 */
#include <asm/control_regs.h>
#include <asm/cpufeature.h>
#include <asm/msr.h>
#include <asm/smap.h>
#include <ikos/bug.h>
#include <ikos/kernel.h>
#include <ikos/printk.h>
#include <ikos/string.h>

struct cpuinfo_x86 boot_cpu_data = { .phys_bits = 36, .virt_bits = 48 };

static void identify_vendor(struct cpuinfo_x86 *c)
{
	struct cpuid_regs r = cpuid(0, 0);

	c->cpuid_level = r.eax;
	memcpy(c->vendor, &r.ebx, 4);
	memcpy(c->vendor + 4, &r.edx, 4);
	memcpy(c->vendor + 8, &r.ecx, 4);
}

/* Family, model and stepping: SDM 2A, CPUID, figure 3-6. */
static void identify_model(struct cpuinfo_x86 *c)
{
	struct cpuid_regs r = cpuid(1, 0);

	c->stepping = r.eax & 0xf;
	c->model = r.eax >> 4 & 0xf;
	c->family = r.eax >> 8 & 0xf;
	if (c->family == 0xf)
		c->family += r.eax >> 20 & 0xff;
	if (c->family >= 6)
		c->model |= (r.eax >> 16 & 0xf) << 4;
	c->clflush_size = (r.ebx >> 8 & 0xff) * 8;
	c->features[CPUID_1_EDX] = r.edx;
	c->features[CPUID_1_ECX] = r.ecx;
}

static void identify_extended(struct cpuinfo_x86 *c)
{
	u32 max = cpuid(0x80000000, 0).eax;
	struct cpuid_regs r;

	if (max >= 0x80000001) {
		r = cpuid(0x80000001, 0);
		c->features[CPUID_80000001_EDX] = r.edx;
		c->features[CPUID_80000001_ECX] = r.ecx;
	}
	if (max >= 0x80000004)
		for (u32 i = 0; i < 3; i++) {
			r = cpuid(0x80000002 + i, 0);
			memcpy(c->model_name + i * 16, &r, 16);
		}
	if (max >= 0x80000006)
		c->cache_size = cpuid(0x80000006, 0).ecx >> 16;
	if (max >= 0x80000008) {
		r = cpuid(0x80000008, 0);
		c->phys_bits = clamp(r.eax & 0xff, 32u, 52u);
		c->virt_bits = r.eax >> 8 & 0xff;
		c->features[CPUID_80000008_EBX] = r.ebx;
	}
}

static void identify_structured(struct cpuinfo_x86 *c)
{
	struct cpuid_regs r;

	if (c->cpuid_level >= 7) {
		r = cpuid(7, 0);
		c->features[CPUID_7_EBX] = r.ebx;
		c->features[CPUID_7_ECX] = r.ecx;
		c->features[CPUID_7_EDX] = r.edx;
	}
	if (c->cpuid_level >= 0xd && cpu_has(X86_FEATURE_XSAVE))
		c->features[CPUID_D_1_EAX] = cpuid(0xd, 1).eax;
}

/* Without these the kernel does not work at all. */
static void require_features(void)
{
	static const struct {
		unsigned int feature;
		const char *name;
	} required[] = {
		{ X86_FEATURE_PSE, "large pages" },
		{ X86_FEATURE_TSC, "time stamp counter" },
		{ X86_FEATURE_MSR, "model-specific registers" },
		{ X86_FEATURE_PGE, "global pages" },
		{ X86_FEATURE_APIC, "local APIC" },
		{ X86_FEATURE_FXSR, "FXSAVE instruction" },
		{ X86_FEATURE_SSE2, "SSE2 unit" },
		{ X86_FEATURE_SYSCALL, "SYSCALL instruction" },
		{ X86_FEATURE_NX, "NX bit" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(required); i++)
		if (!cpu_has(required[i].feature))
			panic("this CPU has no %s", required[i].name);
}

/**
 * cpu_identify - fill boot_cpu_data from CPUID
 *
 * Context: boot. Panics when the CPU lacks what the kernel cannot do without.
 */
void cpu_identify(void)
{
	struct cpuinfo_x86 *c = &boot_cpu_data;

	identify_vendor(c);
	identify_model(c);
	identify_extended(c);
	identify_structured(c);
	require_features();
	pr_info("CPU: %s %s, family %u model %u stepping %u\n", c->vendor,
		c->model_name, c->family, c->model, c->stepping);
}

/**
 * cpu_enable_features - turn protections and register sets on
 *
 * NX and write protection of the kernel against itself; SMEP, SMAP, UMIP, XSAVE
 * and the FSGSBASE instructions where the CPU has them. No page is global
 * before this, as the early tables must go without a trace.
 *
 * Context: each CPU once, interrupts off.
 */
void cpu_enable_features(void)
{
	static const struct {
		unsigned int feature;
		unsigned long cr4;
	} optional[] = {
		{ X86_FEATURE_UMIP, X86_CR4_UMIP },
		{ X86_FEATURE_FSGSBASE, X86_CR4_FSGSBASE },
		{ X86_FEATURE_XSAVE, X86_CR4_OSXSAVE },
		{ X86_FEATURE_SMEP, X86_CR4_SMEP },
		{ X86_FEATURE_SMAP, X86_CR4_SMAP },
	};
	unsigned long cr4 = X86_CR4_PAE | X86_CR4_PSE | X86_CR4_PGE |
			    X86_CR4_OSFXSR | X86_CR4_OSXMMEXCPT;

	for (size_t i = 0; i < ARRAY_SIZE(optional); i++)
		if (cpu_has(optional[i].feature))
			cr4 |= optional[i].cr4;
	write_cr4(cr4);
	write_cr0(X86_CR0_PG | X86_CR0_WP | X86_CR0_NE | X86_CR0_ET |
		  X86_CR0_MP | X86_CR0_PE | X86_CR0_AM);
	wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_NX);
}

struct smap_site {
	s32 offset; /* from here to the instruction */
	u32 op; /* last byte of "clac" or "stac" */
};
extern struct smap_site __smap_sites_start[], __smap_sites_end[];

/**
 * smap_patch_text - put clac and stac where the code has room for them
 *
 * Context: boot CPU, before kernel text becomes read-only.
 */
void smap_patch_text(void)
{
	if (!cpu_has(X86_FEATURE_SMAP))
		return;
	for (struct smap_site *s = __smap_sites_start; s < __smap_sites_end;
	     s++) {
		u8 *insn = (u8 *)&s->offset + s->offset;

		insn[0] = 0x0f;
		insn[1] = 0x01;
		insn[2] = (u8)s->op;
	}
}

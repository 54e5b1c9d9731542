/* SPDX-License-Identifier: MIT */
/* The flag names of /proc/cpuinfo: proc(5), the names are Linux's. */
#include <asm/cpufeature.h>
#include <ikos/kernel.h>

/* NULL: the bit has no flag, or repeats one of another word. */
static const char *const flag_names[NR_CPUID_WORDS][32] = {
	[CPUID_1_EDX] = { "fpu",  "vme",     "de",   "pse",  "tsc",  "msr",
			  "pae",  "mce",     "cx8",  "apic", NULL,   "sep",
			  "mtrr", "pge",     "mca",  "cmov", "pat",  "pse36",
			  "pn",	  "clflush", NULL,   "dts",  "acpi", "mmx",
			  "fxsr", "sse",     "sse2", "ss",   "ht",   "tm",
			  "ia64", "pbe" },
	[CPUID_80000001_EDX] = { [11] = "syscall",
				 [19] = "mp",
				 [20] = "nx",
				 [22] = "mmxext",
				 [25] = "fxsr_opt",
				 [26] = "pdpe1gb",
				 [27] = "rdtscp",
				 [29] = "lm",
				 [30] = "3dnowext",
				 [31] = "3dnow" },
	[CPUID_1_ECX] = { "pni",
			  "pclmulqdq",
			  "dtes64",
			  "monitor",
			  "ds_cpl",
			  "vmx",
			  "smx",
			  "est",
			  "tm2",
			  "ssse3",
			  "cid",
			  "sdbg",
			  "fma",
			  "cx16",
			  "xtpr",
			  "pdcm",
			  NULL,
			  "pcid",
			  "dca",
			  "sse4_1",
			  "sse4_2",
			  "x2apic",
			  "movbe",
			  "popcnt",
			  "tsc_deadline_timer",
			  "aes",
			  "xsave",
			  NULL,
			  "avx",
			  "f16c",
			  "rdrand",
			  "hypervisor" },
	[CPUID_80000001_ECX] = { "lahf_lm",    "cmp_legacy",  "svm",
				 "extapic",    "cr8_legacy",  "abm",
				 "sse4a",      "misalignsse", "3dnowprefetch",
				 "osvw",       "ibs",	      "xop",
				 "skinit",     "wdt",	      NULL,
				 "lwp",	       "fma4",	      "tce",
				 NULL,	       "nodeid_msr",  NULL,
				 "tbm",	       "topoext",     "perfctr_core",
				 "perfctr_nb", NULL,	      "bpext",
				 "ptsc",       "perfctr_llc", "mwaitx",
				 NULL,	       NULL },
	[CPUID_7_EBX] = { "fsgsbase", "tsc_adjust", "sgx",	"bmi1",
			  "hle",      "avx2",	    NULL,	"smep",
			  "bmi2",     "erms",	    "invpcid",	"rtm",
			  "cqm",      NULL,	    "mpx",	"rdt_a",
			  "avx512f",  "avx512dq",   "rdseed",	"adx",
			  "smap",     "avx512ifma", NULL,	"clflushopt",
			  "clwb",     "intel_pt",   "avx512pf", "avx512er",
			  "avx512cd", "sha_ni",	    "avx512bw", "avx512vl" },
	[CPUID_D_1_EAX] = { "xsaveopt", "xsavec", "xgetbv1", "xsaves" },
	[CPUID_80000008_EBX] = { [0] = "clzero",
				 [1] = "irperf",
				 [2] = "xsaveerptr",
				 [4] = "rdpru",
				 [9] = "wbnoinvd",
				 [14] = "amd_stibp",
				 [15] = "amd_ibrs" },
	[CPUID_7_ECX] = { [1] = "avx512vbmi",
			  [2] = "umip",
			  [3] = "pku",
			  [5] = "waitpkg",
			  [6] = "avx512_vbmi2",
			  [8] = "gfni",
			  [9] = "vaes",
			  [10] = "vpclmulqdq",
			  [11] = "avx512_vnni",
			  [12] = "avx512_bitalg",
			  [14] = "avx512_vpopcntdq",
			  [16] = "la57",
			  [22] = "rdpid",
			  [25] = "cldemote",
			  [27] = "movdiri",
			  [28] = "movdir64b" },
	[CPUID_7_EDX] = { [2] = "avx512_4vnniw",
			  [3] = "avx512_4fmaps",
			  [4] = "fsrm",
			  [8] = "avx512_vp2intersect",
			  [10] = "md_clear",
			  [14] = "serialize",
			  [28] = "flush_l1d",
			  [29] = "arch_capabilities" },
};

/**
 * cpu_flags_text - the "flags" line of /proc/cpuinfo
 * @c: CPU
 * @buf: gets the names, separated by spaces, cut to fit
 * @size: bytes of @buf, at least 1
 *
 * Context: any. Return: bytes written, without the terminating zero.
 */
size_t cpu_flags_text(const struct cpuinfo_x86 *c, char *buf, size_t size)
{
	size_t len = 0;

	buf[0] = '\0';
	for (unsigned int i = 0; i < NR_CPUID_WORDS * 32; i++) {
		const char *name = flag_names[i / 32][i % 32];

		if (!name || !(c->features[i / 32] >> i % 32 & 1))
			continue;
		len += (size_t)snprintf(buf + len, size - len, "%s%s",
					len ? " " : "", name);
		if (len >= size)
			return size - 1;
	}
	return len;
}

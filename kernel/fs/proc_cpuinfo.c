/* SPDX-License-Identifier: MIT */
/*
 * /proc/cpuinfo, in the form of x86 Linux.
 */
#include "proc_internal.h"

#include <asm/apic.h>
#include <asm/cpufeature.h>
#include <ikos/slab.h>

static void show_identity(struct seq_file *m, unsigned int cpu,
			  const struct cpuinfo_x86 *c)
{
	seq_printf(m,
		   "processor\t: %u\n"
		   "vendor_id\t: %s\n"
		   "cpu family\t: %u\n"
		   "model\t\t: %u\n"
		   "model name\t: %s\n",
		   cpu, c->vendor[0] ? c->vendor : "unknown", c->family,
		   c->model, c->model_name[0] ? c->model_name : "unknown");
	seq_printf(m, "stepping\t: %u\n", c->stepping);
	seq_printf(m, "cpu MHz\t\t: %lu.%03lu\n", tsc_hz / 1000000,
		   tsc_hz / 1000 % 1000);
	if (c->cache_size)
		seq_printf(m, "cache size\t: %u KB\n", c->cache_size);
	seq_printf(m,
		   "physical id\t: 0\n"
		   "siblings\t: %u\n"
		   "core id\t\t: %u\n"
		   "cpu cores\t: %u\n"
		   "apicid\t\t: %u\n"
		   "initial apicid\t: %u\n",
		   nr_cpus_online, cpu, nr_cpus_online, cpu_apic_ids[cpu],
		   cpu_apic_ids[cpu]);
}

static void show_flags(struct seq_file *m, const struct cpuinfo_x86 *c)
{
	char *text = kmalloc(PAGE_SIZE, GFP_KERNEL);
	size_t n;

	if (!text)
		return;
	n = cpu_flags_text(c, text, PAGE_SIZE);
	seq_puts(m, "flags\t\t: ");
	seq_write(m, text, n);
	seq_putc(m, '\n');
	kfree(text);
}

static void show_rest(struct seq_file *m, const struct cpuinfo_x86 *c)
{
	seq_printf(m, "bugs\t\t: \nbogomips\t: %lu.%02lu\n", tsc_hz / 500000,
		   tsc_hz / 5000 % 100);
	seq_printf(m,
		   "clflush size\t: %u\n"
		   "cache_alignment\t: %u\n"
		   "address sizes\t: %u bits physical, %u bits virtual\n"
		   "power management:\n\n",
		   c->clflush_size, c->clflush_size, c->phys_bits,
		   c->virt_bits);
}

/**
 * proc_cpuinfo_show - print /proc/cpuinfo
 */
int proc_cpuinfo_show(struct seq_file *m, void *unused)
{
	const struct cpuinfo_x86 *c = &boot_cpu_data;

	for (unsigned int cpu = 0; cpu < nr_cpus_online; cpu++) {
		show_identity(m, cpu, c);
		seq_printf(m,
			   "fpu\t\t: yes\n"
			   "fpu_exception\t: yes\n"
			   "cpuid level\t: %u\n"
			   "wp\t\t: yes\n",
			   c->cpuid_level);
		show_flags(m, c);
		show_rest(m, c);
	}
	return 0;
}

/* SPDX-License-Identifier: MIT */
/*
 * The small files at the top of /proc: uptime, version, cmdline, loadavg,
 * interrupts, slabinfo. See proc(5) and slabinfo(5).
 */
#include "proc_internal.h"

#include <ikos/boot.h>
#include <ikos/irq.h>
#include <ikos/kernel.h>
#include <ikos/slab.h>
#include <ikos/utsname.h>

#define CENTI (NSEC_PER_SEC / 100)

/**
 * proc_uptime_show - print /proc/uptime: since boot, and idle, all CPUs summed
 */
int proc_uptime_show(struct seq_file *m, void *unused)
{
	u64 up = ktime_get_ns(), idle = cpu_idle_ns();

	seq_printf(m, "%lu.%02lu %lu.%02lu\n", up / NSEC_PER_SEC,
		   up % NSEC_PER_SEC / CENTI, idle / NSEC_PER_SEC,
		   idle % NSEC_PER_SEC / CENTI);
	return 0;
}

/**
 * proc_version_show - print /proc/version
 *
 * Programs take the number after "Linux version" apart.
 */
int proc_version_show(struct seq_file *m, void *unused)
{
	seq_printf(m, "%s version %s (ikos@ikos) (%s) %s\n",
		   system_utsname.sysname, system_utsname.release,
#ifdef __clang__
		   __VERSION__,
#else
		   "gcc " __VERSION__,
#endif
		   system_utsname.version);
	return 0;
}

/**
 * proc_cmdline_show - print /proc/cmdline
 */
int proc_cmdline_show(struct seq_file *m, void *unused)
{
	seq_printf(m, "%s\n", boot_info.cmdline);
	return 0;
}

/**
 * proc_loadavg_show - print /proc/loadavg
 */
int proc_loadavg_show(struct seq_file *m, void *unused)
{
	unsigned long loads[3];

	get_loadavg(loads);
	for (int i = 0; i < 3; i++) {
		/* Rounded to the nearest hundredth. */
		unsigned long v = loads[i] + 65536 / 200;

		seq_printf(m, "%lu.%02lu ", v >> 16, (v & 0xffff) * 100 >> 16);
	}
	seq_printf(m, "%u/%u %d\n", nr_running(), nr_threads_total(),
		   last_pid_allocated());
	return 0;
}

static void show_local_irq(struct seq_file *m, enum local_irq kind,
			   const char *mark, const char *name)
{
	seq_printf(m, "%s:", mark);
	for (unsigned int cpu = 0; cpu < nr_cpus_online; cpu++)
		seq_printf(m, " %10lu", local_irq_count(kind, cpu));
	seq_printf(m, "   %s\n", name);
}

/**
 * proc_interrupts_show - print /proc/interrupts
 */
int proc_interrupts_show(struct seq_file *m, void *unused)
{
	seq_puts(m, "           ");
	for (unsigned int cpu = 0; cpu < nr_cpus_online; cpu++)
		seq_printf(m, "CPU%-8u", cpu);
	seq_putc(m, '\n');
	for (unsigned int irq = 0; irq < 16; irq++) {
		if (!irq_name(irq))
			continue;
		seq_printf(m, "%3u:", irq);
		for (unsigned int cpu = 0; cpu < nr_cpus_online; cpu++)
			seq_printf(m, " %10lu", irq_count_on(irq, cpu));
		seq_printf(m, "  IO-APIC %3u-edge      %s\n", irq,
			   irq_name(irq));
	}
	show_local_irq(m, LOCAL_IRQ_TIMER, "LOC", "Local timer interrupts");
	show_local_irq(m, LOCAL_IRQ_RESCHEDULE, "RES",
		       "Rescheduling interrupts");
	show_local_irq(m, LOCAL_IRQ_CALL, "CAL", "Function call interrupts");
	return 0;
}

static void show_cache(struct seq_file *m, const struct slab_info *s)
{
	unsigned long slabs = s->pages, per_slab = 0;

	if (slabs)
		per_slab = s->capacity / slabs;
	seq_printf(m, "%-17s %6lu %6lu %6lu %4lu %4d", s->name, s->objects,
		   s->capacity, s->object_size, per_slab, 1);
	seq_printf(m, " : tunables %4d %4d %4d", 0, 0, 0);
	seq_printf(m, " : slabdata %6lu %6lu %6d\n", slabs, slabs, 0);
}

/**
 * proc_slabinfo_show - print /proc/slabinfo
 *
 * A slab is counted as its pages.
 */
int proc_slabinfo_show(struct seq_file *m, void *unused)
{
	struct slab_info info;

	seq_puts(m, "slabinfo - version: 2.1\n"
		    "# name            <active_objs> <num_objs> <objsize> "
		    "<objperslab> <pagesperslab> : tunables <limit> "
		    "<batchcount> <sharedfactor> : slabdata <active_slabs> "
		    "<num_slabs> <sharedavail>\n");
	for (unsigned int n = 0; slab_get_info(n, &info); n++)
		show_cache(m, &info);
	return 0;
}

/* SPDX-License-Identifier: MIT */
/*
 * /proc/stat: what the machine has done since boot. See proc(5).
 *
 * How long a CPU was idle is known exactly; how the rest divides into user and
 * system time is counted by each CPU as for the tasks it ran (cputime.c).
 */
#include "proc_internal.h"

#include <ikos/irq.h>
#include <ikos/kernel.h>

#define NSEC_PER_TICK (NSEC_PER_SEC / USER_HZ)

struct cpu_times {
	u64 user, system, idle; /* ns */
};

/* User time is known by the ticks; what is neither that nor idle time is
 * system time. No figure ever shrinks, though one may be read a little late. */
static struct cpu_times get_times(unsigned int cpu)
{
	static DEFINE_SPINLOCK(lock);
	static struct cpu_times last[NR_CPUS];
	u64 total = ktime_get_ns(), idle = min(cpu_idle_ns_of(cpu), total);
	u64 user = min(cpu_user_ns_of(cpu), total - idle);
	struct cpu_times *t = &last[cpu], copy;

	spin_lock(&lock);
	t->user = max(t->user, user);
	t->system = max(t->system, total - idle - user);
	t->idle = max(t->idle, idle);
	copy = *t;
	spin_unlock(&lock);
	return copy;
}

static void show_cpu(struct seq_file *m, const char *name, struct cpu_times t)
{
	seq_printf(m, "%s %lu 0 %lu %lu 0 0 0 0 0 0\n", name,
		   t.user / NSEC_PER_TICK, t.system / NSEC_PER_TICK,
		   t.idle / NSEC_PER_TICK);
}

static void show_cpus(struct seq_file *m)
{
	struct cpu_times all = { 0 }, cpus[NR_CPUS];

	for (unsigned int cpu = 0; cpu < nr_cpus_online; cpu++) {
		cpus[cpu] = get_times(cpu);
		all.user += cpus[cpu].user;
		all.system += cpus[cpu].system;
		all.idle += cpus[cpu].idle;
	}
	/* Two spaces: "cpu" is as wide as "cpu0". */
	show_cpu(m, "cpu ", all);
	for (unsigned int cpu = 0; cpu < nr_cpus_online; cpu++) {
		char name[16];

		snprintf(name, sizeof(name), "cpu%u", cpu);
		show_cpu(m, name, cpus[cpu]);
	}
}

static void show_interrupts(struct seq_file *m)
{
	unsigned long sum = 0;

	for (unsigned int irq = 0; irq < 16; irq++)
		sum += irq_count(irq);
	seq_printf(m, "intr %lu", sum);
	for (unsigned int irq = 0; irq < 16; irq++)
		seq_printf(m, " %lu", irq_count(irq));
	seq_putc(m, '\n');
}

/**
 * proc_stat_show - print /proc/stat
 */
int proc_stat_show(struct seq_file *m, void *unused)
{
	u64 boot = ktime_get_real_ns() - ktime_get_ns();

	show_cpus(m);
	show_interrupts(m);
	seq_printf(m,
		   "ctxt %lu\n"
		   "btime %lu\n"
		   "processes %d\n"
		   "procs_running %u\n"
		   "procs_blocked %u\n"
		   "softirq 0 0 0 0 0 0 0 0 0 0 0\n",
		   nr_context_switches(), boot / NSEC_PER_SEC,
		   last_pid_allocated(), nr_running(), nr_uninterruptible());
	return 0;
}

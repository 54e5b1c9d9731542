/* SPDX-License-Identifier: MIT */
/*
 * /proc/stat: what the machine has done since boot. See proc(5).
 *
 * The time that the CPUs were busy is known exactly; how it divides into user
 * and system time is the sum over the processes, those that have been waited
 * for being part of their parents' figures. The shares never shrink: what a
 * process that nobody waited for takes with it stays counted.
 */
#include "proc_internal.h"

#include <ikos/irq.h>
#include <ikos/kernel.h>

#define NSEC_PER_TICK (NSEC_PER_SEC / USER_HZ)

struct cpu_times {
	u64 user, system, idle; /* ns */
};

static u64 sum_user_time(void)
{
	struct task_struct *p;
	unsigned long flags;
	u64 sum = 0;

	spin_lock_irqsave(&tasklist_lock, flags);
	for_each_process (p) {
		u64 utime, stime;

		task_cputime(p, &utime, &stime);
		sum += utime + p->signal->cutime;
	}
	spin_unlock_irqrestore(&tasklist_lock, flags);
	return sum;
}

static struct cpu_times get_times(void)
{
	static DEFINE_SPINLOCK(lock);
	static u64 max_user, max_system;
	u64 total = ktime_get_ns() * nr_cpus_online;
	u64 user = sum_user_time(), busy;
	struct cpu_times t;

	t.idle = min(cpu_idle_ns(), total);
	busy = total - t.idle;
	spin_lock(&lock);
	max_user = max(max_user, min(user, busy));
	max_system = max(max_system, busy - min(max_user, busy));
	t.user = max_user;
	t.system = max_system;
	spin_unlock(&lock);
	return t;
}

static void show_cpu(struct seq_file *m, const char *name, struct cpu_times t,
		     unsigned int share)
{
	seq_printf(m, "%s %lu 0 %lu %lu 0 0 0 0 0 0\n", name,
		   t.user / NSEC_PER_TICK / share,
		   t.system / NSEC_PER_TICK / share,
		   t.idle / NSEC_PER_TICK / share);
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
	struct cpu_times t = get_times();
	u64 boot = ktime_get_real_ns() - ktime_get_ns();

	/* Two spaces: "cpu" is as wide as "cpu0". */
	show_cpu(m, "cpu ", t, 1);
	for (unsigned int cpu = 0; cpu < nr_cpus_online; cpu++) {
		char name[16];

		snprintf(name, sizeof(name), "cpu%u", cpu);
		show_cpu(m, name, t, nr_cpus_online);
	}
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

/* SPDX-License-Identifier: MIT */
/*
 * Figures of the scheduler, summed over the CPUs; others may change them while
 * they are read.
 */
#include <ikos/atomic.h>

#include "sched_internal.h"

/**
 * nr_running - tasks that run or want to
 */
unsigned int nr_running(void)
{
	unsigned int sum = 0;

	for (unsigned int cpu = 0; cpu < nr_cpus_online; cpu++) {
		struct rq *rq = cpu_rq(cpu);

		sum += READ_ONCE(rq->nr_queued) +
		       (READ_ONCE(rq->curr) != rq->idle);
	}
	return sum;
}

/**
 * nr_uninterruptible - tasks that sleep where no signal wakes them
 */
unsigned int nr_uninterruptible(void)
{
	int sum = 0;

	for (unsigned int cpu = 0; cpu < nr_cpus_online; cpu++)
		sum += READ_ONCE(cpu_rq(cpu)->nr_uninterruptible);
	return sum > 0 ? (unsigned int)sum : 0;
}

/**
 * cpu_idle_ns_of - time that a CPU had nothing to do
 * @cpu: an online CPU
 *
 * Context: any. Return: ns, up to now.
 */
u64 cpu_idle_ns_of(unsigned int cpu)
{
	const struct rq *rq = cpu_rq(cpu);
	const struct task_struct *idle = rq->idle;
	u64 switches, sum, now;

	do {
		switches = smp_load_acquire(&rq->nr_switches);
		sum = READ_ONCE(idle->utime) + READ_ONCE(idle->stime);
		if (READ_ONCE(rq->curr) == idle) {
			u64 since = READ_ONCE(idle->exec_start);

			now = ktime_get_ns();
			sum += now > since ? now - since : 0;
		}
		smp_mb();
	} while (READ_ONCE(rq->nr_switches) != switches);
	return sum;
}

/**
 * cpu_idle_ns - time that the CPUs had nothing to do, summed, ns
 */
u64 cpu_idle_ns(void)
{
	u64 sum = 0;

	for (unsigned int cpu = 0; cpu < nr_cpus_online; cpu++)
		sum += cpu_idle_ns_of(cpu);
	return sum;
}

/**
 * cpu_user_ns_of - time that a CPU has run programs
 * @cpu: an online CPU
 *
 * Context: any. Return: ns; see cputime.c for how it is known.
 */
u64 cpu_user_ns_of(unsigned int cpu)
{
	u64 all = READ_ONCE(*per_cpu_ptr(&cpu_user_ns, cpu));
	u64 idle = READ_ONCE(cpu_rq(cpu)->idle->utime);

	return all > idle ? all - idle : 0;
}

/**
 * nr_context_switches - since boot, of all CPUs
 */
u64 nr_context_switches(void)
{
	u64 sum = 0;

	for (unsigned int cpu = 0; cpu < nr_cpus_online; cpu++)
		sum += READ_ONCE(cpu_rq(cpu)->nr_switches);
	return sum;
}

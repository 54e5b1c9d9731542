/* SPDX-License-Identifier: MIT */
/*
 * A watchdog for debug builds: who spins without end, or keeps interrupts off,
 * is told about with the ways of all CPUs, in place of a machine that stands
 * still.
 *
 * Two things are watched. Who spins counts its time itself. And a CPU that is
 * not idle has a tick every 4 ms; each CPU looks, at its own tick, at its
 * neighbour's:
 *
 *	CPU 1's last tick	10.000 s	(interrupts off since)
 *	CPU 0's tick		30.004 s	CPU 1 is busy and has none: stuck
 *
 * Time is the machine's, and a host with few processors may let one of its
 * virtual CPUs wait for long: hence the long limits, and before the verdict a
 * second look, ticks of the watching CPU being counted, too.
 */
#include <asm/processor.h>
#include <ikos/bug.h>
#include <ikos/kernel.h>
#include <ikos/printk.h>
#include <ikos/sched.h>
#include <ikos/smp.h>

#include "sched_internal.h"
#include "watchdog.h"

#ifdef CONFIG_DEBUG_VM

#define STUCK_NS       (20 * NSEC_PER_SEC)
#define STUCK_TICKS    2000 /* of the watching CPU: 8 s */
#define LOOPS_PER_LOOK 4096

struct watch {
	u64 tick; /* when this CPU last had one */
	u64 seen; /* the neighbour's, at our last look */
	unsigned int unchanged; /* our ticks since that has changed */
};
static DEFINE_PER_CPU(struct watch, watches);

/**
 * spin_watch_expired - count a turn of a waiting loop
 * @w: of this wait
 *
 * Context: any. Return: whether it has lasted suspiciously long.
 */
bool spin_watch_expired(struct spin_watch *w)
{
	if (++w->loops % LOOPS_PER_LOOK)
		return false;
	if (!w->since)
		w->since = ktime_get_ns();
	return ktime_get_ns() - w->since > STUCK_NS;
}

/**
 * panic_stuck - the watchdog's verdict: print where all CPUs are, and panic
 * @what: what this CPU does or sees, the end of a sentence
 * @cpus: bits of the CPUs that are to blame
 *
 * Context: any.
 */
void panic_stuck(const char *what, unsigned long cpus)
{
	static u32 told;

	/* Another CPU is telling: it will stop us. */
	while (xchg(&told, 1))
		cpu_relax();
	bust_spinlocks();
	printk(KERN_EMERG "watchdog: CPU %u %s (mask %#lx)\n",
	       smp_processor_id(), what, cpus);
	for (unsigned int cpu = 0; cpu < nr_cpus_online; cpu++)
		if (cpu != smp_processor_id())
			arch_trigger_backtrace(cpu);
	panic("CPU %u %s (mask %#lx)", smp_processor_id(), what, cpus);
}

/**
 * watchdog_tick - this CPU has a tick; look at the next one's
 * @now: ktime_get_ns()
 *
 * Context: the timer interrupt.
 */
void watchdog_tick(u64 now)
{
	struct watch *own = this_cpu_ptr(&watches), *other;
	unsigned int next = smp_processor_id() + 1;

	own->tick = now;
	if (next == nr_cpus_online)
		next = 0;
	if (next == smp_processor_id())
		return;
	other = per_cpu_ptr(&watches, next);
	if (rq_is_idle(cpu_rq(next)) || READ_ONCE(other->tick) != own->seen) {
		own->seen = READ_ONCE(other->tick);
		own->unchanged = 0;
		return;
	}
	if (++own->unchanged >= STUCK_TICKS && now > own->seen &&
	    now - own->seen > STUCK_NS)
		panic_stuck("sees no tick of its neighbour", BIT(next));
}

#endif

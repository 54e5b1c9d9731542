/* SPDX-License-Identifier: MIT */
/*
 * Whether another CPU's time stamp counter agrees with the boot CPU's, since
 * the clock is read from whichever CPU a task is on and must never go back.
 *
 * Both CPUs look at their counters in turn, under a lock, for some time. A
 * look that is earlier than the one before it, on the other CPU, shows how far
 * the looking CPU is behind:
 *
 *	boot CPU	1000	    1020	1040
 *	other CPU	      1003	  1017		behind by 3
 *
 * The other CPU then moves its counter by the worst that was seen, and they
 * look again. After a few rounds without agreement it is not used.
 */
#include <asm/apic.h>
#include <asm/msr.h>
#include <asm/processor.h>
#include <ikos/kernel.h>
#include <ikos/printk.h>
#include <ikos/spinlock.h>

#define MSR_TSC 0x10
#define ROUNDS	4
#define MAX_US	1000 /* how long a round takes */

static DEFINE_SPINLOCK(look_lock);
static u64 last_look;
static u64 boot_behind, secondary_behind; /* TSC ticks, worst of a round */
static u32 arrived, verdict_round; /* meeting places, counting up */
static bool agreed;

/* Wait until both CPUs have come here. */
static void meet(u32 nth)
{
	__atomic_fetch_add(&arrived, 1, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&arrived, __ATOMIC_SEQ_CST) < 2 * nth)
		cpu_relax();
}

/* Look for a while. Return: how far this CPU was behind, at worst. */
static u64 look(void)
{
	u64 end = rdtsc() + tsc_hz / 1000000 * MAX_US, now, before, worst = 0;

	do {
		spin_lock(&look_lock);
		before = last_look;
		now = rdtsc();
		last_look = now;
		spin_unlock(&look_lock);
		if (before > now)
			worst = max(worst, before - now);
	} while (now < end);
	return worst;
}

/**
 * tsc_sync_boot - compare with the CPU that is being started
 *
 * Context: the boot CPU, while the other one is in tsc_sync_secondary();
 * interrupts off. Return: whether they agree.
 */
bool tsc_sync_boot(void)
{
	u32 place = 0;

	arrived = 0;
	verdict_round = 0;
	agreed = false;
	smp_store_release(&verdict_round, 1); /* open: the other may begin */
	for (int round = 0; round < ROUNDS && !agreed; round++) {
		last_look = 0;
		meet(++place);
		boot_behind = look();
		meet(++place);
		agreed = !boot_behind && !secondary_behind;
		meet(++place);
	}
	verdict_round = 0;
	return agreed;
}

/**
 * tsc_sync_secondary - the other half of tsc_sync_boot()
 *
 * Moves this CPU's counter if need be. Context: a CPU that is being started,
 * interrupts off. Return: whether they agree.
 */
bool tsc_sync_secondary(void)
{
	u32 place = 0;
	bool done = false;

	while (!smp_load_acquire(&verdict_round))
		cpu_relax();
	for (int round = 0; round < ROUNDS && !done; round++) {
		meet(++place);
		secondary_behind = look();
		meet(++place);
		done = !boot_behind && !secondary_behind;
		if (!done)
			wrmsr(MSR_TSC,
			      rdtsc() + secondary_behind - boot_behind);
		meet(++place);
	}
	return done;
}

/**
 * tsc_wait_us - spin for a while
 * @us: microseconds
 *
 * Context: any.
 */
void tsc_wait_us(unsigned int us)
{
	u64 start = rdtsc(), ticks = tsc_hz / 1000000 * us;

	while (rdtsc() - start < ticks)
		cpu_relax();
}

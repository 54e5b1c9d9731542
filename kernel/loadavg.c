/* SPDX-License-Identifier: MIT */
/*
 * Load averages: the number of tasks that run, want to run, or sleep without
 * being interruptible, averaged over 1, 5 and 15 minutes. Every 5 seconds
 *
 *	load = load * e + active * (1 - e),	e = exp(-5 s / period)
 *
 * in fixed point with 11 bits of fraction, so that proc(5)'s loadavg shows the
 * same digits as Linux does for the same history.
 */
#include <ikos/sched.h>

#define FRACTION_BITS 11
#define ONE	      (1UL << FRACTION_BITS)
#define INTERVAL_NS   (5 * NSEC_PER_SEC)

static const unsigned long decay[3] = { 1884, 2014, 2037 };
static unsigned long load_averages[3];
static struct timer load_timer;

static unsigned long next_load(unsigned long load, unsigned long e,
			       unsigned long active)
{
	unsigned long sum = load * e + active * (ONE - e);

	/* Round up while rising, or a load of 1 would never be reached. */
	if (active >= load)
		sum += ONE - 1;
	return sum / ONE;
}

static void sample(struct timer *timer)
{
	unsigned long active = nr_running() + nr_uninterruptible();

	for (int i = 0; i < 3; i++)
		load_averages[i] = next_load(load_averages[i], decay[i],
					     active << FRACTION_BITS);
	timer_start(timer, timer->expires + INTERVAL_NS);
}

/**
 * get_loadavg - the averages over 1, 5 and 15 minutes
 * @loads: get them in fixed point, 16 bits of fraction, as sysinfo(2) does
 *
 * Context: any.
 */
void get_loadavg(unsigned long loads[3])
{
	for (int i = 0; i < 3; i++)
		loads[i] = READ_ONCE(load_averages[i]) << (16 - FRACTION_BITS);
}

/**
 * loadavg_init - start sampling
 *
 * Context: boot, after time_init().
 */
void loadavg_init(void)
{
	timer_setup(&load_timer, sample);
	timer_start(&load_timer, ktime_get_ns() + INTERVAL_NS);
}

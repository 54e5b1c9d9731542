/* SPDX-License-Identifier: MIT */
/*
 * The clock: nanoseconds since boot, from the time stamp counter.
 *
 * How fast the TSC runs is measured against the PIT, whose 1193182 Hz are the
 * same on every PC; CPUID's answers are often missing or wrong in virtual
 * machines. A measurement is two looks at both counters, ten milliseconds
 * apart. What can spoil a look is a pause in the middle (a hypervisor, system
 * management mode), so of several looks the quickest counts; and the whole
 * is repeated until two results agree.
 */
#include <asm/apic.h>
#include <asm/io.h>
#include <asm/processor.h>
#include <asm/vdso.h>
#include <ikos/compiler.h>
#include <ikos/kernel.h>
#include <ikos/printk.h>
#include <ikos/time.h>

#define PIT_HZ	      1193182UL
#define PIT_CHANNEL2  0x42
#define PIT_COMMAND   0x43
#define PIT_MODE0_CH2 0xb0 /* low byte, high byte, count down once */
#define PIT_LATCH_CH2 0x80
#define PIT_GATE_PORT 0x61
#define PIT_GATE      0x01 /* channel 2 counts */
#define PIT_SPEAKER   0x02
#define PIT_OUT	      0x20 /* it has reached 0 */

#define PIT_INTERVAL (PIT_HZ / 100)
#define LOOKS	     8
#define ROUNDS	     6
#define POLLS_MAX    100000
#define FALLBACK_HZ  1000000000UL

u64 tsc_hz;
static u64 tsc_start; /* TSC at ns 0 */
static u64 tsc_to_ns; /* scale; 0: not calibrated yet */

struct look {
	u64 tsc;
	u32 count; /* of the PIT, downwards */
};

static u32 pit_count(void)
{
	u32 low;

	outb(PIT_LATCH_CH2, PIT_COMMAND);
	low = inb(PIT_CHANNEL2);
	return low | (u32)inb(PIT_CHANNEL2) << 8;
}

static void pit_start(void)
{
	u8 gate = inb(PIT_GATE_PORT);

	outb((u8)((gate & ~PIT_SPEAKER) | PIT_GATE), PIT_GATE_PORT);
	outb(PIT_MODE0_CH2, PIT_COMMAND);
	outb(0xff, PIT_CHANNEL2);
	outb(0xff, PIT_CHANNEL2);
}

static bool pit_expired(void)
{
	return inb(PIT_GATE_PORT) & PIT_OUT;
}

static struct look look_at_both(void)
{
	struct look best = { 0, 0 };
	u64 best_took = ~0UL;

	for (int i = 0; i < LOOKS; i++) {
		u64 before = rdtsc();
		u32 count = pit_count();
		u64 took = rdtsc() - before;

		if (took < best_took) {
			best_took = took;
			/* The latch, the first of three accesses, is when. */
			best = (struct look){ before + took / 6, count };
		}
	}
	return best;
}

/* Let time pass without exits to the hypervisor at every step. */
static void pause_a_little(void)
{
	for (int i = 0; i < 20000; i++)
		barrier();
}

/* One measurement in Hz; 0: it failed. */
static u64 measure(void)
{
	struct look from, to;
	u32 count;

	pit_start();
	from = look_at_both();
	for (int i = 0; i < POLLS_MAX; i++) {
		count = pit_count();
		if (count > from.count || pit_expired())
			return 0;
		if (from.count - count >= PIT_INTERVAL)
			break;
		pause_a_little();
	}
	to = look_at_both();
	if (pit_expired() || to.count >= from.count ||
	    from.count - to.count < PIT_INTERVAL)
		return 0;
	return (to.tsc - from.tsc) * PIT_HZ / (from.count - to.count);
}

/* Within a thousandth of each other. */
static bool agree(u64 a, u64 b)
{
	u64 diff = a > b ? a - b : b - a;

	return a && b && diff <= a / 1000;
}

static u64 measure_until_sure(void)
{
	u64 last = 0, hz = 0;

	for (int i = 0; i < ROUNDS; i++) {
		hz = measure();
		if (agree(last, hz))
			return (last + hz) / 2;
		if (hz)
			last = hz;
	}
	pr_warn("tsc: no two measurements agree, time may be wrong\n");
	return last ? last : FALLBACK_HZ;
}

/**
 * tsc_calibrate - measure the TSC and start the clock
 *
 * Context: boot, interrupts off. Takes some 20 ms.
 */
void tsc_calibrate(void)
{
	tsc_start = rdtsc();
	tsc_hz = measure_until_sure();
	tsc_to_ns = scale_32(NSEC_PER_SEC, tsc_hz);
	pr_info("tsc: %lu.%03lu MHz\n", tsc_hz / 1000000, tsc_hz / 1000 % 1000);
}

/**
 * arch_clock_ns - the monotonic clock
 *
 * Context: any. Return: nanoseconds since boot; 0 before tsc_calibrate().
 */
u64 arch_clock_ns(void)
{
	return scale_mul(rdtsc() - tsc_start, tsc_to_ns);
}

/**
 * tsc_clock_params - what arch_clock_ns() computes with
 * @start: gets the TSC at ns 0
 * @scale: gets ns per tick, times 2^32; 0 before tsc_calibrate()
 *
 * Context: any; they never change again.
 */
void tsc_clock_params(u64 *start, u64 *scale)
{
	*start = tsc_start;
	*scale = tsc_to_ns;
}

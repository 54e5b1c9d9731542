/* SPDX-License-Identifier: MIT */
/*
 * What time it is. The machine provides a clock that counts nanoseconds since
 * boot and never goes back; the wall clock is that plus an offset, taken once
 * from the real-time clock and moved by clock_settime(2).
 */
#include <ikos/atomic.h>
#include <ikos/time.h>

static u64 wall_offset; /* ns from boot to 1970 */

/**
 * ktime_get_ns - nanoseconds since boot
 *
 * Context: any. Never goes back.
 */
u64 ktime_get_ns(void)
{
	return arch_clock_ns();
}

/**
 * ktime_get_real_ns - nanoseconds since 1970-01-01 00:00 UTC
 *
 * Context: any.
 */
u64 ktime_get_real_ns(void)
{
	return arch_clock_ns() + READ_ONCE(wall_offset);
}

/**
 * ktime_set_real_ns - step the wall clock
 * @ns: what ktime_get_real_ns() shall say now
 *
 * Context: any. Timers count from boot and are not moved: clock_settime(2).
 */
void ktime_set_real_ns(u64 ns)
{
	u64 offset = ns - arch_clock_ns();

	WRITE_ONCE(wall_offset, offset);
	update_vsyscall(offset);
}

/**
 * time_init - set the wall clock from the real-time clock, start the timers
 *
 * Context: boot, interrupts off, after arch_late_init().
 */
void time_init(void)
{
	ktime_set_real_ns(arch_rtc_seconds() * NSEC_PER_SEC);
	timer_init();
}

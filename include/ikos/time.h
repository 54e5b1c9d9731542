/* SPDX-License-Identifier: MIT */
#ifndef IKOS_TIME_H
#define IKOS_TIME_H

#include <ikos/rbtree.h>
#include <ikos/types.h>
#include <uapi/time.h>

#define NSEC_PER_SEC  1000000000UL
#define NSEC_PER_MSEC 1000000UL
#define NSEC_PER_USEC 1000UL
#define USER_HZ	      100 /* unit of times(2) and /proc/PID/stat */
#define TICK_NSEC     (NSEC_PER_SEC / 250) /* length of a time slice's unit */

/* Nanoseconds since boot, and since 1970-01-01 00:00 UTC. Any context. */
u64 ktime_get_ns(void);
u64 ktime_get_real_ns(void);
/* Step the wall clock: clock_settime(2). */
void ktime_set_real_ns(u64 ns);

/* A function to call at a time, in interrupt context. */
struct timer {
	struct rb_node node;
	u64 expires; /* ktime_get_ns() */
	void (*function)(struct timer *timer);
	bool queued;
	unsigned int cpu; /* in whose queue it is or was */
};
void timer_setup(struct timer *timer, void (*function)(struct timer *));
void timer_start(struct timer *timer, u64 expires);
/* Returns whether it was still pending; it does not run afterwards. */
bool timer_cancel(struct timer *timer);

/* kernel/timer.c, for the scheduler: this CPU leaves the idle task, so it
 * needs ticks again. Interrupts off. */
void timer_tick_start(u64 now);
/* Called by arch code: the timer interrupt came. */
void timer_interrupt(bool user);
/* Provided by arch code. */
u64 arch_clock_ns(void); /* since boot */
u64 arch_rtc_seconds(void); /* wall clock at boot, from the RTC */
/* The wall clock was set: @wall_offset ns from boot to 1970. */
void update_vsyscall(u64 wall_offset);
void arch_timer_program(u64 delta_ns); /* one interrupt, that far from now */

void time_init(void);
void timer_init(void); /* empty queues; part of time_init() */

static inline struct timespec64 ns_to_timespec(u64 ns)
{
	return (struct timespec64){ .tv_sec = (s64)(ns / NSEC_PER_SEC),
				    .tv_nsec = (s64)(ns % NSEC_PER_SEC) };
}
static inline bool timespec_valid(const struct timespec64 *ts)
{
	return ts->tv_sec >= 0 && ts->tv_nsec >= 0 &&
	       ts->tv_nsec < (s64)NSEC_PER_SEC;
}
/* Saturates at the far end of time. */
static inline u64 timespec_to_ns(const struct timespec64 *ts)
{
	if ((u64)ts->tv_sec >= (~0ULL >> 1) / NSEC_PER_SEC)
		return ~0ULL >> 1;
	return (u64)ts->tv_sec * NSEC_PER_SEC + (u64)ts->tv_nsec;
}

#endif

/* SPDX-License-Identifier: MIT */
#ifndef KERNEL_WATCHDOG_H
#define KERNEL_WATCHDOG_H

#include <ikos/types.h>

/* kernel/watchdog.c: noticing that a CPU gets nowhere (debug builds). */

/* Of one wait; starts as zero. */
struct spin_watch {
	u32 loops;
	u64 since; /* ns */
};

#ifdef CONFIG_DEBUG_VM
bool spin_watch_expired(struct spin_watch *w);
void panic_stuck(const char *what, unsigned long cpus) __noreturn __cold;
/* This CPU's tick: it is alive; are the others? */
void watchdog_tick(u64 now);
#else
static inline bool spin_watch_expired(struct spin_watch *w)
{
	return false;
}
static inline void panic_stuck(const char *what, unsigned long cpus)
{
}
static inline void watchdog_tick(u64 now)
{
}
#endif

#endif

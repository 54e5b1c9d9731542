/* SPDX-License-Identifier: MIT */
#ifndef KERNEL_SYS_TIME_H
#define KERNEL_SYS_TIME_H

#include <ikos/clock_timer.h>
#include <ikos/time.h>
#include <ikos/wait.h>

/* What the files of kernel/ that implement time's system calls share. */

bool clock_exists(clockid_t clock); /* clock_gettime() knows it */
int read_clock(clockid_t clock, u64 *ns);
/* What a timer of that clock goes by; a task with a reference. */
int cpu_clock_ref(clockid_t clock, struct clock_ref *ref);
/* kernel/nanosleep.c: woken when the wall clock is stepped. */
extern struct wait_queue_head realtime_sleepers;
void clock_was_set(void);

#endif

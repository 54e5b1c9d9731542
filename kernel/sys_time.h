/* SPDX-License-Identifier: MIT */
#ifndef KERNEL_SYS_TIME_H
#define KERNEL_SYS_TIME_H

#include <ikos/time.h>
#include <ikos/wait.h>

/* What the files of kernel/ that implement time's system calls share. */

typedef int clockid_t;

#define CLOCK_TAI 11

bool clock_exists(clockid_t clock); /* clock_gettime() knows it */
/* kernel/nanosleep.c: woken when the wall clock is stepped. */
extern struct wait_queue_head realtime_sleepers;
void clock_was_set(void);

#endif

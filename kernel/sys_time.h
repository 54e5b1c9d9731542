/* SPDX-License-Identifier: MIT */
#ifndef KERNEL_SYS_TIME_H
#define KERNEL_SYS_TIME_H

#include <ikos/time.h>

/* What the files of kernel/ that implement time's system calls share. */

typedef int clockid_t;

#define CLOCK_TAI 11

bool clock_exists(clockid_t clock); /* clock_gettime() knows it */
void clock_was_set(void); /* kernel/nanosleep.c */

#endif

/* SPDX-License-Identifier: MIT */
#ifndef ASM_RTC_H
#define ASM_RTC_H

#include <ikos/types.h>

/* The registers of the clock, as read. */
struct rtc_raw {
	u8 second, minute, hour, day, month, year, century, status_b;
};

/* Seconds since 1970-01-01, or -1: not a date. */
s64 rtc_to_seconds(const struct rtc_raw *raw);

#endif

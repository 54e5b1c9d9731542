/* SPDX-License-Identifier: MIT */
/* From the registers of the real-time clock to seconds since 1970. */
#include <asm/rtc.h>

#define STATUS_B_24_HOURS 0x02
#define STATUS_B_BINARY	  0x04 /* else two decimal digits */
#define HOUR_PM		  0x80 /* with 12 hours */

static unsigned int from_bcd(u8 v)
{
	return (v >> 4) * 10u + (v & 0xf);
}

static unsigned int decode(const struct rtc_raw *raw, u8 v)
{
	return raw->status_b & STATUS_B_BINARY ? v : from_bcd(v);
}

static unsigned int decode_hour(const struct rtc_raw *raw)
{
	unsigned int hour;

	if (raw->status_b & STATUS_B_24_HOURS)
		return decode(raw, raw->hour);
	hour = decode(raw, raw->hour & (u8)~HOUR_PM) % 12;
	return raw->hour & HOUR_PM ? hour + 12 : hour;
}

/* Clocks without a century register show nonsense there. */
static unsigned int decode_year(const struct rtc_raw *raw)
{
	unsigned int year = decode(raw, raw->year);
	unsigned int century = decode(raw, raw->century);

	if (century >= 19 && century <= 29)
		return century * 100 + year;
	return year < 70 ? 2000 + year : 1900 + year;
}

static bool is_leap(unsigned int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static unsigned int days_in_month(unsigned int year, unsigned int month)
{
	static const u8 days[12] = { 31, 28, 31, 30, 31, 30,
				     31, 31, 30, 31, 30, 31 };

	return days[month - 1] + (month == 2 && is_leap(year));
}

/* Days from 1970-01-01 to the first day of @year, which is not before. */
static s64 days_before_year(unsigned int year)
{
	unsigned int y = year - 1;

	return (s64)(year - 1970) * 365 + (y / 4 - y / 100 + y / 400) -
	       (1969 / 4 - 1969 / 100 + 1969 / 400);
}

/**
 * rtc_to_seconds - decode the clock's registers
 * @raw: as read, in whatever mode status register B says
 *
 * Return: seconds since 1970-01-01 00:00; -1 when that is not a date from
 * 1970 on.
 */
s64 rtc_to_seconds(const struct rtc_raw *raw)
{
	unsigned int year = decode_year(raw);
	unsigned int month = decode(raw, raw->month);
	unsigned int day = decode(raw, raw->day);
	unsigned int hour = decode_hour(raw);
	unsigned int minute = decode(raw, raw->minute);
	unsigned int second = decode(raw, raw->second);
	s64 days;

	if (year < 1970 || month < 1 || month > 12 || day < 1 ||
	    day > days_in_month(year, month) || hour > 23 || minute > 59 ||
	    second > 59)
		return -1;
	days = days_before_year(year) + day - 1;
	for (unsigned int m = 1; m < month; m++)
		days += days_in_month(year, m);
	return ((days * 24 + hour) * 60 + minute) * 60 + second;
}

/* SPDX-License-Identifier: MIT */
/*
 * The battery-backed clock of the PC (MC146818), for the date at boot. It is
 * taken to run in UTC.
 */
#include <asm/io.h>
#include <asm/rtc.h>
#include <ikos/printk.h>
#include <ikos/string.h>
#include <ikos/time.h>

#define CMOS_INDEX 0x70
#define CMOS_DATA  0x71

enum rtc_register {
	RTC_SECOND = 0x00,
	RTC_MINUTE = 0x02,
	RTC_HOUR = 0x04,
	RTC_DAY = 0x07,
	RTC_MONTH = 0x08,
	RTC_YEAR = 0x09,
	RTC_STATUS_A = 0x0a,
	RTC_STATUS_B = 0x0b,
	RTC_CENTURY = 0x32, /* where every PC has it; not in the chip */
};

#define RTC_UPDATING 0x80 /* status A: do not read now */

/* An update takes 2 ms; a port access 1 us or less. */
#define UPDATE_POLLS 20000
#define READ_TRIES   10

static u8 cmos_read(u8 reg)
{
	outb(reg, CMOS_INDEX);
	return inb(CMOS_DATA);
}

static void wait_for_update(void)
{
	for (int i = 0; i < UPDATE_POLLS; i++)
		if (!(cmos_read(RTC_STATUS_A) & RTC_UPDATING))
			return;
}

static void read_registers(struct rtc_raw *raw)
{
	wait_for_update();
	raw->second = cmos_read(RTC_SECOND);
	raw->minute = cmos_read(RTC_MINUTE);
	raw->hour = cmos_read(RTC_HOUR);
	raw->day = cmos_read(RTC_DAY);
	raw->month = cmos_read(RTC_MONTH);
	raw->year = cmos_read(RTC_YEAR);
	raw->century = cmos_read(RTC_CENTURY);
	raw->status_b = cmos_read(RTC_STATUS_B);
}

/**
 * arch_rtc_seconds - read the wall clock
 *
 * An update may begin between two registers; two readings that are equal had
 * none in them.
 *
 * Context: boot; takes up to milliseconds.
 * Return: seconds since 1970; 0 when the clock holds no date.
 */
u64 arch_rtc_seconds(void)
{
	struct rtc_raw raw, again;
	s64 seconds;

	read_registers(&raw);
	for (int i = 0; i < READ_TRIES; i++) {
		read_registers(&again);
		if (!memcmp(&raw, &again, sizeof(raw)))
			break;
		raw = again;
	}
	seconds = rtc_to_seconds(&raw);
	if (seconds >= 0)
		return (u64)seconds;
	pr_warn("rtc: the clock holds no valid date\n");
	return 0;
}

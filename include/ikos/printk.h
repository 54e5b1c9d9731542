/* SPDX-License-Identifier: MIT */
#ifndef IKOS_PRINTK_H
#define IKOS_PRINTK_H

#include <ikos/types.h>

/*
 * The kernel's log: a ring in memory (syslog(2), /dev/kmsg) and every
 * registered console. A line starts with a level, "<6>" (KERN_INFO) unless
 * given; consoles show levels below console_loglevel, with a time stamp in
 * seconds since boot, as Linux does.
 *
 * Any context, interrupt handlers and panics included.
 */
#define KERN_EMERG   "<0>"
#define KERN_ALERT   "<1>"
#define KERN_CRIT    "<2>"
#define KERN_ERR     "<3>"
#define KERN_WARNING "<4>"
#define KERN_NOTICE  "<5>"
#define KERN_INFO    "<6>"
#define KERN_DEBUG   "<7>"
/* Go on with the line before: no stamp, no level. */
#define KERN_CONT "<c>"

int printk(const char *fmt, ...) __printf(1, 2);
/* Straight to the consoles, without stamp: for KTAP lines. */
void printk_raw(const char *s);
int vprintk(const char *fmt, __builtin_va_list args);

#define pr_err(fmt, ...)   printk(KERN_ERR fmt, ##__VA_ARGS__)
#define pr_warn(fmt, ...)  printk(KERN_WARNING fmt, ##__VA_ARGS__)
#define pr_info(fmt, ...)  printk(KERN_INFO fmt, ##__VA_ARGS__)
#define pr_debug(fmt, ...) printk(KERN_DEBUG fmt, ##__VA_ARGS__)

/* A place that shows the log. write() must work with interrupts off. */
struct console {
	const char *name;
	void (*write)(struct console *con, const char *s, size_t len);
	struct console *next;
};

void register_console(struct console *con);
extern int console_loglevel;

/* Copy the newest part of the log that fits in @size bytes; bytes copied. */
size_t kmsg_read(char *buf, size_t size);
/* Bytes in the ring. */
size_t kmsg_size(void);
/* A panic writes straight to the consoles from now on, locks ignored. */
void bust_spinlocks(void);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * The kernel's log. Messages are formatted with their time stamp into a ring
 * of text, and sent to the consoles at once: what was printed before a crash
 * is on the wire.
 *
 *	<6>[    0.123456] mm: 512 MiB of RAM
 *	^level, only in the ring
 *
 * Lock: log_lock (irqsave) guards the ring, the line state and the consoles.
 * A panic sets log_busted and prints without it.
 */
#include <ikos/kernel.h>
#include <ikos/printk.h>
#include <ikos/spinlock.h>
#include <ikos/string.h>
#include <ikos/time.h>

#define LOG_SIZE (1UL << 17)
#define LINE_MAX 1024

static DEFINE_SPINLOCK(log_lock);
static char log_buf[LOG_SIZE];
static size_t log_head; /* bytes ever written; the newest LOG_SIZE remain */
static bool log_busted;
static bool at_line_start = true;
static int line_level = 6; /* of the line under way */
static struct console *consoles;

int console_loglevel = 7;

static void ring_write(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		log_buf[log_head++ % LOG_SIZE] = s[i];
}

static void consoles_write(const char *s, size_t n)
{
	for (struct console *c = consoles; c; c = c->next)
		c->write(c, s, n);
}

/* Send @n bytes out, stamping each line's beginning. */
static void emit(const char *s, size_t n)
{
	while (n) {
		const char *nl = memchr(s, '\n', n);
		size_t chunk = nl ? (size_t)(nl - s) + 1 : n;
		bool show = line_level < console_loglevel;
		char stamp[40];
		int len;

		if (at_line_start) {
			u64 us = ktime_get_ns() / NSEC_PER_USEC;

			len = snprintf(stamp, sizeof(stamp),
				       "<%d>[%5lu.%06lu] ", line_level,
				       us / 1000000, us % 1000000);
			ring_write(stamp, (size_t)len);
			if (show)
				consoles_write(stamp + 3, (size_t)len - 3);
		}
		ring_write(s, chunk);
		if (show)
			consoles_write(s, chunk);
		at_line_start = nl != NULL;
		s += chunk;
		n -= chunk;
	}
}

/**
 * vprintk - write to the kernel's log
 * @fmt: printf format, after an optional KERN_* level
 *
 * Context: any. Return: bytes written, without the stamp.
 */
int vprintk(const char *fmt, __builtin_va_list args)
{
	static char line[LINE_MAX];
	unsigned long flags;
	bool locked = !log_busted;
	int len;

	local_irq_save(flags);
	if (locked)
		spin_lock(&log_lock);
	len = vsnprintf(line, sizeof(line), fmt, args);
	len = min(len, LINE_MAX - 1);
	const char *s = line;

	if (len >= 3 && s[0] == '<' && s[2] == '>') {
		if (s[1] != 'c') {
			if (!at_line_start)
				emit("\n", 1);
			line_level = s[1] - '0';
		}
		s += 3;
		len -= 3;
	} else if (at_line_start) {
		line_level = 6;
	}
	emit(s, (size_t)len);
	if (locked)
		spin_unlock(&log_lock);
	local_irq_restore(flags);
	return len;
}

/**
 * printk - vprintk() with its arguments in place
 */
int printk(const char *fmt, ...)
{
	__builtin_va_list ap;
	int n;

	__builtin_va_start(ap, fmt);
	n = vprintk(fmt, ap);
	__builtin_va_end(ap);
	return n;
}

/**
 * printk_raw - text for the consoles as it is: no level, no stamp, no ring
 * @s: ends with a newline when it is a whole line
 *
 * For test output (KTAP), whose lines must begin in column 0.
 */
void printk_raw(const char *s)
{
	unsigned long flags;

	spin_lock_irqsave(&log_lock, flags);
	if (!at_line_start) {
		ring_write("\n", 1);
		consoles_write("\n", 1);
		at_line_start = true;
	}
	consoles_write(s, strlen(s));
	spin_unlock_irqrestore(&log_lock, flags);
}

/* The unlocked parts of reading: the oldest byte that is still there. */
static size_t log_tail(void)
{
	return log_head > LOG_SIZE ? log_head - LOG_SIZE : 0;
}

/**
 * register_console - show the log here from now on, and what it has so far
 *
 * Registering a console twice does nothing.
 */
void register_console(struct console *con)
{
	unsigned long flags;

	for (struct console *c = consoles; c; c = c->next)
		if (c == con)
			return;
	spin_lock_irqsave(&log_lock, flags);
	for (size_t i = log_tail(), skip = 0; i < log_head; i++) {
		char c = log_buf[i % LOG_SIZE];

		/* Leave the "<n>" at each line's beginning out. */
		if (skip < 3 && (skip || c == '<')) {
			skip++;
			continue;
		}
		skip = c == '\n' ? 0 : 3;
		con->write(con, &c, 1);
	}
	con->next = consoles;
	consoles = con;
	spin_unlock_irqrestore(&log_lock, flags);
}

/**
 * kmsg_read - the newest part of the log, with levels
 * @buf: kernel memory
 * @size: bytes
 *
 * Context: any. Return: bytes copied.
 */
size_t kmsg_read(char *buf, size_t size)
{
	unsigned long flags;
	size_t n;

	spin_lock_irqsave(&log_lock, flags);
	n = min(size, log_head - log_tail());
	for (size_t i = 0; i < n; i++)
		buf[i] = log_buf[(log_head - n + i) % LOG_SIZE];
	spin_unlock_irqrestore(&log_lock, flags);
	return n;
}

/**
 * kmsg_size - bytes of the log's ring
 */
size_t kmsg_size(void)
{
	return LOG_SIZE;
}

/**
 * bust_spinlocks - print without the lock from now on: this is a panic
 *
 * Whoever holds the lock will not run again.
 */
void bust_spinlocks(void)
{
	log_busted = true;
	console_loglevel = 8;
}

/* SPDX-License-Identifier: MIT */
#ifndef UART_PORT_H
#define UART_PORT_H

#include <ikos/printk.h>
#include <ikos/spinlock.h>
#include <ikos/types.h>

struct tty_struct;

/* A serial port: uart8250.c has the table, uart_tty.c the rest. */
struct uart_port {
	u16 base;
	u8 irq;
	bool probed, present;
	struct tty_struct *tty; /* NULL until tty_init() */
	struct console console; /* the log, if it goes here */

	/* Guarded by lock, taken with interrupts off. */
	spinlock_t lock;
	u8 ier; /* what UART_IER holds */
	bool throttled; /* the terminal has no room for input */
	bool enabled; /* somebody has it open: receive */
	bool stopped; /* flow control: do not send */
	u8 *ring; /* bytes to send, UART_RING_SIZE */
	unsigned int head, tail; /* free running */
};

#define UART_RING_SIZE 4096

extern struct uart_port uart_ports[];

#endif

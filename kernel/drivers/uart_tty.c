/* SPDX-License-Identifier: MIT */
/*
 * Serial ports as terminals.
 *
 * Output goes through a ring: the writer pushes what it has into the FIFO as
 * long as that takes it, and only when the device lags behind does the
 * transmit interrupt carry on. Under QEMU the device nearly always keeps up,
 * so that a byte costs one port access and no interrupt.
 *
 * Input comes by interrupt. A terminal without room masks the receive
 * interrupt: the FIFO fills, the device stops taking bytes from its other
 * side, nothing is lost.
 *
 * Lock: port->lock, inside tty->lock, for every access to the device but the
 * reading of its status. An interrupt line is handled by one CPU at a time, but
 * another may be setting the speed meanwhile, and then what is read in place of
 * a byte is a half of the divisor.
 */
#include <asm/io.h>
#include <asm/processor.h>
#include <ikos/irq.h>
#include <ikos/kernel.h>
#include <ikos/slab.h>
#include <ikos/tty.h>

#include "uart8250.h"
#include "uart_port.h"

static void set_ier(struct uart_port *port, u8 set, u8 clear)
{
	u8 ier = (u8)((port->ier | set) & ~clear);

	if (ier == port->ier)
		return;
	port->ier = ier;
	outb(ier, port->base + UART_IER);
}

/* Fill the FIFO from the ring while it empties; port->lock held. */
static void push_out(struct uart_port *port)
{
	while (port->tail != port->head && !port->stopped) {
		unsigned int n = UART_FIFO_SIZE;

		if (!(inb(port->base + UART_LSR) & UART_LSR_THRE)) {
			set_ier(port, UART_IER_THRI, 0);
			return;
		}
		while (n-- && port->tail != port->head)
			outb(port->ring[port->tail++ % UART_RING_SIZE],
			     port->base + UART_TX);
	}
	set_ier(port, 0, UART_IER_THRI);
}

static unsigned int ring_room(const struct uart_port *port)
{
	return UART_RING_SIZE - (port->head - port->tail);
}

static size_t uart_write(struct tty_struct *tty, const u8 *buf, size_t n)
{
	struct uart_port *port = tty->driver_data;
	size_t done = 0;

	spin_lock(&port->lock);
	while (done < n && ring_room(port))
		port->ring[port->head++ % UART_RING_SIZE] = buf[done++];
	push_out(port);
	spin_unlock(&port->lock);
	return done;
}

static size_t uart_write_room(struct tty_struct *tty)
{
	return ring_room(tty->driver_data);
}

static size_t uart_chars_in_buffer(struct tty_struct *tty)
{
	struct uart_port *port = tty->driver_data;
	size_t n = port->head - port->tail;

	if (!n && !(inb(port->base + UART_LSR) & UART_LSR_TEMT))
		n = 1;
	return n;
}

static void uart_flush_buffer(struct tty_struct *tty)
{
	struct uart_port *port = tty->driver_data;

	spin_lock(&port->lock);
	port->tail = port->head;
	push_out(port);
	spin_unlock(&port->lock);
}

static void uart_set_stopped(struct tty_struct *tty, bool stopped)
{
	struct uart_port *port = tty->driver_data;

	spin_lock(&port->lock);
	port->stopped = stopped;
	push_out(port);
	spin_unlock(&port->lock);
}

static void uart_stop(struct tty_struct *tty)
{
	uart_set_stopped(tty, true);
}

static void uart_start(struct tty_struct *tty)
{
	uart_set_stopped(tty, false);
}

/* Setting the bit while bytes wait raises the interrupt at once. */
static void update_receive(struct uart_port *port)
{
	if (port->enabled && !port->throttled)
		set_ier(port, UART_IER_RDI | UART_IER_RLSI, 0);
	else
		set_ier(port, 0, UART_IER_RDI | UART_IER_RLSI);
}

static void uart_set_throttled(struct tty_struct *tty, bool throttled)
{
	struct uart_port *port = tty->driver_data;

	spin_lock(&port->lock);
	port->throttled = throttled;
	update_receive(port);
	spin_unlock(&port->lock);
}

static void uart_throttle(struct tty_struct *tty)
{
	uart_set_throttled(tty, true);
}

static void uart_unthrottle(struct tty_struct *tty)
{
	uart_set_throttled(tty, false);
}

static void uart_activate(struct tty_struct *tty, bool on)
{
	struct uart_port *port = tty->driver_data;

	spin_lock(&port->lock);
	port->enabled = on;
	update_receive(port);
	spin_unlock(&port->lock);
}

/* Baud rates by their code: 0 … 15, and from B57600 = CBAUDEX | 1 on. */
static unsigned int baud_of(u32 cflag)
{
	static const unsigned int low[] = { 0,	  50,	75,    110,  134,  150,
					    200,  300,	600,   1200, 1800, 2400,
					    4800, 9600, 19200, 38400 };

	switch (cflag & CBAUD) {
	case B57600:
		return 57600;
	case B115200:
		return 115200;
	default:
		return cflag & BOTHER ? UART_CLOCK : low[cflag & 017];
	}
}

static void uart_set_termios(struct tty_struct *tty)
{
	struct uart_port *port = tty->driver_data;
	u32 cflag = tty->termios.c_cflag;
	unsigned int baud = baud_of(cflag);
	unsigned int divisor = baud ? UART_CLOCK / baud : 1;
	u8 lcr = (u8)((cflag & CSIZE) >> 4);

	if (cflag & CSTOPB)
		lcr |= 0x04;
	if (cflag & PARENB)
		lcr |= cflag & PARODD ? 0x08 : 0x18;
	spin_lock(&port->lock);
	outb(lcr | UART_LCR_DLAB, port->base + UART_LCR);
	outb((u8)divisor, port->base + UART_DLL);
	outb((u8)(divisor >> 8), port->base + UART_DLM);
	outb(lcr, port->base + UART_LCR);
	spin_unlock(&port->lock);
}

static void uart_send_break(struct tty_struct *tty, bool on)
{
	struct uart_port *port = tty->driver_data;
	u8 lcr;

	spin_lock(&port->lock);
	lcr = inb(port->base + UART_LCR);
	lcr = on ? lcr | UART_LCR_BREAK : lcr & (u8)~UART_LCR_BREAK;
	outb(lcr, port->base + UART_LCR);
	spin_unlock(&port->lock);
}

static const struct tty_operations uart_ops = {
	.write = uart_write,
	.write_room = uart_write_room,
	.chars_in_buffer = uart_chars_in_buffer,
	.flush_buffer = uart_flush_buffer,
	.stop = uart_stop,
	.start = uart_start,
	.throttle = uart_throttle,
	.unthrottle = uart_unthrottle,
	.set_termios = uart_set_termios,
	.send_break = uart_send_break,
	.activate = uart_activate,
};

static int flag_of(u8 lsr)
{
	if (lsr & UART_LSR_BI)
		return TTY_BREAK;
	if (lsr & (UART_LSR_PE | UART_LSR_FE))
		return TTY_PARITY;
	return TTY_NORMAL;
}

static u8 read_byte(struct uart_port *port)
{
	u8 c;

	spin_lock(&port->lock);
	c = inb(port->base + UART_RX);
	spin_unlock(&port->lock);
	return c;
}

#define LSR_ERRORS                                                             \
	(UART_LSR_BI | UART_LSR_PE | UART_LSR_FE | UART_LSR_FIFO_ERROR)

/*
 * Take what the FIFO has. @sure: so many bytes are known to be there; unless
 * something is wrong with one of them, the status need not be read for each,
 * which halves the accesses to the device.
 */
static void receive(struct uart_port *port, unsigned int sure)
{
	for (;;) {
		u8 lsr = inb(port->base + UART_LSR);

		if (!(lsr & UART_LSR_DR) || !port->enabled)
			return;
		if (lsr & LSR_ERRORS)
			sure = 0;
		do {
			if (tty_throttle_if_full(port->tty))
				return;
			tty_receive(port->tty, read_byte(port), flag_of(lsr));
		} while (sure && --sure);
	}
}

static void transmit(struct uart_port *port)
{
	bool room;

	spin_lock(&port->lock);
	push_out(port);
	room = ring_room(port) >= UART_RING_SIZE / 2;
	spin_unlock(&port->lock);
	if (room)
		tty_wakeup(port->tty);
}

static bool handle_port(struct uart_port *port)
{
	u8 iir = inb(port->base + UART_IIR);

	if (iir & UART_IIR_NONE)
		return false;
	receive(port, (iir & UART_IIR_ID) == UART_IIR_RDA ? UART_TRIGGER : 1);
	if (port->ier & UART_IER_THRI)
		transmit(port);
	return true;
}

static bool handle_line(unsigned int irq)
{
	bool any = false;

	for (int i = 0; i < UART_NR; i++) {
		struct uart_port *port = &uart_ports[i];

		if (port->irq == irq && port->tty)
			any |= handle_port(port);
	}
	return any;
}

/* Drop the port's request and raise it again: a new edge if it still asks. */
static void ask_again(struct uart_port *port)
{
	spin_lock(&port->lock);
	outb(0, port->base + UART_IER);
	outb(port->ier, port->base + UART_IER);
	spin_unlock(&port->lock);
}

/*
 * The line is edge triggered and two ports share it: go round until none of
 * them asks, or the next edge would never come. A port that goes on asking
 * gets its turn again after others had theirs.
 */
static void uart_interrupt(unsigned int irq, void *data)
{
	for (int round = 0; round < 64; round++)
		if (!handle_line(irq))
			return;
	for (int i = 0; i < UART_NR; i++)
		if (uart_ports[i].irq == irq && uart_ports[i].tty)
			ask_again(&uart_ports[i]);
}

static void setup_port(unsigned int line)
{
	struct uart_port *port = &uart_ports[line];
	bool shared = line >= 2 && uart_ports[line - 2].tty;

	port->ring = kmalloc(UART_RING_SIZE, GFP_KERNEL);
	if (!port->ring)
		return;
	if (!shared && request_irq(port->irq, uart_interrupt, "serial", port)) {
		pr_err("uart: interrupt %u is not available\n", port->irq);
		kfree(port->ring);
		return;
	}
	port->tty = tty_register(&uart_ops, port, line);
	pr_info("ttyS%u at I/O 0x%x (irq = %u) is a 16550A\n", line, port->base,
		port->irq);
}

/**
 * uart_tty_init - make terminals of the serial ports that are there
 *
 * Context: boot, after request_irq() works.
 */
void uart_tty_init(void)
{
	for (unsigned int line = 0; line < UART_NR; line++)
		if (uart_early_init(line))
			setup_port(line);
}

static void drain(struct uart_port *port)
{
	unsigned long spins = 0;
	unsigned long flags;

	spin_lock_irqsave(&port->lock, flags);
	port->stopped = false;
	while (port->tail != port->head && spins < 10000000) {
		unsigned int before = port->tail;

		push_out(port);
		spins = port->tail == before ? spins + 1 : 0;
		cpu_relax();
	}
	for (spins = 0; spins < 10000000; spins++)
		if (inb(port->base + UART_LSR) & UART_LSR_TEMT)
			break;
	spin_unlock_irqrestore(&port->lock, flags);
}

/**
 * uart_drain_all - send what the rings hold, by polling
 *
 * Context: any; for power off. A port that makes no progress is given up.
 */
void uart_drain_all(void)
{
	for (unsigned int line = 0; line < UART_NR; line++)
		if (uart_ports[line].present && uart_ports[line].ring)
			drain(&uart_ports[line]);
}

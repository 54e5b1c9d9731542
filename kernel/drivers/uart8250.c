/* SPDX-License-Identifier: MIT */
/*
 * The PC's serial ports, COM1 to COM4: 16550A, 115200 baud, 8n1.
 *
 * This part is what works before anything else does: probing a port and
 * writing to it by polling. uart_tty.c builds the terminals ttyS0 … on it.
 */
#include <asm/io.h>
#include <asm/processor.h>
#include <ikos/kernel.h>
#include <ikos/printk.h>
#include <ikos/tty.h>

#include "uart8250.h"
#include "uart_port.h"

struct uart_port uart_ports[UART_NR] = {
	{ .base = 0x3f8, .irq = 4 },
	{ .base = 0x2f8, .irq = 3 },
	{ .base = 0x3e8, .irq = 4 },
	{ .base = 0x2e8, .irq = 3 },
};

/*
 * Where no device answers, reads give ones. Two patterns must come back from
 * the scratch register, and in loop-back mode the modem outputs must show on
 * the modem inputs: RTS at CTS, OUT2 at DCD.
 */
static bool uart_probe(u16 base)
{
	u8 status;

	outb(0x5a, base + UART_SCR);
	if (inb(base + UART_SCR) != 0x5a)
		return false;
	outb(0xa5, base + UART_SCR);
	if (inb(base + UART_SCR) != 0xa5)
		return false;
	outb(UART_MCR_LOOP | UART_MCR_OUT2 | UART_MCR_RTS, base + UART_MCR);
	status = inb(base + UART_MSR);
	outb(UART_MCR_DTR | UART_MCR_RTS, base + UART_MCR);
	return (status & 0xf0) == (UART_MSR_DCD | UART_MSR_CTS);
}

/*
 * The receive FIFO is not cleared: what was typed while the machine booted is
 * kept for the first reader.
 */
static void uart_setup(u16 base)
{
	outb(0, base + UART_IER);
	outb(UART_LCR_DLAB, base + UART_LCR);
	outb(1, base + UART_DLL);
	outb(0, base + UART_DLM);
	outb(UART_LCR_8N1, base + UART_LCR);
	outb(UART_FCR_ENABLE | UART_FCR_TRIGGER_14, base + UART_FCR);
	outb(UART_MCR_DTR | UART_MCR_RTS | UART_MCR_OUT2, base + UART_MCR);
}

/**
 * uart_early_init - find a serial port and set it to 115200 8n1
 * @line: 0 … 3 for COM1 … COM4
 *
 * May be called again; only the first call touches the device.
 *
 * Context: any, before interrupts are on.
 * Return: whether there is such a port.
 */
bool uart_early_init(unsigned int line)
{
	struct uart_port *port;

	if (line >= UART_NR)
		return false;
	port = &uart_ports[line];
	if (port->probed)
		return port->present;
	port->probed = true;
	port->present = uart_probe(port->base);
	if (port->present)
		uart_setup(port->base);
	return port->present;
}

/* A device that never gets ready must not stop the kernel: bounded. */
static void uart_wait_thre(u16 base)
{
	unsigned long spins = 10000000;

	while (!(inb(base + UART_LSR) & UART_LSR_THRE) && --spins)
		cpu_relax();
}

/**
 * uart_early_write - write to a serial port by polling
 * @line: 0 … 3; a port that is not there is left alone
 * @s: the bytes; on COM1, where a terminal listens, "\n" goes out as "\r\n"
 * @len: bytes
 *
 * Context: any, panics included: takes no lock.
 */
void uart_early_write(unsigned int line, const char *s, size_t len)
{
	unsigned int room = 0;
	u16 base;

	if (!uart_early_init(line))
		return;
	base = uart_ports[line].base;
	while (len--) {
		bool newline = line == 0 && *s == '\n';

		if (room < 2) {
			uart_wait_thre(base);
			room = UART_FIFO_SIZE;
		}
		if (newline)
			outb('\r', base + UART_TX);
		outb((u8)*s++, base + UART_TX);
		room -= newline ? 2 : 1;
	}
}

#define LOCK_TRIES 100000

/*
 * Another CPU that sends keeps the port for as long as the device takes bytes.
 * But it may be this one that has it and came here by a warning, or one that a
 * panic has stopped: not for ever.
 */
static bool lock_for_log(struct uart_port *port)
{
	for (unsigned int i = 0; i < LOCK_TRIES; i++) {
		if (spin_trylock(&port->lock))
			return true;
		cpu_relax();
	}
	return false;
}

static void uart_log_write(struct console *con, const char *s, size_t len)
{
	struct uart_port *port = container_of(con, struct uart_port, console);
	bool locked = lock_for_log(port);

	uart_early_write((unsigned int)(port - uart_ports), s, len);
	if (locked)
		spin_unlock(&port->lock);
}

/**
 * uart_console_init - show the kernel's log on a serial port
 * @com2: on COM2, so that COM1 carries nothing but what programs write;
 *        COM1 stands in when there is no COM2
 *
 * Context: boot, interrupts off.
 */
void uart_console_init(bool com2)
{
	unsigned int line = com2 && uart_early_init(1) ? 1 : 0;
	struct uart_port *port = &uart_ports[line];

	if (!uart_early_init(line))
		return;
	port->console.name = "uart";
	port->console.write = uart_log_write;
	register_console(&port->console);
}

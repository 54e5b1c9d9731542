/* SPDX-License-Identifier: MIT */
#ifndef UART8250_H
#define UART8250_H

/* Registers of a 16550A at offsets from its port base (data sheet PC16550D). */
#define UART_RX	 0 /* receive buffer (read) */
#define UART_TX	 0 /* transmit holding (write) */
#define UART_DLL 0 /* divisor, low byte, while LCR_DLAB */
#define UART_IER 1 /* interrupt enable */
#define UART_DLM 1 /* divisor, high byte, while LCR_DLAB */
#define UART_IIR 2 /* interrupt identification (read) */
#define UART_FCR 2 /* FIFO control (write) */
#define UART_LCR 3 /* line control */
#define UART_MCR 4 /* modem control */
#define UART_LSR 5 /* line status */
#define UART_MSR 6 /* modem status */
#define UART_SCR 7 /* scratch */

#define UART_IER_RDI  0x01 /* data received */
#define UART_IER_THRI 0x02 /* transmit FIFO empty */
#define UART_IER_RLSI 0x04 /* break, parity, framing, overrun */

#define UART_FCR_ENABLE	    0x01
#define UART_FCR_CLEAR_RX   0x02
#define UART_FCR_CLEAR_TX   0x04
#define UART_FCR_TRIGGER_14 0xc0

#define UART_LCR_8N1   0x03
#define UART_LCR_BREAK 0x40
#define UART_LCR_DLAB  0x80

#define UART_MCR_DTR  0x01
#define UART_MCR_RTS  0x02
#define UART_MCR_OUT2 0x08 /* gates the interrupt line on a PC */
#define UART_MCR_LOOP 0x10

#define UART_MSR_CTS 0x10
#define UART_MSR_DSR 0x20
#define UART_MSR_RI  0x40
#define UART_MSR_DCD 0x80

#define UART_LSR_DR   0x01 /* data ready */
#define UART_LSR_OE   0x02 /* overrun */
#define UART_LSR_PE   0x04 /* parity */
#define UART_LSR_FE   0x08 /* framing */
#define UART_LSR_BI   0x10 /* break */
#define UART_LSR_THRE 0x20 /* transmit FIFO empty */
#define UART_LSR_TEMT 0x40 /* nothing left to send at all */

#define UART_IIR_NONE 0x01 /* no interrupt pending */
#define UART_IIR_ID   0x0f
#define UART_IIR_RDA  0x04 /* as many bytes as the trigger level are there */

#define UART_LSR_FIFO_ERROR                                                    \
	0x80 /* something is wrong with a byte in the FIFO */
#define UART_TRIGGER 14

#define UART_FIFO_SIZE 16
#define UART_CLOCK     115200 /* divisor 1 */
#define UART_NR	       4

#endif

/* SPDX-License-Identifier: MIT */
#ifndef IKOS_TTY_H
#define IKOS_TTY_H

#include <ikos/fs.h>
#include <ikos/types.h>

struct task_struct;
struct tty_struct;

/* The controlling terminal on its way out: kernel/exit.c, sys_setsid(). */
void disassociate_ctty(struct task_struct *leader);
/* For /proc/PID/stat: device number (0: none) and foreground group (-1). */
void tty_proc_info(struct task_struct *t, dev_t *dev, pid_t *tpgid);

/* 8250 UARTs: kernel/drivers/uart8250.c. @line: 0 … 3 for COM1 … COM4. */
bool uart_early_init(unsigned int line); /* false: no such port */
void uart_early_write(unsigned int line, const char *s,
		      size_t len); /* polled */
/* Send the kernel's log to COM1, or to COM2 (@second); kernel/main.c calls it
 * first of all. */
void uart_console_init(bool second);

#endif

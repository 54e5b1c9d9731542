/* SPDX-License-Identifier: MIT */
#ifndef IKOS_TTY_H
#define IKOS_TTY_H

#include <ikos/fs.h>
#include <ikos/spinlock.h>
#include <ikos/types.h>
#include <ikos/wait.h>
#include <uapi/termios.h>

struct task_struct;
struct tty_struct;

/*
 * A terminal in three layers, as on Linux:
 *
 *	read(2), write(2)      tty_io.c: open files, job control, hang-up
 *	lines, echo, signals   n_tty_*.c: the line discipline
 *	bytes on a wire        a driver (uart_tty.c), through tty_operations
 *
 * tty->lock guards the line discipline and the settings; it is taken with
 * interrupts off, because input arrives in interrupt handlers. Lock order:
 * tasklist_lock, siglock, tty->lock, the driver's own lock. Signals are sent
 * and sleepers woken after tty->lock is dropped.
 *
 * A tty_struct lives for ever: serial ports do not go away.
 */

/* What a driver does. All but drain() are called with tty->lock held. */
struct tty_operations {
	/* Take what there is room for; bytes taken. Never sleeps. */
	size_t (*write)(struct tty_struct *tty, const u8 *buf, size_t n);
	size_t (*write_room)(struct tty_struct *tty);
	size_t (*chars_in_buffer)(struct tty_struct *tty); /* not sent yet */
	void (*flush_buffer)(struct tty_struct *tty); /* forget them */
	void (*stop)(struct tty_struct *tty); /* output: ^S … */
	void (*start)(struct tty_struct *tty); /* … and ^Q */
	void (*throttle)(struct tty_struct *tty); /* no room for input */
	void (*unthrottle)(struct tty_struct *tty);
	void (*set_termios)(struct tty_struct *tty); /* speed, bits */
	void (*send_break)(struct tty_struct *tty, bool on);
	void (*activate)(struct tty_struct *tty, bool on); /* receive */
};

#define N_TTY_BUF_SIZE 4096

/*
 * The line discipline's input: a ring with three marks that run freely.
 *
 *	tail ..... canon_head ..... head
 *	 | complete lines | the line being edited |
 *
 * A bit in eol marks the byte that ends a line. End of file is a line end
 * whose byte is 0. In non-canonical mode canon_head is not used.
 */
struct n_tty {
	u32 head, canon_head, tail;
	u32 flushes; /* grows when input is thrown away */
	u32 column; /* of the cursor, for tabs */
	u32 canon_column; /* where the line being edited begins */
	bool lnext; /* after ^V: take the next byte as it is */
	bool erasing; /* ECHOPRT: between '\' and '/' */
	unsigned long eol[N_TTY_BUF_SIZE / 64];
	u8 buf[N_TTY_BUF_SIZE];
};

struct tty_struct {
	const struct tty_operations *ops;
	void *driver_data;
	dev_t dev;
	char name[16];

	spinlock_t lock; /* guards the rest */
	struct termios_k termios;
	struct winsize winsize;
	pid_t pgrp, session; /* 0: nobody's */
	unsigned int count; /* open files */
	unsigned int hangups; /* a file older than the last one is dead */
	bool stopped; /* output, by ^S */
	bool tco_stopped; /* output, by TCOOFF: ^Q does not end it */
	bool throttled; /* input: the driver holds it back */
	bool exclusive; /* TIOCEXCL */
	struct n_tty n_tty;

	struct wait_queue_head read_wait, write_wait;
	/* One reader and one writer at a time; waiting for the turn can be
	 * interrupted, which a mutex does not offer. */
	bool read_busy, write_busy;
};

/* What an open terminal's file points at. */
struct tty_file {
	struct tty_struct *tty;
	unsigned int hangups; /* tty->hangups at open */
	bool console; /* opened as /dev/console: no job control */
};

extern const struct termios_k tty_std_termios;
void tty_struct_init(struct tty_struct *tty, const struct tty_operations *ops,
		     void *driver_data);
struct tty_struct *tty_register(const struct tty_operations *ops,
				void *driver_data, unsigned int line);
int tty_set_termios(struct tty_struct *tty, const struct termios_k *new);
void tty_hangup(struct tty_struct *tty);
bool tty_hung_up(const struct tty_file *tf);
long tty_ioctl(struct file *file, unsigned int cmd, unsigned long arg);
int tty_wait_until_sent(struct tty_struct *tty);

/* From drivers; interrupt context. */
#define TTY_NORMAL  0
#define TTY_BREAK   1
#define TTY_PARITY  2 /* or framing */
#define TTY_OVERRUN 3
void tty_receive(struct tty_struct *tty, u8 c, int flag);
/* True: the driver must hold input back until ->unthrottle(). */
bool tty_throttle_if_full(struct tty_struct *tty);
void tty_wakeup(struct tty_struct *tty); /* there is room to write */

/* The line discipline. tty->lock held, except for read, write and poll. */
struct n_tty_events {
	u32 signals; /* sigmask() of what to send to the foreground */
	bool wake;
};
void n_tty_receive_char(struct tty_struct *tty, u8 c, int flag,
			struct n_tty_events *ev);
void n_tty_flush_input(struct tty_struct *tty);
void n_tty_mode_changed(struct tty_struct *tty, const struct termios_k *old);
size_t n_tty_receive_room(const struct tty_struct *tty);
bool n_tty_input_available(const struct tty_struct *tty, bool poll);
size_t n_tty_chars_available(const struct tty_struct *tty);
struct n_tty_chunk {
	size_t copied; /* bytes for the reader */
	size_t consumed; /* bytes of the ring behind them */
	bool end_of_line;
};
struct n_tty_chunk n_tty_peek(const struct tty_struct *tty, u8 *buf, size_t n);
void n_tty_consume(struct tty_struct *tty, size_t n);
ssize_t n_tty_read(struct file *file, char __user *buf, size_t n);
ssize_t n_tty_write(struct file *file, const char __user *buf, size_t n);
size_t n_tty_output(struct tty_struct *tty, const u8 *buf, size_t n);
void n_tty_echo_raw(struct tty_struct *tty, u8 c);
void n_tty_echo(struct tty_struct *tty, u8 c);

static inline u8 n_tty_byte(const struct tty_struct *tty, u32 pos)
{
	return tty->n_tty.buf[pos % N_TTY_BUF_SIZE];
}
#define I_FLAG(tty, f) (((tty)->termios.c_iflag & (f)) != 0)
#define O_FLAG(tty, f) (((tty)->termios.c_oflag & (f)) != 0)
#define L_FLAG(tty, f) (((tty)->termios.c_lflag & (f)) != 0)

/* Flow control of output; tty->lock held. */
void tty_stop(struct tty_struct *tty);
void tty_start(struct tty_struct *tty);

/* Job control: tty_jobctrl.c */
struct tty_struct *get_current_tty(void); /* NULL: none */
/* 0, or -EIO, -ERESTARTSYS when the caller is in the background. */
int tty_check_change(struct tty_struct *tty, int sig);
void tty_open_set_ctty(struct tty_struct *tty, struct file *file);
long tty_jobctrl_ioctl(struct tty_struct *tty, struct file *file,
		       unsigned int cmd, unsigned long arg);
void tty_hangup_session(struct tty_struct *tty);
/* The controlling terminal on its way out: kernel/exit.c, sys_setsid(). */
void disassociate_ctty(struct task_struct *leader);
/* For /proc/PID/stat: device number (0: none) and foreground group (-1). */
void tty_proc_info(struct task_struct *t, dev_t *dev, pid_t *tpgid);
/* Everything that programs wrote is on the wire: before power off. */
void tty_flush_all(void);

/* 8250 UARTs: kernel/drivers/uart8250.c. @line: 0 … 3 for COM1 … COM4. */
bool uart_early_init(unsigned int line); /* false: no such port */
void uart_early_write(unsigned int line, const char *s,
		      size_t len); /* polled */
void uart_console_init(bool com2);
void uart_tty_init(void);
void uart_drain_all(void);

#endif

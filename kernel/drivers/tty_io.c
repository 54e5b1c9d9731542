/* SPDX-License-Identifier: MIT */
/*
 * Terminals as files: ttyS0 … (4, 64 …), console (5, 1) and tty (5, 0).
 *
 * /dev/console is the first serial port by another name; it never becomes a
 * controlling terminal and survives a hang-up. /dev/tty is whatever terminal
 * controls the opener.
 *
 * Differences from Linux: a hang-up does not throw away output that has not
 * been sent, so that a session's last words arrive.
 */
#include <ikos/kernel.h>
#include <ikos/printk.h>
#include <ikos/sched.h>
#include <ikos/slab.h>
#include <ikos/string.h>
#include <ikos/tty.h>
#include <uapi/poll.h>

#define TTY_MAJOR    4
#define TTYAUX_MAJOR 5
#define SERIAL_MINOR 64
#define TTY_MAX	     4

const struct termios_k tty_std_termios = {
	.c_iflag = ICRNL | IXON,
	.c_oflag = OPOST | ONLCR,
	.c_cflag = B115200 | CS8 | CREAD | HUPCL | CLOCAL,
	.c_lflag = ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE |
		   IEXTEN,
	.c_cc = { [VINTR] = 003,
		  [VQUIT] = 034,
		  [VERASE] = 0177,
		  [VKILL] = 025,
		  [VEOF] = 004,
		  [VMIN] = 1,
		  [VSTART] = 021,
		  [VSTOP] = 023,
		  [VSUSP] = 032,
		  [VREPRINT] = 022,
		  [VDISCARD] = 017,
		  [VWERASE] = 027,
		  [VLNEXT] = 026 },
};

static struct tty_struct *serial_ttys[TTY_MAX];
static struct kmem_cache *tty_file_cache;

/**
 * tty_struct_init - make a terminal of zeroed memory
 * @ops: its driver
 * @driver_data: for the driver
 */
void tty_struct_init(struct tty_struct *tty, const struct tty_operations *ops,
		     void *driver_data)
{
	tty->ops = ops;
	tty->driver_data = driver_data;
	spin_lock_init(&tty->lock);
	init_waitqueue_head(&tty->read_wait);
	init_waitqueue_head(&tty->write_wait);
	tty->termios = tty_std_termios;
	tty->winsize = (struct winsize){ .ws_row = 24, .ws_col = 80 };
}

/**
 * tty_register - a driver has found a serial port
 * @line: 0 for ttyS0
 *
 * Context: boot. Return: the terminal, or NULL without memory.
 */
struct tty_struct *tty_register(const struct tty_operations *ops,
				void *driver_data, unsigned int line)
{
	struct tty_struct *tty;

	if (line >= TTY_MAX)
		return NULL;
	tty = kzalloc(sizeof(*tty), GFP_KERNEL);
	if (!tty)
		return NULL;
	tty_struct_init(tty, ops, driver_data);
	tty->dev = MKDEV(TTY_MAJOR, SERIAL_MINOR + line);
	snprintf(tty->name, sizeof(tty->name), "ttyS%u", line);
	serial_ttys[line] = tty;
	return tty;
}

/* --- from drivers ---------------------------------------------------------- */

static void send_signals(pid_t pgrp, u32 signals)
{
	while (signals) {
		unsigned int bit = ffs_bit(signals);

		signals &= signals - 1;
		if (pgrp)
			kill_pgrp(pgrp, (int)bit + 1);
	}
}

/**
 * tty_receive - a byte has arrived
 * @flag: TTY_NORMAL, or what was wrong with it
 *
 * Context: any, interrupt handlers in particular; no lock held.
 */
void tty_receive(struct tty_struct *tty, u8 c, int flag)
{
	struct n_tty_events ev = { 0 };
	unsigned long flags;
	pid_t pgrp;

	spin_lock_irqsave(&tty->lock, flags);
	n_tty_receive_char(tty, c, flag, &ev);
	pgrp = tty->pgrp;
	spin_unlock_irqrestore(&tty->lock, flags);
	send_signals(pgrp, ev.signals);
	if (ev.wake)
		wake_up(&tty->read_wait);
	if (ev.signals)
		wake_up(&tty->write_wait);
}

/**
 * tty_throttle_if_full - ask before taking a byte from the device
 *
 * Context: any; no lock held.
 * Return: true: there is no room; leave the byte in the device and stop
 * receiving, which ->throttle() has been told, until ->unthrottle().
 */
bool tty_throttle_if_full(struct tty_struct *tty)
{
	unsigned long flags;
	bool full;

	spin_lock_irqsave(&tty->lock, flags);
	full = n_tty_receive_room(tty) == 0;
	if (full && !tty->throttled) {
		tty->throttled = true;
		if (I_FLAG(tty, IXOFF) && tty->termios.c_cc[VSTOP])
			tty->ops->write(tty, &tty->termios.c_cc[VSTOP], 1);
		tty->ops->throttle(tty);
	}
	spin_unlock_irqrestore(&tty->lock, flags);
	return full;
}

/**
 * tty_wakeup - the driver has room for output again
 *
 * Context: any; no lock held.
 */
void tty_wakeup(struct tty_struct *tty)
{
	wake_up(&tty->write_wait);
}

/**
 * tty_stop - hold output back; tty->lock held
 */
void tty_stop(struct tty_struct *tty)
{
	tty->ops->stop(tty);
}

/**
 * tty_start - let output go on unless something else holds it; tty->lock held
 */
void tty_start(struct tty_struct *tty)
{
	if (!tty->stopped && !tty->tco_stopped)
		tty->ops->start(tty);
}

/* --- hang-up --------------------------------------------------------------- */

/**
 * tty_hung_up - has the terminal been hung up since this file was opened
 */
bool tty_hung_up(const struct tty_file *tf)
{
	return !tf->console && READ_ONCE(tf->tty->hangups) != tf->hangups;
}

/**
 * tty_hangup - cut every open file off, /dev/console excepted
 *
 * Context: no lock held.
 */
void tty_hangup(struct tty_struct *tty)
{
	unsigned long flags;

	spin_lock_irqsave(&tty->lock, flags);
	tty->hangups++;
	n_tty_flush_input(tty);
	tty->stopped = tty->tco_stopped = false;
	tty->ops->start(tty);
	spin_unlock_irqrestore(&tty->lock, flags);
	wake_up_all(&tty->read_wait);
	wake_up_all(&tty->write_wait);
}

/* --- files ----------------------------------------------------------------- */

static struct tty_struct *console_tty(void)
{
	for (int i = 0; i < TTY_MAX; i++)
		if (serial_ttys[i])
			return serial_ttys[i];
	return ERR_PTR(-ENODEV);
}

static struct tty_struct *tty_of_device(dev_t dev)
{
	struct tty_struct *tty;

	if (dev == MKDEV(TTYAUX_MAJOR, 0)) {
		tty = get_current_tty();
		return tty ? tty : ERR_PTR(-ENXIO);
	}
	if (dev == MKDEV(TTYAUX_MAJOR, 1))
		return console_tty();
	if (MAJOR(dev) != TTY_MAJOR || MINOR(dev) < SERIAL_MINOR ||
	    MINOR(dev) >= SERIAL_MINOR + TTY_MAX)
		return ERR_PTR(-ENXIO);
	tty = serial_ttys[MINOR(dev) - SERIAL_MINOR];
	return tty ? tty : ERR_PTR(-EIO);
}

static int tty_open(struct inode *inode, struct file *file)
{
	struct tty_struct *tty = tty_of_device(inode->i_rdev);
	struct tty_file *tf;
	unsigned long flags;

	if (IS_ERR(tty))
		return (int)PTR_ERR(tty);
	tf = kmem_cache_alloc(tty_file_cache, GFP_KERNEL);
	if (!tf)
		return -ENOMEM;
	spin_lock_irqsave(&tty->lock, flags);
	if (tty->exclusive && tty->count && !capable(CAP_SYS_ADMIN)) {
		spin_unlock_irqrestore(&tty->lock, flags);
		kmem_cache_free(tty_file_cache, tf);
		return -EBUSY;
	}
	tf->tty = tty;
	tf->hangups = tty->hangups;
	tf->console = inode->i_rdev == MKDEV(TTYAUX_MAJOR, 1);
	if (!tty->count++)
		tty->ops->activate(tty, true);
	spin_unlock_irqrestore(&tty->lock, flags);
	file->private_data = tf;
	if (!tf->console && !(file->f_flags & O_NOCTTY))
		tty_open_set_ctty(tty, file);
	return 0;
}

static int tty_release(struct inode *inode, struct file *file)
{
	struct tty_file *tf = file->private_data;
	struct tty_struct *tty = tf->tty;
	unsigned long flags;

	spin_lock_irqsave(&tty->lock, flags);
	if (!--tty->count) {
		tty->exclusive = false;
		tty->stopped = tty->tco_stopped = false;
		tty->ops->start(tty);
		n_tty_flush_input(tty);
		tty->ops->activate(tty, false);
	}
	spin_unlock_irqrestore(&tty->lock, flags);
	kmem_cache_free(tty_file_cache, tf);
	return 0;
}

static ssize_t tty_read(struct file *file, char __user *buf, size_t n,
			loff_t *pos)
{
	if (tty_hung_up(file->private_data))
		return 0;
	return n_tty_read(file, buf, n);
}

static ssize_t tty_write(struct file *file, const char __user *buf, size_t n,
			 loff_t *pos)
{
	if (tty_hung_up(file->private_data))
		return -EIO;
	return n_tty_write(file, buf, n);
}

static unsigned int tty_poll(struct file *file, struct poll_table *table)
{
	struct tty_file *tf = file->private_data;
	struct tty_struct *tty = tf->tty;
	unsigned int mask = 0;
	unsigned long flags;

	poll_wait(file, &tty->read_wait, table);
	poll_wait(file, &tty->write_wait, table);
	if (tty_hung_up(tf))
		return POLLIN | POLLOUT | POLLERR | POLLHUP | POLLRDNORM |
		       POLLWRNORM;
	spin_lock_irqsave(&tty->lock, flags);
	if (n_tty_input_available(tty, true))
		mask |= POLLIN | POLLRDNORM;
	if (tty->ops->write_room(tty) >= 64)
		mask |= POLLOUT | POLLWRNORM;
	spin_unlock_irqrestore(&tty->lock, flags);
	return mask;
}

static const struct file_operations tty_fops = {
	.open = tty_open,
	.release = tty_release,
	.read = tty_read,
	.write = tty_write,
	.llseek = no_llseek,
	.poll = tty_poll,
	.ioctl = tty_ioctl,
};

/**
 * tty_init - make the terminals: /dev/ttyS*, /dev/console, /dev/tty
 *
 * Context: boot, after devices_init().
 */
void tty_init(void)
{
	tty_file_cache = KMEM_CACHE(tty_file);
	uart_tty_init();
	if (register_chrdev(TTY_MAJOR, SERIAL_MINOR, TTY_MAX, "ttyS",
			    &tty_fops) ||
	    register_chrdev(TTYAUX_MAJOR, 0, 1, "/dev/tty", &tty_fops) ||
	    register_chrdev(TTYAUX_MAJOR, 1, 1, "/dev/console", &tty_fops))
		pr_err("tty: the terminals cannot be registered\n");
}

/**
 * tty_flush_all - wait until everything that programs wrote is on the wire
 *
 * By polling: works with interrupts off. A device that takes nothing for
 * seconds is given up.
 */
void tty_flush_all(void)
{
	uart_drain_all();
}

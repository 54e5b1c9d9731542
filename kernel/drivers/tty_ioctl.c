/* SPDX-License-Identifier: MIT */
/*
 * ioctl(2) of terminals: settings, window size, queues, flow. What concerns
 * sessions and process groups is in tty_jobctrl.c.
 *
 * Follows ioctl_tty(2), ioctl_console(2) left out: these are serial ports.
 */
#include <ikos/kernel.h>
#include <ikos/sched.h>
#include <ikos/string.h>
#include <ikos/tty.h>
#include <ikos/uaccess.h>

static bool output_pending(struct tty_struct *tty)
{
	unsigned long flags;
	bool ret;

	spin_lock_irqsave(&tty->lock, flags);
	ret = tty->ops->chars_in_buffer(tty) != 0;
	spin_unlock_irqrestore(&tty->lock, flags);
	return ret;
}

/**
 * tty_wait_until_sent - wait until nothing is left to send, as tcdrain(3)
 *
 * Context: sleeps. Return: 0, -ERESTARTSYS on a signal.
 */
int tty_wait_until_sent(struct tty_struct *tty)
{
	while (output_pending(tty)) {
		long err = wait_event_interruptible_timeout(
			tty->write_wait, !output_pending(tty),
			10 * NSEC_PER_MSEC);

		if (err && err != -ETIMEDOUT)
			return (int)err;
	}
	return 0;
}

/**
 * tty_set_termios - change the settings
 *
 * Context: takes tty->lock. Return: 0.
 */
int tty_set_termios(struct tty_struct *tty, const struct termios_k *new)
{
	struct termios_k old;
	unsigned long flags;

	spin_lock_irqsave(&tty->lock, flags);
	old = tty->termios;
	tty->termios = *new;
	tty->termios.c_line = 0;
	n_tty_mode_changed(tty, &old);
	if (old.c_cflag != new->c_cflag)
		tty->ops->set_termios(tty);
	spin_unlock_irqrestore(&tty->lock, flags);
	/* What counts as readable may have changed. */
	wake_up_all(&tty->read_wait);
	return 0;
}

static void flush_input(struct tty_struct *tty)
{
	unsigned long flags;

	spin_lock_irqsave(&tty->lock, flags);
	n_tty_flush_input(tty);
	spin_unlock_irqrestore(&tty->lock, flags);
}

static void flush_output(struct tty_struct *tty)
{
	unsigned long flags;

	spin_lock_irqsave(&tty->lock, flags);
	tty->ops->flush_buffer(tty);
	spin_unlock_irqrestore(&tty->lock, flags);
	wake_up(&tty->write_wait);
}

#define SET_DRAIN 1 /* after what is written has been sent */
#define SET_FLUSH 2 /* and what is typed thrown away */

static long set_termios(struct tty_struct *tty, const void __user *arg,
			size_t size, int how)
{
	struct termios2_k new;
	int err;

	err = tty_check_change(tty, SIGTTOU);
	if (err)
		return err;
	if (copy_from_user(&new, arg, size))
		return -EFAULT;
	if (how & SET_DRAIN) {
		err = tty_wait_until_sent(tty);
		if (err)
			return err;
	}
	if (how & SET_FLUSH)
		flush_input(tty);
	_Static_assert(offsetof(struct termios2_k, c_ispeed) ==
			       sizeof(struct termios_k),
		       "termios2 begins with termios");
	return tty_set_termios(tty, (const struct termios_k *)&new);
}

static long get_termios(struct tty_struct *tty, void __user *arg, size_t size)
{
	struct termios2_k t = { .c_ispeed = 115200, .c_ospeed = 115200 };
	unsigned long flags;

	spin_lock_irqsave(&tty->lock, flags);
	memcpy(&t, &tty->termios, sizeof(tty->termios));
	spin_unlock_irqrestore(&tty->lock, flags);
	return copy_to_user(arg, &t, size) ? -EFAULT : 0;
}

static long get_winsize(struct tty_struct *tty, void __user *arg)
{
	struct winsize ws;
	unsigned long flags;

	spin_lock_irqsave(&tty->lock, flags);
	ws = tty->winsize;
	spin_unlock_irqrestore(&tty->lock, flags);
	return copy_to_user(arg, &ws, sizeof(ws)) ? -EFAULT : 0;
}

static long set_winsize(struct tty_struct *tty, const void __user *arg)
{
	struct winsize ws;
	unsigned long flags;
	bool changed;
	pid_t pgrp;

	if (copy_from_user(&ws, arg, sizeof(ws)))
		return -EFAULT;
	spin_lock_irqsave(&tty->lock, flags);
	changed = memcmp(&ws, &tty->winsize, sizeof(ws)) != 0;
	tty->winsize = ws;
	pgrp = tty->pgrp;
	spin_unlock_irqrestore(&tty->lock, flags);
	if (changed && pgrp)
		kill_pgrp(pgrp, SIGWINCH);
	return 0;
}

static long queue_size(struct tty_struct *tty, unsigned int cmd,
		       int __user *arg)
{
	unsigned long flags;
	size_t n;

	spin_lock_irqsave(&tty->lock, flags);
	n = cmd == TIOCOUTQ ? tty->ops->chars_in_buffer(tty)
			    : n_tty_chars_available(tty);
	spin_unlock_irqrestore(&tty->lock, flags);
	return put_user((int)n, arg);
}

static long flush_queues(struct tty_struct *tty, unsigned long arg)
{
	int err = tty_check_change(tty, SIGTTOU);

	if (err)
		return err;
	if (arg > TCIOFLUSH)
		return -EINVAL;
	if (arg != TCOFLUSH)
		flush_input(tty);
	if (arg != TCIFLUSH)
		flush_output(tty);
	return 0;
}

static void send_flow_char(struct tty_struct *tty, int index)
{
	if (tty->termios.c_cc[index])
		tty->ops->write(tty, &tty->termios.c_cc[index], 1);
}

static long flow(struct tty_struct *tty, unsigned long arg)
{
	int err = tty_check_change(tty, SIGTTOU);
	unsigned long flags;

	if (err)
		return err;
	if (arg > TCION)
		return -EINVAL;
	spin_lock_irqsave(&tty->lock, flags);
	switch (arg) {
	case TCOOFF:
		tty->tco_stopped = true;
		tty_stop(tty);
		break;
	case TCOON:
		tty->tco_stopped = false;
		tty_start(tty);
		break;
	case TCIOFF:
		send_flow_char(tty, VSTOP);
		break;
	default:
		send_flow_char(tty, VSTART);
		break;
	}
	spin_unlock_irqrestore(&tty->lock, flags);
	return 0;
}

static void set_break(struct tty_struct *tty, bool on)
{
	unsigned long flags;

	spin_lock_irqsave(&tty->lock, flags);
	tty->ops->send_break(tty, on);
	spin_unlock_irqrestore(&tty->lock, flags);
}

static bool never(void)
{
	return false;
}

/* @ns of 0: only wait until everything is sent. */
static long drain_and_break(struct tty_struct *tty, u64 ns)
{
	long err = tty_check_change(tty, SIGTTOU);

	if (!err)
		err = tty_wait_until_sent(tty);
	if (err || !ns)
		return err;
	set_break(tty, true);
	err = wait_event_interruptible_timeout(tty->write_wait, never(), ns);
	set_break(tty, false);
	return err == -ERESTARTSYS ? -EINTR : 0;
}

static long fake_input(struct tty_struct *tty, const u8 __user *arg)
{
	u8 c;

	if (get_current_tty() != tty && !capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (get_user(c, arg))
		return -EFAULT;
	tty_receive(tty, c, TTY_NORMAL);
	return 0;
}

static long settings_ioctl(struct tty_struct *tty, unsigned int cmd,
			   void __user *arg)
{
	size_t size = sizeof(struct termios_k);
	size_t size2 = sizeof(struct termios2_k);

	switch (cmd) {
	case TCGETS:
		return get_termios(tty, arg, size);
	case TCSETS:
		return set_termios(tty, arg, size, 0);
	case TCSETSW:
		return set_termios(tty, arg, size, SET_DRAIN);
	case TCSETSF:
		return set_termios(tty, arg, size, SET_DRAIN | SET_FLUSH);
	case TCGETS2:
		return get_termios(tty, arg, size2);
	case TCSETS2:
		return set_termios(tty, arg, size2, 0);
	case TCSETSW2:
		return set_termios(tty, arg, size2, SET_DRAIN);
	case TCSETSF2:
		return set_termios(tty, arg, size2, SET_DRAIN | SET_FLUSH);
	case TIOCGWINSZ:
		return get_winsize(tty, arg);
	case TIOCSWINSZ:
		return set_winsize(tty, arg);
	default:
		return -ENOIOCTLCMD;
	}
}

static long set_discipline(const int __user *arg)
{
	int n;

	if (get_user(n, arg))
		return -EFAULT;
	return n == 0 ? 0 : -EINVAL;
}

static long set_exclusive(struct tty_struct *tty, bool exclusive)
{
	unsigned long flags;

	spin_lock_irqsave(&tty->lock, flags);
	tty->exclusive = exclusive;
	spin_unlock_irqrestore(&tty->lock, flags);
	return 0;
}

static long queue_ioctl(struct tty_struct *tty, unsigned int cmd,
			unsigned long arg)
{
	void __user *ptr = (void __user *)arg;

	switch (cmd) {
	case TIOCINQ:
	case TIOCOUTQ:
		return queue_size(tty, cmd, ptr);
	case TCFLSH:
		return flush_queues(tty, arg);
	case TCXONC:
		return flow(tty, arg);
	case TCSBRK:
		return drain_and_break(tty, arg ? 0 : NSEC_PER_SEC / 4);
	case TCSBRKP:
		return drain_and_break(tty,
				       arg ? min(arg, 100UL) * NSEC_PER_SEC / 10
					   : NSEC_PER_SEC / 4);
	case TIOCSTI:
		return fake_input(tty, ptr);
	case TIOCGETD:
		return put_user(0, (int __user *)ptr);
	case TIOCSETD:
		return set_discipline(ptr);
	case TIOCEXCL:
	case TIOCNXCL:
		return set_exclusive(tty, cmd == TIOCEXCL);
	case TIOCGEXCL:
		return put_user((int)tty->exclusive, (int __user *)ptr);
	case TIOCGDEV:
		return put_user((u32)new_encode_dev(tty->dev),
				(u32 __user *)ptr);
	default:
		return -ENOTTY;
	}
}

/**
 * tty_ioctl - ioctl(2) of a terminal
 *
 * Context: sleeps.
 * Return: 0; -ENOTTY for what a terminal does not know, -EIO after a hang-up
 * or from an orphaned background group, -EFAULT, -EINVAL, -EPERM,
 * -ERESTARTSYS after SIGTTOU.
 */
long tty_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct tty_file *tf = file->private_data;
	long ret;

	if (tty_hung_up(tf))
		return cmd == TIOCSPGRP ? -ENOTTY : -EIO;
	ret = settings_ioctl(tf->tty, cmd, (void __user *)arg);
	if (ret == -ENOIOCTLCMD)
		ret = tty_jobctrl_ioctl(tf->tty, file, cmd, arg);
	if (ret == -ENOIOCTLCMD)
		ret = queue_ioctl(tf->tty, cmd, arg);
	return ret;
}

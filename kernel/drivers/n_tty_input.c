/* SPDX-License-Identifier: MIT */
/*
 * The line discipline's way in: what a received byte does.
 *
 *	byte -> c_iflag -> flow control -> signal -> editing -> echo -> ring
 *
 * Runs in the driver's interrupt handler under tty->lock, so that ^C works
 * whatever the program does. What must happen outside the lock (signals,
 * waking readers) is noted in struct n_tty_events.
 *
 * Follows termios(3). A line of more than 4095 bytes loses what is over, up to
 * its end.
 */
#include <ikos/kernel.h>
#include <ikos/signal.h>
#include <ikos/string.h>
#include <ikos/tty.h>

#include "n_tty.h"

/* Is @c the control character @index, and is that one not switched off? */
static bool is_cc(const struct tty_struct *tty, u8 c, int index)
{
	return c && tty->termios.c_cc[index] == c;
}

static void mark_eol(struct n_tty *n, u32 pos)
{
	n->eol[pos % N_TTY_BUF_SIZE / 64] |= BIT(pos % 64);
}

static void clear_eol(struct n_tty *n, u32 pos)
{
	n->eol[pos % N_TTY_BUF_SIZE / 64] &= ~BIT(pos % 64);
}

static size_t room(const struct tty_struct *tty)
{
	return N_TTY_BUF_SIZE - (tty->n_tty.head - tty->n_tty.tail);
}

/* One place is kept for the line's end. */
static void put(struct tty_struct *tty, u8 c)
{
	struct n_tty *n = &tty->n_tty;

	if (room(tty) < 2) {
		if (I_FLAG(tty, IMAXBEL))
			n_tty_echo_raw(tty, '\a');
		return;
	}
	clear_eol(n, n->head);
	n->buf[n->head++ % N_TTY_BUF_SIZE] = c;
}

static void put_line_end(struct tty_struct *tty, u8 c, struct n_tty_events *ev)
{
	struct n_tty *n = &tty->n_tty;

	if (!room(tty))
		return;
	mark_eol(n, n->head);
	n->buf[n->head++ % N_TTY_BUF_SIZE] = c;
	n->canon_head = n->head;
	ev->wake = true;
}

/* PARMRK: 0377 means itself when doubled. */
static void put_data(struct tty_struct *tty, u8 c, struct n_tty_events *ev)
{
	if (c == 0377 && I_FLAG(tty, PARMRK))
		put(tty, c);
	put(tty, c);
	if (!L_FLAG(tty, ICANON))
		ev->wake = true;
}

static void echo_typed(struct tty_struct *tty, u8 c)
{
	struct n_tty *n = &tty->n_tty;

	n_tty_finish_erasing(tty);
	if (c == '\n') {
		n_tty_echo_raw(tty, c);
		return;
	}
	if (n->head == n->canon_head)
		n->canon_column = n->column;
	n_tty_echo(tty, c);
}

/* A character without a meaning of its own. */
static void receive_plain(struct tty_struct *tty, u8 c, struct n_tty_events *ev)
{
	if (L_FLAG(tty, ECHO))
		echo_typed(tty, c);
	put_data(tty, c, ev);
}

static bool receive_flow_control(struct tty_struct *tty, u8 c)
{
	if (!I_FLAG(tty, IXON))
		return false;
	if (is_cc(tty, c, VSTART) && (tty->stopped || !is_cc(tty, c, VSTOP))) {
		tty->stopped = false;
		tty_start(tty);
		return true;
	}
	if (is_cc(tty, c, VSTOP)) {
		tty->stopped = true;
		tty_stop(tty);
		return true;
	}
	return false;
}

static void restart_output(struct tty_struct *tty)
{
	if (!tty->stopped)
		return;
	tty->stopped = false;
	tty_start(tty);
}

static void raise_signal(struct tty_struct *tty, int sig,
			 struct n_tty_events *ev)
{
	ev->signals |= (u32)sigmask(sig);
	if (L_FLAG(tty, NOFLSH))
		return;
	n_tty_flush_input(tty);
	tty->ops->flush_buffer(tty);
	ev->wake = true;
}

static bool receive_signal(struct tty_struct *tty, u8 c,
			   struct n_tty_events *ev)
{
	int sig;

	if (!L_FLAG(tty, ISIG))
		return false;
	if (is_cc(tty, c, VINTR))
		sig = SIGINT;
	else if (is_cc(tty, c, VQUIT))
		sig = SIGQUIT;
	else if (is_cc(tty, c, VSUSP))
		sig = SIGTSTP;
	else
		return false;
	raise_signal(tty, sig, ev);
	if (I_FLAG(tty, IXON))
		restart_output(tty);
	if (L_FLAG(tty, ECHO))
		n_tty_echo(tty, c);
	return true;
}

static void reprint_line(struct tty_struct *tty, u8 key)
{
	n_tty_finish_erasing(tty);
	n_tty_echo(tty, key);
	n_tty_echo_raw(tty, '\n');
	tty->n_tty.canon_column = tty->n_tty.column;
	for (u32 i = tty->n_tty.canon_head; i != tty->n_tty.head; i++)
		n_tty_echo(tty, n_tty_byte(tty, i));
}

static bool receive_editing(struct tty_struct *tty, u8 c)
{
	bool extended = L_FLAG(tty, IEXTEN);

	if (is_cc(tty, c, VERASE) || is_cc(tty, c, VKILL) ||
	    (extended && is_cc(tty, c, VWERASE))) {
		n_tty_erase(tty, c);
		return true;
	}
	if (extended && is_cc(tty, c, VLNEXT)) {
		tty->n_tty.lnext = true;
		if (L_FLAG(tty, ECHO) && L_FLAG(tty, ECHOCTL)) {
			n_tty_finish_erasing(tty);
			n_tty_echo_raw(tty, '^');
			n_tty_echo_raw(tty, '\b');
		}
		return true;
	}
	if (extended && L_FLAG(tty, ECHO) && is_cc(tty, c, VREPRINT)) {
		reprint_line(tty, c);
		return true;
	}
	return false;
}

static bool receive_line_end(struct tty_struct *tty, u8 c,
			     struct n_tty_events *ev)
{
	if (c == '\n') {
		if (L_FLAG(tty, ECHO))
			n_tty_finish_erasing(tty);
		if (L_FLAG(tty, ECHO) || L_FLAG(tty, ECHONL))
			n_tty_echo_raw(tty, '\n');
		put_line_end(tty, c, ev);
		return true;
	}
	if (is_cc(tty, c, VEOF)) {
		put_line_end(tty, 0, ev);
		return true;
	}
	if (is_cc(tty, c, VEOL) ||
	    (L_FLAG(tty, IEXTEN) && is_cc(tty, c, VEOL2))) {
		if (L_FLAG(tty, ECHO))
			echo_typed(tty, c);
		if (c == 0377 && I_FLAG(tty, PARMRK))
			put(tty, c);
		put_line_end(tty, c, ev);
		return true;
	}
	return false;
}

static void receive_break(struct tty_struct *tty, struct n_tty_events *ev)
{
	if (I_FLAG(tty, IGNBRK))
		return;
	if (I_FLAG(tty, BRKINT)) {
		raise_signal(tty, SIGINT, ev);
		return;
	}
	if (I_FLAG(tty, PARMRK)) {
		put(tty, 0377);
		put(tty, 0);
	}
	put(tty, 0);
	ev->wake = true;
}

static void receive_parity_error(struct tty_struct *tty, u8 c,
				 struct n_tty_events *ev)
{
	if (!I_FLAG(tty, INPCK)) {
		n_tty_receive_char(tty, c, TTY_NORMAL, ev);
		return;
	}
	if (I_FLAG(tty, IGNPAR))
		return;
	if (I_FLAG(tty, PARMRK)) {
		put(tty, 0377);
		put(tty, 0);
		put(tty, c);
	} else {
		put(tty, 0);
	}
	ev->wake = true;
}

static u8 input_bits(const struct tty_struct *tty, u8 c)
{
	if (I_FLAG(tty, ISTRIP))
		c &= 0x7f;
	if (I_FLAG(tty, IUCLC) && L_FLAG(tty, IEXTEN) && c >= 'A' && c <= 'Z')
		c += 'a' - 'A';
	return c;
}

static void receive_cooked(struct tty_struct *tty, u8 c,
			   struct n_tty_events *ev)
{
	if (receive_flow_control(tty, c) || receive_signal(tty, c, ev))
		return;
	if (I_FLAG(tty, IXON) && I_FLAG(tty, IXANY))
		restart_output(tty);
	if (c == '\r') {
		if (I_FLAG(tty, IGNCR))
			return;
		if (I_FLAG(tty, ICRNL))
			c = '\n';
	} else if (c == '\n' && I_FLAG(tty, INLCR)) {
		c = '\r';
	}
	if (L_FLAG(tty, ICANON) &&
	    (receive_editing(tty, c) || receive_line_end(tty, c, ev)))
		return;
	receive_plain(tty, c, ev);
}

/**
 * n_tty_receive_char - a byte has arrived
 * @flag: TTY_NORMAL, or what was wrong with it
 * @ev: what the caller has to do after dropping the lock is added here
 *
 * Context: tty->lock held; interrupt handlers.
 */
void n_tty_receive_char(struct tty_struct *tty, u8 c, int flag,
			struct n_tty_events *ev)
{
	if (flag == TTY_BREAK) {
		receive_break(tty, ev);
		return;
	}
	if (flag == TTY_PARITY) {
		receive_parity_error(tty, c, ev);
		return;
	}
	if (flag == TTY_OVERRUN)
		return;
	c = input_bits(tty, c);
	if (tty->n_tty.lnext) {
		tty->n_tty.lnext = false;
		receive_plain(tty, c, ev);
	} else if (L_FLAG(tty, EXTPROC)) {
		put_data(tty, c, ev);
	} else {
		receive_cooked(tty, c, ev);
	}
}

/**
 * n_tty_receive_room - how many bytes may come before the driver must hold
 * @tty: its lock held
 *
 * A line longer than the buffer must still find its end, so there is always
 * room while no whole line waits.
 *
 * Return: bytes; 0: throttle.
 */
size_t n_tty_receive_room(const struct tty_struct *tty)
{
	size_t left = room(tty) - 1;

	/* A byte may become three: PARMRK. */
	if (I_FLAG(tty, PARMRK))
		left /= 3;
	if (room(tty) && left)
		return left;
	return L_FLAG(tty, ICANON) && tty->n_tty.canon_head == tty->n_tty.tail;
}

/**
 * n_tty_flush_input - throw away what was typed and not read
 *
 * Context: tty->lock held.
 */
void n_tty_flush_input(struct tty_struct *tty)
{
	struct n_tty *n = &tty->n_tty;

	n->tail = n->canon_head = n->head;
	n->flushes++;
	n->lnext = false;
	n->erasing = false;
	if (tty->throttled) {
		tty->throttled = false;
		tty->ops->unthrottle(tty);
	}
}

/**
 * n_tty_mode_changed - the settings were changed
 * @old: what they were
 *
 * Entering canonical mode makes what waits one line; leaving it makes the
 * unfinished line readable. Context: tty->lock held.
 */
void n_tty_mode_changed(struct tty_struct *tty, const struct termios_k *old)
{
	struct n_tty *n = &tty->n_tty;

	if ((old->c_lflag ^ tty->termios.c_lflag) & ICANON) {
		memset(n->eol, 0, sizeof(n->eol));
		n->canon_head = n->tail;
		n->erasing = false;
		n->lnext = false;
		if (L_FLAG(tty, ICANON) && n->head != n->tail) {
			mark_eol(n, n->head - 1);
			n->canon_head = n->head;
		}
	}
	if ((old->c_iflag & IXON) && !I_FLAG(tty, IXON))
		restart_output(tty);
}

/* SPDX-License-Identifier: MIT */
/*
 * The line discipline's way out: c_oflag, and the echo of what is typed.
 *
 * Both move the same cursor, whose column is kept for tabs, so both run under
 * tty->lock. Output never waits here: a write is cut to what the driver has
 * room for, an echo without room is lost.
 *
 * Follows termios(3). The delays (NLDLY, OFILL …) do nothing, as on Linux.
 */
#include <ikos/kernel.h>
#include <ikos/tty.h>

/* The longest that one byte becomes: a tab, as eight spaces. */
#define OPOST_MAX 8

static size_t opost_newline(struct tty_struct *tty, u8 *out)
{
	size_t n = 0;

	if (O_FLAG(tty, ONLRET))
		tty->n_tty.column = 0;
	if (O_FLAG(tty, ONLCR)) {
		tty->n_tty.column = 0;
		out[n++] = '\r';
	}
	tty->n_tty.canon_column = tty->n_tty.column;
	out[n++] = '\n';
	return n;
}

static size_t opost_return(struct tty_struct *tty, u8 *out)
{
	if (O_FLAG(tty, ONOCR) && tty->n_tty.column == 0)
		return 0;
	if (O_FLAG(tty, OCRNL)) {
		if (O_FLAG(tty, ONLRET))
			tty->n_tty.column = tty->n_tty.canon_column = 0;
		out[0] = '\n';
		return 1;
	}
	tty->n_tty.column = tty->n_tty.canon_column = 0;
	out[0] = '\r';
	return 1;
}

static size_t opost_tab(struct tty_struct *tty, u8 *out)
{
	size_t spaces = 8 - (tty->n_tty.column & 7);

	tty->n_tty.column += spaces;
	if ((tty->termios.c_oflag & TABDLY) != XTABS) {
		out[0] = '\t';
		return 1;
	}
	for (size_t i = 0; i < spaces; i++)
		out[i] = ' ';
	return spaces;
}

static bool is_continuation(const struct tty_struct *tty, u8 c)
{
	return I_FLAG(tty, IUTF8) && (c & 0xc0) == 0x80;
}

/* What byte @c becomes, in @out[OPOST_MAX]; bytes. */
static size_t opost_byte(struct tty_struct *tty, u8 c, u8 *out)
{
	if (c == '\n')
		return opost_newline(tty, out);
	if (c == '\r')
		return opost_return(tty, out);
	if (c == '\t')
		return opost_tab(tty, out);
	if (c == '\b') {
		if (tty->n_tty.column > 0)
			tty->n_tty.column--;
	} else if (c >= ' ' && c != 0x7f) {
		if (O_FLAG(tty, OLCUC) && c >= 'a' && c <= 'z')
			c -= 'a' - 'A';
		if (!is_continuation(tty, c))
			tty->n_tty.column++;
	}
	out[0] = c;
	return 1;
}

/**
 * n_tty_output - send a program's bytes, processed as c_oflag says
 * @buf: kernel memory
 * @n: bytes
 *
 * Context: tty->lock held.
 * Return: bytes of @buf that were taken; 0 when the driver is full.
 */
size_t n_tty_output(struct tty_struct *tty, const u8 *buf, size_t n)
{
	size_t room = tty->ops->write_room(tty);
	u8 out[64 + OPOST_MAX];
	size_t done = 0, have = 0;

	if (!O_FLAG(tty, OPOST))
		return tty->ops->write(tty, buf, n);
	while (done < n && room >= have + OPOST_MAX) {
		have += opost_byte(tty, buf[done++], out + have);
		if (have >= 64) {
			tty->ops->write(tty, out, have);
			room -= have;
			have = 0;
		}
	}
	if (have)
		tty->ops->write(tty, out, have);
	return done;
}

/**
 * n_tty_echo_raw - echo a byte as it is, but for c_oflag
 *
 * Context: tty->lock held.
 */
void n_tty_echo_raw(struct tty_struct *tty, u8 c)
{
	u8 out[OPOST_MAX];
	size_t n = 1;

	out[0] = c;
	if (O_FLAG(tty, OPOST))
		n = opost_byte(tty, c, out);
	if (tty->ops->write_room(tty) >= n)
		tty->ops->write(tty, out, n);
}

/**
 * n_tty_echo - echo a typed byte; control characters as ^X if ECHOCTL
 *
 * Context: tty->lock held.
 */
void n_tty_echo(struct tty_struct *tty, u8 c)
{
	if (L_FLAG(tty, ECHOCTL) && (c < ' ' || c == 0x7f) && c != '\t') {
		n_tty_echo_raw(tty, '^');
		c ^= 0100;
	}
	n_tty_echo_raw(tty, c);
}

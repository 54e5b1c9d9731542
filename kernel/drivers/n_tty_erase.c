/* SPDX-License-Identifier: MIT */
/*
 * Editing the line that is being typed: ERASE, WERASE, KILL.
 *
 * A character is taken out of the ring and off the screen. What it occupies on
 * the screen depends on what it is: nothing (ECHO is off), one column, two (^X
 * under ECHOCTL), up to eight (a tab). Under IUTF8 the bytes of a character go
 * together.
 *
 * Follows termios(3) and, where that is silent, what Linux shows.
 */
#include <ikos/kernel.h>
#include <ikos/tty.h>

#include "n_tty.h"

static bool is_control(u8 c)
{
	return c < ' ' || c == 0x7f;
}

static bool is_utf8_tail(const struct tty_struct *tty, u8 c)
{
	return I_FLAG(tty, IUTF8) && (c & 0xc0) == 0x80;
}

/* Where the last character of the line starts, a whole one under IUTF8. */
static u32 last_char(const struct tty_struct *tty)
{
	u32 pos = tty->n_tty.head;

	do {
		pos--;
	} while (pos != tty->n_tty.canon_head &&
		 is_utf8_tail(tty, n_tty_byte(tty, pos)));
	return pos;
}

/* The column of the screen behind the characters [canon_head, end). */
static u32 column_at(const struct tty_struct *tty, u32 end)
{
	u32 column = tty->n_tty.canon_column;

	for (u32 pos = tty->n_tty.canon_head; pos != end; pos++) {
		u8 c = n_tty_byte(tty, pos);

		if (c == '\t')
			column = (column | 7) + 1;
		else if (is_control(c))
			column += L_FLAG(tty, ECHOCTL) ? 2 : 0;
		else if (!is_utf8_tail(tty, c))
			column++;
	}
	return column;
}

static void rub_out(struct tty_struct *tty, u8 c, u32 pos)
{
	if (c == '\t') {
		u32 want = column_at(tty, pos);

		while (tty->n_tty.column > want)
			n_tty_echo_raw(tty, '\b');
		return;
	}
	if (is_control(c) && !L_FLAG(tty, ECHOCTL))
		return;
	for (int n = is_control(c) ? 2 : 1; n; n--) {
		n_tty_echo_raw(tty, '\b');
		n_tty_echo_raw(tty, ' ');
		n_tty_echo_raw(tty, '\b');
	}
}

/* Take [pos, head) away, which is one character. */
static void erase_char(struct tty_struct *tty, u32 pos, u8 key)
{
	struct n_tty *n = &tty->n_tty;
	u8 c = n_tty_byte(tty, pos);
	u32 end = n->head;

	n->head = pos;
	if (!L_FLAG(tty, ECHO))
		return;
	if (L_FLAG(tty, ECHOPRT)) {
		if (!n->erasing)
			n_tty_echo_raw(tty, '\\');
		n->erasing = true;
		n_tty_echo(tty, c);
		while (++pos != end)
			n_tty_echo_raw(tty, n_tty_byte(tty, pos));
	} else if (key == tty->termios.c_cc[VERASE] && !L_FLAG(tty, ECHOE)) {
		n_tty_echo(tty, key);
	} else {
		rub_out(tty, c, pos);
	}
}

static bool is_word_char(u8 c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	       (c >= 'A' && c <= 'Z') || c == '_' || c >= 0x80;
}

static void erase_word(struct tty_struct *tty, u8 key)
{
	bool in_word = false;

	while (tty->n_tty.head != tty->n_tty.canon_head) {
		u32 pos = last_char(tty);

		if (is_word_char(n_tty_byte(tty, pos)))
			in_word = true;
		else if (in_word)
			return;
		erase_char(tty, pos, key);
	}
}

static void kill_line(struct tty_struct *tty, u8 key)
{
	struct n_tty *n = &tty->n_tty;

	if (L_FLAG(tty, ECHO) && L_FLAG(tty, ECHOK) && L_FLAG(tty, ECHOKE) &&
	    L_FLAG(tty, ECHOE)) {
		while (n->head != n->canon_head)
			erase_char(tty, last_char(tty), key);
		return;
	}
	n->head = n->canon_head;
	if (!L_FLAG(tty, ECHO))
		return;
	n_tty_finish_erasing(tty);
	n_tty_echo(tty, key);
	if (L_FLAG(tty, ECHOK))
		n_tty_echo_raw(tty, '\n');
}

/**
 * n_tty_finish_erasing - close the "\…/" that ECHOPRT shows
 *
 * Context: tty->lock held.
 */
void n_tty_finish_erasing(struct tty_struct *tty)
{
	if (!tty->n_tty.erasing)
		return;
	n_tty_echo_raw(tty, '/');
	tty->n_tty.erasing = false;
}

/**
 * n_tty_erase - do what an editing key says
 * @key: the ERASE, WERASE or KILL character
 *
 * Context: tty->lock held, canonical mode.
 */
void n_tty_erase(struct tty_struct *tty, u8 key)
{
	if (tty->n_tty.head == tty->n_tty.canon_head)
		return;
	if (key == tty->termios.c_cc[VERASE])
		erase_char(tty, last_char(tty), key);
	else if (key == tty->termios.c_cc[VWERASE])
		erase_word(tty, key);
	else
		kill_line(tty, key);
	if (tty->n_tty.head == tty->n_tty.canon_head && L_FLAG(tty, ECHO))
		n_tty_finish_erasing(tty);
}

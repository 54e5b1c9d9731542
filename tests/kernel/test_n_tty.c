/* SPDX-License-Identifier: MIT */
/*
 * The line discipline over a driver that only remembers: what is typed, what
 * a reader then gets, what appears on the screen.
 */
#include <ikos/ktest.h>
#include <ikos/signal.h>
#include <ikos/slab.h>
#include <ikos/string.h>
#include <ikos/tty.h>

struct fake {
	struct tty_struct tty;
	char screen[8192];
	size_t len, room;
	bool stopped, throttled;
	u32 signals;
};

static struct fake *fake_of(struct tty_struct *tty)
{
	return tty->driver_data;
}

static size_t fake_write(struct tty_struct *tty, const u8 *buf, size_t n)
{
	struct fake *f = fake_of(tty);

	n = min(n, f->room - f->len);
	memcpy(f->screen + f->len, buf, n);
	f->len += n;
	return n;
}

static size_t fake_write_room(struct tty_struct *tty)
{
	return fake_of(tty)->room - fake_of(tty)->len;
}

static size_t fake_chars_in_buffer(struct tty_struct *tty)
{
	return 0;
}

static void fake_nothing(struct tty_struct *tty)
{
}

static void fake_stop(struct tty_struct *tty)
{
	fake_of(tty)->stopped = true;
}

static void fake_start(struct tty_struct *tty)
{
	fake_of(tty)->stopped = false;
}

static void fake_throttle(struct tty_struct *tty)
{
	fake_of(tty)->throttled = true;
}

static void fake_unthrottle(struct tty_struct *tty)
{
	fake_of(tty)->throttled = false;
}

static const struct tty_operations fake_ops = {
	.write = fake_write,
	.write_room = fake_write_room,
	.chars_in_buffer = fake_chars_in_buffer,
	.flush_buffer = fake_nothing,
	.stop = fake_stop,
	.start = fake_start,
	.throttle = fake_throttle,
	.unthrottle = fake_unthrottle,
	.set_termios = fake_nothing,
};

static struct fake *fake_new(void)
{
	struct fake *f = kzalloc(sizeof(*f), GFP_KERNEL);

	if (!f)
		return NULL;
	f->room = sizeof(f->screen) - 1;
	tty_struct_init(&f->tty, &fake_ops, f);
	return f;
}

static void type_bytes(struct fake *f, const char *s, size_t n)
{
	while (n--) {
		struct n_tty_events ev = { 0 };
		unsigned long flags;

		if (tty_throttle_if_full(&f->tty))
			return;
		spin_lock_irqsave(&f->tty.lock, flags);
		n_tty_receive_char(&f->tty, (u8)*s++, TTY_NORMAL, &ev);
		spin_unlock_irqrestore(&f->tty.lock, flags);
		f->signals |= ev.signals;
	}
}

static void type(struct fake *f, const char *s)
{
	type_bytes(f, s, strlen(s));
}

/* One read(2) of @n bytes that does not wait: bytes, -1: it would wait. */
static long take(struct fake *f, char *buf, size_t n)
{
	struct n_tty_chunk c;
	unsigned long flags;
	long ret = -1;

	spin_lock_irqsave(&f->tty.lock, flags);
	if (n_tty_input_available(&f->tty, false)) {
		c = n_tty_peek(&f->tty, (u8 *)buf, n);
		n_tty_consume(&f->tty, c.consumed);
		ret = (long)c.copied;
		buf[ret] = '\0';
	}
	spin_unlock_irqrestore(&f->tty.lock, flags);
	return ret;
}

static void set(struct fake *f, u32 iflag, u32 oflag, u32 lflag)
{
	struct termios_k t = f->tty.termios;

	t.c_iflag = iflag;
	t.c_oflag = oflag;
	t.c_lflag = lflag;
	tty_set_termios(&f->tty, &t);
}

#define COOKED                                                                 \
	(ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN)

#define EXPECT_SCREEN(f, text)                                                 \
	do {                                                                   \
		(f)->screen[(f)->len] = '\0';                                  \
		EXPECT_EQ((f)->len, strlen(text));                             \
		EXPECT(!strcmp((f)->screen, text));                            \
		(f)->len = 0;                                                  \
	} while (0)

#define EXPECT_LINE(f, text)                                                   \
	do {                                                                   \
		char _buf[256];                                                \
		EXPECT_EQ(take(f, _buf, sizeof(_buf) - 1), strlen(text));      \
		EXPECT(!strcmp(_buf, text));                                   \
	} while (0)

#define EXPECT_NO_LINE(f)                                                      \
	do {                                                                   \
		char _buf[256];                                                \
		EXPECT_EQ(take(f, _buf, sizeof(_buf) - 1), -1);                \
	} while (0)

KTEST(n_tty, a_line_is_readable_when_it_ends)
{
	struct fake *f = fake_new();

	ASSERT(f);
	type(f, "ls");
	EXPECT_NO_LINE(f);
	type(f, "\r");
	EXPECT_LINE(f, "ls\n");
	EXPECT_NO_LINE(f);
	EXPECT_SCREEN(f, "ls\r\n");
	kfree(f);
}

KTEST(n_tty, a_read_gets_at_most_one_line)
{
	struct fake *f = fake_new();
	char buf[8];

	ASSERT(f);
	type(f, "one\ntwo\n");
	EXPECT_EQ(take(f, buf, 2), 2);
	EXPECT(!strcmp(buf, "on"));
	EXPECT_LINE(f, "e\n");
	EXPECT_LINE(f, "two\n");
	kfree(f);
}

KTEST(n_tty, erase_takes_a_character_off_the_screen)
{
	struct fake *f = fake_new();

	ASSERT(f);
	type(f, "lsx\x7f\n");
	EXPECT_LINE(f, "ls\n");
	EXPECT_SCREEN(f, "lsx\b \b\r\n");
	type(f, "\x7f\x7f\n");
	EXPECT_LINE(f, "\n");
	EXPECT_SCREEN(f, "\r\n");
	kfree(f);
}

KTEST(n_tty, erase_takes_two_columns_for_a_control_character)
{
	struct fake *f = fake_new();

	ASSERT(f);
	type(f, "a\x01\x7f\n");
	EXPECT_LINE(f, "a\n");
	EXPECT_SCREEN(f, "a^A\b \b\b \b\r\n");
	kfree(f);
}

KTEST(n_tty, erase_of_a_tab_goes_back_to_where_it_began)
{
	struct fake *f = fake_new();

	ASSERT(f);
	type(f, "abc\t\x7f"
		"d\n");
	EXPECT_LINE(f, "abcd\n");
	EXPECT_SCREEN(f, "abc\t\b\b\b\b\bd\r\n");
	kfree(f);
}

KTEST(n_tty, erase_of_a_tab_knows_what_stands_before_the_line)
{
	struct fake *f = fake_new();

	ASSERT(f);
	/* A prompt of two columns. */
	EXPECT_EQ(n_tty_output(&f->tty, (const u8 *)"$ ", 2), 2);
	type(f, "a\t\x7f\n");
	EXPECT_LINE(f, "a\n");
	EXPECT_SCREEN(f, "$ a\t\b\b\b\b\b\r\n");
	kfree(f);
}

KTEST(n_tty, erase_takes_a_whole_utf8_character)
{
	struct fake *f = fake_new();

	ASSERT(f);
	set(f, ICRNL | IXON | IUTF8, OPOST | ONLCR, COOKED);
	type(f, "a\xc3\xa4\xe2\x82\xac\x7f\x7f\n");
	EXPECT_LINE(f, "a\n");
	EXPECT_SCREEN(f, "a\xc3\xa4\xe2\x82\xac\b \b\b \b\r\n");
	/* Without IUTF8 bytes are characters. */
	set(f, ICRNL | IXON, OPOST | ONLCR, COOKED);
	type(f, "\xc3\xa4\x7f\n");
	EXPECT_LINE(f, "\xc3\n");
	kfree(f);
}

KTEST(n_tty, werase_takes_a_word)
{
	struct fake *f = fake_new();

	ASSERT(f);
	type(f, "cat a_b.c  \x17\n");
	EXPECT_LINE(f, "cat a_b.\n");
	type(f, "cat foo\x17\x17x\n");
	EXPECT_LINE(f, "x\n");
	kfree(f);
}

KTEST(n_tty, kill_takes_the_line)
{
	struct fake *f = fake_new();

	ASSERT(f);
	type(f, "ab\x15"
		"c\n");
	EXPECT_LINE(f, "c\n");
	EXPECT_SCREEN(f, "ab\b \b\b \bc\r\n");
	set(f, ICRNL, OPOST | ONLCR, COOKED & ~ECHOKE);
	type(f, "ab\x15"
		"c\n");
	EXPECT_LINE(f, "c\n");
	EXPECT_SCREEN(f, "ab^U\r\nc\r\n");
	kfree(f);
}

KTEST(n_tty, lnext_takes_the_next_byte_as_it_is)
{
	struct fake *f = fake_new();

	ASSERT(f);
	type(f, "\x16\x03\x16\x7f\n");
	EXPECT_LINE(f, "\x03\x7f\n");
	EXPECT_EQ(f->signals, 0);
	EXPECT_SCREEN(f, "^\b^C^\b^?\r\n");
	kfree(f);
}

KTEST(n_tty, reprint_shows_the_line_again)
{
	struct fake *f = fake_new();

	ASSERT(f);
	type(f, "ab\x12"
		"c\n");
	EXPECT_LINE(f, "abc\n");
	EXPECT_SCREEN(f, "ab^R\r\nabc\r\n");
	kfree(f);
}

KTEST(n_tty, eof_at_the_beginning_of_a_line_ends_the_file)
{
	struct fake *f = fake_new();

	ASSERT(f);
	type(f, "\x04");
	EXPECT_LINE(f, "");
	EXPECT_NO_LINE(f);
	EXPECT_SCREEN(f, "");
	kfree(f);
}

KTEST(n_tty, eof_within_a_line_gives_what_was_typed)
{
	struct fake *f = fake_new();
	char buf[8];

	ASSERT(f);
	type(f, "abc\x04");
	EXPECT_LINE(f, "abc");
	EXPECT_NO_LINE(f);
	/* Also when the reader's buffer is full exactly there. */
	type(f, "abc\x04");
	EXPECT_EQ(take(f, buf, 3), 3);
	EXPECT_NO_LINE(f);
	kfree(f);
}

KTEST(n_tty, eol_characters_end_a_line_and_stay_in_it)
{
	struct fake *f = fake_new();

	ASSERT(f);
	f->tty.termios.c_cc[VEOL] = ';';
	type(f, "a;b");
	EXPECT_LINE(f, "a;");
	EXPECT_NO_LINE(f);
	kfree(f);
}

KTEST(n_tty, signal_characters_flush_unless_noflsh)
{
	struct fake *f = fake_new();

	ASSERT(f);
	type(f, "done\nhalf\x03");
	EXPECT_EQ(f->signals, sigmask(SIGINT));
	EXPECT_NO_LINE(f);
	EXPECT_SCREEN(f, "done\r\nhalf^C");
	f->signals = 0;
	set(f, ICRNL, OPOST | ONLCR, COOKED | NOFLSH);
	type(f, "x\x1c\x1ay\n");
	EXPECT_EQ(f->signals, sigmask(SIGQUIT) | sigmask(SIGTSTP));
	EXPECT_LINE(f, "xy\n");
	kfree(f);
}

KTEST(n_tty, without_isig_they_are_data)
{
	struct fake *f = fake_new();

	ASSERT(f);
	set(f, ICRNL, OPOST | ONLCR, COOKED & ~ISIG);
	type(f, "\x03\n");
	EXPECT_EQ(f->signals, 0);
	EXPECT_LINE(f, "\x03\n");
	kfree(f);
}

KTEST(n_tty, echo_off_shows_nothing_echonl_the_newline)
{
	struct fake *f = fake_new();

	ASSERT(f);
	set(f, ICRNL, OPOST | ONLCR, ICANON | ISIG);
	type(f, "secret\n");
	EXPECT_LINE(f, "secret\n");
	EXPECT_SCREEN(f, "");
	set(f, ICRNL, OPOST | ONLCR, ICANON | ISIG | ECHONL);
	type(f, "secret\n");
	EXPECT_LINE(f, "secret\n");
	EXPECT_SCREEN(f, "\r\n");
	kfree(f);
}

KTEST(n_tty, carriage_return_and_newline_are_mapped)
{
	struct fake *f = fake_new();

	ASSERT(f);
	set(f, IGNCR, OPOST, ICANON);
	type(f, "a\rb\n");
	EXPECT_LINE(f, "ab\n");
	set(f, 0, OPOST, ICANON);
	type(f, "a\rb\n");
	EXPECT_LINE(f, "a\rb\n");
	set(f, INLCR, 0, 0);
	type(f, "a\n");
	EXPECT_LINE(f, "a\r");
	set(f, ISTRIP, 0, 0);
	type(f, "\xe1");
	EXPECT_LINE(f, "a");
	kfree(f);
}

KTEST(n_tty, stop_holds_output_and_start_lets_it_go)
{
	struct fake *f = fake_new();

	ASSERT(f);
	type(f, "\x13");
	EXPECT(f->stopped);
	type(f, "\x11");
	EXPECT(!f->stopped);
	type(f, "\x13x");
	EXPECT(f->stopped);
	/* An interrupt lets it go, too. */
	type(f, "\x03");
	EXPECT(!f->stopped);
	set(f, IXON | IXANY, OPOST, COOKED);
	type(f, "\x13");
	EXPECT(f->stopped);
	type(f, "q");
	EXPECT(!f->stopped);
	kfree(f);
}

KTEST(n_tty, raw_mode_passes_every_byte)
{
	struct fake *f = fake_new();
	char buf[300], all[256];

	ASSERT(f);
	set(f, 0, 0, 0);
	for (int i = 0; i < 256; i++)
		all[i] = (char)i;
	type_bytes(f, all, 256);
	EXPECT_EQ(take(f, buf, 299), 256);
	EXPECT(!memcmp(buf, all, 256));
	EXPECT_EQ(f->signals, 0);
	EXPECT_SCREEN(f, "");
	kfree(f);
}

KTEST(n_tty, parmrk_doubles_0377)
{
	struct fake *f = fake_new();

	ASSERT(f);
	set(f, PARMRK, 0, 0);
	type(f, "a\xff");
	EXPECT_LINE(f, "a\xff\xff");
	kfree(f);
}

KTEST(n_tty, poll_waits_for_min_bytes)
{
	struct fake *f = fake_new();

	ASSERT(f);
	set(f, 0, 0, 0);
	f->tty.termios.c_cc[VMIN] = 3;
	type(f, "ab");
	EXPECT(n_tty_input_available(&f->tty, false));
	EXPECT(!n_tty_input_available(&f->tty, true));
	type(f, "c");
	EXPECT(n_tty_input_available(&f->tty, true));
	kfree(f);
}

KTEST(n_tty, leaving_canonical_mode_shows_the_unfinished_line)
{
	struct fake *f = fake_new();

	ASSERT(f);
	type(f, "half");
	EXPECT_NO_LINE(f);
	set(f, 0, 0, 0);
	EXPECT_LINE(f, "half");
	type(f, "raw");
	set(f, ICRNL, OPOST, COOKED);
	EXPECT_LINE(f, "raw");
	kfree(f);
}

KTEST(n_tty, a_long_line_loses_what_is_over_but_ends)
{
	struct fake *f = fake_new();
	char *buf = kmalloc(8192, GFP_KERNEL);

	ASSERT(f && buf);
	set(f, ICRNL, OPOST, ICANON | ISIG);
	memset(buf, 'x', 6000);
	type_bytes(f, buf, 6000);
	EXPECT(!f->throttled);
	type(f, "\n");
	EXPECT_EQ(take(f, buf, 8191), 4096);
	EXPECT_EQ(buf[4094], 'x');
	EXPECT_EQ(buf[4095], '\n');
	kfree(buf);
	kfree(f);
}

KTEST(n_tty, a_full_buffer_throttles_and_loses_nothing)
{
	struct fake *f = fake_new();
	char *buf = kmalloc(8192, GFP_KERNEL);
	long got;

	ASSERT(f && buf);
	set(f, 0, 0, 0);
	memset(buf, 'x', 6000);
	type_bytes(f, buf, 6000);
	EXPECT(f->throttled);
	EXPECT_EQ(n_tty_chars_available(&f->tty), N_TTY_BUF_SIZE - 1);
	got = take(f, buf, 100);
	EXPECT_EQ(got, 100);
	EXPECT(f->throttled);
	got = take(f, buf, 2000);
	EXPECT_EQ(got, 2000);
	EXPECT(!f->throttled);
	kfree(buf);
	kfree(f);
}

KTEST(n_tty, whole_lines_throttle_and_reading_them_unthrottles)
{
	struct fake *f = fake_new();
	char buf[64];
	int lines = 0;

	ASSERT(f);
	set(f, ICRNL, OPOST, ICANON);
	for (int i = 0; i < 1000; i++)
		type(f, "seven77\n");
	EXPECT(f->throttled);
	while (take(f, buf, 63) == 8)
		lines++;
	EXPECT_EQ(lines, 511);
	EXPECT(!f->throttled);
	kfree(f);
}

KTEST(n_tty, output_is_processed)
{
	struct fake *f = fake_new();

	ASSERT(f);
	set(f, 0, OPOST | ONLCR | XTABS, COOKED);
	EXPECT_EQ(n_tty_output(&f->tty, (const u8 *)"a\tb\n\tc", 6), 6);
	EXPECT_SCREEN(f, "a       b\r\n        c");
	set(f, 0, OPOST | OCRNL, COOKED);
	EXPECT_EQ(n_tty_output(&f->tty, (const u8 *)"a\rb", 3), 3);
	EXPECT_SCREEN(f, "a\nb");
	set(f, 0, 0, COOKED);
	EXPECT_EQ(n_tty_output(&f->tty, (const u8 *)"a\n", 2), 2);
	EXPECT_SCREEN(f, "a\n");
	kfree(f);
}

KTEST(n_tty, output_takes_only_what_fits)
{
	struct fake *f = fake_new();
	u8 text[200];

	ASSERT(f);
	memset(text, 'x', sizeof(text));
	f->room = 100;
	EXPECT(n_tty_output(&f->tty, text, sizeof(text)) <= 100);
	EXPECT(f->len > 80 && f->len <= 100);
	f->len = 0;
	set(f, 0, 0, 0);
	EXPECT_EQ(n_tty_output(&f->tty, text, sizeof(text)), 100);
	kfree(f);
}

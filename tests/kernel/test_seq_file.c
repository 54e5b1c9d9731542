/* SPDX-License-Identifier: MIT */
/*
 * seq_file: the building of records. Reading goes to user memory and is tested
 * from there; here the text is looked at where it is made.
 */
#include <ikos/ktest.h>
#include <ikos/seq_file.h>
#include <ikos/string.h>

static void init(struct seq_file *m, char *buf, size_t size)
{
	*m = (struct seq_file){ .buf = buf, .size = size };
}

static bool text_is(const struct seq_file *m, const char *text)
{
	return m->count == strlen(text) && !memcmp(m->buf, text, m->count);
}

KTEST(seq_file, text_is_put_together)
{
	struct seq_file m;
	char buf[64];

	init(&m, buf, sizeof(buf));
	seq_puts(&m, "ab");
	seq_putc(&m, ':');
	seq_printf(&m, "%04x %s", 0x1fu, "z");
	EXPECT(text_is(&m, "ab:001f z"));
	EXPECT(!m.overflow);
}

KTEST(seq_file, padding_reaches_a_column)
{
	struct seq_file m;
	char buf[64];
	size_t start;

	init(&m, buf, sizeof(buf));
	seq_puts(&m, "xy\n");
	start = m.count;
	seq_puts(&m, "ab");
	seq_pad_to(&m, start, 5);
	seq_putc(&m, '|');
	EXPECT(text_is(&m, "xy\nab   |"));
	/* Text that is too long is left alone. */
	seq_pad_to(&m, start, 3);
	EXPECT(text_is(&m, "xy\nab   |"));
}

KTEST(seq_file, special_characters_become_octal)
{
	struct seq_file m;
	char buf[64];

	init(&m, buf, sizeof(buf));
	seq_escape(&m, "a b\nc\\", " \n\\");
	EXPECT(text_is(&m, "a\\040b\\012c\\134"));
}

KTEST(seq_file, what_does_not_fit_is_an_overflow)
{
	struct seq_file m;
	char buf[8];

	init(&m, buf, sizeof(buf));
	seq_puts(&m, "1234");
	EXPECT(!m.overflow);
	seq_puts(&m, "56789");
	EXPECT(m.overflow);
	init(&m, buf, sizeof(buf));
	seq_printf(&m, "%s", "12345678");
	EXPECT(m.overflow);
	init(&m, buf, sizeof(buf));
	seq_write(&m, "12345678", 8);
	EXPECT(!m.overflow);
	seq_putc(&m, '9');
	EXPECT(m.overflow);
	EXPECT_EQ(m.count, 8);
}

KTEST(seq_file, padding_at_the_end_of_the_buffer_stops)
{
	struct seq_file m;
	char buf[8];

	init(&m, buf, sizeof(buf));
	seq_pad_to(&m, 0, 100);
	EXPECT(m.overflow);
	EXPECT_EQ(m.count, 8);
}

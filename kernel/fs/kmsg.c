/* SPDX-License-Identifier: MIT */
/*
 * /dev/kmsg: a write is a message for the kernel's log; a read gives one
 * message of what the log held when the file was opened,
 *
 *	6,12,1234567,-;text
 *
 * that is level, number, microseconds since boot, flags. Numbers count from
 * the oldest message kept.
 *
 * Differs from Linux: a reader at the end gets end of file instead of waiting
 * for the next message.
 */
#include <ikos/fs.h>
#include <ikos/kernel.h>
#include <ikos/printk.h>
#include <ikos/slab.h>
#include <ikos/string.h>
#include <ikos/uaccess.h>

#include "kmsg.h"

#define KMSG_LINE_MAX 992

struct kmsg_reader {
	struct mutex lock;
	size_t len, pos; /* bytes of the copy, and where the reader is */
	unsigned long seq;
	char text[];
};

static int kmsg_open(struct inode *inode, struct file *file)
{
	struct kmsg_reader *r;

	if (!(file->f_mode & FMODE_READ))
		return 0;
	r = kmalloc(sizeof(*r) + kmsg_size(), GFP_KERNEL);
	if (!r)
		return -ENOMEM;
	mutex_init(&r->lock);
	r->len = kmsg_read(r->text, kmsg_size());
	r->pos = 0;
	r->seq = 0;
	file->private_data = r;
	return 0;
}

static int kmsg_release(struct inode *inode, struct file *file)
{
	kfree(file->private_data);
	return 0;
}

static bool skip_char(const char **s, const char *end, char c)
{
	if (*s == end || **s != c)
		return false;
	++*s;
	return true;
}

static unsigned long take_number(const char **s, const char *end)
{
	unsigned long n = 0;

	while (*s < end && **s >= '0' && **s <= '9')
		n = n * 10 + (unsigned long)(*(*s)++ - '0');
	return n;
}

/* "<6>[    1.234567] " at *s: move behind it. */
static bool parse_stamp(const char **s, const char *end, unsigned long *level,
			unsigned long *us)
{
	if (!skip_char(s, end, '<'))
		return false;
	*level = take_number(s, end);
	if (!skip_char(s, end, '>') || !skip_char(s, end, '['))
		return false;
	while (skip_char(s, end, ' '))
		;
	*us = take_number(s, end) * 1000000;
	if (!skip_char(s, end, '.'))
		return false;
	*us += take_number(s, end);
	return skip_char(s, end, ']') && skip_char(s, end, ' ');
}

/* The next line of the copy; false at the end. A line whose beginning the ring
 * has overwritten is left out. */
static bool next_line(struct kmsg_reader *r, const char **line,
		      const char **line_end, unsigned long *level,
		      unsigned long *us)
{
	while (r->pos < r->len) {
		const char *s = r->text + r->pos;
		const char *end = memchr(s, '\n', r->len - r->pos);

		if (!end)
			end = r->text + r->len;
		r->pos = (size_t)(end - r->text) + 1;
		if (!parse_stamp(&s, end, level, us))
			continue;
		*line = s;
		*line_end = end;
		return true;
	}
	return false;
}

static ssize_t read_record(struct kmsg_reader *r, char __user *buf, size_t n)
{
	const char *line, *end;
	unsigned long level, us;
	size_t old = r->pos, head, len;
	char prefix[64];

	if (!next_line(r, &line, &end, &level, &us))
		return 0;
	head = (size_t)snprintf(prefix, sizeof(prefix), "%lu,%lu,%lu,-;", level,
				r->seq, us);
	len = (size_t)(end - line);
	if (n < head + len + 1) {
		r->pos = old;
		return -EINVAL;
	}
	if (copy_to_user(buf, prefix, head) ||
	    copy_to_user(buf + head, line, len) ||
	    copy_to_user(buf + head + len, "\n", 1))
		return -EFAULT;
	r->seq++;
	return (ssize_t)(head + len + 1);
}

static ssize_t kmsg_file_read(struct file *file, char __user *buf, size_t n,
			      loff_t *pos)
{
	struct kmsg_reader *r = file->private_data;
	ssize_t ret;

	mutex_lock(&r->lock);
	ret = read_record(r, buf, n);
	mutex_unlock(&r->lock);
	return ret;
}

/* SEEK_SET, SEEK_DATA: the oldest; SEEK_END: behind the newest. */
static loff_t kmsg_llseek(struct file *file, loff_t offset, int whence)
{
	struct kmsg_reader *r = file->private_data;

	if (!r)
		return -EBADF;
	if (offset)
		return -ESPIPE;
	if (whence != SEEK_SET && whence != SEEK_DATA && whence != SEEK_END)
		return -EINVAL;
	mutex_lock(&r->lock);
	r->pos = whence == SEEK_END ? r->len : 0;
	r->seq = 0;
	mutex_unlock(&r->lock);
	return 0;
}

static void log_at(unsigned long level, const char *text)
{
	/* The level is part of the format. */
	static const char *const formats[] = {
		KERN_EMERG "%s\n", KERN_ALERT "%s\n",	KERN_CRIT "%s\n",
		KERN_ERR "%s\n",   KERN_WARNING "%s\n", KERN_NOTICE "%s\n",
		KERN_INFO "%s\n",  KERN_DEBUG "%s\n",
	};

	printk(formats[level], text);
}

static ssize_t kmsg_write(struct file *file, struct iov_iter *from, loff_t *pos)
{
	size_t n = from->count;
	const char *s, *end;
	unsigned long level = 4;
	char *line;

	if (n > KMSG_LINE_MAX)
		return -EINVAL;
	line = kmalloc(n + 1, GFP_KERNEL);
	if (!line)
		return -ENOMEM;
	if (copy_from_iter(line, n, from) != n) {
		kfree(line);
		return -EFAULT;
	}
	line[n] = '\0';
	s = line;
	end = line + n;
	/* "<30>text": facility 3, level 6. */
	if (skip_char(&s, end, '<')) {
		level = take_number(&s, end) & 7;
		if (!skip_char(&s, end, '>'))
			s = line;
	}
	if (end > s && end[-1] == '\n')
		line[n - 1] = '\0';
	log_at(level, s);
	kfree(line);
	return (ssize_t)n;
}

const struct file_operations kmsg_fops = {
	.open = kmsg_open,
	.release = kmsg_release,
	.read = kmsg_file_read,
	.write_iter = kmsg_write,
	.llseek = kmsg_llseek,
};

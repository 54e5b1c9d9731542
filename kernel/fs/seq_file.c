/* SPDX-License-Identifier: MIT */
/*
 * Files whose text is made when it is read.
 *
 *	            from        count            size
 *	buf  |.......|===========|................|
 *	       read    not read     free
 *
 * A read hands out what is left of the last records, then makes new ones until
 * the reader's wish is met or the buffer is full. A record that does not fit
 * into an empty buffer gets one of twice the size.
 *
 * Lock: m->lock, since pread(2) does not take the file's own; the file's
 * start() takes its locks inside and never keeps them while a program's
 * memory is written.
 */
#include <ikos/kernel.h>
#include <ikos/seq_file.h>
#include <ikos/slab.h>
#include <ikos/string.h>
#include <ikos/uaccess.h>

#define SEQ_MAX_BUF MiB(4)

static void *single_start(struct seq_file *m, loff_t *pos)
{
	return *pos ? NULL : m;
}

static void *single_next(struct seq_file *m, void *v, loff_t *pos)
{
	++*pos;
	return NULL;
}

static void single_stop(struct seq_file *m, void *v)
{
}

static int single_show(struct seq_file *m, void *v)
{
	return m->single_show(m, m->private);
}

static const struct seq_operations single_op = {
	.start = single_start,
	.next = single_next,
	.stop = single_stop,
	.show = single_show,
};

/**
 * seq_open - make an open file a sequence of records
 * @op: how to make them
 * @private: for them, m->private
 *
 * Context: may sleep. Return: 0 or -ENOMEM.
 */
int seq_open(struct file *file, const struct seq_operations *op, void *private)
{
	struct seq_file *m = kzalloc(sizeof(*m), GFP_KERNEL);

	if (!m)
		return -ENOMEM;
	mutex_init(&m->lock);
	m->op = op;
	m->file = file;
	m->private = private;
	file->private_data = m;
	return 0;
}

/**
 * seq_release - ->release() of a file that seq_open() or single_open() made
 */
int seq_release(struct inode *inode, struct file *file)
{
	struct seq_file *m = file->private_data;

	kfree(m->buf);
	kfree(m);
	return 0;
}

/**
 * single_open - make an open file a text of one piece
 * @show: prints all of it; 0 or -errno
 * @private: its second argument
 *
 * Context: may sleep. Return: 0 or -ENOMEM.
 */
int single_open(struct file *file, int (*show)(struct seq_file *, void *),
		void *private)
{
	int err = seq_open(file, &single_op, private);

	if (!err)
		((struct seq_file *)file->private_data)->single_show = show;
	return err;
}

/**
 * single_release - the same as seq_release()
 */
int single_release(struct inode *inode, struct file *file)
{
	return seq_release(inode, file);
}

static int grow(struct seq_file *m)
{
	size_t size = m->size ? m->size * 2 : PAGE_SIZE;

	if (size > SEQ_MAX_BUF)
		return -ENOMEM;
	kfree(m->buf);
	m->count = m->from = 0;
	m->buf = kmalloc(size, GFP_KERNEL);
	m->size = m->buf ? size : 0;
	return m->buf ? 0 : -ENOMEM;
}

/* Print @v behind what is there. 0; -ENOSPC: did not fit, nothing printed;
 * -errno of the file. */
static int show_record(struct seq_file *m, void *v)
{
	size_t before = m->count;
	int err;

	m->overflow = false;
	err = m->op->show(m, v);
	if (!err && m->overflow)
		err = -ENOSPC;
	if (err)
		m->count = before;
	return err;
}

/*
 * Fill the empty buffer with at least one record, and more while fewer than
 * @want bytes are there. The buffer stays empty at the end of the file.
 */
static int fill_once(struct seq_file *m, size_t want)
{
	void *v;
	int err = 0;

	m->count = m->from = 0;
	v = m->op->start(m, &m->index);
	while (v && !IS_ERR(v)) {
		err = show_record(m, v);
		if (err)
			break;
		v = m->op->next(m, v, &m->index);
		if (m->count >= want)
			break;
	}
	if (IS_ERR(v))
		err = (int)PTR_ERR(v);
	m->op->stop(m, v);
	return err;
}

static int fill(struct seq_file *m, size_t want)
{
	int err = m->buf ? 0 : grow(m);

	while (!err) {
		err = fill_once(m, want);
		if (m->count)
			return 0;
		if (err != -ENOSPC)
			return err;
		err = grow(m);
	}
	return err;
}

static void rewind_to_start(struct seq_file *m)
{
	m->index = 0;
	m->read_pos = 0;
	m->count = m->from = 0;
}

/* Make the text up to @pos again, and forget it. */
static int traverse(struct seq_file *m, loff_t pos)
{
	rewind_to_start(m);
	while (m->read_pos < pos) {
		size_t skip;
		int err = fill(m, 1);

		if (err)
			return err;
		if (!m->count)
			break;
		skip = min((size_t)(pos - m->read_pos), m->count);
		m->from = skip;
		m->read_pos += (loff_t)skip;
	}
	/* Past the end: reads find nothing, wherever they start. */
	m->read_pos = pos;
	return 0;
}

static ssize_t read_records(struct seq_file *m, char __user *buf, size_t n)
{
	size_t done = 0;

	while (done < n) {
		size_t have = m->count - m->from;
		int err;

		if (!have) {
			err = fill(m, n - done);
			if (err)
				return done ? (ssize_t)done : err;
			have = m->count;
			if (!have)
				break;
		}
		have = min(have, n - done);
		if (copy_to_user(buf + done, m->buf + m->from, have))
			return done ? (ssize_t)done : -EFAULT;
		m->from += have;
		m->read_pos += (loff_t)have;
		done += have;
	}
	return (ssize_t)done;
}

/**
 * seq_read - ->read() of these files
 *
 * Context: may sleep.
 * Return: bytes, 0 at the end; -ENOMEM, -EFAULT, or what the file says.
 */
ssize_t seq_read(struct file *file, char __user *buf, size_t n, loff_t *pos)
{
	struct seq_file *m = file->private_data;
	ssize_t ret = 0;

	mutex_lock(&m->lock);
	if (*pos == 0)
		rewind_to_start(m);
	else if (*pos != m->read_pos)
		ret = traverse(m, *pos);
	if (!ret)
		ret = read_records(m, buf, n);
	if (ret > 0)
		*pos += ret;
	mutex_unlock(&m->lock);
	return ret;
}

/**
 * seq_lseek - ->llseek() of these files: no SEEK_END, the end is not known
 *
 * Return: the new offset; -EINVAL.
 */
loff_t seq_lseek(struct file *file, loff_t offset, int whence)
{
	if (whence == SEEK_CUR) {
		if (__builtin_add_overflow(offset, file->f_pos, &offset))
			return -EINVAL;
	} else if (whence != SEEK_SET) {
		return -EINVAL;
	}
	if (offset < 0)
		return -EINVAL;
	file->f_pos = offset;
	return offset;
}

/**
 * seq_write - append bytes to the record
 *
 * What does not fit sets m->overflow; the record is then made again with a
 * larger buffer. Context: ->show().
 */
void seq_write(struct seq_file *m, const void *data, size_t len)
{
	if (len > m->size - m->count) {
		m->overflow = true;
		return;
	}
	memcpy(m->buf + m->count, data, len);
	m->count += len;
}

/**
 * seq_printf - append formatted text to the record
 */
void seq_printf(struct seq_file *m, const char *fmt, ...)
{
	size_t room = m->size - m->count;
	__builtin_va_list ap;
	int len;

	__builtin_va_start(ap, fmt);
	len = vsnprintf(m->buf + m->count, room, fmt, ap);
	__builtin_va_end(ap);
	if (len < 0 || (size_t)len >= room)
		m->overflow = true;
	else
		m->count += (size_t)len;
}

/**
 * seq_puts - append a string to the record
 */
void seq_puts(struct seq_file *m, const char *s)
{
	seq_write(m, s, strlen(s));
}

/**
 * seq_putc - append a character to the record
 */
void seq_putc(struct seq_file *m, char c)
{
	seq_write(m, &c, 1);
}

/**
 * seq_pad_to - spaces up to a column
 * @start: m->count where the line began
 * @width: columns
 */
void seq_pad_to(struct seq_file *m, size_t start, size_t width)
{
	while (!m->overflow && m->count - start < width)
		seq_putc(m, ' ');
}

/**
 * seq_escape - append a string, some of its characters as octal numbers
 * @esc: which
 */
void seq_escape(struct seq_file *m, const char *s, const char *esc)
{
	for (; *s; s++) {
		if (strchr(esc, *s))
			seq_printf(m, "\\%03o", (unsigned int)(u8)*s);
		else
			seq_putc(m, *s);
	}
}

/**
 * seq_path - append a path as d_path() gives it
 * @esc: characters to show as octal numbers
 *
 * A path that is too long is left out, as on Linux.
 *
 * Context: may sleep.
 */
void seq_path(struct seq_file *m, const struct path *path, const char *esc)
{
	char *page = kmalloc(PATH_MAX, GFP_KERNEL);
	char *s;

	if (!page)
		return;
	s = d_path(path, page, PATH_MAX);
	if (!IS_ERR(s))
		seq_escape(m, s, esc);
	kfree(page);
}

/* SPDX-License-Identifier: MIT */
#ifndef IKOS_SEQ_FILE_H
#define IKOS_SEQ_FILE_H

#include <ikos/fs.h>

struct seq_file;

/*
 * A read-only file whose text is made when it is read, record by record. A
 * record is whole or not there: the buffer grows until it fits. The text is
 * made anew when it is read from offset 0.
 *
 * start() takes what locks the records need and finds the one at *pos, next()
 * moves on and updates *pos (always: also past the last), stop() gives the
 * locks back. NULL: there are no more; ERR_PTR: the read fails. What *pos
 * means is the file's business, 0 is the beginning.
 */
struct seq_operations {
	void *(*start)(struct seq_file *m, loff_t *pos);
	void *(*next)(struct seq_file *m, void *v, loff_t *pos);
	void (*stop)(struct seq_file *m, void *v);
	int (*show)(struct seq_file *m, void *v);
};

struct seq_file {
	char *buf;
	size_t size, count; /* bytes of the buffer, bytes in it */
	size_t from; /* the first that has not been read */
	bool overflow;
	loff_t index; /* of the next record */
	loff_t read_pos; /* the file offset that buf + from is */
	struct mutex lock;
	const struct seq_operations *op;
	struct file *file;
	void *private;
	int (*single_show)(struct seq_file *m, void *private);
};

int seq_open(struct file *file, const struct seq_operations *op, void *private);
int seq_release(struct inode *inode, struct file *file);
/* All of it is one record: show() prints everything. */
int single_open(struct file *file, int (*show)(struct seq_file *, void *),
		void *private);
int single_release(struct inode *inode, struct file *file);
ssize_t seq_read(struct file *file, char __user *buf, size_t n, loff_t *pos);
loff_t seq_lseek(struct file *file, loff_t offset, int whence);
void seq_printf(struct seq_file *m, const char *fmt, ...) __printf(2, 3);
void seq_puts(struct seq_file *m, const char *s);
void seq_putc(struct seq_file *m, char c);
void seq_write(struct seq_file *m, const void *data, size_t len);
/* Spaces up to column @width of the line that began at count @start. */
void seq_pad_to(struct seq_file *m, size_t start, size_t width);
/* @s with the characters of @esc as \ooo. */
void seq_escape(struct seq_file *m, const char *s, const char *esc);
/* Path with the characters of @esc as \ooo. */
void seq_path(struct seq_file *m, const struct path *path, const char *esc);

#endif

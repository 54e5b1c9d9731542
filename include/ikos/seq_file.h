/* SPDX-License-Identifier: MIT */
#ifndef IKOS_SEQ_FILE_H
#define IKOS_SEQ_FILE_H

#include <ikos/fs.h>

/*
 * A read-only file whose text is made when it is read: show() prints all of
 * it into a buffer that grows until it fits; read(2) hands out pieces. The
 * text is made anew when the offset is 0.
 */
struct seq_file {
	char *buf;
	size_t size, count;
	bool overflow;
	void *private;
	int (*show)(struct seq_file *m, void *private);
};

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
/* Path with the characters of @esc as \ooo. */
void seq_path(struct seq_file *m, const struct path *path, const char *esc);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * getdents64(2).
 *
 * d_off of an entry is the position of the one behind it, which is known only
 * when that one comes: each entry's field is filled in by its successor, the
 * last one's at the end.
 */
#include "internal.h"

#include <ikos/syscall.h>
#include <ikos/uaccess.h>

/* struct linux_dirent64: the name follows, terminated, then padding to 8. */
struct dirent_head {
	u64 d_ino;
	s64 d_off;
	u16 d_reclen;
	u8 d_type;
} __packed;
#define DIRENT_NAME 19 /* offset of the name */

struct getdents {
	struct dir_context ctx;
	char __user *pos;
	size_t room;
	char __user *prev; /* the entry before */
	int error;
};

static int put_offset(struct getdents *g)
{
	s64 __user *off = (s64 __user *)(g->prev + 8);

	if (!g->prev)
		return 0;
	return put_user((s64)g->ctx.pos, off);
}

static bool fill_dirent(struct dir_context *ctx, const char *name, size_t len,
			loff_t pos, u64 ino, unsigned int d_type)
{
	struct getdents *g = container_of(ctx, struct getdents, ctx);
	size_t reclen = ALIGN(DIRENT_NAME + len + 1, 8);
	char record[ALIGN(DIRENT_NAME + NAME_MAX + 1, 8)];
	struct dirent_head head = { .d_ino = ino,
				    .d_reclen = (u16)reclen,
				    .d_type = (u8)d_type };

	g->error = -EINVAL; /* the buffer is too small for even one */
	if (reclen > g->room || len > NAME_MAX)
		return false;
	memset(record + reclen - 8, 0, 8);
	memcpy(record, &head, sizeof(head));
	memcpy(record + DIRENT_NAME, name, len);
	g->error = -EFAULT;
	if (put_offset(g) || copy_to_user(g->pos, record, reclen))
		return false;
	g->error = 0;
	g->prev = g->pos;
	g->pos += reclen;
	g->room -= reclen;
	return true;
}

/**
 * dir_emit_dots - report "." and ".."
 * @file: the directory
 * @ctx: at position 0 or 1; moves to 2
 *
 * Context: may sleep.
 * Return: false: no room, stop.
 */
bool dir_emit_dots(struct file *file, struct dir_context *ctx)
{
	struct dentry *dentry = file->f_path.dentry;

	if (ctx->pos == 0) {
		if (!dir_emit(ctx, ".", 1, dentry->d_inode->i_ino, DT_DIR))
			return false;
		ctx->pos = 1;
	}
	if (ctx->pos == 1) {
		u64 ino;

		spin_lock(&dcache_lock);
		ino = dentry->d_parent->d_inode->i_ino;
		spin_unlock(&dcache_lock);
		if (!dir_emit(ctx, "..", 2, ino, DT_DIR))
			return false;
		ctx->pos = 2;
	}
	return true;
}

/**
 * iterate_dir - report a directory's entries from its offset on
 * @file: an open directory
 * @ctx: whose actor is called; its position is set here
 *
 * Context: may sleep; takes f_pos_lock and i_lock.
 * Return: 0; -ENOTDIR; -ENOENT: it has been removed.
 */
int iterate_dir(struct file *file, struct dir_context *ctx)
{
	struct inode *inode = file->f_inode;
	int err = -ENOENT;

	if (!S_ISDIR(inode->i_mode) || !file->f_op->iterate)
		return -ENOTDIR;
	mutex_lock(&file->f_pos_lock);
	mutex_lock(&inode->i_lock);
	if (inode->i_nlink) {
		ctx->pos = file->f_pos;
		err = file->f_op->iterate(file, ctx);
		file->f_pos = ctx->pos;
		file_accessed(file);
	}
	mutex_unlock(&inode->i_lock);
	mutex_unlock(&file->f_pos_lock);
	return err;
}

/**
 * sys_getdents64 - getdents(2)
 */
SYSCALL_DEFINE3(getdents64, unsigned int, fd, char __user *, buf, unsigned int,
		size)
{
	struct getdents g = { .ctx = { .actor = fill_dirent },
			      .pos = buf,
			      .room = size };
	struct file *file = fget(fd);
	long ret = -EBADF;

	if (!file)
		return -EBADF;
	if (file->f_mode & FMODE_READ)
		ret = iterate_dir(file, &g.ctx);
	if (ret >= 0 && g.prev)
		ret = put_offset(&g) ? -EFAULT : g.pos - buf;
	else if (ret >= 0)
		ret = g.error;
	fput(file);
	return ret;
}

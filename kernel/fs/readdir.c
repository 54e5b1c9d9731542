/* SPDX-License-Identifier: MIT */
/*
 * getdents64(2) and the older getdents(2).
 *
 * d_off of an entry is the position of the one behind it, which is known only
 * when that one comes: each entry's field is filled in by its successor, the
 * last one's at the end.
 */
#include "internal.h"

#include <ikos/syscall.h>
#include <ikos/uaccess.h>

/*
 * Both kinds of record begin alike and end on a multiple of 8 bytes:
 *
 *	linux_dirent64	d_ino d_off d_reclen d_type name\0 padding
 *	linux_dirent	d_ino d_off d_reclen name\0 padding d_type
 */
struct dirent_head {
	u64 d_ino;
	s64 d_off;
	u16 d_reclen;
} __packed;
_Static_assert(sizeof(struct dirent_head) == 18, "as the programs have it");

struct getdents {
	struct dir_context ctx;
	char __user *pos;
	size_t room;
	char __user *prev; /* the entry before */
	bool old; /* linux_dirent */
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
	size_t reclen = ALIGN(sizeof(struct dirent_head) + len + 2, 8);
	char record[ALIGN(sizeof(struct dirent_head) + NAME_MAX + 2, 8)];
	struct dirent_head head = { .d_ino = ino, .d_reclen = (u16)reclen };
	size_t name_at = sizeof(head) + !g->old;

	g->error = -EINVAL; /* the buffer is too small for even one */
	if (reclen > g->room || len > NAME_MAX)
		return false;
	memcpy(record, &head, sizeof(head));
	memcpy(record + name_at, name, len);
	memset(record + name_at + len, 0, reclen - name_at - len);
	record[g->old ? reclen - 1 : sizeof(head)] = (char)d_type;
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

static long do_getdents(unsigned int fd, char __user *buf, unsigned int size,
			bool old)
{
	struct getdents g = { .ctx = { .actor = fill_dirent },
			      .pos = buf,
			      .room = size,
			      .old = old };
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

/**
 * sys_getdents64 - getdents64(2)
 *
 * Return: bytes; 0: the end; -EBADF; -ENOTDIR; -ENOENT: the directory has been
 * removed; -EINVAL: no room for one entry; -EFAULT.
 */
SYSCALL_DEFINE3(getdents64, unsigned int, fd, char __user *, buf, unsigned int,
		size)
{
	return do_getdents(fd, buf, size, false);
}

/**
 * sys_getdents - getdents(2): the same in records of the older kind
 *
 * Return: as getdents64().
 */
SYSCALL_DEFINE3(getdents, unsigned int, fd, char __user *, buf, unsigned int,
		size)
{
	return do_getdents(fd, buf, size, true);
}

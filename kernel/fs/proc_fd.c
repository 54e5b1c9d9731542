/* SPDX-License-Identifier: MIT */
/*
 * /proc/PID/fd and /proc/PID/fdinfo: the open descriptors.
 */
#include "proc_internal.h"

#include <ikos/kernel.h>
#include <ikos/string.h>

#include "proc_link.h"

static int fd_follow(struct inode *inode, struct path *path)
{
	struct proc_inode *pi = PROC_I(inode);
	struct file *file;

	if (!proc_may_inspect(pi->task))
		return -EACCES;
	file = task_file(pi->task, pi->fd);
	if (!file)
		return -ENOENT;
	*path = file->f_path;
	path_get(path);
	fput(file);
	return 0;
}

static long fd_readlink(struct inode *inode, char *buf, size_t size)
{
	struct path path;
	int err = fd_follow(inode, &path);

	return err ? err : proc_path_text(&path, buf, size);
}

static const struct inode_operations fd_link_iop = {
	.readlink = fd_readlink,
	.follow = fd_follow,
};

static int fdinfo_show(struct seq_file *m, void *inode)
{
	struct proc_inode *pi = PROC_I(inode);
	struct file *file = task_file(pi->task, pi->fd);

	if (!file)
		return -ENOENT;
	seq_printf(m, "pos:\t%ld\nflags:\t0%o\nmnt_id:\t%d\nino:\t%lu\n",
		   file->f_pos, file->f_flags,
		   file->f_path.mnt ? file->f_path.mnt->mnt_id : 0,
		   file->f_inode->i_ino);
	if (file->f_op->show_fdinfo)
		file->f_op->show_fdinfo(m, file);
	fput(file);
	return 0;
}

static int fdinfo_open(struct inode *inode, struct file *file)
{
	if (!proc_may_inspect(PROC_I(inode)->task))
		return -EACCES;
	return single_open(file, fdinfo_show, inode);
}

static const struct file_operations fdinfo_file_fop = {
	.open = fdinfo_open,
	.release = single_release,
	.read = seq_read,
	.llseek = seq_lseek,
};

/* What stat(2) shows, whatever the target's length. */
#define FD_LINK_SIZE 64

static const struct proc_entry fd_entry = { .mode = S_IFLNK,
					    .iop = &fd_link_iop };
static const struct proc_entry fdinfo_entry = { .mode = S_IFREG | 0444,
						.fop = &fdinfo_file_fop };

/* The link's permission bits tell how the file was opened. */
static umode_t link_mode(const struct file *file)
{
	umode_t mode = S_IFLNK;

	if (file->f_mode & FMODE_READ)
		mode |= 0500;
	if (file->f_mode & FMODE_WRITE)
		mode |= 0300;
	return mode;
}

static int lookup(struct inode *dir, struct dentry *dentry, bool info)
{
	struct task_struct *t = PROC_I(dir)->task;
	struct file *file = NULL;
	struct inode *inode;
	unsigned int fd;

	if (proc_parse_number(dentry->d_name, dentry->d_len, &fd))
		file = task_file(t, fd);
	if (!file) {
		return -ENOENT;
	}
	inode = proc_new_inode(dir, dentry, info ? &fdinfo_entry : &fd_entry, t,
			       fd, info ? 0 : link_mode(file));
	fput(file);
	if (!inode)
		return -ENOMEM;
	if (!info)
		inode->i_data.size = FD_LINK_SIZE;
	d_add(dentry, inode);
	return 0;
}

static int fd_lookup(struct inode *dir, struct dentry *dentry)
{
	return lookup(dir, dentry, false);
}

static int fdinfo_lookup(struct inode *dir, struct dentry *dentry)
{
	return lookup(dir, dentry, true);
}

static int emit_fds(struct file *dir, struct dir_context *ctx,
		    struct task_struct *t, unsigned int d_type)
{
	for (;;) {
		unsigned int fd = (unsigned int)(ctx->pos - 2);
		struct file *file = task_next_file(t, &fd);
		char name[12];

		if (!file)
			return 0;
		fput(file);
		snprintf(name, sizeof(name), "%u", fd);
		ctx->pos = 2 + fd;
		if (!proc_emit(dir, ctx, name, d_type))
			return 0;
	}
}

static int iterate(struct file *file, struct dir_context *ctx,
		   unsigned int d_type)
{
	struct task_struct *t = PROC_I(file->f_inode)->task;

	if (proc_task_gone(t))
		return -ENOENT;
	if (!dir_emit_dots(file, ctx))
		return 0;
	return emit_fds(file, ctx, t, d_type);
}

static int fd_iterate(struct file *file, struct dir_context *ctx)
{
	return iterate(file, ctx, DT_LNK);
}

static int fdinfo_iterate(struct file *file, struct dir_context *ctx)
{
	return iterate(file, ctx, DT_REG);
}

/* A process always finds its own, whatever user it has become. */
static int fd_permission(struct inode *inode, int mask)
{
	if (PROC_I(inode)->task->signal == current->signal)
		return 0;
	return generic_permission(inode, mask);
}

static int fdinfo_permission(struct inode *inode, int mask)
{
	if (!proc_may_inspect(PROC_I(inode)->task))
		return -EACCES;
	return generic_permission(inode, mask);
}

const struct inode_operations proc_fd_iop = {
	.setattr = proc_setattr,
	.lookup = fd_lookup,
	.permission = fd_permission,
};
const struct inode_operations proc_fdinfo_iop = {
	.setattr = proc_setattr,
	.lookup = fdinfo_lookup,
	.permission = fdinfo_permission,
};
const struct file_operations proc_fd_fop = {
	.iterate = fd_iterate,
	.llseek = generic_llseek,
};
const struct file_operations proc_fdinfo_fop = {
	.iterate = fdinfo_iterate,
	.llseek = generic_llseek,
};

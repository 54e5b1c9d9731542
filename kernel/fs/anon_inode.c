/* SPDX-License-Identifier: MIT */
/*
 * Files that are nothing but their operations: eventfd, epoll, timerfd,
 * signalfd, pidfd. They share one inode, which has no type, as on Linux:
 *
 *	/proc/PID/fd/5 -> anon_inode:[eventfd]
 *
 * Their position never moves: lseek(2) succeeds and does nothing.
 */
#include "anon_inode.h"

#include <ikos/printk.h>
#include <ikos/slab.h>

static struct inode *anon_inode;

static const struct inode_operations anon_inode_iop = {
	.setattr = anon_inode_setattr,
};

/**
 * anon_inode_setattr - ->setattr() of what has no owner of its own
 *
 * Return: -EOPNOTSUPP.
 */
int anon_inode_setattr(struct dentry *dentry, const struct iattr *attr)
{
	return -EOPNOTSUPP;
}

/**
 * anon_inode_init - make the inode
 *
 * Context: boot, once; panics when there is no memory.
 */
void anon_inode_init(void)
{
	anon_inode = new_inode(anon_sb);
	if (!anon_inode)
		panic("There is no memory for the inode of epoll and its kind.");
	anon_inode->i_mode = 0600;
	anon_inode->i_uid = anon_inode->i_gid = 0;
	anon_inode->i_op = &anon_inode_iop;
}

/**
 * noop_llseek - ->llseek() of a file whose position means nothing
 *
 * Return: the position.
 */
loff_t noop_llseek(struct file *file, loff_t offset, int whence)
{
	return file->f_pos;
}

/**
 * anon_inode_getfile - an open file that is nothing but its operations
 * @name: "[eventfd]", for /proc/PID/fd
 * @fop: its operations
 * @priv: its private_data
 * @flags: O_ACCMODE and O_NONBLOCK count
 *
 * Context: may sleep.
 * Return: the file, or ERR_PTR(-ENOMEM).
 */
struct file *anon_inode_getfile(const char *name,
				const struct file_operations *fop, void *priv,
				unsigned int flags)
{
	struct file *file;

	file = alloc_anon_file(igrab(anon_inode), name,
			       flags & (O_ACCMODE | O_NONBLOCK), fop);
	if (IS_ERR(file))
		return file;
	file->private_data = priv;
	file->f_mode |= FMODE_LSEEK;
	return file;
}

/**
 * anon_inode_getfd - the same, with a descriptor
 * @flags: O_CLOEXEC, too
 *
 * On failure @priv is still the caller's.
 *
 * Context: may sleep.
 * Return: the descriptor, -EMFILE or -ENOMEM.
 */
int anon_inode_getfd(const char *name, const struct file_operations *fop,
		     void *priv, unsigned int flags)
{
	int fd = get_unused_fd(0, flags & O_CLOEXEC);
	struct file *file;

	if (fd < 0)
		return fd;
	file = anon_inode_getfile(name, fop, priv, flags);
	if (IS_ERR(file)) {
		put_unused_fd((unsigned int)fd);
		return (int)PTR_ERR(file);
	}
	fd_install((unsigned int)fd, file);
	return fd;
}

/* SPDX-License-Identifier: MIT */
/*
 * The ends of pipes and FIFOs: pipe(2), open(2) of a FIFO (fifo(7)), close.
 *
 * A FIFO's pipe is made at the first open and stays with the inode; what is in
 * it goes when the last end is closed.
 */
#include "pipe.h"

#include <ikos/syscall.h>
#include <ikos/uaccess.h>

/* The FIFO's pipe, made when it is missing; NULL: no memory. */
static struct pipe_inode *get_pipe(struct inode *inode)
{
	mutex_lock(&inode->i_lock);
	if (!inode->i_pipe)
		inode->i_pipe = pipe_alloc();
	mutex_unlock(&inode->i_lock);
	return inode->i_pipe;
}

/* Sleep until the other side has been opened once more; the pipe's lock is
 * dropped meanwhile. */
static int wait_for_partner(struct pipe_inode *pipe, struct wait_queue_head *wq,
			    unsigned int *counter)
{
	unsigned int before = *counter;
	int err;

	mutex_unlock(&pipe->lock);
	err = (int)wait_event_interruptible(*wq, before != READ_ONCE(*counter));
	mutex_lock(&pipe->lock);
	return err;
}

static int open_reader(struct pipe_inode *pipe, struct file *file, bool block)
{
	pipe->r_counter++;
	if (pipe->readers++ == 0)
		wake_up_all(&pipe->wr_wait);
	if (pipe->writers || !block)
		return 0;
	if (file->f_flags & O_NONBLOCK) {
		/* No POLLHUP until a writer has been there. */
		file->private_data = (void *)(unsigned long)pipe->w_counter;
		return 0;
	}
	return wait_for_partner(pipe, &pipe->rd_wait, &pipe->w_counter);
}

static int open_writer(struct pipe_inode *pipe, struct file *file, bool block)
{
	if (block && (file->f_flags & O_NONBLOCK) && !pipe->readers)
		return -ENXIO;
	pipe->w_counter++;
	if (pipe->writers++ == 0)
		wake_up_all(&pipe->rd_wait);
	if (pipe->readers || !block)
		return 0;
	return wait_for_partner(pipe, &pipe->wr_wait, &pipe->r_counter);
}

/* On Linux both ends at once never wait; POSIX leaves it open. */
static int open_both(struct pipe_inode *pipe)
{
	pipe->r_counter++;
	pipe->w_counter++;
	if (pipe->readers++ == 0)
		wake_up_all(&pipe->wr_wait);
	if (pipe->writers++ == 0)
		wake_up_all(&pipe->rd_wait);
	return 0;
}

/* Drop what an open file counts for; lock held. */
static void close_ends(struct pipe_inode *pipe, unsigned int mode)
{
	if (mode & FMODE_READ)
		pipe->readers--;
	if (mode & FMODE_WRITE)
		pipe->writers--;
	if (!pipe->readers)
		wake_up_all(&pipe->wr_wait);
	if (!pipe->writers)
		wake_up_all(&pipe->rd_wait);
	if (!pipe->readers && !pipe->writers)
		pipe_drain(pipe);
}

/**
 * pipe_open - ->open of FIFOs, and of pipes through /proc/PID/fd
 * @inode: the FIFO
 * @file: its mode says which ends
 *
 * Context: may sleep: until the other end is open, unless O_NONBLOCK.
 * Return: 0; -ENXIO: O_NONBLOCK for writing and no reader; -ENOMEM;
 * -ERESTARTSYS. Source: fifo(7), open(2).
 */
int pipe_open(struct inode *inode, struct file *file)
{
	bool block = !(inode->i_sb->s_flags & SB_ANON);
	struct pipe_inode *pipe = get_pipe(inode);
	unsigned int mode = file->f_mode & (FMODE_READ | FMODE_WRITE);
	int err;

	if (!pipe)
		return -ENOMEM;
	mutex_lock(&pipe->lock);
	if (mode == FMODE_READ)
		err = open_reader(pipe, file, block);
	else if (mode == FMODE_WRITE)
		err = open_writer(pipe, file, block);
	else if (mode)
		err = open_both(pipe);
	else
		err = -EINVAL;
	if (err && err != -ENXIO && mode)
		close_ends(pipe, mode);
	mutex_unlock(&pipe->lock);
	return err;
}

/**
 * pipe_release - ->release: an end is closed
 * @inode: the pipe
 * @file: its mode says which ends
 *
 * Context: may sleep.
 * Return: 0.
 */
int pipe_release(struct inode *inode, struct file *file)
{
	struct pipe_inode *pipe = inode->i_pipe;

	mutex_lock(&pipe->lock);
	close_ends(pipe, file->f_mode);
	mutex_unlock(&pipe->lock);
	return 0;
}

/* The inode of a pipe with both ends open; NULL: no memory. */
static struct inode *pipe_inode_alloc(void)
{
	struct inode *inode = new_inode(anon_sb);

	if (!inode)
		return NULL;
	inode->i_pipe = pipe_alloc();
	if (!inode->i_pipe) {
		iput(inode);
		return NULL;
	}
	inode->i_mode = S_IFIFO | 0600;
	inode->i_fop = &pipe_fops;
	inode->i_pipe->readers = inode->i_pipe->writers = 1;
	inode->i_pipe->r_counter = inode->i_pipe->w_counter = 1;
	return inode;
}

/**
 * create_pipe_files - pipe(2) without descriptors
 * @res: filled: the read end, the write end
 * @flags: O_NONBLOCK, O_DIRECT
 *
 * Context: may sleep.
 * Return: 0 or -ENFILE: no memory.
 */
int create_pipe_files(struct file *res[2], unsigned int flags)
{
	struct inode *inode = pipe_inode_alloc();
	struct path path;

	flags &= O_NONBLOCK | O_DIRECT;
	if (!inode || anon_dentry(inode, "", &path))
		return -ENFILE;
	res[0] = anon_file(&path, O_RDONLY | (flags & O_NONBLOCK), &pipe_fops);
	res[1] = anon_file(&path, O_WRONLY | flags, &pipe_fops);
	path_put(&path);
	if (res[0] && res[1])
		return 0;
	if (res[0])
		fput(res[0]);
	if (res[1])
		fput(res[1]);
	return -ENFILE;
}

/* Descriptors for both ends, told to the user before they work. */
static long install_pipe(struct file *files[2], int __user *ufds,
			 unsigned int flags)
{
	int fds[2];
	long err;

	fds[0] = get_unused_fd(0, flags);
	if (fds[0] < 0)
		return fds[0];
	fds[1] = get_unused_fd(0, flags);
	err = fds[1] < 0			     ? fds[1]
	      : copy_to_user(ufds, fds, sizeof(fds)) ? -EFAULT
						     : 0;
	if (!err) {
		fd_install((unsigned int)fds[0], files[0]);
		fd_install((unsigned int)fds[1], files[1]);
		return 0;
	}
	if (fds[1] >= 0)
		put_unused_fd((unsigned int)fds[1]);
	put_unused_fd((unsigned int)fds[0]);
	return err;
}

static long do_pipe2(int __user *ufds, unsigned int flags)
{
	struct file *files[2];
	long err;

	if (flags & ~(O_CLOEXEC | O_NONBLOCK | O_DIRECT))
		return -EINVAL;
	err = create_pipe_files(files, flags);
	if (err)
		return err;
	err = install_pipe(files, ufds, flags);
	if (err) {
		fput(files[0]);
		fput(files[1]);
	}
	return err;
}

/**
 * sys_pipe - pipe(2)
 */
SYSCALL_DEFINE1(pipe, int __user *, fds)
{
	return do_pipe2(fds, 0);
}

/**
 * sys_pipe2 - pipe2(2)
 */
SYSCALL_DEFINE2(pipe2, int __user *, fds, unsigned int, flags)
{
	return do_pipe2(fds, flags);
}

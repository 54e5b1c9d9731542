/* SPDX-License-Identifier: MIT */
/*
 * Sockets as files: read(2), write(2), poll(2), close(2) of them.
 */
#include <ikos/net.h>

#include <ikos/slab.h>
#include <ikos/time.h>
#include <ikos/uaccess.h>
#include <uapi/ioctl.h>

#include "../fs/internal.h"

/**
 * sock_from_file - the socket that a file is
 * @file: any file
 *
 * Context: any.
 * Return: NULL: it is none.
 */
struct unix_sock *sock_from_file(const struct file *file)
{
	return file->f_op == &socket_fops ? file->private_data : NULL;
}

/**
 * sock_file_get - the file of a socket's descriptor
 * @fd: the descriptor
 *
 * Context: any task context.
 * Return: the file with a reference; ERR_PTR(-EBADF); ERR_PTR(-ENOTSOCK).
 */
struct file *sock_file_get(unsigned int fd)
{
	struct file *file = fget(fd);

	if (!file)
		return ERR_PTR(-EBADF);
	if (sock_from_file(file))
		return file;
	fput(file);
	return ERR_PTR(-ENOTSOCK);
}

/**
 * sock_deadline - until when a call waits
 * @timeo: ns, as SO_RCVTIMEO or SO_SNDTIMEO has set it
 * @flags: MSG_DONTWAIT: not at all
 *
 * Context: any.
 * Return: a time of ktime_get_ns(); 0: do not wait; MAX_SCHEDULE_TIMEOUT: for
 * ever.
 */
u64 sock_deadline(u64 timeo, unsigned int flags)
{
	if (flags & MSG_DONTWAIT)
		return 0;
	if (timeo == MAX_SCHEDULE_TIMEOUT)
		return timeo;
	return ktime_get_ns() + timeo;
}

/**
 * sock_time_left - how long a call may still wait
 *
 * Context: any.
 * Return: ns, MAX_SCHEDULE_TIMEOUT: for ever.
 */
u64 sock_time_left(u64 deadline)
{
	u64 now;

	if (!deadline || deadline == MAX_SCHEDULE_TIMEOUT)
		return deadline;
	now = ktime_get_ns();
	return now < deadline ? deadline - now : 0;
}

/**
 * sock_wait_result - what a wait until a deadline gives
 * @ret: of wait_event_interruptible_timeout()
 *
 * Context: any.
 * Return: 0; -EAGAIN: too late; -ERESTARTSYS, and -EINTR of a call that would
 * wait anew if it were repeated: signal(7).
 */
long sock_wait_result(long ret, u64 deadline)
{
	if (ret == -ETIMEDOUT)
		return -EAGAIN;
	if (ret == -ERESTARTSYS && deadline != MAX_SCHEDULE_TIMEOUT)
		return -EINTR;
	return ret;
}

static ssize_t sock_read(struct file *file, struct iov_iter *to, loff_t *pos)
{
	struct sock_msg m = { .iter = to };
	ssize_t ret;

	if (!to->count)
		return 0;
	if (file->f_flags & O_NONBLOCK)
		m.flags |= MSG_DONTWAIT;
	ret = unix_recvmsg(file->private_data, &m);
	scm_fp_free(m.scm.fp);
	return ret;
}

static ssize_t sock_write(struct file *file, struct iov_iter *from, loff_t *pos)
{
	struct sock_msg m = { .iter = from };

	if (file->f_flags & O_NONBLOCK)
		m.flags |= MSG_DONTWAIT;
	return unix_sendmsg(file->private_data, &m);
}

static unsigned int sock_poll(struct file *file, struct poll_table *table)
{
	struct unix_sock *sk = file->private_data;

	poll_wait(file, &sk->wait, table);
	return unix_poll_mask(sk);
}

static long sock_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct unix_sock *sk = file->private_data;
	int __user *to = (int __user *)arg;
	long n;

	switch (cmd) {
	case FIONREAD:
		n = unix_inq_len(sk);
		return n < 0 ? n : put_user((int)n, to);
	case TIOCOUTQ:
		return put_user((int)READ_ONCE(sk->wmem), to);
	}
	return -ENOTTY;
}

static int sock_release(struct inode *inode, struct file *file)
{
	if (file->private_data) /* NULL: accept(2) that got none */
		unix_release(file->private_data);
	return 0;
}

const struct file_operations socket_fops = {
	.release = sock_release,
	.read_iter = sock_read,
	.write_iter = sock_write,
	.llseek = no_llseek,
	.ioctl = sock_ioctl,
	.poll = sock_poll,
};

/**
 * sock_attach - a file gets its socket
 * @file: of sock_alloc_file(NULL)
 * @sk: its reference goes to the file
 *
 * Context: takes unix_lock.
 */
void sock_attach(struct file *file, struct unix_sock *sk)
{
	file->private_data = sk;
	spin_lock(&unix_lock);
	sk->file = file;
	if (list_empty(&sk->all))
		list_add_tail(&sk->all, &unix_socks);
	spin_unlock(&unix_lock);
}

/**
 * sock_alloc_file - an open file for a socket
 * @sk: its reference goes to the file, also on failure; NULL: it comes later
 * @flags: O_NONBLOCK
 *
 * Context: may sleep.
 * Return: the file; ERR_PTR(-ENFILE): no memory.
 */
struct file *sock_alloc_file(struct unix_sock *sk, unsigned int flags)
{
	struct inode *inode = new_inode(anon_sb);
	struct file *file = ERR_PTR(-ENOMEM);

	if (inode) {
		init_special_inode(inode, S_IFSOCK | 0777, 0);
		file = alloc_anon_file(inode, "", O_RDWR | (flags & O_NONBLOCK),
				       &socket_fops);
	}
	if (IS_ERR(file)) {
		unix_sock_put(sk);
		return ERR_PTR(-ENFILE);
	}
	if (sk)
		sock_attach(file, sk);
	return file;
}

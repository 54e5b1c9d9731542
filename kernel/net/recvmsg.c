/* SPDX-License-Identifier: MIT */
/*
 * recvmsg(2), recvmmsg(2) and recvfrom(2).
 */
#include <ikos/syscall.h>
#include <ikos/time.h>
#include <ikos/uaccess.h>

#include "msghdr.h"

static long do_recv(struct file *file, struct user_msg *u, unsigned int flags)
{
	struct sock_msg *m = &u->msg;
	long ret;

	m->flags = flags;
	if (file->f_flags & O_NONBLOCK)
		m->flags |= MSG_DONTWAIT;
	ret = unix_recvmsg(file->private_data, m);
	if (ret < 0) {
		scm_fp_free(m->scm.fp);
		return ret;
	}
	u->hdr.msg_flags = m->out_flags | (flags & MSG_CMSG_CLOEXEC);
	scm_recv(file->private_data, &m->scm, &u->hdr, flags);
	return ret;
}

/* What the user's struct msghdr learns. */
static long put_header(const struct user_msg *u, struct msghdr_k __user *uhdr,
		       size_t room)
{
	long err;

	if (u->hdr.msg_name) {
		err = put_address(&u->msg.name, u->msg.namelen, u->hdr.msg_name,
				  &uhdr->msg_namelen);
		if (err)
			return err;
	}
	if (put_user(u->hdr.msg_flags, &uhdr->msg_flags) ||
	    put_user(room - u->hdr.msg_controllen, &uhdr->msg_controllen))
		return -EFAULT;
	return 0;
}

static long user_recvmsg(struct file *file, struct msghdr_k __user *uhdr,
			 unsigned int flags)
{
	struct user_msg u;
	size_t room;
	long ret = user_msg_get(&u, uhdr), err;

	if (!ret) {
		room = u.hdr.msg_controllen;
		ret = do_recv(file, &u, flags);
		err = ret < 0 ? 0 : put_header(&u, uhdr, room);
		if (err)
			ret = err;
	}
	user_msg_put(&u);
	return ret;
}

/**
 * sys_recvmsg - recvmsg(2)
 *
 * Return: bytes; unix_recvmsg()'s errors; -EBADF, -ENOTSOCK, -EFAULT, -EINVAL;
 * -EMSGSIZE: more than 1024 buffers.
 */
SYSCALL_DEFINE3(recvmsg, unsigned int, fd, struct msghdr_k __user *, uhdr,
		unsigned int, flags)
{
	struct file *file = sock_file_get(fd);
	long ret;

	if (IS_ERR(file))
		return PTR_ERR(file);
	ret = user_recvmsg(file, uhdr, flags);
	fput(file);
	return ret;
}

/* Messages into @vec: how many, or the error of the first. */
static long recv_many(struct file *file, struct mmsghdr_k __user *vec,
		      unsigned int n, unsigned int flags, u64 deadline)
{
	unsigned int got = 0;
	long ret = sock_error(file->private_data);

	while (!ret && got < n) {
		ret = user_recvmsg(file, &vec[got].msg_hdr,
				   flags & ~MSG_WAITFORONE);
		if (ret < 0)
			break;
		ret = put_user((uint32_t)ret, &vec[got].msg_len);
		if (ret)
			break;
		got++;
		if (flags & MSG_WAITFORONE)
			flags |= MSG_DONTWAIT;
		if (!sock_time_left(deadline))
			break;
		cond_resched();
	}
	if (got && ret && ret != -EAGAIN)
		sock_set_error(file->private_data, (int)-ret);
	return got ? got : ret;
}

/**
 * sys_recvmmsg - recvmmsg(2)
 *
 * The time is looked at after each message only. An error behind the first
 * message is told by the next call.
 *
 * Return: messages; recvmsg(2)'s errors; -EINVAL: the time.
 */
SYSCALL_DEFINE5(recvmmsg, unsigned int, fd, struct mmsghdr_k __user *, vec,
		unsigned int, n, unsigned int, flags,
		struct timespec64 __user *, timeout)
{
	u64 deadline = MAX_SCHEDULE_TIMEOUT;
	struct timespec64 ts;
	struct file *file;
	long ret;

	if (timeout) {
		if (copy_from_user(&ts, timeout, sizeof(ts)))
			return -EFAULT;
		if (!timespec_valid(&ts))
			return -EINVAL;
		deadline = ktime_get_ns() + timespec_to_ns(&ts);
	}
	file = sock_file_get(fd);
	if (IS_ERR(file))
		return PTR_ERR(file);
	ret = recv_many(file, vec, min_t(unsigned int, n, UIO_MAXIOV), flags,
			deadline);
	fput(file);
	if (ret <= 0 || !timeout)
		return ret;
	ts = ns_to_timespec(sock_time_left(deadline));
	return copy_to_user(timeout, &ts, sizeof(ts)) ? -EFAULT : ret;
}

/**
 * sys_recvfrom - recvfrom(2)
 *
 * Return: bytes; unix_recvmsg()'s errors; -EBADF, -ENOTSOCK, -EFAULT; -EINVAL:
 * the name's length.
 */
SYSCALL_DEFINE6(recvfrom, unsigned int, fd, void __user *, buf, size_t, n,
		unsigned int, flags, void __user *, name, int __user *, len)
{
	struct user_msg u;
	struct file *file;
	long ret = user_msg_single(&u, buf, n), err;

	if (ret)
		return ret;
	file = sock_file_get(fd);
	if (IS_ERR(file))
		return PTR_ERR(file);
	ret = do_recv(file, &u, flags);
	err = ret >= 0 && name
		      ? put_address(&u.msg.name, u.msg.namelen, name, len)
		      : 0;
	fput(file);
	return err ? err : ret;
}

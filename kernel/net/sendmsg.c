/* SPDX-License-Identifier: MIT */
/*
 * sendmsg(2), sendmmsg(2) and sendto(2).
 */
#include <ikos/syscall.h>
#include <ikos/uaccess.h>

#include "msghdr.h"

static int fetch_name(struct sock_msg *m, const void __user *name, int len)
{
	if (!name || !len)
		return 0;
	if (len < 0 || (size_t)len > sizeof(m->name))
		return -EINVAL;
	if (copy_from_user(&m->name, name, (size_t)len))
		return -EFAULT;
	m->namelen = len;
	return 0;
}

static long do_send(struct file *file, struct sock_msg *m, unsigned int flags)
{
	long ret;

	m->flags = flags;
	if (file->f_flags & O_NONBLOCK)
		m->flags |= MSG_DONTWAIT;
	ret = unix_sendmsg(file->private_data, m);
	scm_fp_free(m->scm.fp);
	return ret;
}

static long do_sendmsg(struct file *file, struct user_msg *u,
		       const struct msghdr_k __user *uhdr, unsigned int flags)
{
	struct sock_msg *m = &u->msg;
	int err = user_msg_get(u, uhdr);

	if (err)
		return err;
	/* A longer name is cut, as on Linux. */
	err = fetch_name(m, u->hdr.msg_name,
			 min(u->hdr.msg_namelen, (int)sizeof(m->name)));
	if (err)
		return err;
	if (u->hdr.msg_controllen > INT_MAX)
		return -ENOBUFS;
	err = scm_send(&m->scm, u->hdr.msg_control, u->hdr.msg_controllen);
	return err ? err : do_send(file, m, flags);
}

static long user_sendmsg(struct file *file, const struct msghdr_k __user *uhdr,
			 unsigned int flags)
{
	struct user_msg u;
	long ret = do_sendmsg(file, &u, uhdr, flags);

	user_msg_put(&u);
	return ret;
}

/**
 * sys_sendmsg - sendmsg(2)
 *
 * Return: bytes; unix_sendmsg()'s and scm_send()'s errors; -EBADF, -ENOTSOCK,
 * -EFAULT, -EINVAL; -EMSGSIZE: more than 1024 buffers.
 */
SYSCALL_DEFINE3(sendmsg, unsigned int, fd, const struct msghdr_k __user *, uhdr,
		unsigned int, flags)
{
	struct file *file = sock_file_get(fd);
	long ret;

	if (IS_ERR(file))
		return PTR_ERR(file);
	ret = user_sendmsg(file, uhdr, flags);
	fput(file);
	return ret;
}

/**
 * sys_sendmmsg - sendmmsg(2)
 *
 * What was sent before an error counts, the error is not told.
 *
 * Return: messages; sendmsg(2)'s errors.
 */
SYSCALL_DEFINE4(sendmmsg, unsigned int, fd, struct mmsghdr_k __user *, vec,
		unsigned int, n, unsigned int, flags)
{
	struct file *file = sock_file_get(fd);
	unsigned int sent = 0;
	long ret = 0;

	if (IS_ERR(file))
		return PTR_ERR(file);
	for (n = min_t(unsigned int, n, UIO_MAXIOV); sent < n; sent++) {
		ret = user_sendmsg(file, &vec[sent].msg_hdr, flags);
		if (ret < 0)
			break;
		ret = put_user((uint32_t)ret, &vec[sent].msg_len);
		if (ret)
			break;
		cond_resched();
	}
	fput(file);
	return sent ? sent : ret;
}

/**
 * sys_sendto - sendto(2)
 *
 * Return: bytes; unix_sendmsg()'s errors; -EBADF, -ENOTSOCK, -EFAULT; -EINVAL:
 * the name's length.
 */
SYSCALL_DEFINE6(sendto, unsigned int, fd, void __user *, buf, size_t, n,
		unsigned int, flags, const void __user *, name, int, len)
{
	struct user_msg u;
	struct file *file;
	long ret = user_msg_single(&u, buf, n);

	if (ret)
		return ret;
	file = sock_file_get(fd);
	if (IS_ERR(file))
		return PTR_ERR(file);
	ret = name ? fetch_name(&u.msg, name, len) : 0;
	if (!ret)
		ret = do_send(file, &u.msg, flags);
	fput(file);
	return ret;
}

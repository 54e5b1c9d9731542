/* SPDX-License-Identifier: MIT */
/*
 * The calls of a socket's life: socket(2), bind(2), connect(2), listen(2),
 * accept(2), shutdown(2), getsockname(2), getpeername(2).
 */
#include <ikos/syscall.h>
#include <ikos/uaccess.h>

#include "msghdr.h"

#define SOCK_FLAGS ((unsigned int)(SOCK_CLOEXEC | SOCK_NONBLOCK))

/**
 * sock_check_type - whether there are such sockets
 * @family: AF_*
 * @type: SOCK_*, without flags
 * @protocol: 0, or as the family
 *
 * Context: any.
 * Return: the type that the socket gets; -EAFNOSUPPORT: not AF_UNIX; -EINVAL:
 * no such type; -EPROTONOSUPPORT; -ESOCKTNOSUPPORT.
 */
int sock_check_type(int family, int type, int protocol)
{
	if (family < 0 || family >= AF_MAX)
		return -EAFNOSUPPORT;
	if (type < 0 || type >= SOCK_MAX)
		return -EINVAL;
	if (family != AF_UNIX)
		return -EAFNOSUPPORT;
	if (protocol && protocol != AF_UNIX)
		return -EPROTONOSUPPORT;
	switch (type) {
	case SOCK_STREAM:
	case SOCK_DGRAM:
	case SOCK_SEQPACKET:
		return type;
	case SOCK_RAW: /* what BSD calls a datagram */
		return SOCK_DGRAM;
	}
	return -ESOCKTNOSUPPORT;
}

static unsigned int wait_flags(const struct file *file)
{
	return file->f_flags & O_NONBLOCK ? MSG_DONTWAIT : 0;
}

static long get_address(struct sockaddr_storage_k *addr,
			const void __user *from, int len)
{
	memset(addr, 0, sizeof(*addr));
	if (len < 0 || len > (int)sizeof(*addr))
		return -EINVAL;
	return copy_from_user(addr, from, (size_t)len) ? -EFAULT : 0;
}

/**
 * sys_socket - socket(2)
 *
 * Return: the descriptor; sock_check_type()'s errors; -EINVAL: unknown flags;
 * -EMFILE, -ENFILE, -ENOMEM.
 */
SYSCALL_DEFINE3(socket, int, family, int, type, int, protocol)
{
	unsigned int flags = (unsigned int)type & ~SOCK_TYPE_MASK;
	struct unix_sock *sk;
	struct file *file;
	int kind, fd;

	if (flags & ~SOCK_FLAGS)
		return -EINVAL;
	kind = sock_check_type(family, type & SOCK_TYPE_MASK, protocol);
	if (kind < 0)
		return kind;
	sk = unix_sock_alloc(kind);
	if (!sk)
		return -ENOMEM;
	file = sock_alloc_file(sk, flags);
	if (IS_ERR(file))
		return PTR_ERR(file);
	fd = get_unused_fd(0, flags & O_CLOEXEC);
	if (fd < 0)
		fput(file);
	else
		fd_install((unsigned int)fd, file);
	return fd;
}

/**
 * sys_bind - bind(2)
 *
 * Return: 0; -EBADF, -ENOTSOCK, -EFAULT; unix_bind()'s errors.
 */
SYSCALL_DEFINE3(bind, unsigned int, fd, const void __user *, from, int, len)
{
	struct file *file = sock_file_get(fd);
	struct sockaddr_storage_k addr;
	long ret;

	if (IS_ERR(file))
		return PTR_ERR(file);
	ret = get_address(&addr, from, len);
	if (!ret)
		ret = unix_bind(file->private_data, &addr, len);
	fput(file);
	return ret;
}

/**
 * sys_connect - connect(2)
 *
 * Return: 0; -EBADF, -ENOTSOCK, -EFAULT; unix_connect()'s errors.
 */
SYSCALL_DEFINE3(connect, unsigned int, fd, const void __user *, from, int, len)
{
	struct file *file = sock_file_get(fd);
	struct sockaddr_storage_k addr;
	long ret;

	if (IS_ERR(file))
		return PTR_ERR(file);
	ret = get_address(&addr, from, len);
	if (!ret)
		ret = unix_connect(file->private_data, &addr, len,
				   wait_flags(file));
	fput(file);
	return ret;
}

/**
 * sys_listen - listen(2)
 *
 * Return: 0; -EBADF, -ENOTSOCK; unix_listen()'s errors.
 */
SYSCALL_DEFINE2(listen, unsigned int, fd, int, backlog)
{
	struct file *file = sock_file_get(fd);
	long ret;

	if (IS_ERR(file))
		return PTR_ERR(file);
	ret = unix_listen(file->private_data, backlog);
	fput(file);
	return ret;
}

/* The peer's name; 0 bytes: it has gone meanwhile. */
static int peer_address(struct unix_sock *sk, struct sockaddr_storage_k *addr)
{
	int len = 0;

	spin_lock(&unix_lock);
	if (sk->peer)
		len = unix_copy_address(sk->peer, addr);
	spin_unlock(&unix_lock);
	return len;
}

/* A connection becomes @new's; the caller's to drop also on failure. */
static long accept_into(struct file *file, struct file *new, void __user *to,
			int __user *ulen)
{
	struct sockaddr_storage_k addr = { .ss_family = AF_UNIX };
	struct unix_sock *sk =
		unix_accept(file->private_data, wait_flags(file));
	int len;

	if (IS_ERR(sk))
		return PTR_ERR(sk);
	sock_attach(new, sk);
	if (!to)
		return 0;
	len = peer_address(sk, &addr);
	return len ? put_address(&addr, len, to, ulen) : -ECONNABORTED;
}

/* All that can fail for want of memory comes first: nothing is lost then. */
static long do_accept(struct file *file, void __user *to, int __user *ulen,
		      unsigned int flags)
{
	int fd = get_unused_fd(0, flags & O_CLOEXEC);
	struct file *new;
	long err;

	if (fd < 0)
		return fd;
	new = sock_alloc_file(NULL, flags);
	err = PTR_ERR(new);
	if (!IS_ERR(new)) {
		err = accept_into(file, new, to, ulen);
		if (!err) {
			fd_install((unsigned int)fd, new);
			return fd;
		}
		fput(new);
	}
	put_unused_fd((unsigned int)fd);
	return err;
}

static long accept_fd(unsigned int fd, void __user *to, int __user *ulen,
		      unsigned int flags)
{
	struct file *file;
	long ret;

	if (flags & ~SOCK_FLAGS)
		return -EINVAL;
	file = sock_file_get(fd);
	if (IS_ERR(file))
		return PTR_ERR(file);
	ret = do_accept(file, to, ulen, flags);
	fput(file);
	return ret;
}

/**
 * sys_accept - accept(2)
 *
 * Return: the new descriptor; -EBADF, -ENOTSOCK, -EFAULT, -EMFILE, -ENFILE;
 * unix_accept()'s errors.
 */
SYSCALL_DEFINE3(accept, unsigned int, fd, void __user *, to, int __user *, ulen)
{
	return accept_fd(fd, to, ulen, 0);
}

/**
 * sys_accept4 - accept4(2)
 *
 * Return: as accept(2); -EINVAL: unknown flags.
 */
SYSCALL_DEFINE4(accept4, unsigned int, fd, void __user *, to, int __user *,
		ulen, unsigned int, flags)
{
	return accept_fd(fd, to, ulen, flags);
}

/**
 * sys_shutdown - shutdown(2)
 *
 * Return: 0; -EBADF, -ENOTSOCK; -EINVAL: @how.
 */
SYSCALL_DEFINE2(shutdown, unsigned int, fd, int, how)
{
	struct file *file = sock_file_get(fd);
	long ret;

	if (IS_ERR(file))
		return PTR_ERR(file);
	ret = unix_shutdown(file->private_data, how);
	fput(file);
	return ret;
}

/**
 * sys_getsockname - getsockname(2)
 *
 * Return: 0; -EBADF, -ENOTSOCK, -EINVAL, -EFAULT.
 */
SYSCALL_DEFINE3(getsockname, unsigned int, fd, void __user *, to, int __user *,
		ulen)
{
	struct file *file = sock_file_get(fd);
	struct sockaddr_storage_k addr;
	int len;

	if (IS_ERR(file))
		return PTR_ERR(file);
	len = unix_copy_address(file->private_data, &addr);
	fput(file);
	return put_address(&addr, len, to, ulen);
}

/**
 * sys_getpeername - getpeername(2)
 *
 * Return: 0; -ENOTCONN; -EBADF, -ENOTSOCK, -EINVAL, -EFAULT.
 */
SYSCALL_DEFINE3(getpeername, unsigned int, fd, void __user *, to, int __user *,
		ulen)
{
	struct file *file = sock_file_get(fd);
	struct sockaddr_storage_k addr;
	int len;

	if (IS_ERR(file))
		return PTR_ERR(file);
	len = peer_address(file->private_data, &addr);
	fput(file);
	return len ? put_address(&addr, len, to, ulen) : -ENOTCONN;
}

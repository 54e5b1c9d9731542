/* SPDX-License-Identifier: MIT */
/*
 * socketpair(2), shutdown(2), and whose name a socket has: nobody's.
 *
 * There is no bind(2) yet, so that nothing could connect to a socket of
 * socket(2): it has no family.
 */
#include <ikos/net.h>

#include <ikos/syscall.h>
#include <ikos/uaccess.h>

/* The type that a family's socket gets; -errno. */
static int check_type(int family, int type, int protocol)
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

/**
 * create_socket_pair - socketpair(2) without descriptors
 * @res: filled
 * @type: SOCK_STREAM, SOCK_DGRAM or SOCK_SEQPACKET
 * @flags: O_NONBLOCK
 *
 * Context: may sleep.
 * Return: 0; -ENOMEM, -ENFILE: no memory.
 */
int create_socket_pair(struct file *res[2], int type, unsigned int flags)
{
	struct unix_sock *a = unix_sock_alloc(type), *b = unix_sock_alloc(type);

	if (!a || !b) {
		unix_sock_put(a);
		unix_sock_put(b);
		return -ENOMEM;
	}
	res[0] = sock_alloc_file(a, flags);
	if (IS_ERR(res[0])) {
		unix_sock_put(b);
		return (int)PTR_ERR(res[0]);
	}
	res[1] = sock_alloc_file(b, flags);
	if (IS_ERR(res[1])) {
		fput(res[0]);
		return (int)PTR_ERR(res[1]);
	}
	unix_pair(a, b);
	return 0;
}

/* Two numbers, told to the user before they work. */
static int reserve_fds(int fds[2], int __user *ufds, unsigned int flags)
{
	int err = 0;

	fds[0] = get_unused_fd(0, flags);
	if (fds[0] < 0)
		return fds[0];
	fds[1] = get_unused_fd(0, flags);
	if (fds[1] < 0)
		err = fds[1];
	else if (copy_to_user(ufds, fds, 2 * sizeof(int)))
		err = -EFAULT;
	if (!err)
		return 0;
	if (fds[1] >= 0)
		put_unused_fd((unsigned int)fds[1]);
	put_unused_fd((unsigned int)fds[0]);
	return err;
}

/**
 * sys_socketpair - socketpair(2)
 *
 * Return: 0; -EINVAL: unknown flags or type; -EAFNOSUPPORT: not AF_UNIX;
 * -ESOCKTNOSUPPORT, -EPROTONOSUPPORT; -EMFILE, -ENFILE, -ENOMEM, -EFAULT.
 */
SYSCALL_DEFINE4(socketpair, int, family, int, type, int, protocol, int __user *,
		ufds)
{
	unsigned int flags = (unsigned int)type & ~SOCK_TYPE_MASK;
	struct file *files[2];
	int fds[2], err;

	if (flags & ~(unsigned int)(SOCK_CLOEXEC | SOCK_NONBLOCK))
		return -EINVAL;
	err = reserve_fds(fds, ufds, flags & O_CLOEXEC);
	if (err)
		return err;
	err = check_type(family, type & SOCK_TYPE_MASK, protocol);
	if (err > 0)
		err = create_socket_pair(files, err, flags);
	if (err) {
		put_unused_fd((unsigned int)fds[0]);
		put_unused_fd((unsigned int)fds[1]);
		return err;
	}
	fd_install((unsigned int)fds[0], files[0]);
	fd_install((unsigned int)fds[1], files[1]);
	return 0;
}

/**
 * sys_socket - socket(2)
 *
 * Return: -EAFNOSUPPORT; -EINVAL: unknown flags or type.
 */
SYSCALL_DEFINE3(socket, int, family, int, type, int, protocol)
{
	unsigned int flags = (unsigned int)type & ~SOCK_TYPE_MASK;
	int kind = type & SOCK_TYPE_MASK;

	if (flags & ~(unsigned int)(SOCK_CLOEXEC | SOCK_NONBLOCK))
		return -EINVAL;
	if (family >= 0 && family < AF_MAX && kind >= SOCK_MAX)
		return -EINVAL;
	return -EAFNOSUPPORT;
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

/* An address with nothing but its family, as far as it fits. */
static long put_unnamed(void __user *addr, int __user *ulen)
{
	uint16_t family = AF_UNIX;
	int len;

	if (get_user(len, ulen))
		return -EFAULT;
	if (len < 0)
		return -EINVAL;
	if (copy_to_user(addr, &family, min((size_t)len, sizeof(family))))
		return -EFAULT;
	return put_user((int)sizeof(family), ulen);
}

/**
 * sys_getsockname - getsockname(2)
 *
 * Return: 0; -EBADF, -ENOTSOCK, -EINVAL, -EFAULT.
 */
SYSCALL_DEFINE3(getsockname, unsigned int, fd, void __user *, addr,
		int __user *, ulen)
{
	struct file *file = sock_file_get(fd);

	if (IS_ERR(file))
		return PTR_ERR(file);
	fput(file);
	return put_unnamed(addr, ulen);
}

/**
 * sys_getpeername - getpeername(2)
 *
 * Return: 0; -ENOTCONN; -EBADF, -ENOTSOCK, -EINVAL, -EFAULT.
 */
SYSCALL_DEFINE3(getpeername, unsigned int, fd, void __user *, addr,
		int __user *, ulen)
{
	struct file *file = sock_file_get(fd);
	struct unix_sock *sk;
	bool connected;

	if (IS_ERR(file))
		return PTR_ERR(file);
	sk = file->private_data;
	connected = READ_ONCE(sk->peer);
	fput(file);
	return connected ? put_unnamed(addr, ulen) : -ENOTCONN;
}

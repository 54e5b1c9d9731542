/* SPDX-License-Identifier: MIT */
/*
 * socketpair(2).
 */
#include <ikos/net.h>

#include <ikos/syscall.h>
#include <ikos/uaccess.h>

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
	err = sock_check_type(family, type & SOCK_TYPE_MASK, protocol);
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

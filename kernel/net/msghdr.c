/* SPDX-License-Identifier: MIT */
/*
 * The struct msghdr of sendmsg(2) and recvmsg(2): read, checked, its list of
 * buffers fetched.
 */
#include "msghdr.h"

#include <ikos/slab.h>
#include <ikos/uaccess.h>

#include "../fs/internal.h"

static ssize_t check_iov(struct iovec_k *iov, size_t nr)
{
	size_t total = 0;

	for (size_t i = 0; i < nr; i++) {
		if ((ssize_t)iov[i].iov_len < 0)
			return -EINVAL;
		if (!access_ok(iov[i].iov_base, iov[i].iov_len))
			return -EFAULT;
		iov[i].iov_len = min(iov[i].iov_len, MAX_RW_COUNT - total);
		total += iov[i].iov_len;
	}
	return (ssize_t)total;
}

static int fetch_iov(struct user_msg *u)
{
	size_t nr = u->hdr.msg_iovlen;
	ssize_t total;

	if (nr > UIO_MAXIOV)
		return -EMSGSIZE;
	if (nr > ARRAY_SIZE(u->fast))
		u->iov = kmalloc(nr * sizeof(*u->iov), GFP_KERNEL);
	if (!u->iov)
		return -ENOMEM;
	if (copy_from_user(u->iov, u->hdr.msg_iov, nr * sizeof(*u->iov)))
		return -EFAULT;
	total = check_iov(u->iov, nr);
	if (total < 0)
		return (int)total;
	iov_iter_init(&u->iter, u->iov, (size_t)total, false);
	return 0;
}

/**
 * user_msg_get - fetch a struct msghdr and its list of buffers
 * @u: filled; user_msg_put() it, also on failure
 * @uhdr: in user space
 *
 * Context: may sleep.
 * Return: 0; -EFAULT; -EINVAL: a negative length; -EMSGSIZE: more than 1024
 * buffers; -ENOMEM.
 */
int user_msg_get(struct user_msg *u, const struct msghdr_k __user *uhdr)
{
	memset(&u->msg, 0, sizeof(u->msg));
	u->iov = u->fast;
	u->msg.iter = &u->iter;
	if (copy_from_user(&u->hdr, uhdr, sizeof(u->hdr)))
		return -EFAULT;
	if (!u->hdr.msg_name)
		u->hdr.msg_namelen = 0;
	if (u->hdr.msg_namelen < 0)
		return -EINVAL;
	return fetch_iov(u);
}

/**
 * user_msg_put - the end of user_msg_get()
 *
 * Context: any.
 */
void user_msg_put(struct user_msg *u)
{
	if (u->iov != u->fast)
		kfree(u->iov);
}

/**
 * user_msg_single - one buffer, for sendto(2) and recvfrom(2)
 * @u: filled; nothing to put
 *
 * Context: any.
 * Return: 0 or -EFAULT.
 */
int user_msg_single(struct user_msg *u, void __user *buf, size_t n)
{
	memset(&u->msg, 0, sizeof(u->msg));
	memset(&u->hdr, 0, sizeof(u->hdr));
	n = min(n, MAX_RW_COUNT);
	if (!access_ok(buf, n))
		return -EFAULT;
	u->iov = u->fast;
	u->fast[0] = (struct iovec_k){ buf, n };
	iov_iter_init(&u->iter, u->iov, n, false);
	u->msg.iter = &u->iter;
	return 0;
}

/**
 * put_address - tell the user an address, as far as it fits
 * @addr: the address
 * @len: its bytes, which the user learns also when there is less room
 * @to: room for it
 * @ulen: the size of that room, replaced by @len
 *
 * Context: may sleep.
 * Return: 0; -EFAULT; -EINVAL: a negative size.
 */
long put_address(const struct sockaddr_storage_k *addr, int len,
		 void __user *to, int __user *ulen)
{
	int room;

	if (get_user(room, ulen))
		return -EFAULT;
	if (room < 0)
		return -EINVAL;
	if (copy_to_user(to, addr, (size_t)min(room, len)))
		return -EFAULT;
	return put_user(len, ulen);
}

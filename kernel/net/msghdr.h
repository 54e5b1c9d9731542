/* SPDX-License-Identifier: MIT */
#ifndef NET_MSGHDR_H
#define NET_MSGHDR_H

#include <ikos/net.h>

/* A request of the user's, in the kernel. */
struct user_msg {
	struct msghdr_k hdr;
	struct iovec_k fast[8], *iov;
	struct iov_iter iter;
	struct sock_msg msg;
};

int user_msg_get(struct user_msg *u, const struct msghdr_k __user *uhdr);
long put_address(const struct sockaddr_storage_k *addr, int len,
		 void __user *to, int __user *ulen);
int user_msg_single(struct user_msg *u, void __user *buf, size_t n);
void user_msg_put(struct user_msg *u);

#endif

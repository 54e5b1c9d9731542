/* SPDX-License-Identifier: MIT */
#ifndef UAPI_UIO_H
#define UAPI_UIO_H

#include <stddef.h>

/* readv(2). */
struct iovec_k {
	void *iov_base;
	size_t iov_len;
};
#define UIO_MAXIOV 1024

#endif

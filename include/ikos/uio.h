/* SPDX-License-Identifier: MIT */
#ifndef IKOS_UIO_H
#define IKOS_UIO_H

#include <ikos/types.h>
#include <uapi/uio.h>

/*
 * Where the bytes of a read go or those of a write come from: a list of
 * buffers, all in user space or all in the kernel, and how far we are.
 */
struct iov_iter {
	const struct iovec_k *iov; /* the current one */
	size_t iov_offset; /* bytes of it that are done */
	size_t count; /* bytes left in all */
	bool kernel;
};

static inline void iov_iter_init(struct iov_iter *iter,
				 const struct iovec_k *iov, size_t count,
				 bool kernel)
{
	iter->iov = iov;
	iter->iov_offset = 0;
	iter->count = count;
	iter->kernel = kernel;
}

/* kernel/fs/iov_iter.c. Bytes copied, fewer than asked for after a fault or at
 * the end; the iterator moves by that much. May sleep. */
size_t copy_to_iter(const void *from, size_t n, struct iov_iter *iter);
size_t copy_from_iter(void *to, size_t n, struct iov_iter *iter);
size_t clear_iter(size_t n, struct iov_iter *iter); /* zeroes */

#endif

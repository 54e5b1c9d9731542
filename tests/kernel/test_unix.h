/* SPDX-License-Identifier: MIT */
#ifndef TEST_UNIX_H
#define TEST_UNIX_H

#include <ikos/net.h>
#include <uapi/poll.h>

#include "test_fs.h"

static __maybe_unused ssize_t put(struct file *file, const void *data, size_t n)
{
	return kernel_write(file, data, n, &file->f_pos);
}

static __maybe_unused ssize_t take(struct file *file, void *data, size_t n)
{
	return kernel_read(file, data, n, &file->f_pos);
}

/* One byte and a descriptor: 1 or -errno. */
static __maybe_unused ssize_t send_file(struct file *over, struct file *what)
{
	struct iovec_k iov = { "x", 1 };
	struct sock_msg m = { .flags = MSG_DONTWAIT };
	struct iov_iter iter;
	ssize_t ret;

	m.scm.fp = kzalloc(sizeof(*m.scm.fp), GFP_KERNEL);
	if (!m.scm.fp)
		return -ENOMEM;
	m.scm.fp->files[m.scm.fp->count++] = get_file(what);
	iov_iter_init(&iter, &iov, 1, true);
	m.iter = &iter;
	ret = unix_sendmsg(over->private_data, &m);
	scm_fp_free(m.scm.fp);
	return ret;
}

/* The descriptor that came with one byte, NULL: none; ERR_PTR. */
static __maybe_unused struct file *recv_file(struct file *over,
					     unsigned int flags)
{
	struct file *file = NULL;
	struct iov_iter iter;
	char byte;
	struct iovec_k iov = { &byte, 1 };
	struct sock_msg m = { .flags = MSG_DONTWAIT | flags, .iter = &iter };
	ssize_t ret;

	iov_iter_init(&iter, &iov, 1, true);
	ret = unix_recvmsg(over->private_data, &m);
	if (ret >= 0 && m.scm.fp)
		file = get_file(m.scm.fp->files[0]);
	scm_fp_free(m.scm.fp);
	return ret < 0 ? ERR_PTR(ret) : file;
}

static __maybe_unused unsigned int poll_of(struct file *file)
{
	return file->f_op->poll(file, NULL);
}

/* What is not closed by others is garbage then. */
static __maybe_unused void close_one_more(struct ktest_state *ktest_self)
{
	struct file *p[2];

	ASSERT(!create_socket_pair(p, SOCK_STREAM, 0));
	fput(p[0]);
	fput(p[1]);
}

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Copying to and from lists of buffers, in user space or in the kernel.
 */
#include <ikos/kernel.h>
#include <ikos/string.h>
#include <ikos/uaccess.h>
#include <ikos/uio.h>

/* Nearly every copy is one piece of one user buffer. */
static __always_inline bool is_simple(const struct iov_iter *iter, size_t n)
{
	return likely(!iter->kernel && n <= iter->count &&
		      n <= iter->iov->iov_len - iter->iov_offset);
}

static __always_inline char *take_simple(struct iov_iter *iter, size_t n)
{
	char *pos = (char *)iter->iov->iov_base + iter->iov_offset;

	iter->iov_offset += n;
	iter->count -= n;
	return pos;
}

/* Take back what was not copied. */
static noinline size_t untake(struct iov_iter *iter, size_t n, size_t left)
{
	iter->iov_offset -= left;
	iter->count += left;
	return n - left;
}

static void advance(struct iov_iter *iter, size_t n)
{
	iter->iov_offset += n;
	iter->count -= n;
	while (iter->count && iter->iov_offset == iter->iov->iov_len) {
		iter->iov++;
		iter->iov_offset = 0;
	}
}

/* The next piece without a seam: its address, and at most *n bytes of it. */
static char *piece(struct iov_iter *iter, size_t *n)
{
	size_t room;

	while (iter->iov_offset == iter->iov->iov_len) {
		iter->iov++;
		iter->iov_offset = 0;
	}
	room = min(iter->iov->iov_len - iter->iov_offset, iter->count);
	if (*n > room)
		*n = room;
	return (char *)iter->iov->iov_base + iter->iov_offset;
}

static noinline size_t copy_to_pieces(const void *from, size_t n,
				      struct iov_iter *iter)
{
	size_t done = 0;

	while (done < n && iter->count) {
		size_t len = n - done, left = 0;
		char *to = piece(iter, &len);

		if (iter->kernel)
			memcpy(to, (const char *)from + done, len);
		else
			left = copy_to_user(to, (const char *)from + done, len);
		done += len - left;
		advance(iter, len - left);
		if (left)
			break;
	}
	return done;
}

/**
 * copy_to_iter - give bytes to the reader
 * @from: the bytes
 * @n: how many
 * @iter: moves by what was copied
 *
 * Context: may sleep.
 * Return: bytes copied; fewer than @n at the end of @iter or after a fault.
 */
size_t copy_to_iter(const void *from, size_t n, struct iov_iter *iter)
{
	size_t left;

	if (!is_simple(iter, n))
		return copy_to_pieces(from, n, iter);
	left = copy_to_user(take_simple(iter, n), from, n);
	return likely(!left) ? n : untake(iter, n, left);
}

static noinline size_t copy_from_pieces(void *to, size_t n,
					struct iov_iter *iter)
{
	size_t done = 0;

	while (done < n && iter->count) {
		size_t len = n - done, left = 0;
		char *from = piece(iter, &len);

		if (iter->kernel)
			memcpy((char *)to + done, from, len);
		else
			left = raw_copy_from_user((char *)to + done, from, len);
		done += len - left;
		advance(iter, len - left);
		if (left)
			break;
	}
	return done;
}

/**
 * copy_from_iter - take bytes from the writer
 * @to: where to; what could not be copied stays as it was there
 * @n: how many
 * @iter: moves by what was copied
 *
 * Context: may sleep.
 * Return: bytes copied; fewer than @n at the end of @iter or after a fault.
 */
size_t copy_from_iter(void *to, size_t n, struct iov_iter *iter)
{
	size_t left;

	if (!is_simple(iter, n))
		return copy_from_pieces(to, n, iter);
	left = raw_copy_from_user(to, take_simple(iter, n), n);
	return likely(!left) ? n : untake(iter, n, left);
}

/**
 * clear_iter - give zeroes to the reader
 * @n: how many
 * @iter: moves by what was cleared
 *
 * Context: may sleep.
 * Return: bytes cleared; fewer than @n at the end of @iter or after a fault.
 */
size_t clear_iter(size_t n, struct iov_iter *iter)
{
	size_t done = 0;

	while (done < n && iter->count) {
		size_t len = n - done, left = 0;
		char *to = piece(iter, &len);

		if (iter->kernel)
			memset(to, 0, len);
		else
			left = clear_user(to, len);
		done += len - left;
		advance(iter, len - left);
		if (left)
			break;
	}
	return done;
}

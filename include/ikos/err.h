/* SPDX-License-Identifier: MIT */
#ifndef IKOS_ERR_H
#define IKOS_ERR_H

#include <ikos/types.h>
#include <uapi/errno.h>

/*
 * An error number where a pointer or an address is expected: the last 4095
 * values of the address space, where nothing is ever mapped.
 */
#define MAX_ERRNO 4095

#define IS_ERR_VALUE(x)                                                        \
	unlikely((unsigned long)(x) >= (unsigned long)-MAX_ERRNO)

static inline void *ERR_PTR(long error)
{
	return (void *)error;
}

static inline long PTR_ERR(const void *ptr)
{
	return (long)ptr;
}

static inline bool IS_ERR(const void *ptr)
{
	return IS_ERR_VALUE(ptr);
}

static inline bool IS_ERR_OR_NULL(const void *ptr)
{
	return !ptr || IS_ERR(ptr);
}

#endif

/* SPDX-License-Identifier: MIT */
#ifndef IKOS_MEMCHECK_H
#define IKOS_MEMCHECK_H

#include <ikos/types.h>

/*
 * What a memory checker is told in debug builds: bytes that nobody owns (free
 * pages, free objects, red zones) are closed, others open. The kernel's own
 * functions are empty; the host tests connect them to AddressSanitizer.
 */
#ifdef CONFIG_DEBUG_VM
void memcheck_open(const void *p, size_t n);
void memcheck_close(const void *p, size_t n);
#else
static inline void memcheck_open(const void *p, size_t n)
{
}
static inline void memcheck_close(const void *p, size_t n)
{
}
#endif

#endif

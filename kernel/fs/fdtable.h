/* SPDX-License-Identifier: MIT */
#ifndef FS_FDTABLE_H
#define FS_FDTABLE_H

#include "internal.h"

/* The bitmaps of a table of descriptors: kernel/fs/fdtable.c, fd.c. */
#define BITS 64u

static inline bool test_bit_at(const unsigned long *map, unsigned int n)
{
	return map[n / BITS] >> (n % BITS) & 1;
}

static inline void set_bit_at(unsigned long *map, unsigned int n)
{
	map[n / BITS] |= 1UL << (n % BITS);
}

static inline void clear_bit_at(unsigned long *map, unsigned int n)
{
	map[n / BITS] &= ~(1UL << (n % BITS));
}

/* kernel/fs/fdtable.c */
int files_grow(struct files_struct *files, unsigned int fd);

#endif

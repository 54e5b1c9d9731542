/* SPDX-License-Identifier: MIT */
#ifndef IKOS_MEMBLOCK_H
#define IKOS_MEMBLOCK_H

#include <ikos/types.h>

/*
 * The boot allocator: a sorted list of RAM ranges and one of reserved ranges,
 * used until page_alloc_init() takes over what is left. One CPU, no locks.
 * Addresses are physical bytes, ranges half-open [start, start + size).
 */
void memblock_add(phys_addr_t start, phys_addr_t size);
void memblock_reserve(phys_addr_t start, phys_addr_t size);
/* Zeroed memory below @limit (0: anywhere); panics when there is none. */
phys_addr_t memblock_alloc(phys_addr_t size, phys_addr_t align,
			   phys_addr_t limit);
phys_addr_t memblock_end(void); /* one past the highest byte of RAM */
phys_addr_t memblock_ram_size(void);

/* Walk the RAM ranges, and what is RAM and not reserved; index from 0, false
 * past the last. */
bool memblock_get_ram(unsigned int i, phys_addr_t *start, phys_addr_t *end);
bool memblock_get_free(unsigned int i, phys_addr_t *start, phys_addr_t *end);
/* Give reserved memory back (after page_alloc_init: to the buddy lists). */
void memblock_free(phys_addr_t start, phys_addr_t size);

#endif

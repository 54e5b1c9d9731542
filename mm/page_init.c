/* SPDX-License-Identifier: MIT */
/*
 * How the page allocator gets its memory. Owns mem_map, the array of all
 * struct pages, and the zero page.
 *
 *	frame	0   1        9f  a0     100        200            max_pfn
 *		[R ][ RAM     ]  (hole) [kernel: R][ RAM       ]
 *	given:	     1 … 9e			   200 … max_pfn - 1
 *
 * Every frame starts out as PG_reserved, holes too: so a block's buddy can be
 * looked at without asking whether there is memory. What memblock says is
 * free is handed over; so is, later, what boot code gives back.
 *
 * Invariants:
 *   P6  frame 0 is never handed out: number 0 can mean "none"
 *
 * Locks: boot, one CPU.
 *
 * Differs from Linux: mem_map covers holes as well. At 32 bytes a frame even
 * a hole of 1 GiB costs only 8 MiB, and page_to_pfn() is a subtraction.
 */
#include <ikos/memblock.h>
#include <ikos/memcheck.h>

#include "internal.h"

struct page *mem_map;
unsigned long max_pfn;
struct page *zero_page;

/**
 * free_reserved_range - hand over pages that were reserved until now
 * @start_pfn: first frame
 * @end_pfn: one past the last; an empty range is allowed
 *
 * Frame 0 stays reserved. Panics when a page is not reserved.
 * Context: boot, and memblock_free().
 */
void free_reserved_range(unsigned long start_pfn, unsigned long end_pfn)
{
	start_pfn = max(start_pfn, 1UL);
	if (start_pfn >= end_pfn)
		return;
	for (unsigned long pfn = start_pfn; pfn < end_pfn; pfn++) {
		struct page *page = pfn_to_page(pfn);

		if (!pfn_valid(pfn) || page->flags != PAGE_FLAG(PG_reserved))
			panic("The frame %#lx is given to the page allocator "
			      "but was not reserved",
			      pfn);
		page->flags = 0;
		atomic_set(&page->_refcount, 0);
	}
	memcheck_close(__va(PFN_PHYS(start_pfn)), (end_pfn - start_pfn)
							  << PAGE_SHIFT);
	buddy_add(start_pfn, end_pfn - start_pfn);
}

static void make_mem_map(void)
{
	struct page *map;

	max_pfn = PFN_UP(memblock_end());
	map = __va(memblock_alloc(max_pfn * sizeof(*map), PAGE_SIZE, 0));
	for (unsigned long pfn = 0; pfn < max_pfn; pfn++) {
		map[pfn].flags = PAGE_FLAG(PG_reserved);
		atomic_set(&map[pfn]._refcount, 1);
	}
	mem_map = map;
}

static void make_zero_page(void)
{
	zero_page = alloc_page(GFP_ATOMIC | __GFP_ZERO | __GFP_NOFAIL_INJECT);
	if (!zero_page)
		panic("Out of memory at boot: the machine has no free page");
	page_set(zero_page, PG_reserved);
}

/**
 * page_alloc_init - make mem_map and take over what memblock has left
 *
 * The zero page is made here, too.
 * Context: boot, once, one CPU. Panics without memory.
 */
void page_alloc_init(void)
{
	phys_addr_t start, end;

	buddy_init();
	make_mem_map();
	for (unsigned int i = 0; memblock_get_free(i, &start, &end); i++)
		free_reserved_range(PFN_UP(start), PFN_DOWN(end));
	make_zero_page();
}

/* SPDX-License-Identifier: MIT */
/*
 * Debug builds: free pages are filled with a pattern, and what is handed out
 * must still hold it. Owns the contents of free pages.
 *
 *	free:	aa aa aa aa aa aa aa aa …	PG_poisoned
 *	bug:	aa aa aa 07 aa aa aa aa …	somebody kept a pointer
 *	alloc:	panic: "… was written to: offset 3 …"
 *
 * Pages that were never in use are not filled: that would touch all memory at
 * boot. PG_poisoned tells which were.
 */
#include <ikos/memcheck.h>
#include <ikos/string.h>

#include "internal.h"

#ifdef CONFIG_DEBUG_VM

#define POISON 0xaaaaaaaaaaaaaaaaUL

/**
 * memcheck_open - somebody owns these bytes now; see ikos/memcheck.h
 */
__weak void memcheck_open(const void *p, size_t n)
{
}

/**
 * memcheck_close - nobody owns these bytes any more
 */
__weak void memcheck_close(const void *p, size_t n)
{
}

/**
 * poison_pages - fill free pages, close them to a memory checker
 * @page: the first; nobody has it any more
 * @nr: how many
 */
void poison_pages(struct page *page, unsigned long nr)
{
	for (unsigned long i = 0; i < nr; i++) {
		memset(page_address(page + i), (u8)POISON, PAGE_SIZE);
		page[i].flags |= PAGE_FLAG(PG_poisoned);
	}
	memcheck_close(page_address(page), nr << PAGE_SHIFT);
}

static void check_poison(struct page *page)
{
	const u64 *p = page_address(page);

	for (unsigned int i = 0; i < PAGE_SIZE / sizeof(*p); i++)
		if (p[i] != POISON)
			panic("The free page %#lx was written to: offset %u "
			      "holds %#lx",
			      page_to_phys(page), i * 8, (unsigned long)p[i]);
}

/**
 * unpoison_pages - open free pages that are about to be handed out
 * @page: the first
 * @nr: how many
 *
 * Panics when one that was filled has been written to since.
 */
void unpoison_pages(struct page *page, unsigned long nr)
{
	memcheck_open(page_address(page), nr << PAGE_SHIFT);
	for (unsigned long i = 0; i < nr; i++)
		if (page_test(page + i, PG_poisoned))
			check_poison(page + i);
}

#endif

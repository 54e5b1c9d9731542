/* SPDX-License-Identifier: MIT */
/*
 * Taking pages out of the page cache: an object becomes shorter, gets a hole,
 * or goes away. Owns the order of events, which keeps programs that have the
 * object mapped from seeing what is gone. ftruncate(fd, 0x1800) of a file of
 * four pages:
 *
 *	page	0	1		2	3
 *		[......][....:000000]	gone	gone
 *			     ^ new end, the rest of its page is zeroed
 *
 *	1. the size is set	   new faults beyond it give SIGBUS
 *	2. the pages leave the tree   nobody finds them any more
 *	3. the range is unmapped      those who had mapped them fault again
 *	4. the last page's tail is zeroed
 *
 * A fault that found a page before 2 sees, under the page table's lock, that
 * page->mapping is NULL; or it sets its pte before 3 comes to that table, and
 * 3 takes it away. No pte to a page that is gone is left, either way.
 *
 * Private copies in the range go as well (mmap(2): accesses beyond the end
 * give SIGBUS, whatever the mapping). A hole leaves them, as it moves no end.
 *
 * Locks: the owner's own (inode->i_lock) keeps two truncations apart;
 * tree_lock for 2; unmap_mapping_range() takes i_mmap_lock and each page
 * table's lock for 3.
 *
 * Differs from Linux: unmaps once, after taking the pages out; Linux must
 * unmap before as well, because there a mapped page is locked for long.
 */
#include <ikos/fs.h>
#include <ikos/mempolicy.h>
#include <ikos/string.h>

#include "internal.h"

#define BATCH 32

enum which {
	ALL,
	UNUSED /* preallocated, nobody has written or mapped them */
};

/* Take up to BATCH pages of [*index, end) out of the tree; how many. */
static unsigned int take_pages(struct address_space *mapping,
			       unsigned long *index, pgoff_t end,
			       enum which what, struct page **pages)
{
	unsigned int n = 0;

	spin_lock(&mapping->tree_lock);
	while (n < BATCH) {
		struct page *page = radix_tree_next(&mapping->pages, index);

		if (!page || *index >= end)
			break;
		if (what == UNUSED && page_test(page, PG_uptodate)) {
			++*index;
			continue;
		}
		page_cache_remove(mapping, page);
		pages[n++] = page;
	}
	spin_unlock(&mapping->tree_lock);
	return n;
}

/* Drop the pages [start, end) from the tree. */
static void remove_pages(struct address_space *mapping, pgoff_t start,
			 pgoff_t end, enum which what)
{
	struct page *pages[BATCH];
	unsigned long index = start;
	unsigned int n;

	while ((n = take_pages(mapping, &index, end, what, pages))) {
		page_cache_removed(mapping, n);
		release_pages(pages, n);
	}
}

/**
 * truncate_pages - drop pages from the cache and from all who map them
 * @mapping: the object
 * @start: first page
 * @end: one past the last; ULONG_MAX: all that follow
 *
 * What is touched there afterwards is made anew; beyond the end of the object
 * it gives SIGBUS.
 * Context: may sleep; the owner's lock held, no other.
 */
void truncate_pages(struct address_space *mapping, pgoff_t start, pgoff_t end)
{
	if (start >= end)
		return;
	remove_pages(mapping, start, end, ALL);
	unmap_mapping_range(mapping, start, end);
}

/**
 * truncate_preallocated - undo preallocate_page()
 * @mapping: the object
 * @start: first page
 * @end: one past the last
 *
 * Pages that have been written or mapped since stay.
 * Context: the owner's lock held.
 */
void truncate_preallocated(struct address_space *mapping, pgoff_t start,
			   pgoff_t end)
{
	remove_pages(mapping, start, end, UNUSED);
}

/* Zero [from, to), which lies in one page, if that is cached. */
static void zero_part(struct address_space *mapping, unsigned long from,
		      unsigned long to)
{
	struct page *page;

	if (from >= to)
		return;
	page = find_get_page(mapping, from >> PAGE_SHIFT);
	if (!page)
		return;
	memset((char *)page_address(page) + offset_in_page(from), 0, to - from);
	put_page(page);
}

/**
 * truncate_partial_page - zero a page's bytes from a position on
 * @mapping: the object
 * @from: position in bytes; nothing happens at a page boundary or when the
 *	page is not cached
 *
 * Context: the owner's lock held.
 */
void truncate_partial_page(struct address_space *mapping, loff_t from)
{
	zero_part(mapping, (unsigned long)from,
		  PAGE_ALIGN((unsigned long)from));
}

/**
 * truncate_hole - make a range of an object read as zeroes and cost nothing
 * @mapping: the object
 * @from: first byte
 * @to: end, in bytes, above @from
 *
 * Whole pages go, out of the mappings too; of the pages at the ends only the
 * bytes of the range are zeroed. Private copies stay: a hole is a write to the
 * object, not its end.
 *
 * Context: may sleep; the owner's lock held, no other. Source: fallocate(2).
 */
void truncate_hole(struct address_space *mapping, loff_t from, loff_t to)
{
	unsigned long first = PAGE_ALIGN((unsigned long)from);
	unsigned long last = (unsigned long)to & PAGE_MASK;
	pgoff_t start = first >> PAGE_SHIFT, end = last >> PAGE_SHIFT;

	if (first > last) { /* all inside one page */
		zero_part(mapping, (unsigned long)from, (unsigned long)to);
		return;
	}
	if (start < end) {
		remove_pages(mapping, start, end, ALL);
		unmap_mapping_pages(mapping, start, end, false);
	}
	zero_part(mapping, (unsigned long)from, first);
	zero_part(mapping, last, (unsigned long)to);
}

/**
 * truncate_setsize - make an object shorter or longer
 * @mapping: the object
 * @size: its new size in bytes, not negative
 *
 * Shorter, or the same: what lies beyond is dropped and unmapped, pages that
 * were preallocated there, too. Longer: the new bytes
 * read as zeroes, even where a program wrote beyond the old end through a
 * mapping of the last page (ftruncate(2)).
 * Context: may sleep; the owner's lock held.
 */
void truncate_setsize(struct address_space *mapping, loff_t size)
{
	loff_t old = mapping->size;

	if (size > old)
		truncate_partial_page(mapping, old);
	WRITE_ONCE(mapping->size, size);
	if (size > old)
		return;
	truncate_pages(mapping, PFN_UP((unsigned long)size), ULONG_MAX);
	truncate_partial_page(mapping, size);
}

/**
 * address_space_destroy - drop all pages of an object that goes away
 * @mapping: the object; no VMA maps it and nobody looks pages up any more
 *
 * Context: may sleep.
 */
void address_space_destroy(struct address_space *mapping)
{
	VM_BUG_ON(!RB_EMPTY_ROOT(&mapping->i_mmap));
	remove_pages(mapping, 0, ULONG_MAX, ALL);
	VM_BUG_ON(mapping->nrpages);
	mapping_promise(mapping, 0);
	mpol_free_shared(mapping);
}

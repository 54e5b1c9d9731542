/* SPDX-License-Identifier: MIT */
/*
 * Pages under ptes: who counts what when a page is mapped or unmapped.
 *
 * Each pte that maps a page holds one reference to it (_refcount) and is
 * counted once more in _mapcount. Others hold references too: the page cache
 * one, whoever has pinned the page one each.
 *
 *	a page of a file, mapped by two processes
 *	    _mapcount 2, _refcount 3  (two ptes, the page cache)
 *	an anonymous page after fork
 *	    _mapcount 2, _refcount 2  (two ptes): a write must copy
 *	the same after the child's exit
 *	    _mapcount 1, _refcount 1: a write may reuse it
 *
 * A pte of a table that several address spaces share (mm/share.c) is one pte:
 * one reference, one mapcount.
 *
 * The first and the last pte of a page also move the machine-wide figures
 * that /proc/meminfo shows: AnonPages and Mapped. What MADV_FREE has marked
 * counts as available.
 *
 * Invariants (validate_mm reports these numbers):
 *	I10  0 < _mapcount <= _refcount for each page that a pte maps
 *
 * Locks: the ptl of the page table that the pte is in.
 *
 * Linux names this file after the reverse map, which finds all ptes of a
 * page. Here an object's pages are found through its i_mmap tree and
 * anonymous pages through the address spaces; the counting is what is left.
 */
#include "internal.h"

/* Pages with a pte. Each CPU counts what it did itself, so that faults of
 * different CPUs share nothing here; only the sum is right. */
struct rmap_count {
	long anon; /* anonymous pages */
	long lazyfree; /* anonymous pages that were given up */
	long mapped; /* pages of the page cache */
};
static DEFINE_PER_CPU(struct rmap_count, rmap_counts);

/* No interrupt handler maps or unmaps pages, and a task in the kernel keeps
 * its CPU: so this needs no atomic instruction. */
static inline void count_anon(long n)
{
	this_cpu_ptr(&rmap_counts)->anon += n;
}

static inline void count_lazyfree(long n)
{
	this_cpu_ptr(&rmap_counts)->lazyfree += n;
}

static inline void count_mapped(long n)
{
	this_cpu_ptr(&rmap_counts)->mapped += n;
}

/**
 * nr_anon_pages - AnonPages: mapped anonymous pages of the machine
 *
 * Return: pages.
 */
unsigned long nr_anon_pages(void)
{
	long sum = 0;

	for (unsigned int cpu = 0; cpu < nr_cpus_online; cpu++)
		sum += READ_ONCE(per_cpu_ptr(&rmap_counts, cpu)->anon);
	return sum > 0 ? (unsigned long)sum : 0;
}

/**
 * nr_lazyfree_pages - anonymous pages that their programs have given up
 *
 * Those that were written again since count until somebody looks.
 *
 * Return: pages.
 */
unsigned long nr_lazyfree_pages(void)
{
	long sum = 0;

	for (unsigned int cpu = 0; cpu < nr_cpus_online; cpu++)
		sum += READ_ONCE(per_cpu_ptr(&rmap_counts, cpu)->lazyfree);
	return sum > 0 ? (unsigned long)sum : 0;
}

/**
 * nr_mapped_pages - Mapped: page cache pages that a pte maps
 *
 * Return: pages.
 */
unsigned long nr_mapped_pages(void)
{
	long sum = 0;

	for (unsigned int cpu = 0; cpu < nr_cpus_online; cpu++)
		sum += READ_ONCE(per_cpu_ptr(&rmap_counts, cpu)->mapped);
	return sum > 0 ? (unsigned long)sum : 0;
}

/**
 * page_add_anon_rmap - a new page becomes anonymous memory
 * @page: the page; nobody else knows it yet
 *
 * Context: any; the pte is set next.
 */
void page_add_anon_rmap(struct page *page)
{
	page_set(page, PG_anon);
	atomic_set(&page->_mapcount, 1);
	count_anon(1);
}

/**
 * page_add_file_rmap - a pte is about to map a page of an object
 * @page: the page; the caller's reference becomes the pte's
 *
 * Context: the page table's ptl.
 */
void page_add_file_rmap(struct page *page)
{
	if (atomic_add_return(1, &page->_mapcount) == 1)
		count_mapped(1);
}

/**
 * page_dup_rmap - fork: one more pte maps a page that one maps already
 * @page: the page; a reference for the pte has been taken
 *
 * Context: the ptl of the parent's page table.
 */
void page_dup_rmap(struct page *page)
{
	VM_BUG_ON(page_mapcount(page) <= 0);
	atomic_inc(&page->_mapcount);
}

/**
 * page_remove_rmap - a pte that mapped a page was cleared
 * @page: the page; the pte's reference is still held
 *
 * Context: the page table's ptl.
 */
void page_remove_rmap(struct page *page)
{
	VM_BUG_ON(page_mapcount(page) <= 0);
	if (!atomic_dec_and_test(&page->_mapcount))
		return;
	if (page_test(page, PG_anon)) {
		count_anon(-1);
		if (unlikely(page_test(page, PG_lazyfree)))
			page_clear_lazyfree(page);
	} else {
		count_mapped(-1);
	}
}

/**
 * page_set_lazyfree - its program does not need the contents: MADV_FREE
 * @page: an anonymous page
 *
 * Context: the ptl of a page table that maps it.
 */
void page_set_lazyfree(struct page *page)
{
	VM_BUG_ON(!page_test(page, PG_anon));
	if (!page_test_and_set(page, PG_lazyfree))
		count_lazyfree(1);
}

/**
 * page_clear_lazyfree - the page was written again, or is not mapped any more
 * @page: an anonymous page
 *
 * Context: the ptl of a page table that maps it, or mapped it.
 */
void page_clear_lazyfree(struct page *page)
{
	if (page_test_and_clear(page, PG_lazyfree))
		count_lazyfree(-1);
}

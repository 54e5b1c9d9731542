/* SPDX-License-Identifier: MIT */
/*
 * Taking pages out of an address space: unhook, flush, free.
 *
 * A page may be freed only after every CPU has forgotten its translation, or
 * a program could go on writing to memory that by then belongs to another.
 * Flushing after each page would be safe and slow; so pages whose ptes are
 * gone are collected, and flushed and freed together.
 *
 *	munmap of three pages, the last of them never touched:
 *
 *	pte 0x7000 cleared   tlb_note_range  [0x7000, 0x8000)   pages: x
 *	pte 0x8000 cleared   tlb_note_range  [0x7000, 0x9000)   pages: x y
 *	0x9000 is empty
 *	tlb_finish_mmu       flush_tlb_range [0x7000, 0x9000)
 *	                     put_page x, y
 *
 * The first eight page pointers fit into the structure, which lives on the
 * stack: unmapping a few pages allocates nothing. When more are coming, a page
 * is borrowed for pointers; if there is none, the eight are reused. Nothing
 * here can fail.
 *
 * Invariants:
 *	- a page in the batch has no pte in this address space any more
 *	- nothing is freed between the clearing of its entry and the flush
 *
 * Locks: tlb_remove_page() is called with a page table's ptl held and neither
 * sleeps nor flushes; the others are called without.
 */
#include <asm/tlbflush.h>

#include "internal.h"

static void tlb_reset_range(struct mmu_gather *tlb)
{
	tlb->start = ~0UL;
	tlb->end = 0;
	tlb->freed_tables = false;
}

/**
 * tlb_gather_mmu - begin to take pages out of an address space
 * @tlb: the collection, on the caller's stack
 * @mm: address space
 * @fullmm: all of it goes
 *
 * Context: what the caller's walk needs.
 */
void tlb_gather_mmu(struct mmu_gather *tlb, struct mm_struct *mm, bool fullmm)
{
	tlb->mm = mm;
	tlb->fullmm = fullmm;
	tlb->keep_shared = false;
	tlb->keep_cows = false;
	tlb->nr = 0;
	tlb->max = ARRAY_SIZE(tlb->local);
	tlb->pages = tlb->local;
	tlb_reset_range(tlb);
}

/**
 * tlb_expect_pages - make room for a long batch
 * @tlb: the collection
 * @nr: pages that may come soon
 *
 * Context: no page-table lock held. Does not fail: without memory the batch
 * stays short.
 */
void tlb_expect_pages(struct mmu_gather *tlb, unsigned int nr)
{
	struct page *store, **pages;

	if (tlb->nr + nr <= tlb->max || tlb->pages != tlb->local)
		return;
	store = alloc_page(GFP_ATOMIC | __GFP_NOWARN);
	if (!store)
		return;
	pages = page_address(store);
	for (unsigned int i = 0; i < tlb->nr; i++)
		pages[i] = tlb->local[i];
	tlb->pages = pages;
	tlb->max = MMU_GATHER_BATCH;
}

/**
 * tlb_remove_table - hand over a page table that was just unhooked
 * @tlb: the collection
 * @table: its page
 *
 * CPUs cache upper-level entries too, so the flush must follow even when the
 * table mapped nothing.
 *
 * Context: no page-table lock held.
 */
void tlb_remove_table(struct mmu_gather *tlb, struct page *table)
{
	tlb->freed_tables = true;
	tlb->pages[tlb->nr++] = table;
	if (tlb->nr == tlb->max)
		tlb_flush_mmu(tlb);
}

static void tlb_flush(struct mmu_gather *tlb)
{
	if (tlb->freed_tables || (tlb->fullmm && tlb->end))
		flush_tlb_mm(tlb->mm);
	else if (tlb->start < tlb->end)
		flush_tlb_range(tlb->mm, tlb->start, tlb->end);
	tlb_reset_range(tlb);
}

/* Page tables go their own way; the pages close up. */
static void free_collected_tables(struct mmu_gather *tlb)
{
	unsigned int kept = 0;

	for (unsigned int i = 0; i < tlb->nr; i++) {
		struct page *page = tlb->pages[i];

		if (page_test(page, PG_table))
			pgtable_free(page);
		else
			tlb->pages[kept++] = page;
	}
	tlb->nr = kept;
}

/**
 * tlb_flush_mmu - flush what was touched, free what was collected
 * @tlb: the collection, empty afterwards
 *
 * Context: no page-table lock held.
 */
void tlb_flush_mmu(struct mmu_gather *tlb)
{
	bool tables = tlb->freed_tables;

	tlb_flush(tlb);
	if (tables)
		free_collected_tables(tlb);
	release_pages(tlb->pages, tlb->nr);
	tlb->nr = 0;
}

/**
 * tlb_finish_mmu - the end: flush and free the rest
 * @tlb: the collection
 *
 * Context: no page-table lock held.
 */
void tlb_finish_mmu(struct mmu_gather *tlb)
{
	if (tlb->nr || tlb->end || tlb->freed_tables)
		tlb_flush_mmu(tlb);
	if (tlb->pages != tlb->local)
		put_page(virt_to_page(tlb->pages));
}

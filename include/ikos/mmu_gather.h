/* SPDX-License-Identifier: MIT */
#ifndef IKOS_MMU_GATHER_H
#define IKOS_MMU_GATHER_H

#include <ikos/mm_types.h>

/*
 * Taking pages out of an address space, in the only safe order:
 *
 *	unhook (clear the pte) -> flush (the TLBs forget) -> free
 *
 * tlb_gather_mmu() starts, tlb_remove_page() collects a page whose pte is
 * already gone, tlb_finish_mmu() flushes what was touched and then frees what
 * was collected. When the batch is full, flush and free happen on the way.
 */
#define MMU_GATHER_BATCH 500

struct mmu_gather {
	struct mm_struct *mm;
	unsigned long start, end; /* range of cleared ptes so far */
	bool fullmm; /* all of it goes: flush it as a whole */
	bool freed_tables;
	bool keep_shared; /* pass by tables that are shared: truncation */
	bool keep_cows; /* private copies stay: set after tlb_gather_mmu() */
	unsigned int nr; /* pages collected */
	unsigned int max;
	struct page **pages; /* a page of pointers, or @local */
	struct page *local[8]; /* when there was no memory for one */
};

void tlb_gather_mmu(struct mmu_gather *tlb, struct mm_struct *mm, bool fullmm);
void tlb_finish_mmu(struct mmu_gather *tlb);
void tlb_flush_mmu(struct mmu_gather *tlb);
/* That many pages may come: borrow memory for a long batch if need be. */
void tlb_expect_pages(struct mmu_gather *tlb, unsigned int nr);
/* The pte at @addr was cleared or lost rights. */
static inline void tlb_note_range(struct mmu_gather *tlb, unsigned long addr,
				  unsigned long end)
{
	if (addr < tlb->start)
		tlb->start = addr;
	if (end > tlb->end)
		tlb->end = end;
}
/* Hand over the reference that the pte at @addr held; its ptl may be held.
 * True: the batch is full, call tlb_flush_mmu() when it no longer is. */
static inline bool tlb_remove_page(struct mmu_gather *tlb, struct page *page,
				   unsigned long addr)
{
	VM_BUG_ON(tlb->nr >= tlb->max);
	tlb_note_range(tlb, addr, addr + PAGE_SIZE);
	tlb->pages[tlb->nr++] = page;
	return tlb->nr == tlb->max;
}
/* The same for a page-table page. */
void tlb_remove_table(struct mmu_gather *tlb, struct page *table);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * The figures of /proc/PID/smaps: what an area's ptes map, by kind.
 *
 * Each page that a pte maps is put into one of four drawers and added to the
 * sums it belongs to:
 *
 *	            clean                dirty (the pte's bit, or the page's)
 *	one pte     private_clean        private_dirty
 *	more        shared_clean         shared_dirty
 *
 *	resident    all of them          referenced  the pte is young
 *	anonymous   not of an object     lazyfree    anonymous and clean: the
 *	                                             program gave it up
 *	pss         each page divided by the number of its sharers
 *	most_sharers  that number, of the page that has most
 *
 * A worked example. A parent has written three pages and forks; the child
 * writes one of them:
 *
 *	child   0x5000  x   2 sharers, dirty   shared_dirty   4 KiB   pss 2 KiB
 *	        0x6000  y'  1 sharer,  dirty   private_dirty  4 KiB   pss 4 KiB
 *	        0x7000  z   2 sharers, dirty   shared_dirty   4 KiB   pss 2 KiB
 *	        Rss 12 kB, Pss 8 kB
 *
 * The zero page and device memory belong to nobody and are not counted, so
 * Rss over all areas is the sum of rss_stat.
 *
 * Locks: mmap_lock for reading; each table's ptl. A sharer that comes or goes
 * meanwhile makes one page's share a little wrong, as on Linux.
 *
 * Differs from Linux: no swap, no huge pages. A page-table page may be shared
 * by parent and child after fork, so the sharers of a page are not just its
 * _mapcount: see page_sharers().
 */
#include <ikos/mm_views.h>

#include "internal.h"

static void add_share(struct mem_size_stats *mss, const struct page *page,
		      u64 share, bool locked)
{
	mss->pss += share;
	if (locked)
		mss->pss_locked += share;
	switch (mm_counter_of(page)) {
	case MM_ANONPAGES:
		mss->pss_anon += share;
		break;
	case MM_SHMEMPAGES:
		mss->pss_shmem += share;
		break;
	default:
		mss->pss_file += share;
	}
}

static void count_page(struct mem_size_stats *mss, const struct page *page,
		       pte_t pte, unsigned int sharers, bool locked)
{
	bool dirty = pte_dirty(pte) || page_test(page, PG_dirty);
	u64 share = ((u64)PAGE_SIZE << PSS_SHIFT) / sharers;

	mss->resident += PAGE_SIZE;
	if (page_test(page, PG_anon)) {
		mss->anonymous += PAGE_SIZE;
		if (!dirty && page_test(page, PG_lazyfree))
			mss->lazyfree += PAGE_SIZE;
	}
	if (pte_young(pte) || page_test(page, PG_referenced))
		mss->referenced += PAGE_SIZE;
	add_share(mss, page, share, locked);
	mss->most_sharers = max(mss->most_sharers, sharers);
	if (dirty)
		mss->pss_dirty += share;
	if (sharers > 1)
		*(dirty ? &mss->shared_dirty : &mss->shared_clean) += PAGE_SIZE;
	else
		*(dirty ? &mss->private_dirty : &mss->private_clean) +=
			PAGE_SIZE;
}

static void gather_table(const struct vm_area_struct *vma, pmd_t pmd,
			 unsigned long addr, unsigned long end,
			 struct mem_size_stats *mss)
{
	bool locked = vma->vm_flags & VM_LOCKED;
	struct page *table = pmd_page(pmd);
	const pte_t *pte = pte_offset(pmd, addr);
	unsigned int left;

	spin_lock(&table->ptl);
	left = table->pt_entries;
	for (; addr < end && left; addr += PAGE_SIZE, pte++) {
		pte_t e = pte_read(pte);
		struct page *page;

		if (pte_none(e))
			continue;
		left--;
		page = pte_counted_page(e);
		if (page)
			count_page(mss, page, e, page_sharers(page, table),
				   locked);
	}
	spin_unlock(&table->ptl);
}

/**
 * smap_gather_stats - add up what an area's ptes map
 * @vma: the area
 * @mss: its figures are added here
 *
 * Context: mmap_lock held. Source: proc(5), /proc/PID/smaps.
 */
void smap_gather_stats(struct vm_area_struct *vma, struct mem_size_stats *mss)
{
	unsigned long addr = vma->vm_start, next;
	pmd_t *pmd;

	mmap_assert_locked(vma->vm_mm);
	for (; (pmd = next_pmd(vma->vm_mm, &addr, vma->vm_end)); addr = next) {
		next = pmd_addr_end(addr, vma->vm_end);
		gather_table(vma, pmd_read(pmd), addr, next, mss);
	}
}

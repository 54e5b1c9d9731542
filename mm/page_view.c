/* SPDX-License-Identifier: MIT */
/*
 * Single pages seen from outside: /proc/PID/pagemap and /proc/PID/clear_refs.
 *
 * pagemap tells one 64-bit word about each page of the address space:
 *
 *	 63 62 61 60     57 56 55 54                                   0
 *	+--+--+--+---------+--+--+--------------------------------------+
 *	|P |S |F |    0    |X |D |          frame number                |
 *	+--+--+--+---------+--+--+--------------------------------------+
 *	P present   S swapped: never   F of an object   X one pte maps it
 *	D soft-dirty: never
 *
 * Example: an anonymous page in frame 0x1234 that nobody shares, then a hole,
 * then a page of libc that three programs map:
 *
 *	0x8100000000001234   0x0000000000000000   0xa000000000004711
 *
 * clear_refs takes the accessed bit from ptes and pages, so that some time
 * later "Referenced" in smaps tells what has been used since: a program's
 * working set.
 *
 * Locks: mmap_lock for reading (pagemap), for writing (clear_refs); each
 * table's ptl.
 *
 * Differs from Linux: no soft-dirty bits, as a Linux built without
 * CONFIG_MEM_SOFT_DIRTY: clear_refs takes a 4 and has nothing to do.
 */
#include <asm/tlbflush.h>
#include <ikos/mm_views.h>

#include "internal.h"

/* --- pagemap ------------------------------------------------------------------ */

static u64 page_entry(pte_t pte, const struct page *table, bool show_pfn)
{
	struct page *page = pte_counted_page(pte);
	u64 entry = PM_PRESENT;

	if (show_pfn)
		entry |= pte_pfn(pte) & ((1UL << PM_PFRAME_BITS) - 1);
	if (page && !page_test(page, PG_anon))
		entry |= PM_FILE;
	if (page && page_sharers(page, table) == 1)
		entry |= PM_MMAP_EXCLUSIVE;
	return entry;
}

static void table_entries(pmd_t pmd, unsigned long addr, unsigned long end,
			  u64 *entries, bool show_pfn)
{
	struct page *table = pmd_page(pmd);
	const pte_t *pte = pte_offset(pmd, addr);

	spin_lock(&table->ptl);
	for (; addr < end; addr += PAGE_SIZE, pte++, entries++) {
		pte_t e = pte_read(pte);

		if (!pte_none(e))
			*entries = page_entry(e, table, show_pfn);
	}
	spin_unlock(&table->ptl);
}

/**
 * vm_page_entries - the words of /proc/PID/pagemap
 * @mm: address space
 * @start: address of the first page; the last lies below TASK_SIZE
 * @nr: pages
 * @entries: one word for each, filled
 * @show_pfn: the reader may know frame numbers
 *
 * Context: may sleep; takes mmap_lock for reading.
 */
void vm_page_entries(struct mm_struct *mm, unsigned long start, unsigned int nr,
		     u64 *entries, bool show_pfn)
{
	unsigned long end = start + ((unsigned long)nr << PAGE_SHIFT);
	unsigned long addr = start, next;
	pmd_t *pmd;

	for (unsigned int i = 0; i < nr; i++)
		entries[i] = 0;
	mmap_read_lock(mm);
	for (; (pmd = next_pmd(mm, &addr, end)); addr = next) {
		next = pmd_addr_end(addr, end);
		table_entries(pmd_read(pmd), addr, next,
			      entries + ((addr - start) >> PAGE_SHIFT),
			      show_pfn);
	}
	mmap_read_unlock(mm);
}

/* --- clear_refs ----------------------------------------------------------------- */

static void clear_table(pmd_t pmd, unsigned long addr, unsigned long end)
{
	struct page *table = pmd_page(pmd);
	pte_t *pte = pte_offset(pmd, addr);
	unsigned int left;

	spin_lock(&table->ptl);
	left = table->pt_entries;
	for (; addr < end && left; addr += PAGE_SIZE, pte++) {
		struct page *page;

		if (pte_none(pte_read(pte)))
			continue;
		left--;
		pte_set_old(pte);
		page = pte_counted_page(pte_read(pte));
		if (page)
			page_clear(page, PG_referenced);
	}
	spin_unlock(&table->ptl);
}

static void clear_area(struct vm_area_struct *vma)
{
	unsigned long addr = vma->vm_start, next;
	pmd_t *pmd;

	for (; (pmd = next_pmd(vma->vm_mm, &addr, vma->vm_end)); addr = next) {
		next = pmd_addr_end(addr, vma->vm_end);
		clear_table(pmd_read(pmd), addr, next);
	}
}

static bool wanted(const struct vm_area_struct *vma, int type)
{
	if (vma->vm_flags & VM_PFNMAP)
		return false;
	return type == CLEAR_REFS_ALL ||
	       (type == CLEAR_REFS_ANON) == !vma->vm_file;
}

static void clear_areas(struct mm_struct *mm, int type)
{
	struct vm_area_struct *vma;

	for (vma = mm->mmap; vma; vma = vma->vm_next)
		if (wanted(vma, type))
			clear_area(vma);
	flush_tlb_mm(mm);
}

/**
 * vm_clear_refs - forget which pages have been used
 * @mm: address space
 * @type: CLEAR_REFS_ALL, _ANON: areas without a file, _MAPPED: those with one;
 *	_HIWATER_RSS: forget the peak of resident memory instead;
 *	_SOFT_DIRTY: nothing
 *
 * Context: may sleep; takes mmap_lock for writing. Source: proc(5).
 */
void vm_clear_refs(struct mm_struct *mm, int type)
{
	mmap_write_lock(mm);
	switch (type) {
	case CLEAR_REFS_HIWATER_RSS:
		mm->hiwater_rss = mm_rss(mm);
		break;
	case CLEAR_REFS_SOFT_DIRTY:
		break;
	default:
		clear_areas(mm, type);
	}
	mmap_write_unlock(mm);
}

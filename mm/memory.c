/* SPDX-License-Identifier: MIT */
/*
 * Ranges of ptes: clearing them, copying them, changing their rights.
 *
 * Three verbs work on many pages at once, and each is one pass over the page
 * tables of the range: a table is locked once, its entries handled, and the
 * counters brought up to date once for all of them.
 *
 *	zap_page_range      munmap, exit, MADV_DONTNEED, truncate
 *	copy_page_range     fork
 *	change_protection   mprotect
 *
 * A worked example: fork of a parent with three pages in a private area.
 *
 *	parent before        parent after         child
 *	0x5000 x rw dirty    0x5000 x r  dirty    0x5000 x r     x: 2 references
 *	0x6000 zero r        0x6000 zero r        0x6000 zero r  never counted
 *	0x7000 -             0x7000 -             0x7000 -       faults later
 *
 * Nobody may write x now without a fault, and the fault (mm/cow.c) sees from
 * the references that it must copy. A table with many pages is shared instead
 * (mm/share.c), and copied so when somebody writes below it.
 *
 * Invariants (validate_mm reports these numbers):
 *	I8   each pte lies inside a VMA
 *	I9   no pte grants more than its VMA; a writable pte of a private area
 *	     maps an anonymous page that no other pte maps (a pte of a table
 *	     that is shared is one pte)
 *	I11  rss_stat is the number of ptes by kind of page; the zero page and
 *	     device memory do not count
 *	I13  an area that maps an anonymous page has a vm_anon
 *
 * Locks: each table's ptl, one at a time (fork: the child's, then the
 * parent's). Around it mmap_lock: for writing, except MADV_DONTNEED, which
 * needs it for reading only; truncation holds the object's i_mmap_lock instead.
 *
 * Linux passes the VMA to each zap. Here a page says itself how it is counted,
 * so that one pass can cross areas and holes alike.
 */
#include <asm/tlbflush.h>

#include "internal.h"

/* What a pass over one table has gathered, for one update at its end. */
struct rss_delta {
	long n[NR_MM_COUNTERS];
};

static void rss_apply(struct mm_struct *mm, const struct rss_delta *rss)
{
	for (int i = 0; i < NR_MM_COUNTERS; i++)
		if (rss->n[i])
			mm_counter_add(mm, i, rss->n[i]);
}

/* --- zap ---------------------------------------------------------------------- */

/* Clear an entry in use. True: the batch is full. */
static bool zap_pte(struct mmu_gather *tlb, pte_t *pte, unsigned long addr,
		    struct rss_delta *rss)
{
	pte_t old = pte_get_and_clear(pte);
	struct page *page = pte_counted_page(old);
	int member;

	if (!page) {
		tlb_note_range(tlb, addr, addr + PAGE_SIZE);
		return false;
	}
	member = mm_counter_of(page);
	if (member != MM_ANONPAGES && pte_dirty(old))
		page_set(page, PG_dirty);
	rss->n[member]--;
	page_remove_rmap(page);
	return tlb_remove_page(tlb, page, addr);
}

static bool is_private_copy(pte_t pte)
{
	struct page *page = pte_counted_page(pte);

	return page && page_test(page, PG_anon);
}

static inline bool four_empty(const pte_t *pte)
{
	return !(pte_read(pte).v | pte_read(pte + 1).v | pte_read(pte + 2).v |
		 pte_read(pte + 3).v);
}

/* The first page of [addr, end) that @first, the entry of @addr, or one behind
 * it maps; @end: none. Eight at a time: most often many are empty, or none. */
static unsigned long skip_empty(const pte_t *first, unsigned long addr,
				unsigned long end)
{
	const pte_t *pte = first, *last = first + ((end - addr) >> PAGE_SHIFT);

	while (pte + 8 <= last && four_empty(pte) && four_empty(pte + 4))
		pte += 8;
	while (pte < last && pte_none(pte_read(pte)))
		pte++;
	return addr + ((unsigned long)(pte - first) << PAGE_SHIFT);
}

/* Clear [addr, end) of one table; stops early when the batch is full. Returns
 * where it stopped. */
static unsigned long zap_table(struct mmu_gather *tlb, pmd_t *pmd,
			       unsigned long addr, unsigned long end)
{
	struct page *table = pmd_page(pmd_read(pmd));
	struct rss_delta rss = { 0 };
	unsigned int left, kept = 0;
	bool full = false;
	pte_t *pte;

	/* Truncation has to wait for a fault that holds the lock: it may have
	 * found the page in its file still, and maps it. */
	if (!READ_ONCE(table->pt_entries) && !tlb->keep_shared)
		return end;
	spin_lock(&table->ptl);
	addr = skip_empty(pte_offset(pmd_read(pmd), addr), addr, end);
	if (addr == end) {
		spin_unlock(&table->ptl);
		return end;
	}
	update_hiwater_rss(tlb->mm);
	left = min_t(unsigned long, table->pt_entries,
		     (end - addr) >> PAGE_SHIFT);
	if (tlb->nr + left > tlb->max) {
		spin_unlock(&table->ptl); /* it may allocate */
		tlb_expect_pages(tlb, left);
		spin_lock(&table->ptl);
	}
	pte = pte_offset(pmd_read(pmd), addr);
	left = table->pt_entries;
	for (; addr < end && left && !full; addr += PAGE_SIZE, pte++) {
		if (pte_none(pte_read(pte)))
			continue;
		left--;
		if (unlikely(tlb->keep_cows) && is_private_copy(pte_read(pte)))
			kept++;
		else
			full = zap_pte(tlb, pte, addr, &rss);
	}
	table->pt_entries = left + kept;
	table->pt_anon += (u32)rss.n[MM_ANONPAGES];
	spin_unlock(&table->ptl);
	rss_apply(tlb->mm, &rss);
	if (!full)
		return end;
	tlb_flush_mmu(tlb);
	return addr;
}

/* Whether the table below a pmd entry without _PAGE_RW is dealt with as a
 * whole: dropped, or none of our business. */
static bool zap_shared_table(struct mmu_gather *tlb, pmd_t *pmd,
			     unsigned long addr)
{
	if (tlb->keep_shared)
		return true;
	update_hiwater_rss(tlb->mm);
	return drop_shared_table(tlb, pmd, addr);
}

/**
 * zap_page_range - unmap all pages of a range
 * @tlb: collects them
 * @start: first byte, page aligned
 * @end: end, page aligned
 *
 * The areas stay: a later access faults anew. A shared table is dropped: where
 * the address space keeps something below it, unshare_tables() comes before.
 *
 * Context: mmap_lock held, for writing when tables may be shared; or the
 * i_mmap_lock of the object that an area maps there, and @tlb->keep_shared; no
 * page-table lock. Does not fail.
 */
void zap_page_range(struct mmu_gather *tlb, unsigned long start,
		    unsigned long end)
{
	unsigned long addr = start, next;
	pmd_t *pmd;

	for (; (pmd = next_pmd(tlb->mm, &addr, end)); addr = next) {
		next = pmd_addr_end(addr, end);
		if (unlikely(!pmd_write(pmd_read(pmd))) &&
		    zap_shared_table(tlb, pmd, addr))
			continue;
		next = zap_table(tlb, pmd, addr, next);
		if (next < end)
			resched_or_killed();
	}
}

static void unmap_area(struct vm_area_struct *vma, pgoff_t start, pgoff_t end,
		       bool even_cows)
{
	pgoff_t first = max(start, vma->vm_pgoff);
	pgoff_t stop = min(end, vma->vm_pgoff + vma_pages(vma));
	struct mmu_gather tlb;

	tlb_gather_mmu(&tlb, vma->vm_mm, false);
	tlb.keep_shared = true;
	tlb.keep_cows = !even_cows;
	zap_page_range(&tlb,
		       vma->vm_start + ((first - vma->vm_pgoff) << PAGE_SHIFT),
		       vma->vm_start + ((stop - vma->vm_pgoff) << PAGE_SHIFT));
	tlb_finish_mmu(&tlb);
}

/**
 * unmap_mapping_pages - unmap a range of an object from every address space
 * @mapping: the object
 * @start: first page offset
 * @end: end, in pages; ~0UL: all that follows
 * @even_cows: private copies of those pages, too
 *
 * Truncation takes private copies along, as POSIX wants: the next access
 * beyond the new end must raise SIGBUS. A hole in the object does not concern
 * them.
 *
 * Context: may sleep; takes i_mmap_lock for reading, no mmap_lock.
 */
void unmap_mapping_pages(struct address_space *mapping, pgoff_t start,
			 pgoff_t end, bool even_cows)
{
	struct vm_area_struct *vma;

	if (start >= end)
		return;
	down_read(&mapping->i_mmap_lock);
	for (vma = i_mmap_first(mapping, start, end - 1); vma;
	     vma = i_mmap_next(vma, start, end - 1))
		unmap_area(vma, start, end, even_cows);
	up_read(&mapping->i_mmap_lock);
}

/**
 * unmap_mapping_range - unmap_mapping_pages(), private copies too
 * @mapping: the object
 * @start: first page offset
 * @end: end, in pages; ~0UL: all that follows
 *
 * Context: may sleep; takes i_mmap_lock for reading, no mmap_lock.
 */
void unmap_mapping_range(struct address_space *mapping, pgoff_t start,
			 pgoff_t end)
{
	unmap_mapping_pages(mapping, start, end, true);
}

/* --- copy ------------------------------------------------------------------------ */

/* Let the child share the page of a parent's entry. Returns its counter, or
 * -1 when none counts it. */
static int copy_pte(const struct vm_area_struct *src_vma, pte_t *dst,
		    pte_t *src)
{
	bool shared = src_vma->vm_flags & VM_SHARED;
	pte_t pte = pte_read(src);
	struct page *page;

	if (!shared && pte_write(pte)) {
		pte_set_wrprotect(src);
		pte = pte_read(src);
	}
	if (shared)
		pte = pte_mkclean(pte);
	set_pte(dst, pte_mkold(pte));
	page = pte_counted_page(pte);
	if (!page)
		return -1;
	get_page(page);
	page_dup_rmap(page);
	return mm_counter_of(page);
}

/* Copy [addr, end) of one table of @src_vma into the table at @dst_pmd. */
static void copy_table(struct vm_area_struct *dst_vma,
		       const struct vm_area_struct *src_vma, pmd_t *dst_pmd,
		       pmd_t *src_pmd, unsigned long addr, unsigned long end)
{
	struct page *dst_table = pmd_page(pmd_read(dst_pmd));
	struct page *src_table = pmd_page(pmd_read(src_pmd));
	pte_t *dst = pte_offset(pmd_read(dst_pmd), addr);
	pte_t *src = pte_offset(pmd_read(src_pmd), addr);
	struct rss_delta rss = { 0 };
	unsigned int copied = 0;

	spin_lock(&dst_table->ptl);
	spin_lock_nested(&src_table->ptl);
	for (; addr < end && copied < src_table->pt_entries;
	     addr += PAGE_SIZE, src++, dst++) {
		unsigned long skipped;
		int member;

		if (pte_none(pte_read(src))) {
			skipped = (skip_empty(src, addr, end) - addr) >>
				  PAGE_SHIFT;
			addr += (skipped - 1) << PAGE_SHIFT;
			src += skipped - 1;
			dst += skipped - 1;
			continue;
		}
		member = copy_pte(src_vma, dst, src);
		if (member >= 0)
			rss.n[member]++;
		copied++;
	}
	spin_unlock(&src_table->ptl);
	dst_table->pt_entries += copied;
	dst_table->pt_anon += (u32)rss.n[MM_ANONPAGES];
	spin_unlock(&dst_table->ptl);
	rss_apply(dst_vma->vm_mm, &rss);
}

/* Device memory is mapped in the child as it is in the parent; what a special
 * mapping has comes back by faults. */
static bool has_device_ptes(const struct vm_area_struct *vma)
{
	return (vma->vm_flags & VM_PFNMAP) &&
	       (!vma->vm_ops || vma->vm_ops->fault == remap_pfn_fault);
}

/**
 * copy_page_range - fork: give the child the parent's pages of one area
 * @walk: what fork remembers from area to area
 * @dst: the child's area, linked
 * @src: the parent's
 *
 * Where it may, the child shares the table (mm/share.c). Else private writable
 * pages become read-only in both. An area without anonymous
 * pages is left out: faults find the same pages again in the object.
 *
 * Context: both mmap_locks for writing; may sleep. The caller flushes the
 * parent's TLB entries afterwards.
 * Return: 0; -ENOMEM: no memory for tables; what was copied stays for
 * exit_mmap() to undo.
 */
int copy_page_range(struct fork_walk *walk, struct vm_area_struct *dst,
		    struct vm_area_struct *src)
{
	unsigned long addr = src->vm_start, next;
	pmd_t *pmd, *dst_pmd;

	if (!src->vm_anon && !has_device_ptes(src))
		return 0;
	for (; (pmd = next_pmd(src->vm_mm, &addr, src->vm_end)); addr = next) {
		next = pmd_addr_end(addr, src->vm_end);
		if (!READ_ONCE(pmd_page(pmd_read(pmd))->pt_entries))
			continue;
		dst_pmd = pmd_alloc(dst->vm_mm, addr);
		if (!dst_pmd)
			return -ENOMEM;
		if (fork_share_table(walk, dst, dst_pmd, src, pmd, addr))
			continue;
		if (pte_alloc(dst->vm_mm, dst_pmd) < 0)
			return -ENOMEM;
		copy_table(dst, src, dst_pmd, pmd, addr, next);
		if (next < src->vm_end)
			resched_or_killed();
	}
	return 0;
}

/* --- protect ----------------------------------------------------------------------- */

/*
 * A private page that only this pte knows needs no copy before a write: give
 * it the right at once and save the fault.
 */
static bool may_make_writable(const struct vm_area_struct *vma, pte_t pte)
{
	struct page *page = pte_counted_page(pte);

	if ((vma->vm_flags & (VM_WRITE | VM_SHARED)) != VM_WRITE || !page)
		return false;
	return page_test(page, PG_anon) && page_count(page) == 1;
}

static unsigned int protect_table(struct vm_area_struct *vma, pmd_t *pmd,
				  unsigned long addr, unsigned long end)
{
	struct page *table = pmd_page(pmd_read(pmd));
	pte_t *pte = pte_offset(pmd_read(pmd), addr);
	unsigned int left, changed = 0;

	spin_lock(&table->ptl);
	left = table->pt_entries;
	for (; addr < end && changed < left; addr += PAGE_SIZE, pte++) {
		pte_t old = pte_read(pte);

		if (pte_none(old))
			continue;
		/* Out first: the CPU may be setting its dirty bit. */
		old = pte_modify(pte_get_and_clear(pte), vma->vm_page_prot);
		if (may_make_writable(vma, old))
			old = pte_mkwrite(old);
		set_pte(pte, old);
		changed++;
	}
	spin_unlock(&table->ptl);
	return changed;
}

/**
 * change_protection - bring the ptes of a range in line with vm_page_prot
 * @vma: the area, its new vm_flags and vm_page_prot set
 * @start: first byte, inside @vma
 * @end: end
 *
 * Context: mmap_lock for writing. Flushes. Does not fail.
 */
void change_protection(struct vm_area_struct *vma, unsigned long start,
		       unsigned long end)
{
	unsigned long addr = start, next, changed = 0;
	pmd_t *pmd;

	vma_assert_write_locked(vma);
	for (; (pmd = next_pmd(vma->vm_mm, &addr, end)); addr = next) {
		next = pmd_addr_end(addr, end);
		changed += protect_table(vma, pmd, addr, next);
		if (next < end)
			resched_or_killed();
	}
	if (changed)
		flush_tlb_range(vma->vm_mm, start, end);
}

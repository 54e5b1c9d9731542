/* SPDX-License-Identifier: MIT */
/*
 * Reclaim: pages that programs have given up are taken when memory is short.
 *
 * There is no swap, and files live in the page cache, so what can be had back
 * without killing anybody is what MADV_FREE has marked. The mark is a promise of
 * the program: it does not care for the contents unless it writes to the page
 * again; and a write sets the pte's dirty bit, without a fault.
 *
 *	MADV_FREE              the program writes      memory is short
 *	PG_lazyfree  D=0  ──▶  PG_lazyfree  D=1   ──▶  mark taken back, kept
 *	             └──────────────────────────▶      unhook, flush, free
 *
 * A worked example. A heap gives up 0x5000 to 0x8000 and writes to 0x6000 again.
 * Nothing is freed: Rss is as before. Then another program finds no free page:
 * alloc_pages() ─▶ reclaim_pages() drops 0x5000 and 0x7000, and the next read
 * there sees zeroes; 0x6000 is as it was written.
 *
 * Address spaces that have such pages are in a list. Each has a hand, the
 * address where the next search in it begins, so that every page is looked at
 * once before any is looked at again; the list itself goes round, too.
 *
 * Invariants (validate_mm reports these numbers):
 *	I16	a page with PG_lazyfree is anonymous
 *	- a page is dropped only when the pte's reference is the last, so that
 *	  no other pte maps it and nobody has it pinned, and when neither pte nor
 *	  page are dirty; all that with the table's lock held
 *	- of a table that several address spaces share, nothing is dropped
 *	- an address space that is not in the list has no pages to be dropped, but
 *	  for a child's whose parent has marked them before the fork
 *
 * Locks: mmap_lock for reading, the table's ptl inside it. reclaim_pages() only
 * tries for mmap_lock, since its callers may hold anything that may be held
 * while memory is allocated; where somebody else changes areas it passes by.
 * lazyfree_lock is innermost.
 *
 * Linux moves the page to the list of inactive file pages and finds the ptes by
 * its reverse map. Here the address spaces are searched: see rmap.c.
 *
 * Source: madvise(2), MADV_FREE.
 */
#include "internal.h"

static DEFINE_SPINLOCK(lazyfree_lock);
static LIST_HEAD(lazyfree_mms); /* the next one to be searched is first */
static unsigned int nr_lazyfree_mms;

/* --- the list --------------------------------------------------------------- */

/**
 * lazyfree_note - an address space has pages that may be dropped
 * @mm: address space; the pages are marked already
 *
 * Context: any.
 */
void lazyfree_note(struct mm_struct *mm)
{
	spin_lock(&lazyfree_lock);
	mm->lazyfree_seq++;
	if (list_empty(&mm->lazyfree_list)) {
		list_add_tail(&mm->lazyfree_list, &lazyfree_mms);
		nr_lazyfree_mms++;
	}
	spin_unlock(&lazyfree_lock);
}

/* lazyfree_lock held. */
static void list_remove(struct mm_struct *mm)
{
	if (list_empty(&mm->lazyfree_list))
		return;
	list_del(&mm->lazyfree_list);
	INIT_LIST_HEAD(&mm->lazyfree_list);
	nr_lazyfree_mms--;
}

/**
 * lazyfree_forget - the pages of an address space are gone
 * @mm: address space that nobody uses any more
 *
 * Context: any.
 */
void lazyfree_forget(struct mm_struct *mm)
{
	if (list_empty(&mm->lazyfree_list))
		return;
	spin_lock(&lazyfree_lock);
	list_remove(mm);
	spin_unlock(&lazyfree_lock);
}

/**
 * lazyfree_fork - what the parent has given up, the child has, too
 * @mm: the child's address space
 * @oldmm: the parent's
 *
 * Context: mmap_lock of both.
 */
void lazyfree_fork(struct mm_struct *mm, struct mm_struct *oldmm)
{
	if (unlikely(!list_empty(&oldmm->lazyfree_list)))
		lazyfree_note(mm);
}

/* The address space to be searched next, with a reference; NULL: none. */
static struct mm_struct *next_mm(void)
{
	struct mm_struct *mm = NULL;

	spin_lock(&lazyfree_lock);
	if (!list_empty(&lazyfree_mms)) {
		mm = list_first_entry(&lazyfree_mms, struct mm_struct,
				      lazyfree_list);
		list_move_tail(&mm->lazyfree_list, &lazyfree_mms);
		mmgrab(mm);
	}
	spin_unlock(&lazyfree_lock);
	return mm;
}

/* --- pages ------------------------------------------------------------------- */

/* A search, and what it has come to. */
struct reclaim {
	struct mmu_gather tlb;
	unsigned long want; /* pages; at least so many, if there are */
	unsigned long dropped;
	bool left; /* marked pages were seen that stay so */
};

/* Look at one entry that maps @page. True: it is gone. */
static bool drop_pte(struct reclaim *r, pte_t *pte, struct page *page)
{
	pte_t old;

	if (page_count(page) != 1) {
		r->left = true;
		return false;
	}
	if (pte_dirty(pte_read(pte)) || page_test(page, PG_dirty)) {
		page_clear_lazyfree(page);
		return false;
	}
	old = pte_get_and_clear(pte);
	if (unlikely(pte_dirty(old))) { /* a write came first */
		set_pte(pte, old);
		page_clear_lazyfree(page);
		return false;
	}
	page_remove_rmap(page);
	return true;
}

/* The marked pages in [addr, end) of one table. Returns where it stopped: the
 * batch is full. */
static unsigned long drop_table(struct reclaim *r, pmd_t *pmd,
				unsigned long addr, unsigned long end)
{
	struct page *table = pmd_page(pmd_read(pmd));
	pte_t *pte = pte_offset(pmd_read(pmd), addr);
	unsigned int dropped = 0;
	bool full = false;

	spin_lock(&table->ptl);
	for (; addr < end && !full; addr += PAGE_SIZE, pte++) {
		pte_t e = pte_read(pte);
		struct page *page = pte_none(e) ? NULL : pte_counted_page(e);

		if (!page || !page_test(page, PG_lazyfree) ||
		    !drop_pte(r, pte, page))
			continue;
		dropped++;
		full = tlb_remove_page(&r->tlb, page, addr);
	}
	table->pt_entries -= dropped;
	table->pt_anon -= dropped;
	spin_unlock(&table->ptl);
	mm_counter_add(r->tlb.mm, MM_ANONPAGES, -(long)dropped);
	r->dropped += dropped;
	if (full)
		tlb_flush_mmu(&r->tlb);
	return addr;
}

static bool may_drop(struct reclaim *r, const struct vm_area_struct *vma)
{
	if (!vma_is_anonymous(vma) || !vma->vm_anon)
		return false;
	if (vma->vm_flags & VM_LOCKED)
		r->left = true; /* until munlock(2) */
	return !(vma->vm_flags & (VM_LOCKED | VM_PFNMAP));
}

/* Returns the end, or where enough had been dropped. */
static unsigned long drop_range(struct reclaim *r, struct vm_area_struct *vma,
				unsigned long addr, unsigned long end)
{
	unsigned long next;
	struct page *table;
	pmd_t *pmd;

	if (!may_drop(r, vma))
		return end;
	for (; r->dropped < r->want && (pmd = next_pmd(vma->vm_mm, &addr, end));
	     addr = next) {
		next = pmd_addr_end(addr, end);
		table = pmd_page(pmd_read(pmd));
		/* One that fork has shared is ours alone again when nobody
		 * else has it: no fork comes while mmap_lock is held. */
		if (unlikely(page_count(table) > 1)) {
			r->left = true;
			continue;
		}
		if (!READ_ONCE(table->pt_anon))
			continue;
		update_hiwater_rss(vma->vm_mm);
		tlb_expect_pages(&r->tlb, table->pt_anon);
		next = drop_table(r, pmd, addr, next);
		resched_or_killed();
	}
	return min(addr, end);
}

/**
 * lazyfree_drop_range - drop the pages of a range that were given up
 * @vma: the area that it lies in
 * @start: first byte, page aligned
 * @end: its end
 *
 * Context: mmap_lock in either mode, no page-table lock; may sleep.
 */
void lazyfree_drop_range(struct vm_area_struct *vma, unsigned long start,
			 unsigned long end)
{
	struct reclaim r = { .want = ULONG_MAX };

	if (list_empty(&vma->vm_mm->lazyfree_list))
		return;
	tlb_gather_mmu(&r.tlb, vma->vm_mm, false);
	drop_range(&r, vma, start, end);
	tlb_finish_mmu(&r.tlb);
}

/* --- address spaces ------------------------------------------------------------ */

/* [from, to) of an address space; the hand stays where it had enough. */
static void search(struct reclaim *r, unsigned long from, unsigned long to)
{
	struct mm_struct *mm = r->tlb.mm;
	struct vm_area_struct *vma = find_vma(mm, from);

	for (; vma && vma->vm_start < to; vma = vma->vm_next) {
		from = drop_range(r, vma, max(from, vma->vm_start),
				  min(to, vma->vm_end));
		if (r->dropped >= r->want)
			break;
	}
	WRITE_ONCE(mm->lazyfree_hand, vma && vma->vm_start < to ? from : to);
}

/* mmap_lock held for reading. */
static unsigned long reclaim_mm(struct mm_struct *mm, unsigned long want)
{
	unsigned long hand = READ_ONCE(mm->lazyfree_hand);
	unsigned int seq = READ_ONCE(mm->lazyfree_seq);
	struct reclaim r = { .want = want };

	smp_mb(); /* pages that are marked from now on change the number */
	tlb_gather_mmu(&r.tlb, mm, false);
	search(&r, hand, TASK_SIZE);
	if (r.dropped < want)
		search(&r, 0, hand);
	tlb_finish_mmu(&r.tlb);
	if (r.dropped >= want || r.left)
		return r.dropped;
	spin_lock(&lazyfree_lock);
	if (mm->lazyfree_seq == seq)
		list_remove(mm);
	spin_unlock(&lazyfree_lock);
	return r.dropped;
}

/**
 * reclaim_pages - free pages that programs have given up
 * @want: at least so many, if there are
 *
 * Context: may sleep, and the caller may hold mmap_lock in any mode, but no
 * spin lock.
 * Return: how many were freed.
 */
unsigned long reclaim_pages(unsigned long want)
{
	unsigned int left = READ_ONCE(nr_lazyfree_mms);
	unsigned long freed = 0;
	struct mm_struct *mm;

	for (; left && freed < want && (mm = next_mm()); left--) {
		if (down_read_trylock(&mm->mmap_lock)) {
			freed += reclaim_mm(mm, want - freed);
			mmap_read_unlock(mm);
		}
		mmdrop(mm);
	}
	return freed;
}

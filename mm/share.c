/* SPDX-License-Identifier: MIT */
/*
 * Page tables that several address spaces share.
 *
 * fork would have to copy every pte of the parent, and most children exec or
 * exit before they have written to one page in a hundred. So where 2 MiB hold
 * nothing but private anonymous memory, the child gets the parent's last-level
 * table itself. What makes that safe is one bit: both pmd entries lose
 * _PAGE_RW, and the CPU grants a write only when all levels do. Reads go on as
 * if nothing had happened, without a fault.
 *
 *	      parent's pmd        table T         child's pmd
 *	fork  [ T r  ] ───▶ ┌───────────────┐ ◀─── [ T r  ]    T: 2 references
 *	                    │ 5: page x  rw │                  x: 1, T's
 *	                    │ 6: page y  rw │                  y: 1, T's
 *	                    └───────────────┘
 *	      the child writes to page 5: pmd_unshare() copies T to U
 *
 *	      [ T r  ] ───▶ ┌───────────────┐      ┌───────────────┐
 *	                    │ 5: page x  r  │      │ 5: page x  r  │ ◀─ [ U rw ]
 *	                    │ 6: page y  r  │      │ 6: page y  r  │
 *	                    └───────────────┘      └───────────────┘
 *	      x and y have two references now, and do_wp_page() copies x
 *
 *	      the parent writes to page 6: T has one reference, so pmd_unshare()
 *	      only puts _PAGE_RW back; y has two, and do_wp_page() copies it
 *
 * Had the child exited without a write, T would have been the parent's alone
 * again with all its ptes writable: one fault for 2 MiB, and no copy.
 *
 * Who wants to change a pte of a shared table - to map, unmap, move, protect -
 * unshares the table first, with unshare_tables() for a range. Only who takes
 * out everything that his address space has in those 2 MiB may do without: he
 * drops the reference (drop_shared_table).
 *
 * Invariants (validate_mm reports these numbers):
 *	I14  a table with more than one reference is below pmd entries without
 *	     _PAGE_RW only; its ptes lie in private anonymous areas; pt_anon is
 *	     the number of anonymous pages that a table maps; pt_shared is the
 *	     number of pmd entries of an address space without _PAGE_RW
 *	I9, I10 count by tables: a page in a shared table has one reference and
 *	     one mapcount from it, however many share the table
 *
 * Locks: mmap_lock for writing to share and to unshare, so that nobody else
 * walks these tables in this address space; the other sharers are kept off by
 * the old table's ptl. Files are left out because truncation walks without
 * mmap_lock and may not fail: it passes by pmd entries without _PAGE_RW.
 *
 * Linux copies the ptes of anonymous memory at fork and shares tables for huge
 * pages of hugetlbfs only; it splits the cost over no faults, but pays for
 * each page of the parent. What is shared here is also copied later, in the
 * fault, and only where someone writes.
 */
#include <asm/tlbflush.h>

#include "internal.h"

/*
 * Below this number of ptes a table is copied at fork: sharing it and copying
 * it in the fault that most likely follows would cost more. Tests lower it.
 */
unsigned int share_min_entries = 96;

/* What must not be in a table that is shared. */
#define VM_NOT_SHAREABLE                                                       \
	(VM_SHARED | VM_DONTCOPY | VM_WIPEONFORK | VM_PFNMAP | VM_IO |         \
	 VM_MIXEDMAP)

/* --- fork --------------------------------------------------------------------- */

/* Whether all areas in the 2 MiB from @base, one of which is @vma, may share
 * their table. */
static bool span_shareable(const struct vm_area_struct *vma, unsigned long base)
{
	while (vma->vm_prev && vma->vm_prev->vm_end > base)
		vma = vma->vm_prev;
	for (; vma && vma->vm_start < base + PMD_SIZE; vma = vma->vm_next)
		if (!vma_is_anonymous(vma) || vma->vm_file ||
		    (vma->vm_flags & VM_NOT_SHAREABLE))
			return false;
	return true;
}

/* The same, looked up once for each span that fork comes to. */
static bool fork_may_share(struct fork_walk *walk,
			   const struct vm_area_struct *src, unsigned long base)
{
	if (walk->span != base) {
		walk->span = base;
		walk->share = span_shareable(src, base);
	}
	return walk->share;
}

/* Hook @table, which @src leads to, below @dst too. */
static void share_table(struct vm_area_struct *dst_vma, pmd_t *dst,
			struct vm_area_struct *src_vma, pmd_t *src,
			struct page *table)
{
	struct mm_struct *mm = dst_vma->vm_mm;

	if (pmd_write(pmd_read(src))) {
		pmd_wrprotect(src);
		src_vma->vm_mm->pt_shared++;
	}
	get_page(table);
	pmd_populate_shared(dst, page_to_phys(table));
	mm->pt_shared++;
	virt_to_page(dst)->pt_entries++;
	atomic64_add(PAGE_SIZE, &mm->pgtables_bytes);
	mm_counter_add(mm, MM_ANONPAGES, table->pt_anon);
}

/**
 * fork_share_table - let the child use a table of the parent's
 * @walk: what is remembered from pte table to pte table
 * @dst_vma: the child's area
 * @dst: the child's pmd entry
 * @src_vma: the parent's area
 * @src: the parent's pmd entry, which has a table
 * @addr: any address in the 2 MiB
 *
 * Context: both mmap_locks for writing. The caller flushes the parent's TLB
 * entries afterwards.
 * Return: true when the table is shared; false: copy the ptes.
 */
bool fork_share_table(struct fork_walk *walk, struct vm_area_struct *dst_vma,
		      pmd_t *dst, struct vm_area_struct *src_vma, pmd_t *src,
		      unsigned long addr)
{
	struct page *table = pmd_page(pmd_read(src));

	if (!pmd_none(pmd_read(dst))) /* shared or not: it is decided */
		return !pmd_write(pmd_read(dst));
	if (table->pt_entries < share_min_entries ||
	    !fork_may_share(walk, src_vma, addr & PMD_MASK))
		return false;
	share_table(dst_vma, dst, src_vma, src, table);
	return true;
}

/* --- unsharing ------------------------------------------------------------------ */

/* Fill the empty table @new with what @old maps, read-only in both. */
static void copy_shared_table(struct page *new, struct page *old)
{
	pte_t *src = page_address(old), *dst = page_address(new);
	unsigned int copied = 0;

	spin_lock(&old->ptl);
	for (; copied < old->pt_entries; src++, dst++) {
		pte_t pte = pte_read(src);
		struct page *page;

		if (pte_none(pte))
			continue;
		copied++;
		if (pte_write(pte)) {
			pte_set_wrprotect(src);
			pte = pte_read(src);
		}
		set_pte(dst, pte);
		page = pte_counted_page(pte);
		if (!page)
			continue;
		get_page(page);
		page_dup_rmap(page);
	}
	new->pt_entries = copied;
	new->pt_anon = old->pt_anon;
	spin_unlock(&old->ptl);
}

/* The last who shared it is alone again. */
static void pmd_claim(struct mm_struct *mm, pmd_t *pmd)
{
	pmd_mkwrite(pmd);
	mm->pt_shared--;
}

/**
 * pmd_unshare - make a shared table this address space's own
 * @mm: address space
 * @pmd: an entry without _PAGE_RW
 * @addr: any address below it
 *
 * Context: mmap_lock for writing; may sleep.
 * Return: 0; -ENOMEM: no memory for a table, and nothing changed.
 */
int pmd_unshare(struct mm_struct *mm, pmd_t *pmd, unsigned long addr)
{
	struct page *old = pmd_page(pmd_read(pmd)), *new;

	mmap_assert_write_locked(mm);
	addr &= PMD_MASK;
	/* One reference is ours, and only we could make another: by fork. */
	if (page_count(old) == 1) {
		pmd_claim(mm, pmd);
		/* Not needed, but saves a fault for each page in the TLB. */
		flush_tlb_range(mm, addr, addr + PMD_SIZE);
		return 0;
	}
	new = pgtable_alloc();
	if (!new)
		return -ENOMEM;
	copy_shared_table(new, old);
	pmd_populate(pmd, page_to_phys(new));
	mm->pt_shared--;
	flush_tlb_range(mm, addr, addr + PMD_SIZE);
	pgtable_free(old);
	return 0;
}

/**
 * __unshare_tables - unshare every table that a range touches
 * @mm: address space
 * @start: first byte
 * @end: end
 *
 * Context: mmap_lock for writing; may sleep.
 * Return: 0; -ENOMEM: no memory for a table; some may have been unshared, which
 * no program notices.
 */
int __unshare_tables(struct mm_struct *mm, unsigned long start,
		     unsigned long end)
{
	unsigned long addr = start;
	pmd_t *pmd;

	for (; (pmd = next_pmd(mm, &addr, end)); addr = pmd_addr_end(addr, end))
		if (!pmd_write(pmd_read(pmd)) && pmd_unshare(mm, pmd, addr) < 0)
			return -ENOMEM;
	return 0;
}

/* --- dropping ------------------------------------------------------------------- */

/**
 * drop_shared_table - zap a shared table: let go of it
 * @tlb: collects it
 * @pmd: an entry without _PAGE_RW
 * @addr: any address below it; nothing that the address space keeps is there
 *
 * Context: mmap_lock for writing.
 * Return: true: the entry is empty now. False: nobody else has the table any
 * more, so it is an ordinary one from now on and its ptes are to be zapped.
 */
bool drop_shared_table(struct mmu_gather *tlb, pmd_t *pmd, unsigned long addr)
{
	struct page *table = pmd_page(pmd_read(pmd));
	struct mm_struct *mm = tlb->mm;

	mmap_assert_write_locked(mm);
	if (page_count(table) == 1) {
		pmd_claim(mm, pmd);
		return false;
	}
	/* Steady while it is shared: ptes only lose the right to write. */
	mm_counter_add(mm, MM_ANONPAGES, -(long)table->pt_anon);
	pmd_clear(pmd);
	mm->pt_shared--;
	spin_lock(&mm->page_table_lock); /* faults count theirs there */
	virt_to_page(pmd)->pt_entries--;
	spin_unlock(&mm->page_table_lock);
	atomic64_sub(PAGE_SIZE, &mm->pgtables_bytes);
	addr &= PMD_MASK;
	tlb_note_range(tlb, addr, addr + PMD_SIZE);
	tlb_remove_table(tlb, table);
	return true;
}

/**
 * zap_orphan_table - drop the pages of a shared table that lost its last user
 * @table: no pmd entry leads to it, and every CPU has forgotten it
 *
 * It happens when all sharers drop it at the same time.
 *
 * Context: any.
 */
void zap_orphan_table(struct page *table)
{
	pte_t *pte = page_address(table);

	for (; table->pt_entries; pte++) {
		pte_t old = pte_read(pte);
		struct page *page;

		if (pte_none(old))
			continue;
		set_pte(pte, (pte_t){ 0 });
		table->pt_entries--;
		page = pte_counted_page(old);
		if (!page)
			continue;
		page_remove_rmap(page);
		put_page(page);
	}
	table->pt_anon = 0;
}

/* --- locking ---------------------------------------------------------------------- */

/**
 * mmap_read_lock_unshared - take mmap_lock for reading, to change ptes
 * @mm: address space
 * @start: first byte of the range whose ptes will be set or cleared
 * @end: its end
 *
 * That needs tables of its own, and who holds mmap_lock for reading cannot get
 * them any more. No table is shared while it is held: fork wants it too.
 *
 * Context: may sleep.
 * Return: 0; -ENOMEM: no memory for tables; the lock is held in either case.
 */
int mmap_read_lock_unshared(struct mm_struct *mm, unsigned long start,
			    unsigned long end)
{
	int ret;

	mmap_read_lock(mm);
	if (likely(!mm->pt_shared))
		return 0;
	mmap_read_unlock(mm);
	mmap_write_lock(mm);
	ret = __unshare_tables(mm, start, end);
	mmap_write_downgrade(mm);
	return ret;
}

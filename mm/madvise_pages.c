/* SPDX-License-Identifier: MIT */
/*
 * The advice of madvise(2) that acts on pages and leaves areas as they are.
 *
 *	advice            areas it refuses          what it does
 *	DONTNEED          locked, device            zap
 *	DONTNEED_LOCKED   device                    zap
 *	FREE              locked, device, objects   mark, clear the dirty bits
 *	COLD              locked, device            clear the young bits
 *	PAGEOUT           locked, device            so, and drop what is marked
 *	WILLNEED          -                         fill the page cache
 *	POPULATE_*        device, without the right fault in
 *	REMOVE            locked, no object,        punch a hole
 *	                  not shared and writable
 *
 * The walk goes area by area; a hole is passed over and reported at the end:
 *
 *	madvise [1, 8)
 *	page     0  1  2  3  4  5  6  7  8
 *	         [ A      )     [ B         )
 *	              A: 1 … 3   B: 5 … 8      then -ENOMEM for page 3 … 5
 *
 * What FREE has marked is as it was until memory is short: mm/reclaim.c.
 *
 * Invariants: no area changes. A young bit is cleared only of pages that this
 * pte alone maps, so that one program's advice does not make another's pages
 * look idle.
 *
 * Locks: mmap_lock for reading. What works on the object itself (REMOVE,
 * WILLNEED) lets go of it, because the file's own lock comes first; the walk
 * then looks the next area up anew.
 */
#include <asm/tlbflush.h>
#include <ikos/fs.h>
#include <uapi/falloc.h>

#include "internal.h"

static int zap_area_range(struct vm_area_struct *vma, unsigned long start,
			  unsigned long end, vm_flags_t refused)
{
	struct mmu_gather tlb;

	if (vma->vm_flags & refused)
		return -EINVAL;
	tlb_gather_mmu(&tlb, vma->vm_mm, false);
	zap_page_range(&tlb, start, end);
	tlb_finish_mmu(&tlb);
	return 0;
}

/* What some advice does with the entry of a page. True: CPUs must forget it. */
typedef bool (*advise_page_fn)(pte_t *pte, struct page *page);

/* MADV_COLD: it looks as if nobody had used it. */
static bool age_page(pte_t *pte, struct page *page)
{
	if (!pte_young(pte_read(pte)) || page_mapcount(page) != 1)
		return false;
	pte_set_old(pte);
	return true;
}

/* MADV_FREE: only a write from now on makes the contents matter again. */
static bool give_up_page(pte_t *pte, struct page *page)
{
	pte_t old = pte_read(pte);

	if (!page_test(page, PG_anon))
		return false;
	if (page_test(page, PG_dirty)) {
		if (page_mapcount(page) != 1)
			return false; /* not ours alone to say so */
		page_clear(page, PG_dirty);
	}
	page_set_lazyfree(page);
	if (!pte_young(old) && !pte_dirty(old))
		return false;
	pte_set_old_clean(pte);
	return true;
}

static bool advise_table(pmd_t *pmd, unsigned long addr, unsigned long end,
			 advise_page_fn fn)
{
	struct page *table = pmd_page(pmd_read(pmd));
	pte_t *pte = pte_offset(pmd_read(pmd), addr);
	bool changed = false;

	if (!READ_ONCE(table->pt_entries))
		return false;
	spin_lock(&table->ptl);
	for (; addr < end; addr += PAGE_SIZE, pte++) {
		pte_t e = pte_read(pte);
		struct page *page = pte_none(e) ? NULL : pte_counted_page(e);

		changed |= page && fn(pte, page);
	}
	spin_unlock(&table->ptl);
	return changed;
}

static void advise_ptes(struct vm_area_struct *vma, unsigned long start,
			unsigned long end, advise_page_fn fn)
{
	unsigned long addr = start, next;
	bool changed = false;
	pmd_t *pmd;

	for (; (pmd = next_pmd(vma->vm_mm, &addr, end)); addr = next) {
		next = pmd_addr_end(addr, end);
		changed |= advise_table(pmd, addr, next, fn);
		resched_or_killed();
	}
	if (changed)
		flush_tlb_range(vma->vm_mm, start, end);
}

static int madvise_free(struct vm_area_struct *vma, unsigned long start,
			unsigned long end)
{
	if (!vma_is_anonymous(vma) || (vma->vm_flags & (VM_LOCKED | VM_PFNMAP)))
		return -EINVAL;
	if (!vma->vm_anon)
		return 0; /* nothing is there */
	advise_ptes(vma, start, end, give_up_page);
	lazyfree_note(vma->vm_mm);
	return 0;
}

static int madvise_cold(struct vm_area_struct *vma, unsigned long start,
			unsigned long end, int advice)
{
	if (vma->vm_flags & (VM_LOCKED | VM_PFNMAP))
		return -EINVAL;
	advise_ptes(vma, start, end, age_page);
	if (advice == MADV_PAGEOUT)
		lazyfree_drop_range(vma, start, end);
	return 0;
}

/* As a read or a write of each page would do, were it allowed. */
static int madvise_populate(struct vm_area_struct *vma, unsigned long start,
			    unsigned long end, int advice)
{
	bool write = advice == MADV_POPULATE_WRITE;

	if (vma->vm_flags & (VM_IO | VM_PFNMAP))
		return -EINVAL;
	if (!(vma->vm_flags & (write ? VM_WRITE : VM_READ)))
		return -EINVAL;
	return faultin_vma_range(vma, start, end, write ? FAULT_FLAG_WRITE : 0);
}

/* --- the object behind -------------------------------------------------------- */

/* A part of an object, looked up under mmap_lock, worked on without it. */
struct object_range {
	struct file *file; /* with a reference; NULL: nothing to do */
	loff_t start, len; /* bytes */
};

static void object_range_get(struct object_range *r,
			     const struct vm_area_struct *vma,
			     unsigned long start, unsigned long end)
{
	r->file = get_file(vma->vm_file);
	r->start = (loff_t)(linear_page_index(vma, start) << PAGE_SHIFT);
	r->len = (loff_t)(end - start);
}

static int check_remove(const struct vm_area_struct *vma)
{
	const vm_flags_t need = VM_SHARED | VM_WRITE;

	if ((vma->vm_flags & VM_LOCKED) || !vma_mapping(vma))
		return -EINVAL;
	return (vma->vm_flags & need) == need ? 0 : -EACCES;
}

static int remove_range(const struct object_range *r)
{
	const int mode = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;

	if (!r->file->f_op->fallocate)
		return -EOPNOTSUPP;
	return (int)r->file->f_op->fallocate(r->file, mode, r->start, r->len);
}

/* What is read from somewhere is read now; errors show at the access. */
static int read_ahead(const struct object_range *r)
{
	struct address_space *mapping = r->file->f_mapping;
	pgoff_t index = (unsigned long)r->start >> PAGE_SHIFT, end;
	struct page *page;

	if (!mapping || !mapping->a_ops || !mapping->a_ops->readpage)
		return 0;
	end = min(PFN_UP((unsigned long)(r->start + r->len)),
		  PFN_UP((unsigned long)READ_ONCE(mapping->size)));
	for (; index < end && !resched_or_killed(); index++) {
		page = find_or_create_page(mapping, index,
					   GFP_USER | __GFP_NOWARN);
		if (IS_ERR(page))
			break;
		put_page(page);
	}
	return 0;
}

/* --- the walk ------------------------------------------------------------------- */

/* Advise [start, end) of one area, or leave in *r what is to be done without
 * mmap_lock. */
static int advise_area(struct vm_area_struct *vma, unsigned long start,
		       unsigned long end, int advice, struct object_range *r)
{
	int ret;

	switch (advice) {
	case MADV_DONTNEED:
		return zap_area_range(vma, start, end, VM_LOCKED | VM_PFNMAP);
	case MADV_DONTNEED_LOCKED:
		return zap_area_range(vma, start, end, VM_PFNMAP);
	case MADV_FREE:
		return madvise_free(vma, start, end);
	case MADV_COLD:
	case MADV_PAGEOUT:
		return madvise_cold(vma, start, end, advice);
	case MADV_REMOVE:
		ret = check_remove(vma);
		if (!ret)
			object_range_get(r, vma, start, end);
		return ret;
	case MADV_WILLNEED:
		if (vma->vm_file)
			object_range_get(r, vma, start, end);
		return 0;
	default: /* MADV_POPULATE_READ, MADV_POPULATE_WRITE */
		return madvise_populate(vma, start, end, advice);
	}
}

static int advise_object(const struct object_range *r, int advice)
{
	int ret = advice == MADV_REMOVE ? remove_range(r) : read_ahead(r);

	fput(r->file);
	return ret;
}

/* mmap_lock is held and stays so, but may be released in between. */
static int advise_range(struct mm_struct *mm, unsigned long start,
			unsigned long end, int advice)
{
	struct vm_area_struct *vma = find_vma(mm, start);
	int ret, hole = 0;

	while (start < end) {
		struct object_range r = { .file = NULL };

		if (!vma || vma->vm_start >= end)
			return -ENOMEM;
		if (start < vma->vm_start) {
			hole = -ENOMEM;
			start = vma->vm_start;
		}
		ret = advise_area(vma, start, min(end, vma->vm_end), advice,
				  &r);
		if (ret)
			return ret;
		start = vma->vm_end;
		vma = vma->vm_next;
		if (!r.file)
			continue;
		mmap_read_unlock(mm);
		ret = advise_object(&r, advice);
		if (mmap_read_lock_unshared(mm, start, end) && !ret)
			ret = -ENOMEM;
		if (ret)
			return ret;
		vma = find_vma(mm, start);
	}
	return hole;
}

/**
 * madvise_pages - the advice that acts on pages
 * @mm: address space
 * @start: first byte, page aligned
 * @end: end, above @start
 * @advice: MADV_*, one of those in the table above
 *
 * Context: may sleep; takes mmap_lock for reading.
 * Return: 0, or
 *   -EINVAL  not for this kind of area
 *   -ENOMEM  a page of the range is not mapped (the rest has been advised); no
 *            memory for page tables, or for MADV_POPULATE_READ and _WRITE
 *   -EACCES  MADV_REMOVE of what is not shared and writable
 *   -EFAULT  MADV_POPULATE_READ, _WRITE of a page that raises SIGBUS
 *   -EINTR   the caller is being killed
 *   what ->fallocate of the file returns; -EOPNOTSUPP: it has none
 */
int madvise_pages(struct mm_struct *mm, unsigned long start, unsigned long end,
		  int advice)
{
	int ret;

	ret = mmap_read_lock_unshared(mm, start, end);
	if (!ret)
		ret = advise_range(mm, start, end, advice);
	mmap_read_unlock(mm);
	return ret;
}

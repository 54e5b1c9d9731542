/* SPDX-License-Identifier: MIT */
/*
 * munmap: taking a range out of an address space.
 *
 * The range may begin and end in the middle of areas, span many, and contain
 * holes. It is done in two steps: unmap_prepare() does all that can fail,
 * unmap_commit() all that changes something. mmap(MAP_FIXED) uses the same
 * steps, so that it never has unmapped the old before the new is sure.
 *
 *	munmap [3, 8)
 *	page     0  1  2  3  4  5  6  7  8  9
 *	before   [ A        )[ B  )   [ C       )
 *	after    [ A     )               [ C    )
 *
 *	A loses its tail, C its head, both keep their structures; B goes.
 *
 *	munmap [2, 5)
 *	before   [ A                  )
 *	after    [ A  )         [ A'  )       the one case that needs memory
 *
 * The order of the commit matters:
 *	1  the ptes go, pages are collected      nobody can fault: mmap_lock
 *	2  areas shrink and go, out of i_mmap    truncation finds nothing now
 *	3  empty page tables go                  so nobody can walk them
 *	4  flush, then pages and tables are freed
 *
 * Locks: mmap_lock for writing.
 *
 * Linux splits areas at both ends first and then removes what lies between.
 * Trimming gives the same result without making structures only to free them.
 */
#include "internal.h"

/* Fill in @u. True: the hole will lie inside one area, which takes another. */
static bool unmap_find(struct unmap *u, struct mm_struct *mm,
		       unsigned long start, unsigned long end)
{
	struct vm_area_struct *vma = find_vma(mm, start);

	if (vma && vma->vm_start >= end)
		vma = NULL;
	/* All members, so that none is cleared first. */
	*u = (struct unmap){
		.mm = mm,
		.start = start,
		.end = end,
		.first = vma,
		.prev = NULL,
		.reserve = NULL,
		.zap_start = start,
		.keep_tables = false,
	};
	if (!vma)
		return false;
	vma_start_write(vma);
	if (vma->vm_end < end)
		vma_start_write_range(vma->vm_next, end);
	u->prev = vma->vm_start < start ? vma : vma->vm_prev;
	return vma->vm_start < start && vma->vm_end > end;
}

/*
 * A shared table is dropped whole; so where the address space keeps something
 * in the 2 MiB around a border of the range, its table must be its own.
 */
static int unshare_kept(struct unmap *u)
{
	unsigned long low = u->start & PMD_MASK, high = ALIGN(u->end, PMD_SIZE);
	struct vm_area_struct *next = find_vma(u->mm, u->end);
	int ret = 0;

	if (u->prev && u->prev->vm_end > low)
		ret = unshare_tables(u->mm, low, low + PMD_SIZE);
	if (!ret && next && next->vm_start < high)
		ret = unshare_tables(u->mm, high - PMD_SIZE, high);
	return ret;
}

/* Whether the objects of the areas at both ends let them be cut. */
static int may_unmap(struct unmap *u)
{
	struct vm_area_struct *last;
	int ret = vma_may_cut(u->first, u->start, u->end);

	if (ret || u->first->vm_end >= u->end)
		return ret;
	last = find_vma(u->mm, u->end - 1);
	if (last && last->vm_start < u->end)
		ret = vma_may_cut(last, u->start, u->end);
	return ret;
}

/**
 * unmap_prepare - check and reserve for unmapping a range
 * @u: filled in, for unmap_commit() or unmap_abort()
 * @mm: address space
 * @start: first byte, page aligned
 * @end: end, page aligned, above @start
 *
 * Context: mmap_lock for writing, to be held until commit or abort.
 * Return: 0; -ENOMEM: a hole inside one area needs one more area, and there is
 * no memory for it or the address space has sysctl_max_map_count already; or a
 * table that is shared and only partly covered cannot be copied; -EINVAL: an
 * area at an end cannot be split.
 */
int unmap_prepare(struct unmap *u, struct mm_struct *mm, unsigned long start,
		  unsigned long end)
{
	bool split = unmap_find(u, mm, start, end);
	int ret = u->first ? may_unmap(u) : 0;

	if (unlikely(ret))
		return ret;
	if (unlikely(mm->pt_shared) && u->first && unshare_kept(u) < 0)
		return -ENOMEM;
	if (!split)
		return 0;
	if (mm->map_count >= sysctl_max_map_count)
		return -ENOMEM;
	u->reserve = vm_area_dup(u->first);
	return u->reserve ? 0 : -ENOMEM;
}

/**
 * unmap_prepare_with - unmap_prepare() with an area reserved before
 * @u: filled in, for unmap_commit()
 * @mm: address space
 * @start: first byte, page aligned
 * @end: end, page aligned, above @start
 * @spare: a structure not in use, which is kept or freed; NULL: the caller
 *	knows that the hole will not lie inside one area
 *
 * Context: mmap_lock for writing, unshare_tables() called for the tables at both
 * ends of the range. Cannot fail.
 */
void unmap_prepare_with(struct unmap *u, struct mm_struct *mm,
			unsigned long start, unsigned long end,
			struct vm_area_struct *spare)
{
	if (!unmap_find(u, mm, start, end)) {
		vm_area_put(spare);
		return;
	}
	BUG_ON(!spare);
	vm_area_copy(spare, u->first);
	u->reserve = spare;
}

/**
 * unmap_abort - give back what unmap_prepare() reserved
 * @u: the prepared request
 *
 * Context: any.
 */
void unmap_abort(struct unmap *u)
{
	vm_area_put(u->reserve);
}

static void unmap_account(struct vm_area_struct *vma, unsigned long bytes)
{
	unsigned long pages = bytes >> PAGE_SHIFT;

	vm_stat_account(vma->vm_mm, vma->vm_flags, -(long)pages);
	if (vma->vm_flags & VM_ACCOUNT)
		vm_unacct_memory(pages);
}

/* Take [start, end) away from @vma, all or a part; returns what comes after
 * the part that was taken. */
static struct vm_area_struct *trim_area(struct unmap *u,
					struct vm_area_struct *vma)
{
	unsigned long from = max(u->start, vma->vm_start);
	unsigned long to = min(u->end, vma->vm_end);
	struct vm_area_struct *next = vma->vm_next;

	unmap_account(vma, to - from);
	if (u->reserve) {
		vma_split(vma, to, u->reserve);
		vma_resize(vma, vma->vm_start, from);
		return u->reserve;
	}
	if (from > vma->vm_start) {
		vma_resize(vma, vma->vm_start, from);
	} else if (to < vma->vm_end) {
		vma_resize(vma, to, vma->vm_end);
		return vma;
	} else {
		vma_unlink(u->mm, vma);
		vma_destroy(vma);
	}
	return next;
}

/* Returns the first area above the hole, or NULL. */
static struct vm_area_struct *trim_areas(struct unmap *u)
{
	struct vm_area_struct *vma = u->first;

	while (vma && vma->vm_start < u->end)
		vma = trim_area(u, vma);
	return vma;
}

/* Free tables that lie wholly between the neighbours of the hole. */
static void unmap_tables(struct unmap *u, struct mmu_gather *tlb,
			 const struct vm_area_struct *next)
{
	free_pgtables(tlb, u->start, u->end, u->prev ? u->prev->vm_end : 0,
		      next ? next->vm_start : USER_CEILING);
}

/**
 * unmap_commit - unmap a prepared range
 * @u: from unmap_prepare()
 *
 * Context: mmap_lock for writing. Does not fail.
 */
void unmap_commit(struct unmap *u)
{
	struct vm_area_struct *next;
	struct mmu_gather tlb;

	if (!u->first)
		return;
	update_hiwater_vm(u->mm);
	tlb_gather_mmu(&tlb, u->mm, false);
	if (u->zap_start < u->end)
		zap_page_range(&tlb, u->zap_start, u->end);
	next = trim_areas(u);
	if (!u->keep_tables)
		unmap_tables(u, &tlb, next);
	tlb_finish_mmu(&tlb);
}

/**
 * do_munmap - unmap a range for who holds mmap_lock
 * @mm: address space
 * @start: first byte, page aligned
 * @len: bytes, page aligned, not 0; the range lies in user space
 *
 * Context: mmap_lock for writing; may sleep.
 * Return: 0; -ENOMEM, -EINVAL: see unmap_prepare(), and nothing changed.
 */
int do_munmap(struct mm_struct *mm, unsigned long start, size_t len)
{
	struct unmap u;
	int ret = unmap_prepare(&u, mm, start, start + len);

	if (!ret)
		unmap_commit(&u);
	return ret;
}

/**
 * vm_munmap - munmap(2)
 * @mm: address space
 * @start: first byte, must be page aligned
 * @len: bytes, rounded up to pages
 *
 * Holes in the range are no error.
 *
 * Context: may sleep; takes mmap_lock for writing.
 * Return: 0; -EINVAL: @start not aligned, @len 0, or the range leaves user
 * space; -ENOMEM: see unmap_prepare(); -EINTR: the caller is being killed. On
 * failure nothing changed.
 */
int vm_munmap(struct mm_struct *mm, unsigned long start, size_t len)
{
	int ret;

	if (offset_in_page(start) || start > TASK_SIZE ||
	    len > TASK_SIZE - start)
		return -EINVAL;
	len = PAGE_ALIGN(len);
	if (!len)
		return -EINVAL;
	if (mmap_write_lock_killable(mm))
		return -EINTR;
	ret = do_munmap(mm, start, len);
	debug_validate_mm(mm);
	mmap_write_unlock(mm);
	return ret;
}

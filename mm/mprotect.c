/* SPDX-License-Identifier: MIT */
/*
 * mprotect: changing the rights of a range.
 *
 * The range may cross areas. Each is handled by itself, from the lowest up,
 * and split or merged so that one area has one set of rights:
 *
 *	mprotect [2, 7) read-only
 *	page     0  1  2  3  4  5  6  7  8
 *	before   [ rw         )[ rw file    )
 *	after    [ rw )[ r    )[ r   )[ rw  )
 *
 * An area may gain only rights that it could have been mapped with: VM_MAYREAD,
 * VM_MAYWRITE and VM_MAYEXEC stand four bits above VM_READ, VM_WRITE and
 * VM_EXEC, so the check is one shift. For example, a MAP_SHARED mapping of a
 * file that was opened read-only has no VM_MAYWRITE.
 *
 * A private area that becomes writable begins to count as promised memory
 * (VM_ACCOUNT); when it loses the right again the promise stays, because pages
 * may have been written meanwhile.
 *
 * When it fails half-way - a hole, a right that may not be given, no memory -
 * the areas before that point keep their new rights, as on Linux; POSIX leaves
 * it open.
 *
 * Locks: mmap_lock for writing.
 */
#include "internal.h"

/* Charge and check for what [start, end) of @vma is about to become. Adds
 * VM_ACCOUNT to *flags when the pages were promised, takes it away when they
 * need not be any more. */
static int protect_reserve(struct vm_area_struct *vma, unsigned long pages,
			   vm_flags_t *flags)
{
	struct mm_struct *mm = vma->vm_mm;
	vm_flags_t old = vma->vm_flags;

	if (!(*flags & VM_WRITE)) {
		/* No page is there that the promise would be kept for. */
		if (vma_is_anonymous(vma) && !vma->vm_anon)
			*flags &= ~VM_ACCOUNT;
		return 0;
	}
	if (!may_expand_vm(mm, *flags, pages) && may_expand_vm(mm, old, pages))
		return -ENOMEM;
	if (old & (VM_ACCOUNT | VM_WRITE | VM_SHARED | VM_NORESERVE))
		return 0;
	if (mm_enough_memory(mm, pages) < 0)
		return -ENOMEM;
	*flags |= VM_ACCOUNT;
	return 0;
}

/* Give [start, end) of @vma the rights in @flags; *next: where to go on. */
static int mprotect_area(struct vm_area_struct *vma, unsigned long start,
			 unsigned long end, vm_flags_t flags,
			 struct vm_area_struct **next)
{
	unsigned long pages = (end - start) >> PAGE_SHIFT;
	vm_flags_t old = vma->vm_flags;
	struct mm_struct *mm = vma->vm_mm;
	int ret;

	*next = vma->vm_next;
	if (flags == old)
		return 0;
	vma_start_write(vma); /* protect_reserve() relies on vm_anon */
	ret = protect_reserve(vma, pages, &flags);
	if (ret)
		return ret;
	ret = unshare_tables(mm, start, end);
	if (!ret) {
		vma = vma_modify_flags(vma, start, end, flags);
		ret = IS_ERR(vma) ? (int)PTR_ERR(vma) : 0;
	}
	if (ret) {
		if (flags & ~old & VM_ACCOUNT)
			vm_unacct_memory(pages);
		return ret;
	}
	if (old & ~flags & VM_ACCOUNT)
		vm_unacct_memory(pages);
	vm_stat_account(mm, old, -(long)pages);
	vm_stat_account(mm, flags, (long)pages);
	change_protection(vma, start, end);
	if ((old & (VM_WRITE | VM_SHARED | VM_LOCKED)) == VM_LOCKED &&
	    (flags & VM_WRITE))
		populate_vma_range(vma, start, end);
	/* The area may now reach beyond @end: what follows is unchanged. */
	*next = vma->vm_end > end ? vma : vma->vm_next;
	return 0;
}

static int mprotect_range(struct vm_area_struct *vma, unsigned long start,
			  unsigned long end, unsigned long prot)
{
	vm_flags_t flags;
	unsigned long to;
	int ret;

	for (; start < end; start = to) {
		if (!vma || vma->vm_start > start)
			return -ENOMEM; /* a hole */
		to = min(end, vma->vm_end);
		flags = (vma->vm_flags & ~VM_ACCESS_FLAGS) | prot;
		if (unlikely(vma->vm_mm->read_implies_exec) &&
		    (flags & VM_READ) && (flags & VM_MAYEXEC))
			flags |= VM_EXEC;
		if (flags & ~(flags >> 4) & VM_ACCESS_FLAGS)
			return -EACCES;
		ret = mprotect_area(vma, start, to, flags, &vma);
		if (ret)
			return ret;
	}
	return 0;
}

/* PROT_GROWSDOWN moves the start of the range down to that of its area. */
static int mprotect_locked(struct mm_struct *mm, unsigned long start,
			   unsigned long end, unsigned long prot)
{
	struct vm_area_struct *vma = find_vma(mm, start);

	if (!vma)
		return -ENOMEM;
	if (prot & PROT_GROWSDOWN) {
		if (vma->vm_start >= end)
			return -ENOMEM;
		start = vma->vm_start;
		if (!(vma->vm_flags & VM_GROWSDOWN))
			return -EINVAL;
	} else if (vma->vm_start > start) {
		return -ENOMEM;
	} else if (prot & PROT_GROWSUP) {
		return -EINVAL; /* nothing grows up on this machine */
	}
	return mprotect_range(vma, start, end, prot & VM_ACCESS_FLAGS);
}

/**
 * do_mprotect - mprotect(2)
 * @mm: address space
 * @start: first byte, must be page aligned
 * @len: bytes, rounded up to pages; 0 does nothing
 * @prot: PROT_*
 *
 * Context: may sleep; takes mmap_lock for writing.
 * Return: 0, or
 *   -EINVAL  @start not aligned, an unknown PROT flag, PROT_GROWSDOWN on what
 *            does not grow or together with PROT_GROWSUP
 *   -ENOMEM  a page of the range is not mapped; no memory; too many areas;
 *            RLIMIT_DATA
 *   -EACCES  an area may not be given the right
 *   -EINTR   the caller is being killed
 * On failure the areas below the one that failed have the new rights.
 */
int do_mprotect(struct mm_struct *mm, unsigned long start, size_t len,
		unsigned long prot)
{
	const unsigned long grows = PROT_GROWSDOWN | PROT_GROWSUP;
	const unsigned long known =
		PROT_READ | PROT_WRITE | PROT_EXEC | PROT_SEM | grows;
	unsigned long end;
	int ret;

	if ((prot & grows) == grows || offset_in_page(start))
		return -EINVAL;
	if (!len)
		return 0;
	end = start + PAGE_ALIGN(len);
	if (end <= start)
		return -ENOMEM;
	if (prot & ~known)
		return -EINVAL;
	if (mmap_write_lock_killable(mm))
		return -EINTR;
	ret = mprotect_locked(mm, start, end, prot);
	debug_validate_mm(mm);
	mmap_write_unlock(mm);
	return ret;
}

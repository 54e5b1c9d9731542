/* SPDX-License-Identifier: MIT */
/*
 * madvise: what a program tells about its memory.
 *
 * Advice is of two kinds. Some sets a flag of the area, which later calls
 * respect; that splits and merges areas as mprotect does:
 *
 *	MADV_NORMAL RANDOM SEQUENTIAL    VM_RAND_READ, VM_SEQ_READ
 *	MADV_DONTFORK DOFORK             VM_DONTCOPY: fork leaves it out
 *	MADV_WIPEONFORK KEEPONFORK       VM_WIPEONFORK: empty in the child
 *	MADV_DONTDUMP DODUMP             VM_DONTDUMP: not in a core dump
 *
 * Some acts on the pages at once (madvise_pages.c) and leaves the area alone:
 *
 *	MADV_DONTNEED     forget the pages: private ones read as zeroes (or as
 *	                  the file) afterwards, shared ones keep their contents
 *	MADV_DONTNEED_LOCKED  the same, of locked memory too
 *	MADV_FREE         the same for anonymous memory only
 *	MADV_REMOVE       punch a hole into the object
 *	MADV_WILLNEED     read ahead into the page cache
 *	MADV_POPULATE_READ, _WRITE   fault in, as a read or a write would
 *	MADV_COLD, PAGEOUT           not used lately: the young bits go
 *
 * A worked example. free() of a large block in the middle of the heap:
 *
 *	madvise(0x5000, 0x3000, MADV_DONTNEED)
 *	before   [heap: A B C D E )    5 pages resident
 *	after    [heap: A . . . E )    2 pages resident, one area as before
 *
 * MADV_FREE lets the kernel choose when the pages go, and a program must expect
 * old contents or zeroes until it writes: they go when memory is short
 * (mm/reclaim.c). MADV_PAGEOUT takes them, and has nowhere to put other
 * anonymous pages, as on a Linux without swap.
 *
 * Advice of what is not here (huge pages, KSM, memory failures) is EINVAL, as
 * on a Linux kernel built without it.
 *
 * Locks: mmap_lock, for writing when areas change, for reading when only
 * pages do.
 */
#include "internal.h"

static bool advice_acts_on_pages(int advice)
{
	switch (advice) {
	case MADV_WILLNEED:
	case MADV_DONTNEED:
	case MADV_DONTNEED_LOCKED:
	case MADV_FREE:
	case MADV_REMOVE:
	case MADV_COLD:
	case MADV_PAGEOUT:
	case MADV_POPULATE_READ:
	case MADV_POPULATE_WRITE:
		return true;
	default:
		return false;
	}
}

static bool advice_sets_flags(int advice)
{
	switch (advice) {
	case MADV_NORMAL:
	case MADV_RANDOM:
	case MADV_SEQUENTIAL:
	case MADV_DONTFORK:
	case MADV_DOFORK:
	case MADV_DONTDUMP:
	case MADV_DODUMP:
	case MADV_WIPEONFORK:
	case MADV_KEEPONFORK:
		return true;
	default:
		return false;
	}
}

/* The flags of @vma after the advice: 0, or -EINVAL: not for this area. */
static int advised_flags(const struct vm_area_struct *vma, int advice,
			 vm_flags_t *flags)
{
	const vm_flags_t read = VM_RAND_READ | VM_SEQ_READ;
	vm_flags_t old = vma->vm_flags;

	*flags = old;
	switch (advice) {
	case MADV_NORMAL:
		*flags = old & ~read;
		return 0;
	case MADV_RANDOM:
		*flags = (old & ~read) | VM_RAND_READ;
		return 0;
	case MADV_SEQUENTIAL:
		*flags = (old & ~read) | VM_SEQ_READ;
		return 0;
	case MADV_DONTFORK:
		*flags = old | VM_DONTCOPY;
		return 0;
	case MADV_DOFORK:
		*flags = old & ~VM_DONTCOPY;
		return old & VM_IO ? -EINVAL : 0;
	case MADV_WIPEONFORK:
		*flags = old | VM_WIPEONFORK;
		return vma->vm_file || (old & VM_SHARED) ? -EINVAL : 0;
	case MADV_KEEPONFORK:
		*flags = old & ~VM_WIPEONFORK;
		return 0;
	case MADV_DONTDUMP:
		*flags = old | VM_DONTDUMP;
		return 0;
	default: /* MADV_DODUMP */
		*flags = old & ~VM_DONTDUMP;
		/* Device memory is never dumped, whatever is asked. */
		return old & VM_SPECIAL ? -EINVAL : 0;
	}
}

/* Advise [start, end) of one area; *next: where to go on. */
static int madvise_area(struct vm_area_struct *vma, unsigned long start,
			unsigned long end, int advice,
			struct vm_area_struct **next)
{
	vm_flags_t flags;
	int ret;

	*next = vma->vm_next;
	ret = advised_flags(vma, advice, &flags);
	if (ret || flags == vma->vm_flags)
		return ret;
	vma = vma_modify_flags(vma, start, end, flags);
	if (IS_ERR(vma))
		return PTR_ERR(vma) == -ENOMEM ? -EAGAIN : (int)PTR_ERR(vma);
	*next = vma->vm_end > end ? vma : vma->vm_next;
	return 0;
}

/* Every area of the range; a hole is passed over and reported at the end. */
static int madvise_areas(struct mm_struct *mm, unsigned long start,
			 unsigned long end, int advice)
{
	struct vm_area_struct *vma = find_vma(mm, start);
	unsigned long to;
	int ret, hole = 0;

	for (; start < end; start = to) {
		if (!vma || vma->vm_start >= end)
			return -ENOMEM;
		if (start < vma->vm_start) {
			hole = -ENOMEM;
			start = vma->vm_start;
		}
		to = min(end, vma->vm_end);
		ret = madvise_area(vma, start, to, advice, &vma);
		if (ret)
			return ret;
	}
	return hole;
}

/**
 * do_madvise - madvise(2)
 * @mm: address space
 * @start: first byte, must be page aligned
 * @len: bytes, rounded up to pages; 0 does nothing
 * @advice: MADV_*
 *
 * Context: may sleep; takes mmap_lock.
 * Return: 0, or
 *   -EINVAL  advice that is not known or not for this kind of area, @start not
 *            aligned, a range that wraps around
 *   -ENOMEM  a page of the range is not mapped (the rest has been advised); no
 *            memory for page tables
 *   -EAGAIN  no memory for the area structures that the advice needs
 *   -EINTR   the caller is being killed
 *   else as madvise_pages()
 */
int do_madvise(struct mm_struct *mm, unsigned long start, size_t len,
	       int advice)
{
	size_t bytes = PAGE_ALIGN(len);
	int ret;

	if (!advice_acts_on_pages(advice) && !advice_sets_flags(advice))
		return -EINVAL;
	if (offset_in_page(start) || (len && !bytes) || start + bytes < start)
		return -EINVAL;
	if (!bytes)
		return 0;
	if (advice_acts_on_pages(advice))
		return madvise_pages(mm, start, start + bytes, advice);
	if (mmap_write_lock_killable(mm))
		return -EINTR;
	ret = madvise_areas(mm, start, start + bytes, advice);
	debug_validate_mm(mm);
	mmap_write_unlock(mm);
	return ret;
}

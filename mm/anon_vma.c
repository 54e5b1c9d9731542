/* SPDX-License-Identifier: MIT */
/*
 * Which areas have their anonymous pages in common.
 *
 * Linux finds the ptes of an anonymous page through its anon_vma, a list of the
 * areas that may map it. Two areas with different ones cannot become one area,
 * and whoever counts the lines of /proc/PID/maps can see that. No such list is
 * needed here, but the rule is kept: vm_anon numbers the anon_vma that the area
 * would have on Linux.
 *
 *	0		no anonymous page yet, and fork has no ptes to copy
 *	n		of family n
 *	n | ANON_FORKED	the same, and the area came by fork
 *
 * A worked example. Two mappings are written to, then the page between them is
 * mapped too:
 *
 *	page          1   2   3   4   5
 *	before      [ 1   1 )   [ 2   2 )	2 areas
 *	mmap of 3   [ 1   1   1 | 2   2 )	2 areas: 3 has no page and would go
 *						with either, but 1 is not 2
 *
 * The rules, as Linux has them since 6.16:
 *	- the first anonymous page of an area takes the number of a neighbour
 *	  that continues it and differs in nothing but its rights; else a new one
 *	- split and mremap copy the number
 *	- fork gives each area that has one another of its own, ANON_FORKED
 *	- areas merge when the numbers are equal or one is 0; but what came by
 *	  fork takes nothing in that is 0, so that few families grow old
 *
 * Numbers are unique in an address space. After 2^31 of them one may come again:
 * then two areas may merge that Linux keeps apart, which harms nobody.
 *
 * Invariants:
 *	I13 (mm/memory.c) an area that maps an anonymous page has a number
 *
 * Locks: faults change vm_anon from 0 only, by an exchange; with mmap_lock for
 * writing and the area marked it may change in any way. A fault that has only its
 * own area pinned looks at the neighbours inside vma_lock: so they are still
 * linked, while what they are may be changing. The number is as good then.
 */
#include "internal.h"

static u32 new_number(struct mm_struct *mm)
{
	u32 n;

	do
		n = (u32)atomic_add_return(1, &mm->anon_numbers) & ~ANON_FORKED;
	while (!n);
	return n;
}

/* Would @low and @high, neighbours, merge if they had the same rights? */
static bool continues(const struct vm_area_struct *low,
		      const struct vm_area_struct *high)
{
	return low->vm_end == high->vm_start && low->vm_file == high->vm_file &&
	       !((low->vm_flags ^ high->vm_flags) & ~VM_ACCESS_FLAGS) &&
	       low->vm_pgoff + vma_pages(low) == high->vm_pgoff;
}

/* The number that @vma can take over from its neighbour @from; 0: none. */
static u32 number_of(const struct vm_area_struct *from)
{
	u32 n = READ_ONCE(from->vm_anon);

	return n & ANON_FORKED ? 0 : n;
}

/**
 * vma_anon_first - an area gets its first anonymous page
 * @vma: the area, whose vm_anon was 0
 *
 * Context: mmap_lock in either mode, or @vma pinned; may be a page table's ptl.
 */
void vma_anon_first(struct vm_area_struct *vma)
{
	const struct vm_area_struct *next, *prev;
	struct mm_struct *mm = vma->vm_mm;
	u32 n = 0;

	spin_lock(&mm->vma_lock);
	next = vma->vm_next;
	prev = vma->vm_prev;
	if (next && continues(vma, next))
		n = number_of(next);
	if (!n && prev && continues(prev, vma))
		n = number_of(prev);
	spin_unlock(&mm->vma_lock);
	if (!n)
		n = new_number(mm);
	cmpxchg(&vma->vm_anon, 0, n); /* else another thread was faster */
}

/**
 * vma_anon_fork - give the child's copy of an area its number
 * @vma: the copy, in the child's address space
 *
 * Context: both mmap_locks for writing.
 */
void vma_anon_fork(struct vm_area_struct *vma)
{
	if (vma->vm_flags & VM_WIPEONFORK)
		vma->vm_anon = 0;
	else if (vma->vm_anon)
		vma->vm_anon = new_number(vma->vm_mm) | ANON_FORKED;
}

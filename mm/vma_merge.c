/* SPDX-License-Identifier: MIT */
/*
 * Merging: neighbours that differ in nothing become one area.
 *
 * The range A = [addr, end) gets, or is about to get, attributes X.
 * P is the area that ends at addr and N the one that begins at end, if they
 * have the attributes X and their offsets continue A's. In cases 1 to 3 A is
 * free; in 4 to 8 it is C, an area of other attributes, or a piece of it.
 *
 *	A is free                     A is all of C
 *	1  PPPAAANNN  PPPPPPPPP       4  PPPCCCNNN  PPPPPPPPP
 *	2  PPPAAA...  PPPPPP...       5  PPPCCC...  PPPPPP...
 *	3  ...AAANNN  ...NNNNNN       6  ...CCCNNN  ...NNNNNN
 *
 *	A is the head of C            A is the tail of C
 *	7  PPPAACCCC  PPPPPCCCC       8  CCCCAANNN  CCCCNNNNN
 *
 * A range inside C that touches neither of its ends merges with nothing.
 *
 * A worked example: [1, 5) is rw, page 3 is made read-only and then rw again.
 *
 *	                 [ r w )[ r )[ r w )      3 areas
 *	case 4 at page 3 [ r w             )      1 area
 *
 * What must agree: flags, object, offset, policy, and the anonymous pages:
 * vm_anon, see mm/anon_vma.c. P and N may each agree with A but not with each other; then
 * P takes A and N stays (case 2 or 5).
 *
 * Locks: mmap_lock for writing; i_mmap_lock inside it, see mm/vma.c.
 *
 * Linux has eight cases too, other ones, since its structures carry more than
 * a number. Merging here needs no memory and never fails.
 */
#include <ikos/fs.h>

#include "internal.h"

/* Are these numbers of one family, or is one of them 0? */
static bool anon_same(u32 a, u32 b)
{
	return !a || !b || !((a ^ b) & ~ANON_FORKED);
}

/* May an area with the number @to take in pages with @from? */
static bool anon_fits(u32 to, u32 from)
{
	if (!to || !from)
		return !((to | from) & ANON_FORKED);
	return anon_same(to, from);
}

/* What @vma has taken in has the number @from. */
static void anon_adopt(struct vm_area_struct *vma, u32 from)
{
	if (!vma->vm_anon)
		vma->vm_anon = from;
}

/* Whether @vma's object and flags are those of @attr, offsets apart. */
static bool vma_attr_match(const struct vm_area_struct *vma,
			   const struct vma_attr *attr)
{
	const struct vm_operations_struct *ops = vma->vm_ops;

	if (vma->vm_flags != attr->flags || vma->vm_file != attr->file ||
	    (attr->flags & VM_SPECIAL) || attr->alone ||
	    vma->vm_policy != attr->policy ||
	    !anon_fits(vma->vm_anon, attr->anon))
		return false;
	if (ops && ops->close && !ops->mergeable)
		return false;
	if (attr->file)
		return true;
	return ops == attr->ops && vma->vm_private_data == attr->private_data;
}

static bool can_merge_after(const struct vm_area_struct *prev,
			    unsigned long addr, const struct vma_attr *attr)
{
	return prev && prev->vm_end == addr && vma_attr_match(prev, attr) &&
	       prev->vm_pgoff + vma_pages(prev) == attr->pgoff;
}

static bool can_merge_before(const struct vm_area_struct *next,
			     unsigned long end, pgoff_t pages,
			     const struct vma_attr *attr)
{
	return next && next->vm_start == end && vma_attr_match(next, attr) &&
	       attr->pgoff + pages == next->vm_pgoff;
}

/* @vma takes [start, end), which so far belonged to others or to nobody;
 * @gone, its range now covered, leaves. */
static void vma_swallow(struct vm_area_struct *vma, unsigned long start,
			unsigned long end, struct vm_area_struct *gone)
{
	if (!gone) {
		vma_resize(vma, start, end);
		return;
	}
	vma_start_write(vma);
	vma_start_write(gone);
	anon_adopt(vma, gone->vm_anon);
	vma_set_range(vma, start, end);
	vma_unlink(vma->vm_mm,
		   gone); /* brings the gap above @gone up to date */
	vma_destroy(gone);
}

/* Cases 1, 2, 3: nothing is mapped in [addr, end). */
static struct vm_area_struct *merge_free(struct vm_area_struct *prev,
					 struct vm_area_struct *next,
					 unsigned long addr, unsigned long end,
					 u32 anon)
{
	vma_start_write(prev ? prev : next);
	anon_adopt(prev ? prev : next, anon);
	if (prev && next) { /* case 1 */
		vma_swallow(prev, prev->vm_start, next->vm_end, next);
		return prev;
	}
	if (prev) { /* case 2 */
		vma_swallow(prev, prev->vm_start, end, NULL);
		return prev;
	}
	vma_swallow(next, addr, next->vm_end, NULL); /* case 3 */
	return next;
}

/* Cases 4, 5, 6: [addr, end) is all of @curr. */
static struct vm_area_struct *merge_whole(struct vm_area_struct *prev,
					  struct vm_area_struct *curr,
					  struct vm_area_struct *next)
{
	if (prev && next) { /* case 4 */
		vma_swallow(prev, prev->vm_start, curr->vm_end, curr);
		vma_swallow(prev, prev->vm_start, next->vm_end, next);
		return prev;
	}
	if (prev) { /* case 5 */
		vma_swallow(prev, prev->vm_start, curr->vm_end, curr);
		return prev;
	}
	vma_swallow(next, curr->vm_start, next->vm_end, curr); /* case 6 */
	return next;
}

/* Cases 7, 8: the border between two areas moves to @addr or @end. */
static struct vm_area_struct *merge_piece(struct vm_area_struct *prev,
					  struct vm_area_struct *curr,
					  struct vm_area_struct *next,
					  unsigned long addr, unsigned long end)
{
	struct vm_area_struct *grown = prev ? prev : next;

	vma_start_write(grown);
	vma_start_write(curr);
	anon_adopt(grown, curr->vm_anon);
	if (prev) { /* case 7 */
		vma_set_range(prev, prev->vm_start, end);
		vma_set_range(curr, end, curr->vm_end);
		vma_gap_update(curr);
	} else { /* case 8 */
		vma_set_range(next, addr, next->vm_end);
		vma_set_range(curr, curr->vm_start, addr);
		vma_gap_update(next);
	}
	return grown;
}

/**
 * vma_merge - let neighbours take over a range, if they may
 * @mm: address space
 * @prev: the area before the range, or before the area that it lies in; NULL:
 *	none
 * @addr: first byte of the range
 * @end: its end
 * @attr: what the range will be
 *
 * See the drawing at the head of this file. The range is free, or lies in one
 * area whose attributes are not @attr. Pages that are mapped there already
 * keep their ptes: changing those is the caller's business, and so are the
 * counters of @mm.
 *
 * Context: mmap_lock for writing. Cannot fail.
 * Return: the area that contains the range now; NULL when none may take it,
 * and nothing changed.
 */
struct vm_area_struct *vma_merge(struct mm_struct *mm,
				 struct vm_area_struct *prev,
				 unsigned long addr, unsigned long end,
				 const struct vma_attr *attr)
{
	struct vm_area_struct *next = prev ? prev->vm_next : mm->mmap;
	struct vm_area_struct *curr = NULL;

	if (next && next->vm_start < end) { /* 4 to 8: not free */
		curr = next;
		next = curr->vm_end == end ? curr->vm_next : NULL;
	}
	if (!can_merge_after(prev, addr, attr))
		prev = NULL;
	if (!can_merge_before(next, end, (end - addr) >> PAGE_SHIFT, attr))
		next = NULL;
	if (!prev && !next)
		return NULL;
	if (prev && next && !anon_same(prev->vm_anon, next->vm_anon))
		next = NULL;
	if (!curr)
		return merge_free(prev, next, addr, end, attr->anon);
	if (curr->vm_start == addr && curr->vm_end == end)
		return merge_whole(prev, curr, next);
	return merge_piece(prev, curr, next, addr, end);
}

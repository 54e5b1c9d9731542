/* SPDX-License-Identifier: MIT */
/*
 * mremap: changing the size of a mapping, or its place.
 *
 *	new_len <= old_len   unmap the tail                     (shrink)
 *	new_len >  old_len   the room behind is free: take it   (grow)
 *	                     else, MREMAP_MAYMOVE: move
 *	MREMAP_FIXED         move to new_addr, whatever is there
 *	MREMAP_DONTUNMAP     move the pages, leave the area behind, empty
 *	old_len == 0         of shared memory: a second mapping of the same pages
 *
 * A worked example. realloc() of a large block, two pages to four, with another
 * mapping right behind it:
 *
 *	mremap(4, 2 pages, 4 pages, MREMAP_MAYMOVE)
 *	page     0  1  2  3  4  5  6
 *	before               [A B )[ C )
 *	after    [A B . .)         [ C )     nothing is copied: the ptes moved
 *
 * A move is check, reserve, commit:
 *
 *	check    flags, lengths, limits; the old range lies in one area
 *	reserve  promise of memory; an area for the new place; one for the case
 *	         that the old range is cut out of the middle of its area; room
 *	         for what MREMAP_FIXED replaces; the tables at the new place
 *	commit   unmap what is in the way; link the new area or let a neighbour
 *	         take it over; move the ptes; unmap the old range
 *
 * vm_pgoff. The new area shows the same offsets of the object as the old range
 * did. Anonymous memory that has no page yet is numbered by its address, as if
 * it had been mapped there, so that it merges with its new neighbours.
 *
 * Locks: mmap_lock for writing; i_mmap_lock inside, see mm/move.c.
 *
 * Linux up to 6.16 unmaps what MREMAP_FIXED replaces before it has looked at
 * the old range; a call that fails then leaves a hole. Here, as in later ones,
 * it changes nothing. MREMAP_DONTUNMAP of a part of a locked area unlocks the
 * whole area, as on Linux; but Linux goes on counting what is left behind, from
 * 6.17 on also when the whole area has moved (VmLck never becomes 0 again).
 * Here the count is right.
 */
#include <ikos/fs.h>

#include "internal.h"

/* A request under way. */
struct mremap {
	struct mm_struct *mm;
	struct vm_area_struct *vma; /* that @addr lies in */
	unsigned long addr, new_addr, flags;
	unsigned long old_len; /* what is unmapped, or stays where it is */
	unsigned long new_len;
	bool may_lock, may_low;
	/* Reserved for the move; NULL: not needed. */
	struct vm_area_struct *area, *spare;
	struct unmap target; /* what MREMAP_FIXED replaces */
	unsigned long charge; /* pages promised */
};

/* Bytes whose pages move. */
static unsigned long moved_len(const struct mremap *r)
{
	return min(r->old_len, r->new_len);
}

/* --- check ------------------------------------------------------------------------ */

static int check_args(const struct mremap_request *req)
{
	unsigned long flags = req->flags;

	if (flags &
	    ~(unsigned long)(MREMAP_FIXED | MREMAP_MAYMOVE | MREMAP_DONTUNMAP))
		return -EINVAL;
	if ((flags & (MREMAP_FIXED | MREMAP_DONTUNMAP)) &&
	    !(flags & MREMAP_MAYMOVE))
		return -EINVAL;
	if ((flags & MREMAP_DONTUNMAP) && req->old_len != req->new_len)
		return -EINVAL;
	return offset_in_page(req->addr) ? -EINVAL : 0;
}

/* The new place that the caller asks for. */
static int check_new_place(const struct mremap *r)
{
	if (offset_in_page(r->new_addr) || r->new_addr > TASK_SIZE - r->new_len)
		return -EINVAL;
	/* No part of it may be old. */
	if (r->addr + r->old_len > r->new_addr &&
	    r->new_addr + r->new_len > r->addr)
		return -EINVAL;
	if (r->mm->map_count + 2 >= sysctl_max_map_count - 3)
		return -ENOMEM;
	if (r->old_len > r->new_len &&
	    (r->old_len > TASK_SIZE || r->addr > TASK_SIZE - r->old_len))
		return -EINVAL; /* the tail cannot be unmapped */
	return 0;
}

/* May the area give up to @moved_len(r) bytes for new_len? */
static int check_resize(const struct mremap *r)
{
	const struct vm_area_struct *vma = r->vma;
	unsigned long len = moved_len(r), grow = r->new_len - len;
	pgoff_t pgoff = linear_page_index(vma, r->addr);

	if (!r->old_len && !(vma->vm_flags & VM_MAYSHARE))
		return -EINVAL;
	if ((r->flags & MREMAP_DONTUNMAP) &&
	    (vma->vm_flags & (VM_DONTEXPAND | VM_PFNMAP)))
		return -EINVAL;
	if (len > vma->vm_end - r->addr)
		return -EFAULT; /* it reaches beyond the area */
	if (!grow)
		return 0;
	if (pgoff + (r->new_len >> PAGE_SHIFT) < pgoff)
		return -EINVAL;
	if (vma->vm_flags & (VM_DONTEXPAND | VM_PFNMAP))
		return -EFAULT;
	if (!mlock_future_ok(r->mm, vma->vm_flags, grow, r->may_lock))
		return -EAGAIN;
	return may_expand_vm(r->mm, vma->vm_flags, grow >> PAGE_SHIFT)
		       ? 0
		       : -ENOMEM;
}

/* --- without a move ---------------------------------------------------------------- */

static int shrink(struct mremap *r)
{
	unsigned long start = r->addr + r->new_len;
	struct unmap u;
	int ret;

	if (r->old_len == r->new_len)
		return 0;
	if (r->old_len > TASK_SIZE || r->addr > TASK_SIZE - r->old_len)
		return -EINVAL;
	ret = unmap_prepare(&u, r->mm, start, r->addr + r->old_len);
	if (!ret)
		unmap_commit(&u);
	return ret;
}

/* Is the room right behind the area free, as far as the new length reaches? */
static bool can_grow_in_place(const struct mremap *r)
{
	const struct vm_area_struct *vma = r->vma, *next = vma->vm_next;

	if (r->addr + r->old_len != vma->vm_end ||
	    r->new_len > TASK_SIZE - r->addr)
		return false;
	return !next || next->vm_start >= r->addr + r->new_len;
}

static int grow_in_place(struct mremap *r)
{
	struct vm_area_struct *vma = r->vma;
	unsigned long pages = (r->new_len - r->old_len) >> PAGE_SHIFT;
	vm_flags_t flags = vma->vm_flags;
	struct vma_attr attr =
		vma_attr_of(vma, linear_page_index(vma, vma->vm_end));

	if ((flags & VM_ACCOUNT) && mm_enough_memory(r->mm, pages) < 0)
		return -ENOMEM;
	attr.anon &= ~ANON_FORKED; /* the area takes in its own kind */
	if (!vma_merge(r->mm, vma, vma->vm_end, r->addr + r->new_len, &attr)) {
		if (flags & VM_ACCOUNT)
			vm_unacct_memory(pages);
		return -ENOMEM;
	}
	vm_stat_account(r->mm, flags, (long)pages);
	return 0;
}

/* --- the move: reserve ---------------------------------------------------------------- */

/* The offset at which the new area begins. */
static pgoff_t new_pgoff(const struct mremap *r)
{
	if (vma_is_anonymous(r->vma) && !r->vma->vm_anon)
		return r->new_addr >> PAGE_SHIFT;
	return linear_page_index(r->vma, r->addr);
}

/* Whether the old range may have to be cut out of the middle of an area: it
 * lies there now, or the new range may merge with the area that it is in. */
static bool needs_spare(const struct mremap *r)
{
	const struct vm_area_struct *vma = r->vma;

	return (r->addr > vma->vm_start &&
		r->addr + r->old_len < vma->vm_end) ||
	       r->new_addr == vma->vm_end ||
	       r->new_addr + r->new_len == vma->vm_start;
}

static int reserve_areas(struct mremap *r)
{
	r->area = vm_area_dup(r->vma);
	if (r->area && needs_spare(r))
		r->spare = vm_area_dup(r->vma);
	if (r->area && (r->spare || !needs_spare(r)))
		return 0;
	vm_area_put(r->area);
	return -ENOMEM;
}

/* What MREMAP_FIXED replaces; else there is nothing. */
static int reserve_target(struct mremap *r)
{
	int ret;

	r->target.first = NULL;
	r->target.reserve = NULL;
	if (!(r->flags & MREMAP_FIXED))
		return 0;
	ret = unmap_prepare(&r->target, r->mm, r->new_addr,
			    r->new_addr + r->new_len);
	r->target.keep_tables = true;
	return ret;
}

/* Promise the pages that are more than before. */
static int reserve_memory(struct mremap *r)
{
	unsigned long more = r->new_len;

	if (!(r->flags & MREMAP_DONTUNMAP))
		more -= moved_len(r);
	r->charge = 0;
	if (!(r->vma->vm_flags & VM_ACCOUNT))
		return 0;
	r->charge = more >> PAGE_SHIFT;
	return mm_enough_memory(r->mm, r->charge);
}

/* All that can fail. On failure nothing is left. */
static int reserve(struct mremap *r, const struct move_request *move)
{
	int ret = vma_may_cut(r->vma, r->addr, r->addr + moved_len(r));

	if (ret)
		return ret;
	if (r->mm->map_count >= sysctl_max_map_count - 3 ||
	    reserve_memory(r) < 0)
		return -ENOMEM;
	if (reserve_areas(r) < 0)
		goto unaccount;
	if (reserve_target(r) < 0)
		goto put_areas;
	if (move_prepare(r->mm, move) == 0 &&
	    unshare_tables(r->mm, r->addr, r->addr + r->old_len) == 0)
		return 0;
	move_abort(r->mm, move);
	unmap_abort(&r->target);
put_areas:
	vm_area_put(r->area);
	vm_area_put(r->spare);
unaccount:
	vm_unacct_memory(r->charge);
	return -ENOMEM;
}

/* --- the move: commit ------------------------------------------------------------------ */

/* Map the new range: a neighbour takes it, or the reserved area. */
static void link_new_range(struct mremap *r, pgoff_t pgoff)
{
	unsigned long end = r->new_addr + r->new_len;
	struct vma_attr attr = vma_attr_of(r->area, pgoff);
	struct vm_area_struct *area = r->area, *merged;
	struct vma_place place;

	if (!vma_find_place(r->mm, r->new_addr, end, &place))
		BUG();
	merged = vma_merge(r->mm, place.prev, r->new_addr, end, &attr);
	if (merged) {
		vm_area_put(area);
		return;
	}
	area->vm_start = r->new_addr;
	area->vm_end = end;
	area->vm_pgoff = pgoff;
	vma_open_object(area);
	vma_link(r->mm, area, &place);
}

static void unmap_old_range(struct mremap *r)
{
	struct unmap u;

	if (!r->old_len) {
		vm_area_put(r->spare);
		return;
	}
	unmap_prepare_with(&u, r->mm, r->addr, r->addr + r->old_len, r->spare);
	u.zap_start = r->addr + moved_len(r); /* the others have moved */
	unmap_commit(&u);
}

/* MREMAP_DONTUNMAP: the old area stays, unlocked, and holds nothing. */
static void leave_old_range(struct mremap *r)
{
	struct vm_area_struct *vma = find_vma(r->mm, r->addr);

	vm_area_put(r->spare);
	if (vma->vm_flags & VM_LOCKED)
		r->mm->locked_vm -= vma_pages(vma);
	vma_assert_write_locked(vma);
	vma->vm_flags &= ~(VM_LOCKED | VM_LOCKONFAULT);
	if (vma->vm_start == r->addr && vma->vm_end == r->addr + r->old_len)
		vma->vm_anon = 0;
}

static void commit(struct mremap *r, const struct move_request *move)
{
	vm_flags_t flags = r->vma->vm_flags;
	pgoff_t pgoff = new_pgoff(r);
	unsigned long hiwater;

	update_hiwater_vm(r->mm);
	hiwater = r->mm->hiwater_vm;
	unmap_commit(&r->target);
	link_new_range(r, pgoff);
	move_commit(r->mm, move);
	vm_stat_account(r->mm, flags, (long)(r->new_len >> PAGE_SHIFT));
	if (r->flags & MREMAP_DONTUNMAP) {
		leave_old_range(r);
		return;
	}
	/* Unmapping takes back what is promised for the old range. */
	if (flags & VM_ACCOUNT)
		vm_acct_memory(moved_len(r) >> PAGE_SHIFT);
	unmap_old_range(r);
	r->mm->hiwater_vm = hiwater; /* both at once were never meant */
	update_hiwater_vm(r->mm);
}

static int move(struct mremap *r)
{
	const struct move_request move = { .old_addr = r->addr,
					   .new_addr = r->new_addr,
					   .len = moved_len(r),
					   .mapping = vma_mapping(r->vma) };
	int ret = vma_may_cut(r->vma, r->addr, r->addr + r->old_len);

	if (!ret)
		ret = reserve(r, &move);
	if (!ret)
		commit(r, &move);
	return ret;
}

/* --- the call --------------------------------------------------------------------------- */

static int find_new_place(struct mremap *r, unsigned long hint,
			  unsigned long flags)
{
	const struct mmap_request req = { .addr = hint,
					  .len = r->new_len,
					  .flags = flags,
					  .may_low = r->may_low };
	unsigned long addr = get_unmapped_area(r->mm, &req);

	if (IS_ERR_VALUE(addr))
		return (int)addr;
	r->new_addr = addr;
	return 0;
}

/* old_len is 0 and the target begins at addr: what was to be mapped a second
 * time has gone when it is looked for, as on Linux. */
static int unmap_self(const struct mremap *r)
{
	struct unmap u;
	int ret =
		unmap_prepare(&u, r->mm, r->new_addr, r->new_addr + r->new_len);

	if (!ret)
		unmap_commit(&u);
	return ret ? ret : -EFAULT;
}

/* MREMAP_FIXED, MREMAP_DONTUNMAP. */
static int mremap_to(struct mremap *r)
{
	int ret = check_new_place(r);

	if (!ret)
		ret = check_resize(r);
	if (ret)
		return ret;
	if ((r->flags & MREMAP_DONTUNMAP) &&
	    !may_expand_vm(r->mm, r->vma->vm_flags, r->old_len >> PAGE_SHIFT))
		return -ENOMEM;
	ret = find_new_place(r, r->new_addr,
			     r->flags & MREMAP_FIXED ? MAP_FIXED : 0);
	if (!ret && !r->old_len && r->addr == r->new_addr)
		return unmap_self(r);
	return ret ? ret : move(r);
}

static int grow(struct mremap *r)
{
	int ret = check_resize(r);

	if (ret)
		return ret;
	if (can_grow_in_place(r))
		return grow_in_place(r);
	if (!(r->flags & MREMAP_MAYMOVE))
		return -ENOMEM;
	ret = find_new_place(r, 0, 0);
	return ret ? ret : move(r);
}

static int do_mremap(struct mremap *r)
{
	r->vma = find_vma(r->mm, r->addr);
	if (!r->vma || r->vma->vm_start > r->addr)
		return -EFAULT;
	vma_start_write(r->vma);
	if (r->flags & (MREMAP_FIXED | MREMAP_DONTUNMAP))
		return mremap_to(r);
	r->new_addr = r->addr;
	return r->old_len >= r->new_len ? shrink(r) : grow(r);
}

/**
 * vm_mremap - mremap(2)
 * @mm: address space
 * @req: what is asked for
 *
 * Pages that are new in a locked mapping are faulted in.
 *
 * Context: may sleep; takes mmap_lock for writing, then for reading when pages
 * are wanted at once.
 * Return: the address of the mapping, or
 *   -EINVAL  unknown flags, MREMAP_FIXED or _DONTUNMAP without _MAYMOVE,
 *            addresses not page aligned, new_len 0 or beyond user space, old
 *            and new range overlap, MREMAP_DONTUNMAP with two lengths or of
 *            device memory, old_len 0 and not shared, offsets that overflow, a
 *            part of what must stay whole
 *   -EFAULT  nothing is mapped at addr; what is to grow or move is not all of
 *            one area, or device memory
 *   -ENOMEM  no room and no MREMAP_MAYMOVE; RLIMIT_AS, RLIMIT_DATA, too many
 *            areas, no memory, more than can be promised
 *   -EAGAIN  more locked memory than RLIMIT_MEMLOCK
 *   -EPERM   new_addr below MMAP_MIN_ADDR
 *   -EINTR   the caller is being killed
 * On failure nothing changed, except that a target that begins at addr, old_len
 * being 0, is unmapped (-EFAULT).
 */
unsigned long vm_mremap(struct mm_struct *mm, const struct mremap_request *req)
{
	struct mremap r = {
		.mm = mm,
		.addr = req->addr,
		.new_addr = req->new_addr,
		.flags = req->flags,
		.old_len = PAGE_ALIGN(req->old_len),
		.new_len = PAGE_ALIGN(req->new_len),
		.may_lock = req->may_lock,
		.may_low = req->may_low,
	};
	bool locked = false;
	int ret = check_args(req);

	if (ret || !r.new_len || r.new_len > TASK_SIZE)
		return (unsigned long)-EINVAL;
	if (mmap_write_lock_killable(mm))
		return (unsigned long)-EINTR;
	ret = do_mremap(&r);
	if (!ret && r.new_len > r.old_len)
		locked = find_vma(mm, r.new_addr)->vm_flags & VM_LOCKED;
	debug_validate_mm(mm);
	mmap_write_unlock(mm);
	if (ret)
		return (unsigned long)(long)ret;
	if (locked)
		mm_populate(mm, r.new_addr + r.old_len, r.new_len - r.old_len);
	return r.new_addr;
}

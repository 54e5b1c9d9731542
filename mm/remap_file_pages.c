/* SPDX-License-Identifier: MIT */
/*
 * remap_file_pages: showing other pages of the object in a part of a mapping.
 *
 * Long ago it rearranged ptes inside one area. Since Linux 4.0 it is what it is
 * here: an mmap over the range, of the same object at another offset.
 *
 *	remap_file_pages(2, 2 pages, pgoff 7)
 *	page     0  1  2  3  4        pages of the object
 *	before   [ 0  1  2  3  4 )    one area
 *	after    [ 0  1 )[ 7 8 )[ 4 ) three areas
 *
 * Locks: mmap_lock for writing, then for reading to populate.
 */
#include <ikos/fs.h>

#include "internal.h"

/* [start, end) lies in @vma or in areas that follow it without a gap and are
 * of the same kind. */
static bool range_is_uniform(const struct vm_area_struct *vma,
			     unsigned long end)
{
	const struct vm_area_struct *next;

	for (; vma->vm_end < end; vma = next) {
		next = vma->vm_next;
		if (!next || next->vm_start != vma->vm_end ||
		    next->vm_file != vma->vm_file ||
		    next->vm_flags != vma->vm_flags)
			return false;
	}
	return true;
}

/* The mapping that replaces the range; its file with a reference. False: not
 * of this range. */
static bool remap_request(struct mm_struct *mm, struct mmap_request *req,
			  unsigned long flags)
{
	struct vm_area_struct *vma = find_vma(mm, req->addr);

	if (!vma || vma->vm_start > req->addr || !(vma->vm_flags & VM_SHARED) ||
	    !vma->vm_file || !range_is_uniform(vma, req->addr + req->len))
		return false;
	req->prot = vma->vm_flags & VM_ACCESS_FLAGS;
	req->flags =
		(flags & MAP_NONBLOCK) | MAP_SHARED | MAP_FIXED | MAP_POPULATE;
	if (vma->vm_flags & VM_LOCKED)
		req->flags |= MAP_LOCKED;
	req->file = get_file(vma->vm_file);
	return true;
}

/**
 * do_remap_file_pages - remap_file_pages(2)
 * @mm: address space
 * @req: addr and len (rounded down to pages), pgoff, flags (only MAP_NONBLOCK
 *	matters), may_lock, may_low
 *
 * Context: may sleep; takes mmap_lock.
 * Return: 0, or
 *   -EINVAL  the range is empty or wraps, or so does the offset; it is not all
 *            of one shared mapping
 *   -EINTR   the caller is being killed
 *   else as vm_mmap()
 * On failure nothing changed.
 */
int do_remap_file_pages(struct mm_struct *mm, const struct mmap_request *req)
{
	struct mmap_request r = *req;
	unsigned long addr = (unsigned long)-EINVAL;
	vm_flags_t flags = 0;

	r.addr &= PAGE_MASK;
	r.len &= PAGE_MASK;
	if (r.addr + r.len <= r.addr ||
	    r.pgoff + (r.len >> PAGE_SHIFT) < r.pgoff)
		return -EINVAL;
	if (mmap_write_lock_killable(mm))
		return -EINTR;
	r.file = NULL;
	if (remap_request(mm, &r, req->flags))
		addr = do_mmap(mm, &r, &flags);
	debug_validate_mm(mm);
	mmap_write_unlock(mm);
	if (r.file)
		fput(r.file);
	if (IS_ERR_VALUE(addr))
		return (int)addr;
	if ((flags & VM_LOCKED) || !(r.flags & MAP_NONBLOCK))
		mm_populate(mm, addr, r.len);
	return 0;
}

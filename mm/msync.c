/* SPDX-License-Identifier: MIT */
/*
 * msync: bringing a mapped file up to date.
 *
 * A shared mapping and read(2) see the same pages, so there is nothing to
 * bring up to date between them; what is left is asking the file to write its
 * pages where they belong, if it has such a place.
 *
 *	msync [1, 9) MS_SYNC
 *	page     0  1  2  3  4  5  6  7  8  9
 *	         [ anon )  [ file, shared )
 *	                   fsync              ENOMEM at the end: 3 and 9 are holes
 *
 *	MS_ASYNC       nothing to do: dirty pages are written when they are
 *	MS_SYNC        ->fsync of each shared file mapping in the range
 *	MS_INVALIDATE  other mappings see the same pages: only the check that
 *	               nothing in the range is locked
 *
 * Locks: mmap_lock for reading; not over ->fsync, which may sleep for long and
 * takes the file's own lock. The areas are looked up anew afterwards.
 */
#include <ikos/fs.h>

#include "internal.h"

/* One area: 1: its file has to be asked, which is returned with a reference;
 * 0: nothing to do; -EBUSY. */
static int msync_area(const struct vm_area_struct *vma, int flags,
		      struct file **file)
{
	if ((flags & MS_INVALIDATE) && (vma->vm_flags & VM_LOCKED))
		return -EBUSY;
	if (!(flags & MS_SYNC) || !vma->vm_file || !(vma->vm_flags & VM_SHARED))
		return 0;
	*file = get_file(vma->vm_file);
	return 1;
}

static int sync_file(struct file *file)
{
	int ret = file->f_op->fsync ? file->f_op->fsync(file) : -EINVAL;

	fput(file);
	return ret;
}

/* From @start: 0 or the first error, -ENOMEM for a hole at the end only. */
static int msync_range(struct mm_struct *mm, unsigned long start,
		       unsigned long end, int flags)
{
	struct vm_area_struct *vma;
	struct file *file;
	int ret, hole = 0;

	while (start < end) {
		mmap_read_lock(mm);
		vma = find_vma(mm, start);
		if (!vma || vma->vm_start > start)
			hole = -ENOMEM;
		ret = -ENOMEM;
		if (vma && vma->vm_start < end)
			ret = msync_area(vma, flags, &file);
		if (ret >= 0)
			start = vma->vm_end;
		mmap_read_unlock(mm);
		if (ret > 0)
			ret = sync_file(file);
		if (ret)
			return ret;
		if (hole && flags == MS_ASYNC)
			return hole;
	}
	return hole;
}

/**
 * do_msync - msync(2)
 * @mm: address space
 * @start: first byte, must be page aligned
 * @len: bytes, rounded up to pages; 0 does nothing
 * @flags: MS_*
 *
 * Context: may sleep; takes mmap_lock for reading.
 * Return: 0, or
 *   -EINVAL  @start not aligned, an unknown flag, MS_SYNC with MS_ASYNC, a file
 *            that cannot be synchronised
 *   -EBUSY   MS_INVALIDATE and a page of the range is locked
 *   -ENOMEM  a page of the range is not mapped (the rest has been done, except
 *            with MS_ASYNC alone), or the range wraps around
 *   what the file's ->fsync returns
 */
int do_msync(struct mm_struct *mm, unsigned long start, size_t len, int flags)
{
	if ((flags & ~(MS_ASYNC | MS_INVALIDATE | MS_SYNC)) ||
	    offset_in_page(start))
		return -EINVAL;
	if ((flags & MS_ASYNC) && (flags & MS_SYNC))
		return -EINVAL;
	len = PAGE_ALIGN(len);
	if (start + len < start)
		return -ENOMEM;
	return msync_range(mm, start, start + len, flags);
}

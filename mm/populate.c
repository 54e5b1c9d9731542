/* SPDX-License-Identifier: MIT */
/*
 * Populating: faulting pages in before the program touches them.
 *
 *	mmap MAP_POPULATE, MAP_LOCKED   as far as possible, errors ignored
 *	mlock, mlockall                 until the first error
 *	mprotect of locked memory       as far as possible
 *	MADV_POPULATE_READ, _WRITE      until the first error, as the advice says
 *
 * What the fault handler would do page by page is done in one go. Pages that
 * are there already cost a look at their pte:
 *
 *	mlock [0, 6)    pte   r  w  -  -  w  z      private, writable
 *	                wants a write to each of them
 *	                page 0 is copied, 2, 3 and 5 are made, 1 and 4 skipped
 *
 * Private writable memory is written to, so that no fault at all is left;
 * shared memory is only read, so that it does not become dirty for nothing.
 *
 * Invariants: those of mm/fault.c, which does the work.
 *
 * Locks: mmap_lock for reading over the whole walk, taken so that the tables are
 * this address space's own (mm/share.c); a table's ptl nowhere: the look at a
 * pte is a hint, a fault that was not needed does no harm.
 *
 * Linux lets mmap_lock go in the middle of a long walk when a page has to be
 * read from a disk; nothing is slow here, and a killed process leaves at the
 * next page.
 */
#include "internal.h"

/* Whether an access of this kind would go through the entry and leave it as it
 * is: a write is told from a page that was given up by the dirty bit. */
static bool pte_is_enough(pte_t pte, unsigned int flags)
{
	return pte_user_access(pte) && (!(flags & FAULT_FLAG_WRITE) ||
					(pte_write(pte) && pte_dirty(pte)));
}

/* The first page of [addr, end) that an access might fault on; @end: none. */
static unsigned long skip_present(struct mm_struct *mm, unsigned long addr,
				  unsigned long end, unsigned int flags)
{
	pmd_t *pmd = pmd_lookup(mm, addr);
	const pte_t *pte;

	if (!pmd)
		return addr;
	end = pmd_addr_end(addr, end);
	pte = pte_offset(pmd_read(pmd), addr);
	while (addr < end && pte_is_enough(pte_read(pte), flags)) {
		addr += PAGE_SIZE;
		pte++;
	}
	return addr;
}

static int fault_error(vm_fault_t fault)
{
	if (likely(!(fault & VM_FAULT_ERROR)))
		return 0;
	return fault & (VM_FAULT_OOM | VM_FAULT_UNSHARE) ? -ENOMEM : -EFAULT;
}

/**
 * faultin_vma_range - fault in a part of an area, whatever its rights
 * @vma: the area
 * @start: first byte, page aligned
 * @end: end
 * @flags: FAULT_FLAG_WRITE or 0
 *
 * Context: mmap_lock held; may sleep.
 * Return: 0; -ENOMEM: no memory; -EFAULT: a page that would raise SIGBUS;
 * -EINTR: the caller is being killed. What came before stays.
 */
int faultin_vma_range(struct vm_area_struct *vma, unsigned long start,
		      unsigned long end, unsigned int flags)
{
	unsigned long done = 0;
	int ret = 0;

	while (start < end && !ret) {
		unsigned long next =
			skip_present(vma->vm_mm, start, end, flags);

		if (next > start) {
			start = next;
			continue;
		}
		if (resched_or_killed())
			ret = -EINTR;
		else
			ret = fault_error(handle_mm_fault(vma, start, flags));
		start += PAGE_SIZE;
		done += !ret;
	}
	count_faults_in_advance(done);
	return ret;
}

/**
 * populate_vma_range - fault in the pages of a part of an area
 * @vma: the area
 * @start: first byte, page aligned
 * @end: end
 *
 * As the program would: private writable pages are written, so that no fault
 * is left for later; shared ones are only read. Device memory has its ptes
 * already, and VM_LOCKONFAULT asks for nothing in advance.
 *
 * Context: mmap_lock held; may sleep.
 * Return: as faultin_vma_range(); -EFAULT also for an area without access.
 */
int populate_vma_range(struct vm_area_struct *vma, unsigned long start,
		       unsigned long end)
{
	vm_flags_t flags = vma->vm_flags;
	bool write = (flags & (VM_WRITE | VM_SHARED)) == VM_WRITE;

	if (flags & (VM_IO | VM_PFNMAP | VM_LOCKONFAULT))
		return 0;
	if (!vma_is_accessible(vma))
		return -EFAULT;
	return faultin_vma_range(vma, start, end, write ? FAULT_FLAG_WRITE : 0);
}

/**
 * populate_range - fault in the areas of a range until one fails
 * @mm: address space
 * @start: first byte, page aligned
 * @end: end
 *
 * Holes are passed over.
 *
 * Context: may sleep; takes mmap_lock for reading.
 * Return: as populate_vma_range().
 */
int populate_range(struct mm_struct *mm, unsigned long start, unsigned long end)
{
	struct vm_area_struct *vma;
	int ret;

	ret = mmap_read_lock_unshared(mm, start, end);
	vma = find_vma_intersection(mm, start, end);
	for (; vma && vma->vm_start < end && !ret; vma = vma->vm_next)
		ret = populate_vma_range(vma, max(start, vma->vm_start),
					 min(end, vma->vm_end));
	mmap_read_unlock(mm);
	return ret;
}

/**
 * mm_populate - MAP_POPULATE: fault in a range as far as possible
 * @mm: address space
 * @start: first byte
 * @len: bytes
 *
 * Failures are not reported: the pages come when they are touched. An area
 * that fails is left where it did, the next one is tried.
 *
 * Context: may sleep; takes mmap_lock for reading.
 */
void mm_populate(struct mm_struct *mm, unsigned long start, unsigned long len)
{
	unsigned long end = start + len;
	struct vm_area_struct *vma;

	if (mmap_read_lock_unshared(mm, start, end) < 0)
		goto out;
	vma = find_vma_intersection(mm, start, end);
	for (; vma && vma->vm_start < end; vma = vma->vm_next)
		if (populate_vma_range(vma, max(start, vma->vm_start),
				       min(end, vma->vm_end)) == -EINTR)
			break;
out:
	mmap_read_unlock(mm);
}

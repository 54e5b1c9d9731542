/* SPDX-License-Identifier: MIT */
/*
 * Page frames without a struct page: device memory in an address space.
 *
 * A pte with _PAGE_SPECIAL maps a frame that nobody counts: no reference, no
 * mapcount, no RSS. Whoever unmaps it forgets it; it is never freed. The frame
 * comes from the area alone:
 *
 *	vm_pgoff        frame of the area's first page
 *	vm_private_data how the CPU may cache it (_PAGE_CACHE_MASK)
 *
 * A worked example. A driver's ->mmap gets the area [0x7000, 0x9000) and calls
 * remap_pfn_range(vma, 0x7000, 0xf0, 0x2000, prot). Nothing is in the page
 * tables yet. A read at 0x8010: linear_page_index() gives frame 0xf1, and its
 * pte is put in. munmap of the first page moves vm_start to 0x8000 and
 * vm_pgoff to 0xf1, so that the rule still holds.
 *
 *	shared            the pte is writable as the area is
 *	private, write    do_wp_page() makes an anonymous copy; ->access reads
 *	                  the frame
 *
 * Invariants:
 *	- only an area with VM_PFNMAP has special ptes (the zero page apart)
 *	- it never grows: what lies behind the frames is none of the program's
 *	  business (VM_DONTEXPAND)
 *
 * Locks: as in mm/fault.c.
 *
 * Linux fills in all ptes in remap_pfn_range(). Here ->mmap must leave the page
 * tables alone, since what MAP_FIXED replaces is still in them; so they come
 * by faults. mincore(2) can tell the difference until a page is touched.
 */
#include <ikos/memblock.h>

#include "internal.h"

/* Frames beyond what a pte can hold do not exist. */
#define PFN_LIMIT (_PAGE_PFN_MASK >> PAGE_SHIFT)

/**
 * vmf_insert_pfn_prot - map a frame that has no struct page
 * @vmf: the fault, in a VM_PFNMAP area
 * @pfn: the frame
 * @prot: rights and caching
 *
 * For ->fault. What another thread has mapped there meanwhile stays.
 *
 * Context: mmap_lock; takes the table's ptl.
 * Return: VM_FAULT_NOPAGE.
 */
vm_fault_t vmf_insert_pfn_prot(struct vm_fault *vmf, unsigned long pfn,
			       pgprot_t prot)
{
	pte_t pte = pte_mkspecial(pte_mkyoung(pfn_pte(pfn, prot)));

	VM_BUG_ON(!(vmf->vma->vm_flags & VM_PFNMAP));
	vmf_lock(vmf);
	if (pte_none(pte_read(vmf->pte))) {
		vmf->table->pt_entries++;
		set_pte(vmf->pte, pte);
	}
	vmf_unlock(vmf);
	return VM_FAULT_NOPAGE;
}

/**
 * vmf_insert_pfn - vmf_insert_pfn_prot() with the area's own rights
 * @vmf: the fault, in a VM_PFNMAP area
 * @pfn: the frame
 *
 * Context, Return: as vmf_insert_pfn_prot().
 */
vm_fault_t vmf_insert_pfn(struct vm_fault *vmf, unsigned long pfn)
{
	return vmf_insert_pfn_prot(vmf, pfn, vmf->vma->vm_page_prot);
}

/**
 * remap_pfn_fault - ->fault of an area that remap_pfn_range() has set up
 * @vmf: the fault; its page offset is the frame
 *
 * Context: as ->fault. Return: VM_FAULT_NOPAGE.
 */
vm_fault_t remap_pfn_fault(struct vm_fault *vmf)
{
	u64 cache = (u64)vmf->vma->vm_private_data;
	pgprot_t prot = __pgprot(vmf->vma->vm_page_prot.v | cache);

	return vmf_insert_pfn_prot(vmf, vmf->pgoff, prot);
}

static const struct vm_operations_struct remap_pfn_ops = {
	.fault = remap_pfn_fault,
};

/**
 * remap_pfn_range - let an area show a range of page frames
 * @vma: the area, in the driver's ->mmap
 * @addr: its first byte
 * @pfn: the first frame
 * @size: its length in bytes
 * @prot: the caching counts; rights are those of the area
 *
 * Frames are mapped by faults. A driver that wants operations of its own sets
 * vm_ops before, with remap_pfn_fault() as ->fault.
 *
 * Context: mmap_lock for writing.
 * Return: 0; -EINVAL: not the whole area, or frames that cannot exist.
 */
int remap_pfn_range(struct vm_area_struct *vma, unsigned long addr,
		    unsigned long pfn, unsigned long size, pgprot_t prot)
{
	if (addr != vma->vm_start || size != vma->vm_end - vma->vm_start)
		return -EINVAL;
	if (pfn > PFN_LIMIT || size >> PAGE_SHIFT > PFN_LIMIT - pfn + 1)
		return -EINVAL;
	vma->vm_flags |= VM_IO | VM_PFNMAP | VM_DONTEXPAND | VM_DONTDUMP;
	vma->vm_pgoff = pfn;
	vma->vm_private_data = (void *)(prot.v & _PAGE_CACHE_MASK);
	if (!vma->vm_ops)
		vma->vm_ops = &remap_pfn_ops;
	return 0;
}

/**
 * range_has_ram - whether any byte of a range of frames is memory
 * @start: first frame
 * @end: end
 *
 * Context: any; walks the boot allocator's list of ranges.
 */
bool range_has_ram(unsigned long start, unsigned long end)
{
	phys_addr_t from, to;

	for (unsigned int i = 0; memblock_get_ram(i, &from, &to); i++)
		if (start < PFN_UP(to) && PFN_DOWN(from) < end)
			return true;
	return false;
}

/**
 * pfn_is_ram - whether any byte of a frame is memory
 * @pfn: any number
 *
 * Context: as range_has_ram().
 */
bool pfn_is_ram(unsigned long pfn)
{
	return range_has_ram(pfn, pfn + 1);
}

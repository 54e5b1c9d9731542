/* SPDX-License-Identifier: MIT */
/*
 * Faults on mapped objects: files, tmpfs, shared memory.
 *
 * The object knows its pages by offset and hands them out through vm_ops; what
 * happens to the page afterwards depends on how it is mapped.
 *
 *	read              ->map_pages maps what is cached around the fault,
 *	                  else ->fault finds or reads the page; it is mapped
 *	                  as vm_page_prot says (private: read-only)
 *	write, private    ->fault, then a copy of the page is mapped: the
 *	                  object never sees the write
 *	write, shared     ->fault, ->page_mkwrite, mapped writable and dirty
 *
 * Fault-around. A program that starts touches its text page by page, and each
 * first touch would be a fault although the pages are in the cache already. So
 * a read maps up to FAULT_AROUND_PAGES cached pages at once: the aligned window
 * around the address, cut to the area and to the page table.
 *
 *	fault at page 21, area is pages 3 … 40:   window 16 … 31
 *	fault at page  5:                          window  3 … 15
 *
 * Invariants:
 *	- a page that left its file (truncation) is never mapped: page->mapping
 *	  is looked at under the page table's ptl, and truncation unmaps, under
 *	  the same lock, after it has taken the page out
 *
 * Locks: as in mm/fault.c; ->fault is called without the ptl and may sleep,
 * ->map_pages with it and may not.
 *
 * Linux locks the page from ->fault until the pte is set. Looking again at
 * page->mapping under the ptl does the same job without a second lock.
 */
#include "internal.h"

#define FAULT_AROUND_PAGES 16

/**
 * do_set_pte - map a page of an object
 * @vmf: the fault; its table is locked
 * @page: the page; its reference becomes the pte's
 * @addr: where, page aligned, in the same page table as vmf->address; the
 *	entry there is empty
 * @write: writable and dirty at once
 *
 * Context: the table's ptl.
 */
void do_set_pte(struct vm_fault *vmf, struct page *page, unsigned long addr,
		bool write)
{
	struct vm_area_struct *vma = vmf->vma;
	pte_t *entry = vmf->pte - pte_index(vmf->address) + pte_index(addr);
	pte_t pte = pfn_pte(page_to_pfn(page), vma->vm_page_prot);

	if (write)
		pte = pte_mkwrite(pte_mkdirty(pte_mkyoung(pte)));
	else if (addr == vmf->address)
		pte = pte_mkyoung(pte);
	page_add_file_rmap(page);
	mm_counter_add(vma->vm_mm, mm_counter_of(page), 1);
	vmf->table->pt_entries++;
	set_pte(entry, pte);
}

/* Map what is cached around the address. True: the page itself was there. */
static bool do_fault_around(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	unsigned long window = FAULT_AROUND_PAGES << PAGE_SHIFT;
	unsigned long start = ALIGN_DOWN(vmf->address, window);
	unsigned long end = start + window;
	bool mapped;

	start = max(start, vma->vm_start);
	end = min(end, vma->vm_end);
	vmf_lock(vmf);
	vma->vm_ops->map_pages(vmf, linear_page_index(vma, start),
			       linear_page_index(vma, end));
	mapped = !pte_none(pte_read(vmf->pte));
	vmf_unlock(vmf);
	return mapped;
}

/* Ask the object for the page. 0: vmf->page is set and referenced. */
static vm_fault_t object_fault(struct vm_fault *vmf, vm_fault_t *major)
{
	vm_fault_t ret;

	*major = 0;
	if (!vmf->vma->vm_ops->fault)
		return VM_FAULT_SIGBUS;
	ret = vmf->vma->vm_ops->fault(vmf);
	*major = ret & VM_FAULT_MAJOR;
	return ret & (VM_FAULT_ERROR | VM_FAULT_NOPAGE);
}

/* Whether vmf->page may be mapped now: the entry is still empty and the page
 * still belongs to the file. ptl held. */
static bool fault_still_valid(const struct vm_fault *vmf)
{
	struct address_space *mapping = vma_mapping(vmf->vma);

	return pte_none(pte_read(vmf->pte)) &&
	       (!mapping || READ_ONCE(vmf->page->mapping) == mapping);
}

/* Map vmf->page, or drop it when it is too late; its reference is used up. */
static void finish_fault(struct vm_fault *vmf, bool write)
{
	bool mapped = false;

	vmf_lock(vmf);
	if (fault_still_valid(vmf)) {
		do_set_pte(vmf, vmf->page, vmf->address, write);
		mapped = true;
	}
	vmf_unlock(vmf);
	if (!mapped)
		put_page(vmf->page);
}

static vm_fault_t do_read_fault(struct vm_fault *vmf)
{
	vm_fault_t ret, major;

	if (vmf->vma->vm_ops->map_pages && do_fault_around(vmf))
		return 0;
	ret = object_fault(vmf, &major);
	if (ret)
		return ret & VM_FAULT_ERROR;
	finish_fault(vmf, false);
	return major;
}

static vm_fault_t do_cow_fault(struct vm_fault *vmf)
{
	struct page *copy;
	vm_fault_t ret, major;

	/* Before the object is asked, which may have no such page: as Linux. */
	vma_anon_prepare(vmf->vma);
	copy = alloc_anon_page(false);
	if (!copy)
		return VM_FAULT_OOM;
	ret = object_fault(vmf, &major);
	if (ret) {
		put_page(copy);
		return ret & VM_FAULT_ERROR;
	}
	copy_page(page_address(copy), page_address(vmf->page));
	vmf_lock(vmf);
	if (fault_still_valid(vmf)) {
		set_anon_pte(vmf, copy);
		copy = NULL;
	}
	vmf_unlock(vmf);
	put_page(vmf->page);
	if (copy)
		put_page(copy);
	return major;
}

static vm_fault_t do_shared_fault(struct vm_fault *vmf)
{
	const struct vm_operations_struct *ops = vmf->vma->vm_ops;
	vm_fault_t ret, major;

	ret = object_fault(vmf, &major);
	if (ret)
		return ret & VM_FAULT_ERROR;
	if (ops->page_mkwrite) {
		ret = ops->page_mkwrite(vmf) & VM_FAULT_ERROR;
		if (ret) {
			put_page(vmf->page);
			return ret;
		}
	}
	page_set(vmf->page, PG_dirty);
	finish_fault(vmf, true);
	return major;
}

/**
 * do_fault - a page of an object is missing
 * @vmf: the fault; its entry was empty
 *
 * A forced write to a shared area without write permission does not come here:
 * mm_fault() refuses it.
 *
 * Context: mmap_lock for reading; may sleep.
 * Return: as handle_mm_fault().
 */
vm_fault_t do_fault(struct vm_fault *vmf)
{
	if (!(vmf->flags & FAULT_FLAG_WRITE))
		return do_read_fault(vmf);
	if (!(vmf->vma->vm_flags & VM_SHARED))
		return do_cow_fault(vmf);
	return do_shared_fault(vmf);
}

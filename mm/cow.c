/* SPDX-License-Identifier: MIT */
/*
 * Copy on write: a write to a page that is there but read-only.
 *
 * fork() and private file mappings hand the same page to several owners and
 * leave all of them read-only. The first write of an owner comes here. Who
 * else holds the page is what its reference count says:
 *
 *	      parent      child                  page x   page y
 *	fork  x r         x r                    2        -
 *	      child writes: x has two owners     copy
 *	      x r         y rw                   1        1
 *	      parent writes: x is its own        reuse
 *	      x rw        y rw                   1        1
 *
 *	area      page                        do_wp_page
 *	private   the zero page               a new zeroed page
 *	private   anonymous, one reference    reuse: make it writable
 *	private   any other                   copy
 *	private   a frame without a page      a copy that ->access fills
 *	shared    any                         dirty, make it writable
 *
 * Why one reference is enough to be sure: it is the pte's own, so no other
 * pte, no page cache and nobody who pinned the page can see what is written;
 * and new references are only made from this pte, under the ptl we hold. That
 * the table is not shared has been seen to before (handle_mm_fault).
 *
 * The order of a copy: fill the new page; clear the pte; flush, so that no CPU
 * still reads the old page; set the new pte; only then let go of the old page.
 * With clear and set in one step, a thread on another CPU could read old
 * bytes after a third CPU has written new ones.
 *
 * Invariants: I9 and I10, see mm/memory.c and mm/rmap.c.
 *
 * Locks: the table's ptl around each decision; it is dropped to allocate and
 * copy, with the old page pinned, and the entry is compared afterwards.
 *
 * Linux kept a separate "exclusive" mark (PG_anon_exclusive) since 5.19,
 * because pins for DMA made the plain count too coarse. Without such pins the
 * count is exact here.
 */
#include <asm/tlbflush.h>

#include "internal.h"

/* The page stays, the write may happen; ptl held, released. */
static vm_fault_t wp_page_reuse(struct vm_fault *vmf)
{
	pte_t pte = pte_mkdirty(pte_mkyoung(vmf->orig_pte));

	if (vmf->vma->vm_flags & VM_WRITE)
		pte = pte_mkwrite(pte);
	set_pte(vmf->pte, pte);
	/* No flush: a CPU with the old right faults once more and finds this. */
	vmf_unlock(vmf);
	return 0;
}

/* Put @copy where the old page (NULL: the zero page) is. ptl held. */
static void wp_replace(struct vm_fault *vmf, struct page *old,
		       struct page *copy)
{
	struct mm_struct *mm = vmf->vma->vm_mm;

	pte_get_and_clear(vmf->pte);
	flush_tlb_page(mm, vmf->address);
	vmf->table->pt_entries--;
	set_anon_pte(vmf, copy);
	if (old) {
		vmf->table->pt_anon -= page_test(old, PG_anon);
		mm_counter_add(mm, mm_counter_of(old), -1);
		page_remove_rmap(old);
	}
}

/*
 * Copy @old (NULL: make zeroes) to a page of our own. Called without the ptl,
 * with a reference to @old that is dropped here.
 */
static vm_fault_t wp_page_copy(struct vm_fault *vmf, struct page *old)
{
	struct page *copy = alloc_anon_page(!old);
	struct page *spare = copy;
	bool replaced = false;

	if (copy) {
		if (old)
			copy_page(page_address(copy), page_address(old));
		vmf_lock(vmf);
		if (vmf_pte_same(vmf)) {
			wp_replace(vmf, old, copy);
			replaced = true;
			spare = NULL;
		}
		vmf_unlock(vmf);
	}
	if (old) {
		if (replaced)
			put_page(old); /* the pte's */
		put_page(old); /* ours */
	}
	if (spare)
		put_page(spare);
	return copy ? 0 : VM_FAULT_OOM;
}

/*
 * A private write to a frame without a struct page: its object reads it for
 * the copy. Called without the ptl.
 */
static vm_fault_t wp_pfn_copy(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	struct page *copy;

	if (!vma->vm_ops || !vma->vm_ops->access)
		return VM_FAULT_SIGBUS;
	copy = alloc_anon_page(false);
	if (!copy)
		return VM_FAULT_OOM;
	if (vma->vm_ops->access(vma, vmf->address, page_address(copy),
				PAGE_SIZE, false) != (long)PAGE_SIZE) {
		put_page(copy);
		return VM_FAULT_SIGBUS;
	}
	vmf_lock(vmf);
	if (vmf_pte_same(vmf)) {
		wp_replace(vmf, NULL, copy);
		copy = NULL;
	}
	vmf_unlock(vmf);
	if (copy)
		put_page(copy);
	return 0;
}

/* The first write through a shared pte. ptl held, released. */
static vm_fault_t wp_page_shared(struct vm_fault *vmf, struct page *page)
{
	const struct vm_operations_struct *ops = vmf->vma->vm_ops;
	vm_fault_t ret = 0;

	if (!page)
		return wp_page_reuse(vmf); /* device memory */
	if (!ops || !ops->page_mkwrite) {
		page_set(page, PG_dirty);
		return wp_page_reuse(vmf);
	}
	get_page(page);
	vmf_unlock(vmf);
	vmf->page = page;
	ret = ops->page_mkwrite(vmf) & VM_FAULT_ERROR;
	if (!ret) {
		vmf_lock(vmf);
		if (vmf_pte_same(vmf)) {
			page_set(page, PG_dirty);
			wp_page_reuse(vmf);
		} else {
			vmf_unlock(vmf);
		}
	}
	put_page(page);
	return ret;
}

/**
 * do_wp_page - a write met a present, read-only pte
 * @vmf: the fault; vmf->orig_pte is that pte
 *
 * Context: mmap_lock for reading; may sleep.
 * Return: 0 or VM_FAULT_OOM, VM_FAULT_SIGBUS (page_mkwrite refused).
 */
vm_fault_t do_wp_page(struct vm_fault *vmf)
{
	struct page *page = pte_counted_page(vmf->orig_pte);

	vmf_lock(vmf);
	if (!vmf_pte_same(vmf)) {
		vmf_unlock(vmf);
		return 0;
	}
	if (vmf->vma->vm_flags & VM_SHARED)
		return wp_page_shared(vmf, page);
	if (page && page_test(page, PG_anon) && page_count(page) == 1)
		return wp_page_reuse(vmf);
	if (!page && !is_zero_pfn(pte_pfn(vmf->orig_pte))) {
		vmf_unlock(vmf);
		return wp_pfn_copy(vmf);
	}
	if (page)
		get_page(page);
	vmf_unlock(vmf);
	return wp_page_copy(vmf, page);
}

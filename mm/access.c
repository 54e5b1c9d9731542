/* SPDX-License-Identifier: MIT */
/*
 * Reading and writing another address space.
 *
 * exec fills in the new program's stack, /proc/PID/cmdline reads arguments,
 * ptrace reads and writes anything - all without running in that address
 * space. Page by page: look the page up and pin it; when it is not there, or
 * not writable and a write is wanted, fault it in as its owner would and look
 * again; copy through the direct map; let go.
 *
 *	access_remote_vm(mm, 0x5ff8, buf, 16, FAULT_FLAG_WRITE)
 *	page 0x5000: bytes ff8 … fff   present, writable: 8 bytes copied
 *	page 0x6000: bytes 000 … 007   empty: mm_fault, then 8 bytes copied
 *
 * FAULT_FLAG_FORCE (a debugger sets a breakpoint in read-only text): the write
 * goes to a private copy, which the program itself still cannot write.
 *
 * Device memory is not reached this way: reading a register may do something.
 *
 * Locks: mmap_lock for reading and the table's ptl around each look-up; none
 * while copying: the pin is enough.
 */
#include <ikos/mm_views.h>
#include <ikos/string.h>

#include "internal.h"

/* How often one page may vanish between fault and look-up. */
#define MAX_TRIES 64

/* May a page be used through this entry of the table below @pmd? ptl held. */
static bool pte_allows(pmd_t pmd, pte_t pte, unsigned int flags)
{
	struct page *page;

	if (!pte_present(pte))
		return false;
	if (!(flags & FAULT_FLAG_WRITE))
		return pte_user_access(pte) || (flags & FAULT_FLAG_FORCE);
	if (!pmd_write(pmd))
		return false; /* the table is shared */
	if (pte_write(pte))
		return true;
	page = pte_counted_page(pte);
	return (flags & FAULT_FLAG_FORCE) && page && page_test(page, PG_anon) &&
	       page_count(page) == 1;
}

/* Whether a page may be had through this entry: no device memory. */
static bool pte_is_memory(struct mm_struct *mm, unsigned long addr, pte_t pte)
{
	const struct vm_area_struct *vma;

	if (!pfn_valid(pte_pfn(pte)))
		return false;
	if (!pte_special(pte) || is_zero_pfn(pte_pfn(pte)))
		return true;
	vma = find_vma(mm, addr);
	return vma && !(vma->vm_flags & (VM_IO | VM_PFNMAP));
}

/* Reading another's memory takes a readable area; the fault says why not. */
static bool area_readable(struct mm_struct *mm, unsigned long addr,
			  unsigned int flags)
{
	const struct vm_area_struct *vma;

	if (flags & (FAULT_FLAG_WRITE | FAULT_FLAG_FORCE))
		return true;
	vma = find_vma(mm, addr);
	return vma && vma->vm_start <= addr && vma->vm_flags & VM_READ;
}

/* The page at @addr with a reference, or NULL: fault first. */
static struct page *pin_page(struct mm_struct *mm, unsigned long addr,
			     unsigned int flags)
{
	struct page *table, *page = NULL;
	pmd_t *pmd;
	pte_t pte;

	mmap_read_lock(mm);
	pmd = area_readable(mm, addr, flags) ? pmd_lookup(mm, addr) : NULL;
	if (pmd) {
		table = pmd_page(pmd_read(pmd));
		spin_lock(&table->ptl);
		pte = pte_read(pte_offset(pmd_read(pmd), addr));
		if (pte_allows(pmd_read(pmd), pte, flags) &&
		    pte_is_memory(mm, addr, pte)) {
			page = pfn_to_page(pte_pfn(pte));
			get_page(page);
		}
		spin_unlock(&table->ptl);
	}
	mmap_read_unlock(mm);
	return page;
}

/**
 * get_user_page - find a page of another address space, faulting as needed
 * @mm: address space, kept alive by the caller
 * @addr: any byte of the page
 * @flags: FAULT_FLAG_WRITE: it will be written; FAULT_FLAG_FORCE: override what
 *	the area forbids where it may
 *
 * Who has written to the page marks it PG_dirty.
 *
 * Context: may sleep; takes mmap_lock.
 * Return: the page with a reference; NULL: nothing is mapped there, the area
 * forbids it, device memory, no memory.
 */
struct page *get_user_page(struct mm_struct *mm, unsigned long addr,
			   unsigned int flags)
{
	struct page *page;

	if (addr >= TASK_SIZE)
		return NULL;
	flags |= FAULT_FLAG_REMOTE;
	for (int i = 0; i < MAX_TRIES; i++) {
		page = pin_page(mm, addr, flags);
		if (page)
			return page;
		if (mm_fault(mm, NULL, addr, flags) & VM_FAULT_ERROR)
			return NULL;
	}
	return NULL;
}

/* No page: let the object of the area do it. True: all of @n bytes. */
static bool access_device(struct mm_struct *mm, unsigned long addr, void *buf,
			  size_t n, unsigned int flags)
{
	struct vm_area_struct *vma;
	long done = 0;

	mmap_read_lock(mm);
	vma = find_vma(mm, addr);
	if (vma && vma->vm_start <= addr && vma->vm_ops && vma->vm_ops->access)
		done = vma->vm_ops->access(vma, addr, buf, n,
					   flags & FAULT_FLAG_WRITE);
	mmap_read_unlock(mm);
	return done == (long)n;
}

/**
 * access_remote_vm - copy to or from an address space
 * @mm: address space, kept alive by the caller
 * @addr: first byte there
 * @buf: kernel memory
 * @len: bytes
 * @flags: FAULT_FLAG_WRITE: write to @mm; FAULT_FLAG_FORCE: override what the
 *	area forbids where it may
 *
 * Context: may sleep; takes mmap_lock.
 * Return: bytes copied; less than @len at the first page that cannot be had.
 */
size_t access_remote_vm(struct mm_struct *mm, unsigned long addr, void *buf,
			size_t len, unsigned int flags)
{
	size_t done = 0;

	while (done < len && addr + done < TASK_SIZE) {
		unsigned long at = addr + done;
		size_t n = min(len - done, PAGE_SIZE - offset_in_page(at));
		struct page *page = get_user_page(mm, at, flags);
		char *mem;

		if (!page &&
		    !access_device(mm, at, (char *)buf + done, n, flags))
			break;
		if (!page) {
			done += n;
			continue;
		}
		mem = (char *)page_address(page) + offset_in_page(at);
		if (flags & FAULT_FLAG_WRITE) {
			memcpy(mem, (char *)buf + done, n);
			page_set(page, PG_dirty);
		} else {
			memcpy((char *)buf + done, mem, n);
		}
		put_page(page);
		done += n;
	}
	return done;
}

/* SPDX-License-Identifier: MIT */
/*
 * Special mappings: pages of the kernel's own that a program sees.
 *
 * The vdso and its data have no file and are not anonymous either: their pages
 * belong to the kernel and are the same for everybody. Such an area has the
 * operations of this file; a struct vm_special_mapping says what is in it and
 * what it is called in /proc/PID/maps.
 *
 *	[vvar]   fault()   puts in the frame of the data page, no struct page
 *	[vdso]   pages[]   { page 0, page 1, NULL }, counted like a file's pages
 *
 * A worked example. The area [0x7000, 0x9000) shows pages[] = { a, b, NULL }.
 * A read at 0x8010: no pte, so do_fault() asks for page 1 and gets b with one
 * more reference. A debugger sets a breakpoint there: the write is private, so
 * a copy of b takes its place in this address space only.
 *
 * Invariants:
 *	- vm_pgoff is 0 and the area stays whole: it cannot be split
 *	  (munmap, mprotect of a part: EINVAL), so page n of the mapping is
 *	  always n pages behind vm_start
 *	- the kernel holds a reference to each page, so the last pte that goes
 *	  never frees one
 *
 * Locks: mmap_lock for writing to install; faults as in mm/fault.c.
 *
 * Linux tells the owner when such an area moves, for its signal trampoline of
 * 32-bit programs. There are none here.
 */
#include "internal.h"

static vm_fault_t special_mapping_fault(struct vm_fault *vmf)
{
	const struct vm_special_mapping *spec = vmf->vma->vm_private_data;
	struct page **page = spec->pages;
	pgoff_t left = vmf->pgoff;

	if (spec->fault)
		return spec->fault(spec, vmf);
	while (left && *page) {
		left--;
		page++;
	}
	if (!*page)
		return VM_FAULT_SIGBUS;
	get_page(*page);
	vmf->page = *page;
	return 0;
}

static const char *special_mapping_name(struct vm_area_struct *vma)
{
	const struct vm_special_mapping *spec = vma->vm_private_data;

	return spec->name;
}

static int special_mapping_split(struct vm_area_struct *vma, unsigned long addr)
{
	return -EINVAL;
}

static const struct vm_operations_struct special_mapping_ops = {
	.fault = special_mapping_fault,
	.name = special_mapping_name,
	.may_split = special_mapping_split,
};

static int install_locked(struct mm_struct *mm, unsigned long addr,
			  unsigned long len, vm_flags_t flags,
			  const struct vm_special_mapping *spec)
{
	unsigned long pages = len >> PAGE_SHIFT;
	struct vm_area_struct *vma;
	struct vma_place place;

	if (!vma_find_place(mm, addr, addr + len, &place) ||
	    !may_expand_vm(mm, flags, pages))
		return -ENOMEM;
	vma = vm_area_alloc(mm);
	if (!vma)
		return -ENOMEM;
	vma->vm_start = addr;
	vma->vm_end = addr + len;
	vma->vm_flags = flags | VM_DONTEXPAND;
	vma->vm_ops = &special_mapping_ops;
	vma->vm_private_data = (void *)spec;
	vma_set_page_prot(vma);
	vma_link(mm, vma, &place);
	vm_stat_account(mm, vma->vm_flags, (long)pages);
	return 0;
}

/**
 * install_special_mapping - show pages of the kernel in an address space
 * @mm: address space
 * @addr: first byte, page aligned; the range is free
 * @len: bytes, page aligned, not 0
 * @flags: VM_*; VM_DONTEXPAND is added
 * @spec: what is mapped; must stay as long as the area or a copy of it
 *
 * Context: may sleep; takes mmap_lock for writing.
 * Return: 0; -ENOMEM: no memory, RLIMIT_AS, something is mapped there. On
 * failure nothing changed.
 */
int install_special_mapping(struct mm_struct *mm, unsigned long addr,
			    unsigned long len, vm_flags_t flags,
			    const struct vm_special_mapping *spec)
{
	int ret;

	mmap_write_lock(mm);
	ret = install_locked(mm, addr, len, flags, spec);
	debug_validate_mm(mm);
	mmap_write_unlock(mm);
	return ret;
}

/**
 * vm_unmapped_area - where a new mapping of a size would go
 * @mm: address space
 * @hint: where it is wanted, or 0
 * @len: bytes, page aligned
 *
 * Context: takes mmap_lock for reading; good as long as nobody else maps.
 * Return: the address; -ENOMEM: no room.
 */
unsigned long vm_unmapped_area(struct mm_struct *mm, unsigned long hint,
			       unsigned long len)
{
	const struct mmap_request req = { .addr = hint, .len = len };
	unsigned long addr;

	mmap_read_lock(mm);
	addr = get_unmapped_area(mm, &req);
	mmap_read_unlock(mm);
	return addr;
}

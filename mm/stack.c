/* SPDX-License-Identifier: MIT */
/*
 * The stack: an area that grows downwards by being touched.
 *
 * exec makes a stack area of one page. An access below a VM_GROWSDOWN area,
 * with no other area in between, extends it down to the page touched, as long
 * as the limits allow and room stays to the area below:
 *
 *	           GUARD_GAP, 256 pages
 *	[ library )·····················[ stack ────────── )
 *	          │<------ at least ---->│<-- RLIMIT_STACK -->│
 *
 * The gap catches programs that step over the end of the stack with a large
 * local array: they hit unmapped memory instead of the library's data. The
 * area below is asked for its distance only if it can be accessed at all and
 * is no stack itself: a PROT_NONE area is somebody's own guard.
 *
 * A worked example, in pages, RLIMIT_STACK 8 MiB = 2048 pages: the stack is
 * [0x7fff0, 0x7fff1) and a write hits page 0x7ffe0. The new size would be 17
 * pages, and the next area below ends at 0x70000: distance 0xffe0 pages. Both
 * are fine, vm_start becomes page 0x7ffe0 and the fault goes on in the grown
 * area. There is no check of the stack pointer: a write a megabyte below the
 * stack is as good as one a word below.
 *
 * Locks: mmap_lock for writing; mm_fault() takes it so only for this.
 *
 * Linux, up to 6.4, grew the stack with mmap_lock held for reading and a spin
 * lock for the rest. That saves a lock round on a rare event and makes every
 * reader think twice; here vm_start changes only under the writer's lock.
 */
#include "internal.h"

/* Room to the area below, unless that one is no danger. */
static bool guard_gap_ok(const struct vm_area_struct *vma, unsigned long addr)
{
	const struct vm_area_struct *prev = vma->vm_prev;

	if (!prev || (prev->vm_flags & VM_GROWSDOWN) ||
	    !vma_is_accessible(prev))
		return true;
	return addr - prev->vm_end >= GUARD_GAP;
}

static bool stack_limits_ok(struct vm_area_struct *vma, unsigned long addr)
{
	struct mm_struct *mm = vma->vm_mm;
	unsigned long grow = vma->vm_start - addr;

	return may_expand_vm(mm, vma->vm_flags, grow >> PAGE_SHIFT) &&
	       vma->vm_end - addr <= mm->rlim[RLIMIT_STACK].rlim_cur &&
	       mlock_future_ok(mm, vma->vm_flags, grow, mm->may_lock);
}

/**
 * expand_stack - grow an area down to an address
 * @vma: a VM_GROWSDOWN area; nothing is mapped between @addr and it
 * @addr: the address to include, any byte of the page
 *
 * Context: mmap_lock for writing.
 * Return: 0; -EPERM: below MMAP_MIN_ADDR; -ENOMEM: the guard gap, RLIMIT_STACK,
 * RLIMIT_AS, RLIMIT_MEMLOCK or the promise of memory forbid it. On failure
 * nothing changed.
 */
int expand_stack(struct vm_area_struct *vma, unsigned long addr)
{
	unsigned long pages;

	mmap_assert_write_locked(vma->vm_mm);
	addr &= PAGE_MASK;
	if (addr >= vma->vm_start)
		return 0;
	if (addr < MMAP_MIN_ADDR)
		return -EPERM;
	pages = (vma->vm_start - addr) >> PAGE_SHIFT;
	if (!guard_gap_ok(vma, addr) || !stack_limits_ok(vma, addr) ||
	    pages > vma->vm_pgoff)
		return -ENOMEM;
	if ((vma->vm_flags & VM_ACCOUNT) &&
	    mm_enough_memory(vma->vm_mm, pages) < 0)
		return -ENOMEM;
	vma_anon_prepare(vma); /* fork copies its ptes from now on: as Linux */
	vma_resize(vma, addr, vma->vm_end);
	vm_stat_account(vma->vm_mm, vma->vm_flags, (long)pages);
	debug_validate_mm(vma->vm_mm);
	return 0;
}

static int setup_stack_locked(struct mm_struct *mm, unsigned long top,
			      vm_flags_t extra)
{
	unsigned long start = top - PAGE_SIZE;
	struct vm_area_struct *vma;
	struct vma_place place;

	if (!vma_find_place(mm, start, top, &place) ||
	    !may_expand_vm(mm, VM_STACK_FLAGS, 1) ||
	    mm_enough_memory(mm, 1) < 0)
		return -ENOMEM;
	vma = vm_area_alloc(mm);
	if (!vma) {
		vm_unacct_memory(1);
		return -ENOMEM;
	}
	vma->vm_start = start;
	vma->vm_end = top;
	vma->vm_flags = VM_STACK_FLAGS | extra;
	vma->vm_pgoff = start >> PAGE_SHIFT;
	vma_set_page_prot(vma);
	vma_link(mm, vma, &place);
	vm_stat_account(mm, vma->vm_flags, 1);
	return 0;
}

/**
 * vm_setup_stack - exec: make the first page of the stack
 * @mm: the new address space
 * @top: its end, page aligned
 * @extra: more VM_* flags, such as VM_EXEC
 *
 * Context: may sleep; takes mmap_lock for writing.
 * Return: 0; -ENOMEM: a limit, no memory, or something is mapped there.
 */
int vm_setup_stack(struct mm_struct *mm, unsigned long top, vm_flags_t extra)
{
	int ret;

	mmap_write_lock(mm);
	ret = setup_stack_locked(mm, top, extra);
	debug_validate_mm(mm);
	mmap_write_unlock(mm);
	return ret;
}

/**
 * vm_expand_stack - exec: let the stack reach further down from the start
 * @mm: the new address space; vm_setup_stack() has been called
 * @addr: the address to include
 *
 * No pages are made. Context: may sleep; takes mmap_lock for writing.
 * Return: 0; -ENOMEM: a limit, or something is mapped there.
 */
int vm_expand_stack(struct mm_struct *mm, unsigned long addr)
{
	struct vm_area_struct *vma;
	int ret = -ENOMEM;

	mmap_write_lock(mm);
	vma = find_vma(mm, addr);
	if (vma && (vma->vm_flags & VM_GROWSDOWN))
		ret = expand_stack(vma, addr);
	mmap_write_unlock(mm);
	return ret;
}

/* SPDX-License-Identifier: MIT */
/*
 * fork: copying an address space.
 *
 * The child gets a copy of every area, and of the ptes of those that hold
 * anonymous pages; the pages themselves are shared until one side writes.
 *
 *	parent                              child
 *	text   file, private, r-x           copied area, no ptes: they fault in
 *	data   file, private, rw, 2 copies  copied area, ptes read-only
 *	heap   anonymous, 5 pages           copied area, ptes read-only
 *	shm    shared                       copied area, no ptes
 *	dma    VM_DONTCOPY                  -
 *	key    VM_WIPEONFORK, 1 page        copied area, empty
 *	stack  anonymous, 3 pages           copied area, ptes read-only
 *
 * Where 2 MiB are private anonymous memory with many pages, the child shares the
 * parent's page table instead of copying its ptes: mm/share.c.
 *
 * Each area joins its object's i_mmap tree before its ptes are copied: a
 * truncation in the middle of it finds whatever was copied so far.
 *
 * When memory runs out half-way, the child is an address space like any other,
 * only smaller, and mmput() takes it apart; the parent has lost nothing but
 * some write permissions that the next fault gives back.
 *
 * Locks: the parent's mmap_lock for writing, then the child's, which nobody
 * else can know.
 */
#include <asm/tlbflush.h>
#include <ikos/string.h>

#include "internal.h"

/* Layout, marks and limits; not the counters. */
static void copy_marks(struct mm_struct *mm, const struct mm_struct *old)
{
	mm->mmap_base = old->mmap_base;
	mm->mmap_legacy_base = old->mmap_legacy_base;
	mm->mmap_bottom_up = old->mmap_bottom_up;
	mm->read_implies_exec = old->read_implies_exec;
	mm->start_code = old->start_code;
	mm->end_code = old->end_code;
	mm->start_data = old->start_data;
	mm->end_data = old->end_data;
	mm->start_brk = old->start_brk;
	mm->brk = old->brk;
	mm->start_stack = old->start_stack;
	mm->arg_start = old->arg_start;
	mm->arg_end = old->arg_end;
	mm->env_start = old->env_start;
	mm->env_end = old->env_end;
	memcpy(mm->rlim, old->rlim, sizeof(mm->rlim));
	mm->may_lock = old->may_lock;
	mm->undumpable = old->undumpable;
	memcpy(mm->saved_auxv, old->saved_auxv, sizeof(mm->saved_auxv));
	mm_set_exe_file(mm, old->exe_file);
}

/* A copy of @old in @mm, not linked, its memory promised. NULL: no memory. */
static struct vm_area_struct *dup_area(struct mm_struct *mm,
				       const struct vm_area_struct *old)
{
	unsigned long promise = old->vm_flags & VM_ACCOUNT ? vma_pages(old) : 0;
	struct vm_area_struct *vma;

	if (promise && mm_enough_memory(mm, promise) < 0)
		return NULL;
	vma = vm_area_dup(old);
	if (!vma) {
		vm_unacct_memory(promise);
		return NULL;
	}
	vma->vm_mm = mm;
	vma_anon_fork(vma);
	/* Locks on memory are not inherited: mlock(2). */
	vma->vm_flags &= ~(VM_LOCKED | VM_LOCKONFAULT);
	vma_open_object(vma);
	return vma;
}

static int dup_areas(struct mm_struct *mm, struct mm_struct *oldmm)
{
	struct vm_area_struct *old, *vma, *prev = NULL;
	struct fork_walk walk = { .span = ~0UL };
	int ret = 0;

	for (old = oldmm->mmap; old && !ret; old = old->vm_next) {
		if (old->vm_flags & VM_DONTCOPY)
			continue;
		vma = dup_area(mm, old);
		if (!vma)
			return -ENOMEM;
		vma_append(mm, vma, prev);
		vm_stat_account(mm, vma->vm_flags, (long)vma_pages(vma));
		if (!(vma->vm_flags & VM_WIPEONFORK))
			ret = copy_page_range(&walk, vma, old);
		prev = vma;
	}
	return ret;
}

/**
 * dup_mm - fork: a copy of an address space
 * @oldmm: the parent's
 *
 * Context: may sleep; takes @oldmm's mmap_lock for writing.
 * Return: the child's with one user; NULL: out of memory, and nothing is left
 * behind.
 */
struct mm_struct *dup_mm(struct mm_struct *oldmm)
{
	struct mm_struct *mm = mm_alloc_blank();
	int ret;

	if (!mm)
		return NULL;
	mmap_write_lock(oldmm);
	mmap_write_lock_nested(mm);
	/* Tables are shared that neighbouring areas may fault in. */
	vma_start_write_all(oldmm);
	copy_marks(mm, oldmm);
	ret = dup_areas(mm, oldmm);
	lazyfree_fork(mm, oldmm);
	vma_tree_build(mm);
	/* The parent's CPUs must not write on what is shared now. */
	flush_tlb_mm(oldmm);
	debug_validate_mm(oldmm);
	if (!ret) /* else tables may be shared whose areas are missing */
		debug_validate_mm(mm);
	mmap_write_unlock(mm);
	mmap_write_unlock(oldmm);
	if (!ret)
		return mm;
	mmput(mm);
	return NULL;
}

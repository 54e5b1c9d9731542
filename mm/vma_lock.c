/* SPDX-License-Identifier: MIT */
/*
 * Locks of single areas: page faults without mmap_lock.
 *
 * A fault needs one area to stay as it is; who changes areas holds mmap_lock for
 * writing and changes a few of many. So a fault pins its area alone, and a
 * writer marks each area before he changes it and waits until nobody has it
 * pinned. Threads that fault in other areas go on meanwhile.
 *
 *	fault				writer
 *	vma_lock {			mmap_lock for writing {
 *	  find the area			  vma_start_write(B):
 *	  vm_usage++ (full barrier)	    vm_lock_seq = mm_lock_seq
 *	  marked? then vm_usage--,	    (full barrier)
 *	    and mmap_lock for reading	    wait until vm_usage is 1
 *	}				  change B; links and borders
 *	handle the fault		    inside vma_lock
 *	vm_usage--, wake the writer	  mm_lock_seq++: no marks any more
 *					}
 *
 * A worked example: mm_lock_seq is 7. A thread faults in A: vm_usage 2. Another
 * unmaps B: it sets B's vm_lock_seq to 7, finds vm_usage 1, and takes B out. It
 * has never heard of A. A third thread faults in B meanwhile: it raises
 * vm_usage to 2, sees the mark, lowers it again, and sleeps for mmap_lock. Had
 * it come first, the writer would sleep in vma_wait_readers().
 *
 * One of the two always sees the other: the fault raises vm_usage and then looks
 * at the mark, the writer sets the mark and then looks at vm_usage.
 *
 * A mark holds until the writer releases or downgrades mmap_lock: then
 * mm_lock_seq is another, and all marks are void at once. The number has 16
 * bits. When it comes round, an area that was marked long ago looks marked; its
 * faults take mmap_lock once, which does no harm. And a writer who finds his mark
 * there already still looks whether the area is pinned.
 *
 * What a fault may rely on, by pin or by mmap_lock: the area's range, flags,
 * object, and that page tables below it stay hooked in. What it may not: that
 * other areas stay; so the growth of a stack, and the unsharing of a page table
 * (mm/share.c), are done with mmap_lock.
 *
 * Invariants:
 *	- no area that is linked changes, nor the ptes of a range that it is about
 *	  to get or to lose are touched, but with its mark set
 *	- an area that is linked is marked, until the writer is done with it
 *	- the tree, the list and borders change inside vma_lock
 *	- who has an area pinned never waits for mmap_lock
 *
 * Locks: vma_lock is a spin lock below i_mmap_lock and the page tables' ptl; under
 * it nothing else is taken, and interrupts do not take it.
 *
 * Linux looks areas up under RCU, in a tree that is read without locks. There is
 * no RCU here; the lock is held for one look-up, most often that of the task's
 * last hit.
 */
#include <ikos/wait.h>

#include "internal.h"

/* In vm_usage: a writer sleeps until the area is not pinned any more. */
#define VMA_AWAITED (1 << 30)

static bool is_marked(const struct vm_area_struct *vma)
{
	return READ_ONCE(vma->vm_lock_seq) ==
	       smp_load_acquire(&vma->vm_mm->mm_lock_seq);
}

/**
 * vma_pin - find the area of an address and keep it from changing
 * @mm: address space
 * @cache: the asking task's look-up cache, or NULL
 * @addr: address, bytes
 *
 * Context: any but under a lock that is inside vma_lock; mmap_lock not held.
 * Return: the area, for vma_unpin(); NULL: there is none at @addr, or it is
 * being changed: ask again with mmap_lock.
 */
struct vm_area_struct *vma_pin(struct mm_struct *mm, struct vmacache *cache,
			       unsigned long addr)
{
	struct vm_area_struct *vma;
	bool marked;

	spin_lock(&mm->vma_lock);
	vma = find_vma_cached(mm, cache, addr);
	if (unlikely(!vma || vma->vm_start > addr)) {
		spin_unlock(&mm->vma_lock);
		return NULL;
	}
	atomic_add_return(1, &vma->vm_usage);
	marked = is_marked(vma);
	spin_unlock(&mm->vma_lock);
	if (likely(!marked))
		return vma;
	vma_unpin(vma);
	return NULL;
}

/**
 * vma_unpin_slow - the writer that waits for an area is to look again
 * @mm: the area's address space; the area itself may be gone
 *
 * Context: any.
 */
void vma_unpin_slow(struct mm_struct *mm)
{
	wake_up(&mm->vma_wait);
}

/**
 * vma_wait_readers - wait until nobody has an area pinned
 * @vma: the area, marked
 *
 * Context: mmap_lock for writing; may sleep.
 */
void vma_wait_readers(struct vm_area_struct *vma)
{
	__atomic_fetch_or(&vma->vm_usage.counter, VMA_AWAITED,
			  __ATOMIC_SEQ_CST);
	wait_event(vma->vm_mm->vma_wait,
		   atomic_read(&vma->vm_usage) == (VMA_AWAITED | 1));
	__atomic_fetch_and(&vma->vm_usage.counter, ~VMA_AWAITED,
			   __ATOMIC_SEQ_CST);
}

/**
 * vma_start_write_range - vma_start_write() of all areas in a range
 * @vma: the first of them, or NULL
 * @end: end of the range
 *
 * Context: mmap_lock for writing; may sleep.
 */
void vma_start_write_range(struct vm_area_struct *vma, unsigned long end)
{
	for (; vma && vma->vm_start < end; vma = vma->vm_next)
		vma_start_write(vma);
}

/**
 * vma_start_write_all - mark every area of an address space
 * @mm: the address space
 *
 * One barrier serves them all.
 *
 * Context: mmap_lock for writing; may sleep.
 */
void vma_start_write_all(struct mm_struct *mm)
{
	struct vm_area_struct *vma;
	u16 seq = mm->mm_lock_seq;

	mmap_assert_write_locked(mm);
	for (vma = mm->mmap; vma; vma = vma->vm_next)
		WRITE_ONCE(vma->vm_lock_seq, seq);
	smp_mb();
	for (vma = mm->mmap; vma; vma = vma->vm_next)
		if (unlikely(atomic_read(&vma->vm_usage) != 1))
			vma_wait_readers(vma);
}

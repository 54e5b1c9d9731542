/* SPDX-License-Identifier: MIT */
/*
 * brk: moving the end of the heap.
 *
 * The heap is an ordinary anonymous area that begins at mm->start_brk, which
 * exec sets, and ends at the program break, mm->brk, rounded up to a page.
 *
 *	start_brk                brk = 0x...2345
 *	   │ [heap]                │
 *	   [ . . . . . . . . . . . . )     area ends at 0x...3000
 *
 *	brk(0x...2fff)   same last page: only the number moves
 *	brk(0x...3001)   the area grows by one page (vma_merge case 2)
 *	brk(0x...1000)   two pages are unmapped
 *
 * The system call never fails as others do: it returns the new break, or the
 * old one when it could not be moved. libc makes ENOMEM of that.
 *
 * Locks: mmap_lock for writing.
 */
#include "internal.h"

/* Heap and data segment together must fit into RLIMIT_DATA. */
static bool data_limit_ok(const struct mm_struct *mm, unsigned long brk)
{
	unsigned long limit = mm->rlim[RLIMIT_DATA].rlim_cur;

	return limit == RLIM_INFINITY ||
	       brk - mm->start_brk + (mm->end_data - mm->start_data) <= limit;
}

static int brk_shrink(struct mm_struct *mm, unsigned long from,
		      unsigned long to)
{
	struct unmap u;
	int ret = unmap_prepare(&u, mm, from, to);

	if (ret)
		return ret;
	/* Nothing of the heap is left there: the break stays, as on Linux. */
	if (!u.first)
		return -ENOMEM;
	unmap_commit(&u);
	return 0;
}

/* Map [from, to) behind the heap; the page after it stays free. The first piece
 * of the heap does not merge with the bss, as on Linux since 6.1. */
static int brk_grow(struct mm_struct *mm, unsigned long from, unsigned long to)
{
	struct vm_area_struct *next = find_vma(mm, from);
	struct vma_attr attr = {
		.flags = VM_READ | VM_WRITE | VM_MAYREAD | VM_MAYWRITE |
			 VM_MAYEXEC | mm->def_flags |
			 (mm->read_implies_exec ? VM_EXEC : 0),
		.pgoff = from >> PAGE_SHIFT,
		.alone = from == PAGE_ALIGN(mm->start_brk),
	};

	if (next && to + PAGE_SIZE > vm_start_gap(next))
		return -ENOMEM;
	if (to < from || to > TASK_SIZE || from < MMAP_MIN_ADDR)
		return -ENOMEM;
	if (mm->map_count > sysctl_max_map_count)
		return -ENOMEM;
	if (!mlock_future_ok(mm, attr.flags, to - from, mm->may_lock))
		return -EAGAIN;
	vma_remember_gap(mm, next);
	if (IS_ERR_VALUE(mmap_region(mm, from, to - from, &attr)))
		return -ENOMEM;
	return 0;
}

/* 0: the break may be put at @brk. */
static int brk_move(struct mm_struct *mm, unsigned long brk)
{
	unsigned long new = PAGE_ALIGN(brk), old = PAGE_ALIGN(mm->brk);

	if (brk < mm->start_brk || new < brk || !data_limit_ok(mm, brk))
		return -ENOMEM;
	if (new == old)
		return 0;
	if (new < old)
		return brk_shrink(mm, new, old);
	return brk_grow(mm, old, new);
}

/**
 * do_brk - brk(2), the system call
 * @mm: address space
 * @brk: where the break is wanted, bytes; 0 asks where it is
 *
 * Context: may sleep; takes mmap_lock for writing.
 * Return: the break: @brk when it could be moved, else where it was (below
 * start_brk, RLIMIT_DATA, RLIMIT_AS, something in the way, no memory).
 */
unsigned long do_brk(struct mm_struct *mm, unsigned long brk)
{
	unsigned long old, ret;
	bool populate;

	if (mmap_write_lock_killable(mm))
		return (unsigned long)-EINTR;
	old = mm->brk;
	if (brk_move(mm, brk) == 0)
		mm->brk = brk;
	ret = mm->brk;
	populate = ret > old && (mm->def_flags & VM_LOCKED);
	debug_validate_mm(mm);
	mmap_write_unlock(mm);
	if (populate)
		mm_populate(mm, PAGE_ALIGN(old),
			    PAGE_ALIGN(ret) - PAGE_ALIGN(old));
	return ret;
}

/* SPDX-License-Identifier: MIT */
/*
 * mlock and its family: memory that stays resident.
 *
 * A locked range is a property of areas, VM_LOCKED, that splits and merges
 * them as rights do; the pages are faulted in when the lock is taken, and from
 * then on nobody may take them away.
 *
 *	mlock [2, 5)             locked_vm 0 -> 3
 *	page     0  1  2  3  4  5  6
 *	before   [ rw              )     resident: 0
 *	after    [ rw )[ rw locked)[ )    resident: 0, 2, 3, 4
 *
 *	VM_LOCKED                    every page now and those to come
 *	VM_LOCKED | VM_LOCKONFAULT   MLOCK_ONFAULT: each page once it is touched
 *	mm->def_flags                mlockall(MCL_FUTURE): what new areas get
 *
 * fork does not inherit locks, exec starts without them. Who may lock: root as
 * much as it likes, others up to RLIMIT_MEMLOCK bytes for all of locked_vm.
 *
 * Device memory and the like (VM_SPECIAL) never counts as locked: it cannot go
 * anywhere. Asking for it is no error.
 *
 * Invariants:
 *	I5  locked_vm is the number of pages of VM_LOCKED areas
 *
 * Locks: mmap_lock for writing while areas change, for reading while pages are
 * faulted in: the two steps are separate, and a munmap in between is fine.
 *
 * Like on Linux, and unlike most verbs, a call that meets a hole half-way
 * leaves what lies before it locked, and a page that cannot be had leaves the
 * whole range locked: POSIX does not say, and programs give up anyway.
 */
#include "internal.h"

#define LOCK_FLAGS (VM_LOCKED | VM_LOCKONFAULT)

/* Give [start, end) of @vma the lock flags @lock; *next: where to go on. */
static int mlock_area(struct vm_area_struct *vma, unsigned long start,
		      unsigned long end, vm_flags_t lock,
		      struct vm_area_struct **next)
{
	vm_flags_t old = vma->vm_flags, flags = (old & ~LOCK_FLAGS) | lock;
	unsigned long pages = (end - start) >> PAGE_SHIFT;
	struct mm_struct *mm = vma->vm_mm;

	*next = vma->vm_next;
	if (flags == old || (old & VM_SPECIAL))
		return 0;
	vma = vma_modify_flags(vma, start, end, flags);
	if (IS_ERR(vma))
		return (int)PTR_ERR(vma);
	if (flags & ~old & VM_LOCKED)
		mm->locked_vm += pages;
	else if (old & ~flags & VM_LOCKED)
		mm->locked_vm -= pages;
	*next = vma->vm_end > end ? vma : vma->vm_next;
	return 0;
}

static int mlock_range(struct mm_struct *mm, unsigned long start,
		       unsigned long end, vm_flags_t lock)
{
	struct vm_area_struct *vma;
	unsigned long to;
	int ret;

	if (end < start)
		return -EINVAL;
	vma = find_vma(mm, start);
	for (; start < end; start = to) {
		if (!vma || vma->vm_start > start)
			return -ENOMEM; /* a hole */
		to = min(end, vma->vm_end);
		ret = mlock_area(vma, start, to, lock, &vma);
		if (ret)
			return ret;
	}
	return 0;
}

/* Pages of [start, end) that are locked already. */
static unsigned long count_locked(struct mm_struct *mm, unsigned long start,
				  unsigned long end)
{
	struct vm_area_struct *vma = find_vma_intersection(mm, start, end);
	unsigned long bytes = 0;

	for (; vma && vma->vm_start < end; vma = vma->vm_next)
		if (vma->vm_flags & VM_LOCKED)
			bytes += min(end, vma->vm_end) -
				 max(start, vma->vm_start);
	return bytes >> PAGE_SHIFT;
}

/* RLIMIT_MEMLOCK in pages. */
static unsigned long lock_limit(const struct mm_struct *mm)
{
	return mm->rlim[RLIMIT_MEMLOCK].rlim_cur >> PAGE_SHIFT;
}

/* Does the limit leave room for @len more bytes, some of them locked? */
static bool lock_fits(struct mm_struct *mm, unsigned long start,
		      unsigned long len)
{
	unsigned long pages = mm->locked_vm + (len >> PAGE_SHIFT);

	if (pages > lock_limit(mm))
		pages -= count_locked(mm, start, start + len);
	return pages <= lock_limit(mm);
}

/**
 * can_do_mlock - may anything be locked at all?
 * @mm: address space
 * @may_lock: RLIMIT_MEMLOCK does not bind the caller
 *
 * Context: any.
 * Return: false: EPERM.
 */
bool can_do_mlock(const struct mm_struct *mm, bool may_lock)
{
	return may_lock || mm->rlim[RLIMIT_MEMLOCK].rlim_cur;
}

/**
 * do_mlock - mlock(2), mlock2(2)
 * @mm: address space
 * @start: first byte; the whole of its page is meant
 * @len: bytes; the last page is meant as a whole, too
 * @flags: VM_LOCKED, with VM_LOCKONFAULT for MLOCK_ONFAULT
 * @may_lock: RLIMIT_MEMLOCK does not bind the caller
 *
 * A length that overflows when it is rounded up counts as 0, as on Linux.
 *
 * Context: may sleep; takes mmap_lock for writing, then for reading.
 * Return: 0, or
 *   -EPERM   RLIMIT_MEMLOCK is 0 and binds the caller
 *   -ENOMEM  more than RLIMIT_MEMLOCK; a page is not mapped, or would raise
 *            SIGSEGV or SIGBUS; too many areas, no memory for areas
 *   -EINVAL  the range wraps around
 *   -EAGAIN  no memory for the pages
 *   -EINTR   the caller is being killed
 * After -ENOMEM, -EAGAIN and -EINTR a part or all of the range is locked.
 */
int do_mlock(struct mm_struct *mm, unsigned long start, size_t len,
	     vm_flags_t flags, bool may_lock)
{
	int ret = -ENOMEM;

	if (!can_do_mlock(mm, may_lock))
		return -EPERM;
	len = PAGE_ALIGN(len + offset_in_page(start));
	start &= PAGE_MASK;
	if (mmap_write_lock_killable(mm))
		return -EINTR;
	if (may_lock || lock_fits(mm, start, len))
		ret = mlock_range(mm, start, start + len, flags);
	debug_validate_mm(mm);
	mmap_write_unlock(mm);
	if (ret)
		return ret;
	ret = len ? populate_range(mm, start, start + len) : 0;
	if (ret == -EFAULT)
		return -ENOMEM;
	return ret == -ENOMEM ? -EAGAIN : ret;
}

/**
 * do_munlock - munlock(2)
 * @mm: address space
 * @start: first byte; the whole of its page is meant
 * @len: bytes; the last page is meant as a whole, too
 *
 * Context: may sleep; takes mmap_lock for writing.
 * Return: 0; -ENOMEM: a page is not mapped (what lies before it is unlocked),
 * too many areas, no memory; -EINVAL: the range wraps around; -EINTR: the
 * caller is being killed.
 */
int do_munlock(struct mm_struct *mm, unsigned long start, size_t len)
{
	int ret;

	len = PAGE_ALIGN(len + offset_in_page(start));
	start &= PAGE_MASK;
	if (mmap_write_lock_killable(mm))
		return -EINTR;
	ret = mlock_range(mm, start, start + len, 0);
	debug_validate_mm(mm);
	mmap_write_unlock(mm);
	return ret;
}

/* Every area: one that cannot be changed for lack of memory stays as it is. */
static void mlock_all_areas(struct mm_struct *mm, vm_flags_t lock)
{
	struct vm_area_struct *vma = mm->mmap;

	while (vma) {
		mlock_area(vma, vma->vm_start, vma->vm_end, lock, &vma);
		resched_or_killed();
	}
}

static vm_flags_t mcl_lock_flags(int flags)
{
	return flags & MCL_ONFAULT ? VM_LOCKED | VM_LOCKONFAULT : VM_LOCKED;
}

/* MCL_FUTURE alone leaves what is there as it is; 0 unlocks everything. */
static void apply_mlockall(struct mm_struct *mm, int flags)
{
	vm_flags_t lock = mcl_lock_flags(flags);

	mm->def_flags &= ~LOCK_FLAGS;
	if (flags & MCL_FUTURE)
		mm->def_flags |= lock;
	if (flags & MCL_CURRENT)
		mlock_all_areas(mm, lock);
	else if (!(flags & MCL_FUTURE))
		mlock_all_areas(mm, 0);
}

/**
 * do_mlockall - mlockall(2)
 * @mm: address space
 * @flags: MCL_*
 * @may_lock: RLIMIT_MEMLOCK does not bind the caller
 *
 * Without MCL_FUTURE an earlier MCL_FUTURE ends. Pages that cannot be had are
 * no error.
 *
 * Context: may sleep; takes mmap_lock for writing, then for reading.
 * Return: 0; -EINVAL: no flag, unknown flags, MCL_ONFAULT alone; -EPERM:
 * RLIMIT_MEMLOCK is 0 and binds the caller; -ENOMEM: more is mapped than that
 * allows; -EINTR: the caller is being killed. On failure nothing changed.
 */
int do_mlockall(struct mm_struct *mm, int flags, bool may_lock)
{
	bool now = flags & MCL_CURRENT;
	bool fits;

	if (!(flags & (MCL_CURRENT | MCL_FUTURE)) ||
	    (flags & ~(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT)))
		return -EINVAL;
	if (!can_do_mlock(mm, may_lock))
		return -EPERM;
	if (mmap_write_lock_killable(mm))
		return -EINTR;
	fits = !now || may_lock || mm->total_vm <= lock_limit(mm);
	if (fits)
		apply_mlockall(mm, flags);
	debug_validate_mm(mm);
	mmap_write_unlock(mm);
	if (!fits)
		return -ENOMEM;
	if (now)
		mm_populate(mm, 0, TASK_SIZE);
	return 0;
}

/**
 * do_munlockall - munlockall(2)
 * @mm: address space
 *
 * Context: may sleep; takes mmap_lock for writing.
 * Return: 0; -EINTR: the caller is being killed.
 */
int do_munlockall(struct mm_struct *mm)
{
	if (mmap_write_lock_killable(mm))
		return -EINTR;
	apply_mlockall(mm, 0);
	debug_validate_mm(mm);
	mmap_write_unlock(mm);
	return 0;
}

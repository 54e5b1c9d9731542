/* SPDX-License-Identifier: MIT */
/*
 * What may be promised: commit accounting and the limits on address space.
 *
 * Private writable memory is a promise: each of its pages may one day need a
 * frame. vm_committed() is the sum of those promises in pages, Committed_AS in
 * /proc/meminfo. IKOS runs in the heuristic mode of Linux
 * (vm.overcommit_memory = 0): a single request larger than all of RAM is
 * refused as an obvious mistake, everything else is granted in the hope that
 * programs do not touch all that they ask for.
 *
 *	512 MiB RAM   mmap 400 MiB   granted, 400 MiB committed
 *	              mmap 400 MiB   granted, 800 MiB committed
 *	              mmap 600 MiB   -ENOMEM: more than RAM at once
 *
 * A VMA that is counted carries VM_ACCOUNT, so that unmapping it gives back
 * just what mapping it took. The counters of an address space:
 *
 *	total_vm   every page of every VMA            RLIMIT_AS
 *	data_vm    private, writable, not a stack     RLIMIT_DATA
 *	exec_vm    executable, not writable, not a stack
 *	stack_vm   VM_GROWSDOWN
 *	locked_vm  VM_LOCKED                          RLIMIT_MEMLOCK
 *
 * Invariants (validate_mm reports these numbers):
 *	I5  each counter of an address space is the sum over its VMAs
 *
 * Locks: the promise is one atomic number; the counters of an address space
 * are under its mmap_lock.
 */
#include "internal.h"

static atomic64_t committed_pages;

/**
 * vm_enough_memory - promise pages
 * @pages: how many
 *
 * Context: any.
 * Return: 0; -ENOMEM when @pages is more than there is RAM, and nothing was
 * promised.
 */
int vm_enough_memory(unsigned long pages)
{
	if (pages > totalram_pages())
		return -ENOMEM;
	atomic64_add((long)pages, &committed_pages);
	return 0;
}

/**
 * vm_acct_memory - promise pages, come what may
 * @pages: how many; the caller is about to take back as many
 *
 * Context: any.
 */
void vm_acct_memory(unsigned long pages)
{
	atomic64_add((long)pages, &committed_pages);
}

/**
 * vm_unacct_memory - take back a promise
 * @pages: how many pages
 *
 * Context: any.
 */
void vm_unacct_memory(unsigned long pages)
{
	atomic64_sub((long)pages, &committed_pages);
}

/**
 * vm_committed - Committed_AS
 *
 * Return: pages promised.
 */
unsigned long vm_committed(void)
{
	long pages = atomic64_read(&committed_pages);

	return pages < 0 ? 0 : (unsigned long)pages;
}

/**
 * vm_commit_limit - CommitLimit, which only the strict mode would enforce
 *
 * Return: pages: half of RAM (vm.overcommit_ratio = 50), there is no swap.
 */
unsigned long vm_commit_limit(void)
{
	return totalram_pages() / 2;
}

static bool is_data_mapping(vm_flags_t flags)
{
	return (flags & (VM_WRITE | VM_SHARED | VM_GROWSDOWN)) == VM_WRITE;
}

static bool is_exec_mapping(vm_flags_t flags)
{
	return (flags & (VM_EXEC | VM_WRITE | VM_GROWSDOWN)) == VM_EXEC;
}

/**
 * may_expand_vm - do the limits leave room for more pages?
 * @mm: address space
 * @flags: VM_* of the area that wants them
 * @pages: how many
 *
 * RLIMIT_DATA of 0 is taken as "use the hard limit", as Linux does for
 * programs that set it to forbid brk(2) only.
 *
 * Context: mmap_lock for writing.
 * Return: true when RLIMIT_AS and RLIMIT_DATA allow it.
 */
bool may_expand_vm(struct mm_struct *mm, vm_flags_t flags, unsigned long pages)
{
	const struct rlimit *data = &mm->rlim[RLIMIT_DATA];
	unsigned long limit;

	if (mm->total_vm + pages > mm->rlim[RLIMIT_AS].rlim_cur >> PAGE_SHIFT)
		return false;
	if (!is_data_mapping(flags))
		return true;
	limit = data->rlim_cur ? data->rlim_cur : data->rlim_max;
	return mm->data_vm + pages <= limit >> PAGE_SHIFT;
}

/**
 * vm_stat_account - count pages that come or go
 * @mm: address space
 * @flags: VM_* of their area
 * @pages: how many; negative when they go
 *
 * Context: mmap_lock for writing.
 */
void vm_stat_account(struct mm_struct *mm, vm_flags_t flags, long pages)
{
	mm->total_vm += pages;
	if (is_exec_mapping(flags))
		mm->exec_vm += pages;
	else if (flags & VM_GROWSDOWN)
		mm->stack_vm += pages;
	else if (is_data_mapping(flags))
		mm->data_vm += pages;
	if (flags & VM_LOCKED)
		mm->locked_vm += pages;
}

/**
 * mlock_future_ok - does RLIMIT_MEMLOCK allow a new area?
 * @mm: address space
 * @flags: VM_* of the new area; only VM_LOCKED matters
 * @len: its bytes
 * @may_lock: the limit does not bind the caller
 *
 * Context: mmap_lock for writing.
 * Return: true when the area may be made.
 */
bool mlock_future_ok(struct mm_struct *mm, vm_flags_t flags, unsigned long len,
		     bool may_lock)
{
	unsigned long limit = mm->rlim[RLIMIT_MEMLOCK].rlim_cur >> PAGE_SHIFT;

	if (!(flags & VM_LOCKED) || may_lock)
		return true;
	return mm->locked_vm + (len >> PAGE_SHIFT) <= limit;
}

/* SPDX-License-Identifier: MIT */
/*
 * What may be promised: commit accounting and the limits on address space.
 *
 * Private writable memory is a promise: each of its pages may one day need a
 * frame. vm_committed() is the sum of those promises in pages, Committed_AS in
 * /proc/meminfo. vm.overcommit_memory says how many are made:
 *
 *	0  guess   a single request larger than all of RAM is refused as an
 *	           obvious mistake, everything else is granted in the hope
 *	           that programs do not touch all that they ask for
 *	1  always  everything is granted
 *	2  never   no more than CommitLimit is promised: a part of RAM, less
 *	           what is kept for root and for the program's own way out
 *
 *	512 MiB RAM, vm.overcommit_ratio 50      mode 0     mode 2
 *	mmap 200 MiB                             granted    granted
 *	mmap 200 MiB                             granted    -ENOMEM: 400 > 256
 *	mmap 600 MiB                             -ENOMEM    -ENOMEM
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
#include <ikos/mm_views.h>

#include "internal.h"

/* Kept back in mode 2: a 32nd of free memory, but no more than this. */
#define RESERVE_SHIFT	  5
#define USER_RESERVE_MAX  (1UL << 17) /* KiB */
#define ADMIN_RESERVE_MAX (1UL << 13)
#define KIB_PAGE_SHIFT	  (PAGE_SHIFT - 10)

int sysctl_overcommit_memory = OVERCOMMIT_GUESS;
int sysctl_overcommit_ratio = 50;
unsigned long sysctl_overcommit_kbytes;
unsigned long sysctl_user_reserve_kbytes;
unsigned long sysctl_admin_reserve_kbytes;

static atomic64_t committed_pages;

/**
 * overcommit_init - choose the reserves
 *
 * Context: boot, once, when the page allocator has all memory.
 */
void overcommit_init(void)
{
	unsigned long part = nr_free_pages() << KIB_PAGE_SHIFT >> RESERVE_SHIFT;

	sysctl_user_reserve_kbytes = min(part, USER_RESERVE_MAX);
	sysctl_admin_reserve_kbytes = min(part, ADMIN_RESERVE_MAX);
}

/* Mode 2: is what has been promised below the limit? */
static bool below_limit(const struct mm_struct *mm)
{
	long allowed = (long)vm_commit_limit();

	if (!mm || !mm->may_lock)
		allowed -=
			(long)(sysctl_admin_reserve_kbytes >> KIB_PAGE_SHIFT);
	if (mm)
		allowed -=
			(long)min(mm->total_vm / 32,
				  sysctl_user_reserve_kbytes >> KIB_PAGE_SHIFT);
	return atomic64_read(&committed_pages) < allowed;
}

static bool may_promise(const struct mm_struct *mm, unsigned long pages)
{
	switch (sysctl_overcommit_memory) {
	case OVERCOMMIT_GUESS:
		return pages <= totalram_pages();
	case OVERCOMMIT_ALWAYS:
		return true;
	default:
		return below_limit(mm);
	}
}

/**
 * mm_enough_memory - promise pages to an address space
 * @mm: address space; NULL: the promise is the kernel's
 * @pages: how many
 *
 * Context: any.
 * Return: 0; -ENOMEM: vm.overcommit_memory forbids it, and nothing was
 * promised.
 */
int mm_enough_memory(const struct mm_struct *mm, unsigned long pages)
{
	atomic64_add((long)pages, &committed_pages);
	if (likely(may_promise(mm, pages)))
		return 0;
	vm_unacct_memory(pages);
	return -ENOMEM;
}

/**
 * vm_enough_memory - promise pages for an object that is no one's own
 * @pages: how many
 *
 * Context: any.
 * Return: 0; -ENOMEM: vm.overcommit_memory forbids it, and nothing was
 * promised.
 */
int vm_enough_memory(unsigned long pages)
{
	return mm_enough_memory(NULL, pages);
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
 * vm_commit_limit - CommitLimit, which only mode 2 enforces
 *
 * Return: pages: vm.overcommit_kbytes, or vm.overcommit_ratio percent of RAM;
 * there is no swap to add.
 */
unsigned long vm_commit_limit(void)
{
	unsigned long kbytes = READ_ONCE(sysctl_overcommit_kbytes);

	if (kbytes)
		return kbytes >> KIB_PAGE_SHIFT;
	return totalram_pages() * (unsigned long)sysctl_overcommit_ratio / 100;
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

/* SPDX-License-Identifier: MIT */
/*
 * Address spaces: making, sharing, copying, ending.
 *
 * An mm_struct is counted twice. mm_users are the tasks that run in it, and
 * whoever looks into it from outside; when the last goes, all mappings go.
 * mm_count keeps the structure and its top-level table alive for those who need
 * no more than that: a kernel thread that runs on borrowed page tables.
 *
 *	                            mm_users  mm_count
 *	exec: mm_alloc                 1         1
 *	a thread joins: mmget          2         1
 *	the idle task borrows it       2         2
 *	both threads exit: mmput       0         1     exit_mmap: areas, pages and
 *	                                               tables are gone
 *	the idle task lets go: mmdrop            0     pgd and mm_struct are freed
 *
 * The layout that exec sets and this file keeps:
 *
 *	│ code │ data │ bss │ heap ─▶ │   ◀─ mappings │ gap │ ◀─ stack │
 *	start_code    start_brk  brk          mmap_base      start_stack
 *
 * Locks: mmap_lock guards what is inside. exit_mmap() takes it too, although
 * no task runs there any more, because truncation may still find its areas.
 */
#include <ikos/fs.h>
#include <ikos/mm_views.h>
#include <ikos/slab.h>
#include <ikos/string.h>

#include "internal.h"

/* Room kept for the stack below the top of user space. */
#define STACK_ROOM_MIN MiB(128)
#define STACK_ROOM_MAX (TASK_SIZE / 6 * 5)

/* After how many areas a long walk lets others run. */
#define RESCHED_AREAS 64

/* A hole that is sooner walked over than walked around, bytes. */
#define SMALL_HOLE (16 * PAGE_SIZE)

static struct kmem_cache *mm_cache;

/**
 * mm_init - prepare for address spaces
 *
 * Context: boot, once, after the page and object allocators.
 */
void mm_init(void)
{
	mm_cache = KMEM_CACHE(mm_struct);
	vma_init();
	mpol_init();
	overcommit_init();
}

/**
 * mm_alloc_blank - a new, empty address space without limits and auxv
 *
 * The caller has both to copy there.
 *
 * Context: may sleep.
 * Return: the address space with one user; NULL: out of memory.
 */
struct mm_struct *mm_alloc_blank(void)
{
	struct mm_struct *mm = kmem_cache_alloc(mm_cache, GFP_KERNEL);

	if (!mm)
		return NULL;
	memset(mm, 0, offsetof(struct mm_struct, rlim));
	mm->pgd = pgd_alloc();
	if (!mm->pgd) {
		kmem_cache_free(mm_cache, mm);
		return NULL;
	}
	atomic_set(&mm->mm_users, 1);
	atomic_set(&mm->mm_count, 1);
	init_rwsem(&mm->mmap_lock);
	spin_lock_init(&mm->page_table_lock);
	spin_lock_init(&mm->vma_lock);
	init_waitqueue_head(&mm->vma_wait);
	mm->mm_lock_seq = 1;
	spin_lock_init(&mm->arg_lock);
	INIT_LIST_HEAD(&mm->lazyfree_list);
	vmacache_invalidate(mm);
	return mm;
}

/**
 * mm_alloc - a new, empty address space
 *
 * Its limits are all unlimited and its layout is not chosen: mm_layout().
 *
 * Context: may sleep.
 * Return: the address space with one user; NULL: out of memory.
 */
struct mm_struct *mm_alloc(void)
{
	struct mm_struct *mm = mm_alloc_blank();

	if (!mm)
		return NULL;
	for (int i = 0; i < RLIM_NLIMITS; i++)
		mm->rlim[i] = (struct rlimit){ RLIM_INFINITY, RLIM_INFINITY };
	memset(mm->saved_auxv, 0, sizeof(mm->saved_auxv));
	mm->mmap_base = TASK_SIZE;
	mm->mmap_legacy_base = PAGE_ALIGN(TASK_SIZE / 3);
	return mm;
}

/**
 * mm_layout - choose where mappings go
 * @mm: a new address space
 * @stack_gap: bytes to keep free for the stack, its random offset included
 * @rnd: bytes of randomisation, page aligned
 * @bottom_up: the old layout: mappings grow up from a third of user space
 *
 * Context: exec, before the first mapping.
 */
void mm_layout(struct mm_struct *mm, unsigned long stack_gap, unsigned long rnd,
	       bool bottom_up)
{
	stack_gap = clamp(stack_gap, STACK_ROOM_MIN, STACK_ROOM_MAX);
	mm->mmap_base = PAGE_ALIGN(TASK_SIZE - stack_gap - rnd);
	mm->mmap_legacy_base = PAGE_ALIGN(TASK_SIZE / 3 + rnd);
	mm->mmap_bottom_up = bottom_up;
}

/**
 * mm_set_exe_file - remember which file the program is
 * @mm: address space
 * @file: the file, a reference is taken; NULL: none
 *
 * Context: may sleep; mmap_lock for writing, or @mm not in use yet.
 */
void mm_set_exe_file(struct mm_struct *mm, struct file *file)
{
	struct file *old = mm->exe_file;

	mm->exe_file = file ? get_file(file) : NULL;
	if (old)
		fput(old);
}

/**
 * mm_hiwater_rss - VmHWM: the most pages that were ever resident
 * @mm: address space
 *
 * Return: pages.
 */
unsigned long mm_hiwater_rss(struct mm_struct *mm)
{
	return max(mm->hiwater_rss, mm_rss(mm));
}

/* --- the end ---------------------------------------------------------------------- */

/* The last of the areas from @vma on that nearly touch: one walk over the page
 * tables serves them all, for there is nothing in the holes. */
static struct vm_area_struct *last_of_run(struct vm_area_struct *vma)
{
	struct vm_area_struct *next;
	unsigned int n = 0;

	while ((next = vma->vm_next) && ++n < RESCHED_AREAS &&
	       next->vm_start - vma->vm_end <= SMALL_HOLE)
		vma = next;
	return vma;
}

static void zap_areas(struct mm_struct *mm, struct mmu_gather *tlb)
{
	struct vm_area_struct *vma, *last;
	unsigned int n = 0;

	for (vma = mm->mmap; vma; vma = last->vm_next) {
		last = last_of_run(vma);
		zap_page_range(tlb, vma->vm_start, last->vm_end);
		if (++n % RESCHED_AREAS == 0 || last != vma)
			resched_or_killed();
	}
}

/* Nobody may find the tables any more when the first of them goes. */
static void leave_objects(struct mm_struct *mm)
{
	struct vm_area_struct *vma;

	for (vma = mm->mmap; vma; vma = vma->vm_next)
		if (vma->vm_file)
			vma_leave_object(vma);
}

/* Free all areas with their tables; the tree as a whole is forgotten, not
 * taken apart. */
static void free_areas(struct mm_struct *mm, struct mmu_gather *tlb)
{
	struct vm_area_struct *vma = mm->mmap, *next;
	unsigned long promised = 0, start = ~0UL;
	unsigned int n = 0;

	for (; vma; vma = next) {
		next = vma->vm_next;
		start = min(start, vma->vm_start);
		/* The tables of areas that nearly touch go together; what
		 * reaches into the next area goes with that one. */
		if (!next || next->vm_start - vma->vm_end > SMALL_HOLE) {
			free_pgtables(tlb, start, vma->vm_end, 0,
				      next ? next->vm_start : USER_CEILING);
			start = ~0UL;
		}
		vm_stat_account(mm, vma->vm_flags, -(long)vma_pages(vma));
		if (vma->vm_flags & VM_ACCOUNT)
			promised += vma_pages(vma);
		vma_destroy(vma);
		if (++n % RESCHED_AREAS == 0)
			resched_or_killed();
	}
	vm_unacct_memory(promised);
	mm->mmap = NULL;
	mm->mm_rb = RB_ROOT;
	mm->map_count = 0;
	vmacache_invalidate(mm);
}

static void exit_mmap(struct mm_struct *mm)
{
	struct mmu_gather tlb;

	mmap_write_lock(mm);
	tlb_gather_mmu(&tlb, mm, true);
	zap_areas(mm, &tlb);
	leave_objects(mm);
	free_areas(mm, &tlb);
	tlb_finish_mmu(&tlb);
	lazyfree_forget(mm);
	mmap_write_unlock(mm);
}

/* What must be left of an address space without mappings: nothing. */
static void check_empty(struct mm_struct *mm)
{
	for (int i = 0; i < NR_MM_COUNTERS; i++)
		WARN_ON(atomic64_read(&mm->rss_stat[i]));
	WARN_ON(atomic64_read(&mm->pgtables_bytes));
	WARN_ON(mm->total_vm | mm->data_vm | mm->exec_vm | mm->stack_vm |
		mm->locked_vm);
}

/**
 * mmput - drop a user of an address space; the last one ends it
 * @mm: address space
 *
 * Context: may sleep; mmap_lock not held.
 */
void mmput(struct mm_struct *mm)
{
	if (!atomic_dec_and_test(&mm->mm_users))
		return;
	exit_mmap(mm);
	mm_set_exe_file(mm, NULL);
	mmdrop(mm);
}

/**
 * mmdrop - drop a reference to the structure
 * @mm: address space
 *
 * Context: any. With the last one no CPU has its page tables loaded.
 */
void mmdrop(struct mm_struct *mm)
{
	if (!atomic_dec_and_test(&mm->mm_count))
		return;
	check_empty(mm);
	pgd_free(mm->pgd);
	kmem_cache_free(mm_cache, mm);
}

/* SPDX-License-Identifier: MIT */
/* What is promised, and what /proc tells about an address space. */
#include <ikos/mm_views.h>

#include "test_mm.h"

/* --- vm.overcommit_memory ------------------------------------------------------- */

/* Let @pages more than now be promised, in mode 2. */
static void strict(unsigned long pages)
{
	sysctl_overcommit_memory = OVERCOMMIT_NEVER;
	sysctl_overcommit_kbytes = (vm_committed() + pages)
				   << (PAGE_SHIFT - 10);
}

static void relaxed(void)
{
	sysctl_overcommit_memory = OVERCOMMIT_GUESS;
	sysctl_overcommit_kbytes = 0;
}

KTEST(overcommit, mode_2_adds_up)
{
	unsigned long before = vm_committed();
	struct mm_struct *mm = new_mm(), *child;

	ASSERT(mm);
	mm->may_lock = true;
	strict(1000);
	EXPECT_EQ(vm_commit_limit(), before + 1000);
	EXPECT_EQ(map(mm, 0, 900, RW, ANON), (long)AT(0));
	EXPECT_EQ(map(mm, 1000, 200, RW, ANON), -ENOMEM);
	EXPECT_EQ(map(mm, 1000, 200, RW, MAP_SHARED | MAP_ANONYMOUS), -ENOMEM);
	EXPECT_EQ(map(mm, 1000, 200, PROT_READ, ANON), (long)AT(1000));
	EXPECT_EQ(do_mprotect(mm, AT(1000), 200 << PAGE_SHIFT, RW), -ENOMEM);
	EXPECT_EQ(do_mprotect(mm, AT(1000), 10 << PAGE_SHIFT, RW), 0);
	child = dup_mm(mm);
	EXPECT(!child);
	EXPECT_EQ(vm_committed(), before + 910);
	relaxed();
	mmput(mm);
	EXPECT_EQ(vm_committed(), before);
}

KTEST(overcommit, mode_2_ignores_noreserve)
{
	struct mm_struct *mm = new_mm();

	ASSERT(mm);
	mm->may_lock = true;
	strict(100);
	EXPECT_EQ(map(mm, 0, 200, RW, ANON | MAP_NORESERVE), -ENOMEM);
	relaxed();
	EXPECT_EQ(map(mm, 0, 200, RW, ANON | MAP_NORESERVE), (long)AT(0));
	mmput(mm);
}

KTEST(overcommit, mode_2_keeps_a_reserve_for_root)
{
	unsigned long reserve = sysctl_admin_reserve_kbytes;
	struct mm_struct *mm = new_mm();

	ASSERT(mm);
	strict(100);
	sysctl_admin_reserve_kbytes = 60 << (PAGE_SHIFT - 10);
	EXPECT_EQ(map(mm, 0, 50, RW, ANON), -ENOMEM);
	mm->may_lock = true;
	EXPECT_EQ(map(mm, 0, 50, RW, ANON), (long)AT(0));
	relaxed();
	sysctl_admin_reserve_kbytes = reserve;
	mmput(mm);
}

KTEST(overcommit, modes_0_and_1_differ_in_one_request)
{
	int more = (int)totalram_pages() + 1;
	struct mm_struct *mm = new_mm();

	ASSERT(mm);
	EXPECT_EQ(map(mm, 0, more, RW, ANON), -ENOMEM);
	EXPECT_EQ(map(mm, 0, more, RW, MAP_SHARED | MAP_ANONYMOUS), -ENOMEM);
	sysctl_overcommit_memory = OVERCOMMIT_ALWAYS;
	EXPECT_EQ(map(mm, 0, more, RW, ANON), (long)AT(0));
	EXPECT_EQ(vm_munmap(mm, AT(0), (size_t)more << PAGE_SHIFT), 0);
	relaxed();
	mmput(mm);
}

/* --- smaps, pagemap, clear_refs ---------------------------------------------------- */

static struct mem_size_stats stats_of(struct mm_struct *mm)
{
	struct mem_size_stats stats = { 0 };

	mmap_read_lock(mm);
	for (struct vm_area_struct *vma = mm->mmap; vma; vma = vma->vm_next)
		smap_gather_stats(vma, &stats);
	mmap_read_unlock(mm);
	return stats;
}

KTEST(views, tables_that_fork_shares_count_for_both)
{
	struct mm_struct *mm = new_mm(), *child;
	struct mem_size_stats s;

	ASSERT(mm);
	map(mm, 0, 1200, RW, ANON | MAP_POPULATE);
	s = stats_of(mm);
	EXPECT_EQ(s.resident, 1200 * PAGE_SIZE);
	EXPECT_EQ(s.private_dirty, 1200 * PAGE_SIZE);
	EXPECT_EQ(s.pss >> PSS_SHIFT, 1200 * PAGE_SIZE);
	child = dup_mm(mm);
	ASSERT(child);
	s = stats_of(child);
	EXPECT_EQ(s.resident, 1200 * PAGE_SIZE);
	EXPECT_EQ(s.shared_dirty, 1200 * PAGE_SIZE);
	EXPECT_EQ(s.pss >> PSS_SHIFT, 600 * PAGE_SIZE);
	EXPECT(store(child, AT(600), 1));
	s = stats_of(child);
	EXPECT_EQ(s.private_dirty, PAGE_SIZE);
	EXPECT_EQ(s.shared_dirty, 1199 * PAGE_SIZE);
	s = stats_of(mm);
	EXPECT_EQ(s.private_dirty, PAGE_SIZE);
	mmput(child);
	EXPECT_EQ(stats_of(mm).private_dirty, 1200 * PAGE_SIZE);
	EXPECT_EQ(verdict(mm), 0);
	mmput(mm);
}

KTEST(views, clear_refs_forgets_use_and_nothing_else)
{
	struct mm_struct *mm = new_mm();
	struct mem_size_stats s;

	ASSERT(mm);
	map(mm, 0, 4, RW, ANON | MAP_POPULATE);
	map(mm, 10, 4, RW, MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE);
	EXPECT_EQ(stats_of(mm).referenced, 8 * PAGE_SIZE);
	vm_clear_refs(mm, CLEAR_REFS_ALL);
	s = stats_of(mm);
	EXPECT_EQ(s.referenced, 0);
	EXPECT_EQ(s.resident, 8 * PAGE_SIZE);
	/* Shared memory is only read in advance. */
	EXPECT_EQ(s.private_dirty, 4 * PAGE_SIZE);
	EXPECT_EQ(s.private_clean, 4 * PAGE_SIZE);
	EXPECT_EQ(verdict(mm), 0);
	EXPECT_EQ(vm_munmap(mm, AT(0), 4 * PAGE_SIZE), 0);
	EXPECT_EQ(mm_hiwater_rss(mm), 8);
	vm_clear_refs(mm, CLEAR_REFS_HIWATER_RSS);
	EXPECT_EQ(mm_hiwater_rss(mm), 4);
	mmput(mm);
}

KTEST(views, page_entries_of_a_range_with_holes)
{
	struct mm_struct *mm = new_mm();
	u64 words[8];

	ASSERT(mm);
	map(mm, 510, 4, RW, ANON);
	EXPECT(store(mm, AT(511), 1));
	EXPECT(store(mm, AT(512), 1));
	vm_page_entries(mm, AT(508), 8, words, true);
	for (int i = 0; i < 8; i++) {
		if (i != 3 && i != 4) {
			EXPECT_EQ(words[i], 0);
			continue;
		}
		EXPECT_EQ(words[i] & ~((1UL << PM_PFRAME_BITS) - 1),
			  PM_PRESENT | PM_MMAP_EXCLUSIVE);
		EXPECT(words[i] & ((1UL << PM_PFRAME_BITS) - 1));
	}
	vm_page_entries(mm, AT(511), 1, words, false);
	EXPECT_EQ(words[0], PM_PRESENT | PM_MMAP_EXCLUSIVE);
	mmput(mm);
}

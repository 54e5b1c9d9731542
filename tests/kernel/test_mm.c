/* SPDX-License-Identifier: MIT */
/* Whole address spaces in the booted kernel: life, fork, the end, accounts. */
#include <ikos/slab.h>

#include "test_mm.h"

KTEST(mm, references_outlive_users)
{
	struct mm_struct *mm = new_mm();

	ASSERT(mm);
	map(mm, 0, 4, RW, ANON | MAP_POPULATE);
	EXPECT_EQ(mm_rss(mm), 4);
	mmgrab(mm);
	mmput(mm);
	EXPECT(!mmget_not_zero(mm));
	EXPECT_EQ(mm_rss(mm), 0);
	EXPECT_EQ(atomic64_read(&mm->pgtables_bytes), 0);
	mmdrop(mm);
}

KTEST(mm, a_large_range_comes_and_goes)
{
	struct mm_struct *mm = new_mm();
	unsigned long free;

	ASSERT(mm);
	free = nr_free_pages();
	map(mm, 0, 4096, RW, ANON | MAP_POPULATE);
	EXPECT_EQ(mm_rss(mm), 4096);
	EXPECT_EQ(do_madvise(mm, AT(1000), 2000 * PAGE_SIZE, MADV_DONTNEED), 0);
	EXPECT_EQ(mm_rss(mm), 2096);
	EXPECT_EQ(mm_hiwater_rss(mm), 4096);
	EXPECT_EQ(vm_munmap(mm, BASE, GiB(1)), 0);
	drain_local_pages();
	slab_drain();
	/* The area's slab may stay with its cache. */
	EXPECT(nr_free_pages() + 1 >= free);
	mmput(mm);
}

KTEST(mm, forks_of_forks_end_in_any_order)
{
	struct mm_struct *mm[8];

	mm[0] = new_mm();
	ASSERT(mm[0]);
	map(mm[0], 0, 16, RW, ANON | MAP_POPULATE);
	for (int i = 1; i < 8; i++) {
		mm[i] = dup_mm(mm[i / 2]);
		EXPECT(mm[i]);
		if (mm[i])
			EXPECT(store(mm[i], AT(i), (u8)i));
	}
	for (int i = 0; i < 8; i++)
		if (mm[i])
			EXPECT_EQ(load(mm[i], AT(i)), i);
	for (int i = 0; i < 8; i++)
		if (mm[(i * 3) % 8])
			mmput(mm[(i * 3) % 8]);
}

KTEST(mm, a_fork_that_fails_half_way_gives_everything_back)
{
	struct mm_struct *mm = new_mm(), *child;
	unsigned long committed;
	bool hit = true;

	ASSERT(mm);
	map(mm, 0, 16, RW, ANON | MAP_POPULATE);
	map(mm, 600, 16, RW, ANON | MAP_POPULATE);
	map(mm, 1200, 4, RW, MAP_SHARED | MAP_ANONYMOUS);
	committed = vm_committed();
	for (unsigned long nth = 1; hit && nth < 100; nth++) {
		fail_nth_set(nth);
		child = dup_mm(mm);
		hit = fail_nth_hit();
		fail_nth_set(0);
		if (child)
			mmput(child);
		EXPECT_EQ(vm_committed(), committed);
	}
	EXPECT_EQ(load(mm, AT(0)), 0);
	EXPECT_EQ(verdict(mm), 0);
	mmput(mm);
}

KTEST(mm, remote_access_stops_where_the_owner_would)
{
	struct mm_struct *mm = new_mm();
	char buf[64];

	ASSERT(mm);
	memset(buf, 'x', sizeof(buf));
	map(mm, 0, 1, RW, ANON);
	map(mm, 1, 1, PROT_READ, ANON);
	EXPECT_EQ(access_remote_vm(mm, AT(1) - 10, buf, 64, FAULT_FLAG_WRITE),
		  10);
	EXPECT_EQ(access_remote_vm(mm, AT(2) - 10, buf, 64, 0), 10);
	EXPECT_EQ(access_remote_vm(mm, TASK_SIZE - 1, buf, 64, 0), 0);
	EXPECT_EQ(access_remote_vm(mm, ~0UL - 5, buf, 64, 0), 0);
	mmput(mm);
}

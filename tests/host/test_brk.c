/* SPDX-License-Identifier: MIT */
/* brk: the heap's end. */
#include "mmtest.h"

static struct mm_struct *heap_at(int page)
{
	struct mm_struct *mm = new_mm();

	mm->start_brk = mm->brk = AT(page) + 0x123;
	return mm;
}

TEST(grows_shrinks_and_answers_where_it_is)
{
	struct mm_struct *mm = heap_at(0);

	EXPECT_EQ(do_brk(mm, 0), AT(0) + 0x123);
	EXPECT_EQ(do_brk(mm, AT(0) + 0x456), AT(0) + 0x456);
	EXPECT_LAYOUT(mm, "");
	/* The first byte of the heap is in a page that is the data segment's. */
	EXPECT_EQ(do_brk(mm, AT(3) + 1), AT(3) + 1);
	EXPECT_LAYOUT(mm, "1-4 rw-p");
	sim_store(mm, AT(3), 9);
	EXPECT_EQ(do_brk(mm, AT(4)), AT(4));
	EXPECT_LAYOUT(mm, "1-4 rw-p");
	EXPECT_EQ(do_brk(mm, AT(4) + 1), AT(4) + 1);
	EXPECT_LAYOUT(mm, "1-5 rw-p");
	EXPECT_EQ(sim_load(mm, AT(3)), 9);
	EXPECT_EQ(do_brk(mm, AT(2)), AT(2));
	EXPECT_LAYOUT(mm, "1-2 rw-p");
	EXPECT_EQ(do_brk(mm, AT(4)), AT(4));
	EXPECT_EQ(sim_load(mm, AT(3)), 0);
	EXPECT_EQ(do_brk(mm, mm->start_brk), mm->start_brk);
	EXPECT_LAYOUT(mm, "");
	mmput(mm);
}

TEST(stays_where_it_is_when_it_cannot_move)
{
	struct mm_struct *mm = heap_at(0);
	unsigned long old = do_brk(mm, AT(2));

	EXPECT_EQ(old, AT(2));
	EXPECT_EQ(do_brk(mm, AT(0)), old); /* below start_brk */
	map(mm, 10, 1, RW, ANON);
	EXPECT_EQ(do_brk(mm, AT(10) + 1), old); /* something in the way */
	EXPECT_EQ(do_brk(mm, AT(10)), old); /* no free page between */
	EXPECT_EQ(do_brk(mm, AT(9)), AT(9));
	EXPECT_EQ(do_brk(mm, ~0UL), AT(9));
	EXPECT_EQ(do_brk(mm, TASK_SIZE), AT(9));
	mm->rlim[RLIMIT_DATA].rlim_cur = 4 * PAGE_SIZE;
	EXPECT_EQ(do_brk(mm, AT(2)), AT(2));
	EXPECT_EQ(do_brk(mm, AT(4)), AT(4));
	EXPECT_EQ(do_brk(mm, AT(5)), AT(4));
	mm->rlim[RLIMIT_DATA].rlim_cur = RLIM_INFINITY;
	mm->rlim[RLIMIT_AS].rlim_cur = mm->total_vm << PAGE_SHIFT;
	EXPECT_EQ(do_brk(mm, AT(5)), AT(4));
	check_mm(mm);
	mmput(mm);
}

TEST(fails_cleanly_without_memory)
{
	struct mm_struct *mm = heap_at(0);

	SWEEP
	{
		unsigned long got = do_brk(mm, AT(4));

		EXPECT(got == AT(4) || got == AT(0) + 0x123);
		check_mm(mm);
		fail_nth_set(0);
		do_brk(mm, mm->start_brk);
	}
	EXPECT_LAYOUT(mm, "");
	mmput(mm);
}

/* SPDX-License-Identifier: MIT */
/* mprotect and madvise: rights, splits, errors. */
#include "mmtest.h"

TEST(rights_take_effect_at_once)
{
	struct mm_struct *mm = new_mm();

	map(mm, 0, 4, RW, ANON);
	for (int i = 0; i < 4; i++)
		sim_store(mm, AT(i), 5);
	protect(mm, 1, 2, PROT_READ);
	EXPECT_EQ(sim_try(mm, AT(1), SIM_WRITE), VM_FAULT_ACCERR);
	EXPECT_EQ(sim_load(mm, AT(1)), 5);
	protect(mm, 1, 2, PROT_NONE);
	EXPECT_EQ(sim_try(mm, AT(2), SIM_READ), VM_FAULT_ACCERR);
	EXPECT_EQ(sim_try(mm, AT(3), SIM_WRITE), 0);
	protect(mm, 1, 2, PROT_READ | PROT_EXEC);
	EXPECT_EQ(sim_try(mm, AT(2), SIM_EXEC), 0);
	EXPECT_EQ(sim_load(mm, AT(2)), 5);
	protect(mm, 0, 4, RW);
	EXPECT_LAYOUT(mm, "0-4 rw-p");
	sim_nr_faults = 0;
	for (int i = 0; i < 4; i++)
		sim_store(mm, AT(i), 6);
	EXPECT_EQ(sim_nr_faults, 0); /* sole owners need no fault */
	mmput(mm);
}

TEST(across_areas_and_kinds)
{
	struct mm_struct *mm = new_mm();
	struct file *file = sim_file(64 * (loff_t)PAGE_SIZE, FMODE_READ);

	map(mm, 0, 3, RW, ANON);
	map_file(mm, 3, 3, RW, MAP_PRIVATE, file, 0);
	map(mm, 6, 3, RW, MAP_SHARED | MAP_ANONYMOUS);
	for (int i = 0; i < 9; i++)
		sim_store(mm, AT(i), 1 + i);
	EXPECT_EQ(protect(mm, 2, 5, PROT_READ), 0);
	EXPECT_LAYOUT(mm, "0-2 rw-p, 2-3 r--p, 3-6 r--p, 6-7 r--s, 7-9 rw-s");
	for (int i = 0; i < 9; i++) {
		EXPECT_EQ(sim_load(mm, AT(i)), 1 + i);
		EXPECT_EQ(sim_try(mm, AT(i), SIM_WRITE),
			  i >= 2 && i < 7 ? VM_FAULT_ACCERR : 0);
	}
	EXPECT_EQ(protect(mm, 0, 9, RW), 0);
	EXPECT_LAYOUT(mm, "0-3 rw-p, 3-6 rw-p, 6-9 rw-s");
	mmput(mm);
	fput(file);
}

TEST(a_hole_is_enomem_and_what_lies_before_is_changed)
{
	struct mm_struct *mm = new_mm();

	map(mm, 0, 3, RW, ANON);
	map(mm, 5, 3, RW, ANON);
	EXPECT_EQ(protect(mm, 1, 6, PROT_READ), -ENOMEM);
	EXPECT_LAYOUT(mm, "0-1 rw-p, 1-3 r--p, 5-8 rw-p");
	EXPECT_EQ(protect(mm, 3, 1, PROT_READ), -ENOMEM);
	EXPECT_EQ(protect(mm, 4, 2, PROT_READ), -ENOMEM);
	EXPECT_EQ(protect(mm, 6, 10, PROT_READ), -ENOMEM);
	EXPECT_LAYOUT(mm, "0-1 rw-p, 1-3 r--p, 5-6 rw-p, 6-8 r--p");
	EXPECT_EQ(protect(mm, 100, 1, PROT_READ), -ENOMEM);
	mmput(mm);
}

TEST(arguments_are_checked)
{
	struct mm_struct *mm = new_mm();

	map(mm, 0, 1, RW, ANON);
	EXPECT_EQ(do_mprotect(mm, AT(0) + 1, 4096, PROT_READ), -EINVAL);
	EXPECT_EQ(do_mprotect(mm, AT(0), 4096, 0x80), -EINVAL);
	EXPECT_EQ(do_mprotect(mm, AT(0), 4096, PROT_GROWSDOWN | PROT_GROWSUP),
		  -EINVAL);
	EXPECT_EQ(do_mprotect(mm, AT(0), 4096, PROT_READ | PROT_GROWSUP),
		  -EINVAL);
	EXPECT_EQ(do_mprotect(mm, AT(0), 4096, PROT_READ | PROT_GROWSDOWN),
		  -EINVAL);
	EXPECT_EQ(do_mprotect(mm, AT(0), 0, 0x80), 0);
	EXPECT_EQ(do_mprotect(mm, AT(5), 0, PROT_READ), 0);
	EXPECT_EQ(do_mprotect(mm, AT(0), ~0UL, PROT_READ), -ENOMEM);
	EXPECT_EQ(do_mprotect(mm, AT(0), ~0UL - AT(0), PROT_READ), -ENOMEM);
	EXPECT_EQ(do_mprotect(mm, AT(0), 1, PROT_READ | PROT_SEM), 0);
	EXPECT_LAYOUT(mm, "0-1 r--p");
	mmput(mm);
}

TEST(growsdown_reaches_down_to_the_start_of_the_stack)
{
	struct mm_struct *mm = new_mm();

	map(mm, 10, 6, RW, ANON | MAP_GROWSDOWN);
	EXPECT_EQ(
		do_mprotect(mm, AT(14), PAGE_SIZE, PROT_READ | PROT_GROWSDOWN),
		0);
	EXPECT_LAYOUT(mm, "10-15 r--p, 15-16 rw-p");
	EXPECT_EQ(do_mprotect(mm, AT(8), PAGE_SIZE, PROT_READ | PROT_GROWSDOWN),
		  -ENOMEM);
	mmput(mm);
}

TEST_DEBUG(no_memory_for_a_split_leaves_the_area)
{
	struct mm_struct *mm = new_mm();

	map(mm, 0, 9, RW, ANON);
	for (unsigned long nth = 1; nth <= 2; nth++) {
		fail_nth_set(nth);
		EXPECT_EQ(protect(mm, 3, 3, PROT_READ), -ENOMEM);
		EXPECT(fail_nth_hit());
		fail_nth_set(0);
		EXPECT_LAYOUT(mm, "0-9 rw-p");
	}
	mmput(mm);
}

/* --- madvise ---------------------------------------------------------------- */

TEST(dontneed_forgets_private_and_keeps_shared)
{
	struct mm_struct *mm = new_mm();
	struct file *file = sim_file(64 * (loff_t)PAGE_SIZE, FMODE_READ);

	map(mm, 0, 4, RW, ANON);
	map_file(mm, 4, 4, RW, MAP_PRIVATE, file, 0);
	map(mm, 8, 4, RW, MAP_SHARED | MAP_ANONYMOUS);
	for (int i = 0; i < 12; i++)
		sim_store(mm, AT(i), 100 + i);
	EXPECT_EQ(do_madvise(mm, AT(1), 9 * PAGE_SIZE, MADV_DONTNEED), 0);
	EXPECT_EQ(mm_rss(mm), 3);
	EXPECT_EQ(sim_load(mm, AT(0)), 100);
	EXPECT_EQ(sim_load(mm, AT(1)), 0);
	EXPECT_EQ(sim_load(mm, AT(5)), sim_file_byte(1 << PAGE_SHIFT));
	EXPECT_EQ(sim_load(mm, AT(8)), 108);
	EXPECT_EQ(sim_load(mm, AT(11)), 111);
	EXPECT_LAYOUT(mm, "0-4 rw-p, 4-8 rw-p, 8-12 rw-s");
	mmput(mm);
	fput(file);
}

TEST(madvise_errors)
{
	struct mm_struct *mm = new_mm();
	struct file *file = sim_file(8192, FMODE_READ);

	map(mm, 0, 2, RW, ANON);
	map(mm, 4, 2, RW, ANON);
	map_file(mm, 8, 2, PROT_READ, MAP_PRIVATE, file, 0);
	sim_store(mm, AT(4), 1);
	EXPECT_EQ(do_madvise(mm, AT(0) + 1, 4096, MADV_DONTNEED), -EINVAL);
	EXPECT_EQ(do_madvise(mm, AT(0), 4096, 4711), -EINVAL);
	EXPECT_EQ(do_madvise(mm, AT(0), 4096, MADV_HWPOISON), -EINVAL);
	EXPECT_EQ(do_madvise(mm, AT(0), ~0UL, MADV_NORMAL), -EINVAL);
	EXPECT_EQ(do_madvise(mm, AT(0), 0, MADV_NORMAL), 0);
	EXPECT_EQ(do_madvise(mm, AT(0), 0, 4711), -EINVAL);
	/* Over a hole: done as far as there is something. */
	EXPECT_EQ(do_madvise(mm, AT(0), 6 * PAGE_SIZE, MADV_DONTNEED), -ENOMEM);
	EXPECT_EQ(mm_rss(mm), 0);
	EXPECT_EQ(do_madvise(mm, AT(20), 4096, MADV_DONTNEED), -ENOMEM);
	EXPECT_EQ(do_madvise(mm, AT(8), 4096, MADV_WIPEONFORK), -EINVAL);
	EXPECT_EQ(do_madvise(mm, AT(0), 4096, MADV_WILLNEED), 0);
	mmput(mm);
	fput(file);
}

TEST(advice_splits_and_merges)
{
	struct mm_struct *mm = new_mm();

	map(mm, 0, 6, RW, ANON);
	EXPECT_EQ(do_madvise(mm, AT(2), 2 * PAGE_SIZE, MADV_DONTDUMP), 0);
	EXPECT_LAYOUT(mm, "0-2 rw-p, 2-4 rw-p, 4-6 rw-p");
	EXPECT(find_vma(mm, AT(2))->vm_flags & VM_DONTDUMP);
	EXPECT_EQ(do_madvise(mm, AT(0), 6 * PAGE_SIZE, MADV_DODUMP), 0);
	EXPECT_LAYOUT(mm, "0-6 rw-p");
	EXPECT_EQ(do_madvise(mm, AT(0), 3 * PAGE_SIZE, MADV_RANDOM), 0);
	EXPECT_EQ(do_madvise(mm, AT(0), 6 * PAGE_SIZE, MADV_SEQUENTIAL), 0);
	EXPECT_LAYOUT(mm, "0-6 rw-p");
	EXPECT_EQ(do_madvise(mm, AT(0), 6 * PAGE_SIZE, MADV_NORMAL), 0);
	EXPECT(!(find_vma(mm, AT(0))->vm_flags & (VM_SEQ_READ | VM_RAND_READ)));
	mmput(mm);
}

TEST_DEBUG(no_memory_for_advice_is_eagain)
{
	struct mm_struct *mm = new_mm();

	map(mm, 0, 6, RW, ANON);
	fail_nth_set(1);
	EXPECT_EQ(do_madvise(mm, AT(0), PAGE_SIZE, MADV_DONTFORK), -EAGAIN);
	fail_nth_set(0);
	EXPECT_LAYOUT(mm, "0-6 rw-p");
	mmput(mm);
}

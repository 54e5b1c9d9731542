/* SPDX-License-Identifier: MIT */
/* munmap: holes, pieces, and what must be left. */
#include "mmtest.h"

TEST(a_hole_is_no_error)
{
	struct mm_struct *mm = new_mm();

	EXPECT_EQ(unmap(mm, 0, 100), 0);
	map(mm, 2, 2, RW, ANON);
	map(mm, 6, 2, RW, ANON);
	map(mm, 10, 2, RW, ANON);
	EXPECT_EQ(unmap(mm, 0, 7), 0); /* starts in a hole */
	EXPECT_LAYOUT(mm, "7-8 rw-p, 10-12 rw-p");
	EXPECT_EQ(unmap(mm, 8, 2), 0);
	EXPECT_LAYOUT(mm, "7-8 rw-p, 10-12 rw-p");
	EXPECT_EQ(unmap(mm, 0, 1000), 0);
	EXPECT_LAYOUT(mm, "");
	EXPECT_EQ(mm->total_vm, 0);
	mmput(mm);
}

TEST(head_tail_and_middle)
{
	struct mm_struct *mm = new_mm();

	map(mm, 0, 10, RW, ANON);
	for (int i = 0; i < 10; i++)
		sim_store(mm, AT(i), 1 + i);
	unmap(mm, 0, 2);
	EXPECT_LAYOUT(mm, "2-10 rw-p");
	unmap(mm, 8, 2);
	EXPECT_LAYOUT(mm, "2-8 rw-p");
	unmap(mm, 4, 2);
	EXPECT_LAYOUT(mm, "2-4 rw-p, 6-8 rw-p");
	EXPECT_EQ(mm_counter(mm, MM_ANONPAGES), 4);
	EXPECT_EQ(mm_hiwater_rss(mm), 10);
	for (int i = 0; i < 10; i++) {
		bool there = (i >= 2 && i < 4) || (i >= 6 && i < 8);

		EXPECT_EQ(sim_try(mm, AT(i), SIM_READ),
			  there ? 0 : VM_FAULT_MAPERR);
		if (there)
			EXPECT_EQ(sim_load(mm, AT(i)), 1 + i);
	}
	check_mm(mm);
	mmput(mm);
}

TEST(many_areas_at_once)
{
	struct mm_struct *mm = new_mm();
	struct file *file = sim_file(64 * (loff_t)PAGE_SIZE, FMODE_READ);

	map(mm, 0, 4, RW, ANON);
	map_file(mm, 4, 4, PROT_READ, MAP_PRIVATE, file, 8);
	map(mm, 8, 4, RW, MAP_SHARED | MAP_ANONYMOUS);
	map(mm, 12, 4, PROT_NONE, ANON);
	map_file(mm, 16, 4, PROT_READ, MAP_SHARED, file, 16);
	for (int i = 0; i < 20; i++)
		if (i < 12 || i >= 16)
			sim_load(mm, AT(i));
	unmap(mm, 2, 16);
	EXPECT_LAYOUT(mm, "0-2 rw-p, 18-20 r--s");
	EXPECT_EQ(sim_load(mm, AT(18)), sim_file_byte(18 << PAGE_SHIFT));
	EXPECT_EQ(atomic_read(&file->f_count), 2);
	mmput(mm);
	fput(file);
}

TEST(offsets_follow_in_what_is_left)
{
	struct mm_struct *mm = new_mm();
	struct file *file = sim_file(64 * (loff_t)PAGE_SIZE, FMODE_READ);

	map_file(mm, 0, 20, PROT_READ, MAP_PRIVATE, file, 3);
	unmap(mm, 0, 2);
	unmap(mm, 8, 4);
	EXPECT_LAYOUT(mm, "2-8 r--p, 12-20 r--p");
	EXPECT_EQ(sim_load(mm, AT(2)), sim_file_byte(5 << PAGE_SHIFT));
	EXPECT_EQ(sim_load(mm, AT(12)), sim_file_byte(15 << PAGE_SHIFT));
	mmput(mm);
	fput(file);
}

TEST(arguments_are_checked)
{
	struct mm_struct *mm = new_mm();

	map(mm, 0, 1, RW, ANON);
	EXPECT_EQ(vm_munmap(mm, AT(0) + 1, 4096), -EINVAL);
	EXPECT_EQ(vm_munmap(mm, AT(0), 0), -EINVAL);
	EXPECT_EQ(vm_munmap(mm, AT(0), ~0UL), -EINVAL);
	EXPECT_EQ(vm_munmap(mm, TASK_SIZE, 4096), -EINVAL);
	EXPECT_EQ(vm_munmap(mm, TASK_SIZE + 4096, 4096), -EINVAL);
	EXPECT_EQ(vm_munmap(mm, 0, TASK_SIZE + 1), -EINVAL);
	EXPECT_LAYOUT(mm, "0-1 rw-p");
	EXPECT_EQ(vm_munmap(mm, AT(0), 1), 0);
	EXPECT_LAYOUT(mm, "");
	EXPECT_EQ(vm_munmap(mm, 0, TASK_SIZE), 0);
	mmput(mm);
}

TEST(a_large_range_is_freed_in_batches)
{
	struct mm_struct *mm = new_mm();

	map(mm, 0, 2000, RW, ANON);
	for (int i = 0; i < 2000; i++)
		sim_store(mm, AT(i), (u8)i);
	sim_nr_flushes = 0;
	unmap(mm, 0, 1999);
	EXPECT(sim_nr_flushes < 10);
	EXPECT_EQ(sim_load(mm, AT(1999)), (u8)1999);
	EXPECT_EQ(mm_rss(mm), 1);
	check_mm(mm);
	mmput(mm);
}

/* Without memory for a long batch it takes longer, nothing else. */
TEST_DEBUG(a_large_range_goes_without_memory_too)
{
	struct mm_struct *mm = new_mm();

	map(mm, 0, 2000, RW, ANON | MAP_POPULATE);
	fail_nth_set(1);
	EXPECT_EQ(unmap(mm, 0, 1000), 0);
	EXPECT(fail_nth_hit());
	EXPECT_EQ(mm_rss(mm), 1000);
	check_mm(mm);
	mmput(mm);
}

TEST_DEBUG(a_hole_in_the_middle_needs_memory_and_fails_cleanly)
{
	struct mm_struct *mm = new_mm();

	map(mm, 0, 9, RW, ANON);
	sim_store(mm, AT(4), 4);
	fail_nth_set(1);
	EXPECT_EQ(unmap(mm, 3, 3), -ENOMEM);
	fail_nth_set(0);
	EXPECT_LAYOUT(mm, "0-9 rw-p");
	EXPECT_EQ(sim_load(mm, AT(4)), 4);
	/* Head and tail need none. */
	fail_nth_set(1);
	EXPECT_EQ(unmap(mm, 0, 3), 0);
	EXPECT_EQ(unmap(mm, 6, 3), 0);
	fail_nth_set(0);
	EXPECT_LAYOUT(mm, "3-6 rw-p");
	mmput(mm);
}

/* SPDX-License-Identifier: MIT */
/* mremap: sizes, places, what moves with them, and what failures leave. */
#include "mmtest.h"

static unsigned long remap_to(struct mm_struct *mm, int page, int old, int new,
			      unsigned long flags, int to)
{
	struct mremap_request req = { .addr = AT(page),
				      .old_len = (unsigned long)old
						 << PAGE_SHIFT,
				      .new_len = (unsigned long)new
						 << PAGE_SHIFT,
				      .flags = flags,
				      .new_addr = AT(to) };

	return vm_mremap(mm, &req);
}

static unsigned long remap(struct mm_struct *mm, int page, int old, int new,
			   unsigned long flags)
{
	return remap_to(mm, page, old, new, flags, 0);
}

#define FIXED (MREMAP_MAYMOVE | MREMAP_FIXED)
#define KEEP  (MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP)

static void fill(struct mm_struct *mm, int page, int n)
{
	for (int i = 0; i < n; i++)
		sim_store(mm, AT(page + i) + 7, (u8)(page + i + 1));
}

/* Pages show what fill() put into page @from of old. */
static void expect_filled(struct mm_struct *mm, int page, int n, int from)
{
	for (int i = 0; i < n; i++)
		EXPECT_EQ(sim_load(mm, AT(page + i) + 7), (u8)(from + i + 1));
}

TEST(shrinks_and_grows_in_place)
{
	struct mm_struct *mm = new_mm();

	map(mm, 0, 8, RW, ANON);
	fill(mm, 0, 8);
	EXPECT_EQ(remap(mm, 0, 8, 5, 0), AT(0));
	EXPECT_LAYOUT(mm, "0-5 rw-p");
	EXPECT_EQ(mm_rss(mm), 5);
	EXPECT_EQ(remap(mm, 0, 5, 7, 0), AT(0));
	EXPECT_LAYOUT(mm, "0-7 rw-p");
	EXPECT_EQ(sim_load(mm, AT(5) + 7), 0);
	expect_filled(mm, 0, 5, 0);
	/* The tail of an area may grow, too; its middle may not. */
	EXPECT_EQ(remap(mm, 4, 3, 4, 0), AT(4));
	EXPECT_EQ(remap(mm, 4, 2, 4, 0), (unsigned long)-ENOMEM);
	EXPECT_LAYOUT(mm, "0-8 rw-p");
	map(mm, 9, 1, RW, ANON);
	EXPECT_EQ(remap(mm, 0, 8, 10, 0), (unsigned long)-ENOMEM);
	EXPECT_EQ(remap(mm, 0, 8, 9, 0), AT(0));
	EXPECT_LAYOUT(mm, "0-10 rw-p");
	mmput(mm);
}

TEST(shrinking_may_cross_areas_and_holes)
{
	struct mm_struct *mm = new_mm();

	map(mm, 0, 3, RW, ANON);
	map(mm, 3, 3, PROT_READ, ANON);
	map(mm, 8, 4, RW, ANON);
	EXPECT_EQ(remap(mm, 1, 9, 9, 0), AT(1));
	EXPECT_EQ(remap(mm, 1, 9, 1, 0), AT(1));
	EXPECT_LAYOUT(mm, "0-2 rw-p, 10-12 rw-p");
	mmput(mm);
}

TEST(moves_pages_with_their_contents)
{
	struct mm_struct *mm = new_mm();

	map(mm, 0, 6, RW, ANON);
	fill(mm, 0, 4);
	EXPECT_EQ(sim_load(mm, AT(5)), 0); /* the zero page */
	sim_nr_faults = 0;
	EXPECT_EQ(remap_to(mm, 0, 6, 6, FIXED, 100), AT(100));
	EXPECT_LAYOUT(mm, "100-106 rw-p");
	expect_filled(mm, 100, 4, 0);
	EXPECT_EQ(sim_nr_faults, 0); /* nothing had to be faulted in */
	EXPECT_EQ(sim_try(mm, AT(0), SIM_READ), VM_FAULT_MAPERR);
	EXPECT_EQ(sim_load(mm, AT(105)), 0);
	EXPECT_EQ(mm_rss(mm), 4);
	sim_store(mm, AT(105), 9);
	EXPECT_EQ(mm_rss(mm), 5);
	mmput(mm);
}

TEST(moves_and_grows_when_there_is_no_room)
{
	struct mm_struct *mm = new_mm();
	unsigned long at;

	map(mm, 0, 4, RW, ANON);
	map(mm, 4, 1, PROT_READ, ANON);
	fill(mm, 0, 4);
	EXPECT_EQ(remap(mm, 0, 4, 8, 0), (unsigned long)-ENOMEM);
	at = remap(mm, 0, 4, 8, MREMAP_MAYMOVE);
	ASSERT(!IS_ERR_VALUE(at));
	EXPECT_EQ(at, mm->mmap_base - 8 * PAGE_SIZE);
	EXPECT_LAYOUT(mm, "4-5 r--p");
	EXPECT_EQ(sim_load(mm, at + 3 * PAGE_SIZE + 7), 4);
	EXPECT_EQ(sim_load(mm, at + 7 * PAGE_SIZE), 0);
	EXPECT_EQ(mm->total_vm, 9);
	mmput(mm);
}

TEST(a_part_moves_out_of_the_middle)
{
	struct mm_struct *mm = new_mm();

	map(mm, 0, 9, RW, ANON);
	fill(mm, 0, 9);
	EXPECT_EQ(remap_to(mm, 3, 3, 3, FIXED, 20), AT(20));
	EXPECT_LAYOUT(mm, "0-3 rw-p, 6-9 rw-p, 20-23 rw-p");
	expect_filled(mm, 0, 3, 0);
	expect_filled(mm, 6, 3, 6);
	expect_filled(mm, 20, 3, 3);
	/* And back: three areas are one again. */
	EXPECT_EQ(remap_to(mm, 20, 3, 3, FIXED, 3), AT(3));
	EXPECT_LAYOUT(mm, "0-9 rw-p");
	expect_filled(mm, 0, 9, 0);
	mmput(mm);
}

TEST(fixed_replaces_and_shrinks_on_the_way)
{
	struct mm_struct *mm = new_mm();

	map(mm, 0, 6, RW, ANON);
	map(mm, 10, 6, PROT_READ, ANON);
	map(mm, 16, 2, RW, MAP_SHARED | MAP_ANONYMOUS);
	fill(mm, 0, 6);
	EXPECT_EQ(sim_load(mm, AT(12)), 0);
	EXPECT_EQ(remap_to(mm, 0, 6, 3, FIXED, 12), AT(12));
	EXPECT_LAYOUT(mm, "10-12 r--p, 12-15 rw-p, 15-16 r--p, 16-18 rw-s");
	expect_filled(mm, 12, 3, 0);
	EXPECT_EQ(sim_try(mm, AT(5), SIM_READ), VM_FAULT_MAPERR);
	/* Inside one area, from its head into its tail. */
	map(mm, 30, 10, RW, ANON);
	fill(mm, 30, 10);
	EXPECT_EQ(remap_to(mm, 30, 3, 3, FIXED, 35), AT(35));
	expect_filled(mm, 33, 2, 33);
	expect_filled(mm, 35, 3, 30);
	expect_filled(mm, 38, 2, 38);
	check_mm(mm);
	mmput(mm);
}

TEST(untouched_memory_merges_where_it_arrives)
{
	struct mm_struct *mm = new_mm();

	map(mm, 0, 4, RW, ANON);
	map(mm, 10, 4, RW, ANON);
	EXPECT_EQ(remap_to(mm, 0, 4, 4, FIXED, 14), AT(14));
	EXPECT_LAYOUT(mm, "10-18 rw-p");
	/* Even with the area that it comes from. */
	EXPECT_EQ(remap_to(mm, 11, 2, 2, FIXED, 18), AT(18));
	EXPECT_LAYOUT(mm, "10-11 rw-p, 13-20 rw-p");
	EXPECT_EQ(remap_to(mm, 15, 2, 2, FIXED, 11), AT(11));
	EXPECT_LAYOUT(mm, "10-15 rw-p, 17-20 rw-p");
	mmput(mm);
}

TEST(dontunmap_leaves_an_empty_area)
{
	struct mm_struct *mm = new_mm();

	map(mm, 0, 4, RW, ANON);
	fill(mm, 0, 4);
	EXPECT_EQ(remap_to(mm, 0, 4, 4, KEEP, 8), AT(8));
	EXPECT_LAYOUT(mm, "0-4 rw-p, 8-12 rw-p");
	EXPECT_EQ(mm_rss(mm), 4);
	EXPECT_EQ(mm->total_vm, 8);
	expect_filled(mm, 8, 4, 0);
	EXPECT_EQ(sim_load(mm, AT(2) + 7), 0);
	EXPECT_EQ(remap_to(mm, 8, 4, 3, KEEP, 20), (unsigned long)-EINVAL);
	/* Of a locked area the new one keeps the lock. */
	EXPECT_EQ(do_mlock(mm, AT(8), 4 * PAGE_SIZE, VM_LOCKED, true), 0);
	EXPECT_EQ(remap_to(mm, 8, 4, 4, KEEP, 20), AT(20));
	EXPECT_EQ(mm->locked_vm, 4);
	EXPECT(!(find_vma(mm, AT(8))->vm_flags & VM_LOCKED));
	EXPECT(find_vma(mm, AT(20))->vm_flags & VM_LOCKED);
	check_mm(mm);
	mmput(mm);
}

TEST(old_length_zero_makes_a_second_mapping)
{
	struct mm_struct *mm = new_mm();
	struct file *file = sim_shmem_file(16 * (loff_t)PAGE_SIZE,
					   FMODE_READ | FMODE_WRITE);

	map(mm, 0, 4, RW, ANON);
	EXPECT_EQ(remap(mm, 0, 0, 4, MREMAP_MAYMOVE), (unsigned long)-EINVAL);
	map_file(mm, 10, 8, RW, MAP_SHARED, file, 3);
	fill(mm, 10, 8);
	EXPECT_EQ(remap(mm, 10, 0, 4, 0), (unsigned long)-ENOMEM);
	EXPECT_EQ(remap_to(mm, 12, 0, 4, FIXED, 30), AT(30));
	EXPECT_LAYOUT(mm, "0-4 rw-p, 10-18 rw-s, 30-34 rw-s");
	EXPECT_EQ(find_vma(mm, AT(30))->vm_pgoff, 5);
	expect_filled(mm, 30, 4, 12);
	sim_store(mm, AT(31), 77);
	EXPECT_EQ(sim_load(mm, AT(13)), 77);
	mmput(mm);
	fput(file);
}

TEST(files_keep_their_offsets)
{
	struct mm_struct *mm = new_mm();
	struct file *file = sim_file(64 * (loff_t)PAGE_SIZE, FMODE_READ);

	map_file(mm, 0, 8, RW, MAP_PRIVATE, file, 4);
	sim_store(mm, AT(3), 200);
	EXPECT_EQ(sim_load(mm, AT(4)), sim_file_byte(8 << PAGE_SHIFT));
	EXPECT_EQ(remap_to(mm, 2, 4, 6, FIXED, 40), AT(40));
	EXPECT_LAYOUT(mm, "0-2 rw-p, 6-8 rw-p, 40-46 rw-p");
	EXPECT_EQ(find_vma(mm, AT(40))->vm_pgoff, 6);
	EXPECT_EQ(sim_load(mm, AT(41)), 200);
	for (int i = 2; i < 6; i++)
		EXPECT_EQ(sim_load(mm, AT(40 + i)),
			  sim_file_byte((unsigned long)(6 + i) << PAGE_SHIFT));
	/* Truncation finds the new place. */
	truncate_setsize(file->f_mapping, 7 << PAGE_SHIFT);
	EXPECT_EQ(sim_try(mm, AT(41), SIM_READ), VM_FAULT_SIGBUS);
	EXPECT_EQ(sim_try(mm, AT(40), SIM_READ), 0);
	mmput(mm);
	fput(file);
}

TEST(whole_tables_move)
{
	struct mm_struct *mm = new_mm();
	const int table = 512;

	map(mm, 0, 2 * table + 10, RW, ANON);
	for (int i = 0; i < 2 * table + 10; i += 100)
		fill(mm, i, 1);
	EXPECT_EQ(remap_to(mm, 0, 2 * table + 10, 2 * table + 10, FIXED,
			   8 * table),
		  AT(8 * table));
	check_mm(mm);
	for (int i = 0; i < 2 * table + 10; i += 100)
		expect_filled(mm, 8 * table + i, 1, i);
	/* To a place where there was something, so that it has a table. */
	map(mm, 0, 3 * table, RW, ANON);
	fill(mm, 5, 1);
	EXPECT_EQ(remap_to(mm, 8 * table, 2 * table + 10, 2 * table + 10, FIXED,
			   0),
		  AT(0));
	for (int i = 0; i < 2 * table + 10; i += 100)
		expect_filled(mm, i, 1, i);
	EXPECT_EQ(sim_load(mm, AT(5) + 7), 0);
	/* Not aligned to each other: page by page, over table borders. */
	EXPECT_EQ(remap_to(mm, 0, 2 * table + 10, 2 * table + 10, FIXED,
			   8 * table + 3),
		  AT(8 * table + 3));
	for (int i = 0; i < 2 * table + 10; i += 100)
		expect_filled(mm, 8 * table + 3 + i, 1, i);
	check_mm(mm);
	mmput(mm);
}

TEST(cow_state_moves_along)
{
	struct mm_struct *mm = new_mm(), *child;

	map(mm, 0, 200, RW, ANON);
	fill(mm, 0, 200); /* enough for fork to share the table */
	child = dup_mm(mm);
	ASSERT(child);
	EXPECT_EQ(remap_to(mm, 0, 100, 100, FIXED, 1000), AT(1000));
	check_mm(mm);
	check_mm(child);
	sim_store(mm, AT(1000) + 7, 99);
	EXPECT_EQ(sim_load(child, AT(0) + 7), 1);
	sim_store(child, AT(1) + 7, 98);
	expect_filled(mm, 1001, 99, 1);
	expect_filled(mm, 100, 100, 100);
	expect_filled(child, 2, 198, 2);
	mmput(child);
	mmput(mm);
}

TEST(stale_translations_of_other_cpus_are_flushed)
{
	struct mm_struct *mm = new_mm();

	map(mm, 0, 4, RW, ANON);
	sim_set_cpu(1);
	fill(mm, 0, 4);
	sim_set_cpu(0);
	fill(mm, 0, 4);
	EXPECT_EQ(remap_to(mm, 0, 4, 4, FIXED, 50), AT(50));
	sim_set_cpu(1);
	EXPECT_EQ(sim_try(mm, AT(1), SIM_WRITE), VM_FAULT_MAPERR);
	expect_filled(mm, 50, 4, 0);
	check_mm(mm);
	sim_set_cpu(0);
	mmput(mm);
}

TEST(arguments_are_checked)
{
	struct mm_struct *mm = new_mm();
	struct mremap_request req = { .addr = AT(0) + 1,
				      .old_len = PAGE_SIZE,
				      .new_len = PAGE_SIZE };

	map(mm, 0, 4, RW, ANON);
	map(mm, 4, 4, PROT_READ, ANON);
	EXPECT_EQ(vm_mremap(mm, &req), (unsigned long)-EINVAL);
	EXPECT_EQ(remap(mm, 0, 4, 4, 8), (unsigned long)-EINVAL);
	EXPECT_EQ(remap(mm, 0, 4, 0, 0), (unsigned long)-EINVAL);
	EXPECT_EQ(remap(mm, 0, 4, 4, MREMAP_FIXED), (unsigned long)-EINVAL);
	EXPECT_EQ(remap(mm, 0, 4, 4, MREMAP_DONTUNMAP), (unsigned long)-EINVAL);
	EXPECT_EQ(remap(mm, 10, 4, 2, 0), (unsigned long)-EFAULT);
	EXPECT_EQ(remap(mm, 0, 5, 6, MREMAP_MAYMOVE), (unsigned long)-EFAULT);
	EXPECT_EQ(remap_to(mm, 0, 4, 4, FIXED, 2), (unsigned long)-EINVAL);
	EXPECT_EQ(remap_to(mm, 0, 4, 2, FIXED, 3), (unsigned long)-EINVAL);
	EXPECT_EQ(remap_to(mm, 0, 6, 6, FIXED, 50), (unsigned long)-EFAULT);
	req.addr = AT(0);
	req.new_len = ~0UL;
	EXPECT_EQ(vm_mremap(mm, &req), (unsigned long)-EINVAL);
	req.new_len = ~0UL << PAGE_SHIFT;
	req.flags = MREMAP_MAYMOVE;
	EXPECT_EQ(vm_mremap(mm, &req), (unsigned long)-EINVAL);
	req.new_len = PAGE_SIZE;
	req.old_len = ~0UL << PAGE_SHIFT;
	EXPECT_EQ(vm_mremap(mm, &req), (unsigned long)-EINVAL);
	req.old_len = PAGE_SIZE;
	req.flags = FIXED;
	req.new_addr = AT(20) + 1;
	EXPECT_EQ(vm_mremap(mm, &req), (unsigned long)-EINVAL);
	req.new_addr = TASK_SIZE;
	EXPECT_EQ(vm_mremap(mm, &req), (unsigned long)-EINVAL);
	req.new_addr = PAGE_SIZE;
	EXPECT_EQ(vm_mremap(mm, &req), (unsigned long)-EPERM);
	EXPECT_LAYOUT(mm, "0-4 rw-p, 4-8 r--p");
	mmput(mm);
}

TEST(limits_are_kept)
{
	struct mm_struct *mm = new_mm();

	map(mm, 0, 4, RW, ANON);
	mm->rlim[RLIMIT_AS].rlim_cur = 6 * PAGE_SIZE;
	EXPECT_EQ(remap(mm, 0, 4, 7, MREMAP_MAYMOVE), (unsigned long)-ENOMEM);
	EXPECT_EQ(remap_to(mm, 0, 4, 4, KEEP, 20), (unsigned long)-ENOMEM);
	EXPECT_EQ(remap(mm, 0, 4, 6, MREMAP_MAYMOVE), AT(0));
	mm->rlim[RLIMIT_AS].rlim_cur = RLIM_INFINITY;
	mm->rlim[RLIMIT_DATA].rlim_cur = 7 * PAGE_SIZE;
	EXPECT_EQ(remap(mm, 0, 6, 8, MREMAP_MAYMOVE), (unsigned long)-ENOMEM);
	mm->rlim[RLIMIT_DATA].rlim_cur = RLIM_INFINITY;
	mm->rlim[RLIMIT_MEMLOCK].rlim_cur = 7 * PAGE_SIZE;
	EXPECT_EQ(do_mlock(mm, AT(0), 6 * PAGE_SIZE, VM_LOCKED, false), 0);
	EXPECT_EQ(remap(mm, 0, 6, 8, MREMAP_MAYMOVE), (unsigned long)-EAGAIN);
	EXPECT_EQ(remap(mm, 0, 6, 7, MREMAP_MAYMOVE), AT(0));
	EXPECT_EQ(mm_rss(mm), 7); /* and is faulted in */
	EXPECT_EQ(mm->locked_vm, 7);
	EXPECT_EQ(remap(mm, 0, 7, 2000000, MREMAP_MAYMOVE),
		  (unsigned long)-EAGAIN);
	EXPECT_LAYOUT(mm, "0-7 rw-p");
	sysctl_max_map_count = 4;
	EXPECT_EQ(remap_to(mm, 0, 2, 2, FIXED, 20), (unsigned long)-ENOMEM);
	sysctl_max_map_count = SYSCTL_MAX_MAP_COUNT;
	EXPECT_LAYOUT(mm, "0-7 rw-p");
	mmput(mm);
}

TEST(promises_follow)
{
	unsigned long before = vm_committed();
	struct mm_struct *mm = new_mm();

	map(mm, 0, 4, RW, ANON);
	EXPECT_EQ(vm_committed() - before, 4);
	remap(mm, 0, 4, 9, 0);
	EXPECT_EQ(vm_committed() - before, 9);
	remap_to(mm, 3, 2, 5, FIXED, 20);
	EXPECT_EQ(vm_committed() - before, 12);
	remap_to(mm, 20, 5, 5, KEEP, 40);
	EXPECT_EQ(vm_committed() - before, 17);
	remap_to(mm, 40, 5, 1, FIXED, 60);
	EXPECT_EQ(vm_committed() - before, 13);
	check_mm(mm);
	mmput(mm);
	EXPECT_EQ(vm_committed(), before);
}

TEST(a_double_cannot_replace_what_it_doubles)
{
	struct mm_struct *mm = new_mm();

	map(mm, 0, 6, RW, MAP_SHARED | MAP_ANONYMOUS);
	fill(mm, 0, 6);
	EXPECT_EQ(remap_to(mm, 0, 0, 2, FIXED, 0), (unsigned long)-EFAULT);
	EXPECT_LAYOUT(mm, "2-6 rw-s");
	EXPECT_EQ(remap_to(mm, 2, 0, 2, FIXED, 4), AT(4));
	EXPECT_EQ(remap_to(mm, 2, 0, 2, FIXED, 0), AT(0));
	expect_filled(mm, 0, 2, 2);
	expect_filled(mm, 4, 2, 2);
	EXPECT_EQ(remap_to(mm, 3, 0, 2, FIXED, 2), (unsigned long)-EINVAL);
	EXPECT_EQ(remap_to(mm, 2, 0, 9, FIXED, 2), (unsigned long)-EFAULT);
	EXPECT_LAYOUT(mm, "0-2 rw-s");
	mmput(mm);
}

/* Every failure leaves the address space as it was. */
TEST(fails_cleanly_without_memory)
{
	struct mm_struct *mm = new_mm();
	const char *before = "0-10 rw-p, 600-605 r--p, 606-620 rw-p";

	map(mm, 0, 10, RW, ANON);
	map(mm, 600, 5, PROT_READ, ANON);
	map(mm, 606, 14, RW, ANON);
	fill(mm, 0, 10);
	fill(mm, 606, 14);
	SWEEP
	{
		unsigned long promised = vm_committed();
		unsigned long ret = remap_to(mm, 3, 3, 8, FIXED, 602);
		bool failed = IS_ERR_VALUE(ret);

		EXPECT(!failed || ret == (unsigned long)-ENOMEM);
		fail_nth_set(0);
		if (failed) {
			EXPECT_LAYOUT(mm, before);
			EXPECT_EQ(vm_committed(), promised);
			expect_filled(mm, 0, 10, 0);
			expect_filled(mm, 606, 14, 606);
			continue;
		}
		EXPECT_LAYOUT(mm, "0-3 rw-p, 6-10 rw-p, 600-602 r--p, "
				  "602-610 rw-p, 610-620 rw-p");
		expect_filled(mm, 602, 3, 3);
		/* As it was, for the account of leaks. */
		unmap(mm, 602, 18);
		map(mm, 602, 3, PROT_READ, ANON);
		map(mm, 606, 14, RW, ANON);
		fill(mm, 606, 14);
		map(mm, 3, 3, RW, ANON);
		fill(mm, 3, 3);
		EXPECT_LAYOUT(mm, before);
	}
	mmput(mm);
}

TEST(fails_cleanly_into_free_room)
{
	struct mm_struct *mm = new_mm();

	map(mm, 0, 600, RW, ANON);
	fill(mm, 0, 600);
	SWEEP
	{
		/* Far away: tables of every level are needed. */
		struct mremap_request req = { .addr = AT(0),
					      .old_len = 600 * PAGE_SIZE,
					      .new_len = 600 * PAGE_SIZE,
					      .flags = FIXED,
					      .new_addr = GiB(3000UL) +
							  5 * PAGE_SIZE };
		unsigned long ret = vm_mremap(mm, &req);
		bool failed = IS_ERR_VALUE(ret);

		fail_nth_set(0);
		check_mm(mm);
		if (failed) {
			expect_filled(mm, 0, 600, 0);
			EXPECT_EQ(mm->map_count, 1);
			continue;
		}
		EXPECT_EQ(sim_load(mm, ret + 599 * PAGE_SIZE + 7), (u8)600);
		req.new_addr = AT(0);
		req.addr = ret;
		EXPECT_EQ(vm_mremap(mm, &req), AT(0));
	}
	mmput(mm);
}

/* --- against a model: what each page should show -------------------------------- */

#define PAGES 96

static void expect_model(struct mm_struct *mm, const u8 *model)
{
	u8 got;

	for (int i = 0; i < PAGES; i++) {
		vm_fault_t ret = sim_access(mm, AT(i), SIM_READ, 1, &got);

		if (model[i] == 255)
			EXPECT_EQ(ret, VM_FAULT_MAPERR);
		else
			EXPECT(ret == 0 && got == model[i]);
	}
}

static void model_remap(struct mm_struct *mm, u8 *model)
{
	int from = (int)sim_random_below(PAGES - 8);
	int old = 1 + (int)sim_random_below(8);
	int new = 1 + (int)sim_random_below(8);
	int to = (int)sim_random_below(PAGES - 8);
	bool keep = sim_random_below(4) == 0;
	u8 moved[8] = { 0 };
	unsigned long ret;

	if (keep)
		new = old;
	ret = remap_to(mm, from, old, new, keep ? KEEP : FIXED, to);
	if (IS_ERR_VALUE(ret))
		return;
	for (int i = 0; i < min(old, new); i++)
		moved[i] = model[from + i];
	for (int i = 0; i < old; i++)
		model[from + i] = keep ? 0 : 255;
	for (int i = 0; i < new; i++)
		model[to + i] = moved[i];
}

TEST(random_moves_match_a_model)
{
	struct mm_struct *mm = new_mm();
	u8 model[PAGES];

	memset(model, 255, sizeof(model));
	for (int step = 0; step < 1500; step++) {
		int page = (int)sim_random_below(PAGES);

		switch (sim_random_below(4)) {
		case 0:
			map(mm, page, 1, RW, ANON);
			model[page] = 0;
			break;
		case 1:
			if (model[page] == 255)
				break;
			model[page] = (u8)(1 + sim_random_below(250));
			sim_store(mm, AT(page), model[page]);
			break;
		default:
			model_remap(mm, model);
		}
		if (step % 50 == 0) {
			expect_model(mm, model);
			check_mm(mm);
		}
	}
	expect_model(mm, model);
	mmput(mm);
}

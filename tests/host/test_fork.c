/* SPDX-License-Identifier: MIT */
/* fork and copy on write. */
#include "mmtest.h"

static struct page *page_at(struct mm_struct *mm, int page)
{
	return pfn_to_page(pte_pfn((pte_t){ sim_pte(mm, AT(page)) }));
}

TEST(child_and_parent_part_at_the_first_write)
{
	struct mm_struct *mm = new_mm(), *child;

	map(mm, 0, 3, RW, ANON);
	sim_store(mm, AT(0), 1);
	sim_store(mm, AT(1), 2);
	child = dup_mm(mm);
	ASSERT(child);
	check_mm(mm);
	check_mm(child);
	EXPECT(page_at(mm, 0) == page_at(child, 0));
	EXPECT_EQ(page_count(page_at(mm, 0)), 2);
	sim_store(child, AT(0), 11);
	sim_store(mm, AT(1), 12);
	EXPECT_EQ(sim_load(mm, AT(0)), 1);
	EXPECT_EQ(sim_load(child, AT(0)), 11);
	EXPECT_EQ(sim_load(mm, AT(1)), 12);
	EXPECT_EQ(sim_load(child, AT(1)), 2);
	EXPECT_EQ(sim_load(child, AT(2)), 0);
	check_mm(mm);
	check_mm(child);
	mmput(child);
	check_mm(mm);
	mmput(mm);
}

TEST(the_parent_loses_its_cached_write_permission)
{
	struct mm_struct *mm = new_mm(), *child;

	map(mm, 0, 1, RW, ANON);
	sim_store(mm, AT(0), 1); /* now in the TLB, writable */
	child = dup_mm(mm);
	sim_store(mm, AT(0), 2); /* a stale entry would write to both */
	EXPECT_EQ(sim_load(child, AT(0)), 1);
	EXPECT_EQ(sim_load(mm, AT(0)), 2);
	mmput(child);
	mmput(mm);
}

TEST(the_last_owner_reuses_the_page)
{
	struct mm_struct *mm = new_mm(), *child;
	struct page *page;

	map(mm, 0, 1, RW, ANON);
	sim_store(mm, AT(0), 1);
	page = page_at(mm, 0);
	child = dup_mm(mm);
	mmput(child);
	sim_store(mm, AT(0), 2);
	EXPECT(page_at(mm, 0) == page);
	child = dup_mm(mm);
	sim_store(child, AT(0), 3); /* the child copies */
	sim_store(mm, AT(0), 4); /* the parent is alone with the old one */
	EXPECT(page_at(mm, 0) == page);
	EXPECT_EQ(sim_load(child, AT(0)), 3);
	mmput(mm);
	EXPECT_EQ(sim_load(child, AT(0)), 3);
	mmput(child);
}

TEST(fork_of_fork_keeps_all_apart)
{
	struct mm_struct *mm[6];

	mm[0] = new_mm();
	map(mm[0], 0, 2, RW, ANON);
	sim_store(mm[0], AT(0), 100);
	for (int i = 1; i < 6; i++) {
		mm[i] = dup_mm(mm[i - 1]);
		sim_store(mm[i], AT(1), 100 + i);
	}
	EXPECT_EQ(page_count(page_at(mm[3], 0)), 6);
	for (int i = 0; i < 6; i += 2)
		sim_store(mm[i], AT(0), 50 + i);
	for (int i = 0; i < 6; i++) {
		EXPECT_EQ(sim_load(mm[i], AT(0)), i % 2 ? 100 : 50 + i);
		EXPECT_EQ(sim_load(mm[i], AT(1)), i ? 100 + i : 0);
		check_mm(mm[i]);
	}
	for (int i = 0; i < 6; i++)
		mmput(mm[(i * 5) % 6]);
}

TEST(mprotect_does_not_make_a_shared_page_writable)
{
	struct mm_struct *mm = new_mm(), *child;

	map(mm, 0, 2, RW, ANON);
	sim_store(mm, AT(0), 1);
	sim_store(mm, AT(1), 1);
	child = dup_mm(mm);
	protect(child, 0, 2, PROT_READ);
	protect(child, 0, 2, RW);
	check_mm(child);
	sim_store(child, AT(0), 2);
	EXPECT_EQ(sim_load(mm, AT(0)), 1);
	protect(mm, 0, 2, PROT_NONE);
	protect(mm, 0, 2, RW);
	sim_store(mm, AT(1), 3);
	EXPECT_EQ(sim_load(child, AT(1)), 1);
	EXPECT_EQ(sim_load(child, AT(0)), 2);
	check_mm(mm);
	check_mm(child);
	mmput(mm);
	mmput(child);
}

TEST(a_pinned_page_is_copied_not_reused)
{
	struct mm_struct *mm = new_mm(), *child;
	struct page *page;

	map(mm, 0, 1, RW, ANON);
	sim_store(mm, AT(0), 1);
	child = dup_mm(mm);
	mmput(child);
	page = page_at(mm, 0);
	get_page(page);
	sim_store(mm, AT(0), 2);
	EXPECT(page_at(mm, 0) != page);
	EXPECT_EQ(*(u8 *)page_address(page), 1);
	put_page(page);
	mmput(mm);
}

TEST(a_cpu_that_cached_the_old_page_sees_the_copy)
{
	struct mm_struct *mm = new_mm(), *child;

	map(mm, 0, 2, RW, ANON);
	sim_store(mm, AT(0), 1);
	EXPECT_EQ(sim_load(mm, AT(1)), 0); /* the zero page */
	child = dup_mm(mm);
	EXPECT_EQ(sim_load(mm, AT(0)), 1); /* in the TLB, read-only */
	/* Another thread's fault: this CPU's TLB is not told by the CPU. */
	EXPECT_EQ(mm_fault(mm, NULL, AT(0), FAULT_FLAG_WRITE), 0);
	EXPECT_EQ(mm_fault(mm, NULL, AT(1), FAULT_FLAG_WRITE), 0);
	sim_tlb_check(mm);
	EXPECT(page_at(mm, 0) != page_at(child, 0));
	mmput(mm);
	mmput(child);
}

TEST(pages_taken_over_by_a_merge_are_copied_by_fork)
{
	struct mm_struct *mm = new_mm(), *child;

	/* Case 7: the area before has no pages, the head it takes has. */
	map(mm, 3, 6, RW, ANON);
	sim_store(mm, AT(3), 7);
	protect(mm, 3, 6, PROT_READ);
	map(mm, 0, 3, RW, ANON);
	EXPECT(!find_vma(mm, AT(0))->vm_anon);
	protect(mm, 3, 2, RW);
	EXPECT_LAYOUT(mm, "0-5 rw-p, 5-9 r--p");
	/* Case 8, the mirror image. */
	map(mm, 23, 6, RW, ANON);
	sim_store(mm, AT(28), 8);
	protect(mm, 23, 6, PROT_READ);
	map(mm, 29, 3, RW, ANON);
	protect(mm, 27, 2, RW);
	EXPECT_LAYOUT(mm, "0-5 rw-p, 5-9 r--p, 23-27 r--p, 27-32 rw-p");
	child = dup_mm(mm);
	EXPECT_EQ(sim_load(child, AT(3)), 7);
	EXPECT_EQ(sim_load(child, AT(28)), 8);
	mmput(mm);
	mmput(child);
}

TEST(dontfork_wipeonfork_and_shared_areas)
{
	struct mm_struct *mm = new_mm(), *child;

	map(mm, 0, 2, RW, ANON);
	map(mm, 4, 2, RW, ANON);
	map(mm, 8, 2, RW, MAP_SHARED | MAP_ANONYMOUS);
	for (int i = 0; i < 10; i += 4)
		sim_store(mm, AT(i), 7);
	EXPECT_EQ(do_madvise(mm, AT(0), PAGE_SIZE, MADV_DONTFORK), 0);
	EXPECT_EQ(do_madvise(mm, AT(4), PAGE_SIZE, MADV_WIPEONFORK), 0);
	child = dup_mm(mm);
	EXPECT_LAYOUT(child, "1-2 rw-p, 4-5 rw-p, 5-6 rw-p, 8-10 rw-s");
	EXPECT_EQ(sim_try(child, AT(0), SIM_READ), VM_FAULT_MAPERR);
	EXPECT_EQ(sim_load(child, AT(4)), 0);
	EXPECT_EQ(sim_load(mm, AT(4)), 7);
	EXPECT_EQ(sim_load(child, AT(8)), 7);
	mmput(mm);
	mmput(child);
}

TEST(locks_on_memory_are_not_inherited)
{
	struct mm_struct *mm = new_mm(), *child;

	map(mm, 0, 2, RW, ANON | MAP_LOCKED);
	child = dup_mm(mm);
	EXPECT_EQ(child->locked_vm, 0);
	EXPECT(!(find_vma(child, AT(0))->vm_flags & VM_LOCKED));
	EXPECT_EQ(mm->locked_vm, 2);
	check_mm(child);
	mmput(mm);
	mmput(child);
}

TEST(file_areas_without_copies_are_not_walked)
{
	struct mm_struct *mm = new_mm(), *child;
	struct file *file = sim_file(8 * (loff_t)PAGE_SIZE, FMODE_READ);

	map_file(mm, 0, 8, RW, MAP_PRIVATE, file, 0);
	EXPECT_EQ(sim_load(mm, AT(0)), sim_file_byte(0));
	child = dup_mm(mm);
	EXPECT_EQ(mm_rss(child), 0);
	EXPECT_EQ(sim_load(child, AT(1)), sim_file_byte(0x1000));
	sim_store(child, AT(1), 1);
	mmput(mm);
	mm = dup_mm(child);
	EXPECT_EQ(sim_load(mm, AT(1)), 1);
	EXPECT_EQ(sim_load(mm, AT(2)), sim_file_byte(0x2000));
	check_mm(mm);
	mmput(mm);
	mmput(child);
	fput(file);
}

TEST(limits_marks_and_file_are_inherited)
{
	struct file *file = sim_file(1, FMODE_READ);
	struct mm_struct *mm = new_mm(), *child;

	mm_set_exe_file(mm, file);
	mm->start_brk = 5;
	mm->saved_auxv[3] = 77;
	mm->rlim[RLIMIT_AS].rlim_cur = MiB(1);
	child = dup_mm(mm);
	EXPECT_EQ(child->start_brk, 5);
	EXPECT_EQ(child->saved_auxv[3], 77);
	EXPECT_EQ(child->rlim[RLIMIT_AS].rlim_cur, MiB(1));
	EXPECT(child->exe_file == file);
	EXPECT_EQ(child->mmap_base, mm->mmap_base);
	mmput(mm);
	mmput(child);
	EXPECT_EQ(atomic_read(&file->f_count), 1);
	fput(file);
}

TEST(a_fork_that_fails_gives_everything_back)
{
	struct mm_struct *mm = new_mm(), *child;
	struct file *file = sim_file(8 * (loff_t)PAGE_SIZE, FMODE_READ);
	unsigned long committed;

	map(mm, 0, 4, RW, ANON);
	map_file(mm, 8, 4, RW, MAP_PRIVATE, file, 0);
	map(mm, 16, 4, RW, MAP_SHARED | MAP_ANONYMOUS);
	map(mm, 1024, 4, RW, ANON);
	for (int i = 0; i < 4; i++) {
		sim_store(mm, AT(i), i);
		sim_store(mm, AT(8 + i), i);
		sim_store(mm, AT(16 + i), i);
		sim_store(mm, AT(1024 + i), i);
	}
	committed = vm_committed();
	SWEEP
	{
		child = dup_mm(mm);
		if (child) {
			check_mm(child);
			EXPECT_EQ(sim_load(child, AT(1026)), 2);
			mmput(child);
		}
		EXPECT_EQ(vm_committed(), committed);
		check_mm(mm);
		for (int i = 0; i < 4; i++)
			EXPECT_EQ(sim_load(mm, AT(i)), i);
	}
	mmput(mm);
	fput(file);
}

TEST(mm_count_keeps_the_structure_after_the_last_user)
{
	struct mm_struct *mm = new_mm();

	map(mm, 0, 2, RW, ANON);
	sim_store(mm, AT(0), 1);
	mmgrab(mm);
	mmput(mm);
	EXPECT(!mmget_not_zero(mm));
	EXPECT_EQ(mm->map_count, 0);
	EXPECT_EQ(mm_rss(mm), 0);
	mmdrop(mm);
}

/* SPDX-License-Identifier: MIT */
/* mlock and its family: areas, counts, pages, limits. */
#include "mmtest.h"

static int lock_pages(struct mm_struct *mm, int page, int n)
{
	return do_mlock(mm, AT(page), (size_t)n << PAGE_SHIFT, VM_LOCKED,
			false);
}

static int unlock_pages(struct mm_struct *mm, int page, int n)
{
	return do_munlock(mm, AT(page), (size_t)n << PAGE_SHIFT);
}

static bool locked(struct mm_struct *mm, int page)
{
	return find_vma(mm, AT(page))->vm_flags & VM_LOCKED;
}

TEST(locks_split_fault_in_and_merge)
{
	struct mm_struct *mm = new_mm();

	map(mm, 0, 8, RW, ANON);
	sim_store(mm, AT(0), 1);
	EXPECT_EQ(do_mlock(mm, AT(2) + 5, 2 * PAGE_SIZE, VM_LOCKED, false), 0);
	EXPECT_LAYOUT(mm, "0-2 rw-p, 2-5 rw-p, 5-8 rw-p");
	EXPECT_EQ(mm->locked_vm, 3);
	EXPECT_EQ(mm_rss(mm), 4);
	sim_nr_faults = 0;
	sim_store(mm, AT(3), 1);
	EXPECT_EQ(sim_nr_faults, 0);
	EXPECT_EQ(lock_pages(mm, 0, 8), 0);
	EXPECT_LAYOUT(mm, "0-8 rw-p");
	EXPECT_EQ(mm->locked_vm, 8);
	EXPECT_EQ(unlock_pages(mm, 4, 2), 0);
	EXPECT_LAYOUT(mm, "0-4 rw-p, 4-6 rw-p, 6-8 rw-p");
	EXPECT_EQ(mm->locked_vm, 6);
	EXPECT_EQ(do_munlockall(mm), 0);
	EXPECT_LAYOUT(mm, "0-8 rw-p");
	EXPECT_EQ(mm->locked_vm, 0);
	EXPECT_EQ(mm_rss(mm), 8);
	mmput(mm);
}

TEST(onfault_waits_for_the_touch)
{
	struct mm_struct *mm = new_mm();

	map(mm, 0, 4, RW, ANON);
	EXPECT_EQ(do_mlock(mm, AT(0), 4 * PAGE_SIZE, VM_LOCKED | VM_LOCKONFAULT,
			   false),
		  0);
	EXPECT_EQ(mm_rss(mm), 0);
	EXPECT_EQ(mm->locked_vm, 4);
	EXPECT_EQ(lock_pages(mm, 1, 2), 0);
	EXPECT_EQ(mm_rss(mm), 2);
	EXPECT_EQ(mm->locked_vm, 4);
	EXPECT_LAYOUT(mm, "0-1 rw-p, 1-3 rw-p, 3-4 rw-p");
	mmput(mm);
}

TEST(a_hole_is_enomem_and_what_lies_before_is_locked)
{
	struct mm_struct *mm = new_mm();

	map(mm, 0, 3, RW, ANON);
	map(mm, 4, 3, RW, ANON);
	EXPECT_EQ(lock_pages(mm, 0, 7), -ENOMEM);
	EXPECT_EQ(mm->locked_vm, 3);
	EXPECT_EQ(mm_rss(mm), 0); /* but not faulted in */
	EXPECT(locked(mm, 0) && !locked(mm, 4));
	EXPECT_EQ(lock_pages(mm, 3, 2), -ENOMEM);
	EXPECT_EQ(unlock_pages(mm, 2, 4), -ENOMEM);
	EXPECT_EQ(mm->locked_vm, 2);
	EXPECT_EQ(do_mlock(mm, AT(0), 0, VM_LOCKED, false), 0);
	EXPECT_EQ(do_mlock(mm, AT(0), ~0UL, VM_LOCKED, true), 0);
	EXPECT_EQ(do_mlock(mm, AT(0), ~0UL << PAGE_SHIFT, VM_LOCKED, true),
		  -EINVAL);
	check_mm(mm);
	mmput(mm);
}

TEST(limits_bind_all_but_root)
{
	struct mm_struct *mm = new_mm();

	map(mm, 0, 8, RW, ANON);
	mm->rlim[RLIMIT_MEMLOCK].rlim_cur = 4 * PAGE_SIZE;
	EXPECT_EQ(lock_pages(mm, 0, 5), -ENOMEM);
	EXPECT_EQ(lock_pages(mm, 0, 4), 0);
	EXPECT_EQ(lock_pages(mm, 1, 3), 0); /* they count once */
	EXPECT_EQ(lock_pages(mm, 1, 4), -ENOMEM);
	EXPECT_EQ(do_mlockall(mm, MCL_CURRENT, false), -ENOMEM);
	EXPECT_EQ(map(mm, 20, 1, RW, ANON | MAP_LOCKED),
		  (unsigned long)-EAGAIN);
	EXPECT_EQ(mm->locked_vm, 4);
	EXPECT_EQ(do_mlock(mm, AT(0), 8 * PAGE_SIZE, VM_LOCKED, true), 0);
	mm->rlim[RLIMIT_MEMLOCK].rlim_cur = 0;
	EXPECT_EQ(lock_pages(mm, 0, 1), -EPERM);
	EXPECT_EQ(do_mlockall(mm, MCL_FUTURE, false), -EPERM);
	EXPECT_EQ(map(mm, 20, 1, RW, ANON | MAP_LOCKED), (unsigned long)-EPERM);
	EXPECT_EQ(unlock_pages(mm, 0, 8), 0);
	EXPECT_LAYOUT(mm, "0-8 rw-p");
	mmput(mm);
}

TEST(mlockall_now_and_in_future)
{
	struct mm_struct *mm = new_mm();

	map(mm, 0, 3, RW, ANON);
	map(mm, 5, 3, PROT_NONE, ANON);
	map(mm, 8, 2, PROT_READ, ANON);
	EXPECT_EQ(do_mlockall(mm, 0, true), -EINVAL);
	EXPECT_EQ(do_mlockall(mm, MCL_ONFAULT, true), -EINVAL);
	EXPECT_EQ(do_mlockall(mm, 8 | MCL_CURRENT, true), -EINVAL);
	EXPECT_EQ(do_mlockall(mm, MCL_CURRENT, true), 0);
	EXPECT_EQ(mm->locked_vm, 8);
	EXPECT_EQ(mm_rss(mm), 3);
	map(mm, 20, 2, RW, ANON);
	EXPECT_EQ(mm->locked_vm, 8);
	EXPECT_EQ(do_mlockall(mm, MCL_FUTURE, true), 0);
	map(mm, 30, 2, RW, ANON);
	EXPECT_EQ(mm->locked_vm, 10);
	EXPECT_EQ(mm_rss(mm), 5);
	EXPECT_EQ(do_mlockall(mm, MCL_FUTURE | MCL_ONFAULT, true), 0);
	map(mm, 40, 2, RW, ANON);
	EXPECT_EQ(mm->locked_vm, 12);
	EXPECT_EQ(mm_rss(mm), 5);
	EXPECT_EQ(do_munlockall(mm), 0);
	EXPECT_EQ(mm->locked_vm, 0);
	map(mm, 50, 2, RW, ANON);
	EXPECT_EQ(mm->locked_vm, 0);
	check_mm(mm);
	mmput(mm);
}

TEST(pages_that_cannot_be_had)
{
	struct mm_struct *mm = new_mm();
	struct file *file = sim_file(PAGE_SIZE, FMODE_READ);

	map(mm, 0, 2, PROT_NONE, ANON);
	EXPECT_EQ(do_mlock(mm, AT(1), 0, VM_LOCKED, true), 0);
	EXPECT_EQ(do_mlock(mm, AT(1), ~0UL, VM_LOCKED, true), 0);
	EXPECT_EQ(lock_pages(mm, 0, 2), -ENOMEM);
	EXPECT_EQ(mm->locked_vm, 2);
	map_file(mm, 4, 2, PROT_READ, MAP_PRIVATE, file, 0);
	EXPECT_EQ(lock_pages(mm, 4, 2), -ENOMEM); /* beyond the end */
	EXPECT_EQ(mm->locked_vm, 4);
	map(mm, 8, 2, RW, ANON);
	sim_killed = true;
	EXPECT_EQ(lock_pages(mm, 8, 2), -EINTR);
	sim_killed = false;
	check_mm(mm);
	mmput(mm);
	fput(file);
}

TEST(fork_does_not_inherit)
{
	struct mm_struct *mm = new_mm(), *child;

	map(mm, 0, 4, RW, ANON);
	do_mlockall(mm, MCL_CURRENT | MCL_FUTURE, true);
	child = dup_mm(mm);
	ASSERT(child);
	EXPECT_EQ(child->locked_vm, 0);
	EXPECT_EQ(child->def_flags, 0);
	EXPECT(!locked(child, 0));
	/* Locking again copies: no write faults later. */
	EXPECT_EQ(do_mlock(child, AT(0), 4 * PAGE_SIZE, VM_LOCKED, true), 0);
	sim_nr_faults = 0;
	sim_store(child, AT(1), 5);
	EXPECT_EQ(sim_nr_faults, 0);
	check_mm(child);
	mmput(child);
	mmput(mm);
}

TEST(fails_cleanly_without_memory)
{
	struct mm_struct *mm = new_mm();

	map(mm, 0, 9, RW, ANON);
	SWEEP
	{
		int ret = lock_pages(mm, 3, 3);

		EXPECT(!ret || ret == -ENOMEM || ret == -EAGAIN);
		fail_nth_set(0);
		if (ret == -ENOMEM)
			EXPECT_EQ(mm->locked_vm, 0);
		else
			EXPECT_EQ(mm->locked_vm, 3);
		check_mm(mm);
		EXPECT_EQ(do_munlockall(mm), 0);
		EXPECT_LAYOUT(mm, "0-9 rw-p");
		EXPECT_EQ(do_madvise(mm, AT(0), 9 * PAGE_SIZE, MADV_DONTNEED),
			  0);
		unmap(mm, 0, 9); /* the tables, too */
		map(mm, 0, 9, RW, ANON);
	}
	mmput(mm);
}

TEST(random_locks_match_a_model)
{
	struct mm_struct *mm = new_mm();
	bool model[64] = { 0 };
	unsigned long count;

	map(mm, 0, 64, RW, ANON);
	for (int step = 0; step < 600; step++) {
		int page = (int)sim_random_below(60);
		int n = 1 + (int)sim_random_below(4);
		bool on = sim_random_below(2);

		EXPECT_EQ(on ? lock_pages(mm, page, n)
			     : unlock_pages(mm, page, n),
			  0);
		for (int i = 0; i < n; i++)
			model[page + i] = on;
		count = 0;
		for (int i = 0; i < 64; i++) {
			count += model[i];
			EXPECT_EQ(locked(mm, i), model[i]);
		}
		EXPECT_EQ(mm->locked_vm, count);
	}
	check_mm(mm);
	mmput(mm);
}

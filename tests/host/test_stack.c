/* SPDX-License-Identifier: MIT */
/* Stacks: growth, guard gap, limits. */
#include "mmtest.h"

static struct mm_struct *with_stack(int top)
{
	struct mm_struct *mm = new_mm();

	mm->rlim[RLIMIT_STACK].rlim_cur = MiB(8);
	EXPECT_EQ(vm_setup_stack(mm, AT(top), 0), 0);
	return mm;
}

TEST(grows_to_where_it_is_touched)
{
	struct mm_struct *mm = with_stack(4000);

	EXPECT_LAYOUT(mm, "3999-4000 rw-p");
	EXPECT_EQ(mm->stack_vm, 1);
	sim_store(mm, AT(3999) + 8, 1);
	sim_store(mm, AT(3990) + 100, 2);
	EXPECT_LAYOUT(mm, "3990-4000 rw-p");
	sim_store(mm, AT(2000), 3); /* far below: there is no %rsp check */
	EXPECT_LAYOUT(mm, "2000-4000 rw-p");
	EXPECT_EQ(mm->stack_vm, 2000);
	EXPECT_EQ(mm->data_vm, 0);
	EXPECT_EQ(mm_rss(mm), 3);
	mmput(mm);
}

TEST(a_read_grows_it_too_and_an_area_in_between_stops_it)
{
	struct mm_struct *mm = with_stack(4000);

	EXPECT_EQ(sim_load(mm, AT(3800)), 0);
	EXPECT_LAYOUT(mm, "3800-4000 rw-p");
	map(mm, 3000, 1, RW, ANON);
	EXPECT_EQ(sim_try(mm, AT(2999), SIM_WRITE), VM_FAULT_MAPERR);
	mmput(mm);
}

TEST(rlimit_stack_ends_it)
{
	struct mm_struct *mm = with_stack(4000);

	EXPECT_EQ(sim_try(mm, AT(4000 - 2048), SIM_WRITE), 0);
	EXPECT_EQ(sim_try(mm, AT(4000 - 2049), SIM_WRITE), VM_FAULT_MAPERR);
	EXPECT_LAYOUT(mm, "1952-4000 rw-p");
	mmput(mm);
}

TEST(rlimit_as_ends_it)
{
	struct mm_struct *mm = with_stack(4000);

	mm->rlim[RLIMIT_AS].rlim_cur = 100 * PAGE_SIZE;
	EXPECT_EQ(sim_try(mm, AT(3900), SIM_WRITE), 0);
	EXPECT_EQ(sim_try(mm, AT(3899), SIM_WRITE), VM_FAULT_MAPERR);
	EXPECT_LAYOUT(mm, "3900-4000 rw-p");
	mmput(mm);
}

TEST(the_guard_gap_is_256_pages)
{
	struct mm_struct *mm = with_stack(4000);

	map(mm, 3000, 100, RW, ANON); /* ends at 3100 */
	EXPECT_EQ(sim_try(mm, AT(3100 + 255), SIM_WRITE), VM_FAULT_MAPERR);
	EXPECT_EQ(sim_try(mm, AT(3100 + 256), SIM_WRITE), 0);
	EXPECT_LAYOUT(mm, "3000-3100 rw-p, 3356-4000 rw-p");
	mmput(mm);
}

TEST(a_prot_none_area_is_a_guard_of_its_own)
{
	struct mm_struct *mm = with_stack(4000);

	map(mm, 3000, 100, PROT_NONE, ANON);
	EXPECT_EQ(sim_try(mm, AT(3100), SIM_WRITE), 0);
	EXPECT_LAYOUT(mm, "3000-3100 ---p, 3100-4000 rw-p");
	EXPECT_EQ(sim_try(mm, AT(3099), SIM_WRITE), VM_FAULT_ACCERR);
	mmput(mm);
}

TEST(growing_stops_at_mmap_min_addr)
{
	struct mm_struct *mm = new_mm();
	struct mmap_request r = { .addr = MMAP_MIN_ADDR + 4 * PAGE_SIZE,
				  .len = PAGE_SIZE,
				  .prot = RW,
				  .flags = ANON | MAP_FIXED | MAP_GROWSDOWN };

	EXPECT_EQ(vm_mmap(mm, &r), r.addr);
	EXPECT_EQ(sim_try(mm, MMAP_MIN_ADDR - 1, SIM_WRITE), VM_FAULT_MAPERR);
	EXPECT_EQ(sim_try(mm, MMAP_MIN_ADDR, SIM_WRITE), 0);
	check_mm(mm);
	mmput(mm);
}

TEST(exec_writes_arguments_below_the_first_page)
{
	static char args[5 * 4096];
	struct mm_struct *mm = with_stack(4000);

	memset(args, 'x', sizeof(args));
	EXPECT_EQ(access_remote_vm(mm, AT(4000) - sizeof(args), args,
				   sizeof(args), FAULT_FLAG_WRITE),
		  sizeof(args));
	EXPECT_LAYOUT(mm, "3995-4000 rw-p");
	EXPECT_EQ(sim_load(mm, AT(3997)), 'x');
	mmput(mm);
}

TEST(the_stack_is_promised_memory)
{
	unsigned long before = vm_committed();
	struct mm_struct *mm = with_stack(4000);

	EXPECT_EQ(vm_committed(), before + 1);
	sim_store(mm, AT(3990), 1);
	EXPECT_EQ(vm_committed(), before + 10);
	mmput(mm);
	EXPECT_EQ(vm_committed(), before);
}

TEST(setup_fails_cleanly)
{
	struct mm_struct *mm = with_stack(4000);

	EXPECT_EQ(vm_setup_stack(mm, AT(4000), 0), -ENOMEM);
	mm->rlim[RLIMIT_AS].rlim_cur = PAGE_SIZE;
	EXPECT_EQ(vm_setup_stack(mm, AT(5000), 0), -ENOMEM);
	mm->rlim[RLIMIT_AS].rlim_cur = RLIM_INFINITY;
	SWEEP
	{
		if (vm_setup_stack(mm, AT(5000), VM_EXEC) == 0)
			unmap(mm, 4999, 1);
	}
	EXPECT_LAYOUT(mm, "3999-4000 rw-p");
	mmput(mm);
}

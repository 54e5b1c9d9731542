/* SPDX-License-Identifier: MIT */
/* Page faults in the booted kernel. */
#include "test_mm.h"

KTEST(fault, the_table_of_answers)
{
	struct mm_struct *mm = new_mm();

	ASSERT(mm);
	map(mm, 0, 1, PROT_READ, ANON);
	map(mm, 2, 1, PROT_NONE, ANON);
	map(mm, 4, 1, RW, ANON);
	EXPECT_EQ(mm_fault(mm, NULL, AT(1), 0), VM_FAULT_MAPERR);
	EXPECT_EQ(mm_fault(mm, NULL, AT(0), FAULT_FLAG_WRITE), VM_FAULT_ACCERR);
	EXPECT_EQ(mm_fault(mm, NULL, AT(2), 0), VM_FAULT_ACCERR);
	EXPECT_EQ(mm_fault(mm, NULL, AT(4), FAULT_FLAG_EXEC), VM_FAULT_ACCERR);
	EXPECT_EQ(mm_fault(mm, NULL, AT(4), FAULT_FLAG_WRITE), 0);
	EXPECT_EQ(mm_fault(mm, NULL, TASK_SIZE, 0), VM_FAULT_MAPERR);
	EXPECT_EQ(mm_fault(mm, NULL, ~0UL, 0), VM_FAULT_MAPERR);
	EXPECT_EQ(mm_rss(mm), 1);
	EXPECT_EQ(verdict(mm), 0);
	mmput(mm);
}

KTEST(fault, reads_share_zeroes_and_writes_get_a_page)
{
	struct mm_struct *mm = new_mm();

	ASSERT(mm);
	map(mm, 0, 512, RW, ANON);
	for (int i = 0; i < 512; i++)
		EXPECT_EQ(load(mm, AT(i)), 0);
	EXPECT_EQ(mm_rss(mm), 0);
	for (int i = 0; i < 512; i += 2)
		EXPECT(store(mm, AT(i) + 9, (u8)i));
	EXPECT_EQ(mm_rss(mm), 256);
	for (int i = 0; i < 512; i++)
		EXPECT_EQ(load(mm, AT(i) + 9), i % 2 ? 0 : (u8)i);
	EXPECT_EQ(verdict(mm), 0);
	mmput(mm);
}

KTEST(fault, copies_keep_parent_and_child_apart)
{
	struct mm_struct *mm = new_mm(), *child;

	ASSERT(mm);
	map(mm, 0, 4, RW, ANON);
	map(mm, 4, 4, RW, MAP_SHARED | MAP_ANONYMOUS);
	for (int i = 0; i < 8; i++)
		EXPECT(store(mm, AT(i), 1));
	child = dup_mm(mm);
	ASSERT(child);
	for (int i = 0; i < 8; i++)
		EXPECT(store(i % 2 ? mm : child, AT(i), 2));
	for (int i = 0; i < 4; i++) {
		EXPECT_EQ(load(mm, AT(i)), i % 2 ? 2 : 1);
		EXPECT_EQ(load(child, AT(i)), i % 2 ? 1 : 2);
	}
	for (int i = 4; i < 8; i++) {
		EXPECT_EQ(load(mm, AT(i)), 2);
		EXPECT_EQ(load(child, AT(i)), 2);
	}
	EXPECT_EQ(verdict(mm), 0);
	EXPECT_EQ(verdict(child), 0);
	mmput(mm);
	mmput(child);
}

KTEST(fault, a_stack_grows_to_its_limit)
{
	struct mm_struct *mm = new_mm();

	ASSERT(mm);
	mm->rlim[RLIMIT_STACK].rlim_cur = 64 * PAGE_SIZE;
	EXPECT_EQ(vm_setup_stack(mm, AT(4000), 0), 0);
	EXPECT(store(mm, AT(3990), 1));
	EXPECT_EQ(mm->stack_vm, 10);
	EXPECT(store(mm, AT(4000 - 64), 1));
	EXPECT(!store(mm, AT(4000 - 65), 1));
	EXPECT_EQ(mm->stack_vm, 64);
	EXPECT_EQ(verdict(mm), 0);
	mmput(mm);
}

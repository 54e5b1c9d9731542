/* SPDX-License-Identifier: MIT */
/* Areas in the booted kernel: split, merge, search, limits. */
#include <ikos/slab.h>

#include "test_mm.h"

KTEST(vma, neighbours_merge_and_rights_split)
{
	struct mm_struct *mm = new_mm();

	ASSERT(mm);
	EXPECT_EQ(map(mm, 0, 3, RW, ANON), AT(0));
	EXPECT_EQ(map(mm, 6, 3, RW, ANON), AT(6));
	EXPECT_EQ(mm->map_count, 2);
	EXPECT_EQ(map(mm, 3, 3, RW, ANON), AT(3));
	EXPECT_EQ(mm->map_count, 1);
	EXPECT_EQ(do_mprotect(mm, AT(3), PAGE_SIZE, PROT_READ), 0);
	EXPECT_EQ(mm->map_count, 3);
	EXPECT_EQ(do_mprotect(mm, AT(3), PAGE_SIZE, RW), 0);
	EXPECT_EQ(mm->map_count, 1);
	EXPECT_EQ(vm_munmap(mm, AT(4), PAGE_SIZE), 0);
	EXPECT_EQ(mm->map_count, 2);
	EXPECT_EQ(mm->total_vm, 8);
	EXPECT_EQ(verdict(mm), 0);
	mmput(mm);
}

KTEST(vma, ten_thousand_areas_are_found_and_forgotten)
{
	struct mm_struct *mm = new_mm();
	struct vm_area_struct *vma;

	ASSERT(mm);
	for (int i = 0; i < 10000; i++)
		if (map(mm, 2 * i, 1, RW, ANON) != (long)AT(2 * i))
			break;
	EXPECT_EQ(mm->map_count, 10000);
	mmap_read_lock(mm);
	for (int i = 0; i < 10000; i += 7) {
		vma = find_vma(mm, AT(2 * i));
		EXPECT(vma && vma->vm_start == AT(2 * i));
		EXPECT(!find_vma_intersection(mm, AT(2 * i + 1),
					      AT(2 * i + 2)));
	}
	mmap_read_unlock(mm);
	EXPECT_EQ(verdict(mm), 0);
	EXPECT_EQ(vm_munmap(mm, BASE, GiB(1)), 0);
	EXPECT_EQ(mm->map_count, 0);
	mmput(mm);
}

KTEST(vma, the_limit_on_areas_holds)
{
	struct mm_struct *mm = new_mm();
	int limit = sysctl_max_map_count;

	ASSERT(mm);
	EXPECT_EQ(map(mm, 0, 9, RW, ANON), AT(0));
	sysctl_max_map_count = 1;
	EXPECT_EQ(vm_munmap(mm, AT(4), PAGE_SIZE), -ENOMEM);
	EXPECT_EQ(do_mprotect(mm, AT(4), PAGE_SIZE, PROT_READ), -ENOMEM);
	sysctl_max_map_count = limit;
	EXPECT_EQ(mm->map_count, 1);
	mmput(mm);
}

KTEST(vma, each_failed_allocation_leaves_the_address_space)
{
	struct mm_struct *mm = new_mm();

	ASSERT(mm);
	EXPECT_EQ(map(mm, 0, 9, RW, ANON), AT(0));
	for (unsigned long nth = 1; nth < 20; nth++) {
		long ret;
		bool hit;

		fail_nth_set(nth);
		ret = do_mprotect(mm, AT(3), 3 * PAGE_SIZE, PROT_READ);
		hit = fail_nth_hit();
		fail_nth_set(0);
		if (!hit)
			break;
		EXPECT_EQ(ret, -ENOMEM);
		EXPECT_EQ(mm->map_count, 1);
		EXPECT_EQ(verdict(mm), 0);
	}
	mmput(mm);
}

/* SPDX-License-Identifier: MIT */
/* The list, the tree and the search for gaps, against brute force. */
#include "mmtest.h"

#define SPAN 400 /* pages that the random areas lie in */

static bool used[SPAN + 1];

/* Random areas with random gaps; some grow down. */
static void scatter(struct mm_struct *mm)
{
	int page = (int)sim_random_below(6);

	memset(used, 0, sizeof(used));
	while (page < SPAN - 12) {
		int n = 1 + (int)sim_random_below(4);

		map(mm, page, n, sim_random_below(2) ? RW : PROT_READ, ANON);
		for (int i = 0; i < n; i++)
			used[page + i] = true;
		page += n + (int)sim_random_below(9);
	}
}

static bool room_at(int page, int n)
{
	for (int i = 0; i < n; i++)
		if (used[page + i])
			return false;
	return true;
}

static long brute(int low, int high, int n, bool topdown)
{
	long found = -1;

	for (int p = low; p + n <= high; p++)
		if (room_at(p, n)) {
			found = p;
			if (!topdown)
				break;
		}
	return found;
}

static long search(struct mm_struct *mm, int low, int high, int n, bool topdown)
{
	struct gap_request req = { .len = (unsigned long)n << PAGE_SHIFT,
				   .low = AT(low),
				   .high = AT(high) };
	unsigned long addr = topdown ? vma_gap_topdown(mm, &req)
				     : vma_gap_bottomup(mm, &req);

	return IS_ERR_VALUE(addr) ? -1 : (long)(addr - BASE) >> PAGE_SHIFT;
}

TEST(gap_search_finds_what_brute_force_finds)
{
	for (int round = 0; round < 12; round++) {
		struct mm_struct *mm = new_mm();

		scatter(mm);
		mmap_read_lock(mm);
		for (int i = 0; i < 400; i++) {
			int low = (int)sim_random_below(SPAN);
			int high = low + (int)sim_random_below(SPAN + 1 - low);
			int n = 1 + (int)sim_random_below(10);

			EXPECT_EQ(search(mm, low, high, n, true),
				  brute(low, high, n, true));
			EXPECT_EQ(search(mm, low, high, n, false),
				  brute(low, high, n, false));
		}
		mmap_read_unlock(mm);
		mmput(mm);
	}
}

TEST(gap_search_in_an_empty_address_space)
{
	struct mm_struct *mm = new_mm();

	EXPECT_EQ(search(mm, 0, 10, 10, true), 0);
	EXPECT_EQ(search(mm, 0, 10, 4, true), 6);
	EXPECT_EQ(search(mm, 0, 10, 4, false), 0);
	EXPECT_EQ(search(mm, 0, 10, 11, true), -1);
	EXPECT_EQ(search(mm, 0, 10, 11, false), -1);
	mmput(mm);
}

TEST(room_below_a_stack_is_not_free)
{
	struct mm_struct *mm = new_mm();

	map(mm, 0, 1, RW, ANON);
	map(mm, 1000, 1, RW, ANON | MAP_GROWSDOWN);
	EXPECT_EQ(search(mm, 0, 1000, 10, true), 1000 - 256 - 10);
	EXPECT_EQ(search(mm, 0, 1000, 743, true), 1);
	EXPECT_EQ(search(mm, 0, 1000, 744, true), -1);
	EXPECT_EQ(search(mm, 0, 1002, 1, true), 1001);
	mmput(mm);
}

TEST(lookups_at_every_boundary)
{
	struct mm_struct *mm = new_mm();
	struct vm_area_struct *a, *b, *prev;

	map(mm, 2, 2, RW, ANON);
	map(mm, 6, 1, RW, ANON);
	a = find_vma(mm, AT(2));
	b = find_vma(mm, AT(6));
	EXPECT(a->vm_start == AT(2) && b->vm_start == AT(6));
	EXPECT(find_vma(mm, 0) == a);
	EXPECT(find_vma(mm, AT(4) - 1) == a);
	EXPECT(find_vma(mm, AT(4)) == b);
	EXPECT(!find_vma(mm, AT(7)));
	EXPECT(!find_vma(mm, ~0UL));
	EXPECT(find_vma_prev(mm, AT(4), &prev) == b && prev == a);
	EXPECT(find_vma_prev(mm, AT(3), &prev) == a && !prev);
	EXPECT(!find_vma_prev(mm, AT(7), &prev) && prev == b);
	EXPECT(!find_vma_intersection(mm, AT(4), AT(6)));
	EXPECT(find_vma_intersection(mm, AT(4), AT(6) + 1) == b);
	EXPECT(find_vma_intersection(mm, 0, ~0UL) == a);
	mmput(mm);
}

TEST(tree_and_list_agree_after_thousands_of_changes)
{
	struct mm_struct *mm = new_mm();

	for (int i = 0; i < 3000; i++) {
		int page = (int)sim_random_below(SPAN);
		int n = 1 + (int)sim_random_below(8);

		if (sim_random_below(2))
			map(mm, page, n, sim_random_below(2) ? RW : PROT_READ,
			    ANON);
		else
			unmap(mm, page, n);
	}
	check_mm(mm);
	EXPECT(mm->map_count > 10);
	mmput(mm);
}

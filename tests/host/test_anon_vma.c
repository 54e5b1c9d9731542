/* SPDX-License-Identifier: MIT */
/* Which areas have their anonymous pages in common: mm/anon_vma.c. */
#include "mmtest.h"

#define FORKED (1u << 31)

static u32 number(struct mm_struct *mm, int page)
{
	return find_vma(mm, AT(page))->vm_anon;
}

static unsigned long move(struct mm_struct *mm, int page, int n, int to,
			  unsigned long flags)
{
	struct mremap_request req = { .addr = AT(page),
				      .old_len = (unsigned long)n << PAGE_SHIFT,
				      .new_len = (unsigned long)n << PAGE_SHIFT,
				      .flags = flags | MREMAP_MAYMOVE |
					       MREMAP_FIXED,
				      .new_addr = AT(to) };

	return vm_mremap(mm, &req);
}

TEST(only_a_write_makes_a_number)
{
	struct mm_struct *mm = new_mm();

	map(mm, 0, 4, RW, ANON);
	EXPECT_EQ(number(mm, 0), 0);
	sim_load(mm, AT(1));
	EXPECT_EQ(number(mm, 0), 0);
	sim_store(mm, AT(1), 1);
	EXPECT_EQ(number(mm, 0), 1);
	sim_store(mm, AT(2), 1);
	EXPECT_EQ(number(mm, 0), 1);
	check_mm(mm);
	mmput(mm);
}

TEST(halves_keep_the_number_and_join)
{
	struct mm_struct *mm = new_mm();

	map(mm, 0, 6, RW, ANON);
	sim_store(mm, AT(0), 1);
	protect(mm, 2, 2, PROT_READ);
	EXPECT_EQ(number(mm, 2), number(mm, 0));
	EXPECT_EQ(number(mm, 4), number(mm, 0));
	protect(mm, 2, 2, RW);
	EXPECT_LAYOUT(mm, "0-6 rw-p");
	check_mm(mm);
	mmput(mm);
}

TEST(a_first_page_joins_a_neighbour_of_other_rights)
{
	struct mm_struct *mm = new_mm();

	map(mm, 0, 2, RW, ANON);
	sim_store(mm, AT(0), 1);
	map(mm, 2, 2, RW | PROT_EXEC, ANON);
	map(mm, 6, 2, RW, ANON);
	sim_store(mm, AT(6), 1);
	map(mm, 4, 2, RW | PROT_EXEC, ANON | MAP_NORESERVE);
	sim_store(mm, AT(2), 1);
	EXPECT_EQ(number(mm, 2), number(mm, 0));
	/* Other flags than rights: not the neighbours'. */
	sim_store(mm, AT(4), 1);
	EXPECT(number(mm, 4) != number(mm, 2));
	EXPECT(number(mm, 4) != number(mm, 6));
	protect(mm, 2, 2, RW);
	EXPECT_LAYOUT(mm, "0-4 rw-p, 4-6 rwxp, 6-8 rw-p");
	check_mm(mm);
	mmput(mm);
}

TEST(two_families_stay_apart)
{
	struct mm_struct *mm = new_mm();

	map(mm, 0, 2, RW, ANON);
	map(mm, 4, 2, RW, ANON);
	sim_store(mm, AT(0), 1);
	sim_store(mm, AT(4), 1);
	map(mm, 2, 2, RW, ANON); /* case 1 becomes case 2 */
	EXPECT_LAYOUT(mm, "0-4 rw-p, 4-6 rw-p");
	unmap(mm, 2, 2);
	map(mm, 2, 2, PROT_READ, ANON);
	protect(mm, 2, 2, RW); /* case 4 becomes case 5 */
	EXPECT_LAYOUT(mm, "0-4 rw-p, 4-6 rw-p");
	check_mm(mm);
	mmput(mm);
}

TEST(a_child_has_numbers_of_its_own)
{
	struct mm_struct *mm = new_mm(), *child;

	map(mm, 0, 4, RW, ANON);
	sim_store(mm, AT(0), 1);
	protect(mm, 2, 2, PROT_READ);
	map(mm, 10, 2, RW, ANON);
	child = dup_mm(mm);
	EXPECT(!(number(mm, 0) & FORKED));
	EXPECT(number(child, 0) & FORKED);
	EXPECT(number(child, 2) & FORKED);
	EXPECT(number(child, 0) != number(child, 2));
	EXPECT_EQ(number(child, 10), 0);
	/* They are two, and nothing fresh goes with them. */
	protect(child, 2, 2, RW);
	map(child, 4, 2, RW, ANON);
	EXPECT_LAYOUT(child, "0-2 rw-p, 2-4 rw-p, 4-6 rw-p, 10-12 rw-p");
	sim_store(child, AT(4), 1);
	EXPECT(!(number(child, 4) & FORKED));
	protect(child, 1, 1, PROT_READ);
	protect(child, 1, 1, RW);
	EXPECT_LAYOUT(child, "0-2 rw-p, 2-4 rw-p, 4-6 rw-p, 10-12 rw-p");
	check_mm(child);
	check_mm(mm);
	mmput(mm);
	mmput(child);
}

TEST(a_move_takes_the_number_along)
{
	struct mm_struct *mm = new_mm();

	map(mm, 0, 4, RW, ANON);
	sim_store(mm, AT(0), 1);
	EXPECT_EQ(move(mm, 0, 2, 20, 0), AT(20));
	EXPECT_EQ(number(mm, 20), number(mm, 2));
	EXPECT_EQ(move(mm, 20, 2, 0, 0), AT(0));
	EXPECT_LAYOUT(mm, "0-4 rw-p");
	/* MREMAP_DONTUNMAP of a whole area leaves it as new. */
	EXPECT_EQ(move(mm, 0, 4, 20, MREMAP_DONTUNMAP), AT(20));
	EXPECT_EQ(number(mm, 0), 0);
	EXPECT_EQ(move(mm, 20, 2, 30, MREMAP_DONTUNMAP), AT(30));
	EXPECT_EQ(number(mm, 20), number(mm, 30));
	check_mm(mm);
	mmput(mm);
}

TEST(numbers_that_come_round_are_valid)
{
	struct mm_struct *mm = new_mm();

	atomic_set(&mm->anon_numbers, -2);
	for (int i = 0; i < 3; i++) {
		map(mm, 4 * i, 2, RW, ANON);
		sim_store(mm, AT(4 * i), 1);
		EXPECT(number(mm, 4 * i) && !(number(mm, 4 * i) & FORKED));
	}
	EXPECT(number(mm, 0) != number(mm, 4));
	EXPECT(number(mm, 4) != number(mm, 8));
	check_mm(mm);
	mmput(mm);
}

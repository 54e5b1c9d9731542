/* SPDX-License-Identifier: MIT */
/* Pages that were given up: MADV_FREE, mm/reclaim.c. */
#include "mmtest.h"

#include <ikos/mm_views.h>
#include <ikos/slab.h>

static int advise(struct mm_struct *mm, int page, int n, int advice)
{
	return do_madvise(mm, AT(page), (size_t)n << PAGE_SHIFT, advice);
}

/* @n pages from 0 on, with contents 1, 2, 3 …, given up. */
static struct mm_struct *given_up(int n)
{
	struct mm_struct *mm = new_mm();

	map(mm, 0, n, RW, ANON);
	for (int i = 0; i < n; i++)
		sim_store(mm, AT(i), (u8)(i + 1));
	EXPECT_EQ(advise(mm, 0, n, MADV_FREE), 0);
	return mm;
}

/* The contents of pages 0 to @n - 1 as letters, '.' for 0, without a fault. */
static const char *contents(struct mm_struct *mm, int n)
{
	static char text[65];

	for (int i = 0; i < n; i++) {
		u8 byte = 0;

		access_remote_vm(mm, AT(i), &byte, 1, 0);
		text[i] = byte ? (char)('a' + byte - 1) : '.';
	}
	text[n] = '\0';
	return text;
}

#define EXPECT_CONTENTS(mm, want)                                              \
	EXPECT(!strcmp(contents(mm, (int)strlen(want)), want))

TEST(nothing_goes_before_memory_is_short)
{
	struct mm_struct *mm = given_up(4);
	unsigned long free = nr_free_pages();

	EXPECT_EQ(nr_lazyfree_pages(), 4);
	EXPECT_CONTENTS(mm, "abcd");
	EXPECT_EQ(nr_free_pages(), free);
	EXPECT_EQ(reclaim_pages(4), 4);
	EXPECT_EQ(nr_free_pages(), free + 4);
	EXPECT_EQ(nr_lazyfree_pages(), 0);
	EXPECT_CONTENTS(mm, "....");
	EXPECT_EQ(reclaim_pages(4), 0);
	check_mm(mm);
	mmput(mm);
}

TEST(a_write_takes_it_back)
{
	struct mm_struct *mm = given_up(4);
	u8 byte = 9;

	sim_store(mm, AT(1), 7); /* by the program */
	access_remote_vm(mm, AT(2), &byte, 1, FAULT_FLAG_WRITE);
	sim_load(mm, AT(3)); /* no write */
	EXPECT_EQ(reclaim_pages(100), 2);
	EXPECT_CONTENTS(mm, ".gi.");
	EXPECT_EQ(nr_lazyfree_pages(), 0);
	EXPECT_EQ(advise(mm, 0, 4, MADV_FREE), 0);
	EXPECT_EQ(reclaim_pages(100), 2);
	EXPECT_CONTENTS(mm, "....");
	check_mm(mm);
	mmput(mm);
}

TEST(a_pretended_write_does_too)
{
	struct mm_struct *mm = given_up(3);

	EXPECT_EQ(advise(mm, 0, 1, MADV_POPULATE_WRITE), 0);
	EXPECT_EQ(advise(mm, 1, 1, MADV_POPULATE_READ), 0);
	EXPECT_EQ(do_mlock(mm, AT(2), PAGE_SIZE, VM_LOCKED, true), 0);
	EXPECT_EQ(do_munlock(mm, AT(2), PAGE_SIZE), 0);
	EXPECT_EQ(reclaim_pages(100), 1);
	EXPECT_CONTENTS(mm, "a.c");
	check_mm(mm);
	mmput(mm);
}

TEST(what_is_locked_stays)
{
	struct mm_struct *mm = given_up(4);

	EXPECT_EQ(protect(mm, 0, 2, PROT_READ), 0);
	EXPECT_EQ(do_mlock(mm, AT(0), PAGE_SIZE, VM_LOCKED, true), 0);
	EXPECT_EQ(reclaim_pages(100), 3);
	EXPECT_CONTENTS(mm, "a...");
	EXPECT_EQ(reclaim_pages(100), 0);
	EXPECT_EQ(do_munlock(mm, AT(0), PAGE_SIZE), 0);
	EXPECT_EQ(reclaim_pages(100), 1);
	EXPECT_CONTENTS(mm, "....");
	check_mm(mm);
	mmput(mm);
}

TEST(what_others_use_stays)
{
	struct mm_struct *mm = given_up(4), *child = dup_mm(mm);
	struct page *page;

	EXPECT_EQ(reclaim_pages(100), 0);
	EXPECT_CONTENTS(child, "abcd");
	sim_store(child, AT(0), 5); /* a copy: the parent's is its own again */
	EXPECT_EQ(reclaim_pages(100), 1);
	EXPECT_CONTENTS(mm, ".bcd");
	mmput(mm);
	page = get_user_page(child, AT(1), 0);
	EXPECT_EQ(reclaim_pages(100), 2); /* the child inherits it */
	EXPECT_CONTENTS(child, "eb..");
	put_page(page);
	EXPECT_EQ(reclaim_pages(100), 1);
	EXPECT_CONTENTS(child, "e...");
	check_mm(child);
	mmput(child);
}

TEST(what_the_child_gives_up_the_parent_keeps)
{
	struct mm_struct *mm = new_mm(), *child;

	map(mm, 0, 2, RW, ANON);
	sim_store(mm, AT(0), 1);
	sim_store(mm, AT(1), 2);
	child = dup_mm(mm);
	EXPECT_EQ(advise(child, 0, 2, MADV_FREE), 0);
	EXPECT_EQ(reclaim_pages(100), 0);
	mmput(child);
	EXPECT_EQ(reclaim_pages(100), 0);
	EXPECT_CONTENTS(mm, "ab");
	check_mm(mm);
	mmput(mm);
	EXPECT_EQ(nr_lazyfree_pages(), 0);
}

TEST(pageout_drops_it_at_once)
{
	struct mm_struct *mm = given_up(6);

	sim_store(mm, AT(2), 26);
	EXPECT_EQ(advise(mm, 1, 3, MADV_PAGEOUT), 0);
	EXPECT_CONTENTS(mm, "a.z.ef");
	check_mm(mm);
	mmput(mm);
}

/* Each call takes a few, and none looks at the same ones again. */
TEST(the_hand_goes_round)
{
	enum {
		N = 1400
	}; /* three tables */
	struct mm_struct *mm = new_mm();
	unsigned long sum = 0;
	int calls = 0;

	map(mm, 0, N, RW, ANON);
	for (int i = 0; i < N; i++)
		sim_store(mm, AT(i), 1);
	EXPECT_EQ(advise(mm, 0, N, MADV_FREE), 0);
	for (int i = 0; i < N; i += 2)
		sim_store(mm, AT(i), 2);
	while (sum < N / 2) {
		unsigned long n = reclaim_pages(1);

		EXPECT(n > 0 && n <= 256); /* of one table */
		if (!n)
			break;
		sum += n;
		calls++;
	}
	EXPECT_EQ(sum, N / 2);
	EXPECT(calls >= 3);
	EXPECT_EQ(reclaim_pages(1), 0);
	EXPECT_EQ(nr_lazyfree_pages(), 0);
	for (int i = 0; i < N; i++)
		EXPECT_EQ(sim_load(mm, AT(i)), i % 2 ? 0 : 2);
	check_mm(mm);
	mmput(mm);
}

TEST(an_allocation_that_finds_nothing_takes_it)
{
	enum {
		N = 40
	};
	struct mm_struct *mm = given_up(N);
	struct page *page, *all = NULL;
	unsigned long n = 0;

	sim_store(mm, AT(0), 3);
	while ((page = alloc_page(GFP_USER))) {
		page->mapping = (void *)all;
		all = page;
		n++;
	}
	EXPECT_EQ(nr_lazyfree_pages(), 0);
	while (all) {
		page = all;
		all = (void *)page->mapping;
		page->mapping = NULL;
		put_page(page);
	}
	EXPECT(n >= N - 1);
	EXPECT_EQ(sim_load(mm, AT(0)), 3);
	EXPECT_EQ(sim_load(mm, AT(1)), 0);
	EXPECT_EQ(sim_load(mm, AT(N - 1)), 0);
	check_mm(mm);
	mmput(mm);
}

/* Who allocates may hold any lock of an address space: it is passed by. */
TEST(an_address_space_that_changes_is_passed_by)
{
	struct mm_struct *mm = given_up(2), *other = given_up(2);

	mmap_write_lock(mm);
	EXPECT_EQ(reclaim_pages(100), 2);
	mmap_write_unlock(mm);
	EXPECT_CONTENTS(mm, "ab");
	EXPECT_CONTENTS(other, "..");
	mmput(other);
	EXPECT_EQ(reclaim_pages(100), 2);
	mmput(mm);
}

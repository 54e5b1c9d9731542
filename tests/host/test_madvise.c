/* SPDX-License-Identifier: MIT */
/* madvise, mincore, populating: what they do to pages, and what they refuse. */
#include "mmtest.h"

static int advise(struct mm_struct *mm, int page, int n, int advice)
{
	return do_madvise(mm, AT(page), (size_t)n << PAGE_SHIFT, advice);
}

static bool see_all(struct file *file)
{
	return true;
}

/* The answer for [page, page + n) of one area as text. */
static const char *core(struct mm_struct *mm, int page, int n,
			mincore_filter_t may_see)
{
	static char text[65];
	unsigned char vec[64];
	long got;

	got = do_mincore(mm, AT(page), (unsigned long)n, vec, may_see);
	for (long i = 0; i < got; i++)
		text[i] = (char)('0' + vec[i]);
	text[got > 0 ? got : 0] = '\0';
	return got < 0 ? "-" : text;
}

#define EXPECT_CORE(mm, page, n, want)                                         \
	EXPECT(!strcmp(core(mm, page, n, see_all), want))

TEST(free_is_for_anonymous_memory_only)
{
	struct mm_struct *mm = new_mm();
	struct file *file = sim_file(8 * (loff_t)PAGE_SIZE, FMODE_READ);

	map(mm, 0, 4, RW, ANON);
	map_file(mm, 4, 4, RW, MAP_PRIVATE, file, 0);
	for (int i = 0; i < 8; i++)
		sim_store(mm, AT(i), 9);
	EXPECT_EQ(advise(mm, 1, 2, MADV_FREE), 0);
	EXPECT_EQ(sim_load(mm, AT(1)), 9);
	EXPECT_EQ(reclaim_pages(100), 2);
	EXPECT_EQ(sim_load(mm, AT(1)), 0);
	EXPECT_EQ(sim_load(mm, AT(3)), 9);
	EXPECT_EQ(advise(mm, 3, 3, MADV_FREE), -EINVAL);
	EXPECT_EQ(sim_load(mm, AT(4)), 9);
	do_mlock(mm, AT(0), PAGE_SIZE, VM_LOCKED, true);
	sim_store(mm, AT(0), 8);
	EXPECT_EQ(advise(mm, 0, 1, MADV_FREE), -EINVAL);
	EXPECT_EQ(advise(mm, 0, 1, MADV_DONTNEED), -EINVAL);
	EXPECT_EQ(advise(mm, 0, 1, MADV_COLD), -EINVAL);
	EXPECT_EQ(sim_load(mm, AT(0)), 8);
	EXPECT_EQ(advise(mm, 0, 1, MADV_DONTNEED_LOCKED), 0);
	EXPECT_EQ(sim_load(mm, AT(0)), 0);
	check_mm(mm);
	mmput(mm);
	fput(file);
}

TEST(cold_clears_the_young_bits_of_unshared_pages)
{
	struct mm_struct *mm = new_mm(), *child;

	map(mm, 0, 4, RW, ANON);
	for (int i = 0; i < 4; i++)
		sim_store(mm, AT(i), 5);
	EXPECT(sim_pte(mm, AT(1)) & _PAGE_ACCESSED);
	EXPECT_EQ(advise(mm, 1, 2, MADV_COLD), 0);
	EXPECT(!(sim_pte(mm, AT(1)) & _PAGE_ACCESSED));
	EXPECT(sim_pte(mm, AT(1)) & _PAGE_DIRTY);
	EXPECT(sim_pte(mm, AT(0)) & _PAGE_ACCESSED);
	check_mm(mm); /* no CPU remembers it as young */
	EXPECT_EQ(sim_load(mm, AT(1)), 5);
	EXPECT(sim_pte(mm, AT(1)) & _PAGE_ACCESSED);
	child = dup_mm(mm);
	EXPECT_EQ(advise(mm, 0, 4, MADV_PAGEOUT), 0);
	EXPECT(sim_pte(mm, AT(0)) & _PAGE_ACCESSED);
	mmput(child);
	mmput(mm);
}

TEST(populate_as_a_read_or_as_a_write)
{
	struct mm_struct *mm = new_mm();
	struct file *file = sim_file(2 * (loff_t)PAGE_SIZE, FMODE_READ);

	map(mm, 0, 4, RW, ANON);
	EXPECT_EQ(advise(mm, 0, 2, MADV_POPULATE_READ), 0);
	EXPECT_EQ(mm_rss(mm), 0); /* the zero page */
	EXPECT_CORE(mm, 0, 4, "1100");
	EXPECT_EQ(advise(mm, 0, 4, MADV_POPULATE_WRITE), 0);
	EXPECT_EQ(mm_rss(mm), 4);
	protect(mm, 2, 1, PROT_READ);
	EXPECT_EQ(advise(mm, 0, 4, MADV_POPULATE_WRITE), -EINVAL);
	map_file(mm, 8, 4, PROT_READ, MAP_PRIVATE, file, 0);
	EXPECT_EQ(advise(mm, 8, 4, MADV_POPULATE_READ), -EFAULT);
	EXPECT_EQ(advise(mm, 2, 8, MADV_POPULATE_READ), -ENOMEM);
	sim_killed = true;
	map(mm, 20, 2, RW, ANON);
	EXPECT_EQ(advise(mm, 20, 2, MADV_POPULATE_READ), -EINTR);
	sim_killed = false;
	check_mm(mm);
	mmput(mm);
	fput(file);
}

TEST(willneed_reads_ahead)
{
	struct mm_struct *mm = new_mm();
	struct file *file = sim_file(8 * (loff_t)PAGE_SIZE, FMODE_READ);

	map_file(mm, 0, 16, PROT_READ, MAP_PRIVATE, file, 2);
	EXPECT_EQ(advise(mm, 1, 15, MADV_WILLNEED), 0);
	EXPECT_EQ(sim_nr_readpage, 5); /* pages 3 … 7 */
	EXPECT_EQ(mm_rss(mm), 0);
	EXPECT_CORE(mm, 0, 16, "0111110000000000");
	EXPECT_EQ(advise(mm, 0, 20, MADV_WILLNEED), -ENOMEM);
	mmput(mm);
	fput(file);
}

TEST(remove_wants_shared_writable_memory_of_an_object)
{
	struct mm_struct *mm = new_mm();
	struct file *file =
		sim_file(8 * (loff_t)PAGE_SIZE, FMODE_READ | FMODE_WRITE);

	map(mm, 0, 1, RW, ANON);
	map_file(mm, 1, 1, RW, MAP_PRIVATE, file, 0);
	map_file(mm, 2, 1, PROT_READ, MAP_SHARED, file, 0);
	map_file(mm, 3, 1, RW, MAP_SHARED, file, 0);
	EXPECT_EQ(advise(mm, 0, 1, MADV_REMOVE), -EINVAL);
	EXPECT_EQ(advise(mm, 1, 1, MADV_REMOVE), -EACCES);
	EXPECT_EQ(advise(mm, 2, 1, MADV_REMOVE), -EACCES);
	EXPECT_EQ(advise(mm, 3, 1, MADV_REMOVE), -EOPNOTSUPP);
	do_mlock(mm, AT(3), PAGE_SIZE, VM_LOCKED, true);
	EXPECT_EQ(advise(mm, 3, 1, MADV_REMOVE), -EINVAL);
	mmput(mm);
	fput(file);
}

TEST(flags_fail_cleanly_without_memory)
{
	struct mm_struct *mm = new_mm();

	map(mm, 0, 9, RW, ANON);
	SWEEP
	{
		int ret = advise(mm, 3, 3, MADV_DONTFORK);

		fail_nth_set(0);
		EXPECT(!ret || ret == -EAGAIN);
		if (ret)
			EXPECT_LAYOUT(mm, "0-9 rw-p");
		EXPECT_EQ(advise(mm, 0, 9, MADV_DOFORK), 0);
		EXPECT_LAYOUT(mm, "0-9 rw-p");
	}
	mmput(mm);
}

TEST(populating_fails_cleanly_without_memory)
{
	struct mm_struct *mm = new_mm();

	map(mm, 0, 5, RW, ANON);
	SWEEP
	{
		int ret = advise(mm, 0, 5, MADV_POPULATE_WRITE);

		fail_nth_set(0);
		EXPECT(!ret || ret == -ENOMEM);
		check_mm(mm);
		unmap(mm, 0, 5);
		map(mm, 0, 5, RW, ANON);
	}
	mmput(mm);
}

/* SPDX-License-Identifier: MIT */
/* mincore: which pages are there, and who may know. */
#include "mmtest.h"

static bool see_all(struct file *file)
{
	return true;
}

static bool see_nothing(struct file *file)
{
	return false;
}

static long ask(struct mm_struct *mm, int page, int n, unsigned char *vec,
		mincore_filter_t may_see)
{
	memset(vec, 0xff, 64);
	return do_mincore(mm, AT(page), (unsigned long)n, vec, may_see);
}

TEST(anonymous_memory_is_there_once_touched)
{
	struct mm_struct *mm = new_mm();
	unsigned char vec[64];

	map(mm, 0, 6, RW, ANON);
	sim_store(mm, AT(1), 1);
	sim_load(mm, AT(4));
	EXPECT_EQ(ask(mm, 0, 6, vec, see_nothing), 6);
	EXPECT(!memcmp(vec, "\0\1\0\0\1\0\xff", 7));
	protect(mm, 1, 1, PROT_NONE);
	EXPECT_EQ(ask(mm, 1, 1, vec, see_all), 1);
	EXPECT_EQ(vec[0], 1);
	mmput(mm);
}

TEST(answers_reach_as_far_as_the_area)
{
	struct mm_struct *mm = new_mm();
	unsigned char vec[64];

	map(mm, 0, 3, RW, ANON);
	map(mm, 3, 3, PROT_READ, ANON);
	EXPECT_EQ(ask(mm, 1, 20, vec, see_all), 2);
	EXPECT_EQ(ask(mm, 3, 20, vec, see_all), 3);
	EXPECT_EQ(ask(mm, 6, 20, vec, see_all), -ENOMEM);
	mmput(mm);
}

TEST(files_are_there_when_anybody_has_read_them)
{
	struct mm_struct *mm = new_mm(), *other = new_mm();
	struct file *file = sim_file(6 * (loff_t)PAGE_SIZE, FMODE_READ);
	unsigned char vec[64];

	map_file(mm, 0, 8, PROT_READ, MAP_PRIVATE, file, 0);
	map_file(other, 0, 8, RW, MAP_PRIVATE, file, 0);
	EXPECT_EQ(ask(mm, 0, 8, vec, see_all), 8);
	EXPECT(!memcmp(vec, "\0\0\0\0\0\0\0\0", 8));
	sim_load(other, AT(3));
	sim_store(other, AT(5), 1);
	EXPECT_EQ(ask(mm, 0, 8, vec, see_all), 8);
	EXPECT(!memcmp(vec, "\0\0\0\1\0\1\0\0", 8));
	EXPECT_EQ(ask(mm, 2, 4, vec, see_all), 4);
	EXPECT(!memcmp(vec, "\0\1\0\1\xff", 5));
	EXPECT_EQ(ask(mm, 0, 8, vec, see_nothing), 8);
	EXPECT(!memcmp(vec, "\1\1\1\1\1\1\1\1", 8));
	mmput(other);
	mmput(mm);
	fput(file);
}

TEST(random_touches_match_a_model)
{
	struct mm_struct *mm = new_mm();
	unsigned char vec[64], model[64] = { 0 };
	const int far = 490; /* over a border of page tables */

	map(mm, far, 64, RW, ANON);
	for (int step = 0; step < 300; step++) {
		int page = (int)sim_random_below(64);

		if (sim_random_below(3)) {
			sim_load(mm, AT(far + page));
			model[page] = 1;
		} else {
			do_madvise(mm, AT(far + page), PAGE_SIZE,
				   MADV_DONTNEED);
			model[page] = 0;
		}
		EXPECT_EQ(ask(mm, far, 64, vec, see_all), 64);
		EXPECT(!memcmp(vec, model, 64));
	}
	mmput(mm);
}

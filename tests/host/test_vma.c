/* SPDX-License-Identifier: MIT */
/* Split and merge: the cases of mm/vma_merge.c by their numbers. */
#include "mmtest.h"

static struct mm_struct *mm;

/* Areas "rw", "r" … at pages, as in the drawing. */
static void start(void)
{
	mm = new_mm();
}

static void end(const char *file, int line)
{
	EXPECT_EQ(sim_sleep_locks_held, 0);
	mmput(mm);
}
#define END() end(__FILE__, __LINE__)

TEST(case_1_fills_the_room_between)
{
	start();
	map(mm, 0, 3, RW, ANON);
	map(mm, 6, 3, RW, ANON);
	EXPECT_LAYOUT(mm, "0-3 rw-p, 6-9 rw-p");
	map(mm, 3, 3, RW, ANON);
	EXPECT_LAYOUT(mm, "0-9 rw-p");
	END();
}

TEST(case_2_extends_the_one_before)
{
	start();
	map(mm, 0, 3, RW, ANON);
	map(mm, 3, 3, RW, ANON);
	EXPECT_LAYOUT(mm, "0-6 rw-p");
	END();
}

TEST(case_3_extends_the_one_behind)
{
	start();
	map(mm, 6, 3, RW, ANON);
	map(mm, 3, 3, RW, ANON);
	EXPECT_LAYOUT(mm, "3-9 rw-p");
	END();
}

TEST(case_4_three_become_one)
{
	start();
	map(mm, 0, 9, RW, ANON);
	protect(mm, 3, 3, PROT_READ);
	EXPECT_LAYOUT(mm, "0-3 rw-p, 3-6 r--p, 6-9 rw-p");
	protect(mm, 3, 3, RW);
	EXPECT_LAYOUT(mm, "0-9 rw-p");
	END();
}

TEST(case_5_the_one_before_swallows)
{
	start();
	map(mm, 0, 6, RW, ANON);
	protect(mm, 3, 3, PROT_READ);
	EXPECT_LAYOUT(mm, "0-3 rw-p, 3-6 r--p");
	protect(mm, 3, 3, RW);
	EXPECT_LAYOUT(mm, "0-6 rw-p");
	END();
}

TEST(case_6_the_one_behind_swallows)
{
	start();
	map(mm, 0, 6, RW, ANON);
	protect(mm, 0, 3, PROT_READ);
	EXPECT_LAYOUT(mm, "0-3 r--p, 3-6 rw-p");
	protect(mm, 0, 3, RW);
	EXPECT_LAYOUT(mm, "0-6 rw-p");
	END();
}

TEST(case_7_the_border_moves_up)
{
	start();
	map(mm, 0, 9, RW, ANON);
	protect(mm, 3, 6, PROT_READ);
	protect(mm, 3, 2, RW);
	EXPECT_LAYOUT(mm, "0-5 rw-p, 5-9 r--p");
	END();
}

TEST(case_8_the_border_moves_down)
{
	start();
	map(mm, 0, 9, RW, ANON);
	protect(mm, 0, 6, PROT_READ);
	protect(mm, 4, 2, RW);
	EXPECT_LAYOUT(mm, "0-4 r--p, 4-9 rw-p");
	END();
}

TEST(a_range_inside_splits_in_three)
{
	start();
	map(mm, 0, 9, RW, ANON);
	protect(mm, 3, 3, PROT_NONE);
	EXPECT_LAYOUT(mm, "0-3 rw-p, 3-6 ---p, 6-9 rw-p");
	protect(mm, 3, 3, PROT_READ | PROT_EXEC);
	EXPECT_LAYOUT(mm, "0-3 rw-p, 3-6 r-xp, 6-9 rw-p");
	END();
}

TEST(merging_keeps_pages_and_their_contents)
{
	start();
	map(mm, 0, 9, RW, ANON);
	for (int i = 0; i < 9; i++)
		sim_store(mm, AT(i), 60 + i);
	protect(mm, 3, 3, PROT_READ);
	protect(mm, 3, 2, RW);
	protect(mm, 3, 3, RW);
	EXPECT_LAYOUT(mm, "0-9 rw-p");
	for (int i = 0; i < 9; i++)
		EXPECT_EQ(sim_load(mm, AT(i)), 60 + i);
	EXPECT_EQ(mm_counter(mm, MM_ANONPAGES), 9);
	END();
}

TEST(different_flags_do_not_merge)
{
	start();
	map(mm, 0, 1, RW, ANON);
	map(mm, 1, 1, PROT_READ, ANON);
	map(mm, 2, 1, PROT_READ, ANON | MAP_NORESERVE);
	map(mm, 3, 1, RW, ANON | MAP_GROWSDOWN);
	EXPECT_LAYOUT(mm, "0-1 rw-p, 1-2 r--p, 2-3 r--p, 3-4 rw-p");
	END();
}

TEST(files_merge_only_where_their_offsets_go_on)
{
	struct file *a = sim_file(64 * (loff_t)PAGE_SIZE, FMODE_READ);
	struct file *b = sim_file(64 * (loff_t)PAGE_SIZE, FMODE_READ);

	start();
	map_file(mm, 0, 2, PROT_READ, MAP_PRIVATE, a, 0);
	map_file(mm, 2, 2, PROT_READ, MAP_PRIVATE, a, 2);
	EXPECT_LAYOUT(mm, "0-4 r--p");
	map_file(mm, 4, 2, PROT_READ, MAP_PRIVATE, a, 9);
	map_file(mm, 6, 2, PROT_READ, MAP_PRIVATE, b, 11);
	EXPECT_LAYOUT(mm, "0-4 r--p, 4-6 r--p, 6-8 r--p");
	map_file(mm, 20, 4, PROT_READ, MAP_PRIVATE, a, 20);
	unmap(mm, 21, 2);
	map_file(mm, 21, 2, PROT_READ, MAP_PRIVATE, a, 21);
	EXPECT_LAYOUT(mm, "0-4 r--p, 4-6 r--p, 6-8 r--p, 20-24 r--p");
	EXPECT_EQ(atomic_read(&a->f_count), 4);
	EXPECT_EQ(atomic_read(&b->f_count), 2);
	for (int i = 0; i < 4; i++)
		EXPECT_EQ(sim_load(mm, AT(20 + i)),
			  sim_file_byte((20UL + i) << PAGE_SHIFT));
	END();
	EXPECT_EQ(atomic_read(&a->f_count), 1);
	fput(a);
	fput(b);
}

TEST(shared_objects_merge_only_with_themselves)
{
	start();
	map(mm, 0, 2, RW, MAP_SHARED | MAP_ANONYMOUS);
	map(mm, 2, 2, RW, MAP_SHARED | MAP_ANONYMOUS);
	EXPECT_LAYOUT(mm, "0-2 rw-s, 2-4 rw-s");
	protect(mm, 0, 1, PROT_READ);
	EXPECT_LAYOUT(mm, "0-1 r--s, 1-2 rw-s, 2-4 rw-s");
	protect(mm, 0, 1, RW);
	EXPECT_LAYOUT(mm, "0-2 rw-s, 2-4 rw-s");
	END();
}

static int closed;
static void count_close(struct vm_area_struct *vma)
{
	closed++;
}

TEST(an_object_with_a_close_keeps_its_areas_apart)
{
	static const struct vm_operations_struct ops = { .close = count_close };
	struct vm_area_struct *vma;

	start();
	map(mm, 0, 4, RW, ANON);
	vma = find_vma(mm, AT(0));
	vma->vm_ops = &ops;
	protect(mm, 1, 1, PROT_READ);
	protect(mm, 1, 1, RW);
	EXPECT_LAYOUT(mm, "0-1 rw-p, 1-2 rw-p, 2-4 rw-p");
	unmap(mm, 0, 4);
	EXPECT_EQ(closed, 3);
	END();
}

TEST(interval_tree_finds_what_a_list_finds)
{
	enum {
		N = 60
	};
	static struct vm_area_struct v[N];
	struct address_space mapping;
	bool in[N] = { false };

	address_space_init(&mapping, NULL, NULL, false);
	for (int round = 0; round < 2000; round++) {
		int i = (int)sim_random_below(N);
		pgoff_t first = sim_random_below(100);
		pgoff_t last = first + sim_random_below(20);
		struct vm_area_struct *hit;
		int want = 0, got = 0;

		if (in[i]) {
			i_mmap_remove(&mapping, &v[i]);
		} else {
			v[i].vm_pgoff = sim_random_below(100);
			v[i].vm_start = AT(0);
			v[i].vm_end = AT(1 + sim_random_below(12));
			i_mmap_insert(&mapping, &v[i]);
		}
		in[i] = !in[i];
		for (int k = 0; k < N; k++)
			want += in[k] && v[k].vm_pgoff <= last &&
				v[k].vm_pgoff + vma_pages(&v[k]) > first;
		for (hit = i_mmap_first(&mapping, first, last); hit;
		     hit = i_mmap_next(hit, first, last))
			got++;
		ASSERT_EQ(got, want);
	}
}

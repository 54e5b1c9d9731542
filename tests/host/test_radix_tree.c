/* SPDX-License-Identifier: MIT */
/* The radix tree, against a table of (index, item) pairs. */
#include "sim.h"

#include <ikos/radix_tree.h>

#define NR 300

static struct {
	unsigned long index;
	bool in;
} pairs[NR];
static struct radix_tree_root root;

static void *item_of(int i)
{
	return &pairs[i];
}

/* Distinct indices: dense ones, far ones, the ends. */
static void make_pairs(void)
{
	for (int i = 0; i < NR; i++) {
		bool again;

		do {
			again = false;
			switch (sim_random_below(4)) {
			case 0:
				pairs[i].index = sim_random_below(150);
				break;
			case 1:
				pairs[i].index = sim_random_below(1UL << 20);
				break;
			case 2:
				pairs[i].index = sim_random();
				break;
			default:
				pairs[i].index = ~sim_random_below(200);
			}
			for (int j = 0; j < i; j++)
				again |= pairs[j].index == pairs[i].index;
		} while (again);
	}
	pairs[0].index = 0;
	pairs[1].index = ~0UL;
	for (int i = 2; i < NR; i++)
		if (!pairs[i].index || pairs[i].index == ~0UL)
			pairs[i].index = 1000 + i;
}

/* The pair with the lowest index from @from on, or -1. */
static int model_next(unsigned long from)
{
	int best = -1;

	for (int i = 0; i < NR; i++)
		if (pairs[i].in && pairs[i].index >= from &&
		    (best < 0 || pairs[i].index < pairs[best].index))
			best = i;
	return best;
}

static void check_next(unsigned long from)
{
	unsigned long index = from;
	void *item = radix_tree_next(&root, &index);
	int want = model_next(from);

	if (want < 0) {
		ASSERT(!item);
	} else {
		ASSERT(item == item_of(want));
		ASSERT_EQ(index, pairs[want].index);
	}
}

static void step(int i)
{
	if (sim_random_below(2)) {
		int ret = radix_tree_insert(&root, pairs[i].index, item_of(i),
					    GFP_KERNEL);

		ASSERT_EQ(ret, pairs[i].in ? -EEXIST : 0);
		pairs[i].in = true;
	} else {
		void *old = radix_tree_delete(&root, pairs[i].index);

		ASSERT(old == (pairs[i].in ? item_of(i) : NULL));
		pairs[i].in = false;
	}
}

static void clear(void)
{
	unsigned long index = 0;

	while (radix_tree_next(&root, &index)) {
		ASSERT(radix_tree_delete(&root, index));
		index = 0;
	}
	EXPECT(!root.node);
}

/* The slots of [index, index + want) say what look-ups say. */
static void check_slots(unsigned long index, unsigned long want)
{
	while (want && index + want > index) {
		unsigned long n = want;
		void **slots = radix_tree_slots(&root, index, &n);

		ASSERT(n && n <= want);
		for (unsigned long i = 0; i < n; i++)
			ASSERT((slots ? slots[i] : NULL) ==
			       radix_tree_lookup(&root, index + i));
		index += n;
		want -= n;
	}
}

TEST(random_operations_follow_the_model)
{
	make_pairs();
	for (int i = 0; i < 6000; i++) {
		int p = sim_random_below(i % 1000 < 500 ? NR : 20);

		step(p);
		p = sim_random_below(NR);
		ASSERT(radix_tree_lookup(&root, pairs[p].index) ==
		       (pairs[p].in ? item_of(p) : NULL));
		if (i % 8 == 0) {
			check_next(0);
			check_next(pairs[p].index);
			check_next(pairs[p].index + 1);
			check_next(sim_random());
			check_slots(0, 1 + sim_random_below(200));
			check_slots(pairs[p].index, 1 + sim_random_below(80));
		}
	}
	clear();
}

TEST(an_empty_tree_holds_nothing)
{
	unsigned long index = 0;

	EXPECT(!radix_tree_lookup(&root, 0));
	EXPECT(!radix_tree_lookup(&root, ~0UL));
	EXPECT(!radix_tree_delete(&root, 5));
	EXPECT(!radix_tree_next(&root, &index));
}

TEST(index_0_alone_costs_no_node)
{
	unsigned long before = slab_objects_in_use(), index = 0;
	int item;

	EXPECT_EQ(radix_tree_insert(&root, 0, &item, GFP_KERNEL), 0);
	EXPECT_EQ(slab_objects_in_use(), before);
	EXPECT(radix_tree_next(&root, &index) == &item);
	EXPECT_EQ(index, 0);
	index = 1;
	EXPECT(!radix_tree_next(&root, &index));
	EXPECT(radix_tree_delete(&root, 0) == &item);
}

TEST(nodes_go_when_their_items_go)
{
	unsigned long before = slab_objects_in_use();
	int item;

	for (int shift = 0; shift < 64; shift++) {
		EXPECT_EQ(radix_tree_insert(&root, 1UL << shift, &item,
					    GFP_KERNEL),
			  0);
		EXPECT_EQ(radix_tree_insert(&root, 0, &item, GFP_KERNEL), 0);
		radix_tree_delete(&root, 1UL << shift);
		radix_tree_delete(&root, 0);
		EXPECT_EQ(slab_objects_in_use(), before);
	}
}

TEST(insertion_that_fails_changes_nothing)
{
	static const unsigned long more[] = { 70, 1UL << 40, ~0UL, 6 };
	int item;

	SWEEP
	{
		int done = 0;

		for (unsigned int i = 0; i < ARRAY_SIZE(more); i++) {
			int ret = radix_tree_insert(&root, more[i], &item,
						    GFP_KERNEL);

			EXPECT(ret == 0 || ret == -ENOMEM);
			done += !ret;
			EXPECT(radix_tree_lookup(&root, more[i]) ==
			       (ret ? NULL : &item));
		}
		EXPECT(done >= 3);
		clear();
	}
}

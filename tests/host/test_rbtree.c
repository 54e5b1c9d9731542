/* SPDX-License-Identifier: MIT */
/* The red-black tree and its augmentation, against a sorted array. */
#include "sim.h"

#include <ikos/rbtree.h>

#define NR 400

struct item {
	struct rb_node node;
	unsigned long key, sum; /* sum: of the subtree's keys */
	bool in;
};
static struct item items[NR];
static struct rb_root root = { NULL };

static struct item *item_of(struct rb_node *node)
{
	return rb_entry(node, struct item, node);
}

static unsigned long sum_of(struct rb_node *node)
{
	return node ? item_of(node)->sum : 0;
}

static bool compute(struct rb_node *node)
{
	struct item *it = item_of(node);
	unsigned long sum =
		it->key + sum_of(node->rb_left) + sum_of(node->rb_right);

	if (sum == it->sum)
		return false;
	it->sum = sum;
	return true;
}

static const struct rb_augment_callbacks sums = { compute };

static void insert(struct item *it, bool augmented)
{
	struct rb_node **link = &root.rb_node, *parent = NULL;

	while (*link) {
		parent = *link;
		link = it->key < item_of(parent)->key ? &parent->rb_left
						      : &parent->rb_right;
	}
	rb_link_node(&it->node, parent, link);
	it->sum = it->key;
	if (augmented)
		rb_insert_augmented(&it->node, &root, &sums);
	else
		rb_insert_color(&it->node, &root);
	it->in = true;
}

static unsigned long check_sums(struct rb_node *node)
{
	unsigned long sum;

	if (!node)
		return 0;
	sum = check_sums(node->rb_left) + check_sums(node->rb_right) +
	      item_of(node)->key;
	ASSERT_EQ(item_of(node)->sum, sum);
	return sum;
}

/* items[] is sorted by key: the tree must agree, both ways. */
static void check(bool augmented)
{
	struct rb_node *node = rb_first(&root);

	ASSERT_EQ(rb_check(&root), 0);
	for (int i = 0; i < NR; i++) {
		if (!items[i].in)
			continue;
		ASSERT(node == &items[i].node);
		node = rb_next(node);
	}
	ASSERT(!node);
	node = rb_last(&root);
	for (int i = NR - 1; i >= 0; i--) {
		if (!items[i].in)
			continue;
		ASSERT(node == &items[i].node);
		node = rb_prev(node);
	}
	ASSERT(!node);
	if (augmented)
		check_sums(root.rb_node);
}

static void random_walk(bool augmented)
{
	for (int i = 0; i < NR; i++)
		items[i].key = 3 * i + 1;
	for (int i = 0; i < 4000; i++) {
		/* Now mostly growing, now mostly shrinking. */
		bool grow = sim_random_below(10) < (i / 500 % 2 ? 3 : 7);
		struct item *it = &items[sim_random_below(NR)];

		if (grow && !it->in) {
			insert(it, augmented);
		} else if (!grow && it->in) {
			if (augmented)
				rb_erase_augmented(&it->node, &root, &sums);
			else
				rb_erase(&it->node, &root);
			it->in = false;
		}
		check(augmented);
	}
}

TEST(plain_tree_follows_the_model)
{
	random_walk(false);
}

TEST(augmented_tree_follows_the_model)
{
	random_walk(true);
}

TEST(a_changed_value_propagates)
{
	for (int i = 0; i < NR; i++) {
		items[i].key = 3 * i + 1;
		insert(&items[i], true);
	}
	for (int i = 0; i < 1000; i++) {
		struct item *it = &items[sim_random_below(NR)];

		it->key += sim_random_below(2); /* keeps the order */
		rb_augment_propagate(&it->node, &sums);
		check_sums(root.rb_node);
	}
}

TEST(an_empty_tree_has_no_ends)
{
	EXPECT(!rb_first(&root));
	EXPECT(!rb_last(&root));
	EXPECT_EQ(rb_check(&root), 0);
}

static void fill(void)
{
	for (int i = 0; i < 50; i++) {
		items[i].key = i;
		insert(&items[i], false);
	}
}

TEST(rb_check_finds_damage)
{
	struct rb_node *top, *leaf;

	fill();
	top = root.rb_node;
	leaf = rb_first(&root);
	ASSERT_EQ(rb_check(&root), 0);
	/* Colour of a node, colour of the root, a parent link. */
	leaf->rb_parent_color ^= 1;
	EXPECT_EQ(rb_check(&root), -1);
	leaf->rb_parent_color ^= 1;
	top->rb_parent_color ^= 1;
	EXPECT_EQ(rb_check(&root), -1);
	top->rb_parent_color ^= 1;
	top->rb_left->rb_parent_color +=
		(unsigned long)leaf - (unsigned long)top;
	EXPECT_EQ(rb_check(&root), -1);
}

TEST(the_tree_stays_shallow)
{
	int depth = 0;

	for (int i = 0; i < NR; i++) {
		items[i].key = i; /* the worst order for a plain tree */
		insert(&items[i], false);
	}
	for (int i = 0; i < NR; i++) {
		int d = 0;

		for (struct rb_node *n = &items[i].node; n; n = rb_parent(n))
			d++;
		depth = max(depth, d);
	}
	EXPECT(depth <= 18); /* 2 log2(401) */
}

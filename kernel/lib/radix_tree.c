/* SPDX-License-Identifier: MIT */
/*
 * Radix tree: a sparse array of pointers. Six bits of the index choose a slot
 * at each level:
 *
 *	height 2, index 70 = 1 * 64 + 6:
 *
 *	root -> [ 0 | 1 | … | 63 ]
 *		      |
 *		      +-> [ 0 | … | 6 | … | 63 ]
 *				    |
 *				    +-> item
 *
 *   T1  the tree is just as high as its largest index needs, or higher
 *       after removals; it never has a node without a used slot
 *   T2  node->count is the number of its slots in use
 *
 * Height 0 holds the single item of index 0 in the root itself, so that a
 * file of one page costs no node. The caller locks.
 */
#include <ikos/bug.h>
#include <ikos/err.h>
#include <ikos/kernel.h>
#include <ikos/radix_tree.h>
#include <ikos/slab.h>

#define RADIX_BITS	 6
#define RADIX_SLOTS	 (1UL << RADIX_BITS)
#define RADIX_MAX_HEIGHT DIV_ROUND_UP(64, RADIX_BITS)

struct radix_tree_node {
	unsigned int count;
	void *slots[RADIX_SLOTS];
};

static struct kmem_cache *node_cache;

/**
 * radix_tree_init - make the cache of nodes; once, at boot
 */
void radix_tree_init(void)
{
	node_cache = KMEM_CACHE(radix_tree_node);
}

/* Largest index that a tree of @height can hold. */
static unsigned long max_index(unsigned int height)
{
	if (height >= RADIX_MAX_HEIGHT)
		return ULONG_MAX;
	return (1UL << (height * RADIX_BITS)) - 1;
}

static unsigned int slot_of(unsigned long index, unsigned int height)
{
	return (index >> ((height - 1) * RADIX_BITS)) & (RADIX_SLOTS - 1);
}

static struct radix_tree_node *node_alloc(gfp_t gfp)
{
	return kmem_cache_zalloc(node_cache, gfp);
}

/* Nodes whose only content is their way down to nothing go away. */
static void shrink(struct radix_tree_root *root, unsigned long index)
{
	struct radix_tree_node *path[RADIX_MAX_HEIGHT];
	struct radix_tree_node *n = root->node;
	unsigned int depth = 0;

	for (unsigned int h = root->height; h && n; h--) {
		path[depth++] = n;
		n = n->slots[slot_of(index, h)];
	}
	while (depth && !path[depth - 1]->count) {
		kmem_cache_free(node_cache, path[--depth]);
		if (!depth) {
			root->node = NULL;
			root->height = 0;
			return;
		}
		path[depth - 1]
			->slots[slot_of(index, root->height - depth + 1)] =
			NULL;
		path[depth - 1]->count--;
	}
}

/* Add levels on top until @index fits. */
static int grow(struct radix_tree_root *root, unsigned long index, gfp_t gfp)
{
	if (!root->node) {
		while (index > max_index(root->height))
			root->height++;
		return 0;
	}
	while (index > max_index(root->height)) {
		struct radix_tree_node *top = node_alloc(gfp);

		if (!top)
			return -ENOMEM;
		top->slots[0] = root->node;
		top->count = 1;
		root->node = top;
		root->height++;
	}
	return 0;
}

/**
 * radix_tree_insert - put an item at an index
 * @root: the tree
 * @index: any value
 * @item: not NULL
 * @gfp: for the nodes
 *
 * Context: the caller excludes other users; sleeps as @gfp allows.
 * Return: 0; -EEXIST when the index is taken; -ENOMEM. The tree's items are
 * unchanged on failure, and no node is left that holds nothing.
 */
int radix_tree_insert(struct radix_tree_root *root, unsigned long index,
		      void *item, gfp_t gfp)
{
	struct radix_tree_node *n;
	void **slot = (void **)&root->node;

	if (radix_tree_lookup(root, index))
		return -EEXIST;
	if (grow(root, index, gfp))
		return -ENOMEM;
	n = NULL;
	for (unsigned int h = root->height; h; h--) {
		if (!*slot) {
			struct radix_tree_node *child = node_alloc(gfp);

			if (!child) {
				shrink(root, index);
				if (!root->node)
					root->height = 0;
				return -ENOMEM;
			}
			*slot = child;
			if (n)
				n->count++;
		}
		n = *slot;
		slot = &n->slots[slot_of(index, h)];
	}
	*slot = item;
	if (n)
		n->count++;
	return 0;
}

/**
 * radix_tree_lookup - the item at an index, or NULL
 */
void *radix_tree_lookup(const struct radix_tree_root *root, unsigned long index)
{
	unsigned int shift = root->height * RADIX_BITS;
	struct radix_tree_node *n = root->node;

	if (unlikely(shift < 64 && index >> shift))
		return NULL;
	if (unlikely(!n || !shift))
		return n;
	while (shift -= RADIX_BITS) {
		n = n->slots[(index >> shift) & (RADIX_SLOTS - 1)];
		if (unlikely(!n))
			return NULL;
	}
	return n->slots[index & (RADIX_SLOTS - 1)];
}

/**
 * radix_tree_delete - take an item out
 *
 * Return: the item, or NULL when there was none.
 */
void *radix_tree_delete(struct radix_tree_root *root, unsigned long index)
{
	struct radix_tree_node *n = NULL;
	void **slot = (void **)&root->node;
	void *item;

	if (index > max_index(root->height))
		return NULL;
	for (unsigned int h = root->height; h && *slot; h--) {
		n = *slot;
		slot = &n->slots[slot_of(index, h)];
	}
	item = *slot;
	if (!item)
		return NULL;
	*slot = NULL;
	if (n) {
		n->count--;
		shrink(root, index);
	}
	return item;
}

static void *next_in(struct radix_tree_node *n, unsigned int height,
		     unsigned long base, unsigned long *index)
{
	unsigned int shift = (height - 1) * RADIX_BITS;
	unsigned long s = *index > base ? (*index - base) >> shift : 0;

	for (; s < RADIX_SLOTS; s++) {
		unsigned long start = base + (s << shift);
		void *item = n->slots[s];

		if (start < base)
			return NULL; /* past the last index there is */
		if (item && height > 1)
			item = next_in(item, height - 1, start, index);
		else if (item)
			*index = start;
		if (item)
			return item;
	}
	return NULL;
}

/**
 * radix_tree_next - the first item at or after an index
 * @index: where to start; where the item was found
 *
 * Return: the item, or NULL when there is none.
 */
void *radix_tree_next(const struct radix_tree_root *root, unsigned long *index)
{
	if (!root->node || *index > max_index(root->height))
		return NULL;
	if (!root->height)
		return root->node;
	return next_in(root->node, root->height, 0, index);
}

/**
 * radix_tree_slots - look at many items in one descent
 * @root: the tree
 * @index: the first
 * @n: how many are wanted, > 0; how many the answer is about
 *
 * Context: the caller excludes other users as long as it looks at the slots.
 * Return: the slots of @index, @index + 1 …, each NULL or an item; NULL: all
 * of the *@n are empty.
 */
void **radix_tree_slots(struct radix_tree_root *root, unsigned long index,
			unsigned long *n)
{
	void **slot = (void **)&root->node;
	unsigned long last = index | (RADIX_SLOTS - 1);

	*n = min(*n, last - index + 1);
	if (index > max_index(root->height))
		return NULL;
	if (!root->height) {
		*n = 1;
		return slot;
	}
	for (unsigned int h = root->height; h; h--) {
		if (!*slot)
			return NULL;
		slot = &((struct radix_tree_node *)*slot)
				->slots[slot_of(index, h)];
	}
	return slot;
}

/* SPDX-License-Identifier: MIT */
#ifndef IKOS_RADIX_TREE_H
#define IKOS_RADIX_TREE_H

#include <ikos/gfp.h>
#include <ikos/types.h>

/*
 * A sparse array of pointers, 64 slots a node, as high as its largest index
 * needs. The caller locks.
 */
struct radix_tree_node;
struct radix_tree_root {
	struct radix_tree_node *node; /* height 0: the single item itself */
	unsigned int height;
};

void radix_tree_init(void); /* once: the node cache */
/* 0, -EEXIST, -ENOMEM (then nothing changed). */
int radix_tree_insert(struct radix_tree_root *root, unsigned long index,
		      void *item, gfp_t gfp);
void *radix_tree_lookup(const struct radix_tree_root *root,
			unsigned long index);
void *radix_tree_delete(struct radix_tree_root *root, unsigned long index);
/* The first item at or after *@index; updates *@index; NULL: none. */
void *radix_tree_next(const struct radix_tree_root *root, unsigned long *index);
/* The slots of @index and what follows, side by side: *@n of them, at most as
 * many as it said before. NULL: those *@n indexes hold nothing. */
void **radix_tree_slots(struct radix_tree_root *root, unsigned long index,
			unsigned long *n);

#endif

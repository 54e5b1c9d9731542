/* SPDX-License-Identifier: MIT */
#ifndef IKOS_RBTREE_H
#define IKOS_RBTREE_H

#include <ikos/kernel.h>

/*
 * Red-black tree with optional augmentation: the caller walks down to find the
 * place, links the node there and lets the tree rebalance. The parent pointer
 * and the colour share a word (nodes are at least 4-byte aligned).
 *
 * An augmented tree keeps in every node a value computed from the node and its
 * two subtrees (for a VMA: the largest gap below it). struct
 * rb_augment_callbacks says how to bring it up to date.
 */
struct rb_node {
	unsigned long rb_parent_color;
	struct rb_node *rb_left;
	struct rb_node *rb_right;
};

struct rb_root {
	struct rb_node *rb_node;
};

#define RB_ROOT			    ((struct rb_root){ NULL })
#define rb_entry(ptr, type, member) container_of(ptr, type, member)
#define rb_parent(node)		    ((struct rb_node *)((node)->rb_parent_color & ~3UL))
#define RB_EMPTY_ROOT(root)	    ((root)->rb_node == NULL)

struct rb_augment_callbacks {
	/* Recompute @node's value from itself and its children; true: changed. */
	bool (*compute)(struct rb_node *node);
};

/* Make @node a red leaf at *@link below @parent; then insert its colour. */
static inline void rb_link_node(struct rb_node *node, struct rb_node *parent,
				struct rb_node **link)
{
	node->rb_parent_color = (unsigned long)parent;
	node->rb_left = NULL;
	node->rb_right = NULL;
	*link = node;
}

void rb_insert_color(struct rb_node *node, struct rb_root *root);
void rb_erase(struct rb_node *node, struct rb_root *root);

/* The caller has linked @node and set its own value; ancestors follow here. */
void rb_insert_augmented(struct rb_node *node, struct rb_root *root,
			 const struct rb_augment_callbacks *augment);
/* The same for who has done so for the ancestors, too. */
void rb_insert_balance(struct rb_node *node, struct rb_root *root,
		       const struct rb_augment_callbacks *augment);
void rb_erase_augmented(struct rb_node *node, struct rb_root *root,
			const struct rb_augment_callbacks *augment);
/* @node's own value changed: recompute it and, while that matters, upwards. */
void rb_augment_propagate(struct rb_node *node,
			  const struct rb_augment_callbacks *augment);

struct rb_node *rb_first(const struct rb_root *root);
struct rb_node *rb_last(const struct rb_root *root);
struct rb_node *rb_next(const struct rb_node *node);
struct rb_node *rb_prev(const struct rb_node *node);

/* Verify colours, black heights and parent links: 0, or -1 when broken. */
int rb_check(const struct rb_root *root);

#endif

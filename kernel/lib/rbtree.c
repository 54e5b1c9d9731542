/* SPDX-License-Identifier: MIT */
/*
 * Red-black trees (Cormen et al., Introduction to Algorithms, chapter 13),
 * with an optional value per node computed from its subtree.
 *
 *   R1  a node is red or black, the root is black
 *   R2  a red node has no red child
 *   R3  every way from the root to a missing child meets as many black nodes
 *
 * so the longest way down is at most twice the shortest: with n nodes no more
 * than 2 log2(n + 1) steps.
 *
 * An insertion or removal rotates at most three times. A rotation
 *
 *	    p               c
 *	   / \             / \
 *	  c   Z    <->    X   p
 *	 / \                 / \
 *	X   Y               Y   Z
 *
 * keeps the order and changes the subtrees of p and c only: their values are
 * recomputed, the lower one first. rb_check() verifies R1 to R3.
 */
#include <ikos/rbtree.h>

#define RB_RED	 0UL
#define RB_BLACK 1UL

static bool is_red(const struct rb_node *n)
{
	return n && !(n->rb_parent_color & RB_BLACK);
}

static void set_parent(struct rb_node *n, struct rb_node *parent)
{
	n->rb_parent_color = (unsigned long)parent | (n->rb_parent_color & 3);
}

static void set_color(struct rb_node *n, unsigned long color)
{
	n->rb_parent_color = (n->rb_parent_color & ~3UL) | color;
}

static void compute(struct rb_node *n,
		    const struct rb_augment_callbacks *augment)
{
	if (augment)
		augment->compute(n);
}

/* Where @n hangs: its parent's link to it, or the root. */
static struct rb_node **link_to(struct rb_node *n, struct rb_root *root)
{
	struct rb_node *parent = rb_parent(n);

	if (!parent)
		return &root->rb_node;
	return parent->rb_left == n ? &parent->rb_left : &parent->rb_right;
}

/* Turn @p down to the left: its right child takes its place. */
static void rotate_left(struct rb_node *p, struct rb_root *root,
			const struct rb_augment_callbacks *augment)
{
	struct rb_node *c = p->rb_right;

	*link_to(p, root) = c;
	set_parent(c, rb_parent(p));
	p->rb_right = c->rb_left;
	if (p->rb_right)
		set_parent(p->rb_right, p);
	c->rb_left = p;
	set_parent(p, c);
	compute(p, augment);
	compute(c, augment);
}

static void rotate_right(struct rb_node *p, struct rb_root *root,
			 const struct rb_augment_callbacks *augment)
{
	struct rb_node *c = p->rb_left;

	*link_to(p, root) = c;
	set_parent(c, rb_parent(p));
	p->rb_left = c->rb_right;
	if (p->rb_left)
		set_parent(p->rb_left, p);
	c->rb_right = p;
	set_parent(p, c);
	compute(p, augment);
	compute(c, augment);
}

/* @n is red and may have a red parent: restore R1 and R2 upwards. */
static void insert_fixup(struct rb_node *n, struct rb_root *root,
			 const struct rb_augment_callbacks *augment)
{
	struct rb_node *parent, *grand, *uncle;

	while ((parent = rb_parent(n)) && is_red(parent)) {
		bool left;

		grand = rb_parent(parent); /* exists: a red node is no root */
		left = parent == grand->rb_left;
		uncle = left ? grand->rb_right : grand->rb_left;
		if (is_red(uncle)) {
			set_color(parent, RB_BLACK);
			set_color(uncle, RB_BLACK);
			set_color(grand, RB_RED);
			n = grand;
			continue;
		}
		if (n == (left ? parent->rb_right : parent->rb_left)) {
			/* Inner grandchild: make it an outer one. */
			(left ? rotate_left : rotate_right)(parent, root,
							    augment);
			parent = n;
		}
		set_color(parent, RB_BLACK);
		set_color(grand, RB_RED);
		(left ? rotate_right : rotate_left)(grand, root, augment);
		break;
	}
	set_color(root->rb_node, RB_BLACK);
}

/**
 * rb_augment_propagate - a node's own value changed: carry it upwards
 * @node: where the change is; may be NULL
 * @augment: how to compute a value
 *
 * Stops at the first ancestor whose value stays as it was.
 */
void rb_augment_propagate(struct rb_node *node,
			  const struct rb_augment_callbacks *augment)
{
	while (node && augment->compute(node))
		node = rb_parent(node);
}

/**
 * rb_insert_augmented - balance after rb_link_node() in an augmented tree
 *
 * Context: the caller excludes every other user of the tree.
 */
void rb_insert_augmented(struct rb_node *node, struct rb_root *root,
			 const struct rb_augment_callbacks *augment)
{
	rb_augment_propagate(rb_parent(node), augment);
	insert_fixup(node, root, augment);
}

/**
 * rb_insert_balance - rb_insert_augmented() for who has brought the values of
 * all ancestors up to date
 *
 * Context: the caller excludes every other user of the tree.
 */
void rb_insert_balance(struct rb_node *node, struct rb_root *root,
		       const struct rb_augment_callbacks *augment)
{
	insert_fixup(node, root, augment);
}

/**
 * rb_insert_color - balance after rb_link_node()
 */
void rb_insert_color(struct rb_node *node, struct rb_root *root)
{
	insert_fixup(node, root, NULL);
}

/*
 * The subtree of @n (which may be missing) below @parent is one black short:
 * borrow from the sibling, or pass the lack upwards.
 */
static void erase_fixup(struct rb_node *n, struct rb_node *parent,
			struct rb_root *root,
			const struct rb_augment_callbacks *augment)
{
	while (parent && !is_red(n)) {
		bool left = n == parent->rb_left;
		struct rb_node *s = left ? parent->rb_right : parent->rb_left;
		struct rb_node *inner, *outer;

		if (is_red(s)) {
			set_color(s, RB_BLACK);
			set_color(parent, RB_RED);
			(left ? rotate_left : rotate_right)(parent, root,
							    augment);
			s = left ? parent->rb_right : parent->rb_left;
		}
		inner = left ? s->rb_left : s->rb_right;
		outer = left ? s->rb_right : s->rb_left;
		if (!is_red(inner) && !is_red(outer)) {
			set_color(s, RB_RED);
			n = parent;
			parent = rb_parent(n);
			continue;
		}
		if (!is_red(outer)) {
			set_color(inner, RB_BLACK);
			set_color(s, RB_RED);
			(left ? rotate_right : rotate_left)(s, root, augment);
			outer = s;
			s = inner;
		}
		set_color(s, is_red(parent) ? RB_RED : RB_BLACK);
		set_color(parent, RB_BLACK);
		set_color(outer, RB_BLACK);
		(left ? rotate_left : rotate_right)(parent, root, augment);
		return;
	}
	if (n)
		set_color(n, RB_BLACK);
}

/* Put @next, the node after @n in order, into the place of @n. */
static void take_place(struct rb_node *n, struct rb_node *next,
		       struct rb_root *root)
{
	*link_to(n, root) = next;
	next->rb_parent_color = n->rb_parent_color;
	next->rb_left = n->rb_left;
	set_parent(next->rb_left, next);
	next->rb_right = n->rb_right;
	if (next->rb_right)
		set_parent(next->rb_right, next);
}

/* A node below @node is gone: recompute, at least up to @must (NULL: none),
 * and then as long as something changes. */
static void update_upwards(struct rb_node *node, struct rb_node *must,
			   const struct rb_augment_callbacks *augment)
{
	for (; node; node = rb_parent(node)) {
		bool changed = augment->compute(node);

		if (node == must)
			must = NULL;
		else if (!changed && !must)
			break;
	}
}

static void do_erase(struct rb_node *n, struct rb_root *root,
		     const struct rb_augment_callbacks *augment)
{
	struct rb_node *child, *parent, *next = NULL;
	bool black;

	if (n->rb_left && n->rb_right) {
		/* Two children: the successor leaves its place for n's. */
		next = n->rb_right;
		while (next->rb_left)
			next = next->rb_left;
	}
	struct rb_node *gone = next ? next : n;

	child = gone->rb_left ? gone->rb_left : gone->rb_right;
	parent = rb_parent(gone);
	black = !is_red(gone);
	*link_to(gone, root) = child;
	if (child)
		set_parent(child, parent);
	if (next) {
		if (parent == n)
			parent = next;
		take_place(n, next, root);
	}
	if (augment)
		update_upwards(parent, next, augment);
	if (black)
		erase_fixup(child, parent, root, augment);
}

/**
 * rb_erase - take a node out
 *
 * Context: the caller excludes every other user of the tree.
 */
void rb_erase(struct rb_node *node, struct rb_root *root)
{
	do_erase(node, root, NULL);
}

/**
 * rb_erase_augmented - the same in an augmented tree
 */
void rb_erase_augmented(struct rb_node *node, struct rb_root *root,
			const struct rb_augment_callbacks *augment)
{
	do_erase(node, root, augment);
}

/**
 * rb_first - the lowest node, or NULL
 */
struct rb_node *rb_first(const struct rb_root *root)
{
	struct rb_node *n = root->rb_node;

	while (n && n->rb_left)
		n = n->rb_left;
	return n;
}

/**
 * rb_last - the highest node, or NULL
 */
struct rb_node *rb_last(const struct rb_root *root)
{
	struct rb_node *n = root->rb_node;

	while (n && n->rb_right)
		n = n->rb_right;
	return n;
}

/**
 * rb_next - the next node in order, or NULL
 */
struct rb_node *rb_next(const struct rb_node *node)
{
	struct rb_node *parent;

	if (node->rb_right) {
		node = node->rb_right;
		while (node->rb_left)
			node = node->rb_left;
		return (struct rb_node *)node;
	}
	while ((parent = rb_parent(node)) && node == parent->rb_right)
		node = parent;
	return parent;
}

/**
 * rb_prev - the node before in order, or NULL
 */
struct rb_node *rb_prev(const struct rb_node *node)
{
	struct rb_node *parent;

	if (node->rb_left) {
		node = node->rb_left;
		while (node->rb_right)
			node = node->rb_right;
		return (struct rb_node *)node;
	}
	while ((parent = rb_parent(node)) && node == parent->rb_left)
		node = parent;
	return parent;
}

/* Black height of the subtree, or -1 when R2, R3 or a link is broken. */
static int check_subtree(const struct rb_node *n, const struct rb_node *parent)
{
	int left, right;

	if (!n)
		return 0;
	if (rb_parent(n) != parent || (is_red(n) && is_red(parent)))
		return -1;
	left = check_subtree(n->rb_left, n);
	right = check_subtree(n->rb_right, n);
	if (left < 0 || left != right)
		return -1;
	return left + !is_red(n);
}

/**
 * rb_check - verify the invariants at the head of this file
 *
 * Return: 0, or -1 when one does not hold.
 */
int rb_check(const struct rb_root *root)
{
	if (is_red(root->rb_node))
		return -1;
	return check_subtree(root->rb_node, NULL) < 0 ? -1 : 0;
}

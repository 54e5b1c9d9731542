/* SPDX-License-Identifier: MIT */
/*
 * Which areas map an object: the interval tree of an address_space.
 *
 * Truncating a file must unmap pages from every address space that maps them.
 * Each object therefore keeps the VMAs that map it in a red-black tree
 * (mapping->i_mmap) by the first page that they map, vm_pgoff; every node
 * also knows the last page that any VMA of its subtree maps, which is enough
 * to skip subtrees that end too early.
 *
 *	pages of the file   0  1  2  3  4  5  6  7  8  9
 *	libc's text, PID 7  [=========]                    first 0 last 3
 *	libc's text, PID 9  [=========]                    first 0 last 3
 *	libc's data, PID 7                 [=====]         first 6 last 8
 *
 *	              text 9 [0,3] subtree last 8
 *	             /                           \
 *	  text 7 [0,3] subtree last 3      data 7 [6,8] subtree last 8
 *
 * Who maps pages 5 … 6? At the root, the left subtree ends at 3: skip it; the
 * root ends at 3: no; on the right [6,8] overlaps.
 *
 * Invariants:
 *	I7  a VMA with a file is in the tree of its f_mapping, and there is
 *	    found under its own range
 *
 * Locks: mapping->i_mmap_lock, for reading to search, for writing to change.
 * It nests inside mmap_lock; and while a VMA is in the tree, the page tables
 * under it are not freed (mm/munmap.c unlinks first), so a search may use
 * them without any mmap_lock.
 *
 * Linux keeps the same tree (mm/interval_tree.c). It needs a second one for
 * anonymous pages; here those have no reverse map.
 */
#include "internal.h"

#define area_of(node) rb_entry(node, struct vm_area_struct, shared_rb)

static pgoff_t area_last(const struct vm_area_struct *vma)
{
	return vma->vm_pgoff + vma_pages(vma) - 1;
}

/* What shared_subtree_last of @node should be. */
static pgoff_t subtree_last(const struct rb_node *node)
{
	pgoff_t last = area_last(area_of(node));

	if (node->rb_left)
		last = max(last, area_of(node->rb_left)->shared_subtree_last);
	if (node->rb_right)
		last = max(last, area_of(node->rb_right)->shared_subtree_last);
	return last;
}

static bool last_compute(struct rb_node *node)
{
	struct vm_area_struct *vma = area_of(node);
	pgoff_t last = subtree_last(node);

	if (vma->shared_subtree_last == last)
		return false;
	vma->shared_subtree_last = last;
	return true;
}

static const struct rb_augment_callbacks last_callbacks = {
	.compute = last_compute,
};

/**
 * i_mmap_insert - remember that a VMA maps an object
 * @mapping: the object
 * @vma: an area whose range and vm_pgoff are set
 *
 * Context: @mapping's i_mmap_lock for writing.
 */
void i_mmap_insert(struct address_space *mapping, struct vm_area_struct *vma)
{
	struct rb_node **link = &mapping->i_mmap.rb_node, *parent = NULL;

	while (*link) {
		parent = *link;
		if (vma->vm_pgoff < area_of(parent)->vm_pgoff)
			link = &parent->rb_left;
		else
			link = &parent->rb_right;
	}
	vma->shared_subtree_last = area_last(vma);
	rb_link_node(&vma->shared_rb, parent, link);
	rb_insert_augmented(&vma->shared_rb, &mapping->i_mmap, &last_callbacks);
}

/**
 * i_mmap_remove - forget that a VMA maps an object
 * @mapping: the object
 * @vma: an area in its tree
 *
 * Context: @mapping's i_mmap_lock for writing.
 */
void i_mmap_remove(struct address_space *mapping, struct vm_area_struct *vma)
{
	rb_erase_augmented(&vma->shared_rb, &mapping->i_mmap, &last_callbacks);
}

/* The first node in tree order below @node that overlaps [first, last];
 * @node's subtree ends at or after @first. */
static struct vm_area_struct *subtree_first(struct rb_node *node, pgoff_t first,
					    pgoff_t last)
{
	while (node) {
		struct rb_node *left = node->rb_left;
		struct vm_area_struct *vma = area_of(node);

		if (left && area_of(left)->shared_subtree_last >= first) {
			node = left;
			continue;
		}
		if (vma->vm_pgoff > last)
			return NULL; /* and all to the right begin later */
		if (area_last(vma) >= first)
			return vma;
		node = node->rb_right;
		if (node && area_of(node)->shared_subtree_last < first)
			return NULL;
	}
	return NULL;
}

/**
 * i_mmap_first - the first VMA that maps any page of a range
 * @mapping: the object
 * @first: first page offset
 * @last: last page offset, inclusive
 *
 * Context: @mapping's i_mmap_lock.
 * Return: the VMA or NULL.
 */
struct vm_area_struct *i_mmap_first(struct address_space *mapping,
				    pgoff_t first, pgoff_t last)
{
	struct rb_node *root = mapping->i_mmap.rb_node;

	if (!root || area_of(root)->shared_subtree_last < first)
		return NULL;
	return subtree_first(root, first, last);
}

/**
 * i_mmap_next - the next VMA that maps any page of a range
 * @vma: the one found before
 * @first: first page offset
 * @last: last page offset, inclusive
 *
 * Context: the i_mmap_lock of the object, not released in between.
 * Return: the VMA or NULL.
 */
struct vm_area_struct *i_mmap_next(struct vm_area_struct *vma, pgoff_t first,
				   pgoff_t last)
{
	struct rb_node *node = &vma->shared_rb, *child = node->rb_right;

	if (child && area_of(child)->shared_subtree_last >= first)
		return subtree_first(child, first, last);
	for (child = node; (node = rb_parent(child)); child = node) {
		if (node->rb_right == child)
			continue; /* comes before us */
		vma = area_of(node);
		if (vma->vm_pgoff > last)
			return NULL;
		if (area_last(vma) >= first)
			return vma;
		child = node->rb_right;
		if (child && area_of(child)->shared_subtree_last >= first)
			return subtree_first(child, first, last);
	}
	return NULL;
}

/**
 * i_mmap_check - is a VMA found where it should be (invariant I7)?
 * @mapping: the object that it maps
 * @vma: the area
 *
 * Context: takes i_mmap_lock for reading; may sleep.
 * Return: 0, or -ENOENT when a search does not find it or what it knows of its
 * subtree is wrong.
 */
int i_mmap_check(struct address_space *mapping, struct vm_area_struct *vma)
{
	pgoff_t first = vma->vm_pgoff, last = area_last(vma);
	struct vm_area_struct *found;
	bool ok;

	down_read(&mapping->i_mmap_lock);
	found = i_mmap_first(mapping, first, last);
	while (found && found != vma)
		found = i_mmap_next(found, first, last);
	ok = found && vma->shared_subtree_last == subtree_last(&vma->shared_rb);
	up_read(&mapping->i_mmap_lock);
	return ok ? 0 : -ENOENT;
}

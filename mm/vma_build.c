/* SPDX-License-Identifier: MIT */
/*
 * fork: the areas of a new address space, put into list and tree at once.
 *
 * A child's areas come in order of their addresses, and nobody searches for
 * them before the last is there. So each is only appended to the list, and the
 * tree is built over the finished list: no way down, no rotation, each subtree
 * gap computed once.
 *
 *	list	A -> B -> C -> D -> E -> F
 *
 *	tree	          D		level 0
 *		       /     \
 *		     B         F	level 1
 *		    / \       /
 *		   A   C     E		level 2: not full, so its nodes are red
 *
 * The lower half of the list goes below the left, the upper half below the
 * right. The halves differ by one area at most, and so do theirs: every level
 * but the last is full. With all nodes black but those of a last level that is
 * not full, the tree is a red-black one.
 *
 * Invariants: I2, I3, I4 of mm/vma_tree.c hold after vma_tree_build(); before,
 * only I2 does.
 *
 * Locks: mmap_lock for writing. Whoever finds an area of the child meanwhile,
 * through its object's i_mmap tree, looks at that area alone.
 *
 * Linux links the areas one by one and balances each time.
 */
#include "internal.h"

#define RB_BLACK 1UL

/* What the building of a tree keeps in mind. */
struct build {
	struct vm_area_struct *next; /* the first that is not in the tree */
	unsigned int full; /* levels that are full */
};

/**
 * vma_list_append - put an area behind all others of a new address space
 * @mm: address space that is being copied; vma_tree_build() follows
 * @vma: the area
 * @prev: the last in the list, or NULL
 *
 * Context: mmap_lock for writing.
 */
void vma_list_append(struct mm_struct *mm, struct vm_area_struct *vma,
		     struct vm_area_struct *prev)
{
	mmap_assert_write_locked(mm);
	vma->vm_lock_seq = mm->mm_lock_seq;
	vma->vm_prev = prev;
	vma->vm_next = NULL;
	if (likely(prev)) {
		prev->vm_next = vma;
		vma->vm_gap = unlikely(vma->vm_flags & VM_GROWSDOWN)
				      ? vma_own_gap(vma)
				      : vma->vm_start - prev->vm_end;
	} else {
		mm->mmap = vma;
		vma->vm_gap = vma_own_gap(vma);
	}
	mm->map_count++;
}

static struct vm_area_struct *take_next(struct build *b)
{
	struct vm_area_struct *vma = b->next;

	b->next = vma->vm_next;
	vma->rb_subtree_gap = vma->vm_gap;
	return vma;
}

/* A parent's word: its child hangs below it, and the gaps there count. */
static struct rb_node *hang(struct vm_area_struct *parent,
			    struct vm_area_struct *child)
{
	child->vm_rb.rb_parent_color |= (unsigned long)&parent->vm_rb;
	parent->rb_subtree_gap =
		max(parent->rb_subtree_gap, child->rb_subtree_gap);
	return &child->vm_rb;
}

/* A subtree of the next @n areas, at least one, its top on @level; the caller
 * knows its parent. No deeper than the logarithm of their number. */
static struct vm_area_struct *build_subtree(struct build *b, unsigned long n,
					    unsigned int level)
{
	struct vm_area_struct *left = NULL, *vma;
	unsigned long below = n / 2;

	if (below)
		left = build_subtree(b, below, level + 1);
	vma = take_next(b);
	vma->vm_rb.rb_parent_color = level < b->full ? RB_BLACK : 0;
	vma->vm_rb.rb_left = left ? hang(vma, left) : NULL;
	vma->vm_rb.rb_right = NULL;
	n -= below + 1;
	if (n)
		vma->vm_rb.rb_right = hang(vma, build_subtree(b, n, level + 1));
	return vma;
}

/**
 * vma_tree_build - make the tree of areas that are only in the list
 * @mm: address space whose areas came by vma_list_append()
 *
 * Context: mmap_lock for writing.
 */
void vma_tree_build(struct mm_struct *mm)
{
	unsigned long n = (unsigned long)mm->map_count;
	struct build b = { .next = mm->mmap };

	if (!n)
		return;
	while ((2UL << b.full) - 1 <= n)
		b.full++;
	mm->mm_rb.rb_node = &build_subtree(&b, n, 0)->vm_rb;
}

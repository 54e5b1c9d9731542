/* SPDX-License-Identifier: MIT */
/*
 * Where the areas are: the list, the tree, the gaps.
 *
 * An address space keeps its VMAs twice: in a list by address (mm->mmap,
 * vm_next, vm_prev), for walking, and in a red-black tree by address
 * (mm->mm_rb), for searching. Each tree node also knows the largest gap below
 * any VMA of its subtree, so that a free range is found without walking.
 *
 *	address   0    1    2    3    4    5    6    7    8    9    a
 *	          .    [ A     )[  B )          [  C )     [  D )
 *	own gap        1         0              2          1
 *
 *	                 B [own 0, subtree 2]
 *	               /                     \
 *	     A [own 1, subtree 1]      C [own 2, subtree 2]
 *	                                      \
 *	                                 D [own 1, subtree 1]
 *
 * "Own gap" of a VMA is the free room between the end of its predecessor (or
 * address 0) and its start, less GUARD_GAP below a growing stack: room that
 * the stack may need is not free.
 *
 * A worked example. Looking for 2 pages, top-down, below address a: the first
 * VMA that ends above a is none, so the room above D is looked at: it begins
 * at 9 and holds 1 page, too little. From D downwards the tree is asked for
 * the next lower VMA whose own gap is at least 2: D has 1; D is a right
 * child, so C is next, it has 2. The gap ends at 6 where C begins: the answer
 * is 4. A's subtree was never entered.
 *
 * Invariants (validate_mm reports these numbers):
 *	I2  the list ascends without overlap and vm_prev mirrors vm_next
 *	I3  the tree is a valid red-black tree with the list's VMAs in the
 *	    list's order, and map_count is their number
 *	I4  vm_gap of each VMA is its own gap, rb_subtree_gap the largest of its
 *	    subtree
 *
 * The order of a change. The own gap is kept in the VMA (vm_gap), and subtree
 * gaps are computed from what is kept there. So a change of the tree (link,
 * erase) may come before or after that of a boundary, and whoever has moved a
 * boundary calls vma_gap_update() for the VMA above it.
 *
 * Locks: everything here wants mmap_lock; for writing where it changes
 * something. Changes of the links are made inside vma_lock, too, so that a
 * fault may search the tree with vma_lock alone (mm/vma_lock.c).
 *
 * Linux did it this way up to 6.0 (then came the maple tree). It finds a gap
 * in one loop that carries both limits; here the two gaps that a limit can cut
 * are looked at by hand and the tree is only asked for "the next gap of that
 * size", which makes each step simple to reason about.
 */
#include "internal.h"

#define vma_of(node) rb_entry(node, struct vm_area_struct, vm_rb)

/* Sequence numbers of all address spaces come from one clock: a cache that
 * was filled in one address space never looks valid in another. */
static atomic64_t vmacache_clock;

/**
 * vmacache_invalidate - no task's cached look-up in @mm is valid any more
 * @mm: an address space that a VMA is about to leave, or a new one
 *
 * Context: mmap_lock for writing.
 */
void vmacache_invalidate(struct mm_struct *mm)
{
	mm->vmacache_seqnum = (u64)atomic64_add_return(1, &vmacache_clock);
}

/**
 * find_vma - the first VMA that ends above an address
 * @mm: address space
 * @addr: address, bytes
 *
 * The VMA found need not contain @addr: it may lie wholly above.
 *
 * Context: mmap_lock held, or vma_lock.
 * Return: the VMA, or NULL when none ends above @addr.
 */
struct vm_area_struct *find_vma(struct mm_struct *mm, unsigned long addr)
{
	struct rb_node *node = mm->mm_rb.rb_node;
	struct vm_area_struct *found = NULL;

	while (node) {
		struct vm_area_struct *vma = vma_of(node);

		if (vma->vm_end <= addr) {
			node = node->rb_right;
			continue;
		}
		found = vma;
		if (vma->vm_start <= addr)
			break;
		node = node->rb_left;
	}
	return found;
}

/**
 * find_vma_cached - find_vma() that remembers its last hit
 * @mm: address space
 * @cache: the asking task's cache, or NULL
 * @addr: address, bytes
 *
 * Context: mmap_lock held, or vma_lock; @cache is not shared.
 * Return: as find_vma().
 */
struct vm_area_struct *find_vma_cached(struct mm_struct *mm,
				       struct vmacache *cache,
				       unsigned long addr)
{
	struct vm_area_struct *vma;

	if (!cache)
		return find_vma(mm, addr);
	if (cache->seqnum == mm->vmacache_seqnum) {
		vma = cache->vma;
		if (vma && vma->vm_start <= addr && addr < vma->vm_end)
			return vma;
	}
	vma = find_vma(mm, addr);
	if (vma && vma->vm_start <= addr) {
		cache->vma = vma;
		cache->seqnum = mm->vmacache_seqnum;
	}
	return vma;
}

/**
 * find_vma_prev - find_vma() and the VMA before the one found
 * @mm: address space
 * @addr: address, bytes
 * @prev: gets the last VMA that ends at or below @addr, or NULL
 *
 * Context: mmap_lock held.
 * Return: as find_vma().
 */
struct vm_area_struct *find_vma_prev(struct mm_struct *mm, unsigned long addr,
				     struct vm_area_struct **prev)
{
	struct vm_area_struct *vma = find_vma(mm, addr);
	struct rb_node *last;

	if (vma) {
		*prev = vma->vm_prev;
		return vma;
	}
	last = rb_last(&mm->mm_rb);
	*prev = last ? vma_of(last) : NULL;
	return NULL;
}

/**
 * find_vma_intersection - the first VMA that overlaps a range
 * @mm: address space
 * @start: first byte
 * @end: one past the last byte
 *
 * Context: mmap_lock held.
 * Return: the VMA, or NULL when [@start, @end) is free.
 */
struct vm_area_struct *find_vma_intersection(struct mm_struct *mm,
					     unsigned long start,
					     unsigned long end)
{
	struct vm_area_struct *vma = find_vma(mm, start);

	return vma && vma->vm_start < end ? vma : NULL;
}

/* --- the gaps in the tree -------------------------------------------------- */

/**
 * vm_start_gap - where the room that a VMA may need begins
 * @vma: the area
 *
 * Return: vm_start, less the guard gap when @vma grows downwards.
 */
unsigned long vm_start_gap(const struct vm_area_struct *vma)
{
	if (likely(!(vma->vm_flags & VM_GROWSDOWN)))
		return vma->vm_start;
	return vma->vm_start > GUARD_GAP ? vma->vm_start - GUARD_GAP : 0;
}

/**
 * vma_own_gap - free bytes between a VMA and the one before it
 * @vma: an area in the list
 *
 * Return: bytes; 0 when the guard gap of a stack takes all of it.
 */
unsigned long vma_own_gap(const struct vm_area_struct *vma)
{
	unsigned long from = vma->vm_prev ? vma->vm_prev->vm_end : 0;
	unsigned long to = vm_start_gap(vma);

	return to > from ? to - from : 0;
}

static inline unsigned long subtree_gap(const struct rb_node *node)
{
	return node ? vma_of(node)->rb_subtree_gap : 0;
}

static inline bool gap_compute(struct rb_node *node)
{
	struct vm_area_struct *vma = vma_of(node);
	unsigned long gap = vma->vm_gap;

	gap = max(gap, subtree_gap(node->rb_left));
	gap = max(gap, subtree_gap(node->rb_right));
	if (vma->rb_subtree_gap == gap)
		return false;
	vma->rb_subtree_gap = gap;
	return true;
}

static const struct rb_augment_callbacks gap_callbacks = {
	.compute = gap_compute,
};

/* The own gap of @node is larger than it was: so may those above be, which
 * need no look at the other subtrees for that. */
static void gap_grew(struct rb_node *node, unsigned long gap)
{
	for (; node && vma_of(node)->rb_subtree_gap < gap;
	     node = rb_parent(node))
		vma_of(node)->rb_subtree_gap = gap;
}

/* As rb_augment_propagate(), without a call for each node. */
static void gap_shrank(struct rb_node *node)
{
	while (node && gap_compute(node))
		node = rb_parent(node);
}

/**
 * vma_gap_update - a VMA's own gap changed: bring the tree up to date
 * @vma: an area in the tree whose vm_start or whose predecessor's vm_end
 *	moved; NULL is allowed (the area after the last)
 *
 * Context: mmap_lock for writing.
 */
void vma_gap_update(struct vm_area_struct *vma)
{
	unsigned long gap, old;

	if (!vma)
		return;
	old = vma->vm_gap;
	gap = vma_own_gap(vma);
	vma->vm_gap = gap;
	if (gap > old)
		gap_grew(&vma->vm_rb, gap);
	else if (gap < old)
		gap_shrank(&vma->vm_rb);
}

/* --- linking --------------------------------------------------------------- */

/* The empty leaf between two neighbours in the list: the lower one's right
 * link when that is empty, else the left link of the upper one. */
static void place_between(struct mm_struct *mm, struct vm_area_struct *prev,
			  struct vm_area_struct *next, struct vma_place *place)
{
	place->prev = prev;
	place->parent = NULL;
	if (prev && !prev->vm_rb.rb_right) {
		place->parent = &prev->vm_rb;
		place->link = &prev->vm_rb.rb_right;
	} else if (next) {
		place->parent = &next->vm_rb;
		place->link = &next->vm_rb.rb_left;
	} else {
		place->link = &mm->mm_rb.rb_node;
	}
}

/* Most often the range is in the gap that a search has just found. Whatever
 * has been mapped meanwhile, the neighbours' own words are taken. */
static bool place_in_last_gap(struct mm_struct *mm, unsigned long start,
			      unsigned long end, struct vma_place *place)
{
	struct vm_area_struct *next = mm->gap_above.vma, *prev;

	if (!next || mm->gap_above.seqnum != mm->vmacache_seqnum)
		return false;
	prev = next->vm_prev;
	if (next->vm_start < end || (prev && prev->vm_end > start))
		return false;
	place_between(mm, prev, next, place);
	return true;
}

/**
 * vma_find_place - where a new VMA would be linked
 * @mm: address space
 * @start: first byte of the new area
 * @end: one past its last byte
 * @place: filled in; valid until the tree changes
 *
 * Context: mmap_lock for writing.
 * Return: true, or false when a VMA overlaps [@start, @end).
 */
bool vma_find_place(struct mm_struct *mm, unsigned long start,
		    unsigned long end, struct vma_place *place)
{
	struct rb_node **link = &mm->mm_rb.rb_node;

	if (place_in_last_gap(mm, start, end, place))
		return true;

	place->prev = NULL;
	place->parent = NULL;
	while (*link) {
		struct vm_area_struct *vma = vma_of(*link);

		place->parent = *link;
		if (vma->vm_start >= end) {
			link = &(*link)->rb_left;
		} else if (vma->vm_end <= start) {
			place->prev = vma;
			link = &(*link)->rb_right;
		} else {
			return false;
		}
	}
	place->link = link;
	return true;
}

/*
 * A new leaf below @node has cut the gap of @next in two. @next is above the
 * leaf (in order there is nothing between them), so one way up serves both;
 * it does not end below @next, whose own gap is another now.
 */
static void gap_was_cut(struct rb_node *node, struct vm_area_struct *next)
{
	struct rb_node *must = next ? &next->vm_rb : NULL;

	for (; node; node = rb_parent(node)) {
		bool changed = gap_compute(node);

		if (node == must)
			must = NULL;
		if (!changed && !must)
			break;
	}
}

/**
 * vma_tree_link - put a VMA into list and tree
 * @mm: address space
 * @vma: the area; its range is set and free
 * @place: where, from vma_find_place()
 *
 * Context: mmap_lock for writing.
 */
void vma_tree_link(struct mm_struct *mm, struct vm_area_struct *vma,
		   const struct vma_place *place)
{
	struct vm_area_struct *prev = place->prev;
	struct vm_area_struct *next = prev ? prev->vm_next : mm->mmap;

	/* Faults leave it alone until mmap_lock is released. */
	vma->vm_lock_seq = mm->mm_lock_seq;
	spin_lock(&mm->vma_lock);
	vma->vm_prev = prev;
	vma->vm_next = next;
	vma->vm_gap = vma_own_gap(vma);
	vma->rb_subtree_gap = vma->vm_gap;
	if (prev)
		prev->vm_next = vma;
	else
		mm->mmap = vma;
	if (next) {
		next->vm_prev = vma;
		next->vm_gap = vma_own_gap(next);
	}
	rb_link_node(&vma->vm_rb, place->parent, place->link);
	gap_was_cut(place->parent, next);
	rb_insert_balance(&vma->vm_rb, &mm->mm_rb, &gap_callbacks);
	spin_unlock(&mm->vma_lock);
	mm->map_count++;
}

/**
 * vma_tree_link_after - put a VMA into list and tree behind a known one
 * @mm: address space
 * @vma: the area; it lies above @prev and below what follows
 * @prev: its predecessor-to-be, or NULL when @vma will be the first
 *
 * Context: mmap_lock for writing.
 */
void vma_tree_link_after(struct mm_struct *mm, struct vm_area_struct *vma,
			 struct vm_area_struct *prev)
{
	struct vma_place place;

	place_between(mm, prev, prev ? prev->vm_next : mm->mmap, &place);
	vma_tree_link(mm, vma, &place);
}

/**
 * vma_tree_unlink - take a VMA out of list and tree
 * @mm: address space
 * @vma: an area in it
 *
 * Context: mmap_lock for writing.
 */
void vma_tree_unlink(struct mm_struct *mm, struct vm_area_struct *vma)
{
	struct vm_area_struct *next = vma->vm_next;

	vma_assert_write_locked(vma);
	spin_lock(&mm->vma_lock);
	if (vma->vm_prev)
		vma->vm_prev->vm_next = next;
	else
		mm->mmap = next;
	if (next)
		next->vm_prev = vma->vm_prev;
	/* First: what @vma leaves behind is at least as large as its own gap,
	 * which then is missed by nobody and needs no second way up. */
	vma_gap_update(next);
	rb_erase_augmented(&vma->vm_rb, &mm->mm_rb, &gap_callbacks);
	vmacache_invalidate(mm);
	spin_unlock(&mm->vma_lock);
	mm->map_count--;
}

/* --- searching the gaps ----------------------------------------------------- */

/* The highest VMA of the subtree whose own gap is at least @len; there is one. */
static struct vm_area_struct *highest_gap(struct rb_node *node,
					  unsigned long len)
{
	for (;;) {
		if (subtree_gap(node->rb_right) >= len)
			node = node->rb_right;
		else if (vma_of(node)->vm_gap >= len)
			return vma_of(node);
		else
			node = node->rb_left;
	}
}

/* The lowest VMA of the subtree whose own gap is at least @len; there is one. */
static struct vm_area_struct *lowest_gap(struct rb_node *node,
					 unsigned long len)
{
	for (;;) {
		if (subtree_gap(node->rb_left) >= len)
			node = node->rb_left;
		else if (vma_of(node)->vm_gap >= len)
			return vma_of(node);
		else
			node = node->rb_right;
	}
}

/* The next VMA below @vma whose own gap is at least @len, or NULL. */
static struct vm_area_struct *prev_gap(struct vm_area_struct *vma,
				       unsigned long len)
{
	struct rb_node *node = &vma->vm_rb, *child;

	if (subtree_gap(node->rb_left) >= len)
		return highest_gap(node->rb_left, len);
	for (child = node; (node = rb_parent(child)); child = node) {
		if (node->rb_left == child)
			continue; /* @node lies above us */
		if (vma_of(node)->vm_gap >= len)
			return vma_of(node);
		if (subtree_gap(node->rb_left) >= len)
			return highest_gap(node->rb_left, len);
	}
	return NULL;
}

/* The next VMA above @vma whose own gap is at least @len, or NULL. */
static struct vm_area_struct *next_gap(struct vm_area_struct *vma,
				       unsigned long len)
{
	struct rb_node *node = &vma->vm_rb, *child;

	if (subtree_gap(node->rb_right) >= len)
		return lowest_gap(node->rb_right, len);
	for (child = node; (node = rb_parent(child)); child = node) {
		if (node->rb_right == child)
			continue; /* @node lies below us */
		if (vma_of(node)->vm_gap >= len)
			return vma_of(node);
		if (subtree_gap(node->rb_right) >= len)
			return lowest_gap(node->rb_right, len);
	}
	return NULL;
}

/*
 * A gap [from, to) serves the request when, cut to [low, high), it still holds
 * len bytes. Only the gap that contains a limit can be cut; all others are
 * taken or left whole.
 */
static bool gap_serves(const struct gap_request *req, unsigned long *from,
		       unsigned long *to)
{
	*from = max(*from, req->low);
	*to = min(*to, req->high);
	return *to > *from && *to - *from >= req->len;
}

static bool own_gap_serves(const struct gap_request *req,
			   const struct vm_area_struct *vma,
			   unsigned long *from, unsigned long *to)
{
	*from = vma->vm_prev ? vma->vm_prev->vm_end : 0;
	*to = vm_start_gap(vma);
	return gap_serves(req, from, to);
}

/**
 * vma_gap_topdown - the highest free range of a size
 * @mm: address space
 * @req: length and limits, bytes, page aligned
 *
 * Predicate: the answer is the greatest a with low <= a, a + len <= high and
 * no VMA (nor the guard gap of a stack) in [a, a + len). Gaps above the first
 * VMA that ends above high cannot serve, so the search begins with that VMA's
 * own gap; it goes down by prev_gap() and ends at the first gap that ends
 * below low + len, because all further ones end lower still.
 *
 * Context: mmap_lock held.
 * Return: the address, or -ENOMEM.
 */
unsigned long vma_gap_topdown(struct mm_struct *mm,
			      const struct gap_request *req)
{
	struct vm_area_struct *prev, *vma;
	unsigned long from, to;

	vma = find_vma_prev(mm, req->high, &prev);
	if (!vma) {
		from = prev ? prev->vm_end : 0;
		to = req->high;
		if (gap_serves(req, &from, &to))
			return to - req->len;
		vma = prev;
	}
	for (; vma; vma = prev_gap(vma, req->len)) {
		if (own_gap_serves(req, vma, &from, &to)) {
			vma_remember_gap(mm, vma);
			return to - req->len;
		}
		if (vm_start_gap(vma) < req->low + req->len)
			break;
	}
	return -ENOMEM;
}

/**
 * vma_gap_bottomup - the lowest free range of a size
 * @mm: address space
 * @req: length and limits, bytes, page aligned
 *
 * Predicate: the answer is the least a with low <= a, a + len <= high and
 * no VMA (nor the guard gap of a stack) in [a, a + len). The mirror image of
 * vma_gap_topdown(): it begins with the VMA that ends above low, goes up by
 * next_gap(), ends when a gap begins above high - len, and looks at the room
 * above the last VMA at the end.
 *
 * Context: mmap_lock held.
 * Return: the address, or -ENOMEM.
 */
unsigned long vma_gap_bottomup(struct mm_struct *mm,
			       const struct gap_request *req)
{
	struct vm_area_struct *vma = find_vma(mm, req->low);
	struct rb_node *last = rb_last(&mm->mm_rb);
	unsigned long from, to;

	for (; vma; vma = next_gap(vma, req->len)) {
		if (own_gap_serves(req, vma, &from, &to))
			return from;
		if (from > req->high)
			return -ENOMEM;
	}
	from = last ? vma_of(last)->vm_end : 0;
	to = req->high;
	return gap_serves(req, &from, &to) ? from : (unsigned long)-ENOMEM;
}

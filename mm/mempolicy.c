/* SPDX-License-Identifier: MIT */
/*
 * NUMA policies: of threads, of areas, of shared objects.
 *
 * All memory is on one node, so a policy never changes where a page comes from.
 * It is kept all the same: it can be read back, fork copies it, areas with
 * different ones do not merge, and whoever maps a shared object finds the one
 * that another process gave it.
 *
 *	threads, areas                    policies        by content
 *	vm_policy 2 ──┐
 *	vm_policy 2 ──┼──▶ 2 ──▶ [ bind, node 0          3 refs ]
 *	range     2 ──┘
 *	mempolicy 3 ─────▶ 3 ──▶ [ bind, static, node 0  1 ref  ]
 *
 * Equal policies are one object with a number, so that an area needs 16 bits for
 * it and comparing two is comparing numbers.
 *
 * The policies of a shared object are ranges of its pages, in a tree. A worked
 * example: pages 0 to 8 are bound (2), then pages 3 to 5 interleaved (4):
 *
 *	[0, 8) 2        ──▶        [0, 3) 2    [3, 5) 4    [5, 8) 2
 *
 * Invariants:
 *	I15	an area's vm_policy is 0 or the number of a policy that exists
 *	- no two policies have the same content
 *	- the ranges of an object are not empty and do not overlap
 *
 * Locks: mmap_lock for writing to change an area's; policies_lock for all the
 * rest. It is taken inside mmap_lock, and nothing but memory inside it.
 *
 * Linux keeps an object for each call and compares contents, and has a lock for
 * each object's ranges. Of a mask that it only remembers (MPOL_F_STATIC_NODES,
 * MPOL_F_RELATIVE_NODES) the nodes from 64 on make no difference here.
 *
 * Source: set_mempolicy(2), mbind(2); numa(7).
 */
#include <ikos/mempolicy.h>
#include <ikos/radix_tree.h>
#include <ikos/slab.h>

#include "internal.h"

struct policy {
	struct rb_node rb; /* by_content */
	unsigned long refs;
	u16 id;
	struct mempolicy pol;
};

struct policy_range {
	struct rb_node rb; /* of the object, by first */
	pgoff_t first, end; /* pages */
	u16 id;
};

#define NR_IDS 0x10000

static struct rw_semaphore policies_lock;
static struct rb_root by_content;
static struct radix_tree_root by_id;
static u16 last_id;

#define policy_of(node) rb_entry(node, struct policy, rb)
#define range_of(node)	rb_entry(node, struct policy_range, rb)

/**
 * mpol_init - before the first policy
 *
 * Context: boot, once.
 */
void mpol_init(void)
{
	init_rwsem(&policies_lock);
}

/* --- policies and their numbers --------------------------------------------- */

static int compare(const struct mempolicy *a, const struct mempolicy *b)
{
	if (a->mode != b->mode)
		return a->mode < b->mode ? -1 : 1;
	return a->nodes < b->nodes ? -1 : a->nodes > b->nodes;
}

static struct policy *lookup(u16 id)
{
	return radix_tree_lookup(&by_id, id);
}

/* The policy of that content; NULL: none, it belongs in **link. */
static struct policy *search(const struct mempolicy *pol,
			     struct rb_node **parent, struct rb_node ***link)
{
	*parent = NULL;
	*link = &by_content.rb_node;
	while (**link) {
		int order = compare(pol, &policy_of(**link)->pol);

		if (!order)
			return policy_of(**link);
		*parent = **link;
		*link = order < 0 ? &(*parent)->rb_left : &(*parent)->rb_right;
	}
	return NULL;
}

/* Give @new the next free number, if there is one: 0 or -ENOMEM. */
static int number(struct policy *new)
{
	for (unsigned int tries = 0; tries < NR_IDS; tries++) {
		int err;

		if (!++last_id)
			continue;
		err = radix_tree_insert(&by_id, last_id, new, GFP_KERNEL);
		if (err == -EEXIST)
			continue;
		new->id = last_id;
		return err;
	}
	return -ENOMEM;
}

/**
 * mpol_find - the number of a policy
 * @pol: the policy, checked; MPOL_DEFAULT has the number 0
 *
 * Context: may sleep. Return: the number, with a reference for mpol_put();
 * -ENOMEM: no memory, or no number is left.
 */
int mpol_find(const struct mempolicy *pol)
{
	struct rb_node *parent, **link;
	struct policy *p, *new;
	int ret = 0;

	if (pol->mode == MPOL_DEFAULT)
		return 0;
	new = kmalloc(sizeof(*new), GFP_KERNEL);
	if (!new)
		return -ENOMEM;
	new->pol = *pol;
	new->refs = 0;
	down_write(&policies_lock);
	p = search(pol, &parent, &link);
	if (!p) {
		ret = number(new);
		if (!ret) {
			rb_link_node(&new->rb, parent, link);
			rb_insert_color(&new->rb, &by_content);
			p = new;
			new = NULL;
		}
	}
	if (p) {
		p->refs++;
		ret = p->id;
	}
	up_write(&policies_lock);
	kfree(new);
	return ret;
}

static void get_locked(u16 id)
{
	if (id)
		lookup(id)->refs++;
}

static void put_locked(u16 id)
{
	struct policy *p = id ? lookup(id) : NULL;

	if (!p || --p->refs)
		return;
	rb_erase(&p->rb, &by_content);
	radix_tree_delete(&by_id, id);
	kfree(p);
}

/**
 * __mpol_get - one more reference to a policy
 * @id: its number, to which the caller has one; not 0
 *
 * Context: may sleep.
 */
void __mpol_get(u16 id)
{
	down_write(&policies_lock);
	get_locked(id);
	up_write(&policies_lock);
}

/**
 * __mpol_put - drop a reference to a policy
 * @id: its number, not 0
 *
 * Context: may sleep.
 */
void __mpol_put(u16 id)
{
	down_write(&policies_lock);
	put_locked(id);
	up_write(&policies_lock);
}

static struct mempolicy content(u16 id)
{
	return id ? lookup(id)->pol : (struct mempolicy){ MPOL_DEFAULT, 0 };
}

/**
 * mpol_read - the content of a policy
 * @place: where its number is, with a reference; who changes it stores the new
 *	number before he puts the old one
 *
 * Context: may sleep.
 */
struct mempolicy mpol_read(const u16 *place)
{
	struct mempolicy pol;

	down_read(&policies_lock);
	pol = content(READ_ONCE(*place));
	up_read(&policies_lock);
	return pol;
}

/**
 * mpol_exists - whether a number is that of a policy: I15
 * @id: the number, or 0
 *
 * Context: may sleep.
 */
bool mpol_exists(u16 id)
{
	bool ret;

	down_read(&policies_lock);
	ret = !id || lookup(id);
	up_read(&policies_lock);
	return ret;
}

/* --- shared objects ---------------------------------------------------------- */

/* The object that keeps the policies of an area's pages; NULL: the area does. */
static struct address_space *policy_object(const struct vm_area_struct *vma)
{
	struct address_space *mapping = vma_mapping(vma);

	return mapping && mapping->swapbacked ? mapping : NULL;
}

/* The first range that ends behind page @pgoff, or NULL. */
static struct policy_range *range_from(const struct address_space *mapping,
				       pgoff_t pgoff)
{
	struct rb_node *node = mapping->policies.rb_node;
	struct policy_range *best = NULL;

	while (node) {
		struct policy_range *r = range_of(node);

		if (r->end > pgoff) {
			best = r;
			node = node->rb_left;
		} else {
			node = node->rb_right;
		}
	}
	return best;
}

static void range_insert(struct address_space *mapping,
			 struct policy_range *new)
{
	struct rb_node **link = &mapping->policies.rb_node, *parent = NULL;

	while (*link) {
		parent = *link;
		link = new->first < range_of(parent)->first ? &parent->rb_left
							    : &parent->rb_right;
	}
	rb_link_node(&new->rb, parent, link);
	rb_insert_color(&new->rb, &mapping->policies);
}

static void range_remove(struct address_space *mapping, struct policy_range *r)
{
	rb_erase(&r->rb, &mapping->policies);
	put_locked(r->id);
	kfree(r);
}

/* No policy in [first, end) any more. True: *spare was needed, for what is
 * left of a range on either side. */
static bool clear_ranges(struct address_space *mapping, pgoff_t first,
			 pgoff_t end, struct policy_range *spare)
{
	struct policy_range *r;

	while ((r = range_from(mapping, first)) && r->first < end) {
		if (r->first < first && r->end > end) {
			*spare = (struct policy_range){ .first = end,
							.end = r->end,
							.id = r->id };
			get_locked(r->id);
			r->end = first;
			range_insert(mapping, spare);
			return true;
		}
		if (r->first < first)
			r->end = first;
		else if (r->end > end)
			r->first = end; /* stays where it is in the order */
		else
			range_remove(mapping, r);
	}
	return false;
}

/* What set_shared() may need: the new range, and the rest of an old one. */
struct spare_ranges {
	struct policy_range *new, *rest;
};

static int spare_alloc(struct spare_ranges *spare)
{
	spare->new = kmalloc(sizeof(*spare->new), GFP_KERNEL);
	spare->rest = kmalloc(sizeof(*spare->rest), GFP_KERNEL);
	return spare->new && spare->rest ? 0 : -ENOMEM;
}

static void spare_free(struct spare_ranges *spare)
{
	kfree(spare->new);
	kfree(spare->rest);
}

/* Pages [first, end) of the object get the policy. */
static void set_shared(struct address_space *mapping, pgoff_t first,
		       pgoff_t end, u16 id, struct spare_ranges *spare)
{
	struct policy_range *new = spare->new;

	down_write(&policies_lock);
	if (clear_ranges(mapping, first, end, spare->rest))
		spare->rest = NULL;
	if (id) {
		*new = (struct policy_range){ .first = first,
					      .end = end,
					      .id = id };
		get_locked(id);
		range_insert(mapping, new);
		spare->new = NULL;
	}
	up_write(&policies_lock);
}

/**
 * mpol_free_shared - forget the policies of an object that goes away
 * @mapping: the object
 *
 * Context: nobody else has it; may sleep.
 */
void mpol_free_shared(struct address_space *mapping)
{
	struct rb_node *node;

	if (likely(RB_EMPTY_ROOT(&mapping->policies)))
		return;
	down_write(&policies_lock);
	while ((node = rb_first(&mapping->policies)))
		range_remove(mapping, range_of(node));
	up_write(&policies_lock);
}

/* --- areas --------------------------------------------------------------------- */

/**
 * vma_policy - the policy of a page
 * @vma: the area that it is in
 * @addr: its address, bytes
 *
 * Context: mmap_lock in either mode; may sleep.
 * Return: the policy; MPOL_DEFAULT: neither the object nor the area has one,
 * so the thread's counts.
 */
struct mempolicy vma_policy(struct vm_area_struct *vma, unsigned long addr)
{
	const struct address_space *mapping = policy_object(vma);
	pgoff_t pgoff = linear_page_index(vma, addr);
	const struct policy_range *r;
	u16 id = vma->vm_policy;
	struct mempolicy pol;

	down_read(&policies_lock);
	if (mapping) {
		r = range_from(mapping, pgoff);
		id = r && r->first <= pgoff ? r->id : 0;
	}
	pol = content(id);
	up_read(&policies_lock);
	return pol;
}

/* [start, end) of @vma gets the policy. Returns the area that it is in. */
static struct vm_area_struct *set_policy(struct vm_area_struct *vma,
					 unsigned long start, unsigned long end,
					 u16 id)
{
	struct address_space *mapping = policy_object(vma);
	struct spare_ranges spare = { NULL, NULL };
	u16 old;

	if (mapping && spare_alloc(&spare))
		vma = ERR_PTR(-ENOMEM);
	else
		vma = vma_modify_policy(vma, start, end, id);
	if (IS_ERR(vma))
		goto out;
	if (mapping)
		set_shared(mapping, linear_page_index(vma, start),
			   linear_page_index(vma, end), id, &spare);
	/* Merged, it had it already. */
	old = vma->vm_policy;
	if (old != id) {
		mpol_get(id);
		vma->vm_policy = id;
		mpol_put(old);
	}
out:
	spare_free(&spare);
	return vma;
}

/**
 * vm_set_policy - give all areas in a range a policy: mbind(2)
 * @mm: address space
 * @start: first byte, page aligned
 * @end: end of the range, page aligned; holes are skipped
 * @id: the policy, a reference to which the caller keeps; 0: the default
 *
 * Context: may sleep; takes mmap_lock for writing.
 * Return: 0; -ENOMEM: no memory for more areas, those before have the policy;
 * -EINTR: the caller is being killed; -EINVAL: an area cannot be split.
 */
int vm_set_policy(struct mm_struct *mm, unsigned long start, unsigned long end,
		  u16 id)
{
	struct vm_area_struct *vma;
	int ret = 0;

	if (mmap_write_lock_killable(mm))
		return -EINTR;
	vma = find_vma(mm, start);
	for (; vma && vma->vm_start < end; vma = vma->vm_next) {
		if (vma->vm_policy == id)
			continue;
		vma = set_policy(vma, max(start, vma->vm_start),
				 min(end, vma->vm_end), id);
		if (IS_ERR(vma)) {
			ret = (int)PTR_ERR(vma);
			break;
		}
	}
	debug_validate_mm(mm);
	mmap_write_unlock(mm);
	return ret;
}

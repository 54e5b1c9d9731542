/* SPDX-License-Identifier: MIT */
/*
 * Areas: making, linking, resizing, splitting.
 *
 * A virtual memory area (VMA) is a half-open range of pages with one set of
 * permissions and one backing object. The verbs (mmap, munmap, mprotect …)
 * never edit a VMA by hand: they combine the few steps of this file.
 *
 *	before      0x1000 [ r w  anonymous          ) 0x5000    1 VMA
 *
 *	mprotect(0x2000, 0x1000, PROT_READ):
 *	vma_split at 0x3000, then at 0x2000, then new flags
 *	            0x1000 [ r w ) [ r ) [ r w       ) 0x5000    3 VMAs
 *
 *	mprotect(0x2000, 0x1000, PROT_READ | PROT_WRITE):
 *	vma_merge (mm/vma_merge.c) case 4: the neighbours are as the middle will be
 *	            0x1000 [ r w  anonymous          ) 0x5000    1 VMA
 *
 * Steps that cannot fail (link, unlink, resize, split, merge) take what they
 * need from the caller, who has reserved it before: a verb that fails changed
 * nothing.
 *
 * Invariants (validate_mm reports these numbers):
 *	I1  a VMA is a non-empty, page-aligned range of user space and belongs
 *	    to this mm
 *	I6  vm_page_prot is what vm_flags ask for, and no VM_READ, VM_WRITE or
 *	    VM_EXEC is set without its VM_MAY flag
 *	I7  vm_usage is at least 1; a VMA with a file is in that file's i_mmap
 *	    tree, and the file has a reference for it
 *
 * Locks: mmap_lock for writing throughout. Steps that move a boundary of a
 * file's area take the object's i_mmap_lock inside it. Where a boundary moves
 * between two areas the growing one goes first: a search of the i_mmap tree
 * may then see a page twice, but never miss one.
 */
#include <ikos/fs.h>
#include <ikos/mempolicy.h>
#include <ikos/slab.h>

#include "internal.h"

static struct kmem_cache *vma_cache;

/**
 * vma_init - make the cache of VMAs
 *
 * Context: boot, once.
 */
void vma_init(void)
{
	vma_cache = KMEM_CACHE(vm_area_struct);
}

/**
 * vm_area_alloc - a new, zeroed area
 * @mm: the address space it will belong to
 *
 * Context: may sleep.
 * Return: the area with one reference, in no list; NULL: out of memory.
 */
struct vm_area_struct *vm_area_alloc(struct mm_struct *mm)
{
	struct vm_area_struct *vma = kmem_cache_alloc(vma_cache, GFP_KERNEL);

	if (!vma)
		return NULL;
	*vma = (struct vm_area_struct){ .vm_mm = mm,
					.vm_usage = ATOMIC_INIT(1) };
	return vma;
}

/**
 * vm_area_dup - a copy of an area, in no list
 * @vma: the original
 *
 * The copy holds no reference to the object yet: vma_open_object().
 *
 * Context: may sleep.
 * Return: the copy with one reference; NULL: out of memory.
 */
struct vm_area_struct *vm_area_dup(const struct vm_area_struct *vma)
{
	struct vm_area_struct *new = kmem_cache_alloc(vma_cache, GFP_KERNEL);

	if (new)
		vm_area_copy(new, vma);
	return new;
}

/**
 * vm_area_copy - make a fresh structure a copy of an area, in no list
 * @to: from vm_area_alloc() or vm_area_dup(), not in use
 * @from: the original
 *
 * Context: mmap_lock of @from.
 */
void vm_area_copy(struct vm_area_struct *to, const struct vm_area_struct *from)
{
	*to = *from;
	to->vm_next = NULL;
	to->vm_prev = NULL;
	atomic_set(&to->vm_usage, 1);
}

/**
 * vm_area_put - drop a reference to an area and free it with the last
 * @vma: the area, or NULL
 *
 * Context: any.
 */
void vm_area_put(struct vm_area_struct *vma)
{
	if (vma && atomic_dec_and_test(&vma->vm_usage))
		kmem_cache_free(vma_cache, vma);
}

/**
 * vma_open_object - let an area that was copied hold its object too
 * @vma: a copy, by fork or split
 *
 * Context: may sleep in the object's open.
 */
void vma_open_object(struct vm_area_struct *vma)
{
	if (vma->vm_file)
		get_file(vma->vm_file);
	if (vma->vm_ops) {
		if (vma->vm_ops->open)
			vma->vm_ops->open(vma);
	} else if (unlikely(vma->vm_private_data && !vma->vm_file)) {
		anon_name_open(vma);
	}
	mpol_get(vma->vm_policy);
}

/**
 * vma_close_object - let go of an area's object
 * @vma: an area that goes away
 *
 * Context: may sleep.
 */
void vma_close_object(struct vm_area_struct *vma)
{
	if (vma->vm_ops) {
		if (vma->vm_ops->close)
			vma->vm_ops->close(vma);
	} else if (unlikely(vma->vm_private_data && !vma->vm_file)) {
		anon_name_close(vma);
	}
	mpol_put(vma->vm_policy);
	if (vma->vm_file)
		fput(vma->vm_file);
}

/**
 * vma_mapping - the object whose i_mmap tree an area belongs in
 * @vma: the area
 *
 * Return: the object, or NULL for memory that nothing can truncate.
 */
struct address_space *vma_mapping(const struct vm_area_struct *vma)
{
	return vma->vm_file ? vma->vm_file->f_mapping : NULL;
}

/**
 * vma_set_page_prot - derive vm_page_prot from vm_flags
 * @vma: the area
 *
 * A shared page whose object wants to know of the first write starts
 * read-only, like a private one.
 *
 * Context: mmap_lock for writing.
 */
void vma_set_page_prot(struct vm_area_struct *vma)
{
	vm_flags_t flags = vma->vm_flags;

	if (vma->vm_ops && vma->vm_ops->page_mkwrite)
		flags &= ~VM_SHARED;
	vma->vm_page_prot = protection_map[flags & VM_PROT_MASK];
}

/* --- linking and resizing ---------------------------------------------------- */

static void i_mmap_link(struct vm_area_struct *vma)
{
	struct address_space *mapping = vma_mapping(vma);

	if (!mapping)
		return;
	down_write(&mapping->i_mmap_lock);
	i_mmap_insert(mapping, vma);
	up_write(&mapping->i_mmap_lock);
}

static void i_mmap_unlink(struct vm_area_struct *vma)
{
	struct address_space *mapping = vma_mapping(vma);

	if (!mapping)
		return;
	down_write(&mapping->i_mmap_lock);
	i_mmap_remove(mapping, vma);
	up_write(&mapping->i_mmap_lock);
}

/**
 * vma_link - make a new area part of its address space
 * @mm: address space
 * @vma: the area, complete
 * @place: where, from vma_find_place()
 *
 * Context: mmap_lock for writing.
 */
void vma_link(struct mm_struct *mm, struct vm_area_struct *vma,
	      const struct vma_place *place)
{
	mmap_assert_write_locked(mm);
	vma_tree_link(mm, vma, place);
	i_mmap_link(vma);
}

/**
 * vma_append - vma_link() behind all others, but for the tree
 * @mm: address space that is being copied; vma_tree_build() follows
 * @vma: the area, complete
 * @prev: the last area before it, or NULL
 *
 * Context: mmap_lock for writing.
 */
void vma_append(struct mm_struct *mm, struct vm_area_struct *vma,
		struct vm_area_struct *prev)
{
	vma_list_append(mm, vma, prev);
	i_mmap_link(vma);
}

/**
 * vma_unlink - take an area out of its address space
 * @mm: address space
 * @vma: an area in it; it still holds its object
 *
 * Context: mmap_lock for writing.
 */
void vma_unlink(struct mm_struct *mm, struct vm_area_struct *vma)
{
	mmap_assert_write_locked(mm);
	i_mmap_unlink(vma);
	vma_tree_unlink(mm, vma);
}

/**
 * vma_leave_object - take an area out of its object's i_mmap tree only
 * @vma: an area of an address space that goes as a whole
 *
 * Context: mmap_lock for writing.
 */
void vma_leave_object(struct vm_area_struct *vma)
{
	i_mmap_unlink(vma);
}

/**
 * vma_destroy - let go of an unlinked area and its object
 * @vma: the area
 *
 * Context: may sleep.
 */
void vma_destroy(struct vm_area_struct *vma)
{
	vma_close_object(vma);
	vm_area_put(vma);
}

/**
 * vma_set_range - move the ends of an area
 * @vma: the area; vm_pgoff follows vm_start
 * @start: new first byte
 * @end: new end
 *
 * The gaps around it are the caller's to update.
 *
 * Context: mmap_lock for writing.
 */
void vma_set_range(struct vm_area_struct *vma, unsigned long start,
		   unsigned long end)
{
	struct address_space *mapping = vma_mapping(vma);
	struct mm_struct *mm = vma->vm_mm;

	vma_start_write(vma);
	if (mapping) {
		down_write(&mapping->i_mmap_lock);
		i_mmap_remove(mapping, vma);
	}
	spin_lock(&mm->vma_lock);
	vma->vm_pgoff += (start >> PAGE_SHIFT) - (vma->vm_start >> PAGE_SHIFT);
	vma->vm_start = start;
	vma->vm_end = end;
	spin_unlock(&mm->vma_lock);
	if (mapping) {
		i_mmap_insert(mapping, vma);
		up_write(&mapping->i_mmap_lock);
	}
}

/**
 * vma_resize - move the ends of an area within the free room around it
 * @vma: the area; vm_pgoff follows vm_start
 * @start: new first byte
 * @end: new end
 *
 * Context: mmap_lock for writing.
 */
void vma_resize(struct vm_area_struct *vma, unsigned long start,
		unsigned long end)
{
	mmap_assert_write_locked(vma->vm_mm);
	vma_set_range(vma, start, end);
	vma_gap_update(vma);
	vma_gap_update(vma->vm_next);
}

/* --- split ---------------------------------------------------------------------- */

/**
 * vma_split - cut an area in two
 * @vma: keeps [vm_start, @addr)
 * @addr: page-aligned address inside it
 * @upper: made by vm_area_dup(@vma) before; becomes [@addr, vm_end)
 *
 * The room around does not change, so neither do the gaps, except that the
 * upper half of a stack no longer borders on the room below.
 *
 * Context: mmap_lock for writing. Cannot fail.
 */
void vma_split(struct vm_area_struct *vma, unsigned long addr,
	       struct vm_area_struct *upper)
{
	VM_BUG_ON(addr <= vma->vm_start || addr >= vma->vm_end);
	vma_start_write(vma);
	/* A fault may have come since the copy was made. */
	upper->vm_anon = vma->vm_anon;
	upper->vm_pgoff += (addr - vma->vm_start) >> PAGE_SHIFT;
	upper->vm_start = addr;
	vma_open_object(upper);
	i_mmap_link(upper);
	vma_tree_link_after(vma->vm_mm, upper, vma);
	vma_set_range(vma, vma->vm_start, addr);
}

/* --- changing a part of an area --------------------------------------------------- */

/**
 * vma_may_cut - whether the object of an area lets a part be cut out
 * @vma: the area
 * @start: first byte of the part
 * @end: its end; either may lie outside @vma
 *
 * Context: mmap_lock. Return: 0, or what ->may_split says: -EINVAL.
 */
int vma_may_cut(struct vm_area_struct *vma, unsigned long start,
		unsigned long end)
{
	int ret = 0;

	if (likely(!vma->vm_ops || !vma->vm_ops->may_split))
		return 0;
	if (vma->vm_start < start)
		ret = vma->vm_ops->may_split(vma, start);
	if (!ret && end < vma->vm_end)
		ret = vma->vm_ops->may_split(vma, end);
	return ret;
}

/* Cut [start, end) out of @vma. -ENOMEM: no memory or too many areas; or the
 * object forbids it; nothing changed. */
static int vma_isolate(struct vm_area_struct *vma, unsigned long start,
		       unsigned long end)
{
	bool head = vma->vm_start < start, tail = end < vma->vm_end;
	struct vm_area_struct *mid = NULL, *upper = NULL;
	int ret;

	if (vma->vm_mm->map_count + head + tail > sysctl_max_map_count)
		return -ENOMEM;
	ret = vma_may_cut(vma, start, end);
	if (ret)
		return ret;
	if (head)
		mid = vm_area_dup(vma);
	if (tail)
		upper = vm_area_dup(vma);
	if ((head && !mid) || (tail && !upper)) {
		vm_area_put(mid);
		vm_area_put(upper);
		return -ENOMEM;
	}
	if (tail)
		vma_split(vma, end, upper);
	if (head) {
		mid->vm_end = end;
		vma_split(vma, start, mid);
	}
	return 0;
}

/* The area that [start, end) of @vma is in when it has been merged by these
 * attributes, or else cut out and still to get them. */
static struct vm_area_struct *vma_modify(struct vm_area_struct *vma,
					 unsigned long start, unsigned long end,
					 struct vma_attr *attr, bool *merged)
{
	struct vm_area_struct *res;
	int ret;

	vma_start_write(vma);
	attr->anon = vma->vm_anon; /* faults do not change it any more */
	res = vma_merge(vma->vm_mm, vma->vm_prev, start, end, attr);
	*merged = res != NULL;
	if (res)
		return res;
	ret = vma_isolate(vma, start, end);
	if (ret)
		return ERR_PTR(ret);
	return start == vma->vm_start ? vma : vma->vm_next;
}

/**
 * vma_modify_flags - give a part of an area other flags
 * @vma: the area
 * @start: first byte, inside @vma
 * @end: end, at most vm_end
 * @flags: the new vm_flags of [@start, @end)
 *
 * Merges with neighbours that already have those flags, else splits off what
 * lies outside. vm_page_prot follows; ptes and counters are the caller's.
 *
 * Context: mmap_lock for writing; may sleep.
 * Return: the area that contains the range now; ERR_PTR(-ENOMEM) when there
 * is no memory or no room for more areas, ERR_PTR(-EINVAL) when the object
 * forbids to split it; nothing changed then.
 */
struct vm_area_struct *vma_modify_flags(struct vm_area_struct *vma,
					unsigned long start, unsigned long end,
					vm_flags_t flags)
{
	struct vma_attr attr = vma_attr_of(vma, linear_page_index(vma, start));
	bool merged;

	attr.flags = flags;
	vma = vma_modify(vma, start, end, &attr, &merged);
	if (IS_ERR(vma) || merged)
		return vma;
	vma->vm_flags = flags;
	vma_set_page_prot(vma);
	return vma;
}

/**
 * vma_modify_private - give a part of an area another vm_private_data
 * @vma: the area
 * @start: first byte, inside @vma
 * @end: end, at most vm_end
 * @data: the new one, for comparing with the neighbours'; the caller sets it
 * in the area returned, if it is not there
 *
 * Context: mmap_lock for writing; may sleep.
 * Return: as vma_modify_flags().
 */
struct vm_area_struct *vma_modify_private(struct vm_area_struct *vma,
					  unsigned long start,
					  unsigned long end, void *data)
{
	struct vma_attr attr = vma_attr_of(vma, linear_page_index(vma, start));
	bool merged;

	attr.private_data = data;
	return vma_modify(vma, start, end, &attr, &merged);
}

/**
 * vma_modify_policy - give a part of an area another policy
 * @vma: the area
 * @start: first byte, inside @vma
 * @end: end, at most vm_end
 * @policy: the new one's number, for comparing with the neighbours'; the caller
 * sets it in the area returned, if it is not there
 *
 * Context: mmap_lock for writing; may sleep.
 * Return: as vma_modify_flags().
 */
struct vm_area_struct *vma_modify_policy(struct vm_area_struct *vma,
					 unsigned long start, unsigned long end,
					 u16 policy)
{
	struct vma_attr attr = vma_attr_of(vma, linear_page_index(vma, start));
	bool merged;

	attr.policy = policy;
	return vma_modify(vma, start, end, &attr, &merged);
}

/* SPDX-License-Identifier: MIT */
/*
 * Names of private anonymous areas: prctl(2), PR_SET_VMA_ANON_NAME. They stand
 * in /proc/PID/maps as [anon:name].
 *
 *	prctl "stack"		vma1 ──▶ ┌───────────┐
 *	prctl "stack"		vma2 ──▶ │ "stack" 2 │	one for equal texts
 *				         └───────────┘
 *
 * A name is an area's vm_private_data, which nothing else uses where there is
 * neither a file nor operations. Equal texts are one object, so that areas of
 * equal names merge, and others do not, by the comparison that mm/vma_merge.c
 * makes anyway. Split and fork copy the pointer and count.
 *
 *	I1	an area without vm_file and vm_ops holds one reference to the
 *		name that its vm_private_data points to
 *	I2	no two names in the table have the same text
 *
 * Locks: mmap_lock for writing to change an area's, for reading to look;
 * names_lock, innermost, for the table and the counts.
 *
 * Linux keeps a name of its own for each call and compares texts, and has names
 * of shared anonymous memory, too, which here has a file: EBADF.
 */
#include <ikos/list.h>
#include <ikos/slab.h>
#include <ikos/string.h>

#include "internal.h"

struct anon_name {
	struct list_head list;
	unsigned long refs; /* names_lock */
	char text[];
};

static DEFINE_SPINLOCK(names_lock);
static LIST_HEAD(names);

static struct anon_name *find_name(const char *text)
{
	struct anon_name *name;

	list_for_each_entry (name, &names, list)
		if (!strcmp(name->text, text))
			return name;
	return NULL;
}

/* With a reference; NULL: no memory. */
static struct anon_name *get_name(const char *text)
{
	size_t len = strlen(text) + 1;
	struct anon_name *new = kmalloc(sizeof(*new) + len, GFP_KERNEL), *name;

	if (!new)
		return NULL;
	spin_lock(&names_lock);
	name = find_name(text);
	if (!name) {
		memcpy(new->text, text, len);
		new->refs = 0;
		list_add(&new->list, &names);
		name = new;
		new = NULL;
	}
	name->refs++;
	spin_unlock(&names_lock);
	kfree(new);
	return name;
}

static void put_name(struct anon_name *name)
{
	bool last;

	if (!name)
		return;
	spin_lock(&names_lock);
	last = !--name->refs;
	if (last)
		list_del(&name->list);
	spin_unlock(&names_lock);
	if (last)
		kfree(name);
}

static bool can_have_name(const struct vm_area_struct *vma)
{
	return !vma->vm_file && !vma->vm_ops;
}

/**
 * anon_name_open - an area has been copied, its name too
 * @vma: without a file and operations
 *
 * Context: any.
 */
void anon_name_open(struct vm_area_struct *vma)
{
	struct anon_name *name = vma->vm_private_data;

	spin_lock(&names_lock);
	name->refs++;
	spin_unlock(&names_lock);
}

/**
 * anon_name_close - an area with a name goes
 * @vma: without a file and operations
 *
 * Context: any.
 */
void anon_name_close(struct vm_area_struct *vma)
{
	put_name(vma->vm_private_data);
}

/**
 * vma_anon_name - the name of an area
 * @vma: the area
 *
 * Context: mmap_lock. Return: the text, or NULL: it has none.
 */
const char *vma_anon_name(const struct vm_area_struct *vma)
{
	const struct anon_name *name = vma->vm_private_data;

	return can_have_name(vma) && name ? name->text : NULL;
}

/* Give [start, end) of @*vma the name; @*vma becomes the area it is in. */
static int name_area(struct vm_area_struct **vma, unsigned long start,
		     unsigned long end, struct anon_name *name)
{
	struct vm_area_struct *area;

	if (!can_have_name(*vma))
		return -EBADF;
	if ((*vma)->vm_private_data == name)
		return 0;
	area = vma_modify_private(*vma, start, end, name);
	if (IS_ERR(area))
		return PTR_ERR(area) == -ENOMEM ? -EAGAIN : PTR_ERR(area);
	*vma = area;
	/* Merged, it had it already. */
	if (area->vm_private_data != name) {
		put_name(area->vm_private_data);
		area->vm_private_data = name;
		if (name)
			anon_name_open(area);
	}
	return 0;
}

static int name_range(struct mm_struct *mm, unsigned long start,
		      unsigned long end, struct anon_name *name)
{
	struct vm_area_struct *vma;
	int hole = 0, ret;

	while (start < end) {
		vma = find_vma(mm, start);
		if (!vma || vma->vm_start >= end)
			return -ENOMEM;
		if (vma->vm_start > start) {
			hole = -ENOMEM;
			start = vma->vm_start;
		}
		ret = name_area(&vma, start, min(end, vma->vm_end), name);
		if (ret)
			return ret;
		start = vma->vm_end;
	}
	return hole;
}

/**
 * vma_set_anon_name - PR_SET_VMA_ANON_NAME
 * @mm: address space
 * @start: first byte, page aligned
 * @len: bytes, rounded up to pages
 * @text: the name, checked; NULL: none any more
 *
 * Context: may sleep; takes mmap_lock.
 * Return: 0; -EINVAL: the range; -ENOMEM: not all of it is mapped (the rest
 * has its name), or no memory; -EBADF: an area with an object; -EAGAIN: no
 * memory for the areas; -EINTR: the caller is being killed.
 */
int vma_set_anon_name(struct mm_struct *mm, unsigned long start, size_t len,
		      const char *text)
{
	size_t bytes = PAGE_ALIGN(len);
	struct anon_name *name = NULL;
	int ret;

	if (offset_in_page(start) || (len && !bytes) || start + bytes < start)
		return -EINVAL;
	if (!bytes)
		return 0;
	if (text) {
		name = get_name(text);
		if (!name)
			return -ENOMEM;
	}
	ret = -EINTR;
	if (!mmap_write_lock_killable(mm)) {
		ret = name_range(mm, start, start + bytes, name);
		debug_validate_mm(mm);
		mmap_write_unlock(mm);
	}
	put_name(name);
	return ret;
}

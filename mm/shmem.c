/* SPDX-License-Identifier: MIT */
/*
 * Shared anonymous memory: an object without a file.
 *
 * MAP_SHARED | MAP_ANONYMOUS, and MAP_SHARED of /dev/zero, need memory that
 * outlives fork on both sides, so it cannot hang on the ptes of one address
 * space. It is an address_space of its own, zero-filled on demand, kept alive
 * by the areas that map it.
 *
 *	parent's area ─┐
 *	               ├─▶ struct shmem_object { refs 2, address_space }
 *	child's area ──┘         pages 0 … n-1, made at the first touch
 *
 * A worked example. The parent maps 3 pages and forks: refs is 2. The child
 * writes page 1: ->fault makes the page in the object, mapped in the child
 * only. The parent reads page 1: ->fault finds it. Both exit: the last close
 * drops the object and its pages.
 *
 * The pages are promised when the object is made, for its whole size, and
 * count as shmem. Offsets beyond the size it was made with raise SIGBUS.
 *
 * Locks: refs is atomic; pages are under the address_space's tree_lock. No
 * i_mmap tree: nobody can truncate the object.
 *
 * Linux makes an unlinked tmpfs file called "/dev/zero" for this. The name is
 * kept, for /proc/PID/maps.
 */
#include <ikos/fs.h>
#include <ikos/slab.h>

#include "internal.h"

struct shmem_object {
	atomic_t refs; /* areas */
	unsigned long pages; /* size */
	bool charged; /* promised: not MAP_NORESERVE */
	struct address_space mapping;
};

static struct shmem_object *shmem_of(const struct vm_area_struct *vma)
{
	return vma->vm_private_data;
}

static void shmem_vma_open(struct vm_area_struct *vma)
{
	atomic_inc(&shmem_of(vma)->refs);
}

static void shmem_vma_close(struct vm_area_struct *vma)
{
	struct shmem_object *obj = shmem_of(vma);

	if (!atomic_dec_and_test(&obj->refs))
		return;
	address_space_destroy(&obj->mapping);
	if (obj->charged)
		vm_unacct_memory(obj->pages);
	kfree(obj);
}

static vm_fault_t shmem_vma_fault(struct vm_fault *vmf)
{
	struct shmem_object *obj = shmem_of(vmf->vma);
	struct page *page;

	if (vmf->pgoff >= obj->pages)
		return VM_FAULT_SIGBUS;
	page = find_or_create_page(&obj->mapping, vmf->pgoff, GFP_USER);
	if (IS_ERR(page))
		return VM_FAULT_OOM;
	vmf->page = page;
	return 0;
}

static const char *shmem_vma_name(struct vm_area_struct *vma)
{
	return "/dev/zero (deleted)";
}

static const struct vm_operations_struct shmem_vm_ops = {
	.open = shmem_vma_open,
	.close = shmem_vma_close,
	.fault = shmem_vma_fault,
	.name = shmem_vma_name,
	.mergeable = true,
};

/**
 * shmem_zero_setup - give an area a shared object of its own
 * @vma: a VM_SHARED area, not linked yet; a file it holds is let go
 *
 * Context: mmap_lock for writing; may sleep.
 * Return: 0; -ENOMEM: no memory, or more than can be promised.
 */
int shmem_zero_setup(struct vm_area_struct *vma)
{
	struct shmem_object *obj = kzalloc(sizeof(*obj), GFP_KERNEL);

	if (!obj)
		return -ENOMEM;
	obj->pages = vma->vm_pgoff + vma_pages(vma);
	obj->charged = !(vma->vm_flags & VM_NORESERVE);
	if (obj->charged && mm_enough_memory(vma->vm_mm, obj->pages) < 0) {
		kfree(obj);
		return -ENOMEM;
	}
	atomic_set(&obj->refs, 1);
	address_space_init(&obj->mapping, obj, NULL, true);
	obj->mapping.size = (loff_t)(obj->pages << PAGE_SHIFT);
	if (vma->vm_file)
		fput(vma->vm_file);
	vma->vm_file = NULL;
	vma->vm_ops = &shmem_vm_ops;
	vma->vm_private_data = obj;
	return 0;
}

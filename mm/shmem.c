/* SPDX-License-Identifier: MIT */
/*
 * Shared memory: objects that live only in memory, and what they are promised.
 *
 * Regular files of tmpfs, memfd_create(2) files and shared anonymous memory
 * are the same thing, an address_space whose pages are made of zeroes
 * (mm/filemap.c); they differ in the door that leads to them:
 *
 *	open("/dev/shm/x")  ──▶ inode with a name      ─┐
 *	memfd_create("x")   ──▶ inode, no name         ─┼─▶ address_space ─▶ pages
 *	MAP_SHARED|ANONYMOUS ─▶ the same, no descriptor ─┘
 *
 * MAP_SHARED | MAP_ANONYMOUS, and MAP_SHARED of /dev/zero, need memory that
 * outlives fork on both sides, so it cannot hang on the ptes of one address
 * space. The area gets an open file of its own, without a name, which only
 * mappings hold:
 *
 *	parent's area ─┐
 *	               ├─▶ struct file "/dev/zero (deleted)", f_count 2
 *	child's area ──┘
 *
 * A worked example. The parent maps 3 pages and forks: f_count is 2. The child
 * writes page 1: ->fault makes the page in the object, mapped in the child
 * only. The parent reads page 1: ->fault finds it. Both exit: the last fput()
 * drops the object and its pages.
 *
 * Promises (Committed_AS). What a file in memory may grow to is anybody's
 * guess, so its pages count one by one as they are made. The size of shared
 * anonymous memory is known: all of it is promised when it is mapped, unless
 * MAP_NORESERVE asked for the other way.
 *
 *			promise_pages	promised
 *	tmpfs, memfd	true		0
 *	mapped, 3 pages	false		3
 *	... NORESERVE	true		0
 *
 * The object has the size of the first mapping. Pages beyond, which a larger
 * mapping by mremap(2) or an offset into /dev/zero may reach, give SIGBUS.
 *
 * Locks: promised is under the owner's lock; pages under tree_lock.
 */
#include <ikos/fs.h>

#include "internal.h"

/**
 * mapping_promise - change what an object is promised in advance
 * @mapping: the object
 * @pages: the new figure; 0 when it goes away
 *
 * Context: the owner's lock held.
 * Return: 0; -ENOMEM: more than can be promised, and nothing changed.
 */
int mapping_promise(struct address_space *mapping, unsigned long pages)
{
	unsigned long old = mapping->promised;

	if (pages > old && vm_enough_memory(pages - old) < 0)
		return -ENOMEM;
	if (pages < old)
		vm_unacct_memory(old - pages);
	mapping->promised = pages;
	return 0;
}

/**
 * shmem_zero_setup - give an area a shared object of its own
 * @vma: a VM_SHARED area, not linked yet; a file it holds is let go
 *
 * Context: mmap_lock for writing; may sleep.
 * Return: 0; -ENOMEM: no memory, or more than can be promised, and the area
 * is as it was.
 */
int shmem_zero_setup(struct vm_area_struct *vma)
{
	loff_t size = (loff_t)(vma->vm_end - vma->vm_start);
	struct file *file, *old = vma->vm_file;
	int err;

	file = shmem_file_setup("dev/zero", size, vma->vm_flags & VM_NORESERVE);
	if (IS_ERR(file))
		return (int)PTR_ERR(file);
	err = file->f_op->mmap(file, vma);
	if (err) {
		fput(file);
		return err;
	}
	vma->vm_file = file;
	if (old)
		fput(old);
	return 0;
}

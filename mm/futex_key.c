/* SPDX-License-Identifier: MIT */
/*
 * Which futex an address names, for an operation that others may share.
 *
 * Processes meet at a word of memory that each may have at another address, so
 * the word is known by the object behind it:
 *
 *	process A: 0x7000 ─┐
 *	                   ├─▶ page 3 of the memfd ─▶ (inode, 0x3010)
 *	process B: 0x5000 ─┘   both + 0x10
 *
 *	process A: 0x9010 ───▶ anonymous page ──────▶ (mm of A, 0x9010)
 *
 * What decides is the page that is there, not the area: a private mapping of a
 * file has the file's page until it is written, and an anonymous one after.
 * So the page is made writable first, as the program is about to write it; only
 * who just looks may do with a page that cannot be written.
 *
 *	I1  while a key exists, its object does: it holds a reference on it, so
 *	    that no other object gets the same address and its wake-ups
 *
 * Locks: mmap_lock for reading, twice: to pin the page, then to compare it with
 * its area. In between the area may go or the page be truncated: once more.
 *
 * As on Linux, but that tells objects by a sequence number in place of a
 * reference.
 */
#include <ikos/fs.h>
#include <ikos/futex.h>
#include <ikos/mm_views.h>
#include <ikos/pagemap.h>

#include "internal.h"

/* How often the page may go between the two looks. */
#define MAX_TRIES 64

/* Of what object @page, found at @addr, is. -EAGAIN: look it up again. */
static int key_of_page(struct mm_struct *mm, unsigned long addr,
		       const struct page *page, struct futex_key *key)
{
	const struct vm_area_struct *vma = find_vma(mm, addr);
	const struct address_space *mapping;

	if (!vma || vma->vm_start > addr)
		return -EAGAIN;
	/* The zero page, the kernel's own, a device's. */
	if (!vma->vm_file || !vma->vm_file->f_mapping ||
	    is_zero_pfn(page_to_pfn(page)))
		return -EFAULT;
	mapping = vma->vm_file->f_mapping;
	if (page->mapping != mapping)
		return -EAGAIN;
	if (!mapping->host)
		return -EFAULT;
	*key = (struct futex_key){
		.kind = FUTEX_KEY_INODE,
		.inode = igrab(mapping->host),
		.offset =
			((u64)page->index << PAGE_SHIFT) + offset_in_page(addr),
	};
	return 0;
}

static int key_of_anon(struct mm_struct *mm, unsigned long addr, bool writable,
		       struct futex_key *key)
{
	if (!writable)
		return -EFAULT; /* nobody could ever change it */
	mmgrab(mm);
	*key = (struct futex_key){ .kind = FUTEX_KEY_MM,
				   .mm = mm,
				   .offset = addr };
	return 0;
}

static int try_futex_key(struct mm_struct *mm, unsigned long addr, bool write,
			 struct futex_key *key)
{
	struct page *page = get_user_page(mm, addr, FAULT_FLAG_WRITE);
	bool writable = page;
	int err;

	if (!page && !write)
		page = get_user_page(mm, addr, 0);
	if (!page)
		return -EFAULT;
	if (page_test(page, PG_anon)) {
		err = key_of_anon(mm, addr, writable, key);
	} else {
		mmap_read_lock(mm);
		err = key_of_page(mm, addr, page, key);
		mmap_read_unlock(mm);
	}
	put_page(page);
	return err;
}

/**
 * mm_futex_key - find the object and the place in it that an address names
 * @mm: address space, kept alive by the caller
 * @addr: of the futex, a multiple of 4
 * @write: it must be possible to write there
 * @key: filled in, with a reference to its object
 *
 * Context: may sleep; takes mmap_lock.
 * Return: 0; -EFAULT: nothing is mapped there, it may not be read or with
 * @write not be written, it is device memory or private memory that cannot be
 * written, no memory. Follows futex(2).
 */
int mm_futex_key(struct mm_struct *mm, unsigned long addr, bool write,
		 struct futex_key *key)
{
	int err = -EAGAIN;

	for (int i = 0; i < MAX_TRIES && err == -EAGAIN; i++)
		err = try_futex_key(mm, addr, write, key);
	return err == -EAGAIN ? -EFAULT : err;
}

/* SPDX-License-Identifier: MIT */
/*
 * mincore: which pages are in memory.
 *
 * One byte for each page, bit 0 set when an access would need no disk:
 *
 *	                     pte        object has the page   answer
 *	anonymous, written   present    -                     1
 *	anonymous, not yet   none       -                     0
 *	file, mapped         present    yes                   1
 *	file, not mapped     none       yes                   1
 *	file, never read     none       no                    0
 *	file, preallocated   none       yes, not uptodate     0
 *
 * So for anonymous memory it tells of this address space, for files of the
 * cache that all share. The latter is a secret: who may not write to the file
 * learns nothing and sees ones.
 *
 * Invariants: the answer is a snapshot; it may be old when the caller sees it.
 *
 * Locks: mmap_lock for reading, which keeps the tables; their ptl, since a copy
 * on write clears an entry for a moment. tree_lock of the object.
 *
 * Linux collects a page of answers before it copies them out and so may fail
 * with EAGAIN; the caller of do_mincore() has a small buffer here instead.
 */
#include <ikos/string.h>

#include "internal.h"

/* A plain read of each entry will do: nobody changes them, the CPU sets bits of
 * present ones only. */
static void mincore_table(const pte_t *pte, unsigned long pages,
			  unsigned char *vec)
{
	for (; pages >= 4; pages -= 4, pte += 4, vec += 4) {
		vec[0] |= !pte_none(pte[0]);
		vec[1] |= !pte_none(pte[1]);
		vec[2] |= !pte_none(pte[2]);
		vec[3] |= !pte_none(pte[3]);
	}
	for (; pages; pages--)
		*vec++ |= !pte_none(*pte++);
}

/* The ptes of [addr, end): 1 for each that is present. */
static void mincore_ptes(struct mm_struct *mm, unsigned long addr,
			 unsigned long end, unsigned char *vec)
{
	unsigned long start = addr, next;
	pmd_t *pmd;

	for (; (pmd = next_pmd(mm, &addr, end)); addr = next) {
		struct page *table = pmd_page(pmd_read(pmd));

		next = pmd_addr_end(addr, end);
		if (!READ_ONCE(table->pt_entries))
			continue;
		spin_lock(&table->ptl);
		mincore_table(pte_offset(pmd_read(pmd), addr),
			      (next - addr) >> PAGE_SHIFT,
			      vec + ((addr - start) >> PAGE_SHIFT));
		spin_unlock(&table->ptl);
	}
}

/* The object's pages [first, end): 1 for each that is cached and in use. What
 * fallocate() made does not count before it is written or mapped. */
static void mincore_object(struct address_space *mapping, pgoff_t first,
			   pgoff_t end, unsigned char *vec)
{
	unsigned long index = first;
	const struct page *page;

	spin_lock(&mapping->tree_lock);
	for (; index < end; index++) {
		page = radix_tree_next(&mapping->pages, &index);
		if (!page || index >= end)
			break;
		vec[index - first] = page_test(page, PG_uptodate);
	}
	spin_unlock(&mapping->tree_lock);
}

static void mincore_area(struct vm_area_struct *vma, unsigned long addr,
			 unsigned long end, unsigned char *vec,
			 mincore_filter_t may_see)
{
	struct address_space *mapping = vma_mapping(vma);
	unsigned long pages = (end - addr) >> PAGE_SHIFT;
	pgoff_t first = linear_page_index(vma, addr);

	if (vma->vm_file && !may_see(vma->vm_file)) {
		memset(vec, 1, pages);
		return;
	}
	memset(vec, 0, pages);
	if (mapping)
		mincore_object(mapping, first, first + pages, vec);
	mincore_ptes(vma->vm_mm, addr, end, vec);
}

/**
 * do_mincore - residency of the pages of one area
 * @mm: address space
 * @addr: first byte, page aligned
 * @pages: how many pages are asked for, at least 1
 * @vec: kernel memory, a byte for each
 * @may_see: may the caller know what is cached of this file?
 *
 * Answers as far as the area of @addr reaches; the caller asks again for the
 * rest.
 *
 * Context: may sleep; takes mmap_lock for reading.
 * Return: pages answered; -ENOMEM: @addr is not mapped.
 */
long do_mincore(struct mm_struct *mm, unsigned long addr, unsigned long pages,
		unsigned char *vec, mincore_filter_t may_see)
{
	struct vm_area_struct *vma;
	unsigned long end;
	long ret = -ENOMEM;

	mmap_read_lock(mm);
	vma = find_vma(mm, addr);
	if (vma && vma->vm_start <= addr) {
		end = min(vma->vm_end, addr + (pages << PAGE_SHIFT));
		mincore_area(vma, addr, end, vec, may_see);
		ret = (long)((end - addr) >> PAGE_SHIFT);
	}
	mmap_read_unlock(mm);
	return ret;
}

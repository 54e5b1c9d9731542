/* SPDX-License-Identifier: MIT */
/*
 * The page cache: an object's pages by offset, whoever uses them. Owns struct
 * address_space. A file read by read(2), mapped by two programs and executed
 * by a third has each of its pages in memory once:
 *
 *	address_space				struct page
 *	  pages (radix tree)  0 ──────────────▶ mapping, index 0
 *			      1 ──────────────▶ mapping, index 1 ◀── pte, pte
 *			      5 ──────────────▶ mapping, index 5
 *	  i_mmap (rbtree)     the VMAs that map it: whom truncation must ask
 *
 * A page is filled before it goes into the tree, so whoever finds one may use
 * it at once. Two who miss the same page both fill one; the tree takes the
 * first, the other is dropped.
 *
 * Invariants:
 *   C1  a page in the tree at n has mapping and index n set, and the tree's
 *       reference; a page that was taken out has mapping NULL
 *   C2  nrpages is the number of pages in the tree; the sum over all objects
 *       is nr_file_pages()
 *   C3  the bytes of a cached page beyond the end of the object become zero
 *       before the end moves past them (mm/truncate.c)
 *
 * Locks: tree_lock guards tree and nrpages, a spin lock that nests inside a
 * page table's. Who maps a page looks at page->mapping again under the page
 * table's lock; truncation takes the page out first and unmaps then.
 *
 * Differs from Linux: no page lock is held from the look-up until the pte is
 * set, because pages are filled beforehand and mapping is looked at again; no
 * write-back, since every file lives in memory.
 */
#include <ikos/fs.h>

#include "internal.h"

/**
 * address_space_init - make an empty object
 * @mapping: to be filled
 * @host: the inode, or whatever its a_ops know
 * @a_ops: how pages are filled; NULL, or without readpage: zeroes
 * @swapbacked: count the pages as shared memory
 */
void address_space_init(struct address_space *mapping, void *host,
			const struct address_space_operations *a_ops,
			bool swapbacked)
{
	*mapping = (struct address_space){
		.i_mmap = RB_ROOT,
		.swapbacked = swapbacked,
		.a_ops = a_ops,
		.host = host,
	};
	spin_lock_init(&mapping->tree_lock);
	init_rwsem(&mapping->i_mmap_lock);
}

/**
 * find_get_page - look a page up
 * @mapping: the object
 * @index: offset in pages
 *
 * Context: any but interrupt handlers.
 * Return: the page with a reference, or NULL when it is not cached.
 */
struct page *find_get_page(struct address_space *mapping, pgoff_t index)
{
	struct page *page;

	spin_lock(&mapping->tree_lock);
	page = radix_tree_lookup(&mapping->pages, index);
	if (page)
		get_page(page);
	spin_unlock(&mapping->tree_lock);
	return page;
}

/* A page with what belongs at @index, in no tree yet; ERR_PTR. */
static struct page *make_page(struct address_space *mapping, pgoff_t index,
			      gfp_t gfp)
{
	bool reads = mapping->a_ops && mapping->a_ops->readpage;
	struct page *page = alloc_page(reads ? gfp : gfp | __GFP_ZERO);
	int err = 0;

	if (!page)
		return ERR_PTR(-ENOMEM);
	page->mapping = mapping;
	page->index = index;
	if (mapping->swapbacked)
		page_set(page, PG_swapbacked);
	if (reads) {
		page_set(page, PG_locked);
		err = mapping->a_ops->readpage(mapping, page);
		page_clear(page, PG_locked);
	}
	if (err) {
		page->mapping = NULL;
		put_page(page);
		return ERR_PTR(err);
	}
	page_set(page, PG_uptodate);
	return page;
}

/* Count a page against the file system's limit; false: it is reached. */
static bool quota_charge(struct page_quota *quota)
{
	long used;

	if (!quota)
		return true;
	used = atomic64_add_return(1, &quota->used);
	if (!quota->max || (unsigned long)used <= quota->max)
		return true;
	atomic64_dec(&quota->used);
	return false;
}

static void quota_uncharge(struct page_quota *quota)
{
	if (quota)
		atomic64_dec(&quota->used);
}

/* Put @page into the tree, with a reference of the tree's own. 0, -EEXIST:
 * somebody was faster, -ENOMEM, -ENOSPC: the quota. */
static int add_to_page_cache(struct address_space *mapping, struct page *page)
{
	int err;

	if (!quota_charge(mapping->quota))
		return -ENOSPC;
	spin_lock(&mapping->tree_lock);
	err = radix_tree_insert(&mapping->pages, page->index, page, GFP_ATOMIC);
	if (!err) {
		get_page(page);
		mapping->nrpages++;
		mod_page_state(NR_FILE_PAGES, 1);
		if (mapping->swapbacked)
			mod_page_state(NR_SHMEM, 1);
	}
	spin_unlock(&mapping->tree_lock);
	if (err)
		quota_uncharge(mapping->quota);
	return err;
}

/**
 * page_cache_remove - take a page out of the tree
 * @mapping: the object, its tree_lock held
 * @page: a page of it; the tree's reference becomes the caller's
 *
 * Context: tree_lock.
 */
void page_cache_remove(struct address_space *mapping, struct page *page)
{
	radix_tree_delete(&mapping->pages, page->index);
	WRITE_ONCE(page->mapping, NULL);
	mapping->nrpages--;
	quota_uncharge(mapping->quota);
	mod_page_state(NR_FILE_PAGES, -1);
	if (mapping->swapbacked)
		mod_page_state(NR_SHMEM, -1);
}

/**
 * find_or_create_page - look a page up, make it when it is missing
 * @mapping: the object
 * @index: offset in pages; may lie beyond the object's end, for a write that
 *	is about to extend it
 * @gfp: for the page
 *
 * Context: may sleep when the object's readpage does.
 * Return: the page, filled, with a reference; ERR_PTR(-ENOMEM), or what
 * readpage returned.
 */
struct page *find_or_create_page(struct address_space *mapping, pgoff_t index,
				 gfp_t gfp)
{
	struct page *page;
	int err;

	for (;;) {
		page = find_get_page(mapping, index);
		if (page)
			return page;
		page = make_page(mapping, index, gfp);
		if (IS_ERR(page))
			return page;
		err = add_to_page_cache(mapping, page);
		if (!err)
			return page;
		page->mapping = NULL;
		put_page(page);
		if (err != -EEXIST)
			return ERR_PTR(err);
	}
}

/* --- mapped files ------------------------------------------------------------- */

/* Pages of the object, the last perhaps in part. */
static pgoff_t size_in_pages(const struct address_space *mapping)
{
	return PFN_UP((unsigned long)READ_ONCE(mapping->size));
}

/*
 * vm_ops->fault: the page at vmf->pgoff, from the cache or made. SIGBUS beyond
 * the end of the object (mmap(2)) or when it cannot be read. MAJOR when it had
 * to be read.
 */
static vm_fault_t filemap_fault(struct vm_fault *vmf)
{
	struct address_space *mapping = vmf->vma->vm_file->f_mapping;
	vm_fault_t major = 0;
	struct page *page;

	if (vmf->pgoff >= size_in_pages(mapping))
		return VM_FAULT_SIGBUS;
	page = find_get_page(mapping, vmf->pgoff);
	if (!page) {
		page = find_or_create_page(mapping, vmf->pgoff, GFP_USER);
		if (mapping->a_ops && mapping->a_ops->readpage)
			major = VM_FAULT_MAJOR;
	}
	if (IS_ERR(page))
		return PTR_ERR(page) == -ENOMEM ? VM_FAULT_OOM
						: VM_FAULT_SIGBUS;
	/* It may have become shorter while we slept. */
	if (vmf->pgoff >= size_in_pages(mapping)) {
		put_page(page);
		return VM_FAULT_SIGBUS;
	}
	vmf->page = page;
	return major;
}

/*
 * vm_ops->map_pages: map pages [start, end) as far as they are cached, inside
 * the object and not mapped already. The page table's lock is held.
 */
static vm_fault_t filemap_map_pages(struct vm_fault *vmf, pgoff_t start,
				    pgoff_t end)
{
	struct address_space *mapping = vmf->vma->vm_file->f_mapping;
	unsigned long index = start;
	struct page *page;

	end = min(end, size_in_pages(mapping));
	spin_lock(&mapping->tree_lock);
	for (; index < end; index++) {
		long delta;

		page = radix_tree_next(&mapping->pages, &index);
		if (!page || index >= end)
			break;
		delta = (long)(index - vmf->pgoff);
		if (!pte_none(pte_read(vmf->pte + delta)))
			continue;
		get_page(page);
		do_set_pte(vmf, page, vmf->address + delta * (long)PAGE_SIZE,
			   false);
	}
	spin_unlock(&mapping->tree_lock);
	return 0;
}

/* vm_ops->page_mkwrite: a program is about to write through its mapping. */
static vm_fault_t filemap_page_mkwrite(struct vm_fault *vmf)
{
	if (!page_test(vmf->page, PG_dirty))
		page_set(vmf->page, PG_dirty);
	return 0;
}

const struct vm_operations_struct filemap_vm_ops = {
	.fault = filemap_fault,
	.map_pages = filemap_map_pages,
	.page_mkwrite = filemap_page_mkwrite,
	.mergeable = true,
};

/**
 * generic_file_mmap - ->mmap of every file that has a page cache
 * @file: the file
 * @vma: the area that is being made
 *
 * Return: 0; -ENODEV: nothing of it can be mapped.
 */
int generic_file_mmap(struct file *file, struct vm_area_struct *vma)
{
	if (!file->f_mapping)
		return -ENODEV;
	vma->vm_ops = &filemap_vm_ops;
	return 0;
}

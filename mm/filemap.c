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
 *   C4  a page without PG_uptodate is preallocated: all zeroes, mapped nowhere
 *
 * Locks: tree_lock guards tree and nrpages, a spin lock that nests inside a
 * page table's. Who maps a page looks at page->mapping again under the page
 * table's lock; truncation takes the page out first and unmaps then.
 * A fault puts a new page into the tree only after it has seen, under
 * tree_lock, that the object still reaches there.
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

/* Promise a page and count it against the limits. */
static bool charge_page(struct address_space *mapping)
{
	if (mapping->promise_pages && vm_enough_memory(1) < 0)
		return false;
	if (quota_charge(mapping->quota))
		return true;
	if (mapping->promise_pages)
		vm_unacct_memory(1);
	return false;
}

static void uncharge_pages(struct address_space *mapping, unsigned int n)
{
	if (mapping->promise_pages)
		vm_unacct_memory(n);
	if (mapping->quota)
		atomic64_sub(n, &mapping->quota->used);
}

static void count_pages(const struct address_space *mapping, long n)
{
	mod_page_state(NR_FILE_PAGES, n);
	if (mapping->swapbacked)
		mod_page_state(NR_SHMEM, n);
}

/* Pages of the object, the last perhaps in part. */
static pgoff_t size_in_pages(const struct address_space *mapping)
{
	return PFN_UP((unsigned long)READ_ONCE(mapping->size));
}

/*
 * Put @page into the tree, with a reference of the tree's own. @inside: only
 * when it is not beyond the object's end; truncation sets the size before it
 * takes tree_lock to empty what lies beyond, so under the lock either the size
 * is seen here or the page is seen there. 0; -EEXIST: somebody was faster;
 * -ERANGE: outside; -ENOMEM; -ENOSPC: a limit.
 */
static int add_to_page_cache(struct address_space *mapping, struct page *page,
			     bool inside)
{
	int err = -ERANGE;

	if (!charge_page(mapping))
		return -ENOSPC;
	spin_lock(&mapping->tree_lock);
	if (!inside || page->index < size_in_pages(mapping))
		err = radix_tree_insert(&mapping->pages, page->index, page,
					GFP_ATOMIC);
	if (!err) {
		get_page(page);
		mapping->nrpages++;
	}
	spin_unlock(&mapping->tree_lock);
	if (err)
		uncharge_pages(mapping, 1);
	else
		count_pages(mapping, 1);
	return err;
}

/**
 * page_cache_remove - take a page out of the tree
 * @mapping: the object, its tree_lock held
 * @page: a page of it; the tree's reference becomes the caller's, as does the
 *	duty to call page_cache_removed()
 *
 * Context: tree_lock.
 */
void page_cache_remove(struct address_space *mapping, struct page *page)
{
	radix_tree_delete(&mapping->pages, page->index);
	WRITE_ONCE(page->mapping, NULL);
	mapping->nrpages--;
}

/**
 * page_cache_removed - pages were taken out of the tree
 * @mapping: the object
 * @n: how many
 *
 * Context: any.
 */
void page_cache_removed(struct address_space *mapping, unsigned int n)
{
	uncharge_pages(mapping, n);
	count_pages(mapping, -(long)n);
}

/* make_page() and add_to_page_cache(): a page that nobody has made yet. */
static struct page *create_page(struct address_space *mapping, pgoff_t index,
				gfp_t gfp, bool inside)
{
	struct page *page = make_page(mapping, index, gfp);
	int err;

	if (IS_ERR(page))
		return page;
	err = add_to_page_cache(mapping, page, inside);
	if (!err)
		return page;
	page->mapping = NULL;
	put_page(page);
	return ERR_PTR(err);
}

/**
 * find_or_create_page - look a page up, make it when it is missing
 * @mapping: the object
 * @index: offset in pages; may lie beyond the object's end, for a write that
 *	is about to extend it
 * @gfp: for the page
 *
 * Context: may sleep when the object's readpage does.
 * Return: the page, filled, with a reference; ERR_PTR(-ENOMEM), -ENOSPC: a
 * limit of the file system or of what may be promised; or what readpage
 * returned.
 */
struct page *find_or_create_page(struct address_space *mapping, pgoff_t index,
				 gfp_t gfp)
{
	struct page *page;

	do {
		page = find_get_page(mapping, index);
		if (!page)
			page = create_page(mapping, index, gfp, false);
	} while (IS_ERR(page) && PTR_ERR(page) == -EEXIST);
	return page;
}

/**
 * preallocate_page - have a page that no write can fail for
 * @mapping: the object
 * @index: offset in pages, also beyond the object's end
 *
 * A page that is made here is zeroed but not PG_uptodate: it is no data until
 * somebody writes or maps it, or preallocates it once more: so that, as on Linux,
 * a second call that fails takes back nothing that a first one has promised.
 *
 * Context: may sleep; the owner's lock held.
 * Return: 0; -ENOMEM; -ENOSPC. Source: fallocate(2).
 */
int preallocate_page(struct address_space *mapping, pgoff_t index)
{
	struct page *page = find_get_page(mapping, index);
	int err = 0;

	if (!page) {
		page = make_page(mapping, index, GFP_USER);
		if (IS_ERR(page))
			return (int)PTR_ERR(page);
		page_clear(page, PG_uptodate);
		err = add_to_page_cache(mapping, page, false);
		if (err)
			page->mapping = NULL;
	} else if (!page_test(page, PG_uptodate)) {
		page_set(page, PG_uptodate);
	}
	put_page(page);
	return err == -EEXIST ? 0 : err; /* a fault was faster */
}

/* Whether there is data at @index: a page that is more than preallocated. */
static bool has_data(void **slots, unsigned long i)
{
	struct page *page = slots ? slots[i] : NULL;

	return page && page_test(page, PG_uptodate);
}

/**
 * mapping_seek_data - where data, or a hole, begins
 * @mapping: the object
 * @from: where to start, bytes
 * @data: look for data, else for a hole
 *
 * Context: takes tree_lock.
 * Return: bytes, at least @from; the object's size when there is none before
 * its end. Source: lseek(2).
 */
loff_t mapping_seek_data(struct address_space *mapping, loff_t from, bool data)
{
	pgoff_t index = (unsigned long)from >> PAGE_SHIFT;
	pgoff_t end = size_in_pages(mapping);
	bool found = false;

	spin_lock(&mapping->tree_lock);
	while (index < end && !found) {
		unsigned long n = end - index, i = 0;
		void **slots = radix_tree_slots(&mapping->pages, index, &n);

		while (i < n && has_data(slots, i) != data)
			i++;
		found = i < n;
		index += i;
	}
	spin_unlock(&mapping->tree_lock);
	from = max(from, (loff_t)(index << PAGE_SHIFT));
	return min(from, READ_ONCE(mapping->size));
}

/* --- mapped files ------------------------------------------------------------- */

/* The page at @vmf->pgoff was not cached: make it. */
static vm_fault_t fault_create(struct vm_fault *vmf,
			       struct address_space *mapping)
{
	struct page *page;

	if (vmf->pgoff >= size_in_pages(mapping))
		return VM_FAULT_SIGBUS;
	page = create_page(mapping, vmf->pgoff, GFP_USER, true);
	if (!IS_ERR(page)) {
		vmf->page = page;
		return mapping->a_ops && mapping->a_ops->readpage
			       ? VM_FAULT_MAJOR
			       : 0;
	}
	if (PTR_ERR(page) == -EEXIST)
		return VM_FAULT_NOPAGE; /* the access finds it */
	return PTR_ERR(page) == -ENOMEM ? VM_FAULT_OOM : VM_FAULT_SIGBUS;
}

/**
 * filemap_fault - ->fault of files in the page cache
 * @vmf: the fault; vmf->page is set, with a reference
 *
 * Context: mmap_lock for reading; may sleep.
 * Return: 0; VM_FAULT_MAJOR: the page had to be read; VM_FAULT_SIGBUS: beyond
 * the end of the object, a limit of the file system, or it cannot be read
 * (mmap(2)); VM_FAULT_OOM; VM_FAULT_NOPAGE: repeat the access.
 */
vm_fault_t filemap_fault(struct vm_fault *vmf)
{
	struct address_space *mapping = vmf->vma->vm_file->f_mapping;
	struct page *page = find_get_page(mapping, vmf->pgoff);

	if (!page)
		return fault_create(vmf, mapping);
	/*
	 * Only after the page was found: what truncation takes out after this
	 * look at the size is noticed when the pte is set.
	 */
	if (unlikely(vmf->pgoff >= size_in_pages(mapping))) {
		put_page(page);
		return VM_FAULT_SIGBUS;
	}
	if (unlikely(!page_test(page, PG_uptodate)))
		page_set(page, PG_uptodate); /* preallocated; zeroes */
	vmf->page = page;
	return 0;
}

/* Map pages from @slots to the ptes from @pte on, where those are empty;
 * @young: the slot of the page that was touched. How many. */
static unsigned int map_slots(struct vm_fault *vmf, void **slots, pte_t *pte,
			      unsigned long n, unsigned long young)
{
	pgprot_t prot = vmf->vma->vm_page_prot;
	unsigned int mapped = 0;

	for (unsigned long i = 0; i < n; i++) {
		struct page *page = slots[i];
		pte_t entry;

		if (!page || !pte_none(pte_read(pte + i)) ||
		    !page_test(page, PG_uptodate))
			continue;
		get_page(page);
		page_add_file_rmap(page);
		entry = pfn_pte(page_to_pfn(page), prot);
		set_pte(pte + i, i == young ? pte_mkyoung(entry) : entry);
		mapped++;
	}
	return mapped;
}

/**
 * filemap_map_pages - ->map_pages: map what is cached
 * @vmf: the fault; the page table's lock is held
 * @start: first page offset
 * @end: end, in pages
 *
 * Pages outside of the object and entries in use are left out.
 *
 * Context: the page table's ptl; does not sleep.
 * Return: 0.
 */
vm_fault_t filemap_map_pages(struct vm_fault *vmf, pgoff_t start, pgoff_t end)
{
	struct address_space *mapping = vmf->vma->vm_file->f_mapping;
	unsigned int mapped = 0;
	unsigned long n;

	spin_lock(&mapping->tree_lock);
	end = min(end, size_in_pages(mapping));
	for (; start < end; start += n) {
		pte_t *pte = vmf->pte + ((long)start - (long)vmf->pgoff);
		void **slots;

		n = end - start;
		slots = radix_tree_slots(&mapping->pages, start, &n);
		if (slots)
			mapped += map_slots(vmf, slots, pte, n,
					    vmf->pgoff - start);
	}
	spin_unlock(&mapping->tree_lock);
	if (!mapped)
		return 0;
	vmf->table->pt_entries += mapped;
	mm_counter_add(vmf->vma->vm_mm,
		       mapping->swapbacked ? MM_SHMEMPAGES : MM_FILEPAGES,
		       mapped);
	return 0;
}

/**
 * filemap_page_mkwrite - ->page_mkwrite: a program is about to write through
 * its mapping
 * @vmf: the fault; vmf->page is set
 *
 * Context: mmap_lock for reading.
 * Return: 0.
 */
vm_fault_t filemap_page_mkwrite(struct vm_fault *vmf)
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

/* SPDX-License-Identifier: MIT */
#ifndef IKOS_PAGEMAP_H
#define IKOS_PAGEMAP_H

#include <ikos/mm_types.h>
#include <ikos/radix_tree.h>

/* How many pages the objects of one file system may have together. */
struct page_quota {
	atomic64_t used;
	unsigned long max; /* 0: no limit */
};

/*
 * The page cache: the pages of one object (a regular file, tmpfs, shared
 * memory), by offset in pages, and the VMAs that map it.
 */
struct address_space {
	spinlock_t tree_lock; /* guards pages, nrpages */
	struct radix_tree_root pages; /* pgoff -> struct page */
	unsigned long nrpages;
	struct rw_semaphore i_mmap_lock; /* guards i_mmap */
	struct rb_root i_mmap; /* VMAs, by vm_pgoff */
	/* Size of the object in bytes: faults beyond it give SIGBUS. Written
	 * by the owner (tmpfs) under its own lock. */
	loff_t size;
	bool swapbacked; /* pages count as shmem */
	/* What the object counts for in Committed_AS: either each page from
	 * when it is made, or @promised pages in advance (under the owner's
	 * lock). */
	bool promise_pages;
	unsigned long promised;
	/* > 0: shared mappings that may write, where somebody counts them;
	 * < 0: there must be none (kernel/fs/memfd.c). */
	atomic_t i_mmap_writable;
	struct rb_root policies; /* mbind(2): mm/mempolicy.c */
	struct page_quota *quota; /* charged for each page; NULL: none */
	const struct address_space_operations *a_ops;
	void *host; /* the inode */
};

struct address_space_operations {
	/* Fill @page (locked, index set, in no tree yet): 0 or -errno. May
	 * sleep. NULL: new pages are zeroes (tmpfs). */
	int (*readpage)(struct address_space *mapping, struct page *page);
};

void address_space_init(struct address_space *mapping, void *host,
			const struct address_space_operations *a_ops,
			bool swapbacked);
/* The page with a reference, or NULL when it is not cached. */
struct page *find_get_page(struct address_space *mapping, pgoff_t index);
/* The same, made (zeroed or read in) when missing; ERR_PTR of -ENOMEM, -ENOSPC
 * (the quota) or what readpage() says. */
struct page *find_or_create_page(struct address_space *mapping, pgoff_t index,
				 gfp_t gfp);
/* Have a zeroed page at @index that does not count as data yet: fallocate(2).
 * 0, -ENOMEM, -ENOSPC. */
int preallocate_page(struct address_space *mapping, pgoff_t index);
/* The first byte at or after @from that is data, or that is not: lseek(2).
 * Bytes, at most the object's size. */
loff_t mapping_seek_data(struct address_space *mapping, loff_t from, bool data);
/* Change what the object is promised in advance: 0 or -ENOMEM. */
int mapping_promise(struct address_space *mapping, unsigned long pages);
/* Drop pages [start, end) from the cache and from all who map them. */
void truncate_pages(struct address_space *mapping, pgoff_t start, pgoff_t end);
/* Drop those of [start, end) that were preallocated and not used since. */
void truncate_preallocated(struct address_space *mapping, pgoff_t start,
			   pgoff_t end);
/* Make the bytes [from, to) a hole; private copies of them stay. */
void truncate_hole(struct address_space *mapping, loff_t from, loff_t to);
/* Zero the bytes from @from to the end of its page. */
void truncate_partial_page(struct address_space *mapping, loff_t from);
/* Set the size; on shrinking unmap and drop what lies beyond, zero the tail. */
void truncate_setsize(struct address_space *mapping, loff_t size);
/* Drop everything; no VMA maps it any more. */
void address_space_destroy(struct address_space *mapping);

/* What vm_ops of files in the page cache are made of. */
vm_fault_t filemap_fault(struct vm_fault *vmf);
vm_fault_t filemap_map_pages(struct vm_fault *vmf, pgoff_t start, pgoff_t end);
vm_fault_t filemap_page_mkwrite(struct vm_fault *vmf);
/* vm_ops of ordinary files, and the ->mmap that sets them. */
extern const struct vm_operations_struct filemap_vm_ops;
int generic_file_mmap(struct file *file, struct vm_area_struct *vma);

#endif

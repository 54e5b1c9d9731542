/* SPDX-License-Identifier: MIT */
#ifndef IKOS_PAGE_H
#define IKOS_PAGE_H

#include <ikos/bug.h>
#include <ikos/gfp.h>
#include <ikos/mm_types.h>
#include <ikos/percpu.h>

/* Bits of page->flags. */
enum page_flags {
	PG_reserved, /* never handed out: firmware, kernel image, zero page */
	PG_buddy, /* head of a free block */
	PG_pcp, /* free, on a per-CPU list */
	PG_slab,
	PG_table, /* page table */
	PG_anon, /* anonymous user memory */
	PG_swapbacked, /* tmpfs and shared memory: counted as shmem */
	PG_dirty,
	PG_uptodate,
	PG_locked,
	PG_referenced,
	PG_kernel, /* kernel data outside the slab */
	PG_poisoned, /* free, contents overwritten: debug builds */
	PG_lazyfree, /* anonymous, given up: MADV_FREE, mm/reclaim.c */
};

static inline bool page_test(const struct page *page, enum page_flags bit)
{
	return __atomic_load_n(&page->flags, __ATOMIC_RELAXED) & (1u << bit);
}

static inline void page_set(struct page *page, enum page_flags bit)
{
	__atomic_fetch_or(&page->flags, 1u << bit, __ATOMIC_RELAXED);
}

static inline void page_clear(struct page *page, enum page_flags bit)
{
	__atomic_fetch_and(&page->flags, ~(1u << bit), __ATOMIC_RELAXED);
}

/* Whether it was set before. */
static inline bool page_test_and_set(struct page *page, enum page_flags bit)
{
	return __atomic_fetch_or(&page->flags, 1u << bit, __ATOMIC_RELAXED) &
	       (1u << bit);
}

static inline bool page_test_and_clear(struct page *page, enum page_flags bit)
{
	return __atomic_fetch_and(&page->flags, ~(1u << bit),
				  __ATOMIC_RELAXED) &
	       (1u << bit);
}

/* The array of all page structures and the frames that it covers. */
extern struct page *mem_map;
extern unsigned long max_pfn; /* one past the last frame */

static inline bool pfn_valid(unsigned long pfn)
{
	return pfn < max_pfn;
}
static inline struct page *pfn_to_page(unsigned long pfn)
{
	return mem_map + pfn;
}
static inline unsigned long page_to_pfn(const struct page *page)
{
	return (unsigned long)(page - mem_map);
}
static inline phys_addr_t page_to_phys(const struct page *page)
{
	return PFN_PHYS(page_to_pfn(page));
}
static inline void *page_address(const struct page *page)
{
	return __va(page_to_phys(page));
}
static inline struct page *virt_to_page(const void *addr)
{
	return pfn_to_page(PFN_DOWN(__pa(addr)));
}

#define MAX_ORDER 11 /* orders 0 … 10: 4 KiB … 4 MiB */

/*
 * 2^order frames, physically contiguous and so aligned, refcount 1; NULL when
 * there are none. Contents are undefined unless __GFP_ZERO.
 */
struct page *alloc_pages(gfp_t gfp, unsigned int order) __must_check;
void __free_pages(struct page *page, unsigned int order);

static inline struct page *alloc_page(gfp_t gfp)
{
	return alloc_pages(gfp, 0);
}

static inline int page_count(const struct page *page)
{
	return atomic_read(&page->_refcount);
}
static inline int page_mapcount(const struct page *page)
{
	return atomic_read(&page->_mapcount);
}
static inline void get_page(struct page *page)
{
	VM_BUG_ON(page_count(page) <= 0);
	atomic_inc(&page->_refcount);
}

/* Free an order-0 page whose last reference has gone. */
void free_page_last_ref(struct page *page);
/* put_page() of every one of @pages. */
void release_pages(struct page **pages, unsigned int nr);

static inline void put_page(struct page *page)
{
	VM_BUG_ON(page_count(page) <= 0);
	if (atomic_dec_and_test(&page->_refcount))
		free_page_last_ref(page);
}

/* By address in the direct map; 0 when out of memory. */
unsigned long get_zeroed_page(gfp_t gfp) __must_check;
void free_page(unsigned long addr);

/* The page of zeroes that anonymous reads share; never freed or counted. */
extern struct page *zero_page;
static inline bool is_zero_pfn(unsigned long pfn)
{
	return pfn == page_to_pfn(zero_page);
}

/*
 * What pages are in use for. Each CPU counts what it did itself, so one CPU's
 * figure may be negative; the sum over all is right. Any context.
 */
enum page_state_item {
	NR_FILE_PAGES, /* page cache, shmem included */
	NR_SHMEM,
	NR_PAGE_STATES
};

struct page_state {
	long v[NR_PAGE_STATES];
};
DECLARE_PER_CPU(struct page_state, page_states);

static inline void mod_page_state(enum page_state_item item, long delta)
{
	__atomic_fetch_add(&this_cpu_ptr(&page_states)->v[item], delta,
			   __ATOMIC_RELAXED);
}

/* Figures for /proc/meminfo and leak checks, in pages. */
unsigned long nr_free_pages(void); /* per-CPU lists included */
unsigned long totalram_pages(void);
unsigned long nr_pagetable_pages(void);
unsigned long nr_anon_pages(void);
unsigned long nr_lazyfree_pages(void); /* of them, given up by MADV_FREE */
unsigned long nr_file_pages(void); /* page cache, shmem included */
unsigned long nr_shmem_pages(void);
unsigned long nr_mapped_pages(void); /* page cache pages with a pte */
void drain_local_pages(void); /* this CPU's lists back to the buddy lists */
/* The reserve: GFP_USER leaves all of it, GFP_KERNEL half, GFP_ATOMIC none. */
unsigned long min_free_pages(void);

/* Build the buddy lists from what memblock has left over. */
void page_alloc_init(void);
/* Hand pages [start, end), reserved until now, to the allocator. */
void free_reserved_range(unsigned long start_pfn, unsigned long end_pfn);
/* Check the free lists against the page array; panics on a difference. */
void page_alloc_validate(void);

#endif

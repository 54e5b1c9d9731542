/* SPDX-License-Identifier: MIT */
/*
 * The page allocator: what everybody calls to get and to drop pages. Owns the
 * lists of single pages that each CPU keeps, and struct page while a page
 * changes hands.
 *
 *	alloc_page ──▶ CPU's stack ──▶ (empty) a batch from the buddy lists
 *	put_page   ──▶ CPU's stack ──▶ (full)  the oldest half back to them
 *	alloc_pages, order > 0 ──────────────▶ the buddy lists (mm/buddy.c)
 *
 * Single pages are nearly all that is ever asked for. They come from and go to
 * the CPU's own stack of up to PCP_MAX pages, without a lock; the page freed
 * last, which the cache still knows, is handed out first. A worked example:
 * the first touch of a page after boot finds the stack empty; 64 pages are
 * taken from the buddy lists, in one block if there is one. The next 63
 * touches pop one each, with ascending addresses.
 *
 * Invariants, checked by page_alloc_validate():
 *   P5  the pages on the CPUs' stacks, and no others, have PG_pcp, no other
 *       flag but PG_poisoned, and reference count 0
 *
 * Locks: a CPU's stack is its own and needs only interrupts off, since
 * handlers allocate too. Who finds no page anywhere has every CPU give its own
 * back, by an interrupt, before he gives up.
 *
 * Differs from Linux: the per-CPU list is an array, so that popping a page
 * touches nothing of it but what is set anyway. What finds no page has some
 * reclaimed that programs have given up (mm/reclaim.c), and fails when there
 * are none; nothing runs in the background.
 */
#include <ikos/mm.h>
#include <ikos/slab.h>
#include <ikos/smp.h>
#include <ikos/string.h>

#include "internal.h"

#define PCP_MAX	  128u
#define PCP_BATCH 64u

/* So many pages are reclaimed at a time: 4 MiB. */
#define RECLAIM_BATCH 1024u

/* So many pages are freed before interrupts may come again. */
#define RELEASE_BATCH 32u

struct per_cpu_pages {
	unsigned int count;
	struct page *pages[PCP_MAX];
};
static DEFINE_PER_CPU(struct per_cpu_pages, pcp_lists);

DEFINE_PER_CPU(struct page_state, page_states);

/* Who frees a page must have taken these back. */
#define FLAGS_OWNED                                                            \
	(PAGE_FLAG(PG_reserved) | PAGE_FLAG(PG_buddy) | PAGE_FLAG(PG_pcp) |    \
	 PAGE_FLAG(PG_slab) | PAGE_FLAG(PG_table) | PAGE_FLAG(PG_locked))

/* --- the CPU's own pages; interrupts off -------------------------------------- */

/* False: there is no page for this kind of allocation. */
static noinline bool pcp_refill(struct per_cpu_pages *pcp, gfp_t gfp)
{
	pcp->count = buddy_take_pages(pcp->pages, PCP_BATCH, gfp);
	return pcp->count;
}

/* Give the @n pages that have been here longest back to the buddy lists. */
static noinline void pcp_drain(struct per_cpu_pages *pcp, unsigned int n)
{
	buddy_give_pages(pcp->pages, n);
	pcp->count -= n;
	memmove(pcp->pages, pcp->pages + n, pcp->count * sizeof(*pcp->pages));
}

static struct page *pcp_alloc(gfp_t gfp)
{
	struct per_cpu_pages *pcp;
	struct page *page = NULL;
	unsigned long flags;

	local_irq_save(flags);
	pcp = this_cpu_ptr(&pcp_lists);
	if (likely(pcp->count) || pcp_refill(pcp, gfp))
		page = pcp->pages[--pcp->count];
	local_irq_restore(flags);
	return page;
}

static inline void pcp_push(struct per_cpu_pages *pcp, struct page *page)
{
	page->flags =
		(page->flags & PAGE_FLAG(PG_poisoned)) | PAGE_FLAG(PG_pcp);
	if (unlikely(pcp->count == PCP_MAX))
		pcp_drain(pcp, PCP_BATCH);
	pcp->pages[pcp->count++] = page;
}

static void pcp_free(struct page *page)
{
	unsigned long flags;

	local_irq_save(flags);
	pcp_push(this_cpu_ptr(&pcp_lists), page);
	local_irq_restore(flags);
}

/* --- allocation --------------------------------------------------------------- */

static void prepare_page(struct page *page)
{
	page->flags = 0;
	atomic_set(&page->_refcount, 1);
	atomic_set(&page->_mapcount, 0);
	page->private = 0;
	page->mapping = NULL;
	page->index = 0;
}

/* The block's first page counts for all; the others are at zero. */
static void prepare_block(struct page *page, unsigned int order, gfp_t gfp)
{
	unpoison_pages(page, 1UL << order);
	for (unsigned long i = 0; i < 1UL << order; i++) {
		prepare_page(page + i);
		if (i)
			atomic_set(&page[i]._refcount, 0);
		if (gfp & __GFP_ZERO)
			clear_page(page_address(page + i));
	}
}

static void drain_cpu(void *unused)
{
	drain_local_pages();
}

/* Whether the caller may wait, for other CPUs or for pages. */
static bool may_reclaim(gfp_t gfp)
{
	return !(gfp & GFP_ATOMIC) && !irqs_disabled();
}

/* What CPUs have parked may be what is missing. Other CPUs are asked only by who
 * may wait for their answer. */
static void drain_for(gfp_t gfp)
{
	if (may_reclaim(gfp))
		on_each_cpu(drain_cpu, NULL);
	else
		drain_local_pages();
}

/* Several pages in a row. */
static noinline struct page *alloc_block(gfp_t gfp, unsigned int order)
{
	struct page *page;

	if (order >= MAX_ORDER)
		return NULL;
	page = buddy_take(gfp, order);
	if (!page) {
		drain_for(gfp);
		page = buddy_take(gfp, order);
	}
	if (!page && may_reclaim(gfp) && reclaim_pages(RECLAIM_BATCH)) {
		drain_for(gfp);
		page = buddy_take(gfp, order);
	}
	if (page)
		prepare_block(page, order, gfp);
	return page;
}

/* A single page, when there seems to be none. */
static noinline struct page *alloc_after_drain(gfp_t gfp)
{
	struct page *page = NULL;

	if (nr_cpus_online > 1) {
		drain_for(gfp);
		page = pcp_alloc(gfp);
	}
	if (!page && may_reclaim(gfp) && reclaim_pages(RECLAIM_BATCH))
		page = pcp_alloc(gfp);
	return page;
}

/**
 * alloc_pages - get 2^order frames
 * @gfp: GFP_KERNEL, GFP_USER or GFP_ATOMIC, how deep it may go into the
 *	reserve; __GFP_ZERO to have them zeroed
 * @order: 0 … MAX_ORDER - 1
 *
 * The frames are contiguous and aligned to their size. The first page's
 * reference count is 1 and it stands for all. Flags, mapcount, private and
 * mapping are clear.
 * Context: any, interrupt handlers with GFP_ATOMIC.
 * Return: the first page, or NULL.
 */
struct page *alloc_pages(gfp_t gfp, unsigned int order)
{
	struct page *page;

	if (should_fail_alloc(gfp))
		return NULL;
	if (unlikely(order))
		return alloc_block(gfp, order);
	page = pcp_alloc(gfp);
	if (unlikely(!page))
		page = alloc_after_drain(gfp);
	if (unlikely(!page))
		return NULL;
	unpoison_pages(page, 1);
	prepare_page(page);
	if (gfp & __GFP_ZERO)
		clear_page(page_address(page));
	return page;
}

/* --- freeing ------------------------------------------------------------------ */

static void __cold bad_free(struct page *page)
{
	unsigned long pa = page_to_phys(page);

	if (page->flags & (PAGE_FLAG(PG_buddy) | PAGE_FLAG(PG_pcp)))
		panic("The page %#lx was freed twice", pa);
	if (page_count(page))
		panic("The page %#lx was freed with reference count %d", pa,
		      page_count(page));
	if (page_mapcount(page))
		panic("The page %#lx was freed while %d ptes map it", pa,
		      page_mapcount(page));
	panic("The page %#lx was freed with flags %#x: it still has an owner",
	      pa, page->flags);
}

static inline void check_free(struct page *page)
{
	if (unlikely((page->flags & FLAGS_OWNED) | page_count(page) |
		     page_mapcount(page)))
		bad_free(page);
}

/**
 * free_page_last_ref - free a single page whose reference count is 0
 * @page: the page; panics when it has an owner still
 *
 * Context: any.
 */
void free_page_last_ref(struct page *page)
{
	check_free(page);
	poison_pages(page, 1);
	pcp_free(page);
}

static noinline void free_whole_block(struct page *page, unsigned int order)
{
	for (unsigned long i = 0; i < 1UL << order; i++) {
		check_free(page + i);
		page[i].flags = 0;
	}
	poison_pages(page, 1UL << order);
	buddy_give(page, order);
}

/**
 * __free_pages - drop a reference to 2^order frames, free them with the last
 * @page: what alloc_pages() returned
 * @order: what it was called with
 *
 * Context: any.
 */
void __free_pages(struct page *page, unsigned int order)
{
	if (unlikely(page_count(page) <= 0))
		bad_free(page);
	if (!atomic_dec_and_test(&page->_refcount))
		return;
	if (likely(!order))
		free_page_last_ref(page);
	else
		free_whole_block(page, order);
}

/* put_page() of each, interrupts off for all of them together. */
static void release_batch(struct page **pages, unsigned int nr)
{
	struct per_cpu_pages *pcp;
	unsigned long flags;

	local_irq_save(flags);
	pcp = this_cpu_ptr(&pcp_lists);
	for (unsigned int i = 0; i < nr; i++) {
		struct page *page = pages[i];

		VM_BUG_ON(page_count(page) <= 0);
		if (!atomic_dec_and_test(&page->_refcount))
			continue;
		check_free(page);
		poison_pages(page, 1);
		pcp_push(pcp, page);
	}
	local_irq_restore(flags);
}

/**
 * release_pages - drop a reference to each of many single pages
 * @pages: the pages
 * @nr: how many
 *
 * Context: any.
 */
void release_pages(struct page **pages, unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i += RELEASE_BATCH)
		release_batch(pages + i, min(nr - i, RELEASE_BATCH));
}

/**
 * get_zeroed_page - a page by its address
 * @gfp: as for alloc_pages()
 *
 * Return: its address in the direct map, or 0.
 */
unsigned long get_zeroed_page(gfp_t gfp)
{
	struct page *page = alloc_page(gfp | __GFP_ZERO);

	return page ? (unsigned long)page_address(page) : 0;
}

/**
 * free_page - undo get_zeroed_page()
 * @addr: what it returned; 0 is allowed
 */
void free_page(unsigned long addr)
{
	if (addr)
		__free_pages(virt_to_page((void *)addr), 0);
}

/**
 * drain_local_pages - this CPU's parked pages back to the buddy lists, empty page
 * tables too
 *
 * Context: any.
 */
void drain_local_pages(void)
{
	struct per_cpu_pages *pcp;
	unsigned long flags;

	pgtable_cache_drain();
	local_irq_save(flags);
	pcp = this_cpu_ptr(&pcp_lists);
	pcp_drain(pcp, pcp->count);
	local_irq_restore(flags);
}

/* --- figures ------------------------------------------------------------------ */

static unsigned long pcp_pages(void)
{
	unsigned long sum = 0;

	for (unsigned int cpu = 0; cpu < nr_cpus_online; cpu++)
		sum += READ_ONCE(per_cpu_ptr(&pcp_lists, cpu)->count);
	return sum;
}

/**
 * nr_free_pages - pages that nobody uses, parked ones included
 *
 * Return: pages; other CPUs may change it at any time.
 */
unsigned long nr_free_pages(void)
{
	return buddy_free_pages() + pcp_pages() + pgtable_cache_pages();
}

static unsigned long page_state_sum(enum page_state_item item)
{
	long sum = 0;

	for (unsigned int cpu = 0; cpu < nr_cpus_online; cpu++)
		sum += READ_ONCE(per_cpu_ptr(&page_states, cpu)->v[item]);
	return sum < 0 ? 0 : (unsigned long)sum;
}

/**
 * nr_file_pages - pages of files and shared memory in the page cache
 */
unsigned long nr_file_pages(void)
{
	return page_state_sum(NR_FILE_PAGES);
}

/**
 * nr_shmem_pages - those of them that belong to tmpfs and shared memory
 */
unsigned long nr_shmem_pages(void)
{
	return page_state_sum(NR_SHMEM);
}

/* --- validation --------------------------------------------------------------- */

static void validate_pcp(struct per_cpu_pages *pcp)
{
	for (unsigned int i = 0; i < pcp->count; i++) {
		struct page *page = pcp->pages[i];

		if ((page->flags & ~PAGE_FLAG(PG_poisoned)) !=
			    PAGE_FLAG(PG_pcp) ||
		    page_count(page))
			panic("P5: the frame %#lx on a CPU's list has flags "
			      "%#x and reference count %d",
			      page_to_pfn(page), page->flags, page_count(page));
	}
}

/**
 * page_alloc_validate - check invariants P1 … P6
 *
 * Panics with the number of the one that does not hold. Other CPUs must not
 * allocate meanwhile. Slow: looks at every page.
 * Context: any.
 */
void page_alloc_validate(void)
{
	unsigned long flags, parked = 0;

	local_irq_save(flags);
	buddy_validate();
	for (unsigned int cpu = 0; cpu < nr_cpus_online; cpu++)
		validate_pcp(per_cpu_ptr(&pcp_lists, cpu));
	for (unsigned long pfn = 0; pfn < max_pfn; pfn++)
		parked += page_test(pfn_to_page(pfn), PG_pcp);
	if (parked != pcp_pages())
		panic("P5: %lu pages are marked as parked, %lu are listed",
		      parked, pcp_pages());
	if (!page_test(pfn_to_page(0), PG_reserved))
		panic("P6: frame 0 is not reserved");
	local_irq_restore(flags);
}

/* SPDX-License-Identifier: MIT */
/*
 * The page allocator: a buddy system with a list of single pages per CPU.
 * Owns mem_map and every frame that nobody uses.
 *
 * A free block of order n is 2^n frames, aligned to its size. Two blocks that
 * differ only in bit n of the frame number are buddies; when both are free
 * they become one of order n + 1. Freeing frame 6, while 7 and 4-5 are free:
 *
 *	frame	 0  1  2  3  4  5  6  7
 *		[used      ][ 1  ][x][0 ]	6 meets its buddy 7 = 6 ^ 1
 *		[used      ][ 1  ][  1  ]	6-7 meets 4-5:   4 = 6 ^ 2
 *		[used      ][     2     ]	4-7's buddy 0-3 is in use: stop
 *
 * Single pages, which is nearly all that is ever asked for, come from and go
 * to the CPU's own stack of up to PCP_MAX pages, without a lock; it is filled
 * and emptied in batches. A batch is cut out of as few blocks as possible and
 * given back in runs of neighbours, so that most of the buddy work is done
 * once for many pages.
 *
 * Invariants, checked by page_alloc_validate():
 *   P1  every block on a list has PG_buddy on its first page only, the order
 *       in private and the alignment of that order
 *   P2  all its pages have reference count 0 and no flag but PG_buddy and
 *       PG_poisoned
 *   P3  no two buddies of one order are both free
 *   P4  the counts are those of the lists, and every PG_buddy page is on one
 *   P5  the pages of a CPU's stack, and no others, have PG_pcp
 *   P6  frame 0 is never handed out: number 0 can mean "none"
 *
 * Locks: zone.lock guards the lists; interrupts are off, since handlers
 * allocate too. A CPU's stack is its own and needs only that. Innermost lock.
 *
 * Differs from Linux: one zone and no migrate types (all memory is alike);
 * the per-CPU list is an array, so that taking a page touches nothing of the
 * page but what is set anyway.
 */
#include <ikos/kernel.h>
#include <ikos/list.h>
#include <ikos/memblock.h>
#include <ikos/memcheck.h>
#include <ikos/page.h>
#include <ikos/percpu.h>
#include <ikos/slab.h>
#include <ikos/spinlock.h>
#include <ikos/string.h>

#define PCP_MAX	  128u
#define PCP_BATCH 64u

struct free_area {
	struct list_head list;
	unsigned long nr; /* blocks in list */
};

static struct zone {
	spinlock_t lock;
	unsigned long nr_free; /* pages in the lists */
	unsigned long managed; /* pages that were ever given to it */
	unsigned long reserve; /* see min_free_pages() */
	struct free_area area[MAX_ORDER];
} zone;

struct per_cpu_pages {
	unsigned int count;
	struct page *pages[PCP_MAX];
};
static DEFINE_PER_CPU(struct per_cpu_pages, pcp_lists);

DEFINE_PER_CPU(struct page_state, page_states);

struct page *mem_map;
unsigned long max_pfn;
struct page *zero_page;

#define FLAG(bit) (1u << (bit))
/* Who frees a page must have taken these back. */
#define FLAGS_OWNED                                                            \
	(FLAG(PG_reserved) | FLAG(PG_buddy) | FLAG(PG_pcp) | FLAG(PG_slab) |   \
	 FLAG(PG_table) | FLAG(PG_locked))

/* --- debug builds: contents of free pages ---------------------------------- */

#ifdef CONFIG_DEBUG_VM
#define POISON 0xaaaaaaaaaaaaaaaaUL

__weak void memcheck_open(const void *p, size_t n)
{
}

__weak void memcheck_close(const void *p, size_t n)
{
}

static void poison_pages(struct page *page, unsigned long nr)
{
	for (unsigned long i = 0; i < nr; i++) {
		memset(page_address(page + i), (u8)POISON, PAGE_SIZE);
		page[i].flags |= FLAG(PG_poisoned);
	}
	memcheck_close(page_address(page), nr << PAGE_SHIFT);
}

static void check_poison(struct page *page)
{
	const u64 *p = page_address(page);

	for (unsigned int i = 0; i < PAGE_SIZE / sizeof(*p); i++)
		if (p[i] != POISON)
			panic("The free page %#lx was written to: offset %u "
			      "holds %#lx",
			      page_to_phys(page), i * 8, (unsigned long)p[i]);
}

static void unpoison_pages(struct page *page, unsigned long nr)
{
	memcheck_open(page_address(page), nr << PAGE_SHIFT);
	for (unsigned long i = 0; i < nr; i++)
		if (page_test(page + i, PG_poisoned))
			check_poison(page + i);
}
#else
static void poison_pages(struct page *page, unsigned long nr)
{
}
static void unpoison_pages(struct page *page, unsigned long nr)
{
}
#endif

/* --- the buddy lists; zone.lock held ---------------------------------------- */

static void block_insert(struct page *page, unsigned int order)
{
	page->flags |= FLAG(PG_buddy);
	page->private = order;
	list_add(&page->buddy_list, &zone.area[order].list);
	zone.area[order].nr++;
}

static void block_remove(struct page *page, unsigned int order)
{
	page->flags &= ~FLAG(PG_buddy);
	__list_del_entry(&page->buddy_list);
	zone.area[order].nr--;
}

static bool is_free_block(unsigned long pfn, unsigned int order)
{
	struct page *page = pfn_to_page(pfn);

	return pfn_valid(pfn) && (page->flags & FLAG(PG_buddy)) &&
	       page->private == order;
}

/* Free the block and join it with its buddies as far as they are free. */
static void free_block(unsigned long pfn, unsigned int order)
{
	zone.nr_free += 1UL << order;
	for (; order < MAX_ORDER - 1; order++) {
		unsigned long buddy = pfn ^ (1UL << order);

		if (!is_free_block(buddy, order))
			break;
		block_remove(pfn_to_page(buddy), order);
		pfn &= buddy;
	}
	block_insert(pfn_to_page(pfn), order);
}

/* Free any run of pages as the largest blocks that it contains. */
static void free_run(unsigned long pfn, unsigned long nr)
{
	while (nr) {
		unsigned int order = min(ilog2(nr), MAX_ORDER - 1u);

		if (pfn)
			order = min(order, ffs_bit(pfn));
		free_block(pfn, order);
		pfn += 1UL << order;
		nr -= 1UL << order;
	}
}

/*
 * Take a block of at most order @most, from the smallest block there is: so
 * fragments are used up before large blocks are cut. *@order: what it got,
 * at least @least. NULL: none.
 */
static struct page *take_block(unsigned int least, unsigned int most,
			       unsigned int *order)
{
	unsigned int o = least;
	struct page *page;

	while (o < MAX_ORDER && list_empty(&zone.area[o].list))
		o++;
	if (o == MAX_ORDER)
		return NULL;
	page = list_first_entry(&zone.area[o].list, struct page, buddy_list);
	block_remove(page, o);
	while (o > most) {
		o--;
		block_insert(page + (1UL << o), o);
	}
	zone.nr_free -= 1UL << o;
	*order = o;
	return page;
}

/* Pages that an allocation of this kind may still take; zone.lock not needed
 * for a guess. */
static unsigned long pages_allowed(gfp_t gfp)
{
	unsigned long keep = zone.reserve;

	if (gfp & GFP_ATOMIC)
		keep = 0;
	else if (!(gfp & GFP_USER))
		keep /= 2;
	return zone.nr_free > keep ? zone.nr_free - keep : 0;
}

/* --- the CPU's own pages; interrupts off -------------------------------------- */

/*
 * Fill the empty stack, from the top down: so that pages are popped in the
 * order in which they were taken, each block's ascending. Below the reserve
 * only one page at a time: a batch would let the next allocation have what it
 * may not. False: there is none.
 */
static bool pcp_refill(struct per_cpu_pages *pcp, gfp_t gfp)
{
	unsigned int want = 0, left, order;

	spin_lock(&zone.lock);
	if (pages_allowed(gfp))
		want = zone.nr_free > zone.reserve + PCP_BATCH ? PCP_BATCH : 1;
	for (left = want; left;) {
		struct page *page = take_block(0, ilog2(left), &order);

		if (!page)
			break;
		for (unsigned int i = 0; i < 1u << order; i++) {
			page[i].flags |= FLAG(PG_pcp);
			pcp->pages[--left] = page + i;
		}
	}
	spin_unlock(&zone.lock);
	pcp->count = want - left;
	if (left)
		memmove(pcp->pages, pcp->pages + left,
			pcp->count * sizeof(*pcp->pages));
	return pcp->count;
}

/* Length of the run of neighbours that starts at pages[0]; *@first: its
 * lowest page. Pages freed in order lie ascending, pages never used
 * descending. */
static unsigned int run_length(struct page **pages, unsigned int n,
			       struct page **first)
{
	unsigned int len = 1;

	while (len < n && pages[len] == pages[0] + len)
		len++;
	*first = pages[0];
	if (len > 1)
		return len;
	while (len < n && pages[len] == pages[0] - len)
		len++;
	*first = pages[len - 1];
	return len;
}

/* Give the @n pages that have been here longest back to the buddy lists. */
static void pcp_drain(struct per_cpu_pages *pcp, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		pcp->pages[i]->flags &= ~FLAG(PG_pcp);
	spin_lock(&zone.lock);
	for (unsigned int i = 0, len; i < n; i += len) {
		struct page *first;

		len = run_length(pcp->pages + i, n - i, &first);
		free_run(page_to_pfn(first), len);
	}
	spin_unlock(&zone.lock);
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

static void pcp_free(struct page *page)
{
	struct per_cpu_pages *pcp;
	unsigned long flags;

	page->flags = (page->flags & FLAG(PG_poisoned)) | FLAG(PG_pcp);
	local_irq_save(flags);
	pcp = this_cpu_ptr(&pcp_lists);
	if (unlikely(pcp->count == PCP_MAX))
		pcp_drain(pcp, PCP_BATCH);
	pcp->pages[pcp->count++] = page;
	local_irq_restore(flags);
}

/* --- allocation ------------------------------------------------------------------ */

static struct page *buddy_alloc(gfp_t gfp, unsigned int order)
{
	struct page *page = NULL;
	unsigned long flags;

	spin_lock_irqsave(&zone.lock, flags);
	if (pages_allowed(gfp) >= 1UL << order)
		page = take_block(order, order, &order);
	spin_unlock_irqrestore(&zone.lock, flags);
	return page;
}

/* Several pages in a row; what this CPU has parked may be what is missing. */
static struct page *block_alloc(gfp_t gfp, unsigned int order)
{
	struct page *page;

	if (order >= MAX_ORDER)
		return NULL;
	page = buddy_alloc(gfp, order);
	if (page)
		return page;
	drain_local_pages();
	return buddy_alloc(gfp, order);
}

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
static void prepare_block(struct page *page, unsigned int order)
{
	for (unsigned long i = 1UL << order; i-- > 0;) {
		prepare_page(page + i);
		if (i)
			atomic_set(&page[i]._refcount, 0);
	}
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
	if (likely(!order))
		page = pcp_alloc(gfp);
	else
		page = block_alloc(gfp, order);
	if (unlikely(!page))
		return NULL;
	unpoison_pages(page, 1UL << order);
	if (likely(!order))
		prepare_page(page);
	else
		prepare_block(page, order);
	if (gfp & __GFP_ZERO)
		for (unsigned long i = 0; i < 1UL << order; i++)
			clear_page(page_address(page + i));
	return page;
}

/* --- freeing ----------------------------------------------------------------------- */

static void __cold bad_free(struct page *page)
{
	unsigned long pa = page_to_phys(page);

	if (page->flags & (FLAG(PG_buddy) | FLAG(PG_pcp)))
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

static void free_whole_block(struct page *page, unsigned int order)
{
	unsigned long flags;

	for (unsigned long i = 0; i < 1UL << order; i++) {
		check_free(page + i);
		page[i].flags = 0;
	}
	poison_pages(page, 1UL << order);
	spin_lock_irqsave(&zone.lock, flags);
	free_block(page_to_pfn(page), order);
	spin_unlock_irqrestore(&zone.lock, flags);
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

/**
 * release_pages - drop a reference to each of many single pages
 * @pages: the pages
 * @nr: how many
 *
 * Context: any.
 */
void release_pages(struct page **pages, unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++)
		put_page(pages[i]);
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
 * drain_local_pages - this CPU's parked pages back to the buddy lists
 *
 * Context: any.
 */
void drain_local_pages(void)
{
	struct per_cpu_pages *pcp;
	unsigned long flags;

	local_irq_save(flags);
	pcp = this_cpu_ptr(&pcp_lists);
	pcp_drain(pcp, pcp->count);
	local_irq_restore(flags);
}

/* --- figures ------------------------------------------------------------------------- */

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
	return READ_ONCE(zone.nr_free) + pcp_pages();
}

/**
 * totalram_pages - pages that the allocator has to give
 *
 * Return: pages; the kernel's image and mem_map are not among them.
 */
unsigned long totalram_pages(void)
{
	return zone.managed;
}

/**
 * min_free_pages - the reserve
 *
 * User pages fail before it is touched, so that the kernel can still work
 * when programs have eaten everything: other kernel memory may use half, and
 * interrupt handlers, which cannot wait, all of it. It grows with the square
 * root of memory, as Linux's min_free_kbytes does (proc(5)).
 *
 * Return: pages.
 */
unsigned long min_free_pages(void)
{
	return zone.reserve;
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

/* --- boot ------------------------------------------------------------------------------ */

static unsigned long int_sqrt(unsigned long n)
{
	unsigned long root = 0;

	for (unsigned long bit = BIT(31); bit; bit >>= 1)
		if ((root | bit) * (root | bit) <= n)
			root |= bit;
	return root;
}

/* sqrt(KiB * 16) KiB; below 1/16 of all memory. */
static void set_reserve(void)
{
	unsigned long kib = zone.managed << (PAGE_SHIFT - 10);

	zone.reserve =
		min(int_sqrt(kib * 16) >> (PAGE_SHIFT - 10), zone.managed / 16);
}

/**
 * free_reserved_range - hand over pages that were reserved until now
 * @start_pfn: first frame
 * @end_pfn: one past the last; an empty range is allowed
 *
 * Frame 0 stays reserved. Panics when a page is not reserved.
 * Context: boot, and memblock_free().
 */
void free_reserved_range(unsigned long start_pfn, unsigned long end_pfn)
{
	unsigned long flags;

	start_pfn = max(start_pfn, 1UL);
	if (start_pfn >= end_pfn)
		return;
	for (unsigned long pfn = start_pfn; pfn < end_pfn; pfn++) {
		struct page *page = pfn_to_page(pfn);

		if (!pfn_valid(pfn) || page->flags != FLAG(PG_reserved))
			panic("The frame %#lx is given to the page allocator "
			      "but was not reserved",
			      pfn);
		page->flags = 0;
		atomic_set(&page->_refcount, 0);
	}
	memcheck_close(__va(PFN_PHYS(start_pfn)), (end_pfn - start_pfn)
							  << PAGE_SHIFT);
	spin_lock_irqsave(&zone.lock, flags);
	free_run(start_pfn, end_pfn - start_pfn);
	zone.managed += end_pfn - start_pfn;
	set_reserve();
	spin_unlock_irqrestore(&zone.lock, flags);
}

static void make_mem_map(void)
{
	struct page *map;

	max_pfn = PFN_UP(memblock_end());
	map = __va(memblock_alloc(max_pfn * sizeof(*map), PAGE_SIZE, 0));
	for (unsigned long pfn = 0; pfn < max_pfn; pfn++) {
		map[pfn].flags = FLAG(PG_reserved);
		atomic_set(&map[pfn]._refcount, 1);
	}
	mem_map = map;
}

static void make_zero_page(void)
{
	zero_page = alloc_page(GFP_ATOMIC | __GFP_ZERO | __GFP_NOFAIL_INJECT);
	if (!zero_page)
		panic("Out of memory at boot: the machine has no free page");
	page_set(zero_page, PG_reserved);
	zone.managed--;
}

/**
 * page_alloc_init - make mem_map and take over what memblock has left
 *
 * The zero page is made here, too.
 * Context: boot, once, one CPU. Panics without memory.
 */
void page_alloc_init(void)
{
	phys_addr_t start, end;

	for (unsigned int order = 0; order < MAX_ORDER; order++)
		INIT_LIST_HEAD(&zone.area[order].list);
	make_mem_map();
	for (unsigned int i = 0; memblock_get_free(i, &start, &end); i++)
		free_reserved_range(PFN_UP(start), PFN_DOWN(end));
	make_zero_page();
}

/* --- validation --------------------------------------------------------------------------- */

static void validate_block(struct page *page, unsigned int order)
{
	unsigned long pfn = page_to_pfn(page);

	if (!pfn_valid(pfn) || !IS_ALIGNED(pfn, 1UL << order) ||
	    !(page->flags & FLAG(PG_buddy)) || page->private != order)
		panic("P1: the block at frame %#lx in the free list of order "
		      "%u does not belong there",
		      pfn, order);
	for (unsigned long i = 0; i < 1UL << order; i++) {
		u32 allowed = FLAG(PG_poisoned) | (i ? 0 : FLAG(PG_buddy));

		if ((page[i].flags & ~allowed) || page_count(page + i))
			panic("P2: the free frame %#lx has flags %#x and "
			      "reference count %d",
			      pfn + i, page[i].flags, page_count(page + i));
	}
	if (order < MAX_ORDER - 1 && is_free_block(pfn ^ (1UL << order), order))
		panic("P3: the blocks of order %u at frame %#lx and its buddy "
		      "are both free",
		      order, pfn);
}

/* Pages in the list of @order. */
static unsigned long validate_list(unsigned int order)
{
	struct free_area *area = &zone.area[order];
	struct page *page;
	unsigned long n = 0;

	list_for_each_entry (page, &area->list, buddy_list) {
		validate_block(page, order);
		if (++n > area->nr)
			break;
	}
	if (n != area->nr)
		panic("P4: the free list of order %u should have %lu blocks",
		      order, area->nr);
	return n << order;
}

static void validate_pcp(struct per_cpu_pages *pcp)
{
	for (unsigned int i = 0; i < pcp->count; i++) {
		struct page *page = pcp->pages[i];

		if ((page->flags & ~FLAG(PG_poisoned)) != FLAG(PG_pcp) ||
		    page_count(page))
			panic("P5: the frame %#lx on a CPU's list has flags "
			      "%#x and reference count %d",
			      page_to_pfn(page), page->flags, page_count(page));
	}
}

static void validate_map(unsigned long blocks)
{
	unsigned long heads = 0, parked = 0;

	for (unsigned long pfn = 0; pfn < max_pfn; pfn++) {
		heads += page_test(pfn_to_page(pfn), PG_buddy);
		parked += page_test(pfn_to_page(pfn), PG_pcp);
	}
	if (heads != blocks)
		panic("P4: %lu pages are marked as free blocks, %lu are listed",
		      heads, blocks);
	if (parked != pcp_pages())
		panic("P5: %lu pages are marked as parked, %lu are listed",
		      parked, pcp_pages());
	if (!page_test(pfn_to_page(0), PG_reserved))
		panic("P6: frame 0 is not reserved");
}

/**
 * page_alloc_validate - check every invariant in the head of this file
 *
 * Panics with the number of the one that does not hold. Other CPUs must not
 * allocate meanwhile. Slow: looks at every page.
 * Context: any.
 */
void page_alloc_validate(void)
{
	unsigned long flags, pages = 0, blocks = 0;

	spin_lock_irqsave(&zone.lock, flags);
	for (unsigned int order = 0; order < MAX_ORDER; order++) {
		pages += validate_list(order);
		blocks += zone.area[order].nr;
	}
	if (pages != zone.nr_free)
		panic("P4: the free lists hold %lu pages, the count says %lu",
		      pages, zone.nr_free);
	for (unsigned int cpu = 0; cpu < nr_cpus_online; cpu++)
		validate_pcp(per_cpu_ptr(&pcp_lists, cpu));
	validate_map(blocks);
	spin_unlock_irqrestore(&zone.lock, flags);
}

/* SPDX-License-Identifier: MIT */
/*
 * The buddy lists: free frames as blocks of powers of two. Owns every frame
 * that is not in use and not parked on a CPU's list (mm/page_alloc.c).
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
 * Single pages come and go in batches: as few blocks as possible are cut for
 * one, and what is given back in runs of neighbours goes back as blocks. So
 * most of the work is done once for many pages.
 *
 * Invariants, checked by page_alloc_validate():
 *   P1  every block on a list has PG_buddy on its first page only, the order
 *       in private and the alignment of that order
 *   P2  all its pages have reference count 0 and no flag but PG_buddy and
 *       PG_poisoned
 *   P3  no two buddies of one order are both free
 *   P4  the counts are those of the lists, and every PG_buddy page is on one
 *
 * Locks: zone.lock guards everything; interrupts are off, since handlers
 * allocate too. Innermost lock of all.
 *
 * Differs from Linux: one zone, no migrate types and no highatomic blocks:
 * all memory is alike. The smallest block that serves is used up first.
 */
#include <ikos/list.h>
#include <ikos/mm_views.h>
#include <ikos/string.h>

#include "internal.h"

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

/* --- blocks; zone.lock held --------------------------------------------------- */

static void block_insert(struct page *page, unsigned int order)
{
	page->flags |= PAGE_FLAG(PG_buddy);
	page->private = order;
	list_add(&page->buddy_list, &zone.area[order].list);
	zone.area[order].nr++;
}

static void block_remove(struct page *page, unsigned int order)
{
	page->flags &= ~PAGE_FLAG(PG_buddy);
	__list_del_entry(&page->buddy_list);
	zone.area[order].nr--;
}

static bool is_free_block(unsigned long pfn, unsigned int order)
{
	struct page *page = pfn_to_page(pfn);

	return pfn_valid(pfn) && (page->flags & PAGE_FLAG(PG_buddy)) &&
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

/* --- for the per-CPU lists ---------------------------------------------------- */

/**
 * buddy_take_pages - single pages, marked PG_pcp
 * @pages: filled from the end, so that the last is the lowest of its block
 * @want: how many, if memory is plentiful; below the reserve it is one at a
 *	time, since a batch would let the next caller have what it may not
 * @gfp: how deep to go into the reserve
 *
 * Context: any; interrupts off.
 * Return: how many, all of them in pages[0 … n - 1].
 */
unsigned int buddy_take_pages(struct page **pages, unsigned int want, gfp_t gfp)
{
	unsigned int left, order;

	spin_lock(&zone.lock);
	if (!pages_allowed(gfp))
		want = 0;
	else if (zone.nr_free <= zone.reserve + want)
		want = 1;
	for (left = want; left;) {
		struct page *page = take_block(0, ilog2(left), &order);

		if (!page)
			break;
		for (unsigned int i = 0; i < 1u << order; i++) {
			page[i].flags |= PAGE_FLAG(PG_pcp);
			pages[--left] = page + i;
		}
	}
	spin_unlock(&zone.lock);
	if (left)
		memmove(pages, pages + left, (want - left) * sizeof(*pages));
	return want - left;
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

/**
 * buddy_give_pages - undo buddy_take_pages()
 * @pages: the pages, unmarked here
 * @n: how many
 *
 * Context: any; interrupts off.
 */
void buddy_give_pages(struct page **pages, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		pages[i]->flags &= ~PAGE_FLAG(PG_pcp);
	spin_lock(&zone.lock);
	for (unsigned int i = 0, len; i < n; i += len) {
		struct page *first;

		len = run_length(pages + i, n - i, &first);
		free_run(page_to_pfn(first), len);
	}
	spin_unlock(&zone.lock);
}

/* --- whole blocks ------------------------------------------------------------- */

/**
 * buddy_take - one block
 * @gfp: how deep to go into the reserve
 * @order: 0 … MAX_ORDER - 1
 *
 * Context: any.
 * Return: its first page, or NULL.
 */
struct page *buddy_take(gfp_t gfp, unsigned int order)
{
	struct page *page = NULL;
	unsigned long flags;

	spin_lock_irqsave(&zone.lock, flags);
	if (pages_allowed(gfp) >= 1UL << order)
		page = take_block(order, order, &order);
	spin_unlock_irqrestore(&zone.lock, flags);
	return page;
}

/**
 * buddy_give - free one block
 * @page: its first page; reference counts and flags are clear
 * @order: 0 … MAX_ORDER - 1
 *
 * Context: any.
 */
void buddy_give(struct page *page, unsigned int order)
{
	unsigned long flags;

	spin_lock_irqsave(&zone.lock, flags);
	free_block(page_to_pfn(page), order);
	spin_unlock_irqrestore(&zone.lock, flags);
}

/* --- the zone as a whole ------------------------------------------------------ */

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
 * buddy_add - memory that is new to the allocator
 * @pfn: first frame; not 0
 * @nr: frames; reference counts and flags are clear
 *
 * Context: any.
 */
void buddy_add(unsigned long pfn, unsigned long nr)
{
	unsigned long flags;

	spin_lock_irqsave(&zone.lock, flags);
	free_run(pfn, nr);
	zone.managed += nr;
	set_reserve();
	spin_unlock_irqrestore(&zone.lock, flags);
}

/**
 * buddy_init - empty lists; once, before anything is added
 */
void buddy_init(void)
{
	for (unsigned int order = 0; order < MAX_ORDER; order++)
		INIT_LIST_HEAD(&zone.area[order].list);
}

/**
 * buddy_free_pages - pages in the lists
 */
unsigned long buddy_free_pages(void)
{
	return READ_ONCE(zone.nr_free);
}

/**
 * nr_free_blocks - blocks of one size in the lists
 * @order: below MAX_ORDER
 */
unsigned long nr_free_blocks(unsigned int order)
{
	return READ_ONCE(zone.area[order].nr);
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

/* --- validation --------------------------------------------------------------- */

static void validate_block(struct page *page, unsigned int order)
{
	unsigned long pfn = page_to_pfn(page);

	if (!pfn_valid(pfn) || !IS_ALIGNED(pfn, 1UL << order) ||
	    !(page->flags & PAGE_FLAG(PG_buddy)) || page->private != order)
		panic("P1: the block at frame %#lx in the free list of order "
		      "%u does not belong there",
		      pfn, order);
	for (unsigned long i = 0; i < 1UL << order; i++) {
		u32 allowed =
			PAGE_FLAG(PG_poisoned) | (i ? 0 : PAGE_FLAG(PG_buddy));

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

/**
 * buddy_validate - check P1 … P4; panics with the number of what is broken
 *
 * Context: any. Slow: looks at every page.
 */
void buddy_validate(void)
{
	unsigned long flags, pages = 0, blocks = 0, heads = 0;

	spin_lock_irqsave(&zone.lock, flags);
	for (unsigned int order = 0; order < MAX_ORDER; order++) {
		pages += validate_list(order);
		blocks += zone.area[order].nr;
	}
	if (pages != zone.nr_free)
		panic("P4: the free lists hold %lu pages, the count says %lu",
		      pages, zone.nr_free);
	for (unsigned long pfn = 0; pfn < max_pfn; pfn++)
		heads += page_test(pfn_to_page(pfn), PG_buddy);
	if (heads != blocks)
		panic("P4: %lu pages are marked as free blocks, %lu are listed",
		      heads, blocks);
	spin_unlock_irqrestore(&zone.lock, flags);
}

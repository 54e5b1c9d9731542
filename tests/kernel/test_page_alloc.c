/* SPDX-License-Identifier: MIT */
/* The page allocator on the real machine's memory. */
#include <ikos/ktest.h>
#include <ikos/page.h>
#include <ikos/random.h>
#include <ikos/slab.h>
#include <ikos/string.h>

#include <asm/irqflags.h>

#define MAX_BLOCKS 512

struct block {
	struct page *page;
	unsigned int order;
};

/* The frame number in its first and last word, so that an overlap shows. */
static void stamp(struct block *b)
{
	unsigned long n = (PAGE_SIZE << b->order) / sizeof(long);
	unsigned long *p = page_address(b->page);

	p[0] = page_to_pfn(b->page);
	p[n - 1] = ~page_to_pfn(b->page);
}

static bool stamped(struct block *b)
{
	unsigned long n = (PAGE_SIZE << b->order) / sizeof(long);
	unsigned long *p = page_address(b->page);

	return p[0] == page_to_pfn(b->page) &&
	       p[n - 1] == ~page_to_pfn(b->page);
}

KTEST(page_alloc, random_blocks_do_not_overlap)
{
	struct block *blocks = kcalloc(MAX_BLOCKS, sizeof(*blocks), GFP_KERNEL);
	unsigned int wrong = 0;

	ASSERT(blocks);
	for (int i = 0; i < 4000; i++) {
		u64 r = get_random_u64();
		struct block *b = &blocks[r % MAX_BLOCKS];

		if (b->page) {
			wrong += !stamped(b);
			__free_pages(b->page, b->order);
			b->page = NULL;
			continue;
		}
		b->order = r >> 32 & 3 ? 0 : r >> 40 & 7;
		b->page = alloc_pages(GFP_KERNEL, b->order);
		if (b->page)
			stamp(b);
	}
	for (int i = 0; i < MAX_BLOCKS; i++) {
		if (!blocks[i].page)
			continue;
		wrong += !stamped(&blocks[i]);
		__free_pages(blocks[i].page, blocks[i].order);
	}
	kfree(blocks);
	EXPECT_EQ(wrong, 0);
	page_alloc_validate();
}

KTEST(page_alloc, every_order_is_aligned_and_contiguous)
{
	for (unsigned int order = 0; order < MAX_ORDER; order++) {
		struct page *page = alloc_pages(GFP_KERNEL, order);
		u8 *p;

		ASSERT(page);
		p = page_address(page);
		EXPECT(IS_ALIGNED(page_to_phys(page), PAGE_SIZE << order));
		EXPECT_EQ(page_count(page), 1);
		memset(p, 0x3c, PAGE_SIZE << order);
		EXPECT_EQ(p[(PAGE_SIZE << order) - 1], 0x3c);
		__free_pages(page, order);
	}
	EXPECT(!alloc_pages(GFP_KERNEL, MAX_ORDER));
}

KTEST(page_alloc, zeroed_pages_are_zero)
{
	for (int i = 0; i < 300; i++) {
		unsigned long *p = (void *)get_zeroed_page(GFP_KERNEL);
		unsigned long sum = 0;

		ASSERT(p);
		for (unsigned int j = 0; j < PAGE_SIZE / sizeof(*p); j++)
			sum |= p[j];
		EXPECT_EQ(sum, 0);
		memset(p, 0xff, PAGE_SIZE);
		free_page((unsigned long)p);
	}
}

/* Take pages until this kind of allocation fails; chained by their start. */
static struct page *take_all(gfp_t gfp, unsigned long *n)
{
	struct page *chain = NULL, *page;

	for (*n = 0; (page = alloc_page(gfp)); ++*n) {
		*(struct page **)page_address(page) = chain;
		chain = page;
	}
	return chain;
}

static void give_all(struct page *chain)
{
	while (chain) {
		struct page *page = chain;

		chain = *(struct page **)page_address(page);
		put_page(page);
	}
}

KTEST(page_alloc, user_pages_leave_the_reserve)
{
	unsigned long n, free, flags;
	struct page *chain;
	void *p;

	if (nr_free_pages() > MiB(600) >> PAGE_SHIFT)
		KTEST_SKIP("it takes too long to fill so much memory");
	/* Interrupts off: who else runs must not find memory gone. */
	local_irq_save(flags);
	free = nr_free_pages();
	chain = take_all(GFP_USER, &n);
	EXPECT_EQ(n, free - min_free_pages());
	EXPECT(!alloc_page(GFP_USER));
	p = kmalloc(5000, GFP_ATOMIC);
	EXPECT(p);
	kfree(p);
	give_all(chain);
	local_irq_restore(flags);
	page_alloc_validate();
}

KTEST(page_alloc, figures_are_plausible)
{
	EXPECT(nr_free_pages() < totalram_pages());
	EXPECT(totalram_pages() <= max_pfn);
	EXPECT(min_free_pages() > 0);
	EXPECT(min_free_pages() < totalram_pages() / 8);
	EXPECT(page_test(zero_page, PG_reserved));
	EXPECT(page_test(pfn_to_page(0), PG_reserved));
}

#ifdef CONFIG_DEBUG_VM
KTEST(page_alloc, fail_nth_fails_just_that_one)
{
	struct page *a, *b;

	fail_nth_set(2);
	a = alloc_page(GFP_KERNEL);
	b = alloc_page(GFP_KERNEL);
	EXPECT(a && !b);
	EXPECT(fail_nth_hit());
	fail_nth_set(0);
	if (a)
		put_page(a);
	if (b)
		put_page(b);
}
#endif

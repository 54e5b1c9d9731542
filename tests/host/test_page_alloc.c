/* SPDX-License-Identifier: MIT */
/* The page allocator: blocks, per-CPU lists, the reserve, and its checks. */
#include "sim.h"

#include <ikos/percpu.h>

#define MAX_BLOCKS 4096

struct block {
	struct page *page;
	unsigned int order;
};
static struct block blocks[MAX_BLOCKS];
static unsigned int nr_blocks;

/* Mark each page of a block as ours, so that an overlap shows. */
static void stamp(struct block *b)
{
	for (unsigned long i = 0; i < 1UL << b->order; i++)
		*(unsigned long *)page_address(b->page + i) =
			page_to_pfn(b->page + i) ^ 0x1234567;
}

static void check_stamp(struct block *b)
{
	for (unsigned long i = 0; i < 1UL << b->order; i++)
		ASSERT_EQ(*(unsigned long *)page_address(b->page + i),
			  page_to_pfn(b->page + i) ^ 0x1234567);
}

static bool get_block(gfp_t gfp, unsigned int order)
{
	struct page *page = alloc_pages(gfp, order);
	struct block *b;

	if (!page)
		return false;
	ASSERT(nr_blocks < MAX_BLOCKS);
	b = &blocks[nr_blocks++];
	*b = (struct block){ page, order };
	EXPECT_EQ(page_to_pfn(page) & ((1UL << order) - 1), 0);
	EXPECT_EQ(page_count(page), 1);
	EXPECT_EQ(page_mapcount(page), 0);
	EXPECT_EQ(page->flags, 0);
	EXPECT_EQ(page->private, 0);
	EXPECT(!page->mapping);
	stamp(b);
	return true;
}

static void put_block(unsigned int i)
{
	struct block b = blocks[i];

	check_stamp(&b);
	blocks[i] = blocks[--nr_blocks];
	__free_pages(b.page, b.order);
}

static void put_all(void)
{
	while (nr_blocks)
		put_block(sim_random_below(nr_blocks));
}

TEST(random_blocks_never_overlap_and_all_come_back)
{
	for (int i = 0; i < 6000; i++) {
		sim_set_cpu(sim_random_below(3));
		if (nr_blocks < 600 && sim_random_below(2))
			get_block(GFP_KERNEL, sim_random_below(4)
						      ? 0
						      : sim_random_below(7));
		else if (nr_blocks)
			put_block(sim_random_below(nr_blocks));
		if (i % 500 == 0)
			page_alloc_validate();
	}
	put_all();
}

TEST(everything_coalesces_again)
{
	unsigned long n = 0, again = 0;
	struct sim_counts before;

	/* What large blocks there are before and after all was split. */
	sim_count(&before);
	while (get_block(GFP_ATOMIC, MAX_ORDER - 1))
		n++;
	put_all();
	while (nr_blocks < MAX_BLOCKS && get_block(GFP_ATOMIC, 0))
		;
	put_all();
	sim_count(&before);
	while (get_block(GFP_ATOMIC, MAX_ORDER - 1))
		again++;
	EXPECT_EQ(again, n);
	EXPECT(n > 10);
	put_all();
}

TEST(orders_out_of_range_fail)
{
	EXPECT(!alloc_pages(GFP_KERNEL, MAX_ORDER));
	EXPECT(!alloc_pages(GFP_KERNEL, 63));
}

TEST(zeroed_pages_are_zero)
{
	for (unsigned int order = 0; order < 4; order++) {
		struct page *page = alloc_pages(GFP_KERNEL, order);
		u8 *p;

		ASSERT(page);
		memset(page_address(page), 0xff, PAGE_SIZE << order);
		__free_pages(page, order);
		page = alloc_pages(GFP_KERNEL | __GFP_ZERO, order);
		ASSERT(page);
		p = page_address(page);
		for (unsigned long i = 0; i < PAGE_SIZE << order; i++)
			ASSERT_EQ(p[i], 0);
		__free_pages(page, order);
	}
}

TEST(single_pages_of_a_batch_ascend)
{
	struct page *page[64];
	int next = 0;

	drain_local_pages();
	for (int i = 0; i < 64; i++) {
		page[i] = alloc_page(GFP_KERNEL);
		ASSERT(page[i]);
		next += i && page[i] == page[i - 1] + 1;
	}
	/* But for the seams between the blocks that they were cut from. */
	EXPECT(next >= 48);
	release_pages(page, 64);
}

/* Pages until this kind of allocation fails. */
static unsigned long exhaust(gfp_t gfp, struct page **chain)
{
	unsigned long n = 0;
	struct page *page;

	while ((page = alloc_page(gfp))) {
		page->mapping = (void *)*chain;
		*chain = page;
		n++;
	}
	return n;
}

static void free_chain(struct page *chain)
{
	while (chain) {
		struct page *page = chain;

		chain = (void *)page->mapping;
		put_page(page);
	}
}

TEST(user_pages_leave_the_reserve_kernel_pages_half_of_it)
{
	unsigned long free = nr_free_pages(), reserve = min_free_pages(), n;
	struct page *chain = NULL;

	EXPECT(reserve > 100 && reserve < totalram_pages() / 16);
	n = exhaust(GFP_USER, &chain);
	EXPECT_EQ(n, free - reserve);
	EXPECT(!alloc_pages(GFP_USER, 3));
	n += exhaust(GFP_KERNEL, &chain);
	EXPECT_EQ(n, free - reserve / 2);
	EXPECT(!alloc_page(GFP_USER));
	n += exhaust(GFP_ATOMIC, &chain);
	EXPECT_EQ(n, free);
	EXPECT_EQ(nr_free_pages(), 0);
	EXPECT(!alloc_pages(GFP_ATOMIC, 1));
	page_alloc_validate();
	free_chain(chain);
	EXPECT_EQ(nr_free_pages(), free);
}

TEST(a_large_block_is_made_from_parked_pages)
{
	struct page *chain = NULL, *first, *page;
	unsigned int n = 0;

	exhaust(GFP_ATOMIC, &chain);
	/* Free 64 pages; they may all be parked. Among them, when they were
	 * one batch, lies a block of four. */
	for (first = chain; n < 64; n++) {
		page = first;
		first = (void *)page->mapping;
		put_page(page);
	}
	page = alloc_pages(GFP_ATOMIC, 2);
	EXPECT(page);
	if (page)
		__free_pages(page, 2);
	free_chain(first);
}

TEST(pages_parked_on_another_cpu_are_counted_and_drained)
{
	unsigned long free = nr_free_pages();
	struct page *page;

	sim_set_cpu(2);
	page = alloc_page(GFP_KERNEL);
	ASSERT(page);
	EXPECT_EQ(nr_free_pages(), free - 1);
	sim_set_cpu(0);
	put_page(page);
	EXPECT_EQ(nr_free_pages(), free);
	page_alloc_validate();
	drain_local_pages();
	sim_set_cpu(2);
	drain_local_pages();
	EXPECT_EQ(nr_free_pages(), free);
	page_alloc_validate();
}

TEST(the_last_of_several_references_frees)
{
	unsigned long free = nr_free_pages();
	struct page *page = alloc_page(GFP_USER);

	ASSERT(page);
	get_page(page);
	put_page(page);
	EXPECT_EQ(nr_free_pages(), free - 1);
	__free_pages(page, 0);
	EXPECT_EQ(nr_free_pages(), free);
	free_page(0);
	free_page(get_zeroed_page(GFP_KERNEL));
}

TEST(no_block_crosses_a_hole_and_frame_0_stays)
{
	while (nr_blocks < MAX_BLOCKS &&
	       get_block(GFP_ATOMIC, sim_random_below(6)))
		;
	for (unsigned int i = 0; i < nr_blocks; i++) {
		unsigned long start = page_to_phys(blocks[i].page);
		unsigned long end = start + (PAGE_SIZE << blocks[i].order);
		unsigned long hole = sim_ram_size / 2;

		EXPECT(start);
		EXPECT(end <= 0x9f000 || start >= 0x200000);
		EXPECT(end <= hole || start >= hole + 0x42000);
		EXPECT(end <= sim_ram_size);
	}
	put_all();
}

TEST(the_zero_page_is_zero_and_reserved)
{
	u8 *p = page_address(zero_page);

	EXPECT(page_test(zero_page, PG_reserved));
	EXPECT(is_zero_pfn(page_to_pfn(zero_page)));
	for (unsigned int i = 0; i < PAGE_SIZE; i++)
		ASSERT_EQ(p[i], 0);
}

TEST_DEBUG(fail_nth_fails_just_that_one)
{
	struct page *page[5] = { NULL };

	fail_nth_set(3);
	for (int i = 0; i < 5; i++) {
		page[i] = alloc_page(GFP_KERNEL |
				     (i == 1 ? __GFP_NOFAIL_INJECT : 0));
		EXPECT_EQ(fail_nth_hit(), i >= 3);
		EXPECT_EQ(!page[i], i == 3);
		if (page[i])
			put_page(page[i]);
	}
	fail_nth_set(0);
	EXPECT(!fail_nth_hit());
}

TEST_DEBUG(a_sweep_reaches_every_allocation)
{
	int rounds = 0, failed = 0;

	SWEEP
	{
		struct page *a = alloc_page(GFP_KERNEL);
		struct page *b = a ? alloc_pages(GFP_KERNEL, 1) : NULL;
		void *c = b ? kmalloc(100, GFP_KERNEL) : NULL;

		rounds++;
		failed += sim_sweep_failed();
		EXPECT_EQ(!c, sim_sweep_failed());
		kfree(c);
		if (b)
			__free_pages(b, 1);
		if (a)
			__free_pages(a, 0);
	}
	EXPECT_EQ(rounds, 4);
	EXPECT_EQ(failed, 3);
}

/* --- bugs of the caller --------------------------------------------------------- */

TEST_DEBUG(double_free_is_caught)
{
	struct page *a = alloc_page(GFP_KERNEL);
	struct page *b = alloc_pages(GFP_KERNEL, 3);

	ASSERT(a && b);
	EXPECT_PANIC("freed twice", (__free_pages(a, 0), __free_pages(a, 0)));
	EXPECT_PANIC("page_count(page) <= 0", (put_page(a), put_page(a)));
	EXPECT_PANIC("page_count(page) <= 0", (put_page(a), get_page(a)));
	EXPECT_PANIC("freed twice", (__free_pages(b, 3), __free_pages(b, 3)));
	EXPECT_PANIC("freed twice", (put_page(a), free_page_last_ref(a)));
	__free_pages(a, 0);
	__free_pages(b, 3);
}

TEST(freeing_what_is_still_owned_is_caught)
{
	struct page *a = alloc_page(GFP_KERNEL);
	struct page *b = alloc_pages(GFP_KERNEL, 2);

	ASSERT(a && b);
	for (int bit = 0; bit <= PG_kernel; bit++) {
		if (bit == PG_reserved || bit == PG_slab || bit == PG_table ||
		    bit == PG_locked)
			EXPECT_PANIC("still has an owner",
				     (page_set(a, bit), put_page(a)));
	}
	EXPECT_PANIC("while 2 ptes map it",
		     (atomic_set(&a->_mapcount, 2), put_page(a)));
	EXPECT_PANIC("with reference count 1", free_page_last_ref(a));
	EXPECT_PANIC("with reference count 1",
		     (get_page(a), atomic_set(&b[3]._refcount, 1),
		      __free_pages(b, 2)));
	/* These flags do not matter any more. */
	page_set(a, PG_dirty);
	page_set(a, PG_anon);
	page_set(a, PG_uptodate);
	put_page(a);
	__free_pages(b, 2);
}

TEST_DEBUG(a_write_to_a_free_page_is_caught)
{
	struct page *a = alloc_page(GFP_KERNEL);
	u8 *p;

	ASSERT(a);
	p = page_address(a);
	EXPECT_PANIC("was written to: offset 4088",
		     (put_page(a), sim_poke(p + 4090, 1),
		      (void)alloc_page(GFP_KERNEL)));
	put_page(a);
}

TEST_DEBUG(free_pages_are_closed_to_the_sanitizer)
{
	struct page *a = alloc_page(GFP_KERNEL);
	u8 *p = page_address(a);
	extern int __asan_address_is_poisoned(const volatile void *addr);

	EXPECT(!__asan_address_is_poisoned(p + 4095));
	put_page(a);
	EXPECT(__asan_address_is_poisoned(p));
	EXPECT(__asan_address_is_poisoned(p + 4095));
}

/* --- the validator finds each broken invariant ------------------------------------ */

/* A free block of at least order 2, through the page array. */
static struct page *some_free_block(void)
{
	for (unsigned long pfn = 0; pfn < max_pfn; pfn++)
		if (page_test(pfn_to_page(pfn), PG_buddy) &&
		    pfn_to_page(pfn)->private >= 2)
			return pfn_to_page(pfn);
	sim_die("no free block");
}

static struct page *parked_page(void)
{
	put_page(alloc_page(GFP_KERNEL | __GFP_NOFAIL_INJECT));
	for (unsigned long pfn = 0; pfn < max_pfn; pfn++)
		if (page_test(pfn_to_page(pfn), PG_pcp))
			return pfn_to_page(pfn);
	sim_die("no parked page");
}

TEST(validate_finds_a_block_in_the_wrong_list)
{
	struct page *b = some_free_block();

	EXPECT_PANIC("P1:", (b->private ++, page_alloc_validate()));
	EXPECT_PANIC("P1:", (page_clear(b, PG_buddy), page_alloc_validate()));
}

TEST(validate_finds_flags_or_references_on_free_pages)
{
	struct page *b = some_free_block();

	EXPECT_PANIC("P2:", (page_set(b + 1, PG_anon), page_alloc_validate()));
	EXPECT_PANIC("P2:", (page_set(b + 3, PG_buddy), page_alloc_validate()));
	EXPECT_PANIC("P2:",
		     (atomic_set(&b[2]._refcount, 1), page_alloc_validate()));
	EXPECT_PANIC("P2:",
		     (atomic_set(&b->_refcount, 1), page_alloc_validate()));
}

TEST(validate_finds_a_page_marked_but_not_listed)
{
	struct page *a = alloc_page(GFP_KERNEL);

	ASSERT(a);
	EXPECT_PANIC("P4:", (page_set(a, PG_buddy), page_alloc_validate()));
	EXPECT_PANIC("P5:", (page_set(a, PG_pcp), page_alloc_validate()));
	put_page(a);
}

TEST(validate_finds_a_block_cut_out_of_its_list)
{
	struct page *b = some_free_block();

	EXPECT_PANIC("P4:", (b->buddy_list.prev->next = b->buddy_list.next,
			     b->buddy_list.next->prev = b->buddy_list.prev,
			     page_alloc_validate()));
}

TEST(validate_finds_a_parked_page_in_use)
{
	struct page *p = parked_page();

	EXPECT_PANIC("P5:",
		     (atomic_set(&p->_refcount, 1), page_alloc_validate()));
	EXPECT_PANIC("P5:", (page_set(p, PG_anon), page_alloc_validate()));
	EXPECT_PANIC("P5:", (page_clear(p, PG_pcp), page_alloc_validate()));
}

TEST(validate_finds_buddies_that_were_not_joined)
{
	struct page *b = alloc_pages(GFP_KERNEL, 1);

	ASSERT(b);
	/* Freed one by one behind the allocator's back: split by hand. */
	EXPECT_PANIC("P3:",
		     (__free_pages(b, 1), drain_local_pages(), ({
			      struct page *f = some_free_block(), *h;
			      unsigned int order = f->private;

			      h = f + (1UL << (order - 1));
			      f->private = order - 1;
			      h->private = order - 1;
			      page_set(h, PG_buddy);
			      /* The list it is in does not matter: is the pair seen
			  * when one of them is where it belongs? */
			      for (unsigned long i = 0; i < max_pfn; i++) {
				      struct page *p = pfn_to_page(i);

				      if (page_test(p, PG_buddy) && p != f &&
					  p != h && p->private == order - 1) {
					      __list_del_entry(&f->buddy_list);
					      list_add(&f->buddy_list,
						       &p->buddy_list);
					      break;
				      }
			      }
		      }),
		      page_alloc_validate()));
	__free_pages(b, 1);
}

TEST(validate_finds_frame_0_given_away)
{
	EXPECT_PANIC("P6:", (page_clear(pfn_to_page(0), PG_reserved),
			     page_alloc_validate()));
}

TEST(what_other_cpus_have_parked_is_found_when_memory_is_short)
{
	unsigned long n = 0, parked;
	struct page *page, *all = NULL;

	sim_set_cpu(1);
	page = alloc_page(GFP_USER); /* CPU 1 parks the rest of a batch */
	parked = nr_free_pages();
	put_page(page);
	sim_set_cpu(0);
	while ((page = alloc_page(GFP_USER))) {
		page->private = all ? (u32)page_to_pfn(all) : 0;
		all = page;
		n++;
	}
	EXPECT(n > parked - min_free_pages() - 1);
	while (all) {
		page = all;
		all = page->private ? pfn_to_page(page->private) : NULL;
		put_page(page);
	}
	sim_set_cpu(0);
}

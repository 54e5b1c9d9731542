/* SPDX-License-Identifier: MIT */
/* Object caches and kmalloc, and what they notice. */
#include "sim.h"

#define MAX_OBJS 3000

static struct {
	u8 *p;
	size_t size;
	u8 fill;
} objs[MAX_OBJS];
static unsigned int nr_objs;

static void hold(void *p, size_t size)
{
	objs[nr_objs].p = p;
	objs[nr_objs].size = size;
	objs[nr_objs].fill = (u8)sim_random();
	memset(p, objs[nr_objs].fill, size);
	nr_objs++;
}

static void *release(unsigned int i)
{
	void *p = objs[i].p;

	for (size_t j = 0; j < objs[i].size; j++)
		ASSERT_EQ(objs[i].p[j], objs[i].fill);
	objs[i] = objs[--nr_objs];
	return p;
}

/* The largest power of two that divides @n, at most 64. */
static unsigned long natural_align(unsigned long n)
{
	return min(n & -n, 64UL);
}

static void random_objects(struct kmem_cache *cache, size_t size)
{
	unsigned long in_use = slab_objects_in_use();
	void *p;

	for (int i = 0; i < 6000; i++) {
		sim_set_cpu(sim_random_below(3));
		if (nr_objs < MAX_OBJS && sim_random_below(20) < 11) {
			p = kmem_cache_alloc(cache, GFP_KERNEL);
			ASSERT(p);
			hold(p, size);
		} else if (nr_objs) {
			kmem_cache_free(cache,
					release(sim_random_below(nr_objs)));
		}
		ASSERT_EQ(slab_objects_in_use(), in_use + nr_objs);
	}
	while (nr_objs)
		kmem_cache_free(cache, release(sim_random_below(nr_objs)));
	EXPECT_EQ(slab_objects_in_use(), in_use);
}

TEST(random_objects_never_overlap_and_all_come_back)
{
	static const size_t sizes[] = { 1, 24, 168, 577, 4096, 20000 };

	for (unsigned int i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct kmem_cache *c =
			kmem_cache_create("random", sizes[i], 0, 0);

		ASSERT(c);
		if (sizes[i] < 4096)
			random_objects(c, sizes[i]);
		else
			for (int j = 0; j < 40; j++) {
				void *p = kmem_cache_alloc(c, GFP_KERNEL);

				ASSERT(p);
				hold(p, sizes[i]);
			}
		while (nr_objs)
			kmem_cache_free(c, release(0));
		kmem_cache_destroy(c);
	}
}

TEST(kmalloc_of_any_size_is_aligned_and_large_enough)
{
	unsigned long in_use = slab_objects_in_use();

	for (size_t size = 0; size <= 9000; size += size < 300 ? 1 : 61) {
		u8 *p = kmalloc(size, GFP_KERNEL);

		ASSERT(p);
		EXPECT(ksize(p) >= size);
		EXPECT_EQ((unsigned long)p % natural_align(ksize(p)), 0);
		EXPECT_EQ(slab_objects_in_use(), in_use + 1);
		memset(p, 0xff, ksize(p));
		kfree(p);
		p = kzalloc(size, GFP_KERNEL);
		ASSERT(p);
		for (size_t i = 0; i < size; i++)
			ASSERT_EQ(p[i], 0);
		kfree(p);
	}
	EXPECT_EQ(slab_objects_in_use(), in_use);
}

TEST(kmalloc_classes_waste_at_most_half)
{
	for (size_t size = 8; size <= 8192; size++) {
		void *p = kmalloc(size, GFP_KERNEL);

		ASSERT(p);
		EXPECT(ksize(p) < 2 * size);
		kfree(p);
	}
}

TEST(large_kmalloc_takes_whole_pages)
{
	unsigned long in_use = slab_objects_in_use();

	for (size_t size = 8193; size <= MiB(4); size *= 2) {
		u8 *p = kmalloc(size, GFP_KERNEL | __GFP_ZERO);

		ASSERT(p);
		EXPECT_EQ(offset_in_page(p), 0);
		EXPECT(ksize(p) >= size);
		EXPECT_EQ(p[size - 1], 0);
		EXPECT_EQ(slab_objects_in_use(), in_use + 1);
		kfree(p);
	}
	EXPECT(!kmalloc(MiB(4) + 1, GFP_KERNEL));
	EXPECT(!kmalloc(~0UL, GFP_KERNEL));
	EXPECT(!kmalloc(1UL << 63, GFP_KERNEL));
}

TEST(kcalloc_refuses_a_product_that_overflows)
{
	u8 *p = kcalloc(7, 9, GFP_KERNEL);

	ASSERT(p);
	for (int i = 0; i < 63; i++)
		EXPECT_EQ(p[i], 0);
	kfree(p);
	EXPECT(!kcalloc(1UL << 33, 1UL << 32, GFP_KERNEL));
	EXPECT(!kcalloc(~0UL, 2, GFP_KERNEL));
	p = kcalloc(0, 100, GFP_KERNEL);
	EXPECT(p);
	kfree(p);
}

TEST(kstrdup_copies)
{
	char *s = kstrdup("usmm", GFP_KERNEL);

	ASSERT(s);
	EXPECT_EQ(strcmp(s, "usmm"), 0);
	kfree(s);
	EXPECT(!kstrdup(NULL, GFP_KERNEL));
	kfree(NULL);
	kmem_cache_free(NULL, NULL);
	EXPECT_EQ(ksize(NULL), 0);
}

TEST(zalloc_is_zero_after_dirty_use)
{
	struct kmem_cache *c = kmem_cache_create("z", 100, 0, 0);

	for (int round = 0; round < 200; round++) {
		u8 *p = kmem_cache_zalloc(c, GFP_KERNEL);

		ASSERT(p);
		for (int i = 0; i < 100; i++)
			ASSERT_EQ(p[i], 0);
		memset(p, 0xee, 100);
		kmem_cache_free(c, p);
	}
	kmem_cache_destroy(c);
}

TEST(alignment_is_honoured)
{
	for (size_t align = 8; align <= 4096; align *= 2) {
		struct kmem_cache *c = kmem_cache_create("a", 40, align, 0);
		void *p[20];

		ASSERT(c);
		for (int i = 0; i < 20; i++) {
			p[i] = kmem_cache_alloc(c, GFP_KERNEL);
			ASSERT(p[i]);
			EXPECT_EQ((unsigned long)p[i] % align, 0);
		}
		for (int i = 0; i < 20; i++)
			kmem_cache_free(c, p[i]);
		kmem_cache_destroy(c);
	}
}

TEST(impossible_caches_are_refused)
{
	EXPECT(!kmem_cache_create("none", 0, 0, 0));
	EXPECT(!kmem_cache_create("huge", 40000, 0, 0));
	EXPECT(!kmem_cache_create("odd", 8, 24, 0));
	EXPECT(!kmem_cache_create("wide", 8, 8192, 0));
	EXPECT_PANIC("cache none cannot be made",
		     (void)kmem_cache_create("none", 0, 0, SLAB_PANIC));
}

TEST(the_largest_objects_fit_a_slab)
{
	struct kmem_cache *c = kmem_cache_create("large", 28672, 0, 0);
	u8 *p;

	ASSERT(c);
	p = kmem_cache_alloc(c, GFP_KERNEL);
	ASSERT(p);
	memset(p, 1, 28672);
	kmem_cache_free(c, p);
	kmem_cache_destroy(c);
}

TEST(hwcache_align_gives_whole_lines)
{
	struct kmem_cache *c =
		kmem_cache_create("line", 65, 0, SLAB_HWCACHE_ALIGN);
	void *p = kmem_cache_alloc(c, GFP_KERNEL);

	EXPECT_EQ((unsigned long)p % 64, 0);
	kmem_cache_free(c, p);
	kmem_cache_destroy(c);
}

TEST(info_names_caches_and_counts)
{
	struct kmem_cache *c = kmem_cache_create("seen", 64, 0, 0);
	void *p = kmem_cache_alloc(c, GFP_KERNEL);
	struct slab_info info;
	unsigned int i = 0;
	bool found = false;

	for (; slab_get_info(i, &info); i++) {
		ASSERT(i < 1000);
		EXPECT(info.objects <= info.capacity);
		if (strcmp(info.name, "seen"))
			continue;
		found = true;
		EXPECT_EQ(info.objects, 1);
		EXPECT_EQ(info.object_size, 64);
		EXPECT(info.pages >= 1);
	}
	EXPECT(found);
	EXPECT(!slab_get_info(i + 5, &info));
	EXPECT(slab_pages() > 0);
	kmem_cache_free(c, p);
	kmem_cache_destroy(c);
}

TEST(empty_slabs_go_back_to_the_page_allocator)
{
	struct kmem_cache *c = kmem_cache_create("many", 512, 0, 0);
	unsigned long pages = slab_pages();
	static void *p[2000];

	for (int i = 0; i < 2000; i++) {
		p[i] = kmem_cache_alloc(c, GFP_KERNEL);
		ASSERT(p[i]);
	}
	EXPECT(slab_pages() >= pages + 2000 / 8);
	for (int i = 0; i < 2000; i++)
		kmem_cache_free(c, p[i]);
	/* Without a drain: a few are kept, and what a magazine pins. */
	EXPECT(slab_pages() < pages + 60);
	kmem_cache_destroy(c);
}

TEST(out_of_memory_gives_null_and_harms_nothing)
{
	struct kmem_cache *c = kmem_cache_create("oom", 1024, 0, 0);
	void **chain = NULL, **p;
	unsigned long n = 0;

	while ((p = kmem_cache_alloc(c, GFP_KERNEL))) {
		*p = chain;
		chain = p;
		n++;
	}
	EXPECT(n > 10000);
	EXPECT(!kmalloc(20000, GFP_KERNEL));
	EXPECT(nr_free_pages() <= min_free_pages() / 2 + 8);
	p = kmalloc(100, GFP_ATOMIC);
	EXPECT(p);
	kfree(p);
	while (chain) {
		p = chain;
		chain = *p;
		kmem_cache_free(c, p);
	}
	kmem_cache_destroy(c);
}

TEST(objects_freed_on_another_cpu_come_back)
{
	struct kmem_cache *c = kmem_cache_create("cpu", 128, 0, 0);
	static void *p[500];

	for (int round = 0; round < 5; round++) {
		sim_set_cpu(0);
		for (int i = 0; i < 500; i++) {
			p[i] = kmem_cache_alloc(c, GFP_KERNEL);
			ASSERT(p[i]);
		}
		sim_set_cpu(1);
		for (int i = 0; i < 500; i++)
			kmem_cache_free(c, p[i]);
	}
	EXPECT(slab_pages() < 200);
	kmem_cache_destroy(c);
}

TEST_DEBUG(failure_injection_reaches_objects_but_not_slabs)
{
	struct kmem_cache *c = kmem_cache_create("inj", 3000, 0, 0);
	int rounds = 0;

	SWEEP
	{
		void *a = kmem_cache_alloc(c, GFP_KERNEL);
		void *b = kmem_cache_alloc(c, GFP_KERNEL);

		rounds++;
		kmem_cache_free(c, a);
		kmem_cache_free(c, b);
	}
	EXPECT_EQ(rounds, 3);
	kmem_cache_destroy(c);
}

/* --- bugs of the caller ----------------------------------------------------------- */

static struct kmem_cache *victim_cache(void)
{
	return kmem_cache_create("victim", 100, 0, 0);
}

static void alloc_again(struct kmem_cache *c)
{
	EXPECT(kmem_cache_alloc(c, GFP_KERNEL));
}

TEST_DEBUG(double_free_is_caught)
{
	struct kmem_cache *c = victim_cache();
	u8 *a = kmem_cache_alloc(c, GFP_KERNEL);
	u8 *b = kmem_cache_alloc(c, GFP_KERNEL);

	EXPECT_PANIC("Cache victim",
		     (kmem_cache_free(c, a), kmem_cache_free(c, a)));
	EXPECT_PANIC("freed twice",
		     (kmem_cache_free(c, a), kmem_cache_free(c, a)));
	EXPECT_PANIC("freed twice",
		     (kmem_cache_free(c, a), kmem_cache_free(c, b),
		      kmem_cache_free(c, a)));
	kmem_cache_free(c, a);
	kmem_cache_free(c, b);
	kmem_cache_destroy(c);
	a = kmalloc(20000, GFP_KERNEL);
	EXPECT_PANIC("kmalloc did not return", (kfree(a), kfree(a)));
	kfree(a);
}

TEST_DEBUG(overflow_is_caught)
{
	struct kmem_cache *c = victim_cache();
	u8 *a = kmem_cache_alloc(c, GFP_KERNEL);

	EXPECT_PANIC("written past its end",
		     (sim_poke(a + 100, 1), kmem_cache_free(c, a)));
	EXPECT_PANIC("written past its end",
		     (sim_poke(a + 107, 0), kmem_cache_free(c, a)));
	kmem_cache_free(c, a);
	kmem_cache_destroy(c);
}

TEST_DEBUG(use_after_free_is_caught)
{
	struct kmem_cache *c = victim_cache();
	u8 *a = kmem_cache_alloc(c, GFP_KERNEL);

	EXPECT_PANIC(
		"written to after it was freed",
		(kmem_cache_free(c, a), sim_poke(a + 50, 1), alloc_again(c)));
	EXPECT_PANIC("written to after it was freed",
		     (kmem_cache_free(c, a), sim_poke(a + 99, 0x6b),
		      alloc_again(c)));
	EXPECT_PANIC(
		"red zone was written to while it was free",
		(kmem_cache_free(c, a), sim_poke(a + 101, 1), alloc_again(c)));
	kmem_cache_free(c, a);
	kmem_cache_destroy(c);
}

TEST(a_corrupted_free_list_is_caught)
{
	struct kmem_cache *c = victim_cache();
	u8 *a = kmem_cache_alloc(c, GFP_KERNEL);

	/* The link lies behind the red zone; every object's is damaged. */
	EXPECT_PANIC("free list is corrupted", ({
			     kmem_cache_free(c, a);
			     slab_drain();
			     a = kmem_cache_alloc(c, GFP_KERNEL);
			     for (u8 *p = a - offset_in_page(a);
				  p < a - offset_in_page(a) + 3900; p += 8)
				     if (sim_peek(p) != 0x6b &&
					 sim_peek(p) != 0xbb &&
					 sim_peek(p + 1) != 0x6b &&
					 (p < a || p >= a + 128))
					     sim_poke(p, sim_peek(p) ^ 0x55);
			     for (int i = 0; i < 100; i++)
				     if (!kmem_cache_alloc(c, GFP_KERNEL))
					     break;
		     }));
	kmem_cache_free(c, a);
	kmem_cache_destroy(c);
}

TEST_DEBUG(freeing_to_the_wrong_place_is_caught)
{
	struct kmem_cache *c = victim_cache();
	struct kmem_cache *d = kmem_cache_create("other", 100, 0, 0);
	u8 *a = kmem_cache_alloc(c, GFP_KERNEL);
	struct page *page = alloc_page(GFP_KERNEL);

	ASSERT(a && page);
	EXPECT_PANIC("Cache other", kmem_cache_free(d, a));
	EXPECT_PANIC("it is of another cache", kmem_cache_free(d, a));
	EXPECT_PANIC("no object's start", kmem_cache_free(c, a + 8));
	EXPECT_PANIC("no object's start", kfree(a + 8));
	EXPECT_PANIC("no slab object", kmem_cache_free(c, page_address(page)));
	EXPECT_PANIC("kmalloc did not return", kfree(page_address(page)));
	EXPECT_PANIC("which is no memory", kfree((void *)0x1000));
	put_page(page);
	kmem_cache_free(c, a);
	kmem_cache_destroy(c);
	kmem_cache_destroy(d);
}

TEST(freeing_a_slab_page_is_caught)
{
	u8 *a = kmalloc(64, GFP_KERNEL);

	EXPECT_PANIC("still has an owner",
		     free_page((unsigned long)a & PAGE_MASK));
	kfree(a);
}

TEST(destroying_a_cache_in_use_is_caught)
{
	struct kmem_cache *c = victim_cache();
	void *a = kmem_cache_alloc(c, GFP_KERNEL);

	EXPECT_PANIC("victim is destroyed while 1 objects",
		     kmem_cache_destroy(c));
	kmem_cache_free(c, a);
	kmem_cache_destroy(c);
	kmem_cache_destroy(NULL);
}

TEST_DEBUG(free_objects_and_red_zones_are_closed_to_the_sanitizer)
{
	extern int __asan_address_is_poisoned(const volatile void *addr);
	struct kmem_cache *c = victim_cache();
	u8 *a = kmem_cache_alloc(c, GFP_KERNEL);

	EXPECT(!__asan_address_is_poisoned(a + 99));
	EXPECT(__asan_address_is_poisoned(a + 100));
	kmem_cache_free(c, a);
	EXPECT(__asan_address_is_poisoned(a));
	kmem_cache_destroy(c);
}

/* --- the validator finds each broken invariant ------------------------------------ */

/* The slab of an object, by what every one-page slab is: its page. */
static struct page *slab_page(void *obj)
{
	return virt_to_page(obj);
}

TEST(validate_finds_wrong_counts)
{
	struct kmem_cache *c = victim_cache();
	void *a = kmem_cache_alloc(c, GFP_KERNEL);
	struct page *slab = slab_page(a);

	ASSERT(slab->slab_cache == c);
	slab_validate();
	/* private: used objects in the upper half, first free below. */
	EXPECT_PANIC("S3:", (slab->private += 1 << 16, slab_validate()));
	EXPECT_PANIC("S3:", (slab->private -= 1 << 16, slab_validate()));
	EXPECT_PANIC("S1:", (slab->private |= 0xffff, slab_validate()));
	EXPECT_PANIC("S1:",
		     (slab->slab_next = page_to_pfn(slab), slab_validate()));
	kmem_cache_free(c, a);
	kmem_cache_destroy(c);
}

TEST(validate_finds_a_slab_cut_off)
{
	struct kmem_cache *c = kmem_cache_create("victim", 2000, 0, 0);
	void *p[30];
	struct page *slab;

	for (int i = 0; i < 30; i++)
		p[i] = kmem_cache_alloc(c, GFP_KERNEL);
	for (int i = 0; i < 30; i += 2)
		kmem_cache_free(c, p[i]);
	slab_validate();
	for (unsigned long pfn = 1;; pfn++) {
		slab = pfn_to_page(pfn);
		if (page_test(slab, PG_slab) && slab->slab_cache == c &&
		    slab->slab_next)
			break;
	}
	EXPECT_PANIC("S2:", (slab->slab_next = 0, slab_validate()));
	for (int i = 1; i < 30; i += 2)
		kmem_cache_free(c, p[i]);
	kmem_cache_destroy(c);
}

TEST(validate_finds_pages_that_are_not_marked)
{
	struct kmem_cache *c = victim_cache();
	void *a = kmem_cache_alloc(c, GFP_KERNEL);
	struct page *slab = slab_page(a);

	EXPECT_PANIC("S3:", (page_clear(slab, PG_slab), slab_validate()));
	EXPECT_PANIC("is not marked so",
		     (slab->slab_cache = NULL, slab_validate()));
	kmem_cache_free(c, a);
	kmem_cache_destroy(c);
}

TEST(validate_finds_a_stranger_in_a_magazine)
{
	struct kmem_cache *c = victim_cache();
	struct kmem_cache *d = kmem_cache_create("other", 3000, 0, 0);
	void *p[10];

	/* All of a slab: then it is on no list. */
	for (int i = 0; i < 10; i++)
		p[i] = kmem_cache_alloc(d, GFP_KERNEL);
	kmem_cache_free(d, p[0]);
	slab_validate();
	EXPECT_PANIC("S4:", (slab_page(p[0])->slab_cache = c, slab_validate()));
	for (int i = 1; i < 10; i++)
		kmem_cache_free(d, p[i]);
	kmem_cache_destroy(c);
	kmem_cache_destroy(d);
}

TEST_DEBUG(validate_finds_writes_to_free_objects)
{
	struct kmem_cache *c = victim_cache();
	u8 *a = kmem_cache_alloc(c, GFP_KERNEL);
	u8 *b = a + ((unsigned long)offset_in_page(a) < 2048 ? 256 : -256);

	EXPECT_PANIC(
		"written to after it was freed",
		(kmem_cache_free(c, a), sim_poke(a + 3, 0), slab_validate()));
	EXPECT_PANIC("Cache victim", (sim_poke(b, 0), slab_validate()));
	kmem_cache_free(c, a);
	kmem_cache_destroy(c);
}

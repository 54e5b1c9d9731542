/* SPDX-License-Identifier: MIT */
/* Object caches and kmalloc in the running kernel. */
#include <ikos/ktest.h>
#include <ikos/page.h>
#include <ikos/random.h>
#include <ikos/slab.h>
#include <ikos/string.h>

#define MAX_OBJS 1000

struct object {
	u8 *p;
	size_t size;
	u8 fill;
};

static bool intact(const struct object *o)
{
	for (size_t i = 0; i < o->size; i++)
		if (o->p[i] != o->fill)
			return false;
	return true;
}

KTEST(slab, random_sizes_do_not_overlap)
{
	struct object *objs = kcalloc(MAX_OBJS, sizeof(*objs), GFP_KERNEL);
	unsigned int wrong = 0;

	ASSERT(objs);
	for (int i = 0; i < 8000; i++) {
		u64 r = get_random_u64();
		struct object *o = &objs[r % MAX_OBJS];

		if (o->p) {
			wrong += !intact(o);
			kfree(o->p);
			o->p = NULL;
			continue;
		}
		o->size = (r >> 20) % (r >> 40 & 7 ? 300 : 12000);
		o->fill = (u8)(r >> 50);
		o->p = kmalloc(o->size, GFP_KERNEL);
		if (!o->p)
			continue;
		wrong += ksize(o->p) < o->size;
		memset(o->p, o->fill, o->size);
	}
	for (int i = 0; i < MAX_OBJS; i++) {
		if (objs[i].p)
			wrong += !intact(&objs[i]);
		kfree(objs[i].p);
	}
	kfree(objs);
	EXPECT_EQ(wrong, 0);
}

KTEST(slab, a_cache_comes_and_goes)
{
	unsigned long in_use = slab_objects_in_use();
	struct kmem_cache *c = kmem_cache_create("ktest", 168, 0, 0);
	void *chain = NULL;

	ASSERT(c);
	for (int i = 0; i < 3000; i++) {
		void **p = kmem_cache_zalloc(c, GFP_KERNEL);

		ASSERT(p);
		EXPECT(!*p);
		*p = chain;
		chain = p;
	}
	EXPECT_EQ(slab_objects_in_use(), in_use + 3001);
	while (chain) {
		void **p = chain;

		chain = *p;
		kmem_cache_free(c, p);
	}
	kmem_cache_destroy(c);
	EXPECT_EQ(slab_objects_in_use(), in_use);
}

KTEST(slab, alignment_is_honoured)
{
	for (size_t align = 8; align <= PAGE_SIZE; align *= 2) {
		struct kmem_cache *c = kmem_cache_create("ktest", 72, align, 0);
		void *a, *b;

		ASSERT(c);
		a = kmem_cache_alloc(c, GFP_KERNEL);
		b = kmem_cache_alloc(c, GFP_KERNEL);
		EXPECT(a && IS_ALIGNED((unsigned long)a, align));
		EXPECT(b && IS_ALIGNED((unsigned long)b, align));
		kmem_cache_free(c, a);
		kmem_cache_free(c, b);
		kmem_cache_destroy(c);
	}
}

KTEST(slab, sizes_that_overflow_are_refused)
{
	EXPECT(!kcalloc(1UL << 33, 1UL << 32, GFP_KERNEL));
	EXPECT(!kmalloc(~0UL, GFP_KERNEL));
	EXPECT(!kmalloc(MiB(4) + 1, GFP_KERNEL));
	kfree(NULL);
}

KTEST(slab, drain_gives_empty_slabs_back)
{
	static void *p[400];
	unsigned long pages;

	slab_drain();
	pages = slab_pages();
	for (unsigned int i = 0; i < ARRAY_SIZE(p); i++)
		p[i] = kmalloc(1000, GFP_KERNEL);
	EXPECT(slab_pages() >= pages + 95);
	for (unsigned int i = 0; i < ARRAY_SIZE(p); i++)
		kfree(p[i]);
	slab_drain();
	EXPECT_EQ(slab_pages(), pages);
}

KTEST(slab, info_agrees_with_the_sums)
{
	unsigned long pages = 0, objects = 0;
	struct slab_info info;

	for (unsigned int i = 0; slab_get_info(i, &info); i++) {
		EXPECT(info.name && info.name[0]);
		EXPECT(info.objects <= info.capacity);
		pages += info.pages;
		objects += info.objects;
	}
	EXPECT_EQ(pages, slab_pages());
	EXPECT(objects <= slab_objects_in_use() + 200);
}

KTEST(slab, every_cache_is_consistent)
{
	slab_validate();
	slab_drain();
	slab_validate();
}

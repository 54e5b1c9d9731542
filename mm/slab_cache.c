/* SPDX-License-Identifier: MIT */
/*
 * Caches as a whole: made, destroyed, listed, drained. Owns the list of all
 * caches and the two caches that the allocator needs for itself:
 *
 *	cache_cache	struct kmem_cache
 *	magazine_cache	struct magazine
 *	kmalloc-8 …	mm/kmalloc.c
 *	the rest	in the order in which the kernel makes them at boot
 *
 * How large a slab is: the fewest pages, up to eight, of which at most an
 * eighth is wasted and that hold four objects. 168 bytes: 24 to a page, 64
 * bytes left. 1500 bytes: 2 to a page and 1096 left, 5 to two pages and 692
 * left: two pages.
 *
 * Locks: caches_lock guards the list; inside cache->lock is not taken. Taken
 * with interrupts off.
 *
 * Differs from Linux: no merging of caches of like size, so that a leak has a
 * name; no cpu or node partial lists.
 */
#include <ikos/random.h>
#include <ikos/slab.h>
#include <ikos/string.h>

#include "internal.h"

#define SLAB_MAX_ORDER 3

static DEFINE_SPINLOCK(caches_lock);
static struct kmem_cache *caches;
/* Where caches and magazines come from; neither has magazines itself. */
static struct kmem_cache cache_cache;
struct kmem_cache magazine_cache;

/* --- making ------------------------------------------------------------------- */

/* The smallest order that wastes at most an eighth of the slab. */
static unsigned int choose_order(unsigned int slot)
{
	unsigned int order = 0;

	while (order < SLAB_MAX_ORDER) {
		unsigned long bytes = PAGE_SIZE << order;

		if (bytes / slot >= 4 && bytes % slot <= bytes / 8)
			break;
		order++;
	}
	return order;
}

/* Park fewer of the large ones: about 8 KiB a CPU. */
static u32 choose_magazine(unsigned int slot)
{
	return clamp(8192u / slot * 2, 4u, MAGAZINE_SIZE);
}

/**
 * cache_setup - fill in an empty cache
 * @cache: the cache
 * @name: stays the caller's
 * @size: bytes of an object
 * @align: power of two, bytes; 0: that of a long
 */
void cache_setup(struct kmem_cache *cache, const char *name, size_t size,
		 size_t align)
{
	size = max(size, sizeof(long));
	align = max(align, sizeof(long));
	memset(cache, 0, sizeof(*cache));
	cache->name = name;
	cache->object_size = size;
	cache->link_offset = slab_link_offset(size);
	cache->slot = ALIGN(cache->link_offset ? cache->link_offset + 8 : size,
			    align);
	cache->order = choose_order(cache->slot);
	cache->per_slab = (PAGE_SIZE << cache->order) / cache->slot;
	cache->magazine_limit = choose_magazine(cache->slot);
	cache->key = get_random_u64();
	spin_lock_init(&cache->lock);
	for (unsigned int cpu = 0; cpu < NR_CPUS; cpu++)
		cache->magazine[cpu] = &no_magazine;
}

/**
 * cache_register - enter a cache in the list of all
 * @cache: the cache
 */
void cache_register(struct kmem_cache *cache)
{
	struct kmem_cache **link = &caches;
	unsigned long flags;

	/* At the end: slab_get_info() counts from the oldest. */
	spin_lock_irqsave(&caches_lock, flags);
	while (*link)
		link = &(*link)->next;
	*link = cache;
	spin_unlock_irqrestore(&caches_lock, flags);
}

/**
 * kmem_cache_create - make a cache
 * @name: for /proc/slabinfo and complaints; stays the caller's, for ever
 * @size: bytes of an object, at most 8 pages with what surrounds it
 * @align: power of two, at most a page; 0: that of a long
 * @flags: SLAB_HWCACHE_ALIGN: at least 64; SLAB_PANIC: panic in place of
 *	returning NULL
 *
 * Context: may sleep.
 * Return: the cache, or NULL: no memory, or no such object is possible.
 */
struct kmem_cache *kmem_cache_create(const char *name, size_t size,
				     size_t align, unsigned int flags)
{
	struct kmem_cache *cache = NULL;

	if (flags & SLAB_HWCACHE_ALIGN)
		align = max(align, 64UL);
	if (size && size <= (PAGE_SIZE << SLAB_MAX_ORDER) - PAGE_SIZE &&
	    align <= PAGE_SIZE && !(align & (align - 1)))
		cache = kmem_cache_alloc(&cache_cache, GFP_KERNEL);
	if (cache) {
		cache_setup(cache, name, size, align);
		cache_register(cache);
	} else if (flags & SLAB_PANIC) {
		panic("The object cache %s cannot be made", name);
	}
	return cache;
}

/* --- destroying ---------------------------------------------------------------- */

/* Objects that somebody has; nobody must be allocating at the moment. */
static unsigned long cache_in_use(const struct kmem_cache *cache)
{
	long n = READ_ONCE(cache->nr_out);

	for (unsigned int cpu = 0; cpu < NR_CPUS; cpu++)
		n -= READ_ONCE(cache->magazine[cpu]->count);
	return n < 0 ? 0 : (unsigned long)n;
}

static void cache_unregister(struct kmem_cache *cache)
{
	struct kmem_cache **link = &caches;
	unsigned long flags;

	spin_lock_irqsave(&caches_lock, flags);
	while (*link && *link != cache)
		link = &(*link)->next;
	if (*link)
		*link = cache->next;
	spin_unlock_irqrestore(&caches_lock, flags);
}

/**
 * kmem_cache_destroy - undo kmem_cache_create()
 * @cache: the cache, which nobody uses any more; NULL is allowed
 *
 * Panics when objects are still in use: somebody would free them into nothing.
 * Context: may sleep.
 */
void kmem_cache_destroy(struct kmem_cache *cache)
{
	unsigned long flags;

	if (!cache)
		return;
	local_irq_save(flags);
	for (unsigned int cpu = 0; cpu < NR_CPUS; cpu++)
		magazine_destroy(cache, cpu);
	local_irq_restore(flags);
	cache_shrink(cache);
	if (cache->nr_out)
		panic("Cache %s is destroyed while %lu objects are in use",
		      cache->name, cache->nr_out);
	cache_unregister(cache);
	kmem_cache_free(&cache_cache, cache);
}

/* --- figures ------------------------------------------------------------------- */

/* What the allocator uses for itself is nobody's leak. */
static bool is_internal(const struct kmem_cache *cache)
{
	return cache == &magazine_cache;
}

/**
 * slab_objects_in_use - objects of all caches and large kmalloc() blocks that
 * somebody has
 *
 * Return: a count, exact while no other CPU allocates.
 */
unsigned long slab_objects_in_use(void)
{
	unsigned long flags, sum = kmalloc_large_blocks();

	spin_lock_irqsave(&caches_lock, flags);
	for (struct kmem_cache *c = caches; c; c = c->next)
		if (!is_internal(c))
			sum += cache_in_use(c);
	spin_unlock_irqrestore(&caches_lock, flags);
	return sum;
}

/**
 * slab_pages - pages that slabs consist of
 *
 * Return: pages; large kmalloc() blocks are not among them.
 */
unsigned long slab_pages(void)
{
	unsigned long flags, sum = 0;

	spin_lock_irqsave(&caches_lock, flags);
	for (struct kmem_cache *c = caches; c; c = c->next)
		sum += READ_ONCE(c->nr_slabs) << c->order;
	spin_unlock_irqrestore(&caches_lock, flags);
	return sum;
}

/**
 * slab_get_info - figures of one cache
 * @n: its number, from 0
 * @info: filled
 *
 * Return: false past the last.
 */
bool slab_get_info(unsigned int n, struct slab_info *info)
{
	struct kmem_cache *c;
	unsigned long flags;

	spin_lock_irqsave(&caches_lock, flags);
	for (c = caches; c && n; c = c->next)
		n--;
	if (c)
		*info = (struct slab_info){
			.name = c->name,
			.object_size = c->object_size,
			.objects = cache_in_use(c),
			.capacity = READ_ONCE(c->nr_slabs) * c->per_slab,
			.pages = READ_ONCE(c->nr_slabs) << c->order,
		};
	spin_unlock_irqrestore(&caches_lock, flags);
	return c;
}

static void drain_cache(struct kmem_cache *cache)
{
	unsigned long flags;

	local_irq_save(flags);
	magazine_destroy(cache, smp_processor_id());
	local_irq_restore(flags);
	cache_shrink(cache);
}

/**
 * slab_drain - empty slabs and this CPU's magazines back to the page allocator
 *
 * Caches are neither made nor destroyed meanwhile.
 * Context: may sleep.
 */
void slab_drain(void)
{
	for (struct kmem_cache *c = caches; c; c = c->next)
		drain_cache(c);
	/* The magazines themselves were freed only now. */
	cache_shrink(&magazine_cache);
}

/* --- validation ---------------------------------------------------------------- */

static void validate_slab(struct kmem_cache *cache, struct page *slab)
{
	unsigned int used = slab_used(slab), free;

	for (unsigned int i = 0; i < 1u << cache->order; i++)
		if (!page_test(slab + i, PG_slab) ||
		    slab[i].slab_cache != cache)
			panic("S3: the frame %#lx of a slab of cache %s is not "
			      "marked so",
			      page_to_pfn(slab + i), cache->name);
	free = slab_count_free(cache, slab);
	if (!free)
		panic("S1: a slab of cache %s is full and listed as partial",
		      cache->name);
	if (free + used != cache->per_slab)
		panic("S3: a slab of cache %s has %u objects in use and %u "
		      "free, of %u",
		      cache->name, used, free, cache->per_slab);
}

static void validate_magazine(struct kmem_cache *cache, struct magazine *m)
{
	for (unsigned int i = 0; i < m->count; i++) {
		if (virt_to_page(m->obj[i])->slab_cache != cache)
			panic("S4: a magazine of cache %s holds %#lx, which is "
			      "of another",
			      cache->name, (unsigned long)m->obj[i]);
		slab_debug_check(cache, m->obj[i]);
	}
}

/* cache->lock held. */
static void validate_cache(struct kmem_cache *cache)
{
	unsigned long out = cache->nr_slabs * cache->per_slab, empty = 0;
	unsigned long n = 0;

	for (u32 pfn = cache->partial; pfn && n <= cache->nr_slabs; n++) {
		struct page *slab = pfn_to_page(pfn);

		validate_slab(cache, slab);
		out -= cache->per_slab - slab_used(slab);
		empty += !slab_used(slab);
		pfn = slab->slab_next;
	}
	if (n > cache->nr_slabs)
		panic("S1: cache %s lists more than its %lu slabs", cache->name,
		      cache->nr_slabs);
	if (out != cache->nr_out || empty != cache->nr_empty)
		panic("S2: cache %s counts %lu objects out and %lu slabs "
		      "empty, its slabs say %lu and %lu",
		      cache->name, cache->nr_out, cache->nr_empty, out, empty);
}

/**
 * slab_validate - check invariants S1 … S4 of every cache
 *
 * Panics with the number of the one that does not hold; debug builds look at
 * the contents of free objects, too. Other CPUs must not allocate meanwhile.
 * Slow: looks at every free object.
 * Context: any.
 */
void slab_validate(void)
{
	unsigned long flags;

	for (struct kmem_cache *c = caches; c; c = c->next) {
		spin_lock_irqsave(&c->lock, flags);
		validate_cache(c);
		for (unsigned int cpu = 0; cpu < nr_cpus_online; cpu++)
			validate_magazine(c, c->magazine[cpu]);
		spin_unlock_irqrestore(&c->lock, flags);
	}
}

/**
 * kmem_cache_init - make the caches that everything else comes from
 *
 * Context: boot, once, after page_alloc_init().
 */
void kmem_cache_init(void)
{
	cache_setup(&cache_cache, "kmem_cache", sizeof(struct kmem_cache),
		    _Alignof(struct kmem_cache));
	cache_setup(&magazine_cache, "magazine", sizeof(struct magazine),
		    _Alignof(struct magazine));
	cache_cache.magazine_limit = 0;
	magazine_cache.magazine_limit = 0;
	cache_register(&cache_cache);
	cache_register(&magazine_cache);
	kmalloc_init();
}

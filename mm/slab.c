/* SPDX-License-Identifier: MIT */
/*
 * The object allocator: caches of objects of one size, cut out of slabs of a
 * few pages. Owns every page with PG_slab.
 *
 *	cache			slab: 2^order pages
 *	+-----------+ partial	+------+------+------+------+---+
 *	| lock, key |---------->| obj0 | obj1 | obj2 | obj3 |   |--> next slab
 *	+-----------+		+------+------+------+------+---+
 *	| magazine  |		 used    free-->free    used
 *	|  per CPU  |-> pointers to free objects, ready to be handed out
 *	+-----------+
 *
 * An allocation pops a pointer off the CPU's magazine, a free pushes one. Half
 * a magazine at a time goes to or comes from the slabs, under the cache's
 * lock. A slab with no object in use goes back to the page allocator, but for
 * KEEP_EMPTY of them.
 *
 * A free object in a slab holds the address of the next one, XORed with a
 * secret of the cache and with its own place, so that an overflow cannot
 * forge it; what comes out must be an object of the same slab. Debug builds
 * add red zones and poison (mm/slab_debug.c). Caches come and go in
 * mm/slab_cache.c; kmalloc() stands on them in mm/kmalloc.c.
 *
 * Invariants:
 *   S1  a slab is on its cache's partial list exactly when it has a free
 *       object
 *   S2  cache->nr_out is the number of objects that no slab holds: in use, or
 *       in a magazine
 *   S3  each page of a slab has PG_slab and slab_cache; the first page holds
 *       the first free object and the count of used ones in private
 *   S4  an object in a magazine is free and of the magazine's cache
 *
 * slab_validate() checks them.
 *
 * Locks: cache->lock guards the slabs, with interrupts off. A magazine is its
 * CPU's own. The page allocator is called without the lock.
 *
 * Differs from Linux's SLUB: magazines of pointers in place of a list through
 * the objects of one CPU slab; no merging of caches; frame numbers link the
 * slabs.
 */
#include <ikos/memcheck.h>
#include <ikos/slab.h>
#include <ikos/string.h>

#include "internal.h"

#define KEEP_EMPTY 2u
#define NO_OBJECT  0xffffu

/* Stands for one that does not exist: gives nothing and takes nothing. */
struct magazine no_magazine;

/**
 * slab_panic - say what is wrong with an object
 * @cache: the cache it belongs to, or is said to
 * @obj: the object
 * @what: the end of the sentence
 */
void __cold slab_panic(const struct kmem_cache *cache, const void *obj,
		       const char *what)
{
	panic("Cache %s, object %#lx: %s", cache->name, (unsigned long)obj,
	      what);
}

/* --- one slab; cache->lock held ------------------------------------------------- */

/* Where a free object keeps the address of the next. */
static unsigned long *link_of(const struct kmem_cache *cache, void *obj)
{
	return (unsigned long *)((char *)obj + cache->link_offset);
}

static unsigned long link_code(const struct kmem_cache *cache, const void *link)
{
	return cache->key ^ __builtin_bswap64((unsigned long)link);
}

/* The private word of a slab's first page: see slab_used(), too. */
static unsigned int slab_first_free(const struct page *slab)
{
	return slab->private & 0xffff;
}

static void slab_set(struct page *slab, unsigned int first_free,
		     unsigned int used)
{
	slab->private = used << 16 | first_free;
}

static struct page *slab_of(const struct kmem_cache *cache, const void *obj)
{
	unsigned long pfn = PFN_DOWN(__pa(obj));

	return pfn_to_page(ALIGN_DOWN(pfn, 1UL << cache->order));
}

static void *slab_object(const struct kmem_cache *cache,
			 const struct page *slab, unsigned int i)
{
	return (char *)page_address(slab) + i * cache->slot;
}

/* The number of @obj in @slab; NO_OBJECT when there is none at that place. */
static unsigned int slab_index(const struct kmem_cache *cache,
			       const struct page *slab, const void *obj)
{
	unsigned long offset =
		(unsigned long)obj - (unsigned long)page_address(slab);

	if (offset / cache->slot >= cache->per_slab || offset % cache->slot)
		return NO_OBJECT;
	return offset / cache->slot;
}

static void partial_add(struct kmem_cache *cache, struct page *slab)
{
	u32 pfn = page_to_pfn(slab);

	slab->slab_prev = 0;
	slab->slab_next = cache->partial;
	if (cache->partial)
		pfn_to_page(cache->partial)->slab_prev = pfn;
	cache->partial = pfn;
}

static void partial_del(struct kmem_cache *cache, struct page *slab)
{
	if (slab->slab_next)
		pfn_to_page(slab->slab_next)->slab_prev = slab->slab_prev;
	if (slab->slab_prev)
		pfn_to_page(slab->slab_prev)->slab_next = slab->slab_next;
	else
		cache->partial = slab->slab_next;
}

/* The object after @obj in the free list: its number, or NO_OBJECT. */
static unsigned int next_free(const struct kmem_cache *cache,
			      const struct page *slab, void *obj)
{
	unsigned long *link = link_of(cache, obj);
	unsigned long next = *link ^ link_code(cache, link);
	unsigned int i;

	if (!next)
		return NO_OBJECT;
	i = slab_index(cache, slab, (void *)next);
	if (i == NO_OBJECT)
		slab_panic(cache, obj,
			   "its free list is corrupted: it was written to "
			   "after it was freed");
	return i;
}

/**
 * slab_count_free - walk the free list of a slab, checking what lies in it
 * @cache: its cache
 * @slab: its first page
 *
 * Context: cache->lock. Panics when the list or a free object is damaged.
 * Return: free objects; more than there can be when the list is a circle.
 */
unsigned int slab_count_free(struct kmem_cache *cache, struct page *slab)
{
	unsigned int i = slab_first_free(slab), n = 0;

	while (i != NO_OBJECT && n <= cache->per_slab) {
		void *obj = slab_object(cache, slab, i);

		slab_debug_check(cache, obj);
		i = next_free(cache, slab, obj);
		n++;
	}
	return n;
}

/* Take a free object out of @slab, which has one. */
static void *slab_pop(struct kmem_cache *cache, struct page *slab)
{
	unsigned int used = slab_used(slab);
	void *obj = slab_object(cache, slab, slab_first_free(slab));
	unsigned int next = next_free(cache, slab, obj);

	if (!used)
		cache->nr_empty--;
	slab_set(slab, next, used + 1);
	cache->nr_out++;
	if (next == NO_OBJECT)
		partial_del(cache, slab);
	return obj;
}

/* Put @obj back into its slab; true: no object of it is in use any more. */
static bool slab_push(struct kmem_cache *cache, struct page *slab, void *obj)
{
	unsigned int first = slab_first_free(slab);
	unsigned int used = slab_used(slab);
	unsigned long *link = link_of(cache, obj);
	void *next = NULL;

	if (first != NO_OBJECT)
		next = slab_object(cache, slab, first);
	else
		partial_add(cache, slab);
	*link = (unsigned long)next ^ link_code(cache, link);
	slab_set(slab, slab_index(cache, slab, obj), used - 1);
	cache->nr_out--;
	if (used == 1)
		cache->nr_empty++;
	return used == 1;
}

/* --- slabs and pages ------------------------------------------------------------ */

/* Link the objects of a new slab into its free list, in order. */
static void slab_format(struct kmem_cache *cache, struct page *slab)
{
	void *next = NULL;

	for (unsigned int i = cache->per_slab; i-- > 0;) {
		void *obj = slab_object(cache, slab, i);
		unsigned long *link = link_of(cache, obj);

		*link = (unsigned long)next ^ link_code(cache, link);
		slab_debug_init(cache, obj);
		next = obj;
	}
	slab_set(slab, 0, 0);
}

/* A new slab, not on any list; NULL: no memory. No lock held. */
static struct page *slab_create(struct kmem_cache *cache, gfp_t gfp)
{
	struct page *slab;

	/* A cache asks for more than one page only to waste less. */
	slab = alloc_pages((gfp & ~__GFP_ZERO) | __GFP_NOFAIL_INJECT,
			   cache->order);
	if (!slab)
		return NULL;
	for (unsigned int i = 0; i < 1u << cache->order; i++) {
		page_set(slab + i, PG_slab);
		slab[i].slab_cache = cache;
	}
	slab_format(cache, slab);
	return slab;
}

static void slab_destroy(struct kmem_cache *cache, struct page *slab)
{
	memcheck_open(page_address(slab), PAGE_SIZE << cache->order);
	for (unsigned int i = 0; i < 1u << cache->order; i++) {
		slab[i].flags &= ~(1u << PG_slab);
		slab[i].slab_cache = NULL;
	}
	__free_pages(slab, cache->order);
}

/* Take empty slabs off the partial list until @keep are left; they come back
 * as a chain through slab_next. cache->lock held. */
static u32 unlink_empty(struct kmem_cache *cache, unsigned long keep)
{
	u32 chain = 0, pfn = cache->partial;

	while (pfn && cache->nr_empty > keep) {
		struct page *slab = pfn_to_page(pfn);

		pfn = slab->slab_next;
		if (slab_used(slab))
			continue;
		partial_del(cache, slab);
		cache->nr_empty--;
		cache->nr_slabs--;
		slab->slab_next = chain;
		chain = page_to_pfn(slab);
	}
	return chain;
}

static void destroy_chain(struct kmem_cache *cache, u32 chain)
{
	while (chain) {
		struct page *slab = pfn_to_page(chain);

		chain = slab->slab_next;
		slab_destroy(cache, slab);
	}
}

/* --- magazines; interrupts off --------------------------------------------------- */

static struct magazine *this_magazine(const struct kmem_cache *cache)
{
	return cache->magazine[smp_processor_id()];
}

/* Replace no_magazine by a real one, if there is memory for it. */
static void magazine_create(struct kmem_cache *cache)
{
	unsigned int cpu = smp_processor_id();
	struct magazine *m;

	if (cache->magazine[cpu] != &no_magazine || !cache->magazine_limit)
		return;
	m = kmem_cache_alloc(&magazine_cache,
			     GFP_ATOMIC | __GFP_NOFAIL_INJECT | __GFP_NOWARN);
	if (!m)
		return;
	m->count = 0;
	m->limit = cache->magazine_limit;
	cache->magazine[cpu] = m;
}

/* Move the @n objects that have been here longest back to their slabs. */
static void magazine_flush(struct kmem_cache *cache, struct magazine *m,
			   unsigned int n)
{
	u32 chain;

	spin_lock(&cache->lock);
	for (unsigned int i = 0; i < n; i++)
		slab_push(cache, slab_of(cache, m->obj[i]), m->obj[i]);
	chain = unlink_empty(cache, KEEP_EMPTY);
	spin_unlock(&cache->lock);
	m->count -= n;
	memmove(m->obj, m->obj + n, m->count * sizeof(m->obj[0]));
	destroy_chain(cache, chain);
}

/* One object for the caller, and half a magazine for those to come. NULL: the
 * slabs have none. */
static void *take_from_slabs(struct kmem_cache *cache, struct magazine *m)
{
	void *obj = NULL;

	spin_lock(&cache->lock);
	if (cache->partial)
		obj = slab_pop(cache, pfn_to_page(cache->partial));
	while (cache->partial && m->count < m->limit / 2)
		m->obj[m->count++] =
			slab_pop(cache, pfn_to_page(cache->partial));
	spin_unlock(&cache->lock);
	return obj;
}

/* The magazine is empty. Interrupts are on again while pages are allocated,
 * so that this may sleep one day. */
static noinline void *alloc_slow(struct kmem_cache *cache, gfp_t gfp)
{
	unsigned long flags;
	struct page *slab;
	void *obj;

	local_irq_save(flags);
	magazine_create(cache);
	obj = take_from_slabs(cache, this_magazine(cache));
	local_irq_restore(flags);
	if (obj)
		return obj;
	slab = slab_create(cache, gfp);
	if (!slab)
		return NULL;
	spin_lock_irqsave(&cache->lock, flags);
	partial_add(cache, slab);
	cache->nr_slabs++;
	cache->nr_empty++;
	obj = slab_pop(cache, slab);
	spin_unlock_irqrestore(&cache->lock, flags);
	return obj;
}

/* The magazine is full, or there is none. */
static noinline void free_slow(struct kmem_cache *cache, void *obj)
{
	struct magazine *m;
	u32 chain = 0;

	magazine_create(cache);
	m = this_magazine(cache);
	if (m->limit) {
		if (m->count == m->limit)
			magazine_flush(cache, m, m->limit / 2);
		m->obj[m->count++] = obj;
		return;
	}
	spin_lock(&cache->lock);
	if (slab_push(cache, slab_of(cache, obj), obj))
		chain = unlink_empty(cache, KEEP_EMPTY);
	spin_unlock(&cache->lock);
	destroy_chain(cache, chain);
}

/**
 * magazine_destroy - give all objects of a magazine back, and itself
 * @cache: the cache
 * @cpu: whose magazine: this CPU's, or nobody uses the cache any more
 *
 * Context: interrupts off.
 */
void magazine_destroy(struct kmem_cache *cache, unsigned int cpu)
{
	struct magazine *m = cache->magazine[cpu];

	if (m == &no_magazine)
		return;
	magazine_flush(cache, m, m->count);
	cache->magazine[cpu] = &no_magazine;
	kmem_cache_free(&magazine_cache, m);
}

/**
 * cache_shrink - give every empty slab back to the page allocator
 * @cache: the cache
 *
 * Context: any.
 */
void cache_shrink(struct kmem_cache *cache)
{
	unsigned long flags;
	u32 chain;

	spin_lock_irqsave(&cache->lock, flags);
	chain = unlink_empty(cache, 0);
	spin_unlock_irqrestore(&cache->lock, flags);
	destroy_chain(cache, chain);
}

/* --- objects ------------------------------------------------------------------- */

/**
 * kmem_cache_alloc - an object of @cache
 * @cache: the cache
 * @gfp: as for alloc_pages(); __GFP_ZERO: filled with zeroes
 *
 * Context: any, interrupt handlers with GFP_ATOMIC.
 * Return: the object, or NULL.
 */
void *kmem_cache_alloc(struct kmem_cache *cache, gfp_t gfp)
{
	unsigned long flags;
	struct magazine *m;
	void *obj = NULL;

	if (should_fail_alloc(gfp))
		return NULL;
	local_irq_save(flags);
	m = this_magazine(cache);
	if (likely(m->count))
		obj = m->obj[--m->count];
	local_irq_restore(flags);
	if (unlikely(!obj)) {
		obj = alloc_slow(cache, gfp);
		if (!obj)
			return NULL;
	}
	slab_debug_alloc(cache, obj);
	if (unlikely(gfp & __GFP_ZERO))
		memset(obj, 0, cache->object_size);
	return obj;
}

/**
 * kmem_cache_zalloc - an object of @cache, filled with zeroes
 * @cache: the cache
 * @gfp: as for alloc_pages()
 *
 * Return: the object, or NULL.
 */
void *kmem_cache_zalloc(struct kmem_cache *cache, gfp_t gfp)
{
	return kmem_cache_alloc(cache, gfp | __GFP_ZERO);
}

/* @obj must be an object of @cache: checked always, it is cheap. */
static void check_object(struct kmem_cache *cache, const void *obj)
{
	unsigned long pfn = PFN_DOWN(__pa(obj));
	const struct page *page = pfn_to_page(pfn);

	if (unlikely(!pfn_valid(pfn) || !(page->flags & (1u << PG_slab))))
		slab_panic(cache, obj, "freed, but it is no slab object");
	if (unlikely(page->slab_cache != cache))
		slab_panic(cache, obj, "freed, but it is of another cache");
#ifdef CONFIG_DEBUG_VM
	if (slab_index(cache, slab_of(cache, obj), obj) == NO_OBJECT)
		slab_panic(cache, obj, "freed, but it is no object's start");
#endif
}

/**
 * kmem_cache_free - give an object back
 * @cache: the cache it came from; panics when that is not so
 * @obj: the object; NULL is allowed
 *
 * Context: any.
 */
void kmem_cache_free(struct kmem_cache *cache, void *obj)
{
	unsigned long flags;
	struct magazine *m;

	if (unlikely(!obj))
		return;
	check_object(cache, obj);
	slab_debug_free(cache, obj);
	local_irq_save(flags);
	m = this_magazine(cache);
	if (unlikely(m->count && m->obj[m->count - 1] == obj))
		slab_panic(cache, obj, "it was freed twice");
	if (likely(m->count < m->limit))
		m->obj[m->count++] = obj;
	else
		free_slow(cache, obj);
	local_irq_restore(flags);
}

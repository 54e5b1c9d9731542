/* SPDX-License-Identifier: MIT */
/*
 * The object allocator: caches of objects of one size, cut out of slabs of a
 * few pages. Owns every page with PG_slab, and kmalloc()'s large blocks.
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
 * surround objects so:
 *
 *	+--------------------+--------------+-----------+---------+
 *	| object, poisoned   | red zone >=8 | next free | padding |
 *	| with 6b while free | cc used      |           |         |
 *	|                    | bb free      |           |         |
 *	+--------------------+--------------+-----------+---------+
 *	0                    size           link_offset           slot
 *
 * Invariants:
 *   S1  a slab is on its cache's partial list exactly when it has a free
 *       object
 *   S2  cache->nr_out is the number of objects that no slab holds: in use, or
 *       in a magazine
 *   S3  each page of a slab has PG_slab and slab_cache; the first page holds
 *       the first free object and the count of used ones in private
 *
 * Locks: cache->lock guards the slabs, caches_lock the list of caches; both
 * are taken with interrupts off. A magazine is its CPU's own. The page
 * allocator is called with neither held.
 *
 * Differs from Linux's SLUB: magazines of pointers in place of a list through
 * the objects of one CPU slab; no merging of caches; frame numbers link the
 * slabs.
 */
#include <ikos/bug.h>
#include <ikos/kernel.h>
#include <ikos/memcheck.h>
#include <ikos/page.h>
#include <ikos/percpu.h>
#include <ikos/random.h>
#include <ikos/slab.h>
#include <ikos/spinlock.h>
#include <ikos/string.h>

#define SLAB_MAX_ORDER 3
#define MAGAZINE_SIZE  62u
#define KEEP_EMPTY     2u
#define NO_OBJECT      0xffffu

/* Free objects of one CPU. */
struct magazine {
	u32 count, limit;
	void *obj[MAGAZINE_SIZE];
};
/* Stands for one that does not exist: gives nothing and takes nothing. */
static struct magazine no_magazine;

struct kmem_cache {
	/* Read by every allocation. */
	struct magazine *magazine[NR_CPUS];
	unsigned int object_size; /* what was asked for */
	unsigned int slot; /* bytes from one object to the next */
	unsigned int link_offset; /* of the free list's link in an object */
	unsigned int per_slab; /* objects */
	unsigned int order;
	u32 magazine_limit; /* 0: no magazines */
	unsigned long key;
	const char *name;

	spinlock_t lock; /* guards the rest */
	u32 partial; /* frame number of the first slab with room; 0: none */
	unsigned long nr_out, nr_slabs, nr_empty;

	struct kmem_cache *next; /* under caches_lock */
};

static DEFINE_SPINLOCK(caches_lock);
static struct kmem_cache *caches;
/* Where caches and magazines come from; neither has magazines itself. */
static struct kmem_cache cache_cache, magazine_cache;

static const struct {
	unsigned short size;
	const char *name;
} kmalloc_sizes[] = {
	{ 8, "kmalloc-8" },	  { 16, "kmalloc-16" },
	{ 32, "kmalloc-32" },	  { 64, "kmalloc-64" },
	{ 96, "kmalloc-96" },	  { 128, "kmalloc-128" },
	{ 192, "kmalloc-192" },	  { 256, "kmalloc-256" },
	{ 512, "kmalloc-512" },	  { 1024, "kmalloc-1024" },
	{ 2048, "kmalloc-2048" }, { 4096, "kmalloc-4096" },
	{ 8192, "kmalloc-8192" },
};
#define KMALLOC_CLASSES	 ARRAY_SIZE(kmalloc_sizes)
#define KMALLOC_MAX_SLAB 8192u
static struct kmem_cache kmalloc_caches[KMALLOC_CLASSES];
/* kmalloc_index[(size + 7) / 8] for sizes up to 192. */
static u8 kmalloc_index[192 / 8 + 1];
static atomic64_t nr_large; /* kmalloc() blocks beyond KMALLOC_MAX_SLAB */

/* --- one object ------------------------------------------------------------- */

static void __cold object_panic(const struct kmem_cache *cache, const void *obj,
				const char *what)
{
	panic("Cache %s, object %#lx: %s", cache->name, (unsigned long)obj,
	      what);
}

#ifdef CONFIG_DEBUG_VM
#define POISON_FREE  0x6b
#define POISON_END   0xa5
#define POISON_ALLOC 0x5a
#define RED_FREE     0xbb
#define RED_USED     0xcc

/* Does an object of @size bytes leave its free-list link alone? */
static unsigned int debug_link_offset(size_t size)
{
	return ALIGN(size + 8, 8);
}

static bool all_bytes(const u8 *p, u8 value, size_t n)
{
	while (n--)
		if (*p++ != value)
			return false;
	return true;
}

static void set_red_zone(const struct kmem_cache *cache, u8 *obj, u8 value)
{
	memset(obj + cache->object_size, value,
	       cache->link_offset - cache->object_size);
}

static bool red_zone_is(const struct kmem_cache *cache, const u8 *obj, u8 value)
{
	return all_bytes(obj + cache->object_size, value,
			 cache->link_offset - cache->object_size);
}

/* Fill @obj as a free one. */
static void poison_object(const struct kmem_cache *cache, u8 *obj)
{
	memset(obj, POISON_FREE, cache->object_size - 1);
	obj[cache->object_size - 1] = POISON_END;
	set_red_zone(cache, obj, RED_FREE);
	memcheck_close(obj, cache->link_offset);
}

static void debug_alloc(const struct kmem_cache *cache, void *object)
{
	u8 *obj = object;

	memcheck_open(obj, cache->link_offset);
	if (!red_zone_is(cache, obj, RED_FREE))
		object_panic(cache, obj,
			     "its red zone was written to while it was free");
	if (!all_bytes(obj, POISON_FREE, cache->object_size - 1) ||
	    obj[cache->object_size - 1] != POISON_END)
		object_panic(cache, obj,
			     "it was written to after it was freed");
	memset(obj, POISON_ALLOC, cache->object_size);
	set_red_zone(cache, obj, RED_USED);
	memcheck_close(obj + cache->object_size,
		       cache->link_offset - cache->object_size);
}

static void debug_free(const struct kmem_cache *cache, void *object)
{
	u8 *obj = object;

	memcheck_open(obj + cache->object_size,
		      cache->link_offset - cache->object_size);
	if (red_zone_is(cache, obj, RED_FREE))
		object_panic(cache, obj, "it was freed twice");
	if (!red_zone_is(cache, obj, RED_USED))
		object_panic(cache, obj, "something was written past its end");
	poison_object(cache, obj);
}
#else
static unsigned int debug_link_offset(size_t size)
{
	return 0;
}
static void poison_object(const struct kmem_cache *cache, u8 *obj)
{
}
static void debug_alloc(const struct kmem_cache *cache, void *object)
{
}
static void debug_free(const struct kmem_cache *cache, void *object)
{
}
#endif

/* Where a free object keeps the address of the next. */
static unsigned long *link_of(const struct kmem_cache *cache, void *obj)
{
	return (unsigned long *)((char *)obj + cache->link_offset);
}

static unsigned long link_code(const struct kmem_cache *cache, const void *link)
{
	return cache->key ^ __builtin_bswap64((unsigned long)link);
}

/* --- slabs; cache->lock held -------------------------------------------------- */

/* The private word of a slab's first page. */
static unsigned int slab_first_free(const struct page *slab)
{
	return slab->private & 0xffff;
}

static unsigned int slab_used(const struct page *slab)
{
	return slab->private >> 16;
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
		object_panic(cache, obj,
			     "its free list is corrupted: it was written to "
			     "after it was freed");
	return i;
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
		poison_object(cache, obj);
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

/* --- magazines; interrupts off ---------------------------------------------------- */

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

/* --- objects ------------------------------------------------------------------------ */

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
	debug_alloc(cache, obj);
	if (gfp & __GFP_ZERO)
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
	const struct page *page = virt_to_page(obj);

	if (unlikely(!pfn_valid(page_to_pfn(page)) ||
		     !(page->flags & (1u << PG_slab))))
		object_panic(cache, obj, "freed, but it is no slab object");
	if (unlikely(page->slab_cache != cache))
		object_panic(cache, obj, "freed, but it is of another cache");
#ifdef CONFIG_DEBUG_VM
	if (slab_index(cache, slab_of(cache, obj), obj) == NO_OBJECT)
		object_panic(cache, obj, "freed, but it is no object's start");
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
	debug_free(cache, obj);
	local_irq_save(flags);
	m = this_magazine(cache);
	if (unlikely(m->count && m->obj[m->count - 1] == obj))
		object_panic(cache, obj, "it was freed twice");
	if (likely(m->count < m->limit))
		m->obj[m->count++] = obj;
	else
		free_slow(cache, obj);
	local_irq_restore(flags);
}

/* --- caches ------------------------------------------------------------------------- */

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

static void cache_setup(struct kmem_cache *cache, const char *name, size_t size,
			size_t align)
{
	size = max(size, sizeof(long));
	align = max(align, sizeof(long));
	memset(cache, 0, sizeof(*cache));
	cache->name = name;
	cache->object_size = size;
	cache->link_offset = debug_link_offset(size);
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

static void cache_register(struct kmem_cache *cache)
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

/* Objects that somebody has; nobody must be allocating at the moment. */
static unsigned long cache_in_use(const struct kmem_cache *cache)
{
	long n = READ_ONCE(cache->nr_out);

	for (unsigned int cpu = 0; cpu < NR_CPUS; cpu++)
		n -= READ_ONCE(cache->magazine[cpu]->count);
	return n < 0 ? 0 : (unsigned long)n;
}

/* Empty the magazine of @cpu and free it. That CPU must not use it: it is
 * this one with interrupts off, or the cache is being destroyed. */
static void magazine_destroy(struct kmem_cache *cache, unsigned int cpu)
{
	struct magazine *m = cache->magazine[cpu];

	if (m == &no_magazine)
		return;
	magazine_flush(cache, m, m->count);
	cache->magazine[cpu] = &no_magazine;
	kmem_cache_free(&magazine_cache, m);
}

static void cache_shrink(struct kmem_cache *cache)
{
	unsigned long flags;
	u32 chain;

	spin_lock_irqsave(&cache->lock, flags);
	chain = unlink_empty(cache, 0);
	spin_unlock_irqrestore(&cache->lock, flags);
	destroy_chain(cache, chain);
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

/* --- kmalloc -------------------------------------------------------------------------- */

/* The class for @size bytes, 1 … KMALLOC_MAX_SLAB. */
static struct kmem_cache *kmalloc_cache(size_t size)
{
	if (size <= 192)
		return &kmalloc_caches[kmalloc_index[(size + 7) / 8]];
	/* 193 … 256 is the eighth class, each power of two one more. */
	return &kmalloc_caches[7 + ilog2(size - 1) - 7];
}

/* A block of whole pages; its order is in the first page's private. */
static void *kmalloc_large(size_t size, gfp_t gfp)
{
	unsigned int order = 0;
	struct page *page;

	while (order < MAX_ORDER && PAGE_SIZE << order < size)
		order++;
	if (order == MAX_ORDER)
		return NULL;
	page = alloc_pages(gfp, order);
	if (!page)
		return NULL;
	page_set(page, PG_kernel);
	page->private = order;
	atomic64_inc(&nr_large);
	return page_address(page);
}

/**
 * kmalloc - memory of any size
 * @size: bytes; 0 gives the smallest object
 * @gfp: as for alloc_pages(); __GFP_ZERO: filled with zeroes
 *
 * Aligned to the largest power of two that divides the size class, at most
 * 64; beyond 8 KiB to a page.
 * Context: any, interrupt handlers with GFP_ATOMIC.
 * Return: the memory, or NULL: none, or more than 4 MiB asked for.
 */
void *kmalloc(size_t size, gfp_t gfp)
{
	if (unlikely(size > KMALLOC_MAX_SLAB))
		return kmalloc_large(size, gfp);
	return kmem_cache_alloc(kmalloc_cache(size), gfp);
}

/**
 * kzalloc - kmalloc() filled with zeroes
 * @size: bytes
 * @gfp: as for alloc_pages()
 *
 * Return: the memory, or NULL.
 */
void *kzalloc(size_t size, gfp_t gfp)
{
	return kmalloc(size, gfp | __GFP_ZERO);
}

/**
 * kcalloc - an array filled with zeroes
 * @n: elements
 * @size: bytes of each
 * @gfp: as for alloc_pages()
 *
 * Return: the array, or NULL: no memory, or @n * @size does not fit a size_t.
 */
void *kcalloc(size_t n, size_t size, gfp_t gfp)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes))
		return NULL;
	return kzalloc(bytes, gfp);
}

/* The large block that starts at @obj; panics when there is none. */
static struct page *large_block(const void *obj)
{
	struct page *page = virt_to_page(obj);

	if (offset_in_page(obj) || !(page->flags & (1u << PG_kernel)) ||
	    page_count(page) != 1)
		panic("kfree or ksize of %#lx, which kmalloc did not return",
		      (unsigned long)obj);
	return page;
}

/**
 * kfree - give kmalloc() memory back
 * @obj: what it returned; NULL is allowed. Panics when it is something else.
 *
 * Context: any.
 */
void kfree(const void *obj)
{
	struct page *page;

	if (!obj)
		return;
	page = virt_to_page(obj);
	if (unlikely(!pfn_valid(page_to_pfn(page))))
		panic("kfree of %#lx, which is no memory", (unsigned long)obj);
	if (likely(page->flags & (1u << PG_slab))) {
		kmem_cache_free(page->slab_cache, (void *)obj);
		return;
	}
	page = large_block(obj);
	page_clear(page, PG_kernel);
	atomic64_dec(&nr_large);
	__free_pages(page, page->private);
}

/**
 * ksize - how many bytes of a kmalloc() object may be used
 * @obj: the object; NULL: 0
 *
 * Return: bytes, at least those asked for.
 */
size_t ksize(const void *obj)
{
	const struct page *page;

	if (!obj)
		return 0;
	page = virt_to_page(obj);
	if (page->flags & (1u << PG_slab))
		return page->slab_cache->object_size;
	return PAGE_SIZE << large_block(obj)->private;
}

/**
 * kstrdup - a copy of a string
 * @s: the string; NULL: NULL
 * @gfp: as for alloc_pages()
 *
 * Return: the copy, for kfree(), or NULL.
 */
char *kstrdup(const char *s, gfp_t gfp)
{
	size_t n = s ? strlen(s) + 1 : 0;
	char *copy = n ? kmalloc(n, gfp) : NULL;

	return copy ? memcpy(copy, s, n) : NULL;
}

/* --- figures ----------------------------------------------------------------------------- */

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
	unsigned long flags, sum = atomic64_read(&nr_large);

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

/* --- boot ---------------------------------------------------------------------------------- */

static void kmalloc_init(void)
{
	unsigned int class = 0;

	for (unsigned int i = 0; i < KMALLOC_CLASSES; i++) {
		size_t size = kmalloc_sizes[i].size;

		cache_setup(&kmalloc_caches[i], kmalloc_sizes[i].name, size,
			    min(size & -size, 64UL));
		cache_register(&kmalloc_caches[i]);
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(kmalloc_index); i++) {
		while (kmalloc_sizes[class].size < i * 8)
			class ++;
		kmalloc_index[i] = class;
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

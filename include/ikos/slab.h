/* SPDX-License-Identifier: MIT */
#ifndef IKOS_SLAB_H
#define IKOS_SLAB_H

#include <ikos/gfp.h>
#include <ikos/types.h>

/*
 * Object caches over the page allocator (mm/slab.c). Every allocation may
 * return NULL; kfree(NULL) is allowed.
 */
struct kmem_cache;

#define SLAB_HWCACHE_ALIGN 0x1u /* align objects to 64 bytes */
#define SLAB_PANIC	   0x2u /* creation must succeed: boot only */

struct kmem_cache *kmem_cache_create(const char *name, size_t size,
				     size_t align, unsigned int flags);
void kmem_cache_destroy(struct kmem_cache *cache);
void *kmem_cache_alloc(struct kmem_cache *cache, gfp_t gfp) __must_check;
void *kmem_cache_zalloc(struct kmem_cache *cache, gfp_t gfp) __must_check;
void kmem_cache_free(struct kmem_cache *cache, void *obj);

#define KMEM_CACHE(s)                                                          \
	kmem_cache_create(#s, sizeof(struct s), _Alignof(struct s), SLAB_PANIC)

void *kmalloc(size_t size, gfp_t gfp) __must_check;
void *kzalloc(size_t size, gfp_t gfp) __must_check;
void *kcalloc(size_t n, size_t size,
	      gfp_t gfp) __must_check; /* checks n * size */
void kfree(const void *obj);
/* Usable bytes of a kmalloc object. */
size_t ksize(const void *obj);
char *kstrdup(const char *s, gfp_t gfp) __must_check;

void kmem_cache_init(void);

/* For leak checks and /proc/meminfo: objects in use over all caches, pages
 * held by slabs. Both exclude per-CPU caching effects: an object that was
 * freed does not count wherever it is parked. */
unsigned long slab_objects_in_use(void);
unsigned long slab_pages(void);
/* Hand every empty slab and every per-CPU list back to the page allocator. */
void slab_drain(void);

/* Check every slab and magazine; panics with what is wrong. */
void slab_validate(void);

/* One line per cache: name, objects in use, size, pages. For /proc/slabinfo
 * and leak reports. */
struct slab_info {
	const char *name;
	size_t object_size;
	unsigned long objects, capacity, pages;
};
/* Fill @info for the @n-th cache; false past the last. */
bool slab_get_info(unsigned int n, struct slab_info *info);

/*
 * Failure injection, shared by slab and page allocator: let the @nth
 * allocation from now fail (1: the next; 0: off). fail_nth_hit() says whether
 * it has been reached. Debug builds only; elsewhere they do nothing.
 */
#ifdef CONFIG_DEBUG_VM
void fail_nth_set(unsigned long nth);
void fail_nth_set_where(unsigned long nth, bool (*mine)(void));
unsigned long fail_nth_left(void);
bool fail_nth_hit(void);
bool should_fail_alloc(gfp_t gfp);
#else
static inline void fail_nth_set(unsigned long nth)
{
}
static inline bool fail_nth_hit(void)
{
	return false;
}
static inline bool should_fail_alloc(gfp_t gfp)
{
	return false;
}
#endif

#endif

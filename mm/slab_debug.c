/* SPDX-License-Identifier: MIT */
/*
 * Debug builds: red zones and poison around and in objects. Owns what a slab
 * holds besides the objects in use.
 *
 *	+--------------------+--------------+-----------+---------+
 *	| object, poisoned   | red zone >=8 | next free | padding |
 *	| with 6b while free | cc used      |           |         |
 *	|                    | bb free      |           |         |
 *	+--------------------+--------------+-----------+---------+
 *	0                    size           link_offset           slot
 *
 * A worked example. struct x has 100 bytes; p->array[25] = 0 writes bytes 100
 * to 103. kfree(p) finds 00 00 00 00 cc … in place of cc cc …: "something was
 * written past its end". Freed again, the zone reads bb: "it was freed twice".
 * p->a = 1 after that is found when the object is next handed out.
 *
 * The link of the free list lies behind the red zone, so that all of a free
 * object can be closed to a memory checker (ikos/memcheck.h).
 */
#include <ikos/memcheck.h>
#include <ikos/string.h>

#include "internal.h"

#ifdef CONFIG_DEBUG_VM

#define POISON_FREE  0x6b
#define POISON_END   0xa5
#define POISON_ALLOC 0x5a
#define RED_FREE     0xbb
#define RED_USED     0xcc

/**
 * slab_link_offset - where the free-list link of an object goes
 * @size: bytes of the object
 *
 * Return: bytes from its start, beyond a red zone of at least 8.
 */
unsigned int slab_link_offset(size_t size)
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

/**
 * slab_debug_init - fill a new object as a free one
 * @cache: its cache
 * @object: the object
 */
void slab_debug_init(const struct kmem_cache *cache, void *object)
{
	u8 *obj = object;

	memset(obj, POISON_FREE, cache->object_size - 1);
	obj[cache->object_size - 1] = POISON_END;
	set_red_zone(cache, obj, RED_FREE);
	memcheck_close(obj, cache->link_offset);
}

/**
 * slab_debug_check - is a free object as it was left?
 * @cache: its cache
 * @object: the object; panics when it was written to
 */
void slab_debug_check(const struct kmem_cache *cache, void *object)
{
	u8 *obj = object;

	memcheck_open(obj, cache->link_offset);
	if (!red_zone_is(cache, obj, RED_FREE))
		slab_panic(cache, obj,
			   "its red zone was written to while it was free");
	if (!all_bytes(obj, POISON_FREE, cache->object_size - 1) ||
	    obj[cache->object_size - 1] != POISON_END)
		slab_panic(cache, obj, "it was written to after it was freed");
	memcheck_close(obj, cache->link_offset);
}

/**
 * slab_debug_alloc - an object is handed out: is it as it was left?
 * @cache: its cache
 * @object: the object; filled with 0x5a, since it is not zeroed
 */
void slab_debug_alloc(const struct kmem_cache *cache, void *object)
{
	u8 *obj = object;

	slab_debug_check(cache, obj);
	memcheck_open(obj, cache->link_offset);
	memset(obj, POISON_ALLOC, cache->object_size);
	set_red_zone(cache, obj, RED_USED);
	memcheck_close(obj + cache->object_size,
		       cache->link_offset - cache->object_size);
}

/**
 * slab_debug_free - an object comes back: was it in use, is its end intact?
 * @cache: its cache
 * @object: the object; filled as a free one
 */
void slab_debug_free(const struct kmem_cache *cache, void *object)
{
	u8 *obj = object;

	memcheck_open(obj + cache->object_size,
		      cache->link_offset - cache->object_size);
	if (red_zone_is(cache, obj, RED_FREE))
		slab_panic(cache, obj, "it was freed twice");
	if (!red_zone_is(cache, obj, RED_USED))
		slab_panic(cache, obj, "something was written past its end");
	slab_debug_init(cache, obj);
}

#endif

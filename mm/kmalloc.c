/* SPDX-License-Identifier: MIT */
/*
 * kmalloc(): memory of any size. Owns the caches of its size classes, and
 * blocks of whole pages for what is larger.
 *
 *	size	  … 8  16  32  64  96 128 192 256 512 … 8192 | pages, powers
 *	class	    0   1   2   3   4   5   6   7   8 …   12 |  of two, to 4 MiB
 *
 * kmalloc(100) takes an object of 128 bytes; 96 and 192 are there because
 * structures like to be a little larger than 64 and 128. kfree() finds the
 * cache through the page: PG_slab leads to slab_cache; PG_kernel marks the
 * first page of a large block, whose order is in private.
 *
 * Locks: none of its own.
 *
 * Differs from Linux: no separate caches for memory that is reclaimable or
 * for DMA.
 */
#include <ikos/slab.h>
#include <ikos/string.h>

#include "internal.h"

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

/**
 * kmalloc_large_blocks - blocks of whole pages in use
 */
unsigned long kmalloc_large_blocks(void)
{
	return (unsigned long)atomic64_read(&nr_large);
}

/**
 * kmalloc_init - make the size classes; once, at boot
 */
void kmalloc_init(void)
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

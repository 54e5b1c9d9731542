/* SPDX-License-Identifier: MIT */
/*
 * Kernel stacks, each with an unmapped page below it, so that running over
 * the end faults at once instead of spoiling what lies there.
 *
 * They stand in slots of five pages, and as many slots as fit in the 2 MiB of
 * one page table make a region; when the last stack of a region goes, so does
 * its table:
 *
 *	KMAP_START                                        + 2 MiB
 *	| slot 0                  | slot 1 |  | slot 101  |  | slot 102
 *	+-------+-----------------+--------+--+-----------+--+-------
 *	| guard | 16 KiB of stack |  ...   |  |           |  |
 *	+-------+-----------------+--------+--+-----------+--+-------
 *
 * A bitmap says which slots are taken; the lowest free one goes first, so that
 * the tables stay few. Mapping and unmapping cost far more than the rest of
 * fork, so each CPU keeps some freed stacks mapped; these are not "in use",
 * and kstack_drain() gives them back.
 *
 * Locks: slot_lock guards the bitmap and the region counts, and is held while
 * an empty region's table is unhooked, so that no new slot finds it half gone.
 * Each CPU's cache has a lock of its own, that kstack_drain() may empty all.
 */
#include <asm/kmap.h>
#include <asm/percpu.h>
#include <asm/tlbflush.h>
#include <ikos/kernel.h>
#include <ikos/page.h>
#include <ikos/sched.h>
#include <ikos/spinlock.h>

#define STACK_PAGES (KSTACK_SIZE / PAGE_SIZE)
#define SLOT_SIZE   (KSTACK_SIZE + PAGE_SIZE)
#define CACHE_MAX   16

#define SLOTS_PER_REGION (PMD_SIZE / SLOT_SIZE)
#define NR_SLOTS	 (1UL << 18)
#define NR_REGIONS	 DIV_ROUND_UP(NR_SLOTS, SLOTS_PER_REGION)

_Static_assert(NR_REGIONS <= PTRS_PER_TABLE * PTRS_PER_TABLE, "KMAP area");
_Static_assert(SLOTS_PER_REGION < 256, "region_used has bytes");

struct kstack_cache {
	spinlock_t lock;
	unsigned int nr;
	void *stacks[CACHE_MAX];
};
static DEFINE_PER_CPU(struct kstack_cache, kstack_cache);

static DEFINE_SPINLOCK(slot_lock);
static unsigned long slot_map[NR_SLOTS / 64]; /* set: taken */
static unsigned long first_word; /* every word below is full */
static u8 region_used[NR_REGIONS]; /* slots taken */
static atomic64_t stacks_in_use;

static long slot_get(void)
{
	unsigned long flags;
	long slot = -1;

	spin_lock_irqsave(&slot_lock, flags);
	for (; first_word < ARRAY_SIZE(slot_map); first_word++) {
		unsigned long *word = &slot_map[first_word];

		if (~*word == 0)
			continue;
		slot = (long)(first_word * 64 + ffs_bit(~*word));
		*word |= BIT(slot % 64);
		region_used[(unsigned long)slot / SLOTS_PER_REGION]++;
		break;
	}
	spin_unlock_irqrestore(&slot_lock, flags);
	return slot;
}

static unsigned long region_start(unsigned long region)
{
	return KMAP_START + region * PMD_SIZE;
}

static unsigned long slot_stack(unsigned long slot)
{
	return region_start(slot / SLOTS_PER_REGION) +
	       slot % SLOTS_PER_REGION * SLOT_SIZE + PAGE_SIZE;
}

static unsigned long stack_slot(unsigned long stack)
{
	unsigned long offset = stack - KMAP_START;

	return offset / PMD_SIZE * SLOTS_PER_REGION +
	       offset % PMD_SIZE / SLOT_SIZE;
}

/* The slot's pages are unmapped. */
static void slot_put(unsigned long slot)
{
	unsigned long region = slot / SLOTS_PER_REGION;
	unsigned long start = region_start(region), flags;
	phys_addr_t table = 0;

	spin_lock_irqsave(&slot_lock, flags);
	slot_map[slot / 64] &= ~BIT(slot % 64);
	first_word = min(first_word, slot / 64);
	if (--region_used[region] == 0)
		table = unhook_kernel_table(start);
	spin_unlock_irqrestore(&slot_lock, flags);
	if (!table)
		return;
	flush_tlb_kernel_range(start, start + PMD_SIZE);
	__free_pages(pfn_to_page(PFN_DOWN(table)), 0);
}

/* Undo the first @pages pages; in the order unhook, flush, free. */
static void unmap_stack(unsigned long stack, unsigned int pages)
{
	phys_addr_t frames[STACK_PAGES];

	for (unsigned int i = 0; i < pages; i++)
		frames[i] = unmap_kernel_page(stack + i * PAGE_SIZE);
	flush_tlb_kernel_range(stack, stack + KSTACK_SIZE);
	for (unsigned int i = 0; i < pages; i++)
		__free_pages(pfn_to_page(PFN_DOWN(frames[i])), 0);
}

static int map_stack(unsigned long stack)
{
	for (unsigned int i = 0; i < STACK_PAGES; i++) {
		struct page *page = alloc_page(GFP_KERNEL);

		if (page && !map_kernel_page(stack + i * PAGE_SIZE,
					     page_to_phys(page), PAGE_KERNEL))
			continue;
		if (page)
			__free_pages(page, 0);
		unmap_stack(stack, i);
		return -ENOMEM;
	}
	return 0;
}

static void *cache_get(struct kstack_cache *cache)
{
	unsigned long flags;
	void *stack = NULL;

	spin_lock_irqsave(&cache->lock, flags);
	if (cache->nr)
		stack = cache->stacks[--cache->nr];
	spin_unlock_irqrestore(&cache->lock, flags);
	return stack;
}

static bool cache_put(struct kstack_cache *cache, void *stack)
{
	unsigned long flags;
	bool room;

	spin_lock_irqsave(&cache->lock, flags);
	room = cache->nr < CACHE_MAX;
	if (room)
		cache->stacks[cache->nr++] = stack;
	spin_unlock_irqrestore(&cache->lock, flags);
	return room;
}

static void *stack_create(void)
{
	long slot = slot_get();

	if (slot < 0)
		return NULL;
	if (map_stack(slot_stack((unsigned long)slot))) {
		slot_put((unsigned long)slot);
		return NULL;
	}
	return (void *)slot_stack((unsigned long)slot);
}

static void stack_destroy(void *stack)
{
	unmap_stack((unsigned long)stack, STACK_PAGES);
	slot_put(stack_slot((unsigned long)stack));
}

/**
 * kstack_alloc - a kernel stack for a new task
 *
 * Context: may sleep.
 * Return: its lowest byte, KSTACK_SIZE bytes of any contents; NULL without
 * memory.
 */
void *kstack_alloc(void)
{
	void *stack = cache_get(this_cpu_ptr(&kstack_cache));

	if (!stack)
		stack = stack_create();
	if (stack)
		atomic64_inc(&stacks_in_use);
	return stack;
}

/**
 * kstack_free - a task is gone, and so is the need for its stack
 * @stack: from kstack_alloc(); not the one in use
 *
 * Context: any but interrupt handlers.
 */
void kstack_free(void *stack)
{
	atomic64_dec(&stacks_in_use);
	if (!cache_put(this_cpu_ptr(&kstack_cache), stack))
		stack_destroy(stack);
}

/**
 * kstack_drain - give back the stacks that CPUs keep for later
 *
 * Context: any but interrupt handlers.
 */
void kstack_drain(void)
{
	void *stack;

	for (unsigned int cpu = 0; cpu < nr_cpus_online; cpu++)
		while ((stack = cache_get(per_cpu_ptr(&kstack_cache, cpu))))
			stack_destroy(stack);
}

/**
 * kstack_pages - pages of the stacks in use
 *
 * Return: pages; kept stacks do not count.
 */
unsigned long kstack_pages(void)
{
	return (unsigned long)atomic64_read(&stacks_in_use) * STACK_PAGES;
}

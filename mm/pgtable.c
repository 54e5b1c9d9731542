/* SPDX-License-Identifier: MIT */
/*
 * Page tables: making, walking, freeing.
 *
 * Four levels translate a user address (see <asm/pgtable.h>). A table is one
 * page, known to the CPU by its physical address and to us by its struct
 * page, which carries a lock (ptl) and a count of the entries in use.
 *
 *	mm->pgd ─▶ ┌ pgd ┐   ┌ pud ┐   ┌ pmd ┐   ┌ pte table ┐
 *	           │  0  │──▶│  0  │──▶│  2  │──▶│ 5: page x │   0x405000
 *	           │     │   │     │   │     │   │ 6: page y │   0x406000
 *	           └─────┘   └─────┘   └─────┘   └───────────┘
 *	pt_entries    1         1         1            2
 *
 * A worked example. munmap of page 0x405000 clears entry 5; the count falls to
 * 1. munmap of 0x406000 clears entry 6. If no other area lies in the 2 MiB
 * around, free_pgtables() unhooks the pte table from the pmd, whose count falls
 * to 0, and, if no other area lies in the 1 GiB around, the pmd from the pud,
 * and so on. Tables that a neighbour reaches into stay, even empty ones: the
 * neighbour's pages may be looked for in them by a truncation that holds no
 * mmap_lock.
 *
 * Invariants (validate_mm reports these numbers):
 *	I12  each table is a PG_table page, pt_entries is the number of its
 *	     entries in use, and pgtables_bytes is the size of all tables below
 *	     the top one
 *
 * Locks: entries of the last level and their count are under the table's ptl.
 * Entries of the upper levels are set, and counted, under mm->page_table_lock, by
 * anyone who holds mmap_lock in either mode or has an area there pinned; and
 * cleared only with mmap_lock held for writing, after the areas there have left
 * their i_mmap trees and nobody has them pinned. So who holds mmap_lock or the
 * i_mmap_lock of an area's object, or has an area pinned, needs no lock to walk
 * down: a table it meets stays.
 *
 * A last-level table may be below the pmd entries of several address spaces:
 * see mm/share.c. Who holds mmap_lock for writing may put another in its place.
 *
 * Linux counts no entries. The count lets a walker pass over an empty table
 * without reading it and lets validate_mm catch a lost or doubled entry.
 */
#include <ikos/slab.h>

#include "internal.h"

/*
 * Clearing a table costs as much as all else in a fault. A table that is freed
 * is empty, that is, all zeroes: so each CPU keeps a few of them for the next;
 * top-level ones apart, with the kernel's half, which never changes, in place.
 * They are free pages and counted as such.
 */
#define TABLE_CACHE 16u

enum table_kind {
	TABLE_LOWER,
	TABLE_TOP,
	NR_TABLE_KINDS
};

struct table_cache {
	unsigned int count[NR_TABLE_KINDS];
	struct page *pages[NR_TABLE_KINDS][TABLE_CACHE];
};
static DEFINE_PER_CPU(struct table_cache, table_caches);

static atomic64_t pagetable_pages;

/**
 * nr_pagetable_pages - pages in use as page tables, top ones included
 *
 * Return: pages.
 */
unsigned long nr_pagetable_pages(void)
{
	return (unsigned long)atomic64_read(&pagetable_pages);
}

/* An empty table from this CPU's cache, or NULL. */
static struct page *table_cache_get(enum table_kind kind)
{
	struct table_cache *cache;
	struct page *page = NULL;
	unsigned long flags;

	local_irq_save(flags);
	cache = this_cpu_ptr(&table_caches);
	if (cache->count[kind])
		page = cache->pages[kind][--cache->count[kind]];
	local_irq_restore(flags);
	return page;
}

static __maybe_unused bool table_is_empty(const struct page *page,
					  enum table_kind kind)
{
	const u64 *entry = page_address(page);
	unsigned int n = kind == TABLE_TOP ? USER_PTRS_PER_PGD : PTRS_PER_TABLE;

	for (unsigned int i = 0; i < n; i++)
		if (entry[i])
			return false;
	return true;
}

/* Keep an empty table without references; false: there are enough. */
static bool table_cache_put(struct page *page, enum table_kind kind)
{
	struct table_cache *cache;
	unsigned long flags;
	bool kept = false;

	VM_BUG_ON(!table_is_empty(page, kind));
	local_irq_save(flags);
	cache = this_cpu_ptr(&table_caches);
	if (cache->count[kind] < TABLE_CACHE) {
		cache->pages[kind][cache->count[kind]++] = page;
		kept = true;
	}
	local_irq_restore(flags);
	return kept;
}

/**
 * pgtable_cache_pages - free pages that wait to be page tables again
 *
 * Return: pages; other CPUs may change it at any time.
 */
unsigned long pgtable_cache_pages(void)
{
	unsigned long sum = 0;

	for (unsigned int cpu = 0; cpu < nr_cpus_online; cpu++)
		for (int kind = 0; kind < NR_TABLE_KINDS; kind++)
			sum += READ_ONCE(
				per_cpu_ptr(&table_caches, cpu)->count[kind]);
	return sum;
}

/**
 * pgtable_cache_drain - give this CPU's empty tables back
 *
 * Context: any.
 */
void pgtable_cache_drain(void)
{
	struct page *page;

	for (enum table_kind kind = 0; kind < NR_TABLE_KINDS; kind++)
		while ((page = table_cache_get(kind)))
			free_page_last_ref(page);
}

static struct page *table_alloc(enum table_kind kind)
{
	struct page *page;

	if (should_fail_alloc(GFP_KERNEL))
		return NULL;
	page = table_cache_get(kind);
	if (likely(page)) {
		atomic_set(&page->_refcount, 1);
	} else {
		page = alloc_page(GFP_KERNEL | __GFP_ZERO |
				  __GFP_NOFAIL_INJECT);
		if (!page)
			return NULL;
		if (kind == TABLE_TOP)
			pgd_ctor(page_address(page));
	}
	page->flags |= 1u << PG_table;
	spin_lock_init(&page->ptl);
	page->pt_entries = 0;
	page->pt_anon = 0;
	atomic64_inc(&pagetable_pages);
	return page;
}

static void table_free(struct page *table, enum table_kind kind)
{
	table->flags &= ~(1u << PG_table);
	atomic64_dec(&pagetable_pages);
	if (!table_cache_put(table, kind))
		free_page_last_ref(table);
}

/**
 * pgtable_alloc - a page table without entries, in no address space
 *
 * Context: may sleep.
 * Return: its page, with one reference; NULL: out of memory.
 */
struct page *pgtable_alloc(void)
{
	return table_alloc(TABLE_LOWER);
}

/**
 * pgtable_free - drop a reference to a table, free it with the last
 * @table: its page; empty, unless it was shared
 *
 * Context: any; every CPU that used it through this reference has forgotten it.
 */
void pgtable_free(struct page *table)
{
	VM_BUG_ON(page_count(table) <= 0);
	if (!atomic_dec_and_test(&table->_refcount))
		return;
	if (unlikely(table->pt_entries))
		zap_orphan_table(table);
	table_free(table, TABLE_LOWER);
}

/**
 * pgd_alloc - a top-level table with the kernel's half filled in
 *
 * Context: may sleep.
 * Return: the table, or NULL: out of memory.
 */
pgd_t *pgd_alloc(void)
{
	struct page *page = table_alloc(TABLE_TOP);

	return page ? page_address(page) : NULL;
}

/**
 * pgd_free - free a top-level table whose user half is empty
 * @pgd: the table; no CPU has it loaded
 *
 * Context: any.
 */
void pgd_free(pgd_t *pgd)
{
	struct page *page = virt_to_page(pgd);

	VM_BUG_ON(page->pt_entries);
	atomic_set(&page->_refcount, 0);
	table_free(page, TABLE_TOP);
}

static void table_count(const void *entry, int n)
{
	virt_to_page(entry)->pt_entries += n;
}

/*
 * For each level X whose entries point to tables of level Y: make sure that
 * there is a table below *@p. Two faults may race to hook one in; the loser
 * frees its own. False: no memory.
 */
#define DEFINE_TABLE_ALLOC(X)                                                  \
	static noinline bool X##_fill(struct mm_struct *mm, X##_t *p)          \
	{                                                                      \
		struct page *table;                                            \
                                                                               \
		if (!X##_none(X##_read(p)))                                    \
			return true;                                           \
		table = pgtable_alloc();                                       \
		if (!table)                                                    \
			return false;                                          \
		spin_lock(&mm->page_table_lock);                               \
		if (X##_none(X##_read(p))) {                                   \
			X##_populate(p, page_to_phys(table));                  \
			table_count(p, 1);                                     \
			atomic64_add(PAGE_SIZE, &mm->pgtables_bytes);          \
			table = NULL;                                          \
		}                                                              \
		spin_unlock(&mm->page_table_lock);                             \
		if (table)                                                     \
			pgtable_free(table);                                   \
		return true;                                                   \
	}

DEFINE_TABLE_ALLOC(pgd)
DEFINE_TABLE_ALLOC(pud)
DEFINE_TABLE_ALLOC(pmd)

/**
 * pmd_alloc - the pmd entry of an address, tables above made as needed
 * @mm: address space
 * @addr: user address
 *
 * Context: mmap_lock held; may sleep.
 * Return: the entry, empty or not; NULL: out of memory (tables made so far
 * stay and serve the next attempt).
 */
pmd_t *pmd_alloc(struct mm_struct *mm, unsigned long addr)
{
	pgd_t *pgd = mm->pgd + pgd_index(addr);
	pud_t *pud;

	if (unlikely(pgd_none(pgd_read(pgd))) && !pgd_fill(mm, pgd))
		return NULL;
	pud = pgd_table(pgd_read(pgd)) + pud_index(addr);
	if (unlikely(pud_none(pud_read(pud))) && !pud_fill(mm, pud))
		return NULL;
	return pud_table(pud_read(pud)) + pmd_index(addr);
}

/**
 * __pte_alloc - make a table of ptes below a pmd entry
 * @mm: address space
 * @pmd: the entry
 *
 * Context: mmap_lock held; may sleep.
 * Return: 0 or -ENOMEM.
 */
int __pte_alloc(struct mm_struct *mm, pmd_t *pmd)
{
	return pmd_fill(mm, pmd) ? 0 : -ENOMEM;
}

/**
 * pmd_lookup - the pmd entry of an address, if its tables exist
 * @mm: address space
 * @addr: user address
 *
 * Context: mmap_lock held, or the i_mmap_lock of an area's object there.
 * Return: the entry, which has a table of ptes below it; NULL: there is none.
 */
pmd_t *pmd_lookup(struct mm_struct *mm, unsigned long addr)
{
	pgd_t pgd = pgd_read(mm->pgd + pgd_index(addr));
	pud_t pud;
	pmd_t *pmd;

	if (pgd_none(pgd))
		return NULL;
	pud = pud_read(pgd_table(pgd) + pud_index(addr));
	if (pud_none(pud))
		return NULL;
	pmd = pud_table(pud) + pmd_index(addr);
	return pmd_none(pmd_read(pmd)) ? NULL : pmd;
}

/**
 * pmd_move - hook a table of ptes in elsewhere
 * @mm: address space
 * @from: the entry that points to it, cleared
 * @to: an empty entry
 *
 * The caller flushes what was translated through @from.
 *
 * Context: mmap_lock for writing, and the i_mmap_lock of the object that is
 * mapped there for writing.
 */
void pmd_move(struct mm_struct *mm, pmd_t *from, pmd_t *to)
{
	phys_addr_t table = pmd_table_phys(pmd_read(from));

	VM_BUG_ON(!pmd_none(pmd_read(to)));
	spin_lock(&mm->page_table_lock);
	pmd_clear(from);
	table_count(from, -1);
	pmd_populate(to, table);
	table_count(to, 1);
	spin_unlock(&mm->page_table_lock);
}

/* The first entry in use at or after *@addr of one pmd table, which covers
 * up to @end; *@addr follows. */
static pmd_t *scan_pmd_table(pmd_t *table, unsigned long *addr,
			     unsigned long end)
{
	pmd_t *pmd = table + pmd_index(*addr);

	for (; *addr < end; *addr = pmd_addr_end(*addr, end), pmd++)
		if (!pmd_none(pmd_read(pmd)))
			return pmd;
	return NULL;
}

/* next_pmd() in strides of the level that is missing. */
static noinline pmd_t *search_pmd(struct mm_struct *mm, unsigned long *addr,
				  unsigned long end)
{
	while (*addr < end) {
		pgd_t pgd = pgd_read(mm->pgd + pgd_index(*addr));
		pud_t pud;
		pmd_t *pmd;

		if (pgd_none(pgd)) {
			*addr = pgd_addr_end(*addr, end);
			continue;
		}
		pud = pud_read(pgd_table(pgd) + pud_index(*addr));
		if (pud_none(pud)) {
			*addr = pud_addr_end(*addr, end);
			continue;
		}
		pmd = scan_pmd_table(pud_table(pud), addr,
				     pud_addr_end(*addr, end));
		if (pmd)
			return pmd;
	}
	return NULL;
}

/**
 * next_pmd - step through the pte tables of a range
 * @mm: address space
 * @addr: where to begin; moved up to the first byte that the entry found
 *	covers
 * @end: end of the range, bytes
 *
 * Address space without tables is passed over in strides of the level that is
 * missing. All walks over ranges are loops of this form:
 *
 *	for (; (pmd = next_pmd(mm, &addr, end)); addr = next) {
 *		next = pmd_addr_end(addr, end);
 *		... the ptes of [addr, next) ...
 *	}
 *
 * Context: as pmd_lookup().
 * Return: the entry, which has a table; NULL: there is none before @end.
 */
pmd_t *next_pmd(struct mm_struct *mm, unsigned long *addr, unsigned long end)
{
	pmd_t *pmd;

	if (*addr >= end)
		return NULL;
	pmd = pmd_lookup(mm, *addr); /* most often that is the answer */
	if (pmd)
		return pmd;
	*addr = pmd_addr_end(*addr, end);
	return *addr < end ? search_pmd(mm, addr, end) : NULL;
}

/* --- freeing --------------------------------------------------------------------- */

/* A range whose tables go, and how far the free room around it reaches. */
struct table_range {
	struct mmu_gather *tlb;
	unsigned long floor, ceiling;
};

/* Whether no area reaches into the @size bytes around @addr. */
static bool span_is_free(const struct table_range *r, unsigned long addr,
			 unsigned long size)
{
	unsigned long first = addr & ~(size - 1);

	return first >= r->floor && first + size <= r->ceiling;
}

/* The count of the table above belongs to faults in other areas, too. */
static void unhook_table(const struct table_range *r, void *entry,
			 phys_addr_t table)
{
	struct page *page = pfn_to_page(PFN_DOWN(table));

	VM_BUG_ON(page->pt_entries);
	spin_lock(&r->tlb->mm->page_table_lock);
	table_count(entry, -1);
	spin_unlock(&r->tlb->mm->page_table_lock);
	atomic64_sub(PAGE_SIZE, &r->tlb->mm->pgtables_bytes);
	tlb_remove_table(r->tlb, page);
}

static void free_pte_tables(const struct table_range *r, pmd_t *pmd,
			    unsigned long addr, unsigned long end)
{
	for (; addr < end; addr = pmd_addr_end(addr, end), pmd++) {
		pmd_t e = pmd_read(pmd);

		if (pmd_none(e) || !span_is_free(r, addr, PMD_SIZE))
			continue;
		pmd_clear(pmd);
		unhook_table(r, pmd, pmd_table_phys(e));
	}
}

static void free_pmd_tables(const struct table_range *r, pud_t *pud,
			    unsigned long addr, unsigned long end)
{
	unsigned long next;

	for (; addr < end; addr = next, pud++) {
		pud_t e = pud_read(pud);

		next = pud_addr_end(addr, end);
		if (pud_none(e))
			continue;
		free_pte_tables(r, pud_table(e) + pmd_index(addr), addr, next);
		if (!span_is_free(r, addr, PUD_SIZE))
			continue;
		pud_clear(pud);
		unhook_table(r, pud, pud_table_phys(e));
	}
}

/* [addr, end) lies below one top-level entry. */
static noinline void free_pgd_tables(const struct table_range *r, pgd_t *pgd,
				     unsigned long addr, unsigned long end)
{
	pgd_t e = pgd_read(pgd);

	if (pgd_none(e))
		return;
	free_pmd_tables(r, pgd_table(e) + pud_index(addr), addr, end);
	if (!span_is_free(r, addr, PGD_SIZE))
		return;
	pgd_clear(pgd);
	unhook_table(r, pgd, pgd_table_phys(e));
}

/* Whether there is nothing to free for the 2 MiB at @addr: most often nobody
 * has touched the memory around, and others need the upper tables. */
static bool no_tables_at(const struct table_range *r, pgd_t pgd,
			 unsigned long addr)
{
	pud_t pud;

	if (pgd_none(pgd))
		return true;
	pud = pud_read(pgd_table(pgd) + pud_index(addr));
	if (pud_none(pud))
		return !span_is_free(r, addr, PGD_SIZE);
	return pmd_none(pmd_read(pud_table(pud) + pmd_index(addr))) &&
	       !span_is_free(r, addr, PUD_SIZE);
}

/**
 * free_pgtables - free the tables of a range that nothing is mapped in
 * @tlb: collects them
 * @start: first byte of the range
 * @end: its end
 * @floor: end of the last area below, or 0
 * @ceiling: start of the first area above, or the end of user space rounded
 *	up to a whole top-level entry
 *
 * A table goes when all that it could map lies in [@floor, @ceiling). Most often
 * not even the smallest does, because a neighbour reaches into the same 2 MiB;
 * that is seen before any table is looked at.
 *
 * Context: mmap_lock for writing; the areas that were in the range have left
 * their i_mmap trees, their ptes are cleared.
 */
void free_pgtables(struct mmu_gather *tlb, unsigned long start,
		   unsigned long end, unsigned long floor,
		   unsigned long ceiling)
{
	const struct table_range r = { tlb, floor, ceiling };
	unsigned long addr, next;
	pgd_t *pgd;

	start &= PMD_MASK;
	if (start < floor)
		start += PMD_SIZE;
	end = ALIGN(end, PMD_SIZE);
	if (end > ceiling)
		end -= PMD_SIZE;
	if (start >= end)
		return;
	pgd = tlb->mm->pgd + pgd_index(start);
	if (end - start == PMD_SIZE && no_tables_at(&r, pgd_read(pgd), start))
		return;
	for (addr = start; addr < end; addr = next, pgd++) {
		next = pgd_addr_end(addr, end);
		free_pgd_tables(&r, pgd, addr, next);
	}
}

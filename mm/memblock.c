/* SPDX-License-Identifier: MIT */
/*
 * The boot allocator. Owns two sorted tables of physical ranges: what is RAM,
 * and what of it is taken. Free is the difference:
 *
 *	RAM		[0 ........ 9f000)     [1M ..................... 64M)
 *	reserved	[0 1000)               [1M .... 3M)   [10M 11M)
 *	free		   [1000 .. 9f000)            [3M 10M)     [11M 64M)
 *
 * An allocation takes the highest place that fits, below the caller's limit;
 * so low memory stays for those who need it. page_alloc_init() takes over
 * what is free; from then on the tables only tell what the firmware said,
 * and memblock_free() hands boot memory on to the page allocator.
 *
 * Invariants:
 *   B1  the ranges of a table are not empty, ascend, and neither overlap nor
 *       touch
 *
 * Locks: none, one CPU runs. Differs from Linux: tables of fixed size, no
 * NUMA nodes, no flags.
 */
#include <ikos/bug.h>
#include <ikos/kernel.h>
#include <ikos/memblock.h>
#include <ikos/page.h>
#include <ikos/string.h>

#define MAX_RANGES 256
/* No port maps more RAM than this: half of what 47 bits of address can. */
#define MAX_PHYS BIT(46)

struct range {
	phys_addr_t start, end;
};

struct range_table {
	const char *name;
	unsigned int n;
	struct range r[MAX_RANGES];
};

static struct range_table ram = { .name = "RAM" };
static struct range_table reserved = { .name = "reserved" };

/* First entry of @t that ends at or after @start: it may touch. */
static unsigned int first_touching(const struct range_table *t,
				   phys_addr_t start)
{
	unsigned int i = 0;

	while (i < t->n && t->r[i].end < start)
		i++;
	return i;
}

/* Replace entries [i, j) of @t by one, or by none when it is empty. */
static void replace(struct range_table *t, unsigned int i, unsigned int j,
		    struct range with)
{
	unsigned int n = with.start < with.end ? 1 : 0;

	if (t->n - (j - i) + n > MAX_RANGES)
		panic("The boot memory table (%s) is full: more than %d ranges",
		      t->name, MAX_RANGES);
	memmove(&t->r[i + n], &t->r[j], (t->n - j) * sizeof(t->r[0]));
	t->n = t->n - (j - i) + n;
	if (n)
		t->r[i] = with;
}

static void table_add(struct range_table *t, struct range new)
{
	unsigned int i = first_touching(t, new.start), j = i;

	while (j < t->n && t->r[j].start <= new.end) {
		new.start = min(new.start, t->r[j].start);
		new.end = max(new.end, t->r[j].end);
		j++;
	}
	replace(t, i, j, new);
}

static void table_remove(struct range_table *t, struct range gone)
{
	unsigned int i = first_touching(t, gone.start);

	while (i < t->n && t->r[i].start < gone.end) {
		struct range old = t->r[i];
		struct range below = { old.start, min(old.end, gone.start) };
		struct range above = { max(old.start, gone.end), old.end };

		replace(t, i, i + 1, above);
		replace(t, i, i, below);
		i += (below.start < below.end) + (above.start < above.end);
	}
}

/* The range as a half-open one that exists; empty when it does not. */
static struct range checked(phys_addr_t start, phys_addr_t size)
{
	struct range r = { min(start, MAX_PHYS), MAX_PHYS };

	if (size < r.end - r.start)
		r.end = r.start + size;
	return r;
}

static void must_be_early(const char *what)
{
	if (mem_map)
		panic("%s called after the page allocator took over", what);
}

/**
 * memblock_add - there is RAM
 * @start: first byte, physical
 * @size: bytes; what lies beyond the direct map is ignored
 *
 * May overlap what is known already.
 * Context: boot, one CPU.
 */
void memblock_add(phys_addr_t start, phys_addr_t size)
{
	struct range r = checked(start, size);

	must_be_early("memblock_add");
	if (r.start < r.end)
		table_add(&ram, r);
}

/**
 * memblock_reserve - this memory is taken
 * @start: first byte, physical
 * @size: bytes
 *
 * It need not be RAM, and may overlap other reservations: a reservation is a
 * set of bytes, not a count.
 * Context: boot, one CPU.
 */
void memblock_reserve(phys_addr_t start, phys_addr_t size)
{
	struct range r = checked(start, size);

	must_be_early("memblock_reserve");
	if (r.start < r.end)
		table_add(&reserved, r);
}

/* The highest free place of @size bytes inside @in; false: none. */
static bool find_top_down(struct range in, phys_addr_t size, phys_addr_t align,
			  phys_addr_t *found)
{
	unsigned int i = reserved.n;

	while (in.end > in.start && in.end - in.start >= size) {
		phys_addr_t start = ALIGN_DOWN(in.end - size, align);

		if (start < in.start)
			return false;
		while (i && reserved.r[i - 1].start >= start + size)
			i--;
		if (!i || reserved.r[i - 1].end <= start) {
			*found = start;
			return true;
		}
		in.end = reserved.r[i - 1].start;
	}
	return false;
}

/**
 * memblock_alloc - take zeroed memory for good
 * @size: bytes
 * @align: power of two, bytes; 0: a cache line
 * @limit: physical address that the memory must end below; 0: anywhere. Boot
 *	code that has mapped only part of the RAM passes that part's end.
 *
 * Context: boot, one CPU; the memory must be in the direct map.
 * Return: its physical address. Panics when there is none.
 */
phys_addr_t memblock_alloc(phys_addr_t size, phys_addr_t align,
			   phys_addr_t limit)
{
	phys_addr_t found;

	must_be_early("memblock_alloc");
	if (!align)
		align = 64;
	for (unsigned int i = ram.n; size && i-- > 0;) {
		struct range in = ram.r[i];

		if (limit && in.end > limit)
			in.end = limit;
		if (!find_top_down(in, size, align, &found))
			continue;
		table_add(&reserved, (struct range){ found, found + size });
		memset(__va(found), 0, size);
		return found;
	}
	panic("Out of memory at boot: no %lu bytes aligned to %lu below %#lx",
	      size, align, limit ? limit : memblock_end());
}

/**
 * memblock_end - one past the highest byte of RAM
 *
 * Return: physical address; 0 without RAM.
 */
phys_addr_t memblock_end(void)
{
	return ram.n ? ram.r[ram.n - 1].end : 0;
}

/**
 * memblock_ram_size - how much RAM there is
 *
 * Return: bytes, reserved ones included.
 */
phys_addr_t memblock_ram_size(void)
{
	phys_addr_t sum = 0;

	for (unsigned int i = 0; i < ram.n; i++)
		sum += ram.r[i].end - ram.r[i].start;
	return sum;
}

/**
 * memblock_get_ram - walk the RAM ranges, lowest first
 * @i: index from 0
 * @start: filled with the first byte
 * @end: filled with one past the last byte
 *
 * Return: false past the last.
 */
bool memblock_get_ram(unsigned int i, phys_addr_t *start, phys_addr_t *end)
{
	if (i >= ram.n)
		return false;
	*start = ram.r[i].start;
	*end = ram.r[i].end;
	return true;
}

/* The first free range that ends after @from; false: none. */
static bool next_free(phys_addr_t from, struct range *res)
{
	for (unsigned int i = 0; i < ram.n; i++) {
		struct range r = ram.r[i];

		r.start = max(r.start, from);
		for (unsigned int j = 0; j < reserved.n; j++) {
			if (reserved.r[j].end <= r.start)
				continue;
			if (reserved.r[j].start > r.start) {
				r.end = min(r.end, reserved.r[j].start);
				break;
			}
			r.start = reserved.r[j].end;
		}
		if (r.start < r.end) {
			*res = r;
			return true;
		}
	}
	return false;
}

/**
 * memblock_get_free - walk what is RAM and not reserved, lowest first
 * @i: index from 0
 * @start: filled with the first byte
 * @end: filled with one past the last byte
 *
 * Return: false past the last.
 */
bool memblock_get_free(unsigned int i, phys_addr_t *start, phys_addr_t *end)
{
	struct range r = { 0, 0 };

	do {
		if (!next_free(r.end, &r))
			return false;
	} while (i--);
	*start = r.start;
	*end = r.end;
	return true;
}

/**
 * memblock_free - give reserved memory back
 * @start: first byte, physical
 * @size: bytes
 *
 * After page_alloc_init() the pages that this frees entirely go to the page
 * allocator: so the memory of boot modules is not lost.
 * Context: may be called at any time, by one CPU.
 */
void memblock_free(phys_addr_t start, phys_addr_t size)
{
	struct range gone = checked(start, size),
		     r = { 0, gone.start & PAGE_MASK };

	if (gone.start >= gone.end)
		return;
	table_remove(&reserved, gone);
	if (!mem_map)
		return;
	gone.end = PAGE_ALIGN(gone.end);
	while (next_free(r.end, &r) && r.start < gone.end)
		free_reserved_range(PFN_UP(r.start),
				    PFN_DOWN(min(r.end, gone.end)));
}

/* SPDX-License-Identifier: MIT */
/*
 * What the boot loader said, whoever it was: collected from the parsers,
 * checked, and told to memblock.
 *
 * A loader's memory map need not be in order, may overlap itself and may be
 * wrong about nothing worse than that: what any entry calls reserved is
 * reserved, even where another calls it RAM. Memory starts and ends on whole
 * pages. Nothing is used that the CPU or the direct map cannot reach.
 *
 *	loader:	    0    9fc00      100000              7fe0000
 *		    [RAM)[reserved) [RAM ...............)[reserved ...
 *	memblock:   ^page 0 reserved  ^kernel ^modules reserved
 */
#include "setup.h"

#include <asm/apic.h>
#include <asm/cpufeature.h>
#include <asm/page.h>
#include <ikos/bug.h>
#include <ikos/kernel.h>
#include <ikos/memblock.h>
#include <ikos/printk.h>
#include <ikos/string.h>

#define MEMORY_RANGES_MAX 128
/* The direct map's part of the address space is a little larger. */
#define DIRECT_MAP_MAX (64UL << 40)

struct memory_range {
	u64 start, end; /* bytes, half-open */
	bool ram;
};

static struct memory_range ranges[MEMORY_RANGES_MAX];
static unsigned int nr_ranges, dropped_ranges;

/**
 * boot_early_ptr - reach something that the loader left in memory
 * @pa: physical address
 * @size: bytes that must be readable there
 *
 * Return: a pointer through the early direct map; NULL when the range is not
 * wholly inside it.
 */
const void *boot_early_ptr(u64 pa, u64 size)
{
	if (!pa || pa >= EARLY_MAP_END || size > EARLY_MAP_END - pa)
		return NULL;
	return __va(pa);
}

/* Copy a string of the loader's, of at most @max bytes, cut to fit. */
static void copy_loader_string(char *dst, size_t size, const char *s,
			       size_t max)
{
	size_t n = strnlen(s, min(max, size - 1));

	memcpy(dst, s, n);
	dst[n] = '\0';
}

/**
 * boot_set_cmdline - remember the kernel's command line, cut to fit
 * @s: string
 * @max: bytes that @s may have, terminated or not
 */
void boot_set_cmdline(const char *s, size_t max)
{
	copy_loader_string(boot_info.cmdline, sizeof(boot_info.cmdline), s,
			   max);
}

/**
 * boot_set_loader - remember the loader's name, cut to fit
 */
void boot_set_loader(const char *s, size_t max)
{
	copy_loader_string(boot_info.loader, sizeof(boot_info.loader), s, max);
}

/**
 * boot_add_module - remember a module, to be checked when the RAM is known
 * @start: first byte, physical
 * @end: one past the last
 * @cmdline: its string, of at most @max bytes
 */
void boot_add_module(u64 start, u64 end, const char *cmdline, size_t max)
{
	struct boot_module *m;

	if (start >= end || boot_info.nr_modules == BOOT_MODULES_MAX)
		return;
	m = &boot_info.modules[boot_info.nr_modules++];
	m->start = start;
	m->end = end;
	copy_loader_string(m->cmdline, sizeof(m->cmdline), cmdline, max);
}

/**
 * boot_add_memory - remember one entry of the loader's memory map
 * @start: first byte, physical
 * @size: bytes; what would wrap around is cut
 * @ram: whether it is free to use
 */
void boot_add_memory(u64 start, u64 size, bool ram)
{
	struct memory_range *last = nr_ranges ? &ranges[nr_ranges - 1] : NULL;
	u64 end = size > -start && start ? ~0UL : start + size;

	if (!size)
		return;
	if (last && last->ram == ram && last->end == start) {
		last->end = end;
		return;
	}
	if (nr_ranges == MEMORY_RANGES_MAX) {
		dropped_ranges++;
		return;
	}
	ranges[nr_ranges++] = (struct memory_range){ start, end, ram };
}

static void add_ram(void)
{
	u64 limit = min(DIRECT_MAP_MAX, 1UL << boot_cpu_data.phys_bits);

	for (unsigned int i = 0; i < nr_ranges; i++) {
		u64 start = min(ranges[i].start, limit);
		u64 end = min(ranges[i].end, limit) & PAGE_MASK;

		start = PAGE_ALIGN(start);
		if (ranges[i].ram && start < end)
			memblock_add(start, end - start);
	}
	if (!memblock_ram_size())
		panic("the boot loader passed no memory map with RAM in it");
}

/* Reserve what of [start, end) is RAM, in whole pages. */
static void reserve_in_ram(u64 start, u64 end)
{
	phys_addr_t ram_start, ram_end;

	for (unsigned int i = 0; memblock_get_ram(i, &ram_start, &ram_end);
	     i++) {
		u64 s = max(start & PAGE_MASK, ram_start);
		u64 e = min(end, ram_end);

		if (s < e)
			memblock_reserve(s, PAGE_ALIGN(e) - s);
	}
}

static bool inside_ram(u64 start, u64 end)
{
	phys_addr_t ram_start, ram_end;

	for (unsigned int i = 0; memblock_get_ram(i, &ram_start, &ram_end); i++)
		if (start >= ram_start && end <= ram_end)
			return true;
	return false;
}

static bool overlaps_kernel(u64 start, u64 end)
{
	return start < __pa_symbol(_end) && end > __pa_symbol(_text);
}

/* Drop modules that are not where they could be; keep the others safe. */
static void reserve_modules(void)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < boot_info.nr_modules; i++) {
		struct boot_module m = boot_info.modules[i];

		if (!inside_ram(m.start, m.end) ||
		    overlaps_kernel(m.start, m.end)) {
			pr_warn("boot: module %u at [%#lx, %#lx) is not in free RAM, left out\n",
				i, m.start, m.end);
			continue;
		}
		reserve_in_ram(m.start, m.end);
		boot_info.modules[n++] = m;
	}
	boot_info.nr_modules = n;
}

static void print_map(void)
{
	for (unsigned int i = 0; i < nr_ranges; i++)
		pr_debug("boot: [%#018lx, %#018lx) %s\n", ranges[i].start,
			 ranges[i].end, ranges[i].ram ? "RAM" : "reserved");
	if (dropped_ranges)
		pr_warn("boot: %u entries too many in the memory map, left out\n",
			dropped_ranges);
}

/**
 * boot_memory_init - tell memblock what is RAM and what of it is taken
 *
 * Context: boot, once, before the first memblock_alloc(). Panics when there
 * is no RAM where the kernel itself is.
 */
void boot_memory_init(void)
{
	print_map();
	add_ram();
	for (unsigned int i = 0; i < nr_ranges; i++)
		if (!ranges[i].ram)
			reserve_in_ram(ranges[i].start, ranges[i].end);
	reserve_in_ram(0, PAGE_SIZE);
	if (!inside_ram(__pa_symbol(_text), __pa_symbol(_end)))
		panic("the memory map has no RAM where the kernel was loaded");
	reserve_in_ram(__pa_symbol(_text), __pa_symbol(_end));
	reserve_modules();
	smp_reserve_trampoline();
}

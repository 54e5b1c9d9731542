/* SPDX-License-Identifier: MIT */
/* The boot allocator against a bitmap of small units. */
#include "sim.h"

bool sim_autoboot = false;

#define UNIT 0x1000UL
#define NR   512u

static bool is_ram[NR], is_reserved[NR];

static void expect_ranges(bool free)
{
	phys_addr_t start, end, last = 0;
	bool seen[NR] = { false };

	for (unsigned int i = 0; free ? memblock_get_free(i, &start, &end)
				      : memblock_get_ram(i, &start, &end);
	     i++) {
		ASSERT(start < end && end <= NR * UNIT);
		EXPECT(!i || start > last);
		last = end;
		for (; start < end; start += UNIT)
			seen[start / UNIT] = true;
	}
	for (unsigned int i = 0; i < NR; i++)
		ASSERT_EQ(seen[i], is_ram[i] && !(free && is_reserved[i]));
}

TEST(tables_merge_and_split_like_a_bitmap)
{
	for (int round = 0; round < 400; round++) {
		unsigned long a = sim_random_below(NR),
			      n = sim_random_below(min(NR - a, 40UL) + 1);
		unsigned long what = sim_random_below(5);

		if (what < 2)
			memblock_add(a * UNIT, n * UNIT);
		else if (what < 4)
			memblock_reserve(a * UNIT, n * UNIT);
		else
			memblock_free(a * UNIT, n * UNIT);
		for (unsigned long i = a; i < a + n; i++) {
			if (what < 2)
				is_ram[i] = true;
			else
				is_reserved[i] = what < 4;
		}
		expect_ranges(false);
		expect_ranges(true);
	}
}

TEST(a_size_that_overflows_is_cut)
{
	phys_addr_t start, end;

	memblock_add(0x5000, ~0UL);
	memblock_add(~0UL - 5, 100);
	ASSERT(memblock_get_ram(0, &start, &end));
	EXPECT_EQ(start, 0x5000);
	EXPECT_EQ(end, 1UL << 46);
	EXPECT(!memblock_get_ram(1, &start, &end));
	memblock_reserve(0x1000, 0);
	EXPECT(!memblock_get_free(1, &start, &end));
}

TEST(allocations_are_zeroed_aligned_below_the_limit_and_apart)
{
	phys_addr_t a, b, c, last = ~0UL;

	sim_boot_memblock();
	memset(__va(0x100000), 0xff, sim_ram_size - 0x100000);
	a = memblock_alloc(100, 0, 0);
	b = memblock_alloc(5000, 4096, 0);
	c = memblock_alloc(64, 64, MiB(8));
	EXPECT_EQ(a % 64, 0);
	EXPECT_EQ(b % 4096, 0);
	EXPECT(b + 5000 <= a);
	EXPECT(c + 64 <= MiB(8) && c > MiB(8) - 4096);
	for (unsigned int i = 0; i < 5000; i++)
		ASSERT_EQ(((u8 *)__va(b))[i], 0);
	/* Never inside the hole or the reservation, always lower. */
	for (int i = 0; i < 60; i++) {
		a = memblock_alloc(MiB(1) - 64, 64, 0);
		EXPECT(a < last);
		EXPECT(a >= MiB(2));
		EXPECT(a + MiB(1) - 64 <= sim_ram_size / 2 ||
		       a >= sim_ram_size / 2 + 0x42000);
		last = a;
	}
}

TEST(no_memory_at_boot_panics)
{
	sim_boot_memblock();
	EXPECT_PANIC("Out of memory at boot",
		     memblock_alloc(sim_ram_size, 64, 0));
	EXPECT_PANIC("below 0x1000", memblock_alloc(64, 64, PAGE_SIZE));
	EXPECT_PANIC("Out of memory at boot", memblock_alloc(~0UL, 64, 0));
	EXPECT(memblock_alloc(64, 64, 0x2000) >= PAGE_SIZE);
}

static void fill(void (*add)(phys_addr_t, phys_addr_t), unsigned long n)
{
	for (unsigned long i = 0; i < n; i++)
		add(i * 2 * UNIT, UNIT);
}

TEST(a_full_table_panics)
{
	EXPECT_PANIC("(RAM) is full", fill(memblock_add, 257));
	EXPECT_PANIC("(reserved) is full", fill(memblock_reserve, 257));
	fill(memblock_reserve, 256);
	memblock_free(0, UNIT); /* one less */
	memblock_reserve(UNIT, UNIT); /* touches its neighbour */
	memblock_reserve(1000 * UNIT, UNIT);
	memblock_free(6 * UNIT, 8); /* the end of one: no split */
	EXPECT_PANIC("is full", memblock_free(6 * UNIT + 100, 8));
}

TEST(frames_that_are_ram_in_part_are_not_used)
{
	memblock_add(0x1800, 0x2000); /* holds frame 2 only */
	EXPECT_EQ(memblock_ram_size(), 0x2000);
	EXPECT_EQ(memblock_end(), 0x3800);
	sim_boot_memblock();
	page_alloc_init();
	EXPECT(!page_test(pfn_to_page(2), PG_reserved));
	page_alloc_validate();
}

TEST(after_the_handover_frees_go_to_the_page_allocator)
{
	unsigned long before;

	sim_boot_memblock();
	memblock_reserve(MiB(4) + 100, 5 * PAGE_SIZE);
	memblock_reserve(MiB(4) + 100 + 5 * PAGE_SIZE, PAGE_SIZE);
	page_alloc_init();
	before = nr_free_pages();
	EXPECT_PANIC("memblock_alloc called after", memblock_alloc(64, 64, 0));
	EXPECT_PANIC("memblock_reserve called after", memblock_reserve(0, 64));
	EXPECT_PANIC("memblock_add called after", memblock_add(0, 64));

	/* The page both share stays until the second has gone, too. */
	memblock_free(MiB(4) + 100, 5 * PAGE_SIZE);
	EXPECT_EQ(nr_free_pages(), before + 5);
	memblock_free(MiB(4) + 100 + 5 * PAGE_SIZE, PAGE_SIZE);
	EXPECT_EQ(nr_free_pages(), before + 7);
	EXPECT_EQ(totalram_pages(), nr_free_pages() + 1); /* zero_page */
	page_alloc_validate();
	/* A hole in RAM is nobody's to give. */
	memblock_free(0xa0000, 0x10000);
	EXPECT_EQ(nr_free_pages(), before + 7);
	EXPECT_PANIC("was not reserved", memblock_free(MiB(4), PAGE_SIZE));
}

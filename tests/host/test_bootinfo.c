/* SPDX-License-Identifier: MIT */
/*
 * What boot loaders say, well-formed and not: the parsers of both protocols
 * and what memblock is told. The information lies in buffers of its exact
 * size, so that the address sanitizer sees every step beyond its end.
 */
#include "sim.h"

#include <asm/cpufeature.h>
#include <ikos/memblock.h>
#include <ikos/string.h>

#include "../../arch/x86_64/setup.h"

/* The parsers reach "physical memory" through this file. */
const void *kernel_boot_early_ptr(u64 pa, u64 size);
#define boot_early_ptr kernel_boot_early_ptr
#include "../../arch/x86_64/bootinfo.c"
#undef boot_early_ptr
#include "../../arch/x86_64/multiboot.c"
#include "../../arch/x86_64/pvh.c"

/* No other CPU is started here. */
void smp_reserve_trampoline(void)
{
}

struct boot_info boot_info;
struct cpuinfo_x86 boot_cpu_data = { .phys_bits = 40 };
char _text[16]; /* _end is the host linker's: behind it */

void *malloc(size_t size);
void free(void *p);

bool sim_autoboot = false;

#define INFO_PA	  0x10000UL
#define STRING_PA 0x80000UL
#define MAP_PA	  0x90000UL
#define MODULE_PA 0xa0000UL

static struct {
	u64 pa;
	char *p;
	size_t size;
} blocks[8];
static unsigned int nr_blocks;

/* Put a copy of @data at "physical address" @pa. */
static char *place(u64 pa, const void *data, size_t size)
{
	char *p = malloc(size);

	memcpy(p, data, size);
	blocks[nr_blocks].pa = pa;
	blocks[nr_blocks].p = p;
	blocks[nr_blocks++].size = size;
	return p;
}

const void *boot_early_ptr(u64 pa, u64 size)
{
	/* Its own checks must let through what lies in reach, and no more. */
	bool in_reach = kernel_boot_early_ptr(pa, size);

	EXPECT_EQ(in_reach, pa && pa + size > pa - !size &&
				    pa + size <= EARLY_MAP_END &&
				    pa < EARLY_MAP_END);
	for (unsigned int i = 0; in_reach && i < nr_blocks; i++)
		if (blocks[i].pa == pa && size <= blocks[i].size)
			return blocks[i].p;
	return NULL;
}

/* --- a multiboot2 information, built tag by tag --- */
static char info[4096];
static size_t info_size;

static void info_begin(void)
{
	memset(info, 0, sizeof(info));
	info_size = 8;
}

static char *add_tag(u32 type, size_t payload)
{
	struct mb2_tag *tag = (void *)(info + info_size);

	tag->type = type;
	tag->size = (u32)(sizeof(*tag) + payload);
	info_size += ALIGN(tag->size, 8u);
	return (char *)(tag + 1);
}

static void add_string(u32 type, const char *s)
{
	memcpy(add_tag(type, strlen(s) + 1), s, strlen(s) + 1);
}

static void add_module(u32 start, u32 end, const char *s)
{
	char *p = add_tag(MB2_TAG_MODULE, 8 + strlen(s) + 1);

	memcpy(p, &start, 4);
	memcpy(p + 4, &end, 4);
	memcpy(p + 8, s, strlen(s) + 1);
}

static void add_mmap(const struct mb2_mmap_entry *e, size_t n)
{
	u32 head[2] = { sizeof(*e), 0 };
	char *p = add_tag(MB2_TAG_MMAP, sizeof(head) + n * sizeof(*e));

	memcpy(p, head, sizeof(head));
	memcpy(p + sizeof(head), e, n * sizeof(*e));
}

static void info_end(void)
{
	u32 total;

	add_tag(MB2_TAG_END, 0);
	total = (u32)info_size;
	memcpy(info, &total, 4);
	place(INFO_PA, info, info_size);
}

/* A PC with 4 GiB; the "kernel" of this program lies above 2 GiB. */
static const struct mb2_mmap_entry pc_map[] = {
	{ 0, 0x9fc00, 1, 0 },	       { 0x9fc00, 0x400, 2, 0 },
	{ 0xf0000, 0x10000, 2, 0 },    { 0x100000, 0xbfee0000, 1, 0 },
	{ 0xbffe0000, 0x20000, 3, 0 }, { 0x100000000, 0x40000000, 1, 0 },
};

static bool is_free(u64 start, u64 end)
{
	phys_addr_t s, e;

	for (unsigned int i = 0; memblock_get_free(i, &s, &e); i++)
		if (start >= s && end <= e)
			return true;
	return false;
}

static bool touches_free(u64 start, u64 end)
{
	phys_addr_t s, e;

	for (unsigned int i = 0; memblock_get_free(i, &s, &e); i++)
		if (start < e && end > s)
			return true;
	return false;
}

TEST(multiboot2_information_is_understood)
{
	info_begin();
	add_string(MB2_TAG_CMDLINE, "log=com2 init=/bin/sh");
	add_string(MB2_TAG_LOADER, "GRUB 2.06");
	add_tag(99, 13);
	add_module(0x1000000, 0x1000123, "initramfs.cpio");
	add_mmap(pc_map, ARRAY_SIZE(pc_map));
	memcpy(add_tag(MB2_TAG_ACPI_NEW, 36), "RSD PTR ", 8);
	info_end();
	multiboot2_parse(INFO_PA);
	boot_memory_init();

	EXPECT(!strcmp(boot_info.cmdline, "log=com2 init=/bin/sh"));
	EXPECT(!strcmp(boot_info.loader, "GRUB 2.06"));
	ASSERT_EQ(boot_info.nr_modules, 1);
	EXPECT_EQ(boot_info.modules[0].start, 0x1000000);
	EXPECT_EQ(boot_info.modules[0].end, 0x1000123);
	EXPECT(!strcmp(boot_info.modules[0].cmdline, "initramfs.cpio"));
	EXPECT(boot_info.acpi_rsdp && !memcmp(rsdp_copy, "RSD PTR ", 8));
	EXPECT_EQ(memblock_end(), 0x140000000);
	EXPECT(is_free(0x1000, 0x9f000));
	EXPECT(!touches_free(0, 0x1000));
	EXPECT(!touches_free(0x9f000, 0x100000));
	EXPECT(!touches_free(0x1000000, 0x1001000));
	EXPECT(is_free(0x1001000, 0x1002000));
	EXPECT(!touches_free(__pa_symbol(_text), __pa_symbol(_end)));
	EXPECT(is_free(0x100000000, 0x140000000));
}

TEST(reserved_wins_over_ram_wherever_it_stands)
{
	static const struct mb2_mmap_entry map[] = {
		{ 0x40000800, 0x1000, 2, 0 },	{ 0x50000000, 0x10000, 1, 0 },
		{ 0x100000, 0xbff00000, 1, 0 }, { 0x60000000, 0x1, 4, 0 },
		{ 0x60000000, 0x2000, 1, 0 },
	};

	info_begin();
	add_mmap(map, ARRAY_SIZE(map));
	info_end();
	multiboot2_parse(INFO_PA);
	boot_memory_init();
	EXPECT(!touches_free(0x40000000, 0x40002000));
	EXPECT(is_free(0x3ffff000, 0x40000000));
	EXPECT(is_free(0x40002000, 0x60000000));
	EXPECT(!touches_free(0x60000000, 0x60001000));
	EXPECT_EQ(memblock_ram_size(), 0xbff00000);
}

TEST(memory_beyond_reach_is_left_out)
{
	static const struct mb2_mmap_entry map[] = {
		{ 0x100000, 0xbff00000, 1, 0 },
		{ (1UL << 40) - 0x1000, 0x5000, 1, 0 },
		{ ~0UL - 0x2000, ~0UL, 1, 0 },
		{ 0x300000800, 0x7ff, 1, 0 }, /* not a whole page */
	};

	info_begin();
	add_mmap(map, ARRAY_SIZE(map));
	info_end();
	multiboot2_parse(INFO_PA);
	boot_memory_init();
	EXPECT_EQ(memblock_end(), 1UL << 40);
	EXPECT_EQ(memblock_ram_size(), 0xbff01000);
}

TEST(overlong_strings_are_cut)
{
	static char longer[3000];

	memset(longer, 'x', sizeof(longer) - 1);
	info_begin();
	add_string(MB2_TAG_CMDLINE, longer);
	longer[200] = '\0';
	add_string(MB2_TAG_LOADER, longer);
	add_module(0x1000, 0x2000, longer);
	info_end();
	multiboot2_parse(INFO_PA);
	EXPECT_EQ(strlen(boot_info.cmdline), BOOT_CMDLINE_MAX - 1);
	EXPECT_EQ(strlen(boot_info.loader), sizeof(boot_info.loader) - 1);
	EXPECT_EQ(strlen(boot_info.modules[0].cmdline), 63);
}

TEST(a_string_without_an_end_is_cut_at_its_tag)
{
	info_begin();
	memcpy(add_tag(MB2_TAG_CMDLINE, 8), "abcdefgh", 8);
	info_end();
	multiboot2_parse(INFO_PA);
	EXPECT(!strcmp(boot_info.cmdline, "abcdefgh"));
}

TEST(without_a_memory_map_there_is_a_clear_panic)
{
	info_begin();
	add_string(MB2_TAG_CMDLINE, "quiet");
	info_end();
	multiboot2_parse(INFO_PA);
	EXPECT_PANIC("no memory map", boot_memory_init());
}

TEST(ram_that_does_not_hold_the_kernel_is_a_panic)
{
	static const struct mb2_mmap_entry map[] = { { 0, 0x800000, 1, 0 } };

	info_begin();
	add_mmap(map, ARRAY_SIZE(map));
	info_end();
	multiboot2_parse(INFO_PA);
	EXPECT_PANIC("no RAM where the kernel", boot_memory_init());
}

TEST(modules_in_strange_places_are_left_out)
{
	info_begin();
	add_module(0x2000, 0x1000, "backwards");
	add_module(0xa0000, 0xa1000, "not RAM");
	add_module((u32)__pa_symbol(_text), (u32)__pa_symbol(_text) + 1, "us");
	add_module(0x2000000, 0x2000001, "good");
	for (int i = 0; i < 20; i++)
		add_module(0x3000000, 0x3000001, "many");
	add_mmap(pc_map, ARRAY_SIZE(pc_map));
	info_end();
	multiboot2_parse(INFO_PA);
	boot_memory_init();
	EXPECT_EQ(boot_info.nr_modules, BOOT_MODULES_MAX - 2);
	EXPECT(!strcmp(boot_info.modules[0].cmdline, "good"));
}

TEST(a_map_with_too_many_entries_is_cut)
{
	info_begin();
	add_mmap(pc_map, ARRAY_SIZE(pc_map));
	info_end();
	multiboot2_parse(INFO_PA);
	for (u64 i = 0; i < 1000; i++)
		boot_add_memory(0x200000000 + i * 0x2000, 0x1000, true);
	EXPECT_EQ(nr_ranges, MEMORY_RANGES_MAX);
	EXPECT_EQ(nr_ranges + dropped_ranges, 1000 + ARRAY_SIZE(pc_map));
}

/* Forget what was parsed; the buffers too. */
static void reset(void)
{
	while (nr_blocks)
		free(blocks[--nr_blocks].p);
	memset(&boot_info, 0, sizeof(boot_info));
	nr_ranges = dropped_ranges = 0;
}

/* Never beyond a buffer, never an unterminated string. */
static void check_sane(void)
{
	EXPECT(strnlen(boot_info.cmdline, BOOT_CMDLINE_MAX) < BOOT_CMDLINE_MAX);
	EXPECT(strnlen(boot_info.loader, 64) < 64);
	EXPECT(boot_info.nr_modules <= BOOT_MODULES_MAX);
	EXPECT(nr_ranges <= MEMORY_RANGES_MAX);
	for (unsigned int i = 0; i < nr_ranges; i++)
		EXPECT(ranges[i].start < ranges[i].end);
}

/* Damage a few words, most of them into small numbers. */
static void damage(char *p, size_t size)
{
	for (u32 n = 1 + (u32)sim_random() % 6; n; n--) {
		size_t at = sim_random() % (size - 3) & ~3UL;
		u32 v = (u32)sim_random() >> sim_random() % 32;

		memcpy(p + at, &v, 4);
	}
}

TEST(damaged_multiboot2_information_is_survived)
{
	for (int i = 0; i < 20000; i++) {
		u32 total;
		char *p;

		info_begin();
		add_string(MB2_TAG_CMDLINE, "quiet");
		add_module(0x1000000, 0x1000123, "initramfs.cpio");
		add_mmap(pc_map, ARRAY_SIZE(pc_map));
		add_tag(MB2_TAG_ACPI_NEW, 36);
		info_end();
		p = blocks[0].p;
		damage(p, info_size);
		/* A size that the memory does not have is another matter. */
		memcpy(&total, p, 4);
		total = min(total, (u32)info_size);
		memcpy(p, &total, 4);
		multiboot2_parse(INFO_PA);
		check_sane();
		reset();
	}
}

static const struct hvm_memmap_entry hvm_map[] = {
	{ 0, 0x9fc00, 1, 0 },
	{ 0x9fc00, 0x400, 2, 0 },
	{ 0x100000, 0xbfee0000, 1, 0 },
};
static const struct hvm_module hvm_module = { 0x1000000, 0x123, 0, 0 };

static void place_hvm(void)
{
	static char string[HVM_STRING_MAX] = "root=none";
	struct hvm_start_info si = {
		.magic = HVM_START_MAGIC,
		.version = 1,
		.nr_modules = 1,
		.modlist_paddr = MODULE_PA,
		.cmdline_paddr = STRING_PA,
		.rsdp_paddr = 0xf5000,
		.memmap_paddr = MAP_PA,
		.memmap_entries = ARRAY_SIZE(hvm_map),
	};

	place(INFO_PA, &si, sizeof(si));
	place(STRING_PA, string, sizeof(string));
	place(MAP_PA, hvm_map, sizeof(hvm_map));
	place(MODULE_PA, &hvm_module, sizeof(hvm_module));
}

TEST(pvh_information_is_understood)
{
	place_hvm();
	pvh_parse(INFO_PA);
	boot_memory_init();
	EXPECT(!strcmp(boot_info.cmdline, "root=none"));
	EXPECT_EQ(boot_info.acpi_rsdp, 0xf5000);
	ASSERT_EQ(boot_info.nr_modules, 1);
	EXPECT_EQ(boot_info.modules[0].end, 0x1000123);
	EXPECT_EQ(memblock_end(), 0xbffe0000);
}

TEST(damaged_pvh_information_is_survived)
{
	for (int i = 0; i < 20000; i++) {
		place_hvm();
		damage(blocks[0].p, blocks[0].size);
		pvh_parse(INFO_PA);
		check_sane();
		reset();
	}
}

/* SPDX-License-Identifier: MIT */
/*
 * Multiboot2 boot information (Multiboot2 specification, 3.6).
 *
 *	u32 total_size, reserved
 *	tag: u32 type, size; payload; padding to 8 bytes
 *	...
 *	tag: type 0, size 8
 *
 * The information is the loader's: every size is checked before it is used,
 * unknown tags are skipped, a damaged tag ends the walk.
 */
#include "setup.h"

#include <asm/page.h>
#include <ikos/bug.h>
#include <ikos/kernel.h>
#include <ikos/string.h>

#define MB2_INFO_MAX (1UL << 20) /* bytes; a real one has a few thousand */

enum mb2_tag_type {
	MB2_TAG_END = 0,
	MB2_TAG_CMDLINE = 1,
	MB2_TAG_LOADER = 2,
	MB2_TAG_MODULE = 3,
	MB2_TAG_MMAP = 6,
	MB2_TAG_ACPI_OLD = 14,
	MB2_TAG_ACPI_NEW = 15,
};

#define MB2_MEMORY_AVAILABLE 1

struct mb2_tag {
	u32 type, size;
};

struct mb2_string {
	struct mb2_tag tag;
	char string[];
};

struct mb2_module {
	struct mb2_tag tag;
	u32 start, end;
	char string[];
};

struct mb2_mmap_entry {
	u64 start, size;
	u32 type, reserved;
};

struct mb2_mmap {
	struct mb2_tag tag;
	u32 entry_size, entry_version;
	char entries[];
};

/* The tag holds a copy of the RSDP, not its address: keep it. */
static char rsdp_copy[64] __aligned(16);

static void parse_mmap(const struct mb2_mmap *t)
{
	u32 left;

	if (t->tag.size < sizeof(*t) ||
	    t->entry_size < sizeof(struct mb2_mmap_entry))
		return;
	left = t->tag.size - sizeof(*t);
	for (const char *p = t->entries; left >= t->entry_size;
	     p += t->entry_size, left -= t->entry_size) {
		struct mb2_mmap_entry e;

		memcpy(&e, p, sizeof(e));
		boot_add_memory(e.start, e.size,
				e.type == MB2_MEMORY_AVAILABLE);
	}
}

static void parse_module(const struct mb2_module *t)
{
	if (t->tag.size >= sizeof(*t))
		boot_add_module(t->start, t->end, t->string,
				t->tag.size - sizeof(*t));
}

static void parse_rsdp(const struct mb2_string *t)
{
	memcpy(rsdp_copy, t->string,
	       min(t->tag.size - sizeof(*t), sizeof(rsdp_copy)));
	boot_info.acpi_rsdp = __pa_symbol(rsdp_copy);
}

static void parse_tag(const struct mb2_tag *tag)
{
	const struct mb2_string *t = (const void *)tag;

	switch (tag->type) {
	case MB2_TAG_CMDLINE:
		boot_set_cmdline(t->string, tag->size - sizeof(*tag));
		break;
	case MB2_TAG_LOADER:
		boot_set_loader(t->string, tag->size - sizeof(*tag));
		break;
	case MB2_TAG_MODULE:
		parse_module((const void *)tag);
		break;
	case MB2_TAG_MMAP:
		parse_mmap((const void *)tag);
		break;
	case MB2_TAG_ACPI_OLD:
		if (!boot_info.acpi_rsdp)
			parse_rsdp(t);
		break;
	case MB2_TAG_ACPI_NEW:
		parse_rsdp(t);
		break;
	}
}

/**
 * multiboot2_parse - take over what a multiboot2 loader says
 * @info: physical address of the boot information
 *
 * Context: boot, early page tables. Missing or damaged parts are left out;
 * boot_memory_init() complains when there was no memory map.
 */
void multiboot2_parse(phys_addr_t info)
{
	const u32 *head = boot_early_ptr(info, 8);
	u32 left;

	boot_set_loader("an unnamed multiboot2 loader", 64);
	if (!head || head[0] < 16 || head[0] > MB2_INFO_MAX ||
	    !boot_early_ptr(info, head[0]))
		return;
	left = head[0] - 8;
	for (const char *p = (const char *)(head + 2);
	     left >= sizeof(struct mb2_tag);) {
		const struct mb2_tag *tag = (const void *)p;
		u32 step;

		if (tag->type == MB2_TAG_END || tag->size < sizeof(*tag) ||
		    tag->size > left)
			break;
		parse_tag(tag);
		step = ALIGN(tag->size, 8);
		if (step > left)
			break;
		p += step;
		left -= step;
	}
}

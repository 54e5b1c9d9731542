/* SPDX-License-Identifier: MIT */
/*
 * The PVH start information that qemu -kernel and hypervisors pass (Xen's
 * public/arch-x86/hvm/start_info.h describes the layout, version 1).
 */
#include "setup.h"

#include <ikos/bug.h>
#include <ikos/kernel.h>

#define HVM_START_MAGIC 0x336ec578
#define HVM_MEMMAP_RAM	1
#define HVM_MEMMAP_MAX	1024
#define HVM_STRING_MAX	4096

struct hvm_start_info {
	u32 magic, version, flags, nr_modules;
	u64 modlist_paddr, cmdline_paddr, rsdp_paddr;
	/* since version 1: */
	u64 memmap_paddr;
	u32 memmap_entries, reserved;
};

struct hvm_module {
	u64 paddr, size, cmdline_paddr, reserved;
};

struct hvm_memmap_entry {
	u64 addr, size;
	u32 type, reserved;
};

static const char *early_string(u64 pa)
{
	const char *s = boot_early_ptr(pa, HVM_STRING_MAX);

	return s ? s : "";
}

static void parse_modules(const struct hvm_start_info *si)
{
	u32 n = min(si->nr_modules, (u32)BOOT_MODULES_MAX);
	const struct hvm_module *m =
		boot_early_ptr(si->modlist_paddr, n * sizeof(*m));

	for (u32 i = 0; m && i < n; i++)
		if (m[i].size <= EARLY_MAP_END && m[i].paddr <= EARLY_MAP_END)
			boot_add_module(m[i].paddr, m[i].paddr + m[i].size,
					early_string(m[i].cmdline_paddr),
					HVM_STRING_MAX);
}

static void parse_memmap(const struct hvm_start_info *si)
{
	u32 n = min(si->memmap_entries, (u32)HVM_MEMMAP_MAX);
	const struct hvm_memmap_entry *e =
		boot_early_ptr(si->memmap_paddr, n * sizeof(*e));

	for (u32 i = 0; e && i < n; i++)
		boot_add_memory(e[i].addr, e[i].size,
				e[i].type == HVM_MEMMAP_RAM);
}

/**
 * pvh_parse - take over what a PVH loader says
 * @info: physical address of the start information
 *
 * Context: boot, early page tables. As multiboot2_parse().
 */
void pvh_parse(phys_addr_t info)
{
	const struct hvm_start_info *si = boot_early_ptr(info, sizeof(*si));

	boot_set_loader("a PVH loader", 64);
	if (!si || si->magic != HVM_START_MAGIC)
		return;
	boot_set_cmdline(early_string(si->cmdline_paddr), HVM_STRING_MAX);
	boot_info.acpi_rsdp = si->rsdp_paddr;
	parse_modules(si);
	if (si->version >= 1)
		parse_memmap(si);
}

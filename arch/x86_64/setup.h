/* SPDX-License-Identifier: MIT */
#ifndef X86_SETUP_H
#define X86_SETUP_H

#include <ikos/boot.h>

/* Private to the files that bring the boot CPU up. */

/* How the loader speaks; boot/head.S has the same numbers. */
enum boot_protocol {
	BOOT_MULTIBOOT2 = 1,
	BOOT_PVH = 2,
};

/* Everything that a loader passes lies below this: early_pmd maps it. */
#define EARLY_MAP_END (4UL << 30)

void multiboot2_parse(phys_addr_t info);
void pvh_parse(phys_addr_t info);

/* What the parsers found. */
void boot_add_memory(u64 start, u64 size, bool ram);
void boot_add_module(u64 start, u64 end, const char *cmdline, size_t max);
void boot_set_cmdline(const char *s, size_t max);
void boot_set_loader(const char *s, size_t max);
const void *boot_early_ptr(u64 pa, u64 size);
void boot_memory_init(void);

/* Linker and head.S symbols. */
extern char _text[], _etext[], __start_rodata[], __end_rodata[];
extern char _sdata[], _edata[], __bss_start[], __bss_stop[], _end[];
extern char early_tables_start[], early_tables_end[];

void x86_64_start_kernel(unsigned int protocol, phys_addr_t info) __noreturn;

#endif

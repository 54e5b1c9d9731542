/* SPDX-License-Identifier: MIT */
#ifndef ASM_KMAP_H
#define ASM_KMAP_H

#include <asm/pgtable.h>

/*
 * Kernel mappings outside the direct map. They use two parts of the VMALLOC
 * range, whose tables below the top level all address spaces share from the
 * start:
 *
 *	VMALLOC_START ... + 512 GiB	KMAP area: kernel stacks and the like,
 *					places chosen by the caller
 *	VMALLOC_END - 512 GiB ...	device registers, by map_device()
 */
#define KMAP_START   VMALLOC_START
#define KMAP_END     (VMALLOC_START + PGD_SIZE)
#define DEVMAP_START (VMALLOC_END - PGD_SIZE)
#define DEVMAP_END   VMALLOC_END

/* The kernel's own top-level table; its upper half is everybody's. */
extern pgd_t swapper_pg_dir[PTRS_PER_TABLE];

int map_kernel_page(unsigned long va, phys_addr_t pa, pgprot_t prot);
phys_addr_t unmap_kernel_page(unsigned long va);
phys_addr_t unhook_kernel_table(unsigned long va);
void *map_device(phys_addr_t pa, size_t size);
bool kernel_mapped(unsigned long va);

/* Where a kernel stack starts that ran into its guard page: paging.c makes
 * one below the boot stack. */
extern char init_stack[], init_stack_guard[];

void paging_init(void);

#endif

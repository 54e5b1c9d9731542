/* SPDX-License-Identifier: MIT */
/*
 * The kernel's page tables.
 *
 *	swapper_pg_dir
 *	  [0 .. 255]	nothing: user space of kernel threads
 *	  [273 ...]	direct map: RAM and nothing else, in pages as large as
 *			alignment and CPU allow. Kernel code and constants are
 *			read-only here too.
 *	  [402]		KMAP area: kernel stacks
 *	  [465]		device registers
 *	  [511]		the kernel's image, page by page: code R-X, constants
 *			R--, data RW-; the boot stack has a guard page
 *
 * Worked example, 128 MiB, the kernel at 2 MiB to 3 MiB, code and constants
 * up to 2.5 MiB:
 *
 *	0	    640K     1M	      2M       2.5M	  4M	    128M
 *	|4K pages   | no RAM |4K      |4K, R   |4K	  |2M pages |
 *
 * Every top-level entry that will ever be used in the kernel's half exists
 * before the first address space is made, and never changes: pgd_ctor() copies
 * them, so later changes below them are seen everywhere. Tables stay, except
 * those that kstack.c unhooks when all stacks in them are gone.
 *
 * Lock: kmap_lock guards the tables below KMAP_START and DEVMAP_START.
 * Differs from Linux: no lazy synchronisation of top-level entries, as the
 * VMALLOC range is used in two places of 512 GiB only.
 */
#include "setup.h"

#include <asm/control_regs.h>
#include <asm/cpufeature.h>
#include <asm/kmap.h>
#include <asm/tlbflush.h>
#include <ikos/bug.h>
#include <ikos/err.h>
#include <ikos/kernel.h>
#include <ikos/memblock.h>
#include <ikos/page.h>
#include <ikos/printk.h>
#include <ikos/spinlock.h>
#include <ikos/string.h>

pgd_t swapper_pg_dir[PTRS_PER_TABLE] __aligned(4096);

static DEFINE_SPINLOCK(kmap_lock);
static unsigned long devmap_next = DEVMAP_START;

/* Boot: tables come from memblock, in the part that the early map reaches. */
static phys_addr_t boot_table(void)
{
	return memblock_alloc(PAGE_SIZE, PAGE_SIZE, EARLY_MAP_END);
}

static pud_t *boot_pud_table(unsigned long va)
{
	pgd_t *pgd = &swapper_pg_dir[pgd_index(va)];

	if (pgd_none(*pgd))
		pgd_populate(pgd, boot_table());
	return pgd_table(*pgd);
}

static pmd_t *boot_pmd_table(pud_t *pud)
{
	if (pud_none(*pud))
		pud_populate(pud, boot_table());
	return pud_table(*pud);
}

static pte_t *boot_pte_table(pmd_t *pmd)
{
	if (pmd_none(*pmd))
		pmd_populate(pmd, boot_table());
	return pmd_table(*pmd);
}

static bool fits(unsigned long va, phys_addr_t pa, u64 size, u64 page)
{
	return size >= page && IS_ALIGNED(va | pa, page);
}

/* Map one page, the largest that fits; its size. */
static u64 map_boot_page(unsigned long va, phys_addr_t pa, u64 size, u64 prot)
{
	pud_t *pud = boot_pud_table(va) + pud_index(va);
	pmd_t *pmd;

	if (cpu_has(X86_FEATURE_PDPE1GB) && fits(va, pa, size, PUD_SIZE)) {
		pud->v = pa | prot | _PAGE_PSE;
		return PUD_SIZE;
	}
	pmd = boot_pmd_table(pud) + pmd_index(va);
	if (fits(va, pa, size, PMD_SIZE)) {
		pmd->v = pa | prot | _PAGE_PSE;
		return PMD_SIZE;
	}
	set_pte(boot_pte_table(pmd) + pte_index(va), (pte_t){ pa | prot });
	return PAGE_SIZE;
}

/* Map [pa, end), which nothing maps yet, at @va. */
static void map_boot_range(unsigned long va, phys_addr_t pa, phys_addr_t end,
			   pgprot_t prot)
{
	while (pa < end) {
		u64 done = map_boot_page(va, pa, end - pa, prot.v);

		va += done;
		pa += done;
	}
}

/* The part of RAM [start, end) that lies inside [lo, hi). */
static void map_direct(phys_addr_t start, phys_addr_t end, phys_addr_t lo,
		       phys_addr_t hi, pgprot_t prot)
{
	start = max(start, lo);
	end = min(end, hi);
	if (start < end)
		map_boot_range((unsigned long)__va(start), start, end, prot);
}

static void map_all_ram(void)
{
	phys_addr_t ro_start = __pa_symbol(_text);
	phys_addr_t ro_end = __pa_symbol(__end_rodata);
	phys_addr_t start, end;

	for (unsigned int i = 0; memblock_get_ram(i, &start, &end); i++) {
		map_direct(start, end, 0, ro_start, PAGE_KERNEL);
		map_direct(start, end, ro_start, ro_end, PAGE_KERNEL_RO);
		map_direct(start, end, ro_end, ~0UL, PAGE_KERNEL);
	}
}

static void map_image_part(const char *from, const char *to, pgprot_t prot)
{
	map_boot_range((unsigned long)from, __pa_symbol(from), __pa_symbol(to),
		       prot);
}

static void map_image(void)
{
	map_image_part(_text, _etext, PAGE_KERNEL_ROX);
	map_image_part(__start_rodata, __end_rodata, PAGE_KERNEL_RO);
	map_image_part(_sdata, init_stack_guard, PAGE_KERNEL);
	map_image_part(init_stack, _end, PAGE_KERNEL);
}

/**
 * paging_init - replace the early page tables by the real ones
 *
 * Context: boot, once; memblock knows the RAM and cpu_enable_features() has
 * run. Afterwards all of RAM is reachable by __va(), and nothing else below
 * PAGE_OFFSET is mapped.
 */
void paging_init(void)
{
	map_all_ram();
	map_image();
	boot_pud_table(KMAP_START);
	boot_pud_table(DEVMAP_START);
	write_cr3(__pa_symbol(swapper_pg_dir));
	memblock_free(__pa_symbol(early_tables_start),
		      (phys_addr_t)(early_tables_end - early_tables_start));
}

/**
 * pgd_ctor - put the kernel's half into the new top-level table @pgd
 *
 * Context: any.
 */
void pgd_ctor(pgd_t *pgd)
{
	memcpy(pgd + USER_PTRS_PER_PGD, swapper_pg_dir + USER_PTRS_PER_PGD,
	       (PTRS_PER_TABLE - USER_PTRS_PER_PGD) * sizeof(pgd_t));
}

static bool in_kmap_area(unsigned long va)
{
	return (va >= KMAP_START && va < KMAP_END) ||
	       (va >= DEVMAP_START && va < DEVMAP_END);
}

/* A zeroed page for a table of the kernel's; 0: no memory. */
static phys_addr_t alloc_table(void)
{
	struct page *page = alloc_page(GFP_KERNEL | __GFP_ZERO);

	return page ? page_to_phys(page) : 0;
}

static void free_table(phys_addr_t pa)
{
	if (pa)
		put_page(pfn_to_page(PFN_DOWN(pa)));
}

/* The pte of @va; NULL when a table on the way is missing. */
static pte_t *kmap_pte(unsigned long va)
{
	pud_t *pud = pgd_table(swapper_pg_dir[pgd_index(va)]) + pud_index(va);
	pmd_t *pmd;

	if (pud_none(pud_read(pud)))
		return NULL;
	pmd = pud_table(*pud) + pmd_index(va);
	if (pmd_none(pmd_read(pmd)))
		return NULL;
	return pmd_table(*pmd) + pte_index(va);
}

/* Hook @table in at the first level that is missing above @va's pte. Whether
 * it was used; kmap_lock held. */
static bool hook_table(unsigned long va, phys_addr_t table)
{
	pud_t *pud = pgd_table(swapper_pg_dir[pgd_index(va)]) + pud_index(va);
	pmd_t *pmd;

	if (pud_none(*pud)) {
		pud_populate(pud, table);
		return true;
	}
	pmd = pud_table(*pud) + pmd_index(va);
	if (pmd_none(*pmd)) {
		pmd_populate(pmd, table);
		return true;
	}
	return false;
}

/* Make the tables above @va's pte. 0 or -ENOMEM. */
static int kmap_populate(unsigned long va)
{
	unsigned long flags;

	while (!kmap_pte(va)) {
		phys_addr_t table = alloc_table();
		bool used;

		if (!table)
			return -ENOMEM;
		spin_lock_irqsave(&kmap_lock, flags);
		used = hook_table(va, table);
		spin_unlock_irqrestore(&kmap_lock, flags);
		if (!used)
			free_table(table);
	}
	return 0;
}

/**
 * map_kernel_page - map one page in the KMAP or device area
 * @va: where, page aligned; its owner is the caller
 * @pa: which page frame
 * @prot: PAGE_KERNEL...
 *
 * Context: may sleep (allocates page tables). Return: 0, -EINVAL outside the
 * areas, -EEXIST when something is mapped there, -ENOMEM; nothing is mapped
 * then.
 */
int map_kernel_page(unsigned long va, phys_addr_t pa, pgprot_t prot)
{
	unsigned long flags;
	int err;
	pte_t *pte;

	if (!in_kmap_area(va) || offset_in_page(va | pa))
		return -EINVAL;
	err = kmap_populate(va);
	if (err)
		return err;
	pte = kmap_pte(va);
	spin_lock_irqsave(&kmap_lock, flags);
	if (pte_none(pte_read(pte)))
		set_pte(pte, (pte_t){ pa | prot.v });
	else
		err = -EEXIST;
	spin_unlock_irqrestore(&kmap_lock, flags);
	return err;
}

/**
 * unmap_kernel_page - undo map_kernel_page()
 * @va: as it was mapped
 *
 * The caller calls flush_tlb_kernel_range() before it uses the page frame or
 * the address again. Context: any. Return: the page frame's physical address,
 * 0 when there was none.
 */
phys_addr_t unmap_kernel_page(unsigned long va)
{
	pte_t *pte = in_kmap_area(va) ? kmap_pte(va) : NULL;
	pte_t old;

	if (!pte)
		return 0;
	old = pte_get_and_clear(pte);
	return PFN_PHYS(pte_pfn(old));
}

/**
 * unhook_kernel_table - take out the page table of an empty part of KMAP
 * @va: start of 2 MiB in which nothing is mapped; the caller sees to it that
 * nobody maps anything there before this returns
 *
 * The caller calls flush_tlb_kernel_range() for the 2 MiB before it frees the
 * table. Context: any. Return: the table's physical address, 0 when there was
 * none.
 */
phys_addr_t unhook_kernel_table(unsigned long va)
{
	pud_t *pud = pgd_table(swapper_pg_dir[pgd_index(va)]) + pud_index(va);
	phys_addr_t table = 0;
	unsigned long flags;
	pmd_t *pmd;

	if (pud_none(pud_read(pud)))
		return 0;
	pmd = pud_table(*pud) + pmd_index(va);
	spin_lock_irqsave(&kmap_lock, flags);
	if (!pmd_none(*pmd)) {
		table = pmd_table_phys(*pmd);
		pmd_clear(pmd);
	}
	spin_unlock_irqrestore(&kmap_lock, flags);
	return table;
}

/* Take @pages pages of the device area, and one that stays empty. */
static unsigned long devmap_reserve(unsigned long pages)
{
	unsigned long flags, va = 0;

	spin_lock_irqsave(&kmap_lock, flags);
	if (pages < (DEVMAP_END - devmap_next) >> PAGE_SHIFT) {
		va = devmap_next;
		devmap_next += (pages + 1) << PAGE_SHIFT;
	}
	spin_unlock_irqrestore(&kmap_lock, flags);
	return va;
}

/**
 * map_device - map device registers, uncached, for good
 * @pa: physical address, any alignment
 * @size: bytes
 *
 * Context: may sleep; after page_alloc_init(). Return: where byte @pa is, or
 * NULL: no memory, no room, or a range that wraps around.
 */
void *map_device(phys_addr_t pa, size_t size)
{
	unsigned long in_page = offset_in_page(pa), pages, va;

	if (!size || size > PGD_SIZE || pa + size < pa)
		return NULL;
	pages = PFN_UP(in_page + size);
	va = devmap_reserve(pages);
	if (!va)
		return NULL;
	for (unsigned long i = 0; i < pages; i++)
		if (map_kernel_page(va + i * PAGE_SIZE,
				    pa - in_page + i * PAGE_SIZE,
				    PAGE_KERNEL_NOCACHE))
			return NULL;
	return (void *)(va + in_page);
}

/**
 * kernel_mapped - whether a kernel address can be read without a fault
 * @va: any value at all
 *
 * Walks the tables that the CPU uses. Context: any, panics included.
 */
bool kernel_mapped(unsigned long va)
{
	pgd_t *pgd = __va(read_cr3() & _PAGE_PFN_MASK);
	pud_t *pud;
	pmd_t *pmd;

	if (va < PAGE_OFFSET || !pgd_present(pgd[pgd_index(va)]))
		return false;
	pud = pgd_table(pgd[pgd_index(va)]) + pud_index(va);
	if (!pud_present(*pud) || pud_large(*pud))
		return pud_present(*pud);
	pmd = pud_table(*pud) + pmd_index(va);
	if (!pmd_present(*pmd) || pmd_large(*pmd))
		return pmd_present(*pmd);
	return pmd_table(*pmd)[pte_index(va)].v & _PAGE_PRESENT;
}

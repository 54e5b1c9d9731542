/* SPDX-License-Identifier: MIT */
/* What the machine's set-up promises: page protections, names, mappings. */
#include <asm/cpufeature.h>
#include <asm/kmap.h>
#include <asm/tlbflush.h>
#include <ikos/boot.h>
#include <ikos/err.h>
#include <ikos/kallsyms.h>
#include <ikos/ktest.h>
#include <ikos/page.h>
#include <ikos/string.h>

extern char _text[], _etext[], __end_rodata[], _end[];

/* Calls fn for each leaf entry of the kernel's half: its bits, address, size. */
typedef void (*leaf_fn)(u64 entry, unsigned long va, unsigned long size,
			void *arg);

static void for_each_pte(pte_t *table, unsigned long va, leaf_fn fn, void *arg)
{
	for (unsigned long i = 0; i < PTRS_PER_TABLE; i++)
		if (table[i].v & _PAGE_PRESENT)
			fn(table[i].v, va + (i << PAGE_SHIFT), PAGE_SIZE, arg);
}

static void for_each_pmd(pmd_t *table, unsigned long va, leaf_fn fn, void *arg)
{
	for (unsigned long i = 0; i < PTRS_PER_TABLE; i++) {
		unsigned long at = va + (i << PAGE_SHIFT_PMD);

		if (!pmd_present(table[i]))
			continue;
		if (pmd_large(table[i]))
			fn(table[i].v, at, PMD_SIZE, arg);
		else
			for_each_pte(pmd_table(table[i]), at, fn, arg);
	}
}

static void for_each_pud(pud_t *table, unsigned long va, leaf_fn fn, void *arg)
{
	for (unsigned long i = 0; i < PTRS_PER_TABLE; i++) {
		unsigned long at = va + (i << PAGE_SHIFT_PUD);

		if (!pud_present(table[i]))
			continue;
		if (pud_large(table[i]))
			fn(table[i].v, at, PUD_SIZE, arg);
		else
			for_each_pmd(pud_table(table[i]), at, fn, arg);
	}
}

static void for_each_leaf(leaf_fn fn, void *arg)
{
	for (unsigned long i = USER_PTRS_PER_PGD; i < PTRS_PER_TABLE; i++)
		if (pgd_present(swapper_pg_dir[i]))
			for_each_pud(pgd_table(swapper_pg_dir[i]),
				     ~0UL << 48 | i << PAGE_SHIFT_PGD, fn, arg);
}

struct findings {
	unsigned long leaves, writable_code, user, code_outside_text;
	unsigned long writable_rodata; /* through any alias */
};

static void inspect(u64 entry, unsigned long va, unsigned long size, void *arg)
{
	struct findings *f = arg;
	phys_addr_t pa = entry & _PAGE_PFN_MASK & ~(size - 1);
	bool exec = !(entry & _PAGE_NX), write = entry & _PAGE_RW;

	f->leaves++;
	f->writable_code += exec && write;
	f->user += !!(entry & _PAGE_USER);
	f->code_outside_text += exec && (va < (unsigned long)_text ||
					 va + size > (unsigned long)_etext);
	f->writable_rodata += write && pa < __pa_symbol(__end_rodata) &&
			      pa + size > __pa_symbol(_text);
}

KTEST(x86_boot, kernel_pages_are_never_writable_and_executable)
{
	struct findings f = { 0 };

	for_each_leaf(inspect, &f);
	EXPECT(f.leaves > 0);
	EXPECT_EQ(f.writable_code, 0);
	EXPECT_EQ(f.user, 0);
	EXPECT_EQ(f.code_outside_text, 0);
	EXPECT_EQ(f.writable_rodata, 0);
}

KTEST(x86_boot, nothing_is_mapped_where_nothing_should_be)
{
	EXPECT(kernel_mapped((unsigned long)_text));
	EXPECT(kernel_mapped((unsigned long)_end - 1));
	EXPECT(kernel_mapped((unsigned long)init_stack));
	EXPECT(!kernel_mapped((unsigned long)init_stack_guard));
	EXPECT(!kernel_mapped((unsigned long)_text - 1));
	EXPECT(!kernel_mapped((unsigned long)_end));
	EXPECT(!kernel_mapped((unsigned long)__va(PFN_PHYS(max_pfn))));
	EXPECT(!kernel_mapped((unsigned long)__va(0xa0000)));
	EXPECT(!kernel_mapped(0x200000));
	EXPECT(!kernel_mapped(~0UL));
}

KTEST(x86_boot, free_pages_lie_in_the_direct_map)
{
	unsigned long unmapped = 0;

	for (unsigned long pfn = 0; pfn < max_pfn; pfn++)
		if (!page_test(pfn_to_page(pfn), PG_reserved))
			unmapped += !kernel_mapped(
				(unsigned long)__va(PFN_PHYS(pfn)));
	EXPECT_EQ(unmapped, 0);
}

KTEST(x86_boot, functions_have_names)
{
	unsigned long at = (unsigned long)start_kernel, offset = 99;
	const char *name = kallsyms_lookup(at, &offset);

	ASSERT(name);
	EXPECT(!strcmp(name, "start_kernel"));
	EXPECT_EQ(offset, 0);
	name = kallsyms_lookup(at + 1, &offset);
	EXPECT(name && !strcmp(name, "start_kernel"));
	EXPECT_EQ(offset, 1);
	EXPECT(kallsyms_lookup((unsigned long)_etext - 1, &offset));
	EXPECT(!kallsyms_lookup((unsigned long)_etext, &offset));
	EXPECT(!kallsyms_lookup((unsigned long)_text - 1, &offset));
	EXPECT(!kallsyms_lookup(0, &offset));
}

KTEST(x86_boot, kernel_pages_come_and_go)
{
	/* Tables stay: use a page below those that the local APIC has. */
	unsigned long va = DEVMAP_START + PMD_SIZE - PAGE_SIZE;
	unsigned long *page = (unsigned long *)get_zeroed_page(GFP_KERNEL);
	phys_addr_t pa;

	ASSERT(page);
	pa = __pa(page);
	EXPECT_EQ(unmap_kernel_page(va), 0);
	EXPECT_EQ(map_kernel_page(va, pa, PAGE_KERNEL), 0);
	EXPECT_EQ(map_kernel_page(va, pa, PAGE_KERNEL), -EEXIST);
	*(volatile unsigned long *)(va + 8) = 0x1234;
	EXPECT_EQ(page[1], 0x1234);
	EXPECT_EQ(unmap_kernel_page(va), pa);
	flush_tlb_kernel_range(va, va + PAGE_SIZE);
	EXPECT(!kernel_mapped(va));
	free_page((unsigned long)page);
	EXPECT_EQ(map_kernel_page(va + 1, pa, PAGE_KERNEL), -EINVAL);
	EXPECT_EQ(map_kernel_page(KMAP_END, pa, PAGE_KERNEL), -EINVAL);
	EXPECT_EQ(map_kernel_page(PAGE_OFFSET, pa, PAGE_KERNEL), -EINVAL);
	EXPECT_EQ(map_kernel_page(0x1000, pa, PAGE_KERNEL), -EINVAL);
	EXPECT(!map_device(0xfee00000, 0));
	EXPECT(!map_device(~0UL - 5, 100));
}

KTEST(x86_boot, cpu_flags_fit_the_room_they_get)
{
	char buf[12];
	size_t n = cpu_flags_text(&boot_cpu_data, buf, sizeof(buf));

	EXPECT_EQ(n, strlen(buf));
	EXPECT_EQ(n, sizeof(buf) - 1);
	EXPECT_EQ(cpu_flags_text(&boot_cpu_data, buf, 1), 0);
	EXPECT(!strncmp(buf, "", 1));
}

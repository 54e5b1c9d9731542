/* SPDX-License-Identifier: MIT */
/*
 * Showing an address space to whoever debugs.
 *
 *	dump_mm        every area, in the manner of /proc/PID/maps
 *	dump_pgtable   the four entries that translate one address
 *
 *	mm 2 areas, total 34 data 33 exec 0 stack 1 locked 0, rss 0+3+0, 3 tables
 *	  000000000060d000-000000000062e000 rw-p pgoff 0x60d anon
 *	  00007ffffffde000-00007fffffffe000 rw-p pgoff 0x7ffffffde grows
 *	0x60d008: pgd 0x4067 pud 0x5067 pmd 0x6067 pte 0x8000000000007067
 *
 * Locks: none is taken, so that a panic can call these; what they show may
 * be in motion.
 */
#include <ikos/printk.h>

#include "internal.h"

static void dump_area(const struct vm_area_struct *vma)
{
	vm_flags_t f = vma->vm_flags;

	pr_info("  %016lx-%016lx %c%c%c%c pgoff %#lx%s%s%s flags %#lx\n",
		vma->vm_start, vma->vm_end, f & VM_READ ? 'r' : '-',
		f & VM_WRITE ? 'w' : '-', f & VM_EXEC ? 'x' : '-',
		f & VM_MAYSHARE ? 's' : 'p', vma->vm_pgoff,
		vma->vm_file ? " file" : "", vma->vm_anon ? " anon" : "",
		f & VM_GROWSDOWN ? " grows" : "", f);
}

/**
 * dump_mm - print an address space to the log
 * @mm: address space
 *
 * Context: any; takes no lock.
 */
void dump_mm(struct mm_struct *mm)
{
	struct vm_area_struct *vma;

	pr_info("mm %d areas, total %lu data %lu exec %lu stack %lu locked %lu, "
		"rss %lu+%lu+%lu, %lu tables\n",
		mm->map_count, mm->total_vm, mm->data_vm, mm->exec_vm,
		mm->stack_vm, mm->locked_vm, mm_counter(mm, MM_FILEPAGES),
		mm_counter(mm, MM_ANONPAGES), mm_counter(mm, MM_SHMEMPAGES),
		(unsigned long)atomic64_read(&mm->pgtables_bytes) >>
			PAGE_SHIFT);
	for (vma = mm->mmap; vma; vma = vma->vm_next)
		dump_area(vma);
}

/**
 * dump_pgtable - print how an address is translated
 * @mm: address space
 * @addr: user address
 *
 * Context: any; takes no lock.
 */
void dump_pgtable(struct mm_struct *mm, unsigned long addr)
{
	pgd_t pgd = pgd_read(mm->pgd + pgd_index(addr));
	pud_t pud = { 0 };
	pmd_t pmd = { 0 };
	pte_t pte = { 0 };

	if (!pgd_none(pgd))
		pud = pud_read(pgd_table(pgd) + pud_index(addr));
	if (!pud_none(pud))
		pmd = pmd_read(pud_table(pud) + pmd_index(addr));
	if (!pmd_none(pmd))
		pte = pte_read(pte_offset(pmd, addr));
	pr_info("%#lx: pgd %#lx pud %#lx pmd %#lx pte %#lx\n", addr, pgd.v,
		pud.v, pmd.v, pte.v);
}

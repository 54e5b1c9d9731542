/* SPDX-License-Identifier: MIT */
/*
 * The simulated MMU: walks the page tables that mm/ builds, as the CPU does
 * (SDM 3A, 4.5 and 4.10), and remembers what it saw until it is told to
 * forget.
 *
 *	access -> TLB -> (miss) -> pde cache -> (miss) -> pgd, pud, pmd -> pte
 *	            \ hit: checked against the tables, then used
 *
 * It caches as much as a CPU may, and a test changes page tables only through
 * mm/, never in the middle of an access: so whenever an access finds a cached
 * entry that the tables do not grant any more, a flush is missing.
 */
#include "sim.h"

#include <asm/tlbflush.h>

#define TLB_SIZE   8192u
#define PDE_SIZE   512u
#define MAX_FAULTS 8

/* A translation; entry is a leaf whose RW, US and NX bits are those of all
 * levels together. */
struct tlb_entry {
	struct mm_struct *mm;
	unsigned long vpn;
	u64 entry;
};

static struct tlb_entry tlb[TLB_SIZE];
/* Cached pmd entries, by address / 2 MiB; RW, US, NX combined as above. */
static struct tlb_entry pde_cache[PDE_SIZE];
/* Cached translations to each frame. */
static u32 *tlb_uses;

unsigned long sim_fault_addr;
unsigned long sim_nr_faults;
unsigned long sim_nr_flushes;

static struct tlb_entry *slot(struct tlb_entry *table, unsigned int size,
			      struct mm_struct *mm, unsigned long key)
{
	u64 h = (key ^ ((unsigned long)mm >> 6)) * 0x9e3779b97f4a7c15u;

	return &table[(h >> 40) % size];
}

static void tlb_forget(struct tlb_entry *e)
{
	if (e->mm)
		tlb_uses[(e->entry & _PAGE_PFN_MASK) >> PAGE_SHIFT]--;
	e->mm = NULL;
}

static void tlb_remember(struct mm_struct *mm, unsigned long addr, u64 entry)
{
	unsigned long vpn = addr >> PAGE_SHIFT;
	struct tlb_entry *e = slot(tlb, TLB_SIZE, mm, vpn);

	if (!tlb_uses)
		tlb_uses = sim_host_map(max_pfn * sizeof(*tlb_uses), PAGE_SIZE);
	tlb_forget(e);
	*e = (struct tlb_entry){ mm, vpn, entry };
	tlb_uses[(entry & _PAGE_PFN_MASK) >> PAGE_SHIFT]++;
}

void sim_tlb_page_freed(unsigned long pfn)
{
	if (tlb_uses && tlb_uses[pfn])
		sim_die("frame %#lx is freed while a TLB still maps it", pfn);
}

/* Does @entry, the rights of all levels together, allow the access? */
static bool allows(u64 entry, enum sim_access_kind kind)
{
	if ((entry & (_PAGE_PRESENT | _PAGE_USER)) !=
	    (_PAGE_PRESENT | _PAGE_USER))
		return false;
	if (kind == SIM_WRITE)
		return entry & _PAGE_RW;
	if (kind == SIM_EXEC)
		return !(entry & _PAGE_NX);
	return true;
}

/* @low seen through the rights of the levels above. */
static u64 combine(u64 high, u64 low)
{
	u64 both = low & ~(_PAGE_RW | _PAGE_USER | _PAGE_NX);

	return both | (high & low & (_PAGE_RW | _PAGE_USER)) |
	       ((high | low) & _PAGE_NX);
}

static u64 *entry_of(u64 table_entry, unsigned int index)
{
	phys_addr_t pa = table_entry & _PAGE_PFN_MASK;

	if (pa >= PFN_PHYS(max_pfn))
		sim_die("page table at %#lx: no such memory", pa);
	if (page_count(pfn_to_page(PFN_DOWN(pa))) <= 0)
		sim_die("the page table at %#lx is a free page", pa);
	return (u64 *)__va(pa) + index;
}

/*
 * The pmd entry for @addr, rights combined, from the tables (@cached: or from
 * the cache of a CPU, which it then fills). 0: none.
 */
static u64 walk_to_pmd(struct mm_struct *mm, unsigned long addr, bool cached)
{
	struct tlb_entry *c = slot(pde_cache, PDE_SIZE, mm, addr >> 21);
	u64 e = ~_PAGE_NX, *p;
	unsigned int shift;

	if (cached && c->mm == mm && c->vpn == addr >> 21)
		return c->entry;
	p = (u64 *)mm->pgd + pgd_index(addr);
	for (shift = 39;; shift -= 9) {
		if (!(*p & _PAGE_PRESENT))
			return 0;
		e = combine(e, *p);
		if (cached)
			__atomic_fetch_or(p, _PAGE_ACCESSED, __ATOMIC_SEQ_CST);
		if (shift == 21)
			break;
		if (e & _PAGE_PSE)
			sim_die("a large page above the pmd level");
		p = entry_of(e, (addr >> (shift - 9)) & 511);
	}
	if (cached && !(e & _PAGE_PSE))
		*c = (struct tlb_entry){ mm, addr >> 21, e };
	return e;
}

/* A 4 KiB translation out of a 2 MiB one. */
static u64 large_leaf(u64 pmd, unsigned long addr)
{
	return (pmd & ~_PAGE_PSE) | (addr & ~PMD_MASK & PAGE_MASK);
}

/* The CPU's walk on a TLB miss: 0, or the leaf with A (and D) set in memory. */
static u64 walk(struct mm_struct *mm, unsigned long addr,
		enum sim_access_kind kind)
{
	u64 set = _PAGE_ACCESSED | (kind == SIM_WRITE ? _PAGE_DIRTY : 0);
	u64 pmd = walk_to_pmd(mm, addr, true), leaf;
	u64 *p;

	if (!pmd)
		return 0;
	if (pmd & _PAGE_PSE)
		return allows(pmd, kind) ? large_leaf(pmd | set, addr) : 0;
	p = entry_of(pmd, pte_index(addr));
	leaf = combine(pmd, *p);
	if (!allows(leaf, kind))
		return 0;
	__atomic_fetch_or(p, set, __ATOMIC_SEQ_CST);
	return leaf | set;
}

/* What the tables grant now; nothing is cached or marked. */
static u64 granted(struct mm_struct *mm, unsigned long addr)
{
	u64 pmd = walk_to_pmd(mm, addr, false);

	if (!pmd)
		return 0;
	if (pmd & _PAGE_PSE)
		return large_leaf(pmd, addr);
	return combine(pmd, *entry_of(pmd, pte_index(addr)));
}

u64 sim_pte(struct mm_struct *mm, unsigned long addr)
{
	u64 pmd = walk_to_pmd(mm, addr, false);

	if (!pmd || (pmd & _PAGE_PSE))
		return pmd;
	return *entry_of(pmd, pte_index(addr));
}

static void check_entry(const struct tlb_entry *e)
{
	unsigned long addr = e->vpn << PAGE_SHIFT;
	u64 now = granted(e->mm, addr);

	if (!(now & _PAGE_PRESENT))
		sim_die("%#lx: the TLB maps it, the tables do not", addr);
	if ((now ^ e->entry) & _PAGE_PFN_MASK)
		sim_die("%#lx: the TLB has frame %#lx, the tables %#lx", addr,
			(unsigned long)(e->entry & _PAGE_PFN_MASK) >> 12,
			(unsigned long)(now & _PAGE_PFN_MASK) >> 12);
	for (int kind = SIM_READ; kind <= SIM_EXEC; kind++)
		if (allows(e->entry, kind) && !allows(now, kind))
			sim_die("%#lx: the TLB still allows to %s it", addr,
				kind == SIM_READ    ? "read"
				: kind == SIM_WRITE ? "write"
						    : "execute");
	if ((e->entry & _PAGE_DIRTY) && (now & _PAGE_RW) &&
	    !(now & _PAGE_DIRTY))
		sim_die("%#lx: the TLB has it dirty, the tables clean", addr);
}

static void check_pde(const struct tlb_entry *e)
{
	unsigned long addr = e->vpn << 21;
	u64 now = walk_to_pmd(e->mm, addr, false);

	if ((now ^ e->entry) & _PAGE_PFN_MASK)
		sim_die("%#lx: a CPU caches a table that is gone", addr);
}

void sim_tlb_check(struct mm_struct *mm)
{
	for (unsigned int i = 0; i < PDE_SIZE; i++)
		if (pde_cache[i].mm == mm)
			check_pde(&pde_cache[i]);
	for (unsigned int i = 0; i < TLB_SIZE; i++)
		if (tlb[i].mm == mm)
			check_entry(&tlb[i]);
}

/* The leaf that the CPU uses for this access, or 0: page fault. */
static u64 translate(struct mm_struct *mm, unsigned long addr,
		     enum sim_access_kind kind)
{
	unsigned long vpn = addr >> PAGE_SHIFT;
	struct tlb_entry *e = slot(tlb, TLB_SIZE, mm, vpn);
	u64 leaf;

	if (e->mm == mm && e->vpn == vpn) {
		check_entry(e);
		if (allows(e->entry, kind) &&
		    (kind != SIM_WRITE || (e->entry & _PAGE_DIRTY)))
			return e->entry;
		tlb_forget(e); /* as a page fault does, too */
	}
	leaf = walk(mm, addr, kind);
	if (leaf)
		tlb_remember(mm, addr, leaf);
	return leaf;
}

/* One access inside one page. */
static vm_fault_t access_page(struct mm_struct *mm, unsigned long addr,
			      enum sim_access_kind kind, size_t n, void *value)
{
	unsigned int flags = FAULT_FLAG_USER |
			     (kind == SIM_WRITE ? FAULT_FLAG_WRITE : 0) |
			     (kind == SIM_EXEC ? FAULT_FLAG_EXEC : 0);
	vm_fault_t ret;
	void *mem;
	u64 leaf;

	for (int i = 0; !(leaf = translate(mm, addr, kind)); i++) {
		if (i == MAX_FAULTS)
			sim_die("%#lx: the fault repeats for ever", addr);
		sim_fault_addr = addr;
		sim_nr_faults++;
		ret = mm_fault(mm, NULL, addr, flags);
		if (sim_spin_depth || sim_sleep_locks_held || !sim_irqs_on)
			sim_die("mm_fault() returned with a lock held");
		if (ret & VM_FAULT_ERROR)
			return ret & VM_FAULT_ERROR;
	}
	if (!pfn_valid((leaf & _PAGE_PFN_MASK) >> PAGE_SHIFT))
		sim_die("%#lx: maps %#lx, where no memory is", addr,
			(unsigned long)(leaf & _PAGE_PFN_MASK));
	mem = (char *)__va(leaf & _PAGE_PFN_MASK) + offset_in_page(addr);
	if (kind == SIM_WRITE)
		memcpy(mem, value, n);
	else if (kind == SIM_READ)
		memcpy(value, mem, n);
	return 0;
}

vm_fault_t sim_access(struct mm_struct *mm, unsigned long addr,
		      enum sim_access_kind kind, size_t size, void *value)
{
	char *p = value;

	while (size) {
		size_t n = min(size, PAGE_SIZE - offset_in_page(addr));
		vm_fault_t ret = access_page(mm, addr, kind, n, p);

		if (ret)
			return ret;
		addr += n;
		size -= n;
		p = p ? p + n : NULL;
	}
	return 0;
}

vm_fault_t sim_try(struct mm_struct *mm, unsigned long addr,
		   enum sim_access_kind kind)
{
	u8 byte = 0;
	vm_fault_t ret;

	/* A write that changes nothing. */
	if (kind == SIM_WRITE) {
		ret = sim_access(mm, addr, SIM_READ, 1, &byte);
		if (ret)
			return sim_access(mm, addr, kind, 1, &byte);
	}
	return sim_access(mm, addr, kind, 1, &byte);
}

u8 sim_load_at(struct mm_struct *mm, unsigned long addr, const char *file,
	       int line)
{
	vm_fault_t ret;
	u8 byte = 0;

	ret = sim_access(mm, addr, SIM_READ, 1, &byte);
	if (ret)
		sim_fail(file, line, "load from %#lx: VM_FAULT %#x", addr, ret);
	return byte;
}

void sim_store_at(struct mm_struct *mm, unsigned long addr, u8 byte,
		  const char *file, int line)
{
	vm_fault_t ret = sim_access(mm, addr, SIM_WRITE, 1, &byte);

	if (ret)
		sim_fail(file, line, "store to %#lx: VM_FAULT %#x", addr, ret);
}

/* --- asm/tlbflush.h ------------------------------------------------------------ */

/* INVLPG drops every cached pde of the address space (SDM 4.10.4.1). */
static void forget_pdes(struct mm_struct *mm)
{
	for (unsigned int i = 0; i < PDE_SIZE; i++)
		if (pde_cache[i].mm == mm)
			pde_cache[i].mm = NULL;
}

static void forget(struct mm_struct *mm, unsigned long start, unsigned long end)
{
	sim_nr_flushes++;
	for (unsigned int i = 0; i < TLB_SIZE; i++)
		if (tlb[i].mm == mm && tlb[i].vpn >= start >> PAGE_SHIFT &&
		    tlb[i].vpn < PFN_UP(end))
			tlb_forget(&tlb[i]);
	forget_pdes(mm);
}

void flush_tlb_page(struct mm_struct *mm, unsigned long addr)
{
	unsigned long vpn = addr >> PAGE_SHIFT;
	struct tlb_entry *e = slot(tlb, TLB_SIZE, mm, vpn);

	sim_nr_flushes++;
	if (e->mm == mm && e->vpn == vpn)
		tlb_forget(e);
	forget_pdes(mm);
}

void flush_tlb_range(struct mm_struct *mm, unsigned long start,
		     unsigned long end)
{
	if (start < end)
		forget(mm, start, end);
}

void flush_tlb_mm(struct mm_struct *mm)
{
	forget(mm, 0, TASK_SIZE);
}

void flush_tlb_kernel_range(unsigned long start, unsigned long end)
{
	sim_nr_flushes++;
}

/* The kernel's half of an address space is not simulated. */
__weak void pgd_ctor(pgd_t *pgd)
{
	memset(pgd + USER_PTRS_PER_PGD, 0,
	       (PTRS_PER_TABLE - USER_PTRS_PER_PGD) * sizeof(*pgd));
}

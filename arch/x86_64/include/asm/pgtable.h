/* SPDX-License-Identifier: MIT */
#ifndef ASM_PGTABLE_H
#define ASM_PGTABLE_H

/*
 * The machine contract of mm/. A port provides, in asm/:
 *
 *   page.h	PAGE_SIZE, TASK_SIZE, __va, __pa, clear_page, copy_page
 *   pgtable.h	the types pgd_t pud_t pmd_t pte_t, one entry each; for every
 *		level X: X_index, X_none, X_present, X_val; set_X to store an
 *		entry, X_clear; the way from an entry to the table below it;
 *		make and query a pte; protection_map[] from VM_* bits
 *   tlbflush.h	forget translations: one page, a range, an address space
 *
 * and in its own code pgd_ctor(): put the kernel's half into a new top table.
 *
 * A virtual address, 4 levels of 512 entries of 8 bytes (Intel SDM 3A, 4.5):
 *
 *	 63    48 47    39 38    30 29    21 20    12 11         0
 *	+--------+--------+--------+--------+--------+------------+
 *	|  sign  |  pgd   |  pud   |  pmd   |  pte   |   offset   |
 *	+--------+--------+--------+--------+--------+------------+
 *	          512 GiB   1 GiB    2 MiB    4 KiB
 *
 * An entry:
 *
 *	 63 62  59 58    52 51                     12 11  9 8 7 6 5 4 3 2 1 0
 *	+--+------+--------+-------------------------+-----+-+-+-+-+-+-+-+-+-+
 *	|NX| pkey |  soft  |  physical page number   | soft|G|S|D|A|C|T|U|W|P|
 *	+--+------+--------+-------------------------+-----+-+-+-+-+-+-+-+-+-+
 *
 * Every store of a user pte goes through set_pte(), so that one breakpoint
 * sees them all.
 */

#include <asm/page.h>
#include <ikos/atomic.h>
#include <ikos/kernel.h>
#include <ikos/types.h>

typedef struct {
	u64 v;
} pte_t;
typedef struct {
	u64 v;
} pmd_t;
typedef struct {
	u64 v;
} pud_t;
typedef struct {
	u64 v;
} pgd_t;
typedef struct {
	u64 v;
} pgprot_t;

#define _PAGE_PRESENT  BIT(0)
#define _PAGE_RW       BIT(1)
#define _PAGE_USER     BIT(2)
#define _PAGE_PWT      BIT(3)
#define _PAGE_PCD      BIT(4)
#define _PAGE_ACCESSED BIT(5)
#define _PAGE_DIRTY    BIT(6)
#define _PAGE_PSE      BIT(7) /* a large page, in a pud or pmd */
#define _PAGE_GLOBAL   BIT(8)
#define _PAGE_SPECIAL  BIT(9) /* software: no struct page is counted for it */
#define _PAGE_PROTNONE _PAGE_GLOBAL /* with !PRESENT: mapped, no access */
#define _PAGE_NX       BIT(63)
#define _PAGE_PFN_MASK 0x000ffffffffff000UL
/* How the CPU caches the page; neither bit: write-back. */
#define _PAGE_CACHE_MASK (_PAGE_PWT | _PAGE_PCD)

#define _PAGE_TABLE                                                            \
	(_PAGE_PRESENT | _PAGE_RW | _PAGE_USER | _PAGE_ACCESSED | _PAGE_DIRTY)

#define PAGE_SHIFT_PMD 21
#define PAGE_SHIFT_PUD 30
#define PAGE_SHIFT_PGD 39
#define PMD_SIZE       (1UL << PAGE_SHIFT_PMD)
#define PUD_SIZE       (1UL << PAGE_SHIFT_PUD)
#define PGD_SIZE       (1UL << PAGE_SHIFT_PGD)
#define PMD_MASK       (~(PMD_SIZE - 1))
#define PUD_MASK       (~(PUD_SIZE - 1))
#define PGD_MASK       (~(PGD_SIZE - 1))
#define PTRS_PER_TABLE 512
/* Top-level entries that belong to user space. */
#define USER_PTRS_PER_PGD 256

#define __pgprot(x) ((pgprot_t){ x })
#define PAGE_KERNEL                                                            \
	__pgprot(_PAGE_PRESENT | _PAGE_RW | _PAGE_ACCESSED | _PAGE_DIRTY |     \
		 _PAGE_GLOBAL | _PAGE_NX)
#define PAGE_KERNEL_RO                                                         \
	__pgprot(_PAGE_PRESENT | _PAGE_ACCESSED | _PAGE_GLOBAL | _PAGE_NX)
#define PAGE_KERNEL_ROX __pgprot(_PAGE_PRESENT | _PAGE_ACCESSED | _PAGE_GLOBAL)
/* Device registers: every access reaches the device, in order. */
#define pgprot_noncached(prot) __pgprot((prot).v | _PAGE_CACHE_MASK)
#define PAGE_KERNEL_NOCACHE    __pgprot(PAGE_KERNEL.v | _PAGE_PCD | _PAGE_PWT)

static inline unsigned int pte_index(unsigned long addr)
{
	return (addr >> PAGE_SHIFT) & (PTRS_PER_TABLE - 1);
}

static inline unsigned int pmd_index(unsigned long addr)
{
	return (addr >> PAGE_SHIFT_PMD) & (PTRS_PER_TABLE - 1);
}

static inline unsigned int pud_index(unsigned long addr)
{
	return (addr >> PAGE_SHIFT_PUD) & (PTRS_PER_TABLE - 1);
}

static inline unsigned int pgd_index(unsigned long addr)
{
	return (addr >> PAGE_SHIFT_PGD) & (PTRS_PER_TABLE - 1);
}

/* Upper levels: empty, or a pointer to the table below. */
#define DEFINE_TABLE_LEVEL(X, Y)                                                 \
	static inline bool X##_none(X##_t e)                                     \
	{                                                                        \
		return e.v == 0;                                                 \
	}                                                                        \
	static inline bool X##_present(X##_t e)                                  \
	{                                                                        \
		return e.v & _PAGE_PRESENT;                                      \
	}                                                                        \
	static inline phys_addr_t X##_table_phys(X##_t e)                        \
	{                                                                        \
		return e.v & _PAGE_PFN_MASK;                                     \
	}                                                                        \
	static inline Y##_t *X##_table(X##_t e)                                  \
	{                                                                        \
		return (Y##_t *)__va(X##_table_phys(e));                         \
	}                                                                        \
	static inline X##_t X##_read(const X##_t *p)                             \
	{                                                                        \
		return (X##_t){ smp_load_acquire(&p->v) };                       \
	}                                                                        \
	/* Hook the table at physical @pa below @p; its contents are visible   \
	 * before the link is. */ \
	static inline void X##_populate(X##_t *p, phys_addr_t pa)                \
	{                                                                        \
		smp_store_release(&p->v, pa | _PAGE_TABLE);                      \
	}                                                                        \
	static inline void X##_clear(X##_t *p)                                   \
	{                                                                        \
		smp_store_release(&p->v, 0UL);                                   \
	}

DEFINE_TABLE_LEVEL(pgd, pud)
DEFINE_TABLE_LEVEL(pud, pmd)
DEFINE_TABLE_LEVEL(pmd, pte)

/*
 * A table that several address spaces share hangs below entries that do not
 * allow writing, whatever its ptes say: see mm/share.c.
 */
static inline bool pmd_write(pmd_t e)
{
	return e.v & _PAGE_RW;
}
static inline void pmd_populate_shared(pmd_t *p, phys_addr_t pa)
{
	smp_store_release(&p->v, pa | (_PAGE_TABLE & ~_PAGE_RW));
}
static inline void pmd_wrprotect(pmd_t *p)
{
	smp_store_release(&p->v, p->v & ~_PAGE_RW);
}
static inline void pmd_mkwrite(pmd_t *p)
{
	smp_store_release(&p->v, p->v | _PAGE_RW);
}

static inline bool pmd_large(pmd_t e)
{
	return e.v & _PAGE_PSE;
}
static inline bool pud_large(pud_t e)
{
	return e.v & _PAGE_PSE;
}

/* End of the table entry's range that holds @addr, or @end if that is less. */
static inline unsigned long pmd_addr_end(unsigned long addr, unsigned long end)
{
	unsigned long next = (addr + PMD_SIZE) & PMD_MASK;

	return next - 1 < end - 1 ? next : end;
}

static inline unsigned long pud_addr_end(unsigned long addr, unsigned long end)
{
	unsigned long next = (addr + PUD_SIZE) & PUD_MASK;

	return next - 1 < end - 1 ? next : end;
}

static inline unsigned long pgd_addr_end(unsigned long addr, unsigned long end)
{
	unsigned long next = (addr + PGD_SIZE) & PGD_MASK;

	return next - 1 < end - 1 ? next : end;
}

/* The leaf: a pte maps one page, or holds nothing. */
static inline bool pte_none(pte_t p)
{
	return p.v == 0;
}
static inline bool pte_present(pte_t p)
{
	return p.v & (_PAGE_PRESENT | _PAGE_PROTNONE);
}
static inline bool pte_write(pte_t p)
{
	return p.v & _PAGE_RW;
}
static inline bool pte_exec(pte_t p)
{
	return !(p.v & _PAGE_NX);
}
static inline bool pte_user_access(pte_t p)
{
	return (p.v & (_PAGE_PRESENT | _PAGE_USER)) ==
	       (_PAGE_PRESENT | _PAGE_USER);
}
static inline bool pte_dirty(pte_t p)
{
	return p.v & _PAGE_DIRTY;
}
static inline bool pte_young(pte_t p)
{
	return p.v & _PAGE_ACCESSED;
}
static inline bool pte_special(pte_t p)
{
	return p.v & _PAGE_SPECIAL;
}
static inline unsigned long pte_pfn(pte_t p)
{
	return (p.v & _PAGE_PFN_MASK) >> PAGE_SHIFT;
}

static inline pte_t pfn_pte(unsigned long pfn, pgprot_t prot)
{
	return (pte_t){ PFN_PHYS(pfn) | prot.v };
}
static inline pte_t pte_mkwrite(pte_t p)
{
	return (pte_t){ p.v | _PAGE_RW };
}
static inline pte_t pte_wrprotect(pte_t p)
{
	return (pte_t){ p.v & ~_PAGE_RW };
}
static inline pte_t pte_mkdirty(pte_t p)
{
	return (pte_t){ p.v | _PAGE_DIRTY };
}
static inline pte_t pte_mkclean(pte_t p)
{
	return (pte_t){ p.v & ~_PAGE_DIRTY };
}
static inline pte_t pte_mkyoung(pte_t p)
{
	return (pte_t){ p.v | _PAGE_ACCESSED };
}
static inline pte_t pte_mkold(pte_t p)
{
	return (pte_t){ p.v & ~_PAGE_ACCESSED };
}
static inline pte_t pte_mkspecial(pte_t p)
{
	return (pte_t){ p.v | _PAGE_SPECIAL };
}

/* The same page with the access of @prot; the rest stays: dirty, accessed,
 * caching. */
static inline pte_t pte_modify(pte_t p, pgprot_t prot)
{
	u64 keep = _PAGE_PFN_MASK | _PAGE_ACCESSED | _PAGE_DIRTY |
		   _PAGE_SPECIAL | _PAGE_CACHE_MASK;

	return (pte_t){ (p.v & keep) | (prot.v & ~keep) };
}

static inline pte_t pte_read(const pte_t *p)
{
	return (pte_t){ READ_ONCE(p->v) };
}

static inline void set_pte(pte_t *p, pte_t val)
{
	WRITE_ONCE(p->v, val.v);
}

/* Take the entry out; the CPU may set its dirty bit until it is gone. */
static inline pte_t pte_get_and_clear(pte_t *p)
{
	return (pte_t){ xchg(&p->v, 0UL) };
}

/* Remove write access and nothing else, safe against the CPU's updates. */
static inline void pte_set_wrprotect(pte_t *p)
{
	__atomic_fetch_and(&p->v, ~_PAGE_RW, __ATOMIC_SEQ_CST);
}

/* Forget that the page was used, safe against the CPU's updates. */
static inline void pte_set_old(pte_t *p)
{
	__atomic_fetch_and(&p->v, ~_PAGE_ACCESSED, __ATOMIC_SEQ_CST);
}

/* Forget that the page was used or written, safe against the CPU's updates. */
static inline void pte_set_old_clean(pte_t *p)
{
	__atomic_fetch_and(&p->v, ~(_PAGE_ACCESSED | _PAGE_DIRTY),
			   __ATOMIC_SEQ_CST);
}

/*
 * User page protection for the VM_READ, VM_WRITE, VM_EXEC and VM_SHARED bits
 * (the low four of vm_flags). Private mappings never start writable: the
 * first write faults and copies. x86 has no write-only or exec-only pages.
 */
extern const pgprot_t protection_map[16];

/* Fill the kernel's half of the new top-level table @pgd. */
void pgd_ctor(pgd_t *pgd);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * validate_mm: is everything that the other files promise true?
 *
 *	I1   a VMA is a non-empty, page-aligned range of user space, of this mm
 *	I2   the list ascends without overlap; vm_prev mirrors vm_next
 *	I3   the tree is a red-black tree of the list's VMAs, in its order;
 *	     map_count is their number
 *	I4   vm_gap is the own gap, rb_subtree_gap the largest of the subtree
 *	I5   total_vm, data_vm, exec_vm, stack_vm, locked_vm are sums over VMAs
 *	I6   vm_page_prot follows from vm_flags; rights stay within VM_MAY*
 *	I7   vm_usage >= 1; a file is referenced and its i_mmap tree finds the VMA
 *	I8   each pte lies inside a VMA
 *	I9   no pte grants more than its VMA; a writable pte of a private area
 *	     maps an anonymous page that no other pte maps
 *	I10  0 < _mapcount <= _refcount for each page that a pte maps
 *	I11  rss_stat is the number of ptes by kind of page
 *	I12  tables are PG_table pages, pt_entries counts their entries in use,
 *	     pgtables_bytes is their size, the top one excepted
 *	I13  an area that maps an anonymous page has a vm_anon
 *	I14  a table with more than one reference is below pmd entries without
 *	     _PAGE_RW only, which pt_shared counts; its ptes lie in private
 *	     anonymous areas; pt_anon is the number of anonymous pages mapped
 *	I15  vm_policy is 0 or the number of a policy that exists
 *	I16  a page with PG_lazyfree is anonymous
 *
 * A worked example. A munmap that forgot vma_gap_update() leaves a too small
 * rb_subtree_gap behind. Nothing crashes; a later mmap just does not see the
 * room. In a debug build the next call that changes this address space prints
 *
 *	validate_mm: I4 at 0x7f0000002000: vma->rb_subtree_gap == gap
 *
 * and stops, with the culprit among the last functions called.
 *
 * Locks: mmap_lock held; for the ptes it must keep faults out, so: for writing.
 */
#include <ikos/fs.h>
#include <ikos/printk.h>

#include "internal.h"

#define vma_of(node) rb_entry(node, struct vm_area_struct, vm_rb)

/* While a difference may still be another process's truncation under way. */
static bool quiet;

/* Leave the checking function with the invariant's number. */
#define CHECK(n, where, cond)                                                  \
	do {                                                                   \
		if (!(cond)) {                                                 \
			if (!READ_ONCE(quiet))                                 \
				pr_err("validate_mm: I%d at %#lx: %s\n", n,    \
				       (unsigned long)(where), #cond);         \
			return n;                                              \
		}                                                              \
	} while (0)

/* --- areas: I1 … I7, I15 ---------------------------------------------------------------- */

static int check_area(struct mm_struct *mm, struct vm_area_struct *vma)
{
	struct vm_area_struct model = { .vm_flags = vma->vm_flags,
					.vm_ops = vma->vm_ops };
	unsigned long at = vma->vm_start;

	CHECK(1, at, vma->vm_mm == mm);
	CHECK(1, at, vma->vm_start < vma->vm_end && vma->vm_end <= TASK_SIZE);
	CHECK(1, at, !offset_in_page(vma->vm_start | vma->vm_end));
	vma_set_page_prot(&model);
	CHECK(6, at, vma->vm_page_prot.v == model.vm_page_prot.v);
	CHECK(6, at,
	      !(vma->vm_flags & ~(vma->vm_flags >> 4) & VM_ACCESS_FLAGS));
	CHECK(7, at, atomic_read(&vma->vm_usage) >= 1);
	CHECK(15, at, mpol_exists(vma->vm_policy));
	if (!vma->vm_file)
		return 0;
	CHECK(7, at, atomic_read(&vma->vm_file->f_count) >= 1);
	if (vma_mapping(vma))
		CHECK(7, at, i_mmap_check(vma_mapping(vma), vma) == 0);
	return 0;
}

static int check_list(struct mm_struct *mm)
{
	struct vm_area_struct *vma, *prev = NULL;
	int ret;

	for (vma = mm->mmap; vma; prev = vma, vma = vma->vm_next) {
		ret = check_area(mm, vma);
		if (ret)
			return ret;
		CHECK(2, vma->vm_start, vma->vm_prev == prev);
		CHECK(2, vma->vm_start, !prev || prev->vm_end <= vma->vm_start);
	}
	return 0;
}

static unsigned long child_gap(const struct rb_node *node)
{
	return node ? vma_of(node)->rb_subtree_gap : 0;
}

static int check_tree(struct mm_struct *mm)
{
	struct rb_node *node = rb_first(&mm->mm_rb);
	struct vm_area_struct *vma = mm->mmap;
	unsigned long gap;
	int count = 0;

	CHECK(3, mm->mm_rb.rb_node, rb_check(&mm->mm_rb) == 0);
	for (; vma && node; vma = vma->vm_next, node = rb_next(node)) {
		CHECK(3, vma->vm_start, vma_of(node) == vma);
		count++;
	}
	CHECK(3, count, !vma && !node);
	CHECK(3, count, mm->map_count == count);
	for (vma = mm->mmap; vma; vma = vma->vm_next) {
		gap = max(vma_own_gap(vma), child_gap(vma->vm_rb.rb_left));
		gap = max(gap, child_gap(vma->vm_rb.rb_right));
		CHECK(4, vma->vm_start, vma->vm_gap == vma_own_gap(vma));
		CHECK(4, vma->vm_start, vma->rb_subtree_gap == gap);
	}
	return 0;
}

static int check_counters(struct mm_struct *mm)
{
	struct mm_struct sum = { .total_vm = 0 };
	struct vm_area_struct *vma;

	for (vma = mm->mmap; vma; vma = vma->vm_next)
		vm_stat_account(&sum, vma->vm_flags, (long)vma_pages(vma));
	CHECK(5, mm->total_vm, mm->total_vm == sum.total_vm);
	CHECK(5, mm->data_vm, mm->data_vm == sum.data_vm);
	CHECK(5, mm->exec_vm, mm->exec_vm == sum.exec_vm);
	CHECK(5, mm->stack_vm, mm->stack_vm == sum.stack_vm);
	CHECK(5, mm->locked_vm, mm->locked_vm == sum.locked_vm);
	return 0;
}

/* --- ptes: I8 … I14, I16 ------------------------------------------------------------------ */

/* What the walk over all ptes has seen. */
struct pte_census {
	struct mm_struct *mm;
	struct vm_area_struct *vma; /* the first that ends above the walk */
	unsigned long rss[NR_MM_COUNTERS];
	unsigned long tables, shared;
	bool in_shared; /* the table under way may be shared */
};

/* What a pte of a private or shared area may grant. */
static int check_rights(const struct vm_area_struct *vma, unsigned long addr,
			pte_t pte)
{
	struct page *page = pte_counted_page(pte);

	if (!pte_user_access(pte))
		return 0;
	CHECK(9, addr, vma_is_accessible(vma));
	CHECK(9, addr, !pte_exec(pte) || (vma->vm_flags & VM_EXEC));
	if (!pte_write(pte))
		return 0;
	CHECK(9, addr, vma->vm_flags & VM_WRITE);
	if (vma->vm_flags & (VM_SHARED | VM_PFNMAP))
		return 0;
	CHECK(9, addr, page && page_test(page, PG_anon));
	CHECK(9, addr, page_mapcount(page) == 1);
	return 0;
}

static int check_pte(struct pte_census *c, unsigned long addr, pte_t pte)
{
	struct vm_area_struct *vma;
	struct page *page;
	int ret;

	while (c->vma && c->vma->vm_end <= addr)
		c->vma = c->vma->vm_next;
	vma = c->vma;
	CHECK(8, addr, vma && vma->vm_start <= addr);
	CHECK(8, addr, pte_present(pte));
	CHECK(14, addr,
	      !c->in_shared ||
		      (vma_is_anonymous(vma) && !(vma->vm_flags & VM_SHARED)));
	ret = check_rights(vma, addr, pte);
	page = pte_counted_page(pte);
	if (ret || !page)
		return ret;
	CHECK(10, addr, pfn_valid(pte_pfn(pte)));
	CHECK(10, addr, page_mapcount(page) > 0);
	CHECK(10, addr, page_mapcount(page) <= page_count(page));
	CHECK(13, addr, !page_test(page, PG_anon) || vma->vm_anon);
	CHECK(16, addr,
	      page_test(page, PG_anon) || !page_test(page, PG_lazyfree));
	c->rss[mm_counter_of(page)]++;
	return 0;
}

static int check_entries(const struct page *table, unsigned long addr,
			 unsigned int used)
{
	CHECK(12, addr, page_test(table, PG_table));
	CHECK(12, addr, table->pt_entries == used);
	return 0;
}

static int check_pte_table(struct pte_census *c, pmd_t pmd, unsigned long addr)
{
	unsigned long anon = c->rss[MM_ANONPAGES];
	const pte_t *pte = pmd_table(pmd);
	unsigned int used = 0;
	int ret;

	c->in_shared = !pmd_write(pmd);
	c->shared += c->in_shared;
	CHECK(14, addr, c->in_shared || page_count(pmd_page(pmd)) == 1);

	for (unsigned int i = 0; i < PTRS_PER_TABLE; i++) {
		pte_t e = pte_read(pte + i);

		if (pte_none(e))
			continue;
		used++;
		ret = check_pte(c, addr + ((unsigned long)i << PAGE_SHIFT), e);
		if (ret)
			return ret;
	}
	c->tables++;
	CHECK(14, addr, pmd_page(pmd)->pt_anon == c->rss[MM_ANONPAGES] - anon);
	return check_entries(pmd_page(pmd), addr, used);
}

/* The same for a table of level X, whose entries lead to tables of level Y:
 * @at is the entry of level W that points to it. */
#define DEFINE_CHECK_TABLE(W, X, Y, shift)                                     \
	static int check_##X##_table(struct pte_census *c, W##_t at,           \
				     unsigned long addr)                       \
	{                                                                      \
		const X##_t *table = W##_table(at);                            \
		unsigned int used = 0;                                         \
		int ret;                                                       \
                                                                               \
		for (unsigned int i = 0; i < PTRS_PER_TABLE; i++) {            \
			if (X##_none(X##_read(table + i)))                     \
				continue;                                      \
			used++;                                                \
			ret = check_##Y##_table(                               \
				c, X##_read(table + i),                        \
				addr + ((unsigned long)i << (shift)));         \
			if (ret)                                               \
				return ret;                                    \
		}                                                              \
		c->tables++;                                                   \
		return check_entries(                                          \
			pfn_to_page(PFN_DOWN(W##_table_phys(at))), addr,       \
			used);                                                 \
	}

DEFINE_CHECK_TABLE(pud, pmd, pte, PAGE_SHIFT_PMD)
DEFINE_CHECK_TABLE(pgd, pud, pmd, PAGE_SHIFT_PUD)

static int check_ptes(struct mm_struct *mm)
{
	struct pte_census c = { .mm = mm, .vma = mm->mmap };
	unsigned int used = 0;
	int ret;

	for (unsigned int i = 0; i < USER_PTRS_PER_PGD; i++) {
		pgd_t e = pgd_read(mm->pgd + i);

		if (pgd_none(e))
			continue;
		used++;
		ret = check_pud_table(&c, e,
				      (unsigned long)i << PAGE_SHIFT_PGD);
		if (ret)
			return ret;
	}
	ret = check_entries(virt_to_page(mm->pgd), 0, used);
	if (ret)
		return ret;
	for (int i = 0; i < NR_MM_COUNTERS; i++)
		CHECK(11, i, atomic64_read(&mm->rss_stat[i]) == (long)c.rss[i]);
	CHECK(14, c.shared, mm->pt_shared == c.shared);
	CHECK(12, c.tables,
	      atomic64_read(&mm->pgtables_bytes) ==
		      (long)(c.tables << PAGE_SHIFT));
	return 0;
}

/**
 * validate_mm - check every numbered invariant of an address space
 * @mm: address space
 * @fatal: panic at the first that is broken
 *
 * Context: mmap_lock for writing; may sleep.
 * Return: 0, or the number of the first broken invariant, which the log names
 * with the place.
 */
int validate_mm(struct mm_struct *mm, bool fatal)
{
	int ret = check_list(mm);

	mmap_assert_locked(mm);
	if (!ret)
		ret = check_tree(mm);
	if (!ret)
		ret = check_counters(mm);
	if (!ret)
		ret = check_ptes(mm);
	if (ret && fatal) {
		dump_mm(mm);
		panic("an address space breaks its invariant I%d", ret);
	}
	return ret;
}

#ifdef CONFIG_DEBUG_VM
/* Above this, only one change in SAMPLE is checked: the walk takes too long. */
#define SMALL_MM 2048
#define SAMPLE	 256
#define TRIES	 8

/*
 * Others may take out pages of objects meanwhile (truncation), which needs no
 * lock of this address space: what they have done to the ptes and not yet to
 * the counters is no mistake. What stays is one.
 */
static bool differs_for_long(struct mm_struct *mm)
{
	int ret = 0;

	WRITE_ONCE(quiet, true);
	for (int i = 0; i < TRIES; i++) {
		ret = validate_mm(mm, false);
		if (!ret)
			break;
		resched_or_killed();
	}
	WRITE_ONCE(quiet, false);
	return ret;
}

/**
 * debug_validate_mm - validate_mm() after a change, in debug builds
 * @mm: address space
 *
 * Context: mmap_lock for writing; may sleep. Panics when an invariant is broken.
 */
void debug_validate_mm(struct mm_struct *mm)
{
	static atomic_t calls;
	unsigned long size = mm_rss(mm) + (unsigned long)mm->map_count;

	if (size > SMALL_MM && atomic_add_return(1, &calls) % SAMPLE)
		return;
	/* Faults that have an area pinned change ptes and counters. */
	vma_start_write_all(mm);
	if (!differs_for_long(mm))
		return;
	validate_mm(mm, true);
}
#endif

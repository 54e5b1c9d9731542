/* SPDX-License-Identifier: MIT */
/*
 * Moving ptes: the same pages at another address of the same address space.
 *
 *	mremap of 3 pages from 0x5000 to 0x9000
 *	0x5000 x rw dirty   -> -         0x9000 -  -> x rw dirty
 *	0x6000 -            -> -         0xa000 -  -> -
 *	0x7000 zero r       -> -         0xb000 -  -> zero r
 *
 * An entry moves as it is, with its rights, its dirty and young bits and the
 * reference it stands for: no page is touched, no counter of pages changes, and
 * a page shared by fork stays shared.
 *
 * When both addresses have the same offset within the 2 MiB of a page table and
 * all of it moves, the table itself is hooked in at the new place: one store
 * instead of 512.
 *
 * It is done in two steps. move_prepare() makes the tables at the new place and
 * may fail; move_commit() cannot. Nothing but empty tables may have been made
 * when it fails, and move_abort() takes those away.
 *
 * Invariants (validate_mm reports these numbers):
 *	I8   each pte lies inside a VMA: the area at the new place exists, and
 *	     the one at the old place still does
 *	I12  pt_entries of both tables follow
 *	I14  both tables are this address space's own, and pt_anon follows
 *
 * Locks: mmap_lock for writing keeps faults and the other verbs out. Truncation
 * comes without it: the object's i_mmap_lock, held for writing until the TLBs
 * have been flushed, makes it see each page either at the old or at the new
 * place, and keeps it from freeing a page that a CPU still knows at the old.
 * Two tables: the ptl of the new one, then of the old one.
 */
#include <asm/tlbflush.h>

#include "internal.h"

/* The bytes of [old, old + len) that lie in one table at both places. */
static unsigned long chunk_len(const struct move_request *r, unsigned long done)
{
	unsigned long from = r->old_addr + done, to = r->new_addr + done;
	unsigned long end = r->len - done;

	end = min(end, ALIGN(from + 1, PMD_SIZE) - from);
	return min(end, ALIGN(to + 1, PMD_SIZE) - to);
}

/* Whether a chunk is all of a page table. */
static bool chunk_is_table(unsigned long from, unsigned long to,
			   unsigned long len)
{
	return len == PMD_SIZE && !((from | to) & ~PMD_MASK);
}

/* The source's entry at @addr when there is something to move. */
static pmd_t *source_pmd(struct mm_struct *mm, unsigned long addr)
{
	pmd_t *pmd = pmd_lookup(mm, addr);

	if (!pmd || !READ_ONCE(pmd_page(pmd_read(pmd))->pt_entries))
		return NULL;
	return pmd;
}

/**
 * move_prepare - make the tables that move_commit() will need
 * @mm: address space
 * @r: what moves where
 *
 * Context: mmap_lock for writing, not released before move_commit(); may sleep.
 * Return: 0; -ENOMEM: no memory; call move_abort() then.
 */
int move_prepare(struct mm_struct *mm, const struct move_request *r)
{
	unsigned long done, n;
	pmd_t *pmd;

	if (unshare_tables(mm, r->old_addr, r->old_addr + r->len) < 0 ||
	    unshare_tables(mm, r->new_addr, r->new_addr + r->len) < 0)
		return -ENOMEM;
	for (done = 0; done < r->len; done += n) {
		n = chunk_len(r, done);
		if (!source_pmd(mm, r->old_addr + done))
			continue;
		pmd = pmd_alloc(mm, r->new_addr + done);
		if (!pmd)
			return -ENOMEM;
		if (!chunk_is_table(r->old_addr + done, r->new_addr + done,
				    n) &&
		    pte_alloc(mm, pmd) < 0)
			return -ENOMEM;
	}
	return 0;
}

/**
 * move_abort - free the empty tables that move_prepare() left in holes
 * @mm: address space
 * @r: what was to be moved
 *
 * Tables beside an area go with that area.
 *
 * Context: mmap_lock for writing.
 */
void move_abort(struct mm_struct *mm, const struct move_request *r)
{
	unsigned long addr = r->new_addr, end = addr + r->len, ceiling;
	struct vm_area_struct *prev, *vma = find_vma_prev(mm, addr, &prev);
	struct mmu_gather tlb;

	tlb_gather_mmu(&tlb, mm, false);
	while (addr < end) {
		ceiling = vma ? vma->vm_start : USER_CEILING;
		if (addr < ceiling)
			free_pgtables(&tlb, addr, min(end, ceiling),
				      prev ? prev->vm_end : 0, ceiling);
		if (!vma)
			break;
		addr = vma->vm_end;
		prev = vma;
		vma = vma->vm_next;
	}
	tlb_finish_mmu(&tlb);
}

static bool is_anon_pte(pte_t pte)
{
	struct page *page = pte_counted_page(pte);

	return page && page_test(page, PG_anon);
}

/* Of @n entries, those of anonymous pages. Most tables hold one kind only. */
static unsigned int count_anon(const struct page *table, const pte_t *pte,
			       unsigned long pages, unsigned int n)
{
	unsigned int anon = 0;

	if (!table->pt_anon || table->pt_anon == table->pt_entries)
		return table->pt_anon ? n : 0;
	for (; pages; pages--, pte++)
		if (!pte_none(pte_read(pte)))
			anon += is_anon_pte(pte_read(pte));
	return anon;
}

/* Move the entries of one chunk, whose place is empty; how many there were. */
static unsigned int move_entries(pte_t *from, pte_t *to, unsigned long pages,
				 unsigned int in_use)
{
	unsigned int moved = 0;

	for (; pages && moved < in_use; pages--, from++, to++) {
		if (pte_none(pte_read(from)))
			continue;
		set_pte(to, pte_get_and_clear(from));
		moved++;
	}
	return moved;
}

static bool move_chunk(pmd_t *from_pmd, unsigned long from, pmd_t *to_pmd,
		       unsigned long to, unsigned long len)
{
	struct page *src = pmd_page(pmd_read(from_pmd));
	struct page *dst = pmd_page(pmd_read(to_pmd));
	pte_t *src_pte = pte_offset(pmd_read(from_pmd), from);
	pte_t *dst_pte = pte_offset(pmd_read(to_pmd), to);
	unsigned long pages = len >> PAGE_SHIFT;
	unsigned int moved, anon;

	spin_lock(&dst->ptl);
	if (src != dst)
		spin_lock_nested(&src->ptl);
	moved = move_entries(src_pte, dst_pte, pages, src->pt_entries);
	anon = count_anon(src, dst_pte, pages, moved);
	src->pt_entries -= moved;
	dst->pt_entries += moved;
	src->pt_anon -= anon;
	dst->pt_anon += anon;
	if (src != dst)
		spin_unlock(&src->ptl);
	spin_unlock(&dst->ptl);
	return moved;
}

/* Move one chunk; true: something has moved. */
static bool move_piece(struct mm_struct *mm, unsigned long from,
		       unsigned long to, unsigned long len)
{
	pmd_t *src = source_pmd(mm, from), *dst;

	if (!src)
		return false;
	dst = pmd_lookup(mm, to);
	if (dst)
		return move_chunk(src, from, dst, to, len);
	VM_BUG_ON(!chunk_is_table(from, to, len));
	/* The upper tables are there: this finds the entry. */
	pmd_move(mm, src, pmd_alloc(mm, to));
	return true;
}

/**
 * move_commit - move the ptes
 * @mm: address space
 * @r: what moves where; the areas at both places exist, the ptes at the new
 *	one are empty
 *
 * Context: mmap_lock for writing; may sleep. Flushes. Cannot fail.
 */
void move_commit(struct mm_struct *mm, const struct move_request *r)
{
	struct address_space *mapping = r->mapping;
	unsigned long done, n;
	bool moved = false;

	if (mapping)
		down_write(&mapping->i_mmap_lock);
	for (done = 0; done < r->len; done += n) {
		n = chunk_len(r, done);
		moved |= move_piece(mm, r->old_addr + done, r->new_addr + done,
				    n);
		if (done + n < r->len)
			resched_or_killed();
	}
	if (moved)
		flush_tlb_range(mm, r->old_addr, r->old_addr + r->len);
	if (mapping)
		up_write(&mapping->i_mmap_lock);
}

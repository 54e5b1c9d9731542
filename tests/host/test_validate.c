/* SPDX-License-Identifier: MIT */
/*
 * validate_mm: for each invariant, break one field behind its back and expect
 * the complaint.
 */
#include "mmtest.h"

static struct mm_struct *mm;
static struct file *file;

/* Three areas with pages, one of them a file's. */
static void make(void)
{
	file = sim_file(64 * (loff_t)PAGE_SIZE, FMODE_READ);
	mm = new_mm();
	map(mm, 0, 4, RW, ANON);
	map(mm, 6, 2, PROT_READ, ANON);
	map_file(mm, 10, 4, RW, MAP_PRIVATE, file, 0);
	map(mm, 20, 2, PROT_READ | PROT_EXEC, ANON);
	sim_store(mm, AT(0), 1);
	sim_store(mm, AT(1), 1);
	sim_load(mm, AT(6));
	sim_load(mm, AT(10));
	sim_store(mm, AT(12), 1);
}

static int verdict(void)
{
	int ret;

	mmap_write_lock(mm);
	ret = validate_mm(mm, false);
	mmap_write_unlock(mm);
	return ret;
}

static struct vm_area_struct *area(int page)
{
	return find_vma(mm, AT(page));
}

static pte_t *entry(int page)
{
	return pte_offset(pmd_read(pmd_lookup(mm, AT(page))), AT(page));
}

static struct page *page_of(int page)
{
	return pfn_to_page(pte_pfn(pte_read(entry(page))));
}

static struct page *table_of(int page)
{
	return pmd_page(pmd_read(pmd_lookup(mm, AT(page))));
}

/* Break, expect the number, mend. */
#define BREAK(number, lvalue, value)                                           \
	do {                                                                   \
		__typeof__(lvalue) *_place = &(lvalue), _old = *_place;        \
                                                                               \
		*_place = (value);                                             \
		EXPECT_EQ(verdict(), number);                                  \
		*_place = _old;                                                \
		EXPECT_EQ(verdict(), 0);                                       \
	} while (0)

static void finish(void)
{
	mmput(mm);
	fput(file);
}

TEST(a_sound_address_space_passes)
{
	make();
	EXPECT_EQ(verdict(), 0);
	finish();
}

TEST(i1_areas_are_aligned_ranges_of_this_mm)
{
	make();
	BREAK(1, area(0)->vm_mm, NULL);
	BREAK(1, area(0)->vm_end, AT(0));
	BREAK(1, area(20)->vm_end, TASK_SIZE + PAGE_SIZE);
	BREAK(1, area(20)->vm_end, AT(21) + 1);
	BREAK(1, area(6)->vm_start, AT(6) + 8);
	finish();
}

TEST(i2_the_list_ascends_without_overlap)
{
	struct vm_area_struct *b;

	make();
	b = area(6);
	BREAK(2, b->vm_prev, NULL);
	BREAK(2, mm->mmap->vm_prev, b);
	BREAK(2, mm->mmap->vm_end, AT(7));
	finish();
}

TEST(i3_the_tree_has_the_areas_of_the_list)
{
	struct vm_area_struct *a, *b;

	make();
	a = area(0);
	BREAK(3, mm->map_count, 5);
	BREAK(3, a->vm_rb.rb_parent_color, a->vm_rb.rb_parent_color ^ 1);
	/* A list that is sound but lacks an area of the tree. */
	b = a->vm_next;
	a->vm_next = b->vm_next;
	b->vm_next->vm_prev = a;
	EXPECT_EQ(verdict(), 3);
	a->vm_next = b;
	b->vm_next->vm_prev = b;
	EXPECT_EQ(verdict(), 0);
	finish();
}

TEST(i4_each_subtree_knows_its_largest_gap)
{
	struct vm_area_struct *b;

	make();
	b = area(6);
	BREAK(4, b->rb_subtree_gap, b->rb_subtree_gap + PAGE_SIZE);
	BREAK(4, area(20)->rb_subtree_gap, 0);
	finish();
}

TEST(i5_counters_are_sums)
{
	make();
	BREAK(5, mm->total_vm, mm->total_vm + 1);
	BREAK(5, mm->data_vm, mm->data_vm - 1);
	BREAK(5, mm->exec_vm, 0);
	BREAK(5, mm->stack_vm, 1);
	BREAK(5, mm->locked_vm, 1);
	finish();
}

TEST(i6_protection_follows_from_flags)
{
	struct vm_area_struct *b;

	make();
	b = area(6);
	BREAK(6, b->vm_page_prot, protection_map[VM_READ | VM_EXEC]);
	BREAK(6, b->vm_flags, b->vm_flags & ~VM_MAYREAD);
	finish();
}

TEST(i7_references_and_the_objects_tree)
{
	struct vm_area_struct *f;

	make();
	f = area(10);
	BREAK(7, f->vm_usage.counter, 0);
	BREAK(7, file->f_count.counter, 0);
	BREAK(7, file->f_mapping->i_mmap.rb_node, NULL);
	BREAK(7, f->shared_subtree_last, 0);
	finish();
}

TEST(i16_what_was_given_up_is_anonymous)
{
	make();
	BREAK(16, page_of(10)->flags, page_of(10)->flags | 1u << PG_lazyfree);
	finish();
}

TEST(i15_a_policy_exists)
{
	make();
	BREAK(15, area(6)->vm_policy, 77);
	finish();
}

TEST(i8_ptes_lie_inside_areas)
{
	make();
	/* A pte where no area is: move one to the page behind. */
	BREAK(8, entry(5)->v, entry(0)->v);
	BREAK(8, entry(0)->v, 0xe00UL); /* neither present nor empty */
	finish();
}

TEST(i9_no_pte_is_stronger_than_its_area)
{
	make();
	BREAK(9, entry(6)->v, entry(6)->v | _PAGE_RW);
	BREAK(9, entry(0)->v, entry(0)->v & ~_PAGE_NX);
	/* Writable, but the page is the file's. */
	BREAK(9, entry(10)->v, entry(10)->v | _PAGE_RW);
	/* Writable, but another pte maps it too. */
	BREAK(9, page_of(0)->_mapcount.counter, 2);
	finish();
}

TEST(i10_references_cover_the_ptes)
{
	make();
	BREAK(10, page_of(10)->_mapcount.counter, 0);
	BREAK(10, page_of(10)->_refcount.counter, 0);
	finish();
}

TEST(i11_rss_is_the_number_of_ptes)
{
	make();
	for (int i = 0; i < NR_MM_COUNTERS; i++)
		BREAK(11, mm->rss_stat[i].counter, mm->rss_stat[i].counter + 1);
	finish();
}

TEST(i12_tables_count_their_entries)
{
	make();
	BREAK(12, table_of(0)->pt_entries, table_of(0)->pt_entries + 1);
	BREAK(12, virt_to_page(pmd_lookup(mm, AT(0)))->pt_entries, 2);
	BREAK(12, virt_to_page(mm->pgd)->pt_entries, 0);
	BREAK(12, table_of(0)->flags, 0);
	BREAK(12, mm->pgtables_bytes.counter, 0);
	finish();
}

TEST(i13_areas_know_that_they_hold_anonymous_pages)
{
	make();
	BREAK(13, area(0)->vm_anon, 0);
	BREAK(13, area(10)->vm_anon, 0);
	finish();
}

TEST(a_fatal_check_panics_with_the_number)
{
	make();
	mm->total_vm++;
	mmap_write_lock(mm);
	EXPECT_PANIC("breaks its invariant I5", validate_mm(mm, true));
	mmap_write_unlock(mm);
	mm->total_vm--;
	dump_mm(mm);
	dump_pgtable(mm, AT(0));
	dump_pgtable(mm, TASK_SIZE - 1);
	finish();
}

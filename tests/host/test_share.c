/* SPDX-License-Identifier: MIT */
/* Page tables that fork shares: mm/share.c. */
#include "mmtest.h"

/* BASE is at the start of 2 MiB; a table maps that many pages. */
#define TABLE 512

static pmd_t pmd_at(struct mm_struct *mm, int page)
{
	pmd_t *pmd = pmd_lookup(mm, AT(page));

	return pmd ? pmd_read(pmd) : (pmd_t){ 0 };
}

static struct page *table_at(struct mm_struct *mm, int page)
{
	return pmd_page(pmd_at(mm, page));
}

static struct page *page_at(struct mm_struct *mm, int page)
{
	return pfn_to_page(pte_pfn((pte_t){ sim_pte(mm, AT(page)) }));
}

static bool shared(struct mm_struct *mm, int page)
{
	pmd_t pmd = pmd_at(mm, page);

	return !pmd_none(pmd) && !pmd_write(pmd);
}

/* An address space with @tables full tables, page n holding n mod 251. */
static struct mm_struct *full_mm(int tables)
{
	struct mm_struct *mm = new_mm();

	map(mm, 0, tables * TABLE, RW, ANON);
	for (int i = 0; i < tables * TABLE; i++)
		sim_store(mm, AT(i), (u8)(i % 251));
	return mm;
}

static void expect_full(struct mm_struct *mm, int from, int to)
{
	for (int i = from; i < to; i++)
		EXPECT_EQ(sim_load(mm, AT(i)), i % 251);
}

TEST(fork_shares_full_tables_and_writes_unshare_them)
{
	struct mm_struct *mm = full_mm(2), *child = dup_mm(mm);

	EXPECT(shared(mm, 0) && shared(child, 0) && shared(child, TABLE));
	EXPECT(table_at(mm, 0) == table_at(child, 0));
	EXPECT_EQ(page_count(table_at(mm, 0)), 2);
	EXPECT_EQ(page_count(page_at(mm, 3)), 1);
	EXPECT_EQ(mm_rss(child), mm_rss(mm));
	check_mm(mm);
	check_mm(child);
	expect_full(child, 0, 2 * TABLE);
	EXPECT(shared(child, 0)); /* reading changed nothing */
	sim_store(child, AT(5), 255);
	EXPECT(!shared(child, 0) && shared(mm, 0) && shared(child, TABLE));
	EXPECT_EQ(page_count(page_at(mm, 3)), 2);
	EXPECT_EQ(page_count(page_at(mm, 5)), 1);
	EXPECT_EQ(sim_load(mm, AT(5)), 5);
	check_mm(mm);
	check_mm(child);
	sim_store(mm, AT(6), 254);
	EXPECT(!shared(mm, 0));
	EXPECT_EQ(sim_load(child, AT(6)), 6);
	check_mm(mm);
	check_mm(child);
	mmput(child);
	check_mm(mm);
	expect_full(mm, 7, 2 * TABLE);
	mmput(mm);
}

TEST(the_last_sharer_takes_the_table_over)
{
	struct mm_struct *mm = full_mm(1), *child = dup_mm(mm);
	struct page *table = table_at(mm, 0), *page = page_at(mm, 9);

	mmput(child);
	EXPECT(shared(mm, 0));
	EXPECT_EQ(page_count(table), 1);
	check_mm(mm);
	sim_nr_faults = 0;
	sim_store(mm, AT(9), 1);
	for (int i = 0; i < 9; i++)
		sim_store(mm, AT(i), 1);
	EXPECT_EQ(sim_nr_faults, 1);
	EXPECT(!shared(mm, 0) && table_at(mm, 0) == table);
	EXPECT(page_at(mm, 9) == page);
	EXPECT_EQ(mm->pt_shared, 0);
	check_mm(mm);
	mmput(mm);
}

TEST(a_parent_that_exits_leaves_the_pages_to_the_child)
{
	struct mm_struct *mm = full_mm(2), *child = dup_mm(mm);

	sim_store(mm, AT(0), 99);
	mmput(mm);
	check_mm(child);
	expect_full(child, 0, 2 * TABLE);
	sim_store(child, AT(TABLE), 7);
	check_mm(child);
	mmput(child);
}

TEST(fork_of_fork_of_fork_shares_one_table)
{
	struct mm_struct *mm[5];

	mm[0] = full_mm(1);
	for (int i = 1; i < 5; i++)
		mm[i] = dup_mm(mm[i - 1]);
	EXPECT_EQ(page_count(table_at(mm[4], 0)), 5);
	for (int i = 0; i < 5; i += 2)
		sim_store(mm[i], AT(i), (u8)(100 + i));
	for (int i = 0; i < 5; i++) {
		for (int j = 0; j < 5; j++)
			EXPECT_EQ(sim_load(mm[i], AT(j)),
				  i == j && i % 2 == 0 ? 100 + i : j);
		check_mm(mm[i]);
	}
	for (int i = 0; i < 5; i++)
		mmput(mm[(i * 2) % 5]);
}

TEST(only_private_anonymous_memory_is_shared)
{
	struct file *file = sim_file(8 * (loff_t)PAGE_SIZE, FMODE_READ);
	struct mm_struct *mm = full_mm(5), *child;

	map_file(mm, 3, 1, RW, MAP_PRIVATE, file, 0);
	map(mm, TABLE + 500, 1, RW, MAP_SHARED | MAP_ANONYMOUS);
	do_madvise(mm, AT(2 * TABLE + 1), PAGE_SIZE, MADV_DONTFORK);
	do_madvise(mm, AT(3 * TABLE + 1), PAGE_SIZE, MADV_WIPEONFORK);
	protect(mm, 4 * TABLE + 7, 9, PROT_NONE); /* this does no harm */
	child = dup_mm(mm);
	EXPECT(!shared(mm, 0) && !shared(mm, TABLE));
	EXPECT(!shared(mm, 2 * TABLE) && !shared(mm, 3 * TABLE));
	EXPECT(shared(mm, 4 * TABLE));
	EXPECT_EQ(sim_try(child, AT(2 * TABLE + 1), SIM_READ), VM_FAULT_MAPERR);
	EXPECT_EQ(sim_load(child, AT(3 * TABLE + 1)), 0);
	EXPECT_EQ(sim_try(child, AT(4 * TABLE + 7), SIM_READ), VM_FAULT_ACCERR);
	expect_full(child, 3 * TABLE + 2, 4 * TABLE);
	check_mm(mm);
	check_mm(child);
	mmput(mm);
	mmput(child);
	fput(file);
}

/* What each verb does to the middle of the second of three shared tables. */
static void do_verb(struct mm_struct *mm, int verb)
{
	switch (verb) {
	case 0:
		EXPECT_EQ(unmap(mm, TABLE + 10, 20), 0);
		break;
	case 1:
		EXPECT_EQ(protect(mm, TABLE + 10, 20, PROT_READ), 0);
		break;
	case 2:
		EXPECT_EQ(do_madvise(mm, AT(TABLE + 10), 20 * PAGE_SIZE,
				     MADV_DONTNEED),
			  0);
		break;
	case 3:
		map(mm, TABLE + 10, 20, RW, ANON);
		break;
	case 4:
		mm_populate(mm, AT(TABLE + 10), 20 * PAGE_SIZE);
		break;
	case 5:
		EXPECT_EQ(access_remote_vm(mm, AT(TABLE + 10), (u8[]){ 77 }, 1,
					   FAULT_FLAG_WRITE),
			  1);
		break;
	case 6:
		EXPECT_EQ(unmap(mm, TABLE - 10, TABLE + 20), 0);
		break;
	case 7:
		EXPECT_EQ(unmap(mm, 0, 3 * TABLE), 0);
		break;
	default:
		EXPECT_EQ(do_madvise(mm, AT(10), 2 * TABLE * PAGE_SIZE,
				     MADV_DONTNEED),
			  0);
	}
}
#define VERBS 9

TEST(every_verb_leaves_the_other_side_alone)
{
	for (int verb = 0; verb < VERBS; verb++)
		for (int side = 0; side < 2; side++) {
			struct mm_struct *mm = full_mm(3), *child = dup_mm(mm);
			struct mm_struct *actor = side ? mm : child;
			struct mm_struct *other = side ? child : mm;

			do_verb(actor, verb);
			check_mm(actor);
			check_mm(other);
			expect_full(other, 0, 3 * TABLE);
			if (verb < 6) {
				EXPECT(shared(actor, 0));
				EXPECT(!shared(actor, TABLE));
				expect_full(actor, TABLE + 30, 3 * TABLE);
			}
			mmput(actor);
			check_mm(other);
			for (int i = 0; i < 3 * TABLE; i += 100)
				sim_store(other, AT(i), 200);
			check_mm(other);
			mmput(other);
		}
}

TEST(whole_tables_are_dropped_not_copied)
{
	struct mm_struct *mm = full_mm(4), *child = dup_mm(mm);
	struct page *table = table_at(mm, TABLE);
	unsigned long tables = nr_pagetable_pages();

	EXPECT_EQ(unmap(child, TABLE, 2 * TABLE), 0);
	EXPECT_EQ(nr_pagetable_pages(), tables);
	EXPECT_EQ(page_count(table), 1);
	EXPECT_EQ(mm_rss(child), 2 * TABLE);
	/* All that is left in its 2 MiB: no need to copy it. */
	EXPECT_EQ(unmap(child, 100, TABLE - 100), 0);
	EXPECT_EQ(nr_pagetable_pages(), tables + 1);
	EXPECT_EQ(unmap(child, 0, 100), 0);
	EXPECT_EQ(nr_pagetable_pages(), tables);
	check_mm(child);
	check_mm(mm);
	expect_full(mm, 0, 4 * TABLE);
	mmput(mm);
	mmput(child);
}

TEST(both_sides_unmap_the_last_table)
{
	struct mm_struct *mm = full_mm(2), *child = dup_mm(mm);

	EXPECT_EQ(unmap(child, 0, 2 * TABLE), 0);
	EXPECT_EQ(unmap(mm, 0, 2 * TABLE), 0);
	EXPECT_EQ(mm->pt_shared + child->pt_shared, 0);
	check_mm(mm);
	check_mm(child);
	mmput(mm);
	mmput(child);
}

TEST(a_table_that_all_drop_at_once_frees_its_pages)
{
	struct mm_struct *mm = full_mm(1), *child = dup_mm(mm);
	struct mmu_gather a, b;

	/* Both see two references before either has let go. */
	mmap_write_lock(mm);
	mmap_write_lock(child);
	tlb_gather_mmu(&a, mm, false);
	tlb_gather_mmu(&b, child, false);
	zap_page_range(&a, AT(0), AT(TABLE));
	zap_page_range(&b, AT(0), AT(TABLE));
	tlb_finish_mmu(&a);
	tlb_finish_mmu(&b);
	mmap_write_unlock(child);
	mmap_write_unlock(mm);
	check_mm(mm);
	check_mm(child);
	EXPECT_EQ(nr_anon_pages(), 0);
	mmput(mm);
	mmput(child);
}

TEST(a_file_mapped_into_a_hole_of_a_shared_table_is_truncated)
{
	struct file *file =
		sim_shmem_file(4 * (loff_t)PAGE_SIZE, FMODE_READ | FMODE_WRITE);
	struct mm_struct *mm = full_mm(1), *child;

	unmap(mm, 50, 4);
	child = dup_mm(mm);
	map_file(child, 50, 4, RW, MAP_SHARED, file, 0);
	EXPECT(shared(child, 0)); /* nothing to change there yet */
	unmap_mapping_range(file->f_mapping, 0, ~0UL);
	expect_full(child, 0, 50);
	sim_store(child, AT(51), 9);
	EXPECT(!shared(child, 0));
	unmap_mapping_range(file->f_mapping, 0, ~0UL);
	EXPECT_EQ(sim_load(child, AT(51)), 9);
	expect_full(child, 54, TABLE);
	expect_full(mm, 54, TABLE);
	check_mm(mm);
	check_mm(child);
	mmput(mm);
	mmput(child);
	fput(file);
}

/* One call on pages of the second table, which may lack memory. */
static int try_verb(struct mm_struct *mm, int verb)
{
	switch (verb) {
	case 0:
		return unmap(mm, TABLE + 10, 20);
	case 1:
		return protect(mm, TABLE + 10, 20, PROT_READ);
	case 2:
		return do_madvise(mm, AT(TABLE + 10), 20 * PAGE_SIZE,
				  MADV_DONTNEED);
	case 3:
		return IS_ERR_VALUE(map(mm, TABLE + 10, 20, RW, ANON)) ? -ENOMEM
								       : 0;
	default:
		return mm_fault(mm, NULL, AT(TABLE + 10), FAULT_FLAG_WRITE)
			       ? -ENOMEM
			       : 0;
	}
}

TEST_DEBUG(a_call_that_lacks_memory_changes_nothing)
{
	bool hit = true;

	for (int verb = 0; verb < 5; verb++, hit = true)
		for (unsigned long nth = 1; hit; nth++) {
			struct mm_struct *mm = full_mm(2), *child = dup_mm(mm);
			int ret;

			fail_nth_set(nth);
			ret = try_verb(child, verb);
			hit = fail_nth_hit();
			fail_nth_set(0);
			/* Not every allocation is one that is needed. */
			EXPECT(!ret || hit);
			if (ret) {
				EXPECT_EQ(ret, -ENOMEM);
				expect_full(child, 0, 2 * TABLE);
				EXPECT_LAYOUT(child, "0-1024 rw-p");
			}
			check_mm(child);
			check_mm(mm);
			expect_full(mm, 0, 2 * TABLE);
			mmput(mm);
			mmput(child);
			ASSERT(nth > 1 || hit);
		}
}

TEST(a_fork_without_memory_gives_the_tables_back)
{
	struct mm_struct *mm = full_mm(2), *child;

	map(mm, 3 * TABLE, 4, RW, ANON);
	sim_store(mm, AT(3 * TABLE), 1);
	SWEEP
	{
		child = dup_mm(mm);
		check_mm(mm);
		if (child) {
			check_mm(child);
			EXPECT(shared(child, 0));
			mmput(child);
		}
		sim_store(mm, AT(0), 0);
		check_mm(mm);
	}
	expect_full(mm, 0, 2 * TABLE);
	mmput(mm);
}

TEST(validate_notices_what_is_wrong_with_a_shared_table)
{
	struct mm_struct *mm = full_mm(1), *child = dup_mm(mm);
	pmd_t *pmd = pmd_lookup(mm, AT(0));

	mmap_write_lock(mm);
	EXPECT_EQ(validate_mm(mm, false), 0);
	mm->pt_shared++;
	EXPECT_EQ(validate_mm(mm, false), 14);
	mm->pt_shared--;
	pmd_mkwrite(pmd);
	EXPECT_EQ(validate_mm(mm, false), 14);
	pmd_wrprotect(pmd);
	table_at(mm, 0)->pt_anon--;
	EXPECT_EQ(validate_mm(mm, false), 14);
	table_at(mm, 0)->pt_anon++;
	EXPECT_EQ(validate_mm(mm, false), 0);
	mmap_write_unlock(mm);
	mmput(mm);
	mmput(child);
}

/* --- against a model ------------------------------------------------------------ */

#define PAGES  (3 * TABLE)
#define SPACES 4
#define NONE   256 /* not mapped */

static struct mm_struct *space[SPACES];
static unsigned short model[SPACES][PAGES];

static void compare(int n)
{
	for (int i = 0; i < PAGES; i++) {
		if (model[n][i] == NONE)
			EXPECT_EQ(sim_try(space[n], AT(i), SIM_READ),
				  VM_FAULT_MAPERR);
		else
			EXPECT_EQ(sim_load(space[n], AT(i)), model[n][i]);
	}
	check_mm(space[n]);
}

static void fill_model(int n, int from, int len, unsigned short v)
{
	for (int i = from; i < from + len; i++)
		if (v == NONE || v == 1 || model[n][i] != NONE)
			model[n][i] = v == 1 ? 0 : v;
}

static void random_fork(int from)
{
	int to = (int)sim_random_below(SPACES);

	if (to == from)
		return;
	if (space[to])
		mmput(space[to]);
	space[to] = dup_mm(space[from]);
	ASSERT(space[to]);
	memcpy(model[to], model[from], sizeof(model[0]));
}

static void random_step(int n)
{
	int at = (int)sim_random_below(PAGES), v;
	int len = 1 + (int)sim_random_below(sim_random_below(4) ? 32 : PAGES);

	if (len > PAGES - at)
		len = PAGES - at;
	switch (sim_random_below(12)) {
	case 0:
		unmap(space[n], at, len);
		fill_model(n, at, len, NONE);
		break;
	case 1:
		map(space[n], at, len, RW, ANON);
		fill_model(n, at, len, 1);
		break;
	case 2:
		do_madvise(space[n], AT(at), (size_t)len << PAGE_SHIFT,
			   MADV_DONTNEED);
		fill_model(n, at, len, 0);
		break;
	case 3:
		protect(space[n], at, len, PROT_READ);
		protect(space[n], 0, PAGES, RW);
		for (v = 0; v < PAGES; v++)
			if (model[n][v] != NONE && v % 100 == 0)
				protect(space[n], v, 1, RW);
		break;
	case 4:
	case 5:
		random_fork(n);
		break;
	default:
		v = (int)sim_random_below(256);
		for (int i = at; i < at + len; i += 1 + len / 16) {
			if (model[n][i] == NONE ||
			    sim_try(space[n], AT(i), SIM_WRITE))
				continue;
			sim_store(space[n], AT(i), (u8)v);
			model[n][i] = (unsigned short)v;
		}
	}
}

TEST(random_forks_agree_with_the_model)
{
	share_min_entries = sim_random_below(2) ? 1 : 32;
	space[0] = full_mm(3);
	for (int i = 0; i < PAGES; i++)
		model[0][i] = (unsigned short)(i % 251);
	for (int i = 0; i < 600; i++) {
		int n = (int)sim_random_below(SPACES);

		if (!space[n])
			continue;
		random_step(n);
		if (i % 8 == 0)
			compare(n);
	}
	for (int n = 0; n < SPACES; n++)
		if (space[n])
			compare(n);
	for (int n = 0; n < SPACES; n++)
		if (space[n])
			mmput(space[n]);
}

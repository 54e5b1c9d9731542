/* SPDX-License-Identifier: MIT */
/* Shared memory: objects behind mappings, holes, pages in advance, promises. */
#include "mmtest.h"

#include <ikos/mm_views.h>

#define SHARED (MAP_SHARED | MAP_ANONYMOUS)

static struct address_space *object_at(struct mm_struct *mm, int page)
{
	return find_vma(mm, AT(page))->vm_file->f_mapping;
}

static struct file *shmem(unsigned long pages)
{
	return sim_shmem_file((loff_t)(pages << PAGE_SHIFT),
			      FMODE_READ | FMODE_WRITE);
}

/* --- shared anonymous memory -------------------------------------------------- */

TEST(shared_anonymous_memory_is_a_file_that_only_mappings_hold)
{
	struct mm_struct *mm = new_mm(), *child;
	struct file *file;

	map(mm, 0, 4, RW, SHARED);
	file = find_vma(mm, AT(0))->vm_file;
	ASSERT(file);
	EXPECT_EQ(atomic_read(&file->f_count), 1);
	EXPECT_EQ(file->f_mapping->size, 4 * PAGE_SIZE);
	EXPECT_EQ(find_vma(mm, AT(0))->vm_pgoff, 0);
	protect(mm, 1, 1, PROT_READ);
	EXPECT_EQ(atomic_read(&file->f_count), 3);
	child = dup_mm(mm);
	ASSERT(child);
	EXPECT_EQ(atomic_read(&file->f_count), 6);
	protect(mm, 1, 1, RW);
	EXPECT_EQ(atomic_read(&file->f_count), 4);
	sim_store(mm, AT(3), 7);
	EXPECT_EQ(sim_load(child, AT(3)), 7);
	mmput(mm);
	EXPECT_EQ(atomic_read(&file->f_count), 3);
	EXPECT_EQ(sim_load(child, AT(3)), 7);
	check_mm(child);
	mmput(child);
	EXPECT_EQ(sim_nr_files, 0);
}

TEST(two_shared_anonymous_mappings_never_merge)
{
	struct mm_struct *mm = new_mm();

	map(mm, 0, 1, RW, SHARED);
	map(mm, 1, 1, RW, SHARED);
	EXPECT_LAYOUT(mm, "0-1 rw-s, 1-2 rw-s");
	EXPECT(object_at(mm, 0) != object_at(mm, 1));
	mmput(mm);
}

TEST(shared_anonymous_memory_survives_failing_allocations)
{
	SWEEP
	{
		struct mm_struct *mm = new_mm(), *child = NULL;
		unsigned long addr;
		u8 byte = 9;

		if (!mm)
			continue;
		addr = map(mm, 0, 4, RW, SHARED);
		if (!IS_ERR_VALUE(addr)) {
			sim_access(mm, AT(2), SIM_WRITE, 1, &byte);
			child = dup_mm(mm);
		}
		if (child)
			sim_access(child, AT(3), SIM_WRITE, 1, &byte);
		check_mm(mm);
		EXPECT(sim_sweep_failed() || child);
		if (child)
			mmput(child);
		mmput(mm);
		EXPECT_EQ(sim_nr_files, 0);
	}
}

TEST(a_larger_mapping_than_the_object_ends_in_sigbus)
{
	struct mm_struct *mm = new_mm();
	struct file *file;

	map(mm, 0, 2, RW, SHARED);
	file = get_file(find_vma(mm, AT(0))->vm_file);
	map_file(mm, 8, 4, RW, MAP_SHARED, file, 0);
	sim_store(mm, AT(9), 1);
	EXPECT_EQ(sim_load(mm, AT(1)), 1);
	EXPECT_EQ(sim_try(mm, AT(10), SIM_WRITE), VM_FAULT_SIGBUS);
	EXPECT_EQ(sim_fault_addr, AT(10));
	fput(file);
	mmput(mm);
}

/* --- promises -------------------------------------------------------------------- */

TEST(the_whole_size_is_promised_at_once)
{
	struct mm_struct *mm = new_mm(), *child;
	unsigned long before = vm_committed();

	map(mm, 0, 10, RW, SHARED);
	EXPECT_EQ(vm_committed(), before + 10);
	sim_store(mm, AT(3), 1);
	child = dup_mm(mm);
	EXPECT_EQ(vm_committed(), before + 10);
	unmap(mm, 0, 9);
	EXPECT_EQ(vm_committed(), before + 10);
	mmput(mm);
	EXPECT_EQ(vm_committed(), before + 10);
	mmput(child);
	EXPECT_EQ(vm_committed(), before);
}

TEST(without_reserve_each_page_is_promised_when_it_is_made)
{
	struct mm_struct *mm = new_mm();
	unsigned long before = vm_committed();

	map(mm, 0, 10, RW, SHARED | MAP_NORESERVE);
	EXPECT_EQ(vm_committed(), before);
	sim_store(mm, AT(3), 1);
	EXPECT_EQ(sim_load(mm, AT(4)), 0);
	EXPECT_EQ(vm_committed(), before + 2);
	truncate_hole(object_at(mm, 0), 3 * PAGE_SIZE, 4 * PAGE_SIZE);
	EXPECT_EQ(vm_committed(), before + 1);
	mmput(mm);
	EXPECT_EQ(vm_committed(), before);
}

TEST(what_may_not_be_promised_is_refused)
{
	struct mm_struct *mm = new_mm();
	unsigned long before = vm_committed();
	unsigned long n = totalram_pages() + 1;

	EXPECT_EQ(map(mm, 0, (int)n, RW, SHARED), -ENOMEM);
	EXPECT_EQ(map(mm, 0, (int)n, RW, SHARED | MAP_NORESERVE), AT(0));
	sysctl_overcommit_memory = OVERCOMMIT_NEVER;
	sysctl_overcommit_ratio = 0;
	EXPECT_EQ(map(mm, 0, 1, RW, SHARED), -ENOMEM);
	EXPECT_EQ(sim_try(mm, AT(1), SIM_WRITE), VM_FAULT_SIGBUS);
	sysctl_overcommit_memory = OVERCOMMIT_GUESS;
	sysctl_overcommit_ratio = 50;
	EXPECT_EQ(sim_try(mm, AT(1), SIM_WRITE), 0);
	mmput(mm);
	EXPECT_EQ(vm_committed(), before);
}

TEST(a_promise_follows_the_size)
{
	struct file *file = shmem(4);
	unsigned long before = vm_committed();

	EXPECT_EQ(mapping_promise(file->f_mapping, 7), 0);
	EXPECT_EQ(vm_committed(), before + 7);
	EXPECT_EQ(mapping_promise(file->f_mapping, 2), 0);
	EXPECT_EQ(mapping_promise(file->f_mapping, totalram_pages() * 2),
		  -ENOMEM);
	EXPECT_EQ(vm_committed(), before + 2);
	fput(file);
	EXPECT_EQ(vm_committed(), before);
}

TEST(a_full_file_system_gives_sigbus)
{
	struct page_quota quota = { .max = 2 };
	struct file *file = shmem(8);
	struct mm_struct *mm = new_mm();

	file->f_mapping->quota = &quota;
	file->f_mapping->promise_pages = true;
	map_file(mm, 0, 8, RW, MAP_SHARED, file, 0);
	map_file(mm, 8, 8, RW, MAP_PRIVATE, file, 0);
	sim_store(mm, AT(0), 1);
	EXPECT_EQ(sim_load(mm, AT(9)), 0);
	EXPECT_EQ(sim_try(mm, AT(2), SIM_WRITE), VM_FAULT_SIGBUS);
	EXPECT_EQ(sim_try(mm, AT(10), SIM_WRITE), VM_FAULT_SIGBUS);
	sim_store(mm, AT(8), 2); /* a copy needs no new page of the file */
	EXPECT_EQ(preallocate_page(file->f_mapping, 5), -ENOSPC);
	EXPECT_EQ(preallocate_page(file->f_mapping, 1), 0);
	truncate_hole(file->f_mapping, 0, PAGE_SIZE);
	EXPECT_EQ(atomic64_read(&quota.used), 1);
	sim_store(mm, AT(2), 1);
	check_mm(mm);
	mmput(mm);
	fput(file);
	EXPECT_EQ(atomic64_read(&quota.used), 0);
}

/* --- truncation against faults ------------------------------------------------- */

static int truncating_readpage(struct address_space *mapping, struct page *page)
{
	truncate_setsize(mapping, PAGE_SIZE);
	return 0;
}

TEST(a_fault_leaves_no_page_beyond_an_end_that_moved_meanwhile)
{
	static const struct address_space_operations aops = {
		truncating_readpage
	};

	for (int kind = 0; kind < 3; kind++) {
		struct file *file = sim_file(4 * (loff_t)PAGE_SIZE,
					     FMODE_READ | FMODE_WRITE);
		struct mm_struct *mm = new_mm();

		file->f_mapping->a_ops = &aops;
		map_file(mm, 0, 4, RW, kind ? MAP_SHARED : MAP_PRIVATE, file,
			 0);
		EXPECT_EQ(sim_try(mm, AT(2), kind < 2 ? SIM_WRITE : SIM_READ),
			  VM_FAULT_SIGBUS);
		EXPECT_EQ(file->f_mapping->nrpages, 0);
		EXPECT_EQ(sim_pte(mm, AT(2)), 0);
		check_mm(mm);
		mmput(mm);
		fput(file);
	}
}

/* --- holes ------------------------------------------------------------------------ */

TEST(a_hole_takes_shared_pages_and_leaves_private_copies)
{
	struct file *file = shmem(8);
	struct mm_struct *mm = new_mm();

	map_file(mm, 0, 8, RW, MAP_SHARED, file, 0);
	map_file(mm, 8, 8, RW, MAP_PRIVATE, file, 0);
	for (int i = 0; i < 8; i++)
		sim_store(mm, AT(i) + 10, 's');
	sim_store(mm, AT(11), 'c');
	for (int i = 8; i < 16; i++)
		sim_load(mm, AT(i));
	truncate_hole(file->f_mapping, PAGE_SIZE + 10, 5 * PAGE_SIZE + 11);
	EXPECT_EQ(file->f_mapping->nrpages, 5);
	EXPECT_EQ(mm_counter(mm, MM_ANONPAGES), 1);
	EXPECT_EQ(mm_counter(mm, MM_SHMEMPAGES), 5 + 5);
	check_mm(mm);
	EXPECT_EQ(sim_load(mm, AT(11)), 'c');
	EXPECT_EQ(sim_load(mm, AT(11) + 10), 's');
	EXPECT_EQ(sim_load(mm, AT(10) + 10), 0);
	EXPECT_EQ(sim_load(mm, AT(1) + 10), 0);
	EXPECT_EQ(sim_load(mm, AT(5) + 10), 0);
	EXPECT_EQ(sim_load(mm, AT(6) + 10), 's');
	sim_store(mm, AT(2), 'n');
	EXPECT_EQ(sim_load(mm, AT(10)), 'n');
	check_mm(mm);
	mmput(mm);
	fput(file);
}

TEST(holes_follow_the_model)
{
	enum {
		PAGES = 12,
		SIZE = PAGES * PAGE_SIZE
	};
	static u8 model[SIZE];
	struct file *file = shmem(PAGES);
	struct mm_struct *mm = new_mm();

	map_file(mm, 0, PAGES, RW, MAP_SHARED, file, 0);
	for (int round = 0; round < 400; round++) {
		unsigned long from = sim_random_below(SIZE);
		unsigned long n =
			1 + sim_random_below(round % 3 ? 300 : SIZE - from);

		n = min(n, SIZE - from);
		if (round % 2) {
			for (unsigned long i = 0; i < n; i += 97) {
				model[from + i] = (u8)round;
				sim_store(mm, AT(0) + from + i, (u8)round);
			}
		} else {
			memset(model + from, 0, n);
			truncate_hole(file->f_mapping, (loff_t)from,
				      (loff_t)(from + n));
		}
		for (int i = 0; i < 50; i++) {
			unsigned long at = sim_random_below(SIZE);

			ASSERT_EQ(sim_load(mm, AT(0) + at), model[at]);
		}
	}
	check_mm(mm);
	mmput(mm);
	fput(file);
}

/* --- pages in advance, data and holes ------------------------------------------- */

TEST(a_page_in_advance_is_no_data_until_it_is_used)
{
	struct file *file = shmem(200);
	struct address_space *m = file->f_mapping;
	struct mm_struct *mm = new_mm();

	EXPECT_EQ(mapping_seek_data(m, 0, true), 200 * PAGE_SIZE);
	EXPECT_EQ(mapping_seek_data(m, 77, false), 77);
	for (int i = 60; i < 70; i++)
		EXPECT_EQ(preallocate_page(m, (pgoff_t)i), 0);
	EXPECT_EQ(m->nrpages, 10);
	EXPECT_EQ(mapping_seek_data(m, 0, true), 200 * PAGE_SIZE);
	EXPECT_EQ(mapping_seek_data(m, 61 * PAGE_SIZE, false), 61 * PAGE_SIZE);
	map_file(mm, 0, 200, RW, MAP_SHARED, file, 0);
	EXPECT_EQ(sim_load(mm, AT(62)), 0);
	sim_store(mm, AT(64), 1);
	EXPECT_EQ(sim_pte(mm, AT(63)), 0); /* not by fault-around either */
	EXPECT_EQ(mapping_seek_data(m, 0, true), 62 * PAGE_SIZE);
	EXPECT_EQ(mapping_seek_data(m, 62 * PAGE_SIZE + 5, true),
		  62 * PAGE_SIZE + 5);
	EXPECT_EQ(mapping_seek_data(m, 62 * PAGE_SIZE + 5, false),
		  63 * PAGE_SIZE);
	EXPECT_EQ(mapping_seek_data(m, 63 * PAGE_SIZE, true), 64 * PAGE_SIZE);
	EXPECT_EQ(mapping_seek_data(m, 65 * PAGE_SIZE, true), 200 * PAGE_SIZE);
	truncate_preallocated(m, 61, 69);
	EXPECT_EQ(m->nrpages, 4); /* 60, 62, 64, 69 */
	truncate_setsize(m, 64 * PAGE_SIZE + 1);
	EXPECT_EQ(m->nrpages, 3);
	EXPECT_EQ(mapping_seek_data(m, 64 * PAGE_SIZE, false),
		  64 * PAGE_SIZE + 1);
	check_mm(mm);
	mmput(mm);
	fput(file);
}

TEST(pages_in_advance_survive_failing_allocations)
{
	struct file *file = shmem(0);

	SWEEP
	{
		int err = 0, i;

		for (i = 0; i < 80 && !err; i++)
			err = preallocate_page(file->f_mapping, (pgoff_t)i);
		EXPECT_EQ(err, sim_sweep_failed() ? -ENOMEM : 0);
		truncate_preallocated(file->f_mapping, 0, (pgoff_t)i);
		EXPECT_EQ(file->f_mapping->nrpages, 0);
	}
	fput(file);
}

/* --- fault-around ----------------------------------------------------------------- */

TEST(fault_around_maps_what_is_cached_across_nodes_of_the_tree)
{
	struct file *file = shmem(200);
	struct mm_struct *mm = new_mm();
	unsigned int mapped = 0;

	for (int i = 0; i < 200; i++) {
		if (i % 3 == 0)
			continue;
		put_page(find_or_create_page(file->f_mapping, (pgoff_t)i,
					     GFP_USER));
	}
	/* Page 16 of the area is page 61 of the file. */
	map_file(mm, 0, 64, PROT_READ, MAP_SHARED, file, 45);
	sim_nr_faults = 0;
	EXPECT_EQ(sim_load(mm, AT(17)), 0);
	EXPECT_EQ(sim_nr_faults, 1);
	for (int i = 0; i < 64; i++) {
		bool there = sim_pte(mm, AT(i));

		EXPECT_EQ(there, i >= 16 && i < 32 && (i + 45) % 3 != 0);
		mapped += there;
	}
	EXPECT_EQ(mm_counter(mm, MM_SHMEMPAGES), mapped);
	check_mm(mm);
	mmput(mm);
	fput(file);
}

/* SPDX-License-Identifier: MIT */
/* Page faults: every row of the table at the head of mm/fault.c. */
#include "mmtest.h"

static u64 pte_at(struct mm_struct *mm, int page)
{
	return sim_pte(mm, AT(page));
}

static struct page *page_at(struct mm_struct *mm, int page)
{
	return pfn_to_page(pte_pfn((pte_t){ pte_at(mm, page) }));
}

TEST(no_area_is_maperr)
{
	struct mm_struct *mm = new_mm();

	map(mm, 1, 1, RW, ANON);
	EXPECT_EQ(sim_try(mm, AT(0), SIM_READ), VM_FAULT_MAPERR);
	EXPECT_EQ(sim_fault_addr, AT(0));
	EXPECT_EQ(sim_try(mm, AT(2) + 7, SIM_WRITE), VM_FAULT_MAPERR);
	EXPECT_EQ(sim_fault_addr, AT(2) + 7);
	EXPECT_EQ(sim_try(mm, 0, SIM_READ), VM_FAULT_MAPERR);
	EXPECT_EQ(mm_fault(mm, NULL, TASK_SIZE, 0), VM_FAULT_MAPERR);
	EXPECT_EQ(mm_fault(mm, NULL, ~0UL, FAULT_FLAG_WRITE), VM_FAULT_MAPERR);
	mmput(mm);
}

TEST(missing_rights_are_accerr)
{
	struct mm_struct *mm = new_mm();

	map(mm, 0, 1, PROT_READ, ANON);
	map(mm, 2, 1, PROT_NONE, ANON);
	map(mm, 4, 1, RW, ANON);
	map(mm, 6, 1, PROT_READ | PROT_EXEC, ANON);
	map(mm, 8, 1, PROT_WRITE, ANON);
	map(mm, 10, 1, PROT_EXEC, ANON);
	EXPECT_EQ(sim_try(mm, AT(0), SIM_WRITE), VM_FAULT_ACCERR);
	EXPECT_EQ(sim_try(mm, AT(0), SIM_EXEC), VM_FAULT_ACCERR);
	EXPECT_EQ(sim_try(mm, AT(2), SIM_READ), VM_FAULT_ACCERR);
	EXPECT_EQ(sim_try(mm, AT(4), SIM_EXEC), VM_FAULT_ACCERR);
	EXPECT_EQ(sim_try(mm, AT(6), SIM_EXEC), 0);
	EXPECT_EQ(sim_try(mm, AT(6), SIM_WRITE), VM_FAULT_ACCERR);
	/* x86: writing or executing includes reading. */
	EXPECT_EQ(sim_try(mm, AT(8), SIM_READ), 0);
	EXPECT_EQ(sim_try(mm, AT(10), SIM_READ), 0);
	check_mm(mm);
	mmput(mm);
}

TEST(first_read_maps_the_zero_page)
{
	struct mm_struct *mm = new_mm();
	unsigned long anon = nr_anon_pages();

	map(mm, 0, 2, RW, ANON);
	EXPECT_EQ(sim_load(mm, AT(0) + 100), 0);
	EXPECT(page_at(mm, 0) == zero_page);
	EXPECT(!(pte_at(mm, 0) & _PAGE_RW));
	EXPECT_EQ(mm_rss(mm), 0);
	EXPECT_EQ(nr_anon_pages(), anon);
	check_mm(mm);
	mmput(mm);
}

TEST(first_write_makes_a_zeroed_page)
{
	struct mm_struct *mm = new_mm();

	map(mm, 0, 1, RW, ANON);
	sim_nr_faults = 0;
	sim_store(mm, AT(0) + 5, 42);
	EXPECT_EQ(sim_nr_faults, 1);
	EXPECT_EQ(sim_load(mm, AT(0) + 5), 42);
	EXPECT_EQ(sim_load(mm, AT(0) + 6), 0);
	EXPECT(pte_at(mm, 0) & _PAGE_RW);
	EXPECT_EQ(mm_counter(mm, MM_ANONPAGES), 1);
	EXPECT_EQ(page_count(page_at(mm, 0)), 1);
	check_mm(mm);
	mmput(mm);
}

TEST(write_after_read_replaces_the_zero_page)
{
	struct mm_struct *mm = new_mm();

	map(mm, 0, 1, RW, ANON);
	EXPECT_EQ(sim_load(mm, AT(0)), 0);
	sim_store(mm, AT(0), 7);
	EXPECT(page_at(mm, 0) != zero_page);
	EXPECT_EQ(sim_load(mm, AT(0)), 7);
	EXPECT_EQ(sim_load(mm, AT(0) + 4095), 0);
	EXPECT_EQ(mm_counter(mm, MM_ANONPAGES), 1);
	check_mm(mm);
	mmput(mm);
}

TEST(tables_are_made_on_demand_and_freed)
{
	struct mm_struct *mm = new_mm();

	map(mm, 0, 1024, RW, ANON);
	EXPECT_EQ(atomic64_read(&mm->pgtables_bytes), 0);
	sim_store(mm, AT(0), 1);
	EXPECT_EQ(atomic64_read(&mm->pgtables_bytes), 3 * (long)PAGE_SIZE);
	sim_store(mm, AT(512), 1);
	EXPECT_EQ(atomic64_read(&mm->pgtables_bytes), 4 * (long)PAGE_SIZE);
	unmap(mm, 0, 512);
	EXPECT_EQ(atomic64_read(&mm->pgtables_bytes), 3 * (long)PAGE_SIZE);
	check_mm(mm);
	unmap(mm, 512, 512);
	EXPECT_EQ(atomic64_read(&mm->pgtables_bytes), 0);
	check_mm(mm);
	mmput(mm);
}

TEST(file_read_maps_the_cache_page_and_around)
{
	struct mm_struct *mm = new_mm();
	struct file *file = sim_file(20 * (loff_t)PAGE_SIZE, FMODE_READ);

	map_file(mm, 3, 12, PROT_READ, MAP_PRIVATE, file, 2);
	for (int i = 3; i < 15; i++)
		EXPECT_EQ(sim_load(mm, AT(i) + 9),
			  sim_file_byte(((i - 1) << PAGE_SHIFT) + 9));
	EXPECT_EQ(mm_counter(mm, MM_FILEPAGES), 12);
	check_mm(mm);
	unmap(mm, 3, 12);
	EXPECT_EQ(mm_rss(mm), 0);
	/* All is cached now: one fault maps the window 3 … 14. */
	map_file(mm, 3, 12, PROT_READ, MAP_PRIVATE, file, 2);
	sim_nr_faults = 0;
	for (int i = 3; i < 15; i++)
		EXPECT_EQ(sim_load(mm, AT(i) + 9),
			  sim_file_byte(((i - 1) << PAGE_SHIFT) + 9));
	EXPECT_EQ(sim_nr_faults, 1);
	check_mm(mm);
	mmput(mm);
	fput(file);
}

TEST(private_write_copies_from_the_cache)
{
	struct mm_struct *mm = new_mm();
	struct file *file = sim_file(4 * (loff_t)PAGE_SIZE, FMODE_READ);

	map_file(mm, 0, 4, RW, MAP_PRIVATE, file, 0);
	map_file(mm, 8, 4, PROT_READ, MAP_PRIVATE, file, 0);
	sim_store(mm, AT(1) + 3, 0xee); /* no read before: do_cow_fault */
	EXPECT_EQ(sim_load(mm, AT(2) + 3), sim_file_byte(0x2003));
	sim_store(mm, AT(2) + 3, 0xdd); /* after a read: do_wp_page */
	EXPECT_EQ(sim_load(mm, AT(1) + 3), 0xee);
	EXPECT_EQ(sim_load(mm, AT(1) + 4), sim_file_byte(0x1004));
	EXPECT_EQ(sim_load(mm, AT(2) + 3), 0xdd);
	EXPECT_EQ(sim_load(mm, AT(9) + 3), sim_file_byte(0x1003));
	EXPECT_EQ(sim_load(mm, AT(10) + 3), sim_file_byte(0x2003));
	EXPECT_EQ(mm_counter(mm, MM_ANONPAGES), 2);
	check_mm(mm);
	mmput(mm);
	fput(file);
}

TEST(shared_write_reaches_the_object)
{
	struct mm_struct *mm = new_mm();
	struct file *file =
		sim_shmem_file(4 * (loff_t)PAGE_SIZE, FMODE_READ | FMODE_WRITE);

	map_file(mm, 0, 4, RW, MAP_SHARED, file, 0);
	map_file(mm, 8, 4, PROT_READ, MAP_SHARED, file, 0);
	EXPECT_EQ(sim_load(mm, AT(9)), 0);
	sim_store(mm, AT(1), 5);
	EXPECT_EQ(sim_load(mm, AT(9)), 5);
	EXPECT_EQ(sim_load(mm, AT(2)), 0);
	sim_store(mm, AT(2), 6);
	EXPECT_EQ(sim_load(mm, AT(10)), 6);
	EXPECT_EQ(mm_counter(mm, MM_ANONPAGES), 0);
	EXPECT_EQ(sim_try(mm, AT(8), SIM_WRITE), VM_FAULT_ACCERR);
	check_mm(mm);
	mmput(mm);
	fput(file);
}

TEST(beyond_the_end_of_file_is_sigbus)
{
	struct mm_struct *mm = new_mm();
	struct file *file = sim_file(PAGE_SIZE + 1, FMODE_READ | FMODE_WRITE);

	map_file(mm, 0, 4, RW, MAP_PRIVATE, file, 0);
	map_file(mm, 8, 4, RW, MAP_SHARED, file, 0);
	EXPECT_EQ(sim_try(mm, AT(1), SIM_READ), 0);
	EXPECT_EQ(sim_try(mm, AT(2), SIM_READ), VM_FAULT_SIGBUS);
	EXPECT_EQ(sim_try(mm, AT(3) + 5, SIM_WRITE), VM_FAULT_SIGBUS);
	EXPECT_EQ(sim_fault_addr, AT(3) + 5);
	EXPECT_EQ(sim_try(mm, AT(10), SIM_WRITE), VM_FAULT_SIGBUS);
	sim_readpage_fails = true;
	EXPECT_EQ(sim_try(mm, AT(0), SIM_READ), VM_FAULT_SIGBUS);
	sim_readpage_fails = false;
	check_mm(mm);
	mmput(mm);
	fput(file);
}

TEST(truncation_unmaps_and_then_sigbus)
{
	struct mm_struct *mm = new_mm(), *child;
	struct file *file =
		sim_shmem_file(4 * (loff_t)PAGE_SIZE, FMODE_READ | FMODE_WRITE);

	map_file(mm, 0, 4, RW, MAP_SHARED, file, 0);
	map_file(mm, 8, 4, RW, MAP_PRIVATE, file, 0);
	for (int i = 0; i < 4; i++) {
		sim_store(mm, AT(i), 10 + i);
		sim_store(mm, AT(8 + i), 20 + i);
	}
	child = dup_mm(mm);
	EXPECT_EQ(sim_load(child, AT(3)), 13);
	EXPECT_EQ(sim_load(child, AT(11)), 23);
	truncate_setsize(file->f_mapping, 2 * PAGE_SIZE);
	sim_tlb_check(mm);
	sim_tlb_check(child);
	EXPECT_EQ(sim_load(mm, AT(1)), 11);
	EXPECT_EQ(sim_load(child, AT(9)), 21);
	EXPECT_EQ(sim_try(mm, AT(2), SIM_READ), VM_FAULT_SIGBUS);
	EXPECT_EQ(sim_try(mm, AT(11), SIM_READ), VM_FAULT_SIGBUS);
	EXPECT_EQ(sim_try(child, AT(3), SIM_WRITE), VM_FAULT_SIGBUS);
	EXPECT_EQ(sim_try(child, AT(10), SIM_READ), VM_FAULT_SIGBUS);
	truncate_setsize(file->f_mapping, 4 * PAGE_SIZE);
	EXPECT_EQ(sim_load(mm, AT(2)), 0);
	EXPECT_EQ(sim_load(child, AT(10)), 0);
	check_mm(mm);
	check_mm(child);
	mmput(child);
	mmput(mm);
	fput(file);
}

/* ->fault finds the page, and before it is mapped the file becomes shorter. */
static vm_fault_t fault_then_truncate(struct vm_fault *vmf)
{
	struct address_space *mapping = vmf->vma->vm_file->f_mapping;
	vm_fault_t ret = filemap_vm_ops.fault(vmf);

	if (mapping->size)
		truncate_setsize(mapping, 0);
	return ret;
}

TEST(a_page_that_is_truncated_during_the_fault_is_not_mapped)
{
	static const struct vm_operations_struct ops = {
		.fault = fault_then_truncate
	};

	for (int kind = 0; kind < 3; kind++) {
		struct file *file = sim_shmem_file(4 * (loff_t)PAGE_SIZE,
						   FMODE_READ | FMODE_WRITE);
		struct mm_struct *mm = new_mm();

		map_file(mm, 0, 4, RW, kind == 2 ? MAP_SHARED : MAP_PRIVATE,
			 file, 0);
		find_vma(mm, AT(0))->vm_ops = &ops;
		vma_set_page_prot(find_vma(mm, AT(0)));
		EXPECT_EQ(
			mm_fault(mm, NULL, AT(1), kind ? FAULT_FLAG_WRITE : 0),
			0);
		EXPECT_EQ(sim_pte(mm, AT(1)), 0);
		EXPECT_EQ(sim_try(mm, AT(1), SIM_READ), VM_FAULT_SIGBUS);
		check_mm(mm);
		mmput(mm);
		fput(file);
	}
}

TEST(a_shorter_file_unmaps_only_its_own_areas)
{
	struct file *a = sim_shmem_file(64 * (loff_t)PAGE_SIZE, FMODE_READ);
	struct file *b = sim_shmem_file(64 * (loff_t)PAGE_SIZE, FMODE_READ);
	struct mm_struct *mm[3];

	for (int i = 0; i < 3; i++) {
		mm[i] = new_mm();
		map_file(mm[i], 0, 8, PROT_READ, MAP_PRIVATE, a,
			 (unsigned long)i * 4);
		map_file(mm[i], 8, 8, PROT_READ, MAP_PRIVATE, b, 0);
		for (int k = 0; k < 16; k++)
			sim_load(mm[i], AT(k));
	}
	truncate_setsize(a->f_mapping, 10 * PAGE_SIZE);
	for (int i = 0; i < 3; i++) {
		check_mm(mm[i]);
		for (int k = 0; k < 16; k++)
			EXPECT_EQ(sim_pte(mm[i], AT(k)) != 0,
				  k >= 8 || i * 4 + k < 10);
		mmput(mm[i]);
	}
	fput(a);
	fput(b);
}

TEST(shared_anonymous_memory_is_shared_over_fork)
{
	struct mm_struct *mm = new_mm(), *child;
	unsigned long committed = vm_committed();

	map(mm, 0, 4, RW, MAP_SHARED | MAP_ANONYMOUS);
	EXPECT_EQ(vm_committed(), committed + 4);
	EXPECT(find_vma(mm, AT(0))->vm_file);
	sim_store(mm, AT(0), 1);
	child = dup_mm(mm);
	sim_store(child, AT(1), 2);
	EXPECT_EQ(sim_load(mm, AT(1)), 2);
	EXPECT_EQ(sim_load(child, AT(0)), 1);
	sim_store(mm, AT(0), 3);
	EXPECT_EQ(sim_load(child, AT(0)), 3);
	EXPECT_EQ(mm_counter(mm, MM_SHMEMPAGES), 2);
	check_mm(mm);
	check_mm(child);
	mmput(mm);
	EXPECT_EQ(sim_load(child, AT(1)), 2);
	unmap(child, 1, 1);
	EXPECT_EQ(sim_load(child, AT(0)), 3);
	mmput(child);
	EXPECT_EQ(vm_committed(), committed);
}

TEST(faults_without_memory_say_oom_and_lose_nothing)
{
	struct file *file = sim_file(4 * (loff_t)PAGE_SIZE, FMODE_READ);
	struct mm_struct *mm = new_mm();

	map(mm, 0, 8, RW, ANON);
	map_file(mm, 8, 4, RW, MAP_PRIVATE, file, 0);
	map(mm, 600, 4, RW, MAP_SHARED | MAP_ANONYMOUS);
	EXPECT_EQ(sim_load(mm, AT(1)), 0);
	for (int page = 0; page < 604; page += page == 11 ? 589 : 1) {
		for (int kind = SIM_READ; kind <= SIM_WRITE; kind++) {
			for (unsigned long nth = 1;; nth++) {
				u8 byte = 1;
				vm_fault_t ret;

				fail_nth_set(nth);
				ret = sim_access(mm, AT(page), kind, 1, &byte);
				if (!fail_nth_hit())
					break;
				EXPECT(ret == 0 || ret == VM_FAULT_OOM);
				check_mm(mm);
			}
			fail_nth_set(0);
		}
	}
	mmput(mm);
	fput(file);
}

TEST(populate_leaves_no_fault_for_later)
{
	struct mm_struct *mm = new_mm();

	map(mm, 0, 16, RW, ANON | MAP_POPULATE);
	map(mm, 16, 4, PROT_READ, ANON | MAP_POPULATE);
	map(mm, 20, 4, PROT_NONE, ANON | MAP_POPULATE);
	EXPECT_EQ(mm_counter(mm, MM_ANONPAGES), 16);
	sim_nr_faults = 0;
	for (int i = 0; i < 16; i++)
		sim_store(mm, AT(i), 1);
	for (int i = 16; i < 20; i++)
		EXPECT_EQ(sim_load(mm, AT(i)), 0);
	EXPECT_EQ(sim_nr_faults, 0);
	check_mm(mm);
	mmput(mm);
}

TEST(a_stale_lookup_cache_is_not_used)
{
	struct mm_struct *mm = new_mm(), *other = new_mm();
	struct vmacache cache = { 0 };

	map(mm, 0, 4, RW, ANON);
	map(mm, 8, 4, RW, ANON);
	EXPECT_EQ(mm_fault(mm, &cache, AT(1), FAULT_FLAG_WRITE), 0);
	EXPECT(cache.vma == find_vma(mm, AT(1)));
	unmap(mm, 0, 4);
	EXPECT_EQ(mm_fault(mm, &cache, AT(1), FAULT_FLAG_WRITE),
		  VM_FAULT_MAPERR);
	EXPECT_EQ(mm_fault(mm, &cache, AT(9), FAULT_FLAG_WRITE), 0);
	/* exec: the same cache, another address space. */
	EXPECT_EQ(mm_fault(other, &cache, AT(9), FAULT_FLAG_WRITE),
		  VM_FAULT_MAPERR);
	mmput(other);
	mmput(mm);
}

TEST(remote_access_faults_pages_in)
{
	struct mm_struct *mm = new_mm();
	char out[64], in[64] = "a string that crosses the border of two pages";

	map(mm, 0, 2, RW, ANON);
	map(mm, 2, 1, PROT_READ, ANON);
	EXPECT_EQ(access_remote_vm(mm, AT(1) - 20, in, sizeof(in),
				   FAULT_FLAG_WRITE),
		  sizeof(in));
	EXPECT_EQ(access_remote_vm(mm, AT(1) - 20, out, sizeof(out), 0),
		  sizeof(out));
	EXPECT(!memcmp(in, out, sizeof(in)));
	EXPECT_EQ(sim_load(mm, AT(1) - 20), 'a');
	/* Stops where the rights or the areas end. */
	EXPECT_EQ(access_remote_vm(mm, AT(2) - 10, in, 64, FAULT_FLAG_WRITE),
		  10);
	EXPECT_EQ(access_remote_vm(mm, AT(3) - 10, out, 64, 0), 10);
	EXPECT_EQ(access_remote_vm(mm, TASK_SIZE, out, 1, 0), 0);
	/* A debugger may write what the program may not. */
	EXPECT_EQ(access_remote_vm(mm, AT(2), in, 8,
				   FAULT_FLAG_WRITE | FAULT_FLAG_FORCE),
		  8);
	EXPECT_EQ(access_remote_vm(mm, AT(2) + 8, in, 8,
				   FAULT_FLAG_WRITE | FAULT_FLAG_FORCE),
		  8);
	EXPECT_EQ(sim_load(mm, AT(2) + 8), 'a');
	EXPECT_EQ(sim_try(mm, AT(2), SIM_WRITE), VM_FAULT_ACCERR);
	check_mm(mm);
	mmput(mm);
}

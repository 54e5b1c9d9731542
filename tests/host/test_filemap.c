/* SPDX-License-Identifier: MIT */
/* The page cache and truncation, alone and under mappings. */
#include "sim.h"

#define RW (FMODE_READ | FMODE_WRITE)

static struct page *cached(struct file *f, pgoff_t index)
{
	return find_or_create_page(f->f_mapping, index, GFP_USER);
}

static bool is_cached(struct file *f, pgoff_t index)
{
	struct page *page = find_get_page(f->f_mapping, index);

	if (page)
		put_page(page);
	return page;
}

static unsigned long map_at(struct mm_struct *mm, unsigned long at,
			    struct file *f, unsigned long pages, int prot,
			    int flags)
{
	struct mmap_request req = {
		.addr = at,
		.len = pages << PAGE_SHIFT,
		.prot = prot,
		.flags = flags,
		.file = f,
	};
	unsigned long addr = vm_mmap(mm, &req);

	ASSERT(!IS_ERR_VALUE(addr));
	return addr;
}

static unsigned long map(struct mm_struct *mm, struct file *f,
			 unsigned long pages, int prot, int flags)
{
	return map_at(mm, 0, f, pages, prot, flags);
}

static struct mm_struct *new_mm(void)
{
	struct mm_struct *mm = mm_alloc();

	ASSERT(mm);
	mm_layout(mm, MiB(1), 0, false);
	return mm;
}

/* Back to a machine without the address space; the TLB has been checked. */
static void drop_mm(struct mm_struct *mm)
{
	sim_tlb_check(mm);
	mmput(mm);
}

/* --- the cache alone ------------------------------------------------------------ */

TEST(a_page_is_made_once_and_found_again)
{
	struct file *f = sim_file(10 * PAGE_SIZE, RW);
	struct page *a, *b;

	EXPECT(!is_cached(f, 3));
	a = cached(f, 3);
	ASSERT(!IS_ERR(a));
	b = cached(f, 3);
	EXPECT(a == b);
	EXPECT_EQ(page_count(a), 3); /* the cache's and two of ours */
	EXPECT_EQ(sim_nr_readpage, 1);
	EXPECT(a->mapping == f->f_mapping);
	EXPECT_EQ(a->index, 3);
	EXPECT(page_test(a, PG_uptodate));
	EXPECT(!page_test(a, PG_locked));
	EXPECT_EQ(*(u8 *)page_address(a), sim_file_byte(3 * PAGE_SIZE));
	EXPECT_EQ(f->f_mapping->nrpages, 1);
	EXPECT_EQ(nr_file_pages(), 1);
	EXPECT_EQ(nr_shmem_pages(), 0);
	put_page(a);
	put_page(b);
	fput(f);
	EXPECT_EQ(nr_file_pages(), 0);
}

TEST(shmem_pages_are_zero_and_counted_as_shmem)
{
	struct file *f = sim_shmem_file(PAGE_SIZE, RW);
	struct page *page = cached(f, 0);

	ASSERT(!IS_ERR(page));
	EXPECT(page_test(page, PG_swapbacked));
	EXPECT_EQ(nr_shmem_pages(), 1);
	for (unsigned int i = 0; i < PAGE_SIZE; i++)
		ASSERT_EQ(((u8 *)page_address(page))[i], 0);
	put_page(page);
	fput(f);
	EXPECT_EQ(nr_shmem_pages(), 0);
}

TEST(pages_far_apart_cost_little)
{
	struct file *f = sim_shmem_file(1L << 45, RW);
	unsigned long free = nr_free_pages();

	for (int i = 0; i < 33; i++) {
		struct page *page = cached(f, 1UL << i);

		ASSERT(!IS_ERR(page));
		put_page(page);
	}
	EXPECT(free - nr_free_pages() < 33 + 60);
	EXPECT_EQ(f->f_mapping->nrpages, 33);
	fput(f);
}

TEST(a_page_that_cannot_be_read_is_not_cached)
{
	struct file *f = sim_file(PAGE_SIZE, RW);

	sim_readpage_fails = true;
	EXPECT_EQ(PTR_ERR(cached(f, 0)), -EIO);
	EXPECT(!is_cached(f, 0));
	sim_readpage_fails = false;
	put_page(cached(f, 0));
	EXPECT(is_cached(f, 0));
	fput(f);
}

TEST(making_pages_survives_failing_allocations)
{
	struct file *f = sim_file(MiB(1), RW);

	SWEEP
	{
		struct page *a = cached(f, 0), *b = cached(f, 200);

		EXPECT_EQ(IS_ERR(a) || IS_ERR(b), sim_sweep_failed());
		if (IS_ERR(a))
			EXPECT_EQ(PTR_ERR(a), -ENOMEM);
		else
			put_page(a);
		if (!IS_ERR(b))
			put_page(b);
		truncate_pages(f->f_mapping, 0, ULONG_MAX);
	}
	fput(f);
}

/* readpage during which somebody else makes the same page. */
static struct page *racer;

static int racing_readpage(struct address_space *mapping, struct page *page)
{
	static bool again;

	if (again)
		return 0;
	again = true;
	racer = find_or_create_page(mapping, page->index, GFP_USER);
	return 0;
}

TEST(of_two_who_make_a_page_both_get_the_first)
{
	static const struct address_space_operations aops = { racing_readpage };
	struct file *f = sim_file(PAGE_SIZE, RW);
	struct page *page;

	f->f_mapping->a_ops = &aops;
	page = cached(f, 0);
	EXPECT(page == racer);
	EXPECT_EQ(page_count(page), 3);
	EXPECT_EQ(f->f_mapping->nrpages, 1);
	put_page(page);
	put_page(racer);
	fput(f);
}

TEST(truncation_follows_the_model)
{
	struct file *f = sim_shmem_file(64 * PAGE_SIZE, RW);
	bool in[64] = { false };

	for (int round = 0; round < 300; round++) {
		unsigned long a = sim_random_below(64), n;

		if (sim_random_below(3)) {
			struct page *page = cached(f, a);

			ASSERT(!IS_ERR(page));
			put_page(page);
			in[a] = true;
		} else {
			n = sim_random_below(20);
			truncate_pages(f->f_mapping, a, a + n);
			for (unsigned long i = a; i < a + n && i < 64; i++)
				in[i] = false;
		}
		n = 0;
		for (int i = 0; i < 64; i++) {
			ASSERT_EQ(is_cached(f, i), in[i]);
			n += in[i];
		}
		ASSERT_EQ(f->f_mapping->nrpages, n);
		ASSERT_EQ(nr_shmem_pages(), n);
	}
	fput(f);
}

TEST(the_tail_is_zeroed_when_a_file_shrinks_or_grows)
{
	struct file *f = sim_shmem_file(3 * PAGE_SIZE, RW);
	struct page *page = cached(f, 1);
	u8 *p = page_address(page);

	memset(p, 0xee, PAGE_SIZE);
	truncate_setsize(f->f_mapping, PAGE_SIZE + 100);
	EXPECT_EQ(p[99], 0xee);
	EXPECT_EQ(p[100], 0);
	EXPECT_EQ(p[4095], 0);
	EXPECT(is_cached(f, 1));
	/* Through a mapping a program may write there. */
	p[100] = 1;
	p[4095] = 1;
	truncate_setsize(f->f_mapping, 2 * PAGE_SIZE);
	EXPECT_EQ(p[99], 0xee);
	EXPECT_EQ(p[100], 0);
	EXPECT_EQ(p[4095], 0);
	/* At a page boundary nothing is zeroed and nothing too much dropped. */
	truncate_setsize(f->f_mapping, PAGE_SIZE * 2);
	EXPECT_EQ(p[0], 0xee);
	truncate_setsize(f->f_mapping, PAGE_SIZE);
	EXPECT(!is_cached(f, 1));
	EXPECT(!page->mapping);
	put_page(page);
	fput(f);
}

TEST(a_page_someone_holds_outlives_the_object)
{
	struct file *f = sim_file(PAGE_SIZE, RW);
	struct page *page = cached(f, 0);

	fput(f);
	EXPECT_EQ(page_count(page), 1);
	EXPECT(!page->mapping);
	EXPECT_EQ(*(u8 *)page_address(page), sim_file_byte(0));
	put_page(page);
}

/* --- under mappings ----------------------------------------------------------------- */

TEST(a_mapped_file_reads_as_its_bytes)
{
	struct file *f = sim_file(20 * PAGE_SIZE + 77, RW);
	struct mm_struct *mm = new_mm();
	unsigned long addr = map(mm, f, 21, PROT_READ, MAP_PRIVATE);

	for (unsigned long o = 0; o < 21 * PAGE_SIZE; o += 61)
		ASSERT_EQ(sim_load(mm, addr + o),
			  o < 20 * PAGE_SIZE + 77 ? sim_file_byte(o) : 0);
	EXPECT_EQ(sim_nr_readpage, 21);
	EXPECT_EQ(nr_mapped_pages(), 21);
	drop_mm(mm);
	fput(f);
}

TEST(cached_pages_are_mapped_around_a_fault)
{
	struct file *f = sim_file(40 * PAGE_SIZE, RW);
	struct mm_struct *mm = new_mm();
	unsigned long addr, faults;

	for (int i = 0; i < 40; i++)
		if (i != 20)
			put_page(cached(f, i));
	addr = map(mm, f, 40, PROT_READ, MAP_PRIVATE);
	sim_load(mm, addr);
	faults = sim_nr_faults;
	for (int i = 1; i < 40; i++)
		EXPECT_EQ(sim_load(mm, addr + i * PAGE_SIZE),
			  sim_file_byte(i * PAGE_SIZE));
	/* Windows of 16, and the one page that was missing. */
	EXPECT(sim_nr_faults - faults <= 4);
	drop_mm(mm);
	fput(f);
}

TEST(fault_around_stays_inside_the_file)
{
	struct file *f = sim_shmem_file(16 * PAGE_SIZE, RW);
	struct mm_struct *mm = new_mm();
	unsigned long addr;

	for (int i = 0; i < 16; i++)
		put_page(cached(f, i));
	f->f_mapping->size = 5 * PAGE_SIZE - 10; /* pages are left beyond */
	addr = map(mm, f, 32, PROT_READ, MAP_SHARED);
	vm_munmap(mm, addr, 32 * PAGE_SIZE);
	/* The window is aligned by address: let it begin at page 0. */
	addr = ALIGN(addr, 16 * PAGE_SIZE);
	addr = map_at(mm, addr, f, 16, PROT_READ, MAP_SHARED | MAP_FIXED);
	EXPECT_EQ(sim_try(mm, addr, SIM_READ), 0);
	EXPECT(sim_pte(mm, addr + 4 * PAGE_SIZE));
	EXPECT(!sim_pte(mm, addr + 5 * PAGE_SIZE));
	EXPECT_EQ(sim_try(mm, addr + 5 * PAGE_SIZE, SIM_READ), VM_FAULT_SIGBUS);
	drop_mm(mm);
	fput(f);
}

TEST(beyond_the_end_gives_sigbus)
{
	struct file *f = sim_file(PAGE_SIZE + 1, RW);
	struct mm_struct *mm = new_mm();
	unsigned long p = map(mm, f, 4, PROT_READ | PROT_WRITE, MAP_PRIVATE);
	unsigned long s = map(mm, f, 4, PROT_READ | PROT_WRITE, MAP_SHARED);

	EXPECT_EQ(sim_try(mm, p + 2 * PAGE_SIZE - 1, SIM_READ), 0);
	EXPECT_EQ(sim_try(mm, p + 2 * PAGE_SIZE, SIM_READ), VM_FAULT_SIGBUS);
	EXPECT_EQ(sim_fault_addr, p + 2 * PAGE_SIZE);
	EXPECT_EQ(sim_try(mm, p + 3 * PAGE_SIZE, SIM_WRITE), VM_FAULT_SIGBUS);
	EXPECT_EQ(sim_try(mm, s + 2 * PAGE_SIZE, SIM_WRITE), VM_FAULT_SIGBUS);
	drop_mm(mm);
	fput(f);
}

TEST(a_page_that_cannot_be_read_gives_sigbus)
{
	struct file *f = sim_file(PAGE_SIZE, RW);
	struct mm_struct *mm = new_mm();
	unsigned long addr = map(mm, f, 1, PROT_READ, MAP_PRIVATE);

	sim_readpage_fails = true;
	EXPECT_EQ(sim_try(mm, addr, SIM_READ), VM_FAULT_SIGBUS);
	sim_readpage_fails = false;
	EXPECT_EQ(sim_load(mm, addr), sim_file_byte(0));
	drop_mm(mm);
	fput(f);
}

TEST(shared_writes_reach_the_file_private_ones_do_not)
{
	struct file *f = sim_file(2 * PAGE_SIZE, RW);
	struct mm_struct *mm = new_mm();
	unsigned long p = map(mm, f, 2, PROT_READ | PROT_WRITE, MAP_PRIVATE);
	unsigned long s = map(mm, f, 2, PROT_READ | PROT_WRITE, MAP_SHARED);
	struct page *page;

	sim_store(mm, p + 10, 0x11);
	EXPECT_EQ(sim_load(mm, s + 10), sim_file_byte(10));
	sim_store(mm, s + PAGE_SIZE, 0x22);
	EXPECT_EQ(sim_load(mm, p + PAGE_SIZE), 0x22);
	page = find_get_page(f->f_mapping, 1);
	ASSERT(page);
	EXPECT_EQ(*(u8 *)page_address(page), 0x22);
	EXPECT(page_test(page, PG_dirty));
	put_page(page);
	EXPECT_EQ(sim_load(mm, p + 10), 0x11);
	drop_mm(mm);
	fput(f);
}

TEST(truncation_takes_mapped_pages_away)
{
	struct file *f = sim_shmem_file(8 * PAGE_SIZE, RW);
	struct mm_struct *a = new_mm(), *b = new_mm();
	unsigned long s = map(a, f, 8, PROT_READ | PROT_WRITE, MAP_SHARED);
	unsigned long p = map(b, f, 8, PROT_READ | PROT_WRITE, MAP_PRIVATE);

	for (int i = 0; i < 8; i++) {
		sim_store(a, s + i * PAGE_SIZE, i + 1);
		EXPECT_EQ(sim_load(b, p + i * PAGE_SIZE), i + 1);
	}
	sim_store(b, p + 6 * PAGE_SIZE, 99); /* a private copy */
	truncate_setsize(f->f_mapping, 4 * PAGE_SIZE + 1);
	sim_tlb_check(a);
	sim_tlb_check(b);
	EXPECT_EQ(sim_load(a, s + 4 * PAGE_SIZE), 5);
	EXPECT_EQ(sim_try(a, s + 5 * PAGE_SIZE, SIM_READ), VM_FAULT_SIGBUS);
	EXPECT_EQ(sim_try(b, p + 5 * PAGE_SIZE, SIM_READ), VM_FAULT_SIGBUS);
	EXPECT_EQ(sim_try(b, p + 6 * PAGE_SIZE, SIM_READ), VM_FAULT_SIGBUS);
	EXPECT_EQ(nr_file_pages(), 5);
	/* Longer again: fresh zeroes, for both. */
	truncate_setsize(f->f_mapping, 8 * PAGE_SIZE);
	EXPECT_EQ(sim_load(a, s + 6 * PAGE_SIZE), 0);
	EXPECT_EQ(sim_load(b, p + 6 * PAGE_SIZE), 0);
	drop_mm(a);
	drop_mm(b);
	fput(f);
}

TEST(a_hole_reads_as_zeroes_through_old_mappings)
{
	struct file *f = sim_shmem_file(8 * PAGE_SIZE, RW);
	struct mm_struct *mm = new_mm();
	unsigned long s = map(mm, f, 8, PROT_READ | PROT_WRITE, MAP_SHARED);

	for (int i = 0; i < 8; i++)
		sim_store(mm, s + i * PAGE_SIZE, i + 1);
	truncate_pages(f->f_mapping, 2, 5);
	sim_tlb_check(mm);
	for (int i = 0; i < 8; i++)
		EXPECT_EQ(sim_load(mm, s + i * PAGE_SIZE),
			  i >= 2 && i < 5 ? 0 : i + 1);
	drop_mm(mm);
	fput(f);
}

/* A readpage during which the file is truncated to nothing. */
static int truncating_readpage(struct address_space *mapping, struct page *page)
{
	truncate_setsize(mapping, 0);
	return 0;
}

TEST(a_file_that_shrinks_during_a_fault_gives_sigbus)
{
	static const struct address_space_operations aops = {
		truncating_readpage
	};
	struct file *f = sim_file(4 * PAGE_SIZE, RW);
	struct mm_struct *mm = new_mm();
	unsigned long addr = map(mm, f, 4, PROT_READ, MAP_SHARED);

	f->f_mapping->a_ops = &aops;
	/* i_mmap_lock is free here, as truncation needs it. */
	EXPECT_EQ(sim_try(mm, addr + PAGE_SIZE, SIM_READ), VM_FAULT_SIGBUS);
	EXPECT(!sim_pte(mm, addr + PAGE_SIZE));
	drop_mm(mm);
	fput(f);
}

TEST(faults_on_files_survive_failing_allocations)
{
	struct file *f = sim_file(100 * PAGE_SIZE, RW);

	SWEEP
	{
		struct mm_struct *mm = mm_alloc();
		struct mmap_request req = {
			.len = MiB(1),
			.prot = PROT_READ | PROT_WRITE,
			.flags = MAP_PRIVATE,
			.file = f,
		};
		unsigned long addr = -ENOMEM;
		vm_fault_t ret;

		if (mm) {
			mm_layout(mm, MiB(1), 0, false);
			addr = vm_mmap(mm, &req);
		}
		if (!IS_ERR_VALUE(addr)) {
			ret = sim_try(mm, addr + 70 * PAGE_SIZE, SIM_WRITE);
			EXPECT(ret == 0 || ret == VM_FAULT_OOM);
			EXPECT(sim_sweep_failed() || !ret);
		}
		if (mm)
			mmput(mm);
		truncate_pages(f->f_mapping, 0, ULONG_MAX);
	}
	fput(f);
}

TEST(what_cannot_be_mapped_says_so)
{
	struct file *f = sim_file(PAGE_SIZE, RW);
	struct vm_area_struct vma = { 0 };

	EXPECT_EQ(generic_file_mmap(f, &vma), 0);
	EXPECT(vma.vm_ops == &filemap_vm_ops);
	{
		struct file none = { .f_mapping = NULL };

		EXPECT_EQ(generic_file_mmap(&none, &vma), -ENODEV);
	}
	fput(f);
}

TEST(meminfo_adds_up)
{
	struct file *f = sim_shmem_file(4 * PAGE_SIZE, RW);
	struct mem_info a, b;

	mm_meminfo(&a);
	for (int i = 0; i < 4; i++)
		put_page(cached(f, i));
	mm_meminfo(&b);
	EXPECT_EQ(b.total, totalram_pages());
	EXPECT_EQ(b.cached - a.cached, 4);
	EXPECT_EQ(b.shmem - a.shmem, 4);
	EXPECT(b.free <= a.free - 4);
	EXPECT(b.available < b.free);
	EXPECT(b.slab > 0);
	fput(f);
}

/* SPDX-License-Identifier: MIT */
/* mmap: where, what, and every errno of mmap(2). */
#include "mmtest.h"

/* A request as text would be long: address, length, prot, flags, file, pgoff. */
static long req(struct mm_struct *mm, unsigned long addr, unsigned long len,
		unsigned long prot, unsigned long flags)
{
	struct mmap_request r = {
		.addr = addr, .len = len, .prot = prot, .flags = flags
	};

	return (long)vm_mmap(mm, &r);
}

static long reqf(struct mm_struct *mm, unsigned long len, unsigned long prot,
		 unsigned long flags, struct file *file, unsigned long pgoff)
{
	struct mmap_request r = { .len = len,
				  .prot = prot,
				  .flags = flags,
				  .file = file,
				  .pgoff = pgoff };

	return (long)vm_mmap(mm, &r);
}

TEST(mappings_go_down_from_mmap_base_and_merge)
{
	struct mm_struct *mm = new_mm();
	unsigned long top = mm->mmap_base;

	EXPECT_EQ(top, TASK_SIZE - MiB(128));
	EXPECT_EQ(req(mm, 0, 8192, RW, ANON), top - 8192);
	EXPECT_EQ(req(mm, 0, 1, RW, ANON), top - 12288);
	EXPECT_EQ(mm->map_count, 1);
	EXPECT_EQ(mm->total_vm, 3);
	EXPECT_EQ(mm->data_vm, 3);
	check_mm(mm);
	mmput(mm);
}

TEST(bottom_up_layout_goes_up)
{
	struct mm_struct *mm = mm_alloc();

	mm_layout(mm, MiB(8), 0, true);
	EXPECT_EQ(req(mm, 0, 4096, RW, ANON), mm->mmap_legacy_base);
	EXPECT_EQ(req(mm, 0, 4096, RW, ANON), mm->mmap_legacy_base + 4096);
	mmput(mm);
}

TEST(top_down_falls_back_above_mmap_base)
{
	struct mm_struct *mm = new_mm();
	unsigned long all = mm->mmap_base - MMAP_MIN_ADDR;

	map(mm, 0, 1, RW, ANON);
	EXPECT_EQ(req(mm, MMAP_MIN_ADDR, all, PROT_NONE,
		      ANON | MAP_FIXED | MAP_NORESERVE),
		  MMAP_MIN_ADDR);
	EXPECT_EQ(req(mm, 0, 4096, RW, ANON), mm->mmap_base);
	EXPECT_EQ(req(mm, 0, MiB(129), RW, ANON), -ENOMEM);
	check_mm(mm);
	mmput(mm);
}

TEST(hints_are_rounded_and_taken_when_free)
{
	struct mm_struct *mm = new_mm();

	EXPECT_EQ(req(mm, AT(3) + 77, 4096, RW, ANON), AT(3));
	EXPECT_EQ(req(mm, AT(2), 8192, RW, ANON), mm->mmap_base - 8192);
	EXPECT_EQ(req(mm, 4096 + 5, 4096, RW, ANON), MMAP_MIN_ADDR);
	EXPECT_EQ(req(mm, TASK_SIZE - 4096, 8192, RW, ANON),
		  mm->mmap_base - 16384);
	EXPECT_EQ(req(mm, TASK_SIZE - 4096, 4096, RW, ANON), TASK_SIZE - 4096);
	EXPECT_EQ(req(mm, ~0UL, 4096, RW, ANON), mm->mmap_base - 20480);
	check_mm(mm);
	mmput(mm);
}

TEST(map_32bit_lies_in_the_second_gigabyte)
{
	struct mm_struct *mm = new_mm();

	EXPECT_EQ(req(mm, 0, 4096, RW, ANON | MAP_32BIT), 0x40000000);
	EXPECT_EQ(req(mm, 0, 4096, RW, ANON | MAP_32BIT), 0x40001000);
	EXPECT_EQ(req(mm, 0, GiB(2), RW, ANON | MAP_32BIT | MAP_NORESERVE),
		  -ENOMEM);
	mmput(mm);
}

TEST(fixed_replaces_noreplace_does_not)
{
	struct mm_struct *mm = new_mm();

	map(mm, 0, 8, RW, ANON);
	for (int i = 0; i < 8; i++)
		sim_store(mm, AT(i), 1 + i);
	EXPECT_EQ(req(mm, AT(2), 4 * PAGE_SIZE, PROT_READ,
		      ANON | MAP_FIXED_NOREPLACE),
		  -EEXIST);
	EXPECT_EQ(map(mm, 2, 4, PROT_READ, ANON), AT(2));
	EXPECT_LAYOUT(mm, "0-2 rw-p, 2-6 r--p, 6-8 rw-p");
	EXPECT_EQ(sim_load(mm, AT(1)), 2);
	EXPECT_EQ(sim_load(mm, AT(2)), 0);
	EXPECT_EQ(sim_load(mm, AT(6)), 7);
	EXPECT_EQ(req(mm, AT(8), PAGE_SIZE, RW, ANON | MAP_FIXED_NOREPLACE),
		  AT(8));
	EXPECT_EQ(map(mm, 0, 9, RW, ANON), AT(0));
	EXPECT_LAYOUT(mm, "0-9 rw-p");
	EXPECT_EQ(sim_load(mm, AT(1)), 0);
	EXPECT_EQ(mm->total_vm, 9);
	mmput(mm);
}

TEST(invalid_arguments)
{
	struct mm_struct *mm = new_mm();

	EXPECT_EQ(req(mm, 0, 0, RW, ANON), -EINVAL);
	EXPECT_EQ(req(mm, 0, 4096, RW, MAP_ANONYMOUS), -EINVAL);
	EXPECT_EQ(req(mm, 0, 4096, RW, MAP_ANONYMOUS | MAP_SHARED_VALIDATE),
		  -EINVAL);
	EXPECT_EQ(req(mm, AT(0) + 1, 4096, RW, ANON | MAP_FIXED), -EINVAL);
	EXPECT_EQ(req(mm, 0, 4096, RW,
		      MAP_SHARED | MAP_ANONYMOUS | MAP_GROWSDOWN),
		  -EINVAL);
	EXPECT_EQ(req(mm, 0, ~0UL, RW, ANON), -ENOMEM);
	EXPECT_EQ(req(mm, 0, ~0UL - 4096, RW, ANON), -ENOMEM);
	EXPECT_EQ(req(mm, 0, TASK_SIZE, RW, ANON | MAP_NORESERVE), -ENOMEM);
	EXPECT_EQ(req(mm, TASK_SIZE, 4096, RW, ANON | MAP_FIXED), -ENOMEM);
	EXPECT_EQ(req(mm, ~0UL & PAGE_MASK, 4096, RW, ANON | MAP_FIXED),
		  -ENOMEM);
	EXPECT_EQ(req(mm, 0, 4096, RW, ANON | MAP_FIXED), -EPERM);
	EXPECT_EQ(req(mm, MMAP_MIN_ADDR - 4096, 4096, RW, ANON | MAP_FIXED),
		  -EPERM);
	EXPECT_EQ(mm->map_count, 0);
	mmput(mm);
}

TEST(root_may_map_page_zero)
{
	struct mm_struct *mm = new_mm();
	struct mmap_request r = { .len = 4096,
				  .prot = RW,
				  .flags = ANON | MAP_FIXED,
				  .may_low = true };

	EXPECT_EQ(vm_mmap(mm, &r), 0);
	sim_store(mm, 0, 1);
	check_mm(mm);
	mmput(mm);
}

TEST(files_are_mapped_as_they_were_opened)
{
	struct mm_struct *mm = new_mm();
	struct file *r = sim_file(8192, FMODE_READ);
	struct file *w = sim_file(8192, FMODE_WRITE);
	struct file *rw = sim_file(8192, FMODE_READ | FMODE_WRITE);

	EXPECT_EQ(reqf(mm, 8192, PROT_READ, MAP_PRIVATE, w, 0), -EACCES);
	EXPECT_EQ(reqf(mm, 8192, PROT_NONE, MAP_SHARED, w, 0), -EACCES);
	EXPECT_EQ(reqf(mm, 8192, RW, MAP_SHARED, r, 0), -EACCES);
	EXPECT_EQ(reqf(mm, 8192, RW, MAP_SHARED_VALIDATE | MAP_SYNC, rw, 0),
		  -EOPNOTSUPP);
	EXPECT_EQ(reqf(mm, 8192, RW, MAP_SHARED | MAP_GROWSDOWN, rw, 0),
		  -EINVAL);
	EXPECT_EQ(reqf(mm, 8192, RW, 0, rw, 0), -EINVAL);
	EXPECT_EQ(reqf(mm, 8192, RW, MAP_SHARED, rw, ~0UL), -EOVERFLOW);
	EXPECT_EQ(reqf(mm, 8192, RW, MAP_SHARED, rw, LONG_MAX >> PAGE_SHIFT),
		  -EOVERFLOW);
	EXPECT_EQ(mm->map_count, 0);
	/* Read-only and shared: no way to write, later either. */
	EXPECT_EQ(map_file(mm, 0, 2, PROT_READ, MAP_SHARED, r, 0), AT(0));
	EXPECT_EQ(protect(mm, 0, 2, RW), -EACCES);
	EXPECT_EQ(map_file(mm, 4, 2, PROT_READ, MAP_SHARED, rw, 0), AT(4));
	EXPECT_EQ(protect(mm, 4, 2, RW), 0);
	EXPECT_EQ(map_file(mm, 8, 2, PROT_READ, MAP_PRIVATE, r, 0), AT(8));
	EXPECT_EQ(protect(mm, 8, 2, RW), 0);
	EXPECT_LAYOUT(mm, "0-2 r--s, 4-6 rw-s, 8-10 rw-p");
	mmput(mm);
	EXPECT_EQ(atomic_read(&rw->f_count), 1);
	fput(r);
	fput(w);
	fput(rw);
}

TEST(a_file_without_mmap_is_enodev)
{
	static const struct file_operations none;
	struct mm_struct *mm = new_mm();
	struct file *file = sim_file(8192, FMODE_READ);

	file->f_op = &none;
	EXPECT_EQ(reqf(mm, 8192, PROT_READ, MAP_PRIVATE, file, 0), -ENODEV);
	mmput(mm);
	fput(file);
}

static int refuse(struct file *file, struct vm_area_struct *vma)
{
	return -EIO;
}

TEST(a_failed_fixed_mapping_leaves_the_old_one)
{
	static const struct file_operations bad = { .mmap = refuse };
	struct mm_struct *mm = new_mm();
	struct file *file = sim_file(8192, FMODE_READ);

	file->f_op = &bad;
	map(mm, 0, 8, RW, ANON);
	sim_store(mm, AT(3), 9);
	EXPECT_EQ(map_file(mm, 2, 2, PROT_READ, MAP_PRIVATE, file, 0), -EIO);
	EXPECT_LAYOUT(mm, "0-8 rw-p");
	EXPECT_EQ(sim_load(mm, AT(3)), 9);
	EXPECT_EQ(atomic_read(&file->f_count), 1);
	mmput(mm);
	fput(file);
}

TEST(limits_on_address_space_and_data)
{
	struct mm_struct *mm = new_mm();

	mm->rlim[RLIMIT_AS].rlim_cur = 10 * PAGE_SIZE;
	EXPECT_EQ(map(mm, 0, 11, RW, ANON), -ENOMEM);
	EXPECT_EQ(map(mm, 0, 10, RW, ANON), AT(0));
	EXPECT_EQ(map(mm, 10, 1, PROT_NONE, ANON), -ENOMEM);
	/* What is replaced does not count twice. */
	EXPECT_EQ(map(mm, 4, 4, PROT_READ, ANON), AT(4));
	mm->rlim[RLIMIT_AS].rlim_cur = RLIM_INFINITY;
	mm->rlim[RLIMIT_DATA].rlim_cur = 8 * PAGE_SIZE;
	EXPECT_EQ(map(mm, 20, 3, RW, ANON), -ENOMEM);
	EXPECT_EQ(map(mm, 20, 3, PROT_READ, ANON), AT(20));
	EXPECT_EQ(map(mm, 30, 2, RW, ANON), AT(30));
	EXPECT_EQ(protect(mm, 20, 1, RW), -ENOMEM);
	EXPECT_EQ(map(mm, 40, 9, RW, MAP_SHARED | MAP_ANONYMOUS), AT(40));
	check_mm(mm);
	mmput(mm);
}

TEST(locked_memory_needs_the_right_or_the_limit)
{
	struct mm_struct *mm = new_mm();

	mm->rlim[RLIMIT_MEMLOCK].rlim_cur = 0;
	EXPECT_EQ(map(mm, 0, 1, RW, ANON | MAP_LOCKED), -EPERM);
	mm->rlim[RLIMIT_MEMLOCK].rlim_cur = 4 * PAGE_SIZE;
	EXPECT_EQ(map(mm, 0, 5, RW, ANON | MAP_LOCKED), -EAGAIN);
	EXPECT_EQ(map(mm, 0, 4, RW, ANON | MAP_LOCKED), AT(0));
	EXPECT_EQ(mm->locked_vm, 4);
	EXPECT_EQ(mm_counter(mm, MM_ANONPAGES), 4);
	EXPECT_EQ(map(mm, 8, 1, RW, ANON | MAP_LOCKED), -EAGAIN);
	unmap(mm, 0, 1);
	EXPECT_EQ(mm->locked_vm, 3);
	check_mm(mm);
	mmput(mm);
}

TEST(promises_are_counted_and_huge_ones_refused)
{
	struct mm_struct *mm = new_mm();
	unsigned long before = vm_committed();

	EXPECT_EQ(map(mm, 0, 10, RW, ANON), AT(0));
	EXPECT_EQ(map(mm, 10, 10, PROT_READ, ANON), AT(10));
	EXPECT_EQ(map(mm, 20, 10, RW, ANON | MAP_NORESERVE), AT(20));
	EXPECT_EQ(map(mm, 30, 10, RW, MAP_SHARED | MAP_ANONYMOUS), AT(30));
	EXPECT_EQ(vm_committed(), before + 20);
	EXPECT_EQ(protect(mm, 10, 5, RW), 0);
	EXPECT_EQ(vm_committed(), before + 25);
	/* Read-only: what has a page stays promised. */
	EXPECT_EQ(protect(mm, 10, 5, PROT_READ), 0);
	EXPECT_EQ(vm_committed(), before + 20);
	EXPECT_EQ(protect(mm, 10, 5, RW), 0);
	EXPECT_EQ(vm_committed(), before + 25);
	sim_store(mm, AT(0), 1);
	EXPECT_EQ(protect(mm, 0, 10, PROT_READ), 0);
	EXPECT_EQ(vm_committed(), before + 25);
	EXPECT_EQ(map(mm, 5, 1, RW, ANON), AT(5));
	EXPECT_EQ(vm_committed(), before + 25);
	EXPECT_EQ(req(mm, 0, (totalram_pages() + 1) << PAGE_SHIFT, RW, ANON),
		  -ENOMEM);
	EXPECT_EQ(req(mm, 0, (totalram_pages() + 1) << PAGE_SHIFT, RW,
		      MAP_SHARED | MAP_ANONYMOUS),
		  -ENOMEM);
	EXPECT_EQ(vm_committed(), before + 25);
	check_mm(mm);
	mmput(mm);
	EXPECT_EQ(vm_committed(), before);
}

TEST(too_many_areas_are_enomem)
{
	struct mm_struct *mm = new_mm();

	sysctl_max_map_count = 5;
	for (int i = 0; i < 6; i++)
		EXPECT_EQ(map(mm, 4 * i, 3, RW, ANON), AT(4 * i));
	EXPECT_EQ(map(mm, 100, 1, RW, ANON), -ENOMEM);
	EXPECT_EQ(unmap(mm, 1, 1), -ENOMEM);
	EXPECT_EQ(protect(mm, 1, 1, PROT_READ), -ENOMEM);
	EXPECT_EQ(protect(mm, 0, 1, PROT_READ), -ENOMEM);
	EXPECT_EQ(unmap(mm, 0, 1), 0);
	EXPECT_LAYOUT(mm, "1-3 rw-p, 4-7 rw-p, 8-11 rw-p, 12-15 rw-p, "
			  "16-19 rw-p, 20-23 rw-p");
	mmput(mm);
}

TEST(mmap_fails_cleanly_at_every_allocation)
{
	struct file *file = sim_file(64 * (loff_t)PAGE_SIZE, FMODE_READ);
	struct mm_struct *mm = new_mm();
	unsigned long committed;

	map(mm, 0, 8, RW, ANON);
	sim_store(mm, AT(3), 7);
	committed = vm_committed();
	SWEEP
	{
		unsigned long a = map(mm, 20, 2, RW, ANON);
		unsigned long b = map_file(mm, 30, 2, RW, MAP_PRIVATE, file, 1);
		unsigned long c =
			map(mm, 40, 2, RW, MAP_SHARED | MAP_ANONYMOUS);
		unsigned long d = map(mm, 2, 2, PROT_READ, ANON);

		EXPECT(a == AT(20) || (long)a == -ENOMEM);
		check_mm(mm);
		if (IS_ERR_VALUE(d))
			EXPECT_EQ(sim_load(mm, AT(3)), 7);
		unmap(mm, 20, 30);
		if (!IS_ERR_VALUE(b))
			EXPECT_EQ(atomic_read(&file->f_count), 1);
		fail_nth_set(0);
		map(mm, 2, 2, RW, ANON);
		sim_store(mm, AT(3), 7);
		EXPECT_LAYOUT(mm, "0-8 rw-p");
		EXPECT_EQ(vm_committed(), committed);
		(void)c;
	}
	mmput(mm);
	fput(file);
}

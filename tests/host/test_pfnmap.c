/* SPDX-License-Identifier: MIT */
/* Special mappings, and frames without a struct page. */
#include "mmtest.h"

#include <ikos/fs.h>

/* Two frames that play a device's memory. */
static struct page *device;

static u8 *device_byte(unsigned int n)
{
	return (u8 *)page_address(device) + n;
}

static long device_access(struct vm_area_struct *vma, unsigned long addr,
			  void *buf, size_t len, bool write)
{
	u8 *at = __va(PFN_PHYS(linear_page_index(vma, addr)));

	at += offset_in_page(addr);
	memcpy(write ? at : buf, write ? buf : at, len);
	return (long)len;
}

static const struct vm_operations_struct device_vm_ops = {
	.fault = remap_pfn_fault,
	.access = device_access,
};

static int device_mmap(struct file *file, struct vm_area_struct *vma)
{
	unsigned long size = vma->vm_end - vma->vm_start;

	vma->vm_ops = &device_vm_ops;
	return remap_pfn_range(vma, vma->vm_start,
			       page_to_pfn(device) + vma->vm_pgoff, size,
			       pgprot_noncached(vma->vm_page_prot));
}

static const struct file_operations device_fops = { .mmap = device_mmap };

static struct file *open_device(void)
{
	struct file *file = sim_file(2 * PAGE_SIZE, FMODE_READ | FMODE_WRITE);

	device = alloc_pages(GFP_KERNEL | __GFP_ZERO | __GFP_NOFAIL_INJECT, 1);
	*device_byte(0) = 10;
	*device_byte(PAGE_SIZE) = 20;
	file->f_op = &device_fops;
	return file;
}

static void close_device(struct file *file)
{
	__free_pages(device, 1);
	fput(file);
}

TEST(a_shared_mapping_shows_the_frames_and_counts_nothing)
{
	struct file *file = open_device();
	struct mm_struct *mm = new_mm();

	EXPECT_EQ(map_file(mm, 1, 2, RW, MAP_SHARED, file, 0), AT(1));
	EXPECT_EQ(sim_load(mm, AT(1)), 10);
	sim_store(mm, AT(2), 21);
	EXPECT_EQ(*device_byte(PAGE_SIZE), 21);
	EXPECT_EQ(mm_rss(mm), 0);
	EXPECT_EQ(page_mapcount(device), 0);
	EXPECT_LAYOUT(mm, "1-3 rw-s");
	mmput(mm);
	close_device(file);
}

TEST(a_part_keeps_its_frames_and_mprotect_keeps_the_caching)
{
	struct file *file = open_device();
	struct mm_struct *mm = new_mm();
	pte_t pte;

	map_file(mm, 1, 2, RW, MAP_SHARED, file, 0);
	EXPECT_EQ(sim_load(mm, AT(2)), 20);
	EXPECT_EQ(unmap(mm, 1, 1), 0);
	EXPECT_EQ(protect(mm, 2, 1, PROT_NONE), 0);
	EXPECT_EQ(protect(mm, 2, 1, PROT_READ), 0);
	EXPECT_EQ(sim_load(mm, AT(2)), 20);
	EXPECT_EQ(sim_try(mm, AT(2), SIM_WRITE), VM_FAULT_ACCERR);
	pte = pte_read(pte_offset(pmd_read(pmd_lookup(mm, AT(2))), AT(2)));
	EXPECT_EQ(pte.v & _PAGE_CACHE_MASK, _PAGE_CACHE_MASK);
	EXPECT_EQ(pte_pfn(pte), page_to_pfn(device) + 1);
	EXPECT_LAYOUT(mm, "2-3 r--s");
	mmput(mm);
	close_device(file);
}

TEST(a_private_write_makes_a_copy_that_a_fork_shares)
{
	struct file *file = open_device();
	struct mm_struct *mm = new_mm(), *child;

	map_file(mm, 1, 2, RW, MAP_PRIVATE, file, 0);
	EXPECT_EQ(sim_load(mm, AT(1)), 10);
	sim_store(mm, AT(1), 11);
	EXPECT_EQ(*device_byte(0), 10);
	EXPECT_EQ(mm_rss(mm), 1);
	child = dup_mm(mm);
	EXPECT_EQ(sim_load(child, AT(1)), 11);
	sim_store(child, AT(1), 12);
	EXPECT_EQ(sim_load(mm, AT(1)), 11);
	EXPECT_EQ(sim_load(child, AT(2)), 20);
	check_mm(child);
	check_mm(mm);
	mmput(child);
	mmput(mm);
	close_device(file);
}

TEST(map_fixed_over_memory_leaves_no_old_page)
{
	struct file *file = open_device();
	struct mm_struct *mm = new_mm();

	map(mm, 0, 4, RW, ANON);
	sim_store(mm, AT(1), 99);
	EXPECT_EQ(map_file(mm, 1, 1, RW, MAP_SHARED, file, 0), AT(1));
	EXPECT_EQ(sim_load(mm, AT(1)), 10);
	EXPECT_LAYOUT(mm, "0-1 rw-p, 1-2 rw-s, 2-4 rw-p");
	SWEEP
	{
		map_file(mm, 1, 1, RW, MAP_PRIVATE, file, 1);
	}
	EXPECT_EQ(sim_load(mm, AT(1)), 20);
	check_mm(mm);
	mmput(mm);
	close_device(file);
}

TEST(another_address_space_is_read_through_access)
{
	struct file *file = open_device();
	struct mm_struct *mm = new_mm();
	u8 buf[2] = { 0, 0 };

	map_file(mm, 1, 2, RW, MAP_SHARED, file, 0);
	EXPECT_EQ(access_remote_vm(mm, AT(2) - 1, buf, 2, 0), 2);
	EXPECT_EQ(buf[1], 20);
	mmput(mm);
	close_device(file);
}

static struct page *special_pages[2];

static const struct vm_special_mapping special = {
	.name = "[special]",
	.pages = special_pages,
};

static struct mm_struct *with_special(void)
{
	struct mm_struct *mm = new_mm();

	special_pages[0] =
		alloc_page(GFP_KERNEL | __GFP_ZERO | __GFP_NOFAIL_INJECT);
	special_pages[0]->mapping = NULL;
	*(u8 *)page_address(special_pages[0]) = 30;
	EXPECT_EQ(install_special_mapping(mm, AT(1), 2 * PAGE_SIZE,
					  VM_READ | VM_EXEC | VM_MAYREAD |
						  VM_MAYWRITE | VM_MAYEXEC,
					  &special),
		  0);
	return mm;
}

TEST(a_special_mapping_shows_its_pages_and_nothing_behind)
{
	struct mm_struct *mm = with_special();

	EXPECT_EQ(sim_load(mm, AT(1)), 30);
	EXPECT_EQ(sim_try(mm, AT(2), SIM_READ), VM_FAULT_SIGBUS);
	EXPECT_EQ(page_count(special_pages[0]), 2);
	EXPECT_LAYOUT(mm, "1-3 r-xp");
	mmput(mm);
	EXPECT_EQ(page_count(special_pages[0]), 1);
	put_page(special_pages[0]);
}

TEST(a_special_mapping_is_never_split)
{
	struct mm_struct *mm = with_special();

	map(mm, 0, 1, RW, ANON);
	map(mm, 3, 1, RW, ANON);
	EXPECT_EQ(unmap(mm, 1, 1), -EINVAL);
	EXPECT_EQ(unmap(mm, 2, 1), -EINVAL);
	EXPECT_EQ(unmap(mm, 0, 2), -EINVAL);
	EXPECT_EQ(unmap(mm, 2, 2), -EINVAL);
	EXPECT_EQ(protect(mm, 1, 1, PROT_READ), -EINVAL);
	EXPECT_EQ(map(mm, 2, 1, RW, ANON), (unsigned long)-EINVAL);
	EXPECT_LAYOUT(mm, "0-1 rw-p, 1-3 r-xp, 3-4 rw-p");
	EXPECT_EQ(protect(mm, 1, 2, RW), 0);
	sim_store(mm, AT(1), 31);
	EXPECT_EQ(*(u8 *)page_address(special_pages[0]), 30);
	EXPECT_EQ(unmap(mm, 0, 4), 0);
	EXPECT_LAYOUT(mm, "");
	mmput(mm);
	put_page(special_pages[0]);
}

TEST(installing_fails_whole_or_not_at_all)
{
	struct mm_struct *mm = with_special();

	EXPECT_EQ(install_special_mapping(mm, AT(2), PAGE_SIZE,
					  VM_READ | VM_MAYREAD, &special),
		  -ENOMEM);
	SWEEP
	{
		if (install_special_mapping(mm, AT(5), PAGE_SIZE,
					    VM_READ | VM_MAYREAD,
					    &special) == 0)
			unmap(mm, 5, 1);
	}
	EXPECT_LAYOUT(mm, "1-3 r-xp");
	mmput(mm);
	put_page(special_pages[0]);
}

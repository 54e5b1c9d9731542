/* SPDX-License-Identifier: MIT */
/* Faults without mmap_lock: pins, marks, and who waits for whom. */
#include "mmtest.h"

static struct mm_struct *two_areas(void)
{
	struct mm_struct *mm = new_mm();

	map(mm, 0, 4, RW, ANON);
	map(mm, 8, 4, PROT_READ, ANON);
	return mm;
}

TEST(a_pin_finds_what_contains_the_address)
{
	struct mm_struct *mm = two_areas();
	struct vmacache cache = { 0 };
	struct vm_area_struct *vma = vma_pin(mm, &cache, AT(3));

	EXPECT(vma && vma->vm_start == AT(0));
	EXPECT_EQ(atomic_read(&vma->vm_usage), 2);
	EXPECT(vma_pin(mm, &cache, AT(0)) == vma);
	EXPECT(cache.vma == vma);
	vma_unpin(vma);
	vma_unpin(vma);
	EXPECT_EQ(atomic_read(&vma->vm_usage), 1);
	EXPECT(!vma_pin(mm, &cache, AT(4)));
	EXPECT(!vma_pin(mm, &cache, AT(12)));
	mmput(mm);
}

TEST(a_marked_area_cannot_be_pinned_until_the_writer_is_done)
{
	struct mm_struct *mm = two_areas();
	struct vm_area_struct *vma;

	mmap_write_lock(mm);
	vma_start_write(find_vma(mm, AT(0)));
	EXPECT(!vma_pin(mm, NULL, AT(1)));
	vma = vma_pin(mm, NULL, AT(8)); /* that one he has not marked */
	EXPECT(vma);
	vma_unpin(vma);
	mmap_write_unlock(mm);
	vma = vma_pin(mm, NULL, AT(1));
	EXPECT(vma);
	vma_unpin(vma);

	mmap_write_lock(mm);
	vma_start_write(vma);
	mmap_write_downgrade(mm);
	EXPECT(vma_pin(mm, NULL, AT(1)) == vma);
	vma_unpin(vma);
	mmap_read_unlock(mm);
	mmput(mm);
}

TEST(whoever_changes_an_area_waits_for_its_pins_alone)
{
	struct mm_struct *mm = two_areas();
	struct vm_area_struct *vma = vma_pin(mm, NULL, AT(1));

	mmap_write_lock(mm);
	EXPECT_EQ(do_munmap(mm, AT(8), 4 * PAGE_SIZE), 0);
	EXPECT_PANIC("deadlock", do_munmap(mm, AT(1), PAGE_SIZE));
	mmap_write_unlock(mm);
	vma_unpin(vma);
	mmput(mm);
}

TEST(protecting_and_moving_wait_for_pins)
{
	struct mm_struct *mm = two_areas();
	struct vm_area_struct *low = vma_pin(mm, NULL, AT(1)), *high;
	struct mremap_request move = { .addr = AT(0),
				       .old_len = 4 * PAGE_SIZE,
				       .new_len = 4 * PAGE_SIZE,
				       .flags = MREMAP_MAYMOVE | MREMAP_FIXED,
				       .new_addr = AT(32) };

	EXPECT_PANIC("deadlock", protect(mm, 0, 1, PROT_READ));
	EXPECT_PANIC("deadlock", vm_mremap(mm, &move));
	vma_unpin(low);
	high = vma_pin(mm, NULL, AT(9));
	EXPECT_PANIC("deadlock", dup_mm(mm));
	vma_unpin(high);
	mmput(mm);
}

TEST(a_merge_waits_for_pins_on_both_sides)
{
	struct mm_struct *mm = new_mm();

	struct vm_area_struct *vma;

	map(mm, 0, 2, RW, ANON);
	vma = vma_pin(mm, NULL, AT(1));
	EXPECT_PANIC("deadlock", map(mm, 2, 2, RW, ANON));
	vma_unpin(vma);
	mmput(mm);
}

TEST(the_number_of_marks_comes_round)
{
	struct mm_struct *mm = two_areas();
	struct vm_area_struct *vma = find_vma(mm, AT(0));
	struct vmacache cache = { 0 };

	mmap_write_lock(mm);
	vma_start_write(vma);
	mmap_write_unlock(mm);
	for (int i = 0; i < 65535; i++) {
		mmap_write_lock(mm);
		mmap_write_unlock(mm);
	}
	/* It looks marked: the fault takes the long way, and succeeds. */
	EXPECT(!vma_pin(mm, &cache, AT(1)));
	sim_store(mm, AT(1), 7);
	EXPECT_EQ(sim_load(mm, AT(1)), 7);
	/* And a writer who sees his mark there already still waits for pins. */
	mmap_write_lock(mm);
	mmap_write_unlock(mm);
	EXPECT(vma_pin(mm, &cache, AT(1)) == vma);
	mm->mm_lock_seq = vma->vm_lock_seq;
	mmap_write_lock(mm);
	EXPECT_PANIC("deadlock", vma_start_write(vma));
	mmap_write_unlock(mm);
	vma_unpin(vma);
	mmput(mm);
}

TEST(a_cached_look_up_ends_with_its_area)
{
	struct mm_struct *mm = two_areas();
	struct vmacache cache = { 0 };

	vma_unpin(vma_pin(mm, &cache, AT(9)));
	unmap(mm, 8, 4);
	EXPECT(!vma_pin(mm, &cache, AT(9)));
	map(mm, 8, 4, RW, ANON);
	vma_unpin(vma_pin(mm, &cache, AT(9)));
	EXPECT(cache.vma->vm_flags & VM_WRITE);
	mmput(mm);
}

/* What a fault adds between the copy of an area and its split stays known. */
TEST(a_split_knows_of_the_pages_that_came_meanwhile)
{
	struct mm_struct *mm = new_mm();
	struct vm_area_struct *vma, *upper;

	map(mm, 0, 4, RW, ANON);
	vma = find_vma(mm, AT(0));
	upper = vm_area_dup(vma);
	sim_store(mm, AT(3), 1);
	mmap_write_lock(mm);
	vma_split(vma, AT(2), upper);
	EXPECT(upper->vm_anon);
	mmap_write_unlock(mm);
	check_mm(mm);
	mmput(mm);
}

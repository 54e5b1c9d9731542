/* SPDX-License-Identifier: MIT */
/* The harness itself: what it must catch, it catches. */
#include "sim.h"

#include <asm/tlbflush.h>

#define ADDR 0x7000123000UL

/* --- panics, locks --------------------------------------------------------------- */

TEST(panic_is_expected_by_its_words)
{
	EXPECT_PANIC("milk is sour", panic("the %s is sour", "milk"));
}

TEST(taking_a_spin_lock_twice_is_a_deadlock)
{
	static DEFINE_SPINLOCK(lock);

	EXPECT_PANIC("deadlock", (spin_lock(&lock), spin_lock(&lock)));
	spin_lock(&lock);
	EXPECT_EQ(sim_spin_depth, 1);
	EXPECT(!spin_trylock(&lock));
	spin_unlock(&lock);
	EXPECT_EQ(sim_spin_depth, 0);
}

TEST(misused_rwsems_are_caught)
{
	struct rw_semaphore sem;

	init_rwsem(&sem);
	EXPECT_PANIC("deadlock", (down_read(&sem), down_read(&sem)));
	EXPECT_PANIC("deadlock", (down_read(&sem), down_write(&sem)));
	EXPECT_PANIC("deadlock", (down_write(&sem), down_read(&sem)));
	EXPECT_PANIC("not held for reading", up_read(&sem));
	EXPECT_PANIC("not held for writing", (down_read(&sem), up_write(&sem)));
	down_write(&sem);
	EXPECT(rwsem_is_write_locked(&sem));
	downgrade_write(&sem);
	EXPECT(rwsem_is_locked(&sem) && !rwsem_is_write_locked(&sem));
	EXPECT(!down_write_trylock(&sem));
	up_read(&sem);
}

TEST(sleeping_in_the_wrong_place_is_caught)
{
	static DEFINE_SPINLOCK(lock);
	static DEFINE_MUTEX(mutex);

	EXPECT_PANIC("a spin lock is held",
		     (spin_lock(&lock), mutex_lock(&mutex)));
	EXPECT_PANIC("interrupts are off",
		     (local_irq_disable(), mutex_lock(&mutex)));
	EXPECT_PANIC("deadlock", (mutex_lock(&mutex), mutex_lock(&mutex)));
	EXPECT_PANIC("not held", mutex_unlock(&mutex));
}

static unsigned long failures_of(void (*check)(void))
{
	int before = sim_failures();

	check();
	return sim_failures() - before;
}

TEST(locks_left_behind_are_seen)
{
	static DEFINE_SPINLOCK(lock);

	EXPECT_PANIC("1 failures", ({
			     spin_lock(&lock);
			     panic("%lu failures",
				   failures_of(sim_expect_quiet));
		     }));
	EXPECT_PANIC("1 failures", ({
			     local_irq_disable();
			     panic("%lu failures",
				   failures_of(sim_expect_quiet));
		     }));
}

TEST(leaks_are_seen)
{
	struct sim_counts before;

	sim_count(&before);
	EXPECT_PANIC("1 failures", ({
			     (void)alloc_page(GFP_KERNEL);
			     EXPECT_NO_LEAK(&before);
			     panic("%d failures", sim_failures());
		     }));
	EXPECT_PANIC("2 failures", ({ /* the object, and its slab */
				      EXPECT(kmalloc(100, GFP_KERNEL));
				      EXPECT_NO_LEAK(&before);
				      panic("%d failures", sim_failures());
		     }));
}

/* --- MMU and TLB ------------------------------------------------------------------ */

/* An address space without areas, its tables made by hand. */
static struct mm_struct toy_mm;
static struct page *tables[4], *data;
static u64 *leaf;

static void make_tables(u64 flags)
{
	static const int shift[] = { 39, 30, 21, 12 };

	for (int i = 0; i < 4; i++) {
		tables[i] = alloc_page(GFP_KERNEL | __GFP_ZERO);
		ASSERT(tables[i]);
		page_set(tables[i], PG_table);
		leaf = (u64 *)page_address(tables[i]) +
		       ((ADDR >> shift[i]) & 511);
		if (i)
			*((u64 *)page_address(tables[i - 1]) +
			  ((ADDR >> shift[i - 1]) & 511)) =
				page_to_phys(tables[i]) | _PAGE_TABLE;
	}
	toy_mm.pgd = page_address(tables[0]);
	data = alloc_page(GFP_KERNEL | __GFP_ZERO);
	ASSERT(data);
	*leaf = page_to_phys(data) | flags;
}

static void free_tables(void)
{
	flush_tlb_mm(&toy_mm);
	for (int i = 0; i < 4; i++) {
		page_clear(tables[i], PG_table);
		put_page(tables[i]);
	}
	put_page(data);
}

#define USER_RW (_PAGE_PRESENT | _PAGE_USER | _PAGE_RW | _PAGE_NX)

/* How the CPU would go: touch without a fault handler. */
static void touch(enum sim_access_kind kind)
{
	u8 byte = 7;

	EXPECT_EQ(sim_access(&toy_mm, ADDR, kind, 1, &byte), 0);
}

TEST(the_walk_sets_accessed_and_dirty)
{
	make_tables(USER_RW);
	touch(SIM_READ);
	EXPECT_EQ(*leaf & (_PAGE_ACCESSED | _PAGE_DIRTY), _PAGE_ACCESSED);
	touch(SIM_WRITE);
	EXPECT(*leaf & _PAGE_DIRTY);
	EXPECT_EQ(*(u8 *)page_address(data), 7);
	EXPECT_EQ(sim_pte(&toy_mm, ADDR), *leaf);
	EXPECT_EQ(sim_pte(&toy_mm, ADDR + PAGE_SIZE), 0);
	free_tables();
}

TEST_DEBUG(a_missing_flush_is_caught)
{
	make_tables(USER_RW);
	touch(SIM_WRITE);
	EXPECT_PANIC("the tables do not", (*leaf = 0, touch(SIM_READ)));
	EXPECT_PANIC("the tables do not", (*leaf = 0, sim_tlb_check(&toy_mm)));
	EXPECT_PANIC("still allows to write",
		     (*leaf &= ~_PAGE_RW, touch(SIM_READ)));
	EXPECT_PANIC("has frame", (*leaf += PAGE_SIZE, sim_tlb_check(&toy_mm)));
	EXPECT_PANIC("the tables clean",
		     (*leaf &= ~_PAGE_DIRTY, sim_tlb_check(&toy_mm)));
	EXPECT_PANIC("a TLB still maps it", put_page(data));
	EXPECT_PANIC("a table that is gone", ({
			     u64 *pmd = (u64 *)page_address(tables[2]) +
					pmd_index(ADDR);

			     *leaf = 0;
			     *pmd = 0;
			     sim_tlb_check(&toy_mm);
		     }));
	free_tables();
}

TEST(each_flush_forgets_what_it_should)
{
	u64 entry;

	make_tables(USER_RW);
	for (int i = 0; i < 4; i++) {
		touch(SIM_WRITE);
		entry = *leaf;
		*leaf = 0;
		if (i == 0)
			flush_tlb_page(&toy_mm, ADDR);
		else if (i == 1)
			flush_tlb_range(&toy_mm, ADDR, ADDR + 1);
		else if (i == 2)
			flush_tlb_range(&toy_mm, 0, TASK_SIZE);
		else
			flush_tlb_mm(&toy_mm);
		sim_tlb_check(&toy_mm);
		*leaf = entry;
	}
	touch(SIM_WRITE);
	EXPECT_PANIC("the tables do not", ({
			     *leaf = 0;
			     flush_tlb_page(&toy_mm, ADDR + PAGE_SIZE);
			     flush_tlb_range(&toy_mm, ADDR + PAGE_SIZE,
					     TASK_SIZE);
			     flush_tlb_range(&toy_mm, 0, ADDR);
			     sim_tlb_check(&toy_mm);
		     }));
	free_tables();
}

TEST(freed_or_wild_page_tables_are_caught)
{
	make_tables(USER_RW);
	EXPECT_PANIC("is a free page", (page_clear(tables[3], PG_table),
					put_page(tables[3]), touch(SIM_READ)));
	EXPECT_PANIC("no such memory", ({
			     u64 *pgd = (u64 *)page_address(tables[0]) +
					pgd_index(ADDR);

			     *pgd = sim_ram_size | _PAGE_TABLE;
			     touch(SIM_READ);
		     }));
	EXPECT_PANIC("where no memory is",
		     (*leaf = sim_ram_size | USER_RW, touch(SIM_READ)));
	free_tables();
}

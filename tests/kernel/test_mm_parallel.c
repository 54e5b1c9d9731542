/* SPDX-License-Identifier: MIT */
/*
 * Kernel threads that work on one address space together, on as many CPUs as
 * there are: faults beside faults, faults beside somebody who changes areas.
 */
#include <ikos/err.h>
#include <ikos/sched.h>

#include "test_mm.h"

#define WORKERS 4
#define PAGES	16 /* of each worker */
#define ROUNDS	40

struct crew {
	struct mm_struct *mm;
};

struct worker {
	struct crew *crew;
	int nr, bad;
	struct completion done;
};

static unsigned long place(const struct worker *w, int page)
{
	return AT(w->nr * PAGES + page);
}

/* One page: a fault for writing, what was written, gone, zero again. */
static void use_page(struct worker *w, unsigned long addr, u8 byte)
{
	struct mm_struct *mm = w->crew->mm;

	if (mm_fault(mm, NULL, addr, FAULT_FLAG_WRITE) & VM_FAULT_ERROR)
		w->bad++;
	if (!store(mm, addr, byte) || load(mm, addr) != byte)
		w->bad++;
	if (byte % 4)
		return;
	if (do_madvise(mm, addr, PAGE_SIZE, MADV_DONTNEED) ||
	    load(mm, addr) != 0 || !store(mm, addr, byte))
		w->bad++;
}

static int work(void *arg)
{
	struct worker *w = arg;

	for (int round = 0; round < ROUNDS; round++)
		for (int i = 0; i < PAGES; i++) {
			use_page(w, place(w, i), (u8)(1 + w->nr + 5 * round));
			cond_resched();
		}
	complete(&w->done);
	return 0;
}

/* Everybody at once; what they have done wrong. */
static int run_crew(struct crew *crew, struct worker *w)
{
	int bad = 0;

	for (int i = 0; i < WORKERS; i++) {
		w[i] = (struct worker){ .crew = crew, .nr = i };
		init_completion(&w[i].done);
		if (IS_ERR(kthread_run(work, &w[i], "ktest"))) {
			complete(&w[i].done);
			bad++;
		}
	}
	for (int round = 0; round < 4 * ROUNDS; round++) {
		int page = WORKERS * PAGES + round % 8;

		/* Areas that border on theirs, come, merge, split and go. */
		bad += map(crew->mm, page, 8, RW, ANON) < 0;
		bad += do_mprotect(crew->mm, AT(page + 2), PAGE_SIZE,
				   PROT_READ) != 0;
		bad += vm_munmap(crew->mm, AT(WORKERS * PAGES),
				 16 * PAGE_SIZE) != 0;
		yield();
	}
	for (int i = 0; i < WORKERS; i++) {
		wait_for_completion(&w[i].done);
		bad += w[i].bad;
	}
	return bad;
}

KTEST(mm_parallel, faults_in_one_area_beside_changes_of_others)
{
	struct crew crew = { .mm = new_mm() };
	struct worker w[WORKERS];

	ASSERT(crew.mm);
	map(crew.mm, 0, WORKERS * PAGES, RW, ANON);
	EXPECT_EQ(run_crew(&crew, w), 0);
	EXPECT_EQ(verdict(crew.mm), 0);
	EXPECT_EQ(mm_rss(crew.mm), WORKERS * PAGES);
	EXPECT_EQ(mm_hiwater_rss(crew.mm), WORKERS * PAGES);
	mmput(crew.mm);
}

KTEST(mm_parallel, faults_in_areas_of_their_own)
{
	struct crew crew = { .mm = new_mm() };
	struct worker w[WORKERS];

	ASSERT(crew.mm);
	map(crew.mm, 0, WORKERS * PAGES, RW, ANON);
	for (int i = 1; i < WORKERS; i += 2) /* flags that keep them apart */
		do_madvise(crew.mm, AT(i * PAGES), PAGES * PAGE_SIZE,
			   MADV_DONTDUMP);
	EXPECT_EQ(crew.mm->map_count, WORKERS);
	EXPECT_EQ(run_crew(&crew, w), 0);
	EXPECT_EQ(verdict(crew.mm), 0);
	EXPECT_EQ(mm_rss(crew.mm), WORKERS * PAGES);
	mmput(crew.mm);
}

KTEST(mm_parallel, forks_beside_faults)
{
	struct crew crew = { .mm = new_mm() };
	struct worker w[WORKERS];
	struct mm_struct *child;

	ASSERT(crew.mm);
	map(crew.mm, 0, WORKERS * PAGES, RW, ANON);
	for (int i = 0; i < WORKERS; i++) {
		w[i] = (struct worker){ .crew = &crew, .nr = i };
		init_completion(&w[i].done);
		EXPECT(!IS_ERR(kthread_run(work, &w[i], "ktest")));
	}
	for (int i = 0; i < ROUNDS; i++) {
		child = dup_mm(crew.mm);
		ASSERT(child);
		EXPECT_EQ(verdict(child), 0);
		EXPECT_EQ(load(child, AT(1)), load(child, AT(1)));
		yield();
		mmput(child);
	}
	for (int i = 0; i < WORKERS; i++) {
		wait_for_completion(&w[i].done);
		EXPECT_EQ(w[i].bad, 0);
	}
	EXPECT_EQ(verdict(crew.mm), 0);
	mmput(crew.mm);
}

/* SPDX-License-Identifier: MIT */
/*
 * The whole subsystem against a model (model.h): random calls on a few address
 * spaces. After each step its result, the areas and all that is resident must
 * agree; from time to time every page is read as well.
 */
#include "model.h"

#define STEPS 12000

/* The steps and how often each comes, of 100. */
static void step_areas(struct space *s, unsigned int what, int first, int n)
{
	if (what < 12)
		step_mmap(s, first, n);
	else if (what < 17)
		step_munmap(s, first, n);
	else if (what < 26)
		step_mprotect(s, first, n);
	else if (what < 34)
		step_mremap(s, first, n);
	else if (what < 37)
		step_brk(s);
	else if (what < 41)
		step_fork(s);
	else
		step_exit(s);
}

static void step_pages(struct space *s, unsigned int what, int first, int n)
{
	if (what < 4)
		step_dontneed(s, first, n);
	else if (what < 6)
		step_free(s, first, n);
	else if (what < 8)
		step_reclaim(s, first, n);
	else if (what < 11)
		step_prefault(s, first, n);
	else if (what < 14)
		step_forkadvice(s, first, n);
	else if (what < 18)
		step_mlock(s, first, n);
	else if (what < 19)
		step_mlockall(s);
	else if (what < 21)
		step_mincore(s, first, n);
	else if (what < 24)
		step_truncate();
	else if (what < 25)
		step_punch();
	else if (what < 31)
		step_remote(s, first);
	else
		step_access(s, first);
}

static struct space *step(void)
{
	struct space *s = live_space();
	int first = (int)rnd(PAGES), n = 1 + (int)rnd(MAX_LEN);
	unsigned int what = rnd(100);

	n = min(n, PAGES - first);
	if (what < 42)
		step_areas(s, what, first, n);
	else
		step_pages(s, what - 42, first, n);
	return s;
}

/* One step, one of three with an allocation that fails; then compare. */
static void checked_step(bool with_failures)
{
	struct space *s;

	failing = with_failures && rnd(3) == 0;
	if (failing)
		fail_nth_set(1 + rnd(6));
	s = step();
	if (s->mm && hit())
		adopt_copies(s);
	fail_nth_set(0);
	failing = false;
	if (s->mm)
		check_maps(s);
}

static void run(int steps, bool with_failures)
{
	unsigned long committed = vm_committed();

	if (rnd(2))
		share_min_entries = 1; /* tables are shared all the time */
	file = sim_shmem_file((loff_t)FILE_PAGES << PAGE_SHIFT,
			      FMODE_READ | FMODE_WRITE);
	for (int i = 0; i < steps && !sim_failures(); i++) {
		checked_step(with_failures);
		for (int k = 0; k < SPACES && i % 100 == 0; k++)
			if (space[k].mm)
				check_contents(&space[k]);
		if (sim_failures())
			sim_note("step %d", i);
	}
	for (int k = 0; k < SPACES; k++)
		step_exit(&space[k]);
	fput(file);
	EXPECT_EQ(vm_committed(), committed);
}

TEST(random_calls_agree_with_the_model)
{
	run(STEPS, false);
}

TEST(random_calls_with_failing_allocations_agree_with_the_model)
{
	run(STEPS, true);
}

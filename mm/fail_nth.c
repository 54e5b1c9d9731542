/* SPDX-License-Identifier: MIT */
/*
 * Failure injection: let one chosen allocation fail, to see whether its caller
 * unwinds. A test repeats an operation with n = 1, 2, 3 … until no allocation
 * fails any more; then every error path has run once.
 *
 *	fail_nth_set(3)		alloc ok, alloc ok, alloc fails, alloc ok …
 *
 * Page allocator and slab share the count. What the slab takes from the page
 * allocator for itself does not count: whether a cache needs a new slab just
 * then would make runs differ. Debug builds only.
 *
 * Differs from Linux's fault injection (/proc/PID/fail-nth): one count for the
 * whole machine. Who sets it may say which allocations count, as
 * kernel/fs/proc_debug.c does for those of one task.
 */
#include <ikos/atomic.h>
#include <ikos/slab.h>

#ifdef CONFIG_DEBUG_VM

static atomic64_t countdown; /* allocations until the one that fails; 0: off */
static bool (*counts)(void); /* whether this one does; NULL: each does */
static bool hit;

/**
 * fail_nth_set_where - let one of some allocations fail
 * @nth: 1: the next, 2: the one after it …; 0: none
 * @mine: asked at each allocation, in any context, whether it counts
 *
 * Context: any.
 */
void fail_nth_set_where(unsigned long nth, bool (*mine)(void))
{
	atomic64_set(&countdown, 0);
	WRITE_ONCE(hit, false);
	WRITE_ONCE(counts, mine);
	atomic64_set(&countdown, (long)nth);
}

/**
 * fail_nth_set - let one allocation fail
 * @nth: 1: the next, 2: the one after it …; 0: none
 *
 * Context: any.
 */
void fail_nth_set(unsigned long nth)
{
	fail_nth_set_where(nth, NULL);
}

/**
 * fail_nth_hit - has the chosen allocation been reached?
 *
 * Return: true once it has failed, until the next fail_nth_set().
 */
bool fail_nth_hit(void)
{
	return READ_ONCE(hit);
}

/**
 * fail_nth_left - how many allocations come before the chosen one, and it
 *
 * Return: 0: it has failed, or none was chosen.
 */
unsigned long fail_nth_left(void)
{
	return (unsigned long)atomic64_read(&countdown);
}

/**
 * should_fail_alloc - called by allocators: must this one fail?
 * @gfp: __GFP_NOFAIL_INJECT exempts it, and it does not count
 *
 * Context: any.
 * Return: true: return NULL.
 */
bool should_fail_alloc(gfp_t gfp)
{
	if (likely(!atomic64_read(&countdown)) || (gfp & __GFP_NOFAIL_INJECT))
		return false;
	if (counts && !counts())
		return false;
	if (atomic64_sub_return(1, &countdown))
		return false;
	WRITE_ONCE(hit, true);
	return true;
}

#endif

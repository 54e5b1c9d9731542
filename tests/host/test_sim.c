/* SPDX-License-Identifier: MIT */
/* The harness itself: what it must catch, it catches. */
#include "sim.h"

bool sim_autoboot = false;

TEST(panic_is_expected_by_its_words)
{
	EXPECT_PANIC("milk is sour", panic("the %s is sour", "milk"));
}

TEST(taking_a_spin_lock_twice_is_a_deadlock)
{
	static DEFINE_SPINLOCK(lock);

	spin_lock(&lock);
	EXPECT_EQ(sim_spin_depth, 1);
	spin_unlock(&lock);
	EXPECT_EQ(sim_spin_depth, 0);
}

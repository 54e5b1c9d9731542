/* SPDX-License-Identifier: MIT */
#ifndef SIM_IKOS_SPINLOCK_H
#define SIM_IKOS_SPINLOCK_H

/*
 * The kernel's spin locks, counted: so the harness knows who sleeps while
 * holding one, and who ends a test without giving one back.
 */
#define spin_trylock	raw_spin_trylock
#define spin_lock	raw_spin_lock
#define spin_unlock	raw_spin_unlock
#define spin_lock_irq	raw_spin_lock_irq
#define spin_unlock_irq raw_spin_unlock_irq
#include_next <ikos/spinlock.h>
#undef spin_trylock
#undef spin_lock
#undef spin_unlock
#undef spin_lock_irq
#undef spin_unlock_irq

extern int sim_spin_depth;

static inline bool spin_trylock(spinlock_t *lock)
{
	if (!raw_spin_trylock(lock))
		return false;
	sim_spin_depth++;
	return true;
}

static inline void spin_lock(spinlock_t *lock)
{
	raw_spin_lock(lock);
	sim_spin_depth++;
}

static inline void spin_unlock(spinlock_t *lock)
{
	raw_spin_unlock(lock);
	sim_spin_depth--;
}

static inline void spin_lock_irq(spinlock_t *lock)
{
	local_irq_disable();
	spin_lock(lock);
}

static inline void spin_unlock_irq(spinlock_t *lock)
{
	spin_unlock(lock);
	local_irq_enable();
}

#endif

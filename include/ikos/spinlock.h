/* SPDX-License-Identifier: MIT */
#ifndef IKOS_SPINLOCK_H
#define IKOS_SPINLOCK_H

#include <asm/irqflags.h>
#include <asm/processor.h>
#include <ikos/atomic.h>
#include <ikos/bug.h>
#include <ikos/lockdep.h>

/*
 * Test-and-test-and-set spin lock, one word. The kernel is not preempted, so
 * taking one only has to exclude other CPUs; data that an interrupt handler
 * also touches is taken with the _irqsave form.
 *
 * With the lock checker (CONFIG_LOCKDEP) a lock knows its class and holder, and
 * kernel/lockdep_spin.c takes and releases it. It still has room in struct page.
 */
typedef struct spinlock {
	u32 locked;
#ifdef CONFIG_LOCKDEP
	u16 class; /* 0: not known yet */
	u16 holder; /* number of the CPU + 1; 0: free */
#endif
} spinlock_t;

#define SPINLOCK_INIT                                                          \
	{                                                                      \
		.locked = 0                                                    \
	}

#ifdef CONFIG_LOCKDEP

/* The lock, and a note of its name for the checker. */
#define DEFINE_SPINLOCK(name_)                                                 \
	spinlock_t name_ = SPINLOCK_INIT;                                      \
	static const struct lock_name lock_name_##name_ __used __aligned(8)    \
		__section(".lock_names") = { &name_, #name_ }

#define spin_lock_init(lock_)                                                  \
	do {                                                                   \
		static struct lock_class_key _key = { .name = #lock_ };        \
		spin_lock_init_class(lock_, &_key);                            \
	} while (0)

static inline void spin_lock_init_class(spinlock_t *lock,
					struct lock_class_key *key)
{
	lock->locked = 0;
	lock->holder = 0;
	lock->class = lockdep_class_of_key(key);
}

bool spin_trylock(spinlock_t *lock);
void spin_lock(spinlock_t *lock);
/* A second lock of a class that the caller holds one of, in a known order. */
void spin_lock_nested(spinlock_t *lock);
void spin_unlock(spinlock_t *lock);
/* For the checker itself: nobody looks. */
static inline bool spin_trylock_unchecked(spinlock_t *lock)
{
	return !__atomic_exchange_n(&lock->locked, 1, __ATOMIC_ACQUIRE);
}

#else

#define DEFINE_SPINLOCK(name)  spinlock_t name = SPINLOCK_INIT

static inline void spin_lock_init(spinlock_t *lock)
{
	lock->locked = 0;
}

static inline bool spin_trylock(spinlock_t *lock)
{
	return !__atomic_exchange_n(&lock->locked, 1, __ATOMIC_ACQUIRE);
}

static inline void spin_lock(spinlock_t *lock)
{
	while (!spin_trylock(lock))
		while (__atomic_load_n(&lock->locked, __ATOMIC_RELAXED))
			cpu_relax();
}

static inline void spin_unlock(spinlock_t *lock)
{
	VM_BUG_ON(!lock->locked);
	__atomic_store_n(&lock->locked, 0, __ATOMIC_RELEASE);
}

/* A second lock of a class that the caller holds one of, in a known order. */
#define spin_lock_nested(lock) spin_lock(lock)

#endif

static inline bool spin_is_locked(const spinlock_t *lock)
{
	return __atomic_load_n(&lock->locked, __ATOMIC_RELAXED);
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

#define spin_lock_irqsave(lock, flags)                                         \
	do {                                                                   \
		local_irq_save(flags);                                         \
		spin_lock(lock);                                               \
	} while (0)

#define spin_unlock_irqrestore(lock, flags)                                    \
	do {                                                                   \
		spin_unlock(lock);                                             \
		local_irq_restore(flags);                                      \
	} while (0)

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Spin locks under the lock checker: what <ikos/spinlock.h> does in two
 * instructions, with a list of what each CPU holds.
 *
 * The order is checked before the lock is tried, so that a deadlock is told of
 * before it happens, except in spin_trylock(), which waits for nobody. A spin
 * lock that cannot be had for STUCK_NS is taken for a deadlock: everything that
 * is held is shown, and the kernel panics.
 *
 * Lock: a CPU's list is its own; interrupts are off while it is changed.
 */
#include <asm/irqflags.h>
#include <ikos/kernel.h>
#include <ikos/sched.h>
#include <ikos/string.h>

#include "lockdep_internal.h"

#ifdef CONFIG_LOCKDEP

#define STUCK_NS (60 * NSEC_PER_SEC)

static u16 spin_class(spinlock_t *lock)
{
	if (unlikely(!lock->class))
		lock->class = lockdep_static_class(lock);
	return lock->class;
}

/* What is about to be done, against all that is held. */
static void check(spinlock_t *lock, bool nested)
{
	struct cpu_locks *cpu = this_cpu_ptr(&cpu_locks);
	const struct lockdep_task *task = NULL;
	u16 class = spin_class(lock);

	if (lockdep_quiet())
		return;
	if (!cpu->irq_depth && current)
		task = &current->lockdep;
	for (unsigned int i = 0; i < cpu->depth; i++)
		lockdep_check_order(&cpu->held[i], lock, class, nested);
	for (unsigned int i = 0; task && i < task->depth; i++)
		lockdep_check_order(&task->held[i], lock, class, nested);
	if (cpu->irq_depth)
		lockdep_check_irq(class, USED_IN_IRQ);
	else if (!irqs_disabled())
		lockdep_check_irq(class, USED_IRQS_ON);
}

static void note_held(spinlock_t *lock, unsigned long ip)
{
	struct cpu_locks *cpu;
	unsigned long flags;

	local_irq_save(flags);
	lock->holder = (u16)(smp_processor_id() + 1);
	cpu = this_cpu_ptr(&cpu_locks);
	if (cpu->depth < LOCKDEP_CPU_DEPTH)
		cpu->held[cpu->depth] =
			(struct held_lock){ lock, ip, spin_class(lock),
					    LOCK_SPIN };
	cpu->depth++;
	local_irq_restore(flags);
}

static void note_released(const spinlock_t *lock)
{
	struct cpu_locks *cpu;
	unsigned long flags;
	unsigned int i;

	local_irq_save(flags);
	cpu = this_cpu_ptr(&cpu_locks);
	i = min(cpu->depth, (unsigned int)LOCKDEP_CPU_DEPTH);
	while (i > 0 && cpu->held[i - 1].lock != lock)
		i--;
	if (i) {
		cpu->depth--;
		for (; i < min(cpu->depth + 1, (unsigned int)LOCKDEP_CPU_DEPTH);
		     i++)
			cpu->held[i - 1] = cpu->held[i];
	} else if (cpu->depth > LOCKDEP_CPU_DEPTH) {
		cpu->depth--;
	} else if (!lockdep_quiet()) {
		lockdep_complain(LOCKDEP_NOT_HELD,
				 "releases %s, which this CPU does not hold",
				 lockdep_class_name(lock->class));
	}
	local_irq_restore(flags);
}

static void stuck(const spinlock_t *lock)
{
	panic("%s cannot be had, CPU %d holds it",
	      lockdep_class_name(lock->class), lock->holder - 1);
}

static void spin_until_free(spinlock_t *lock)
{
	u64 since = 0;

	for (unsigned long n = 1; !spin_trylock_unchecked(lock); n++) {
		cpu_relax();
		if (n % (1UL << 22))
			continue;
		if (!since)
			since = ktime_get_ns();
		else if (ktime_get_ns() - since > STUCK_NS && !lockdep_quiet())
			stuck(lock);
	}
}

/**
 * spin_trylock - take a spin lock if it is free
 *
 * Context: any. Return: whether the caller has it.
 */
bool spin_trylock(spinlock_t *lock)
{
	if (!spin_trylock_unchecked(lock))
		return false;
	note_held(lock, LOCKDEP_IP);
	return true;
}

/**
 * spin_lock - take a spin lock
 *
 * Context: any.
 */
void spin_lock(spinlock_t *lock)
{
	check(lock, false);
	spin_until_free(lock);
	note_held(lock, LOCKDEP_IP);
}

/**
 * spin_lock_nested - take a spin lock, with one of its class held
 *
 * Context: any; the caller sees to it that all who do so agree on the order.
 */
void spin_lock_nested(spinlock_t *lock)
{
	check(lock, true);
	spin_until_free(lock);
	note_held(lock, LOCKDEP_IP);
}

/**
 * spin_unlock - release a spin lock
 *
 * Context: the CPU that took it.
 */
void spin_unlock(spinlock_t *lock)
{
	VM_BUG_ON(!lock->locked);
	note_released(lock);
	lock->holder = 0;
	smp_store_release(&lock->locked, 0);
}

/**
 * lockdep_cpu_depth - how many spin locks this CPU holds
 */
unsigned int lockdep_cpu_depth(void)
{
	return this_cpu_ptr(&cpu_locks)->depth;
}

/**
 * lockdep_cpu_holds - whether this CPU holds a spin lock
 */
bool lockdep_cpu_holds(const void *lock)
{
	const struct cpu_locks *cpu = this_cpu_ptr(&cpu_locks);

	for (unsigned int i = 0; i < cpu->depth && i < LOCKDEP_CPU_DEPTH; i++)
		if (cpu->held[i].lock == lock)
			return true;
	return false;
}

/**
 * lockdep_cpu_holds_class_named - whether this CPU holds a lock so named
 */
bool lockdep_cpu_holds_class_named(const char *name)
{
	const struct cpu_locks *cpu = this_cpu_ptr(&cpu_locks);

	for (unsigned int i = 0; i < cpu->depth && i < LOCKDEP_CPU_DEPTH; i++)
		if (!strcmp(lockdep_class_name(cpu->held[i].class), name))
			return true;
	return false;
}

/**
 * lockdep_might_sleep - complain if the caller holds a spin lock
 */
void lockdep_might_sleep(void)
{
	if (unlikely(lockdep_cpu_depth()) && !lockdep_quiet())
		lockdep_complain(LOCKDEP_SLEEP,
				 "may sleep with a spin lock held");
}

/**
 * lockdep_irq_enter - an interrupt handler begins
 */
void lockdep_irq_enter(void)
{
	this_cpu_ptr(&cpu_locks)->irq_depth++;
}

/**
 * lockdep_irq_exit - an interrupt handler ends
 */
void lockdep_irq_exit(void)
{
	this_cpu_ptr(&cpu_locks)->irq_depth--;
}

#endif

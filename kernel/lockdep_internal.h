/* SPDX-License-Identifier: MIT */
#ifndef KERNEL_LOCKDEP_INTERNAL_H
#define KERNEL_LOCKDEP_INTERNAL_H

/* What the files of the lock checker tell each other. */
#include <asm/percpu.h>
#include <ikos/lockdep.h>
#include <ikos/spinlock.h>

#ifdef CONFIG_LOCKDEP

/* In which contexts a class has been taken. */
#define USED_IN_IRQ  0x1
#define USED_IRQS_ON 0x2

#define LOCKDEP_CPU_DEPTH 24

/* The spin locks that a CPU holds. Interrupts off while they are touched. */
struct cpu_locks {
	unsigned int depth;
	struct held_lock held[LOCKDEP_CPU_DEPTH];
	unsigned int irq_depth;
	bool busy; /* with a complaint */
};
DECLARE_PER_CPU(struct cpu_locks, cpu_locks);

extern const struct lock_name __start_lock_names[], __stop_lock_names[];
extern const char _text[], _end[];

u16 lockdep_static_class(const void *lock);
const char *lockdep_class_name(unsigned int class);
bool lockdep_quiet(void);
void lockdep_complain(enum lockdep_complaint what, const char *fmt, ...)
	__printf(2, 3);
void lockdep_check_order(const struct held_lock *held, const void *lock,
			 unsigned int class, bool nested);
void lockdep_check_irq(unsigned int class, u8 usage);
bool lockdep_cpu_holds(const void *lock);
bool lockdep_cpu_holds_class_named(const char *name);
unsigned int lockdep_cpu_depth(void);
void lockdep_show_mine(void);

#endif

#endif

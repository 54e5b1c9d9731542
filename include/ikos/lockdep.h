/* SPDX-License-Identifier: MIT */
#ifndef IKOS_LOCKDEP_H
#define IKOS_LOCKDEP_H

#include <ikos/types.h>

/*
 * The lock checker of debug kernels (CONFIG_LOCKDEP): kernel/lockdep.c. Locks
 * that were initialised at one place of the source, or defined together, are a
 * class; what the checker learns about one lock of a class holds for all. In
 * other builds nothing of it is left.
 */
struct task_struct;

enum lockdep_complaint {
	LOCKDEP_INVERSION, /* two classes are taken in both orders */
	LOCKDEP_RECURSION, /* a lock that the caller holds, or one like it */
	LOCKDEP_IRQ, /* taken in interrupts, and elsewhere with them on */
	LOCKDEP_SLEEP, /* may sleep with a spin lock held */
	LOCKDEP_HELD, /* still held by who returns to user mode, or dies */
	LOCKDEP_NOT_HELD, /* released, or wanted, by who does not hold it */
};

enum lock_mode {
	LOCK_SPIN,
	LOCK_MUTEX,
	LOCK_READ,
	LOCK_WRITE,
};

#ifdef CONFIG_LOCKDEP

/* One for each place that initialises locks. */
struct lock_class_key {
	const char *name;
	u16 class; /* 0: not used yet */
};

/* Names of locks that are defined, not initialised: in .lock_names. */
struct lock_name {
	const void *lock;
	const char *name;
};

struct held_lock {
	const void *lock;
	unsigned long ip; /* who took it */
	u16 class;
	u8 mode;
};

/* The sleeping locks of a task, and the one that it waits for. */
#define LOCKDEP_TASK_DEPTH 16
struct lockdep_task {
	unsigned int depth;
	struct held_lock held[LOCKDEP_TASK_DEPTH];
	struct held_lock wanted; /* lock is NULL: none */
	u64 wanted_since; /* ns since boot */
};

/* The class of a mutex or a rwsem; a spin lock has it inside. */
struct lockdep_map {
	const char *name;
	u16 class;
};

u16 lockdep_class_of_key(struct lock_class_key *key);
void lockdep_map_init(struct lockdep_map *map, struct lock_class_key *key);

/* Sleeping locks: before the attempt, and when it has succeeded. */
void lockdep_acquire(const void *lock, struct lockdep_map *map,
		     enum lock_mode mode, bool nested, unsigned long ip);
void lockdep_acquired(const void *lock, struct lockdep_map *map,
		      enum lock_mode mode, unsigned long ip);
void lockdep_release(const void *lock);
void lockdep_downgrade(const void *lock);
void lockdep_wait_begin(const void *lock, struct lockdep_map *map,
			enum lock_mode mode, unsigned long ip);
void lockdep_wait_end(void);

void lockdep_init_task(struct task_struct *t);
void lockdep_might_sleep(void);
void lockdep_schedule(struct task_struct *prev);
void lockdep_irq_enter(void);
void lockdep_irq_exit(void);
void lockdep_user_return(void);
void lockdep_off(void);

bool lockdep_is_held(const void *lock);
void lockdep_assert_held_slow(const void *lock, const char *name);
#define lockdep_assert_held(lock) lockdep_assert_held_slow(lock, #lock)

/* Print who holds what and who waits for what, of all CPUs and tasks. */
void lockdep_show_held(void);
unsigned long lockdep_complaints(void); /* since boot */
/* For tests: complaints are noted, BIT(enum lockdep_complaint), not printed. */
void lockdep_catch(void);
unsigned int lockdep_caught(void);

#define LOCKDEP_IP ((unsigned long)__builtin_return_address(0))

#else

struct lockdep_map {
};

#define lockdep_acquire(lock, map, mode, nested, ip) ((void)0)
#define lockdep_acquired(lock, map, mode, ip)	     ((void)0)
#define lockdep_release(lock)			     ((void)0)
#define lockdep_downgrade(lock)			     ((void)0)
#define lockdep_wait_begin(lock, map, mode, ip)	     ((void)0)
#define lockdep_wait_end()			     ((void)0)
#define lockdep_init_task(t)			     ((void)0)
#define lockdep_might_sleep()			     ((void)0)
#define lockdep_schedule(prev)			     ((void)0)
#define lockdep_irq_enter()			     ((void)0)
#define lockdep_irq_exit()			     ((void)0)
#define lockdep_user_return()			     ((void)0)
#define lockdep_off()				     ((void)0)
#define lockdep_show_held()			     ((void)0)
#define lockdep_assert_held(lock)		     ((void)0)

#endif

#endif

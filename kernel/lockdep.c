/* SPDX-License-Identifier: MIT */
/*
 * The lock checker of debug kernels: finds deadlocks that have not happened.
 *
 * Locks that are initialised at one place are one class: all mm->mmap_lock,
 * all page->ptl. Whenever a lock is taken while others are held, an arrow from
 * the class of each held one to its class is noted. As long as the arrows have
 * no circle, no set of tasks can wait for each other in a circle; the arrow
 * that would close one is reported, even if the other half of the deadlock was
 * seen minutes ago in another task.
 *
 *	fault		mmap_lock ──▶ ptl
 *	truncate	i_mmap_lock ──▶ ptl
 *	mmap		mmap_lock ──▶ i_mmap_lock
 *	a bug:		i_mmap_lock ──▶ mmap_lock	closes a circle
 *
 * reach[a] is the set of classes that arrows lead to from a, directly or over
 * others. A new arrow a -> b closes a circle if a is in reach[b]; else reach of
 * a, and of all that reach a, grows by b and reach[b].
 *
 * Beside the order: a lock taken again by its holder; two of one class without
 * the word "nested"; a spin lock that an interrupt takes and that is also taken
 * with interrupts on; sleeping with a spin lock held; a lock still held on the
 * way to user mode or at the end of a task.
 *
 * A complaint is printed once for each pair of classes, with what the CPU and
 * the task hold, and the kernel goes on ("panic_on_warn" on the command line
 * makes it stop). lockdep_show_held() is the view of everything that is held:
 * panics show it, and a watchdog that looks after those who wait too long.
 *
 * Spin locks are held by CPUs (kernel/lockdep_spin.c): who holds one does not
 * sleep, and the run queue's is handed from task to task. Sleeping locks are
 * held by tasks. Both lists are touched by their owner only, those of a CPU
 * with interrupts off; who prints them reads them without a lock.
 *
 * Lock: graph_lock, taken without being checked, interrupts off; innermost.
 */
#include <asm/irqflags.h>
#include <ikos/boot.h>
#include <ikos/kernel.h>
#include <ikos/printk.h>
#include <ikos/sched.h>

#include "lockdep_internal.h"

#ifdef CONFIG_LOCKDEP

#define MAX_CLASSES 256
#define UNNAMED	    1 /* locks of which nobody knows where they come from */
#define WORDS	    (MAX_CLASSES / 64)

struct lock_class {
	const void *key;
	const char *name;
	u8 usage; /* USED_* */
};

static struct lock_class classes[MAX_CLASSES] = {
	[UNNAMED] = { .name = "unnamed" },
};
static unsigned int nr_classes = UNNAMED + 1;
static u64 direct[MAX_CLASSES][WORDS], reach[MAX_CLASSES][WORDS];
static spinlock_t graph_lock;
static bool off;

static unsigned long complaints;
static bool catching;
static unsigned int caught;

DEFINE_PER_CPU(struct cpu_locks, cpu_locks);

static bool in_set(const u64 *set, unsigned int n)
{
	return __atomic_load_n(&set[n / 64], __ATOMIC_RELAXED) >> (n % 64) & 1;
}

static void add_to_set(u64 *set, unsigned int n)
{
	__atomic_fetch_or(&set[n / 64], BIT(n % 64), __ATOMIC_RELAXED);
}

static unsigned long lock_graph(void)
{
	unsigned long flags;

	local_irq_save(flags);
	while (!spin_trylock_unchecked(&graph_lock))
		cpu_relax();
	return flags;
}

static void unlock_graph(unsigned long flags)
{
	smp_store_release(&graph_lock.locked, 0);
	local_irq_restore(flags);
}

/* --- classes --------------------------------------------------------------- */

/* Names in the source are "&mm->mmap_lock". */
static const char *plain_name(const char *name)
{
	return *name == '&' ? name + 1 : name;
}

static u16 class_of(const void *key, const char *name)
{
	unsigned long flags = lock_graph();
	unsigned int class = UNNAMED + 1;

	while (class < nr_classes && classes[class].key != key)
		class ++;
	if (class == MAX_CLASSES) {
		class = UNNAMED;
	} else if (class == nr_classes) {
		classes[class].key = key;
		classes[class].name = plain_name(name);
		nr_classes++;
	}
	unlock_graph(flags);
	return (u16) class;
}

/**
 * lockdep_class_of_key - the class of locks that are initialised at one place
 * @key: the place's
 *
 * Context: any. Return: its number.
 */
u16 lockdep_class_of_key(struct lock_class_key *key)
{
	if (!key->class)
		key->class = class_of(key, key->name);
	return key->class;
}

/**
 * lockdep_map_init - a mutex or rwsem gets its class
 * @map: the lock's
 * @key: of the place that initialises it
 */
void lockdep_map_init(struct lockdep_map *map, struct lock_class_key *key)
{
	map->name = key->name;
	map->class = lockdep_class_of_key(key);
}

static u16 map_class(struct lockdep_map *map)
{
	if (!map->class)
		map->class =
			map->name ? class_of(map->name, map->name) : UNNAMED;
	return map->class;
}

/**
 * lockdep_static_class - the class of a lock that nobody has initialised
 * @lock: the lock
 *
 * Return: one of its own for a variable of the kernel.
 */
u16 lockdep_static_class(const void *lock)
{
	if ((const char *)lock < _text || (const char *)lock >= _end)
		return UNNAMED;
	for (const struct lock_name *n = __start_lock_names;
	     n < __stop_lock_names; n++)
		if (n->lock == lock)
			return class_of(lock, n->name);
	return class_of(lock, "a variable");
}

/**
 * lockdep_class_name - what the source calls the locks of a class
 */
const char *lockdep_class_name(unsigned int class)
{
	return classes[class].name;
}

/* --- complaints -------------------------------------------------------------- */

/**
 * lockdep_quiet - whether nothing is to be checked now
 *
 * In a panic, and while a complaint is printed, which takes locks too.
 */
bool lockdep_quiet(void)
{
	return READ_ONCE(off) || this_cpu_ptr(&cpu_locks)->busy;
}

/**
 * lockdep_complain - say what is wrong
 * @what: which complaint it is
 * @fmt: one sentence; NULL in place of a lock's name prints nothing
 *
 * Context: any.
 */
void lockdep_complain(enum lockdep_complaint what, const char *fmt, ...)
{
	struct cpu_locks *cpu = this_cpu_ptr(&cpu_locks);
	char why[256];
	__builtin_va_list ap;

	if (catching) {
		__atomic_fetch_or(&caught, BIT(what), __ATOMIC_RELAXED);
		return;
	}
	__atomic_fetch_add(&complaints, 1, __ATOMIC_RELAXED);
	cpu->busy = true;
	__builtin_va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	__builtin_va_end(ap);
	if (!lockdep_cpu_holds_class_named("log_lock")) {
		pr_err("lockdep: %s (pid %d): %s\n",
		       current ? current->comm : "boot",
		       current ? current->pid : 0, why);
		lockdep_show_mine();
		dump_stack();
	}
	cpu->busy = false;
	if (cmdline_has("panic_on_warn"))
		panic("lockdep: %s", why);
}

/**
 * lockdep_complaints - how many there have been since boot
 */
unsigned long lockdep_complaints(void)
{
	return READ_ONCE(complaints);
}

/**
 * lockdep_catch - note complaints from now on, print nothing
 *
 * Context: a test that provokes them.
 */
void lockdep_catch(void)
{
	caught = 0;
	catching = true;
}

/**
 * lockdep_caught - which complaints there were since lockdep_catch()
 *
 * Return: BIT(enum lockdep_complaint), or'ed.
 */
unsigned int lockdep_caught(void)
{
	catching = false;
	return caught;
}

/**
 * lockdep_off - check nothing any more: a panic
 */
void lockdep_off(void)
{
	WRITE_ONCE(off, true);
}

/* --- the order ------------------------------------------------------------------ */

/* Note the arrow @a -> @b. False: it closes a circle. */
static bool add_arrow(unsigned int a, unsigned int b)
{
	unsigned long flags;
	bool circle;

	if (a == UNNAMED || b == UNNAMED || in_set(direct[a], b))
		return true;
	flags = lock_graph();
	circle = in_set(reach[b], a);
	add_to_set(direct[a], b); /* one complaint is enough */
	for (unsigned int c = 0; c < nr_classes && !circle; c++) {
		if (c != a && !in_set(reach[c], a))
			continue;
		for (int w = 0; w < WORDS; w++)
			reach[c][w] |= reach[b][w];
		add_to_set(reach[c], b);
	}
	unlock_graph(flags);
	return !circle;
}

/**
 * lockdep_check_order - may a lock be taken while another is held?
 * @held: the one that is held
 * @lock: the one that will be
 * @class: its class
 * @nested: the caller says that there is an order among locks of the class
 */
void lockdep_check_order(const struct held_lock *held, const void *lock,
			 unsigned int class, bool nested)
{
	const char *name = classes[class].name;

	if (held->lock == lock) {
		lockdep_complain(LOCKDEP_RECURSION,
				 "takes %s, which it holds already", name);
	} else if (held->class == class) {
		if (!nested && class != UNNAMED &&
		    !in_set(direct[class], class)) {
			add_to_set(direct[class], class);
			lockdep_complain(LOCKDEP_RECURSION,
					 "takes a second %s in no known order",
					 name);
		}
	} else if (!add_arrow(held->class, class)) {
		lockdep_complain(
			LOCKDEP_INVERSION,
			"takes %s with %s held, but elsewhere it is the other way round",
			name, classes[held->class].name);
	}
}

/**
 * lockdep_check_irq - a spin lock is being taken: in which context?
 * @class: its class
 * @usage: USED_IN_IRQ, USED_IRQS_ON or 0
 */
void lockdep_check_irq(unsigned int class, u8 usage)
{
	const u8 both = USED_IN_IRQ | USED_IRQS_ON;
	u8 before;

	if (class == UNNAMED || (classes[class].usage & usage) == usage)
		return;
	before = __atomic_fetch_or(&classes[class].usage, usage,
				   __ATOMIC_RELAXED);
	if (before != both && (before | usage) == both)
		lockdep_complain(
			LOCKDEP_IRQ,
			"takes %s: interrupts take it, and others take it with interrupts on",
			classes[class].name);
}

/* --- sleeping locks -------------------------------------------------------------- */

static struct lockdep_task *my_locks(void)
{
	struct task_struct *t = current;

	return t ? &t->lockdep : NULL;
}

/**
 * lockdep_acquire - a mutex or rwsem is about to be taken
 * @lock: the lock
 * @map: its class
 * @mode: how
 * @nested: see lockdep_check_order()
 * @ip: who takes it
 */
void lockdep_acquire(const void *lock, struct lockdep_map *map,
		     enum lock_mode mode, bool nested, unsigned long ip)
{
	const struct lockdep_task *mine = my_locks();
	u16 class = map_class(map);

	if (!mine || lockdep_quiet())
		return;
	for (unsigned int i = 0; i < mine->depth; i++)
		lockdep_check_order(&mine->held[i], lock, class, nested);
}

/**
 * lockdep_acquired - a mutex or rwsem has been taken
 */
void lockdep_acquired(const void *lock, struct lockdep_map *map,
		      enum lock_mode mode, unsigned long ip)
{
	struct lockdep_task *mine = my_locks();

	if (mine && mine->depth < LOCKDEP_TASK_DEPTH)
		mine->held[mine->depth++] =
			(struct held_lock){ lock, ip, map_class(map),
					    (u8)mode };
}

static struct held_lock *find_mine(const void *lock)
{
	struct lockdep_task *mine = my_locks();

	for (unsigned int i = mine ? mine->depth : 0; i-- > 0;)
		if (mine->held[i].lock == lock)
			return &mine->held[i];
	return NULL;
}

/**
 * lockdep_release - a mutex or rwsem is being released
 *
 * Another task may do it for the one that took it: then nobody notices here.
 */
void lockdep_release(const void *lock)
{
	struct held_lock *held = find_mine(lock);
	struct lockdep_task *mine = my_locks();

	if (!held)
		return;
	mine->depth--;
	for (; held < &mine->held[mine->depth]; held++)
		held[0] = held[1];
}

/**
 * lockdep_downgrade - a writer goes on as a reader
 */
void lockdep_downgrade(const void *lock)
{
	struct held_lock *held = find_mine(lock);

	if (held)
		held->mode = LOCK_READ;
}

/**
 * lockdep_is_held - whether the caller holds a lock
 * @lock: the lock, of any kind
 */
bool lockdep_is_held(const void *lock)
{
	return find_mine(lock) || lockdep_cpu_holds(lock);
}

/**
 * lockdep_assert_held_slow - complain if the caller does not hold a lock
 * @lock: the lock
 * @name: as the source calls it
 */
void lockdep_assert_held_slow(const void *lock, const char *name)
{
	if (!lockdep_quiet() && !lockdep_is_held(lock))
		lockdep_complain(LOCKDEP_NOT_HELD, "needs %s here",
				 plain_name(name));
}

/* --- tasks ----------------------------------------------------------------------- */

/**
 * lockdep_init_task - a new task holds nothing
 */
void lockdep_init_task(struct task_struct *t)
{
	t->lockdep.depth = 0;
	t->lockdep.wanted.lock = NULL;
}

/**
 * lockdep_user_return - a program goes on: nothing may be held
 *
 * Context: the end of a system call, an exception or an interrupt.
 */
void lockdep_user_return(void)
{
	struct lockdep_task *mine = my_locks();

	if (lockdep_quiet() || (!mine->depth && !lockdep_cpu_depth()))
		return;
	lockdep_complain(LOCKDEP_HELD, "goes to user mode with locks held");
	if (!catching)
		mine->depth = 0;
}

/**
 * lockdep_schedule - a task gives the CPU away
 * @prev: the task
 */
void lockdep_schedule(struct task_struct *prev)
{
	lockdep_might_sleep();
	if (prev->state == TASK_DEAD && prev->lockdep.depth && !lockdep_quiet())
		lockdep_complain(LOCKDEP_HELD, "ends with locks held");
}

#endif

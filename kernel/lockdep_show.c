/* SPDX-License-Identifier: MIT */
/*
 * Who holds what, and who waits for what: the lock checker's view for panics
 * and for its watchdog.
 *
 * The watchdog is a timer that starts with the first task that has to wait for
 * a sleeping lock. Every PERIOD it looks for tasks that have waited for PATIENCE;
 * if there is one, it shows everything that is held, once for each wait.
 *
 * The lists are read without locks, while their owners may change them: a line
 * may be stale, but pointers in it are only printed.
 */
#include <ikos/kallsyms.h>
#include <ikos/kernel.h>
#include <ikos/printk.h>
#include <ikos/sched.h>
#include <ikos/time.h>

#include "lockdep_internal.h"

#ifdef CONFIG_LOCKDEP

#define PERIOD	 (10 * NSEC_PER_SEC)
#define PATIENCE (60 * NSEC_PER_SEC)

static void show_lock(const char *what, const struct held_lock *held)
{
	static const char *const modes[] = {
		[LOCK_SPIN] = "",
		[LOCK_MUTEX] = "",
		[LOCK_READ] = " for reading",
		[LOCK_WRITE] = " for writing",
	};
	unsigned long offset = 0;
	const char *func = kallsyms_lookup(held->ip, &offset);

	pr_err("    %s %s (%p)%s, in %s+0x%lx\n", what,
	       lockdep_class_name(held->class), held->lock, modes[held->mode],
	       func ? func : "?", offset);
}

static void show_cpu(unsigned int n)
{
	const struct cpu_locks *cpu = per_cpu_ptr(&cpu_locks, n);

	if (cpu->depth)
		pr_err("  CPU %u\n", n);
	for (unsigned int i = 0; i < cpu->depth && i < LOCKDEP_CPU_DEPTH; i++)
		show_lock("holds", &cpu->held[i]);
}

static void show_task(const struct task_struct *t)
{
	const struct lockdep_task *locks = &t->lockdep;

	if (!locks->depth && !locks->wanted.lock)
		return;
	pr_err("  %s (pid %d), state %d\n", t->comm, t->pid, t->state);
	for (unsigned int i = 0; i < locks->depth; i++)
		show_lock("holds", &locks->held[i]);
	if (locks->wanted.lock)
		show_lock("waits for", &locks->wanted);
}

/**
 * lockdep_show_mine - print what this CPU and the current task hold
 *
 * Context: any.
 */
void lockdep_show_mine(void)
{
	show_cpu(smp_processor_id());
	if (current)
		show_task(current);
}

static void show_threads(const struct task_struct *leader)
{
	const struct task_struct *t;

	list_for_each_entry (t, &leader->signal->thread_head, thread_node)
		show_task(t);
}

/**
 * lockdep_show_held - print who holds what and who waits for what
 *
 * Context: any; tasks are left out when their list is being changed.
 */
void lockdep_show_held(void)
{
	struct cpu_locks *cpu = this_cpu_ptr(&cpu_locks);
	const struct task_struct *p;
	bool was_busy = cpu->busy;

	cpu->busy = true;
	pr_err("Locks held:\n");
	for (unsigned int n = 0; n < nr_cpus_online; n++)
		show_cpu(n);
	show_task(&init_task);
	if (spin_trylock_unchecked(&tasklist_lock)) {
		for_each_process (p)
			show_threads(p);
		smp_store_release(&tasklist_lock.locked, 0);
	} else {
		pr_err("  (the list of tasks is locked)\n");
	}
	cpu->busy = was_busy;
}

/* --- the watchdog ------------------------------------------------------------- */

static struct timer watchdog;
static bool watchdog_started;

static const struct task_struct *impatient(const struct task_struct *leader,
					   u64 now)
{
	const struct task_struct *t;

	list_for_each_entry (t, &leader->signal->thread_head, thread_node)
		if (t->lockdep.wanted.lock &&
		    now - t->lockdep.wanted_since > PATIENCE &&
		    now - t->lockdep.wanted_since <= PATIENCE + PERIOD)
			return t;
	return NULL;
}

/* Context: the timer's interrupt. */
static void watchdog_looks(struct timer *timer)
{
	const struct task_struct *p, *t = NULL;
	u64 now = ktime_get_ns();

	timer_start(timer, now + PERIOD);
	if (!spin_trylock(&tasklist_lock))
		return;
	for_each_process (p) {
		t = impatient(p, now);
		if (t)
			break;
	}
	spin_unlock(&tasklist_lock);
	if (!t)
		return;
	pr_err("lockdep: a task waits for a lock for more than %lu s\n",
	       PATIENCE / NSEC_PER_SEC);
	lockdep_show_held();
}

/**
 * lockdep_wait_begin - the current task has to wait for a sleeping lock
 * @lock: the lock
 * @map: its class
 * @mode: how it wants it
 * @ip: where
 *
 * Context: task.
 */
void lockdep_wait_begin(const void *lock, struct lockdep_map *map,
			enum lock_mode mode, unsigned long ip)
{
	struct lockdep_task *mine = &current->lockdep;

	mine->wanted_since = ktime_get_ns();
	mine->wanted.ip = ip;
	mine->wanted.class = map->class;
	mine->wanted.mode = (u8)mode;
	smp_store_release(&mine->wanted.lock, lock);
	if (!xchg(&watchdog_started, true)) {
		timer_setup(&watchdog, watchdog_looks);
		timer_start(&watchdog, mine->wanted_since + PERIOD);
	}
}

/**
 * lockdep_wait_end - the waiting is over
 */
void lockdep_wait_end(void)
{
	current->lockdep.wanted.lock = NULL;
}

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Which CPU a task runs on. Tasks are moved in four places:
 *
 *	waking up	to its old CPU if that is idle, or else to any idle one
 *	new		to an idle CPU, or else to the parent's
 *	going idle	a CPU takes a task that waits elsewhere before it rests
 *	tick		a CPU with tasks waiting calls an idle one; now and then
 *			it takes one from the CPU with the most
 *
 * and when sched_set_affinity() forbids the CPU they are on. Without a reason
 * a task stays, since the caches know it there.
 *
 *	CPU 0: A runs, B C wait		CPU 1: D runs
 *	D sleeps: CPU 1 takes B		CPU 1: B runs
 *	D is woken: no idle CPU		CPU 1: B runs, D waits
 *
 * Locks: to move a task both queues are locked. The second one is only tried,
 * since somebody may hold it and wait for ours: then the task stays where it
 * is, or everything is let go and begun anew.
 */
#include <asm/processor.h>
#include <ikos/err.h>
#include <ikos/kernel.h>
#include <ikos/smp.h>

#include "sched_internal.h"

/* Ticks between two looks whether another CPU has more to do. */
#define BALANCE_TICKS 8

/* An idle CPU that @t may use, the first after @from; -1: none. */
static int find_idle(const struct task_struct *t, unsigned int from)
{
	unsigned int cpu = from;

	for (unsigned int i = 0; i < nr_cpus_online; i++) {
		if (cpu_allowed(t, cpu) && rq_is_idle(cpu_rq(cpu)))
			return (int)cpu;
		if (++cpu == nr_cpus_online)
			cpu = 0;
	}
	return -1;
}

/* Where @t goes when it must leave its CPU: idle, or any that it may use. */
static unsigned int find_allowed(const struct task_struct *t)
{
	int cpu = find_idle(t, t->cpu);

	return cpu >= 0 ? (unsigned int)cpu
			: ffs_bit(t->cpus_allowed & online_cpus());
}

/**
 * rq_for_wakeup - the queue that a task should be woken on
 * @rq: the queue of the CPU where it fell asleep, locked
 * @t: sleeps
 *
 * Context: interrupts off.
 * Return: @rq; or another one, locked, and @rq is not any more; or NULL: try
 * again, nothing is locked.
 */
struct rq *rq_for_wakeup(struct rq *rq, struct task_struct *t)
{
	bool may_stay = cpu_allowed(t, rq->cpu);
	struct rq *dest;
	int cpu;

	if (may_stay && rq_is_idle(rq))
		return rq;
	cpu = find_idle(t, rq->cpu);
	if (cpu < 0) {
		if (may_stay)
			return rq;
		cpu = (int)find_allowed(t);
	}
	dest = cpu_rq((unsigned int)cpu);
	if (spin_trylock(&dest->lock)) {
		t->cpu = (unsigned int)cpu;
		spin_unlock(&rq->lock);
		return dest;
	}
	if (may_stay)
		return rq;
	spin_unlock(&rq->lock);
	return NULL;
}

/**
 * rq_for_new_task - the queue for a task that has never run
 * @t: the task
 *
 * Context: interrupts off.
 * Return: locked; @t->cpu is its CPU.
 */
struct rq *rq_for_new_task(struct task_struct *t)
{
	unsigned int cpu = smp_processor_id();
	struct rq *rq;
	int idle;

	if (nr_cpus_online > 1) {
		idle = find_idle(t, cpu);
		if (idle >= 0)
			cpu = (unsigned int)idle;
		else if (!cpu_allowed(t, cpu))
			cpu = find_allowed(t);
	}
	rq = cpu_rq(cpu);
	spin_lock(&rq->lock);
	t->cpu = cpu;
	return rq;
}

/* The first task of @list that CPU @cpu may run. */
static struct task_struct *first_for(struct list_head *list, unsigned int cpu)
{
	struct task_struct *t;

	list_for_each_entry (t, list, run_list)
		if (cpu_allowed(t, cpu))
			return t;
	return NULL;
}

/* Take a task that waits on @from. Whether there was one; @rq locked. */
static bool pull_from(struct rq *rq, struct rq *from)
{
	struct task_struct *t;

	if (!spin_trylock(&from->lock))
		return false;
	t = first_for(&from->queue, rq->cpu);
	if (!t)
		t = first_for(&from->woken, rq->cpu);
	if (t) {
		rq_dequeue(from, t);
		t->cpu = rq->cpu;
		rq_enqueue(rq, t, &rq->queue);
	}
	spin_unlock(&from->lock);
	return t;
}

/* Tasks that wait in vain: not those that an idle CPU is about to run. */
static unsigned int nr_waiting(const struct rq *rq)
{
	unsigned int n = READ_ONCE(rq->nr_queued);

	return n && READ_ONCE(rq->curr) == rq->idle ? n - 1 : n;
}

/**
 * rq_pull - this CPU has nothing to do: take a task from another
 * @rq: this CPU's queue, locked
 *
 * Context: interrupts off.
 */
void rq_pull(struct rq *rq)
{
	unsigned int cpu = rq->cpu;

	for (unsigned int i = 1; i < nr_cpus_online; i++) {
		if (++cpu == nr_cpus_online)
			cpu = 0;
		if (nr_waiting(cpu_rq(cpu)) && pull_from(rq, cpu_rq(cpu)))
			return;
	}
}

/* Wake an idle CPU that may run what waits here: it will pull. */
static void call_idle_cpu(struct rq *rq)
{
	struct task_struct *t;
	int cpu = -1;

	spin_lock(&rq->lock);
	list_for_each_entry (t, &rq->queue, run_list) {
		cpu = find_idle(t, rq->cpu);
		if (cpu >= 0)
			break;
	}
	spin_unlock(&rq->lock);
	if (cpu < 0)
		return;
	rq = cpu_rq((unsigned int)cpu);
	spin_lock(&rq->lock);
	if (rq->curr == rq->idle)
		resched_rq(rq);
	spin_unlock(&rq->lock);
}

/* Two more tasks wait there than here: take one. */
static void balance(struct rq *rq)
{
	unsigned int most = rq->nr_queued + 1;
	struct rq *busiest = NULL;

	for (unsigned int cpu = 0; cpu < nr_cpus_online; cpu++) {
		unsigned int n = nr_waiting(cpu_rq(cpu));

		if (n > most) {
			most = n;
			busiest = cpu_rq(cpu);
		}
	}
	if (!busiest)
		return;
	spin_lock(&rq->lock);
	pull_from(rq, busiest);
	spin_unlock(&rq->lock);
}

/**
 * rq_balance_tick - a tick of a busy CPU: does anybody have too much to do?
 * @rq: this CPU's
 *
 * Context: interrupt; more than one CPU.
 */
void rq_balance_tick(struct rq *rq)
{
	if (rq->nr_queued)
		call_idle_cpu(rq);
	if (++rq->balance_ticks % BALANCE_TICKS == 0)
		balance(rq);
}

/* Move @t to a CPU that it may use if it waits on another. False: try again;
 * the lock of its queue, @rq, is let go. */
static bool move_queued(struct rq *rq, struct task_struct *t,
			unsigned long flags)
{
	struct rq *dest;
	bool done = true;

	if (t->on_rq && t != rq->curr && !cpu_allowed(t, rq->cpu)) {
		dest = cpu_rq(find_allowed(t));
		done = spin_trylock(&dest->lock);
		if (done) {
			rq_dequeue(rq, t);
			t->cpu = dest->cpu;
			rq_enqueue_woken(dest, t);
			if (dest->curr == dest->idle)
				resched_rq(dest);
			spin_unlock(&dest->lock);
		}
	}
	spin_unlock_irqrestore(&rq->lock, flags);
	if (!done)
		cpu_relax();
	return done;
}

/**
 * rq_push_misplaced - a task waits on a CPU that it may not use: move it
 * @t: the task, referenced
 *
 * Context: any; no queue locked.
 */
void rq_push_misplaced(struct task_struct *t)
{
	unsigned long flags;
	struct rq *rq;

	do {
		rq = task_rq_lock(t, &flags);
	} while (!move_queued(rq, t, flags));
}

/**
 * sched_set_affinity - choose the CPUs that a task may run on
 * @t: the task, referenced; not an idle task
 * @mask: a bit for each; those that are not there are ignored
 *
 * A task that waits is moved at once; one that runs elsewhere leaves that CPU
 * on its way to user mode, or when it sleeps. When @t is current it has moved
 * when this returns.
 *
 * Context: may sleep. Return: 0; -EINVAL: none of the CPUs is there.
 */
int sched_set_affinity(struct task_struct *t, u64 mask)
{
	unsigned long flags;
	struct rq *rq;
	bool move;

	if (!(mask & online_cpus()))
		return -EINVAL;
	rq = task_rq_lock(t, &flags);
	t->cpus_allowed = mask;
	move = !cpu_allowed(t, rq->cpu);
	if (move && rq->curr == t)
		resched_rq(rq);
	spin_unlock_irqrestore(&rq->lock, flags);
	if (!move)
		return 0;
	if (t == current)
		schedule();
	else
		rq_push_misplaced(t);
	return 0;
}

/**
 * kick_process - have a task that runs on another CPU enter the kernel there
 * @t: the task, referenced or under a lock that keeps it
 *
 * So that it sees what was changed: a signal. Context: any; interrupts off or
 * a spin lock held.
 */
void kick_process(struct task_struct *t)
{
	unsigned int cpu = READ_ONCE(t->cpu);

	if (READ_ONCE(t->on_cpu) && cpu != smp_processor_id())
		arch_send_reschedule(cpu);
}

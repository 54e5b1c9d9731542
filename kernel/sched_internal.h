/* SPDX-License-Identifier: MIT */
#ifndef KERNEL_SCHED_INTERNAL_H
#define KERNEL_SCHED_INTERNAL_H

#include <ikos/sched.h>
#include <ikos/smp.h>

/* What the files of the scheduler share. */

/*
 * The run queue of a CPU. A task on one of the lists, or running, has
 * on_rq set and cpu is the queue's: both change under the queue's lock, cpu
 * under the locks of both queues, or for a sleeping task under that of the
 * queue it leaves.
 */
struct rq {
	spinlock_t lock;
	struct list_head woken, queue;
	unsigned int cpu;
	unsigned int nr_queued; /* in both */
	int nr_uninterruptible;
	struct task_struct *curr, *idle;
	struct mm_struct *borrowed_mm; /* to be dropped after the switch */
	u64 nr_switches;
	unsigned int balance_ticks;
};
DECLARE_PER_CPU(struct rq, runqueues);

static inline struct rq *cpu_rq(unsigned int cpu)
{
	return per_cpu_ptr(&runqueues, cpu);
}

static inline struct rq *this_rq(void)
{
	return this_cpu_ptr(&runqueues);
}

static inline bool rq_is_idle(const struct rq *rq)
{
	return READ_ONCE(rq->curr) == rq->idle && !READ_ONCE(rq->nr_queued);
}

static inline bool cpu_allowed(const struct task_struct *t, unsigned int cpu)
{
	return t->cpus_allowed >> cpu & 1;
}

static inline void rq_enqueue(struct rq *rq, struct task_struct *t,
			      struct list_head *where)
{
	list_add_tail(&t->run_list, where);
	rq->nr_queued++;
}

static inline void rq_dequeue(struct rq *rq, struct task_struct *t)
{
	list_del(&t->run_list);
	rq->nr_queued--;
}

/* Among those that slept before their slice was used up, or behind all. */
static inline void rq_enqueue_woken(struct rq *rq, struct task_struct *t)
{
	rq_enqueue(rq, t, t->time_slice ? &rq->woken : &rq->queue);
}

/* Lock the queue of a task's CPU; interrupts are off then. */
static inline struct rq *task_rq_lock(struct task_struct *t,
				      unsigned long *flags)
{
	for (;;) {
		unsigned int cpu = READ_ONCE(t->cpu);
		struct rq *rq = cpu_rq(cpu);

		spin_lock_irqsave(&rq->lock, *flags);
		if (likely(cpu == READ_ONCE(t->cpu)))
			return rq;
		spin_unlock_irqrestore(&rq->lock, *flags);
	}
}

/* Have a CPU choose again as soon as it can; another one is interrupted, once.
 * rq->lock held. */
static inline void resched_rq(struct rq *rq)
{
	struct task_struct *curr = rq->curr;

	if (curr->need_resched)
		return;
	curr->need_resched = true;
	if (unlikely(rq->cpu != smp_processor_id()))
		arch_send_reschedule(rq->cpu);
}

/* sched_balance.c */
struct rq *rq_for_wakeup(struct rq *rq, struct task_struct *t);
struct rq *rq_for_new_task(struct task_struct *t);
void rq_pull(struct rq *rq);
void rq_push_misplaced(struct task_struct *t);
void rq_balance_tick(struct rq *rq);

#endif

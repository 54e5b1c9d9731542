/* SPDX-License-Identifier: MIT */
/*
 * The scheduler: round robin, with a door for those who come from sleep. Each
 * CPU has two queues of tasks that want to run; the running one is in neither.
 *
 *	woken	tasks that slept before their time slice was used up
 *	queue	all others, new ones included
 *
 * The first of woken runs, or else the first of queue. A slice is counted down
 * by the tick and lasts through sleeps; when it is used up the task goes to
 * the end of queue, and gets a new one when its turn comes there. So a shell
 * answers at the next tick however many tasks compute, and two tasks that
 * only wake each other still leave the others their turns.
 *
 *	queue: B C	running: A
 *	A's slice ends		-> queue: C A,	running: B
 *	S is woken		-> woken: S
 *	next tick		-> queue: B C A, running: S
 *	S sleeps		-> queue: C A,	running: B, rest of its slice
 *
 * The switch itself happens at the next safe place: when the task sleeps, on
 * its return to user mode, or in cond_resched().
 *
 * A switch: the run-queue lock is taken by the old task and released by the
 * new one, in finish_task_switch(), which also frees what the old one could
 * not free while it ran: its stack when it is dead, and the address space that
 * a kernel thread had borrowed.
 *
 * Borrowing: a task without an mm keeps the page tables that are loaded
 * (active_mm, counted by mmgrab()); this saves two switches of page tables
 * for every visit to the idle task.
 *
 * Several CPUs: which one a task is queued on is decided in sched_balance.c. A
 * task that goes to sleep keeps its queue locked until it has left its stack,
 * in finish_task_switch(); so whoever wakes it, and takes that lock first, may
 * let it run on any CPU at once.
 *
 * Lock: rq->lock (interrupts off), innermost. Differs from Linux: no virtual
 * time and no priorities but the length of the slice.
 */
#include <asm/irqflags.h>
#include <asm/processor.h>
#include <ikos/mm.h>
#include <ikos/sched.h>
#include <ikos/smp.h>
#include <ikos/uaccess.h>
#include <uapi/sched.h>

#include "sched_internal.h"
#include "task_internal.h"

#define SLICE_TICKS 5 /* 20 ms at nice 0 */

DEFINE_PER_CPU(struct rq, runqueues);

/* nice -20: twice the normal slice; 19: one tick. */
static unsigned int slice_of(const struct task_struct *t)
{
	int slice = (20 - t->nice) * SLICE_TICKS / 20;

	if (unlikely(t->policy == SCHED_IDLE))
		return 1;
	return slice > 0 ? (unsigned int)slice : 1;
}

/**
 * sched_slice_ns - how long a task may run while others wait, ns
 */
u64 sched_slice_ns(const struct task_struct *t)
{
	return slice_of(t) * TICK_NSEC;
}

#ifdef CONFIG_DEBUG_VM
/**
 * might_sleep - panic if the caller could not sleep now
 *
 * Context: whatever the caller has; interrupts must be on, except in the boot
 * before the first switch, when nothing has to wait.
 */
void might_sleep(void)
{
	if (irqs_disabled() && this_rq()->nr_switches)
		panic("%s may have to sleep here, but interrupts are off",
		      current->comm);
	lockdep_might_sleep();
}
#endif

/* A signal that the kind of sleep reacts to is there already. */
static bool signal_ends_sleep(struct task_struct *t, int state)
{
	if (state & TASK_INTERRUPTIBLE)
		return t->sigpending;
	if (state & TASK_KILLABLE)
		return t->sigpending && fatal_signal_pending(t);
	return false;
}

/* It goes on running, but not here: sched_set_affinity(). */
static bool is_misplaced(const struct rq *rq, const struct task_struct *t)
{
	return t->state == TASK_RUNNING && unlikely(!cpu_allowed(t, rq->cpu)) &&
	       t != rq->idle;
}

/* @prev stops running: queue it again, or take it out. rq->lock held. */
static void put_prev(struct rq *rq, struct task_struct *prev)
{
	if (prev == rq->idle)
		return;
	if (prev->state == TASK_RUNNING) {
		/* Interrupted in its slice: the first to go on. */
		bool first = prev->need_resched && prev->time_slice;

		if (!is_misplaced(rq, prev))
			rq_enqueue(rq, prev,
				   first ? rq->queue.next : &rq->queue);
		return;
	}
	prev->on_rq = false;
	if (prev->state == TASK_UNINTERRUPTIBLE)
		rq->nr_uninterruptible++;
}

static struct task_struct *pick_next(struct rq *rq)
{
	struct list_head *from = &rq->woken;
	struct task_struct *next;

	if (!rq->nr_queued && nr_cpus_online > 1)
		rq_pull(rq);
	if (list_empty(from))
		from = &rq->queue;
	if (list_empty(from))
		return rq->idle;
	next = list_first_entry(from, struct task_struct, run_list);
	rq_dequeue(rq, next);
	if (!next->time_slice)
		next->time_slice = slice_of(next);
	return next;
}

/* Load @next's address space, or let it borrow @prev's. */
static void switch_address_space(struct rq *rq, struct task_struct *prev,
				 struct task_struct *next)
{
	struct mm_struct *old = prev->active_mm;

	if (!next->mm) {
		next->active_mm = old;
		if (old)
			mmgrab(old);
	} else {
		/* Even the same one: a lazy CPU may have left it. */
		switch_mm_irqs_off(old, next->mm);
	}
	if (!prev->mm) {
		rq->borrowed_mm = old;
		prev->active_mm = NULL;
	}
}

/**
 * sched_return_mm - a kernel thread gives back the address space it borrowed
 *
 * It runs on with the kernel's own page tables. For leak checks.
 * Context: a task without an address space of its own.
 */
void sched_return_mm(void)
{
	struct mm_struct *mm = current->active_mm;

	if (current->mm || !mm)
		return;
	switch_mm(mm, NULL);
	current->active_mm = NULL;
	mmdrop(mm);
}

/* What the switch away from @prev left to do. Interrupts off, rq locked. */
static void finish_task_switch(struct task_struct *prev, unsigned long flags)
{
	struct rq *rq = this_rq();
	struct mm_struct *mm = rq->borrowed_mm;
	bool dead = prev->state == TASK_DEAD;
	bool misplaced = is_misplaced(rq, prev);

	rq->borrowed_mm = NULL;
	prev->on_cpu = false;
	if (misplaced) {
		get_task_struct(prev);
		rq_enqueue(rq, prev, &rq->queue);
	}
	spin_unlock(&rq->lock);
	local_irq_restore(flags);
	if (mm)
		mmdrop(mm);
	if (misplaced) {
		rq_push_misplaced(prev);
		put_task_struct(prev);
	}
	if (dead) {
		void *stack = prev->stack;

		prev->stack = NULL;
		kstack_free(stack);
		put_task_struct(prev);
	}
}

static void context_switch(struct rq *rq, struct task_struct *prev,
			   struct task_struct *next, unsigned long flags)
{
	u64 now = ktime_get_ns();

	cputime_account(prev, now);
	next->exec_start = now;
	if (prev == rq->idle)
		timer_tick_start(now);
	rq->nr_switches++;
	rq->curr = next;
	next->on_cpu = true;
	switch_address_space(rq, prev, next);
	prev = switch_to(prev, next);
	finish_task_switch(prev, flags);
}

/**
 * schedule - let another task run
 *
 * The caller's state decides: TASK_RUNNING goes to the end of the queue,
 * anything else sleeps until it is woken, unless a signal that would end the
 * sleep is pending.
 *
 * Context: task, no spinlock held; interrupts on, or off on the way to user
 * mode, and the same afterwards.
 */
void schedule(void)
{
	struct task_struct *prev = current, *next;
	unsigned long flags;
	struct rq *rq;

	lockdep_schedule(prev);
	if (prev->state != TASK_RUNNING && prev->state != TASK_DEAD) {
		might_sleep();
		if (signal_ends_sleep(prev, prev->state))
			prev->state = TASK_RUNNING;
	}
	local_irq_save(flags);
	rq = this_rq();
	spin_lock(&rq->lock);
	if (prev->state == TASK_RUNNING)
		prev->nivcsw++;
	else
		prev->nvcsw++;
	put_prev(rq, prev);
	next = pick_next(rq);
	prev->need_resched = false;
	if (next == prev) {
		spin_unlock_irqrestore(&rq->lock, flags);
		return;
	}
	context_switch(rq, prev, next, flags);
}

/**
 * schedule_tail - the first thing that a new task does
 * @prev: the task that ran before, as switch_to() returns it
 *
 * Finishes the switch and stores the task's number where
 * CLONE_CHILD_SETTID asked for it. Context: interrupts off; on afterwards.
 */
void schedule_tail(struct task_struct *prev)
{
	finish_task_switch(prev, X86_EFLAGS_IF);
	if (current->set_child_tid &&
	    put_user(current->pid, current->set_child_tid)) {
		/* Linux ignores a bad address here, too. */
	}
}

/**
 * wake_up_state - end a task's sleep if it is one of @states
 *
 * Context: any. Return: whether it slept so.
 */
bool wake_up_state(struct task_struct *t, unsigned int states)
{
	unsigned long flags;
	struct rq *rq;

again:
	rq = task_rq_lock(t, &flags);
	if (!(t->state & states)) {
		spin_unlock_irqrestore(&rq->lock, flags);
		return false;
	}
	if (!t->on_rq) {
		struct rq *old = rq;

		if (nr_cpus_online > 1)
			rq = rq_for_wakeup(old, t);
		if (unlikely(!rq)) {
			local_irq_restore(flags);
			goto again;
		}
		if (t->state == TASK_UNINTERRUPTIBLE)
			rq->nr_uninterruptible--;
		t->on_rq = true;
		rq_enqueue_woken(rq, t);
		if (rq->curr == rq->idle)
			resched_rq(rq);
	}
	t->state = TASK_RUNNING;
	spin_unlock_irqrestore(&rq->lock, flags);
	return true;
}

/**
 * wake_up_process - end a task's sleep, whatever it waits for
 *
 * Context: any. Return: whether it slept; a stopped task does not.
 */
bool wake_up_process(struct task_struct *t)
{
	return wake_up_state(t, TASK_INTERRUPTIBLE | TASK_UNINTERRUPTIBLE |
					TASK_KILLABLE);
}

/**
 * wake_up_new_task - let a new task run for the first time
 * @t: its registers are set up, nobody has woken it yet
 *
 * Context: task.
 */
void wake_up_new_task(struct task_struct *t)
{
	unsigned long flags;
	struct rq *rq;

	local_irq_save(flags);
	rq = rq_for_new_task(t);
	t->state = TASK_RUNNING;
	t->on_rq = true;
	t->time_slice = 0;
	rq_enqueue(rq, t, &rq->queue);
	if (rq->curr == rq->idle)
		resched_rq(rq);
	spin_unlock(&rq->lock);
	local_irq_restore(flags);
}

/**
 * sched_hurry - let a task run next, if it waits for its turn
 *
 * Context: any; @t is not current or does nothing.
 */
void sched_hurry(struct task_struct *t)
{
	unsigned long flags;
	struct rq *rq = task_rq_lock(t, &flags);

	if (t->on_rq && t != rq->curr && t != rq->idle) {
		list_del(&t->run_list);
		list_add(&t->run_list, &rq->woken);
		resched_rq(rq);
	}
	spin_unlock_irqrestore(&rq->lock, flags);
}

/**
 * scheduler_tick - a tick has passed while the current task ran
 * @user: in its program
 *
 * Context: interrupt.
 */
void scheduler_tick(bool user)
{
	struct rq *rq = this_rq();
	struct task_struct *t = current;

	cputime_tick(t, user);
	cputime_check_limit(t);
	if (t->time_slice)
		t->time_slice--;
	if (!rq->nr_queued) {
		if (!t->time_slice)
			t->time_slice = slice_of(t);
	} else if (!t->time_slice || !list_empty(&rq->woken)) {
		t->need_resched = true;
	}
	if (nr_cpus_online > 1)
		rq_balance_tick(rq);
}

/**
 * yield - let everyone else in the queue run first
 *
 * Context: task, may switch.
 */
void yield(void)
{
	/* To the end of the queue, not to its head as one interrupted. */
	current->need_resched = false;
	schedule();
}

struct sleeper {
	struct timer timer;
	struct task_struct *task;
};

static void wake_sleeper(struct timer *timer)
{
	wake_up_process(container_of(timer, struct sleeper, timer)->task);
}

static noinline u64 sleep_until_timer(u64 ns)
{
	struct sleeper sleeper = { .task = current };
	u64 now, end;

	now = ktime_get_ns();
	end = ns < MAX_SCHEDULE_TIMEOUT - now ? now + ns : MAX_SCHEDULE_TIMEOUT;
	timer_setup(&sleeper.timer, wake_sleeper);
	timer_start(&sleeper.timer, end);
	schedule();
	timer_cancel(&sleeper.timer);
	now = ktime_get_ns();
	return now < end ? end - now : 0;
}

/**
 * schedule_timeout - sleep in the state that the caller has set
 * @ns: for at most so long; MAX_SCHEDULE_TIMEOUT: without end
 *
 * Context: task. Return: ns that were left when something else woke it, 0
 * when the time was up.
 */
u64 schedule_timeout(u64 ns)
{
	if (ns != MAX_SCHEDULE_TIMEOUT)
		return sleep_until_timer(ns);
	schedule();
	return ns;
}

/**
 * wait_schedule_timeout - schedule_timeout() for the macros of wait.h
 */
u64 wait_schedule_timeout(u64 ns)
{
	return schedule_timeout(ns);
}

/**
 * current_signal_pending - whether a signal waits for the current task
 */
bool current_signal_pending(void)
{
	return current->sigpending;
}

/**
 * cpu_idle - what a CPU does when there is nothing to do
 *
 * The boot task ends up here. Halts with interrupts on until one of them has
 * made a task runnable. Context: the CPU's idle task.
 */
void cpu_idle(void)
{
	for (;;) {
		local_irq_disable();
		if (current->need_resched)
			local_irq_enable();
		else
			safe_halt();
		if (current->need_resched)
			schedule();
	}
}

/**
 * sched_init_cpu - make a CPU's queue
 * @idle: its idle task, which runs there or will begin with that
 *
 * Context: before anything else uses the queue.
 */
void sched_init_cpu(struct task_struct *idle)
{
	struct rq *rq = cpu_rq(idle->cpu);

	spin_lock_init(&rq->lock);
	INIT_LIST_HEAD(&rq->woken);
	INIT_LIST_HEAD(&rq->queue);
	rq->cpu = idle->cpu;
	rq->idle = rq->curr = idle;
	idle->on_cpu = true;
	idle->exec_start = ktime_get_ns();
}

/**
 * sched_init - the running code becomes the boot CPU's idle task
 *
 * Context: boot, interrupts off, after time_init().
 */
void sched_init(void)
{
	sched_init_cpu(current);
	loadavg_init();
}

/**
 * resched_or_killed - a long walk lets others run
 *
 * For mm/, which knows no tasks.
 *
 * Context: may sleep.
 * Return: true: current is being killed and should stop.
 */
bool resched_or_killed(void)
{
	cond_resched();
	return current->sigpending && fatal_signal_pending(current);
}

/* SPDX-License-Identifier: MIT */
/*
 * Timers, and the tick as one of their uses. Each CPU has a queue, a tree by
 * expiry, and one hardware timer that is set to the next thing to happen:
 *
 *	now        t1      tick            t2
 *	 |----------|--------|--------------|-----
 *	            ^ the hardware timer
 *
 * An idle CPU has no ticks: it sleeps until t2. The hardware timer is never
 * moved to a later time, because a useless interrupt is cheaper than setting
 * it at every switch.
 *
 * Lock: base->lock (irqsave) guards a CPU's queue; nothing nests inside.
 */
#include <asm/percpu.h>
#include <ikos/sched.h>
#include <ikos/spinlock.h>
#include <ikos/time.h>

#include "watchdog.h"

#define NEVER (~0ULL)
/* Longest time that is asked of the hardware in one go. */
#define MAX_PROGRAM_NS (2 * NSEC_PER_SEC)

struct timer_base {
	spinlock_t lock;
	struct rb_root queue;
	struct timer *first; /* leftmost of the queue */
	struct timer *running; /* its function is being called */
	u64 next_tick;
	u64 programmed; /* when the hardware will interrupt */
};

static DEFINE_PER_CPU(struct timer_base, timer_bases);

static struct timer_base *this_base(void)
{
	return this_cpu_ptr(&timer_bases);
}

/* Have the hardware interrupt at @when, if it would not do so before. */
static void program(struct timer_base *base, u64 when, u64 now)
{
	u64 delta = when > now ? when - now : 1;

	if (when >= base->programmed)
		return;
	delta = min(delta, MAX_PROGRAM_NS);
	base->programmed = now + delta;
	arch_timer_program(delta);
}

/**
 * timer_setup - make a timer that is not queued
 * @function: called in interrupt context, interrupts off; may start it again
 */
void timer_setup(struct timer *timer, void (*function)(struct timer *))
{
	timer->function = function;
	timer->queued = false;
	timer->expires = 0;
	timer->cpu = 0;
}

static void enqueue(struct timer_base *base, struct timer *timer)
{
	struct rb_node **link = &base->queue.rb_node, *parent = NULL;
	bool leftmost = true;

	while (*link) {
		parent = *link;
		if (timer->expires <
		    rb_entry(parent, struct timer, node)->expires) {
			link = &parent->rb_left;
		} else {
			link = &parent->rb_right;
			leftmost = false;
		}
	}
	rb_link_node(&timer->node, parent, link);
	rb_insert_color(&timer->node, &base->queue);
	timer->queued = true;
	if (leftmost)
		base->first = timer;
}

static void dequeue(struct timer_base *base, struct timer *timer)
{
	if (base->first == timer) {
		struct rb_node *next = rb_next(&timer->node);

		base->first = next ? rb_entry(next, struct timer, node) : NULL;
	}
	rb_erase(&timer->node, &base->queue);
	timer->queued = false;
}

/**
 * timer_start - have @timer's function called at @expires
 * @expires: ns since boot; a time that has passed means at once
 *
 * Context: any; calls for one timer are serialised by its owner. A queued
 * timer is moved.
 */
void timer_start(struct timer *timer, u64 expires)
{
	struct timer_base *base;
	unsigned long flags;

	timer_cancel(timer);
	local_irq_save(flags);
	base = this_base();
	spin_lock(&base->lock);
	timer->cpu = smp_processor_id();
	timer->expires = expires;
	enqueue(base, timer);
	if (base->first == timer)
		program(base, expires, ktime_get_ns());
	spin_unlock(&base->lock);
	local_irq_restore(flags);
}

/**
 * timer_cancel - take @timer out of the queue
 *
 * When it returns the function is not running on another CPU either, so the
 * timer's memory may go. Context: any, but not under a lock that the function
 * takes.
 * Return: whether it was still pending.
 */
bool timer_cancel(struct timer *timer)
{
	struct timer_base *base = per_cpu_ptr(&timer_bases, timer->cpu);
	unsigned long flags;
	bool pending;

	spin_lock_irqsave(&base->lock, flags);
	pending = timer->queued;
	if (pending)
		dequeue(base, timer);
	while (unlikely(base->running == timer && base != this_base())) {
		spin_unlock_irqrestore(&base->lock, flags);
		cpu_relax();
		spin_lock_irqsave(&base->lock, flags);
		/* The function may have started it again. */
		if (timer->queued) {
			dequeue(base, timer);
			pending = true;
		}
	}
	spin_unlock_irqrestore(&base->lock, flags);
	return pending;
}

static void expire_timers(struct timer_base *base, u64 now)
{
	struct timer *timer;

	spin_lock(&base->lock);
	while ((timer = base->first) && timer->expires <= now) {
		dequeue(base, timer);
		base->running = timer;
		spin_unlock(&base->lock);
		timer->function(timer);
		spin_lock(&base->lock);
		base->running = NULL;
	}
	spin_unlock(&base->lock);
}

static bool tick_wanted(void)
{
	return current->pid != 0;
}

/**
 * timer_interrupt - the hardware timer has fired
 * @user: whether it interrupted a program, for its CPU time
 *
 * Context: interrupt, interrupts off.
 */
void timer_interrupt(bool user)
{
	struct timer_base *base = this_base();
	u64 now = ktime_get_ns();

	base->programmed = NEVER;
	expire_timers(base, now);
	if (tick_wanted()) {
		if (now >= base->next_tick) {
			scheduler_tick(user);
			base->next_tick = now + TICK_NSEC;
			watchdog_tick(now);
		}
		program(base, base->next_tick, now);
	}
	if (base->first)
		program(base, base->first->expires, now);
}

/**
 * timer_tick_start - this CPU stops being idle: tick again
 * @now: ktime_get_ns()
 *
 * Context: interrupts off.
 */
void timer_tick_start(u64 now)
{
	struct timer_base *base = this_base();

	base->next_tick = now + TICK_NSEC;
	program(base, base->next_tick, now);
}

/**
 * timer_init - empty queues
 *
 * Context: boot, before the first timer.
 */
void timer_init(void)
{
	struct timer_base *base = this_base();

	spin_lock_init(&base->lock);
	base->queue = RB_ROOT;
	base->programmed = NEVER;
}

/* SPDX-License-Identifier: MIT */
#ifndef IKOS_CLOCK_TIMER_H
#define IKOS_CLOCK_TIMER_H

#include <ikos/list.h>
#include <ikos/mutex.h>
#include <ikos/spinlock.h>
#include <ikos/time.h>

struct task_struct;

typedef int clockid_t;

/* Whose CPU time a timer goes by, and which part of it. */
#define CPUCLOCK_PROF  0 /* user and system */
#define CPUCLOCK_VIRT  1 /* user */
#define CPUCLOCK_SCHED 2 /* both */

struct clock_ref {
	bool wall; /* CLOCK_REALTIME, which can be stepped */
	struct task_struct *cpu; /* CPU time: with a reference; NULL: time */
	bool thread; /* of that thread alone */
	int kind; /* CPUCLOCK_* */
};

/*
 * A one-shot timer of any clock: kernel/clock_timer.c. Its function is called
 * with @lock held, interrupts off. Whoever sets, stops or reads it has it
 * locked by clock_timer_lock().
 */
struct clock_timer {
	struct timer timer;
	struct mutex mutex;
	spinlock_t lock; /* interrupts off: armed, expires */
	struct clock_ref clock;
	bool armed; /* the function is still to be called */
	bool absolute; /* follows the steps of the wall clock */
	u64 expires; /* ns on its clock, or since boot */
	u64 interval; /* ns; 0: none. For the owner's use */
	void (*fire)(struct clock_timer *ct);
	void (*clock_set)(struct clock_timer *ct); /* lock held; or NULL */
	struct list_head wall; /* of those on the wall clock */
	struct clock_timer *next_cpu; /* signal->cpu_timers */
	bool on_cpu_list;
};

/* Takes over clock->cpu's reference. */
void clock_timer_init(struct clock_timer *ct, const struct clock_ref *clock,
		      void (*fire)(struct clock_timer *ct));
void clock_timer_destroy(struct clock_timer *ct);
void clock_timer_lock(struct clock_timer *ct);
void clock_timer_unlock(struct clock_timer *ct);

/* Locked: stop it, then go off @value ns from now or when the clock shows it. */
void clock_timer_start(struct clock_timer *ct, u64 value, bool absolute);
void clock_timer_restart(struct clock_timer *ct); /* at ->expires */
void clock_timer_stop(struct clock_timer *ct);
u64 clock_timer_remaining(struct clock_timer *ct); /* ns; 0: passed */
/* Locked, or in ->fire(): push ->expires beyond now by whole intervals; how many
 * that were. */
u64 clock_timer_forward(struct clock_timer *ct);
/* In ->fire(): go off once more, at ->expires, but not before a tick. */
void clock_timer_again(struct clock_timer *ct);

/* From the tick. */
void run_cpu_timers(struct task_struct *t);
/* clock_settime(2) has moved the wall clock. */
void clock_timers_were_set(void);

#endif

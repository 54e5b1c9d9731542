/* SPDX-License-Identifier: MIT */
/*
 * Timers of every clock: time since boot, the wall clock, CPU time. What
 * timerfd_create(2), timer_create(2) and setitimer(2) are made of.
 *
 * A timer goes off once; who wants it periodic pushes it on when the last
 * expiry has been seen (a signal taken, a descriptor read). So an interval of
 * a nanosecond costs nothing while nobody looks.
 *
 *	time	in the CPU's timer queue, kernel/timer.c
 *	wall	as time; and again, whenever the clock is stepped: a function
 *		that comes too early then goes to sleep again
 *	CPU	in the list of the process that uses it up, looked at by the
 *		tick: kernel/cputime.c
 *
 * Locks: clock_timer_lock() keeps two tasks from setting a timer at once, and
 * is one for all on the wall clock, so that who steps it can restart them;
 * then cpu_timers_lock; then the timer's spin lock; then what ->fire() takes
 * (siglock, wait queues).
 */
#include <ikos/clock_timer.h>
#include <ikos/kernel.h>
#include <ikos/sched.h>

static DEFINE_MUTEX(wall_mutex);
static LIST_HEAD(wall_timers); /* absolute ones; wall_mutex */
static DEFINE_SPINLOCK(cpu_timers_lock); /* interrupts off */

static u64 add_ns(u64 a, u64 b)
{
	return a < ~0ULL - b ? a + b : ~0ULL;
}

static u64 pick(int kind, u64 utime, u64 stime)
{
	return kind == CPUCLOCK_VIRT ? utime : utime + stime;
}

static u64 cpu_now(const struct clock_ref *clock)
{
	u64 utime, stime;

	/* Brings current's own times up to date, too. */
	task_cputime(clock->cpu, &utime, &stime);
	if (clock->thread) {
		utime = clock->cpu->utime;
		stime = clock->cpu->stime;
	}
	return pick(clock->kind, utime, stime);
}

static bool on_wall(const struct clock_timer *ct)
{
	return ct->clock.wall && ct->absolute;
}

/* What the clock that ->expires is of shows. */
static u64 timer_now(const struct clock_timer *ct)
{
	if (ct->clock.cpu)
		return cpu_now(&ct->clock);
	return on_wall(ct) ? ktime_get_real_ns() : ktime_get_ns();
}

/* When that will be, as the timer queue counts. */
static u64 queue_time(const struct clock_timer *ct)
{
	u64 offset;

	if (!on_wall(ct))
		return ct->expires;
	offset = ktime_get_real_ns() - ktime_get_ns();
	return ct->expires > offset ? ct->expires - offset : 0;
}

/* The timer queue's function. */
static void clock_timer_fn(struct timer *timer)
{
	struct clock_timer *ct = container_of(timer, struct clock_timer, timer);

	spin_lock(&ct->lock);
	if (ct->armed && timer_now(ct) < ct->expires) {
		timer_start(timer, queue_time(ct));
	} else if (ct->armed) {
		ct->armed = false;
		ct->fire(ct);
	}
	spin_unlock(&ct->lock);
}

/**
 * clock_timer_init - make a timer that is not running
 * @clock: what it goes by; a task's reference is taken over
 * @fire: called when it goes off; see struct clock_timer
 */
void clock_timer_init(struct clock_timer *ct, const struct clock_ref *clock,
		      void (*fire)(struct clock_timer *ct))
{
	timer_setup(&ct->timer, clock_timer_fn);
	mutex_init(&ct->mutex);
	spin_lock_init(&ct->lock);
	ct->clock = *clock;
	ct->armed = ct->absolute = ct->on_cpu_list = false;
	ct->expires = ct->interval = 0;
	ct->fire = fire;
	ct->clock_set = NULL;
	INIT_LIST_HEAD(&ct->wall);
}

/**
 * clock_timer_lock - begin to set, stop or read a timer
 *
 * Context: may sleep.
 */
void clock_timer_lock(struct clock_timer *ct)
{
	mutex_lock(ct->clock.wall ? &wall_mutex : &ct->mutex);
}

/**
 * clock_timer_unlock - the end of clock_timer_lock()
 */
void clock_timer_unlock(struct clock_timer *ct)
{
	mutex_unlock(ct->clock.wall ? &wall_mutex : &ct->mutex);
}

static void leave_cpu_list(struct clock_timer *ct)
{
	struct clock_timer **link;
	unsigned long flags;

	spin_lock_irqsave(&cpu_timers_lock, flags);
	if (ct->on_cpu_list) {
		link = &ct->clock.cpu->signal->cpu_timers;
		while (*link != ct)
			link = &(*link)->next_cpu;
		*link = ct->next_cpu;
		ct->on_cpu_list = false;
	}
	spin_unlock_irqrestore(&cpu_timers_lock, flags);
}

static void join_cpu_list(struct clock_timer *ct)
{
	struct signal_struct *sig = ct->clock.cpu->signal;
	unsigned long flags;

	spin_lock_irqsave(&cpu_timers_lock, flags);
	if (!ct->on_cpu_list) {
		ct->next_cpu = sig->cpu_timers;
		sig->cpu_timers = ct;
		ct->on_cpu_list = true;
	}
	spin_unlock_irqrestore(&cpu_timers_lock, flags);
}

static void set_armed(struct clock_timer *ct, bool armed)
{
	unsigned long flags;

	spin_lock_irqsave(&ct->lock, flags);
	ct->armed = armed;
	spin_unlock_irqrestore(&ct->lock, flags);
}

/* The function runs no more, and not now either. */
static void quiesce(struct clock_timer *ct)
{
	set_armed(ct, false);
	if (ct->clock.cpu)
		leave_cpu_list(ct);
	else
		timer_cancel(&ct->timer);
}

/* CPU time that has been used up already is seen at once: its owner may never
 * run again. */
static void start_cpu(struct clock_timer *ct)
{
	unsigned long flags;
	u64 now = cpu_now(&ct->clock);

	join_cpu_list(ct);
	spin_lock_irqsave(&ct->lock, flags);
	ct->armed = true;
	if (now >= ct->expires) {
		ct->armed = false;
		ct->fire(ct);
	}
	spin_unlock_irqrestore(&ct->lock, flags);
}

static void start(struct clock_timer *ct)
{
	if (ct->clock.cpu) {
		start_cpu(ct);
		return;
	}
	set_armed(ct, true);
	timer_start(&ct->timer, queue_time(ct));
}

/**
 * clock_timer_stop - the timer will not go off
 *
 * Context: locked; may sleep.
 */
void clock_timer_stop(struct clock_timer *ct)
{
	quiesce(ct);
	list_del_init(&ct->wall);
}

/**
 * clock_timer_restart - have a stopped timer go off at ct->expires
 *
 * Context: locked; may sleep.
 */
void clock_timer_restart(struct clock_timer *ct)
{
	quiesce(ct);
	if (on_wall(ct) && list_empty(&ct->wall))
		list_add(&ct->wall, &wall_timers);
	start(ct);
}

/**
 * clock_timer_start - set a timer
 * @value: ns from now, or what the clock shall show
 * @absolute: which of the two
 *
 * Context: locked; may sleep.
 */
void clock_timer_start(struct clock_timer *ct, u64 value, bool absolute)
{
	clock_timer_stop(ct);
	ct->absolute = absolute;
	ct->expires = absolute ? value : add_ns(timer_now(ct), value);
	clock_timer_restart(ct);
}

/**
 * clock_timer_remaining - how long until a timer goes off
 *
 * Context: locked. Return: ns; 0: the time has passed.
 */
u64 clock_timer_remaining(struct clock_timer *ct)
{
	u64 now = timer_now(ct);

	return ct->expires > now ? ct->expires - now : 0;
}

/**
 * clock_timer_forward - push a timer's time beyond now
 *
 * Context: locked and not running, or in ->fire(); no siglock; interval not 0.
 * Return: by how many intervals.
 */
u64 clock_timer_forward(struct clock_timer *ct)
{
	u64 now = timer_now(ct), n;

	if (now < ct->expires)
		return 0;
	n = (now - ct->expires) / ct->interval + 1;
	ct->expires += n * ct->interval;
	return n;
}

/**
 * clock_timer_again - in ->fire(): once more, at ct->expires
 *
 * But not before a tick has passed, however short the interval.
 */
void clock_timer_again(struct clock_timer *ct)
{
	ct->armed = true;
	if (!ct->clock.cpu)
		timer_start(&ct->timer,
			    max(queue_time(ct), ktime_get_ns() + TICK_NSEC));
}

/**
 * clock_timer_destroy - the end of a timer
 *
 * Context: may sleep; nobody else uses it any more.
 */
void clock_timer_destroy(struct clock_timer *ct)
{
	clock_timer_lock(ct);
	clock_timer_stop(ct);
	clock_timer_unlock(ct);
	if (ct->clock.cpu)
		put_task_struct(ct->clock.cpu);
}

/**
 * run_cpu_timers - the tick: has somebody waited for this CPU time?
 * @t: the current task
 *
 * Context: interrupt, interrupts off.
 */
void run_cpu_timers(struct task_struct *t)
{
	struct clock_timer *ct;
	u64 utime, stime;

	task_cputime(t, &utime, &stime);
	spin_lock(&cpu_timers_lock);
	for (ct = t->signal->cpu_timers; ct; ct = ct->next_cpu) {
		const struct clock_ref *c = &ct->clock;
		u64 now = pick(c->kind, utime, stime);

		if (c->thread && c->cpu != t)
			continue;
		if (c->thread)
			now = pick(c->kind, t->utime, t->stime);
		spin_lock(&ct->lock);
		if (ct->armed && now >= ct->expires) {
			ct->armed = false;
			ct->fire(ct);
		}
		spin_unlock(&ct->lock);
	}
	spin_unlock(&cpu_timers_lock);
}

/**
 * clock_timers_were_set - the wall clock has been stepped
 *
 * Context: may sleep.
 */
void clock_timers_were_set(void)
{
	struct clock_timer *ct;

	mutex_lock(&wall_mutex);
	list_for_each_entry (ct, &wall_timers, wall) {
		bool armed;

		spin_lock_irq(&ct->lock);
		if (ct->clock_set)
			ct->clock_set(ct);
		armed = ct->armed;
		spin_unlock_irq(&ct->lock);
		if (!armed)
			continue;
		quiesce(ct);
		start(ct);
	}
	mutex_unlock(&wall_mutex);
}

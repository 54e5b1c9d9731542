/* SPDX-License-Identifier: MIT */
/* Timers: order, cancelling, restarting; and the clocks. */
#include <asm/irqflags.h>
#include <ikos/ktest.h>
#include <ikos/sched.h>
#include <ikos/time.h>

#define NR_TIMERS 16

struct shot {
	struct timer timer;
	u64 fired; /* ktime_get_ns(), 0: not yet */
	unsigned int order;
};

static unsigned int shots_fired;

static void fire(struct timer *timer)
{
	struct shot *s = container_of(timer, struct shot, timer);

	s->fired = ktime_get_ns();
	s->order = ++shots_fired;
}

static void sleep_ms(unsigned int ms)
{
	current->state = TASK_UNINTERRUPTIBLE;
	schedule_timeout(ms * NSEC_PER_MSEC);
}

KTEST(timer, expire_in_order_and_never_early)
{
	static struct shot s[NR_TIMERS];
	unsigned long flags;
	u64 now;

	shots_fired = 0;
	/* None before all have been started. */
	local_irq_save(flags);
	now = ktime_get_ns();
	for (unsigned int i = 0; i < NR_TIMERS; i++) {
		/* 7 is prime to 16: started in a mixed order. */
		unsigned int k = i * 7 % NR_TIMERS;

		s[k].fired = 0;
		timer_setup(&s[k].timer, fire);
		timer_start(&s[k].timer, now + (k + 1) * NSEC_PER_MSEC);
	}
	local_irq_restore(flags);
	sleep_ms(NR_TIMERS + 10);
	for (unsigned int k = 0; k < NR_TIMERS; k++) {
		EXPECT_EQ(s[k].order, k + 1);
		EXPECT(s[k].fired >= now + (k + 1) * NSEC_PER_MSEC);
		EXPECT(!s[k].timer.queued);
	}
}

KTEST(timer, cancelled_timer_does_not_fire)
{
	struct shot s = { .fired = 0 };
	unsigned long flags;

	timer_setup(&s.timer, fire);
	EXPECT(!timer_cancel(&s.timer));
	local_irq_save(flags);
	timer_start(&s.timer, ktime_get_ns() + 3 * NSEC_PER_MSEC);
	EXPECT(timer_cancel(&s.timer));
	local_irq_restore(flags);
	EXPECT(!timer_cancel(&s.timer));
	sleep_ms(10);
	EXPECT_EQ(s.fired, 0);
}

KTEST(timer, starting_again_moves_it)
{
	struct shot s = { .fired = 0 };
	u64 now = ktime_get_ns();

	timer_setup(&s.timer, fire);
	timer_start(&s.timer, now + 2 * NSEC_PER_MSEC);
	timer_start(&s.timer, now + 20 * NSEC_PER_MSEC);
	/* On a busy host the sleep may be longer: only "never early" counts. */
	sleep_ms(30);
	EXPECT(s.fired >= now + 20 * NSEC_PER_MSEC);
}

KTEST(timer, time_that_has_passed_fires_at_once)
{
	struct shot s = { .fired = 0 };

	timer_setup(&s.timer, fire);
	timer_start(&s.timer, 1);
	sleep_ms(2);
	EXPECT(s.fired != 0);
}

struct periodic {
	struct timer timer;
	unsigned int count;
};

static void tick(struct timer *timer)
{
	struct periodic *p = container_of(timer, struct periodic, timer);

	if (++p->count < 5)
		timer_start(timer, timer->expires + NSEC_PER_MSEC);
}

KTEST(timer, function_may_start_it_again)
{
	struct periodic p = { .count = 0 };

	timer_setup(&p.timer, tick);
	timer_start(&p.timer, ktime_get_ns() + NSEC_PER_MSEC);
	sleep_ms(20);
	EXPECT_EQ(p.count, 5);
	timer_cancel(&p.timer);
}

KTEST(time, clock_never_goes_back)
{
	u64 last = ktime_get_ns();

	for (int i = 0; i < 10000; i++) {
		u64 now = ktime_get_ns();

		if (now < last) {
			EXPECT(now >= last);
			break;
		}
		last = now;
	}
}

KTEST(time, setting_the_wall_clock_leaves_the_other_alone)
{
	u64 mono = ktime_get_ns(), real = ktime_get_real_ns();
	u64 later;

	ktime_set_real_ns(real + 1000 * NSEC_PER_SEC);
	later = ktime_get_real_ns();
	EXPECT(later - real >= 1000 * NSEC_PER_SEC);
	EXPECT(later - real < 1010 * NSEC_PER_SEC);
	EXPECT(ktime_get_ns() - mono < 10 * NSEC_PER_SEC);
	ktime_set_real_ns(real + (ktime_get_ns() - mono));
}

KTEST(time, conversions_saturate)
{
	struct timespec64 far = { .tv_sec = LONG_MAX, .tv_nsec = 0 };
	struct timespec64 bad = { .tv_sec = 0, .tv_nsec = 1000000000 };

	EXPECT_EQ(timespec_to_ns(&far), LONG_MAX);
	EXPECT(timespec_valid(&far));
	EXPECT(!timespec_valid(&bad));
	EXPECT_EQ(ns_to_timespec(1500000000).tv_nsec, 500000000);
}

/* SPDX-License-Identifier: MIT */
/* Switching, sleeping, waking, and what is left after threads have ended. */
#include <ikos/err.h>
#include <ikos/ktest.h>
#include <ikos/sched.h>
#include <ikos/string.h>

struct worker {
	struct completion *go;
	struct completion done;
	char *log; /* gets a letter for each step */
	unsigned int *pos;
	char letter;
	unsigned int steps;
};

static int work(void *arg)
{
	struct worker *w = arg;

	if (w->go)
		wait_for_completion(w->go);
	for (unsigned int i = 0; i < w->steps; i++) {
		w->log[(*w->pos)++] = w->letter;
		yield();
	}
	complete(&w->done);
	return 0;
}

KTEST(sched, yield_takes_turns)
{
	static char log[16];
	unsigned int pos = 0;
	struct completion go;
	struct worker w[3];

	ktest_one_cpu();
	memset(log, 0, sizeof(log));
	init_completion(&go);
	for (int i = 0; i < 3; i++) {
		w[i] = (struct worker){ .go = &go,
					.log = log,
					.pos = &pos,
					.letter = (char)('a' + i),
					.steps = 3 };
		init_completion(&w[i].done);
		ASSERT(!IS_ERR(kthread_run(work, &w[i], "ktest")));
	}
	yield();
	complete(&go);
	for (int i = 0; i < 3; i++)
		wait_for_completion(&w[i].done);
	EXPECT_EQ(pos, 9);
	/* Whoever is first, everyone runs once in each round. */
	for (int round = 0; round < 3; round++)
		for (int i = 0; i < 3; i++)
			EXPECT_EQ(log[round * 3 + i], log[i]);
	EXPECT(log[0] != log[1] && log[1] != log[2] && log[0] != log[2]);
}

KTEST(sched, completion_before_the_wait_is_seen)
{
	struct completion c;

	init_completion(&c);
	complete(&c);
	wait_for_completion(&c);
	EXPECT(c.done);
}

KTEST(sched, sleep_takes_as_long_as_asked)
{
	u64 start = ktime_get_ns(), left, slept;

	current->state = TASK_INTERRUPTIBLE;
	left = schedule_timeout(20 * NSEC_PER_MSEC);
	slept = ktime_get_ns() - start;
	EXPECT_EQ(left, 0);
	EXPECT(slept >= 20 * NSEC_PER_MSEC);
	EXPECT_EQ(current->state, TASK_RUNNING);
}

struct waker {
	struct task_struct *task;
	struct completion done;
};

static int wake_after_a_while(void *arg)
{
	struct waker *w = arg;

	current->state = TASK_UNINTERRUPTIBLE;
	schedule_timeout(5 * NSEC_PER_MSEC);
	wake_up_process(w->task);
	complete(&w->done);
	return 0;
}

KTEST(sched, early_wake_up_returns_the_time_left)
{
	struct waker w = { .task = current };
	u64 left;

	init_completion(&w.done);
	ASSERT(!IS_ERR(kthread_run(wake_after_a_while, &w, "ktest")));
	current->state = TASK_UNINTERRUPTIBLE;
	left = schedule_timeout(1000 * NSEC_PER_SEC);
	EXPECT(left > 500 * NSEC_PER_SEC);
	EXPECT(left < 1000 * NSEC_PER_SEC);
	wait_for_completion(&w.done);
}

KTEST(sched, wake_up_of_a_running_task_does_nothing)
{
	EXPECT(!wake_up_process(current));
	EXPECT_EQ(current->state, TASK_RUNNING);
}

KTEST(sched, idle_time_passes_while_all_sleep)
{
	u64 idle = cpu_idle_ns();

	current->state = TASK_UNINTERRUPTIBLE;
	schedule_timeout(20 * NSEC_PER_MSEC);
	EXPECT(cpu_idle_ns() - idle >= 10 * NSEC_PER_MSEC);
}

KTEST(sched, running_uses_cpu_time)
{
	u64 ut0, st0, ut1, st1, end = ktime_get_ns() + 30 * NSEC_PER_MSEC;

	task_cputime(current, &ut0, &st0);
	while (ktime_get_ns() < end)
		cpu_relax();
	task_cputime(current, &ut1, &st1);
	EXPECT(ut1 + st1 - ut0 - st0 >= 25 * NSEC_PER_MSEC);
	EXPECT(ut1 >= ut0 && st1 >= st0);
}

static int end_at_once(void *arg)
{
	complete(arg);
	return 0;
}

KTEST(sched, a_thousand_threads_leave_nothing)
{
	for (int i = 0; i < 1000; i++) {
		struct completion done;

		init_completion(&done);
		ASSERT(!IS_ERR(kthread_run(end_at_once, &done, "ktest")));
		wait_for_completion(&done);
	}
}

KTEST(wait_queue, exclusive_waiters_wake_one_at_a_time)
{
	DECLARE_WAIT_QUEUE_HEAD(wq);
	struct wait_queue_entry a, b, c;

	init_wait_entry(&a);
	init_wait_entry(&b);
	init_wait_entry(&c);
	a.exclusive = b.exclusive = true;
	EXPECT(!waitqueue_active(&wq));
	add_wait_queue(&wq, &a);
	add_wait_queue(&wq, &b);
	add_wait_queue(&wq, &c);
	EXPECT(waitqueue_active(&wq));
	/* Non-exclusive ones stand first. */
	EXPECT(wq.head.next == &c.entry);
	EXPECT(wq.head.prev == &b.entry);
	current->state = TASK_INTERRUPTIBLE;
	wake_up(&wq);
	EXPECT_EQ(current->state, TASK_RUNNING);
	remove_wait_queue(&wq, &a);
	remove_wait_queue(&wq, &b);
	remove_wait_queue(&wq, &c);
	EXPECT(!waitqueue_active(&wq));
}

KTEST(wait_queue, timeout_is_reported)
{
	DECLARE_WAIT_QUEUE_HEAD(wq);

	EXPECT_EQ(
		wait_event_interruptible_timeout(wq, false, 2 * NSEC_PER_MSEC),
		-ETIMEDOUT);
	EXPECT_EQ(wait_event_interruptible_timeout(wq, true, 0), 0);
}

struct hog {
	bool stop;
	struct completion done;
};

static struct hog *last_hog;
static unsigned int hog_turns; /* one CPU: no two count at once */

static int compute(void *arg)
{
	struct hog *h = arg;

	while (!READ_ONCE(h->stop)) {
		if (last_hog != h)
			WRITE_ONCE(hog_turns, hog_turns + 1);
		last_hog = h;
		cond_resched();
	}
	complete(&h->done);
	return 0;
}

struct alarm {
	struct timer timer;
	struct task_struct *sleeper;
	unsigned int turns; /* of the hogs, when it rang */
};

static void ring(struct timer *timer)
{
	struct alarm *a = container_of(timer, struct alarm, timer);

	a->turns = READ_ONCE(hog_turns);
	wake_up_process(a->sleeper);
}

/* How many hogs had a turn between the alarm and the end of our sleep. */
static unsigned int turns_until_awake(struct alarm *a)
{
	unsigned int turns;

	timer_setup(&a->timer, ring);
	/* Who has used up its slice waits for its turn, rightly. */
	current->time_slice = 5;
	set_current_state(TASK_UNINTERRUPTIBLE);
	timer_start(&a->timer, ktime_get_ns() + 5 * NSEC_PER_MSEC);
	schedule();
	turns = READ_ONCE(hog_turns) - a->turns;
	timer_cancel(&a->timer);
	return turns;
}

KTEST(sched, sleeper_does_not_wait_for_those_who_compute)
{
	struct alarm alarm = { .sleeper = current };
	struct hog hogs[8];

	ktest_one_cpu();
	for (int i = 0; i < 8; i++) {
		hogs[i].stop = false;
		init_completion(&hogs[i].done);
		ASSERT(!IS_ERR(kthread_run(compute, &hogs[i], "ktest")));
	}
	/* In its turn it would wait for all eight. One may have been about to
	 * begin when the alarm rang. */
	for (int i = 0; i < 10; i++)
		EXPECT(turns_until_awake(&alarm) <= 1);
	for (int i = 0; i < 8; i++)
		hogs[i].stop = true;
	for (int i = 0; i < 8; i++)
		wait_for_completion(&hogs[i].done);
}

KTEST(sched, slices_divide_the_cpu)
{
	struct hog hogs[2];
	unsigned int begin;

	ktest_one_cpu();
	for (int i = 0; i < 2; i++) {
		hogs[i].stop = false;
		init_completion(&hogs[i].done);
		ASSERT(!IS_ERR(kthread_run(compute, &hogs[i], "ktest")));
	}
	begin = READ_ONCE(hog_turns);
	/* They take turns though neither of them sleeps. */
	for (int i = 0; i < 3000 && READ_ONCE(hog_turns) - begin < 6; i++) {
		set_current_state(TASK_UNINTERRUPTIBLE);
		schedule_timeout(10 * NSEC_PER_MSEC);
	}
	EXPECT(READ_ONCE(hog_turns) - begin >= 6);
	for (int i = 0; i < 2; i++)
		hogs[i].stop = true;
	for (int i = 0; i < 2; i++)
		wait_for_completion(&hogs[i].done);
}

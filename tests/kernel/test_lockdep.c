/* SPDX-License-Identifier: MIT */
/* The lock checker: each of its complaints, provoked. */
#include <asm/irqflags.h>
#include <ikos/ktest.h>
#include <ikos/mutex.h>
#include <ikos/rwsem.h>
#include <ikos/sched.h>
#include <ikos/time.h>

#ifdef CONFIG_LOCKDEP

#define EXPECT_CAUGHT(complaint)                                               \
	EXPECT_EQ(lockdep_caught(), (unsigned int)BIT(complaint))
#define EXPECT_NOTHING_CAUGHT() EXPECT_EQ(lockdep_caught(), 0u)

/* The checker tells of a pair of classes once, so every test has locks of its
 * own. They are variables of the kernel: their classes stay. */
KTEST(lockdep, two_orders_of_spin_locks)
{
	static DEFINE_SPINLOCK(a);
	static DEFINE_SPINLOCK(b);

	lockdep_catch();
	spin_lock(&a);
	spin_lock(&b);
	spin_unlock(&b);
	spin_unlock(&a);
	EXPECT_NOTHING_CAUGHT();
	lockdep_catch();
	spin_lock(&b);
	spin_lock(&a);
	spin_unlock(&a);
	spin_unlock(&b);
	EXPECT_CAUGHT(LOCKDEP_INVERSION);
}

KTEST(lockdep, a_circle_of_three_kinds_of_locks)
{
	static DEFINE_MUTEX(mutex);
	static DEFINE_SPINLOCK(spin);
	struct rw_semaphore sem;

	init_rwsem(&sem);
	lockdep_catch();
	mutex_lock(&mutex);
	down_read(&sem);
	up_read(&sem);
	mutex_unlock(&mutex);
	down_write(&sem);
	spin_lock(&spin);
	spin_unlock(&spin);
	up_write(&sem);
	EXPECT_NOTHING_CAUGHT();
	lockdep_catch();
	spin_lock(&spin);
	if (mutex_trylock(&mutex)) /* waits for nobody: no complaint */
		mutex_unlock(&mutex);
	spin_unlock(&spin);
	EXPECT_NOTHING_CAUGHT();
	lockdep_catch();
	spin_lock(&spin);
	lockdep_acquire(&mutex, &mutex.dep_map, LOCK_MUTEX, false, LOCKDEP_IP);
	spin_unlock(&spin);
	EXPECT_NOTHING_CAUGHT(); /* that is might_sleep()'s to notice */
	lockdep_catch();
	down_read(&sem);
	mutex_lock(&mutex);
	mutex_unlock(&mutex);
	up_read(&sem);
	EXPECT_CAUGHT(LOCKDEP_INVERSION);
}

KTEST(lockdep, a_lock_that_the_caller_holds)
{
	struct rw_semaphore sem;

	init_rwsem(&sem);
	lockdep_catch();
	down_read(&sem);
	down_read(&sem); /* a writer might have queued up in between */
	up_read(&sem);
	up_read(&sem);
	EXPECT_CAUGHT(LOCKDEP_RECURSION);
}

static void init_pair(struct mutex *pair)
{
	for (int i = 0; i < 2; i++)
		mutex_init(&pair[i]);
}

KTEST(lockdep, two_of_a_class_only_when_nested)
{
	struct mutex pair[2];

	init_pair(pair);
	lockdep_catch();
	mutex_lock(&pair[0]);
	mutex_lock_nested(&pair[1]);
	mutex_unlock(&pair[1]);
	mutex_unlock(&pair[0]);
	EXPECT_NOTHING_CAUGHT();
	lockdep_catch();
	mutex_lock(&pair[0]);
	mutex_lock(&pair[1]);
	mutex_unlock(&pair[1]);
	mutex_unlock(&pair[0]);
	EXPECT_CAUGHT(LOCKDEP_RECURSION);
}

static DEFINE_SPINLOCK(irq_test_lock);

struct alarm {
	struct timer timer;
	bool rang;
};

static void ring(struct timer *timer)
{
	spin_lock(&irq_test_lock);
	spin_unlock(&irq_test_lock);
	WRITE_ONCE(container_of(timer, struct alarm, timer)->rang, true);
}

KTEST(lockdep, a_lock_of_interrupts_taken_with_them_on)
{
	struct alarm alarm = { .rang = false };

	lockdep_catch();
	timer_setup(&alarm.timer, ring);
	timer_start(&alarm.timer, ktime_get_ns());
	while (!READ_ONCE(alarm.rang))
		cpu_relax();
	EXPECT_NOTHING_CAUGHT();
	timer_cancel(&alarm.timer);
	lockdep_catch();
	spin_lock(&irq_test_lock);
	spin_unlock(&irq_test_lock);
	EXPECT_CAUGHT(LOCKDEP_IRQ);
}

KTEST(lockdep, sleeping_with_a_spin_lock_held)
{
	static DEFINE_SPINLOCK(lock);

	lockdep_catch();
	spin_lock(&lock);
	might_sleep();
	spin_unlock(&lock);
	EXPECT_CAUGHT(LOCKDEP_SLEEP);
}

KTEST(lockdep, a_lock_held_on_the_way_to_user_mode)
{
	struct mutex mutex;

	mutex_init(&mutex);
	lockdep_catch();
	lockdep_user_return();
	EXPECT_NOTHING_CAUGHT();
	lockdep_catch();
	mutex_lock(&mutex);
	lockdep_user_return();
	mutex_unlock(&mutex);
	EXPECT_CAUGHT(LOCKDEP_HELD);
}

KTEST(lockdep, a_lock_that_ought_to_be_held)
{
	static DEFINE_SPINLOCK(lock);
	struct rw_semaphore sem;

	init_rwsem(&sem);
	lockdep_catch();
	spin_lock(&lock);
	down_read_trylock(&sem);
	lockdep_assert_held(&lock);
	lockdep_assert_held(&sem);
	EXPECT(lockdep_is_held(&lock));
	up_read(&sem);
	spin_unlock(&lock);
	EXPECT_NOTHING_CAUGHT();
	lockdep_catch();
	lockdep_assert_held(&sem);
	EXPECT_CAUGHT(LOCKDEP_NOT_HELD);
}

KTEST(lockdep, no_complaint_since_boot)
{
	EXPECT_EQ(lockdep_complaints(), 0);
}

#endif

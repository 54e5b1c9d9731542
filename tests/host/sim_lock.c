/* SPDX-License-Identifier: MIT */
/*
 * Locks of the simulated machine. There is one thread, so a lock that cannot
 * be had at once is a deadlock, and one that is taken twice, even for reading,
 * is a bug that a waiting writer would turn into one.
 */
#include "sim.h"

#include <ikos/mutex.h>
#include <ikos/rwsem.h>
#include <ikos/wait.h>

int sim_sleep_locks_held;
int sim_spin_depth;
bool sim_irqs_on = true;

void cpu_relax(void)
{
	sim_die("deadlock: a spin lock is taken that is held already");
}

void sim_might_sleep(const char *what)
{
	if (sim_spin_depth)
		sim_die("%s may sleep, but a spin lock is held", what);
	if (!sim_irqs_on)
		sim_die("%s may sleep, but interrupts are off", what);
}

void __init_rwsem(struct rw_semaphore *sem)
{
	sem->count = 0;
	spin_lock_init(&sem->wait_lock);
	INIT_LIST_HEAD(&sem->wait_list);
}

void down_read(struct rw_semaphore *sem)
{
	sim_might_sleep("down_read");
	if (!down_read_trylock(sem))
		sim_die("deadlock: down_read of a rwsem that is held");
}

bool down_read_trylock(struct rw_semaphore *sem)
{
	if (sem->count)
		return false;
	sem->count = 1;
	sim_sleep_locks_held++;
	return true;
}

void up_read(struct rw_semaphore *sem)
{
	if (sem->count <= 0)
		sim_die("up_read of a rwsem that is not held for reading");
	sem->count--;
	sim_sleep_locks_held--;
}

void down_write(struct rw_semaphore *sem)
{
	sim_might_sleep("down_write");
	if (!down_write_trylock(sem))
		sim_die("deadlock: down_write of a rwsem that is held");
}

int down_write_killable(struct rw_semaphore *sem)
{
	down_write(sem);
	return 0;
}

bool down_write_trylock(struct rw_semaphore *sem)
{
	if (sem->count)
		return false;
	sem->count = -1;
	sim_sleep_locks_held++;
	return true;
}

void up_write(struct rw_semaphore *sem)
{
	if (sem->count != -1)
		sim_die("up_write of a rwsem that is not held for writing");
	sem->count = 0;
	sim_sleep_locks_held--;
}

void downgrade_write(struct rw_semaphore *sem)
{
	if (sem->count != -1)
		sim_die("downgrade of a rwsem that is not held for writing");
	sem->count = 1;
}

void __mutex_init(struct mutex *lock)
{
	lock->owner = NULL;
	spin_lock_init(&lock->wait_lock);
	INIT_LIST_HEAD(&lock->wait_list);
}

bool mutex_trylock(struct mutex *lock)
{
	if (lock->owner)
		return false;
	lock->owner = (struct task_struct *)1UL;
	sim_sleep_locks_held++;
	return true;
}

void mutex_lock(struct mutex *lock)
{
	sim_might_sleep("mutex_lock");
	if (!mutex_trylock(lock))
		sim_die("deadlock: mutex_lock of a mutex that is held");
}

void mutex_unlock(struct mutex *lock)
{
	if (!lock->owner)
		sim_die("mutex_unlock of a mutex that is not held");
	lock->owner = NULL;
	sim_sleep_locks_held--;
}

bool mutex_is_locked(const struct mutex *lock)
{
	return lock->owner;
}

bool sim_killed;

void count_faults_in_advance(unsigned long nr)
{
}

bool resched_or_killed(void)
{
	sim_might_sleep("cond_resched");
	return sim_killed;
}

void down_write_nested(struct rw_semaphore *sem)
{
	down_write(sem);
}

/* Nobody ever waits for long: whoever could wake him is the same thread. */
void init_waitqueue_head(struct wait_queue_head *wq)
{
	spin_lock_init(&wq->lock);
	INIT_LIST_HEAD(&wq->head);
}

void init_wait_entry(struct wait_queue_entry *entry)
{
	entry->task = NULL;
	INIT_LIST_HEAD(&entry->entry);
}

void prepare_to_wait(struct wait_queue_head *wq, struct wait_queue_entry *entry,
		     int state)
{
	sim_might_sleep("wait_event");
}

void finish_wait(struct wait_queue_head *wq, struct wait_queue_entry *entry)
{
}

void schedule(void)
{
	sim_die("deadlock: waiting for what nobody can bring about");
}

u64 wait_schedule_timeout(u64 ns)
{
	sim_die("deadlock: waiting for what nobody can bring about");
}

bool current_signal_pending(void)
{
	return sim_killed;
}

void wake_up(struct wait_queue_head *wq)
{
}

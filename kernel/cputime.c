/* SPDX-License-Identifier: MIT */
/*
 * How much CPU time a task has used. The sum is exact: the clock is read at
 * every switch. How it divides into user and system time is sampled: a tick
 * gives the time since the last count to what it interrupted, and the time
 * between a tick and a switch is divided in the proportion of the ticks so
 * far. A task that no tick ever met has only user time, as on Linux.
 *
 *	switch in     tick (user)     tick (kernel)  switch out
 *	    |---------------|----------------|-------------|
 *	      user time       system time      half each
 *
 * Both figures only grow. Counted by the CPU that runs the task, with
 * interrupts off; others may read.
 */
#include <ikos/clock_timer.h>
#include <ikos/sched.h>

/* So many ticks are remembered; older ones count less. */
#define TICKS_REMEMBERED 1024

DEFINE_PER_CPU(u64, cpu_user_ns);

/**
 * cputime_account - count the time since the last count
 * @t: the current task
 * @now: ktime_get_ns()
 *
 * Context: interrupts off.
 */
void cputime_account(struct task_struct *t, u64 now)
{
	u64 delta = now - t->exec_start;
	u64 system = 0;

	t->exec_start = now;
	if (t->system_ticks)
		system = delta * t->system_ticks /
			 (t->system_ticks + t->user_ticks);
	t->stime += system;
	t->utime += delta - system;
	this_cpu_write(cpu_user_ns,
		       this_cpu_read(cpu_user_ns) + delta - system);
}

/**
 * cputime_tick - the tick interrupted @t
 * @t: the current task
 * @user: in its program, not in the kernel for it
 *
 * Context: interrupt.
 */
void cputime_tick(struct task_struct *t, bool user)
{
	u64 now = ktime_get_ns();
	u64 delta = now - t->exec_start;

	t->exec_start = now;
	if (user) {
		t->utime += delta;
		this_cpu_write(cpu_user_ns, this_cpu_read(cpu_user_ns) + delta);
		t->user_ticks++;
	} else {
		t->stime += delta;
		t->system_ticks++;
	}
	if (t->user_ticks + t->system_ticks > TICKS_REMEMBERED) {
		t->user_ticks /= 2;
		t->system_ticks /= 2;
	}
}

/* Move the soft limit on to the next second; false: a tick of another thread
 * has done so. */
static bool next_second(struct task_struct *t, unsigned long soft)
{
	struct rlimit *limit = &t->signal->rlim[RLIMIT_CPU];
	unsigned long flags = lock_task_sighand(t);
	bool ours = limit->rlim_cur == soft;

	if (ours)
		limit->rlim_cur = soft + 1;
	unlock_task_sighand(t, flags);
	return ours;
}

/**
 * cputime_check_limit - RLIMIT_CPU and the CPU timers of the process that the
 * tick interrupted
 * @t: the current task
 *
 * SIGXCPU at the soft limit and each second after it, SIGKILL at the hard
 * one: setrlimit(2). Context: interrupt.
 */
void cputime_check_limit(struct task_struct *t)
{
	struct rlimit *limit = &t->signal->rlim[RLIMIT_CPU];
	unsigned long soft = READ_ONCE(limit->rlim_cur);
	u64 utime, stime, seconds;

	/* One that has left its process knows no more who leads it. */
	if (unlikely(READ_ONCE(t->signal->cpu_timers)) && !t->exit_state)
		run_cpu_timers(t);
	if (likely(soft == RLIM_INFINITY))
		return;
	task_cputime(t, &utime, &stime);
	seconds = (utime + stime) / NSEC_PER_SEC;
	if (seconds < soft)
		return;
	if (seconds >= limit->rlim_max)
		send_sig(SIGKILL, t);
	else if (next_second(t, soft))
		send_sig(SIGXCPU, t);
}

/**
 * task_cputime - CPU time of a whole process, its exited threads included
 * @t: any of its threads
 * @utime: gets nanoseconds in user mode
 * @stime: gets nanoseconds in the kernel
 *
 * Context: any but under siglock; the caller has a reference to @t or holds
 * tasklist_lock.
 */
void task_cputime(struct task_struct *t, u64 *utime, u64 *stime)
{
	struct signal_struct *sig = t->signal;
	struct task_struct *thread;
	unsigned long flags;

	flags = lock_task_sighand(t);
	if (sig == current->signal)
		cputime_account(current, ktime_get_ns());
	*utime = sig->utime;
	*stime = sig->stime;
	list_for_each_entry (thread, &sig->thread_head, thread_node) {
		*utime += thread->utime;
		*stime += thread->stime;
	}
	unlock_task_sighand(t, flags);
}

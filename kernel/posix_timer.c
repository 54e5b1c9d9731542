/* SPDX-License-Identifier: MIT */
/*
 * timer_create(2) and its relatives: timers that send signals.
 *
 * The queue entry of its signal is part of a timer, so that going off cannot
 * fail. A periodic timer is set to its next time when the signal is taken, not
 * when it is sent: what has been missed by then is the overrun.
 *
 *	fire ──▶ signal pending ──▶ taken: posix_timer_deliver()
 *	  ▲				forward n intervals, overrun n - 1
 *	  └───────── next ◀──────────────┘
 *
 * A signal that is ignored is never taken: then the timer goes on by itself,
 * at most once in a tick.
 *
 * Locks: siglock for the list; a timer's own, clock_timer.h, for its setting.
 * The timer is freed with its last reference.
 */
#include <ikos/clock_timer.h>
#include <ikos/kernel.h>
#include <ikos/posix_timer.h>
#include <ikos/slab.h>
#include <ikos/string.h>
#include <ikos/syscall.h>
#include <ikos/uaccess.h>

#include "signal_internal.h"
#include "sys_time.h"

struct posix_timer {
	struct posix_timer *next; /* signal->posix_timers */
	atomic_t refs;
	int id;
	int notify; /* SIGEV_* */
	struct task_struct *target; /* with a reference */
	struct clock_timer timer;
	struct sigqueue signal;
	bool deleted; /* the timer's own lock */
	bool requeue; /* off until its signal is taken; timer.lock */
	u64 missed; /* intervals counted while it was */
	int overrun; /* of the signal taken last */
};

static bool to_process(const struct posix_timer *pt)
{
	return pt->notify != SIGEV_THREAD_ID;
}

static void posix_timer_fire(struct clock_timer *ct)
{
	struct posix_timer *pt = container_of(ct, struct posix_timer, timer);
	bool ignored;

	if (pt->notify == SIGEV_NONE)
		return;
	ignored = !send_sigqueue(&pt->signal, pt->target, to_process(pt));
	if (!ct->interval)
		return;
	if (ignored) {
		clock_timer_forward(ct);
		clock_timer_again(ct);
	} else {
		pt->requeue = true;
	}
}

static void put_timer(struct posix_timer *pt)
{
	if (!atomic_dec_and_test(&pt->refs))
		return;
	sigqueue_uncharge(&pt->signal);
	if (pt->timer.clock.cpu)
		put_task_struct(pt->timer.clock.cpu);
	put_task_struct(pt->target);
	kfree(pt);
}

static void unlock_put(struct posix_timer *pt)
{
	clock_timer_unlock(&pt->timer);
	put_timer(pt);
}

/* The caller's timer of that number, locked, with a reference; or NULL. */
static struct posix_timer *get_timer(int id)
{
	struct posix_timer *pt;

	spin_lock_irq(&current->sighand->siglock);
	for (pt = current->signal->posix_timers; pt; pt = pt->next)
		if (pt->id == id)
			break;
	if (pt)
		atomic_inc(&pt->refs);
	spin_unlock_irq(&current->sighand->siglock);
	if (!pt)
		return NULL;
	clock_timer_lock(&pt->timer);
	if (!pt->deleted)
		return pt;
	unlock_put(pt);
	return NULL;
}

/* Locked. Whether it was off for its signal; then it is no more. */
static bool take_requeue(struct posix_timer *pt)
{
	bool was;

	spin_lock_irq(&pt->timer.lock);
	was = pt->requeue;
	pt->requeue = false;
	spin_unlock_irq(&pt->timer.lock);
	return was;
}

/**
 * posix_timer_deliver - a signal has been taken out of the queue
 * @info: what came with it; si_overrun is filled in
 *
 * Context: the task that took it, no locks; may sleep.
 */
void posix_timer_deliver(struct siginfo *info)
{
	struct posix_timer *pt;
	u64 n;

	if (likely(info->si_code != SI_TIMER))
		return;
	pt = get_timer(info->si_timerid);
	if (!pt)
		return;
	pt->overrun = 0;
	if (take_requeue(pt)) {
		n = pt->missed + clock_timer_forward(&pt->timer);
		pt->missed = 0;
		if (n)
			pt->overrun = (int)min(n - 1, (u64)INT_MAX);
		clock_timer_restart(&pt->timer);
	}
	info->si_overrun = pt->overrun;
	unlock_put(pt);
}

/* --- creation -------------------------------------------------------------- */

static int timer_clock(clockid_t clock, struct clock_ref *ref)
{
	*ref = (struct clock_ref){ .wall = false };
	switch (clock) {
	case CLOCK_REALTIME:
	case CLOCK_TAI:
		ref->wall = true;
		return 0;
	case CLOCK_MONOTONIC:
	case CLOCK_BOOTTIME:
		return 0;
	case CLOCK_MONOTONIC_RAW:
	case CLOCK_REALTIME_COARSE:
	case CLOCK_MONOTONIC_COARSE:
		return -EOPNOTSUPP;
	case CLOCK_REALTIME_ALARM:
	case CLOCK_BOOTTIME_ALARM:
		/* No device that would wake the machine. */
		return -EOPNOTSUPP;
	case CLOCK_PROCESS_CPUTIME_ID:
	case CLOCK_THREAD_CPUTIME_ID:
		return cpu_clock_ref(clock, ref);
	default:
		return clock < 0 ? cpu_clock_ref(clock, ref) : -EINVAL;
	}
}

/* Who gets the signal, with a reference; NULL: the request is no good. */
static struct task_struct *find_target(const struct sigevent_k *ev)
{
	struct task_struct *t = current->signal->leader;

	switch (ev->sigev_notify) {
	case SIGEV_THREAD_ID:
		t = find_get_task(ev->sigev_notify_thread_id);
		if (!t)
			return NULL;
		if (t->signal != current->signal) {
			put_task_struct(t);
			return NULL;
		}
		break;
	case SIGEV_SIGNAL:
	case SIGEV_THREAD:
	case SIGEV_NONE:
		get_task_struct(t);
		break;
	default:
		return NULL;
	}
	if (ev->sigev_notify == SIGEV_NONE ||
	    (ev->sigev_signo > 0 && ev->sigev_signo <= _NSIG))
		return t;
	put_task_struct(t);
	return NULL;
}

static void set_signal(struct posix_timer *pt, const struct sigevent_k *ev)
{
	struct siginfo *info = &pt->signal.info;

	info->si_signo = ev->sigev_signo;
	info->si_code = SI_TIMER;
	info->si_timerid = pt->id;
	info->si_timer_value.sival_ptr = ev->sigev_value.sival_ptr;
	pt->signal.preallocated = true;
	INIT_LIST_HEAD(&pt->signal.list);
}

/* Into the list, under a number that is free. */
static void enter_timer(struct posix_timer *pt, const struct sigevent_k *ev)
{
	struct signal_struct *sig = current->signal;
	struct posix_timer *other;

	spin_lock_irq(&current->sighand->siglock);
	do {
		pt->id = sig->next_timer_id;
		sig->next_timer_id = pt->id == INT_MAX ? 0 : pt->id + 1;
		for (other = sig->posix_timers; other; other = other->next)
			if (other->id == pt->id)
				break;
	} while (other);
	set_signal(pt, ev);
	pt->next = sig->posix_timers;
	sig->posix_timers = pt;
	spin_unlock_irq(&current->sighand->siglock);
}

/* A timer without a number; the references are taken over. */
static struct posix_timer *alloc_timer(const struct clock_ref *ref,
				       struct task_struct *target, int notify)
{
	struct posix_timer *pt = kzalloc(sizeof(*pt), GFP_KERNEL);

	if (pt && sigqueue_charge(&pt->signal, target)) {
		kfree(pt);
		pt = NULL;
	}
	if (!pt) {
		put_task_struct(target);
		if (ref->cpu)
			put_task_struct(ref->cpu);
		return NULL;
	}
	atomic_set(&pt->refs, 1);
	pt->target = target;
	pt->notify = notify;
	clock_timer_init(&pt->timer, ref, posix_timer_fire);
	return pt;
}

static void delete_timer(struct posix_timer *pt)
{
	clock_timer_lock(&pt->timer);
	clock_timer_stop(&pt->timer);
	withdraw_sigqueue(&pt->signal, pt->target, to_process(pt));
	pt->deleted = true;
	unlock_put(pt);
}

/* Out of the list: the list's reference is the caller's. NULL: no such. */
static struct posix_timer *unlink_timer(struct signal_struct *sig, int id)
{
	struct posix_timer **link = &sig->posix_timers, *pt;

	spin_lock_irq(&current->sighand->siglock);
	while ((pt = *link) && pt->id != id)
		link = &pt->next;
	if (pt)
		*link = pt->next;
	spin_unlock_irq(&current->sighand->siglock);
	return pt;
}

/**
 * sys_timer_create - timer_create(2)
 *
 * Context: process context. Return: 0; -EINVAL: the clock, the signal or whom
 * it is for; -EOPNOTSUPP: a clock that has no timers; -EAGAIN: no memory or too
 * many; -EFAULT.
 */
SYSCALL_DEFINE3(timer_create, clockid_t, clock,
		const struct sigevent_k __user *, uev, int __user *, uid)
{
	struct sigevent_k ev = { .sigev_signo = SIGALRM };
	struct task_struct *target;
	struct posix_timer *pt;
	struct clock_ref ref;
	int err, id;

	if (uev && copy_from_user(&ev, uev, sizeof(ev)))
		return -EFAULT;
	err = timer_clock(clock, &ref);
	if (err)
		return err;
	target = find_target(&ev);
	if (!target) {
		if (ref.cpu)
			put_task_struct(ref.cpu);
		return -EINVAL;
	}
	pt = alloc_timer(&ref, target, ev.sigev_notify);
	if (!pt)
		return -EAGAIN;
	enter_timer(pt, &ev);
	id = pt->id;
	/* Not set yet, so nobody sees the value change. */
	if (!uev)
		pt->signal.info.si_timer_value.sival_ptr = (unsigned int)id;
	if (!put_user(id, uid))
		return 0;
	pt = unlink_timer(current->signal, id);
	if (pt)
		delete_timer(pt);
	return -EFAULT;
}

/**
 * sys_timer_delete - timer_delete(2)
 *
 * Context: process context. Return: 0; -EINVAL: no such timer.
 */
SYSCALL_DEFINE1(timer_delete, int, id)
{
	struct posix_timer *pt = unlink_timer(current->signal, id);

	if (!pt)
		return -EINVAL;
	delete_timer(pt);
	return 0;
}

/**
 * exit_posix_timers - delete all timers of a process
 * @sig: current's
 *
 * Context: may sleep; no other thread is left.
 */
void exit_posix_timers(struct signal_struct *sig)
{
	struct posix_timer *pt;

	while ((pt = sig->posix_timers)) {
		sig->posix_timers = pt->next;
		delete_timer(pt);
	}
}

/* --- setting --------------------------------------------------------------- */

/* Locked. */
static void read_setting(struct posix_timer *pt, struct itimerspec64 *spec)
{
	struct clock_timer *ct = &pt->timer;
	u64 left;

	*spec = (struct itimerspec64){ .it_interval =
					       ns_to_timespec(ct->interval) };
	/* Off: never set, or gone off for good. */
	if (!ct->interval && !READ_ONCE(ct->armed))
		return;
	if (ct->interval && (pt->requeue || pt->notify == SIGEV_NONE))
		pt->missed += clock_timer_forward(ct);
	left = clock_timer_remaining(ct);
	/* About to go off is not off. */
	if (!left && pt->notify != SIGEV_NONE)
		left = 1;
	spec->it_value = ns_to_timespec(left);
}

/* Locked. */
static void change_setting(struct posix_timer *pt, bool absolute,
			   const struct itimerspec64 *spec)
{
	struct clock_timer *ct = &pt->timer;
	u64 value = timespec_to_ns(&spec->it_value);

	clock_timer_stop(ct);
	withdraw_sigqueue(&pt->signal, pt->target, to_process(pt));
	pt->requeue = false;
	pt->missed = 0;
	pt->overrun = 0;
	ct->interval = value ? timespec_to_ns(&spec->it_interval) : 0;
	if (value)
		clock_timer_start(ct, value, absolute);
}

/**
 * sys_timer_settime - timer_settime(2)
 *
 * Context: process context. Return: 0; -EINVAL: no such timer, or no time;
 * -EFAULT.
 */
SYSCALL_DEFINE4(timer_settime, int, id, int, flags,
		const struct itimerspec64 __user *, unew,
		struct itimerspec64 __user *, uold)
{
	struct itimerspec64 spec, old;
	struct posix_timer *pt;

	if (!unew)
		return -EINVAL;
	if (copy_from_user(&spec, unew, sizeof(spec)))
		return -EFAULT;
	if (!timespec_valid(&spec.it_interval) ||
	    !timespec_valid(&spec.it_value))
		return -EINVAL;
	pt = get_timer(id);
	if (!pt)
		return -EINVAL;
	read_setting(pt, &old);
	change_setting(pt, flags & TIMER_ABSTIME, &spec);
	unlock_put(pt);
	return uold && copy_to_user(uold, &old, sizeof(old)) ? -EFAULT : 0;
}

/**
 * sys_timer_gettime - timer_gettime(2)
 *
 * Context: process context. Return: 0; -EINVAL: no such timer; -EFAULT.
 */
SYSCALL_DEFINE2(timer_gettime, int, id, struct itimerspec64 __user *, ucur)
{
	struct posix_timer *pt = get_timer(id);
	struct itimerspec64 spec;

	if (!pt)
		return -EINVAL;
	read_setting(pt, &spec);
	unlock_put(pt);
	return copy_to_user(ucur, &spec, sizeof(spec)) ? -EFAULT : 0;
}

/**
 * sys_timer_getoverrun - timer_getoverrun(2)
 *
 * Context: process context. Return: how often the timer went off unseen before
 * its last signal was taken; -EINVAL: no such timer.
 */
SYSCALL_DEFINE1(timer_getoverrun, int, id)
{
	struct posix_timer *pt = get_timer(id);
	int overrun;

	if (!pt)
		return -EINVAL;
	overrun = pt->overrun;
	unlock_put(pt);
	return overrun;
}

/* SPDX-License-Identifier: MIT */
/*
 * What a process has used: getrusage(2), wait4(2). Input, output and message
 * counts stay 0; Linux keeps some of them, programs must not rely on them.
 */
#include <ikos/mm.h>
#include <ikos/sched.h>
#include <ikos/string.h>
#include <uapi/resource.h>

/* Faults of processes that have been released; tasklist_lock. */
static u64 gone_min_flt, gone_maj_flt;

/**
 * rusage_release - a task leaves its process, which keeps what it has used
 *
 * With the leader the process goes: its faults stay for /proc/vmstat.
 * Context: tasklist_lock and siglock.
 */
void rusage_release(struct task_struct *t)
{
	struct signal_struct *sig = t->signal;

	if (t == current)
		cputime_account(t, ktime_get_ns());
	sig->utime += t->utime;
	sig->stime += t->stime;
	sig->min_flt += t->min_flt;
	sig->maj_flt += t->maj_flt;
	sig->nvcsw += t->nvcsw;
	sig->nivcsw += t->nivcsw;
	if (t != sig->leader)
		return;
	gone_min_flt += sig->min_flt;
	gone_maj_flt += sig->maj_flt;
}

/**
 * count_faults - page faults of all processes since boot
 * @all: gets their number
 * @major: gets the number of those that had to wait for a device
 *
 * Context: takes tasklist_lock.
 */
void count_faults(u64 *all, u64 *major)
{
	struct task_struct *p, *t;
	u64 minor;

	spin_lock_irq(&tasklist_lock);
	minor = gone_min_flt;
	*major = gone_maj_flt;
	for_each_process (p) {
		minor += p->signal->min_flt;
		*major += p->signal->maj_flt;
		for_each_thread (p, t) {
			minor += t->min_flt;
			*major += t->maj_flt;
		}
	}
	spin_unlock_irq(&tasklist_lock);
	*all = minor + *major;
}

/**
 * count_faults_in_advance - pages that mlock(2) and its like made present
 * @nr: how many
 *
 * Context: task.
 */
void count_faults_in_advance(unsigned long nr)
{
	current->min_flt += nr;
}

static struct timeval64 ns_to_timeval(u64 ns)
{
	return (struct timeval64){ .tv_sec = (s64)(ns / NSEC_PER_SEC),
				   .tv_usec = (s64)(ns % NSEC_PER_SEC /
						    NSEC_PER_USEC) };
}

static void add_counts(struct rusage_k *ru, const struct task_struct *t)
{
	ru->ru_minflt += (s64)t->min_flt;
	ru->ru_majflt += (s64)t->maj_flt;
	ru->ru_nvcsw += (s64)t->nvcsw;
	ru->ru_nivcsw += (s64)t->nivcsw;
}

static void add_self(struct rusage_k *ru, struct task_struct *t)
{
	struct signal_struct *sig = t->signal;
	struct task_struct *thread;

	ru->ru_minflt += (s64)sig->min_flt;
	ru->ru_majflt += (s64)sig->maj_flt;
	ru->ru_nvcsw += (s64)sig->nvcsw;
	ru->ru_nivcsw += (s64)sig->nivcsw;
	for_each_thread (t, thread)
		add_counts(ru, thread);
}

static void add_children(struct rusage_k *ru, const struct signal_struct *sig)
{
	ru->ru_minflt += (s64)sig->cmin_flt;
	ru->ru_majflt += (s64)sig->cmaj_flt;
	ru->ru_nvcsw += (s64)sig->cnvcsw;
	ru->ru_nivcsw += (s64)sig->cnivcsw;
}

static unsigned long resident_peak(struct task_struct *t)
{
	struct mm_struct *mm = get_task_mm(t);
	unsigned long pages = t->signal->maxrss;

	if (mm) {
		pages = max(pages, mm_hiwater_rss(mm));
		mmput(mm);
	}
	return pages;
}

/**
 * task_rusage - fill a struct rusage
 * @t: the process (any of its threads)
 * @who: RUSAGE_SELF, RUSAGE_CHILDREN: of waited-for children, RUSAGE_BOTH, or
 * RUSAGE_THREAD: @t alone
 *
 * Context: may sleep; @t may be a zombie, the caller keeps it alive.
 */
void task_rusage(struct task_struct *t, int who, struct rusage_k *ru)
{
	struct signal_struct *sig = t->signal;
	unsigned long pages = 0;
	u64 utime = 0, stime = 0;
	unsigned long flags;

	memset(ru, 0, sizeof(*ru));
	if (who != RUSAGE_CHILDREN)
		pages = resident_peak(t);
	if (who == RUSAGE_SELF || who == RUSAGE_BOTH)
		task_cputime(t, &utime, &stime);
	flags = lock_task_sighand(t);
	if (who == RUSAGE_THREAD) {
		if (t == current)
			cputime_account(t, ktime_get_ns());
		utime = t->utime;
		stime = t->stime;
		add_counts(ru, t);
	} else if (who != RUSAGE_CHILDREN) {
		add_self(ru, t);
	}
	if (who == RUSAGE_CHILDREN || who == RUSAGE_BOTH) {
		utime += sig->cutime;
		stime += sig->cstime;
		add_children(ru, sig);
		pages = max(pages, sig->cmaxrss);
	}
	unlock_task_sighand(t, flags);
	ru->ru_utime = ns_to_timeval(utime);
	ru->ru_stime = ns_to_timeval(stime);
	ru->ru_maxrss = (s64)(pages << (PAGE_SHIFT - 10));
}

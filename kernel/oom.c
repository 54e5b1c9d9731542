/* SPDX-License-Identifier: MIT */
/*
 * Out of memory: one process has to die so that the others can go on.
 *
 * Before that, pages that programs have given up are waited for (mm/reclaim.c).
 *
 * The victim is the one whose end gives back most: resident pages and page
 * tables, shifted by oom_score_adj, which is in thousandths of all memory;
 * -1000 excludes a process, as being init does. Points are compared in
 * thousandths of all memory, and of equals the youngest dies: with a fork bomb
 * that is the last child and neither its parent, which has a few pages more,
 * nor the shell it came from. (Linux compares pages.)
 *
 * The victim gets SIGKILL, all its threads are marked, which lets them use the
 * page reserve for what they need to die, and it goes to the front of the run queue.
 * While one is dying nobody else is chosen: the faulting task waits a little
 * and tries again. Processes that share the victim's memory go with it; a
 * child of vfork() is not judged by itself, for the memory is its parent's.
 *
 * Source: proc(5) on oom_score_adj.
 */
#include <ikos/bug.h>
#include <ikos/mm.h>
#include <ikos/printk.h>
#include <ikos/slab.h>

#include "task_internal.h"

#define OOM_SCORE_ADJ_MIN (-1000)
#define RETRY_NS	  (10 * NSEC_PER_MSEC)
/* So often are pages that were given up looked for before somebody dies. */
#define RECLAIM_TRIES 20
/* A victim that is still there after so long does not count any more. */
#define VICTIM_PATIENCE_NS (5 * NSEC_PER_SEC)

struct oom_victim {
	struct task_struct *task;
	struct mm_struct *mm; /* to be compared, no reference */
	long points;
	unsigned long total_vm, rss, tables; /* pages */
};

static u64 last_kill; /* ktime_get_ns(); tasklist_lock */
static atomic_t nr_dying; /* victims that still have their memory */

static bool never_a_victim(const struct task_struct *p)
{
	return p->tgid <= 1 || (p->flags & (PF_KTHREAD | PF_VFORK)) ||
	       !atomic_read(&p->signal->live) ||
	       p->signal->oom_score_adj == OOM_SCORE_ADJ_MIN;
}

/* A thread of @p's process that has not given its memory back, its alloc_lock
 * held; the leader may have. tasklist_lock or siglock held. */
static struct task_struct *lock_thread_with_mm(struct task_struct *p,
					       unsigned long *flags)
{
	struct task_struct *t;

	for_each_thread (p, t) {
		*flags = task_lock(t);
		if (t->mm)
			return t;
		task_unlock(t, *flags);
	}
	return NULL;
}

/* What killing @p would give, in pages; false: nothing. tasklist_lock held. */
static bool score(struct task_struct *p, struct oom_victim *v)
{
	struct mm_struct *mm;
	struct task_struct *t;
	unsigned long flags;

	if (never_a_victim(p))
		return false;
	t = lock_thread_with_mm(p, &flags);
	if (!t)
		return false;
	mm = t->mm;
	v->mm = mm;
	v->total_vm = mm->total_vm;
	v->rss = mm_rss(mm);
	v->tables =
		(unsigned long)atomic64_read(&mm->pgtables_bytes) >> PAGE_SHIFT;
	task_unlock(t, flags);
	v->task = p;
	v->points = (long)(v->rss + v->tables) +
		    p->signal->oom_score_adj * (long)(totalram_pages() / 1000);
	return true;
}

/**
 * oom_points - how likely a process is to be the next victim
 * @t: the process
 * @points: gets what its end would give, in pages, with its oom_score_adj
 *
 * Context: a reference to @t; takes tasklist_lock. Return: false: it will never be chosen.
 */
bool oom_points(struct task_struct *t, long *points)
{
	struct oom_victim v;
	bool ret;

	spin_lock_irq(&tasklist_lock);
	ret = t->exit_state != TASK_DEAD && score(t->signal->leader, &v);
	spin_unlock_irq(&tasklist_lock);
	if (ret)
		*points = v.points;
	return ret;
}

static bool victim_is_dying(u64 now)
{
	return atomic_read(&nr_dying) > 0 &&
	       now - last_kill < VICTIM_PATIENCE_NS;
}

/*
 * @t will die and give its memory back; if it has not done so already, exit
 * will say when.
 */
static void mark_victim(struct task_struct *t)
{
	unsigned long flags = task_lock(t);

	if (t->mm && !t->oom_victim) {
		t->oom_victim = true;
		atomic_inc(&nr_dying);
	}
	task_unlock(t, flags);
}

static bool better(const struct oom_victim *a, const struct oom_victim *b)
{
	long unit = max_t(long, 1, (long)totalram_pages() / 1000);

	if (!b->task || a->points / unit != b->points / unit)
		return !b->task || a->points > b->points;
	return a->task->start_time >= b->task->start_time;
}

/* Choose and mark the victim; with a reference, or NULL when one is dying. */
static struct task_struct *choose_victim(struct oom_victim *best)
{
	u64 now = ktime_get_ns();
	struct task_struct *p, *t;

	*best = (struct oom_victim){ 0 };
	spin_lock_irq(&tasklist_lock);
	if (victim_is_dying(now)) {
		spin_unlock_irq(&tasklist_lock);
		return NULL;
	}
	for_each_process (p) {
		struct oom_victim v;

		if (score(p, &v) && better(&v, best))
			*best = v;
	}
	if (!best->task)
		panic("memory is full and there is no process that could be killed");
	for_each_thread (best->task, t)
		mark_victim(t);
	get_task_struct(best->task);
	last_kill = now;
	spin_unlock_irq(&tasklist_lock);
	return best->task;
}

/* Whether a thread of @p runs in @mm. tasklist_lock held. */
static bool shares_mm(struct task_struct *p, const struct mm_struct *mm)
{
	struct task_struct *t;
	unsigned long flags;
	bool shares;

	t = lock_thread_with_mm(p, &flags);
	if (!t)
		return false;
	shares = t->mm == mm;
	task_unlock(t, flags);
	return shares;
}

static void kill_victim(const struct oom_victim *v)
{
	struct task_struct *p, *t = v->task;

	pr_err("Out of memory: Killed process %d (%s) total-vm:%lukB, anon-rss:%lukB, pgtables:%lukB, UID:%u oom_score_adj:%d\n",
	       t->pid, t->comm, v->total_vm * 4, v->rss * 4, v->tables * 4,
	       t->cred.uid, t->signal->oom_score_adj);
	spin_lock_irq(&tasklist_lock);
	for_each_process (p)
		if (p != t && p->tgid > 1 && shares_mm(p, v->mm))
			send_sig_info(SIGKILL, NULL, p, true);
	send_sig_info(SIGKILL, NULL, t, true);
	for_each_thread (t, p)
		sched_hurry(p);
	spin_unlock_irq(&tasklist_lock);
	put_task_struct(t);
}

/**
 * oom_victim_gone - a victim has given its memory back
 *
 * Context: exit.
 */
void oom_victim_gone(void)
{
	atomic_dec(&nr_dying);
}

/* What programs have given up can be had, if not at once: who changes their
 * areas or shares their page tables may soon be done. True: try again. */
static bool wait_for_reclaim(void)
{
	for (int i = 0; i < RECLAIM_TRIES && nr_lazyfree_pages(); i++) {
		if (fatal_signal_pending(current))
			return false;
		if (reclaim_pages(1) || nr_free_pages() > min_free_pages())
			return true;
		current->state = TASK_KILLABLE;
		schedule_timeout(RETRY_NS);
	}
	return false;
}

/**
 * out_of_memory - make room: reclaim, kill a process, or wait for one that dies
 *
 * The caller tries again, unless a fatal signal is pending for it now.
 * Context: a task that may sleep, no locks held. Panics only when no process
 * could be killed.
 */
void out_of_memory(void)
{
	struct oom_victim v;

	if (fail_nth_hit())
		return; /* a test wanted the allocation to fail: once */
	if (wait_for_reclaim())
		return;
	if (!fatal_signal_pending(current) && choose_victim(&v))
		kill_victim(&v);
	if (fatal_signal_pending(current)) {
		mark_victim(current);
		return;
	}
	current->state = TASK_KILLABLE;
	schedule_timeout(RETRY_NS);
}

/* SPDX-License-Identifier: MIT */
/*
 * /proc/PID/{stat,statm,comm,limits}: the files that ps(1) and top(1) read.
 * The formats are those of Linux 6.1, field by field; see proc(5).
 */
#include "proc_internal.h"

#include <ikos/kernel.h>
#include <ikos/mm.h>
#include <ikos/string.h>
#include <ikos/tty.h>

#define NSEC_PER_TICK (NSEC_PER_SEC / USER_HZ)

/* Bits of field 9, as Linux numbers them. */
#define LINUX_PF_EXITING    0x00000004u
#define LINUX_PF_FORKNOEXEC 0x00000040u
#define LINUX_PF_SIGNALED   0x00000400u
#define LINUX_PF_KTHREAD    0x00200000u
#define LINUX_PF_RANDOMIZE  0x00400000u

/**
 * proc_task_state - what a task does
 * @name: gets the word for it; may be NULL
 *
 * Context: any. Return: the letter of ps(1).
 */
char proc_task_state(struct task_struct *t, const char **name)
{
	static const struct {
		int state;
		char letter;
		const char *name;
	} states[] = {
		{ TASK_DEAD, 'X', "dead" },
		{ TASK_ZOMBIE, 'Z', "zombie" },
		{ TASK_TRACED | TASK_FROZEN, 't', "tracing stop" },
		{ TASK_STOPPED, 'T', "stopped" },
		{ TASK_UNINTERRUPTIBLE, 'D', "disk sleep" },
		{ TASK_KILLABLE, 'D', "disk sleep" },
		{ TASK_INTERRUPTIBLE, 'S', "sleeping" },
	};
	int state = t->exit_state ? t->exit_state : t->state;

	for (size_t i = 0; i < ARRAY_SIZE(states); i++) {
		if (!(state & states[i].state))
			continue;
		if (name)
			*name = states[i].name;
		return states[i].letter;
	}
	if (name)
		*name = "running";
	return 'R';
}

/**
 * proc_nr_threads - threads of a task's process
 *
 * Context: a reference to @t; takes siglock.
 */
unsigned int proc_nr_threads(struct task_struct *t)
{
	struct task_struct *thread;
	unsigned long flags;
	unsigned int n = 0;

	flags = lock_task_sighand(t);
	list_for_each_entry (thread, &t->signal->thread_head, thread_node)
		n++;
	unlock_task_sighand(t, flags);
	return n;
}

/**
 * proc_task_signals - which signals wait, are blocked, ignored, caught
 *
 * Context: a reference to @t; takes siglock.
 */
void proc_task_signals(struct task_struct *t, struct proc_signals *s)
{
	unsigned long flags;

	*s = (struct proc_signals){ 0 };
	flags = lock_task_sighand(t);
	s->pending = t->pending.signal;
	s->shared = t->signal->shared_pending.signal;
	s->blocked = t->blocked;
	for (int sig = 1; sig <= _NSIG; sig++) {
		u64 handler = t->sighand->action[sig - 1].handler;

		if (handler == SIG_IGN)
			s->ignored |= sigmask(sig);
		else if (handler != SIG_DFL)
			s->caught |= sigmask(sig);
	}
	unlock_task_sighand(t, flags);
}

static unsigned int linux_flags(const struct task_struct *t)
{
	unsigned int f = 0;

	if (t->flags & PF_EXITING)
		f |= LINUX_PF_EXITING;
	if (t->flags & PF_FORKNOEXEC)
		f |= LINUX_PF_FORKNOEXEC;
	if (t->flags & PF_SIGNALED)
		f |= LINUX_PF_SIGNALED;
	if (t->flags & PF_KTHREAD)
		f |= LINUX_PF_KTHREAD;
	else
		f |= LINUX_PF_RANDOMIZE;
	return f;
}

/**
 * proc_parent_pid - the process that a task's process is a child of
 *
 * Context: takes tasklist_lock. Return: 0: none.
 */
pid_t proc_parent_pid(struct task_struct *t)
{
	unsigned long flags;
	pid_t ppid;

	spin_lock_irqsave(&tasklist_lock, flags);
	ppid = !proc_task_gone(t) && t->parent ? t->parent->tgid : 0;
	spin_unlock_irqrestore(&tasklist_lock, flags);
	return ppid;
}

/* Fields 1 to 9. */
static void stat_identity(struct seq_file *m, struct task_struct *t)
{
	dev_t tty;
	pid_t tpgid;

	tty_proc_info(t, &tty, &tpgid);
	seq_printf(m, "%d (%s) %c %d %d %d %d %d %u", t->pid, t->comm,
		   proc_task_state(t, NULL), proc_parent_pid(t),
		   t->signal->pgrp, t->signal->session,
		   (int)new_encode_dev(tty), tpgid, linux_flags(t));
}

/* What a process has used, or one thread of it. */
struct used {
	unsigned long min_flt, maj_flt;
	u64 utime, stime; /* ns */
};

static void get_used(struct task_struct *t, bool whole, struct used *u)
{
	struct signal_struct *sig = t->signal;
	struct task_struct *thread;
	unsigned long flags;

	/* Brings current's own times up to date, too. */
	task_cputime(t, &u->utime, &u->stime);
	if (!whole) {
		*u = (struct used){ t->min_flt, t->maj_flt, t->utime,
				    t->stime };
		return;
	}
	flags = lock_task_sighand(t);
	u->min_flt = sig->min_flt;
	u->maj_flt = sig->maj_flt;
	for_each_thread (t, thread) {
		u->min_flt += thread->min_flt;
		u->maj_flt += thread->maj_flt;
	}
	unlock_task_sighand(t, flags);
}

/* Fields 10 to 22. */
static void stat_times(struct seq_file *m, struct task_struct *t, bool whole)
{
	struct signal_struct *sig = t->signal;
	struct used u;

	get_used(t, whole, &u);
	seq_printf(m, " %lu %lu %lu %lu", u.min_flt, sig->cmin_flt, u.maj_flt,
		   sig->cmaj_flt);
	seq_printf(m, " %lu %lu %ld %ld", u.utime / NSEC_PER_TICK,
		   u.stime / NSEC_PER_TICK, (long)(sig->cutime / NSEC_PER_TICK),
		   (long)(sig->cstime / NSEC_PER_TICK));
	seq_printf(m, " %d %d %u 0 %lu", 20 + t->nice, t->nice,
		   proc_nr_threads(t), t->start_time / NSEC_PER_TICK);
}

/* Fields 23 to 30: the program's addresses only for those who may look. */
static void stat_memory(struct seq_file *m, struct task_struct *t,
			struct mm_struct *mm, bool may)
{
	unsigned long limit = t->signal->rlim[RLIMIT_RSS].rlim_cur;

	if (!mm) {
		seq_printf(m, " 0 0 %lu 0 0 0 0 0", limit);
		return;
	}
	seq_printf(m, " %lu %lu %lu %lu %lu %lu 0 0",
		   mm->total_vm << PAGE_SHIFT, mm_rss(mm), limit,
		   may ? mm->start_code : 1, may ? mm->end_code : 1,
		   may ? mm->start_stack : 0);
}

/* Fields 31 to 44. */
static void stat_signals(struct seq_file *m, struct task_struct *t, bool may)
{
	struct proc_signals s;

	proc_task_signals(t, &s);
	seq_printf(m, " %lu %lu %lu %lu", s.pending & 0x7fffffff,
		   s.blocked & 0x7fffffff, s.ignored & 0x7fffffff,
		   s.caught & 0x7fffffff);
	seq_printf(m, " %d 0 0 %d %u 0 0 0 0 0",
		   may && proc_task_state(t, NULL) != 'R', t->exit_signal,
		   t->cpu);
}

static int exit_code(const struct task_struct *t)
{
	const struct signal_struct *sig = t->signal;

	return sig->group_exit || sig->stopped ? sig->group_exit_code
					       : t->exit_code;
}

/* Fields 45 to 52. */
static void stat_layout(struct seq_file *m, struct task_struct *t,
			struct mm_struct *mm, bool may)
{
	if (mm && may)
		seq_printf(m, " %lu %lu %lu %lu %lu %lu %lu", mm->start_data,
			   mm->end_data, mm->start_brk, mm->arg_start,
			   mm->arg_end, mm->env_start, mm->env_end);
	else
		seq_puts(m, " 0 0 0 0 0 0 0");
	seq_printf(m, " %d\n", may ? exit_code(t) : 0);
}

static int show_stat(struct seq_file *m, struct task_struct *t, bool whole)
{
	struct mm_struct *mm = get_task_mm(t);
	bool may = proc_may_inspect(t);

	stat_identity(m, t);
	stat_times(m, t, whole);
	stat_memory(m, t, mm, may);
	stat_signals(m, t, may);
	stat_layout(m, t, mm, may);
	if (mm)
		mmput(mm);
	return 0;
}

/**
 * proc_pid_stat - print /proc/PID/stat: with what all its threads have used
 */
int proc_pid_stat(struct seq_file *m, void *task)
{
	return show_stat(m, task, true);
}

/**
 * proc_tid_stat - print /proc/PID/task/TID/stat: what the thread has used
 */
int proc_tid_stat(struct seq_file *m, void *task)
{
	return show_stat(m, task, false);
}

/**
 * proc_pid_statm - print /proc/PID/statm: sizes in pages
 */
int proc_pid_statm(struct seq_file *m, void *task)
{
	struct mm_struct *mm = get_task_mm(task);
	unsigned long text, shared;

	if (!mm) {
		seq_puts(m, "0 0 0 0 0 0 0\n");
		return 0;
	}
	text = PAGE_ALIGN(mm->end_code) - (mm->start_code & PAGE_MASK);
	shared = mm_counter(mm, MM_FILEPAGES) + mm_counter(mm, MM_SHMEMPAGES);
	seq_printf(m, "%lu %lu %lu %lu 0 %lu 0\n", mm->total_vm, mm_rss(mm),
		   shared, text >> PAGE_SHIFT, mm->data_vm + mm->stack_vm);
	mmput(mm);
	return 0;
}

/**
 * proc_pid_comm - print /proc/PID/comm
 */
int proc_pid_comm(struct seq_file *m, void *task)
{
	struct task_struct *t = task;

	seq_escape(m, t->comm, "\n\\");
	seq_putc(m, '\n');
	return 0;
}

static const struct {
	const char *name, *unit;
} limit_names[RLIM_NLIMITS] = {
	[RLIMIT_CPU] = { "Max cpu time", "seconds" },
	[RLIMIT_FSIZE] = { "Max file size", "bytes" },
	[RLIMIT_DATA] = { "Max data size", "bytes" },
	[RLIMIT_STACK] = { "Max stack size", "bytes" },
	[RLIMIT_CORE] = { "Max core file size", "bytes" },
	[RLIMIT_RSS] = { "Max resident set", "bytes" },
	[RLIMIT_NPROC] = { "Max processes", "processes" },
	[RLIMIT_NOFILE] = { "Max open files", "files" },
	[RLIMIT_MEMLOCK] = { "Max locked memory", "bytes" },
	[RLIMIT_AS] = { "Max address space", "bytes" },
	[RLIMIT_LOCKS] = { "Max file locks", "locks" },
	[RLIMIT_SIGPENDING] = { "Max pending signals", "signals" },
	[RLIMIT_MSGQUEUE] = { "Max msgqueue size", "bytes" },
	[RLIMIT_NICE] = { "Max nice priority", "" },
	[RLIMIT_RTPRIO] = { "Max realtime priority", "" },
	[RLIMIT_RTTIME] = { "Max realtime timeout", "us" },
};

static void show_limit(struct seq_file *m, unsigned long v)
{
	if (v == RLIM_INFINITY)
		seq_printf(m, "%-20s ", "unlimited");
	else
		seq_printf(m, "%-20lu ", v);
}

/**
 * proc_pid_limits - print /proc/PID/limits
 */
int proc_pid_limits(struct seq_file *m, void *task)
{
	struct task_struct *t = task;

	seq_printf(m, "%-25s %-20s %-20s %-10s\n", "Limit", "Soft Limit",
		   "Hard Limit", "Units");
	for (unsigned int i = 0; i < RLIM_NLIMITS; i++) {
		struct rlimit limit = t->signal->rlim[i];

		seq_printf(m, "%-25s ", limit_names[i].name);
		show_limit(m, limit.rlim_cur);
		show_limit(m, limit.rlim_max);
		if (*limit_names[i].unit)
			seq_printf(m, "%-10s\n", limit_names[i].unit);
		else
			seq_putc(m, '\n');
	}
	return 0;
}

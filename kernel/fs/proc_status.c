/* SPDX-License-Identifier: MIT */
/*
 * /proc/PID/status: a process for people to read. See proc(5).
 *
 * What this kernel does not have (swap, huge pages, name spaces, seccomp) shows
 * the value that it has on a Linux that does not use it.
 */
#include "proc_internal.h"

#include <ikos/fdtable.h>
#include <ikos/kernel.h>
#include <ikos/mm.h>
#include <ikos/ptrace.h>
#include <ikos/smp.h>

/* Of the descriptor table and the umask; -1: the process has none any more. */
static int get_umask(struct task_struct *t)
{
	unsigned long flags = task_lock(t);
	int umask = t->fs ? (int)t->fs->umask : -1;

	task_unlock(t, flags);
	return umask;
}

static unsigned int fd_size(struct task_struct *t)
{
	unsigned long flags = task_lock(t);
	unsigned int n = t->files ? t->files->max_fds : 0;

	task_unlock(t, flags);
	return n;
}

static void show_groups(struct seq_file *m, const struct group_info *groups)
{
	for (unsigned int i = 0; groups && i < groups->n; i++)
		seq_printf(m, "%u ", groups->gid[i]);
	if (!groups)
		seq_putc(m, ' ');
}

/* The number of the thread that traces it; 0: none. */
static pid_t tracer_pid(struct task_struct *t)
{
	struct task_struct *tracer;
	unsigned long flags;
	pid_t pid = 0;

	spin_lock_irqsave(&tasklist_lock, flags);
	tracer = ptracer(t);
	if (tracer)
		pid = tracer->pid;
	spin_unlock_irqrestore(&tasklist_lock, flags);
	return pid;
}

static void show_identity(struct seq_file *m, struct task_struct *t,
			  const struct cred *c)
{
	const char *state_name;
	char state = proc_task_state(t, &state_name);
	int umask = get_umask(t);

	seq_puts(m, "Name:\t");
	seq_escape(m, t->comm, "\n\\");
	if (umask >= 0)
		seq_printf(m, "\nUmask:\t%04o", (unsigned int)umask);
	seq_printf(m, "\nState:\t%c (%s)", state, state_name);
	seq_printf(m, "\nTgid:\t%d\nNgid:\t0\nPid:\t%d\nPPid:\t%d", t->tgid,
		   t->pid, proc_parent_pid(t));
	seq_printf(m, "\nTracerPid:\t%d\nUid:\t%u\t%u\t%u\t%u", tracer_pid(t),
		   c->uid, c->euid, c->suid, c->fsuid);
	seq_printf(m, "\nGid:\t%u\t%u\t%u\t%u\nFDSize:\t%u\nGroups:\t", c->gid,
		   c->egid, c->sgid, c->fsgid, fd_size(t));
	show_groups(m, c->groups);
	seq_printf(m, "\nNStgid:\t%d\nNSpid:\t%d\nNSpgid:\t%d\nNSsid:\t%d\n",
		   t->tgid, t->pid, t->signal->pgrp, t->signal->session);
}

static void show_kb(struct seq_file *m, const char *name, unsigned long bytes)
{
	seq_printf(m, "%s:\t%8lu kB\n", name, bytes >> 10);
}

static void show_memory(struct seq_file *m, struct mm_struct *mm)
{
	unsigned long anon = mm_counter(mm, MM_ANONPAGES);
	unsigned long file = mm_counter(mm, MM_FILEPAGES);
	unsigned long shmem = mm_counter(mm, MM_SHMEMPAGES);
	unsigned long exec = mm->exec_vm << PAGE_SHIFT, text;
	const unsigned int shift = PAGE_SHIFT;

	text = PAGE_ALIGN(mm->end_code) - (mm->start_code & PAGE_MASK);
	text = min(text, exec);
	show_kb(m, "VmPeak", max(mm->hiwater_vm, mm->total_vm) << shift);
	show_kb(m, "VmSize", mm->total_vm << shift);
	show_kb(m, "VmLck", mm->locked_vm << shift);
	show_kb(m, "VmPin", mm->pinned_vm << shift);
	show_kb(m, "VmHWM", mm_hiwater_rss(mm) << shift);
	show_kb(m, "VmRSS", (anon + file + shmem) << shift);
	show_kb(m, "RssAnon", anon << shift);
	show_kb(m, "RssFile", file << shift);
	show_kb(m, "RssShmem", shmem << shift);
	show_kb(m, "VmData", mm->data_vm << shift);
	show_kb(m, "VmStk", mm->stack_vm << shift);
	show_kb(m, "VmExe", text);
	show_kb(m, "VmLib", exec - text);
	show_kb(m, "VmPTE", (unsigned long)atomic64_read(&mm->pgtables_bytes));
	show_kb(m, "VmSwap", 0);
	show_kb(m, "HugetlbPages", 0);
	seq_puts(m, "CoreDumping:\t0\nTHP_enabled:\t0\n");
}

static unsigned int queue_length(const struct sigpending *pending)
{
	const struct list_head *pos;
	unsigned int n = 0;

	list_for_each (pos, &pending->list) {
		n++;
	}
	return n;
}

/* Linux counts the queued signals of all processes of the user; here those of
 * this one. */
static unsigned int queued_signals(struct task_struct *t)
{
	unsigned long flags;
	unsigned int n;

	flags = lock_task_sighand(t);
	n = queue_length(&t->pending) +
	    queue_length(&t->signal->shared_pending);
	unlock_task_sighand(t, flags);
	return n;
}

static void show_signals(struct seq_file *m, struct task_struct *t)
{
	struct proc_signals s;

	proc_task_signals(t, &s);
	seq_printf(m, "Threads:\t%u\nSigQ:\t%u/%lu\n", proc_nr_threads(t),
		   queued_signals(t),
		   t->signal->rlim[RLIMIT_SIGPENDING].rlim_cur);
	seq_printf(m, "SigPnd:\t%016lx\nShdPnd:\t%016lx\nSigBlk:\t%016lx\n",
		   s.pending, s.shared, s.blocked);
	seq_printf(m, "SigIgn:\t%016lx\nSigCgt:\t%016lx\n", s.ignored,
		   s.caught);
}

static void show_rights(struct seq_file *m, struct task_struct *t,
			const struct cred *c)
{
	seq_printf(m, "CapInh:\t%016lx\nCapPrm:\t%016lx\nCapEff:\t%016lx\n",
		   c->cap_inheritable, c->cap_permitted, c->cap_effective);
	seq_printf(m, "CapBnd:\t%016lx\nCapAmb:\t%016lx\n", c->cap_bset,
		   c->cap_ambient);
	seq_printf(m, "NoNewPrivs:\t%d\nSeccomp:\t0\nSeccomp_filters:\t0\n",
		   t->no_new_privs);
	seq_puts(m, "Speculation_Store_Bypass:\tunknown\n");
	seq_puts(m, "SpeculationIndirectBranch:\tunknown\n");
}

/* As 0-2,5 */
static void show_ranges(struct seq_file *m, unsigned long mask)
{
	const char *comma = "";

	for (unsigned int from = 0; mask >> from; from++) {
		unsigned int to = from;

		if (!(mask >> from & 1))
			continue;
		while (to < 63 && mask >> (to + 1) & 1)
			to++;
		seq_printf(m, "%s%u", comma, from);
		if (to > from)
			seq_printf(m, "-%u", to);
		comma = ",";
		from = to;
		if (from == 63)
			break;
	}
}

static void show_cpus(struct seq_file *m, struct task_struct *t)
{
	unsigned long mask = READ_ONCE(t->cpus_allowed) & online_cpus();

	seq_printf(m, "Cpus_allowed:\t%lx\nCpus_allowed_list:\t", mask);
	show_ranges(m, mask);
	seq_putc(m, '\n');
	seq_puts(m, "Mems_allowed:\t1\nMems_allowed_list:\t0\n");
	seq_printf(m,
		   "voluntary_ctxt_switches:\t%lu\n"
		   "nonvoluntary_ctxt_switches:\t%lu\n",
		   t->nvcsw, t->nivcsw);
}

/**
 * proc_pid_status - print /proc/PID/status
 */
int proc_pid_status(struct seq_file *m, void *task)
{
	struct task_struct *t = task;
	struct mm_struct *mm = get_task_mm(t);
	struct cred cred;

	get_task_cred(t, &cred);
	show_identity(m, t, &cred);
	if (mm) {
		show_memory(m, mm);
		mmput(mm);
	}
	show_signals(m, t);
	show_rights(m, t, &cred);
	show_cpus(m, t);
	groups_put(cred.groups);
	return 0;
}

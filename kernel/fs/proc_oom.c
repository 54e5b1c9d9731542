/* SPDX-License-Identifier: MIT */
/*
 * /proc/PID/{oom_score,oom_score_adj}: how likely the OOM killer is to choose
 * a process, and the process's own word in it. See kernel/oom.c and proc(5).
 *
 * Making oneself a likelier victim is always allowed. Back down goes only as
 * far as root had set it: oom_score_adj_min.
 */
#include <ikos/kernel.h>
#include <ikos/mm.h>
#include <ikos/string.h>
#include <ikos/uaccess.h>

#include "proc_internal.h"

#define OOM_SCORE_ADJ_MIN (-1000)
#define OOM_SCORE_ADJ_MAX 1000
#define MAX_DIGITS	  12 /* what is looked at of a written number */

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/**
 * proc_get_int - a number that a program writes
 * @base: 0: 0x and 0 before it count
 *
 * Only the first bytes are looked at, as on Linux; blanks around it are not.
 *
 * Context: may sleep.
 * Return: 0; -EFAULT; -EINVAL: no number; -ERANGE: too large.
 */
int proc_get_int(const char __user *buf, size_t n, unsigned int base, int *res)
{
	char text[MAX_DIGITS + 1] = "";
	char *start = text;
	size_t len = min_t(size_t, n, MAX_DIGITS);
	long v;
	int err;

	if (copy_from_user(text, buf, len))
		return -EFAULT;
	len = strlen(text);
	while (len && is_space(text[len - 1]))
		text[--len] = '\0';
	while (is_space(*start))
		start++;
	err = kstrtol(start, base, &v);
	if (err)
		return err;
	if (v < INT_MIN || v > INT_MAX)
		return -ERANGE;
	*res = (int)v;
	return 0;
}

/**
 * proc_oom_score - print /proc/PID/oom_score
 *
 * 0: never a victim; without oom_score_adj 666 and a little more.
 */
int proc_oom_score(struct seq_file *m, void *task)
{
	long total = (long)totalram_pages(), points;

	if (!oom_points(task, &points)) {
		seq_puts(m, "0\n");
		return 0;
	}
	points = (1000 + points * 1000 / total) * 2 / 3;
	seq_printf(m, "%ld\n", points);
	return 0;
}

/**
 * proc_oom_score_adj - print /proc/PID/oom_score_adj
 */
int proc_oom_score_adj(struct seq_file *m, void *task)
{
	struct task_struct *t = task;

	seq_printf(m, "%d\n", t->signal->oom_score_adj);
	return 0;
}

static int show_adj(struct seq_file *m, void *inode)
{
	struct task_struct *t = PROC_I(inode)->task;

	return proc_task_gone(t) ? -ESRCH : proc_oom_score_adj(m, t);
}

static int adj_open(struct inode *inode, struct file *file)
{
	return single_open(file, show_adj, inode);
}

/* All processes that share the memory, since they die together; the parent of
 * a vfork keeps its own. */
static void set_adj(struct task_struct *t, int adj)
{
	bool root = capable(CAP_SYS_RESOURCE);
	struct task_struct *p;

	spin_lock_irq(&tasklist_lock);
	for_each_process (p) {
		if (p->signal != t->signal &&
		    (!t->mm || p->mm != t->mm ||
		     ((p->flags | t->flags) & PF_VFORK) ||
		     (p->flags & PF_KTHREAD) || p->tgid == 1))
			continue;
		p->signal->oom_score_adj = adj;
		if (root)
			p->signal->oom_score_adj_min = adj;
	}
	spin_unlock_irq(&tasklist_lock);
}

static ssize_t adj_write(struct file *file, const char __user *buf, size_t n,
			 loff_t *pos)
{
	struct task_struct *t = PROC_I(file->f_inode)->task;
	int adj, err = proc_get_int(buf, n, 0, &adj);

	if (err)
		return err;
	if (adj < OOM_SCORE_ADJ_MIN || adj > OOM_SCORE_ADJ_MAX)
		return -EINVAL;
	if (proc_task_gone(t))
		return -ESRCH;
	if (adj < t->signal->oom_score_adj_min && !capable(CAP_SYS_RESOURCE))
		return -EACCES;
	set_adj(t, adj);
	return (ssize_t)n;
}

const struct file_operations proc_oom_score_adj_fop = {
	.open = adj_open,
	.release = single_release,
	.read = seq_read,
	.write = adj_write,
	.llseek = generic_llseek,
};

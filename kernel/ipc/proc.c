/* SPDX-License-Identifier: MIT */
/*
 * /proc/sysvipc: one file for each kind, a line for each object. *pos is 0 at
 * the line of names and index + 1 at an object's.
 *
 * Locks: the kind's, while a buffer is filled.
 */
#include "util.h"

#define SEQ_HEAD ((void *)1) /* the line of names */

static void *record_at(const struct ipc_proc *proc, loff_t *pos)
{
	struct ipc_ids *ids = proc->ids;

	if (*pos == 0)
		return SEQ_HEAD;
	for (; *pos <= ids->max_index + 1; ++*pos)
		if (ids->table[*pos - 1])
			return ids->table[*pos - 1];
	return NULL;
}

static void *ipc_proc_start(struct seq_file *m, loff_t *pos)
{
	const struct ipc_proc *proc = m->private;

	mutex_lock(&proc->ids->lock);
	return record_at(proc, pos);
}

static void *ipc_proc_next(struct seq_file *m, void *v, loff_t *pos)
{
	++*pos;
	return record_at(m->private, pos);
}

static void ipc_proc_stop(struct seq_file *m, void *v)
{
	const struct ipc_proc *proc = m->private;

	mutex_unlock(&proc->ids->lock);
}

static int ipc_proc_show(struct seq_file *m, void *v)
{
	const struct ipc_proc *proc = m->private;

	if (v == SEQ_HEAD)
		seq_puts(m, proc->head);
	else
		proc->show(m, v);
	return 0;
}

static const struct seq_operations ipc_proc_op = {
	.start = ipc_proc_start,
	.next = ipc_proc_next,
	.stop = ipc_proc_stop,
	.show = ipc_proc_show,
};

/**
 * ipc_proc_open - ->open of a file in /proc/sysvipc
 * @file: the file
 * @proc: what it shows
 *
 * Context: may sleep. Return: 0 or -ENOMEM.
 */
int ipc_proc_open(struct file *file, const struct ipc_proc *proc)
{
	return seq_open(file, &ipc_proc_op, (void *)proc);
}

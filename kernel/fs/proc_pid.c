/* SPDX-License-Identifier: MIT */
/*
 * The numbered directories of /proc: one for each process, with one for each
 * thread in its task/. See proc(5).
 *
 * Who may look: the files that tell of a process's memory and files are for
 * its own user and root, as ptrace(2) has it ("Ptrace access mode checking").
 */
#include "proc_internal.h"

#include <ikos/kernel.h>
#include <ikos/net.h>
#include <ikos/slab.h>
#include <ikos/string.h>
#include <ikos/uaccess.h>

/**
 * proc_may_inspect - may current look into a process's memory and files
 *
 * Context: any task context. Return: PTRACE_MODE_READ_FSCREDS.
 */
bool proc_may_inspect(struct task_struct *t)
{
	return ptrace_may_access(t, PTRACE_MODE_FSCREDS);
}

/* Whether a process's files are its own user's: not when it must not be
 * looked into or has no memory any more. Its directories always are. */
static bool owns_files(struct task_struct *t)
{
	unsigned long flags = task_lock(t);
	bool owns = t->mm && !READ_ONCE(t->mm->undumpable);

	task_unlock(t, flags);
	return owns;
}

/**
 * proc_update_owner - give an inode the user that its process has now
 *
 * Context: any.
 */
void proc_update_owner(struct inode *inode)
{
	struct task_struct *t = PROC_I(inode)->task;
	bool owned = !(t->flags & PF_KTHREAD) &&
		     (inode->i_mode == (S_IFDIR | 0555) || owns_files(t));

	inode->i_uid = owned ? t->cred.euid : 0;
	inode->i_gid = owned ? t->cred.egid : 0;
}

/* --- comm ------------------------------------------------------------------- */

static ssize_t comm_write(struct file *file, const char __user *buf, size_t n,
			  loff_t *pos)
{
	struct task_struct *t = PROC_I(file->f_inode)->task;
	char name[TASK_COMM_LEN] = "";
	size_t len = min(n, sizeof(name) - 1);

	if (t->signal != current->signal)
		return -EINVAL;
	if (copy_from_user(name, buf, len))
		return -EFAULT;
	if (len && name[len - 1] == '\n')
		name[len - 1] = '\0';
	strscpy(t->comm, name, sizeof(t->comm));
	return (ssize_t)n;
}

static int show_task(struct seq_file *m, void *inode)
{
	struct proc_inode *pi = PROC_I(inode);

	if (proc_task_gone(pi->task))
		return -ESRCH;
	return pi->entry->show(m, pi->task);
}

static int task_file_open(struct inode *inode, struct file *file)
{
	return single_open(file, show_task, inode);
}

static const struct file_operations comm_fop = {
	.open = task_file_open,
	.release = single_release,
	.read = seq_read,
	.write = comm_write,
	.llseek = seq_lseek,
};

/* Threads name each other, also when their files are root's. */
static int thread_comm_permission(struct inode *inode, int mask)
{
	if (PROC_I(inode)->task->signal == current->signal &&
	    !(mask & MAY_EXEC))
		return 0;
	return generic_permission(inode, mask);
}

static const struct inode_operations thread_comm_iop = {
	.setattr = proc_setattr,
	.permission = thread_comm_permission,
};

static int wchan_show(struct seq_file *m, void *task)
{
	seq_putc(m, '0');
	return 0;
}

/* --- the directory ---------------------------------------------------------- */

static const struct inode_operations task_dir_iop;
static const struct file_operations task_dir_fop;

#define DIR_MODE  (S_IFDIR | 0555)
#define FD_MODE	  (S_IFDIR | 0500)
#define LINK_MODE (S_IFLNK | 0777)

static const struct proc_entry net_table[] = {
	{ .name = "unix", .show = unix_proc_show },
	{},
};

#define COMMON_ENTRIES                                                         \
	{ .name = "fd",                                                        \
	  .mode = FD_MODE,                                                     \
	  .iop = &proc_fd_iop,                                                 \
	  .fop = &proc_fd_fop },                                               \
		{ .name = "fdinfo",                                            \
		  .mode = DIR_MODE,                                            \
		  .iop = &proc_fdinfo_iop,                                     \
		  .fop = &proc_fdinfo_fop },                                   \
		{ .name = "environ",                                           \
		  .mode = S_IFREG | 0400,                                      \
		  .fop = &proc_environ_fop },                                  \
		{ .name = "auxv",                                              \
		  .mode = S_IFREG | 0400,                                      \
		  .fop = &proc_auxv_fop },                                     \
		{ .name = "status", .show = proc_pid_status },                 \
		{ .name = "limits", .show = proc_pid_limits },                 \
		{ .name = "cmdline", .fop = &proc_cmdline_fop },               \
		{ .name = "statm", .show = proc_pid_statm },                   \
		{ .name = "maps", .fop = &proc_maps_fop },                     \
		{ .name = "mem",                                               \
		  .mode = S_IFREG | 0600,                                      \
		  .fop = &proc_mem_fop },                                      \
		{ .name = "clear_refs",                                        \
		  .mode = S_IFREG | 0200,                                      \
		  .fop = &proc_clear_refs_fop },                               \
		{ .name = "smaps", .fop = &proc_smaps_fop },                   \
		{ .name = "smaps_rollup", .fop = &proc_smaps_rollup_fop },     \
		{ .name = "numa_maps", .fop = &proc_numa_maps_fop },           \
		{ .name = "pagemap",                                           \
		  .mode = S_IFREG | 0400,                                      \
		  .fop = &proc_pagemap_fop },                                  \
		{ .name = "oom_score", .show = proc_oom_score },               \
		{ .name = "cwd", .mode = LINK_MODE, .iop = &proc_cwd_iop },    \
		{ .name = "root", .mode = LINK_MODE, .iop = &proc_root_iop },  \
		{ .name = "exe", .mode = LINK_MODE, .iop = &proc_exe_iop },    \
		{ .name = "net", .children = net_table },                      \
		{ .name = "mounts", .show = mounts_show },                     \
		{ .name = "mountinfo", .show = mountinfo_show },               \
		{ .name = "wchan", .show = wchan_show },                       \
	{                                                                      \
		.name = "oom_score_adj", .mode = S_IFREG | 0644,               \
		.show = proc_oom_score_adj, .fop = &proc_oom_score_adj_fop     \
	}

#ifdef CONFIG_DEBUG_VM
#define DEBUG_ENTRIES                                                          \
	{                                                                      \
		.name = "fail-nth", .mode = S_IFREG | 0644,                    \
		.fop = &proc_fail_nth_fop                                      \
	}
#else
#define DEBUG_ENTRIES                                                          \
	{                                                                      \
	}
#endif

static const struct proc_entry thread_table[] = {
	{ .name = "stat", .show = proc_tid_stat },
	COMMON_ENTRIES,
	{ .name = "comm",
	  .mode = S_IFREG | 0644,
	  .show = proc_pid_comm,
	  .iop = &thread_comm_iop,
	  .fop = &comm_fop },
	DEBUG_ENTRIES,
	{},
};

static const struct proc_entry process_table[] = {
	{ .name = "task",
	  .mode = DIR_MODE,
	  .iop = &task_dir_iop,
	  .fop = &task_dir_fop },
	{ .name = "map_files",
	  .mode = FD_MODE,
	  .iop = &proc_map_files_iop,
	  .fop = &proc_map_files_fop },
	{ .name = "stat", .show = proc_pid_stat },
	COMMON_ENTRIES,
	{ .name = "comm",
	  .mode = S_IFREG | 0644,
	  .show = proc_pid_comm,
	  .fop = &comm_fop },
	DEBUG_ENTRIES,
	{},
};

static int base_lookup(struct inode *dir, struct dentry *dentry)
{
	return proc_lookup_table(dir, dentry, PROC_I(dir)->entry->children);
}

/* Whoever still stands in the directory of a process that has gone finds that
 * there is none. */
static int base_permission(struct inode *inode, int mask)
{
	if (proc_task_gone(PROC_I(inode)->task))
		return -ESRCH;
	return (mask & MAY_WRITE) && !capable(CAP_DAC_OVERRIDE) ? -EACCES : 0;
}

static const struct inode_operations base_iop = {
	.setattr = proc_setattr,
	.lookup = base_lookup,
	.permission = base_permission,
};

static const struct proc_entry process_entry = {
	.mode = DIR_MODE,
	.iop = &base_iop,
	.children = process_table,
};

static const struct proc_entry thread_entry = {
	.mode = DIR_MODE,
	.iop = &base_iop,
	.children = thread_table,
};

/**
 * proc_dir_task - the process whose directory in /proc a file is
 * @file: any open file
 *
 * Context: any.
 * Return: the task, which lives as long as @file; NULL: it is something else.
 */
struct task_struct *proc_dir_task(const struct file *file)
{
	const struct inode *inode = file->f_inode;

	if (inode->i_op != &base_iop || PROC_I(inode)->entry != &process_entry)
		return NULL;
	return PROC_I(inode)->task;
}

static int add_task_dir(struct inode *dir, struct dentry *dentry,
			const struct proc_entry *entry, struct task_struct *t)
{
	int err = proc_add(dir, dentry, entry, t, 0, 0);

	put_task_struct(t);
	return err;
}

/**
 * proc_pid_lookup - find a process by its number in /proc
 *
 * Threads are found too, though not listed, as on Linux.
 *
 * Context: ->lookup(). Return: 0, -ENOENT, -ENOMEM.
 */
int proc_pid_lookup(struct inode *dir, struct dentry *dentry)
{
	struct task_struct *t = NULL;
	unsigned int nr;

	if (proc_parse_number(dentry->d_name, dentry->d_len, &nr) && nr)
		t = find_get_task((pid_t)nr);
	if (!t)
		return -ENOENT;
	return add_task_dir(dir, dentry, &process_entry, t);
}

/*
 * Numbers in ascending order: the smallest ones from a position on, in one
 * pass over the processes, which are in order of creation and so nearly sorted.
 */
#define PID_BATCH 512

struct pid_batch {
	unsigned int n;
	pid_t pids[PID_BATCH];
};

static void batch_insert(struct pid_batch *b, pid_t pid)
{
	unsigned int i = b->n;

	if (i == PID_BATCH) {
		if (pid > b->pids[i - 1])
			return;
		i--;
	} else {
		b->n++;
	}
	for (; i && b->pids[i - 1] > pid; i--)
		b->pids[i] = b->pids[i - 1];
	b->pids[i] = pid;
}

static void collect(struct pid_batch *b, pid_t from)
{
	struct task_struct *p;

	b->n = 0;
	spin_lock_irq(&tasklist_lock);
	for_each_process (p) {
		if (p->pid >= from)
			batch_insert(b, p->pid);
	}
	spin_unlock_irq(&tasklist_lock);
}

/**
 * proc_pid_iterate - report the processes; ctx->pos is PROC_FIRST_PID + number
 *
 * Context: ->iterate(). Return: 0 or -ENOMEM.
 */
int proc_pid_iterate(struct file *file, struct dir_context *ctx)
{
	struct pid_batch *b = kmalloc(sizeof(*b), GFP_KERNEL);
	bool room = true;

	if (!b)
		return -ENOMEM;
	do {
		collect(b, (pid_t)(ctx->pos - PROC_FIRST_PID));
		for (unsigned int i = 0; i < b->n && room; i++) {
			char name[12];

			snprintf(name, sizeof(name), "%d", b->pids[i]);
			ctx->pos = PROC_FIRST_PID + b->pids[i];
			room = proc_emit(file, ctx, name, DT_DIR);
		}
	} while (room && b->n == PID_BATCH);
	kfree(b);
	return 0;
}

/* --- task/ ------------------------------------------------------------------ */

static int task_lookup(struct inode *dir, struct dentry *dentry)
{
	struct task_struct *leader = PROC_I(dir)->task, *t = NULL;
	unsigned int nr;

	if (proc_parse_number(dentry->d_name, dentry->d_len, &nr) && nr)
		t = find_get_task((pid_t)nr);
	if (t && t->tgid == leader->tgid)
		return add_task_dir(dir, dentry, &thread_entry, t);
	if (t)
		put_task_struct(t);
	return -ENOENT;
}

/* The smallest thread number of @leader's process from @from on, 0: none. */
static pid_t next_thread(struct task_struct *leader, pid_t from)
{
	struct task_struct *t;
	unsigned long flags;
	pid_t best = 0;

	spin_lock_irqsave(&tasklist_lock, flags);
	if (!proc_task_gone(leader))
		list_for_each_entry (t, &leader->signal->thread_head,
				     thread_node)
			if (t->pid >= from && (!best || t->pid < best))
				best = t->pid;
	spin_unlock_irqrestore(&tasklist_lock, flags);
	return best;
}

static int task_iterate(struct file *file, struct dir_context *ctx)
{
	struct task_struct *leader = PROC_I(file->f_inode)->task;
	pid_t pid;

	if (proc_task_gone(leader))
		return -ENOENT;
	if (!dir_emit_dots(file, ctx))
		return 0;
	while ((pid = next_thread(leader, (pid_t)(ctx->pos - 2)))) {
		char name[12];

		snprintf(name, sizeof(name), "%d", pid);
		ctx->pos = 2 + pid;
		if (!proc_emit(file, ctx, name, DT_DIR))
			break;
	}
	return 0;
}

static const struct inode_operations task_dir_iop = { .setattr = proc_setattr,
						      .lookup = task_lookup };
static const struct file_operations task_dir_fop = {
	.iterate = task_iterate,
	.llseek = generic_llseek,
};

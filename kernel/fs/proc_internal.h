/* SPDX-License-Identifier: MIT */
#ifndef PROC_INTERNAL_H
#define PROC_INTERNAL_H

#include <ikos/fs.h>
#include <ikos/sched.h>
#include <ikos/seq_file.h>

/*
 * A name in /proc. Directories list their entries in a table that ends with an
 * empty name; files print themselves, or bring their own operations. Below a
 * process's directory show() gets the task, elsewhere entry->data.
 */
struct proc_entry {
	const char *name;
	umode_t mode; /* with type; 0: S_IFREG | 0444 */
	int (*show)(struct seq_file *m, void *data);
	/* @text ends with a 0. Bytes taken or -errno. */
	ssize_t (*write)(const struct proc_entry *entry, char *text, size_t n);
	const struct proc_entry *children;
	const struct inode_operations *iop;
	const struct file_operations *fop;
	void *data;
};

/* inode->i_private */
struct proc_inode {
	const struct proc_entry *entry;
	struct task_struct *task; /* a reference; NULL: not of a process */
	unsigned int fd; /* in fd/ and fdinfo/ */
	unsigned long start, end; /* in map_files/: the area */
};

static inline struct proc_inode *PROC_I(const struct inode *inode)
{
	return inode->i_private;
}

/* A zombie still has its directory; what has been waited for has none. */
static inline bool proc_task_gone(const struct task_struct *t)
{
	return READ_ONCE(t->exit_state) == TASK_DEAD;
}

/* procfs.c */
struct inode *proc_new_inode(struct inode *dir, struct dentry *dentry,
			     const struct proc_entry *entry,
			     struct task_struct *task, unsigned int fd,
			     umode_t mode);
const struct proc_entry *proc_find(const struct proc_entry *table,
				   const char *name);
int proc_add(struct inode *dir, struct dentry *dentry,
	     const struct proc_entry *entry, struct task_struct *task,
	     unsigned int fd, umode_t mode);
struct super_block *proc_make_sb(const char *type, unsigned long magic,
				 const struct proc_entry *root);
int proc_setattr(struct dentry *dentry, const struct iattr *attr);
int proc_lookup_table(struct inode *dir, struct dentry *dentry,
		      const struct proc_entry *table);
bool proc_emit_table(struct file *file, struct dir_context *ctx,
		     const struct proc_entry *table);
bool proc_emit(struct file *file, struct dir_context *ctx, const char *name,
	       unsigned int d_type);
extern const struct inode_operations proc_table_iop;
extern const struct file_operations proc_table_fop;
bool proc_parse_number(const char *name, size_t len, unsigned int *n);
ssize_t proc_get_text(char *text, size_t size, const char __user *buf,
		      size_t n);

/* sysfs.c */
void sysfs_init(void);

/* proc_pid.c */
int proc_pid_lookup(struct inode *dir, struct dentry *dentry);
int proc_pid_iterate(struct file *file, struct dir_context *ctx);
bool proc_may_inspect(struct task_struct *t);
struct task_struct *proc_dir_task(const struct file *file);
void proc_update_owner(struct inode *inode);
#define PROC_FIRST_PID 256 /* position of process 0 in /proc */

/* proc_fd.c */
extern const struct inode_operations proc_fd_iop, proc_fdinfo_iop;
extern const struct file_operations proc_fd_fop, proc_fdinfo_fop;

/* proc_link.c */
extern const struct inode_operations proc_exe_iop, proc_cwd_iop, proc_root_iop;

/* proc_array.c, proc_status.c */
int proc_pid_stat(struct seq_file *m, void *task);
int proc_tid_stat(struct seq_file *m, void *task);
int proc_pid_statm(struct seq_file *m, void *task);
int proc_pid_status(struct seq_file *m, void *task);
int proc_pid_comm(struct seq_file *m, void *task);
int proc_pid_limits(struct seq_file *m, void *task);
char proc_task_state(struct task_struct *t, const char **name);
pid_t proc_parent_pid(struct task_struct *t);
unsigned int proc_nr_threads(struct task_struct *t);
struct proc_signals {
	sigset_t_k pending, shared, blocked, ignored, caught;
};
void proc_task_signals(struct task_struct *t, struct proc_signals *s);

/* proc_oom.c */
int proc_get_int(const char __user *buf, size_t n, unsigned int base, int *res);
int proc_oom_score(struct seq_file *m, void *task);
int proc_oom_score_adj(struct seq_file *m, void *task);
extern const struct file_operations proc_oom_score_adj_fop;

/* What a program maps, page by page, and byte by byte. */
extern const struct file_operations proc_smaps_fop, proc_smaps_rollup_fop,
	proc_numa_maps_fop, proc_pagemap_fop, proc_clear_refs_fop, proc_mem_fop;
extern const struct inode_operations proc_map_files_iop;
extern const struct file_operations proc_map_files_fop;

/* proc_maps.c, proc_cmdline.c */
extern const struct file_operations proc_maps_fop;
extern const struct file_operations proc_cmdline_fop, proc_environ_fop,
	proc_auxv_fop;

/* proc_misc.c, proc_meminfo.c, proc_cpuinfo.c, proc_stat.c */
int proc_uptime_show(struct seq_file *m, void *unused);
int proc_version_show(struct seq_file *m, void *unused);
int proc_cmdline_show(struct seq_file *m, void *unused);
int proc_loadavg_show(struct seq_file *m, void *unused);
int proc_interrupts_show(struct seq_file *m, void *unused);
int proc_slabinfo_show(struct seq_file *m, void *unused);
int proc_meminfo_show(struct seq_file *m, void *unused);
int proc_vmstat_show(struct seq_file *m, void *unused);
int proc_zoneinfo_show(struct seq_file *m, void *unused);
int proc_buddyinfo_show(struct seq_file *m, void *unused);
int proc_cpuinfo_show(struct seq_file *m, void *unused);
int proc_stat_show(struct seq_file *m, void *unused);

/* proc_debug.c, debug builds only */
extern const struct file_operations proc_fail_nth_fop;
int proc_inuse_show(struct seq_file *m, void *unused);

/* proc_sys.c */
extern const struct proc_entry proc_sys_table[];

#endif

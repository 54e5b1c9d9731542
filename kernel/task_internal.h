/* SPDX-License-Identifier: MIT */
#ifndef KERNEL_TASK_INTERNAL_H
#define KERNEL_TASK_INTERNAL_H

#include <ikos/sched.h>

/* What the files of kernel/ that make and end tasks share. */

/* kernel/pid.c. A number in use: by a process, a group, a session. */
void pid_init(void);
/* A new number, @wanted or (0) the next, or ERR_PTR(). */
struct pid *alloc_pid(pid_t wanted);
void free_pid(struct pid *pid); /* nothing was attached to it */
pid_t pid_nr(const struct pid *pid);
/* tasklist_lock held. @pid NULL: kernel threads, in no group. */
void attach_pid(struct task_struct *t, enum pid_type type, struct pid *pid);
void detach_pid(struct task_struct *t, enum pid_type type);
void take_leaders_pids(struct task_struct *t, struct task_struct *leader);

/* The leader is in the lists of processes, children and groups. */
static inline bool thread_group_leader(const struct task_struct *t)
{
	return t == t->signal->leader;
}

/* What wait4(2) says of a task that has ended. A thread on its own is seen by
 * its tracer only. */
static inline int wait_status(const struct task_struct *t)
{
	return t->signal->group_exit ? t->signal->group_exit_code
				     : t->exit_code;
}

/* Whether @t is the only one left; tasklist_lock or siglock held. */
static inline bool thread_group_empty(const struct task_struct *t)
{
	return t->thread_node.next == t->thread_node.prev;
}

/* kernel/fork.c */
extern atomic_t nr_threads;
struct task_struct *copy_process(const struct kernel_clone_args *args,
				 int (*fn)(void *), void *arg);

/* kernel/de_thread.c: end the other threads and lead the process. */
int de_thread(void);

/* kernel/exit.c: a dead task leaves the tree. */
void release_task(struct task_struct *t);

/* kernel/oom.c */
void oom_victim_gone(void);

/* kernel/sched.c: the next to run, if it wants to run. */
void sched_hurry(struct task_struct *t);
void sched_return_mm(void);

/* kernel/sys_sched.c, kernel/sys_priority.c */
int sched_check_policy(const struct task_struct *t, int policy, int prio);
int sched_set_policy(struct task_struct *t, int policy, int prio);
int sched_set_nice(struct task_struct *t, int nice);

#endif

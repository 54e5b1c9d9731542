/* SPDX-License-Identifier: MIT */
#ifndef IKOS_PTRACE_H
#define IKOS_PTRACE_H

#include <ikos/sched.h>

struct kernel_clone_args;

/*
 * What is known of a task that is, or has been, traced. It is made by the first
 * attach and goes with the task, so that the task itself may read it without a
 * lock. Its tracer changes it while the task stands still.
 */
struct ptrace {
	/* tasklist_lock; tracer also under siglock. */
	struct task_struct *tracee, *tracer; /* NULL: not traced any more */
	struct ptrace *next, **pprev; /* the others of the tracer */
	unsigned int options; /* PTRACE_O_* */
	bool seized; /* PTRACE_SEIZE, not ATTACH or TRACEME */
	bool privileged; /* the tracer had CAP_SYS_PTRACE when it attached */

	/* siglock. */
	bool trap_stop; /* PTRACE_INTERRUPT: a stop is due */
	bool trap_notify; /* a stop that tells of job control is due */
	bool listening; /* PTRACE_LISTEN: stopped, and wakes for news */
	bool stop_done; /* has stopped, or goes on, in spite of the group's */
	int stop_sig; /* what stopped the group */
	int code; /* of the stop, until wait4(); then what to go on with */

	/* The stop. */
	struct siginfo *info;
	unsigned long message; /* PTRACE_GETEVENTMSG */

	/* How it goes on. */
	bool sys_trace; /* PTRACE_SYSCALL */
	bool sys_emu; /* PTRACE_SYSEMU */
	bool stepping; /* PTRACE_SINGLESTEP */
	bool forced_tf; /* and the trap flag is ours, not the program's */
	bool in_call; /* within a system call whose end will be looked at */
	u64 dr6; /* the debug status register that a tracer sees */
	bool exit_due; /* the end of one that began unobserved */
};

/* Who traces @t, or NULL. */
static inline struct task_struct *ptracer(const struct task_struct *t)
{
	return unlikely(t->ptrace) ? READ_ONCE(t->ptrace->tracer) : NULL;
}

/* By another process than its parent's. tasklist_lock held. */
static inline bool ptrace_reparented(const struct task_struct *t)
{
	const struct task_struct *tracer = ptracer(t);

	return tracer && tracer->signal != t->parent->signal;
}

/* A stop other than for a signal is due; siglock held. */
static inline bool ptrace_trap_pending(const struct task_struct *t)
{
	const struct ptrace *pt = t->ptrace;

	if (!pt->tracer)
		return t->signal->stopped;
	return pt->trap_stop || pt->trap_notify || pt->exit_due ||
	       (t->signal->stopped && !pt->stop_done);
}

/* Whether @t does not count for its process's stop; siglock held. */
static inline bool ptrace_stop_done(const struct task_struct *t)
{
	return ptracer(t) && t->ptrace->stop_done;
}

/* kernel/ptrace_stop.c: the tracee's side; current is traced. */
int ptrace_notify(int code, unsigned long message);
void ptrace_event(int event, unsigned long message);
void ptrace_exec(pid_t old_pid);
void ptrace_exit_event(int code);
void ptrace_trap(void); /* siglock held, released on return */
int ptrace_signal(int sig, struct siginfo *info); /* siglock held */
void ptrace_group_stop(struct task_struct *t, int sig); /* siglock held */
void ptrace_group_continue(struct task_struct *t); /* siglock held */
void ptrace_trap_notify(struct task_struct *t); /* siglock held */

/* kernel/ptrace_attach.c. tasklist_lock held where it says so. */
int ptrace_fork_event(const struct kernel_clone_args *args);
int ptrace_copy(const struct kernel_clone_args *args, struct task_struct *t);
void ptrace_link_child(struct task_struct *t); /* held */
void ptrace_unlink(struct task_struct *t); /* held */
void exit_ptrace(struct task_struct *t, struct list_head *dead); /* held */
long ptrace_traceme(void);
long ptrace_attach(struct task_struct *t, bool seize, unsigned long addr,
		   unsigned long options);
long ptrace_detach(struct task_struct *t, unsigned long sig);

/* kernel/ptrace_siginfo.c: requests about signals. */
long ptrace_siginfo_request(struct task_struct *t, long request,
			    unsigned long addr, void __user *data);

/* The architecture's. @t stands still, or is current. */
long arch_ptrace(struct task_struct *t, long request, unsigned long addr,
		 void __user *data);
long arch_syscall_info(struct task_struct *t, size_t size, void __user *to);
void user_enable_single_step(struct task_struct *t);
void user_disable_single_step(struct task_struct *t);
/* Look at its system calls, or not, as @t->ptrace says. */
void ptrace_set_syscall_work(struct task_struct *t);
struct pt_regs;
void ptrace_syscall_exit(struct pt_regs *regs);
void ptrace_fork_regs(struct task_struct *child); /* a copy of current */

#endif

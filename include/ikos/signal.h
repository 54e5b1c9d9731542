/* SPDX-License-Identifier: MIT */
#ifndef IKOS_SIGNAL_H
#define IKOS_SIGNAL_H

#include <ikos/list.h>
#include <ikos/spinlock.h>
#include <ikos/types.h>
#include <uapi/signal.h>

struct pt_regs;
struct task_struct;

static inline sigset_t_k sigmask(int sig)
{
	return 1UL << (sig - 1);
}

static inline bool valid_signal(unsigned long sig)
{
	return sig <= _NSIG;
}

/* A queued signal with its information. */
struct sigqueue {
	struct list_head list;
	struct siginfo info;
	uid_t uid; /* whose RLIMIT_SIGPENDING it counts against */
	bool preallocated; /* part of a timer, not to be freed */
};

/* Pending signals: a bit each, and the queue of what is known about them. */
struct sigpending {
	sigset_t_k signal;
	struct list_head list;
};

/* A fault of the current task that its own handler will see: it needs no queue,
 * because the task takes it before it goes on. sig 0: none. */
struct forced_fault {
	int sig, code;
	unsigned long addr;
};

/* Handlers, shared by CLONE_SIGHAND. siglock guards them and every pending
 * set of the tasks that share them; taken with interrupts off. A task's
 * sighand and signal stay valid as long as somebody holds a reference to the
 * task: they are put when the task_struct is freed, not before. */
struct sighand_struct {
	atomic_t count;
	spinlock_t siglock;
	struct ksigaction action[_NSIG];
};

/* A signal that get_signal() took out for a handler. */
struct ksignal {
	int sig;
	struct ksigaction action;
	struct siginfo info;
};

/* kernel/signal.c: caches; once, before the first task is made. */
void signal_init(void);

/* Sending. 0 or -errno; none of them checks permission. Any context. @info
 * NULL: the kernel itself (SI_KERNEL). */
int send_sig_info(int sig, const struct siginfo *info, struct task_struct *t,
		  bool group);
int send_sig(int sig,
	     struct task_struct *t); /* from the kernel, to the process */
int kill_pgrp(pid_t pgrp, int sig); /* -ESRCH: nobody there */
/* A fault of the current task: cannot be blocked or ignored. */
void force_sig_info(const struct siginfo *info);
void force_sig(int sig);
void force_sig_fault(int sig, int code, unsigned long addr);

void recalc_sigpending(struct task_struct *t);
bool fatal_signal_pending(struct task_struct *t);
/* Wake @t so that it sees a new signal. @fatal: from killable sleep too. */
void signal_wake_up(struct task_struct *t, bool fatal);

/* Send with an entry that the caller keeps; if it is queued already, nothing
 * happens. False: the signal is ignored. Any context. */
bool send_sigqueue(struct sigqueue *q, struct task_struct *t, bool group);
void withdraw_sigqueue(struct sigqueue *q, struct task_struct *t, bool group);
/* kernel/sigqueue.c: count an entry against @t's user: 0 or -EAGAIN. */
int sigqueue_charge(struct sigqueue *q, struct task_struct *t);
void sigqueue_uncharge(struct sigqueue *q);
/* The next signal of current outside @mask, 0: none; siglock held. */
int dequeue_signal(sigset_t_k mask, struct siginfo *info);
/* kernel/fs/signalfd.c: one has become pending; siglock held. */
void signalfd_notify(void);

/* Before a return to user mode: the next signal that has a handler, default
 * actions done on the way (which may not return). False: none. */
bool get_signal(struct ksignal *ksig);
/* The frame is up: block what the handler blocks. */
void signal_delivered(const struct ksignal *ksig);
void set_current_blocked(sigset_t_k set);
/* rt_sigsuspend, pselect …: the mask to go back to after delivery. */
void restore_saved_sigmask(void);

/* kernel/signal_retarget.c: siglock of a task that is not current and that only
 * a reference keeps; interrupts off. Returns flags. */
unsigned long lock_task_sighand(struct task_struct *t);
void unlock_task_sighand(struct task_struct *t, unsigned long flags);

struct sighand_struct *sighand_alloc(struct sighand_struct *from);
void sighand_put(struct sighand_struct *sighand);
void flush_sigqueue(struct sigpending *pending);
void signal_init(void); /* caches */
void flush_signal_handlers(struct task_struct *t, bool keep_ignored);
/* The current task ends with @code: others take its part in what goes on.
 * True: there are none. */
bool exit_signals(int code);
/* SIGCHLD and the parent's wait4. @t's exit_code is set, tasklist_lock held.
 * True: the parent does not want to wait for it, the caller reaps it. */
bool do_notify_parent(struct task_struct *t, int sig);
/* CLD_STOPPED or CLD_CONTINUED of leader @t; takes tasklist_lock. */
void do_notify_parent_stopped(struct task_struct *t, int code);
/* Nobody outside the group but in its session could continue it; @ignored (or
 * NULL) does not count, it is going. tasklist_lock held. */
bool will_become_orphaned_pgrp(pid_t pgrp, const struct task_struct *ignored);
bool has_stopped_jobs(pid_t pgrp); /* tasklist_lock held */
bool is_current_pgrp_orphaned(void); /* takes tasklist_lock: tty job control */
/* sigaltstack(2) for a user stack pointer @sp; @ss or @oss may be NULL. */
int do_sigaltstack(const struct sigaltstack_k *ss, struct sigaltstack_k *oss,
		   unsigned long sp);
int sas_ss_flags(unsigned long sp); /* SS_DISABLE, SS_ONSTACK or 0 */

/* arch/x86_64/signal.c: build the frame; 0 or -EFAULT. */
int setup_rt_frame(const struct ksignal *ksig, struct pt_regs *regs);

#endif

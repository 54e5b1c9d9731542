/* SPDX-License-Identifier: MIT */
#ifndef KERNEL_SIGNAL_INTERNAL_H
#define KERNEL_SIGNAL_INTERNAL_H

#include <ikos/sched.h>
#include <ikos/signal.h>

/* What the files of kernel/ that implement signals share. */

/* Default actions: signal(7). Every other signal terminates. */
#define SIG_KERNEL_ONLY_MASK (BIT(SIGKILL - 1) | BIT(SIGSTOP - 1))
#define SIG_KERNEL_STOP_MASK                                                   \
	(BIT(SIGSTOP - 1) | BIT(SIGTSTP - 1) | BIT(SIGTTIN - 1) |              \
	 BIT(SIGTTOU - 1))
#define SIG_KERNEL_IGNORE_MASK                                                 \
	(BIT(SIGCONT - 1) | BIT(SIGCHLD - 1) | BIT(SIGWINCH - 1) |             \
	 BIT(SIGURG - 1))
#define SIG_SYNCHRONOUS_MASK                                                   \
	(BIT(SIGSEGV - 1) | BIT(SIGBUS - 1) | BIT(SIGILL - 1) |                \
	 BIT(SIGTRAP - 1) | BIT(SIGFPE - 1) | BIT(SIGSYS - 1))
/* Linux dumps core for these, so it does not hurry the other threads. */
#define SIG_KERNEL_COREDUMP_MASK                                               \
	(SIG_SYNCHRONOUS_MASK | BIT(SIGQUIT - 1) | BIT(SIGABRT - 1) |          \
	 BIT(SIGXCPU - 1) | BIT(SIGXFSZ - 1))

static inline bool sig_in(int sig, sigset_t_k set)
{
	return sig >= 1 && sig <= _NSIG && (set & sigmask(sig));
}

static inline struct ksigaction *sig_action(struct task_struct *t, int sig)
{
	return &t->sighand->action[sig - 1];
}

/* kernel/sigqueue.c; siglock held. */
void sigqueue_init(void);
void init_sigpending(struct sigpending *pending);
/* 0, or -EAGAIN when the information must not be lost and was. */
int sigpending_add(struct sigpending *pending, int sig,
		   const struct siginfo *info, struct task_struct *t);
/* Forget every signal of @mask. */
void sigpending_flush(struct sigpending *pending, sigset_t_k mask);
void sigqueue_withdraw(struct sigpending *pending, struct sigqueue *q);
int dequeue_synchronous_signal(struct siginfo *info);

/* kernel/signal_retarget.c; siglock held. */
void retarget_shared_pending(struct task_struct *t, sigset_t_k which);
void set_blocked_locked(struct task_struct *t, sigset_t_k set);

/* kernel/signal_send.c */
int send_signal_locked(int sig, const struct siginfo *info,
		       struct task_struct *t, bool group, bool force);
/* siglock held: SIGKILL to all but @t; how many. */
int zap_other_threads(struct task_struct *t);
/* siglock held: whether @sig's action is to do nothing. */
bool sig_does_nothing(struct task_struct *t, int sig, bool force);

/* kernel/signal.c; siglock held. Current has stopped: the last of its group? */
bool complete_group_stop(void);

/* kernel/signal_notify.c: @t has stopped for its tracer. tasklist_lock held. */
void notify_tracer(struct task_struct *t, int why);

#endif

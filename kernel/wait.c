/* SPDX-License-Identifier: MIT */
/*
 * Waiting for children: wait4(2), waitid(2).
 *
 * A scan over the children that the caller asks for finds one that has ended,
 * stopped or been continued. The news of a stop or a continuation is told
 * once; a zombie is told once and then released; WNOWAIT leaves both as they
 * are. Without news the caller sleeps on its process's wait_chldexit.
 *
 * Tracees are children, too, and stop more often; those of them that are
 * somebody else's children end twice: for the tracer, and when it has waited,
 * for the parent.
 *
 * Lock: tasklist_lock for the scan; user memory is written after it.
 */
#include <ikos/kernel.h>
#include <ikos/pidfd.h>
#include <ikos/ptrace.h>
#include <ikos/string.h>
#include <ikos/syscall.h>
#include <ikos/uaccess.h>
#include <uapi/resource.h>
#include <uapi/wait.h>

#include "task_internal.h"

#define WAIT4_OPTIONS                                                          \
	(WNOHANG | WUNTRACED | WCONTINUED | __WNOTHREAD | __WCLONE | __WALL)
#define WAITID_OPTIONS (WAIT4_OPTIONS | WEXITED | WNOWAIT)

struct wait_request {
	int type; /* P_ALL, P_PID, P_PGID */
	pid_t nr;
	unsigned int options;
	bool nonblock; /* a pidfd's O_NONBLOCK: -EAGAIN, not a wait */
	/* The answer. */
	pid_t pid;
	uid_t uid;
	int code; /* CLD_* */
	int status; /* as wait4() stores it */
	struct task_struct *reap; /* to be released */
	struct task_struct *who; /* with a reference, for its usage */
};

static bool wanted(const struct wait_request *wr, const struct task_struct *p,
		   bool ptrace)
{
	if (wr->type == P_PID && p->pid != wr->nr)
		return false;
	if (wr->type == P_PGID && p->signal->pgrp != wr->nr)
		return false;
	if (ptrace || (wr->options & __WALL))
		return true;
	return (p->exit_signal != SIGCHLD) == !!(wr->options & __WCLONE);
}

/* A process that waits for its last thread does not count as ended. */
static bool has_ended(const struct task_struct *p)
{
	return p->exit_state == TASK_ZOMBIE &&
	       (!thread_group_leader(p) || thread_group_empty(p));
}

static pid_t found(struct wait_request *wr, struct task_struct *p, int code,
		   int status)
{
	wr->pid = p->pid;
	wr->uid = p->cred.uid;
	wr->code = code;
	wr->status = status;
	wr->who = p;
	get_task_struct(p);
	return p->pid;
}

static int exit_cld_code(int status)
{
	if (!(status & 0x7f))
		return CLD_EXITED;
	return status & 0x80 ? CLD_DUMPED : CLD_KILLED;
}

/* A waited-for child's usage becomes part of its parent's. */
static void inherit_usage(struct task_struct *p)
{
	struct signal_struct *up = current->signal, *sig = p->signal;
	u64 utime, stime;

	task_cputime(p, &utime, &stime);
	spin_lock(&current->sighand->siglock);
	up->cutime += utime + sig->cutime;
	up->cstime += stime + sig->cstime;
	up->cmin_flt += p->min_flt + sig->min_flt + sig->cmin_flt;
	up->cmaj_flt += p->maj_flt + sig->maj_flt + sig->cmaj_flt;
	up->cnvcsw += p->nvcsw + sig->nvcsw + sig->cnvcsw;
	up->cnivcsw += p->nivcsw + sig->nivcsw + sig->cnivcsw;
	up->cmaxrss = max(up->cmaxrss, max(sig->maxrss, sig->cmaxrss));
	spin_unlock(&current->sighand->siglock);
}

/* The tracer has seen the end of @p: the parent may. True: it wants to. */
static bool leave_to_parent(struct task_struct *p)
{
	if (!thread_group_leader(p) || !ptrace_reparented(p))
		return false;
	ptrace_unlink(p);
	return !do_notify_parent(p, p->exit_signal);
}

static pid_t consider_zombie(struct wait_request *wr, struct task_struct *p)
{
	const struct signal_struct *up = current->signal;
	int status = wait_status(p);

	if (!(wr->options & WEXITED))
		return 0;
	if (!(wr->options & WNOWAIT) && !leave_to_parent(p)) {
		p->exit_state = TASK_DEAD;
		if (thread_group_leader(p) && p->parent->signal == up)
			inherit_usage(p);
		wr->reap = p;
	}
	return found(wr, p, exit_cld_code(status), status);
}

/* A stop of a tracee; told once. */
static pid_t consider_tracee(struct wait_request *wr, struct task_struct *p)
{
	struct ptrace *pt = p->ptrace;
	int code = 0;

	spin_lock(&p->sighand->siglock);
	if ((p->state & (TASK_TRACED | TASK_FROZEN)) && !pt->listening)
		code = pt->code;
	if (!(wr->options & WNOWAIT) && code)
		pt->code = 0;
	spin_unlock(&p->sighand->siglock);
	return code ? found(wr, p, CLD_TRAPPED, code << 8 | 0x7f) : 0;
}

/* News of job control; told once. Of a tracee's stops its tracer has heard. */
static pid_t consider_stopped(struct wait_request *wr, struct task_struct *p,
			      bool ptrace)
{
	struct signal_struct *sig = p->signal;
	bool keep = wr->options & WNOWAIT;
	int stop_code = 0;
	bool continued = false;

	spin_lock(&p->sighand->siglock);
	if ((wr->options & WUNTRACED) && !ptrace && sig->stopped &&
	    sig->stop_code) {
		stop_code = sig->stop_code;
		if (!keep)
			sig->stop_code = 0;
	} else if ((wr->options & WCONTINUED) && sig->continued) {
		continued = true;
		if (!keep)
			sig->continued = false;
	}
	spin_unlock(&p->sighand->siglock);
	if (stop_code)
		return found(wr, p, CLD_STOPPED, stop_code << 8 | 0x7f);
	if (continued)
		return found(wr, p, CLD_CONTINUED, 0xffff);
	return 0;
}

/* The number of @p if there is news, 0: none yet, -ECHILD: it is no child that
 * the request is about. @ptrace: it is a tracee of ours; else a child. */
static long consider(struct wait_request *wr, struct task_struct *p,
		     bool ptrace)
{
	pid_t news = 0;

	if (!wanted(wr, p, ptrace) || p->exit_state == TASK_DEAD)
		return -ECHILD;
	if (unlikely(ptracer(p)) && !ptrace_reparented(p))
		ptrace = true;
	if (has_ended(p) && (ptrace || !ptracer(p)))
		return consider_zombie(wr, p);
	if (ptrace)
		news = consider_tracee(wr, p);
	return news ? news : consider_stopped(wr, p, ptrace);
}

/* The same of all tracees of @tracer; @ret: so far. */
static long scan_tracees(struct wait_request *wr, struct task_struct *tracer,
			 long ret)
{
	for (struct ptrace *pt = tracer->ptraced; pt; pt = pt->next) {
		long news = consider(wr, pt->tracee, true);

		if (news != -ECHILD)
			ret = news;
		if (news > 0)
			break;
	}
	return ret;
}

/* The same of all children of @parent; @ret: so far. */
static long scan_children(struct wait_request *wr, struct task_struct *parent,
			  long ret)
{
	struct task_struct *p;

	list_for_each_entry (p, &parent->children, sibling) {
		long news = consider(wr, p, false);

		if (news != -ECHILD)
			ret = news;
		if (news > 0)
			return news;
	}
	return unlikely(parent->ptraced) ? scan_tracees(wr, parent, ret) : ret;
}

/* Children of other threads are ours, too, unless the request says no. */
static bool is_own_child(const struct wait_request *wr,
			 const struct task_struct *p)
{
	if (!thread_group_leader(p))
		return false;
	return wr->options & __WNOTHREAD ? p->parent == current
					 : p->parent->signal == current->signal;
}

/* The one that is asked for, as a child or as a tracee. */
static long scan_one(struct wait_request *wr)
{
	struct task_struct *p = find_task(wr->nr), *tracer;
	long ret = -ECHILD;

	if (!p)
		return ret;
	if (is_own_child(wr, p))
		ret = consider(wr, p, false);
	tracer = ptracer(p);
	if (ret <= 0 && tracer &&
	    (wr->options & __WNOTHREAD ? tracer == current
				       : tracer->signal == current->signal))
		ret = consider(wr, p, true);
	return ret;
}

static long scan(struct wait_request *wr)
{
	struct task_struct *thread;
	long ret = -ECHILD;

	spin_lock_irq(&tasklist_lock);
	if (wr->type == P_PID) {
		ret = scan_one(wr);
	} else if (wr->options & __WNOTHREAD) {
		ret = scan_children(wr, current, ret);
	} else {
		for_each_thread (current, thread) {
			ret = scan_children(wr, thread, ret);
			if (ret > 0)
				break;
		}
	}
	spin_unlock_irq(&tasklist_lock);
	return ret;
}

/*
 * Wait as @wr says. The number of the child, 0 with WNOHANG, -ECHILD,
 * -ERESTARTSYS. On a number the caller calls finish_request().
 */
static long do_wait(struct wait_request *wr)
{
	struct wait_queue_head *wq = &current->signal->wait_chldexit;
	struct wait_queue_entry entry;
	long ret;

	init_wait_entry(&entry);
	for (;;) {
		prepare_to_wait(wq, &entry, TASK_INTERRUPTIBLE);
		ret = scan(wr);
		if (ret || (wr->options & WNOHANG))
			break;
		if (wr->nonblock) {
			ret = -EAGAIN;
			break;
		}
		if (current_signal_pending()) {
			ret = -ERESTARTSYS;
			break;
		}
		schedule();
	}
	finish_wait(wq, &entry);
	return ret;
}

/* Fill @ru if asked, and release the child if it is reaped. */
static void finish_request(struct wait_request *wr, struct rusage_k *ru)
{
	if (ru)
		task_rusage(wr->who, RUSAGE_BOTH, ru);
	if (wr->reap)
		release_task(wr->reap);
	put_task_struct(wr->who);
}

static bool set_wait4_target(struct wait_request *wr, pid_t upid)
{
	if (upid == -1) {
		wr->type = P_ALL;
	} else if (upid > 0) {
		wr->type = P_PID;
		wr->nr = upid;
	} else if (upid == INT_MIN) {
		return false;
	} else {
		wr->type = P_PGID;
		wr->nr = upid ? -upid : current->signal->pgrp;
	}
	return true;
}

/**
 * sys_wait4 - wait4(2)
 *
 * Return: the child's number, 0 (WNOHANG), -EINVAL, -ESRCH (INT_MIN), -ECHILD,
 * -EFAULT (after the child has been reaped, as on Linux), -ERESTARTSYS.
 */
SYSCALL_DEFINE4(wait4, pid_t, upid, int __user *, status, unsigned int, options,
		struct rusage_k __user *, rusage)
{
	struct wait_request wr = { .options = options | WEXITED };
	struct rusage_k ru;
	long ret;

	if (options & ~WAIT4_OPTIONS)
		return -EINVAL;
	if (!set_wait4_target(&wr, upid))
		return -ESRCH;
	ret = do_wait(&wr);
	if (ret <= 0)
		return ret;
	finish_request(&wr, rusage ? &ru : NULL);
	if (status && put_user(wr.status, status))
		return -EFAULT;
	if (rusage && copy_to_user(rusage, &ru, sizeof(ru)))
		return -EFAULT;
	return ret;
}

/* The number stays its own until it has been waited for. */
static int set_pidfd_target(struct wait_request *wr, int fd)
{
	struct task_struct *t = pidfd_get_task(fd, &wr->nonblock);

	if (IS_ERR(t))
		return (int)PTR_ERR(t);
	wr->type = P_PID;
	wr->nr = READ_ONCE(t->exit_state) == TASK_DEAD ? 0 : t->pid;
	put_task_struct(t);
	return 0;
}

static int set_waitid_target(struct wait_request *wr, int type, pid_t nr)
{
	wr->type = type;
	wr->nr = nr;
	switch (type) {
	case P_ALL:
		return 0;
	case P_PID:
		return nr > 0 ? 0 : -EINVAL;
	case P_PGID:
		if (!nr)
			wr->nr = current->signal->pgrp;
		return nr >= 0 ? 0 : -EINVAL;
	case P_PIDFD:
		return nr >= 0 ? set_pidfd_target(wr, nr) : -EINVAL;
	default:
		return -EINVAL;
	}
}

/* si_status: the exit status or a signal, not wait4()'s mixture. */
static void fill_siginfo(struct siginfo *info, const struct wait_request *wr)
{
	memset(info, 0, sizeof(*info));
	if (!wr->pid)
		return;
	info->si_signo = SIGCHLD;
	info->si_code = wr->code;
	info->si_pid = wr->pid;
	info->si_uid = wr->uid;
	if (wr->code == CLD_EXITED || wr->code == CLD_STOPPED)
		info->si_status = wr->status >> 8 & 0xff;
	else if (wr->code == CLD_CONTINUED)
		info->si_status = SIGCONT;
	else if (wr->code == CLD_TRAPPED)
		info->si_status = wr->status >> 8;
	else
		info->si_status = wr->status & 0x7f;
}

/* Linux writes these fields and leaves the rest of siginfo_t alone. */
static int put_siginfo(struct siginfo __user *to, const struct siginfo *info)
{
	if (put_user(info->si_signo, &to->si_signo) ||
	    put_user(0, &to->si_errno) ||
	    put_user(info->si_code, &to->si_code) ||
	    put_user(info->si_pid, &to->si_pid) ||
	    put_user(info->si_uid, &to->si_uid) ||
	    put_user(info->si_status, &to->si_status))
		return -EFAULT;
	return 0;
}

/**
 * sys_waitid - waitid(2); the system call has a fifth argument, the usage
 *
 * Return: 0, -EINVAL, -EBADF and -EAGAIN (P_PIDFD), -ECHILD, -EFAULT, -ERESTARTSYS.
 */
SYSCALL_DEFINE5(waitid, int, type, pid_t, nr, struct siginfo __user *, infop,
		unsigned int, options, struct rusage_k __user *, rusage)
{
	struct wait_request wr = { .options = options };
	struct siginfo info;
	struct rusage_k ru;
	long ret;

	if ((options & ~WAITID_OPTIONS) ||
	    !(options & (WEXITED | WSTOPPED | WCONTINUED)))
		return -EINVAL;
	ret = set_waitid_target(&wr, type, nr);
	if (ret)
		return ret;
	ret = do_wait(&wr);
	if (ret > 0) {
		finish_request(&wr, rusage ? &ru : NULL);
		if (rusage && copy_to_user(rusage, &ru, sizeof(ru)))
			return -EFAULT;
		ret = 0;
	}
	fill_siginfo(&info, &wr);
	if (!ret && infop)
		ret = put_siginfo(infop, &info);
	return ret;
}

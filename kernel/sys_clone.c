/* SPDX-License-Identifier: MIT */
/*
 * The system calls that make processes and threads: fork(2), vfork(2), clone(2)
 * and clone3(2). Each becomes a struct kernel_clone_args; kernel/fork.c does
 * the rest.
 *
 * struct clone_args of clone3(2) has grown and will grow: the caller says how
 * long its version is. A shorter one ends with zeroes; a longer one is taken
 * when what we do not know of it is zero.
 *
 * Differs from Linux: flags of namespaces, pidfds and control groups are
 * EINVAL, in kernel/fork.c.
 */
#include <ikos/err.h>
#include <ikos/ptrace.h>
#include <ikos/string.h>
#include <ikos/syscall.h>
#include <ikos/uaccess.h>
#include <uapi/ptrace.h>
#include <uapi/sched.h>

#include "task_internal.h"

#define MAX_PID_NS_LEVEL 32

_Static_assert(offsetof(struct clone_args, set_tid) == CLONE_ARGS_SIZE_VER0 &&
		       sizeof(struct clone_args) == CLONE_ARGS_SIZE_VER2,
	       "clone3(2)");

/* Sleep until the child of vfork() has executed a program or ended. */
static void wait_for_vfork(struct task_struct *child, struct completion *done,
			   pid_t nr)
{
	int err = wait_for_completion_killable(done);
	unsigned long flags;

	if (err) {
		/* We are being killed; @done goes with our stack. */
		flags = task_lock(child);
		child->vfork_done = NULL;
		task_unlock(child, flags);
	}
	put_task_struct(child);
	if (!err && unlikely(current->ptrace))
		ptrace_event(PTRACE_EVENT_VFORK_DONE, (unsigned long)nr);
}

/**
 * kernel_clone - make a child process or a thread and let it run
 * @args: flags are CLONE_* without the signal; see clone(2)
 *
 * With CLONE_VFORK returns when the child has executed a program or ended.
 * Context: task, may sleep.
 * Return: the child's number; -EINVAL (flags), -EAGAIN (RLIMIT_NPROC, too many
 * tasks), -ENOMEM, -EPERM, -EEXIST (@args->set_tid), -ERESTARTNOINTR (a signal
 * came; try again after it).
 */
pid_t kernel_clone(const struct kernel_clone_args *args)
{
	struct completion vfork;
	struct task_struct *child;
	int event = 0;
	pid_t nr;

	if (unlikely(current->ptrace))
		event = ptrace_fork_event(args);
	child = copy_process(args, NULL, NULL);
	if (IS_ERR(child))
		return (pid_t)PTR_ERR(child);
	nr = child->pid;
	if ((args->flags & CLONE_PARENT_SETTID) &&
	    put_user(nr, args->parent_tid)) {
		/* The child exists: Linux ignores a bad address, too. */
	}
	if (args->flags & CLONE_VFORK) {
		init_completion(&vfork);
		child->vfork_done = &vfork;
		child->flags |= PF_VFORK;
		get_task_struct(child);
	}
	wake_up_new_task(child);
	if (unlikely(event))
		ptrace_event(event, (unsigned long)nr);
	if (args->flags & CLONE_VFORK)
		wait_for_vfork(child, &vfork, nr);
	return nr;
}

/**
 * sys_fork - fork(2)
 */
SYSCALL_DEFINE0(fork)
{
	return kernel_clone(
		&(struct kernel_clone_args){ .exit_signal = SIGCHLD });
}

/**
 * sys_vfork - vfork(2)
 */
SYSCALL_DEFINE0(vfork)
{
	return kernel_clone(&(struct kernel_clone_args){
		.flags = CLONE_VFORK | CLONE_VM, .exit_signal = SIGCHLD });
}

/**
 * sys_clone - clone(2), with the argument order of x86-64
 */
SYSCALL_DEFINE5(clone, unsigned long, flags, unsigned long, stack, int __user *,
		parent_tid, int __user *, child_tid, unsigned long, tls)
{
	/* The upper half of the register is not looked at. */
	return kernel_clone(&(struct kernel_clone_args){
		.flags = flags & 0xffffffffUL & ~CSIGNAL,
		.exit_signal = (int)(flags & CSIGNAL),
		.stack = stack,
		.tls = tls,
		.parent_tid = parent_tid,
		.child_tid = child_tid });
}

/* The part of a longer structure that we do not know has to be zero. */
static int check_tail(const char __user *tail, size_t n)
{
	char chunk[64];

	while (n) {
		size_t len = min(n, sizeof(chunk));

		if (copy_from_user(chunk, tail, len))
			return -EFAULT;
		for (size_t i = 0; i < len; i++)
			if (chunk[i])
				return -E2BIG;
		tail += len;
		n -= len;
	}
	return 0;
}

static int fetch_clone_args(struct clone_args *args,
			    const struct clone_args __user *uargs, size_t size)
{
	size_t known = min(size, sizeof(*args));
	int err;

	if (size > PAGE_SIZE)
		return -E2BIG;
	if (size < CLONE_ARGS_SIZE_VER0)
		return -EINVAL;
	err = check_tail((const char __user *)uargs + known, size - known);
	if (err)
		return err;
	memset(args, 0, sizeof(*args));
	return copy_from_user(args, uargs, known) ? -EFAULT : 0;
}

/* As the members depend on each other: clone(2), EINVAL. */
static bool clone3_args_valid(const struct clone_args *a, size_t size)
{
	if (a->set_tid_size > MAX_PID_NS_LEVEL ||
	    !a->set_tid != !a->set_tid_size)
		return false;
	if ((a->exit_signal & ~CSIGNAL) || !valid_signal(a->exit_signal))
		return false;
	if ((a->flags & CLONE_INTO_CGROUP) &&
	    (a->cgroup > INT_MAX || size < CLONE_ARGS_SIZE_VER2))
		return false;
	if (a->flags & ~CLONE3_VALID_FLAGS)
		return false;
	if (a->flags & (CLONE_DETACHED | (CSIGNAL & ~CLONE_NEWTIME)))
		return false;
	if ((a->flags & CLONE_SIGHAND) && (a->flags & CLONE_CLEAR_SIGHAND))
		return false;
	if ((a->flags & (CLONE_THREAD | CLONE_PARENT)) && a->exit_signal)
		return false;
	if (!a->stack)
		return !a->stack_size;
	return a->stack_size &&
	       access_ok((void __user *)a->stack, a->stack_size);
}

/* The number that the child is to have; 0: any. There is one namespace. */
static int fetch_set_tid(const struct clone_args *a, pid_t *nr)
{
	const pid_t __user *from = (const pid_t __user *)a->set_tid;

	*nr = 0;
	if (!a->set_tid_size)
		return 0;
	if (!access_ok(from, a->set_tid_size * sizeof(*nr)) ||
	    get_user(*nr, from))
		return -EFAULT;
	return a->set_tid_size > 1 || *nr < 1 ? -EINVAL : 0;
}

/**
 * sys_clone3 - clone3(2)
 *
 * Return: as kernel_clone(); -E2BIG: @size, or what we do not know is not 0;
 * -EINVAL: a size or members that do not fit; -EFAULT.
 */
SYSCALL_DEFINE2(clone3, const struct clone_args __user *, uargs, size_t, size)
{
	struct clone_args a;
	pid_t nr = 0;
	int err = fetch_clone_args(&a, uargs, size);

	if (!err && !clone3_args_valid(&a, size))
		err = -EINVAL;
	if (!err)
		err = fetch_set_tid(&a, &nr);
	if (err)
		return err;
	return kernel_clone(&(struct kernel_clone_args){
		.flags = a.flags,
		.exit_signal = (int)a.exit_signal,
		.set_tid = nr,
		.stack = a.stack + a.stack_size,
		.tls = a.tls,
		.parent_tid = (int __user *)a.parent_tid,
		.child_tid = (int __user *)a.child_tid });
}

/* SPDX-License-Identifier: MIT */
/*
 * Kernel threads: tasks without an address space. The first one is init,
 * process 1, which becomes a program with kernel_execve(). All are children of
 * task 0 and vanish when they end; nobody waits for them.
 */
#include <ikos/err.h>
#include <ikos/string.h>
#include <uapi/sched.h>

#include "task_internal.h"

/**
 * kthread_run - make a kernel thread and let it run
 * @fn: its function; the thread ends when it returns, unless it has executed
 * a program
 * @arg: for @fn
 * @name: what ps(1) shows
 *
 * Context: may sleep. Return: the thread, without a reference, or ERR_PTR():
 * -ENOMEM, -EAGAIN.
 */
struct task_struct *kthread_run(int (*fn)(void *), void *arg, const char *name)
{
	struct kernel_clone_args args = { .flags = CLONE_FS,
					  .exit_signal = SIGCHLD };
	struct task_struct *t = copy_process(&args, fn, arg);

	if (IS_ERR(t))
		return t;
	strscpy(t->comm, name, sizeof(t->comm));
	wake_up_new_task(t);
	return t;
}

/* SPDX-License-Identifier: MIT */
/*
 * pidfd_open(2): a descriptor that stands for a process; pidfd_getfd(2).
 *
 * It holds a reference to the leader's task, so it never means another process
 * of the same number. It can be read, for poll(2), once the process has ended.
 * Who waits for that waits on one queue for all, which an exit looks at only
 * while there are such files.
 */
#include <ikos/pidfd.h>

#include "anon_inode.h"
#include "proc_internal.h"

#include <ikos/seq_file.h>
#include <ikos/syscall.h>
#include <uapi/poll.h>

static const struct file_operations pidfd_fops;
static DECLARE_WAIT_QUEUE_HEAD(pidfd_wait);
static atomic_t nr_pidfds;

/**
 * pidfd_notify - a process has ended
 *
 * Context: any.
 */
void pidfd_notify(void)
{
	if (unlikely(atomic_read(&nr_pidfds)))
		wake_up_poll(&pidfd_wait, POLLIN | POLLRDNORM);
}

static unsigned int pidfd_poll(struct file *file, struct poll_table *table)
{
	const struct task_struct *t = file->private_data;
	unsigned int mask = 0;

	poll_wait(file, &pidfd_wait, table);
	if (READ_ONCE(t->exit_state) && atomic_read(&t->signal->live) == 0)
		mask = POLLIN | POLLRDNORM;
	/* Waited for: there is nothing any more. */
	if (READ_ONCE(t->exit_state) == TASK_DEAD)
		mask |= POLLHUP;
	return mask;
}

static int pidfd_release(struct inode *inode, struct file *file)
{
	atomic_dec(&nr_pidfds);
	put_task_struct(file->private_data);
	return 0;
}

/* -1 once it has been waited for. */
static void pidfd_show_fdinfo(struct seq_file *m, struct file *file)
{
	const struct task_struct *t = file->private_data;
	pid_t pid = READ_ONCE(t->exit_state) == TASK_DEAD ? -1 : t->pid;

	seq_printf(m, "Pid:\t%d\nNSpid:\t%d\n", pid, pid);
}

static const struct file_operations pidfd_fops = {
	.release = pidfd_release,
	.poll = pidfd_poll,
	.llseek = noop_llseek,
	.show_fdinfo = pidfd_show_fdinfo,
};

/**
 * pidfd_get_task - the process that a descriptor stands for
 * @fd: the descriptor
 * @nonblock: gets whether it is O_NONBLOCK; may be NULL
 *
 * Context: process context.
 * Return: the task with a reference, or ERR_PTR(-EBADF).
 */
struct task_struct *pidfd_get_task(int fd, bool *nonblock)
{
	struct file *file = fget((unsigned int)fd);
	struct task_struct *t = ERR_PTR(-EBADF);

	if (!file)
		return t;
	if (file->f_op == &pidfd_fops) {
		t = file->private_data;
		get_task_struct(t);
		if (nonblock)
			*nonblock = file->f_flags & O_NONBLOCK;
	}
	fput(file);
	return t;
}

/**
 * pidfd_or_dir_get_task - the process of a pidfd or of a directory in /proc
 * @fd: the descriptor
 *
 * Context: process context.
 * Return: the task with a reference, or ERR_PTR(-EBADF).
 */
struct task_struct *pidfd_or_dir_get_task(int fd)
{
	struct task_struct *t = pidfd_get_task(fd, NULL);
	struct file *file;

	if (!IS_ERR(t))
		return t;
	file = fget((unsigned int)fd);
	if (!file)
		return t;
	if (proc_dir_task(file)) {
		t = proc_dir_task(file);
		get_task_struct(t);
	}
	fput(file);
	return t;
}

/**
 * sys_pidfd_open - pidfd_open(2)
 *
 * Return: the descriptor; -EINVAL: the number or the flags, or a thread that
 * is not its process's first; -ESRCH; -EMFILE, -ENOMEM.
 */
SYSCALL_DEFINE2(pidfd_open, pid_t, pid, unsigned int, flags)
{
	struct task_struct *t;
	int fd = -EINVAL;

	if ((flags & ~O_NONBLOCK) || pid <= 0)
		return -EINVAL;
	t = find_get_task(pid);
	if (!t)
		return -ESRCH;
	if (t->pid == t->tgid) {
		atomic_inc(&nr_pidfds);
		fd = anon_inode_getfd("[pidfd]", &pidfd_fops, t,
				      O_RDWR | O_CLOEXEC | flags);
		if (fd >= 0)
			return fd;
		atomic_dec(&nr_pidfds);
	}
	put_task_struct(t);
	return fd;
}

static int steal_fd(struct task_struct *t, unsigned int fd)
{
	struct file *file;
	int ret;

	if (READ_ONCE(t->exit_state))
		return -ESRCH;
	if (!ptrace_may_access(t, PTRACE_MODE_REALCREDS))
		return -EPERM;
	file = task_file(t, fd);
	if (!file)
		return -EBADF;
	ret = fd_alloc_install(file, 0, O_CLOEXEC);
	if (ret < 0)
		fput(file);
	return ret;
}

/**
 * sys_pidfd_getfd - pidfd_getfd(2)
 *
 * Return: a descriptor for the other process's file; -EBADF: one of the two;
 * -EINVAL: flags; -EPERM; -ESRCH: it has ended; -EMFILE, -ENOMEM.
 */
SYSCALL_DEFINE3(pidfd_getfd, int, pidfd, int, fd, unsigned int, flags)
{
	struct task_struct *t;
	int ret;

	if (flags)
		return -EINVAL;
	t = pidfd_get_task(pidfd, NULL);
	if (IS_ERR(t))
		return PTR_ERR(t);
	ret = steal_fd(t, (unsigned int)fd);
	put_task_struct(t);
	return ret;
}

/* SPDX-License-Identifier: MIT */
/*
 * poll(2) and ppoll(2).
 */
#include <ikos/kernel.h>
#include <ikos/slab.h>
#include <ikos/syscall.h>
#include <ikos/uaccess.h>
#include <uapi/poll.h>

#include "poll_wait.h"

static unsigned int poll_fd(struct pollfd *pfd, struct poll_table *table)
{
	struct file *file;
	unsigned int mask;

	if (pfd->fd < 0)
		return 0;
	file = fget((unsigned int)pfd->fd);
	if (!file)
		return POLLNVAL;
	mask = vfs_poll(file, table);
	fput(file);
	return mask & ((u16)pfd->events | POLLERR | POLLHUP);
}

struct poll_list {
	struct pollfd *fds;
	unsigned int n;
};

static int poll_pass(void *data, struct poll_table *table)
{
	const struct poll_list *list = data;
	int count = 0;

	for (unsigned int i = 0; i < list->n; i++) {
		unsigned int mask = poll_fd(&list->fds[i], table);

		list->fds[i].revents = (s16)mask;
		if (mask) {
			count++;
			table->quiet = true;
		}
	}
	return count;
}

static int write_back(struct pollfd __user *ufds, const struct pollfd *fds,
		      unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		if (put_user(fds[i].revents, &ufds[i].revents))
			return -EFAULT;
	return 0;
}

/* -ERESTARTNOHAND: a signal came; the events are written all the same. */
static long do_poll(struct pollfd __user *ufds, unsigned int n, u64 deadline)
{
	struct pollfd few[16];
	struct pollfd *fds = few;
	long ret;

	if (n > rlimit(RLIMIT_NOFILE))
		return -EINVAL;
	if (n > ARRAY_SIZE(few)) {
		fds = kcalloc(n, sizeof(*fds), GFP_KERNEL);
		if (!fds)
			return -ENOMEM;
	}
	ret = -EFAULT;
	if (!copy_from_user(fds, ufds, n * sizeof(*fds))) {
		ret = poll_loop(poll_pass, &(struct poll_list){ fds, n },
				deadline);
		if (write_back(ufds, fds, n))
			ret = -EFAULT;
	}
	if (fds != few)
		kfree(fds);
	return ret;
}

static long poll_restart(struct task_struct *t);

static long poll_until(struct pollfd __user *ufds, unsigned int n, u64 deadline)
{
	long ret = do_poll(ufds, n, deadline);

	if (ret != -ERESTARTNOHAND)
		return ret;
	current->restart_fn = poll_restart;
	current->restart_arg[0] = (u64)ufds;
	current->restart_arg[1] = n;
	current->restart_arg[2] = deadline;
	return -ERESTART_RESTARTBLOCK;
}

/* restart_syscall(2): go on until the same moment. */
static long poll_restart(struct task_struct *t)
{
	return poll_until((struct pollfd __user *)t->restart_arg[0],
			  (unsigned int)t->restart_arg[1], t->restart_arg[2]);
}

SYSCALL_DEFINE3(poll, struct pollfd __user *, ufds, unsigned int, nfds, int,
		timeout)
{
	u64 deadline = POLL_FOREVER;

	if (timeout >= 0)
		deadline =
			timeout ? ktime_get_ns() + (u64)timeout * NSEC_PER_MSEC
				: 0;
	return poll_until(ufds, nfds, deadline);
}

/* What is left until @deadline, for the caller's structure. */
static void put_remaining(struct timespec64 __user *uts, u64 deadline)
{
	struct timespec64 ts = { 0 };
	u64 now = ktime_get_ns();

	if (!uts || deadline == POLL_FOREVER)
		return;
	if (deadline > now)
		ts = ns_to_timespec(deadline - now);
	/* The call has its result: a fault here does not change it. */
	if (put_user(ts, uts))
		return;
}

SYSCALL_DEFINE5(ppoll, struct pollfd __user *, ufds, unsigned int, nfds,
		struct timespec64 __user *, uts, const sigset_t_k __user *,
		mask, size_t, size)
{
	struct timespec64 ts;
	u64 deadline;
	long ret;

	if (uts) {
		if (copy_from_user(&ts, uts, sizeof(ts)))
			return -EFAULT;
		if (!timespec_valid(&ts))
			return -EINVAL;
	}
	deadline = poll_deadline(uts ? &ts : NULL);
	ret = set_user_sigmask(mask, size);
	if (ret)
		return ret;
	ret = do_poll(ufds, nfds, deadline);
	restore_saved_sigmask_unless(ret == -ERESTARTNOHAND);
	put_remaining(uts, deadline);
	return ret;
}

/* SPDX-License-Identifier: MIT */
/*
 * signalfd(2): taking signals by reading.
 *
 * A descriptor is a set of signals; reading takes out those that are pending
 * for whoever reads, as sigwaitinfo(2) does. Who waits, waits on one queue for
 * all: a signal is sent to a process, not to a file, and the process may be
 * gone before the file. Senders look at the queue only while there are such
 * files at all.
 *
 * Lock: siglock for what is pending.
 */
#include "anon_inode.h"

#include <ikos/posix_timer.h>
#include <ikos/seq_file.h>
#include <ikos/slab.h>
#include <ikos/syscall.h>
#include <ikos/uaccess.h>
#include <uapi/poll.h>
#include <uapi/signalfd.h>

struct signalfd_ctx {
	sigset_t_k set; /* those to take */
};

static const struct file_operations signalfd_fops;
static DECLARE_WAIT_QUEUE_HEAD(signalfd_wait);
static atomic_t nr_signalfds;

/**
 * signalfd_notify - a signal has become pending
 *
 * Context: any; siglock held.
 */
void signalfd_notify(void)
{
	if (unlikely(atomic_read(&nr_signalfds)))
		wake_up_poll(&signalfd_wait, POLLIN);
}

/* Is there one? The lock pairs with the sender's. */
static bool is_pending(const struct signalfd_ctx *ctx)
{
	struct task_struct *t = current;
	sigset_t_k pending;

	spin_lock_irq(&t->sighand->siglock);
	pending = t->pending.signal | t->signal->shared_pending.signal;
	spin_unlock_irq(&t->sighand->siglock);
	return pending & READ_ONCE(ctx->set);
}

static unsigned int signalfd_poll(struct file *file, struct poll_table *table)
{
	struct signalfd_ctx *ctx = file->private_data;

	poll_wait(file, &signalfd_wait, table);
	return is_pending(ctx) ? POLLIN : 0;
}

static int take_signal(const struct signalfd_ctx *ctx, struct siginfo *info)
{
	int sig;

	spin_lock_irq(&current->sighand->siglock);
	sig = dequeue_signal(~READ_ONCE(ctx->set), info);
	spin_unlock_irq(&current->sighand->siglock);
	if (sig)
		posix_timer_deliver(info);
	return sig;
}

/* The parts of siginfo_t that a kind of signal has: sigaction(2). */
static void fill_by_kind(struct signalfd_siginfo_k *ssi,
			 const struct siginfo *info)
{
	if (info->si_code == SI_TIMER) {
		ssi->ssi_tid = (u32)info->si_timerid;
		ssi->ssi_overrun = (u32)info->si_overrun;
	} else if (info->si_code > SI_USER && info->si_code < SI_KERNEL &&
		   (info->si_signo == SIGSEGV || info->si_signo == SIGBUS ||
		    info->si_signo == SIGILL || info->si_signo == SIGFPE ||
		    info->si_signo == SIGTRAP)) {
		ssi->ssi_addr = info->si_addr;
		return;
	} else {
		ssi->ssi_pid = (u32)info->si_pid;
		ssi->ssi_uid = info->si_uid;
	}
	if (info->si_signo == SIGCHLD && info->si_code > SI_USER) {
		ssi->ssi_status = info->si_status;
		ssi->ssi_utime = (u64)info->si_utime;
		ssi->ssi_stime = (u64)info->si_stime;
	} else if (info->si_code < SI_USER && info->si_code != SI_TKILL) {
		ssi->ssi_int = info->si_value.sival_int;
		ssi->ssi_ptr = info->si_value.sival_ptr;
	}
}

static bool give_signal(const struct siginfo *info, struct iov_iter *to)
{
	struct signalfd_siginfo_k ssi;

	memset(&ssi, 0, sizeof(ssi));
	ssi.ssi_signo = (u32)info->si_signo;
	ssi.ssi_errno = info->si_errno;
	ssi.ssi_code = info->si_code;
	fill_by_kind(&ssi, info);
	return copy_to_iter(&ssi, sizeof(ssi), to) == sizeof(ssi);
}

/* The first one is waited for, the others are taken if they are there. */
static ssize_t signalfd_read(struct file *file, struct iov_iter *to,
			     loff_t *pos)
{
	struct signalfd_ctx *ctx = file->private_data;
	struct siginfo info;
	ssize_t done = 0;

	if (to->count < sizeof(struct signalfd_siginfo_k))
		return -EINVAL;
	while (to->count >= sizeof(struct signalfd_siginfo_k)) {
		long err = 0;

		if (take_signal(ctx, &info)) {
			if (!give_signal(&info, to))
				return done ? done : -EFAULT;
			done += (ssize_t)sizeof(struct signalfd_siginfo_k);
			continue;
		}
		if (done)
			break;
		if (file->f_flags & O_NONBLOCK)
			return -EAGAIN;
		err = wait_event_interruptible(signalfd_wait, is_pending(ctx));
		if (err)
			return err;
	}
	return done;
}

static int signalfd_release(struct inode *inode, struct file *file)
{
	atomic_dec(&nr_signalfds);
	kfree(file->private_data);
	return 0;
}

static void signalfd_show_fdinfo(struct seq_file *m, struct file *file)
{
	struct signalfd_ctx *ctx = file->private_data;

	seq_printf(m, "sigmask:\t%016lx\n", READ_ONCE(ctx->set));
}

static const struct file_operations signalfd_fops = {
	.release = signalfd_release,
	.read_iter = signalfd_read,
	.llseek = noop_llseek,
	.poll = signalfd_poll,
	.show_fdinfo = signalfd_show_fdinfo,
};

static int new_signalfd(sigset_t_k set, unsigned int flags)
{
	struct signalfd_ctx *ctx = kmalloc(sizeof(*ctx), GFP_KERNEL);
	int fd;

	if (!ctx)
		return -ENOMEM;
	ctx->set = set;
	atomic_inc(&nr_signalfds);
	fd = anon_inode_getfd("[signalfd]", &signalfd_fops, ctx,
			      O_RDWR | flags);
	if (fd < 0) {
		atomic_dec(&nr_signalfds);
		kfree(ctx);
	}
	return fd;
}

static int change_signalfd(int fd, sigset_t_k set)
{
	struct file *file = fget((unsigned int)fd);
	int ret = -EINVAL;

	if (!file)
		return -EBADF;
	if (file->f_op == &signalfd_fops) {
		struct signalfd_ctx *ctx = file->private_data;

		WRITE_ONCE(ctx->set, set);
		wake_up_poll(&signalfd_wait, POLLIN);
		ret = fd;
	}
	fput(file);
	return ret;
}

static int do_signalfd(int fd, const sigset_t_k __user *uset, size_t size,
		       unsigned int flags)
{
	sigset_t_k set;

	if (size != sizeof(set))
		return -EINVAL;
	if (copy_from_user(&set, uset, sizeof(set)))
		return -EFAULT;
	if (flags & ~(O_CLOEXEC | O_NONBLOCK))
		return -EINVAL;
	set &= ~(sigmask(SIGKILL) | sigmask(SIGSTOP));
	return fd == -1 ? new_signalfd(set, flags) : change_signalfd(fd, set);
}

/**
 * sys_signalfd - signalfd(2) without flags
 *
 * Return: as signalfd4().
 */
SYSCALL_DEFINE3(signalfd, int, fd, const sigset_t_k __user *, set, size_t, size)
{
	return do_signalfd(fd, set, size, 0);
}

/**
 * sys_signalfd4 - signalfd(2)
 *
 * Return: the descriptor; -EBADF; -EINVAL: @fd is no such file, or the flags,
 * or the size of the set; -EFAULT, -EMFILE, -ENOMEM.
 */
SYSCALL_DEFINE4(signalfd4, int, fd, const sigset_t_k __user *, set, size_t,
		size, int, flags)
{
	return do_signalfd(fd, set, size, (unsigned int)flags);
}

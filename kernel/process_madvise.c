/* SPDX-License-Identifier: MIT */
/*
 * process_madvise(2): advice about the memory of a process that a pidfd stands
 * for. For other processes only advice that changes no contents.
 */
#include <ikos/kernel.h>
#include <ikos/mm.h>
#include <ikos/pidfd.h>
#include <ikos/sched.h>
#include <ikos/slab.h>
#include <ikos/syscall.h>
#include <ikos/uaccess.h>
#include <uapi/capability.h>
#include <uapi/mman.h>
#include <uapi/uio.h>

static bool harmless(int advice)
{
	return advice == MADV_COLD || advice == MADV_PAGEOUT ||
	       advice == MADV_WILLNEED;
}

/* Total of the lengths, or -EINVAL. */
static ssize_t check_list(const struct iovec_k *iov, unsigned long nr)
{
	size_t total = 0;

	for (unsigned long i = 0; i < nr; i++) {
		if ((ssize_t)iov[i].iov_len < 0)
			return -EINVAL;
		total += min(iov[i].iov_len, (size_t)LONG_MAX - total);
	}
	return (ssize_t)total;
}

static ssize_t advise(struct mm_struct *mm, const struct iovec_k *iov,
		      unsigned long nr, int advice)
{
	ssize_t done = 0;

	for (unsigned long i = 0; i < nr; i++) {
		int err = do_madvise(mm, (unsigned long)iov[i].iov_base,
				     iov[i].iov_len, advice);

		if (err)
			return done ? done : err;
		done += (ssize_t)iov[i].iov_len;
	}
	return done;
}

static ssize_t advise_task(struct task_struct *t, const struct iovec_k *iov,
			   unsigned long nr, int advice)
{
	struct mm_struct *mm = mm_access(t, PTRACE_MODE_FSCREDS);
	ssize_t ret;

	if (!mm)
		return -ESRCH;
	if (IS_ERR(mm))
		return PTR_ERR(mm);
	if (mm != current->mm && !harmless(advice))
		ret = -EINVAL;
	else if (mm != current->mm && !capable(CAP_SYS_NICE))
		ret = -EPERM;
	else
		ret = advise(mm, iov, nr, advice);
	mmput(mm);
	return ret;
}

static ssize_t advise_pidfd(int pidfd, const struct iovec_k *iov,
			    unsigned long nr, int advice)
{
	struct task_struct *t = pidfd_get_task(pidfd, NULL);
	ssize_t ret;

	if (IS_ERR(t))
		return PTR_ERR(t);
	ret = advise_task(t, iov, nr, advice);
	put_task_struct(t);
	return ret;
}

/**
 * sys_process_madvise() - advice about somebody's memory
 *
 * Context: process context. Return: bytes advised; -EBADF: not a pidfd;
 * -EINVAL: flags, advice, the list; -ENOMEM, -EPERM, -ESRCH, -EFAULT; and what
 * madvise(2) says about the first range.
 */
SYSCALL_DEFINE5(process_madvise, int, pidfd, const struct iovec_k __user *,
		uiov, unsigned long, nr, int, advice, unsigned int, flags)
{
	struct iovec_k *iov;
	ssize_t ret;

	if (flags || nr > UIO_MAXIOV)
		return -EINVAL;
	iov = kmalloc((nr ? nr : 1) * sizeof(*iov), GFP_KERNEL);
	if (!iov)
		return -ENOMEM;
	ret = copy_from_user(iov, uiov, nr * sizeof(*iov)) ? -EFAULT : 0;
	if (!ret)
		ret = check_list(iov, nr);
	if (ret >= 0)
		ret = advise_pidfd(pidfd, iov, nr, advice);
	kfree(iov);
	return ret;
}

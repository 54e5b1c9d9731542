/* SPDX-License-Identifier: MIT */
/*
 * process_vm_readv(2), process_vm_writev(2): copying between the memory of the
 * caller and that of another process, straight from page to page.
 *
 *	local   [ 4 KiB ][ 4 KiB ]        the caller's, filled or emptied
 *	           ▲        ▲             one stream of bytes after the other
 *	remote  [ 6 KiB      ][ 2 KiB ]   the other's: one page at a time is
 *	                                  pinned, copied, let go
 *
 * The copy ends early at the first byte that cannot be had on either side; what
 * has been copied until then is the result, and only when that is nothing the
 * call fails. Rights count as for the processes themselves: no area is written
 * that its owner could not write.
 */
#include <ikos/fs.h>
#include <ikos/kernel.h>
#include <ikos/mm_views.h>
#include <ikos/sched.h>
#include <ikos/slab.h>
#include <ikos/syscall.h>
#include <ikos/uaccess.h>
#include <ikos/uio.h>

#include "task_internal.h"

#define FAST_IOV     8 /* so many buffers need no allocation */
#define MAX_RW_COUNT (INT_MAX & PAGE_MASK)

/* A list of buffers that the caller has named. */
struct iov_list {
	struct iovec_k fast[FAST_IOV];
	struct iovec_k *iov;
	unsigned long nr;
};

static void iov_list_free(struct iov_list *list)
{
	if (list->iov != list->fast)
		kfree(list->iov);
}

/* Copy it; each length must be one that a result can have. */
static int iov_list_get(struct iov_list *list,
			const struct iovec_k __user *uiov, unsigned long nr)
{
	list->iov = list->fast;
	list->nr = nr;
	if (nr > UIO_MAXIOV)
		return -EINVAL;
	if (nr > FAST_IOV)
		list->iov = kmalloc(nr * sizeof(*list->iov), GFP_KERNEL);
	if (!list->iov)
		return -ENOMEM;
	if (copy_from_user(list->iov, uiov, nr * sizeof(*list->iov)))
		return -EFAULT;
	for (unsigned long i = 0; i < nr; i++)
		if ((ssize_t)list->iov[i].iov_len < 0)
			return -EINVAL;
	return 0;
}

/* The caller's own buffers: all in user space, cut to MAX_RW_COUNT. Their
 * total or -EFAULT. */
static ssize_t check_local(struct iov_list *list)
{
	size_t total = 0;

	for (unsigned long i = 0; i < list->nr; i++) {
		struct iovec_k *v = &list->iov[i];

		if (!access_ok(v->iov_base, v->iov_len))
			return -EFAULT;
		v->iov_len = min(v->iov_len, (size_t)MAX_RW_COUNT - total);
		total += v->iov_len;
	}
	return (ssize_t)total;
}

static bool all_empty(const struct iov_list *list)
{
	for (unsigned long i = 0; i < list->nr; i++)
		if (list->iov[i].iov_len)
			return false;
	return true;
}

/* The address space of process @pid, as a user of it, or ERR_PTR. */
static struct mm_struct *get_mm_of(pid_t pid)
{
	struct task_struct *t = pid > 0 ? find_get_task(pid) : NULL;
	struct mm_struct *mm;

	if (!t)
		return ERR_PTR(-ESRCH);
	mm = mm_access(t, PTRACE_MODE_REALCREDS);
	put_task_struct(t);
	if (IS_ERR(mm))
		return ERR_PTR(-EPERM);
	return mm ? mm : ERR_PTR(-ESRCH);
}

/* A copy under way. */
struct vm_copy {
	struct mm_struct *mm;
	struct iov_iter local;
	bool write; /* to the other process */
};

/* @n bytes of the page at @addr. */
static int copy_in_page(struct vm_copy *c, unsigned long addr, size_t n)
{
	unsigned int flags = c->write ? FAULT_FLAG_WRITE : 0;
	struct page *page = get_user_page(c->mm, addr, flags);
	size_t done;
	char *mem;

	if (!page)
		return -EFAULT;
	mem = (char *)page_address(page) + offset_in_page(addr);
	n = min(n, c->local.count);
	if (c->write) {
		done = copy_from_iter(mem, n, &c->local);
		page_set(page, PG_dirty);
	} else {
		done = copy_to_iter(mem, n, &c->local);
	}
	put_page(page);
	return done < n ? -EFAULT : 0;
}

static int copy_range(struct vm_copy *c, unsigned long addr, size_t len)
{
	int err = 0;

	while (len && c->local.count && !err) {
		size_t n = min(len, PAGE_SIZE - offset_in_page(addr));

		err = copy_in_page(c, addr, n);
		addr += n;
		len -= n;
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
	return err;
}

static ssize_t copy_lists(pid_t pid, struct iov_list *local, size_t total,
			  const struct iov_list *remote, bool write)
{
	struct vm_copy c = { .write = write };
	int err = 0;

	c.mm = get_mm_of(pid);
	if (IS_ERR(c.mm))
		return PTR_ERR(c.mm);
	iov_iter_init(&c.local, local->iov, total, false);
	for (unsigned long i = 0; i < remote->nr && !err; i++)
		err = copy_range(&c, (unsigned long)remote->iov[i].iov_base,
				 remote->iov[i].iov_len);
	mmput(c.mm);
	total -= c.local.count;
	return total ? (ssize_t)total : err;
}

/* @local has been copied; the caller frees both. */
static ssize_t with_remote(pid_t pid, struct iov_list *local,
			   const struct iovec_k __user *uremote,
			   unsigned long nr, bool write)
{
	ssize_t total = check_local(local), ret;
	struct iov_list remote;

	if (total <= 0)
		return total;
	ret = iov_list_get(&remote, uremote, nr);
	if (!ret && !all_empty(&remote))
		ret = copy_lists(pid, local, (size_t)total, &remote, write);
	iov_list_free(&remote);
	return ret;
}

static ssize_t process_vm_rw(pid_t pid, const struct iovec_k __user *ulocal,
			     unsigned long nr_local,
			     const struct iovec_k __user *uremote,
			     unsigned long nr_remote, bool write)
{
	struct iov_list local;
	ssize_t ret = iov_list_get(&local, ulocal, nr_local);

	if (!ret)
		ret = with_remote(pid, &local, uremote, nr_remote, write);
	iov_list_free(&local);
	return ret;
}

/**
 * sys_process_vm_readv - process_vm_readv(2)
 *
 * Return: bytes copied, or
 *   -EINVAL  @flags is not 0; more than UIO_MAXIOV buffers; a negative length
 *   -EFAULT  a list, a local buffer or the first byte of the remote ones cannot
 *            be reached
 *   -ENOMEM  no memory for the lists
 *   -EPERM   the process is somebody else's
 *   -ESRCH   no such process, or it has no memory
 */
SYSCALL_DEFINE6(process_vm_readv, pid_t, pid, const struct iovec_k __user *,
		local, unsigned long, nr_local, const struct iovec_k __user *,
		remote, unsigned long, nr_remote, unsigned long, flags)
{
	if (flags)
		return -EINVAL;
	return process_vm_rw(pid, local, nr_local, remote, nr_remote, false);
}

/**
 * sys_process_vm_writev - process_vm_writev(2)
 *
 * Return: bytes copied, or -errno as sys_process_vm_readv().
 */
SYSCALL_DEFINE6(process_vm_writev, pid_t, pid, const struct iovec_k __user *,
		local, unsigned long, nr_local, const struct iovec_k __user *,
		remote, unsigned long, nr_remote, unsigned long, flags)
{
	if (flags)
		return -EINVAL;
	return process_vm_rw(pid, local, nr_local, remote, nr_remote, true);
}

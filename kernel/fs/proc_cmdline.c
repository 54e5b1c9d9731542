/* SPDX-License-Identifier: MIT */
/*
 * /proc/PID/{cmdline,environ,auxv}: what exec gave a program, read from the
 * program's own memory, where it may have changed it.
 *
 *	arg_start          arg_end = env_start             env_end
 *	    | ls\0-l\0        | PATH=/bin\0HOME=/\0           |
 *
 * A program that overwrites its arguments (setproctitle(3)) may run over into
 * the environment; then cmdline is one string from arg_start on.
 */
#include "proc_internal.h"
#include "proc_maps.h"

#include <ikos/kernel.h>
#include <ikos/mm.h>
#include <ikos/slab.h>
#include <ikos/string.h>
#include <ikos/uaccess.h>

struct arg_marks {
	unsigned long arg_start, arg_end, env_start, env_end;
};

static struct arg_marks get_marks(struct mm_struct *mm)
{
	struct arg_marks a;

	spin_lock(&mm->arg_lock);
	a = (struct arg_marks){ mm->arg_start, mm->arg_end, mm->env_start,
				mm->env_end };
	spin_unlock(&mm->arg_lock);
	return a;
}

/* Copy [addr, end) of another program to the reader; bytes or -errno. */
static ssize_t read_range(struct mm_struct *mm, unsigned long addr,
			  unsigned long end, char __user *buf, size_t n)
{
	char *page = kmalloc(PAGE_SIZE, GFP_KERNEL);
	size_t done = 0;
	ssize_t err = 0;

	if (!page)
		return -ENOMEM;
	n = min(n, end - addr);
	while (done < n) {
		size_t want = min(n - done, PAGE_SIZE);
		size_t got = access_remote_vm(mm, addr + done, page, want,
					      FAULT_FLAG_REMOTE);

		if (!got)
			break;
		if (copy_to_user(buf + done, page, got)) {
			err = -EFAULT;
			break;
		}
		done += got;
		if (got < want)
			break;
	}
	kfree(page);
	return done ? (ssize_t)done : err;
}

/* The one string that begins at @start, with its end; at most a page. */
static unsigned long title_end(struct mm_struct *mm, unsigned long start)
{
	char *page = kmalloc(PAGE_SIZE, GFP_KERNEL);
	size_t got, len;

	if (!page)
		return start;
	got = access_remote_vm(mm, start, page, PAGE_SIZE, FAULT_FLAG_REMOTE);
	len = strnlen(page, got);
	kfree(page);
	return start + (len < got ? len + 1 : len);
}

static unsigned long cmdline_end(struct mm_struct *mm,
				 const struct arg_marks *a)
{
	char last;

	if (a->env_start != a->arg_end || a->env_end <= a->env_start)
		return a->arg_end;
	if (access_remote_vm(mm, a->arg_end - 1, &last, 1, FAULT_FLAG_REMOTE) ==
		    1 &&
	    last)
		return title_end(mm, a->arg_start);
	return a->arg_end;
}

static ssize_t read_from(struct mm_struct *mm, unsigned long start,
			 unsigned long end, char __user *buf, size_t n,
			 loff_t *pos)
{
	ssize_t ret;

	if (end <= start || (unsigned long)*pos >= end - start)
		return 0;
	ret = read_range(mm, start + (unsigned long)*pos, end, buf, n);
	if (ret > 0)
		*pos += ret;
	return ret;
}

static ssize_t cmdline_read(struct file *file, char __user *buf, size_t n,
			    loff_t *pos)
{
	struct task_struct *t = PROC_I(file->f_inode)->task;
	struct mm_struct *mm;
	struct arg_marks a;
	ssize_t ret = 0;

	if (proc_task_gone(t))
		return -ESRCH;
	mm = get_task_mm(t);
	if (!mm)
		return 0;
	a = get_marks(mm);
	if (a.arg_start < a.arg_end)
		ret = read_from(mm, a.arg_start, cmdline_end(mm, &a), buf, n,
				pos);
	mmput(mm);
	return ret;
}

const struct file_operations proc_cmdline_fop = {
	.read = cmdline_read,
	.llseek = generic_llseek,
};

static ssize_t environ_read(struct file *file, char __user *buf, size_t n,
			    loff_t *pos)
{
	struct mm_struct *mm = file->private_data;
	struct arg_marks a;
	ssize_t ret;

	if (!mm || !mmget_not_zero(mm))
		return 0;
	a = get_marks(mm);
	ret = read_from(mm, a.env_start, a.env_end, buf, n, pos);
	mmput(mm);
	return ret;
}

const struct file_operations proc_environ_fop = {
	.open = proc_mm_open,
	.release = proc_mm_release,
	.read = environ_read,
	.llseek = generic_llseek,
};

/* Up to AT_NULL, which is included. */
static size_t auxv_size(const struct mm_struct *mm)
{
	size_t words = 0;

	do {
		words += 2;
	} while (words < ARRAY_SIZE(mm->saved_auxv) &&
		 mm->saved_auxv[words - 2]);
	return words * sizeof(long);
}

static ssize_t auxv_read(struct file *file, char __user *buf, size_t n,
			 loff_t *pos)
{
	struct mm_struct *mm = file->private_data;
	size_t size;

	if (!mm)
		return 0;
	size = auxv_size(mm);
	if ((size_t)*pos >= size)
		return 0;
	n = min(n, size - (size_t)*pos);
	if (copy_to_user(buf, (const char *)mm->saved_auxv + *pos, n))
		return -EFAULT;
	*pos += (loff_t)n;
	return (ssize_t)n;
}

const struct file_operations proc_auxv_fop = {
	.open = proc_mm_open,
	.release = proc_mm_release,
	.read = auxv_read,
	.llseek = generic_llseek,
};

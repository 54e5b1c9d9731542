/* SPDX-License-Identifier: MIT */
/*
 * /proc/PID/pagemap: one 64-bit word for each page of a process, at eight
 * times its page number; and /proc/PID/clear_refs, to which a number is
 * written. What the words and the numbers mean: mm/page_view.c.
 *
 *	pread(fd, &word, 8, (addr / 4096) * 8)
 *
 * Source: proc(5).
 */
#include <ikos/kernel.h>
#include <ikos/mm_views.h>
#include <ikos/string.h>
#include <ikos/uaccess.h>

#include "proc_maps.h"

#define ENTRY_BYTES sizeof(u64)
#define FMODE_PFN   0x80000000u /* in f_mode: show frame numbers */
#define CHUNK	    64u /* words read at once, on the stack */

/**
 * proc_get_mm - the address space that a process has now, to be looked into
 * @res: gets it, held by mmgrab(); NULL: there is none
 *
 * Context: may sleep. Return: 0; -ESRCH: the process has gone; -EACCES.
 */
int proc_get_mm(struct task_struct *t, struct mm_struct **res)
{
	struct mm_struct *mm;

	*res = NULL;
	if (proc_task_gone(t))
		return -ESRCH;
	mm = mm_access(t, PTRACE_MODE_FSCREDS);
	if (IS_ERR(mm))
		return (int)PTR_ERR(mm);
	if (mm) {
		mmgrab(mm);
		mmput(mm);
	}
	*res = mm;
	return 0;
}

/**
 * proc_mm_open - ->open(): keep the address space that the process has now
 *
 * Who may look is decided here and then holds.
 * Context: may sleep. Return: 0, -ESRCH: the process has gone, -EACCES.
 */
int proc_mm_open(struct inode *inode, struct file *file)
{
	struct mm_struct *mm;
	int err = proc_get_mm(PROC_I(inode)->task, &mm);

	file->private_data = mm;
	return err;
}

/**
 * proc_mm_release - ->release() after proc_mm_open()
 */
int proc_mm_release(struct inode *inode, struct file *file)
{
	if (file->private_data)
		mmdrop(file->private_data);
	return 0;
}

/**
 * proc_mm_llseek - ->llseek() of a file whose offsets are addresses
 *
 * There is no end to seek from, and addresses of the upper half look negative.
 * Return: the offset; -EINVAL: SEEK_END and others.
 */
loff_t proc_mm_llseek(struct file *file, loff_t offset, int whence)
{
	switch (whence) {
	case SEEK_SET:
		file->f_pos = offset;
		break;
	case SEEK_CUR:
		file->f_pos = (loff_t)((u64)file->f_pos + (u64)offset);
		break;
	default:
		return -EINVAL;
	}
	return file->f_pos;
}

/* Words from page @first on, fewer than @bytes where user space ends. */
static ssize_t read_entries(struct mm_struct *mm, bool show_pfn,
			    unsigned long first, char __user *buf, size_t bytes)
{
	unsigned long last = TASK_SIZE >> PAGE_SHIFT;
	u64 words[CHUNK];
	size_t done = 0;

	while (done < bytes && first < last) {
		size_t nr = min((bytes - done) / ENTRY_BYTES, last - first);

		nr = min_t(size_t, nr, CHUNK);
		vm_page_entries(mm, first << PAGE_SHIFT, (unsigned int)nr,
				words, show_pfn);
		if (copy_to_user(buf + done, words, nr * ENTRY_BYTES))
			return -EFAULT;
		done += nr * ENTRY_BYTES;
		first += nr;
		if (fatal_signal_pending(current))
			break;
		cond_resched();
	}
	return (ssize_t)done;
}

/* Frame numbers are for who opens the file as root. */
static int pagemap_open(struct inode *inode, struct file *file)
{
	if (capable(CAP_SYS_ADMIN))
		file->f_mode |= FMODE_PFN;
	return proc_mm_open(inode, file);
}

static ssize_t pagemap_read(struct file *file, char __user *buf, size_t n,
			    loff_t *pos)
{
	struct mm_struct *mm = file->private_data;
	ssize_t ret = -EINVAL;

	if (!mm || !mmget_not_zero(mm))
		return 0;
	if (!((size_t)*pos % ENTRY_BYTES || n % ENTRY_BYTES))
		ret = read_entries(mm, file->f_mode & FMODE_PFN,
				   (size_t)*pos / ENTRY_BYTES, buf, n);
	mmput(mm);
	if (ret > 0)
		*pos += ret;
	return ret;
}

const struct file_operations proc_pagemap_fop = {
	.open = pagemap_open,
	.release = proc_mm_release,
	.read = pagemap_read,
	.llseek = proc_mm_llseek,
};

/* --- clear_refs -------------------------------------------------------------------- */

static ssize_t clear_refs_write(struct file *file, const char __user *buf,
				size_t n, loff_t *pos)
{
	struct task_struct *t = PROC_I(file->f_inode)->task;
	struct mm_struct *mm;
	int type;
	int err = proc_get_int(buf, n, 10, &type);

	if (err)
		return err;
	if (type < CLEAR_REFS_ALL || type > CLEAR_REFS_HIWATER_RSS)
		return -EINVAL;
	if (proc_task_gone(t))
		return -ESRCH;
	mm = get_task_mm(t);
	if (mm) {
		vm_clear_refs(mm, type);
		mmput(mm);
	}
	return (ssize_t)n;
}

const struct file_operations proc_clear_refs_fop = {
	.write = clear_refs_write,
	.llseek = generic_llseek,
};

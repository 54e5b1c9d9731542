/* SPDX-License-Identifier: MIT */
/*
 * /proc/PID/mem: the memory of a process as a file whose offsets are its
 * addresses. What a debugger reads and writes: rights that the area could
 * have are overridden, and a write to a private read-only page makes a copy
 * that the program itself still cannot write.
 *
 * Who may is decided at open(2) and then holds; after an exec the reader still
 * has the old address space, which is then empty.
 *
 * Source: proc(5).
 */
#include <ikos/kernel.h>
#include <ikos/slab.h>
#include <ikos/uaccess.h>

#include "proc_maps.h"

/* One piece of at most a page, through @page. Bytes or -errno. */
static ssize_t copy_piece(struct mm_struct *mm, unsigned long addr, char *page,
			  char __user *buf, size_t n, bool write)
{
	unsigned int flags = FAULT_FLAG_FORCE | (write ? FAULT_FLAG_WRITE : 0);
	size_t done;

	if (write && copy_from_user(page, buf, n))
		return -EFAULT;
	done = access_remote_vm(mm, addr, page, n, flags);
	if (!done)
		return -EIO;
	if (!write && copy_to_user(buf, page, done))
		return -EFAULT;
	return (ssize_t)done;
}

static ssize_t copy_all(struct mm_struct *mm, unsigned long addr,
			char __user *buf, size_t n, bool write)
{
	char *page = (char *)get_zeroed_page(GFP_KERNEL);
	size_t done = 0;
	ssize_t got = 0;

	if (!page)
		return -ENOMEM;
	while (done < n) {
		got = copy_piece(mm, addr + done, page, buf + done,
				 min(n - done, PAGE_SIZE), write);
		if (got < 0)
			break;
		done += (size_t)got;
	}
	free_page((unsigned long)page);
	if (got == -EFAULT || !done)
		return got;
	return (ssize_t)done;
}

static ssize_t mem_rw(struct file *file, char __user *buf, size_t n,
		      loff_t *pos, bool write)
{
	struct mm_struct *mm = file->private_data;
	ssize_t ret;

	if (!mm || !mmget_not_zero(mm))
		return 0;
	ret = copy_all(mm, (unsigned long)*pos, buf, n, write);
	mmput(mm);
	if (ret > 0)
		*pos += ret;
	return ret;
}

static ssize_t mem_read(struct file *file, char __user *buf, size_t n,
			loff_t *pos)
{
	return mem_rw(file, buf, n, pos, false);
}

static ssize_t mem_write(struct file *file, const char __user *buf, size_t n,
			 loff_t *pos)
{
	return mem_rw(file, (char __user *)buf, n, pos, true);
}

const struct file_operations proc_mem_fop = {
	.open = proc_mm_open,
	.release = proc_mm_release,
	.read = mem_read,
	.write = mem_write,
	.llseek = proc_mm_llseek,
};

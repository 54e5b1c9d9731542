/* SPDX-License-Identifier: MIT */
/*
 * /dev/mem: a window on the physical address space, for programs that look at
 * firmware and device registers. See mem(4).
 *
 *	0      A0000    100000               end of RAM
 *	[ RAM  )[ video, )[ RAM ............ )   device registers ...
 *	 zeroes  firmware    refused (EPERM)      as they are
 *
 * RAM is not shown, to root neither: other programs' pages are in it and the
 * kernel's own. Below 1 MiB, where old tools look for tables, read(2) finds
 * zeroes there and write(2) does nothing; all other RAM, and RAM in a mapping,
 * is EPERM. The rest can be read, written and mapped, uncached.
 *
 * The file's position is the physical address. It may be anything up to 2^64,
 * so it is unsigned.
 *
 * Locks: window_lock guards the one page through which reads and writes go.
 *
 * Differs from Linux (CONFIG_STRICT_DEVMEM): RAM below 1 MiB cannot be mapped,
 * since here it is memory like any other.
 */
#include <asm/cpufeature.h>
#include <asm/kmap.h>
#include <asm/tlbflush.h>
#include <ikos/fs.h>
#include <ikos/kernel.h>
#include <ikos/mm.h>
#include <ikos/mutex.h>
#include <ikos/sched.h>
#include <ikos/string.h>

#include "devices.h"

#define FIRST_MIB_PFNS (MiB(1) >> PAGE_SHIFT)
#define FIRMWARE       0xf0000

static DEFINE_MUTEX(window_lock);
static char *window; /* a page of address space */

/* What may be done with a frame. */
enum access_rule {
	REFUSED,
	ALLOWED,
	ZEROES,
};

static enum access_rule rule_for(unsigned long pfn)
{
	if (!pfn_is_ram(pfn))
		return ALLOWED;
	return pfn < FIRST_MIB_PFNS ? ZEROES : REFUSED;
}

static phys_addr_t phys_limit(void)
{
	return 1UL << boot_cpu_data.phys_bits;
}

/* Let the window show the frame of @pa. 0 or -ENOMEM; window_lock held. */
static int move_window(phys_addr_t pa)
{
	unsigned long va = (unsigned long)window;

	unmap_kernel_page(va);
	flush_tlb_kernel_range(va, va + PAGE_SIZE);
	return map_kernel_page(va, pa & PAGE_MASK, PAGE_KERNEL_NOCACHE);
}

/* Copy @n bytes of one frame that is no RAM. 0 or -ENOMEM. */
static int copy_frame(phys_addr_t pa, void *buf, size_t n, bool write)
{
	char *at = window + offset_in_page(pa);
	int err;

	mutex_lock(&window_lock);
	err = move_window(pa);
	if (!err && write)
		memcpy(at, buf, n);
	else if (!err)
		memcpy(buf, at, n);
	mutex_unlock(&window_lock);
	return err;
}

/* How much of a transfer lies in the frame of @pa; 0: it is not there. */
static size_t chunk(phys_addr_t pa, size_t count)
{
	return pa < phys_limit() ? min(count, PAGE_SIZE - offset_in_page(pa))
				 : 0;
}

/* One piece of a read; bytes or -errno. */
static ssize_t read_chunk(phys_addr_t pa, struct iov_iter *to, char *bounce)
{
	enum access_rule rule = rule_for(PFN_DOWN(pa));
	size_t n = chunk(pa, to->count), done;
	int err;

	if (!n)
		return -EFAULT;
	if (rule == REFUSED)
		return -EPERM;
	if (rule == ZEROES) {
		done = clear_iter(n, to);
	} else {
		err = copy_frame(pa, bounce, n, false);
		if (err)
			return err;
		done = copy_to_iter(bounce, n, to);
	}
	return done ? (ssize_t)done : -EFAULT;
}

static ssize_t write_chunk(phys_addr_t pa, struct iov_iter *from, char *bounce)
{
	enum access_rule rule = rule_for(PFN_DOWN(pa));
	size_t n = chunk(pa, from->count), done;
	int err;

	if (!n)
		return -EFAULT;
	if (rule == REFUSED)
		return -EPERM;
	done = copy_from_iter(bounce, n, from);
	if (!done)
		return -EFAULT;
	err = rule == ALLOWED ? copy_frame(pa, bounce, done, true) : 0;
	return err ? err : (ssize_t)done;
}

/* Do a transfer piece by piece; what was done counts more than an error. */
static ssize_t transfer(struct iov_iter *iter, loff_t *pos,
			ssize_t (*piece)(phys_addr_t, struct iov_iter *,
					 char *))
{
	unsigned long bounce = get_zeroed_page(GFP_KERNEL);
	ssize_t done = 0, n = 0;

	if (!bounce)
		return -ENOMEM;
	while (iter->count) {
		n = piece((phys_addr_t)*pos, iter, (char *)bounce);
		if (n < 0)
			break;
		*pos += n;
		done += n;
		if (current_signal_pending())
			break;
		cond_resched();
	}
	free_page(bounce);
	return done ? done : n;
}

static ssize_t read_mem(struct file *file, struct iov_iter *to, loff_t *pos)
{
	return transfer(to, pos, read_chunk);
}

static ssize_t write_mem(struct file *file, struct iov_iter *from, loff_t *pos)
{
	return transfer(from, pos, write_chunk);
}

static loff_t mem_llseek(struct file *file, loff_t offset, int whence)
{
	if (whence == SEEK_CUR)
		offset += file->f_pos;
	else if (whence != SEEK_SET)
		return -EINVAL;
	if (IS_ERR_VALUE((unsigned long)offset))
		return -EOVERFLOW; /* it would look like an error */
	return file->f_pos = offset;
}

/* The mapped frame at @addr: private copies, /proc/PID/mem. */
static long access_mem(struct vm_area_struct *vma, unsigned long addr,
		       void *buf, size_t len, bool write)
{
	phys_addr_t pa =
		PFN_PHYS(linear_page_index(vma, addr)) + offset_in_page(addr);
	size_t n = min(len, PAGE_SIZE - offset_in_page(addr));
	int err = copy_frame(pa, buf, n, write);

	return err ? err : (long)n;
}

static const struct vm_operations_struct mem_vm_ops = {
	.fault = remap_pfn_fault,
	.access = access_mem,
};

static int mmap_mem(struct file *file, struct vm_area_struct *vma)
{
	unsigned long size = vma->vm_end - vma->vm_start;
	unsigned long pfn = vma->vm_pgoff, limit = PFN_DOWN(phys_limit());

	if (pfn >= limit || size >> PAGE_SHIFT > limit - pfn)
		return -EINVAL;
	if (range_has_ram(pfn, pfn + (size >> PAGE_SHIFT)))
		return -EPERM;
	vma->vm_ops = &mem_vm_ops;
	return remap_pfn_range(vma, vma->vm_start, pfn, size,
			       pgprot_noncached(vma->vm_page_prot));
}

static int open_mem(struct inode *inode, struct file *file)
{
	return capable(CAP_SYS_RAWIO) ? 0 : -EPERM;
}

const struct file_operations devmem_fops = {
	.open = open_mem,
	.llseek = mem_llseek,
	.read_iter = read_mem,
	.write_iter = write_mem,
	.mmap = mmap_mem,
};

/**
 * devmem_init - prepare /dev/mem
 *
 * Context: boot. Return: 0, -ENOMEM.
 */
int devmem_init(void)
{
	window = map_device(FIRMWARE, PAGE_SIZE);
	return window ? 0 : -ENOMEM;
}

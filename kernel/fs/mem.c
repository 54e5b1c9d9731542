/* SPDX-License-Identifier: MIT */
/*
 * The memory devices: null, zero, full, random, urandom. See null(4), full(4),
 * random(4). /dev/kmsg is in kmsg.c, /dev/mem in devmem.c.
 */
#include <ikos/fs.h>
#include <ikos/kernel.h>
#include <ikos/mm.h>
#include <ikos/random.h>
#include <ikos/sched.h>

#include "devices.h"
#include "kmsg.h"

#define MEM_MAJOR 1

static ssize_t read_null(struct file *file, struct iov_iter *to, loff_t *pos)
{
	return 0;
}

static ssize_t write_null(struct file *file, struct iov_iter *from, loff_t *pos)
{
	size_t n = from->count;

	/* The bytes are not looked at: a bad pointer is no error. */
	from->count = 0;
	return (ssize_t)n;
}

static ssize_t write_full(struct file *file, struct iov_iter *from, loff_t *pos)
{
	return -ENOSPC;
}

static ssize_t read_zero(struct file *file, struct iov_iter *to, loff_t *pos)
{
	size_t done = 0;

	while (to->count) {
		size_t want = min(to->count, KiB(64));
		size_t n = clear_iter(want, to);

		done += n;
		if (n < want)
			return done ? (ssize_t)done : -EFAULT;
		if (current_signal_pending())
			return (ssize_t)done;
		cond_resched();
	}
	return (ssize_t)done;
}

/* Private: plain anonymous memory, though the file shows in maps. Shared: an
 * object of its own, as MAP_ANONYMOUS would make. */
static int mmap_zero(struct file *file, struct vm_area_struct *vma)
{
	if (vma->vm_flags & VM_SHARED)
		return shmem_zero_setup(vma);
	vma->vm_ops = NULL;
	return 0;
}

static ssize_t read_random(struct file *file, struct iov_iter *to, loff_t *pos)
{
	size_t done = 0;

	while (to->count) {
		u8 chunk[256];
		size_t want = min(to->count, sizeof(chunk));
		size_t n;

		get_random_bytes(chunk, want);
		n = copy_to_iter(chunk, want, to);
		done += n;
		if (n < want)
			return done ? (ssize_t)done : -EFAULT;
		if (done % PAGE_SIZE == 0) {
			if (current_signal_pending())
				return (ssize_t)done;
			cond_resched();
		}
	}
	return (ssize_t)done;
}

static ssize_t write_random(struct file *file, struct iov_iter *from,
			    loff_t *pos)
{
	size_t done = 0;

	while (from->count) {
		u8 chunk[256];
		size_t want = min(from->count, sizeof(chunk));
		size_t n = copy_from_iter(chunk, want, from);

		add_device_randomness(chunk, n);
		done += n;
		if (n < want)
			return done ? (ssize_t)done : -EFAULT;
		if (current_signal_pending())
			break;
		cond_resched();
	}
	return (ssize_t)done;
}

/* Everywhere is the beginning. */
static loff_t null_llseek(struct file *file, loff_t offset, int whence)
{
	return file->f_pos = 0;
}

static loff_t noop_llseek(struct file *file, loff_t offset, int whence)
{
	return file->f_pos;
}

static const struct file_operations null_fops = {
	.llseek = null_llseek,
	.read_iter = read_null,
	.write_iter = write_null,
};

static const struct file_operations zero_fops = {
	.llseek = null_llseek,
	.read_iter = read_zero,
	.write_iter = write_null,
	.mmap = mmap_zero,
};

static const struct file_operations full_fops = {
	.llseek = null_llseek,
	.read_iter = read_zero,
	.write_iter = write_full,
};

static const struct file_operations random_fops = {
	.llseek = noop_llseek,
	.read_iter = read_random,
	.write_iter = write_random,
};

/**
 * mem_devices_init - register mem, null, zero, full, random, urandom and kmsg
 *
 * Context: boot. Return: 0 or -ENOMEM.
 */
int mem_devices_init(void)
{
	static const struct {
		unsigned int minor;
		const struct file_operations *fop;
	} devices[] = {
		{ 1, &devmem_fops }, { 3, &null_fops },	  { 5, &zero_fops },
		{ 7, &full_fops },   { 8, &random_fops }, { 9, &random_fops },
		{ 11, &kmsg_fops },
	};
	int err = devmem_init();

	for (size_t i = 0; i < ARRAY_SIZE(devices) && !err; i++)
		err = register_chrdev(MEM_MAJOR, devices[i].minor, 1, "mem",
				      devices[i].fop);
	return err;
}

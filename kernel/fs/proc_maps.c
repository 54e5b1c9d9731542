/* SPDX-License-Identifier: MIT */
/*
 * /proc/PID/maps: the memory areas of a process, one a line.
 *
 *	00400000-0040b000 r-xp 00000000 00:02 17                  /bin/busybox
 *	start    end      prot offset   dev   inode               name
 *
 * The name stands in column 73. A read takes mmap_lock for one buffer full of
 * lines and remembers the address where the next one begins, so that a reader
 * of a million areas holds nobody up for long.
 *
 * The address space is that of when the file was opened: after an exec the
 * reader still sees the old one, which is then empty. Source: proc(5).
 */
#include "proc_maps.h"

#include <ikos/kernel.h>
#include <ikos/mm.h>
#include <ikos/slab.h>

/**
 * maps_lock - keep the areas from changing, until maps_stop()
 *
 * Context: may sleep. Return: false: the address space has gone.
 */
bool maps_lock(struct maps *maps)
{
	maps->locked = maps->mm && mmget_not_zero(maps->mm);
	if (maps->locked)
		mmap_read_lock(maps->mm);
	return maps->locked;
}

/**
 * maps_start - ->start(): *pos is the address to go on from
 */
void *maps_start(struct seq_file *m, loff_t *pos)
{
	struct maps *maps = m->private;

	return maps_lock(maps) ? find_vma(maps->mm, (unsigned long)*pos) : NULL;
}

/**
 * maps_next - ->next(): the area after @v
 */
void *maps_next(struct seq_file *m, void *v, loff_t *pos)
{
	struct vm_area_struct *vma = v;

	*pos = (loff_t)vma->vm_end;
	return vma->vm_next;
}

/**
 * maps_stop - ->stop(): let the areas change
 */
void maps_stop(struct seq_file *m, void *v)
{
	struct maps *maps = m->private;

	if (!maps->locked)
		return;
	mmap_read_unlock(maps->mm);
	mmput(maps->mm);
	maps->locked = false;
}

static void show_range(struct seq_file *m, const struct vm_area_struct *vma)
{
	vm_flags_t f = vma->vm_flags;
	unsigned long long offset = 0;
	dev_t dev = 0;
	ino_t ino = 0;

	if (vma->vm_file) {
		struct inode *inode = vma->vm_file->f_inode;

		dev = inode->i_sb->s_dev;
		ino = inode->i_ino;
	}
	/* Shared anonymous memory is an object, too, if one without a file. */
	if (vma->vm_file || f & VM_MAYSHARE)
		offset = (unsigned long long)vma->vm_pgoff << PAGE_SHIFT;
	seq_printf(m, "%08lx-%08lx %c%c%c%c %08llx %02x:%02x %lu ",
		   vma->vm_start, vma->vm_end, f & VM_READ ? 'r' : '-',
		   f & VM_WRITE ? 'w' : '-', f & VM_EXEC ? 'x' : '-',
		   f & VM_MAYSHARE ? 's' : 'p', offset, MAJOR(dev), MINOR(dev),
		   ino);
}

static const char *anonymous_name(const struct vm_area_struct *vma)
{
	if (vma_is_heap(vma))
		return "[heap]";
	return vma_is_stack(vma) ? "[stack]" : NULL;
}

/**
 * maps_show - ->show(): an area's line
 */
int maps_show(struct seq_file *m, void *v)
{
	struct vm_area_struct *vma = v;
	size_t start = m->count;
	const char *name = NULL;

	show_range(m, vma);
	if (vma->vm_file) {
		seq_pad_to(m, start, MAPS_NAME_COLUMN);
		seq_putc(m, ' ');
		seq_path(m, &vma->vm_file->f_path, "\n");
	} else {
		if (vma->vm_ops && vma->vm_ops->name)
			name = vma->vm_ops->name(vma);
		if (!name)
			name = anonymous_name(vma);
	}
	if (name) {
		seq_pad_to(m, start, MAPS_NAME_COLUMN);
		seq_putc(m, ' ');
		seq_puts(m, name);
	} else if (vma_anon_name(vma)) {
		seq_pad_to(m, start, MAPS_NAME_COLUMN);
		seq_printf(m, " [anon:%s]", vma_anon_name(vma));
	}
	seq_putc(m, '\n');
	return 0;
}

static const struct seq_operations maps_op = {
	.start = maps_start,
	.next = maps_next,
	.stop = maps_stop,
	.show = maps_show,
};

/**
 * maps_open_with - ->open() of a file that tells about the areas
 * @op: what makes its records; seq_file's private is a struct maps
 *
 * Context: may sleep.
 * Return: 0, -ESRCH: the process has gone, -EACCES, -ENOMEM.
 */
int maps_open_with(struct inode *inode, struct file *file,
		   const struct seq_operations *op)
{
	struct task_struct *t = PROC_I(inode)->task;
	struct maps *maps;
	int err;

	maps = kzalloc(sizeof(*maps), GFP_KERNEL);
	if (!maps)
		return -ENOMEM;
	maps->task = t;
	err = proc_get_mm(t, &maps->mm);
	if (!err)
		err = seq_open(file, op, maps);
	if (err) {
		if (maps->mm)
			mmdrop(maps->mm);
		kfree(maps);
	}
	return err;
}

static int maps_open(struct inode *inode, struct file *file)
{
	return maps_open_with(inode, file, &maps_op);
}

/**
 * maps_release - ->release() of a file that maps_open_with() opened
 */
int maps_release(struct inode *inode, struct file *file)
{
	struct seq_file *m = file->private_data;
	struct maps *maps = m->private;

	if (maps->mm)
		mmdrop(maps->mm);
	kfree(maps);
	return seq_release(inode, file);
}

const struct file_operations proc_maps_fop = {
	.open = maps_open,
	.release = maps_release,
	.read = seq_read,
	.llseek = seq_lseek,
};

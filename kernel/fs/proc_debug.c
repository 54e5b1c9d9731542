/* SPDX-License-Identifier: MIT */
/*
 * What debug builds let a test program do: have one of its own allocations
 * fail, and count what is in use.
 *
 *	/proc/PID/fail-nth	write N: the N-th allocation that the task makes
 *				from now fails; 0: none. Read: how many are
 *				left; 0 once it has failed
 *	/proc/inuse		threads, pages and objects in use, by name
 *
 *	open, write "3", [the call under test], read -> "0": it was reached
 *
 * Neither reading nor writing fail-nth allocates. The choice ends when the
 * file is closed, so the task cannot go while it is remembered here.
 *
 * Differs from Linux's fail-nth: one task of the machine at a time.
 */
#include "proc_internal.h"

#ifdef CONFIG_DEBUG_VM

#include <ikos/kernel.h>
#include <ikos/mm.h>
#include <ikos/page.h>
#include <ikos/slab.h>
#include <ikos/string.h>
#include <ikos/uaccess.h>

static struct task_struct *chosen;
static struct file *chosen_by;

static bool is_chosen(void)
{
	return current == READ_ONCE(chosen);
}

static ssize_t fail_nth_write(struct file *file, const char __user *buf,
			      size_t n, loff_t *pos)
{
	int nth, err = proc_get_int(buf, n, 0, &nth);

	if (err)
		return err;
	if (nth < 0)
		return -EINVAL;
	fail_nth_set(0);
	WRITE_ONCE(chosen, PROC_I(file->f_inode)->task);
	chosen_by = file;
	fail_nth_set_where((unsigned long)nth, is_chosen);
	return (ssize_t)n;
}

static ssize_t fail_nth_read(struct file *file, char __user *buf, size_t n,
			     loff_t *pos)
{
	char text[24];
	size_t len =
		(size_t)snprintf(text, sizeof(text), "%lu\n", fail_nth_left());

	if (*pos < 0 || (size_t)*pos >= len)
		return 0;
	n = min(n, len - (size_t)*pos);
	if (copy_to_user(buf, text + *pos, n))
		return -EFAULT;
	*pos += (loff_t)n;
	return (ssize_t)n;
}

static int fail_nth_release(struct inode *inode, struct file *file)
{
	if (chosen_by == file) {
		fail_nth_set(0);
		WRITE_ONCE(chosen, NULL);
		chosen_by = NULL;
	}
	return 0;
}

const struct file_operations proc_fail_nth_fop = {
	.read = fail_nth_read,
	.write = fail_nth_write,
	.release = fail_nth_release,
	.llseek = generic_llseek,
};

/**
 * proc_inuse_show - print /proc/inuse: one "name number" a line
 *
 * Everything kept for later is given back before; so the same numbers before
 * and after something say that it has left nothing behind.
 * Pages of slabs count as free: which objects share one depends on the past.
 */
int proc_inuse_show(struct seq_file *m, void *unused)
{
	struct slab_info info;

	give_back_all();
	seq_printf(m, "threads %u\n", nr_threads_total());
	seq_printf(m, "pages_left %lu\n", nr_free_pages() + slab_pages());
	seq_printf(m, "table_pages %lu\n", nr_pagetable_pages());
	seq_printf(m, "committed_pages %lu\n", vm_committed());
	seq_printf(m, "objects %lu\n", slab_objects_in_use());
	for (unsigned int n = 0; slab_get_info(n, &info); n++)
		seq_printf(m, "%s %lu\n", info.name, info.objects);
	return 0;
}

#endif

/* SPDX-License-Identifier: MIT */
/*
 * /proc/PID/numa_maps: the policy of each area and the node of its pages.
 *
 *	00401000 bind:0 file=/bin/busybox dirty=7 mapmax=2 active=0 N0=7 kernelpagesize_kB=4
 *	7ffd0000 default stack anon=3 dirty=3 active=0 N0=3 kernelpagesize_kB=4
 *
 * An area without a policy shows that of the thread. There is one node, and no
 * list of active pages: all pages are on N0, none is active.
 *
 * Source: numa(7).
 */
#include <ikos/kernel.h>
#include <ikos/mempolicy.h>
#include <ikos/mm_views.h>

#include "proc_maps.h"

static void show_policy(struct seq_file *m, const struct mempolicy *pol)
{
	static const char *const names[MPOL_MAX] = {
		[MPOL_DEFAULT] = "default",
		[MPOL_PREFERRED] = "prefer",
		[MPOL_BIND] = "bind",
		[MPOL_INTERLEAVE] = "interleave",
		[MPOL_LOCAL] = "local",
		[MPOL_PREFERRED_MANY] = "prefer (many)",
	};
	unsigned int kind = pol->mode & ~MPOL_MODE_FLAGS;
	unsigned int flags = pol->mode & MPOL_MODE_FLAGS;

	seq_puts(m, names[kind]);
	if (flags)
		seq_putc(m, '=');
	if (flags & MPOL_F_STATIC_NODES)
		seq_puts(m, "static");
	if (flags & MPOL_F_RELATIVE_NODES)
		seq_puts(m, "relative");
	if (flags & MPOL_F_NUMA_BALANCING)
		seq_puts(m, flags == MPOL_F_NUMA_BALANCING ? "balancing"
							   : "|balancing");
	if (kind != MPOL_DEFAULT && kind != MPOL_LOCAL)
		seq_puts(m, ":0");
}

static void show_name(struct seq_file *m, const struct vm_area_struct *vma)
{
	if (vma->vm_file) {
		seq_puts(m, " file=");
		seq_path(m, &vma->vm_file->f_path, "\n\t= ");
	} else if (vma_is_heap(vma)) {
		seq_puts(m, " heap");
	} else if (vma_is_stack(vma)) {
		seq_puts(m, " stack");
	}
}

static void show_pages(struct seq_file *m, const struct mem_size_stats *s)
{
	unsigned long pages = s->resident >> PAGE_SHIFT;
	unsigned long anon = s->anonymous >> PAGE_SHIFT;
	unsigned long dirty =
		(s->shared_dirty + s->private_dirty) >> PAGE_SHIFT;

	if (!pages)
		return;
	if (anon)
		seq_printf(m, " anon=%lu", anon);
	if (dirty)
		seq_printf(m, " dirty=%lu", dirty);
	if (pages != anon && pages != dirty)
		seq_printf(m, " mapped=%lu", pages);
	if (s->most_sharers > 1)
		seq_printf(m, " mapmax=%u", s->most_sharers);
	seq_printf(m, " active=0 N0=%lu kernelpagesize_kB=%lu", pages,
		   PAGE_SIZE >> 10);
}

static int numa_maps_show(struct seq_file *m, void *v)
{
	const struct maps *maps = m->private;
	struct mem_size_stats stats = { 0 };
	struct vm_area_struct *vma = v;
	struct mempolicy pol = vma_policy(vma, vma->vm_start);

	if (pol.mode == MPOL_DEFAULT)
		pol = mpol_read(&maps->task->mempolicy);
	smap_gather_stats(vma, &stats);
	seq_printf(m, "%08lx ", vma->vm_start);
	show_policy(m, &pol);
	show_name(m, vma);
	show_pages(m, &stats);
	seq_putc(m, '\n');
	return 0;
}

static const struct seq_operations numa_maps_op = {
	.start = maps_start,
	.next = maps_next,
	.stop = maps_stop,
	.show = numa_maps_show,
};

static int numa_maps_open(struct inode *inode, struct file *file)
{
	return maps_open_with(inode, file, &numa_maps_op);
}

const struct file_operations proc_numa_maps_fop = {
	.open = numa_maps_open,
	.release = maps_release,
	.read = seq_read,
	.llseek = seq_lseek,
};

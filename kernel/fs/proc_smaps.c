/* SPDX-License-Identifier: MIT */
/*
 * /proc/PID/smaps: each area of a process with what is resident of it, and
 * /proc/PID/smaps_rollup: the sums over all of them.
 *
 *	7ffffffde000-7ffffffff000 rw-p 00000000 00:00 0            [stack]
 *	Size:                132 kB     the area
 *	Rss:                   8 kB     two pages of it are there
 *	Pss:                   8 kB     and are nobody else's
 *	...
 *	VmFlags: rd wr mr mw me gd ac
 *
 * mm/smaps.c counts; here the counts get their names. The lines are those of
 * Linux 6.1, in its order; what this kernel does not have is 0.
 *
 * Source: proc(5).
 */
#include <ikos/kernel.h>
#include <ikos/mm_views.h>

#include "proc_maps.h"

/* @name ends with a colon; the number ends in column 24. */
static void show_kb(struct seq_file *m, const char *name, u64 bytes)
{
	size_t start = m->count;

	seq_puts(m, name);
	seq_pad_to(m, start, 16);
	seq_printf(m, "%8lu kB\n", (unsigned long)(bytes >> 10));
}

static void show_shares(struct seq_file *m, const struct mem_size_stats *s,
			bool rollup)
{
	show_kb(m, "Rss:", s->resident);
	show_kb(m, "Pss:", s->pss >> PSS_SHIFT);
	show_kb(m, "Pss_Dirty:", s->pss_dirty >> PSS_SHIFT);
	if (!rollup)
		return;
	show_kb(m, "Pss_Anon:", s->pss_anon >> PSS_SHIFT);
	show_kb(m, "Pss_File:", s->pss_file >> PSS_SHIFT);
	show_kb(m, "Pss_Shmem:", s->pss_shmem >> PSS_SHIFT);
}

static void show_stats(struct seq_file *m, const struct mem_size_stats *s,
		       bool rollup)
{
	show_shares(m, s, rollup);
	show_kb(m, "Shared_Clean:", s->shared_clean);
	show_kb(m, "Shared_Dirty:", s->shared_dirty);
	show_kb(m, "Private_Clean:", s->private_clean);
	show_kb(m, "Private_Dirty:", s->private_dirty);
	show_kb(m, "Referenced:", s->referenced);
	show_kb(m, "Anonymous:", s->anonymous);
	show_kb(m, "LazyFree:", s->lazyfree);
	show_kb(m, "AnonHugePages:", 0);
	show_kb(m, "ShmemPmdMapped:", 0);
	show_kb(m, "FilePmdMapped:", 0);
	show_kb(m, "Shared_Hugetlb:", 0);
	show_kb(m, "Private_Hugetlb:", 0);
	show_kb(m, "Swap:", 0);
	show_kb(m, "SwapPss:", 0);
	show_kb(m, "Locked:", s->pss_locked >> PSS_SHIFT);
}

static void show_flags(struct seq_file *m, vm_flags_t flags)
{
	static const struct {
		vm_flags_t flag;
		const char *name;
	} names[] = {
		{ VM_READ, "rd " },	   { VM_WRITE, "wr " },
		{ VM_EXEC, "ex " },	   { VM_SHARED, "sh " },
		{ VM_MAYREAD, "mr " },	   { VM_MAYWRITE, "mw " },
		{ VM_MAYEXEC, "me " },	   { VM_MAYSHARE, "ms " },
		{ VM_GROWSDOWN, "gd " },   { VM_PFNMAP, "pf " },
		{ VM_LOCKED, "lo " },	   { VM_IO, "io " },
		{ VM_SEQ_READ, "sr " },	   { VM_RAND_READ, "rr " },
		{ VM_DONTCOPY, "dc " },	   { VM_DONTEXPAND, "de " },
		{ VM_LOCKONFAULT, "lf " }, { VM_ACCOUNT, "ac " },
		{ VM_NORESERVE, "nr " },   { VM_WIPEONFORK, "wf " },
		{ VM_DONTDUMP, "dd " },	   { VM_MIXEDMAP, "mm " },
	};

	seq_puts(m, "VmFlags: ");
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (flags & names[i].flag)
			seq_puts(m, names[i].name);
	seq_putc(m, '\n');
}

static int smaps_show(struct seq_file *m, void *v)
{
	struct mem_size_stats stats = { 0 };
	struct vm_area_struct *vma = v;

	smap_gather_stats(vma, &stats);
	maps_show(m, vma);
	show_kb(m, "Size:", vma->vm_end - vma->vm_start);
	show_kb(m, "KernelPageSize:", PAGE_SIZE);
	show_kb(m, "MMUPageSize:", PAGE_SIZE);
	show_stats(m, &stats, false);
	seq_puts(m, "THPeligible:    0\n");
	show_flags(m, vma->vm_flags);
	return 0;
}

static const struct seq_operations smaps_op = {
	.start = maps_start,
	.next = maps_next,
	.stop = maps_stop,
	.show = smaps_show,
};

static int smaps_open(struct inode *inode, struct file *file)
{
	return maps_open_with(inode, file, &smaps_op);
}

const struct file_operations proc_smaps_fop = {
	.open = smaps_open,
	.release = maps_release,
	.read = seq_read,
	.llseek = seq_lseek,
};

/* --- smaps_rollup: one record --------------------------------------------------- */

static void *rollup_start(struct seq_file *m, loff_t *pos)
{
	struct maps *maps = m->private;

	if (*pos)
		return NULL;
	return maps_lock(maps) ? maps : ERR_PTR(-ESRCH);
}

static void *rollup_next(struct seq_file *m, void *v, loff_t *pos)
{
	++*pos;
	return NULL;
}

static int rollup_show(struct seq_file *m, void *v)
{
	struct mem_size_stats stats = { 0 };
	unsigned long start = 0, end = 0;
	struct vm_area_struct *vma;
	struct maps *maps = v;
	size_t line = m->count;

	vma = maps->mm->mmap;
	if (vma)
		start = vma->vm_start;
	for (; vma; vma = vma->vm_next) {
		smap_gather_stats(vma, &stats);
		end = vma->vm_end;
	}
	seq_printf(m, "%08lx-%08lx ---p 00000000 00:00 0 ", start, end);
	seq_pad_to(m, line, MAPS_NAME_COLUMN);
	seq_puts(m, " [rollup]\n");
	show_stats(m, &stats, true);
	return 0;
}

static const struct seq_operations rollup_op = {
	.start = rollup_start,
	.next = rollup_next,
	.stop = maps_stop,
	.show = rollup_show,
};

static int rollup_open(struct inode *inode, struct file *file)
{
	return maps_open_with(inode, file, &rollup_op);
}

const struct file_operations proc_smaps_rollup_fop = {
	.open = rollup_open,
	.release = maps_release,
	.read = seq_read,
	.llseek = seq_lseek,
};

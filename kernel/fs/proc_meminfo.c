/* SPDX-License-Identifier: MIT */
/*
 * /proc/meminfo and /proc/vmstat. All lines of Linux 6.1 are there, since
 * programs look for them; what this kernel does not have is 0. Pages are on no
 * LRU list, so all count as active.
 */
#include "proc_internal.h"

#include <ikos/kernel.h>
#include <ikos/mm_views.h>
#include <ikos/sched.h>
#include <ikos/slab.h>

static void show(struct seq_file *m, const char *name, unsigned long pages)
{
	size_t start = m->count;

	seq_printf(m, "%s:", name);
	seq_pad_to(m, start, 16);
	seq_printf(m, "%8lu kB\n", pages << (PAGE_SHIFT - 10));
}

static void show_main(struct seq_file *m, const struct mem_info *i)
{
	unsigned long file = i->cached - min(i->shmem, i->cached);
	unsigned long anon = i->anon + i->shmem;

	show(m, "MemTotal", i->total);
	show(m, "MemFree", i->free);
	show(m, "MemAvailable", i->available);
	show(m, "Buffers", i->buffers);
	show(m, "Cached", i->cached);
	show(m, "SwapCached", 0);
	show(m, "Active", anon + file);
	show(m, "Inactive", 0);
	show(m, "Active(anon)", anon);
	show(m, "Inactive(anon)", 0);
	show(m, "Active(file)", file);
	show(m, "Inactive(file)", 0);
	show(m, "Unevictable", 0);
	show(m, "Mlocked", 0);
	show(m, "SwapTotal", 0);
	show(m, "SwapFree", 0);
	show(m, "Zswap", 0);
	show(m, "Zswapped", 0);
	show(m, "Dirty", 0);
	show(m, "Writeback", 0);
}

static void show_kernel(struct seq_file *m, const struct mem_info *i)
{
	show(m, "AnonPages", i->anon);
	show(m, "Mapped", i->mapped);
	show(m, "Shmem", i->shmem);
	show(m, "KReclaimable", 0);
	show(m, "Slab", i->slab);
	show(m, "SReclaimable", 0);
	show(m, "SUnreclaim", i->slab);
	show(m, "KernelStack", kstack_pages());
	show(m, "PageTables", i->pagetables);
	show(m, "SecPageTables", 0);
	show(m, "NFS_Unstable", 0);
	show(m, "Bounce", 0);
	show(m, "WritebackTmp", 0);
	show(m, "CommitLimit", i->commit_limit);
	show(m, "Committed_AS", i->committed);
	seq_puts(m, "VmallocTotal:   34359738367 kB\n");
	show(m, "VmallocUsed", kstack_pages());
	show(m, "VmallocChunk", 0);
	show(m, "Percpu", 0);
	seq_puts(m, "HardwareCorrupted:     0 kB\n");
}

static void show_huge(struct seq_file *m)
{
	show(m, "AnonHugePages", 0);
	show(m, "ShmemHugePages", 0);
	show(m, "ShmemPmdMapped", 0);
	show(m, "FileHugePages", 0);
	show(m, "FilePmdMapped", 0);
	seq_puts(m, "HugePages_Total:       0\n"
		    "HugePages_Free:        0\n"
		    "HugePages_Rsvd:        0\n"
		    "HugePages_Surp:        0\n");
	show(m, "Hugepagesize", 512);
	show(m, "Hugetlb", 0);
}

/**
 * proc_meminfo_show - print /proc/meminfo
 */
int proc_meminfo_show(struct seq_file *m, void *unused)
{
	struct mem_info info;

	mm_meminfo(&info);
	show_main(m, &info);
	show_kernel(m, &info);
	show_huge(m);
	return 0;
}

/**
 * proc_vmstat_show - print /proc/vmstat: what of it is counted here
 */
int proc_vmstat_show(struct seq_file *m, void *unused)
{
	u64 faults, major;
	struct mem_info i;

	mm_meminfo(&i);
	count_faults(&faults, &major);
	seq_printf(m, "nr_free_pages %lu\n", i.free);
	seq_puts(m, "nr_inactive_anon 0\n");
	seq_printf(m, "nr_active_anon %lu\n", i.anon + i.shmem);
	seq_puts(m, "nr_inactive_file 0\n");
	seq_printf(m, "nr_active_file %lu\n",
		   i.cached - min(i.shmem, i.cached));
	seq_puts(m, "nr_unevictable 0\nnr_slab_reclaimable 0\n");
	seq_printf(m, "nr_slab_unreclaimable %lu\n", i.slab);
	seq_printf(m, "nr_anon_pages %lu\n", i.anon);
	seq_printf(m, "nr_mapped %lu\n", i.mapped);
	seq_printf(m, "nr_file_pages %lu\n", i.cached);
	seq_puts(m, "nr_dirty 0\nnr_writeback 0\n");
	seq_printf(m, "nr_shmem %lu\n", i.shmem);
	seq_printf(m, "nr_kernel_stack %lu\n",
		   kstack_pages() << (PAGE_SHIFT - 10));
	seq_printf(m, "nr_page_table_pages %lu\n", i.pagetables);
	seq_puts(m, "pswpin 0\npswpout 0\n");
	seq_printf(m, "pgfault %lu\npgmajfault %lu\n", faults, major);
	return 0;
}

/**
 * proc_buddyinfo_show - print /proc/buddyinfo: free blocks of 2^n pages
 */
int proc_buddyinfo_show(struct seq_file *m, void *unused)
{
	seq_printf(m, "Node 0, zone %8s ", "Normal");
	for (unsigned int order = 0; order < MAX_ORDER; order++)
		seq_printf(m, "%6lu ", nr_free_blocks(order));
	seq_putc(m, '\n');
	return 0;
}

static void show_node_stats(struct seq_file *m, const struct mem_info *i)
{
	unsigned long file = i->cached - min(i->shmem, i->cached);

	seq_puts(m, "  per-node stats\n");
	seq_puts(m, "      nr_inactive_anon 0\n");
	seq_printf(m, "      nr_active_anon %lu\n", i->anon + i->shmem);
	seq_puts(m, "      nr_inactive_file 0\n");
	seq_printf(m, "      nr_active_file %lu\n", file);
	seq_puts(m, "      nr_unevictable 0\n"
		    "      nr_slab_reclaimable 0\n");
	seq_printf(m, "      nr_slab_unreclaimable %lu\n", i->slab);
	seq_printf(m, "      nr_anon_pages %lu\n", i->anon);
	seq_printf(m, "      nr_mapped    %lu\n", i->mapped);
	seq_printf(m, "      nr_file_pages %lu\n", i->cached);
	seq_puts(m, "      nr_dirty     0\n      nr_writeback 0\n");
	seq_printf(m, "      nr_shmem     %lu\n", i->shmem);
	seq_printf(m, "      nr_kernel_stack %lu\n",
		   kstack_pages() << (PAGE_SHIFT - 10));
	seq_printf(m, "      nr_page_table_pages %lu\n", i->pagetables);
}

/**
 * proc_zoneinfo_show - print /proc/zoneinfo: the one zone of the one node
 *
 * Nothing is reclaimed, so its watermarks are 0.
 */
int proc_zoneinfo_show(struct seq_file *m, void *unused)
{
	struct mem_info i;

	mm_meminfo(&i);
	seq_puts(m, "Node 0, zone   Normal\n");
	show_node_stats(m, &i);
	seq_printf(m,
		   "  pages free     %lu\n"
		   "        boost    0\n"
		   "        min      0\n"
		   "        low      0\n"
		   "        high     0\n"
		   "        spanned  %lu\n"
		   "        present  %lu\n"
		   "        managed  %lu\n"
		   "        cma      0\n"
		   "        protection: (0)\n"
		   "      nr_free_pages %lu\n",
		   i.free, i.total, i.total, i.total, i.free);
	seq_puts(m, "  node_unreclaimable:  0\n  start_pfn:           0\n");
	return 0;
}

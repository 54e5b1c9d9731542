/* SPDX-License-Identifier: MIT */
/*
 * The sys file system, as far as programs look: CPUs, the one memory node, and
 * that there are no transparent huge pages. Made of the same tables as /proc,
 * so everything said in procfs.c holds here; nothing can be written.
 *
 * Source: sysfs(5); Documentation/ABI of Linux for the files' formats.
 */
#include "sysfs.h"

#include <ikos/kernel.h>
#include <ikos/page.h>

#define SYSFS_MAGIC 0x62656572UL

static int show_text(struct seq_file *m, void *text)
{
	seq_printf(m, "%s\n", (const char *)text);
	return 0;
}

/* --- memory ---------------------------------------------------------------- */

static int show_node_meminfo(struct seq_file *m, void *unused)
{
	unsigned long total = totalram_pages() * 4, free = nr_free_pages() * 4;

	seq_printf(m, "Node 0 MemTotal:       %8lu kB\n", total);
	seq_printf(m, "Node 0 MemFree:        %8lu kB\n", free);
	seq_printf(m, "Node 0 MemUsed:        %8lu kB\n", total - free);
	return 0;
}

static const struct proc_entry node0_table[] = {
	{ .name = "cpulist", .show = sysfs_show_cpus },
	{ .name = "cpumap", .show = sysfs_show_cpumap },
	{ .name = "distance", .show = show_text, .data = (void *)"10" },
	{ .name = "meminfo", .show = show_node_meminfo },
	{},
};

static const struct proc_entry node_table[] = {
	{ .name = "has_cpu", .show = show_text, .data = (void *)"0" },
	{ .name = "has_memory", .show = show_text, .data = (void *)"0" },
	{ .name = "has_normal_memory", .show = show_text, .data = (void *)"0" },
	{ .name = "node0", .children = node0_table },
	{ .name = "online", .show = show_text, .data = (void *)"0" },
	{ .name = "possible", .show = show_text, .data = (void *)"0" },
	{},
};

static const struct proc_entry thp_table[] = {
	{ .name = "defrag",
	  .show = show_text,
	  .data = (void *)"always defer defer+madvise madvise [never]" },
	{ .name = "enabled",
	  .show = show_text,
	  .data = (void *)"always madvise [never]" },
	{ .name = "shmem_enabled",
	  .show = show_text,
	  .data = (void *)"always within_size advise [never] deny force" },
	{},
};

static const struct proc_entry mm_table[] = {
	{ .name = "transparent_hugepage", .children = thp_table },
	{},
};

/* --- the tree -------------------------------------------------------------- */

static const struct proc_entry empty_table[] = { {} };

static const struct proc_entry system_table[] = {
	{ .name = "cpu",
	  .mode = S_IFDIR | 0555,
	  .iop = &sysfs_cpu_iop,
	  .fop = &sysfs_cpu_fop },
	{ .name = "node", .children = node_table },
	{},
};

static const struct proc_entry devices_table[] = {
	{ .name = "system", .children = system_table },
	{},
};

static const struct proc_entry kernel_table[] = {
	{ .name = "mm", .children = mm_table },
	{},
};

static const struct proc_entry root_table[] = {
	{ .name = "devices", .children = devices_table },
	{ .name = "fs", .children = empty_table },
	{ .name = "kernel", .children = kernel_table },
	{},
};

static const struct proc_entry root_entry = {
	.name = "/",
	.mode = S_IFDIR | 0555,
	.children = root_table,
};

static struct super_block *sysfs_sb;

static struct super_block *sysfs_mount(struct file_system_type *type,
				       const char *data)
{
	return sysfs_sb;
}

static struct file_system_type sysfs_type = {
	.name = "sysfs",
	.nodev = true,
	.mount = sysfs_mount,
};

/**
 * sysfs_init - make the sys file system; mount(2) shows it
 *
 * Context: boot, from proc_init().
 */
void sysfs_init(void)
{
	sysfs_sb = proc_make_sb("sysfs", SYSFS_MAGIC, &root_entry);
	if (sysfs_sb)
		register_filesystem(&sysfs_type);
}

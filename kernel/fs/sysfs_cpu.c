/* SPDX-License-Identifier: MIT */
/*
 * /sys/devices/system/cpu: the lists, and a directory for each CPU with where
 * it sits (topology/) and what caches it has (cache/indexN, of CPUID leaf 4).
 *
 * A directory's inode keeps the CPU's number, and below cache/ the cache's, in
 * what is the descriptor of /proc/PID/fd; whatever is below inherits it.
 *
 * All CPUs are cores of one package; none can be taken offline.
 *
 * Source: Documentation/ABI of Linux for the files; SDM vol. 2A, CPUID.
 */
#include "proc_internal.h"

#include <asm/apic.h>
#include <asm/cpufeature.h>
#include <asm/percpu.h>
#include <ikos/kernel.h>
#include <ikos/string.h>

#include "sysfs.h"

#define CACHE_SHIFT 16 /* cache << CACHE_SHIFT | cpu */
#define MAX_CACHES  8

static unsigned int cpu_of(const struct proc_inode *pi)
{
	return pi->fd & (BIT(CACHE_SHIFT) - 1);
}

/* --- files ----------------------------------------------------------------- */

/* Masks are as wide as all CPUs need. */
static void show_mask(struct seq_file *m, unsigned long mask)
{
	seq_printf(m, "%0*lx\n", (int)DIV_ROUND_UP(nr_cpus_online, 4), mask);
}

/* As a list: "0", "0-3", "0,2-3". */
static void show_list(struct seq_file *m, unsigned long mask)
{
	const char *comma = "";

	for (unsigned int cpu = 0; cpu < NR_CPUS; cpu++) {
		unsigned int last = cpu;

		if (!(mask >> cpu & 1))
			continue;
		while (mask >> (last + 1) & 1)
			last++;
		seq_printf(m, "%s%u", comma, cpu);
		if (last > cpu)
			seq_printf(m, "-%u", last);
		comma = ",";
		cpu = last;
	}
	seq_putc(m, '\n');
}

static unsigned long all_cpus(void)
{
	return BIT(nr_cpus_online) - 1;
}

/**
 * sysfs_show_cpus - print the list of all CPUs
 */
int sysfs_show_cpus(struct seq_file *m, void *unused)
{
	show_list(m, all_cpus());
	return 0;
}

/**
 * sysfs_show_cpumap - print the mask of all CPUs
 */
int sysfs_show_cpumap(struct seq_file *m, void *unused)
{
	show_mask(m, all_cpus());
	return 0;
}

static int show_kernel_max(struct seq_file *m, void *unused)
{
	seq_printf(m, "%d\n", NR_CPUS - 1);
	return 0;
}

static int show_empty(struct seq_file *m, void *unused)
{
	seq_putc(m, '\n');
	return 0;
}

/* --- cpuN/topology/ -------------------------------------------------------- */

enum topology_file {
	PACKAGE_ID,
	CORE_ID,
	THREADS,
	THREADS_LIST
};

static int topology_show(struct seq_file *m, void *inode)
{
	const struct proc_inode *pi = PROC_I(inode);
	unsigned int cpu = cpu_of(pi);

	switch ((unsigned long)pi->entry->data) {
	case PACKAGE_ID:
		seq_puts(m, "0\n");
		break;
	case CORE_ID:
		seq_printf(m, "%u\n", cpu);
		break;
	case THREADS:
		show_mask(m, BIT(cpu));
		break;
	case THREADS_LIST:
		show_list(m, BIT(cpu));
		break;
	}
	return 0;
}

static int topology_open(struct inode *inode, struct file *file)
{
	return single_open(file, topology_show, inode);
}

static const struct file_operations topology_fop = {
	.open = topology_open,
	.release = single_release,
	.read = seq_read,
	.llseek = seq_lseek,
};

#define TOPOLOGY(n, which)                                                     \
	{                                                                      \
		.name = n, .fop = &topology_fop, .data = (void *)which         \
	}
#define ALL(n)                                                                 \
	{                                                                      \
		.name = n, .show = sysfs_show_cpumap                           \
	}
#define ALL_LIST(n)                                                            \
	{                                                                      \
		.name = n, .show = sysfs_show_cpus                             \
	}

static const struct proc_entry topology_table[] = {
	TOPOLOGY("core_cpus", THREADS),
	TOPOLOGY("core_cpus_list", THREADS_LIST),
	TOPOLOGY("core_id", CORE_ID),
	ALL("core_siblings"),
	ALL_LIST("core_siblings_list"),
	ALL("die_cpus"),
	ALL_LIST("die_cpus_list"),
	TOPOLOGY("die_id", PACKAGE_ID),
	ALL("package_cpus"),
	ALL_LIST("package_cpus_list"),
	TOPOLOGY("physical_package_id", PACKAGE_ID),
	TOPOLOGY("thread_siblings", THREADS),
	TOPOLOGY("thread_siblings_list", THREADS_LIST),
	{},
};

/* --- cpuN/cache/ ----------------------------------------------------------- */

enum cache_file {
	CACHE_LINE,
	CACHE_ID,
	CACHE_LEVEL,
	CACHE_SETS,
	CACHE_PARTITIONS,
	CACHE_LIST,
	CACHE_MAP,
	CACHE_SIZE,
	CACHE_TYPE,
	CACHE_WAYS,
};

struct cache {
	unsigned int type, level, line, partitions, ways, sets;
	unsigned int share_order; /* CPUs whose APIC ids agree above it */
};

/* false: there is no such cache, or the CPU does not say. */
static bool get_cache(unsigned int index, struct cache *c)
{
	struct cpuid_regs r;

	if (boot_cpu_data.cpuid_level < 4 || index >= MAX_CACHES)
		return false;
	r = cpuid(4, index);
	c->type = r.eax & 31;
	c->level = r.eax >> 5 & 7;
	c->line = (r.ebx & 0xfff) + 1;
	c->partitions = (r.ebx >> 12 & 0x3ff) + 1;
	c->ways = (r.ebx >> 22) + 1;
	c->sets = r.ecx + 1;
	c->share_order = 0;
	while ((r.eax >> 14 & 0xfff) >> c->share_order)
		c->share_order++;
	return c->type >= 1 && c->type <= 3;
}

static unsigned long sharers(const struct cache *c, unsigned int cpu)
{
	unsigned long mask = 0;

	for (unsigned int i = 0; i < nr_cpus_online; i++)
		if (cpu_apic_ids[i] >> c->share_order ==
		    cpu_apic_ids[cpu] >> c->share_order)
			mask |= BIT(i);
	return mask;
}

static unsigned long cache_number(const struct cache *c, unsigned int cpu,
				  unsigned long which)
{
	switch (which) {
	case CACHE_LINE:
		return c->line;
	case CACHE_ID:
		return cpu_apic_ids[cpu] >> c->share_order;
	case CACHE_LEVEL:
		return c->level;
	case CACHE_SETS:
		return c->sets;
	case CACHE_PARTITIONS:
		return c->partitions;
	default:
		return c->ways;
	}
}

static int cache_show(struct seq_file *m, void *inode)
{
	static const char *const types[] = { "", "Data", "Instruction",
					     "Unified" };
	const struct proc_inode *pi = PROC_I(inode);
	unsigned long which = (unsigned long)pi->entry->data;
	unsigned int cpu = cpu_of(pi);
	struct cache c;

	if (!get_cache(pi->fd >> CACHE_SHIFT, &c))
		return -ENODEV;
	if (which == CACHE_LIST)
		show_list(m, sharers(&c, cpu));
	else if (which == CACHE_MAP)
		show_mask(m, sharers(&c, cpu));
	else if (which == CACHE_TYPE)
		seq_printf(m, "%s\n", types[c.type]);
	else if (which == CACHE_SIZE)
		seq_printf(m, "%luK\n",
			   (unsigned long)c.line * c.partitions * c.ways *
				   c.sets / 1024);
	else
		seq_printf(m, "%lu\n", cache_number(&c, cpu, which));
	return 0;
}

static int cache_open(struct inode *inode, struct file *file)
{
	return single_open(file, cache_show, inode);
}

static const struct file_operations cache_fop = {
	.open = cache_open,
	.release = single_release,
	.read = seq_read,
	.llseek = seq_lseek,
};

#define CACHE(n, which)                                                        \
	{                                                                      \
		.name = n, .fop = &cache_fop, .data = (void *)which            \
	}

static const struct proc_entry index_table[] = {
	CACHE("coherency_line_size", CACHE_LINE),
	CACHE("id", CACHE_ID),
	CACHE("level", CACHE_LEVEL),
	CACHE("number_of_sets", CACHE_SETS),
	CACHE("physical_line_partition", CACHE_PARTITIONS),
	CACHE("shared_cpu_list", CACHE_LIST),
	CACHE("shared_cpu_map", CACHE_MAP),
	CACHE("size", CACHE_SIZE),
	CACHE("type", CACHE_TYPE),
	CACHE("ways_of_associativity", CACHE_WAYS),
	{},
};

static const struct proc_entry index_entry = {
	.mode = S_IFDIR | 0555,
	.children = index_table,
};

/* "cpu12": 12, when it is below @limit. */
static bool parse_name(const struct dentry *dentry, const char *prefix,
		       unsigned int limit, unsigned int *n)
{
	size_t len = strlen(prefix);

	return dentry->d_len > len && !memcmp(dentry->d_name, prefix, len) &&
	       proc_parse_number(dentry->d_name + len, dentry->d_len - len,
				 n) &&
	       *n < limit;
}

static bool emit_number(struct file *file, struct dir_context *ctx,
			const char *prefix, unsigned int n)
{
	char name[16];

	snprintf(name, sizeof(name), "%s%u", prefix, n);
	return proc_emit(file, ctx, name, DT_DIR);
}

static int cache_lookup(struct inode *dir, struct dentry *dentry)
{
	struct cache c;
	unsigned int n;

	if (!parse_name(dentry, "index", MAX_CACHES, &n) || !get_cache(n, &c))
		return -ENOENT;
	return proc_add(dir, dentry, &index_entry, NULL,
			n << CACHE_SHIFT | PROC_I(dir)->fd, 0);
}

static int cache_iterate(struct file *file, struct dir_context *ctx)
{
	struct cache c;

	if (!dir_emit_dots(file, ctx))
		return 0;
	while (get_cache((unsigned int)ctx->pos - 2, &c))
		if (!emit_number(file, ctx, "index",
				 (unsigned int)ctx->pos - 2))
			break;
	return 0;
}

static const struct inode_operations cache_dir_iop = {
	.setattr = proc_setattr,
	.lookup = cache_lookup,
};

static const struct file_operations cache_dir_fop = {
	.iterate = cache_iterate,
	.llseek = generic_llseek,
};

/* --- cpuN/ ----------------------------------------------------------------- */

static int show_one(struct seq_file *m, void *unused)
{
	seq_puts(m, "1\n");
	return 0;
}

/* It is online already; this machine takes no CPU off. */
static ssize_t write_online(const struct proc_entry *entry, char *text,
			    size_t n)
{
	if (*text == '1')
		return (ssize_t)n;
	return *text == '0' ? -EOPNOTSUPP : -EINVAL;
}

#define COMMON_CPU_ENTRIES                                                     \
	{ .name = "topology", .children = topology_table },                    \
	{                                                                      \
		.name = "cache", .mode = S_IFDIR | 0555,                       \
		.iop = &cache_dir_iop, .fop = &cache_dir_fop                   \
	}

/* The first one cannot go: it has no switch. */
static const struct proc_entry first_table[] = { COMMON_CPU_ENTRIES, {} };

static const struct proc_entry other_table[] = {
	COMMON_CPU_ENTRIES,
	{ .name = "online",
	  .mode = S_IFREG | 0644,
	  .show = show_one,
	  .write = write_online },
	{},
};

static const struct proc_entry first_entry = {
	.mode = S_IFDIR | 0555,
	.children = first_table,
};

static const struct proc_entry other_entry = {
	.mode = S_IFDIR | 0555,
	.children = other_table,
};

/* --- the directory --------------------------------------------------------- */

static const struct proc_entry cpu_table[] = {
	{ .name = "isolated", .show = show_empty },
	{ .name = "kernel_max", .show = show_kernel_max },
	{ .name = "offline", .show = show_empty },
	ALL_LIST("online"),
	ALL_LIST("possible"),
	ALL_LIST("present"),
	{},
};

static int cpu_lookup(struct inode *dir, struct dentry *dentry)
{
	unsigned int n;

	if (parse_name(dentry, "cpu", nr_cpus_online, &n))
		return proc_add(dir, dentry, n ? &other_entry : &first_entry,
				NULL, n, 0);
	return proc_lookup_table(dir, dentry, cpu_table);
}

static int cpu_iterate(struct file *file, struct dir_context *ctx)
{
	const loff_t first = 2 + ARRAY_SIZE(cpu_table) - 1;

	if (ctx->pos < first && !proc_emit_table(file, ctx, cpu_table))
		return 0;
	while (ctx->pos >= first && ctx->pos < first + nr_cpus_online)
		if (!emit_number(file, ctx, "cpu",
				 (unsigned int)(ctx->pos - first)))
			break;
	return 0;
}

static int cpu_getattr(struct inode *inode, struct kstat *stat)
{
	generic_fillattr(inode, stat);
	stat->nlink = 2 + nr_cpus_online;
	return 0;
}

const struct inode_operations sysfs_cpu_iop = {
	.setattr = proc_setattr,
	.lookup = cpu_lookup,
	.getattr = cpu_getattr,
};

const struct file_operations sysfs_cpu_fop = {
	.iterate = cpu_iterate,
	.llseek = generic_llseek,
};

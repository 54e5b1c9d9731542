/* SPDX-License-Identifier: MIT */
#ifndef FS_SYSFS_H
#define FS_SYSFS_H

#include "proc_internal.h"

/* sysfs_cpu.c */
int sysfs_show_cpus(struct seq_file *m, void *unused);
int sysfs_show_cpumap(struct seq_file *m, void *unused);
extern const struct inode_operations sysfs_cpu_iop;
extern const struct file_operations sysfs_cpu_fop;

#endif

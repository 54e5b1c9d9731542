/* SPDX-License-Identifier: MIT */
#ifndef FS_DEVICES_H
#define FS_DEVICES_H

struct file_operations;
struct seq_file;

int mem_devices_init(void); /* kernel/fs/mem.c */
int devmem_init(void); /* kernel/fs/devmem.c */
extern const struct file_operations devmem_fops;
int chrdevs_show(struct seq_file *m, void *unused); /* /proc/devices */

#endif

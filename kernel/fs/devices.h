/* SPDX-License-Identifier: MIT */
#ifndef FS_DEVICES_H
#define FS_DEVICES_H

struct seq_file;

int mem_devices_init(void); /* kernel/fs/mem.c */
int chrdevs_show(struct seq_file *m, void *unused); /* /proc/devices */

#endif

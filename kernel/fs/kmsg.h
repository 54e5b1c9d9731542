/* SPDX-License-Identifier: MIT */
#ifndef FS_KMSG_H
#define FS_KMSG_H

extern const struct file_operations kmsg_fops;

#endif

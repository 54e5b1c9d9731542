/* SPDX-License-Identifier: MIT */
#ifndef IKOS_PIDFD_H
#define IKOS_PIDFD_H

#include <ikos/types.h>

struct task_struct;

/* kernel/fs/pidfd.c */
/* The process of a descriptor, with a reference; ERR_PTR(-EBADF). @nonblock may
 * be NULL. */
struct task_struct *pidfd_get_task(int fd, bool *nonblock);
/* The same; a process's directory in /proc will do, too. */
struct task_struct *pidfd_or_dir_get_task(int fd);
/* A process has ended: tasklist_lock may be held. */
void pidfd_notify(void);

#endif

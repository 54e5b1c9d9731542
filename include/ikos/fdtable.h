/* SPDX-License-Identifier: MIT */
#ifndef IKOS_FDTABLE_H
#define IKOS_FDTABLE_H

#include <ikos/atomic.h>
#include <ikos/spinlock.h>

struct file;

#define NR_OPEN_DEFAULT 64
#define NR_OPEN_MAX	1048576 /* the ceiling of RLIMIT_NOFILE */

/*
 * A table of open descriptors, shared by the tasks of CLONE_FILES. The lock
 * guards everything but the count. A set bit of open_fds without a file is a
 * descriptor on its way: reserved, not installed. Bit n of full_words: word n
 * of open_fds has no bit left.
 */
struct files_struct {
	atomic_t count;
	spinlock_t lock;
	unsigned int max_fds; /* a multiple of 64 */
	unsigned int next_fd; /* none is free below */
	struct file **fd;
	unsigned long *open_fds, *close_on_exec, *full_words;
	struct file *fd_array[NR_OPEN_DEFAULT];
	unsigned long open_init, cloexec_init, full_init;
};

static inline struct files_struct *files_get(struct files_struct *files)
{
	atomic_inc(&files->count);
	return files;
}

#endif

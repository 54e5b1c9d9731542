/* SPDX-License-Identifier: MIT */
#ifndef FS_PIPE_H
#define FS_PIPE_H

#include "internal.h"

#define PIPE_DEF_BUFFERS 16 /* pages: 64 KiB */
#define PIPE_MAX_SIZE	 MiB(1) /* what F_SETPIPE_SZ gives to all but root */

/* A page with bytes in it. */
struct pipe_buffer {
	struct page *page;
	u32 offset, len;
	bool packet; /* O_DIRECT: one write(2), read as one */
};

/*
 * A ring of pages. head counts the buffers that were ever put in, tail those
 * that were taken out; the difference is what is in use. Guarded by lock,
 * except that waiters look at the counters before they sleep, at both of them
 * by one load: of two, the first may be older, and a pipe that has moved on
 * meanwhile would look fuller than it ever was.
 */
struct pipe_inode {
	struct mutex lock;
	union {
		u64 head_tail;
		struct {
			unsigned int head, tail;
		};
	};
	unsigned int ring_size; /* a power of two */
	unsigned int readers, writers; /* open ends */
	unsigned int r_counter, w_counter; /* opens ever: FIFOs */
	struct pipe_buffer *bufs;
	struct page *spare; /* the page read empty last, for the next write */
	struct wait_queue_head rd_wait, wr_wait;
};

static inline bool pipe_empty(const struct pipe_inode *pipe)
{
	return READ_ONCE(pipe->head) == READ_ONCE(pipe->tail);
}

static inline bool pipe_full(const struct pipe_inode *pipe)
{
	return READ_ONCE(pipe->head) - READ_ONCE(pipe->tail) >=
	       READ_ONCE(pipe->ring_size);
}

/* Without the lock. */
static inline bool pipe_looks_full(const struct pipe_inode *pipe)
{
	u64 v = READ_ONCE(pipe->head_tail);

	return (u32)v - (u32)(v >> 32) >= READ_ONCE(pipe->ring_size);
}

static inline bool pipe_looks_empty(const struct pipe_inode *pipe)
{
	u64 v = READ_ONCE(pipe->head_tail);

	return (u32)v == (u32)(v >> 32);
}

static inline struct pipe_buffer *pipe_buf(const struct pipe_inode *pipe,
					   unsigned int slot)
{
	return &pipe->bufs[slot & (pipe->ring_size - 1)];
}

/* kernel/fs/fifo.c */
int pipe_open(struct inode *inode, struct file *file);
int pipe_release(struct inode *inode, struct file *file);
/* kernel/fs/pipe.c */
void pipe_drain(struct pipe_inode *pipe);

#endif

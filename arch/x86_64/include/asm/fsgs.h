/* SPDX-License-Identifier: MIT */
#ifndef ASM_FSGS_H
#define ASM_FSGS_H

#include <ikos/types.h>

struct thread_struct;

/* Segment registers of user mode and the bases of fs and gs: fsgs.c. */
void fsgs_init(void);
void segments_save(struct thread_struct *t);
void segments_load(const struct thread_struct *prev,
		   const struct thread_struct *next);
void segments_reset(void);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef ASM_FPU_H
#define ASM_FPU_H

#include <ikos/types.h>

struct task_struct;

/* x87, SSE and AVX registers of programs: fpu.c. */
void fpu_init_cpu(void);
void fpu_init(void);

/* The registers to the area and back; between them the kernel uses none. */
void fpu_save(void *area);
void fpu_restore(const void *area);

int fpu_clone(struct task_struct *child);
void fpu_free(struct task_struct *t);
void fpu_reset(void);

/* Signal frames: bytes there, and the copies; 0 or -errno. */
size_t fpu_frame_size(void);
bool fpu_has_xsave(void);
int fpu_to_frame(void __user *frame);
int fpu_from_frame(const void __user *frame);

#endif

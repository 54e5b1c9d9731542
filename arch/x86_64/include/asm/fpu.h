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

/* ptrace(2), fpu_regset.c: of a task that stands still. */
#define FPU_REGSET_MAX 1024
size_t fpu_regset_size(void);
void fpu_regset_get(struct task_struct *t, void *to, bool whole);
int fpu_regset_set_fx(struct task_struct *t, const void *from);
int fpu_regset_set(struct task_struct *t, void *from);

/* Signal frames: bytes there, and the copies; 0 or -errno. */
size_t fpu_frame_size(void);
bool fpu_has_xsave(void);
int fpu_to_frame(void __user *frame);
int fpu_from_frame(const void __user *frame);

#endif

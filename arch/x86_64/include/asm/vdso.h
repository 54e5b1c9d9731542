/* SPDX-License-Identifier: MIT */
#ifndef ASM_VDSO_H
#define ASM_VDSO_H

#include <ikos/types.h>

struct mm_struct;

/* arch/x86_64/vdso_map.c */
void vdso_init(void);
unsigned long arch_setup_additional_pages(struct mm_struct *mm,
					  unsigned long stack);

/* arch/x86_64/tsc.c: what arch_clock_ns() computes with. */
void tsc_clock_params(u64 *start, u64 *scale);

#endif

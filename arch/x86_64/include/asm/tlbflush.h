/* SPDX-License-Identifier: MIT */
#ifndef ASM_TLBFLUSH_H
#define ASM_TLBFLUSH_H

#include <ikos/types.h>

struct mm_struct;

/*
 * Forget cached translations, on every CPU that runs @mm, before returning.
 * Ranges are half-open, in bytes. Context: any, but no lock may be held that
 * anyone takes with interrupts off: other CPUs must be able to answer.
 */
void flush_tlb_page(struct mm_struct *mm, unsigned long addr);
void flush_tlb_range(struct mm_struct *mm, unsigned long start,
		     unsigned long end);
void flush_tlb_mm(struct mm_struct *mm);
void flush_tlb_kernel_range(unsigned long start, unsigned long end);
/* Everything, on this CPU only. */
void flush_tlb_local(void);

#endif

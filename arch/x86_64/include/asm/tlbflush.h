/* SPDX-License-Identifier: MIT */
#ifndef ASM_TLBFLUSH_H
#define ASM_TLBFLUSH_H

#include <ikos/types.h>

struct mm_struct;

/*
 * Forget cached translations, on every CPU that runs @mm, before returning.
 * Ranges are half-open, in bytes. Context: any, interrupts on when more than
 * one CPU is up.
 */
void flush_tlb_page(struct mm_struct *mm, unsigned long addr);
void flush_tlb_range(struct mm_struct *mm, unsigned long start,
		     unsigned long end);
void flush_tlb_mm(struct mm_struct *mm);
void flush_tlb_kernel_range(unsigned long start, unsigned long end);

#endif

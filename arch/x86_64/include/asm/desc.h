/* SPDX-License-Identifier: MIT */
#ifndef ASM_DESC_H
#define ASM_DESC_H

#include <asm/percpu.h>
#include <asm/segment.h>
#include <ikos/types.h>

/* Descriptor tables, Intel SDM volume 3A, chapters 3, 6 and 7. */
struct desc_ptr {
	u16 limit;
	u64 base;
} __packed;

/* The 64-bit task state segment: stacks for the CPU to switch to. */
struct tss {
	u32 reserved0;
	u64 rsp[3]; /* on entry to ring 0, 1, 2 */
	u64 reserved1;
	u64 ist[7]; /* IST n is ist[n - 1] */
	u64 reserved2;
	u16 reserved3;
	u16 io_bitmap_base;
} __packed;
_Static_assert(sizeof(struct tss) == 104, "TSS");

/* Interrupt stack table: exceptions that may come on a bad stack. */
enum ist_index {
	IST_NONE,
	IST_NMI,
	IST_DF,
	IST_MC,
	IST_MAX = IST_MC,
};
#define IST_STACK_SIZE 8192

DECLARE_PER_CPU(struct tss, cpu_tss);

/* The stack for the next entry from user mode on this CPU: its top. */
static inline void tss_set_rsp0(unsigned long sp)
{
	this_cpu_write(cpu_tss.rsp[0], sp);
}

/* A gate of the IDT. */
struct gate {
	u16 offset_low;
	u16 selector;
	u8 ist;
	u8 type; /* present, DPL, gate type */
	u16 offset_mid;
	u32 offset_high;
	u32 reserved;
} __packed;

#define NR_VECTORS 256

void gdt_init_cpu(unsigned int cpu, void *ist_stacks);
void idt_init(void);
void idt_load(void);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * The interrupt descriptor table: one for all CPUs, each of the 256 vectors
 * goes to its own stub in entry.S. All are interrupt gates, so every handler
 * starts with interrupts off; only int3 and into may be raised by programs.
 */
#include <asm/desc.h>
#include <ikos/kernel.h>

#define GATE_INTERRUPT 0x8e /* present, DPL 0, 64-bit interrupt gate */
#define GATE_USER      0x60 /* DPL 3 */
#define STUB_SIZE      16

static struct gate idt[NR_VECTORS] __aligned(16);

extern char vector_stubs[];

static void set_gate(unsigned int vector, u8 ist, u8 type)
{
	u64 addr = (u64)vector_stubs + vector * STUB_SIZE;

	idt[vector] = (struct gate){
		.offset_low = (u16)addr,
		.offset_mid = (u16)(addr >> 16),
		.offset_high = (u32)(addr >> 32),
		.selector = __KERNEL_CS,
		.ist = ist,
		.type = type,
	};
}

/**
 * idt_init - fill the table
 *
 * Context: boot CPU, once.
 */
void idt_init(void)
{
	for (unsigned int i = 0; i < NR_VECTORS; i++)
		set_gate(i, IST_NONE, GATE_INTERRUPT);
	set_gate(3, IST_NONE, GATE_INTERRUPT | GATE_USER);
	set_gate(4, IST_NONE, GATE_INTERRUPT | GATE_USER);
	set_gate(2, IST_NMI, GATE_INTERRUPT);
	set_gate(8, IST_DF, GATE_INTERRUPT);
	set_gate(18, IST_MC, GATE_INTERRUPT);
}

/**
 * idt_load - make the table this CPU's
 */
void idt_load(void)
{
	struct desc_ptr ptr = { sizeof(idt) - 1, (u64)idt };

	__asm__ __volatile__("lidt %0" : : "m"(ptr));
}

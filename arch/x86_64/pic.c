/* SPDX-License-Identifier: MIT */
/*
 * The two 8259 interrupt controllers of the PC: moved out of the way of the
 * CPU's exceptions and silenced, since the APICs do their work.
 */
#include <asm/apic.h>
#include <asm/io.h>

#define PIC1_COMMAND 0x20
#define PIC1_DATA    0x21
#define PIC2_COMMAND 0xa0
#define PIC2_DATA    0xa1

#define ICW1_INIT    0x11 /* edge triggered, cascaded, ICW4 follows */
#define ICW4_8086    0x01
#define CASCADE_LINE 2

/**
 * pic_disable - move the PICs to VECTOR_PIC and mask all their lines
 *
 * Even a masked PIC may raise a spurious line 7 or 15, so the vectors have to
 * be harmless ones.
 *
 * Context: boot, interrupts off.
 */
void pic_disable(void)
{
	outb(ICW1_INIT, PIC1_COMMAND);
	outb(ICW1_INIT, PIC2_COMMAND);
	outb(VECTOR_PIC, PIC1_DATA);
	outb(VECTOR_PIC + 8, PIC2_DATA);
	outb(1 << CASCADE_LINE, PIC1_DATA);
	outb(CASCADE_LINE, PIC2_DATA);
	outb(ICW4_8086, PIC1_DATA);
	outb(ICW4_8086, PIC2_DATA);
	outb(0xff, PIC1_DATA);
	outb(0xff, PIC2_DATA);
}

/* SPDX-License-Identifier: MIT */
/* Turning the machine off and starting it anew. */
#include <asm/desc.h>
#include <asm/io.h>
#include <asm/irqflags.h>
#include <ikos/boot.h>
#include <ikos/smp.h>

#define DEBUG_EXIT_PORT	  0xf4 /* qemu -device isa-debug-exit,iobase=0xf4 */
#define ACPI_PM1A_CONTROL 0x604 /* of QEMU's machines */
#define ACPI_SLEEP_ENABLE 0x2000 /* sleep type 0: S5 there */
#define RESET_CONTROL	  0xcf9 /* PCI chipsets */
#define RESET_FULL	  0x06
#define I8042_COMMAND	  0x64
#define I8042_PULSE_RESET 0xfe

static void __noreturn halt_forever(void)
{
	for (;;)
		__asm__ __volatile__("cli; hlt");
}

/**
 * arch_power_off - stop the machine
 * @code: POWER_OFF_*; QEMU's exit status becomes (code << 1) | 1
 *
 * Context: any. Neither port can be probed; where nobody listens, a write is
 * lost, and the CPU halts in the end.
 */
void arch_power_off(unsigned int code)
{
	local_irq_disable();
	smp_send_stop();
	outl(code, DEBUG_EXIT_PORT);
	outw(ACPI_SLEEP_ENABLE, ACPI_PM1A_CONTROL);
	halt_forever();
}

/**
 * arch_restart - reset the machine
 *
 * By the chipset, else by the keyboard controller, else by a fault that the
 * CPU cannot deliver. Context: any.
 */
void arch_restart(void)
{
	struct desc_ptr empty = { 0, 0 };

	local_irq_disable();
	smp_send_stop();
	outb(RESET_FULL, RESET_CONTROL);
	outb(I8042_PULSE_RESET, I8042_COMMAND);
	__asm__ __volatile__("lidt %0; int3" : : "m"(empty));
	halt_forever();
}

/* SPDX-License-Identifier: MIT */
/* What the machine needs done once memory can be allocated. */
#include <asm/apic.h>
#include <asm/fpu.h>
#include <asm/fsgs.h>
#include <asm/switch.h>
#include <asm/vdso.h>
#include <ikos/boot.h>

/**
 * arch_late_init - interrupt controllers, clock, FPU and system call entry
 *
 * Context: boot CPU, interrupts off; after the page and slab allocators.
 */
void arch_late_init(void)
{
	fpu_init_cpu();
	fpu_init();
	fsgs_init();
	syscall_init();
	tsc_calibrate();
	vdso_init();
	irq_init();
	cpu_apic_ids[0] = apic_id();
	apic_timer_calibrate();
}

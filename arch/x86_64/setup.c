/* SPDX-License-Identifier: MIT */
/*
 * The boot CPU from its first C function to start_kernel().
 *
 * Order matters: traps first, so that a bug below gets a readable panic; then
 * the CPU's protections; then what the loader said; then, with memory known,
 * the real page tables.
 */
#include "setup.h"

#include <asm/cpufeature.h>
#include <asm/desc.h>
#include <asm/kmap.h>
#include <asm/smap.h>
#include <ikos/bug.h>
#include <ikos/kernel.h>
#include <ikos/string.h>
#include <ikos/tty.h>

static char boot_ist_stacks[IST_MAX * IST_STACK_SIZE] __aligned(16);

/* Messages from here on are seen. */
static void console_init(void)
{
	char log[8];

	uart_console_init(cmdline_get("log", log, sizeof(log)) &&
			  !strcmp(log, "com2"));
}

/**
 * x86_64_start_kernel - set the boot CPU up; called by boot/head.S
 * @protocol: enum boot_protocol
 * @info: physical address of what the loader left
 *
 * Context: early page tables, boot stack, interrupts off for good until
 * start_kernel() has somewhere to send them.
 */
void x86_64_start_kernel(unsigned int protocol, phys_addr_t info)
{
	memcpy(__per_cpu_template, __per_cpu_start,
	       (size_t)(__per_cpu_end - __per_cpu_start));
	gdt_init_cpu(0, boot_ist_stacks);
	idt_init();
	idt_load();
	if (protocol == BOOT_PVH)
		pvh_parse(info);
	else
		multiboot2_parse(info);
	console_init();
	cpu_identify();
	cpu_enable_features();
	smap_patch_text();
	boot_memory_init();
	paging_init();
	start_kernel();
}

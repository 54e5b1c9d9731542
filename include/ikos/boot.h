/* SPDX-License-Identifier: MIT */
#ifndef IKOS_BOOT_H
#define IKOS_BOOT_H

#include <ikos/types.h>

/*
 * What the boot loader said, whichever it was, checked and copied out of its
 * memory. Filled by arch code before start_kernel().
 */
#define BOOT_CMDLINE_MAX 2048
#define BOOT_MODULES_MAX 8

struct boot_module {
	phys_addr_t start, end; /* bytes; reserved in memblock */
	char cmdline[64];
};

struct boot_info {
	char loader[64];
	char cmdline[BOOT_CMDLINE_MAX];
	unsigned int nr_modules;
	struct boot_module modules[BOOT_MODULES_MAX];
	phys_addr_t acpi_rsdp; /* 0: none given */
};
extern struct boot_info boot_info;

/* Look up "name" or "name=value" in the command line. Copies the value (empty
 * for a bare name) to @buf; false when it is not there. */
bool cmdline_get(const char *name, char *buf, size_t size);
bool cmdline_has(const char *name);

void start_kernel(void) __noreturn; /* kernel/main.c */
/* arch: interrupts, clock, all that needs the page allocator. */
void arch_late_init(void);
#define IKOS_VERSION "0.1"

/* Stop the machine: through QEMU's isa-debug-exit (@code is what QEMU's exit
 * status is made of: (code << 1) | 1), else ACPI, else halt. */
void arch_power_off(unsigned int code) __noreturn;
void arch_restart(void) __noreturn;
#define POWER_OFF_CLEAN 1 /* qemu exits with 3 */
#define POWER_OFF_PANIC 2 /* 5 */

#endif

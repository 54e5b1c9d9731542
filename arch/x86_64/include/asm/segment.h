/* SPDX-License-Identifier: MIT */
#ifndef ASM_SEGMENT_H
#define ASM_SEGMENT_H

/*
 * Segment selectors, Linux's numbers: debuggers and signal frames show them.
 * SYSRET wants user data and user code behind user 32-bit code, in this
 * order; SYSCALL wants kernel data behind kernel code.
 */
#define __KERNEL32_CS 0x08
#define __KERNEL_CS   0x10
#define __KERNEL_DS   0x18
#define __USER32_CS   0x23
#define __USER_DS     0x2b
#define __USER_CS     0x33
#define GDT_TSS_SEL   0x40
#define GDT_ENTRIES   10

#endif

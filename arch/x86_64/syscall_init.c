/* SPDX-License-Identifier: MIT */
/* Point the SYSCALL instruction at syscall_entry.S, on every CPU. */
#include <asm/msr.h>
#include <asm/page.h>
#include <asm/segment.h>
#include <asm/switch.h>
#include <ikos/syscall.h>

_Static_assert(TASK_SIZE == 0x00007ffffffff000UL, "syscall_entry.S");

/* Flags that SYSCALL clears: all that a program can set, interrupts too. */
#define SYSCALL_FLAGS_MASK                                                     \
	(0x1UL | 0x4UL | 0x10UL | 0x40UL | 0x80UL | /* CF PF AF ZF SF */       \
	 0x100UL | 0x200UL | 0x400UL | 0x800UL | /* TF IF DF OF */             \
	 0x3000UL | 0x4000UL | 0x10000UL | /* IOPL NT RF */                    \
	 0x40000UL | 0x200000UL) /* AC ID */

#define MSR_SYSENTER_CS 0x174

/**
 * syscall_init - let user mode enter the kernel on this CPU
 *
 * SYSRET to 64-bit code takes CS from STAR[63:48] + 16 and SS from + 8, to
 * 32-bit code CS from + 0: the order of segment.h. SYSENTER stays off: with a
 * null code segment it faults in the program.
 *
 * Context: boot of the CPU. Follows Intel SDM 3A, 5.8.8.
 */
void syscall_init(void)
{
	wrmsr(MSR_STAR, (u64)__USER32_CS << 48 | (u64)__KERNEL_CS << 32);
	wrmsr(MSR_LSTAR, (unsigned long)entry_syscall);
	wrmsr(MSR_CSTAR, (unsigned long)entry_syscall_compat);
	wrmsr(MSR_SYSCALL_MASK, SYSCALL_FLAGS_MASK);
	wrmsr(MSR_SYSENTER_CS, 0);
	wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_SCE);
}

/* SPDX-License-Identifier: MIT */
#ifndef ASM_THREAD_H
#define ASM_THREAD_H

#include <ikos/types.h>

/* What the CPU state of a task that is not running consists of. */
struct thread_struct {
	unsigned long sp; /* kernel stack pointer at the switch */
	unsigned long fsbase; /* TLS: arch_prctl(2) */
	unsigned long gsbase; /* of user mode */
	void *fpu; /* FXSAVE/XSAVE area; NULL: never used (kthread) */
	/* The last exception, for the signal frame. */
	unsigned long cr2, trap_nr, error_code;
};

#endif

/* SPDX-License-Identifier: MIT */
#ifndef ASM_THREAD_H
#define ASM_THREAD_H

#include <ikos/types.h>

/* What the CPU state of a task that is not running consists of. */
struct thread_struct {
	unsigned long sp; /* kernel stack pointer at the switch */
	unsigned long fsbase; /* TLS: arch_prctl(2) */
	unsigned long gsbase; /* of user mode */
	u16 ds, es, fs, gs; /* selectors: user mode may load the flat ones */
	void *fpu; /* FXSAVE/XSAVE area; NULL: never used (kthread) */
	/* Whether the task's FPU state is in the registers while it runs; if
	 * not, it is in @fpu alone, being put together there. */
	bool fpu_live;
	/* The last exception, for the signal frame. */
	unsigned long cr2, trap_nr, error_code;
};

#endif

/* SPDX-License-Identifier: MIT */
#ifndef SIM_ASM_PROCESSOR_H
#define SIM_ASM_PROCESSOR_H

#include <ikos/types.h>

/* One thread runs the whole machine: who waits here waits for ever. */
void cpu_relax(void) __noreturn;
u64 rdtsc(void);

#endif

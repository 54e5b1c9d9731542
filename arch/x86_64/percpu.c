/* SPDX-License-Identifier: MIT */
/* Where each CPU's copy of the per-CPU data is: asm/percpu.h. */
#include <asm/percpu.h>

DEFINE_PER_CPU(unsigned long, this_cpu_off) = 0;
DEFINE_PER_CPU(unsigned int, cpu_number) = 0;

unsigned long __per_cpu_offset[NR_CPUS];
unsigned int nr_cpus_online = 1;

/* SPDX-License-Identifier: MIT */
#ifndef SIM_ASM_PERCPU_H
#define SIM_ASM_PERCPU_H

#include <ikos/types.h>

/*
 * Per-CPU variables of the simulated machine: CPU 0 uses the section itself,
 * the others a copy of it at __per_cpu_offset[cpu] from there. sim_set_cpu()
 * chooses which CPU the test runs on.
 */
#define NR_CPUS 16

#define DEFINE_PER_CPU(type, name)                                             \
	__section("sim_percpu") __used __typeof__(type) name
#define DECLARE_PER_CPU(type, name) extern __typeof__(type) name

extern unsigned long __per_cpu_offset[NR_CPUS];
extern unsigned int sim_cpu;
extern unsigned int nr_cpus_online;

#define per_cpu_ptr(ptr, cpu)                                                  \
	((__typeof__(ptr))((unsigned long)(ptr) + __per_cpu_offset[cpu]))
#define this_cpu_ptr(ptr)	 per_cpu_ptr(ptr, sim_cpu)
#define this_cpu_read(var)	 (*this_cpu_ptr(&(var)))
#define this_cpu_write(var, val) ((void)(*this_cpu_ptr(&(var)) = (val)))
#define smp_processor_id()	 sim_cpu

#endif

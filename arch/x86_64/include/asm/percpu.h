/* SPDX-License-Identifier: MIT */
#ifndef ASM_PERCPU_H
#define ASM_PERCPU_H

#include <ikos/types.h>

/*
 * Per-CPU variables. The linker gathers them in the section .data..percpu,
 * which is a template: CPU n gets a copy at __per_cpu_start +
 * __per_cpu_offset[n], and its GS base holds that offset. So "%gs:variable"
 * is the CPU's own copy, in one instruction. CPU 0 uses the template itself
 * (offset 0), so that per-CPU data works before memory management does.
 *
 * The kernel is not preempted: a this_cpu pointer stays valid until the task
 * sleeps. Data that interrupt handlers also use needs local_irq_save().
 */
#define NR_CPUS 16

#define DEFINE_PER_CPU(type, name)                                             \
	__section(".data..percpu") __used __typeof__(type) name
#define DECLARE_PER_CPU(type, name) extern __typeof__(type) name

extern unsigned long __per_cpu_offset[NR_CPUS];
extern char __per_cpu_start[], __per_cpu_end[];
/* As large, and as the image has it: CPU 0 changes its own copy. */
extern char __per_cpu_template[];

DECLARE_PER_CPU(unsigned long, this_cpu_off);
DECLARE_PER_CPU(unsigned int, cpu_number);

/* Only for variables of 1, 2, 4 or 8 bytes. */
#define this_cpu_read(var)                                                     \
	({                                                                     \
		__typeof__(var) _v;                                            \
		__asm__ __volatile__("mov %%gs:%1, %0" : "=r"(_v) : "m"(var)); \
		_v;                                                            \
	})

#define this_cpu_write(var, val)                                               \
	do {                                                                   \
		__typeof__(var) _v = (val);                                    \
		__asm__ __volatile__("mov %1, %%gs:%0" : "=m"(var) : "r"(_v)); \
	} while (0)

#define per_cpu_ptr(ptr, cpu)                                                  \
	((__typeof__(ptr))((char *)(ptr) + __per_cpu_offset[cpu]))
#define this_cpu_ptr(ptr)                                                      \
	((__typeof__(ptr))((char *)(ptr) + this_cpu_read(this_cpu_off)))

#define smp_processor_id() this_cpu_read(cpu_number)
extern unsigned int nr_cpus_online;

#endif

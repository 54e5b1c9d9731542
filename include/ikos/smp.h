/* SPDX-License-Identifier: MIT */
#ifndef IKOS_SMP_H
#define IKOS_SMP_H

#include <asm/percpu.h>
#include <ikos/types.h>

/*
 * Having other CPUs do something: kernel/smp.c. CPUs are numbered from 0
 * without gaps, nr_cpus_online of them; masks have a bit for each.
 *
 * A function runs on the other CPU in interrupt context, interrupts off, and
 * the caller waits until it has. So the caller must hold no lock that anyone
 * takes with interrupts off. Interrupts may be off at the caller: it serves
 * the calls of others while it waits.
 */
struct task_struct;

typedef void (*smp_call_func_t)(void *info);

void smp_call_function_single(unsigned int cpu, smp_call_func_t func,
			      void *info);
void smp_call_function_mask(unsigned long cpus, smp_call_func_t func,
			    void *info);
void smp_call_function(smp_call_func_t func, void *info); /* all the others */
void on_each_cpu(smp_call_func_t func, void *info); /* this one as well */

/* For arch code: such a request has arrived. Interrupts off. */
void smp_call_interrupt(void);

/* Start the other CPUs: the init task, once. */
void smp_init(void);

/* The port's part. */
bool arch_cpu_possible(unsigned int cpu); /* the firmware lists so many */
/* Start it and let it run secondary_start_kernel(). 0 or -errno. */
int arch_start_cpu(unsigned int cpu, struct task_struct *idle);
void arch_smp_done(void); /* no more will be started */
void arch_send_call(unsigned int cpu); /* smp_call_interrupt() there */
void arch_send_reschedule(unsigned int cpu); /* have it look at need_resched */
/* Halt the other CPUs for good, even if they have interrupts off. */
void smp_send_stop(void);
/* Have another CPU print where it is, even if interrupts are off there. */
void arch_trigger_backtrace(unsigned int cpu);

/* A CPU that has been set up: becomes its idle task. Interrupts off. */
void secondary_start_kernel(void) __noreturn;

static inline unsigned long online_cpus(void)
{
	return (1UL << nr_cpus_online) - 1;
}

#endif

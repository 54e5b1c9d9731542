/* SPDX-License-Identifier: MIT */
#ifndef IKOS_IRQ_H
#define IKOS_IRQ_H

/* ISA interrupt lines (0 … 15): arch/x86_64/irq.c routes and acknowledges. */
typedef void (*irq_handler_t)(unsigned int irq, void *data);
int request_irq(unsigned int irq, irq_handler_t handler, const char *name,
		void *data);
/* For /proc/interrupts. */
unsigned long irq_count(unsigned int irq); /* on all CPUs */
unsigned long irq_count_on(unsigned int irq, unsigned int cpu);
enum local_irq {
	LOCAL_IRQ_TIMER,
	LOCAL_IRQ_RESCHEDULE,
	LOCAL_IRQ_CALL,
	NR_LOCAL_IRQS
};
unsigned long local_irq_count(enum local_irq kind, unsigned int cpu);
const char *irq_name(unsigned int irq);

#endif

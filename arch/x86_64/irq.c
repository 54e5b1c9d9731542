/* SPDX-License-Identifier: MIT */
/*
 * Interrupts from devices: who handles which ISA line, and the one function
 * that every interrupt vector comes to.
 *
 * Handlers run with interrupts off on the stack of whatever was interrupted,
 * and must not sleep. An edge that arrives while its handler runs is kept by
 * the local APIC and delivered after the EOI, so none is lost.
 */
#include <asm/apic.h>
#include <asm/entry.h>
#include <asm/ptregs.h>
#include <ikos/boot.h>
#include <ikos/err.h>
#include <ikos/irq.h>
#include <ikos/kernel.h>
#include <ikos/printk.h>
#include <ikos/smp.h>
#include <ikos/spinlock.h>
#include <ikos/time.h>

#define CASCADE_IRQ 2 /* taken by the second PIC since 1984 */

struct irq_desc {
	irq_handler_t handler; /* NULL: free */
	void *data;
	const char *name;
};

/* Of one CPU; each counts its own. */
struct irq_counts {
	unsigned long isa[NR_ISA_IRQS], local[NR_LOCAL_IRQS];
};
static DEFINE_PER_CPU(struct irq_counts, irq_counts);

static struct irq_desc irqs[NR_ISA_IRQS];
static DEFINE_SPINLOCK(irq_lock); /* for request_irq() alone */
static struct madt_info madt;
static unsigned long unexpected;

/**
 * request_irq - handle an ISA interrupt line from now on
 * @irq: 0 to 15
 * @handler: called with interrupts off
 * @name: for /proc/interrupts; is kept, not copied
 * @data: for the handler
 *
 * Context: any.
 * Return: 0; -EINVAL: no such line, or no handler; -EBUSY: somebody has it;
 * -ENODEV: no I/O APIC serves it.
 */
int request_irq(unsigned int irq, irq_handler_t handler, const char *name,
		void *data)
{
	struct irq_desc *desc = &irqs[irq % NR_ISA_IRQS];
	unsigned long flags;
	int err = -EBUSY;

	if (irq >= NR_ISA_IRQS || irq == CASCADE_IRQ || !handler)
		return -EINVAL;
	spin_lock_irqsave(&irq_lock, flags);
	if (!desc->handler) {
		desc->data = data;
		desc->name = name;
		smp_store_release(&desc->handler, handler);
		err = ioapic_route(&madt.isa[irq], VECTOR_ISA + irq, apic_id());
		if (err)
			desc->handler = NULL;
	}
	spin_unlock_irqrestore(&irq_lock, flags);
	return err;
}

/**
 * irq_count - how often a line has interrupted
 * @irq: 0 to 15
 *
 * Return: the number since boot; 0 beyond.
 */
unsigned long irq_count(unsigned int irq)
{
	unsigned long sum = 0;

	for (unsigned int cpu = 0; cpu < nr_cpus_online; cpu++)
		sum += irq_count_on(irq, cpu);
	return sum;
}

/**
 * irq_count_on - how often a line has interrupted one CPU
 * @irq: 0 to 15
 * @cpu: an online CPU
 *
 * Return: the number since boot; 0 beyond.
 */
unsigned long irq_count_on(unsigned int irq, unsigned int cpu)
{
	return irq < NR_ISA_IRQS
		       ? READ_ONCE(per_cpu_ptr(&irq_counts, cpu)->isa[irq])
		       : 0;
}

/**
 * local_irq_count - how often a CPU was interrupted other than by a device
 * @kind: why
 * @cpu: an online CPU
 *
 * Return: the number since boot.
 */
unsigned long local_irq_count(enum local_irq kind, unsigned int cpu)
{
	return READ_ONCE(per_cpu_ptr(&irq_counts, cpu)->local[kind]);
}

/**
 * irq_name - who handles a line
 * @irq: 0 to 15
 *
 * Return: the name given to request_irq(), NULL: nobody.
 */
const char *irq_name(unsigned int irq)
{
	return irq < NR_ISA_IRQS && irqs[irq].handler ? irqs[irq].name : NULL;
}

static void isa_interrupt(unsigned int irq)
{
	struct irq_desc *desc = &irqs[irq];
	irq_handler_t handler = smp_load_acquire(&desc->handler);

	this_cpu_ptr(&irq_counts)->isa[irq]++;
	if (handler)
		handler(irq, desc->data);
	apic_eoi();
}

static void odd_interrupt(unsigned int vector)
{
	if (vector == VECTOR_SPURIOUS ||
	    (vector >= VECTOR_PIC && vector < VECTOR_PIC + NR_ISA_IRQS))
		return; /* nothing is in service: no EOI */
	if (vector == VECTOR_ERROR)
		pr_err("apic: error 0x%x\n", apic_take_errors());
	else if (unexpected++ == 0)
		pr_err("irq: nobody expects vector %u\n", vector);
	apic_eoi();
}

/**
 * do_irq - an interrupt has come
 * @regs: what it interrupted
 * @vector: 32 to 255
 *
 * Context: interrupts off, and so on return.
 */
void do_irq(struct pt_regs *regs, unsigned int vector)
{
	lockdep_irq_enter();
	if (vector == VECTOR_TIMER) {
		/* First the EOI: the handler sets the timer again. */
		apic_eoi();
		this_cpu_ptr(&irq_counts)->local[LOCAL_IRQ_TIMER]++;
		timer_interrupt(user_mode(regs));
	} else if (vector == VECTOR_CALL) {
		apic_eoi();
		this_cpu_ptr(&irq_counts)->local[LOCAL_IRQ_CALL]++;
		smp_call_interrupt();
	} else if (vector == VECTOR_RESCHEDULE) {
		/* need_resched is set: whoever returns from here looks. */
		apic_eoi();
		this_cpu_ptr(&irq_counts)->local[LOCAL_IRQ_RESCHEDULE]++;
	} else if (vector >= VECTOR_ISA && vector < VECTOR_ISA + NR_ISA_IRQS) {
		isa_interrupt(vector - VECTOR_ISA);
	} else {
		odd_interrupt(vector);
	}
	lockdep_irq_exit();
}

/**
 * irq_madt - what the firmware says about CPUs and interrupt controllers
 */
const struct madt_info *irq_madt(void)
{
	return &madt;
}

/**
 * irq_init - set the interrupt controllers up, every line masked
 *
 * Context: boot, interrupts off, after page_alloc_init().
 */
void irq_init(void)
{
	pic_disable();
	madt_read(&madt);
	apic_init(&madt);
	ioapic_init(&madt);
}

/* SPDX-License-Identifier: MIT */
#ifndef SIM_ASM_IRQFLAGS_H
#define SIM_ASM_IRQFLAGS_H

#include <ikos/types.h>

/* The interrupt flag is a variable; who sleeps while it is off is caught. */
extern bool sim_irqs_on;

static inline void local_irq_disable(void)
{
	sim_irqs_on = false;
}

static inline void local_irq_enable(void)
{
	sim_irqs_on = true;
}

static inline unsigned long local_save_flags(void)
{
	return sim_irqs_on;
}

static inline bool irqs_disabled(void)
{
	return !sim_irqs_on;
}

#define local_irq_save(flags)                                                  \
	do {                                                                   \
		(flags) = local_save_flags();                                  \
		local_irq_disable();                                           \
	} while (0)

static inline void local_irq_restore(unsigned long flags)
{
	sim_irqs_on = flags;
}

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Non-maskable interrupts. One CPU sends them to others when it cannot wait
 * for them to turn interrupts on: to halt them for good, before a panic is
 * printed or the machine is turned off, and to learn where they are stuck.
 *
 * Any other is a person at the monitor who wonders what the kernel is doing.
 */
#include <asm/apic.h>
#include <asm/entry.h>
#include <ikos/atomic.h>
#include <ikos/boot.h>
#include <ikos/kernel.h>
#include <ikos/printk.h>
#include <ikos/sched.h>
#include <ikos/smp.h>
#include <ikos/string.h>

#include "traps.h"

#define BACKTRACE_MAX_US 1000000

static atomic64_t nmis;
static bool stopping;
static unsigned long backtrace_cpus; /* have been asked and not answered */

/**
 * nmi_count - non-maskable interrupts since boot
 */
unsigned long nmi_count(void)
{
	return (unsigned long)atomic64_read(&nmis);
}

static void __noreturn halt_forever(void)
{
	for (;;)
		__asm__ __volatile__("cli; hlt");
}

/**
 * smp_send_stop - halt the other CPUs for good, whatever they are doing
 *
 * When two CPUs do so at once, one of them is halted here.
 * Context: any, interrupts off; the machine is about to stop.
 */
void smp_send_stop(void)
{
	static u32 stopper; /* number + 1 */
	u32 self = smp_processor_id() + 1, first;

	if (nr_cpus_online == 1)
		return;
	first = cmpxchg(&stopper, 0, self);
	if (first == self)
		return; /* done before */
	if (first)
		halt_forever();
	smp_store_release(&stopping, true);
	for (unsigned int cpu = 0; cpu < nr_cpus_online; cpu++)
		if (cpu + 1 != self)
			apic_send_nmi(cpu_apic_ids[cpu]);
}

/**
 * arch_trigger_backtrace - have another CPU print where it is
 * @cpu: which
 *
 * Waits for it, at most a second. Context: any; without the lock of the log:
 * bust_spinlocks().
 */
void arch_trigger_backtrace(unsigned int cpu)
{
	__atomic_fetch_or(&backtrace_cpus, BIT(cpu), __ATOMIC_SEQ_CST);
	apic_send_nmi(cpu_apic_ids[cpu]);
	for (unsigned int us = 0; us < BACKTRACE_MAX_US; us += 10) {
		if (!(READ_ONCE(backtrace_cpus) & BIT(cpu)))
			return;
		tsc_wait_us(10);
	}
	pr_err("CPU %u does not answer\n", cpu);
}

/**
 * do_nmi - vector 2
 * @regs: what it interrupted, be it in the middle of kernel entry code
 *
 * With "nmi=panic" on the command line one that nobody has sent panics, else
 * it is counted: printing could wait for a lock that the interrupted code
 * holds. Context: an IST stack.
 */
void do_nmi(const struct pt_regs *regs)
{
	unsigned int cpu = smp_processor_id();
	char how[8];

	if (smp_load_acquire(&stopping))
		halt_forever();
	atomic64_inc(&nmis);
	if (READ_ONCE(backtrace_cpus) & BIT(cpu)) {
		printk(KERN_EMERG "CPU: %u PID: %d Comm: %s\n", cpu,
		       current->pid, current->comm);
		show_regs(regs);
		__atomic_fetch_and(&backtrace_cpus, ~BIT(cpu),
				   __ATOMIC_SEQ_CST);
		return;
	}
	if (cmdline_get("nmi", how, sizeof(how)) && !strcmp(how, "panic"))
		die(regs,
		    "a non-maskable interrupt came and nmi=panic is on the command line");
}

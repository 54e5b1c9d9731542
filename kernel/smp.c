/* SPDX-License-Identifier: MIT */
/*
 * Functions called on other CPUs, and starting those CPUs.
 *
 * Each CPU has a list of requests that others have put there. Who adds the
 * first one interrupts it; the interrupt takes the whole list. A request lives
 * on the stack of its sender, which waits until all of its are done.
 *
 *	CPU 0			CPU 1			CPU 2
 *	add r0 to CPU 2's	add r1 to CPU 2's
 *	(was empty) interrupt
 *							takes r1 -> r0
 *	wait for r0 ..............................	runs r0, done
 *			wait for r1 ..............	runs r1, done
 *
 * Two CPUs with interrupts off may send to each other: who waits so, looks
 * after its own list meanwhile. What must not be is to wait with a lock held
 * that the other spins for with interrupts off.
 */
#include <asm/irqflags.h>
#include <asm/processor.h>
#include <ikos/boot.h>
#include <ikos/kernel.h>
#include <ikos/printk.h>
#include <ikos/sched.h>
#include <ikos/smp.h>
#include <ikos/string.h>

#include "watchdog.h"

struct call_request {
	struct call_request *next;
	smp_call_func_t func;
	void *info;
	unsigned int *left; /* counted down when it is done */
};

static DEFINE_PER_CPU(struct call_request *, call_queue);

/* Return: whether the list was empty. */
static bool push(struct call_request **queue, struct call_request *req)
{
	struct call_request *first = READ_ONCE(*queue);

	do {
		req->next = first;
	} while (!__atomic_compare_exchange_n(
		queue, &first, req, false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED));
	return !first;
}

/* The list has the newest first. */
static struct call_request *reverse(struct call_request *req)
{
	struct call_request *head = NULL, *next;

	for (; req; req = next) {
		next = req->next;
		req->next = head;
		head = req;
	}
	return head;
}

/**
 * smp_call_interrupt - run what other CPUs have asked this one for
 *
 * Context: interrupts off.
 */
void smp_call_interrupt(void)
{
	struct call_request **queue = this_cpu_ptr(&call_queue), *req, *next;

	if (!READ_ONCE(*queue))
		return;
	for (req = reverse(xchg(queue, NULL)); req; req = next) {
		unsigned int *left = req->left;

		next = req->next;
		req->func(req->info);
		/* From here on the request may be gone. */
		__atomic_fetch_sub(left, 1, __ATOMIC_RELEASE);
	}
}

static void wait_until_done(unsigned int *left, unsigned long cpus)
{
	struct spin_watch watch = { 0 };

	while (smp_load_acquire(left)) {
		if (irqs_disabled())
			smp_call_interrupt();
		cpu_relax();
		if (spin_watch_expired(&watch))
			panic_stuck("waits for an answer from other CPUs",
				    cpus);
	}
}

/**
 * smp_call_function_mask - call a function on some CPUs and wait for its end
 * @cpus: bits of online CPUs; this one is left out
 * @func: called there in interrupt context, on all at the same time
 * @info: for it
 *
 * Context: any, with no lock held that anyone takes with interrupts off.
 */
void smp_call_function_mask(unsigned long cpus, smp_call_func_t func,
			    void *info)
{
	struct call_request reqs[NR_CPUS];
	unsigned int left = 0;

	cpus &= online_cpus() & ~BIT(smp_processor_id());
	if (!cpus)
		return;
	for (unsigned long rest = cpus; rest; rest &= rest - 1)
		left++;
	for (unsigned long rest = cpus; rest; rest &= rest - 1) {
		unsigned int cpu = ffs_bit(rest);
		struct call_request *req = &reqs[cpu];

		req->func = func;
		req->info = info;
		req->left = &left;
		if (push(per_cpu_ptr(&call_queue, cpu), req))
			arch_send_call(cpu);
	}
	wait_until_done(&left, cpus);
}

/**
 * smp_call_function_single - call a function on a CPU and wait for its end
 * @cpu: an online CPU; when it is this one the call is made with interrupts
 * off, as there
 * @func: the function
 * @info: for it
 *
 * Context: as smp_call_function_mask().
 */
void smp_call_function_single(unsigned int cpu, smp_call_func_t func,
			      void *info)
{
	unsigned long flags;

	local_irq_save(flags);
	if (cpu == smp_processor_id()) {
		func(info);
		local_irq_restore(flags);
		return;
	}
	local_irq_restore(flags);
	smp_call_function_mask(BIT(cpu), func, info);
}

/**
 * smp_call_function - call a function on all other CPUs and wait for its end
 * @func: the function
 * @info: for it
 *
 * Context: as smp_call_function_mask().
 */
void smp_call_function(smp_call_func_t func, void *info)
{
	smp_call_function_mask(online_cpus(), func, info);
}

/**
 * on_each_cpu - call a function on all CPUs, this one as well
 * @func: called with interrupts off
 * @info: for it
 *
 * Context: as smp_call_function_mask().
 */
void on_each_cpu(smp_call_func_t func, void *info)
{
	smp_call_function(func, info);
	smp_call_function_single(smp_processor_id(), func, info);
}

static unsigned int cpus_wanted(void)
{
	unsigned long max = NR_CPUS;
	char buf[16];

	if (cmdline_has("nosmp"))
		return 1;
	if (cmdline_get("maxcpus", buf, sizeof(buf)) && kstrtoul(buf, 0, &max))
		max = NR_CPUS;
	return (unsigned int)clamp(max, 1UL, (unsigned long)NR_CPUS);
}

static int start_cpu(unsigned int cpu)
{
	struct task_struct *idle = fork_idle(cpu);

	if (!idle)
		return -ENOMEM;
	return arch_start_cpu(cpu, idle);
}

/**
 * smp_init - start the other CPUs
 *
 * As many as there are, or as "maxcpus=" on the command line says; "nosmp" is
 * maxcpus=1. One that does not start costs its memory and a message.
 *
 * Context: the init task, before it runs anything else.
 */
void smp_init(void)
{
	unsigned int wanted = cpus_wanted();
	unsigned long allowed = current->cpus_allowed;

	current->cpus_allowed = 1;
	while (nr_cpus_online < wanted && arch_cpu_possible(nr_cpus_online))
		if (start_cpu(nr_cpus_online) == -ENOMEM)
			break;
	current->cpus_allowed = allowed;
	arch_smp_done();
	pr_info("smp: %u CPU%s\n", nr_cpus_online,
		nr_cpus_online > 1 ? "s" : "");
}

/**
 * secondary_start_kernel - what a CPU does when it has been started
 *
 * Context: its idle task, interrupts off.
 */
void secondary_start_kernel(void)
{
	timer_init();
	current->exec_start = ktime_get_ns();
	cpu_idle();
}

/* SPDX-License-Identifier: MIT */
/*
 * Starting the other CPUs (application processors), and sending to them.
 *
 * A CPU is reset by an INIT interrupt and started by one or two start-up
 * interrupts, which carry the number of a page below 1 MiB where it begins in
 * real mode (Intel SDM 3A, 8.4.4). Four such pages are set aside at boot,
 * whoever the loader was, and given back when all CPUs run:
 *
 *	+0	boot/trampoline.S: into long mode
 *	+4K	top-level table: [0] -> +8K, the kernel's half as everywhere
 *	+8K	[0] -> +12K
 *	+12K	[0]: the first 2 MiB, mapped to themselves
 *
 * They are started one after the other:
 *
 *	boot CPU			the other
 *	per-CPU area, stacks, idle task
 *	INIT, start-up			trampoline, x86_64_start_secondary()
 *	wait for SECONDARY_ALIVE	GDT, CR4, FPU, APIC as the boot CPU's
 *	compare clocks			compare clocks
 *	count it in, SECONDARY_GO	forget translations, become idle
 *
 * CPU numbers are given in the order of success, without gaps. Which CPU it is
 * for the others is its local APIC's id.
 */
#include <asm/apic.h>
#include <asm/cpufeature.h>
#include <asm/desc.h>
#include <asm/fpu.h>
#include <asm/irqflags.h>
#include <asm/kmap.h>
#include <asm/processor.h>
#include <asm/switch.h>
#include <asm/tlbflush.h>
#include <ikos/err.h>
#include <ikos/kernel.h>
#include <ikos/memblock.h>
#include <ikos/page.h>
#include <ikos/printk.h>
#include <ikos/sched.h>
#include <ikos/smp.h>
#include <ikos/string.h>

#include "setup.h"

#define TRAMPOLINE_SIZE (4 * PAGE_SIZE)
#define TRAMPOLINE_END	0xa0000UL /* video memory begins */
#define ALIVE_US	1000000 /* so long a CPU may take to start */
#define INIT_US		10000
#define STARTUP_US	200

enum secondary_state {
	SECONDARY_STARTED,
	SECONDARY_ALIVE, /* set by itself: ready to compare clocks */
	SECONDARY_GO, /* set by the boot CPU: it is counted in */
	SECONDARY_STOP, /* set by the boot CPU: its clock is unusable */
};

extern char trampoline_start[], trampoline_end[], trampoline_64[];
extern char trampoline_gdt[], trampoline_gdt_ptr[], trampoline_target[];
extern char trampoline_pgd[];

/* Read by boot/trampoline.S; of the CPU that is being started. */
unsigned long secondary_stack;
unsigned int secondary_cpu;
void x86_64_start_secondary(unsigned int cpu) __noreturn;

u32 cpu_apic_ids[NR_CPUS];

static phys_addr_t trampoline; /* 0: no room was found */
static void *secondary_ist_stacks;
static u32 secondary_state;
static unsigned int next_candidate; /* in the firmware's list */
static bool initialised; /* the trampoline is filled in */

/**
 * smp_reserve_trampoline - set memory below 640 KiB aside
 *
 * Context: boot, memblock knows what is free.
 */
void smp_reserve_trampoline(void)
{
	phys_addr_t start, end;

	for (unsigned int i = 0; memblock_get_free(i, &start, &end); i++) {
		start = PAGE_ALIGN(start);
		end = min(end, TRAMPOLINE_END) & PAGE_MASK;
		if (start < end && end - start >= TRAMPOLINE_SIZE)
			trampoline = end - TRAMPOLINE_SIZE;
	}
	if (trampoline)
		memblock_reserve(trampoline, TRAMPOLINE_SIZE);
}

/* Where a word of the trampoline lies in its copy. */
static void *in_copy(const char *sym)
{
	return (char *)__va(trampoline) + (sym - trampoline_start);
}

static u32 low_address(const char *sym)
{
	return (u32)(trampoline + (phys_addr_t)(sym - trampoline_start));
}

static void fill_trampoline(void)
{
	u64 *pgd = __va(trampoline + PAGE_SIZE);
	u64 *pud = __va(trampoline + 2 * PAGE_SIZE);
	u64 *pmd = __va(trampoline + 3 * PAGE_SIZE);
	u32 word;

	memset(__va(trampoline), 0, TRAMPOLINE_SIZE);
	memcpy(__va(trampoline), trampoline_start,
	       (size_t)(trampoline_end - trampoline_start));
	pgd_ctor((pgd_t *)pgd);
	pgd[0] = (trampoline + 2 * PAGE_SIZE) | _PAGE_PRESENT | _PAGE_RW;
	pud[0] = (trampoline + 3 * PAGE_SIZE) | _PAGE_PRESENT | _PAGE_RW;
	pmd[0] = _PAGE_PRESENT | _PAGE_RW | _PAGE_PSE;
	word = (u32)(trampoline + PAGE_SIZE);
	memcpy(in_copy(trampoline_pgd), &word, sizeof(word));
	word = low_address(trampoline_64);
	memcpy(in_copy(trampoline_target), &word, sizeof(word));
	word = low_address(trampoline_gdt);
	memcpy((char *)in_copy(trampoline_gdt_ptr) + 2, &word, sizeof(word));
	initialised = true;
}

/* The APIC id of the next CPU to try; false: there is none. */
static bool candidate(u32 *id)
{
	const struct madt_info *madt = irq_madt();

	while (next_candidate < madt->nr_cpus &&
	       madt->cpu_apic_id[next_candidate] == cpu_apic_ids[0])
		next_candidate++;
	if (next_candidate == madt->nr_cpus)
		return false;
	*id = madt->cpu_apic_id[next_candidate];
	return true;
}

/**
 * arch_cpu_possible - whether there is another CPU to start
 * @cpu: the number it would get, nr_cpus_online
 *
 * Context: the init task.
 */
bool arch_cpu_possible(unsigned int cpu)
{
	u32 id;

	return trampoline && cpu < NR_CPUS && candidate(&id);
}

static unsigned int percpu_order(void)
{
	size_t size = (size_t)(__per_cpu_end - __per_cpu_start), pages;

	pages = PFN_UP(size);
	return pages > 1 ? ilog2(pages - 1) + 1 : 0;
}

#define IST_ORDER 3
_Static_assert(IST_MAX *IST_STACK_SIZE <= PAGE_SIZE << IST_ORDER, "order");

/* Memory for @cpu. 0 or -ENOMEM. */
static int alloc_cpu(unsigned int cpu, struct task_struct *idle)
{
	struct page *area = alloc_pages(GFP_KERNEL, percpu_order());
	struct page *ist = alloc_pages(GFP_KERNEL, IST_ORDER);
	char *base;

	if (!area || !ist) {
		if (area)
			__free_pages(area, percpu_order());
		if (ist)
			__free_pages(ist, IST_ORDER);
		return -ENOMEM;
	}
	base = page_address(area);
	memcpy(base, __per_cpu_template,
	       (size_t)(__per_cpu_end - __per_cpu_start));
	__per_cpu_offset[cpu] =
		(unsigned long)base - (unsigned long)__per_cpu_start;
	*per_cpu_ptr(&current_task, cpu) = idle;
	secondary_ist_stacks = page_address(ist);
	secondary_stack = (unsigned long)idle->stack + KSTACK_SIZE;
	secondary_cpu = cpu;
	return 0;
}

static bool wait_alive(unsigned int us)
{
	for (unsigned int waited = 0; waited < us; waited += 10) {
		if (smp_load_acquire(&secondary_state) == SECONDARY_ALIVE)
			return true;
		tsc_wait_us(10);
	}
	return false;
}

static bool kick(u32 id)
{
	apic_send_init(id);
	tsc_wait_us(INIT_US);
	apic_send_startup(id, trampoline);
	if (wait_alive(STARTUP_US))
		return true;
	/* The second one is for CPUs that have missed the first. */
	apic_send_startup(id, trampoline);
	return wait_alive(ALIVE_US);
}

/* Compare clocks and count it in, or let it halt. */
static bool admit(unsigned int cpu)
{
	unsigned long flags;
	bool good;

	local_irq_save(flags);
	good = tsc_sync_boot();
	if (good)
		smp_store_release(&nr_cpus_online, cpu + 1);
	smp_store_release(&secondary_state,
			  good ? SECONDARY_GO : SECONDARY_STOP);
	local_irq_restore(flags);
	return good;
}

/**
 * arch_start_cpu - start another CPU
 * @cpu: its number, nr_cpus_online
 * @idle: its idle task
 *
 * A CPU that does not answer may do so later: it keeps what it was given.
 *
 * Context: the init task on the boot CPU; spins for some 10 ms.
 * Return: 0; -ENOMEM; -EIO: it did not start; -EINVAL: its clock is not ours.
 */
int arch_start_cpu(unsigned int cpu, struct task_struct *idle)
{
	u32 id;

	if (!initialised)
		fill_trampoline();
	if (!candidate(&id))
		return -EIO;
	if (alloc_cpu(cpu, idle))
		return -ENOMEM;
	sched_init_cpu(idle);
	next_candidate++;
	cpu_apic_ids[cpu] = id;
	smp_store_release(&secondary_state, SECONDARY_STARTED);
	if (!kick(id)) {
		apic_send_init(id); /* stay where you are */
		pr_err("smp: the CPU with APIC id %u does not start\n", id);
		return -EIO;
	}
	if (!admit(cpu)) {
		pr_err("smp: the clock of the CPU with APIC id %u differs, it is not used\n",
		       id);
		return -EINVAL;
	}
	return 0;
}

/**
 * arch_smp_done - give the trampoline's memory back
 *
 * Context: the init task.
 */
void arch_smp_done(void)
{
	if (trampoline)
		memblock_free(trampoline, TRAMPOLINE_SIZE);
	trampoline = 0;
}

/**
 * x86_64_start_secondary - set this CPU up as the boot CPU is
 * @cpu: its number
 *
 * Called by boot/trampoline.S on its idle task's stack. Context: the kernel's
 * page tables, interrupts off.
 */
void x86_64_start_secondary(unsigned int cpu)
{
	gdt_init_cpu(cpu, secondary_ist_stacks);
	idt_load();
	cpu_enable_features();
	fpu_init_cpu();
	syscall_init();
	this_cpu_write(cpu_stack_top, secondary_stack);
	tss_set_rsp0(secondary_stack);
	apic_init_secondary();
	apic_timer_init_secondary();
	smp_store_release(&secondary_state, SECONDARY_ALIVE);
	tsc_sync_secondary();
	while (smp_load_acquire(&secondary_state) == SECONDARY_ALIVE)
		cpu_relax();
	if (secondary_state == SECONDARY_STOP)
		for (;;)
			__asm__ __volatile__("cli; hlt");
	/* Before it was counted in nobody told it of changes. */
	flush_tlb_local();
	secondary_start_kernel();
}

/**
 * arch_send_call - have smp_call_interrupt() called on another CPU
 */
void arch_send_call(unsigned int cpu)
{
	apic_send_vector(cpu_apic_ids[cpu], VECTOR_CALL);
}

/**
 * arch_send_reschedule - have another CPU look at its task's need_resched
 */
void arch_send_reschedule(unsigned int cpu)
{
	apic_send_vector(cpu_apic_ids[cpu], VECTOR_RESCHEDULE);
}

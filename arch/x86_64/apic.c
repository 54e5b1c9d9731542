/* SPDX-License-Identifier: MIT */
/*
 * The local APIC: takes interrupts for its CPU and has a timer of its own
 * (Intel SDM 3A, chapter 11).
 *
 * Its registers are memory (xAPIC), 16 bytes apart, or, if the firmware has
 * turned that mode on, MSRs (x2APIC); the numbers correspond.
 *
 * The timer runs in one-shot mode: it interrupts once, a given time from now.
 * It compares with the TSC where the CPU can do that; else it counts down at a
 * speed that is measured once against the TSC.
 */
#include <asm/apic.h>
#include <asm/cpufeature.h>
#include <asm/irqflags.h>
#include <asm/kmap.h>
#include <asm/msr.h>
#include <asm/processor.h>
#include <ikos/bug.h>
#include <ikos/kernel.h>
#include <ikos/printk.h>
#include <ikos/time.h>

#define APIC_BASE_X2APIC BIT(10)
#define APIC_BASE_ENABLE BIT(11)
#define MSR_X2APIC	 0x800

/* Register offsets in bytes. */
#define APIC_ID		 0x20
#define APIC_VERSION	 0x30
#define APIC_TPR	 0x80
#define APIC_EOI	 0xb0
#define APIC_SVR	 0xf0
#define APIC_ESR	 0x280
#define APIC_ICR	 0x300
#define APIC_ICR_HIGH	 0x310
#define APIC_LVT_TIMER	 0x320
#define APIC_LVT_THERMAL 0x330
#define APIC_LVT_PERF	 0x340
#define APIC_LVT_LINT0	 0x350
#define APIC_LVT_LINT1	 0x360
#define APIC_LVT_ERROR	 0x370
#define APIC_TIMER_INIT	 0x380
#define APIC_TIMER_COUNT 0x390
#define APIC_TIMER_DIV	 0x3e0

#define SVR_ENABLE	 BIT(8)
#define LVT_NMI		 (4U << 8)
#define LVT_MASKED	 BIT(16)
#define LVT_TSC_DEADLINE (2U << 17)
#define TIMER_DIV_16	 3

#define ICR_NMI	    0x00000400U
#define ICR_INIT    0x00000500U
#define ICR_STARTUP 0x00000600U
#define ICR_PENDING 0x00001000U
#define ICR_ASSERT  0x00004000U

#define CALIBRATION_NS (2 * NSEC_PER_MSEC)

static volatile u32 *apic_regs; /* NULL: x2APIC */
static bool tsc_deadline;
static u64 ns_to_count; /* scale */

static u32 apic_read(u32 reg)
{
	if (apic_regs)
		return apic_regs[reg / 4];
	return (u32)rdmsr(MSR_X2APIC + reg / 16);
}

static void apic_write(u32 reg, u32 val)
{
	if (apic_regs)
		apic_regs[reg / 4] = val;
	else
		wrmsr(MSR_X2APIC + reg / 16, val);
}

/* Find the registers, in the mode that the firmware has left. */
static void apic_map(const struct madt_info *info)
{
	u64 base = rdmsr(MSR_APIC_BASE);
	phys_addr_t pa = base & 0x000ffffffffff000UL;

	if (base & APIC_BASE_X2APIC && base & APIC_BASE_ENABLE)
		return;
	if (!(base & APIC_BASE_ENABLE))
		wrmsr(MSR_APIC_BASE, base | APIC_BASE_ENABLE);
	if (info->lapic_address && info->lapic_address != pa)
		pr_warn("apic: the firmware says 0x%lx, the CPU 0x%lx\n",
			info->lapic_address, pa);
	apic_regs = map_device(pa, PAGE_SIZE);
	if (!apic_regs)
		panic("the local APIC at 0x%lx cannot be mapped", pa);
}

/* Everything masked, ready. @lint1: what that pin does. */
static void apic_setup(u32 lint1)
{
	unsigned int max_lvt = apic_read(APIC_VERSION) >> 16 & 0xff;

	apic_write(APIC_TPR, 0);
	apic_write(APIC_LVT_TIMER, LVT_MASKED);
	if (max_lvt >= 4)
		apic_write(APIC_LVT_PERF, LVT_MASKED);
	if (max_lvt >= 5)
		apic_write(APIC_LVT_THERMAL, LVT_MASKED);
	apic_write(APIC_LVT_LINT0, LVT_MASKED);
	apic_write(APIC_LVT_LINT1, lint1);
	apic_write(APIC_ESR, 0);
	apic_write(APIC_LVT_ERROR, VECTOR_ERROR);
	apic_write(APIC_SVR, SVR_ENABLE | VECTOR_SPURIOUS);
}

/**
 * apic_init - set the boot CPU's local APIC up
 * @info: what the firmware says
 *
 * Context: boot, interrupts off.
 */
void apic_init(const struct madt_info *info)
{
	apic_map(info);
	apic_setup(LVT_NMI);
}

/**
 * apic_init_secondary - set another CPU's local APIC up, as the boot CPU's is
 *
 * The NMI pin is the boot CPU's alone. Context: that CPU, interrupts off.
 */
void apic_init_secondary(void)
{
	u64 base = rdmsr(MSR_APIC_BASE) | APIC_BASE_ENABLE;

	wrmsr(MSR_APIC_BASE, base);
	if (!apic_regs)
		wrmsr(MSR_APIC_BASE, base | APIC_BASE_X2APIC);
	apic_setup(LVT_NMI | LVT_MASKED);
}

/**
 * apic_id - which local APIC this CPU has
 *
 * Return: the id that an I/O APIC sends to.
 */
u32 apic_id(void)
{
	return apic_regs ? apic_read(APIC_ID) >> 24 : apic_read(APIC_ID);
}

/**
 * apic_eoi - the interrupt in service is done with
 *
 * Context: interrupt handlers.
 */
void apic_eoi(void)
{
	apic_write(APIC_EOI, 0);
}

/**
 * apic_take_errors - read and reset the error register
 *
 * Return: bits of SDM 3A, figure 11-9.
 */
u32 apic_take_errors(void)
{
	apic_write(APIC_ESR, 0);
	return apic_read(APIC_ESR);
}

/*
 * Send an interrupt to another CPU. In x2APIC mode that is one write; else two,
 * which an interrupt handler that sends one of its own must not come between,
 * and only when the last one has left. Stores before it are seen by the
 * receiver: a write to an MSR does not order them by itself.
 */
static void icr_write(u32 dest, u32 low)
{
	unsigned long flags;

	smp_mb();
	if (!apic_regs) {
		wrmsr(MSR_X2APIC + APIC_ICR / 16, (u64)dest << 32 | low);
		return;
	}
	local_irq_save(flags);
	while (apic_read(APIC_ICR) & ICR_PENDING)
		cpu_relax();
	apic_write(APIC_ICR_HIGH, dest << 24);
	apic_write(APIC_ICR, low);
	local_irq_restore(flags);
}

/**
 * apic_send_vector - interrupt another CPU
 * @apic_id: its local APIC
 * @vector: VECTOR_*
 *
 * Context: any.
 */
void apic_send_vector(u32 apic_id, unsigned int vector)
{
	icr_write(apic_id, ICR_ASSERT | vector);
}

/**
 * apic_send_nmi - interrupt another CPU even if it has interrupts off
 * @apic_id: its local APIC
 *
 * Context: any.
 */
void apic_send_nmi(u32 apic_id)
{
	icr_write(apic_id, ICR_ASSERT | ICR_NMI);
}

/**
 * apic_send_init - reset another CPU; it waits for a start-up then
 * @apic_id: its local APIC
 *
 * Context: any. Intel SDM 3A, 8.4.4.
 */
void apic_send_init(u32 apic_id)
{
	icr_write(apic_id, ICR_ASSERT | ICR_INIT);
}

/**
 * apic_send_startup - let a reset CPU run, in real mode
 * @apic_id: its local APIC
 * @page: where, physical, page aligned, below 1 MiB
 *
 * Context: any.
 */
void apic_send_startup(u32 apic_id, phys_addr_t page)
{
	icr_write(apic_id, ICR_ASSERT | ICR_STARTUP | (u32)(page >> 12));
}

/* Wait, a look at the clock now and then. */
static void spin_until(u64 deadline_ns)
{
	while (arch_clock_ns() < deadline_ns)
		for (int i = 0; i < 1000; i++)
			barrier();
}

/**
 * apic_timer_calibrate - measure the timer's speed and set it up
 *
 * Context: boot, after tsc_calibrate(), interrupts off.
 */
void apic_timer_calibrate(void)
{
	u64 start, ns, count;

	tsc_deadline = cpu_has(X86_FEATURE_TSC_DEADLINE);
	if (tsc_deadline) {
		apic_write(APIC_LVT_TIMER, LVT_TSC_DEADLINE | VECTOR_TIMER);
		smp_mb();
		return;
	}
	apic_write(APIC_TIMER_DIV, TIMER_DIV_16);
	apic_write(APIC_TIMER_INIT, ~0U);
	start = arch_clock_ns();
	spin_until(start + CALIBRATION_NS);
	count = ~0U - apic_read(APIC_TIMER_COUNT);
	ns = arch_clock_ns() - start;
	apic_write(APIC_TIMER_INIT, 0);
	if (!count)
		panic("the local APIC's timer does not run");
	ns_to_count = scale_32(count, ns);
	apic_write(APIC_LVT_TIMER, VECTOR_TIMER);
	pr_info("apic: timer at %lu kHz\n", count * 1000000 / ns);
}

/**
 * apic_timer_init_secondary - set another CPU's timer up, as the boot CPU's is
 *
 * All run at one speed. Context: that CPU, interrupts off.
 */
void apic_timer_init_secondary(void)
{
	if (tsc_deadline) {
		apic_write(APIC_LVT_TIMER, LVT_TSC_DEADLINE | VECTOR_TIMER);
		smp_mb();
		return;
	}
	apic_write(APIC_TIMER_DIV, TIMER_DIV_16);
	apic_write(APIC_LVT_TIMER, VECTOR_TIMER);
}

/**
 * arch_timer_program - have one timer interrupt on this CPU
 * @delta_ns: that far from now, nanoseconds; replaces what was set before
 *
 * It may come early when the timer cannot count that far (some seconds), and
 * comes at once for 0.
 *
 * Context: any, interrupts off.
 */
void arch_timer_program(u64 delta_ns)
{
	u64 count;

	delta_ns = min(delta_ns, 3600 * NSEC_PER_SEC);
	if (tsc_deadline) {
		wrmsr(MSR_TSC_DEADLINE,
		      rdtsc() + delta_ns * (tsc_hz / 1000) / 1000000);
		return;
	}
	count = scale_mul(delta_ns, ns_to_count);
	apic_write(APIC_TIMER_INIT, (u32)clamp(count, 1UL, 0xffffffffUL));
}

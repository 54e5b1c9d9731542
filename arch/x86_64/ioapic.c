/* SPDX-License-Identifier: MIT */
/*
 * The I/O APIC: turns a device's line into a vector on a CPU. Its registers
 * are reached through a window: number into SELECT, value through WINDOW.
 *
 * All lines start masked; ioapic_route() opens one. A route is two words:
 *
 *	 63     56            16 15  14 13 12 11 10 8 7      0
 *	+---------+----------+--+---+--+---+--+--+---+--------+
 *	| APIC id |          |M |lvl|  |low|  |  | 0 | vector |
 *	+---------+----------+--+---+--+---+--+--+---+--------+
 *
 * Lock: ioapic_lock, because the window is two accesses.
 */
#include <asm/apic.h>
#include <asm/kmap.h>
#include <ikos/bug.h>
#include <ikos/err.h>
#include <ikos/kernel.h>
#include <ikos/spinlock.h>

#define IOAPIC_SELECT 0 /* offsets in 32-bit words */
#define IOAPIC_WINDOW 4

#define REG_VERSION  1
#define REG_ROUTE(n) (0x10 + 2 * (n))

#define ROUTE_ACTIVE_LOW BIT(13)
#define ROUTE_LEVEL	 BIT(15)
#define ROUTE_MASKED	 BIT(16)

struct ioapic {
	volatile u32 *regs;
	u32 gsi_base, nr_lines;
};

static struct ioapic ioapics[MAX_IOAPICS];
static unsigned int nr_ioapics;
static DEFINE_SPINLOCK(ioapic_lock);

static u32 ioapic_read(const struct ioapic *io, u32 reg)
{
	io->regs[IOAPIC_SELECT] = reg;
	return io->regs[IOAPIC_WINDOW];
}

static void ioapic_write(const struct ioapic *io, u32 reg, u32 val)
{
	io->regs[IOAPIC_SELECT] = reg;
	io->regs[IOAPIC_WINDOW] = val;
}

/* Masked while the words do not fit together. */
static void write_route(const struct ioapic *io, u32 line, u64 route)
{
	ioapic_write(io, REG_ROUTE(line), ROUTE_MASKED);
	ioapic_write(io, REG_ROUTE(line) + 1, (u32)(route >> 32));
	ioapic_write(io, REG_ROUTE(line), (u32)route);
}

static void ioapic_add(const struct ioapic_info *info)
{
	struct ioapic *io = &ioapics[nr_ioapics];

	io->regs = map_device(info->address, PAGE_SIZE);
	if (!io->regs)
		panic("the I/O APIC at 0x%lx cannot be mapped", info->address);
	io->gsi_base = info->gsi_base;
	io->nr_lines = (ioapic_read(io, REG_VERSION) >> 16 & 0xff) + 1;
	for (u32 i = 0; i < io->nr_lines; i++)
		write_route(io, i, ROUTE_MASKED);
	nr_ioapics++;
}

/**
 * ioapic_init - map the I/O APICs and mask all their lines
 * @info: where they are
 *
 * Context: boot, interrupts off.
 */
void ioapic_init(const struct madt_info *info)
{
	for (unsigned int i = 0; i < info->nr_ioapics; i++)
		ioapic_add(&info->ioapics[i]);
}

static const struct ioapic *ioapic_of(u32 gsi)
{
	for (unsigned int i = 0; i < nr_ioapics; i++)
		if (gsi >= ioapics[i].gsi_base &&
		    gsi - ioapics[i].gsi_base < ioapics[i].nr_lines)
			return &ioapics[i];
	return NULL;
}

/**
 * ioapic_route - send a line to a CPU, and open it
 * @route: the line and how it signals
 * @vector: what the CPU gets
 * @apic_id: the CPU's local APIC, below 255
 *
 * Context: any.
 * Return: 0; -ENODEV: no I/O APIC has that line.
 */
int ioapic_route(const struct isa_route *route, unsigned int vector,
		 u32 apic_id)
{
	const struct ioapic *io = ioapic_of(route->gsi);
	u64 word = vector | (u64)apic_id << 56;
	unsigned long flags;

	if (!io)
		return -ENODEV;
	if (route->level)
		word |= ROUTE_LEVEL;
	if (route->active_low)
		word |= ROUTE_ACTIVE_LOW;
	spin_lock_irqsave(&ioapic_lock, flags);
	write_route(io, route->gsi - io->gsi_base, word);
	spin_unlock_irqrestore(&ioapic_lock, flags);
	return 0;
}

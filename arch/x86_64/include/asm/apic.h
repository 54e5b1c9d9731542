/* SPDX-License-Identifier: MIT */
#ifndef ASM_APIC_H
#define ASM_APIC_H

#include <asm/percpu.h>
#include <ikos/types.h>

/*
 * Who interrupts the CPU with which vector. Higher numbers have priority in
 * groups of sixteen.
 *
 *	0x20	the 8259 PICs: masked, only spurious ones can come
 *	0x30	ISA lines 0 to 15, through the I/O APIC
 *	0xef	the local APIC's timer
 *	0xf0	another CPU wants a function run here
 *	0xf1	another CPU has made a task runnable here
 *	0xfe	the local APIC has noticed an error
 *	0xff	spurious: the interrupt went away before it was delivered
 */
#define VECTOR_PIC	  0x20
#define VECTOR_ISA	  0x30
#define VECTOR_TIMER	  0xef
#define VECTOR_CALL	  0xf0
#define VECTOR_RESCHEDULE 0xf1
#define VECTOR_ERROR	  0xfe
#define VECTOR_SPURIOUS	  0xff

#define NR_ISA_IRQS 16
#define MAX_IOAPICS 4

/* What the firmware says about interrupt controllers: madt.c. */
struct ioapic_info {
	phys_addr_t address;
	u32 gsi_base; /* number of its first line */
};

struct isa_route {
	u32 gsi;
	bool level, active_low;
};

struct madt_info {
	phys_addr_t lapic_address; /* 0: what the MSR says */
	unsigned int nr_ioapics;
	struct ioapic_info ioapics[MAX_IOAPICS];
	struct isa_route isa[NR_ISA_IRQS];
	unsigned int nr_cpus; /* usable ones; 0: it does not say */
	u32 cpu_apic_id[NR_CPUS];
};
void madt_read(struct madt_info *info);

/* 8259: pic.c */
void pic_disable(void);

/* Local APIC: apic.c */
void apic_init(const struct madt_info *info);
void apic_init_secondary(void);
void apic_timer_calibrate(void);
void apic_timer_init_secondary(void);
void apic_eoi(void);
void apic_send_vector(u32 apic_id, unsigned int vector);
void apic_send_nmi(u32 apic_id);
void apic_send_init(u32 apic_id);
void apic_send_startup(u32 apic_id, phys_addr_t page);
u32 apic_id(void);
u32 apic_take_errors(void);

/* I/O APIC: ioapic.c */
void ioapic_init(const struct madt_info *info);
int ioapic_route(const struct isa_route *route, unsigned int vector,
		 u32 apic_id);

/* irq.c */
void irq_init(void);
const struct madt_info *irq_madt(void);

/* smpboot.c */
extern u32 cpu_apic_ids[NR_CPUS];
void smp_reserve_trampoline(void);

/* tsc.c */
void tsc_calibrate(void);
bool tsc_sync_boot(void);
bool tsc_sync_secondary(void);
void tsc_wait_us(unsigned int us);
extern u64 tsc_hz;

/* n / d, for n below 2^32, as a scale: scale_mul(x, scale) is x * n / d. */
static inline u64 scale_32(u64 n, u64 d)
{
	return (n << 32) / d;
}

static inline u64 scale_mul(u64 x, u64 scale)
{
	return (u64)((unsigned __int128)x * scale >> 32);
}

#endif

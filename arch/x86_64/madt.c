/* SPDX-License-Identifier: MIT */
/*
 * Which CPUs and interrupt controllers there are and how ISA lines reach them: ACPI's
 * Multiple APIC Description Table, found through RSDP and RSDT or XSDT (ACPI
 * specification 6.4, 5.2.5 to 5.2.12).
 *
 * Firmware is input like any other: lengths and checksums are checked, and
 * what does not fit is left out. Without a usable table it is the PC that
 * everybody builds: one I/O APIC at 0xfec00000, the PIT on its line 2.
 */
#include <asm/apic.h>
#include <asm/kmap.h>
#include <ikos/boot.h>
#include <ikos/kernel.h>
#include <ikos/printk.h>
#include <ikos/string.h>

#define DEFAULT_IOAPIC 0xfec00000UL
#define TABLE_MAX      MiB(1)

struct acpi_rsdp {
	char signature[8]; /* "RSD PTR " */
	u8 checksum;
	char oem_id[6];
	u8 revision; /* 2 and later: the rest is there */
	u32 rsdt;
	u32 length;
	u64 xsdt;
	u8 ext_checksum;
	u8 reserved[3];
} __packed;

struct acpi_header {
	char signature[4];
	u32 length;
	u8 revision, checksum;
	char oem[26];
} __packed;
_Static_assert(sizeof(struct acpi_header) == 36, "ACPI table header");

struct acpi_madt {
	struct acpi_header header;
	u32 lapic;
	u32 flags;
} __packed;

enum madt_type {
	MADT_LAPIC = 0,
	MADT_IOAPIC = 1,
	MADT_OVERRIDE = 2,
	MADT_LAPIC_ADDRESS = 5,
	MADT_X2APIC = 9,
};

#define LAPIC_ENABLED 1

struct madt_entry {
	u8 type, length;
	union {
		struct {
			u8 uid, id;
			u32 flags;
		} __packed cpu;
		struct {
			u16 reserved;
			u32 id;
			u32 flags;
			u32 uid;
		} __packed x2cpu;
		struct {
			u8 id, reserved;
			u32 address;
			u32 gsi_base;
		} __packed ioapic;
		struct {
			u8 bus, source;
			u32 gsi;
			u16 flags;
		} __packed override;
		struct {
			u16 reserved;
			u64 address;
		} __packed lapic;
	};
} __packed;

/* Override flags: ACPI 6.4, table 5.26. */
#define POLARITY_MASK 0x3
#define POLARITY_LOW  0x3
#define TRIGGER_MASK  0xc
#define TRIGGER_LEVEL 0xc

/* Tables may lie in RAM or in memory that the direct map leaves out. */
static const void *phys_map(phys_addr_t pa, size_t size)
{
	unsigned long va = (unsigned long)__va(pa);

	if (!pa || pa + size < pa)
		return NULL;
	if (kernel_mapped(va) && kernel_mapped(va + size - 1))
		return (const void *)va;
	return map_device(pa, size);
}

static bool checksum_ok(const void *p, size_t size)
{
	const u8 *bytes = p;
	u8 sum = 0;

	for (size_t i = 0; i < size; i++)
		sum += bytes[i];
	return sum == 0;
}

/* The whole table at @pa if it is a sound one called @signature. */
static const struct acpi_header *map_table(phys_addr_t pa,
					   const char *signature)
{
	const struct acpi_header *h = phys_map(pa, sizeof(*h));
	u32 length;

	if (!h || memcmp(h->signature, signature, 4))
		return NULL;
	length = h->length;
	if (length < sizeof(*h) || length > TABLE_MAX)
		return NULL;
	h = phys_map(pa, length);
	return h && checksum_ok(h, length) ? h : NULL;
}

/* Search the list of tables whose addresses have @width bytes each. */
static const struct acpi_header *
search_list(const struct acpi_header *list, size_t width, const char *signature)
{
	const u8 *entry = (const u8 *)(list + 1);
	const u8 *end = (const u8 *)list + list->length;
	const struct acpi_header *table = NULL;

	for (; !table && (size_t)(end - entry) >= width; entry += width) {
		u64 pa = 0;

		memcpy(&pa, entry, width);
		table = map_table(pa, signature);
	}
	return table;
}

static const struct acpi_header *find_table(const char *signature)
{
	const struct acpi_rsdp *rsdp =
		phys_map(boot_info.acpi_rsdp, sizeof(*rsdp));
	const struct acpi_header *list;

	if (!rsdp || memcmp(rsdp->signature, "RSD PTR ", 8) ||
	    !checksum_ok(rsdp, 20))
		return NULL;
	if (rsdp->revision >= 2) {
		list = map_table(rsdp->xsdt, "XSDT");
		if (list)
			return search_list(list, 8, signature);
	}
	list = map_table(rsdp->rsdt, "RSDT");
	return list ? search_list(list, 4, signature) : NULL;
}

/* A CPU that can be used; firmware may list one in both formats. */
static void add_cpu(struct madt_info *info, u32 id, u32 flags)
{
	if (!(flags & LAPIC_ENABLED) || info->nr_cpus == NR_CPUS)
		return;
	for (unsigned int i = 0; i < info->nr_cpus; i++)
		if (info->cpu_apic_id[i] == id)
			return;
	info->cpu_apic_id[info->nr_cpus++] = id;
}

static void parse_entry(struct madt_info *info, const struct madt_entry *e)
{
	struct isa_route *route;

	if (e->type == MADT_LAPIC && e->length >= 8) {
		add_cpu(info, e->cpu.id, e->cpu.flags);
	} else if (e->type == MADT_X2APIC && e->length >= 16) {
		add_cpu(info, e->x2cpu.id, e->x2cpu.flags);
	} else if (e->type == MADT_IOAPIC && e->length >= 12 &&
		   info->nr_ioapics < MAX_IOAPICS) {
		info->ioapics[info->nr_ioapics++] =
			(struct ioapic_info){ e->ioapic.address,
					      e->ioapic.gsi_base };
	} else if (e->type == MADT_OVERRIDE && e->length >= 10 &&
		   e->override.source < NR_ISA_IRQS) {
		route = &info->isa[e->override.source];
		route->gsi = e->override.gsi;
		route->active_low =
			(e->override.flags & POLARITY_MASK) == POLARITY_LOW;
		route->level =
			(e->override.flags & TRIGGER_MASK) == TRIGGER_LEVEL;
	} else if (e->type == MADT_LAPIC_ADDRESS && e->length >= 12) {
		info->lapic_address = e->lapic.address;
	}
}

static void parse_madt(struct madt_info *info, const struct acpi_madt *madt)
{
	const u8 *p = (const u8 *)(madt + 1);
	const u8 *end = (const u8 *)madt + madt->header.length;

	info->lapic_address = madt->lapic;
	while (end - p >= 2 && p[1] >= 2 && p[1] <= end - p) {
		parse_entry(info, (const struct madt_entry *)p);
		p += p[1];
	}
}

/**
 * madt_read - find the interrupt controllers
 * @info: gets what the firmware says, completed by the usual
 *
 * Context: boot, after page_alloc_init().
 */
void madt_read(struct madt_info *info)
{
	const struct acpi_header *madt = find_table("APIC");

	memset(info, 0, sizeof(*info));
	for (u32 i = 0; i < NR_ISA_IRQS; i++)
		info->isa[i].gsi = i;
	if (madt && madt->length >= sizeof(struct acpi_madt))
		parse_madt(info, (const struct acpi_madt *)madt);
	if (info->nr_ioapics)
		return;
	pr_info("irq: no MADT, taking the I/O APIC's usual place\n");
	info->nr_ioapics = 1;
	info->ioapics[0].address = DEFAULT_IOAPIC;
	info->isa[0].gsi = 2;
}

/* SPDX-License-Identifier: MIT */
/*
 * Segments and the task state segment. In 64-bit mode a segment is little more
 * than a privilege level; what counts in the TSS is the stack for entries
 * from user mode and the stacks of the IST.
 *
 * At the top of each IST stack lies a word that the CPU does not touch: the
 * per-CPU offset of the CPU that owns the stack. Entry code that cannot trust
 * GS finds its per-CPU data through it.
 *
 *	top - 8		padding, keeps the stack aligned to 16
 *	top - 16	per-CPU offset		<- the IST pointer: the CPU
 *	below		pushed by the CPU	   pushes downwards from here
 */
#include <asm/desc.h>
#include <asm/msr.h>
#include <ikos/kernel.h>
#include <ikos/string.h>

DEFINE_PER_CPU(struct tss, cpu_tss) = {
	/* No I/O permission bitmap: beyond the segment's limit. */
	.io_bitmap_base = sizeof(struct tss),
};

static DEFINE_PER_CPU(u64, cpu_gdt)[GDT_ENTRIES] = {
	[__KERNEL32_CS / 8] = 0x00cf9b000000ffff,
	[__KERNEL_CS / 8] = 0x00af9b000000ffff,
	[__KERNEL_DS / 8] = 0x00cf93000000ffff,
	[__USER32_CS / 8] = 0x00cffb000000ffff,
	[__USER_DS / 8] = 0x00cff3000000ffff,
	[__USER_CS / 8] = 0x00affb000000ffff,
};

/* A system descriptor of 16 bytes: SDM 3A, figure 8-4. */
static void set_tss_desc(u64 *desc, const struct tss *tss)
{
	u64 base = (u64)tss, limit = sizeof(*tss) - 1;

	desc[0] = limit | (base & 0xffffff) << 16 | 0x89UL << 40 |
		  (base >> 24 & 0xff) << 56;
	desc[1] = base >> 32;
}

static void set_ist(struct tss *tss, unsigned int index, char *top,
		    unsigned long percpu_offset)
{
	unsigned long *slot = (unsigned long *)(top - 16);

	*slot = percpu_offset;
	tss->ist[index - 1] = (u64)slot;
}

static void load_gdt(const u64 *gdt, size_t size)
{
	struct desc_ptr ptr = { (u16)(size - 1), (u64)gdt };

	__asm__ __volatile__("lgdt %0" : : "m"(ptr));
}

/* Far return: the only way to load CS with a 64-bit target. */
static void load_segments(void)
{
	unsigned long scratch;

	__asm__ __volatile__("pushq %[cs]\n\t"
			     "leaq 1f(%%rip), %[tmp]\n\t"
			     "pushq %[tmp]\n\t"
			     "lretq\n"
			     "1:"
			     : [tmp] "=&r"(scratch)
			     : [cs] "i"(__KERNEL_CS)
			     : "memory");
	__asm__ __volatile__("mov %0, %%ds; mov %0, %%es; mov %0, %%ss"
			     :
			     : "r"(__KERNEL_DS));
	__asm__ __volatile__("mov %0, %%fs; mov %0, %%gs" : : "r"(0));
	__asm__ __volatile__("ltr %0" : : "r"((u16)GDT_TSS_SEL));
}

/**
 * gdt_init_cpu - descriptor tables and per-CPU base of the CPU that runs this
 * @cpu: its number; __per_cpu_offset[cpu] is set
 * @ist_stacks: IST_MAX stacks of IST_STACK_SIZE bytes, for good
 *
 * Context: once per CPU, interrupts off.
 */
void gdt_init_cpu(unsigned int cpu, void *ist_stacks)
{
	unsigned long offset = __per_cpu_offset[cpu];
	struct tss *tss = per_cpu_ptr(&cpu_tss, cpu);
	u64 *gdt = per_cpu_ptr(&cpu_gdt[0], cpu);

	for (unsigned int i = 1; i <= IST_MAX; i++)
		set_ist(tss, i, (char *)ist_stacks + i * IST_STACK_SIZE,
			offset);
	set_tss_desc(&gdt[GDT_TSS_SEL / 8], tss);
	load_gdt(gdt, sizeof(cpu_gdt));
	load_segments();
	/* Loading a selector into GS has cleared its base. */
	wrmsr(MSR_GS_BASE, offset);
	wrmsr(MSR_KERNEL_GS_BASE, 0);
	this_cpu_write(this_cpu_off, offset);
	this_cpu_write(cpu_number, cpu);
}

/* SPDX-License-Identifier: MIT */
/*
 * Which address space a CPU has loaded, and forgetting cached translations.
 *
 * mm->cpu_bitmap names the CPUs that have the address space loaded: a bit is
 * set before CR3 is loaded and cleared after the next load, so a CPU that is
 * not in it caches nothing of the mm. Only those in it are interrupted.
 *
 * Lazy CPUs: an idle task or kernel thread goes on with the tables of whoever
 * ran before it, since most often that one comes back. It never looks at user
 * addresses, but the CPU may walk the tables on its own, so it has to be told,
 * too. Once: it answers by loading the kernel's own tables and is out of the
 * bitmap, until a task of the mm runs there again.
 *
 *	CPU 0		CPU 1		cpu_bitmap
 *	A runs		A's thread runs	11
 *	munmap: IPI ->	flushes		11
 *			idle		11
 *	munmap: IPI ->	leaves the mm	01
 *	munmap				01	nobody is interrupted
 *
 * INVLPG also drops the paging-structure caches, so a page table that has been
 * unhooked is not walked any more after any of these (Intel SDM 3A, 4.10.4.1).
 */
#include <asm/control_regs.h>
#include <asm/irqflags.h>
#include <asm/kmap.h>
#include <asm/percpu.h>
#include <asm/tlbflush.h>
#include <ikos/bug.h>
#include <ikos/mm.h>
#include <ikos/sched.h>
#include <ikos/smp.h>

/* From here on, loading CR3 costs less than flushing page by page. */
#define FLUSH_SINGLE_MAX 33

struct flush_request {
	struct mm_struct *mm; /* NULL: the kernel's half */
	unsigned long start, end; /* bytes; end == 0: everything */
};

/* What is in CR3; NULL: the kernel's own tables. */
static DEFINE_PER_CPU(struct mm_struct *, loaded_mm);

static inline void invlpg(unsigned long addr)
{
	__asm__ __volatile__("invlpg (%0)" : : "r"(addr) : "memory");
}

/* Toggling CR4.PGE drops the global translations too. */
static void flush_local_all(void)
{
	unsigned long flags, cr4;

	local_irq_save(flags);
	cr4 = read_cr4();
	write_cr4(cr4 & ~(unsigned long)X86_CR4_PGE);
	write_cr4(cr4);
	local_irq_restore(flags);
}

static void flush_local(const struct flush_request *req)
{
	unsigned long pages = (req->end - req->start) >> PAGE_SHIFT;

	if (req->end && pages <= FLUSH_SINGLE_MAX) {
		for (unsigned long a = req->start; a < req->end; a += PAGE_SIZE)
			invlpg(a);
	} else if (req->mm) {
		write_cr3(read_cr3());
	} else {
		flush_local_all();
	}
}

/**
 * switch_mm_irqs_off - load another address space
 * @prev: the one that the task before had
 * @next: the one wanted; NULL: the kernel's own tables
 *
 * This CPU's bit in cpu_bitmap is set before the load and cleared after it:
 * at no time does the CPU use tables of an mm that a shoot-down would skip.
 * What is loaded may be neither: see lazy CPUs above.
 *
 * Context: interrupts off.
 */
void switch_mm_irqs_off(struct mm_struct *prev, struct mm_struct *next)
{
	struct mm_struct *loaded = this_cpu_read(loaded_mm);
	unsigned long cpu;

	if (loaded == next)
		return;
	cpu = BIT(smp_processor_id());
	if (next)
		__atomic_fetch_or(&next->cpu_bitmap, cpu, __ATOMIC_SEQ_CST);
	write_cr3(next ? __pa(next->pgd) : __pa_symbol(swapper_pg_dir));
	this_cpu_write(loaded_mm, next);
	if (loaded)
		__atomic_fetch_and(&loaded->cpu_bitmap, ~cpu, __ATOMIC_SEQ_CST);
}

/**
 * switch_mm - switch_mm_irqs_off(), with interrupts held off inside
 *
 * Context: any.
 */
void switch_mm(struct mm_struct *prev, struct mm_struct *next)
{
	unsigned long flags;

	local_irq_save(flags);
	switch_mm_irqs_off(prev, next);
	local_irq_restore(flags);
}

/* On a CPU that has been interrupted for it. */
static void flush_requested(void *info)
{
	const struct flush_request *req = info;

	if (req->mm && this_cpu_read(loaded_mm) != req->mm)
		return; /* left in the meantime */
	if (req->mm && !current->mm)
		switch_mm_irqs_off(req->mm, NULL);
	else
		flush_local(req);
}

static void flush_on_cpus(unsigned long cpus, struct flush_request *req)
{
	unsigned long self = BIT(smp_processor_id());

	VM_BUG_ON(cpus & ~online_cpus());
	if (cpus & self)
		flush_local(req);
	if (unlikely(cpus & ~self))
		smp_call_function_mask(cpus & ~self, flush_requested, req);
}

static void flush_mm_request(struct flush_request *req)
{
	/* The caller's stores to the page tables come before the bitmap is
	 * read: a CPU that is not seen there loads CR3 afterwards. */
	smp_mb();
	flush_on_cpus(READ_ONCE(req->mm->cpu_bitmap), req);
}

/**
 * flush_tlb_page - forget one page of an address space
 * @mm: the address space
 * @addr: any address in the page
 *
 * Context: any; see <asm/tlbflush.h>. On return no CPU uses the old entry.
 */
void flush_tlb_page(struct mm_struct *mm, unsigned long addr)
{
	addr &= PAGE_MASK;
	flush_mm_request(&(struct flush_request){
		.mm = mm, .start = addr, .end = addr + PAGE_SIZE });
}

/**
 * flush_tlb_range - forget a range of an address space
 * @mm: the address space
 * @start: first byte
 * @end: one past the last byte
 *
 * Context: any; see <asm/tlbflush.h>.
 */
void flush_tlb_range(struct mm_struct *mm, unsigned long start,
		     unsigned long end)
{
	if (start >= end)
		return;
	flush_mm_request(&(struct flush_request){
		.mm = mm, .start = start & PAGE_MASK, .end = PAGE_ALIGN(end) });
}

/**
 * flush_tlb_mm - forget all of an address space
 * @mm: the address space
 *
 * Context: any; see <asm/tlbflush.h>.
 */
void flush_tlb_mm(struct mm_struct *mm)
{
	flush_mm_request(&(struct flush_request){ .mm = mm });
}

/**
 * flush_tlb_kernel_range - forget a range of the kernel's half
 * @start: first byte
 * @end: one past the last byte
 *
 * Context: any; see <asm/tlbflush.h>.
 */
void flush_tlb_kernel_range(unsigned long start, unsigned long end)
{
	struct flush_request req = { .start = start & PAGE_MASK,
				     .end = PAGE_ALIGN(end) };

	if (start < end)
		flush_on_cpus(BIT(nr_cpus_online) - 1, &req);
}

/**
 * flush_tlb_local - forget everything on this CPU alone
 *
 * Context: any.
 */
void flush_tlb_local(void)
{
	flush_local_all();
}

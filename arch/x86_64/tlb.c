/* SPDX-License-Identifier: MIT */
/*
 * Forgetting cached translations.
 *
 * mm->cpu_bitmap names the CPUs that have the address space loaded: a bit is
 * set before CR3 is loaded and cleared after the next load, so a CPU that is
 * not in it caches nothing of the mm. Everything goes through flush_on_cpus(),
 * which is where an interrupt to other CPUs belongs once they run.
 *
 * INVLPG also drops the paging-structure caches, so a page table that has been
 * unhooked is not walked any more after any of these (Intel SDM 3A, 4.10.4.1).
 */
#include <asm/control_regs.h>
#include <asm/irqflags.h>
#include <asm/percpu.h>
#include <asm/tlbflush.h>
#include <ikos/bug.h>
#include <ikos/mm.h>

/* From here on, loading CR3 costs less than flushing page by page. */
#define FLUSH_SINGLE_MAX 33

struct flush_request {
	struct mm_struct *mm; /* NULL: the kernel's half */
	unsigned long start, end; /* bytes; end == 0: everything */
};

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

static void flush_on_cpus(unsigned long cpus, const struct flush_request *req)
{
	unsigned long self = BIT(smp_processor_id());

	VM_BUG_ON(cpus & ~(BIT(nr_cpus_online) - 1));
	if (cpus & self)
		flush_local(req);
}

static void flush_mm_request(const struct flush_request *req)
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

/* SPDX-License-Identifier: MIT */
/*
 * The vdso in the kernel: its pages, the data it reads, and where exec puts
 * both. The code itself is in vdso/.
 *
 *	addr			addr + 16 KiB
 *	[vvar]  r--p  4 pages	[vdso]  r-xp  2 pages
 *	data, -, -, -		the ELF file, AT_SYSINFO_EHDR points to it
 *
 * The code finds the data by their distance, so the two are always neighbours.
 * All programs share the pages. What they see of the clock changes with
 * update_vsyscall(), which timekeeping.c calls.
 *
 * Where: Linux's rule. A random page between the stack and the end of the
 * 2 MiB that it ends in, so that no page table is needed only for this; when
 * that is not free, where mmap(2) would go.
 *
 *	stack ends at 0x7ffc_1234_5000:  somewhere up to 0x7ffc_1240_0000
 *	stack ends at TASK_SIZE:	 no room, so below mmap_base
 *
 * vdso=0 on the command line leaves all of it out.
 */
#include <asm/page.h>
#include <asm/vdso.h>
#include <asm/vdso_data.h>
#include <ikos/atomic.h>
#include <ikos/boot.h>
#include <ikos/err.h>
#include <ikos/kernel.h>
#include <ikos/mm.h>
#include <ikos/random.h>
#include <ikos/spinlock.h>
#include <ikos/string.h>
#include <ikos/time.h>

#define VDSO_PAGES 2
#define VVAR_SIZE  (VVAR_PAGES * PAGE_SIZE)
#define VDSO_SIZE  (VDSO_PAGES * PAGE_SIZE)

extern const char vdso_image_start[], vdso_image_end[];

static DEFINE_SPINLOCK(vvar_lock);
static struct page *vvar_page; /* NULL: no vdso */
static struct page *vdso_pages[VDSO_PAGES + 1];

static vm_fault_t vvar_fault(const struct vm_special_mapping *spec,
			     struct vm_fault *vmf)
{
	/* The other pages are for clocks of hypervisors. */
	if (vmf->pgoff)
		return VM_FAULT_SIGBUS;
	return vmf_insert_pfn(vmf, page_to_pfn(vvar_page));
}

static const struct vm_special_mapping vvar_mapping = {
	.name = "[vvar]",
	.fault = vvar_fault,
};

static const struct vm_special_mapping vdso_mapping = {
	.name = "[vdso]",
	.pages = vdso_pages,
};

static struct page *new_page(void)
{
	struct page *page = alloc_page(GFP_KERNEL | __GFP_ZERO);

	if (!page)
		panic("there is no memory for the vdso");
	page->mapping = NULL; /* no object's, and never truncated */
	page->index = 0;
	return page;
}

static void copy_image(void)
{
	size_t left = (size_t)(vdso_image_end - vdso_image_start);

	if (left > VDSO_SIZE)
		panic("the vdso has %lu bytes and does not fit", left);
	for (unsigned int i = 0; i < VDSO_PAGES; i++) {
		size_t n = min(left, PAGE_SIZE);

		vdso_pages[i] = new_page();
		memcpy(page_address(vdso_pages[i]),
		       vdso_image_start + i * PAGE_SIZE, n);
		left -= n;
	}
}

/**
 * vdso_init - make the vdso's pages
 *
 * Context: boot, after the page allocator and tsc_calibrate(); before the
 * wall clock is set.
 */
void vdso_init(void)
{
	struct vdso_data *data;
	char choice[4];

	if (cmdline_get("vdso", choice, sizeof(choice)) && !strcmp(choice, "0"))
		return;
	copy_image();
	vvar_page = new_page();
	data = page_address(vvar_page);
	tsc_clock_params(&data->tsc_start, &data->scale);
	data->usable = data->scale != 0;
}

/**
 * update_vsyscall - tell the programs of a new time of day
 * @wall_offset: ns from boot to 1970
 *
 * Context: any.
 */
void update_vsyscall(u64 wall_offset)
{
	struct vdso_data *data;
	unsigned long flags;

	if (!vvar_page)
		return;
	data = page_address(vvar_page);
	spin_lock_irqsave(&vvar_lock, flags);
	smp_store_release(&data->seq, data->seq + 1);
	smp_mb();
	WRITE_ONCE(data->wall_offset, wall_offset);
	smp_store_release(&data->seq, data->seq + 1);
	spin_unlock_irqrestore(&vvar_lock, flags);
}

/* Where the two areas are wanted: behind the stack, whose strings begin at
 * @stack. */
static unsigned long vdso_hint(unsigned long stack)
{
	unsigned long len = VVAR_SIZE + VDSO_SIZE;
	unsigned long start = PAGE_ALIGN(stack);
	unsigned long end = ALIGN(start + len, PMD_SIZE);

	end = min(end, TASK_SIZE) - len;
	if (end <= start)
		return start;
	return start + (get_random_u64() % (((end - start) >> PAGE_SHIFT) + 1)
			<< PAGE_SHIFT);
}

/**
 * arch_setup_additional_pages - exec: map the vdso
 * @mm: the new address space, the program and its stack in it
 * @stack: where the strings on the stack begin
 *
 * Context: may sleep; nobody runs in @mm yet.
 * Return: where the vdso's ELF header is; 0: there is no vdso; -ENOMEM.
 */
unsigned long arch_setup_additional_pages(struct mm_struct *mm,
					  unsigned long stack)
{
	unsigned long addr;
	int err;

	if (!vvar_page)
		return 0;
	addr = vm_unmapped_area(mm, vdso_hint(stack), VVAR_SIZE + VDSO_SIZE);
	if (IS_ERR_VALUE(addr))
		return addr;
	err = install_special_mapping(mm, addr + VVAR_SIZE, VDSO_SIZE,
				      VM_READ | VM_EXEC | VM_MAYREAD |
					      VM_MAYWRITE | VM_MAYEXEC,
				      &vdso_mapping);
	if (!err)
		err = install_special_mapping(mm, addr, VVAR_SIZE,
					      VM_READ | VM_MAYREAD | VM_IO |
						      VM_DONTDUMP | VM_PFNMAP,
					      &vvar_mapping);
	return err ? (unsigned long)err : addr + VVAR_SIZE;
}

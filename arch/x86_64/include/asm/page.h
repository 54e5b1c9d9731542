/* SPDX-License-Identifier: MIT */
#ifndef ASM_PAGE_H
#define ASM_PAGE_H

#include <ikos/types.h>

/*
 * Address space of x86-64 with 4-level paging (48 bits, sign-extended):
 *
 *	0000000000000000 .. 00007ffffffff000	user space (the last page is
 *						left out: TASK_SIZE)
 *	ffff888000000000 .. ffffc87fffffffff	direct map of all RAM, NX
 *	ffffc90000000000 .. ffffe8ffffffffff	mapped one by one: kernel stacks,
 *						device registers
 *	ffffffff80000000 .. ffffffffffffffff	the kernel's image
 *
 * The places are Linux's, so that its documentation helps.
 */
#define PAGE_SHIFT 12
#define PAGE_SIZE  (1UL << PAGE_SHIFT)
#define PAGE_MASK  (~(PAGE_SIZE - 1))

#define TASK_SIZE	0x00007ffffffff000UL
#define PAGE_OFFSET	0xffff888000000000UL
#define VMALLOC_START	0xffffc90000000000UL
#define VMALLOC_END	0xffffe90000000000UL
#define KERNEL_MAP_BASE 0xffffffff80000000UL

#define PAGE_ALIGN(addr)      (((addr) + PAGE_SIZE - 1) & PAGE_MASK)
#define PAGE_ALIGN_DOWN(addr) ((addr)&PAGE_MASK)
#define offset_in_page(p)     ((unsigned long)(p) & ~PAGE_MASK)
#define PFN_UP(x)	      (((x) + PAGE_SIZE - 1) >> PAGE_SHIFT)
#define PFN_DOWN(x)	      ((x) >> PAGE_SHIFT)
#define PFN_PHYS(pfn)	      ((phys_addr_t)(pfn) << PAGE_SHIFT)

/* Direct map only; for addresses in the kernel's image use __pa_symbol(). */
#define __va(pa)	((void *)((unsigned long)(pa) + PAGE_OFFSET))
#define __pa(va)	((phys_addr_t)((unsigned long)(va)-PAGE_OFFSET))
#define __pa_symbol(va) ((phys_addr_t)((unsigned long)(va)-KERNEL_MAP_BASE))

static inline void clear_page(void *page)
{
	unsigned long n = PAGE_SIZE / 8;

	__asm__ __volatile__("rep stosq"
			     : "+D"(page), "+c"(n)
			     : "a"(0UL)
			     : "memory");
}

static inline void copy_page(void *to, const void *from)
{
	unsigned long n = PAGE_SIZE / 8;

	__asm__ __volatile__("rep movsq"
			     : "+D"(to), "+S"(from), "+c"(n)
			     :
			     : "memory");
}

#endif

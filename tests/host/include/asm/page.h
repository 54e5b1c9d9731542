/* SPDX-License-Identifier: MIT */
#ifndef SIM_ASM_PAGE_H
#define SIM_ASM_PAGE_H

/*
 * The machine's page.h, except that the direct map lies wherever the
 * simulated physical memory was put, and that pages are cleared and copied by
 * functions the sanitizers can see into.
 */
#define clear_page machine_clear_page
#define copy_page  machine_copy_page
#include_next <asm/page.h>
#undef clear_page
#undef copy_page

#include <ikos/string.h>

extern unsigned long sim_phys_base;

#undef PAGE_OFFSET
#define PAGE_OFFSET sim_phys_base

static inline void clear_page(void *page)
{
	memset(page, 0, PAGE_SIZE);
}

static inline void copy_page(void *to, const void *from)
{
	memcpy(to, from, PAGE_SIZE);
}

#endif

/* SPDX-License-Identifier: MIT */
#ifndef TESTS_KERNEL_TEST_MM_H
#define TESTS_KERNEL_TEST_MM_H

#include <ikos/ktest.h>
#include <ikos/mm.h>
#include <ikos/string.h>

/*
 * Address spaces for tests in the booted kernel. No task runs in them: pages
 * are touched by access_remote_vm(), which faults as a program does.
 */
#define BASE	 0x10000000UL
#define AT(page) (BASE + ((unsigned long)(page) << PAGE_SHIFT))
#define RW	 (PROT_READ | PROT_WRITE)
#define ANON	 (MAP_PRIVATE | MAP_ANONYMOUS)

static inline struct mm_struct *new_mm(void)
{
	struct mm_struct *mm = mm_alloc();

	if (mm)
		mm_layout(mm, MiB(8), 0, false);
	return mm;
}

static inline long map(struct mm_struct *mm, int page, int n,
		       unsigned long prot, unsigned long flags)
{
	struct mmap_request req = { .addr = AT(page),
				    .len = (unsigned long)n << PAGE_SHIFT,
				    .prot = prot,
				    .flags = flags | MAP_FIXED };

	return (long)vm_mmap(mm, &req);
}

static inline bool store(struct mm_struct *mm, unsigned long addr, u8 byte)
{
	return access_remote_vm(mm, addr, &byte, 1, FAULT_FLAG_WRITE) == 1;
}

/* The byte, or -1. */
static inline int load(struct mm_struct *mm, unsigned long addr)
{
	u8 byte;

	return access_remote_vm(mm, addr, &byte, 1, 0) == 1 ? byte : -1;
}

/* The number of the first broken invariant. */
static inline int verdict(struct mm_struct *mm)
{
	int ret;

	mmap_write_lock(mm);
	ret = validate_mm(mm, false);
	mmap_write_unlock(mm);
	return ret;
}

#endif

/* SPDX-License-Identifier: MIT */
#ifndef TESTS_HOST_MMTEST_H
#define TESTS_HOST_MMTEST_H

#include "sim.h"

#include "../../mm/internal.h"

/*
 * What the tests of the virtual side share: an address space to play in, one-
 * line requests, and the layout as text, to be compared with a literal.
 *
 *	map(mm, 2, 3, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS);
 *	EXPECT_LAYOUT(mm, "2-5 r--p");
 *
 * Places are page numbers counted from BASE.
 */
#ifndef BASE
#define BASE 0x10000000UL
#endif
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

/* All invariants hold, and no CPU remembers more than the tables grant. */
static inline void check_mm(struct mm_struct *mm)
{
	mmap_write_lock(mm);
	validate_mm(mm, true);
	mmap_write_unlock(mm);
	sim_tlb_check(mm);
}

static inline unsigned long map_file(struct mm_struct *mm, int page, int n,
				     unsigned long prot, unsigned long flags,
				     struct file *file, unsigned long pgoff)
{
	struct mmap_request req = { .addr = AT(page),
				    .len = (unsigned long)n << PAGE_SHIFT,
				    .prot = prot,
				    .flags = flags | MAP_FIXED,
				    .file = file,
				    .pgoff = pgoff };

	return vm_mmap(mm, &req);
}

static inline unsigned long map(struct mm_struct *mm, int page, int n,
				unsigned long prot, unsigned long flags)
{
	return map_file(mm, page, n, prot, flags, NULL, 0);
}

static inline int unmap(struct mm_struct *mm, int page, int n)
{
	return vm_munmap(mm, AT(page), (size_t)n << PAGE_SHIFT);
}

static inline int protect(struct mm_struct *mm, int page, int n,
			  unsigned long prot)
{
	return do_mprotect(mm, AT(page), (size_t)n << PAGE_SHIFT, prot);
}

/* "2-5 rw-p, 7-8 r--s", of what lies between BASE and BASE + 1 GiB. */
static inline const char *layout(struct mm_struct *mm)
{
	static char text[4096];
	struct vm_area_struct *vma = find_vma(mm, BASE);
	size_t n = 0;

	text[0] = '\0';
	for (; vma && vma->vm_start < BASE + GiB(1); vma = vma->vm_next) {
		vm_flags_t f = vma->vm_flags;

		n += (size_t)snprintf(
			text + n, sizeof(text) - n, "%s%ld-%ld %c%c%c%c",
			n ? ", " : "",
			(long)(vma->vm_start - BASE) >> PAGE_SHIFT,
			(long)(vma->vm_end - BASE) >> PAGE_SHIFT,
			f & VM_READ ? 'r' : '-', f & VM_WRITE ? 'w' : '-',
			f & VM_EXEC ? 'x' : '-', f & VM_MAYSHARE ? 's' : 'p');
	}
	return text;
}

#define EXPECT_LAYOUT(mm, want)                                                \
	do {                                                                   \
		const char *_got = layout(mm);                                 \
		if (strcmp(_got, want))                                        \
			sim_fail(__FILE__, __LINE__,                           \
				 "layout: expected \"%s\", got \"%s\"", want,  \
				 _got);                                        \
		check_mm(mm);                                                  \
	} while (0)

#endif

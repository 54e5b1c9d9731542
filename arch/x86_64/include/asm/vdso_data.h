/* SPDX-License-Identifier: MIT */
#ifndef ASM_VDSO_DATA_H
#define ASM_VDSO_DATA_H

#include <ikos/types.h>

/*
 * What the kernel tells the vdso: the first page of [vvar]. The kernel makes
 * @seq odd, writes, and makes it even; who reads starts again when it was odd
 * or has changed.
 *
 *	ns since boot	(tsc - tsc_start) * scale >> 32
 *	ns since 1970	that + wall_offset
 */
struct vdso_data {
	u32 seq;
	u32 usable; /* 0: ask the kernel */
	u64 tsc_start;
	u64 scale;
	u64 wall_offset;
};

/* Pages of [vvar], as many as Linux has there; only the first has contents. */
#define VVAR_PAGES 4

#endif

/* SPDX-License-Identifier: MIT */
#ifndef ARCH_X86_64_FPU_AREA_H
#define ARCH_X86_64_FPU_AREA_H

#include <ikos/types.h>

/* The area of fpu.c, for those who look into it. */

#define XFEATURE_FP    1UL
#define XFEATURE_SSE   2UL
#define XFEATURE_YMM   4UL
#define XFEATURE_FPSSE (XFEATURE_FP | XFEATURE_SSE)

#define FXSAVE_SIZE	 512
#define XSAVE_HEADER_END 576
#define FPU_AREA_MAX	 1024

/* Linux's struct _fpx_sw_bytes: how a signal frame describes its area. */
struct fpx_sw_bytes {
	u32 magic1;
	u32 extended_size; /* with MAGIC2 behind the area */
	u64 xfeatures; /* those that the area has room for */
	u32 xstate_size;
	u32 padding[7];
};
_Static_assert(sizeof(struct fpx_sw_bytes) == 48, "struct _fpx_sw_bytes");

/* The first 576 bytes of an area: Intel SDM volume 1, 10.5.1 and 13.4. */
struct xsave_area {
	u16 fcw, fsw, ftw, fop;
	u64 rip, rdp;
	u32 mxcsr, mxcsr_mask;
	u8 st[128]; /* 8 x87 registers */
	u8 xmm[256]; /* 16 SSE registers */
	u8 padding[48];
	struct fpx_sw_bytes sw;
	u64 xstate_bv, xcomp_bv;
	u64 reserved[6];
};
_Static_assert(offsetof(struct xsave_area, st) == 32, "FXSAVE area");
_Static_assert(offsetof(struct xsave_area, sw) == 464, "FXSAVE area");
_Static_assert(sizeof(struct xsave_area) == XSAVE_HEADER_END, "XSAVE area");

extern unsigned int fpu_size; /* bytes of an area in use */
extern u64 fpu_xfeatures; /* XCR0; 0: no XSAVE */
extern u32 fpu_mxcsr_mask; /* bits of MXCSR that may be set */
extern u8 fpu_initial[FPU_AREA_MAX]; /* what a program starts with */

#endif

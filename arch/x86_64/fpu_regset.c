/* SPDX-License-Identifier: MIT */
/*
 * The floating-point and vector registers of a task that stands still, as
 * ptrace(2) shows and takes them: FXSAVE's 512 bytes, or a whole XSAVE area.
 *
 * What the header of an area says is in its initial state is shown so, and
 * what a tracer's header says is initial becomes so: the area itself always
 * holds every component. Bytes 464 to 471 of a whole area say which components
 * there are; the debugger finds out from them how to read the rest.
 */
#include "fpu_area.h"

#include <asm/fpu.h>
#include <ikos/kernel.h>
#include <ikos/sched.h>
#include <ikos/string.h>

#define YMM_OFFSET XSAVE_HEADER_END

/* Let what is initial look so. */
static void fill_initial(struct xsave_area *area, u64 present)
{
	const struct xsave_area *init = (struct xsave_area *)fpu_initial;

	if (!(present & XFEATURE_FP)) {
		memcpy(area, init, offsetof(struct xsave_area, mxcsr));
		memcpy(area->st, init->st, sizeof(area->st));
	}
	if (!(present & XFEATURE_SSE))
		memset(area->xmm, 0, sizeof(area->xmm));
	if (!(present & (XFEATURE_SSE | XFEATURE_YMM)))
		area->mxcsr = init->mxcsr;
	if (fpu_size > YMM_OFFSET && !(present & XFEATURE_YMM))
		memset((char *)area + YMM_OFFSET, 0, fpu_size - YMM_OFFSET);
}

/**
 * fpu_regset_size - bytes of the whole area
 *
 * Return: 0: there is none but FXSAVE's.
 */
size_t fpu_regset_size(void)
{
	return fpu_xfeatures ? fpu_size : 0;
}

/**
 * fpu_regset_get - copy a task's registers
 * @t: stands still, and has an area
 * @to: FPU_REGSET_MAX bytes, 64-byte aligned
 * @whole: an XSAVE area, not just FXSAVE's 512 bytes
 */
void fpu_regset_get(struct task_struct *t, void *to, bool whole)
{
	struct xsave_area *area = to;

	memcpy(area, t->thread.fpu, whole ? fpu_size : FXSAVE_SIZE);
	if (fpu_xfeatures) {
		const struct xsave_area *mine = t->thread.fpu;

		if (whole)
			fill_initial(area, mine->xstate_bv);
		memset(area->padding, 0, sizeof(area->padding));
	}
	memset(&area->sw, 0, sizeof(area->sw));
	if (whole)
		memcpy(&area->sw, &fpu_xfeatures, sizeof(fpu_xfeatures));
}

/**
 * fpu_regset_set_fx - give a task other x87 and SSE registers
 * @t: stands still
 * @from: FXSAVE's 512 bytes
 *
 * Return: 0; -EINVAL: MXCSR has bits that it cannot have.
 */
int fpu_regset_set_fx(struct task_struct *t, const void *from)
{
	const struct xsave_area *new = from;
	struct xsave_area *area = t->thread.fpu;

	if (new->mxcsr & ~fpu_mxcsr_mask)
		return -EINVAL;
	memcpy(area, new, offsetof(struct xsave_area, sw));
	area->mxcsr_mask = fpu_mxcsr_mask;
	if (fpu_xfeatures)
		area->xstate_bv |= XFEATURE_FPSSE;
	return 0;
}

static bool valid_header(const struct xsave_area *area)
{
	if ((area->xstate_bv & ~fpu_xfeatures) || area->xcomp_bv)
		return false;
	for (unsigned int i = 0; i < ARRAY_SIZE(area->reserved); i++)
		if (area->reserved[i])
			return false;
	return !(area->xstate_bv & (XFEATURE_FPSSE | XFEATURE_YMM)) ||
	       !(area->mxcsr & ~fpu_mxcsr_mask);
}

/**
 * fpu_regset_set - give a task other registers
 * @t: stands still
 * @from: an XSAVE area; changed
 *
 * Return: 0; -EINVAL: the header or MXCSR makes no sense.
 */
int fpu_regset_set(struct task_struct *t, void *from)
{
	struct xsave_area *area = from, *mine = t->thread.fpu;

	if (!valid_header(area))
		return -EINVAL;
	fill_initial(area, area->xstate_bv);
	area->sw = mine->sw;
	area->mxcsr_mask = fpu_mxcsr_mask;
	memcpy(mine, area, fpu_size);
	return 0;
}

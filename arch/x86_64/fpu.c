/* SPDX-License-Identifier: MIT */
/*
 * The floating-point and vector registers of programs.
 *
 * The kernel is compiled without them, so while a task runs they are the
 * task's own, in the kernel too. They are saved and restored at every switch
 * (eager: an instruction each way). A kernel thread has no area and leaves in
 * the registers what was there.
 *
 * An area is in the format of XSAVE (standard, not compacted) or of FXSAVE:
 *
 *	0    512       576         832
 *	+-----+---------+-----------+
 *	| x87 | header: | upper     |
 *	| SSE | which   | halves of |
 *	|     | are set | ymm 0-15  |
 *	+-----+---------+-----------+
 *
 * Bytes 464 to 511 belong to software. They hold what a signal frame wants
 * there, always, so that an area goes into a frame as it is.
 */
#include "fpu_area.h"

#include <asm/cpufeature.h>
#include <asm/extable.h>
#include <asm/fpu.h>
#include <asm/smap.h>
#include <ikos/bug.h>
#include <ikos/kernel.h>
#include <ikos/printk.h>
#include <ikos/sched.h>
#include <ikos/slab.h>
#include <ikos/string.h>
#include <ikos/uaccess.h>

#define FP_XSTATE_MAGIC1      0x46505853U
#define FP_XSTATE_MAGIC2      0x46505845U
#define FP_XSTATE_MAGIC2_SIZE 4

#define MXCSR_DEFAULT 0x1f80
#define FCW_DEFAULT   0x37f

static struct kmem_cache *fpu_cachep;
unsigned int fpu_size;
u64 fpu_xfeatures;
u32 fpu_mxcsr_mask;
u8 fpu_initial[FPU_AREA_MAX] __aligned(64);

static void xsetbv(u32 reg, u64 v)
{
	__asm__ __volatile__("xsetbv"
			     :
			     : "c"(reg), "a"((u32)v), "d"((u32)(v >> 32)));
}

/**
 * fpu_init_cpu - choose the register sets that programs may use on this CPU
 *
 * Context: boot of the CPU, after cpu_enable_features().
 */
void fpu_init_cpu(void)
{
	if (!cpu_has(X86_FEATURE_XSAVE))
		return;
	fpu_xfeatures = cpuid(0xd, 0).eax & (XFEATURE_FPSSE | XFEATURE_YMM);
	xsetbv(0, fpu_xfeatures);
}

/* Registers as after FNINIT, and the note for signal frames. */
static void fill_initial_state(void)
{
	struct xsave_area *init = (struct xsave_area *)fpu_initial;

	memset(fpu_initial, 0, sizeof(fpu_initial));
	fpu_save(fpu_initial);
	fpu_mxcsr_mask = init->mxcsr_mask ? init->mxcsr_mask : 0xffbf;
	memset(fpu_initial, 0, sizeof(fpu_initial));
	init->fcw = FCW_DEFAULT;
	init->mxcsr = MXCSR_DEFAULT;
	init->mxcsr_mask = fpu_mxcsr_mask;
	if (!fpu_xfeatures)
		return;
	init->sw.magic1 = FP_XSTATE_MAGIC1;
	init->sw.extended_size = fpu_size + FP_XSTATE_MAGIC2_SIZE;
	init->sw.xfeatures = fpu_xfeatures;
	init->sw.xstate_size = fpu_size;
}

/**
 * fpu_init - find out how large an area is and prepare the first one
 *
 * Context: boot, after fpu_init_cpu() and kmem_cache_init().
 */
void fpu_init(void)
{
	fpu_size = fpu_xfeatures ? cpuid(0xd, 0).ebx : FXSAVE_SIZE;
	if (fpu_size > FPU_AREA_MAX)
		panic("the FPU state of this CPU takes %u bytes, more than the %u foreseen",
		      fpu_size, FPU_AREA_MAX);
	fill_initial_state();
	fpu_cachep = kmem_cache_create("fpu_state", fpu_size, 64, SLAB_PANIC);
	pr_info("fpu: %s, %u bytes per task\n",
		fpu_xfeatures & XFEATURE_YMM ? "x87, SSE and AVX"
					     : "x87 and SSE",
		fpu_size);
}

/**
 * fpu_save - store the registers
 * @area: 64-byte aligned, fpu_size bytes, its header's reserved part zero
 *
 * Context: any.
 */
void fpu_save(void *area)
{
	if (fpu_xfeatures)
		__asm__ __volatile__("xsave64 (%0)"
				     :
				     : "r"(area), "a"((u32)fpu_xfeatures),
				       "d"(0)
				     : "memory");
	else
		__asm__ __volatile__("fxsave64 (%0)" : : "r"(area) : "memory");
}

/**
 * fpu_restore - load the registers
 * @area: what fpu_save() stored or fpu_from_frame() has checked; any other
 * contents may fault
 *
 * Context: any.
 */
void fpu_restore(const void *area)
{
	if (fpu_xfeatures)
		__asm__ __volatile__("xrstor64 (%0)"
				     :
				     : "r"(area), "a"((u32)fpu_xfeatures),
				       "d"(0)
				     : "memory");
	else
		__asm__ __volatile__("fxrstor64 (%0)" : : "r"(area) : "memory");
}

/**
 * fpu_clone - give a new process a copy of the current one's registers
 * @child: its thread.fpu is set
 *
 * Context: task; may sleep.
 * Return: 0, or -ENOMEM.
 */
int fpu_clone(struct task_struct *child)
{
	void *area = kmem_cache_alloc(fpu_cachep, GFP_KERNEL);

	if (!area)
		return -ENOMEM;
	if (current->thread.fpu) {
		fpu_save(current->thread.fpu);
		memcpy(area, current->thread.fpu, fpu_size);
	} else {
		memcpy(area, fpu_initial, fpu_size);
	}
	child->thread.fpu = area;
	child->thread.fpu_live = true;
	return 0;
}

/**
 * fpu_free - release a task's area
 * @t: a task that does not run any more, or never ran
 */
void fpu_free(struct task_struct *t)
{
	t->thread.fpu_live = false;
	if (t->thread.fpu)
		kmem_cache_free(fpu_cachep, t->thread.fpu);
	t->thread.fpu = NULL;
}

/**
 * fpu_reset - give the current task fresh registers
 *
 * What exec wants and every signal handler starts with. A kernel thread that
 * becomes a program gets its area here; without memory for it the task dies.
 *
 * Context: task; may sleep.
 */
void fpu_reset(void)
{
	struct thread_struct *t = &current->thread;

	if (!t->fpu) {
		t->fpu = kmem_cache_alloc(fpu_cachep,
					  GFP_KERNEL | __GFP_NOFAIL_INJECT);
		if (!t->fpu)
			do_group_exit(SIGKILL);
		memcpy(t->fpu, fpu_initial, fpu_size);
	}
	fpu_restore(fpu_initial);
	t->fpu_live = true;
}

/**
 * fpu_frame_size - room that a signal frame needs for the registers
 *
 * Return: bytes.
 */
size_t fpu_frame_size(void)
{
	return fpu_xfeatures ? fpu_size + FP_XSTATE_MAGIC2_SIZE : fpu_size;
}

/**
 * fpu_has_xsave - whether frames have the extended format
 *
 * Return: true when UC_FP_XSTATE belongs into uc_flags.
 */
bool fpu_has_xsave(void)
{
	return fpu_xfeatures != 0;
}

/* fpu_save() to user memory, which may fault for good. */
static int fpu_save_user(void __user *area)
{
	stac();
	if (fpu_xfeatures)
		asm goto("1: xsave64 (%0)\n" _ASM_EXTABLE_STR("1b", "%l3")
			 :
			 : "r"(area), "a"((u32)fpu_xfeatures), "d"(0)
			 : "memory"
			 : fault);
	else
		asm goto("1: fxsave64 (%0)\n" _ASM_EXTABLE_STR("1b", "%l1")
			 :
			 : "r"(area)
			 : "memory"
			 : fault);
	clac();
	return 0;
fault:
	clac();
	return -EFAULT;
}

/**
 * fpu_to_frame - write the current registers into a signal frame
 * @frame: user address, 64-byte aligned, fpu_frame_size() bytes
 *
 * XSAVE leaves the software's bytes alone and most of the header as it is, so
 * these are written before.
 *
 * Context: task; may sleep.
 * Return: 0, or -EFAULT.
 */
int fpu_to_frame(void __user *frame)
{
	const size_t sw = offsetof(struct xsave_area, sw);
	char __user *area = frame;
	size_t n = fpu_xfeatures ? XSAVE_HEADER_END - sw : FXSAVE_SIZE - sw;

	if (!access_ok(frame, fpu_frame_size()) ||
	    copy_to_user(area + sw, fpu_initial + sw, n) ||
	    fpu_save_user(frame))
		return -EFAULT;
	if (!fpu_xfeatures)
		return 0;
	return put_user(FP_XSTATE_MAGIC2, (u32 __user *)(area + fpu_size));
}

/*
 * How much of the frame is an XSAVE area. A program may have put together an
 * FXSAVE area of its own: whatever does not claim to be more is taken as that.
 */
static size_t frame_xstate_size(const struct fpx_sw_bytes *sw,
				const char __user *frame)
{
	u32 magic2;

	if (!fpu_xfeatures || sw->magic1 != FP_XSTATE_MAGIC1 ||
	    sw->xstate_size < XSAVE_HEADER_END || sw->xstate_size > fpu_size ||
	    sw->xstate_size > sw->extended_size)
		return 0;
	if (get_user(magic2, (const u32 __user *)(frame + sw->xstate_size)) ||
	    magic2 != FP_XSTATE_MAGIC2)
		return 0;
	return sw->xstate_size;
}

/* Complete @area, whose first 512 bytes are there, from the frame. */
static int frame_extended_state(struct xsave_area *area,
				const char __user *frame)
{
	size_t size = frame_xstate_size(&area->sw, frame);
	u64 known = area->sw.xfeatures & fpu_xfeatures;

	if (!fpu_xfeatures)
		return 0;
	memset((char *)area + FXSAVE_SIZE, 0, fpu_size - FXSAVE_SIZE);
	if (!size) {
		area->xstate_bv = XFEATURE_FPSSE;
		return 0;
	}
	if (copy_from_user((char *)area + FXSAVE_SIZE, frame + FXSAVE_SIZE,
			   size - FXSAVE_SIZE))
		return -EFAULT;
	if (area->xstate_bv & ~fpu_xfeatures || area->xcomp_bv)
		return -EINVAL;
	for (unsigned int i = 0; i < ARRAY_SIZE(area->reserved); i++) {
		if (area->reserved[i])
			return -EINVAL;
	}
	area->xstate_bv &= known;
	return 0;
}

static int frame_to_area(struct xsave_area *area, const char __user *frame)
{
	int err;

	if (copy_from_user(area, frame, FXSAVE_SIZE))
		return -EFAULT;
	err = frame_extended_state(area, frame);
	if (err)
		return err;
	return area->mxcsr & ~fpu_mxcsr_mask ? -EINVAL : 0;
}

/**
 * fpu_from_frame - load the registers from a signal frame
 * @frame: user address; NULL: fresh registers
 *
 * The copy may sleep, and then another task's registers come and go: until
 * the area is complete and checked, the current task has none in the CPU.
 * A bad frame leaves fresh registers.
 *
 * Context: task; may sleep.
 * Return: 0; -EFAULT: cannot be read; -EINVAL: reserved bits are set.
 */
int fpu_from_frame(const void __user *frame)
{
	struct thread_struct *t = &current->thread;
	struct xsave_area *area = t->fpu;
	int err;

	if (!frame) {
		fpu_reset();
		return 0;
	}
	t->fpu_live = false;
	err = frame_to_area(area, frame);
	if (err)
		memcpy(area, fpu_initial, fpu_size);
	area->sw = ((struct xsave_area *)fpu_initial)->sw;
	fpu_restore(area);
	t->fpu_live = true;
	return err;
}

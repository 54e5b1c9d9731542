/* SPDX-License-Identifier: MIT */
/*
 * The segment registers of programs, and the bases of fs and gs that hold the
 * place of thread-local storage.
 *
 * A base lives in an MSR and is set by arch_prctl(2) or clone(2). A program
 * changes it behind the kernel's back in two ways: with WRFSBASE where
 * CR4.FSGSBASE allows it, and by loading a selector, which on the flat
 * segments of the GDT makes the base 0. So the live values count, not the
 * remembered ones.
 *
 * While the kernel runs, GS base is its own; the program's waits in
 * MSR_KERNEL_GS_BASE.
 */
#include <asm/control_regs.h>
#include <asm/fsgs.h>
#include <asm/irqflags.h>
#include <asm/msr.h>
#include <asm/page.h>
#include <ikos/sched.h>
#include <ikos/syscall.h>
#include <ikos/uaccess.h>

#define ARCH_SET_GS    0x1001
#define ARCH_SET_FS    0x1002
#define ARCH_GET_FS    0x1003
#define ARCH_GET_GS    0x1004
#define ARCH_GET_CPUID 0x1011
#define ARCH_SET_CPUID 0x1012

static bool fsgsbase_on;

#define DEFINE_SEGMENT(seg)                                                    \
	static inline u16 read_##seg(void)                                     \
	{                                                                      \
		u32 v;                                                         \
                                                                               \
		__asm__ __volatile__("mov %%" #seg ", %0" : "=r"(v));          \
		return (u16)v;                                                 \
	}                                                                      \
	static inline void load_##seg(u32 v)                                   \
	{                                                                      \
		__asm__ __volatile__("mov %0, %%" #seg : : "r"(v) : "memory"); \
	}

DEFINE_SEGMENT(ds)
DEFINE_SEGMENT(es)
DEFINE_SEGMENT(fs)

static inline u16 read_gs(void)
{
	u32 v;

	__asm__ __volatile__("mov %%gs, %0" : "=r"(v));
	return (u16)v;
}

/* Loading gs changes GS base: do it while that is the program's. */
static inline void load_user_gs(u32 v)
{
	__asm__ __volatile__("swapgs; mov %0, %%gs; swapgs"
			     :
			     : "r"(v)
			     : "memory");
}

static inline unsigned long read_fsbase(void)
{
	unsigned long v;

	if (!fsgsbase_on)
		return rdmsr(MSR_FS_BASE);
	__asm__ __volatile__("rdfsbase %0" : "=r"(v));
	return v;
}

static inline void write_fsbase(unsigned long v)
{
	if (fsgsbase_on)
		__asm__ __volatile__("wrfsbase %0" : : "r"(v) : "memory");
	else
		wrmsr(MSR_FS_BASE, v);
}

/**
 * fsgs_init - learn whether programs may use WRFSBASE and its like
 *
 * Context: boot, after the control registers are set up.
 */
void fsgs_init(void)
{
	fsgsbase_on = read_cr4() & X86_CR4_FSGSBASE;
}

/**
 * segments_save - store the current task's segment registers
 * @t: the current task's
 *
 * Context: any.
 */
void segments_save(struct thread_struct *t)
{
	t->ds = read_ds();
	t->es = read_es();
	t->fs = read_fs();
	t->gs = read_gs();
	t->fsbase = read_fsbase();
	t->gsbase = rdmsr(MSR_KERNEL_GS_BASE);
}

/* Rarely needed: 64-bit programs leave all of them null. */
static noinline void load_selectors(const struct thread_struct *t)
{
	load_ds(t->ds);
	load_es(t->es);
	load_fs(t->fs);
	load_user_gs(t->gs);
}

/**
 * segments_load - load a task's segment registers
 * @prev: whose values are in the CPU, just saved
 * @next: whose are wanted
 *
 * Context: interrupts off.
 */
void segments_load(const struct thread_struct *prev,
		   const struct thread_struct *next)
{
	if (unlikely(prev->ds | prev->es | prev->fs | prev->gs | next->ds |
		     next->es | next->fs | next->gs))
		load_selectors(next);
	write_fsbase(next->fsbase);
	if (unlikely(prev->gsbase | next->gsbase))
		wrmsr(MSR_KERNEL_GS_BASE, next->gsbase);
}

/**
 * segments_reset - what a new program starts with: all null, bases 0
 *
 * Context: task.
 */
void segments_reset(void)
{
	struct thread_struct *t = &current->thread;
	struct thread_struct old;
	unsigned long flags;

	local_irq_save(flags);
	segments_save(&old);
	t->ds = t->es = t->fs = t->gs = 0;
	t->fsbase = t->gsbase = 0;
	segments_load(&old, t);
	local_irq_restore(flags);
}

static long set_fs(unsigned long base)
{
	if (base >= TASK_SIZE)
		return -EPERM;
	load_fs(0);
	write_fsbase(base);
	return 0;
}

static long set_gs(unsigned long base)
{
	unsigned long flags;

	if (base >= TASK_SIZE)
		return -EPERM;
	local_irq_save(flags);
	load_user_gs(0);
	wrmsr(MSR_KERNEL_GS_BASE, base);
	local_irq_restore(flags);
	return 0;
}

/*
 * arch_prctl(2). EPERM: a base that is not a user address. ENODEV: CPUID
 * cannot be made to fault here. EINVAL: no such code.
 */
SYSCALL_DEFINE2(arch_prctl, int, code, unsigned long, addr)
{
	switch (code) {
	case ARCH_SET_FS:
		return set_fs(addr);
	case ARCH_SET_GS:
		return set_gs(addr);
	case ARCH_GET_FS:
		return put_user(read_fsbase(), (unsigned long __user *)addr);
	case ARCH_GET_GS:
		return put_user(rdmsr(MSR_KERNEL_GS_BASE),
				(unsigned long __user *)addr);
	case ARCH_GET_CPUID:
		return 1;
	case ARCH_SET_CPUID:
		return -ENODEV;
	default:
		return -EINVAL;
	}
}

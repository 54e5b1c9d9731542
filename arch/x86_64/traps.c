/* SPDX-License-Identifier: MIT */
/*
 * Exceptions. What a program does ends in a signal to it; what the kernel does
 * ends at the instruction's fix-up or in a panic. Signals, codes and addresses
 * are those of Linux (signal(7), sigaction(2)).
 */
#include <asm/control_regs.h>
#include <asm/entry.h>
#include <asm/extable.h>
#include <asm/irqflags.h>
#include <asm/kmap.h>
#include <ikos/atomic.h>
#include <ikos/boot.h>
#include <ikos/bug.h>
#include <ikos/kernel.h>
#include <ikos/printk.h>
#include <ikos/sched.h>
#include <ikos/signal.h>
#include <ikos/string.h>

#include "traps.h"

_Static_assert(offsetof(struct pt_regs, r15) == PT_R15 &&
		       offsetof(struct pt_regs, bp) == PT_BP &&
		       offsetof(struct pt_regs, ax) == PT_AX &&
		       offsetof(struct pt_regs, di) == PT_DI &&
		       offsetof(struct pt_regs, orig_ax) == PT_ORIG_AX &&
		       offsetof(struct pt_regs, ip) == PT_IP &&
		       offsetof(struct pt_regs, cs) == PT_CS &&
		       offsetof(struct pt_regs, ss) == PT_SS &&
		       sizeof(struct pt_regs) == PT_SIZE,
	       "asm/entry.h");

/* SDM 3A, table 6-1. */
enum trap_nr {
	X86_TRAP_DE = 0,
	X86_TRAP_DB = 1,
	X86_TRAP_NMI = 2,
	X86_TRAP_BP = 3,
	X86_TRAP_OF = 4,
	X86_TRAP_BR = 5,
	X86_TRAP_UD = 6,
	X86_TRAP_NM = 7,
	X86_TRAP_DF = 8,
	X86_TRAP_TS = 10,
	X86_TRAP_NP = 11,
	X86_TRAP_SS = 12,
	X86_TRAP_GP = 13,
	X86_TRAP_PF = 14,
	X86_TRAP_MF = 16,
	X86_TRAP_AC = 17,
	X86_TRAP_MC = 18,
	X86_TRAP_XM = 19,
	X86_TRAP_VE = 20,
	X86_TRAP_CP = 21,
	NR_TRAPS = 32,
};

static const char *const trap_names[NR_TRAPS] = {
	[X86_TRAP_DE] = "a division error",
	[X86_TRAP_DB] = "a debug exception",
	[X86_TRAP_NMI] = "a non-maskable interrupt",
	[X86_TRAP_BP] = "a breakpoint",
	[X86_TRAP_OF] = "an overflow trap",
	[X86_TRAP_BR] = "a bound range error",
	[X86_TRAP_UD] = "an invalid instruction",
	[X86_TRAP_NM] = "a missing floating-point unit",
	[X86_TRAP_DF] = "a double fault",
	[X86_TRAP_TS] = "an invalid task state segment",
	[X86_TRAP_NP] = "a segment that is not present",
	[X86_TRAP_SS] = "a stack segment fault",
	[X86_TRAP_GP] = "a general protection fault",
	[X86_TRAP_PF] = "a page fault",
	[X86_TRAP_MF] = "a floating-point error",
	[X86_TRAP_AC] = "an alignment check",
	[X86_TRAP_MC] = "a machine check",
	[X86_TRAP_XM] = "a SIMD floating-point error",
	[X86_TRAP_VE] = "a virtualization exception",
	[X86_TRAP_CP] = "a control protection exception",
};

static const char *trap_name(unsigned int nr)
{
	return trap_names[nr] ? trap_names[nr] : "an unknown exception";
}

#define ERROR_CODE_VECTORS                                                     \
	(BIT(X86_TRAP_DF) | BIT(X86_TRAP_TS) | BIT(X86_TRAP_NP) |              \
	 BIT(X86_TRAP_SS) | BIT(X86_TRAP_GP) | BIT(X86_TRAP_PF) |              \
	 BIT(X86_TRAP_AC) | BIT(X86_TRAP_CP) | BIT(29) | BIT(30))

/* Take the error code out: orig_ax then says "not a system call". */
static unsigned long take_error_code(struct pt_regs *regs, unsigned int nr)
{
	unsigned long code = regs->orig_ax;

	regs->orig_ax = -1UL;
	return ERROR_CODE_VECTORS & BIT(nr) ? code : 0;
}

/* The program single-stepped (TRAP_TRACE) or ran INT1. */
static void user_debug(struct pt_regs *regs)
{
	unsigned long dr6, step;

	__asm__ __volatile__("mov %%dr6, %0" : "=r"(dr6));
	__asm__ __volatile__("mov %0, %%dr6" : : "r"(DR6_CLEAR));
	step = dr6 & DR6_STEP;
	force_sig_fault(SIGTRAP, step ? TRAP_TRACE : TRAP_BRKPT, regs->ip);
}

/* si_code for the unmasked exceptions @err, in the x87's order of bits. */
static int fpe_code(unsigned int err)
{
	if (err & 0x01)
		return FPE_FLTINV;
	if (err & 0x04)
		return FPE_FLTDIV;
	if (err & 0x08)
		return FPE_FLTOVF;
	if (err & 0x12) /* denormal operand, underflow */
		return FPE_FLTUND;
	if (err & 0x20)
		return FPE_FLTRES;
	return 0;
}

/* The task's registers are still in the unit: nothing here has used it. */
static void user_fpe(struct pt_regs *regs, unsigned int nr)
{
	u16 control, status;
	u32 mxcsr;
	int code;

	if (nr == X86_TRAP_MF) {
		__asm__ __volatile__("fnstcw %0" : "=m"(control));
		__asm__ __volatile__("fnstsw %0" : "=m"(status));
		code = fpe_code(status & ~control & 0x3f);
	} else {
		__asm__ __volatile__("stmxcsr %0" : "=m"(mxcsr));
		code = fpe_code(mxcsr & ~(mxcsr >> 7) & 0x3f);
	}
	/* A spurious one: repeat the instruction. */
	if (code)
		force_sig_fault(SIGFPE, code, regs->ip);
}

static void user_trap(struct pt_regs *regs, unsigned int nr)
{
	switch (nr) {
	case X86_TRAP_DE:
		force_sig_fault(SIGFPE, FPE_INTDIV, regs->ip);
		break;
	case X86_TRAP_DB:
		user_debug(regs);
		break;
	case X86_TRAP_BP:
		force_sig(SIGTRAP);
		break;
	case X86_TRAP_UD:
	case X86_TRAP_NM:
		force_sig_fault(SIGILL, ILL_ILLOPN, regs->ip);
		break;
	case X86_TRAP_NP:
	case X86_TRAP_SS:
		force_sig(SIGBUS);
		break;
	case X86_TRAP_AC:
		force_sig_fault(SIGBUS, BUS_ADRALN, 0);
		break;
	case X86_TRAP_MF:
	case X86_TRAP_XM:
		user_fpe(regs, nr);
		break;
	default:
		force_sig(SIGSEGV);
		break;
	}
}

static void __noreturn kernel_trap_panic(const struct pt_regs *regs,
					 unsigned int nr, unsigned long code)
{
	if (nr == X86_TRAP_PF)
		die(regs,
		    "the kernel touched %#lx, where nothing is mapped (error code %#lx)",
		    read_cr2(), code);
	if (code)
		die(regs,
		    "%s happened in the kernel (vector %u, error code %#lx)",
		    trap_name(nr), nr, code);
	die(regs, "%s happened in the kernel (vector %u)", trap_name(nr), nr);
}

/**
 * do_trap - handle an exception that came on the task's stack
 * @regs: what was interrupted; orig_ax holds the error code if there is one
 * @nr: vector, 0 to 31
 *
 * Context: interrupts off, and so on return.
 */
void do_trap(struct pt_regs *regs, unsigned int nr)
{
	unsigned long address = nr == X86_TRAP_PF ? read_cr2() : 0;
	unsigned long code = take_error_code(regs, nr);

	if (nr == X86_TRAP_PF && likely(current)) {
		do_page_fault(regs, code, address);
		return;
	}
	if (!user_mode(regs)) {
		if (!fixup_exception(regs))
			kernel_trap_panic(regs, nr, code);
		return;
	}
	current->thread.trap_nr = nr;
	current->thread.error_code = code;
	local_irq_enable();
	user_trap(regs, nr);
	local_irq_disable();
}

static bool in_guard(unsigned long addr, unsigned long stack)
{
	return addr >= stack - PAGE_SIZE && addr < stack;
}

static void __noreturn double_fault(const struct pt_regs *regs)
{
	unsigned long cr2 = read_cr2();

	if ((current && in_guard(cr2, (unsigned long)current->stack)) ||
	    in_guard(cr2, (unsigned long)init_stack))
		die(regs,
		    "kernel stack overflow: %#lx lies in the guard page below the stack",
		    cr2);
	die(regs,
	    "a double fault happened: the CPU could not deliver an exception (CR2 %#lx)",
	    cr2);
}

/**
 * do_paranoid_trap - handle an exception that came on a stack of its own
 * @regs: what was interrupted, be it in the middle of kernel entry code
 * @nr: vector: NMI, #DF or #MC
 *
 * Context: interrupts off, on an IST stack: no sleeping, no signals.
 */
void do_paranoid_trap(struct pt_regs *regs, unsigned int nr)
{
	if (nr == X86_TRAP_NMI)
		do_nmi(regs);
	else if (nr == X86_TRAP_DF)
		double_fault(regs);
	else
		die(regs, "the CPU reported a machine check");
}

/**
 * fixup_bad_iret - make a fault of the return to user mode one of user mode
 * @regs: the fault's, with the program's general registers; regs->sp points to
 *	  the five words that iretq would not take
 *
 * The words are the end of the task's struct pt_regs; the rest of it is built
 * anew in front of them, over what lies there. The caller's stack is deeper.
 *
 * Return: the new struct pt_regs, with the fault's error code.
 */
struct pt_regs *fixup_bad_iret(struct pt_regs *regs)
{
	struct pt_regs *user =
		container_of((unsigned long *)regs->sp, struct pt_regs, ip);
	struct pt_regs saved = *regs;

	memcpy(user, &saved, offsetof(struct pt_regs, ip));
	user->cs |= 3; /* its privilege, whatever else it was */
	return user;
}

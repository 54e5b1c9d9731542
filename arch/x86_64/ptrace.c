/* SPDX-License-Identifier: MIT */
/*
 * ptrace(2): the registers of a tracee, one at a time (struct user) or as sets.
 *
 * The general ones lie on top of its kernel stack, where the entry code has
 * saved them; segment selectors and bases are in its thread_struct since it has
 * left its CPU. Nothing that a tracer writes may hurt the kernel: selectors
 * have to be ones that user mode can load, of the flags only those change that
 * a program could change itself, and bases have to be user addresses. A bad
 * instruction pointer or code segment is found out by IRETQ, and is SIGSEGV.
 *
 * Source: ptrace(2); <sys/user.h>; <elf.h>, NT_*.
 */
#include "sigframe.h"

#include <asm/fpu.h>
#include <asm/page.h>
#include <asm/segment.h>
#include <ikos/kernel.h>
#include <ikos/ptrace.h>
#include <ikos/slab.h>
#include <ikos/string.h>
#include <ikos/uaccess.h>
#include <ikos/uio.h>
#include <uapi/ptrace.h>

#define REG(field)   offsetof(struct user_regs_struct, field)
#define NR_USER_REGS (sizeof(struct user_regs_struct) / sizeof(u64))
#define EFLAGS_NT    0x4000UL

#define ARCH_SET_GS 0x1001
#define ARCH_SET_FS 0x1002
#define ARCH_GET_FS 0x1003
#define ARCH_GET_GS 0x1004

/* The flags that may be set. */
#define FLAG_MASK                                                              \
	(X86_EFLAGS_CF | X86_EFLAGS_PF | X86_EFLAGS_AF | X86_EFLAGS_ZF |       \
	 X86_EFLAGS_SF | X86_EFLAGS_TF | X86_EFLAGS_DF | X86_EFLAGS_OF |       \
	 X86_EFLAGS_RF | X86_EFLAGS_AC | EFLAGS_NT)

/* The two agree as far as struct pt_regs goes. */
_Static_assert(offsetof(struct pt_regs, ss) == REG(ss) &&
		       offsetof(struct pt_regs, orig_ax) == REG(orig_ax) &&
		       offsetof(struct pt_regs, r15) == REG(r15),
	       "struct user_regs_struct");

static u64 *saved_register(struct task_struct *t, unsigned long offset)
{
	return (u64 *)((char *)task_pt_regs(t) + offset);
}

/* @offset: in struct user_regs_struct. */
static u64 getreg(struct task_struct *t, unsigned long offset)
{
	const struct thread_struct *thread = &t->thread;

	switch (offset) {
	case REG(flags):
		return *saved_register(t, offset) &
		       ~(t->ptrace->forced_tf ? X86_EFLAGS_TF : 0UL);
	case REG(fs_base):
		return thread->fsbase;
	case REG(gs_base):
		return thread->gsbase;
	case REG(ds):
		return thread->ds;
	case REG(es):
		return thread->es;
	case REG(fs):
		return thread->fs;
	case REG(gs):
		return thread->gs;
	default:
		return *saved_register(t, offset);
	}
}

/* The trap flag is the program's own from now on if the tracer sets it. */
static void set_flags(struct task_struct *t, u64 value)
{
	struct pt_regs *regs = task_pt_regs(t);

	if (value & X86_EFLAGS_TF)
		t->ptrace->forced_tf = false;
	else if (t->ptrace->forced_tf)
		value |= X86_EFLAGS_TF;
	regs->flags = (regs->flags & ~FLAG_MASK) | (value & FLAG_MASK);
}

/* What cannot be loaded becomes 0, as it would when the program goes on. */
static u16 loadable_selector(u16 value)
{
	switch (value) {
	case __USER_DS:
	case __USER_CS:
	case __USER32_CS:
	case 3:
		return value;
	default:
		return 0;
	}
}

static int set_segment(struct task_struct *t, unsigned long offset, u64 value)
{
	u16 selector = (u16)value;

	if (selector && (selector & 3) != 3)
		return -EIO;
	switch (offset) {
	case REG(cs):
	case REG(ss):
		if (!selector)
			return -EIO;
		*saved_register(t, offset) = selector;
		break;
	case REG(ds):
		t->thread.ds = loadable_selector(selector);
		break;
	case REG(es):
		t->thread.es = loadable_selector(selector);
		break;
	case REG(fs):
		t->thread.fs = loadable_selector(selector);
		break;
	default:
		t->thread.gs = loadable_selector(selector);
		break;
	}
	return 0;
}

/* 0 or -EIO. */
static int putreg(struct task_struct *t, unsigned long offset, u64 value)
{
	switch (offset) {
	case REG(cs):
	case REG(ss):
	case REG(ds):
	case REG(es):
	case REG(fs):
	case REG(gs):
		return set_segment(t, offset, value);
	case REG(flags):
		set_flags(t, value);
		return 0;
	case REG(fs_base):
		if (value >= TASK_SIZE)
			return -EIO;
		t->thread.fsbase = value;
		return 0;
	case REG(gs_base):
		if (value >= TASK_SIZE)
			return -EIO;
		t->thread.gsbase = value;
		return 0;
	default:
		*saved_register(t, offset) = value;
		return 0;
	}
}

/* --- debug registers ------------------------------------------------------ */

/*
 * There are none for programs: a breakpoint register could make the CPU trap
 * between the kernel's first instructions. They read as 0, can be written so,
 * and there is never room for a breakpoint: a debugger steps instead.
 */
static u64 debugreg_get(struct task_struct *t, unsigned long n)
{
	return n == 6 ? t->ptrace->dr6 : 0;
}

static long debugreg_set(struct task_struct *t, unsigned long n, u64 value)
{
	switch (n) {
	case 4:
	case 5:
		return -EIO;
	case 6:
		t->ptrace->dr6 = value;
		return 0;
	case 7:
		return value & 0xff ? -ENOSPC : 0;
	default:
		if (value >= TASK_SIZE)
			return -EINVAL;
		return value ? -ENOSPC : 0;
	}
}

/* --- struct user ----------------------------------------------------------- */

static bool valid_user_offset(unsigned long addr)
{
	return !(addr % sizeof(u64)) && addr < USER_SIZE;
}

static long peek_user(struct task_struct *t, unsigned long addr,
		      void __user *to)
{
	u64 value = 0;

	if (!valid_user_offset(addr))
		return -EIO;
	if (addr < sizeof(struct user_regs_struct))
		value = getreg(t, addr);
	else if (addr >= USER_DEBUGREG_FIRST && addr <= USER_DEBUGREG_LAST)
		value = debugreg_get(t, (addr - USER_DEBUGREG_FIRST) / 8);
	return put_user(value, (u64 __user *)to);
}

static long poke_user(struct task_struct *t, unsigned long addr, u64 value)
{
	if (!valid_user_offset(addr))
		return -EIO;
	if (addr < sizeof(struct user_regs_struct))
		return putreg(t, addr, value);
	if (addr >= USER_DEBUGREG_FIRST && addr <= USER_DEBUGREG_LAST)
		return debugreg_set(t, (addr - USER_DEBUGREG_FIRST) / 8, value);
	return -EIO;
}

/* --- sets ------------------------------------------------------------------ */

/* Part of a set is copied, from its beginning on: @n bytes, whole registers. */
static long get_regs(struct task_struct *t, void __user *to, size_t n)
{
	struct user_regs_struct all;
	u64 *reg = (u64 *)&all;

	for (size_t i = 0; i < NR_USER_REGS; i++)
		reg[i] = getreg(t, i * sizeof(u64));
	return copy_to_user(to, &all, n) ? -EFAULT : 0;
}

static long set_regs(struct task_struct *t, const void __user *from, size_t n)
{
	struct user_regs_struct all;
	const u64 *reg = (const u64 *)&all;
	int err = 0;

	if (copy_from_user(&all, from, n))
		return -EFAULT;
	for (size_t i = 0; i < n / sizeof(u64) && !err; i++)
		err = putreg(t, i * sizeof(u64), reg[i]);
	return err;
}

static long get_fp(struct task_struct *t, void __user *to, size_t n, bool whole)
{
	void *area = kmalloc(FPU_REGSET_MAX, GFP_KERNEL);
	long err;

	if (!area)
		return -ENOMEM;
	fpu_regset_get(t, area, whole);
	err = copy_to_user(to, area, n) ? -EFAULT : 0;
	kfree(area);
	return err;
}

/* FXSAVE's set has to be complete: -EINVAL; the whole area, too: -EFAULT. */
static long set_fp(struct task_struct *t, const void __user *from, size_t n,
		   bool whole)
{
	size_t size = whole ? fpu_regset_size() : USER_FPREGS_SIZE;
	void *area;
	long err;

	if (n != size)
		return whole ? -EFAULT : -EINVAL;
	area = kmalloc(FPU_REGSET_MAX, GFP_KERNEL);
	if (!area)
		return -ENOMEM;
	if (copy_from_user(area, from, n))
		err = -EFAULT;
	else if (whole)
		err = fpu_regset_set(t, area);
	else
		err = fpu_regset_set_fx(t, area);
	kfree(area);
	return err;
}

/* Bytes of a set; 0: there is none of that type. */
static size_t regset_size(unsigned long type)
{
	switch (type) {
	case NT_PRSTATUS:
		return sizeof(struct user_regs_struct);
	case NT_PRFPREG:
		return USER_FPREGS_SIZE;
	case NT_X86_XSTATE:
		return fpu_regset_size();
	default:
		return 0;
	}
}

static long get_set(struct task_struct *t, unsigned long type, void __user *to,
		    size_t n)
{
	if (type == NT_PRSTATUS)
		return get_regs(t, to, n);
	return get_fp(t, to, n, type == NT_X86_XSTATE);
}

static long set_set(struct task_struct *t, unsigned long type,
		    const void __user *from, size_t n)
{
	if (type == NT_PRSTATUS)
		return set_regs(t, from, n);
	return set_fp(t, from, n, type == NT_X86_XSTATE);
}

/* PTRACE_GETREGSET and SETREGSET: @uiov says where, and how much was done. */
static long do_regset(struct task_struct *t, bool set, unsigned long type,
		      struct iovec_k __user *uiov)
{
	size_t size = regset_size(type);
	struct iovec_k iov;
	long err;

	if (copy_from_user(&iov, uiov, sizeof(iov)))
		return -EFAULT;
	if (!size || iov.iov_len % sizeof(u64))
		return -EINVAL;
	iov.iov_len = min((size_t)iov.iov_len, size);
	if (set)
		err = set_set(t, type, (const void __user *)iov.iov_base,
			      iov.iov_len);
	else
		err = get_set(t, type, (void __user *)iov.iov_base,
			      iov.iov_len);
	return err ? err : put_user(iov.iov_len, &uiov->iov_len);
}

/* arch_prctl(2) for another. */
static long do_arch_prctl(struct task_struct *t, unsigned long code,
			  unsigned long addr)
{
	switch (code) {
	case ARCH_SET_FS:
		t->thread.fs = 0;
		return putreg(t, REG(fs_base), addr) ? -EPERM : 0;
	case ARCH_SET_GS:
		t->thread.gs = 0;
		return putreg(t, REG(gs_base), addr) ? -EPERM : 0;
	case ARCH_GET_FS:
		return put_user(t->thread.fsbase, (unsigned long __user *)addr);
	case ARCH_GET_GS:
		return put_user(t->thread.gsbase, (unsigned long __user *)addr);
	default:
		return -EINVAL;
	}
}

/**
 * arch_ptrace - the requests of ptrace(2) that are about registers
 * @t: a tracee that stands still
 * @request: PTRACE_PEEKUSR …
 * @addr: an offset in struct user, a set of registers
 * @data: the tracer's memory, or a value
 *
 * Context: may sleep.
 * Return: 0; -EIO: no such request or register, or a value that it cannot have;
 * -EINVAL: no such set, part of a register, what cannot be loaded; -EFAULT;
 * -ENOMEM; -EPERM: no user address for PTRACE_ARCH_PRCTL.
 */
long arch_ptrace(struct task_struct *t, long request, unsigned long addr,
		 void __user *data)
{
	switch (request) {
	case PTRACE_PEEKUSR:
		return peek_user(t, addr, data);
	case PTRACE_POKEUSR:
		return poke_user(t, addr, (u64)data);
	case PTRACE_GETREGS:
		return get_regs(t, data, sizeof(struct user_regs_struct));
	case PTRACE_SETREGS:
		return set_regs(t, data, sizeof(struct user_regs_struct));
	case PTRACE_GETFPREGS:
		return get_fp(t, data, USER_FPREGS_SIZE, false);
	case PTRACE_SETFPREGS:
		return set_fp(t, data, USER_FPREGS_SIZE, false);
	case PTRACE_GETREGSET:
	case PTRACE_SETREGSET:
		return do_regset(t, request == PTRACE_SETREGSET, addr, data);
	case PTRACE_ARCH_PRCTL:
		return do_arch_prctl(t, (unsigned long)data, addr);
	default:
		return -EIO;
	}
}

/* SPDX-License-Identifier: MIT */
/*
 * Signal frames: what a handler finds on its stack, and taking it back in
 * rt_sigreturn(2).
 *
 *	 higher addresses
 *	+--------------------------+ sp of the program, or top of sigaltstack
 *	| red zone: 128 bytes that | (not on a fresh alternate stack)
 *	| the ABI lets code use    |
 *	+--------------------------+
 *	| FPU area                 | 64-byte aligned; uc_mcontext.fpstate
 *	+--------------------------+
 *	| siginfo                  | rsi
 *	| ucontext                 | rdx
 *	| address of sa_restorer   | rsp: as after a call
 *	+--------------------------+
 *
 * The frame is the program's to change, so nothing in it is trusted on the way
 * back: see restore_registers() and fpu_from_frame().
 */
#include "sigframe.h"

#include <asm/fpu.h>
#include <asm/segment.h>
#include <asm/uaccess.h>
#include <ikos/kernel.h>
#include <ikos/sched.h>
#include <ikos/syscall.h>
#include <ikos/uaccess.h>

#define RED_ZONE  128
#define FPU_ALIGN 64

/* Flags that a frame may change. */
#define SIGRETURN_FLAGS                                                        \
	(X86_EFLAGS_AC | X86_EFLAGS_OF | X86_EFLAGS_DF | X86_EFLAGS_TF |       \
	 X86_EFLAGS_SF | X86_EFLAGS_ZF | X86_EFLAGS_AF | X86_EFLAGS_PF |       \
	 X86_EFLAGS_CF | X86_EFLAGS_RF)

/* An SS_AUTODISARM stack never counts as "in use": it is off by then. */
static bool on_sig_stack(const struct sigaltstack_k *sas, unsigned long sp)
{
	if ((u32)sas->ss_flags & SS_AUTODISARM)
		return false;
	return sp > sas->ss_sp && sp - sas->ss_sp <= sas->ss_size;
}

struct frame_place {
	struct rt_sigframe __user *frame;
	char __user *fpstate;
};

/* Where the frame goes. False: it would run over the alternate stack's end. */
static bool place_frame(const struct ksignal *ksig, const struct pt_regs *regs,
			struct frame_place *place)
{
	const struct sigaltstack_k *sas = &current->sas;
	unsigned long sp = regs->sp - RED_ZONE;
	bool on_alt = on_sig_stack(sas, regs->sp);

	if ((ksig->action.flags & SA_ONSTACK) && !on_alt && sas->ss_size) {
		sp = sas->ss_sp + sas->ss_size;
		on_alt = true;
	}
	sp = ALIGN_DOWN(sp - fpu_frame_size(), (unsigned long)FPU_ALIGN);
	place->fpstate = (char __user *)sp;
	sp -= sizeof(struct rt_sigframe);
	sp = ALIGN_DOWN(sp, 16UL) - 8;
	place->frame = (struct rt_sigframe __user *)sp;
	if (!on_alt || !sas->ss_size)
		return true;
	return sp > sas->ss_sp && sp - sas->ss_sp <= sas->ss_size;
}

/* The store functions below run between stac() and clac(); false: it faulted. */
static bool store_registers(struct sigcontext_k __user *sc,
			    const struct pt_regs *regs)
{
	const struct thread_struct *t = &current->thread;

	user_store(regs->r8, &sc->r8, fault);
	user_store(regs->r9, &sc->r9, fault);
	user_store(regs->r10, &sc->r10, fault);
	user_store(regs->r11, &sc->r11, fault);
	user_store(regs->r12, &sc->r12, fault);
	user_store(regs->r13, &sc->r13, fault);
	user_store(regs->r14, &sc->r14, fault);
	user_store(regs->r15, &sc->r15, fault);
	user_store(regs->di, &sc->di, fault);
	user_store(regs->si, &sc->si, fault);
	user_store(regs->bp, &sc->bp, fault);
	user_store(regs->bx, &sc->bx, fault);
	user_store(regs->dx, &sc->dx, fault);
	user_store(regs->ax, &sc->ax, fault);
	user_store(regs->cx, &sc->cx, fault);
	user_store(regs->sp, &sc->sp, fault);
	user_store(regs->ip, &sc->ip, fault);
	user_store(regs->flags, &sc->flags, fault);
	/* One word: cs, gs, fs, ss. */
	user_store((u16)regs->cs | (u64)(u16)regs->ss << 48, (u64 *)&sc->cs,
		   fault);
	user_store(t->error_code, &sc->err, fault);
	user_store(t->trap_nr, &sc->trapno, fault);
	user_store(t->cr2, &sc->cr2, fault);
	return true;
fault:
	return false;
}

static bool store_altstack(struct sigaltstack_k __user *uss)
{
	const struct sigaltstack_k *sas = &current->sas;
	u32 flags = sas->ss_size ? (u32)sas->ss_flags : SS_DISABLE;

	user_store(sas->ss_sp, &uss->ss_sp, fault);
	user_store((u64)flags, (u64 *)&uss->ss_flags, fault); /* and padding */
	user_store(sas->ss_size, &uss->ss_size, fault);
	return true;
fault:
	return false;
}

static bool store_context(struct ucontext_k __user *uc, const char *fpstate)
{
	struct sigcontext_k __user *sc = &uc->uc_mcontext;
	u64 flags = UC_SIGCONTEXT_SS | UC_STRICT_RESTORE_SS |
		    (fpu_has_xsave() ? UC_FP_XSTATE : 0);
	u64 mask = current->restore_sigmask ? current->saved_sigmask
					    : current->blocked;

	user_store(flags, &uc->uc_flags, fault);
	user_store(0, &uc->uc_link, fault);
	user_store(mask, &uc->uc_sigmask, fault);
	user_store(mask, &sc->oldmask, fault);
	user_store(fpstate, &sc->fpstate, fault);
	for (size_t i = 0; i < ARRAY_SIZE(sc->reserved1); i++)
		user_store(0, &sc->reserved1[i], fault);
	return true;
fault:
	return false;
}

static int write_frame(const struct ksignal *ksig, const struct pt_regs *regs,
		       const struct frame_place *place)
{
	struct rt_sigframe __user *f = place->frame;
	bool ok = false;

	if (!access_ok(f, sizeof(*f)))
		return -EFAULT;
	stac();
	user_store(ksig->action.restorer, &f->pretcode, fault);
	ok = store_altstack(&f->uc.uc_stack) &&
	     store_registers(&f->uc.uc_mcontext, regs) &&
	     store_context(&f->uc, place->fpstate);
fault:
	clac();
	if (!ok || fpu_to_frame(place->fpstate))
		return -EFAULT;
	if (!(ksig->action.flags & SA_SIGINFO))
		return 0;
	return copy_to_user(&f->info, &ksig->info, sizeof(f->info)) ? -EFAULT
								    : 0;
}

/**
 * setup_rt_frame - make the program run a signal handler
 * @ksig: the signal, its action and information
 * @regs: the program's registers; on success those of the handler's start
 *
 * The handler has fresh FPU registers. On failure nothing has changed but
 * perhaps bytes below the program's stack pointer.
 *
 * Context: on the way to user mode; may sleep.
 * Return: 0; -EFAULT: the stack cannot hold the frame, or there is no
 * SA_RESTORER to return to.
 */
int setup_rt_frame(const struct ksignal *ksig, struct pt_regs *regs)
{
	struct frame_place place;

	if (!(ksig->action.flags & SA_RESTORER) ||
	    !place_frame(ksig, regs, &place) || write_frame(ksig, regs, &place))
		return -EFAULT;
	regs->di = (unsigned long)ksig->sig;
	regs->si = (unsigned long)&place.frame->info;
	regs->dx = (unsigned long)&place.frame->uc;
	regs->ax = 0; /* al: no vector registers as arguments */
	regs->ip = ksig->action.handler;
	regs->sp = (unsigned long)place.frame;
	regs->cs = __USER_CS;
	regs->ss = __USER_DS;
	regs->flags &= ~(X86_EFLAGS_DF | X86_EFLAGS_RF | X86_EFLAGS_TF);
	fpu_reset();
	return 0;
}

/* Only code segments that exist; the stack segment has no choice at all. */
static bool valid_code_segment(u16 cs)
{
	return (cs | 3) == __USER_CS || (cs | 3) == __USER32_CS;
}

static int restore_registers(struct pt_regs *regs,
			     const struct sigcontext_k *sc)
{
	if (!valid_code_segment(sc->cs) || sc->ip >= TASK_SIZE)
		return -EFAULT;
	regs->r8 = sc->r8;
	regs->r9 = sc->r9;
	regs->r10 = sc->r10;
	regs->r11 = sc->r11;
	regs->r12 = sc->r12;
	regs->r13 = sc->r13;
	regs->r14 = sc->r14;
	regs->r15 = sc->r15;
	regs->di = sc->di;
	regs->si = sc->si;
	regs->bp = sc->bp;
	regs->bx = sc->bx;
	regs->dx = sc->dx;
	regs->ax = sc->ax;
	regs->cx = sc->cx;
	regs->sp = sc->sp;
	regs->ip = sc->ip;
	regs->flags = (regs->flags & ~SIGRETURN_FLAGS) |
		      (sc->flags & SIGRETURN_FLAGS);
	regs->cs = sc->cs | 3;
	regs->ss = __USER_DS;
	regs->orig_ax = -1UL; /* not a call that could be restarted */
	return 0;
}

/* Like sigaltstack(2) with what the frame says, errors being ignored. */
static void restore_altstack(const struct sigaltstack_k *uss, unsigned long sp)
{
	struct sigaltstack_k *sas = &current->sas;
	u32 mode = (u32)uss->ss_flags & ~SS_AUTODISARM;

	if (on_sig_stack(sas, sp))
		return;
	if (mode == SS_DISABLE) {
		*sas = (struct sigaltstack_k){ .ss_flags = uss->ss_flags };
		return;
	}
	if ((mode && mode != SS_ONSTACK) || uss->ss_size < MINSIGSTKSZ)
		return;
	*sas = *uss;
	sas->pad_ = 0;
}

static int restore_frame(struct pt_regs *regs,
			 const struct rt_sigframe __user *frame)
{
	struct ucontext_k uc;

	if (copy_from_user(&uc, &frame->uc, sizeof(uc)))
		return -EFAULT;
	set_current_blocked(uc.uc_sigmask);
	if (restore_registers(regs, &uc.uc_mcontext) ||
	    fpu_from_frame((const void __user *)uc.uc_mcontext.fpstate))
		return -EFAULT;
	restore_altstack(&uc.uc_stack, regs->sp);
	return 0;
}

/*
 * rt_sigreturn(2): a handler has returned through sa_restorer, which has
 * popped pretcode. What it returns is the interrupted code's rax. A frame that
 * makes no sense ends in SIGSEGV.
 */
SYSCALL_DEFINE0(rt_sigreturn)
{
	struct pt_regs *regs = current_pt_regs();

	current->restart_fn = NULL;
	if (restore_frame(regs,
			  (const struct rt_sigframe __user *)(regs->sp - 8))) {
		force_sig(SIGSEGV);
		return 0;
	}
	return (long)regs->ax;
}

/* SPDX-License-Identifier: MIT */
#ifndef UAPI_SIGCONTEXT_H
#define UAPI_SIGCONTEXT_H

#include <stddef.h>
#include <stdint.h>

#include <uapi/signal.h>

/* The registers in a signal frame: struct sigcontext of x86-64. */
struct sigcontext_k {
	uint64_t r8, r9, r10, r11, r12, r13, r14, r15;
	uint64_t di, si, bp, bx, dx, ax, cx, sp, ip;
	uint64_t flags;
	uint16_t cs, gs, fs, ss;
	uint64_t err, trapno, oldmask, cr2;
	uint64_t fpstate; /* address of the FXSAVE or XSAVE area, 0: none */
	uint64_t reserved1[8];
};
_Static_assert(sizeof(struct sigcontext_k) == 256, "struct sigcontext");
_Static_assert(offsetof(struct sigcontext_k, ip) == 128, "sigcontext.rip");
_Static_assert(offsetof(struct sigcontext_k, cr2) == 176, "sigcontext.cr2");

#define UC_FP_XSTATE	     0x1 /* fpstate is an XSAVE area */
#define UC_SIGCONTEXT_SS     0x2 /* ss is there */
#define UC_STRICT_RESTORE_SS 0x4 /* and is to be restored as it is */

/* ucontext_t as the kernel writes it: sigmask has 64 bits. */
struct ucontext_k {
	uint64_t uc_flags;
	uint64_t uc_link;
	struct sigaltstack_k uc_stack;
	struct sigcontext_k uc_mcontext;
	sigset_t_k uc_sigmask;
};
_Static_assert(offsetof(struct ucontext_k, uc_mcontext) == 40, "ucontext");
_Static_assert(sizeof(struct ucontext_k) == 304, "ucontext");

#endif

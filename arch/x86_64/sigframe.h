/* SPDX-License-Identifier: MIT */
#ifndef X86_SIGFRAME_H
#define X86_SIGFRAME_H

#include <ikos/signal.h>
#include <uapi/sigcontext.h>

/*
 * What lies on the user's stack while a handler runs: struct rt_sigframe of
 * Linux on x86-64. The handler is entered as if called, so its address is 8
 * below a multiple of 16.
 */
struct rt_sigframe {
	uint64_t pretcode; /* return address: sa_restorer */
	struct ucontext_k uc;
	struct siginfo info;
	/* above it, 64-byte aligned: fpstate */
};
_Static_assert(offsetof(struct rt_sigframe, info) == 312, "rt_sigframe");
_Static_assert(sizeof(struct rt_sigframe) == 440, "rt_sigframe");

#define X86_EFLAGS_CF 0x1UL
#define X86_EFLAGS_PF 0x4UL
#define X86_EFLAGS_AF 0x10UL
#define X86_EFLAGS_ZF 0x40UL
#define X86_EFLAGS_SF 0x80UL
#define X86_EFLAGS_TF 0x100UL
#define X86_EFLAGS_DF 0x400UL
#define X86_EFLAGS_OF 0x800UL
#define X86_EFLAGS_RF 0x10000UL
#define X86_EFLAGS_AC 0x40000UL

#endif

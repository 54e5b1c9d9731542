/* SPDX-License-Identifier: MIT */
#ifndef UAPI_PTRACE_H
#define UAPI_PTRACE_H

#include <stdint.h>

/* ptrace(2). The first requests are those of every architecture … */
#define PTRACE_TRACEME	  0
#define PTRACE_PEEKTEXT	  1
#define PTRACE_PEEKDATA	  2
#define PTRACE_PEEKUSR	  3
#define PTRACE_POKETEXT	  4
#define PTRACE_POKEDATA	  5
#define PTRACE_POKEUSR	  6
#define PTRACE_CONT	  7
#define PTRACE_KILL	  8
#define PTRACE_SINGLESTEP 9
/* … these are x86's, except ATTACH, DETACH and SYSCALL … */
#define PTRACE_GETREGS		 12
#define PTRACE_SETREGS		 13
#define PTRACE_GETFPREGS	 14
#define PTRACE_SETFPREGS	 15
#define PTRACE_ATTACH		 16
#define PTRACE_DETACH		 17
#define PTRACE_OLDSETOPTIONS	 21
#define PTRACE_SYSCALL		 24
#define PTRACE_ARCH_PRCTL	 30
#define PTRACE_SYSEMU		 31
#define PTRACE_SYSEMU_SINGLESTEP 32
/* … and these are newer. */
#define PTRACE_SETOPTIONS	0x4200
#define PTRACE_GETEVENTMSG	0x4201
#define PTRACE_GETSIGINFO	0x4202
#define PTRACE_SETSIGINFO	0x4203
#define PTRACE_GETREGSET	0x4204
#define PTRACE_SETREGSET	0x4205
#define PTRACE_SEIZE		0x4206
#define PTRACE_INTERRUPT	0x4207
#define PTRACE_LISTEN		0x4208
#define PTRACE_PEEKSIGINFO	0x4209
#define PTRACE_GETSIGMASK	0x420a
#define PTRACE_SETSIGMASK	0x420b
#define PTRACE_GET_SYSCALL_INFO 0x420e

#define PTRACE_EVENT_FORK	1
#define PTRACE_EVENT_VFORK	2
#define PTRACE_EVENT_CLONE	3
#define PTRACE_EVENT_EXEC	4
#define PTRACE_EVENT_VFORK_DONE 5
#define PTRACE_EVENT_EXIT	6
#define PTRACE_EVENT_SECCOMP	7
#define PTRACE_EVENT_STOP	128

/* Options: 1 is TRACESYSGOOD, the others 1 << event. */
#define PTRACE_O_TRACESYSGOOD	 1u
#define PTRACE_O_EXITKILL	 (1u << 20)
#define PTRACE_O_SUSPEND_SECCOMP (1u << 21)
#define PTRACE_O_MASK		 (0xffu | PTRACE_O_EXITKILL | PTRACE_O_SUSPEND_SECCOMP)

/* PTRACE_GETEVENTMSG at a stop before and after a system call. */
#define PTRACE_EVENTMSG_SYSCALL_ENTRY 1
#define PTRACE_EVENTMSG_SYSCALL_EXIT  2

struct ptrace_peeksiginfo_args {
	uint64_t off; /* from which one on */
	uint32_t flags;
	int32_t nr; /* how many */
};
#define PTRACE_PEEKSIGINFO_SHARED 1u

#define PTRACE_SYSCALL_INFO_NONE  0
#define PTRACE_SYSCALL_INFO_ENTRY 1
#define PTRACE_SYSCALL_INFO_EXIT  2

#define AUDIT_ARCH_X86_64 0xc000003eu

struct ptrace_syscall_info {
	uint8_t op;
	uint8_t pad_[3];
	uint32_t arch;
	uint64_t instruction_pointer, stack_pointer;
	union {
		struct {
			uint64_t nr, args[6];
		} entry;
		struct {
			int64_t rval;
			uint8_t is_error;
		} exit;
		uint64_t fill_[8]; /* what a seccomp stop would need */
	};
};
_Static_assert(sizeof(struct ptrace_syscall_info) == 88,
	       "struct ptrace_syscall_info");

/* Registers, as PTRACE_GETREGS and core files have them. */
struct user_regs_struct {
	uint64_t r15, r14, r13, r12, bp, bx;
	uint64_t r11, r10, r9, r8, ax, cx, dx, si, di;
	uint64_t orig_ax;
	uint64_t ip, cs, flags, sp, ss;
	uint64_t fs_base, gs_base;
	uint64_t ds, es, fs, gs;
};
_Static_assert(sizeof(struct user_regs_struct) == 27 * 8,
	       "struct user_regs_struct");

#define USER_FPREGS_SIZE 512 /* struct user_fpregs_struct: FXSAVE's format */

/* struct user: the places that PTRACE_PEEKUSR knows. */
#define USER_SIZE	    912
#define USER_DEBUGREG_FIRST 848
#define USER_DEBUGREG_LAST  904

/* Sets of registers: PTRACE_GETREGSET. */
#define NT_PRSTATUS   1
#define NT_PRFPREG    2
#define NT_X86_XSTATE 0x202

#endif

/* SPDX-License-Identifier: MIT */
#ifndef IKOS_SYSCALL_H
#define IKOS_SYSCALL_H

#include <ikos/types.h>

/*
 * A system call is defined with its types and gets six raw registers:
 *
 *	SYSCALL_DEFINE3(read, unsigned int, fd, char __user *, buf, size_t, n)
 *	{
 *		return ...;	// a value, or -errno
 *	}
 *
 * Its line in include/ikos/syscall_list.h makes the table, the names and the
 * prototype.
 */
#define SYSCALL_REGS                                                           \
	unsigned long r1 __maybe_unused, unsigned long r2 __maybe_unused,      \
		unsigned long r3 __maybe_unused,                               \
		unsigned long r4 __maybe_unused,                               \
		unsigned long r5 __maybe_unused,                               \
		unsigned long r6 __maybe_unused

typedef long (*syscall_fn_t)(unsigned long, unsigned long, unsigned long,
			     unsigned long, unsigned long, unsigned long);

#define SYSCALL(nr, name, nargs)                                               \
	long sys_##name(unsigned long, unsigned long, unsigned long,           \
			unsigned long, unsigned long, unsigned long);
#include <ikos/syscall_list.h>
#undef SYSCALL

#define NR_SYSCALLS 512
extern const syscall_fn_t syscall_table[NR_SYSCALLS];
/* The call's name, or NULL when there is none of that number. */
const char *syscall_name(unsigned long nr);

#define SYSCALL_DEFINE0(name) long sys_##name(SYSCALL_REGS)

#define SC_BODY(name, params, args)                                            \
	static __always_inline long do_sys_##name params;                      \
	long sys_##name(SYSCALL_REGS)                                          \
	{                                                                      \
		return do_sys_##name args;                                     \
	}                                                                      \
	static __always_inline long do_sys_##name params

#define SYSCALL_DEFINE1(name, t1, a1) SC_BODY(name, (t1 a1), ((t1)r1))
#define SYSCALL_DEFINE2(name, t1, a1, t2, a2)                                  \
	SC_BODY(name, (t1 a1, t2 a2), ((t1)r1, (t2)r2))
#define SYSCALL_DEFINE3(name, t1, a1, t2, a2, t3, a3)                          \
	SC_BODY(name, (t1 a1, t2 a2, t3 a3), ((t1)r1, (t2)r2, (t3)r3))
#define SYSCALL_DEFINE4(name, t1, a1, t2, a2, t3, a3, t4, a4)                  \
	SC_BODY(name, (t1 a1, t2 a2, t3 a3, t4 a4),                            \
		((t1)r1, (t2)r2, (t3)r3, (t4)r4))
#define SYSCALL_DEFINE5(name, t1, a1, t2, a2, t3, a3, t4, a4, t5, a5)          \
	SC_BODY(name, (t1 a1, t2 a2, t3 a3, t4 a4, t5 a5),                     \
		((t1)r1, (t2)r2, (t3)r3, (t4)r4, (t5)r5))
#define SYSCALL_DEFINE6(name, t1, a1, t2, a2, t3, a3, t4, a4, t5, a5, t6, a6)  \
	SC_BODY(name, (t1 a1, t2 a2, t3 a3, t4 a4, t5 a5, t6 a6),              \
		((t1)r1, (t2)r2, (t3)r3, (t4)r4, (t5)r5, (t6)r6))

#endif

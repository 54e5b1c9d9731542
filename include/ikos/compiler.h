/* SPDX-License-Identifier: MIT */
#ifndef IKOS_COMPILER_H
#define IKOS_COMPILER_H

/* Names for the compiler features that the kernel leans on (GCC and Clang). */

#define likely(x)   __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

#define __packed       __attribute__((packed))
#define __aligned(n)   __attribute__((aligned(n)))
#define __section(s)   __attribute__((section(s)))
#define __used	       __attribute__((used))
#define __weak	       __attribute__((weak))
#define __noreturn     __attribute__((noreturn))
#define __cold	       __attribute__((cold))
#define __must_check   __attribute__((warn_unused_result))
#define __maybe_unused __attribute__((unused))
#define __printf(f, a) __attribute__((format(printf, f, a)))
#define noinline       __attribute__((noinline))
#ifndef __always_inline
#define __always_inline inline __attribute__((always_inline))
#endif

/* A pointer into user space: never dereferenced, only given to uaccess.h. */
#define __user

/* Keep the compiler from moving memory accesses across this point. */
#define barrier() __asm__ __volatile__("" ::: "memory")

/* One access, not torn, not repeated, not cached in a register. */
#define READ_ONCE(x)	 (*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v) (*(volatile __typeof__(x) *)&(x) = (v))

#define __stringify_1(x...) #x
#define __stringify(x...)   __stringify_1(x)

#endif

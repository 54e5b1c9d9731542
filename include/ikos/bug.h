/* SPDX-License-Identifier: MIT */
#ifndef IKOS_BUG_H
#define IKOS_BUG_H

#include <ikos/types.h>

/*
 * panic() says in one plain sentence what went wrong, shows the registers and
 * a backtrace that names functions, and stops the machine. It is for bugs of
 * the kernel, never for what a user program does.
 */
void panic(const char *fmt, ...) __printf(1, 2) __noreturn __cold;

/* Print the sentence and a backtrace, count it, go on. */
void warn_slow(const char *file, int line, const char *cond) __cold;

/* Print the names of the functions that led here. */
void dump_stack(void);

#define BUG_ON(cond)                                                           \
	do {                                                                   \
		if (unlikely(cond))                                            \
			panic("%s:%d: %s: this must not be: %s", __FILE__,     \
			      __LINE__, __func__, #cond);                      \
	} while (0)

#define BUG() BUG_ON(true)

#define WARN_ON(cond)                                                          \
	({                                                                     \
		bool _warn_cond = !!(cond);                                    \
		if (unlikely(_warn_cond))                                      \
			warn_slow(__FILE__, __LINE__, #cond);                  \
		_warn_cond;                                                    \
	})

/* Checks that only a debug build (make DEBUG=1) pays for. */
#ifdef CONFIG_DEBUG_VM
#define VM_BUG_ON(cond) BUG_ON(cond)
#else
#define VM_BUG_ON(cond) ((void)sizeof(cond))
#endif

#endif

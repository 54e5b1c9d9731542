/* SPDX-License-Identifier: MIT */
/*
 * The exception table: instructions of the kernel that may fault and where to
 * go on then. It is short and faults that need it are rare, so it is searched
 * from end to end.
 */
#include <asm/extable.h>
#include <asm/ptregs.h>
#include <ikos/kernel.h>

struct exception_entry {
	s32 from, to; /* relative to their own place */
};
extern const struct exception_entry __ex_table_start[], __ex_table_end[];

/**
 * fixup_exception - continue a faulting instruction at its fix-up
 * @regs: the exception's; regs->ip is changed
 *
 * Context: any. Return: false when the instruction has none.
 */
bool fixup_exception(struct pt_regs *regs)
{
	for (const struct exception_entry *e = __ex_table_start;
	     e < __ex_table_end; e++) {
		if (regs->ip == (unsigned long)&e->from + (long)e->from) {
			regs->ip = (unsigned long)&e->to + (long)e->to;
			return true;
		}
	}
	return false;
}

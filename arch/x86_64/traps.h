/* SPDX-License-Identifier: MIT */
#ifndef X86_TRAPS_H
#define X86_TRAPS_H

/* Called by entry.S only. */
struct pt_regs;

#define DR6_STEP  0x4000UL
#define DR6_CLEAR 0xffff0ff0UL

void do_trap(struct pt_regs *regs, unsigned int nr);
void do_paranoid_trap(struct pt_regs *regs, unsigned int nr);
void do_nmi(const struct pt_regs *regs);
struct pt_regs *fixup_bad_iret(struct pt_regs *regs);

#endif

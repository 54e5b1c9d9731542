/* SPDX-License-Identifier: MIT */
/*
 * Registers and backtraces for panics. The kernel keeps frame pointers:
 *
 *	rbp -> | caller's rbp   |
 *	       | return address |
 *
 * Entry code makes such a frame for what an exception interrupted. All is read
 * only after a look at the page tables, so that a ruined stack costs the rest
 * of the trace and nothing else.
 */
#include <asm/control_regs.h>
#include <asm/entry.h>
#include <asm/kmap.h>
#include <asm/ptregs.h>
#include <ikos/bug.h>
#include <ikos/kallsyms.h>
#include <ikos/kernel.h>
#include <ikos/printk.h>

#define LINES_MAX  32
#define FRAMES_MAX 4096 /* a stack has room for no more */

extern char _text[], _etext[];

/* The exception that die() is about; dump_stack() starts there. */
static const struct pt_regs *fatal_regs;

static bool in_text(unsigned long addr)
{
	return addr >= (unsigned long)_text && addr < (unsigned long)_etext;
}

static bool read_word(unsigned long addr, unsigned long *val)
{
	if (!IS_ALIGNED(addr, sizeof(long)) || !kernel_mapped(addr))
		return false;
	*val = *(unsigned long *)addr;
	return true;
}

static void print_address(unsigned long addr)
{
	unsigned long offset;
	const char *name = kallsyms_lookup(addr, &offset);

	if (name)
		printk(KERN_EMERG "  %016lx %s+%#lx\n", addr, name, offset);
	else
		printk(KERN_EMERG "  %016lx\n", addr);
}

/* A return address may be the first byte after its function: look one back. */
static void print_return_address(unsigned long addr)
{
	unsigned long offset;
	const char *name = kallsyms_lookup(addr - 1, &offset);

	if (name)
		printk(KERN_EMERG "  %016lx %s+%#lx\n", addr, name, offset + 1);
	else
		printk(KERN_EMERG "  %016lx\n", addr);
}

/* One frame further up. False, and said why, when it cannot be read. */
static bool read_frame(unsigned long bp, unsigned long *next,
		       unsigned long *ret)
{
	if (read_word(bp, next) && read_word(bp + 8, ret))
		return true;
	printk(KERN_EMERG "  the frame at %016lx is unreadable\n", bp);
	return false;
}

static void print_repeats(unsigned int n)
{
	if (n)
		printk(KERN_EMERG "  ... %u more of the same\n", n);
}

/* Print the return addresses of the frames from @bp on; of a function that
 * calls itself over and over, one and the number of the others. */
static void walk_frames(unsigned long bp)
{
	unsigned long ret, next, last = 0;
	unsigned int lines = 0, repeats = 0;

	for (unsigned int i = 0; bp && i < FRAMES_MAX && lines < LINES_MAX;
	     i++) {
		if (!read_frame(bp, &next, &ret) || !in_text(ret))
			break;
		if (ret == last) {
			repeats++;
		} else {
			print_repeats(repeats);
			repeats = 0;
			print_return_address(ret);
			lines++;
		}
		last = ret;
		bp = next;
	}
	print_repeats(repeats);
}

static void print_registers(const struct pt_regs *r)
{
	printk(KERN_EMERG "RIP: %04lx:%016lx RSP: %04lx:%016lx EFLAGS: %08lx\n",
	       r->cs, r->ip, r->ss, r->sp, r->flags);
	printk(KERN_EMERG "RAX: %016lx RBX: %016lx RCX: %016lx\n", r->ax, r->bx,
	       r->cx);
	printk(KERN_EMERG "RDX: %016lx RSI: %016lx RDI: %016lx\n", r->dx, r->si,
	       r->di);
	printk(KERN_EMERG "RBP: %016lx R08: %016lx R09: %016lx\n", r->bp, r->r8,
	       r->r9);
	printk(KERN_EMERG "R10: %016lx R11: %016lx R12: %016lx\n", r->r10,
	       r->r11, r->r12);
	printk(KERN_EMERG "R13: %016lx R14: %016lx R15: %016lx\n", r->r13,
	       r->r14, r->r15);
	printk(KERN_EMERG "CR0: %016lx CR2: %016lx CR3: %016lx CR4: %08lx\n",
	       read_cr0(), read_cr2(), read_cr3(), read_cr4());
}

/**
 * show_regs - print saved registers, and how the kernel came there
 * @regs: of an exception or a system call
 *
 * Context: any.
 */
void show_regs(const struct pt_regs *regs)
{
	unsigned long caller;

	print_registers(regs);
	if (user_mode(regs))
		return;
	printk(KERN_EMERG "Call trace:\n");
	print_address(regs->ip);
	/* After a call to nowhere only the stack knows the caller. */
	if (!in_text(regs->ip) && read_word(regs->sp, &caller) &&
	    in_text(caller))
		print_return_address(caller);
	walk_frames(regs->bp);
}

/**
 * dump_stack - print the names of the functions that led here
 *
 * Inside die() it shows the exception's registers and its way instead.
 * Context: any.
 */
void dump_stack(void)
{
	if (fatal_regs) {
		show_regs(fatal_regs);
		return;
	}
	printk(KERN_EMERG "Call trace:\n");
	walk_frames((unsigned long)__builtin_frame_address(0));
}

/**
 * die - panic because of an exception in the kernel
 * @regs: the exception's
 * @fmt: one plain sentence, without a newline
 *
 * Context: any.
 */
void die(const struct pt_regs *regs, const char *fmt, ...)
{
	__builtin_va_list ap;
	char why[160];

	__builtin_va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	__builtin_va_end(ap);
	if (!fatal_regs)
		fatal_regs = regs;
	panic("%s", why);
}

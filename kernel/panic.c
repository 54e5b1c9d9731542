/* SPDX-License-Identifier: MIT */
/*
 * The end of the road: a bug of the kernel has been noticed and going on could
 * only hide it.
 */
#include <asm/irqflags.h>
#include <asm/processor.h>
#include <ikos/boot.h>
#include <ikos/bug.h>
#include <ikos/kernel.h>
#include <ikos/printk.h>
#include <ikos/sched.h>
#include <ikos/smp.h>
#include <ikos/string.h>

static unsigned long warnings;

static void print_where(void)
{
	pr_err("CPU: %u PID: %d Comm: %s\n", smp_processor_id(),
	       current ? current->pid : -1, current ? current->comm : "boot");
}

static void stop_machine(void)
{
	char how[16];

	if (cmdline_get("panic", how, sizeof(how)) && !strcmp(how, "halt"))
		for (;;)
			cpu_relax();
	arch_power_off(POWER_OFF_PANIC);
}

/**
 * panic - say what went wrong, show where, stop the machine
 * @fmt: one plain sentence, without a newline
 *
 * With "panic=halt" on the command line the machine stands still for a
 * debugger; else it powers off with the status POWER_OFF_PANIC.
 *
 * The other CPUs are halted first; when several panic, one of them tells.
 * Context: any. A panic inside a panic only stops.
 */
void panic(const char *fmt, ...)
{
	static bool panicking;
	__builtin_va_list ap;
	char why[256];

	local_irq_disable();
	lockdep_off();
	smp_send_stop();
	bust_spinlocks();
	if (panicking)
		stop_machine();
	panicking = true;
	__builtin_va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	__builtin_va_end(ap);
	printk(KERN_EMERG "Kernel panic: %s\n", why);
	print_where();
	dump_stack();
	lockdep_show_held();
	printk(KERN_EMERG "---[ end Kernel panic: %s ]---\n", why);
	stop_machine();
	__builtin_unreachable();
}

/**
 * warn_slow - what WARN_ON() does when its condition holds
 *
 * Context: any. With "panic_on_warn" on the command line it panics.
 */
void warn_slow(const char *file, int line, const char *cond)
{
	if (cmdline_has("panic_on_warn"))
		panic("%s:%d: this should not be: %s", file, line, cond);
	warnings++;
	pr_warn("WARNING %lu: %s:%d: this should not be: %s\n", warnings, file,
		line, cond);
	print_where();
	dump_stack();
}

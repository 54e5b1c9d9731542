/* SPDX-License-Identifier: MIT */
/*
 * From the first C function that is not the machine's to the first program.
 *
 * The order is the dependency order: memory first, then the machine's
 * interrupts and clock, then tasks, then files, then devices that need all of
 * them. What may sleep waits for the init task, pid 1.
 */
#include <asm/irqflags.h>
#include <asm/processor.h>
#include <ikos/binfmt.h>
#include <ikos/boot.h>
#include <ikos/bug.h>
#include <ikos/fs.h>
#include <ikos/futex.h>
#include <ikos/kernel.h>
#include <ikos/ktest.h>
#include <ikos/memblock.h>
#include <ikos/mm.h>
#include <ikos/printk.h>
#include <ikos/radix_tree.h>
#include <ikos/random.h>
#include <ikos/sched.h>
#include <ikos/slab.h>
#include <ikos/smp.h>
#include <ikos/string.h>
#include <ikos/tty.h>

struct boot_info boot_info;

static void early_random_init(void)
{
	char seed[32];

	random_init(cmdline_get("seed", seed, sizeof(seed)) ? seed : NULL);
	if (cmdline_has("norandmaps"))
		randomize_va_space = 0;
}

static void unpack_modules(void)
{
	for (unsigned int i = 0; i < boot_info.nr_modules; i++) {
		const struct boot_module *m = &boot_info.modules[i];

		if (unpack_initramfs(__va(m->start), m->end - m->start))
			pr_err("initramfs: module %u is damaged, its rest is left out\n",
			       i);
		memblock_free(m->start, m->end - m->start);
	}
}

static volatile int *volatile crash_address;

/* Deliberate failures, to see what they look like: crash=panic|null|warn. */
static void crash_on_request(void)
{
	char how[16];

	if (!cmdline_get("crash", how, sizeof(how)))
		return;
	if (!strcmp(how, "panic"))
		panic("crash=panic was on the command line");
	if (!strcmp(how, "null"))
		crash_address[0] = 1;
	WARN_ON(!strcmp(how, "warn"));
}

static void run_init(void)
{
	static const char *const envp[] = { "HOME=/", "TERM=linux", NULL };
	static const char *const defaults[] = { "/init", "/sbin/init",
						"/bin/sh" };
	char path[128];
	int err;

	if (cmdline_get("init", path, sizeof(path))) {
		err = kernel_execve(path, (const char *const[]){ path, NULL },
				    envp);
		if (err)
			panic("init=%s cannot be run (error %d)", path, -err);
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(defaults); i++) {
		const char *const argv[] = { defaults[i], NULL };

		err = kernel_execve(defaults[i], argv, envp);
		if (!err)
			return;
		if (err != -ENOENT)
			pr_err("init: %s cannot be run (error %d)\n",
			       defaults[i], -err);
	}
	panic("there is no program to run: no /init in the initramfs, and no init= on the command line");
}

/* Pid 1. Returning goes to the program that run_init() has loaded. */
static int kernel_init(void *unused)
{
	int failures;

	smp_init();
	unpack_modules();
	crash_on_request();
	failures = ktest_run();
	if (failures >= 0)
		arch_power_off(failures ? POWER_OFF_PANIC : POWER_OFF_CLEAN);
	run_init();
	return 0;
}

/**
 * start_kernel - bring the kernel up; becomes the idle task
 *
 * Context: boot CPU, interrupts off, on the boot stack; the direct map and
 * the trap handlers are in place, memblock knows the RAM.
 */
void start_kernel(void)
{
	pr_info("IKOS %s, started by %s\n", IKOS_VERSION, boot_info.loader);
	pr_info("Command line: %s\n", boot_info.cmdline);
	page_alloc_init();
	kmem_cache_init();
	radix_tree_init();
	mm_init();
	arch_late_init();
	time_init();
	early_random_init();
	sched_init();
	fork_init();
	futex_init();
	signal_init();
	vfs_init();
	devices_init();
	tty_init();
	proc_init();
	pr_info("Memory: %lu KiB free of %lu KiB\n", nr_free_pages() * 4,
		totalram_pages() * 4);
	if (IS_ERR(kthread_run(kernel_init, NULL, "init")))
		panic("there is no memory for the first task");
	cpu_idle();
}

/* SPDX-License-Identifier: MIT */
/*
 * reboot(2): power off, halt, restart. File systems live in memory, so there
 * is nothing to write back; what programs wrote to the terminals goes out
 * first.
 */
#include <asm/irqflags.h>
#include <asm/processor.h>
#include <ikos/boot.h>
#include <ikos/printk.h>
#include <ikos/sched.h>
#include <ikos/syscall.h>
#include <ikos/tty.h>
#include <ikos/uaccess.h>
#include <uapi/reboot.h>

static void __noreturn halt(void)
{
	pr_info("reboot: System halted\n");
	tty_flush_all();
	/* Interrupts wake the CPU, but nobody is scheduled any more. */
	for (;;)
		safe_halt();
}

static bool magic2_valid(unsigned int magic2)
{
	return magic2 == LINUX_REBOOT_MAGIC2 ||
	       magic2 == LINUX_REBOOT_MAGIC2A ||
	       magic2 == LINUX_REBOOT_MAGIC2B || magic2 == LINUX_REBOOT_MAGIC2C;
}

/**
 * sys_reboot() - CAD_ON, CAD_OFF (no such key on a serial line), SW_SUSPEND
 * and KEXEC are not there: EINVAL
 *
 * Context: process context. Return: never on success; -EPERM: not root;
 * -EINVAL: the magic numbers or @cmd; -EFAULT.
 */
SYSCALL_DEFINE4(reboot, unsigned int, magic1, unsigned int, magic2,
		unsigned int, cmd, void __user *, arg)
{
	char command[256];

	if (!capable(CAP_SYS_BOOT))
		return -EPERM;
	if (magic1 != LINUX_REBOOT_MAGIC1 || !magic2_valid(magic2))
		return -EINVAL;
	switch (cmd) {
	case LINUX_REBOOT_CMD_RESTART2:
		if (strncpy_from_user(command, arg, sizeof(command)) < 0)
			return -EFAULT;
		/* fall through */
	case LINUX_REBOOT_CMD_RESTART:
		pr_info("reboot: Restarting system\n");
		tty_flush_all();
		arch_restart();
	case LINUX_REBOOT_CMD_HALT:
		halt();
	case LINUX_REBOOT_CMD_POWER_OFF:
		pr_info("reboot: Power down\n");
		tty_flush_all();
		arch_power_off(POWER_OFF_CLEAN);
	default:
		return -EINVAL;
	}
}

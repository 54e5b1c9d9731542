/* SPDX-License-Identifier: MIT */
/* The table of system calls and of their names, made from the one list. */
#include <ikos/err.h>
#include <ikos/syscall.h>

static long sys_ni_syscall(SYSCALL_REGS)
{
	return -ENOSYS;
}

#define SYSCALL(nr, name, nargs) [nr] = sys_##name,
#pragma GCC diagnostic ignored "-Woverride-init"
const syscall_fn_t syscall_table[NR_SYSCALLS] = {
	[0 ... NR_SYSCALLS - 1] = sys_ni_syscall,
#include <ikos/syscall_list.h>
};
#undef SYSCALL

#define SYSCALL(nr, name, nargs) [nr] = #name,
static const char *const syscall_names[NR_SYSCALLS] = {
#include <ikos/syscall_list.h>
};
#undef SYSCALL

/**
 * syscall_name - the name of a system call
 * @nr: its number
 *
 * Return: the name, or NULL when there is no such call.
 */
const char *syscall_name(unsigned long nr)
{
	return nr < NR_SYSCALLS ? syscall_names[nr] : NULL;
}

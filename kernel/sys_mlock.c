/* SPDX-License-Identifier: MIT */
/*
 * mlock, mlock2, munlock, mlockall, munlockall: who is asking, and which flags.
 * mm/mlock.c does the work. Root may lock beyond RLIMIT_MEMLOCK, as whoever has
 * CAP_IPC_LOCK may on Linux.
 */
#include <ikos/mm.h>
#include <ikos/sched.h>
#include <ikos/syscall.h>

/**
 * sys_mlock - mlock(2)
 *
 * Return: as do_mlock().
 */
SYSCALL_DEFINE2(mlock, unsigned long, start, size_t, len)
{
	return do_mlock(current->mm, start, len, VM_LOCKED,
			capable(CAP_IPC_LOCK));
}

/**
 * sys_mlock2 - mlock2(2)
 *
 * Return: as do_mlock(); -EINVAL: a flag other than MLOCK_ONFAULT.
 */
SYSCALL_DEFINE3(mlock2, unsigned long, start, size_t, len, int, flags)
{
	vm_flags_t lock = VM_LOCKED;

	if (flags & ~MLOCK_ONFAULT)
		return -EINVAL;
	if (flags & MLOCK_ONFAULT)
		lock |= VM_LOCKONFAULT;
	return do_mlock(current->mm, start, len, lock, capable(CAP_IPC_LOCK));
}

/**
 * sys_munlock - munlock(2)
 *
 * Return: as do_munlock().
 */
SYSCALL_DEFINE2(munlock, unsigned long, start, size_t, len)
{
	return do_munlock(current->mm, start, len);
}

/**
 * sys_mlockall - mlockall(2)
 *
 * Return: as do_mlockall().
 */
SYSCALL_DEFINE1(mlockall, int, flags)
{
	return do_mlockall(current->mm, flags, capable(CAP_IPC_LOCK));
}

/**
 * sys_munlockall - munlockall(2)
 *
 * Return: as do_munlockall().
 */
SYSCALL_DEFINE0(munlockall)
{
	return do_munlockall(current->mm);
}

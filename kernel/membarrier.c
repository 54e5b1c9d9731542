/* SPDX-License-Identifier: MIT */
/*
 * membarrier(2): one thread pays for the memory barriers of all the others.
 *
 *	A: write x; membarrier(); read y	B: write y; (compiler barrier); read x
 *
 * Never do both read the old values: either B's part ran before the barrier
 * that the call makes on B's CPU, or B's read of x comes after A's write.
 *
 * A thread that does not run needs none: the switch away from it was one.
 * Those that run get an interrupt, which is one; for the private commands only
 * the CPUs that have the address space loaded. So all of them are expedited,
 * and the registration that Linux asks for has nothing to prepare; it is kept
 * because a call without it has to fail.
 *
 * Differs from Linux: no SYNC_CORE and RSEQ commands, EINVAL.
 */
#include <ikos/mm.h>
#include <ikos/sched.h>
#include <ikos/smp.h>
#include <ikos/syscall.h>

#define MEMBARRIER_CMD_QUERY			  0
#define MEMBARRIER_CMD_GLOBAL			  BIT(0)
#define MEMBARRIER_CMD_GLOBAL_EXPEDITED		  BIT(1)
#define MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED  BIT(2)
#define MEMBARRIER_CMD_PRIVATE_EXPEDITED	  BIT(3)
#define MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED BIT(4)

#define SUPPORTED                                                              \
	(MEMBARRIER_CMD_GLOBAL | MEMBARRIER_CMD_GLOBAL_EXPEDITED |             \
	 MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED |                            \
	 MEMBARRIER_CMD_PRIVATE_EXPEDITED |                                    \
	 MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED)

static void ipi_mb(void *unused)
{
	smp_mb();
}

/*
 * A barrier on all CPUs of a mask, and here: before, so that what the caller
 * wrote is seen by whoever loads the address space after the mask was read;
 * and after, so that what it reads is newer than the others' barriers.
 */
static void barrier_on(const unsigned long *cpus)
{
	smp_mb();
	if (nr_cpus_online > 1)
		smp_call_function_mask(READ_ONCE(*cpus) &
					       ~BIT(smp_processor_id()),
				       ipi_mb, NULL);
	smp_mb();
}

/**
 * sys_membarrier() - a memory barrier on every CPU that runs the program, or
 * on all
 *
 * Context: process context. Return: 0; QUERY: the commands there are; -EINVAL:
 * no such command, or @flags; -EPERM: not registered.
 */
SYSCALL_DEFINE3(membarrier, int, cmd, unsigned int, flags, int, cpu)
{
	struct mm_struct *mm = current->mm;
	unsigned long all = online_cpus();

	if (flags)
		return -EINVAL;
	switch (cmd) {
	case MEMBARRIER_CMD_QUERY:
		return SUPPORTED;
	case MEMBARRIER_CMD_GLOBAL:
	case MEMBARRIER_CMD_GLOBAL_EXPEDITED:
		barrier_on(&all);
		return 0;
	case MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED:
		return 0;
	case MEMBARRIER_CMD_PRIVATE_EXPEDITED:
		if (!mm->membarrier_ready)
			return -EPERM;
		barrier_on(&mm->cpu_bitmap);
		return 0;
	case MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED:
		mm->membarrier_ready = true;
		return 0;
	default:
		return -EINVAL;
	}
}

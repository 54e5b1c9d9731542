/* SPDX-License-Identifier: MIT */
/* madvise, mlock, msync. */
#include "calls.h"
#include <sys/syscall.h>
#include <unistd.h>

static int rnd_advice(void)
{
	static const int few[] = { MADV_DONTNEED, MADV_DONTNEED, MADV_DONTNEED,
				   MADV_DONTFORK, MADV_DOFORK };
	static const int all[] = { MADV_NORMAL,
				   MADV_RANDOM,
				   MADV_SEQUENTIAL,
				   MADV_WILLNEED,
				   MADV_REMOVE,
				   MADV_WIPEONFORK,
				   MADV_KEEPONFORK,
				   MADV_DONTDUMP,
				   MADV_DODUMP,
				   MADV_COLD,
				   22 /* MADV_POPULATE_READ */,
				   23 /* MADV_POPULATE_WRITE */,
				   24 /* MADV_DONTNEED_LOCKED */,
				   99 };

	if (!(classes & ADVICES) || ((classes & ADVICE) && rnd(2)))
		return few[rnd(5)];
	return all[rnd(14)];
}

/* madvise() goes on behind holes: 1 << 63 would reach the program's stack. */
static char *rnd_advice_range(unsigned long *len)
{
	char *addr = rnd_range(len);

	if (*len == 1UL << 63)
		*len = -PAGE;
	return addr;
}

/*
 * Newer kernels take MADV_REMOVE without write access, and stop populating at
 * the first hole.
 */
static bool same_since_6_1(const char *addr, unsigned long len, int advice)
{
	unsigned long pages = (len + PAGE - 1) / PAGE;

	if (advice == MADV_REMOVE)
		return writable_area(addr, pages);
	return (advice != 22 && advice != 23) || one_area(addr, pages);
}

void do_madvise(void)
{
	unsigned long len;
	char *addr = rnd_advice_range(&len);
	int advice = rnd_advice();

	if (!as_c && !same_since_6_1(addr, len, advice))
		advice = MADV_DONTNEED;
	if (!call("madvise(%s, 0x%lx, %d)", place(addr), len, advice))
		return;
	result(syscall(SYS_madvise, addr, len, advice));
}

/* When MADV_FREE's pages go is the kernel's choice: they go at once. */
void do_madvise_free(void)
{
	unsigned long len;
	char *addr = rnd_advice_range(&len);

	if (!call("free_and_drop(%s, 0x%lx)", place(addr), len))
		return;
	result(syscall(SYS_madvise, addr, len, MADV_FREE));
	result(syscall(SYS_madvise, addr, len, MADV_DONTNEED));
}

void do_mlock(void)
{
	unsigned long len;
	char *addr = rnd_range(&len);
	unsigned int how = rnd(5), flags = rnd(10) ? rnd(2) : 2;

	if (how < 2) {
		if (call("munlock(%s, 0x%lx)", place(addr), len))
			result(syscall(SYS_munlock, addr, len));
	} else if (how < 4) {
		if (call("mlock(%s, 0x%lx)", place(addr), len))
			result(syscall(SYS_mlock, addr, len));
	} else if (call("mlock2(%s, 0x%lx, %u)", place(addr), len, flags)) {
		result(syscall(SYS_mlock2, addr, len, flags));
	}
	if (!as_c)
		print_locked();
}

void do_mlockall(void)
{
	static const int flags[] = { MCL_CURRENT,
				     MCL_FUTURE,
				     MCL_CURRENT | MCL_FUTURE,
				     MCL_CURRENT | MCL_ONFAULT,
				     MCL_FUTURE | MCL_ONFAULT,
				     MCL_ONFAULT,
				     0,
				     8 };
	int f = flags[rnd(8)];

	if (rnd(3)) {
		if (call("munlockall()"))
			all_locked &= result(syscall(SYS_munlockall)) != 0;
	} else if (call("mlockall(%d)", f)) {
		all_locked |= result(syscall(SYS_mlockall, f)) == 0;
	}
}

void do_msync(void)
{
	unsigned long len;
	char *addr = rnd_range(&len);
	unsigned int flags = rnd(10);

	if (call("msync(%s, 0x%lx, %u)", place(addr), len, flags))
		result(syscall(SYS_msync, addr, len, flags));
}

/* SPDX-License-Identifier: MIT */
/*
 * The vdso: clocks read without a system call. See vdso(7).
 *
 * This code runs in the program, at an address of the program's, with nothing
 * of the kernel's but the data page that lies below it. It computes what
 * arch_clock_ns() and timekeeping.c compute, from the same numbers; clocks that
 * need more, and all when the data is not usable, go to the kernel.
 *
 *	[vvar]	vdso_data	read-only, written by the kernel
 *	[vdso]	this code
 */
#include <asm/vdso_data.h>
#include <ikos/compiler.h>
#include <uapi/time.h>

#define NSEC_PER_SEC 1000000000UL
#define TICK_NSEC    (NSEC_PER_SEC / 250)
#define CLOCK_TAI    11
#define EXPORT	     __attribute__((visibility("default")))

#define __NR_gettimeofday  96
#define __NR_time	   201
#define __NR_clock_gettime 228
#define __NR_clock_getres  229
#define __NR_getcpu	   309

typedef s32 clockid_t;

struct timezone_k {
	s32 tz_minuteswest;
	s32 tz_dsttime;
};

extern const struct vdso_data vvar_page __attribute__((visibility("hidden")));

EXPORT int __vdso_clock_gettime(clockid_t clock, struct timespec64 *ts);
EXPORT int __vdso_clock_getres(clockid_t clock, struct timespec64 *ts);
EXPORT int __vdso_gettimeofday(struct timeval64 *tv, struct timezone_k *tz);
EXPORT s64 __vdso_time(s64 *t);
EXPORT int __vdso_getcpu(unsigned int *cpu, unsigned int *node, void *unused);

static long syscall3(long nr, long a, long b, long c)
{
	long ret;

	__asm__ __volatile__("syscall"
			     : "=a"(ret)
			     : "0"(nr), "D"(a), "S"(b), "d"(c)
			     : "rcx", "r11", "memory");
	return ret;
}

/* Not before all loads ahead of it: SDM 2B, RDTSC. */
static u64 rdtsc_ordered(void)
{
	u32 lo, hi;

	__asm__ __volatile__("lfence; rdtsc" : "=a"(lo), "=d"(hi) : : "memory");
	return (u64)hi << 32 | lo;
}

/* ns since boot, and what makes them ns since 1970. 0: ask the kernel. */
static int read_clock(u64 *ns, u64 *wall_offset)
{
	const struct vdso_data *data = &vvar_page;
	u32 seq;

	do {
		u64 tsc;

		seq = READ_ONCE(data->seq);
		barrier();
		if (!data->usable)
			return 0;
		tsc = rdtsc_ordered() - data->tsc_start;
		*ns = (u64)((unsigned __int128)tsc * data->scale >> 32);
		*wall_offset = data->wall_offset;
		barrier();
	} while ((seq & 1) || READ_ONCE(data->seq) != seq);
	return 1;
}

int __vdso_clock_gettime(clockid_t clock, struct timespec64 *ts)
{
	u64 ns, wall_offset;

	switch (clock) {
	case CLOCK_REALTIME:
	case CLOCK_REALTIME_COARSE:
	case CLOCK_TAI:
		if (!read_clock(&ns, &wall_offset))
			break;
		ns += wall_offset;
		ts->tv_sec = (s64)(ns / NSEC_PER_SEC);
		ts->tv_nsec = (s64)(ns % NSEC_PER_SEC);
		return 0;
	case CLOCK_MONOTONIC:
	case CLOCK_MONOTONIC_RAW:
	case CLOCK_MONOTONIC_COARSE:
	case CLOCK_BOOTTIME:
		if (!read_clock(&ns, &wall_offset))
			break;
		ts->tv_sec = (s64)(ns / NSEC_PER_SEC);
		ts->tv_nsec = (s64)(ns % NSEC_PER_SEC);
		return 0;
	default:
		break;
	}
	return (int)syscall3(__NR_clock_gettime, clock, (long)ts, 0);
}

int __vdso_clock_getres(clockid_t clock, struct timespec64 *ts)
{
	s64 step;

	switch (clock) {
	case CLOCK_REALTIME:
	case CLOCK_TAI:
	case CLOCK_MONOTONIC:
	case CLOCK_MONOTONIC_RAW:
	case CLOCK_BOOTTIME:
		step = 1;
		break;
	case CLOCK_REALTIME_COARSE:
	case CLOCK_MONOTONIC_COARSE:
		step = TICK_NSEC;
		break;
	default:
		return (int)syscall3(__NR_clock_getres, clock, (long)ts, 0);
	}
	if (ts)
		*ts = (struct timespec64){ .tv_sec = 0, .tv_nsec = step };
	return 0;
}

int __vdso_gettimeofday(struct timeval64 *tv, struct timezone_k *tz)
{
	u64 ns, wall_offset;

	if (!read_clock(&ns, &wall_offset))
		return (int)syscall3(__NR_gettimeofday, (long)tv, (long)tz, 0);
	ns += wall_offset;
	if (tv) {
		tv->tv_sec = (s64)(ns / NSEC_PER_SEC);
		tv->tv_usec = (s64)(ns % NSEC_PER_SEC / 1000);
	}
	if (tz)
		*tz = (struct timezone_k){ 0, 0 };
	return 0;
}

s64 __vdso_time(s64 *t)
{
	u64 ns, wall_offset;
	s64 now;

	if (!read_clock(&ns, &wall_offset))
		return syscall3(__NR_time, (long)t, 0, 0);
	now = (s64)((ns + wall_offset) / NSEC_PER_SEC);
	if (t)
		*t = now;
	return now;
}

/* Which CPU this is only the kernel knows. */
int __vdso_getcpu(unsigned int *cpu, unsigned int *node, void *unused)
{
	return (int)syscall3(__NR_getcpu, (long)cpu, (long)node, (long)unused);
}

#define WEAK(name, args, ret)                                                  \
	EXPORT ret name args __attribute__((weak, alias("__vdso_" #name)))

WEAK(clock_gettime, (clockid_t clock, struct timespec64 *ts), int);
WEAK(clock_getres, (clockid_t clock, struct timespec64 *ts), int);
WEAK(gettimeofday, (struct timeval64 * tv, struct timezone_k *tz), int);
WEAK(time, (s64 * t), s64);
WEAK(getcpu, (unsigned int *cpu, unsigned int *node, void *unused), int);

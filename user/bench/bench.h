/* SPDX-License-Identifier: MIT */
#ifndef USER_BENCH_H
#define USER_BENCH_H

/*
 * What a row of the benchmark is, and how one is timed.
 *
 * A row's function does one repetition: it prepares, times its operations,
 * cleans up and returns the ticks that all its operations took together, or
 * -errno when the system does not have what it needs. main.c repeats it, takes
 * the least and divides by the number of operations.
 *
 * A tick is one of the time stamp counter. Under qemu -icount shift=0 that is
 * one instruction of the guest, the kernel's and the program's.
 */
#include <stdint.h>
#include <sys/types.h>

#define PAGE 4096UL

struct row {
	const char *name; /* one word, for the tools */
	const char *title; /* for people */
	unsigned ops; /* operations in one repetition */
	unsigned reps; /* repetitions after one that does not count */
	long (*run)(void); /* ticks of @ops operations, or -errno */
	int plain; /* runs without a fence */
};

/* Each file has one group of rows, ended by a row without name. */
extern const struct row call_rows[], anon_rows[], file_rows[], verb_rows[],
	process_rows[], many_rows[];

/* One system call as the processor sees it: no wrapper, no errno. */
static inline long syscall3(long nr, long a, long b, long c)
{
	long ret;

	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "a"(nr), "D"(a), "S"(b), "d"(c)
			 : "rcx", "r11", "memory");
	return ret;
}

static inline long syscall6(long nr, long a, long b, long c, long d, long e,
			    long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long ret;

	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8),
			   "r"(r9)
			 : "rcx", "r11", "memory");
	return ret;
}

static inline long sys_mmap(void *at, size_t len, int prot, int flags, int fd,
			    off_t off)
{
	return syscall6(9, (long)at, (long)len, prot, flags, fd, off);
}

static inline long sys_munmap(void *at, size_t len)
{
	return syscall3(11, (long)at, (long)len, 0);
}

static inline long sys_mprotect(void *at, size_t len, int prot)
{
	return syscall3(10, (long)at, (long)len, prot);
}

/*
 * What is timed lies between these two: ticks at the beginning, ticks from
 * there to the end without what the two take by themselves. They are functions
 * of their own so that tools/bench/profile finds them.
 */
uint64_t begin(void);
long since(uint64_t start);
extern uint64_t tick_cost;

/*
 * Write or read one byte in each of @pages pages, @step bytes apart. The time
 * of a second pass over the same pages, when all of them are there, is what
 * the loop itself takes.
 */
void write_pages(char *p, size_t pages, size_t step);
void read_pages(const char *p, size_t pages, size_t step);
long time_writes(char *p, size_t pages, size_t step);
long time_reads(const char *p, size_t pages, size_t step);

/* Private anonymous memory, readable and writable; NULL when there is none. */
char *anon(size_t pages);

/* A descriptor of a memfd of @pages pages, written when @filled; or -errno. */
int memory_file(size_t pages, int filled);

/*
 * Keep what is mapped from now on away from the stack, at the same distance
 * from the ends of page tables in every run. Returns 0 or -errno.
 */
int fence_up(void);
void fence_down(void);

/* Numbers that look random and are the same in every run. */
uint32_t pseudo_random(void);
void pseudo_random_restart(void);

#endif

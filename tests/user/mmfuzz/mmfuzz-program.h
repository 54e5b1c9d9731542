/* SPDX-License-Identifier: MIT */
/* What the programs that tools/fuzz prints stand on: one file, no mmfuzz. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define P 4096L
#define A ((char *)0x10000000000)
#define H the_heap

static char *the_heap, good[4 * P];
static unsigned char vec[1024];
static int F0, F1, gate[2];
static sigjmp_buf trap;

#define mprotect(...)	      syscall(SYS_mprotect, __VA_ARGS__)
#define brk(to)		      syscall(SYS_brk, to)
#define mremap(...)	      syscall(SYS_mremap, __VA_ARGS__)
#define mlock2(...)	      syscall(SYS_mlock2, __VA_ARGS__)
#define fallocate(...)	      syscall(SYS_fallocate, __VA_ARGS__)
#define remap_file_pages(...) syscall(SYS_remap_file_pages, __VA_ARGS__)
#define show(call)                                                             \
	do {                                                                   \
		errno = 0;                                                     \
		long r_ = (long)(call);                                        \
		printf("%s = %#lx %s\n", #call, r_,                            \
		       r_ == -1 ? strerror(errno) : "");                       \
		fflush(stdout);                                                \
	} while (0)

static void trapped(int sig, siginfo_t *info, void *context)
{
	(void)context;
	printf("signal %d code %d at %p: ", sig, info->si_code, info->si_addr);
	siglongjmp(trap, 1);
}

static inline long poke(char *at, int byte)
{
	return sigsetjmp(trap, 1) ? -1 : (*(volatile char *)at = (char)byte, 0);
}

static inline long peek(char *at)
{
	return sigsetjmp(trap, 1) ? -1 : *(volatile unsigned char *)at;
}

static inline long execute(char *at)
{
	poke(at, 0xc3);
	if (sigsetjmp(trap, 1))
		return -1;
	((void (*)(void))at)();
	return 0;
}

static inline int new_file(const char *name)
{
	int fd = (int)syscall(SYS_memfd_create, name, 0);

	for (int i = 0; i < 24; i++) {
		memset(good, 0x40 + i, P);
		pwrite(fd, good, i < 23 ? P : 3000, i * P);
	}
	memset(good, 0, P);
	return fd;
}

static inline void start(void)
{
	struct sigaction sa = { .sa_sigaction = trapped,
				.sa_flags = SA_SIGINFO };
	char path[32];

	sigaction(SIGSEGV, &sa, NULL);
	sigaction(SIGBUS, &sa, NULL);
	the_heap = (char *)((brk(0) + P - 1) & -P);
	brk(the_heap);
	F0 = new_file("a");
	F1 = new_file("b");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", F1);
	F1 = open(path, O_RDONLY);
	if (pipe(gate))
		exit(1);
}

static inline void hold(void)
{
	char c;

	read(gate[0], &c, 1);
}

static inline void join(void)
{
	write(gate[1], "", 1);
	wait(NULL);
}

static inline long free_and_drop(char *at, size_t len)
{
	return madvise(at, len, MADV_FREE) | madvise(at, len, MADV_DONTNEED);
}

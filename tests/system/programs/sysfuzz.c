/* SPDX-License-Identifier: MIT */
/*
 * Call the kernel with nonsense: random numbers and arguments, pointers to all
 * kinds of memory. Children do it, so that what kills them ends nothing else.
 * The kernel is expected to live, and to give all memory back.
 *
 *	sysfuzz SEED CHILDREN CALLS [root]
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static uint64_t state;

static uint64_t rnd(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state * 0x2545f4914f6cdd1dULL;
}

static char *area;
#define AREA (64 * 4096UL)

/* A value that some call might take for something. */
static unsigned long value(void)
{
	static const unsigned long odd[] = {
		0,
		1,
		2,
		3,
		4,
		7,
		8,
		16,
		64,
		100,
		255,
		4095,
		4096,
		4097,
		8192,
		65536,
		1UL << 20,
		1UL << 31,
		(1UL << 31) - 1,
		1UL << 32,
		(1UL << 47) - 4096,
		(1UL << 47) - 1,
		1UL << 47,
		1UL << 63,
		-1UL,
		-2UL,
		-100UL,
		-4095UL,
		-4096UL,
		0xffff888000000000UL,
		0xffffffff80200000UL,
		0xffffc90000000000UL,
		0x800000000000UL,
	};

	switch (rnd() % 8) {
	case 0:
	case 1:
		return odd[rnd() % (sizeof(odd) / sizeof(odd[0]))];
	case 2:
	case 3:
	case 4:
		return (unsigned long)area + rnd() % AREA;
	case 5:
		return ((unsigned long)area + rnd() % AREA) & -4096UL;
	case 6:
		return rnd() % 64;
	default:
		return rnd() >> rnd() % 64;
	}
}

static int forbidden(long nr, int root)
{
	switch (nr) {
	case SYS_exit:
	case SYS_exit_group:
	case SYS_pause:
	case SYS_rt_sigsuspend:
	case SYS_rt_sigtimedwait:
	case SYS_rt_sigreturn:
	case SYS_vfork: /* would run on our stack */
	case SYS_kill: /* -1 is everybody, the driver too */
	case SYS_tkill:
	case SYS_tgkill:
	case SYS_rt_sigqueueinfo:
	case SYS_nanosleep:
	case SYS_clock_nanosleep:
	case SYS_poll:
	case SYS_ppoll:
	case SYS_select:
	case SYS_pselect6:
	case SYS_reboot:
		return 1;
	case SYS_fork:
	case SYS_clone:
		return rnd() % 50 != 0;
	case SYS_execve:
		return rnd() % 20 != 0;
	default:
		return root && (nr == SYS_clock_settime);
	}
}

static void prepare(void)
{
	char *p = mmap(NULL, AREA, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	area = p;
	for (unsigned int i = 0; i < AREA / 8; i++)
		if (i / 512 % 4)
			((unsigned long *)p)[i] = rnd() % 4 ? value() : 0;
	mprotect(p + 8 * 4096, 4 * 4096, PROT_READ);
	mprotect(p + 16 * 4096, 4 * 4096, PROT_NONE);
	munmap(p + 24 * 4096, 4 * 4096);
	memcpy(p + 4096, "/tmp/fuzz", 10);
	memcpy(p + 2 * 4096, "/proc/self/maps", 16);
	memcpy(p + 3 * 4096, "../..", 6);
}

static void child(uint64_t seed, int calls, int root)
{
	int pfd[2];

	state = seed * 0x9e3779b97f4a7c15ULL + 88172645463325252ULL;
	for (int fd = 0; fd < 3; fd++) {
		close(fd);
		open("/dev/zero", O_RDWR);
	}
	if (chdir("/tmp") || pipe(pfd))
		_exit(1);
	open("/tmp/fuzz-file", O_CREAT | O_RDWR, 0666);
	open("/proc", O_RDONLY);
	if (!root && (setgid(65534) || setuid(65534)))
		_exit(1);
	prepare();
	for (int i = 0; i < calls; i++) {
		long nr = (long)(rnd() % 340);

		if (rnd() % 16 == 0)
			nr = (long)(424 + rnd() % 30);
		if (forbidden(nr, root))
			continue;
		syscall(nr, value(), value(), value(), value(), value(),
			value());
	}
	_exit(0);
}

/* A call may block for ever, and rightly so. */
static void wait_or_kill(pid_t pid, int *status)
{
	for (int i = 0; waitpid(pid, status, WNOHANG) != pid; i++) {
		usleep(2000);
		if (i > 500)
			kill(pid, SIGKILL);
	}
}

int main(int argc, char **argv)
{
	uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 0) : 1;
	int children = argc > 2 ? atoi(argv[2]) : 100;
	int calls = argc > 3 ? atoi(argv[3]) : 1000;
	int root = argc > 4, by_signal = 0, status;

	for (int i = 0; i < children; i++) {
		pid_t pid = fork();

		if (pid < 0) {
			perror("fork");
			return 1;
		}
		if (!pid)
			child(seed + (uint64_t)i, calls, root);
		wait_or_kill(pid, &status);
		by_signal += WIFSIGNALED(status) != 0;
		/* What a child's children left behind. */
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
	}
	printf("%d children of seeds %lu... called, %d died of a signal\n",
	       children, (unsigned long)seed, by_signal);
	return 0;
}

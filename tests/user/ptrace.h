/* SPDX-License-Identifier: MIT */
#ifndef TESTS_USER_PTRACE_H
#define TESTS_USER_PTRACE_H

/* What the tests of ptrace(2) share: tracees and what wait4(2) says of them. */

#include "t.h"
#include <elf.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ptrace.h>
#include <sys/reg.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <time.h>

#define EVENT(e) (SIGTRAP | (e) << 8)

/* The call as it is: the library changes PTRACE_PEEK*. */
static inline long ptrace_(long request, pid_t pid, void *addr, void *data)
{
	return syscall(SYS_ptrace, request, pid, addr, data);
}
#define P(request, pid, addr, data)                                            \
	ptrace_(PTRACE_##request, pid, (void *)(long)(addr),                   \
		(void *)(long)(data))

/* Run the statements in a child that has asked to be traced and stopped. */
#define tracee(...)                                                            \
	({                                                                     \
		fflush(stdout);                                                \
		pid_t c_pid = fork();                                          \
		if (!c_pid) {                                                  \
			ptrace_(PTRACE_TRACEME, 0, NULL, NULL);                \
			syscall(SYS_tkill, syscall(SYS_gettid), SIGSTOP);      \
			__VA_ARGS__;                                           \
			_exit(0);                                              \
		}                                                              \
		int c_status;                                                  \
		waitpid(c_pid, &c_status, 0);                                  \
		c_pid;                                                         \
	})

/* The same in one that has not: it waits for a signal. */
#define child(...)                                                             \
	({                                                                     \
		fflush(stdout);                                                \
		pid_t c_pid = fork();                                          \
		if (!c_pid) {                                                  \
			__VA_ARGS__;                                           \
			_exit(0);                                              \
		}                                                              \
		c_pid;                                                         \
	})

/* Wait for @pid and print the status as a test's name does: it is expected. */
__attribute__((unused)) static int next(pid_t pid)
{
	int status = -1;

	if (waitpid(pid, &status, __WALL) != pid)
		return -1;
	return status;
}

#define STOPPED(sig) ((sig) << 8 | 0x7f)
#define EXITED(code) ((code) << 8)
#define KILLED(sig)  (sig)

/* The next status has to be that one. */
#define T_NEXT(pid, status, ...)                                               \
	({                                                                     \
		int n_s = next(pid);                                           \
		int n_ok = T(n_s == (status), __VA_ARGS__);                    \
		if (!n_ok)                                                     \
			printf("# status %#x, expected %#x\n", n_s, status);   \
		n_ok;                                                          \
	})

__attribute__((unused)) static void reap(pid_t pid)
{
	kill(pid, SIGKILL);
	while (waitpid(pid, NULL, __WALL) == pid)
		;
}

__attribute__((unused)) static void sleep_ms(int ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000L };

	while (nanosleep(&ts, &ts) && errno == EINTR)
		;
}

/* A field of /proc/PID/status. */
__attribute__((unused)) static char *proc_status(pid_t pid, const char *field)
{
	static char line[256];
	char name[64];
	FILE *f;

	snprintf(name, sizeof(name), "/proc/%d/status", pid);
	f = fopen(name, "r");
	while (f && fgets(line, sizeof(line), f)) {
		if (strncmp(line, field, strlen(field)))
			continue;
		line[strcspn(line, "\n")] = 0;
		fclose(f);
		return line + strlen(field);
	}
	if (f)
		fclose(f);
	return "";
}

#endif

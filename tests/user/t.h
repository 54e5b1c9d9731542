/* SPDX-License-Identifier: MIT */
#ifndef TESTS_USER_T_H
#define TESTS_USER_T_H

/*
 * For programs that run on Linux and on IKOS and must print the same: TAP,
 * without addresses, process ids or times.
 *
 *	int main(void)
 *	{
 *		T(munmap(p, 0) == -1 && errno == EINVAL, "munmap of nothing");
 *		is(read(fd, buf, 10), -1, EFAULT, "read into a hole");
 *		return done();
 *	}
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096UL

static int t_count, t_failed;

/* One test; says what was expected and, on failure, errno. */
__attribute__((format(printf, 2, 3), unused)) static int T(int passed,
							   const char *fmt, ...)
{
	int saved = errno;
	va_list ap;

	t_failed += !passed;
	printf("%s %d - ", passed ? "ok" : "not ok", ++t_count);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	if (!passed)
		printf("# errno %d (%s)\n", saved, strerror(saved));
	fflush(stdout);
	errno = saved;
	return passed;
}

/* A call's result and, when it is -1, its errno. */
#define is(call, result, error, ...)                                           \
	({                                                                     \
		errno = 0;                                                     \
		long is_r = (long)(call);                                      \
		int is_e = errno;                                              \
		int is_ok = is_r == (long)(result) &&                          \
			    (is_r != -1 || is_e == (error));                   \
		T(is_ok, __VA_ARGS__);                                         \
		if (!is_ok)                                                    \
			printf("# %s: expected %ld errno %d, got %ld errno "   \
			       "%d\n",                                         \
			       #call, (long)(result), (int)(error), is_r,      \
			       is_e);                                          \
		is_ok;                                                         \
	})

__attribute__((unused)) static int done(void)
{
	printf("1..%d\n", t_count);
	fflush(stdout);
	return t_failed != 0;
}

/* Wait until a process sleeps: in the call that the test is about. */
__attribute__((unused)) static void until_asleep(pid_t pid)
{
	char path[40], buf[512];

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	for (int i = 0; i < 30000; i++) {
		int fd = open(path, O_RDONLY);
		ssize_t n = read(fd, buf, sizeof(buf) - 1);
		char *p;

		close(fd);
		buf[n > 0 ? n : 0] = '\0';
		p = strrchr(buf, ')');
		if (!p || p[2] == 'S' || p[2] == 'Z')
			return;
		usleep(1000);
	}
}

/* The result of a call that SIGALRM's handler should end. The signal is sent
 * every @ms: on a slow machine the first may come before the call. */
#define interrupted_by(ms, call)                                               \
	({                                                                     \
		ualarm((ms)*1000, (ms)*1000);                                  \
		long i_r = (long)(call);                                       \
		int i_e = errno;                                               \
		ualarm(0, 0);                                                  \
		errno = i_e;                                                   \
		i_r;                                                           \
	})

/* --- faults: which signal, with which code and address ------------------- */

struct fault {
	int sig, code;
	void *addr;
};
static struct fault t_fault;
static sigjmp_buf t_jump;

__attribute__((unused)) static void t_handler(int sig, siginfo_t *info,
					      void *context)
{
	(void)context;
	t_fault = (struct fault){ sig, info->si_code, info->si_addr };
	siglongjmp(t_jump, 1);
}

/* Run the statements; what signal it raised, {0} for none. */
#define faults(...)                                                            \
	({                                                                     \
		struct sigaction f_sa = { .sa_sigaction = t_handler,           \
					  .sa_flags =                          \
						  SA_SIGINFO | SA_ONSTACK },   \
				 f_segv, f_bus;                                \
		sigaction(SIGSEGV, &f_sa, &f_segv);                            \
		sigaction(SIGBUS, &f_sa, &f_bus);                              \
		t_fault = (struct fault){ 0, 0, NULL };                        \
		if (!sigsetjmp(t_jump, 1)) {                                   \
			__VA_ARGS__;                                           \
		}                                                              \
		sigaction(SIGSEGV, &f_segv, NULL);                             \
		sigaction(SIGBUS, &f_bus, NULL);                               \
		t_fault;                                                       \
	})

#define T_SEGV(body, code_, addr_, ...)                                        \
	({                                                                     \
		struct fault s_f = faults(body);                               \
		T(s_f.sig == SIGSEGV && s_f.code == (code_) &&                 \
			  s_f.addr == (void *)(addr_),                         \
		  __VA_ARGS__);                                                \
	})
#define T_BUS(body, code_, addr_, ...)                                         \
	({                                                                     \
		struct fault s_f = faults(body);                               \
		T(s_f.sig == SIGBUS && s_f.code == (code_) &&                  \
			  s_f.addr == (void *)(addr_),                         \
		  __VA_ARGS__);                                                \
	})
#define T_FINE(body, ...) T(faults(body).sig == 0, __VA_ARGS__)

#define peek(p)	   ((void)*(volatile char *)(p))
#define poke(p, v) ((void)(*(volatile char *)(p) = (v)))

__attribute__((unused)) static char *anon(size_t len, int prot)
{
	char *p = mmap(NULL, len, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED) {
		perror("mmap");
		exit(99);
	}
	return p;
}

/* Run the statements in a child; its wait status. */
#define in_child(...)                                                          \
	({                                                                     \
		int c_status = -1;                                             \
		fflush(stdout);                                                \
		pid_t c_pid = fork();                                          \
		if (!c_pid) {                                                  \
			__VA_ARGS__;                                           \
			fflush(stdout);                                        \
			_exit(0);                                              \
		}                                                              \
		if (c_pid < 0 || waitpid(c_pid, &c_status, 0) != c_pid)        \
			c_status = -1;                                         \
		c_status;                                                      \
	})

#endif

/* SPDX-License-Identifier: MIT */
#ifndef TESTS_USER_SYSV_IPC_H
#define TESTS_USER_SYSV_IPC_H

#include "t.h"
#include <fcntl.h>
#include <sys/ipc.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>

#define NOBODY 65534

/* A key that nobody else has: the tests of other processes may run, too. */
static inline key_t unique_key(int n)
{
	return (key_t)(0x49000000 | (getpid() & 0xffff) << 8 | n);
}

/* The statements as another user, in a child; what it exits with, else 0. */
#define as_nobody(...)                                                         \
	({                                                                     \
		int n_status = in_child({                                      \
			if (syscall(SYS_setgroups, 0, NULL) ||                 \
			    syscall(SYS_setgid, NOBODY) ||                     \
			    syscall(SYS_setuid, NOBODY))                       \
				_exit(99);                                     \
			__VA_ARGS__;                                           \
		});                                                            \
		WIFEXITED(n_status) ? WEXITSTATUS(n_status) : -n_status;       \
	})

/* 0 when @call fails with @error, as a bit otherwise. */
#define fails(bit, call, error)                                                \
	((long)(call) == -1 && errno == (error) ? 0 : 1 << (bit))
#define works(bit, call) ((long)(call) == -1 ? 1 << (bit) : 0)

static inline int recent(time_t t)
{
	time_t now = time(NULL);

	return t <= now && t >= now - 30;
}

static inline void nap(long ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&ts, NULL);
}

#endif

/* SPDX-License-Identifier: MIT */
#ifndef UAPI_RESOURCE_H
#define UAPI_RESOURCE_H

/* Resource limits and usage: getrlimit(2), getrusage(2). */

#define RLIMIT_CPU	  0
#define RLIMIT_FSIZE	  1
#define RLIMIT_DATA	  2
#define RLIMIT_STACK	  3
#define RLIMIT_CORE	  4
#define RLIMIT_RSS	  5
#define RLIMIT_NPROC	  6
#define RLIMIT_NOFILE	  7
#define RLIMIT_MEMLOCK	  8
#define RLIMIT_AS	  9
#define RLIMIT_LOCKS	  10
#define RLIMIT_SIGPENDING 11
#define RLIMIT_MSGQUEUE	  12
#define RLIMIT_NICE	  13
#define RLIMIT_RTPRIO	  14
#define RLIMIT_RTTIME	  15
#define RLIM_NLIMITS	  16

#define RLIM_INFINITY (~0UL)

/* On the host the files of mm/ see libc's structure of the same layout. */
#ifndef _SYS_RESOURCE_H
struct rlimit {
	unsigned long rlim_cur; /* soft limit */
	unsigned long rlim_max; /* ceiling of the soft limit */
};
#endif

#ifndef _SYS_RESOURCE_H
#include <uapi/time.h>

/* struct rusage of getrusage(2) and wait4(2); what is not kept stays 0. */
struct rusage_k {
	struct timeval64 ru_utime, ru_stime;
	int64_t ru_maxrss; /* KiB */
	int64_t ru_ixrss, ru_idrss, ru_isrss;
	int64_t ru_minflt, ru_majflt;
	int64_t ru_nswap, ru_inblock, ru_oublock;
	int64_t ru_msgsnd, ru_msgrcv, ru_nsignals;
	int64_t ru_nvcsw, ru_nivcsw;
};
_Static_assert(sizeof(struct rusage_k) == 144, "struct rusage");
#endif

#define RUSAGE_SELF	0
#define RUSAGE_CHILDREN (-1)
#define RUSAGE_THREAD	1
#define RUSAGE_BOTH	(-2) /* inside the kernel: what wait4(2) reports */

#endif

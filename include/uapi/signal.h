/* SPDX-License-Identifier: MIT */
#ifndef UAPI_SIGNAL_H
#define UAPI_SIGNAL_H

#include <stdint.h>

/* Signals of Linux on x86-64: signal(7), sigaction(2). */
#define SIGHUP	  1
#define SIGINT	  2
#define SIGQUIT	  3
#define SIGILL	  4
#define SIGTRAP	  5
#define SIGABRT	  6
#define SIGBUS	  7
#define SIGFPE	  8
#define SIGKILL	  9
#define SIGUSR1	  10
#define SIGSEGV	  11
#define SIGUSR2	  12
#define SIGPIPE	  13
#define SIGALRM	  14
#define SIGTERM	  15
#define SIGSTKFLT 16
#define SIGCHLD	  17
#define SIGCONT	  18
#define SIGSTOP	  19
#define SIGTSTP	  20
#define SIGTTIN	  21
#define SIGTTOU	  22
#define SIGURG	  23
#define SIGXCPU	  24
#define SIGXFSZ	  25
#define SIGVTALRM 26
#define SIGPROF	  27
#define SIGWINCH  28
#define SIGIO	  29
#define SIGPWR	  30
#define SIGSYS	  31
#define SIGRTMIN  32
#define _NSIG	  64

#define SA_NOCLDSTOP 0x00000001UL
#define SA_NOCLDWAIT 0x00000002UL
#define SA_SIGINFO   0x00000004UL
#define SA_RESTORER  0x04000000UL
#define SA_ONSTACK   0x08000000UL
#define SA_RESTART   0x10000000UL
#define SA_NODEFER   0x40000000UL
#define SA_RESETHAND 0x80000000UL

#define SIG_BLOCK   0
#define SIG_UNBLOCK 1
#define SIG_SETMASK 2

#define SIG_DFL 0UL
#define SIG_IGN 1UL

#define SS_ONSTACK    1
#define SS_DISABLE    2
#define SS_AUTODISARM (1U << 31)
#define MINSIGSTKSZ   2048

/* si_code */
#define SI_USER	      0
#define SI_KERNEL     0x80
#define SI_QUEUE      (-1)
#define SI_TIMER      (-2)
#define SI_TKILL      (-6)
#define ILL_ILLOPN    2
#define FPE_INTDIV    1
#define FPE_INTOVF    2
#define FPE_FLTDIV    3
#define FPE_FLTOVF    4
#define FPE_FLTUND    5
#define FPE_FLTRES    6
#define FPE_FLTINV    7
#define SEGV_MAPERR   1
#define SEGV_ACCERR   2
#define SEGV_PKUERR   4
#define BUS_ADRALN    1
#define BUS_ADRERR    2
#define TRAP_BRKPT    1
#define TRAP_TRACE    2
#define CLD_EXITED    1
#define CLD_KILLED    2
#define CLD_DUMPED    3
#define CLD_TRAPPED   4
#define CLD_STOPPED   5
#define CLD_CONTINUED 6

typedef uint64_t sigset_t_k; /* the kernel's sigset: bit n-1 is signal n */

union sigval_k {
	int sival_int;
	uint64_t sival_ptr;
};

/* siginfo_t, 128 bytes. */
struct siginfo {
	int32_t si_signo;
	int32_t si_errno;
	int32_t si_code;
	int32_t pad_;
	union {
		int32_t fill_[28];
		struct {
			int32_t si_pid;
			uint32_t si_uid;
			union {
				union sigval_k si_value; /* SI_QUEUE */
				struct {
					int32_t si_status; /* SIGCHLD */
					int32_t pad2_;
					int64_t si_utime;
					int64_t si_stime;
				};
			};
		};
		struct {
			int32_t si_timerid; /* SI_TIMER */
			int32_t si_overrun;
			union sigval_k si_timer_value;
		};
		struct {
			uint64_t si_addr; /* SIGSEGV, SIGBUS, SIGILL, SIGFPE */
			int16_t si_addr_lsb;
			int16_t pad3_[3];
			uint64_t si_lower, si_upper; /* or si_pkey */
		};
	};
};
_Static_assert(sizeof(struct siginfo) == 128, "siginfo_t");

/* What rt_sigaction(2) passes (not libc's struct sigaction). */
struct ksigaction {
	uint64_t handler;
	uint64_t flags;
	uint64_t restorer;
	sigset_t_k mask;
};

#define SIGEV_SIGNAL	0
#define SIGEV_NONE	1
#define SIGEV_THREAD	2
#define SIGEV_THREAD_ID 4

/* struct sigevent, 64 bytes. */
struct sigevent_k {
	union sigval_k sigev_value;
	int32_t sigev_signo;
	int32_t sigev_notify;
	int32_t sigev_notify_thread_id;
	int32_t pad_[11];
};
_Static_assert(sizeof(struct sigevent_k) == 64, "struct sigevent");

/* stack_t */
struct sigaltstack_k {
	uint64_t ss_sp;
	int32_t ss_flags;
	int32_t pad_;
	uint64_t ss_size;
};

#endif

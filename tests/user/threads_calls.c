/* SPDX-License-Identifier: MIT */
/*
 * The system calls of threads without a library: clone and clone3 with each
 * error, tgkill and its kind, set_tid_address, membarrier, the scheduler's.
 */
#include "t.h"
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#define NOBODY 0x3fffff0

#ifndef SYS_clone3
#define SYS_clone3 435
#endif
#define CLONE_CLEAR_SIGHAND_ 0x100000000UL
#define CLONE_INTO_CGROUP_   0x200000000UL

struct clone_args {
	uint64_t flags, pidfd, child_tid, parent_tid, exit_signal;
	uint64_t stack, stack_size, tls, set_tid, set_tid_size, cgroup;
};

static int gettid_(void)
{
	return (int)syscall(SYS_gettid);
}

static long raw_clone(unsigned long flags)
{
	return syscall(SYS_clone, flags, 0, NULL, NULL, 0);
}

/* --- clone ------------------------------------------------------------------------ */

static void clone_errors(void)
{
	is(raw_clone(CLONE_SIGHAND), -1, EINVAL, "clone: SIGHAND without VM");
	is(raw_clone(CLONE_THREAD), -1, EINVAL, "clone: THREAD alone");
	is(raw_clone(CLONE_THREAD | CLONE_VM), -1, EINVAL,
	   "clone: THREAD without SIGHAND");
	is(raw_clone(CLONE_THREAD | CLONE_SIGHAND), -1, EINVAL,
	   "clone: THREAD without VM");
	is(raw_clone(CLONE_NEWNS | CLONE_FS), -1, EINVAL,
	   "clone: NEWNS and FS");
	is(raw_clone(CLONE_NEWUSER | CLONE_FS), -1, EINVAL,
	   "clone: NEWUSER and FS");
	is(raw_clone(CLONE_NEWIPC | CLONE_SYSVSEM), -1, EINVAL,
	   "clone: NEWIPC and SYSVSEM");
	is(raw_clone(CLONE_NEWPID | CLONE_THREAD | CLONE_SIGHAND | CLONE_VM),
	   -1, EINVAL, "clone: NEWPID and THREAD");
	is(raw_clone(CLONE_PIDFD | CLONE_DETACHED), -1, EINVAL,
	   "clone: PIDFD and DETACHED");
}

static void limits_of_users(void)
{
	struct rlimit few = { 0, 0 };
	int status;

	status = in_child(
		if (setrlimit(RLIMIT_NPROC, &few) || setuid(1234)) _exit(1);
		if (raw_clone(SIGCHLD) != -1 || errno != EAGAIN) _exit(2));
	T(status == 0, "clone: EAGAIN at RLIMIT_NPROC");
}

struct shared {
	atomic_int tid, parent_tid, child_tid, flag;
	char stack[32768];
};
static struct shared *sh;

/* A child or thread on its own stack that runs @fn and ends. */
static long spawn(unsigned long flags, int (*fn)(void *), void *arg)
{
	return clone(fn, sh->stack + sizeof(sh->stack), (int)flags, arg,
		     &sh->parent_tid, NULL, &sh->child_tid);
}

static int stores_tid(void *arg)
{
	(void)arg;
	atomic_store(&sh->tid, gettid_());
	return 0;
}

static int sees_child_tid(void *arg)
{
	(void)arg;
	atomic_store(&sh->tid, gettid_());
	atomic_store(&sh->flag, atomic_load(&sh->child_tid));
	return 0;
}

static void settid(void)
{
	int status;
	long pid;

	pid = spawn(CLONE_PARENT_SETTID | SIGCHLD, stores_tid, NULL);
	T(pid > 0 && waitpid((pid_t)pid, &status, 0) == pid &&
		  atomic_load(&sh->parent_tid) == pid,
	  "PARENT_SETTID: in the parent's memory");
	pid = spawn(CLONE_CHILD_SETTID | CLONE_VM | SIGCHLD, sees_child_tid,
		    NULL);
	waitpid((pid_t)pid, &status, 0);
	T(pid > 0 && atomic_load(&sh->flag) == pid &&
		  atomic_load(&sh->tid) == pid,
	  "CHILD_SETTID: in the child's memory, before it runs");
	atomic_store(&sh->child_tid, 77);
	pid = spawn(CLONE_CHILD_CLEARTID | CLONE_VM | SIGCHLD, stores_tid,
		    NULL);
	waitpid((pid_t)pid, &status, 0);
	T(pid > 0 && atomic_load(&sh->child_tid) == 0,
	  "CHILD_CLEARTID: cleared when it ends");
	atomic_store(&sh->child_tid, 77);
	pid = syscall(SYS_clone,
		      CLONE_PARENT_SETTID | CLONE_CHILD_SETTID |
			      CLONE_CHILD_CLEARTID | SIGCHLD,
		      0, 8, 8, 0);
	if (!pid)
		_exit(5);
	T(pid > 0 && waitpid((pid_t)pid, &status, 0) == pid &&
		  WEXITSTATUS(status) == 5,
	  "bad addresses for the numbers are ignored");
	pid = spawn(CLONE_VM | CLONE_SIGHAND | CLONE_THREAD | CLONE_FILES |
			    CLONE_FS | CLONE_CHILD_CLEARTID |
			    CLONE_PARENT_SETTID | SIGCHLD,
		    stores_tid, NULL);
	while (pid > 0 && atomic_load(&sh->child_tid))
		sched_yield();
	T(pid > 0 && atomic_load(&sh->tid) == pid, "a raw thread");
	is(waitpid((pid_t)pid, &status, __WALL), -1, ECHILD,
	   "cannot be waited for");
}

static void exit_signals(void)
{
	int status;
	long pid;

	pid = raw_clone(0);
	if (!pid)
		_exit(3);
	is(waitpid((pid_t)pid, &status, 0), -1, ECHILD,
	   "a child without SIGCHLD is not waited for");
	is(waitpid((pid_t)pid, &status, __WCLONE), pid, 0, "but with __WCLONE");
	T(WEXITSTATUS(status) == 3, "and has its status");
	signal(SIGUSR1, SIG_IGN);
	pid = raw_clone(SIGUSR1);
	if (!pid)
		_exit(4);
	is(waitpid((pid_t)pid, &status, __WALL), pid, 0,
	   "__WALL waits for one of SIGUSR1");
	pid = raw_clone(SIGCHLD);
	if (!pid)
		_exit(4);
	is(waitpid((pid_t)pid, &status, __WCLONE), -1, ECHILD,
	   "__WCLONE does not wait for one of SIGCHLD");
	is(waitpid((pid_t)pid, &status, 0), pid, 0, "that is the usual one");
	signal(SIGUSR1, SIG_DFL);
}

/* --- clone3 -------------------------------------------------------------------------- */

static long clone3(struct clone_args *args, size_t size)
{
	return syscall(SYS_clone3, args, size);
}

static struct clone_args plain(void)
{
	return (struct clone_args){ .exit_signal = SIGCHLD };
}

#define is3(error, what, ...)                                                  \
	do {                                                                   \
		struct clone_args a = plain();                                 \
		__VA_ARGS__;                                                   \
		is(clone3(&a, sizeof(a)), -1, error, "clone3: " what);         \
	} while (0)

static void clone3_sizes(void)
{
	char *two = anon(3 * PAGE, PROT_READ | PROT_WRITE);
	struct clone_args a = plain(), *end;
	int status;
	long pid;

	is(clone3(&a, 0), -1, EINVAL, "clone3: size 0");
	is(clone3(&a, 63), -1, EINVAL, "clone3: a size before the first");
	is(clone3((void *)two, PAGE + 1), -1, E2BIG,
	   "clone3: more than a page");
	is(clone3(NULL, sizeof(a)), -1, EFAULT, "clone3: from nowhere");
	mprotect(two + 2 * PAGE, PAGE, PROT_NONE);
	end = (void *)(two + 2 * PAGE - 64);
	end->exit_signal = SIGCHLD;
	is(clone3(end, 72), -1, EFAULT, "clone3: half from nowhere");
	pid = clone3(end, 64);
	if (!pid)
		_exit(6);
	T(pid > 0 && waitpid((pid_t)pid, &status, 0) == pid &&
		  WEXITSTATUS(status) == 6,
	  "clone3: the first size");
	memset(two, 0, 2 * PAGE);
	((struct clone_args *)(void *)two)->exit_signal = SIGCHLD;
	pid = clone3((void *)two, PAGE);
	if (!pid)
		_exit(7);
	T(pid > 0 && waitpid((pid_t)pid, &status, 0) == pid &&
		  WEXITSTATUS(status) == 7,
	  "clone3: a longer one that ends with zeroes");
	two[PAGE - 1] = 1;
	is(clone3((void *)two, PAGE), -1, E2BIG,
	   "clone3: and one that does not");
}

static void clone3_errors(void)
{
	pid_t nr[2] = { 0, 0 };
	uint64_t at = (uint64_t)(uintptr_t)nr;

	is3(EINVAL, "an unknown flag", a.flags = 1UL << 40);
	is3(EINVAL, "DETACHED", a.flags = CLONE_DETACHED);
	is3(EINVAL, "a signal in flags", a.flags = SIGCHLD);
	is3(EINVAL, "no signal", a.exit_signal = 65);
	is3(EINVAL, "beyond a signal", a.exit_signal = 1UL << 33);
	is3(EINVAL, "SIGHAND and CLEAR_SIGHAND",
	    a.flags = CLONE_VM | CLONE_SIGHAND | CLONE_CLEAR_SIGHAND_);
	is3(EINVAL, "a thread's exit signal",
	    a.flags = CLONE_VM | CLONE_SIGHAND | CLONE_THREAD);
	is3(EINVAL, "a sibling's exit signal", a.flags = CLONE_PARENT);
	is3(EINVAL, "a stack without a size", a.stack = (uintptr_t)sh->stack);
	is3(EINVAL, "a size without a stack", a.stack_size = 4096);
	is3(EINVAL, "a stack in the kernel", a.stack = 1UL << 63;
	    a.stack_size = 4096);
	is3(EINVAL, "a size of no numbers", a.set_tid_size = 1);
	is3(EINVAL, "numbers of no size", a.set_tid = at);
	is3(EINVAL, "too many numbers", a.set_tid = at; a.set_tid_size = 33);
	is3(EFAULT, "a number from nowhere", a.set_tid = 8; a.set_tid_size = 1);
	nr[0] = -1;
	is3(EINVAL, "a negative number", a.set_tid = at; a.set_tid_size = 1);
	nr[0] = 0x7fffffff;
	is3(EINVAL, "too large a number", a.set_tid = at; a.set_tid_size = 1);
	nr[0] = getpid();
	is3(EEXIST, "one's own number", a.set_tid = at; a.set_tid_size = 1);
	nr[0] = 30000;
	T(in_child(struct clone_args a = plain(); a.set_tid = at;
		   a.set_tid_size = 1;
		   if (setuid(1234) || clone3(&a, sizeof(a)) != -1 ||
		       errno != EPERM) _exit(1)) == 0,
	  "clone3: a number, not as root: EPERM");
	is3(EINVAL, "a control group of an old size",
	    a.flags = CLONE_INTO_CGROUP_;
	    a.cgroup = 1UL << 40);
}

static int is_default(void)
{
	struct sigaction usr1, usr2;

	sigaction(SIGUSR1, NULL, &usr1);
	sigaction(SIGUSR2, NULL, &usr2);
	return usr1.sa_handler == SIG_DFL && usr2.sa_handler == SIG_IGN;
}

static void nothing(int sig)
{
	(void)sig;
}

static void clone3_works(void)
{
	struct clone_args a = plain();
	pid_t nr, tid = 0;
	int status = -1;
	long pid;

	nr = (pid_t)raw_clone(SIGCHLD);
	if (!nr)
		_exit(0);
	waitpid(nr, &status, 0);
	a.set_tid = (uintptr_t)&nr;
	a.set_tid_size = 1;
	pid = clone3(&a, sizeof(a));
	if (!pid)
		_exit(getpid() == nr ? 8 : 9);
	T(pid == nr && waitpid((pid_t)pid, &status, 0) == pid &&
		  WEXITSTATUS(status) == 8,
	  "clone3: a number that is free");
	a = plain();
	a.flags = CLONE_PARENT_SETTID | CLONE_CHILD_SETTID;
	a.parent_tid = (uintptr_t)&tid;
	a.child_tid = (uintptr_t)&tid;
	pid = clone3(&a, sizeof(a));
	if (!pid)
		_exit(tid == getpid() ? 10 : 11);
	T(pid > 0 && tid == pid && waitpid((pid_t)pid, &status, 0) == pid &&
		  WEXITSTATUS(status) == 10,
	  "clone3: the number is stored in both");
	signal(SIGUSR1, nothing);
	signal(SIGUSR2, SIG_IGN);
	a = plain();
	a.flags = CLONE_CLEAR_SIGHAND_;
	pid = clone3(&a, sizeof(a));
	if (!pid)
		_exit(is_default() ? 12 : 13);
	T(pid > 0 && waitpid((pid_t)pid, &status, 0) == pid &&
		  WEXITSTATUS(status) == 12,
	  "clone3: CLEAR_SIGHAND, but what is ignored stays so");
	T(!is_default(), "clone3: the parent keeps its own");
	signal(SIGUSR1, SIG_DFL);
	signal(SIGUSR2, SIG_DFL);
}

/* --- signals ---------------------------------------------------------------------------- */

static void kills(void)
{
	siginfo_t info = { .si_code = SI_QUEUE };
	int me = getpid(), status;
	pid_t pid;

	is(syscall(SYS_tgkill, me, gettid_(), 0), 0, 0, "tgkill: signal 0");
	is(syscall(SYS_tgkill, 0, gettid_(), 0), -1, EINVAL,
	   "tgkill: process 0");
	is(syscall(SYS_tgkill, me, 0, 0), -1, EINVAL, "tgkill: thread 0");
	is(syscall(SYS_tgkill, me, -1, 0), -1, EINVAL, "tgkill: thread -1");
	is(syscall(SYS_tgkill, me, me, 65), -1, EINVAL, "tgkill: no signal");
	is(syscall(SYS_tgkill, me, NOBODY, 0), -1, ESRCH, "tgkill: nobody");
	is(syscall(SYS_tgkill, 1, me, 0), -1, ESRCH,
	   "tgkill: of another process");
	is(syscall(SYS_tkill, me, 0), 0, 0, "tkill: signal 0");
	is(syscall(SYS_tkill, 0, 0), -1, EINVAL, "tkill: thread 0");
	is(syscall(SYS_tkill, me, -1), -1, EINVAL, "tkill: no signal");
	is(syscall(SYS_tkill, NOBODY, 0), -1, ESRCH, "tkill: nobody");
	is(syscall(SYS_rt_tgsigqueueinfo, me, me, 0, &info), 0, 0,
	   "rt_tgsigqueueinfo: signal 0");
	is(syscall(SYS_rt_tgsigqueueinfo, 0, me, 0, &info), -1, EINVAL,
	   "rt_tgsigqueueinfo: process 0");
	is(syscall(SYS_rt_tgsigqueueinfo, me, 0, 0, &info), -1, EINVAL,
	   "rt_tgsigqueueinfo: thread 0");
	is(syscall(SYS_rt_tgsigqueueinfo, me, me, 65, &info), -1, EINVAL,
	   "rt_tgsigqueueinfo: no signal");
	is(syscall(SYS_rt_tgsigqueueinfo, me, me, 0, NULL), -1, EFAULT,
	   "rt_tgsigqueueinfo: from nowhere");
	is(syscall(SYS_rt_tgsigqueueinfo, me, NOBODY, 0, &info), -1, ESRCH,
	   "rt_tgsigqueueinfo: nobody");
	fflush(stdout);
	pid = fork();
	if (!pid) {
		if (setuid(1234))
			_exit(1);
		info.si_code = SI_USER;
		if (syscall(SYS_rt_tgsigqueueinfo, me, me, 0, &info) != -1 ||
		    errno != EPERM)
			_exit(2);
		info.si_code = SI_TKILL;
		if (syscall(SYS_rt_tgsigqueueinfo, me, me, 0, &info) != -1 ||
		    errno != EPERM)
			_exit(3);
		if (syscall(SYS_tgkill, me, me, 0) != -1 || errno != EPERM)
			_exit(4);
		if (syscall(SYS_tkill, me, 0) != -1 || errno != EPERM)
			_exit(5);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	T(status == 0, "EPERM: another user's; one who poses as the kernel");
	T(in_child(struct rlimit none = { 0, 0 }; sigset_t set;
		   sigfillset(&set); sigprocmask(SIG_BLOCK, &set, NULL);
		   if (setrlimit(RLIMIT_SIGPENDING, &none) || setuid(1234) ||
		       syscall(SYS_rt_tgsigqueueinfo, getpid(), getpid(),
			       SIGRTMIN + 1, &info) != -1 ||
		       errno != EAGAIN) _exit(1)) == 0,
	  "EAGAIN: no room for one more");
}

static void set_tid_address(void)
{
	static int word;

	is(syscall(SYS_set_tid_address, &word), gettid_(), 0,
	   "set_tid_address returns the thread's number");
	is(syscall(SYS_set_tid_address, 8), gettid_(), 0,
	   "and never fails, whatever the address");
	is(syscall(SYS_set_tid_address, NULL), gettid_(), 0, "nor with none");
}

/* --- membarrier ---------------------------------------------------------------------------- */

static long membarrier(int cmd, unsigned int flags)
{
	return syscall(SYS_membarrier, cmd, flags, 0);
}

static void membarriers(void)
{
	T((membarrier(0, 0) & 0x1f) == 0x1f, "membarrier: what there is");
	is(membarrier(0, 1), -1, EINVAL, "membarrier: flags");
	is(membarrier(1, 1), -1, EINVAL, "membarrier: flags of a command");
	is(membarrier(3, 0), -1, EINVAL, "membarrier: two commands");
	is(membarrier(1 << 20, 0), -1, EINVAL, "membarrier: no command");
	is(membarrier(-1, 0), -1, EINVAL, "membarrier: all commands");
	is(membarrier(8, 0), -1, EPERM, "membarrier: not registered");
	is(membarrier(16, 0), 0, 0, "membarrier: registers");
	is(membarrier(8, 0), 0, 0, "membarrier: private");
	T(in_child(_exit(membarrier(8, 0) != 0)) == 0,
	  "membarrier: a child is registered, too");
	is(membarrier(1, 0), 0, 0, "membarrier: global");
	is(membarrier(4, 0), 0, 0, "membarrier: registers globally");
	is(membarrier(2, 0), 0, 0, "membarrier: global, expedited");
}

static atomic_int stop;
static volatile int x, y;
static long reordered;

static void *other_side(void *arg)
{
	atomic_int *round = arg;
	int seen = 0;

	while (!atomic_load_explicit(&stop, memory_order_relaxed)) {
		int now = atomic_load(round);

		if (now == seen)
			continue;
		seen = now;
		y = 1;
		__asm__ __volatile__("" ::: "memory");
		if (!x)
			reordered = now;
		atomic_store(&sh->flag, now);
	}
	return NULL;
}

static void membarrier_orders(void)
{
	atomic_int round = 0;
	long bad = 0;
	pthread_t t;

	atomic_store(&sh->flag, 0);
	if (pthread_create(&t, NULL, other_side, &round))
		exit(99);
	for (int i = 1; i <= 300; i++) {
		int saw;

		x = y = 0;
		atomic_store(&round, i);
		x = 1;
		membarrier(8, 0);
		saw = y;
		while (atomic_load(&sh->flag) != i)
			sched_yield();
		bad += !saw && reordered == i;
	}
	atomic_store(&stop, 1);
	pthread_join(t, NULL);
	T(bad == 0, "membarrier: both sides never miss the other's store");
}

/* --- the scheduler's ------------------------------------------------------------------------ */

static void affinity(void)
{
	unsigned char mask[512] = { 0 }, all[512] = { 0 };
	long n = syscall(SYS_sched_getaffinity, 0, sizeof(all), all);
	unsigned int cpu = 99;

	T(n >= 8 && n % 8 == 0 && (all[0] & 1), "sched_getaffinity");
	is(syscall(SYS_sched_getaffinity, 0, 7, all), -1, EINVAL,
	   "sched_getaffinity: odd sizes");
	is(syscall(SYS_sched_getaffinity, 0, 0, all), -1, EINVAL,
	   "sched_getaffinity: no room");
	is(syscall(SYS_sched_getaffinity, NOBODY, 512, all), -1, ESRCH,
	   "sched_getaffinity: nobody's");
	is(syscall(SYS_sched_getaffinity, 0, 512, 8), -1, EFAULT,
	   "sched_getaffinity: to nowhere");
	is(syscall(SYS_sched_setaffinity, 0, 8, mask), -1, EINVAL,
	   "sched_setaffinity: no CPU");
	is(syscall(SYS_sched_setaffinity, 0, 0, mask), -1, EINVAL,
	   "sched_setaffinity: an empty mask");
	is(syscall(SYS_sched_setaffinity, 0, 8, NULL), -1, EFAULT,
	   "sched_setaffinity: from nowhere");
	mask[0] = 1;
	is(syscall(SYS_sched_setaffinity, NOBODY, 8, mask), -1, ESRCH,
	   "sched_setaffinity: nobody's");
	T(in_child(if (setuid(1234) ||
		       syscall(SYS_sched_setaffinity, getppid(), 8, mask) !=
			       -1 ||
		       errno != EPERM) _exit(1)) == 0,
	  "sched_setaffinity: another user's: EPERM");
	is(syscall(SYS_sched_setaffinity, 0, 1, mask), 0, 0,
	   "sched_setaffinity: to the first CPU");
	is(syscall(SYS_getcpu, &cpu, NULL, NULL), 0, 0, "getcpu");
	T(cpu == 0, "it runs there");
	memset(mask, 0, sizeof(mask));
	syscall(SYS_sched_getaffinity, 0, sizeof(mask), mask);
	T(mask[0] == 1 && !mask[1], "and says so");
	T(in_child(unsigned char its[512] = { 0 };
		   syscall(SYS_sched_getaffinity, 0, sizeof(its), its);
		   _exit(its[0] != 1)) == 0,
	  "a child has its parent's");
	memset(mask, 0xff, sizeof(mask));
	is(syscall(SYS_sched_setaffinity, 0, sizeof(mask), mask), 0, 0,
	   "sched_setaffinity: to all there are");
	memset(mask, 0, sizeof(mask));
	syscall(SYS_sched_getaffinity, 0, sizeof(mask), mask);
	T(!memcmp(mask, all, sizeof(mask)), "are those there were");
	is(syscall(SYS_getcpu, 8, NULL, NULL), -1, EFAULT,
	   "getcpu: to nowhere");
}

struct param {
	int prio;
};

static long set_policy(int policy, int prio)
{
	struct param p = { prio };

	return syscall(SYS_sched_setscheduler, 0, policy, &p);
}

static void policies(void)
{
	struct param p = { 5 }, zero = { 0 };
	struct timespec ts = { -1, -1 };

	is(syscall(SYS_sched_getscheduler, 0), 0, 0, "SCHED_OTHER to begin");
	is(syscall(SYS_sched_getscheduler, -1), -1, EINVAL,
	   "sched_getscheduler: -1");
	is(syscall(SYS_sched_getscheduler, NOBODY), -1, ESRCH,
	   "sched_getscheduler: nobody's");
	is(syscall(SYS_sched_getparam, 0, &p), 0, 0, "sched_getparam");
	T(p.prio == 0, "priority 0");
	is(syscall(SYS_sched_getparam, 0, NULL), -1, EINVAL,
	   "sched_getparam: no place");
	is(syscall(SYS_sched_getparam, 0, 8), -1, EFAULT,
	   "sched_getparam: to nowhere");
	is(syscall(SYS_sched_getparam, -1, &p), -1, EINVAL,
	   "sched_getparam: -1");
	is(syscall(SYS_sched_getparam, NOBODY, &p), -1, ESRCH,
	   "sched_getparam: nobody's");
	is(syscall(SYS_sched_setparam, 0, &zero), 0, 0, "sched_setparam");
	p.prio = 1;
	is(syscall(SYS_sched_setparam, 0, &p), -1, EINVAL,
	   "sched_setparam: no priority of SCHED_OTHER");
	is(syscall(SYS_sched_setparam, 0, NULL), -1, EINVAL,
	   "sched_setparam: none");
	is(set_policy(-1, 0), -1, EINVAL, "sched_setscheduler: -1");
	is(set_policy(4, 0), -1, EINVAL, "sched_setscheduler: no policy");
	is(set_policy(1, 0), -1, EINVAL,
	   "sched_setscheduler: SCHED_FIFO has priorities");
	is(set_policy(1, 100), -1, EINVAL, "sched_setscheduler: up to 99");
	is(set_policy(3, 1), -1, EINVAL,
	   "sched_setscheduler: SCHED_BATCH has none");
	is(syscall(SYS_sched_setscheduler, 0, 0, NULL), -1, EINVAL,
	   "sched_setscheduler: no parameter");
	is(syscall(SYS_sched_setscheduler, 0, 0, 8), -1, EFAULT,
	   "sched_setscheduler: from nowhere");
	is(syscall(SYS_sched_setscheduler, NOBODY, 0, &zero), -1, ESRCH,
	   "sched_setscheduler: nobody's");
	T(in_child(struct param one = { 1 };
		   if (setuid(1234) || set_policy(1, 1) != -1 ||
		       errno != EPERM ||
		       syscall(SYS_sched_setscheduler, getppid(), 0, &zero) !=
			       -1 ||
		       errno != EPERM || one.prio != 1) _exit(1)) == 0,
	  "sched_setscheduler: EPERM without the right");
	is(set_policy(3, 0), 0, 0, "SCHED_BATCH");
	is(syscall(SYS_sched_getscheduler, 0), 3, 0, "is set");
	is(set_policy(5, 0), 0, 0, "SCHED_IDLE");
	T(in_child(_exit(syscall(SYS_sched_getscheduler, 0) != 5)) == 0,
	  "is inherited");
	is(set_policy(0 | 0x40000000, 0), 0, 0, "SCHED_RESET_ON_FORK");
	is(syscall(SYS_sched_getscheduler, 0), 0x40000000, 0, "is a flag");
	T(in_child(_exit(syscall(SYS_sched_getscheduler, 0) != 0)) == 0,
	  "that is not inherited");
	is(set_policy(0, 0), 0, 0, "SCHED_OTHER");
	for (int policy = -1; policy <= 6; policy++)
		printf("# policy %d: %ld to %ld\n", policy,
		       syscall(SYS_sched_get_priority_min, policy),
		       syscall(SYS_sched_get_priority_max, policy));
	is(syscall(SYS_sched_rr_get_interval, 0, &ts), 0, 0,
	   "sched_rr_get_interval");
	T(ts.tv_sec == 0 && ts.tv_nsec >= 0 && ts.tv_nsec < 1000000000,
	  "a fraction of a second");
	is(syscall(SYS_sched_rr_get_interval, -1, &ts), -1, EINVAL,
	   "sched_rr_get_interval: -1");
	is(syscall(SYS_sched_rr_get_interval, NOBODY, &ts), -1, ESRCH,
	   "sched_rr_get_interval: nobody's");
	is(syscall(SYS_sched_rr_get_interval, 0, 8), -1, EFAULT,
	   "sched_rr_get_interval: to nowhere");
	is(sched_yield(), 0, 0, "sched_yield");
}

int main(void)
{
	sh = mmap(NULL, sizeof(*sh), PROT_READ | PROT_WRITE,
		  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	clone_errors();
	limits_of_users();
	settid();
	exit_signals();
	clone3_sizes();
	clone3_errors();
	clone3_works();
	kills();
	set_tid_address();
	membarriers();
	membarrier_orders();
	affinity();
	policies();
	return done();
}

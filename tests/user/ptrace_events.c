/* SPDX-License-Identifier: MIT */
/*
 * ptrace(2), what a debugger and strace(1) use: stops at system calls and at
 * events, attaching in both ways, stops of the whole process, threads, and what
 * wait4(2) and waitid(2) say of all that.
 */
#include "ptrace.h"
#include <fcntl.h>
#include <pthread.h>

static volatile int flag;
static char stack[65536] __attribute__((aligned(16)));

static void system_calls(void)
{
	struct __ptrace_syscall_info info;
	struct user_regs_struct r;
	long msg = 0;
	pid_t pid = tracee({
		long v = syscall(SYS_getppid, 1, 2, 3, 4, 5, 6);

		_exit(v == 4711 ? (int)syscall(SYS_getppid) : 99);
	});

	is(P(SETOPTIONS, pid, 0, PTRACE_O_TRACESYSGOOD), 0, 0, "SETOPTIONS");
	is(P(GET_SYSCALL_INFO, pid, sizeof(info), &info), 24, 0, "in a signal");
	T(info.op == PTRACE_SYSCALL_INFO_NONE && info.arch == 0xc000003e,
	  "no system call");
	is(P(SYSCALL, pid, 0, 0), 0, 0, "SYSCALL");
	T_NEXT(pid, STOPPED(SIGTRAP | 0x80), "stops before the call");
	P(GETREGS, pid, 0, &r);
	T(r.orig_rax == SYS_getppid && (int)r.rax == -ENOSYS, "its number");
	T(r.rdi == 1 && r.rsi == 2 && r.rdx == 3 && r.r10 == 4 && r.r8 == 5 &&
		  r.r9 == 6,
	  "its arguments");
	is(P(GET_SYSCALL_INFO, pid, sizeof(info), &info), 80, 0, "info");
	T(info.op == PTRACE_SYSCALL_INFO_ENTRY &&
		  info.entry.nr == SYS_getppid && info.entry.args[5] == 6 &&
		  info.instruction_pointer == r.rip &&
		  info.stack_pointer == r.rsp,
	  "says the same");
	is(P(GET_SYSCALL_INFO, pid, 8, &info), 80, 0, "in little room");
	is(P(GET_SYSCALL_INFO, pid, 8, 8), -1, EFAULT, "nowhere: EFAULT");
	is(P(GETEVENTMSG, pid, 0, &msg), 0, 0, "GETEVENTMSG");
	T(msg == 1, "is 1");
	P(SYSCALL, pid, 0, 0);
	T_NEXT(pid, STOPPED(SIGTRAP | 0x80), "stops behind the call");
	P(GETREGS, pid, 0, &r);
	T(r.orig_rax == SYS_getppid && (pid_t)r.rax == getpid(), "its result");
	is(P(GET_SYSCALL_INFO, pid, sizeof(info), &info), 33, 0, "info");
	T(info.op == PTRACE_SYSCALL_INFO_EXIT && info.exit.rval == getpid() &&
		  !info.exit.is_error,
	  "says the same");
	P(GETEVENTMSG, pid, 0, &msg);
	T(msg == 2, "and the message is 2");
	is(P(POKEUSER, pid, 8 * RAX, 4711), 0, 0, "another result");
	P(SYSCALL, pid, 0, 0);
	next(pid);
	is(P(POKEUSER, pid, 8 * ORIG_RAX, SYS_dup), 0, 0, "another call");
	is(P(POKEUSER, pid, 8 * RDI, 777), 0, 0, "with another argument");
	P(SYSCALL, pid, 0, 0);
	next(pid);
	P(GETREGS, pid, 0, &r);
	T((int)r.rax == -EBADF, "is what is done");
	P(GET_SYSCALL_INFO, pid, sizeof(info), &info);
	T(info.exit.is_error && info.exit.rval == -EBADF, "an error");
	P(POKEUSER, pid, 8 * RAX, 7);
	P(SYSCALL, pid, 0, 0);
	next(pid);
	P(GETREGS, pid, 0, &r);
	T(r.orig_rax == SYS_exit_group || r.orig_rax == SYS_exit, "the end");
	T(r.rdi == 7, "with what the changed call has returned");
	is(P(POKEUSER, pid, 8 * ORIG_RAX, -1L), 0, 0, "no call at all");
	P(SYSCALL, pid, 0, 0);
	T_NEXT(pid, STOPPED(SIGTRAP | 0x80), "stops behind it");
	P(GETREGS, pid, 0, &r);
	T((int)r.rax == -ENOSYS, "ENOSYS");
	reap(pid);
}

static void emulation(void)
{
	struct user_regs_struct r;
	pid_t pid = tracee(_exit((int)syscall(SYS_getppid)));

	is(ptrace_(31, pid, 0, 0), 0, 0, "SYSEMU");
	T_NEXT(pid, STOPPED(SIGTRAP), "stops before the call");
	P(GETREGS, pid, 0, &r);
	T(r.orig_rax == SYS_getppid, "its number");
	P(POKEUSER, pid, 8 * RAX, 12);
	P(CONT, pid, 0, 0);
	T_NEXT(pid, EXITED(12), "the call is not made");
}

static void on_alarm(int sig)
{
	flag = sig;
}

static void restarts(void)
{
	struct user_regs_struct r;
	pid_t pid = tracee({
		struct timespec ts = { 0, 100000000 };
		int fds[2];
		char c;

		signal(SIGALRM, on_alarm);
		if (pipe(fds))
			_exit(1);
		nanosleep(&ts, NULL);
		_exit(read(fds[0], &c, 1) == -1 && errno == EINTR ? 5 : 6);
	});
	int n = 0;

	P(SETOPTIONS, pid, 0, PTRACE_O_TRACESYSGOOD);
	do {
		P(SYSCALL, pid, 0, 0);
		next(pid);
		P(GETREGS, pid, 0, &r);
	} while (r.orig_rax != SYS_read && n++ < 50);
	P(SYSCALL, pid, 0, 0);
	sleep_ms(30);
	kill(pid, SIGWINCH);
	T_NEXT(pid, STOPPED(SIGTRAP | 0x80), "the call ends for a signal");
	P(GETREGS, pid, 0, &r);
	T((int)r.rax == -512, "ERESTARTSYS");
	P(SYSCALL, pid, 0, 0);
	T_NEXT(pid, STOPPED(SIGWINCH), "the signal");
	P(SYSCALL, pid, 0, SIGWINCH);
	T_NEXT(pid, STOPPED(SIGTRAP | 0x80), "the call begins again");
	P(GETREGS, pid, 0, &r);
	T(r.orig_rax == SYS_read && (int)r.rax == -ENOSYS, "the same");
	P(SYSCALL, pid, 0, 0);
	sleep_ms(30);
	kill(pid, SIGALRM);
	next(pid);
	P(POKEUSER, pid, 8 * RAX, -EINTR);
	P(CONT, pid, 0, 0);
	T_NEXT(pid, STOPPED(SIGALRM), "another signal");
	P(CONT, pid, 0, SIGALRM);
	T_NEXT(pid, EXITED(5), "the result that the tracer gave");
}

static int child_fn(void *arg)
{
	return (int)(long)arg;
}

#define EVENTS                                                                 \
	(PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |      \
	 PTRACE_O_TRACEVFORKDONE | PTRACE_O_TRACEEXIT | PTRACE_O_TRACEEXEC)

static void forks(void)
{
	long msg = 0;
	pid_t pid = tracee({
		pid_t c = fork();

		if (!c)
			_exit(3);
		waitpid(c, NULL, 0);
		_exit(4);
	});
	pid_t c;

	P(SETOPTIONS, pid, 0, EVENTS);
	P(CONT, pid, 0, 0);
	T_NEXT(pid, STOPPED(EVENT(PTRACE_EVENT_FORK)), "fork");
	P(GETEVENTMSG, pid, 0, &msg);
	c = (pid_t)msg;
	T_NEXT(c, STOPPED(SIGSTOP), "the child is traced, and stops");
	T(atoi(proc_status(c, "TracerPid:")) == getpid() &&
		  atoi(proc_status(c, "PPid:")) == pid,
	  "its tracer and its parent");
	P(CONT, pid, 0, 0);
	P(CONT, c, 0, 0);
	T_NEXT(c, STOPPED(EVENT(PTRACE_EVENT_EXIT)), "the child's exit");
	P(GETEVENTMSG, c, 0, &msg);
	T(msg == EXITED(3), "its status");
	P(CONT, c, 0, 0);
	T_NEXT(c, EXITED(3), "the tracer sees the end first");
	T_NEXT(pid, STOPPED(SIGCHLD), "then the parent is told");
	P(CONT, pid, 0, SIGCHLD);
	T_NEXT(pid, STOPPED(EVENT(PTRACE_EVENT_EXIT)), "the parent's exit");
	P(CONT, pid, 0, 0);
	T_NEXT(pid, EXITED(4), "and end");
}

static void vforks(void)
{
	long msg = 0, msg2 = 0;
	pid_t pid = tracee({
		clone(child_fn, stack + sizeof(stack),
		      CLONE_VM | CLONE_VFORK | SIGCHLD, (void *)3);
		_exit(4);
	});
	pid_t c;

	P(SETOPTIONS, pid, 0, EVENTS & ~PTRACE_O_TRACEEXIT);
	P(CONT, pid, 0, 0);
	T_NEXT(pid, STOPPED(EVENT(PTRACE_EVENT_VFORK)), "vfork");
	P(GETEVENTMSG, pid, 0, &msg);
	c = (pid_t)msg;
	T_NEXT(c, STOPPED(SIGSTOP), "the child");
	P(CONT, pid, 0, 0);
	P(CONT, c, 0, 0);
	T_NEXT(c, EXITED(3), "ends");
	T_NEXT(pid, STOPPED(EVENT(PTRACE_EVENT_VFORK_DONE)), "vfork is done");
	P(GETEVENTMSG, pid, 0, &msg2);
	T(msg2 == msg, "the same child");
	P(CONT, pid, 0, 0);
	T_NEXT(pid, STOPPED(SIGCHLD), "SIGCHLD");
	P(CONT, pid, 0, 0);
	T_NEXT(pid, EXITED(4), "the end");
}

static void execs(void)
{
	long msg = 0, nr = 0;
	pid_t pid = tracee({
		execl("/proc/self/exe", "ptrace_events", "nothing", NULL);
		_exit(1);
	});

	P(SETOPTIONS, pid, 0, EVENTS);
	P(CONT, pid, 0, 0);
	T_NEXT(pid, STOPPED(EVENT(PTRACE_EVENT_EXEC)), "exec");
	P(GETEVENTMSG, pid, 0, &msg);
	T(msg == pid, "its number before");
	P(SYSCALL, pid, 0, 0);
	T_NEXT(pid, STOPPED(SIGTRAP), "the end of the call is seen");
	P(PEEKUSER, pid, 8 * ORIG_RAX, &nr);
	T(nr == SYS_execve, "of execve");
	P(CONT, pid, 0, 0);
	T_NEXT(pid, STOPPED(EVENT(PTRACE_EVENT_EXIT)), "exit");
	P(CONT, pid, 0, 0);
	T_NEXT(pid, EXITED(33), "the end");
}

static void *thread(void *arg)
{
	(void)arg;
	flag = 1;
	while (flag == 1)
		usleep(1000);
	return NULL;
}

static void threads(void)
{
	long msg = 0;
	pid_t tid;
	pid_t pid = tracee({
		pthread_t t;

		pthread_create(&t, NULL, thread, NULL);
		pthread_join(t, NULL);
		usleep(100000);
		_exit(8);
	});

	P(SETOPTIONS, pid, 0, EVENTS & ~PTRACE_O_TRACEEXIT);
	P(CONT, pid, 0, 0);
	T_NEXT(pid, STOPPED(EVENT(PTRACE_EVENT_CLONE)), "a thread");
	P(GETEVENTMSG, pid, 0, &msg);
	tid = (pid_t)msg;
	T_NEXT(tid, STOPPED(SIGSTOP), "which stops");
	P(CONT, pid, 0, 0);
	P(CONT, tid, 0, 0);
	sleep_ms(30);
	is(P(POKEDATA, tid, &flag, 2), -1, ESRCH, "it runs: ESRCH");
	is(syscall(SYS_tgkill, pid, tid, SIGUSR1), 0, 0, "a signal for it");
	T_NEXT(tid, STOPPED(SIGUSR1), "stops it alone");
	is(P(POKEDATA, tid, &flag, 2), 0, 0, "POKEDATA");
	P(CONT, tid, 0, 0);
	T_NEXT(tid, EXITED(0), "the thread's end");
	T_NEXT(pid, EXITED(8), "the process's");
}

static void attach(void)
{
	siginfo_t info;
	pid_t pid = child({
		while (!flag)
			usleep(1000);
		_exit(5);
	});

	is(P(ATTACH, pid, 0, 0), 0, 0, "ATTACH");
	T_NEXT(pid, STOPPED(SIGSTOP), "stops it");
	is(P(GETSIGINFO, pid, 0, &info), 0, 0, "by a signal");
	T(info.si_code == SI_KERNEL || info.si_code == SI_USER, "of SIGSTOP");
	is(P(POKEDATA, pid, &flag, 1), 0, 0, "POKEDATA");
	is(P(DETACH, pid, 0, 0), 0, 0, "DETACH");
	T(atoi(proc_status(pid, "TracerPid:")) == 0, "nobody traces it");
	T_NEXT(pid, EXITED(5), "it goes on");
	pid = child(pause());
	kill(pid, SIGSTOP);
	waitpid(pid, NULL, WUNTRACED);
	is(P(ATTACH, pid, 0, 0), 0, 0, "ATTACH to a stopped process");
	T_NEXT(pid, STOPPED(SIGSTOP), "finds it stopped");
	is(P(DETACH, pid, 0, SIGTERM), 0, 0, "DETACH with a signal");
	sleep_ms(20);
	T(*proc_status(pid, "State:\t") == 'T', "of a stop that was for none");
	kill(pid, SIGTERM);
	kill(pid, SIGCONT);
	T_NEXT(pid, KILLED(SIGTERM), "SIGCONT lets it go on");
}

static void seize(void)
{
	siginfo_t info;
	int status;
	pid_t pid = child(for (;;) pause());

	is(P(SEIZE, pid, 1, 0), -1, EIO, "SEIZE with an address: EIO");
	is(P(SEIZE, pid, 0, 1 << 30), -1, EIO, "with an option: EIO");
	is(P(SEIZE, pid, 0, PTRACE_O_TRACESYSGOOD), 0, 0, "SEIZE");
	is(waitpid(pid, &status, WNOHANG), 0, 0, "stops nothing");
	is(P(CONT, pid, 0, 0), -1, ESRCH, "it runs: ESRCH");
	is(P(INTERRUPT, pid, 0, 0), 0, 0, "INTERRUPT");
	T_NEXT(pid, STOPPED(EVENT(PTRACE_EVENT_STOP)), "stops it");
	is(P(GETSIGINFO, pid, 0, &info), 0, 0, "GETSIGINFO");
	T(info.si_code == EVENT(PTRACE_EVENT_STOP) && info.si_signo == SIGTRAP,
	  "says so");
	is(P(CONT, pid, 0, 0), 0, 0, "CONT");
	kill(pid, SIGSTOP);
	T_NEXT(pid, STOPPED(SIGSTOP), "a signal");
	P(CONT, pid, 0, SIGSTOP);
	T_NEXT(pid, STOPPED(SIGSTOP | PTRACE_EVENT_STOP << 8),
	       "a stop of the group");
	is(P(LISTEN, pid, 0, 0), 0, 0, "LISTEN");
	is(P(CONT, pid, 0, 0), -1, ESRCH, "it listens: ESRCH");
	T(*proc_status(pid, "State:\t") == 't', "in State t");
	kill(pid, SIGCONT);
	T_NEXT(pid, STOPPED(EVENT(PTRACE_EVENT_STOP)), "SIGCONT is news");
	P(CONT, pid, 0, 0);
	T_NEXT(pid, STOPPED(SIGCONT), "and a signal");
	P(CONT, pid, 0, SIGCONT);
	kill(pid, SIGSTOP);
	next(pid);
	P(CONT, pid, 0, SIGSTOP);
	next(pid);
	P(LISTEN, pid, 0, 0);
	is(P(INTERRUPT, pid, 0, 0), 0, 0, "INTERRUPT of a listener");
	T_NEXT(pid, STOPPED(SIGSTOP | PTRACE_EVENT_STOP << 8),
	       "shows the stop again");
	P(CONT, pid, 0, 0);
	sleep_ms(20);
	T(*proc_status(pid, "State:\t") == 'S', "CONT runs in a stopped group");
	reap(pid);
}

static void group_stop(void)
{
	siginfo_t info;
	pid_t pid = tracee(pause(); _exit(6));

	P(CONT, pid, 0, SIGSTOP);
	T_NEXT(pid, STOPPED(SIGSTOP), "the process stops");
	is(P(GETSIGINFO, pid, 0, &info), -1, EINVAL, "no signal: EINVAL");
	is(P(SETSIGINFO, pid, 0, &info), -1, EINVAL, "nor to be set: EINVAL");
	P(CONT, pid, 0, 0);
	sleep_ms(20);
	T(*proc_status(pid, "State:\t") == 'S', "CONT runs it, stopped");
	kill(pid, SIGCONT);
	T_NEXT(pid, STOPPED(SIGCONT), "SIGCONT");
	P(CONT, pid, 0, 0);
	reap(pid);
}

static void masks_and_queues(void)
{
	struct __ptrace_peeksiginfo_args args = { 0, 0, 10 };
	union sigval value = { .sival_int = 7 };
	unsigned long mask = 0;
	siginfo_t infos[10];
	pid_t pid = tracee({
		sigset_t set;

		sigemptyset(&set);
		sigaddset(&set, SIGRTMIN);
		sigprocmask(SIG_BLOCK, &set, NULL);
		sigqueue(getpid(), SIGRTMIN, value);
		value.sival_int++;
		sigqueue(getpid(), SIGRTMIN, value);
		raise(SIGRTMIN);
		kill(getpid(), SIGUSR1);
		_exit(0);
	});

	P(CONT, pid, 0, 0);
	T_NEXT(pid, STOPPED(SIGUSR1), "signals wait");
	is(P(PEEKSIGINFO, pid, &args, infos), 1, 0, "the thread's");
	T(infos[0].si_signo == SIGRTMIN && infos[0].si_code == SI_TKILL, "one");
	args.flags = PTRACE_PEEKSIGINFO_SHARED;
	is(P(PEEKSIGINFO, pid, &args, infos), 2, 0, "the process's");
	T(infos[0].si_value.sival_int == 7 && infos[1].si_value.sival_int == 8,
	  "in order");
	args.off = 1;
	is(P(PEEKSIGINFO, pid, &args, infos), 1, 0, "from the second on");
	args.off = 5;
	is(P(PEEKSIGINFO, pid, &args, infos), 0, 0, "behind the end");
	args.flags = 2;
	is(P(PEEKSIGINFO, pid, &args, infos), -1, EINVAL, "flags: EINVAL");
	args.flags = 0;
	args.nr = -1;
	is(P(PEEKSIGINFO, pid, &args, infos), -1, EINVAL,
	   "less than 0: EINVAL");
	is(P(PEEKSIGINFO, pid, 8, infos), -1, EFAULT, "no arguments: EFAULT");
	args = (struct __ptrace_peeksiginfo_args){ 0, 0, 1 };
	is(P(PEEKSIGINFO, pid, &args, 8), -1, EFAULT, "no buffer: EFAULT");
	is(P(GETSIGMASK, pid, 8, &mask), 0, 0, "GETSIGMASK");
	T(mask == 1UL << (SIGRTMIN - 1), "is what it blocks");
	is(P(GETSIGMASK, pid, 4, &mask), -1, EINVAL, "another size: EINVAL");
	is(P(GETSIGMASK, pid, 8, 8), -1, EFAULT, "to nowhere: EFAULT");
	is(P(SETSIGMASK, pid, 8, 8), -1, EFAULT, "from nowhere: EFAULT");
	mask = ~0UL;
	is(P(SETSIGMASK, pid, 8, &mask), 0, 0, "SETSIGMASK");
	P(GETSIGMASK, pid, 8, &mask);
	T(mask == ~(1UL << (SIGKILL - 1) | 1UL << (SIGSTOP - 1)),
	  "all but two");
	P(CONT, pid, 0, SIGUSR1);
	T_NEXT(pid, EXITED(0), "and so nothing kills it");
}

static void ids(void)
{
	siginfo_t info = { 0 };
	pid_t pid = tracee(_exit(3));

	P(SETOPTIONS, pid, 0, PTRACE_O_TRACESYSGOOD);
	P(SYSCALL, pid, 0, 0);
	is(waitid(P_PID, pid, &info, WSTOPPED | WNOWAIT), 0, 0, "waitid");
	T(info.si_code == CLD_TRAPPED && info.si_status == (SIGTRAP | 0x80),
	  "CLD_TRAPPED");
	is(waitid(P_PID, pid, &info, WEXITED | WNOHANG), 0, 0,
	   "a stop shows whatever is asked for");
	T(info.si_pid == pid, "of that tracee");
	P(CONT, pid, 0, 0);
	T_NEXT(pid, EXITED(3), "the end");
}

static void tracers_end(void)
{
	int fds[2], status = 0;
	pid_t pid, other;

	if (pipe(fds))
		return;
	/* The child attaches to the grandchild and ends. */
	pid = child(for (;;) pause());
	other = child({
		P(ATTACH, pid, 0, 0);
		waitpid(pid, NULL, __WALL);
		_exit(0);
	});
	waitpid(other, &status, 0);
	sleep_ms(20);
	T(atoi(proc_status(pid, "TracerPid:")) == 0 &&
		  *proc_status(pid, "State:\t") == 'S',
	  "a tracer's end sets its tracee free");
	other = child({
		P(SEIZE, pid, 0, PTRACE_O_EXITKILL);
		_exit(0);
	});
	waitpid(other, &status, 0);
	T_NEXT(pid, KILLED(SIGKILL), "EXITKILL kills it");
	/* Its end is seen by the tracer first. */
	pid = child(usleep(50000); _exit(9));
	other = child({
		P(SEIZE, pid, 0, 0);
		if (write(fds[1], "x", 1) != 1)
			_exit(1);
		sleep_ms(150);
		waitpid(pid, &status, __WALL);
		_exit(WEXITSTATUS(status));
	});
	if (read(fds[0], &status, 1) != 1)
		return;
	sleep_ms(100);
	is(waitpid(pid, &status, WNOHANG), 0, 0, "the parent has to wait");
	T_NEXT(other, EXITED(9), "the tracer has seen it");
	T_NEXT(pid, EXITED(9), "and then the parent does");
}

static void clone_flags(void)
{
	pid_t c = 0;
	pid_t pid = tracee({
		clone(child_fn, stack + sizeof(stack), CLONE_PTRACE | SIGCHLD,
		      (void *)3);
		_exit(4);
	});
	int status = 0;

	P(CONT, pid, 0, 0);
	c = waitpid(-1, &status, __WALL);
	while (c == pid) {
		P(CONT, pid, 0, 0);
		c = waitpid(-1, &status, __WALL);
	}
	T(c > 0 && c != pid && status == STOPPED(SIGSTOP),
	  "CLONE_PTRACE: the child is traced, too");
	P(CONT, c, 0, 0);
	T_NEXT(c, EXITED(3), "its end");
	reap(pid);
	pid = tracee({
		c = clone(child_fn, stack + sizeof(stack),
			  CLONE_UNTRACED | SIGCHLD, (void *)3);
		waitpid(c, NULL, 0);
		_exit(4);
	});
	P(SETOPTIONS, pid, 0, EVENTS & ~PTRACE_O_TRACEEXIT);
	P(CONT, pid, 0, 0);
	T_NEXT(pid, STOPPED(SIGCHLD), "CLONE_UNTRACED: no event");
	P(CONT, pid, 0, 0);
	T_NEXT(pid, EXITED(4), "the end");
}

static void killed_while_stopped(void)
{
	pid_t pid = tracee({
		if (!fork())
			for (;;)
				pause();
		_exit(4);
	});
	long msg = 0;

	P(SETOPTIONS, pid, 0, EVENTS | PTRACE_O_EXITKILL);
	P(CONT, pid, 0, 0);
	T_NEXT(pid, STOPPED(EVENT(PTRACE_EVENT_FORK)), "fork");
	P(GETEVENTMSG, pid, 0, &msg);
	next((pid_t)msg);
	kill(pid, SIGKILL);
	T_NEXT(pid, STOPPED(EVENT(PTRACE_EVENT_EXIT)), "SIGKILL ends the stop");
	P(GETEVENTMSG, pid, 0, &msg);
	T(msg == SIGKILL, "with its status");
	P(CONT, pid, 0, 0);
	T_NEXT(pid, KILLED(SIGKILL), "and the process");
	while (waitpid(-1, NULL, WNOHANG | __WALL) > 0)
		;
}

int main(int argc, char **argv)
{
	(void)argv;
	if (argc > 1)
		_exit(33);
	system_calls();
	emulation();
	restarts();
	forks();
	vforks();
	execs();
	threads();
	attach();
	seize();
	group_stop();
	masks_and_queues();
	ids();
	tracers_end();
	clone_flags();
	killed_while_stopped();
	return done();
}

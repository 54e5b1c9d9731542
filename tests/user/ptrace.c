/* SPDX-License-Identifier: MIT */
/*
 * ptrace(2), the basis: TRACEME, a stop for a signal and what goes on with,
 * memory, registers, single steps, breakpoints.
 */
#include "ptrace.h"

static volatile long word = 0x1122334455667788;
static const long constant = 42;
static volatile int handled;

static void handler(int sig)
{
	handled = sig;
}

static void memory(void)
{
	pid_t pid = tracee(_exit(word == 7 && handled == 0 ? 3 : 4));
	long v = 0;

	is(P(PEEKDATA, pid, &word, &v), 0, 0, "PEEKDATA");
	T(v == 0x1122334455667788, "reads the word");
	is(P(PEEKTEXT, pid, (long)&word + 1, &v), 0, 0, "at an odd address");
	is(P(PEEKDATA, pid, 8, &v), -1, EIO, "PEEKDATA of nothing: EIO");
	is(P(PEEKDATA, pid, -8L, &v), -1, EIO, "of the kernel: EIO");
	is(P(PEEKDATA, pid, &word, 8), -1, EFAULT, "to nowhere: EFAULT");
	is(P(POKEDATA, pid, &word, 7), 0, 0, "POKEDATA");
	T(word == 0x1122334455667788, "is not our own word");
	is(P(POKETEXT, pid, &constant, 43), 0, 0, "POKETEXT of a constant");
	is(P(PEEKTEXT, pid, &constant, &v), 0, 0, "and PEEKTEXT");
	T(v == 43 && *(volatile const long *)&constant == 42,
	  "is its own copy");
	is(P(POKEDATA, pid, 8, 1), -1, EIO, "POKEDATA of nothing: EIO");
	errno = 0;
	T(ptrace(PTRACE_PEEKDATA, pid, &word, 0) == 7 && !errno,
	  "as the library has it");
	is(P(CONT, pid, 0, 0), 0, 0, "CONT");
	T_NEXT(pid, EXITED(3), "the tracee sees its new word");
}

static void registers(void)
{
	struct user_regs_struct r, s;
	long v = 0;
	pid_t pid = tracee(_exit((int)syscall(SYS_getppid) ? 5 : 6));

	is(P(GETREGS, pid, 0, &r), 0, 0, "GETREGS");
	T(r.cs == 0x33 && r.ss == 0x2b && !r.ds && !r.es, "segments");
	T(r.orig_rax == (unsigned long)SYS_tkill ||
		  r.orig_rax == (unsigned long)SYS_tgkill,
	  "orig_rax is the call that raised the signal");
	T(r.rax == 0, "which has returned");
	T(r.rcx == r.rip, "rcx is what SYSCALL left");
	T(r.eflags & 0x200 && !(r.eflags & 0x100), "flags");
	is(P(PEEKUSER, pid, offsetof(struct user, regs.rip), &v), 0, 0,
	   "PEEKUSER of rip");
	T(v == (long)r.rip, "is the same");
	is(P(PEEKUSER, pid, 8 * FS_BASE, &v), 0, 0, "of fs_base");
	T(v == (long)r.fs_base && v, "is the same");
	is(P(PEEKUSER, pid, 8 * R15 + 4, &v), -1, EIO, "not aligned: EIO");
	is(P(PEEKUSER, pid, 928, &v), -1, EIO, "behind the end: EIO");
	is(P(PEEKUSER, pid, -8L, &v), -1, EIO, "before the beginning: EIO");
	is(P(PEEKUSER, pid, 8 * RAX, 8), -1, EFAULT, "to nowhere: EFAULT");
	is(P(PEEKUSER, pid, offsetof(struct user, u_debugreg[7]), &v), 0, 0,
	   "of a debug register");
	T(v == 0, "is 0");
	is(P(PEEKUSER, pid, offsetof(struct user, start_code), &v), 0, 0,
	   "of what is not kept");
	is(P(POKEUSER, pid, 8 * RBX, 77), 0, 0, "POKEUSER of rbx");
	is(P(POKEUSER, pid, 8 * CS, 0), -1, EIO, "cs 0: EIO");
	is(P(POKEUSER, pid, 8 * SS, 0), -1, EIO, "ss 0: EIO");
	is(P(POKEUSER, pid, 8 * CS, 0x10), -1, EIO, "the kernel's cs: EIO");
	is(P(POKEUSER, pid, 8 * DS, 0x18), -1, EIO, "the kernel's ds: EIO");
	is(P(POKEUSER, pid, 8 * FS_BASE, 1UL << 63), -1, EIO,
	   "a kernel address as fs_base: EIO");
	is(P(POKEUSER, pid, 8 * GS_BASE, 1UL << 63), -1, EIO,
	   "as gs_base: EIO");
	is(P(POKEUSER, pid, offsetof(struct user, start_code), 0), -1, EIO,
	   "of what is not kept: EIO");
	is(P(POKEUSER, pid, offsetof(struct user, u_debugreg[4]), 0), -1, EIO,
	   "of debug register 4: EIO");
	is(P(GETREGS, pid, 0, &s), 0, 0, "again");
	T(s.rbx == 77 && s.cs == 0x33, "rbx has changed, cs has not");
	s.rbx = r.rbx;
	s.eflags = r.eflags | 0x3000 | 0x20000 | 0x400;
	is(P(SETREGS, pid, 0, &s), 0, 0, "SETREGS");
	is(P(GETREGS, pid, 0, &s), 0, 0, "and GETREGS");
	T(s.eflags == (r.eflags | 0x400), "flags that a program may not have");
	is(P(SETREGS, pid, 0, &r), 0, 0, "back");
	is(P(SETREGS, pid, 0, 8), -1, EFAULT, "SETREGS from nowhere: EFAULT");
	is(P(GETREGS, pid, 0, 8), -1, EFAULT, "GETREGS to nowhere: EFAULT");
	is(P(CONT, pid, 0, 0), 0, 0, "CONT");
	T_NEXT(pid, EXITED(5), "it goes on unharmed");
}

static void sets(void)
{
	struct user_regs_struct r, s;
	struct iovec iov = { &s, sizeof(s) };
	pid_t pid = tracee();

	P(GETREGS, pid, 0, &r);
	memset(&s, 0xff, sizeof(s));
	is(P(GETREGSET, pid, NT_PRSTATUS, &iov), 0, 0, "GETREGSET");
	T(iov.iov_len == sizeof(s) && !memcmp(&r, &s, sizeof(s)), "is GETREGS");
	iov.iov_len = 4096;
	is(P(GETREGSET, pid, NT_PRSTATUS, &iov), 0, 0, "with room to spare");
	T(iov.iov_len == sizeof(s), "says how much it was");
	memset(&s, 0xff, sizeof(s));
	iov.iov_len = 24;
	is(P(GETREGSET, pid, NT_PRSTATUS, &iov), 0, 0, "three registers");
	T(iov.iov_len == 24 && s.r15 == r.r15 && s.r13 == r.r13 &&
		  s.r12 == -1UL,
	  "and no more");
	iov.iov_len = 25;
	is(P(GETREGSET, pid, NT_PRSTATUS, &iov), -1, EINVAL,
	   "part of a register: EINVAL");
	iov.iov_len = 24;
	is(P(GETREGSET, pid, 4711, &iov), -1, EINVAL, "no such set: EINVAL");
	is(P(GETREGSET, pid, NT_PRSTATUS, 8), -1, EFAULT, "no vector: EFAULT");
	iov.iov_base = (void *)8;
	is(P(GETREGSET, pid, NT_PRSTATUS, &iov), -1, EFAULT,
	   "no buffer: EFAULT");
	iov = (struct iovec){ &s, sizeof(s) };
	s = r;
	s.r12 = 99;
	is(P(SETREGSET, pid, NT_PRSTATUS, &iov), 0, 0, "SETREGSET");
	memset(&s, 0, sizeof(s));
	P(GETREGS, pid, 0, &s);
	T(s.r12 == 99 && s.rsp == r.rsp, "changes them");
	P(SETREGS, pid, 0, &r);
	reap(pid);
}

static double xmm5(const void *area)
{
	double v;

	memcpy(&v, (const char *)area + 160 + 16 * 5, sizeof(v));
	return v;
}

static void set_xmm5(void *area, double v)
{
	memcpy((char *)area + 160 + 16 * 5, &v, sizeof(v));
}

static void floating_point(void)
{
	static volatile double d = 1.5;
	static unsigned char x[8192] __attribute__((aligned(64)));
	struct user_fpregs_struct f, g;
	struct iovec iov = { x, sizeof(x) };
	unsigned long features;
	size_t size;
	pid_t pid = tracee({
		register double v __asm__("xmm5") = d;

		__asm__ volatile("int3" : "+x"(v));
		_exit(v == 2.5 ? 9 : 10);
	});

	P(CONT, pid, 0, 0);
	T_NEXT(pid, STOPPED(SIGTRAP), "INT3 in the program");
	is(P(GETFPREGS, pid, 0, &f), 0, 0, "GETFPREGS");
	T(f.cwd == 0x37f && f.mxcsr == 0x1f80, "control words");
	T(xmm5(&f) == 1.5, "xmm5");
	set_xmm5(&f, 2.5);
	is(P(SETFPREGS, pid, 0, &f), 0, 0, "SETFPREGS");
	is(P(GETFPREGS, pid, 0, &g), 0, 0, "and back");
	T(xmm5(&g) == 2.5, "has it");
	g.mxcsr = -1;
	is(P(SETFPREGS, pid, 0, &g), -1, EINVAL, "a bad MXCSR: EINVAL");
	is(P(GETFPREGS, pid, 0, 8), -1, EFAULT, "to nowhere: EFAULT");
	is(P(SETFPREGS, pid, 0, 8), -1, EFAULT, "from nowhere: EFAULT");
	is(P(GETREGSET, pid, NT_X86_XSTATE, &iov), 0, 0, "NT_X86_XSTATE");
	size = iov.iov_len;
	features = *(unsigned long *)(x + 464);
	T(size >= 576 && (features & 3) == 3, "says which features there are");
	T(xmm5(x) == 2.5, "has xmm5");
	T(!(*(unsigned long *)(x + 512) & ~features), "and no others in use");
	iov.iov_len = size - 8;
	is(P(SETREGSET, pid, NT_X86_XSTATE, &iov), -1, EFAULT,
	   "an incomplete area: EFAULT");
	iov.iov_len = size;
	*(unsigned long *)(x + 520) = 1;
	is(P(SETREGSET, pid, NT_X86_XSTATE, &iov), -1, EINVAL,
	   "a compacted one: EINVAL");
	*(unsigned long *)(x + 520) = 0;
	*(unsigned long *)(x + 512) |= 1UL << 62;
	is(P(SETREGSET, pid, NT_X86_XSTATE, &iov), -1, EINVAL,
	   "features that are not there: EINVAL");
	*(unsigned long *)(x + 512) &= ~(1UL << 62);
	is(P(SETREGSET, pid, NT_X86_XSTATE, &iov), 0, 0, "and back");
	iov = (struct iovec){ &g, sizeof(g) };
	is(P(GETREGSET, pid, NT_PRFPREG, &iov), 0, 0, "NT_PRFPREG");
	T(iov.iov_len == sizeof(g), "has 512 bytes");
	T(xmm5(&g) == 2.5, "and xmm5");
	is(P(CONT, pid, 0, 0), 0, 0, "CONT");
	T_NEXT(pid, EXITED(9), "the program has the new value");
}

static void signals(void)
{
	siginfo_t info;
	pid_t pid = tracee({
		signal(SIGUSR1, handler);
		signal(SIGUSR2, handler);
		signal(SIGWINCH, SIG_IGN);
		raise(SIGUSR1);
		if (handled != SIGUSR2)
			_exit(1);
		handled = 0;
		raise(SIGUSR1);
		if (handled)
			_exit(2);
		raise(SIGWINCH);
		kill(getpid(), SIGTERM);
		_exit(3);
	});

	T(*proc_status(pid, "State:\t") == 't', "State t");
	T(atoi(proc_status(pid, "TracerPid:")) == getpid(), "TracerPid");
	is(P(CONT, pid, 0, 65), -1, EIO, "CONT with no signal: EIO");
	is(P(CONT, pid, 0, 0), 0, 0, "CONT");
	T_NEXT(pid, STOPPED(SIGUSR1), "SIGUSR1 stops it");
	is(P(GETSIGINFO, pid, 0, &info), 0, 0, "GETSIGINFO");
	T(info.si_signo == SIGUSR1 && info.si_code == SI_TKILL &&
		  info.si_pid == pid,
	  "is tkill's");
	is(P(GETSIGINFO, pid, 0, 8), -1, EFAULT, "to nowhere: EFAULT");
	is(P(SETSIGINFO, pid, 0, 8), -1, EFAULT, "from nowhere: EFAULT");
	is(P(SETSIGINFO, pid, 0, &info), 0, 0, "SETSIGINFO");
	is(P(CONT, pid, 0, SIGUSR2), 0, 0, "CONT with another signal");
	T_NEXT(pid, STOPPED(SIGUSR1), "the handler has run; SIGUSR1 again");
	is(P(CONT, pid, 0, 0), 0, 0, "CONT without it");
	T_NEXT(pid, STOPPED(SIGWINCH), "an ignored signal stops it, too");
	is(P(CONT, pid, 0, SIGWINCH), 0, 0, "CONT");
	T_NEXT(pid, STOPPED(SIGTERM), "and a deadly one");
	is(P(CONT, pid, 0, SIGTERM), 0, 0, "CONT with it");
	T_NEXT(pid, KILLED(SIGTERM), "kills it");
	is(P(CONT, pid, 0, 0), -1, ESRCH, "it is gone: ESRCH");
}

static void stepping(void)
{
	siginfo_t info;
	long rip = 0, v = 0;
	int n = 0;
	pid_t pid = tracee({
		__asm__ volatile("int3\n"
				 "nop\n"
				 "nop\n"
				 "mov $39, %%eax\n"
				 "syscall\n"
				 "nop\n"
				 "pushf\n"
				 "pop %%rbx\n"
				 "int3" ::
					 : "rax", "rbx", "rcx", "r11",
					   "memory");
		_exit(0);
	});

	P(CONT, pid, 0, 0);
	T_NEXT(pid, STOPPED(SIGTRAP), "a breakpoint");
	P(GETSIGINFO, pid, 0, &info);
	T(info.si_code == SI_KERNEL, "its code");
	P(PEEKUSER, pid, 8 * RIP, &rip);
	for (n = 0; n < 4; n++) {
		is(P(SINGLESTEP, pid, 0, 0), 0, 0, "SINGLESTEP");
		T_NEXT(pid, STOPPED(SIGTRAP), "stops");
		P(GETSIGINFO, pid, 0, &info);
		P(PEEKUSER, pid, 8 * RIP, &v);
		T(1, "code %d after %ld bytes", info.si_code, v - rip);
		T(info.si_addr == (void *)v, "at its address");
	}
	P(PEEKUSER, pid, 8 * RAX, &v);
	T(v == pid, "the system call is one step");
	P(PEEKUSER, pid, 8 * EFLAGS, &v);
	T(!(v & 0x100), "the trap flag is not shown");
	for (n = 0; n < 3; n++) {
		P(SINGLESTEP, pid, 0, 0);
		next(pid);
	}
	P(PEEKUSER, pid, 8 * RBX, &v);
	T(v & 0x100, "but the program can see it");
	P(CONT, pid, 0, 0);
	T_NEXT(pid, STOPPED(SIGTRAP), "CONT stops at the second breakpoint");
	P(CONT, pid, 0, 0);
	T_NEXT(pid, EXITED(0), "CONT goes to the end");
}

static void step_into_handler(void)
{
	long rip = 0;
	pid_t pid = tracee({
		signal(SIGUSR1, handler);
		raise(SIGUSR1);
		_exit(handled == SIGUSR1 ? 0 : 1);
	});

	P(CONT, pid, 0, 0);
	T_NEXT(pid, STOPPED(SIGUSR1), "a signal");
	is(P(SINGLESTEP, pid, 0, SIGUSR1), 0, 0, "a step with it");
	T_NEXT(pid, STOPPED(SIGTRAP), "stops");
	P(PEEKUSER, pid, 8 * RIP, &rip);
	T(rip == (long)handler, "at the handler's first instruction");
	P(CONT, pid, 0, 0);
	T_NEXT(pid, EXITED(0), "and CONT goes on");
}

static void kills(void)
{
	pid_t pid = tracee(pause());

	is(P(KILL, pid, 0, 0), 0, 0, "KILL");
	T_NEXT(pid, KILLED(SIGKILL), "kills");
	is(P(KILL, pid, 0, 0), -1, ESRCH, "and is over");
	pid = tracee(pause());
	kill(pid, SIGKILL);
	T_NEXT(pid, KILLED(SIGKILL), "so does SIGKILL in a stop");
}

static void executes(void)
{
	long v = 0;
	pid_t pid = tracee({
		execl("/proc/self/exe", "ptrace", "nothing", NULL);
		_exit(1);
	});

	P(CONT, pid, 0, 0);
	T_NEXT(pid, STOPPED(SIGTRAP), "execve ends in SIGTRAP");
	P(PEEKUSER, pid, 8 * ORIG_RAX, &v);
	T(v == SYS_execve, "orig_rax is execve's");
	P(PEEKUSER, pid, 8 * RAX, &v);
	T(v == 0, "which has succeeded");
	P(CONT, pid, 0, 0);
	T_NEXT(pid, EXITED(33), "and it runs");
}

static void errors(void)
{
	pid_t pid = tracee(pause()), other;
	long v;

	other = tracee(_exit(P(TRACEME, 0, 0, 0) == -1 ? errno : 0));
	P(CONT, other, 0, 0);
	T_NEXT(other, EXITED(EPERM), "TRACEME twice: EPERM");
	is(P(PEEKDATA, 0, &v, &v), -1, ESRCH, "nobody: ESRCH");
	is(P(PEEKDATA, getppid(), &v, &v), -1, ESRCH, "not a tracee: ESRCH");
	is(P(ATTACH, getpid(), 0, 0), -1, EPERM, "oneself: EPERM");
	is(P(ATTACH, pid, 0, 0), -1, EPERM, "once more: EPERM");
	is(ptrace_(0x4242, pid, 0, 0), -1, EIO, "no such request: EIO");
	is(ptrace_(10, pid, 0, 0), -1, EIO, "nor that: EIO");
	is(P(SETOPTIONS, pid, 0, 1 << 30), -1, EINVAL, "an option: EINVAL");
	is(P(INTERRUPT, pid, 0, 0), -1, EIO, "INTERRUPT, not seized: EIO");
	is(P(LISTEN, pid, 0, 0), -1, EIO, "LISTEN, not seized: EIO");
	is(P(DETACH, pid, 0, 65), -1, EIO, "DETACH with no signal: EIO");
	is(P(CONT, pid, 0, 0), 0, 0, "CONT");
	is(P(CONT, pid, 0, 0), -1, ESRCH, "it runs: ESRCH");
	is(P(PEEKDATA, pid, &v, &v), -1, ESRCH, "it runs: ESRCH");
	is(P(DETACH, pid, 0, 0), -1, ESRCH, "it runs: ESRCH");
	reap(pid);
	other = child(_exit(0));
	sleep_ms(50);
	is(P(ATTACH, other, 0, 0), -1, EPERM, "a zombie: EPERM");
	waitpid(other, NULL, 0);
	is(P(ATTACH, other, 0, 0), -1, ESRCH, "nobody: ESRCH");
}

int main(int argc, char **argv)
{
	(void)argv;
	if (argc > 1)
		_exit(33);
	memory();
	registers();
	sets();
	floating_point();
	signals();
	stepping();
	step_into_handler();
	kills();
	executes();
	errors();
	return done();
}
